//! Records: which fields there are, which are missing, which nobody knows.

use super::{Decoder, MERGE_KEY, NO_MERGE, Path, absent, place};
use crate::diagnostics::{Diagnostic, Severity, code};
use crate::facts::datum::{Datum, Kind};
use crate::facts::text::{Content, Entry, Node, shown, suggest};
use crate::schema::shape::{FieldShape, Presence, RecordShape, Shape, TagShape, TextForm};
use crate::source::Span;

/// More than this many names are not listed in a message.
pub(super) const FEW: usize = 12;

/// The fields that a record may have here: all, or those of its tag.
#[derive(Clone, Copy)]
struct Fields<'s> {
    shape: &'s RecordShape,
    /// Its tag, if they depend on one.
    tag: Option<&'s TagShape>,
}

impl<'s> Fields<'s> {
    /// Index, shape and presence of each.
    fn rows(self) -> impl Iterator<Item = (usize, &'s Shape, &'s Presence)> {
        let all = self.shape.fields.iter().enumerate();
        let own = self.tag.map_or(&[][..], |tag| &tag.fields);
        all.take(if self.tag.is_some() { 1 } else { usize::MAX })
            .map(|(index, field)| (index, &field.shape, &field.presence))
            .chain(own.iter().map(|field| (field.index, &field.shape, &field.presence)))
    }

    fn has(self, index: usize) -> bool {
        self.tag.is_none_or(|tag| index == 0 || tag.fields.iter().any(|field| field.index == index))
    }
}

impl Decoder {
    pub(super) fn record(
        &mut self,
        shape: &RecordShape,
        node: &Node<'_>,
        entries: &[Entry<'_>],
        at: &Path<'_>,
    ) -> Datum {
        let mut values: Vec<Datum> = shape.fields.iter().map(|_| Datum::ABSENT).collect();
        let Some(fields) = self.fields(shape, node, entries, at) else { return absent(node) };
        let given = self.assign(fields, entries, at);
        for (index, field_shape, presence) in fields.rows() {
            let (Some(field), Some(value)) = (shape.fields.get(index), values.get_mut(index)) else { continue };
            let entry = given.get(index).copied().flatten();
            *value = match entry {
                Some(entry) => self.field(field_shape, presence, entry, at),
                None => self.left_out(field, presence, node, at),
            };
        }
        Datum::at(node.span, Kind::Record(values.into()))
    }

    /// The entries of a map by the fields of a shape, for readers that do more than a shape can say.
    pub(in crate::facts) fn split<'e, 't>(
        &mut self,
        shape: &RecordShape,
        node: &'e Node<'t>,
        at: &Path<'_>,
    ) -> Vec<Option<&'e Entry<'t>>> {
        let Content::Map(entries) = &node.content else {
            self.wrong(&Shape::Record(std::sync::Arc::new(shape.clone())), node, at);
            return Vec::new();
        };
        let given = self.assign(Fields { shape, tag: None }, entries, at);
        for field in shape.fields.iter().zip(&given).filter(|(_, entry)| entry.is_none()).map(|(field, _)| field) {
            self.left_out(field, &field.presence, node, at);
        }
        given
    }

    /// The fields by the record's tag; none if the tag is missing or wrong, which is said then.
    fn fields<'s>(
        &mut self,
        shape: &'s RecordShape,
        node: &Node<'_>,
        entries: &[Entry<'_>],
        at: &Path<'_>,
    ) -> Option<Fields<'s>> {
        if shape.tags.is_empty() {
            return Some(Fields { shape, tag: None });
        }
        let field = shape.fields.first()?;
        let Some(entry) = entries.iter().find(|entry| entry.key == *field.name) else {
            self.left_out(field, &Presence::Required, node, at);
            return None;
        };
        let written = self.decode(&field.shape, &entry.value, &at.key(&entry.key, entry.span));
        let Kind::Text(word) = written.kind else { return None };
        let tag = shape.tags.iter().find(|tag| *tag.tag == *word)?;
        Some(Fields { shape, tag: Some(tag) })
    }

