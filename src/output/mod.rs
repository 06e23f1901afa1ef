//! The finished draft as a document: canonical JSON, and `oci_spec`'s `Spec`; and what differs between two drafts.
//!
//! **Canonical form.** One draft has one text, to the byte:
//!
//! - UTF-8 without a byte order mark. Compact text has no blanks and no newline at its end; pretty text is indented by
//!   two blanks a level and ends in a newline.
//! - Fields stand in the order of the output's schema, which is the customary one of `config.json`; the fields of an
//!   element in that of its shape.
//! - Sets are sorted by the evaluator, everything else is in the order in which it was first written (mounts then by
//!   depth, device rules by kind), so nothing here sorts.
//! - What no rule wrote is not there, and neither is a record in which nothing was written. A collection that a rule
//!   wrote as empty is `[]` or `{}`.
//! - Words that may be written without their prefix have it here: `CAP_CHOWN`.
//! - Numbers are decimal; text is escaped only where JSON demands it (`\b \t \n \f \r`, other controls as `\u001f`).
//!
//! `oci_spec::runtime::Spec` is a convenience for Rust callers; where it cannot hold what a draft holds, [`spec::LOSSES`]
//! says so. The JSON is made from the draft, never from a `Spec`.

pub mod diff;
pub mod json;
pub mod redact;
pub mod spec;
pub(crate) mod validate;

use crate::eval::draft::{Draft, Filled};
use crate::eval::value::{Record, Value};
use crate::schema::output::{Layout, Member, MemberKind, OutputSchema};
use crate::schema::shape::{FieldShape, RecordShape};

/// Whether a rule wrote a member of `config.json`, or anything in it.
fn written(draft: &Draft<'_>, schema: &OutputSchema, member: &Member) -> bool {
    let filled = |index| !matches!(draft.slot(index), Filled::Empty | Filled::One(Value::Absent));
    match &member.kind {
        MemberKind::Slot(index) => {
            let beside = schema.slot(*index).is_some_and(|slot| slot.layout() == Some(Layout::Beside));
            !beside && filled(*index)
        }
        MemberKind::Record { node, .. } => node.slots.clone().any(filled),
    }
}

/// The fields that an element has, and what they hold.
fn fields<'s, 'a>(shape: &'s RecordShape, record: Record<'a>) -> impl Iterator<Item = (&'s FieldShape, Value<'a>)> {
    let fields = shape.fields.iter().enumerate().map(move |(index, field)| (field, record.get(index)));
    fields.filter(|(_, value)| !value.is_absent())
}
