//! A request in JSON straight into facts, with no tree between: for requests with which nothing is wrong, as most are.
//!
//! What is off in any way (a field that nobody knows, a key that is given twice, a number that does not fit) makes this
//! reader give up without a word. The request is then read once more as a tree, which tells everything that is wrong with
//! it and where, so there is one place that says what a mistake is. Scalars are read by the decoder of trees in either
//! case, and a test holds both to the same facts with the same places.

use std::borrow::Cow;
use std::sync::Arc;

use indexmap::IndexMap;
use jiter::{Jiter, Peek};
use smol_str::SmolStr;

use super::decode::{Decoder, Path};
use super::deployment::{Deployment, Service};
use super::findings::Findings;
use super::text::{Node, Style, parse_json_at, place};
use super::view::View;
use crate::facts::datum::{Datum, Kind};
use crate::schema::facts::FactSchema;
use crate::schema::shape::{Presence, Quantity, RecordShape, Shape, TagShape, TextForm};
use crate::source::{SourceId, Span};

/// The parts of a request, as far as its own text goes.
#[derive(Debug, Default)]
pub(super) struct Given<'t> {
    pub(super) deployment: Option<GivenDeployment>,
    pub(super) service: Option<(SmolStr, Span)>,
    pub(super) replica: Option<u32>,
    pub(super) image: Option<Node<'t>>,
    /// As it is written.
    pub(super) host: Option<Node<'t>>,
    pub(super) accounts: Option<Node<'t>>,
    pub(super) options: Option<Datum>,
}

/// A deployment inside of a request.
#[derive(Debug)]
pub(super) enum GivenDeployment {
    /// An object.
    Read(Deployment),
    /// Its text in YAML.
    Yaml(String),
}

/// So many keys of one map may be `null`: each key is compared with all of them.
const MOST_NULLS: usize = 16;

struct Direct<'t> {
    source: SourceId,
    text: &'t str,
    /// What is left of the text.
    tokens: Jiter<'t>,
    /// Bytes of the text before what `tokens` began with.
    skipped: usize,
    /// Levels that there may be.
    deepest: usize,
    /// Lists and maps around what is being read, other than that of the services.
    repeated: usize,
    /// For scalars. What it finds is never looked at.
    decoder: Decoder,
}

/// A record that is being read.
struct Fields<'s> {
    shape: &'s RecordShape,
    tag: Option<&'s TagShape>,
    /// Those that are given, and defaults.
    values: Arc<[Datum]>,
    /// A bit for each that is given.
    given: u64,
}

/// Reads a request, unless something is off. A host that begins as `known_host` does is not even looked at.
pub(super) fn read<'t>(
    source: SourceId,
    text: &'t str,
    schema: &FactSchema,
    known_host: Option<&str>,
) -> Option<Given<'t>> {
    let tokens = Jiter::new(text.as_bytes());
    let mut direct = Direct {
        source,
        text,
        tokens,
        skipped: 0,
        deepest: schema.limits().depth,
        repeated: 0,
        decoder: Decoder::default(),
    };
    if direct.tokens.peek().ok()? != Peek::Object {
        return None;
    }
    let given = direct.request(schema, known_host)?;
    direct.tokens.finish().ok()?;
    Some(given)
}

