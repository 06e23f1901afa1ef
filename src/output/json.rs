//! Canonical JSON, written in one pass over the schema.

use thiserror::Error;

use crate::eval::draft::{Draft, Filled};
use crate::eval::value::Value;
use crate::output::{fields, written};
use crate::schema::output::{Content, Keyed, Layout, Member, MemberKind, Node, OutputSchema, Slot};
use crate::schema::shape::{RecordShape, Shape};

/// How many bytes of output there may be unless a caller lowers it.
pub const LIMIT: usize = 16 << 20;

/// What stands for a value that does not have the shape of its slot; evaluation makes none.
const NULL: &[u8] = b"null";

/// How JSON is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// No blanks at all.
    #[default]
    Compact,
    /// A member or element a line, two blanks a level, a newline at the end.
    Pretty,
}

/// There is more output than there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the spec is larger than {limit} bytes")]
pub struct TooLarge {
    /// The limit, in bytes.
    pub limit: usize,
}

/// Appends a draft as canonical JSON.
///
/// # Errors
/// If it is longer than `limit` bytes; nothing is appended then.
pub fn write(
    draft: &Draft<'_>,
    schema: &OutputSchema,
    style: Style,
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<(), TooLarge> {
    let start = out.len();
    let mut writer =
        Writer { schema, draft, pretty: style == Style::Pretty, depth: 0, end: start.saturating_add(limit), out };
    writer.document().map_err(|Full| {
        out.truncate(start);
        TooLarge { limit }
    })
}

/// Appends one value of a shape, so many levels deep in a document. There is no limit on it.
pub(crate) fn write_value(shape: &Shape, value: Value<'_>, style: Style, depth: usize, out: &mut Vec<u8>) {
    let (draft, schema) = (&Draft::default(), crate::schema::output::output());
    let mut writer = Writer { schema, draft, pretty: style == Style::Pretty, depth, end: usize::MAX, out };
    // Only a limit could stop it.
    let _ = writer.value(shape, value);
}

/// One value of a shape as JSON.
pub(crate) fn to_json(shape: &Shape, value: Value<'_>) -> serde_json::Value {
    let mut out = Vec::new();
    write_value(shape, value, Style::Compact, 0, &mut out);
    serde_json::from_slice(&out).unwrap_or_default()
}

/// Appends a text as it stands between quotes.
pub(crate) fn write_inside(value: Value<'_>, out: &mut Vec<u8>) {
    if let Value::Text(text) = value {
        let (draft, schema) = (&Draft::default(), crate::schema::output::output());
        let mut writer = Writer { schema, draft, pretty: false, depth: 0, end: usize::MAX, out };
        let _ = writer.escaped(text.as_bytes());
    }
}

/// The side files of the bundle: name and content, in the order in which they were first written.
pub fn files<'d>(draft: &'d Draft<'_>, schema: &'d OutputSchema) -> impl Iterator<Item = (&'d str, &'d str)> {
    let beside = schema.slots.iter().enumerate().filter(|(_, slot)| slot.layout() == Some(Layout::Beside));
    let entries = beside.flat_map(|(index, _)| match draft.slot(index) {
        Filled::Keyed(entries) => entries.as_slice(),
        _ => &[],
    });
    entries.filter_map(|(name, value)| match value {
        Value::Text(text) => Some((*name, *text)),
        _ => None,
    })
}

/// The limit was reached.
struct Full;

type Written = Result<(), Full>;

struct Writer<'w, 'd> {
    schema: &'w OutputSchema,
    draft: &'w Draft<'d>,
    pretty: bool,
    depth: usize,
    /// The length that the output may not exceed.
    end: usize,
    out: &'w mut Vec<u8>,
}

