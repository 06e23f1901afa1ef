//! How types relate: which fits which, and what two have in common.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::ir::Conversion;
use crate::schema::types::{ClosedWords, FieldType, RecordType, TagType, Type, Word, Words};
use crate::sort;

/// Why a type does not fit another: what is to be said after "expected X, found Y".
#[derive(Debug, Default)]
pub(super) struct Mismatch {
    /// More than the two types say, such as a missing field.
    pub(super) detail: Option<String>,
}

impl Mismatch {
    fn because(detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()) }
    }
}

/// How a value of one type becomes one of another.
pub(super) fn conversion(from: &Type, to: &Type) -> Result<Conversion, Mismatch> {
    match (from, to) {
        (Type::Never, _) => Ok(Conversion::Same),
        (Type::Int, Type::Float) => Ok(Conversion::ToFloat),
        (Type::Text(Words::Closed(words)), Type::Version) if words.words.iter().all(|w| is_version(w)) => {
            Ok(Conversion::Same)
        }
        (Type::Text(from), Type::Text(to)) => words_conversion(from, to),
        (Type::List(from), Type::List(to)) | (Type::Map(from), Type::Map(to)) => Ok(each(conversion(from, to)?)),
        (Type::Record(from), Type::Record(to)) => record_conversion(from, to),
        (Type::Record(from), Type::Map(to)) => map_conversion(from, to),
        _ if from == to => Ok(Conversion::Same),
        _ => Err(Mismatch::default()),
    }
}

fn each(element: Conversion) -> Conversion {
    if element == Conversion::Same { Conversion::Same } else { Conversion::Each(Box::new(element)) }
}

