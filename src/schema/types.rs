//! The types of the language.

use std::collections::BTreeSet;
use std::sync::Arc;

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
    pub words: BTreeSet<Arc<str>>,
}

/// A named closed set of the schemas: capabilities, namespaces, storage types.
#[derive(Debug)]
pub struct Vocabulary {
    /// What messages call one of them: `capability`.
    pub name: &'static str,
    /// A prefix that may be left out when a word is written and is put back when it is written out.
    pub prefix: &'static str,
    /// The words, without the prefix.
    pub words: &'static [&'static str],
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
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
    /// Whether it may be absent.
    pub optional: bool,
}

/// One tag of a tagged record type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagType {
    /// The value of the first field.
    pub tag: Arc<str>,
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
        Self::vocabulary_and(vocabulary, &[])
    }

    /// All words of a vocabulary and some more.
    #[must_use]
    pub fn vocabulary_and(vocabulary: &'static Vocabulary, more: &[&'static str]) -> Self {
        let words = vocabulary.words.iter().chain(more).map(|w| Arc::from(*w)).collect();
        Self::Closed(Arc::new(ClosedWords { vocabulary: Some(vocabulary), words }))
    }

    /// These words.
    #[must_use]
    pub fn of<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let words = words.into_iter().map(Arc::from).collect();
        Self::Closed(Arc::new(ClosedWords { vocabulary: None, words }))
    }
}