impl<'w> Writer<'w, '_> {
    fn document(&mut self) -> Written {
        self.node(&self.schema.root)?;
        if self.pretty { self.push(b"\n") } else { Ok(()) }
    }

    fn node(&mut self, node: &'w Node) -> Written {
        let (draft, schema) = (self.draft, self.schema);
        let members = node.members.iter().filter(|member| written(draft, schema, member));
        self.group(b"{", b"}", members, Self::member)
    }

    fn member(&mut self, member: &'w Member) -> Written {
        self.name(member.name)?;
        match &member.kind {
            MemberKind::Slot(index) => match self.schema.slot(*index) {
                Some(slot) => self.slot(slot, self.draft.slot(*index)),
                None => self.push(NULL),
            },
            MemberKind::Record { node, .. } => self.node(node),
        }
    }

    fn slot(&mut self, slot: &Slot, filled: &Filled<'_>) -> Written {
        match (&slot.content, filled) {
            (Content::Value(shape), Filled::One(value)) => self.value(shape, *value),
            (Content::Set(shape) | Content::List(shape), Filled::Many(values)) => {
                self.group(b"[", b"]", values, |writer, value| writer.value(shape, *value))
            }
            (Content::DeviceRules(rule), Filled::Many(values)) => {
                self.group(b"[", b"]", values, |writer, value| writer.record(rule, *value))
            }
            (Content::Keyed(keyed), Filled::Keyed(entries)) => self.keyed(keyed, entries),
            _ => self.push(NULL),
        }
    }

    fn keyed(&mut self, keyed: &Keyed, entries: &[(&str, Value<'_>)]) -> Written {
        let element = &keyed.element;
        match keyed.layout {
            Layout::Map => self.group(b"{", b"}", entries, |writer, (key, value)| {
                writer.name(key)?;
                writer.value(element, *value)
            }),
            Layout::Assignments => self.group(b"[", b"]", entries, |writer, (key, value)| match value {
                Value::Text(text) => writer.text(&[key, "=", text]),
                _ => writer.push(NULL),
            }),
            Layout::List | Layout::ListByDepth | Layout::Beside => {
                self.group(b"[", b"]", entries, |writer, (_, value)| writer.value(element, *value))
            }
        }
    }

    fn value(&mut self, shape: &Shape, value: Value<'_>) -> Written {
        match (shape, value) {
            (_, Value::Bool(value)) => self.push(if value { b"true" } else { b"false" }),
            (_, Value::Int(value)) => self.int(value),
            (_, Value::Float(value)) => self.float(value),
            (_, Value::Text(text)) => self.text(&[shape.prefix(), text]),
            (Shape::List(element), Value::List(values)) => {
                self.group(b"[", b"]", values.iter(), |writer, value| writer.value(element, value))
            }
            (Shape::Map(element), Value::Map(entries)) => {
                self.group(b"{", b"}", entries.iter(), |writer, (key, value)| {
                    writer.name(key)?;
                    writer.value(element, value)
                })
            }
            (Shape::Record(record), value) => self.record(record, value),
            _ => self.push(NULL),
        }
    }

    fn record(&mut self, shape: &RecordShape, value: Value<'_>) -> Written {
        let Value::Record(record) = value else { return self.push(NULL) };
        self.group(b"{", b"}", fields(shape, record), |writer, (field, value)| {
            writer.name(&field.name)?;
            writer.value(&field.shape, value)
        })
    }

    fn group<T>(
        &mut self,
        open: &[u8],
        close: &[u8],
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> Written,
    ) -> Written {
        self.push(open)?;
        self.depth += 1;
        let mut any = false;
        for item in items {
            if any {
                self.push(b",")?;
            }
            any = true;
            self.line()?;
            write(self, item)?;
        }
        self.depth -= 1;
        if any {
            self.line()?;
        }
        self.push(close)
    }

    fn line(&mut self) -> Written {
        if self.pretty {
            self.push(b"\n")?;
            for _ in 0..self.depth {
                self.push(b"  ")?;
            }
        }
        Ok(())
    }

    fn name(&mut self, name: &str) -> Written {
        self.text(&[name])?;
        self.push(if self.pretty { b": " } else { b":" })
    }

    fn int(&mut self, value: i128) -> Written {
        self.push(itoa::Buffer::new().format(value).as_bytes())
    }

    fn float(&mut self, value: f64) -> Written {
        // Evaluation makes finite numbers only; `serde_json` writes the shortest text that reads back as the same number.
        let text = serde_json::Number::from_f64(value).map(|number| number.to_string());
        self.push(text.as_deref().map_or(NULL, str::as_bytes))
    }

    /// Writes the parts of one text.
    fn text(&mut self, parts: &[&str]) -> Written {
        self.push(b"\"")?;
        for part in parts {
            self.escaped(part.as_bytes())?;
        }
        self.push(b"\"")
    }

    fn escaped(&mut self, mut rest: &[u8]) -> Written {
        // Without an early exit this compiles to vector code; nearly every text ends here.
        if !rest.iter().fold(false, |any, byte| any | needs_escape(*byte)) {
            return self.push(rest);
        }
        while let Some(at) = rest.iter().position(|byte| needs_escape(*byte)) {
            let (run, tail) = rest.split_at(at);
            self.push(run)?;
            if let Some((byte, tail)) = tail.split_first() {
                self.escape(*byte)?;
                rest = tail;
            }
        }
        self.push(rest)
    }

    fn escape(&mut self, byte: u8) -> Written {
        match byte {
            b'"' => self.push(b"\\\""),
            b'\\' => self.push(b"\\\\"),
            0x08 => self.push(b"\\b"),
            b'\t' => self.push(b"\\t"),
            b'\n' => self.push(b"\\n"),
            0x0c => self.push(b"\\f"),
            b'\r' => self.push(b"\\r"),
            _ => self.push(format!("\\u{byte:04x}").as_bytes()),
        }
    }

    fn push(&mut self, bytes: &[u8]) -> Written {
        if self.end.saturating_sub(self.out.len()) < bytes.len() {
            return Err(Full);
        }
        self.out.extend_from_slice(bytes);
        Ok(())
    }
}

const fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}
