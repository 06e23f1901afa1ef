//! Functions, from the table of signatures.

use super::{Detail, Entry, Part, Section};
use crate::schema::functions::{FUNCTIONS, Pattern, Signature};

pub(super) fn section() -> Section {
    let entries = FUNCTIONS.iter().map(|row| Entry {
        name: row.name.to_owned(),
        summary: row.doc.to_owned(),
        details: vec![("Signature", Detail::Code(signature(row)))],
        page: String::new(),
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
