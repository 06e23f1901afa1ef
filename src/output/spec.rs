//! A draft as [`Spec`]: the only file that knows `oci_spec::runtime`.
//!
//! The draft is a serde data source that `Spec` reads itself from, so that no field is mapped by hand and no JSON is
//! made on the way.

use std::borrow::Cow;
use std::fmt::Display;

pub use oci_spec::runtime::Spec;
use serde::Deserialize;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use thiserror::Error;

use crate::eval::draft::{Draft, Filled};
use crate::eval::value::Value;
use crate::output::{fields, written};
use crate::schema::output::{Content, Keyed, Layout, Member, MemberKind, Node, OutputSchema, Slot, SlotIndex};
use crate::schema::shape::{RecordShape, Shape};

/// `Spec` refuses what a draft holds.
#[derive(Debug, Error)]
#[error("oci_spec cannot hold the spec: {0}")]
pub struct SpecError(String);

impl Error for SpecError {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// What canonical JSON says and a [`Spec`], or the JSON that is made of it, does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Where, with `[]` for an element of a list and `{}` for an entry of a map.
    pub path: &'static str,
    /// What becomes of it.
    pub reason: &'static str,
}

/// What `oci_spec` 0.10 loses, all of it.
pub const LOSSES: &[Loss] = &[
    Loss { path: "linux.devices[].major", reason: "is 0 where absent, as for a FIFO" },
    Loss { path: "linux.devices[].minor", reason: "is 0 where absent, as for a FIFO" },
    Loss { path: "linux.resources.devices[].access", reason: "is serialized as null where absent" },
    Loss { path: "linux.netDevices{}.name", reason: "is serialized as null where absent" },
    Loss { path: "linux.intelRdt.schemata", reason: "is not serialized where empty" },
    Loss {
        path: "process.scheduler.flags[]",
        reason: "SCHED_FLAG_RESET_ON_FORK is serialized as SCHED_RESET_ON_FORK, SCHED_FLAG_DL_OVERRUN as \
                 SCHED_FLAG_D_L_OVERRUN",
    },
];

/// Words and the way in which `oci_spec` misspells them.
const MISSPELT: &[(&str, &str)] =
    &[("SCHED_FLAG_RESET_ON_FORK", "SCHED_RESET_ON_FORK"), ("SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_D_L_OVERRUN")];

/// A draft as `oci_spec` has it.
///
/// # Errors
/// If a required field is missing or a text does not have the form that `oci_spec` asks for; a draft that passed
/// evaluation against its schema has neither.
pub fn spec(draft: &Draft<'_>, schema: &OutputSchema) -> Result<Spec, SpecError> {
    Spec::deserialize(Part::Node(Context { draft, schema }, &schema.root))
}

/// A spec of which most is the same for many renders: the rest is taken out, and written anew for each of them.
#[derive(Debug)]
pub(crate) struct Mould {
    spec: Spec,
    changes: Box<[(SlotIndex, Change)]>,
}

impl Mould {
    /// Keeps all of a draft but the slots that change; none if one of these cannot be changed alone.
    pub(crate) fn new(
        draft: &Draft<'_>,
        schema: &OutputSchema,
        changing: impl Iterator<Item = SlotIndex>,
    ) -> Option<Self> {
        let mut spec = spec(draft, schema).ok()?;
        let mut changes = Vec::new();
        for index in changing {
            let path = schema.slot(index)?.path;
            let (_, change) = CHANGES.iter().find(|(known, _)| *known == path)?;
            change(&mut spec, None).ok()?;
            changes.push((index, *change));
        }
        Some(Self { spec, changes: changes.into() })
    }

    /// The spec with what the slots hold that change.
    pub(crate) fn cast<'d>(
        &self,
        schema: &OutputSchema,
        filled: impl Fn(SlotIndex) -> Filled<'d>,
    ) -> Result<Spec, SpecError> {
        let mut spec = self.spec.clone();
        for (index, change) in &self.changes {
            let (Some(slot), filled) = (schema.slot(*index), filled(*index)) else { continue };
            change(&mut spec, Some(Part::Slot(slot, &filled)))?;
        }
        Ok(spec)
    }
}

/// Writes one slot of a spec anew, or takes out what it held.
type Change = fn(&mut Spec, Option<Part<'_, '_>>) -> Result<(), SpecError>;

