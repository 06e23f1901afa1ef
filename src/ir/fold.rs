//! Folding: what is constant is computed while the program is built.

use std::fmt::Write as _;
use std::sync::Arc;

use indexmap::IndexMap;

use super::{Conversion, Expr, ExprId, Program};
use crate::facts::datum::{Datum, Kind};

/// What an expression comes down to.
pub(crate) enum Folded {
    /// Another expression that is there already.
    Same(ExprId),
    /// A simpler one.
    Expr(Expr),
    /// A constant.
    Const(Datum),
}

/// What an expression over expressions of the program comes down to, if to anything simpler.
pub(crate) fn fold(program: &Program, expr: &Expr) -> Option<Folded> {
    let constant = |id: &ExprId| constant_of(program, *id);
    match expr {
        Expr::Field(base, index) => field(program, *base, *index),
        Expr::Text(pieces) => {
            let texts: Option<Vec<String>> = pieces.iter().map(|id| print(constant(id)?)).collect();
            Some(Folded::Const(Datum::text(texts?.concat())))
        }
        Expr::List(elements) => {
            let elements: Option<Arc<[Datum]>> = elements.iter().map(|id| placed(program, *id)).collect();
            Some(Folded::Const(Datum::new(Kind::List(elements?))))
        }
        Expr::Record(fields) => {
            let fields: Option<Arc<[Datum]>> = fields.iter().map(|id| placed(program, *id)).collect();
            Some(Folded::Const(Datum::new(Kind::Record(fields?))))
        }
        Expr::Map(entries) => {
            let entries =
                entries.iter().map(|(key, value)| Some((text(constant(key)?)?.into(), placed(program, *value)?)));
            let entries: Option<IndexMap<Box<str>, Datum>> = entries.collect();
            Some(Folded::Const(Datum::new(Kind::Map(entries?.into()))))
        }
        Expr::ConcatLists(lists) => {
            let lists: Option<Vec<&[Datum]>> = lists.iter().map(|id| list(constant(id)?)).collect();
            Some(Folded::Const(Datum::new(Kind::List(lists?.into_iter().flatten().cloned().collect()))))
        }
        Expr::MergeMaps(maps) => {
            let maps: Option<Vec<&IndexMap<Box<str>, Datum>>> = maps.iter().map(|id| map(constant(id)?)).collect();
            let merged = maps?.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone()));
            Some(Folded::Const(Datum::new(Kind::map(merged))))
        }
        Expr::MergeRecords(left, right, fields) => merge_records(constant(left)?, constant(right)?, fields),
        Expr::Entry(base, key) => {
            Some(Folded::Const(map(constant(base)?)?.get(text(constant(key)?)?).cloned().unwrap_or(Datum::ABSENT)))
        }
        Expr::Negate(..) => negate(expr, constant),
        _ => None,
    }
}

/// The constant that an expression is.
pub(super) fn constant_of(program: &Program, id: ExprId) -> Option<&Datum> {
    match program.exprs.get(id.index())? {
        Expr::Const(id) => program.constants.get(id.index()),
        _ => None,
    }
}

/// The constant that an expression is, with the place where this expression says so.
fn placed(program: &Program, id: ExprId) -> Option<Datum> {
    Some(Datum::at(program.span(id), constant_of(program, id)?.kind.clone()))
}

/// A constant in another representation, if it is of the kind that the conversion is for.
pub(crate) fn convert(conversion: &Conversion, datum: &Datum) -> Option<Datum> {
    let kind = match (conversion, &datum.kind) {
        (Conversion::Same, _) | (_, Kind::Absent) => datum.kind.clone(),
        (Conversion::ToFloat, Kind::Int(value)) => Kind::Float(*value as f64),
        (Conversion::Unprefix(prefix), Kind::Text(text)) => {
            Kind::Text(text.strip_prefix(prefix).unwrap_or(text).into())
        }
        (Conversion::Each(each), Kind::List(elements)) => {
            Kind::List(elements.iter().map(|e| convert(each, e)).collect::<Option<_>>()?)
        }
        (Conversion::Each(each), Kind::Map(entries)) => {
            let entries = entries.iter().map(|(k, v)| Some((k.clone(), convert(each, v)?)));
            Kind::Map(Arc::new(entries.collect::<Option<_>>()?))
        }
        (Conversion::Fields(fields), Kind::Record(old)) => {
            let new = fields.iter().map(|field| match field {
                Some((index, each)) => convert(each, old.get(*index as usize)?),
                None => Some(Datum::ABSENT),
            });
            Kind::Record(new.collect::<Option<_>>()?)
        }
        (Conversion::ToMap(fields), Kind::Record(old)) => {
            let mut entries = IndexMap::new();
            for (name, index, each) in fields {
                let value = convert(each, old.get(*index as usize)?)?;
                if !value.is_absent() {
                    entries.insert(name.clone(), value);
                }
            }
            Kind::Map(entries.into())
        }
        _ => return None,
    };
    Some(Datum::at(datum.span, kind))
}