    /// The entry of each field. What is no field here, or stands there twice by an alias, is said.
    fn assign<'e, 't>(
        &mut self,
        fields: Fields<'_>,
        entries: &'e [Entry<'t>],
        at: &Path<'_>,
    ) -> Vec<Option<&'e Entry<'t>>> {
        let mut given: Vec<Option<&Entry<'_>>> = vec![None; fields.shape.fields.len()];
        for entry in entries {
            let index = fields.shape.index_of(&entry.key);
            let here = index.filter(|index| fields.has(*index));
            let Some(slot) = here.and_then(|index| given.get_mut(index)) else {
                self.found.push_with(Severity::Error, || unknown(fields, entry, at));
                continue;
            };
            match slot {
                None => *slot = Some(entry),
                Some(first) => self.found.push(twice(first, entry, at)),
            }
        }
        given
    }

    fn field(&mut self, shape: &Shape, presence: &Presence, entry: &Entry<'_>, at: &Path<'_>) -> Datum {
        let at = at.key(&entry.key, entry.span);
        let empty = matches!(&entry.value.content, Content::Scalar(scalar) if scalar.text.is_empty());
        let filled = matches!(shape, Shape::Text(TextForm::NotEmpty));
        if presence.may_be_absent() && (entry.value.is_null() || filled && empty) {
            return absent(&entry.value);
        }
        self.decode(shape, &entry.value, &at)
    }

    fn left_out(&mut self, field: &FieldShape, presence: &Presence, node: &Node<'_>, at: &Path<'_>) -> Datum {
        if matches!(presence, Presence::Required) {
            let message = match at {
                Path::Top => format!("`{}` is not given", field.name),
                _ => format!("`{at}` needs `{}`", field.name),
            };
            let diagnostic = Diagnostic::new(code::MISSING_INPUT, message).label(place(node, at), "");
            self.found.push(diagnostic.help(wanted(field)));
        }
        presence.filled(self.repeated > 0)
    }
}

fn unknown(fields: Fields<'_>, entry: &Entry<'_>, at: &Path<'_>) -> Diagnostic {
    let Fields { shape, tag } = fields;
    let own = || fields.rows().filter_map(|(index, ..)| shape.fields.get(index)).map(|field| &*field.name);
    let key = shown(&entry.key);
    let message = match (at, tag.map(|tag| &tag.tag)) {
        (Path::Top, _) => format!("a {} has no field `{key}`", shape.name),
        (_, Some(tag)) => format!("`{at}` ({tag} {}) has no field `{key}`", shape.name),
        (_, None) => format!("`{at}` has no field `{key}`"),
    };
    let diagnostic = Diagnostic::new(code::UNKNOWN_KEY, message).label(entry.span, "");
    let diagnostic = suggest(diagnostic, entry.span, &entry.key, own());
    if entry.key == MERGE_KEY {
        diagnostic.help(NO_MERGE)
    } else if diagnostic.help.is_none() && own().count() <= FEW {
        diagnostic.help(format!("it has {}", listed(own())))
    } else {
        diagnostic
    }
}

/// What a field is for, or what it takes.
fn wanted(field: &FieldShape) -> String {
    match &field.shape {
        Shape::Words(_) => format!("`{}` is {}", field.name, super::due(&field.shape)),
        _ => {
            let mut doc = field.doc.trim_end_matches('.').chars();
            let first = doc.next().into_iter().flat_map(char::to_lowercase);
            first.chain(doc).collect()
        }
    }
}

fn twice(first: &Entry<'_>, again: &Entry<'_>, at: &Path<'_>) -> Diagnostic {
    let at: String = format!("`{}` is `{}` by another name", at.key(&again.key, Span::NONE), first.key);
    Diagnostic::new(code::DUPLICATE_INPUT_KEY, at).label(again.span, "given again").label(first.span, "given first")
}

/// "`a`, `b` and `c`"
pub(super) fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let last = names.pop().unwrap_or_default();
    if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) }
}