fn read<'de, T: Deserialize<'de>>(part: Option<Part<'_, '_>>) -> Result<Option<T>, SpecError> {
    part.map(T::deserialize).transpose()
}

/// A row: a path of the schema, the records on the way to its field, and the field's setter.
macro_rules! changes {
    ($($path:literal: $($via:ident).* => $set:ident $(($required:ident))?;)*) => {
        &[$(($path, |spec, part| {
            let value = read(part)?;
            $(let value = changes!(@$required value);)?
            if let Some(record) = Some(spec)$(.and_then(|record| changes!(@via record, $via)))* {
                record.$set(value);
            }
            Ok(())
        }),)*]
    };
    (@required $value:ident) => { $value.unwrap_or_default() };
    (@via $record:ident, user_mut) => { Some($record.user_mut()) };
    (@via $record:ident, $via:ident) => { $record.$via().as_mut() };
}

/// The slots that services most often fill with something of their own.
const CHANGES: &[(&str, Change)] = changes! {
    "hostname": => set_hostname;
    "domainname": => set_domainname;
    "annotations": => set_annotations;
    "mounts": => set_mounts;
    "root.path": root_mut => set_path (required);
    "process.args": process_mut => set_args;
    "process.env": process_mut => set_env;
    "process.cwd": process_mut => set_cwd (required);
    "process.rlimits": process_mut => set_rlimits;
    "process.oomScoreAdj": process_mut => set_oom_score_adj;
    "process.user.uid": process_mut.user_mut => set_uid (required);
    "process.user.gid": process_mut.user_mut => set_gid (required);
    "process.user.additionalGids": process_mut.user_mut => set_additional_gids;
    "linux.devices": linux_mut => set_devices;
    "linux.sysctl": linux_mut => set_sysctl;
    "linux.cgroupsPath": linux_mut => set_cgroups_path;
    "linux.maskedPaths": linux_mut => set_masked_paths;
    "linux.readonlyPaths": linux_mut => set_readonly_paths;
    "linux.resources.devices": linux_mut.resources_mut => set_devices;
    "linux.resources.cpu.quota": linux_mut.resources_mut.cpu_mut => set_quota;
    "linux.resources.cpu.shares": linux_mut.resources_mut.cpu_mut => set_shares;
    "linux.resources.cpu.period": linux_mut.resources_mut.cpu_mut => set_period;
    "linux.resources.memory.limit": linux_mut.resources_mut.memory_mut => set_limit;
    "linux.resources.memory.swap": linux_mut.resources_mut.memory_mut => set_swap;
    "linux.resources.memory.reservation": linux_mut.resources_mut.memory_mut => set_reservation;
    "linux.resources.pids.limit": linux_mut.resources_mut.pids_mut => set_limit (required);
};

#[derive(Clone, Copy)]
struct Context<'s, 'd> {
    draft: &'s Draft<'d>,
    schema: &'s OutputSchema,
}

/// Any part of a draft.
enum Part<'s, 'd> {
    Node(Context<'s, 'd>, &'s Node),
    Slot(&'s Slot, &'s Filled<'d>),
    Value(&'s Shape, Value<'d>),
    Record(&'s RecordShape, Value<'d>),
    Assignment(&'s str, Value<'d>),
    Missing,
}

impl<'s, 'd> Part<'s, 'd> {
    fn member(context: Context<'s, 'd>, member: &'s Member) -> (&'s str, Self) {
        let part = match &member.kind {
            MemberKind::Record { node, .. } => Self::Node(context, node),
            MemberKind::Slot(index) => match context.schema.slot(*index) {
                Some(slot) => Self::Slot(slot, context.draft.slot(*index)),
                None => Self::Missing,
            },
        };
        (member.name, part)
    }

    /// It as text, if it is that.
    fn text(&self) -> Option<Cow<'d, str>> {
        match self {
            Self::Slot(Slot { content: Content::Value(shape), .. }, Filled::One(value)) => word(shape, *value),
            Self::Value(shape, value) => word(shape, *value),
            Self::Assignment(key, Value::Text(text)) => Some(Cow::Owned(format!("{key}={text}"))),
            _ => None,
        }
    }
}

fn word<'d>(shape: &Shape, value: Value<'d>) -> Option<Cow<'d, str>> {
    let Value::Text(text) = value else { return None };
    match shape.prefix() {
        "" => Some(Cow::Borrowed(text)),
        prefix => Some(Cow::Owned(format!("{prefix}{text}"))),
    }
}