/// A text that two constants share only if they are equal; their places do not count.
#[must_use]
pub fn constant_key(datum: &Datum) -> String {
    let mut key = String::new();
    write_key(datum, &mut key);
    key
}

fn write_key(datum: &Datum, key: &mut String) {
    // Writing to a `String` cannot fail.
    let _ = match &datum.kind {
        Kind::Absent => write!(key, "_"),
        Kind::Bool(value) => write!(key, "{value}"),
        Kind::Int(value) => write!(key, "{value}i"),
        Kind::Float(value) => write!(key, "{:x}f", value.to_bits()),
        Kind::Text(text) => write!(key, "{text:?}"),
        Kind::List(elements) => {
            key.push('[');
            elements.iter().for_each(|e| write_key(e, key));
            write!(key, "]")
        }
        Kind::Map(entries) => {
            key.push('{');
            for (name, value) in entries.iter() {
                let _ = write!(key, "{name:?}:");
                write_key(value, key);
            }
            write!(key, "}}")
        }
        Kind::Record(fields) => {
            key.push('(');
            fields.iter().for_each(|f| write_key(f, key));
            write!(key, ")")
        }
    };
}

fn field(program: &Program, base: ExprId, index: u16) -> Option<Folded> {
    match program.exprs.get(base.index())? {
        Expr::Fact(root, path) => {
            let path = path.iter().copied().chain([index]).collect();
            Some(Folded::Expr(Expr::Fact(*root, path)))
        }
        Expr::Record(fields) => Some(Folded::Same(*fields.get(index as usize)?)),
        Expr::Const(id) => match &program.constants.get(id.index())?.kind {
            Kind::Record(fields) => Some(Folded::Const(fields.get(index as usize)?.clone())),
            _ => None,
        },
        _ => None,
    }
}

fn merge_records(left: &Datum, right: &Datum, fields: &[(Option<u16>, Option<u16>)]) -> Option<Folded> {
    let (Kind::Record(left), Kind::Record(right)) = (&left.kind, &right.kind) else { return None };
    let get = |record: &[Datum], index: Option<u16>| {
        index.and_then(|i| record.get(i as usize).cloned()).unwrap_or(Datum::ABSENT)
    };
    let merged = fields.iter().map(|(l, r)| {
        let value = get(right, *r);
        if value.is_absent() { get(left, *l) } else { value }
    });
    Some(Folded::Const(Datum::new(Kind::Record(merged.collect()))))
}

fn negate<'p>(expr: &Expr, constant: impl Fn(&ExprId) -> Option<&'p Datum>) -> Option<Folded> {
    let Expr::Negate(_, value) = expr else { return None };
    match constant(value)?.kind {
        Kind::Int(value) if value <= -i128::from(i64::MIN) => Some(Folded::Const(Datum::new(Kind::Int(-value)))),
        Kind::Float(value) => Some(Folded::Const(Datum::new(Kind::Float(-value)))),
        _ => None,
    }
}

fn text(datum: &Datum) -> Option<&str> {
    if let Kind::Text(text) = &datum.kind { Some(text) } else { None }
}

fn list(datum: &Datum) -> Option<&[Datum]> {
    if let Kind::List(elements) = &datum.kind { Some(elements) } else { None }
}

fn map(datum: &Datum) -> Option<&IndexMap<Box<str>, Datum>> {
    if let Kind::Map(entries) = &datum.kind { Some(entries) } else { None }
}

/// A constant as a template prints it; numbers with fractions are left to the evaluator.
fn print(datum: &Datum) -> Option<String> {
    match &datum.kind {
        Kind::Text(text) => Some(text.to_string()),
        Kind::Int(value) => Some(value.to_string()),
        Kind::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}
