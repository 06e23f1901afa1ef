//! Functions, from the table of signatures.

use indexmap::{IndexMap, IndexSet};

use super::{Detail, Entry, Part, Section};
use crate::schema::functions::{FUNCTIONS, Pattern, Signature};

pub(super) fn section() -> Section {
    // Some take arguments of different types, in a row each.
    let mut rows: IndexMap<&str, Vec<&Signature>> = IndexMap::new();
    for row in FUNCTIONS {
        rows.entry(row.name).or_default().push(row);
    }
    let entries = rows.into_iter().map(|(name, rows)| {
        let docs: IndexSet<&str> = rows.iter().map(|row| row.doc).collect();
        Entry {
            name: name.to_owned(),
            summary: docs.into_iter().collect::<Vec<_>>().join(" "),
            details: rows.into_iter().map(|row| ("Signature", Detail::Code(signature(row)))).collect(),
            page: String::new(),
        }
    });
    Section { part: Part::Functions, entries: entries.collect() }
}

fn signature(row: &Signature) -> String {
    let parameters = row.parameters.iter().map(|(name, pattern)| format!("{name}: {}", written(*pattern)));
    format!("{}({}) -> {}", row.name, parameters.collect::<Vec<_>>().join(", "), written(row.result))
}

fn written(pattern: Pattern) -> String {
    match pattern {
        Pattern::Bool => "Bool",
        Pattern::Int => "Int",
        Pattern::Float => "Float",
        Pattern::Text => "String",
        Pattern::Literal => "String literal",
        Pattern::Printable => "String | Int | Float | Bool | Version",
        Pattern::Sized => "String | List<T> | Map<String, T>",
        Pattern::Var => "T",
        Pattern::Listed | Pattern::Ordered => "List<T>",
        Pattern::Map => "Map<String, T>",
        Pattern::List => "List<String>",
        Pattern::IntList => "List<Int>",
        Pattern::DeviceType => "{ path, type, major, minor, fileMode?, uid?, gid? }",
        Pattern::PathType => "\"file\" | \"dir\" | \"device\" | \"socket\" | \"other\"",
        Pattern::Optional(inner) => {
            let inner = written(*inner);
            return if inner.contains('|') { format!("({inner})?") } else { format!("{inner}?") };
        }
    }
    .to_owned()
}