impl<'t> Direct<'t> {
    fn request(&mut self, schema: &FactSchema, known_host: Option<&str>) -> Option<Given<'t>> {
        let shape = FactSchema::request();
        let mut given = Given::default();
        self.entries(&shape, |direct, index, first| {
            let field = shape.fields.get(index)?;
            match &*field.name {
                "deployment" => given.deployment = Some(direct.deployment(schema, first)?),
                "options" => {
                    let shape = Shape::Record(schema.request_options());
                    given.options = Some(direct.value(&shape, first, 1)?);
                }
                "image" => given.image = Some(direct.tree(1)?),
                "accounts" => given.accounts = Some(direct.tree(1)?),
                "host" => given.host = Some(direct.skip(first, known_host)?),
                _ => match direct.value(&field.shape, first, 1)? {
                    Datum { kind: Kind::Text(name), span } => given.service = Some((name, span)),
                    Datum { kind: Kind::Int(replica), .. } => given.replica = Some(replica.try_into().ok()?),
                    _ => return None,
                },
            }
            Some(())
        })?;
        (given.deployment.is_some() && given.service.is_some()).then_some(given)
    }

    fn deployment(&mut self, schema: &FactSchema, first: Peek) -> Option<GivenDeployment> {
        if first == Peek::String {
            return Some(GivenDeployment::Yaml(self.tokens.known_str().ok()?.to_owned()));
        }
        if first != Peek::Object || self.deepest < 2 {
            return None;
        }
        let (shape, start) = (schema.deployment(), self.at());
        let own = shape.index_of("services")?;
        let service = Shape::Record(Arc::clone(&schema.service));
        let (mut place, mut services) = (Span::NONE, IndexMap::new());
        let mut fields = Fields::new(&shape, None, false);
        self.entries(&shape, |direct, index, first| {
            if index != own {
                return fields.read(direct, index, first, 1);
            }
            let start = direct.at();
            if first != Peek::Object {
                return None;
            }
            let nulls = direct.named(|direct, key, first| {
                let facts = direct.value(&service, first, 3)?;
                let service = Service { name: direct.key(&key, facts.span)?, facts, refused: Findings::default() };
                services.insert(key, service).is_none().then_some(())
            })?;
            if nulls.iter().any(|key| services.contains_key(key)) {
                return None;
            }
            let all = direct.span(start);
            place = direct.key("services", all)?;
            fields.set(index, Datum::at(all, Kind::map([])))
        })?;
        let around = Datum::at(self.span(start), fields.all()?);
        let Kind::Text(name) = &View::new(&shape, &around).get("deployment").kind else { return None };
        Some(GivenDeployment::Read(Deployment { name: name.clone(), around, place, services }))
    }

    fn value(&mut self, shape: &Shape, first: Peek, depth: usize) -> Option<Datum> {
        let start = self.at();
        if depth > self.deepest {
            return None;
        }
        let kind = match (shape, first) {
            (Shape::Record(record), Peek::Object) => self.record(record, depth)?,
            (Shape::Map(value), Peek::Object) => self.map(value, depth)?,
            (Shape::List(element), Peek::Array) => self.list(element, depth)?,
            (Shape::Json, _) => {
                let node = self.tree(depth)?;
                return Some(self.decoder.decode(shape, &node, &Path::Top));
            }
            (Shape::Text(_) | Shape::Quantity(Quantity::Verbatim), Peek::String) => {
                Kind::Text(self.tokens.known_str().ok()?.into())
            }
            (Shape::Record(_) | Shape::Map(_) | Shape::List(_), _) | (_, Peek::Object | Peek::Array | Peek::Null) => {
                return None;
            }
            _ => self.scalar(shape, first, start)?,
        };
        Some(Datum::at(self.span(start), kind))
    }

    /// A scalar that is not just a text.
    fn scalar(&mut self, shape: &Shape, first: Peek, start: usize) -> Option<Kind> {
        let text = match first {
            Peek::String => {
                let text = Cow::Borrowed(self.tokens.known_str().ok()?);
                let node = Node::scalar(Span::NONE, text, Style::Quoted);
                return read_kind(&mut self.decoder, shape, &node);
            }
            Peek::True | Peek::False => self.tokens.known_bool(first).map(|_| ()),
            _ => self.tokens.next_number_bytes().map(|_| ()),
        };
        text.ok()?;
        let text = self.text.get(start..self.at())?;
        read_kind(&mut self.decoder, shape, &Node::scalar(Span::NONE, Cow::Borrowed(text), Style::Plain))
    }

    fn list(&mut self, element: &Shape, depth: usize) -> Option<Kind> {
        let mut read = Vec::new();
        self.repeated += 1;
        let mut next = self.tokens.known_array().ok()?;
        while let Some(first) = next {
            // In a list of texts, what is no text is one all the same, as in the decoder.
            let verbatim = Shape::Quantity(Quantity::Verbatim);
            let element = if matches!(element, Shape::Text(TextForm::Any)) { &verbatim } else { element };
            read.push(self.value(element, first, depth + 1)?);
            next = self.tokens.array_step().ok()?;
        }
        self.repeated -= 1;
        Some(Kind::List(read.into()))
    }

    fn map(&mut self, value: &Shape, depth: usize) -> Option<Kind> {
        let forbids_nul = matches!(value, Shape::Quantity(Quantity::Verbatim));
        let mut read = IndexMap::new();
        self.repeated += 1;
        let nulls = self.named(|direct, key, first| {
            let datum = direct.value(value, first, depth + 1)?;
            let has_nul = forbids_nul && matches!(&datum.kind, Kind::Text(text) if text.contains('\0'));
            (!has_nul && read.insert(key, datum).is_none()).then_some(())
        })?;
        self.repeated -= 1;
        (!nulls.iter().any(|key| read.contains_key(key))).then(|| Kind::Map(read.into()))
    }

    /// The entries of an object by their keys; gives those that are `null`, each once.
    fn named(&mut self, mut take: impl FnMut(&mut Self, Box<str>, Peek) -> Option<()>) -> Option<Vec<Box<str>>> {
        let mut nulls: Vec<Box<str>> = Vec::new();
        let mut next = self.tokens.known_object().ok()?.map(Box::<str>::from);
        while let Some(key) = next {
            let first = self.tokens.peek().ok()?;
            if first != Peek::Null {
                take(self, key, first)?;
            } else if nulls.len() > MOST_NULLS || nulls.contains(&key) {
                return None;
            } else {
                self.tokens.known_null().ok()?;
                nulls.push(key);
            }
            next = self.tokens.next_key().ok()?.map(Box::from);
        }
        Some(nulls)
    }

    fn record(&mut self, shape: &RecordShape, depth: usize) -> Option<Kind> {
        let tag = if shape.tags.is_empty() { None } else { Some(self.tag(shape)?) };
        let mut fields = Fields::new(shape, tag, self.repeated > 0);
        self.entries(shape, |direct, index, first| fields.read(direct, index, first, depth))?;
        fields.all()
    }

    /// The entries of an object by the fields of a shape, each of which may be there once; `null` is not given.
    fn entries(
        &mut self,
        shape: &RecordShape,
        mut take: impl FnMut(&mut Self, usize, Peek) -> Option<()>,
    ) -> Option<()> {
        let mut seen = 0_u64;
        let mut next = self.tokens.known_object().ok()?.map(|key| shape.index_of(key));
        while let Some(index) = next {
            let index = index?;
            let bit = bit(index)?;
            if seen & bit != 0 {
                return None;
            }
            seen |= bit;
            let first = self.tokens.peek().ok()?;
            if first == Peek::Null {
                self.tokens.known_null().ok()?;
            } else {
                take(self, index, first)?;
            }
            next = self.tokens.next_key().ok()?.map(|key| shape.index_of(key));
        }
        Some(())
    }

    /// The tag of the record that begins here, which may be any of its entries.
    fn tag<'s>(&self, shape: &'s RecordShape) -> Option<&'s TagShape> {
        let name = &shape.fields.first()?.name;
        let mut ahead = Jiter::new(self.text.as_bytes().get(self.at()..)?);
        let mut found = ahead.next_object().ok()?.map(|key| *key == **name);
        while !found? {
            ahead.next_skip().ok()?;
            found = ahead.next_key().ok()?.map(|key| *key == **name);
        }
        let word = ahead.next_str().ok()?;
        shape.tags.iter().find(|tag| *tag.tag == *word)
    }

    /// A value as a tree.
    fn tree(&mut self, depth: usize) -> Option<Node<'t>> {
        let mut found = Findings::default();
        let (node, end) = parse_json_at(self.source, self.text, self.at(), (depth, self.deepest), &mut found)?;
        self.go_to(end)?;
        (!found.has_errors()).then_some(node)
    }

    /// A value that is not read.
    fn skip(&mut self, first: Peek, known: Option<&str>) -> Option<Node<'t>> {
        let start = self.at();
        match known.filter(|known| self.text.get(start..).is_some_and(|rest| rest.starts_with(known))) {
            Some(known) => self.go_to(start + known.len())?,
            None => self.tokens.known_skip(first).ok()?,
        }
        let text = self.text.get(start..self.at())?;
        Some(Node::scalar(self.span(start), Cow::Borrowed(text), Style::Plain))
    }

    /// Where the key stands that a value belongs to, quotes included, if it has no escapes.
    fn key(&self, key: &str, value: Span) -> Option<Span> {
        let before = self.text.get(..value.start as usize)?.trim_end().strip_suffix(':')?.trim_end();
        let start = before.strip_suffix('"')?.strip_suffix(key)?.strip_suffix('"')?.len();
        Some(place(self.source, start, before.len()))
    }

    fn go_to(&mut self, at: usize) -> Option<()> {
        self.tokens = Jiter::new(self.text.as_bytes().get(at..)?);
        self.skipped = at;
        Some(())
    }

    /// Where in the text reading has come to.
    fn at(&self) -> usize {
        self.skipped + self.tokens.current_index()
    }

    /// From a place to where reading has come to.
    fn span(&self, start: usize) -> Span {
        place(self.source, start, self.at())
    }
}

