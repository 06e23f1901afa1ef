//! Lets in the bodies of rules and invariants that nothing reads.

use indexmap::{IndexMap, IndexSet};

use super::items::{Items, Placed};
use super::order;
use crate::diagnostics::{Diagnostic, code};
use crate::source::{SourceMap, Span};
use crate::syntax::ast::{self, Block, Effect, EffectKind, Ident};

/// A statement and the name that it gives.
type Unread<'a> = (&'a Effect, &'a Ident);

/// What there is to say of those of all items. A let with a tail says what is to be done where its value is absent,
/// whether anything reads it or not.
pub(super) fn unused(items: &Items, sources: &SourceMap) -> impl Iterator<Item = Diagnostic> {
    let of = |rules: &IndexMap<Box<str>, Placed<ast::Rule>>| {
        rules.values().flat_map(|placed| unread(&placed.item.body)).map(|it| told(it, sources)).collect::<Vec<_>>()
    };
    of(&items.rules).into_iter().chain(of(&items.invariants))
}

fn told((statement, name): Unread<'_>, sources: &SourceMap) -> Diagnostic {
    Diagnostic::new(code::UNUSED_LET, format!("nothing uses `{}`", name.name))
        .label(name.span, "")
        .help("take it out, or use it")
        .edit(with_semicolon(statement.span, sources), "")
}

/// A statement and the `;` that ends it, if one does.
fn with_semicolon(span: Span, sources: &SourceMap) -> Span {
    let after = sources.get(span.source).and_then(|source| source.text.get(span.end as usize..)).unwrap_or_default();
    let ends = after.trim_start_matches([' ', '\t']).strip_prefix(';').map_or(0, |rest| after.len() - rest.len());
    Span::new(span.source, span.start, span.end + u32::try_from(ends).unwrap_or_default())
}

/// Those of a block and of the blocks in it: a name is read only after it is given, within its block. Blocks nest no
/// deeper than the limit on them.
fn unread(block: &Block) -> Vec<Unread<'_>> {
    let mut found = Vec::new();
    for effect in &block.effects {
        match &effect.kind {
            EffectKind::If { arms, otherwise } => {
                found.extend(arms.iter().map(|(_, block)| block).chain(otherwise).flat_map(unread));
            }
            EffectKind::For { body, .. } => found.extend(unread(body)),
            _ => {}
        }
    }
    let first = block.effects.iter().position(|effect| given(effect).is_some());
    let mut read = IndexSet::new();
    for effect in block.effects.iter().skip(first.unwrap_or(usize::MAX)).rev() {
        found.extend(given(effect).filter(|name| !read.contains(&*name.name)).map(|name| (effect, name)));
        order::visit_effect(&effect.kind, &mut |name| _ = read.insert(name));
    }
    found
}

/// The name that a let without a tail gives.
fn given(effect: &Effect) -> Option<&Ident> {
    match &effect.kind {
        EffectKind::Let { name, tail: None, .. } => Some(name),
        _ => None,
    }
}