fn is_version(text: &str) -> bool {
    !text.is_empty() && text.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

fn words_conversion(from: &Words, to: &Words) -> Result<Conversion, Mismatch> {
    let Words::Closed(to) = to else { return Ok(Conversion::Same) };
    let Words::Closed(from) = from else {
        return Err(Mismatch::because(format!("only a {} of a closed set fits; look it up in a table", to.name())));
    };
    let mut unprefix = false;
    for word in &from.words {
        let found = to.find(word).ok_or_else(|| Mismatch::because(format!("{word:?} is not one of them")))?;
        unprefix |= found != word;
    }
    let prefix = to.vocabulary.map_or("", |v| v.prefix);
    if !unprefix {
        return Ok(Conversion::Same);
    }
    // Taking the prefix away from all must not take it away from a word that is its own.
    match from.words.iter().find(|word| word.starts_with(prefix) && to.words.contains(*word)) {
        Some(word) => Err(Mismatch::because(format!("{word:?} keeps its prefix, the others lose it"))),
        None => Ok(Conversion::Unprefix(prefix)),
    }
}

fn record_conversion(from: &RecordType, to: &RecordType) -> Result<Conversion, Mismatch> {
    if from == to {
        return Ok(Conversion::Same);
    }
    if let Some(extra) = from.fields.iter().find(|f| to.index_of(&f.name).is_none()) {
        return Err(Mismatch::because(format!("there is no field `{}`", extra.name)));
    }
    let fields: Result<Vec<_>, Mismatch> = to.fields.iter().map(|field| field_conversion(from, field)).collect();
    let fields = fields?;
    let same = from.fields.len() == to.fields.len()
        && fields.iter().enumerate().all(|(i, f)| matches!(f, Some((j, Conversion::Same)) if *j as usize == i));
    Ok(if same { Conversion::Same } else { Conversion::Fields(fields.into()) })
}

fn field_conversion(from: &RecordType, to: &FieldType) -> Result<Option<(u16, Conversion)>, Mismatch> {
    match from.index_of(&to.name).and_then(|index| Some((index, from.fields.get(index)?))) {
        None if to.optional => Ok(None),
        None => Err(Mismatch::because(format!("the field `{}` is missing", to.name))),
        Some((_, field)) if field.optional && !to.optional => {
            Err(Mismatch::because(format!("the field `{}` may be absent", to.name)))
        }
        Some((index, field)) => {
            let each = conversion(&field.ty, &to.ty).map_err(|inner| {
                let detail = inner.detail.map(|d| format!(": {d}")).unwrap_or_default();
                Mismatch::because(format!("`{}` is {}, not {}{detail}", to.name, field.ty, to.ty))
            })?;
            Ok(Some((narrow(index), each)))
        }
    }
}

fn map_conversion(from: &RecordType, to: &Type) -> Result<Conversion, Mismatch> {
    let fields: Result<Box<[_]>, Mismatch> = from
        .fields
        .iter()
        .enumerate()
        .map(|(index, field)| {
            let each = conversion(&field.ty, to)
                .map_err(|_| Mismatch::because(format!("`{}` is {}, not {to}", field.name, field.ty)))?;
            Ok((Box::from(&*field.name), narrow(index), each))
        })
        .collect();
    Ok(Conversion::ToMap(fields?))
}

/// Field indices fit: a record has at most as many fields as a source has bytes, and literals are bounded.
pub(super) fn narrow(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

/// The narrowest type that both fit, if there is one.
pub(super) fn join(a: &Type, b: &Type) -> Option<Type> {
    match (a, b) {
        (Type::Never, other) | (other, Type::Never) => Some(other.clone()),
        (Type::Int, Type::Float) | (Type::Float, Type::Int) => Some(Type::Float),
        (Type::Text(a), Type::Text(b)) => Some(Type::Text(join_words(a, b))),
        (Type::List(a), Type::List(b)) => Some(Type::list(join(a, b)?)),
        (Type::Map(a), Type::Map(b)) => Some(Type::map(join(a, b)?)),
        (Type::Record(a), Type::Record(b)) => Some(Type::Record(Arc::new(join_records(a, b)?))),
        (Type::Record(record), Type::Map(value)) | (Type::Map(value), Type::Record(record)) => {
            record.fields.iter().try_fold((**value).clone(), |all, field| join(&all, &field.ty)).map(Type::map)
        }
        _ => (a == b).then(|| a.clone()),
    }
}

fn join_words(a: &Words, b: &Words) -> Words {
    let (Words::Closed(a), Words::Closed(b)) = (a, b) else { return Words::Open };
    if a == b {
        return Words::Closed(a.clone());
    }
    let vocabulary = match (a.vocabulary, b.vocabulary) {
        (Some(a), Some(b)) if a != b => None,
        (a, b) => a.or(b),
    };
    let known = |word: &Word| match vocabulary.and_then(|v| word.strip_prefix(v.prefix)) {
        Some(bare) if vocabulary.is_some_and(|v| v.words.contains(&bare)) => bare.to_owned().into(),
        _ => word.clone(),
    };
    let words = sort::tree(a.words.iter().chain(&b.words).map(known));
    Words::Closed(Arc::new(ClosedWords { vocabulary, words }))
}

fn join_records(a: &RecordType, b: &RecordType) -> Option<RecordType> {
    if a == b {
        return Some(a.clone());
    }
    let mut fields = Vec::new();
    for field in &a.fields {
        let other = b.index_of(&field.name).and_then(|i| b.fields.get(i));
        let (ty, optional) = match other {
            Some(other) => (join(&field.ty, &other.ty)?, field.optional || other.optional),
            None => (field.ty.clone(), true),
        };
        fields.push(FieldType { name: field.name.clone(), ty, optional });
    }
    for field in b.fields.iter().filter(|f| a.index_of(&f.name).is_none()) {
        fields.push(FieldType { optional: true, ..field.clone() });
    }
    Some(RecordType { fields, tags: Vec::new() })
}

/// Two records merged: the right one's fields count where it has them.
pub(super) fn merge_records(a: &RecordType, b: &RecordType) -> Option<RecordType> {
    let mut fields = Vec::new();
    for field in &a.fields {
        fields.push(match b.index_of(&field.name).and_then(|i| b.fields.get(i)) {
            None => field.clone(),
            Some(other) if !other.optional => other.clone(),
            Some(other) => {
                let ty = join(&field.ty, &other.ty)?;
                FieldType { name: field.name.clone(), ty, optional: field.optional }
            }
        });
    }
    fields.extend(b.fields.iter().filter(|f| a.index_of(&f.name).is_none()).cloned());
    Some(RecordType { fields, tags: Vec::<TagType>::new() })
}

/// The words that both sets have.
pub(super) fn intersect(a: &Words, b: &Words) -> Words {
    match (a, b) {
        (Words::Open, other) | (other, Words::Open) => other.clone(),
        (Words::Closed(a), Words::Closed(b)) => {
            // Either side may spell a word with its vocabulary's prefix.
            let is_other = |word: &Word| b.words.iter().any(|other| a.find(other) == Some(word));
            let words = sort::tree(a.words.iter().filter(|word| b.find(word).is_some() || is_other(word)).cloned());
            Words::Closed(Arc::new(ClosedWords { vocabulary: a.vocabulary, words }))
        }
    }
}

/// The words of the first set that the second does not have.
pub(super) fn subtract(a: &Words, b: &BTreeSet<Word>) -> Words {
    match a {
        Words::Open => Words::Open,
        Words::Closed(a) => {
            let gone = |word: &Word| b.iter().any(|other| a.find(other) == Some(word));
            let words = sort::tree(a.words.iter().filter(|w| !gone(w)).cloned());
            Words::Closed(Arc::new(ClosedWords { vocabulary: a.vocabulary, words }))
        }
    }
}