impl<'s> Fields<'s> {
    fn new(shape: &'s RecordShape, tag: Option<&'s TagShape>, repeated: bool) -> Self {
        let Some(tag) = tag else {
            let values = shape.fields.iter().map(|field| field.presence.filled(repeated));
            return Self { shape, tag: None, values: values.collect(), given: 0 };
        };
        let mut values: Vec<Datum> = shape.fields.iter().map(|_| Datum::ABSENT).collect();
        for field in &tag.fields {
            if let Some(value) = values.get_mut(field.index) {
                *value = field.presence.filled(repeated);
            }
        }
        Self { shape, tag: Some(tag), values: values.into(), given: 0 }
    }

    fn read(&mut self, direct: &mut Direct<'_>, index: usize, first: Peek, depth: usize) -> Option<()> {
        let (field, presence) = row(self.shape, self.tag, index)?;
        let mut datum = direct.value(field, first, depth + 1)?;
        let empty =
            matches!((field, &datum.kind), (Shape::Text(TextForm::NotEmpty), Kind::Text(text)) if text.is_empty());
        if empty && presence.may_be_absent() {
            datum.kind = Kind::Absent;
        }
        self.set(index, datum)
    }

    fn set(&mut self, index: usize, datum: Datum) -> Option<()> {
        *Arc::get_mut(&mut self.values)?.get_mut(index)? = datum;
        self.given |= bit(index)?;
        Some(())
    }

