//! The output of a way: text with holes, and the draft that it is the text of.

use std::sync::OnceLock;

use bumpalo::Bump;

use super::op::Reg;
use super::part::Part;
use super::sym::Sym;
use super::write::Held;
use super::{LONGEST_LIST, LONGEST_TEXT};
use crate::eval::draft::{Draft, Filled};
use crate::eval::value::{List, Map, Record, Value};
use crate::output::json::{self, Style, TooLarge};
use crate::output::spec::{Mould, Spec, SpecError};
use crate::output::validate;
use crate::provenance::Writers;
use crate::schema::output::{Content, OutputSchema, Slot};
use crate::schema::shape::Shape;

/// The output of every render on one way.
#[derive(Debug)]
pub(super) struct Template {
    compact: Pieces,
    pretty: Pieces,
    slots: Box<[Part]>,
    /// The requirements of runtimes that each render must be held against.
    open: Box<[u16]>,
    /// Made when somebody asks for a spec first.
    mould: OnceLock<Option<Mould>>,
    /// Who wrote what, once somebody has asked.
    writers: OnceLock<Writers>,
}

/// Text with holes.
#[derive(Debug)]
struct Pieces {
    text: Box<[u8]>,
    holes: Box<[Hole]>,
}

#[derive(Debug)]
struct Hole {
    /// Before which byte of the text.
    at: usize,
    reg: Reg,
    fill: Fill,
}

