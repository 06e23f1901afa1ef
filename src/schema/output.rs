//! The output's schema: every path of `config.json` that rules can write, with what it may hold and how
//! writes to it merge. The tables are in the files of `output/`.
//!
//! It is the part of the OCI runtime spec 1.3 that concerns Linux containers, and `files` beside it. Ranges and text
//! forms are narrower than the spec's where the kernel or the runtimes refuse the rest anyway: better here, with the
//! rule's place, than when a container starts.

mod linux;
mod process;
mod records;
mod resources;
pub mod roles;
mod rows;
mod top;
mod tree;

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use crate::schema::shape::{RecordShape, Shape};
use crate::schema::types::Type;

pub use tree::Found;

/// The output's schema.
#[must_use]
pub fn output() -> &'static OutputSchema {
    static OUTPUT: LazyLock<OutputSchema> = LazyLock::new(|| OutputSchema::new(top::slots()));
    &OUTPUT
}

/// An index into [`OutputSchema::slots`].
pub type SlotIndex = usize;

/// The whole output, flat: a slot for each value or collection, and the records that hold them.
#[derive(Debug)]
pub struct OutputSchema {
    /// The slots, in the order in which they are written out.
    pub slots: Vec<Slot>,
    /// The tree of records over the slots.
    pub root: Node,
}

/// A place that rules write.
#[derive(Debug)]
pub struct Slot {
    /// The whole path: `linux.resources.cpu.quota`.
    pub path: &'static str,
    /// What it holds.
    pub content: Content,
    /// Whether the record it is in must have it when it has anything.
    pub required: bool,
    /// The section of the runtime spec: `config-linux.md#cpu`; empty for what is not part of it.
    pub section: &'static str,
}

/// What a slot holds, and so how writes to it merge.
#[derive(Debug)]
pub enum Content {
    /// One value.
    Value(Shape),
    /// Values without order; comes out sorted.
    Set(Shape),
    /// Values in written order, equal ones once.
    List(Shape),
    /// Device rules: denials of everything, allows, other denials, each in written order.
    DeviceRules(Arc<RecordShape>),
    /// Elements by key, in the order in which the keys were first written.
    Keyed(Keyed),
}

/// A keyed collection.
#[derive(Debug)]
pub struct Keyed {
    /// What an element is: a record, or the value of a map.
    pub element: Shape,
    /// Where the key is.
    pub key: KeyPlace,
    /// What a key must be, where it is text.
    pub key_form: Shape,
    /// How it is written out.
    pub layout: Layout,
}

/// Where the key of an element is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// It is the name of the entry.
    Name,
    /// It is made of these fields of the element (indices into its record).
    Fields(Vec<usize>),
}

/// How a keyed collection is written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `{ "name": element }`
    Map,
    /// `["name=value"]`
    Assignments,
    /// `[element]`
    List,
    /// `[element]`, stably sorted by the number of components of the key, a path
    ListByDepth,
    /// Not part of `config.json`: the bundle's side files.
    Beside,
}

/// A record of the output tree.
#[derive(Debug)]
pub struct Node {
    /// Its members, in the order in which they are written out.
    pub members: Vec<Member>,
    /// All slots below it.
    pub slots: Range<SlotIndex>,
}

/// A member of a record of the output tree.
#[derive(Debug)]
pub struct Member {
    /// The name in `config.json`.
    pub name: &'static str,
    /// What it is.
    pub kind: MemberKind,
}

/// What a member of the output tree is.
#[derive(Debug)]
pub enum MemberKind {
    /// A slot.
    Slot(SlotIndex),
    /// A record; `required` if the record around it must have it when it has anything.
    Record {
        /// Its members.
        node: Node,
        /// Whether it must be there.
        required: bool,
    },
}

impl Slot {
    /// The last name of its path.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    /// How it is written out, if it is a keyed collection.
    #[must_use]
    pub const fn layout(&self) -> Option<Layout> {
        match &self.content {
            Content::Keyed(keyed) => Some(keyed.layout),
            _ => None,
        }
    }

    /// The type that invariants and tests read at `spec.PATH`: keyed collections are maps, the others lists.
    #[must_use]
    pub fn read_type(&self) -> Type {
        match &self.content {
            Content::Value(shape) => shape.ty(),
            Content::Set(shape) | Content::List(shape) => Type::list(shape.ty()),
            Content::DeviceRules(rule) => Type::list(Type::Record(Arc::new(rule.ty()))),
            Content::Keyed(keyed) => Type::map(keyed.element.ty()),
        }
    }

    /// Whether `spec.PATH` may be absent; a collection that no rule wrote reads as an empty one.
    #[must_use]
    pub const fn read_optional(&self) -> bool {
        matches!(self.content, Content::Value(_))
    }
}

impl Keyed {
    /// The shapes of the fields that make the key, in its order; of a name, its form.
    #[must_use]
    pub fn key_shapes(&self) -> Vec<&Shape> {
        match (&self.key, &self.element) {
            (KeyPlace::Fields(fields), Shape::Record(record)) => {
                fields.iter().filter_map(|index| record.fields.get(*index)).map(|field| &field.shape).collect()
            }
            _ => vec![&self.key_form],
        }
    }
}