    /// The record, unless something is missing.
    fn all(self) -> Option<Kind> {
        let left_out = |index: usize, presence: &Presence| {
            matches!(presence, Presence::Required) && bit(index).is_none_or(|bit| self.given & bit == 0)
        };
        let incomplete = match self.tag {
            None => self.shape.fields.iter().enumerate().any(|(index, field)| left_out(index, &field.presence)),
            Some(tag) => tag.fields.iter().any(|field| left_out(field.index, &field.presence)),
        };
        (!incomplete).then_some(Kind::Record(self.values))
    }
}

/// What the decoder makes of a scalar, if it can be read.
fn read_kind(decoder: &mut Decoder, shape: &Shape, node: &Node<'_>) -> Option<Kind> {
    let kind = decoder.decode(shape, node, &Path::Top).kind;
    (kind != Kind::Absent).then_some(kind)
}

/// What a field may hold, and whether it may be left out, if the record has it with its tag.
fn row<'s>(shape: &'s RecordShape, tag: Option<&'s TagShape>, index: usize) -> Option<(&'s Shape, &'s Presence)> {
    match tag.filter(|_| index > 0) {
        None => shape.fields.get(index).map(|field| (&field.shape, &field.presence)),
        Some(tag) => {
            let field = tag.fields.iter().find(|field| field.index == index)?;
            Some((&field.shape, &field.presence))
        }
    }
}

/// A record of more fields is not read here.
const fn bit(index: usize) -> Option<u64> {
    if index < 64 { Some(1 << index) } else { None }
}

#[cfg(test)]
mod tests;
