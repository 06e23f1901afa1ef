//! The types of the language.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use crate::sort;

/// What an expression's value is, when it is there; whether it may be absent is told beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// The element of `[]`: fits everything.
    Never,
    /// `Bool`
    Bool,
    /// `Int`
    Int,
    /// `Float`
    Float,
    /// `Version`
    Version,
    /// `String`, `Capability`, or a closed set of words.
    Text(Words),
    /// `List<T>`
    List(Arc<Type>),
    /// `Map<String, T>`
    Map(Arc<Type>),
    /// `{ a: T, b: T? }`
    Record(Arc<RecordType>),
}

/// A word or a name of a schema: those of the tables are theirs, and only what a rule file declares is copied.
pub type Word = Cow<'static, str>;

/// Which texts a `String` may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Words {
    /// Any.
    Open,
    /// One of these.
    Closed(Arc<ClosedWords>),
}

/// A closed set of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedWords {
    /// The vocabulary that the set is taken from, which also knows a prefix to do without.
    pub vocabulary: Option<&'static Vocabulary>,
    /// The texts, without the vocabulary's prefix.
    pub words: BTreeSet<Word>,
}

/// A named closed set of the schemas: capabilities, namespaces, storage types.
pub struct Vocabulary {
    /// What messages call one of them: `capability`.
    pub name: &'static str,
    /// A prefix that may be left out when a word is written and is put back when it is written out.
    pub prefix: &'static str,
    /// The words, without the prefix.
    pub words: &'static [&'static str],
    /// The same as a type has them, once somebody asked: many places share one vocabulary.
    closed: OnceLock<Arc<ClosedWords>>,
}

impl Vocabulary {
    /// The vocabulary of a name, a prefix and the words without it.
    #[must_use]
    pub const fn new(name: &'static str, prefix: &'static str, words: &'static [&'static str]) -> Self {
        Self { name, prefix, words, closed: OnceLock::new() }
    }
}

impl std::fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vocabulary").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PartialEq for Vocabulary {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Vocabulary {}

/// The fields of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordType {
    /// Its fields, in the order in which values are kept.
    pub fields: Vec<FieldType>,
    /// The tags, if the first field decides which of the others there are.
    pub tags: Vec<TagType>,
}

/// One field of a record type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldType {
    /// Its name.
    pub name: Word,
    /// Its type.
    pub ty: Type,
    /// Whether it may be absent.
    pub optional: bool,
}

/// One tag of a tagged record type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagType {
    /// The value of the first field.
    pub tag: Word,
    /// The fields it has: index and whether it may be absent.
    pub fields: Vec<(usize, bool)>,
}

impl Type {
    /// Any text.
    pub const STRING: Self = Self::Text(Words::Open);

    /// A list of one type.
    #[must_use]
    pub fn list(element: Self) -> Self {
        Self::List(Arc::new(element))
    }

    /// A map to one type.
    #[must_use]
    pub fn map(value: Self) -> Self {
        Self::Map(Arc::new(value))
    }
}

impl Words {
    /// All words of a vocabulary.
    #[must_use]
    pub fn vocabulary(vocabulary: &'static Vocabulary) -> Self {
        let closed = vocabulary.closed.get_or_init(|| Arc::new(ClosedWords::of(vocabulary, &[])));
        Self::Closed(Arc::clone(closed))
    }

    /// All words of a vocabulary and some more.
    #[must_use]
    pub fn vocabulary_and(vocabulary: &'static Vocabulary, more: &[&'static str]) -> Self {
        Self::Closed(Arc::new(ClosedWords::of(vocabulary, more)))
    }

    /// These words.
    #[must_use]
    pub fn of(words: impl IntoIterator<Item = impl Into<Word>>) -> Self {
        let words = sort::tree(words.into_iter().map(Into::into));
        Self::Closed(Arc::new(ClosedWords { vocabulary: None, words }))
    }
}

impl Words {
    /// Whether no text is one of these.
    #[must_use]
    pub fn is_impossible(&self) -> bool {
        matches!(self, Self::Closed(closed) if closed.words.is_empty())
    }
}

impl ClosedWords {
    fn of(vocabulary: &'static Vocabulary, more: &[&'static str]) -> Self {
        let words = sort::tree(vocabulary.words.iter().chain(more).map(|word| Word::from(*word)));
        Self { vocabulary: Some(vocabulary), words }
    }

    /// The word that a written text stands for: itself, or itself without the vocabulary's prefix.
    #[must_use]
    pub fn find(&self, written: &str) -> Option<&Word> {
        let bare = self.vocabulary.and_then(|v| written.strip_prefix(v.prefix));
        self.words.get(written).or_else(|| self.words.get(bare?))
    }

    /// What messages call one of them.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.vocabulary.map_or("word", |v| v.name)
    }
}

impl RecordType {
    /// The index of a field.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| &*field.name == name)
    }
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Never => f.write_str("nothing"),
            Self::Bool => f.write_str("Bool"),
            Self::Int => f.write_str("Int"),
            Self::Float => f.write_str("Float"),
            Self::Version => f.write_str("Version"),
            Self::Text(words) => words.fmt(f),
            Self::List(element) if **element == Self::Never => f.write_str("List"),
            Self::List(element) => write!(f, "List<{element}>"),
            Self::Map(value) => write!(f, "Map<String, {value}>"),
            Self::Record(record) => record.fmt(f),
        }
    }
}

impl std::fmt::Display for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 4;
        let Self::Closed(closed) = self else { return f.write_str("String") };
        if let Some(vocabulary) = closed.vocabulary
            && closed.words.len() >= vocabulary.words.len().max(SHOWN + 1)
        {
            let (first, rest) = vocabulary.name.split_at(vocabulary.name.len().min(1));
            write!(f, "{}{rest}", first.to_uppercase())?;
            let more = closed.words.iter().filter(|w| !vocabulary.words.contains(&&***w));
            return more.into_iter().try_for_each(|word| write!(f, " | {word:?}"));
        }
        for (index, word) in closed.words.iter().take(SHOWN).enumerate() {
            write!(f, "{}{word:?}", if index == 0 { "" } else { " | " })?;
        }
        if closed.words.len() > SHOWN { f.write_str(" | …") } else { Ok(()) }
    }
}

impl std::fmt::Display for RecordType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 8;
        f.write_str("{ ")?;
        for (index, field) in self.fields.iter().take(SHOWN).enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            let optional = if field.optional { "?" } else { "" };
            match &field.ty {
                Type::Record(_) => write!(f, "{comma}{}: {{…}}{optional}", field.name)?,
                ty => write!(f, "{comma}{}: {ty}{optional}", field.name)?,
            }
        }
        f.write_str(if self.fields.len() > SHOWN { ", … }" } else { " }" })
    }
}