impl<'de> IntoDeserializer<'de, SpecError> for Part<'_, '_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Part<'_, '_> {
    type Error = SpecError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SpecError> {
        if let Some(text) = self.text() {
            return visitor.visit_str(&text);
        }
        match self {
            Self::Node(context, node) => {
                let members = node.members.iter().filter(|m| written(context.draft, context.schema, m));
                visitor.visit_map(MapDeserializer::new(members.map(|m| Self::member(context, m))))
            }
            Self::Slot(slot, filled) => visit_slot(slot, filled, visitor),
            Self::Value(shape, value) => visit_value(shape, value, visitor),
            Self::Record(shape, Value::Record(record)) => {
                let fields =
                    fields(shape, record).map(|(field, value)| (&*field.name, Self::Value(&field.shape, value)));
                visitor.visit_map(MapDeserializer::new(fields))
            }
            Self::Record(..) | Self::Assignment(..) | Self::Missing => visitor.visit_unit(),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SpecError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, SpecError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SpecError> {
        let Some(text) = self.text() else { return self.deserialize_any(visitor) };
        let theirs = MISSPELT.iter().find(|(ours, theirs)| *ours == text && variants.contains(theirs));
        visitor.visit_enum(theirs.map_or(&*text, |(_, theirs)| theirs).into_deserializer())
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

fn visit_slot<'de, V: Visitor<'de>>(slot: &Slot, filled: &Filled<'_>, visitor: V) -> Result<V::Value, SpecError> {
    match (&slot.content, filled) {
        (Content::Value(shape), Filled::One(value)) => visit_value(shape, *value, visitor),
        (Content::Set(shape) | Content::List(shape), Filled::Many(values)) => {
            visit_seq(values.iter().map(|value| Part::Value(shape, *value)), visitor)
        }
        (Content::DeviceRules(rule), Filled::Many(values)) => {
            visit_seq(values.iter().map(|value| Part::Record(rule, *value)), visitor)
        }
        (Content::Keyed(keyed), Filled::Keyed(entries)) => visit_keyed(keyed, entries, visitor),
        _ => visitor.visit_unit(),
    }
}

fn visit_keyed<'de, V: Visitor<'de>>(
    keyed: &Keyed,
    entries: &[(&str, Value<'_>)],
    visitor: V,
) -> Result<V::Value, SpecError> {
    let element = &keyed.element;
    match keyed.layout {
        Layout::Map => {
            let entries = entries.iter().map(|(key, value)| (*key, Part::Value(element, *value)));
            visitor.visit_map(MapDeserializer::new(entries))
        }
        Layout::Assignments => visit_seq(entries.iter().map(|(key, value)| Part::Assignment(key, *value)), visitor),
        Layout::List | Layout::ListByDepth | Layout::Beside => {
            visit_seq(entries.iter().map(|(_, value)| Part::Value(element, *value)), visitor)
        }
    }
}

fn visit_value<'de, V: Visitor<'de>>(shape: &Shape, value: Value<'_>, visitor: V) -> Result<V::Value, SpecError> {
    match (shape, value) {
        (_, Value::Bool(value)) => visitor.visit_bool(value),
        (_, Value::Int(value)) => match (u64::try_from(value), i64::try_from(value)) {
            (Ok(value), _) => visitor.visit_u64(value),
            (_, Ok(value)) => visitor.visit_i64(value),
            _ => visitor.visit_i128(value),
        },
        (_, Value::Float(value)) => visitor.visit_f64(value),
        (_, Value::Text(text)) => visitor.visit_str(text),
        (Shape::List(element), Value::List(values)) => {
            visit_seq(values.iter().map(|value| Part::Value(element, value)), visitor)
        }
        (Shape::Map(element), Value::Map(entries)) => visitor
            .visit_map(MapDeserializer::new(entries.iter().map(|(key, value)| (key, Part::Value(element, value))))),
        (Shape::Record(record), value) => Part::Record(record, value).deserialize_any(visitor),
        _ => visitor.visit_unit(),
    }
}

fn visit_seq<'de, 's, 'd: 's, V: Visitor<'de>>(
    parts: impl Iterator<Item = Part<'s, 'd>>,
    visitor: V,
) -> Result<V::Value, SpecError> {
    visitor.visit_seq(SeqDeserializer::new(parts))
}