#[derive(Clone, Copy, Debug)]
enum Fill {
    /// Text inside of quotes.
    Inside,
    /// A whole value, so many levels deep.
    Whole(&'static Shape, usize),
}

/// Marks a hole in a draft that is written out once. Texts of the output never hold NUL, so none can be mistaken for it.
const MARK: char = '\0';
/// How a mark is written.
const WRITTEN: &[u8] = b"\\u0000";

impl Template {
    /// The template of what a traced render holds; none if it could grow beyond the limit.
    pub(super) fn new(held: &[Held<'_>], schema: &'static OutputSchema, limit: usize, bump: &Bump) -> Option<Self> {
        let mut marks = Marks { bump, holes: Vec::new() };
        let draft = marks.draft(held, schema);
        let holes = marks.holes;
        let most = |hole: &(Reg, Option<&Shape>)| match hole.1 {
            Some(Shape::List(_)) => LONGEST_LIST * (LONGEST_TEXT + 8),
            _ => LONGEST_TEXT + 8,
        };
        let compact = Pieces::new(&draft, schema, Style::Compact, &holes)?;
        let pretty = Pieces::new(&draft, schema, Style::Pretty, &holes)?;
        // No escape is longer than six bytes; and what is counted for the limit is less than what is written pretty.
        let growth: usize = holes.iter().map(most).sum::<usize>().checked_mul(6)?;
        if pretty.text.len().checked_mul(2)?.checked_add(growth)? > limit {
            return None;
        }
        let slots = held.iter().map(Part::held).collect();
        Some(Self {
            compact,
            pretty,
            slots,
            open: validate::open(&draft),
            mould: OnceLock::new(),
            writers: OnceLock::new(),
        })
    }

    /// About how many bytes it takes, with what it may come to hold.
    pub(super) fn weight(&self) -> usize {
        let elements: usize = self.slots.iter().map(Part::len).sum();
        2 * (self.compact.text.len() + self.pretty.text.len())
            + self.slots.len() * size_of::<Part>()
            + elements * Writers::WEIGHT
    }

    /// Who wrote what in every render on its way, as `find` tells for one of them.
    pub(super) fn writers(&self, find: impl FnOnce() -> Option<Writers>) -> Option<&Writers> {
        if let Some(known) = self.writers.get() {
            return Some(known);
        }
        let found = find()?;
        Some(self.writers.get_or_init(|| found))
    }

    /// Appends the output as JSON.
    pub(super) fn write(
        &self,
        registers: &[Value<'_>],
        style: Style,
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), TooLarge> {
        let pieces = if style == Style::Compact { &self.compact } else { &self.pretty };
        let start = out.len();
        out.reserve(pieces.text.len() + 64 * pieces.holes.len());
        let mut from = 0;
        for hole in &pieces.holes {
            out.extend_from_slice(pieces.text.get(from..hole.at).unwrap_or_default());
            from = hole.at;
            let value = registers.get(hole.reg as usize).copied().unwrap_or_default();
            match hole.fill {
                Fill::Inside => json::write_inside(value, out),
                Fill::Whole(shape, depth) => json::write_value(shape, value, style, depth, out),
            }
        }
        out.extend_from_slice(pieces.text.get(from..).unwrap_or_default());
        if out.len() - start > limit {
            out.truncate(start);
            return Err(TooLarge { limit });
        }
        Ok(())
    }

    /// The spec of one render, if there is a short way to it.
    pub(super) fn spec<'a>(
        &'a self,
        registers: &[Value<'a>],
        schema: &OutputSchema,
        bump: &'a Bump,
    ) -> Option<Result<Spec, SpecError>> {
        let changing = self.slots.iter().enumerate().filter(|(_, part)| part.changes()).map(|(index, _)| index);
        let mould = self.mould.get_or_init(|| Mould::new(&self.draft(registers, bump), schema, changing));
        mould.as_ref().map(|mould| mould.cast(schema, |index: usize| self.filled(index, registers, bump)))
    }

    /// The requirements of runtimes that hold of one render and may not hold of another.
    pub(super) const fn open(&self) -> &[u16] {
        &self.open
    }

    /// What one slot of a render holds.
    pub(super) fn filled<'a>(&'a self, slot: usize, registers: &[Value<'a>], bump: &'a Bump) -> Filled<'a> {
        self.slots.get(slot).map(|part| part.filled(registers, bump)).unwrap_or_default()
    }

    /// Whether what a slot holds, or one element of it, is the same in every render on its way.
    pub(super) fn is_constant(&self, slot: usize, index: Option<usize>) -> bool {
        let Some(part) = self.slots.get(slot) else { return true };
        match (part, index) {
            (Part::Many(parts), Some(index)) => parts.get(index).is_some_and(|part| !part.changes()),
            (Part::Keyed(entries), Some(index)) => {
                entries.get(index).is_some_and(|(key, value)| !key.changes() && !value.changes())
            }
            (part, _) => !part.changes(),
        }
    }

    /// The draft of one render.
    pub(super) fn draft<'a>(&'a self, registers: &[Value<'a>], bump: &'a Bump) -> Draft<'a> {
        Draft { slots: self.slots.iter().map(|part| part.filled(registers, bump)).collect() }
    }
}

impl Pieces {
    /// Writes a draft with marks and takes them out again.
    fn new(
        draft: &Draft<'_>,
        schema: &OutputSchema,
        style: Style,
        holes: &[(Reg, Option<&'static Shape>)],
    ) -> Option<Self> {
        let mut written = Vec::new();
        json::write(draft, schema, style, usize::MAX, &mut written).ok()?;
        let mut text = Vec::with_capacity(written.len());
        let mut found = Vec::new();
        let mut rest = written.as_slice();
        while let Some(at) = find(rest, WRITTEN) {
            let (before, after) = (rest.get(..at)?, rest.get(at + WRITTEN.len()..)?);
            let end = find(after, WRITTEN)?;
            let number: usize = std::str::from_utf8(after.get(..end)?).ok()?.parse().ok()?;
            rest = after.get(end + WRITTEN.len()..)?;
            text.extend_from_slice(before);
            let (reg, shape) = *holes.get(number)?;
            let fill = match shape {
                None => Fill::Inside,
                Some(shape) => {
                    // A whole value is not in quotes.
                    (text.pop()? == b'"').then_some(())?;
                    rest = rest.strip_prefix(b"\"")?;
                    Fill::Whole(shape, depth(&text))
                }
            };
            found.push(Hole { at: text.len(), reg, fill });
        }
        text.extend_from_slice(rest);
        Some(Self { text: text.into(), holes: found.into() })
    }
}

/// How many levels deep the last line of a pretty text is.
fn depth(text: &[u8]) -> usize {
    let line = text.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    line.iter().take_while(|byte| **byte == b' ').count() / 2
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

/// A draft in which marks stand for what differs from render to render.
struct Marks<'b> {
    bump: &'b Bump,
    holes: Vec<(Reg, Option<&'static Shape>)>,
}

impl<'b> Marks<'b> {
    fn draft(&mut self, held: &[Held<'b>], schema: &'static OutputSchema) -> Draft<'b> {
        let slots = held.iter().zip(&schema.slots).map(|(held, slot)| self.filled(held, slot));
        Draft { slots: slots.collect() }
    }

    fn filled(&mut self, held: &Held<'b>, slot: &'static Slot) -> Filled<'b> {
        let shape = match &slot.content {
            Content::Value(shape) | Content::Set(shape) | Content::List(shape) => Some(shape),
            Content::Keyed(keyed) => Some(&keyed.element),
            Content::DeviceRules(_) => None,
        };
        let mut element = |sym: Sym<'b>| match (&slot.content, shape) {
            (Content::DeviceRules(rule), _) => self.record(rule, sym),
            (_, Some(shape)) => self.value(shape, sym),
            _ => Value::Absent,
        };
        match held {
            Held::Empty => Filled::Empty,
            Held::One(sym) => Filled::One(element(*sym)),
            Held::Many(syms) => Filled::Many(syms.iter().map(|sym| element(*sym)).collect()),
            Held::Keyed(entries) => {
                let mut marked = Vec::new();
                for (key, sym) in entries {
                    let key = self.text(*key);
                    let value = match shape {
                        Some(shape) => self.value(shape, *sym),
                        None => Value::Absent,
                    };
                    marked.push((key, value));
                }
                Filled::Keyed(marked)
            }
        }
    }

    fn value(&mut self, shape: &'static Shape, sym: Sym<'b>) -> Value<'b> {
        match (shape, sym) {
            (_, Sym::Const(value)) => value,
            (_, Sym::Reg(Value::Text(_), reg)) => self.mark(reg, None),
            (_, Sym::Reg(_, reg)) => self.mark(reg, Some(shape)),
            (Shape::List(element), Sym::List(parts)) => {
                let marked: Vec<Value<'b>> = parts.iter().map(|part| self.value(element, *part)).collect();
                Value::List(List::Values(self.bump.alloc_slice_copy(&marked)))
            }
            (Shape::Map(element), Sym::Map(entries)) => {
                let marked: Vec<(&str, Value<'b>)> =
                    entries.iter().map(|(key, value)| (self.text(*key), self.value(element, *value))).collect();
                Value::Map(Map::Entries(self.bump.alloc_slice_copy(&marked)))
            }
            (Shape::Record(record), sym) => self.record(record, sym),
            _ => Value::Absent,
        }
    }

    fn record(&mut self, shape: &'static crate::schema::shape::RecordShape, sym: Sym<'b>) -> Value<'b> {
        let Sym::Record(parts) = sym else { return sym.value(self.bump) };
        let fields = parts.iter().zip(&shape.fields);
        let marked: Vec<Value<'b>> = fields.map(|(part, field)| self.value(&field.shape, *part)).collect();
        Value::Record(Record::Values(self.bump.alloc_slice_copy(&marked)))
    }

    fn text(&mut self, sym: Sym<'b>) -> &'b str {
        let value = match sym {
            Sym::Reg(_, reg) => self.mark(reg, None),
            other => other.value(self.bump),
        };
        if let Value::Text(text) = value { text } else { "" }
    }

    fn mark(&mut self, reg: Reg, shape: Option<&'static Shape>) -> Value<'b> {
        let mark = format!("{MARK}{}{MARK}", self.holes.len());
        self.holes.push((reg, shape));
        Value::Text(self.bump.alloc_str(&mark))
    }
}
