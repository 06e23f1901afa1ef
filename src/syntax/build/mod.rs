//! Nodes of the grammar to the syntax tree, with what the grammar lets through on purpose: numbers, escapes, names and
//! runs of operators get better messages from here.

mod effect;
mod expr;
mod item;
mod literal;
pub(super) mod operators;
mod types;

use super::ast::{Expr, ExprKind, Ident, Item};
use super::grammar::{Pair, Pairs};
use crate::diagnostics::{Diagnostic, code};
use crate::source::{SourceId, Span};

/// Nodes of one expression that may stand within each other; whoever walks the tree may recurse as deep.
const MAX_DEPTH: usize = 256;

/// What the nodes of one item are turned into a tree with.
struct Builder<'d> {
    source: SourceId,
    /// Where the item begins in its file.
    base: usize,
    diagnostics: &'d mut Vec<Diagnostic>,
    /// Whether a mistake was found that leaves a hole in the tree.
    failed: bool,
    depth: usize,
    blocks: usize,
}

/// The item whose nodes these are; none if it holds a mistake, which is then in `diagnostics`.
pub(super) fn item(source: SourceId, base: usize, pairs: Pairs<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<Item> {
    let mut builder = Builder { source, base, diagnostics, failed: false, depth: 0, blocks: 0 };
    let pair = pairs.into_iter().next()?;
    let span = builder.span(&pair);
    let item = builder.item(pair);
    if item.is_none() && !builder.failed {
        let diagnostic = Diagnostic::new(code::INTERNAL, "the syntax tree does not fit the grammar")
            .label(span, "")
            .help("this is a mistake in the compiler, not in the rules; please report it with these lines");
        builder.diagnostics.push(diagnostic);
    }
    item.filter(|_| !builder.failed)
}

fn ends_blank(text: &str) -> bool {
    text.as_bytes().last().is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

impl Builder<'_> {
    /// Reports a mistake for which the tree has no node.
    fn report(&mut self, diagnostic: Diagnostic) {
        self.failed = true;
        self.diagnostics.push(diagnostic);
    }

    fn span(&self, pair: &Pair<'_>) -> Span {
        let span = pair.as_span();
        let (start, mut end) = (span.start(), span.end());
        // A node that ends in a repetition takes in the blanks behind it.
        let mut last = ends_blank(span.as_str()).then(|| pair.clone());
        while let Some(inner) = last.filter(|inner| ends_blank(inner.as_str())) {
            last = inner.into_inner().next_back();
            end = last.as_ref().map_or(end, |inner| inner.as_span().end());
        }
        super::span(self.source, self.base + start, self.base + end)
    }

    fn ident(&self, pair: &Pair<'_>) -> Ident {
        Ident { name: pair.as_str().into(), span: self.span(pair) }
    }

    /// Stands for what was reported.
    fn placeholder(span: Span) -> Expr {
        Expr { span, kind: ExprKind::Bool(false) }
    }

    /// Goes some levels deeper; false, and reported, where that is too deep.
    fn enter(&mut self, levels: usize, span: Span) -> bool {
        let fits = self.depth + levels <= MAX_DEPTH;
        if fits {
            self.depth += levels;
        } else {
            self.too_deep(span);
        }
        fits
    }

    #[inline(never)]
    fn too_deep(&mut self, span: Span) {
        let diagnostic = Diagnostic::new(code::TOO_DEEP, format!("an expression more than {MAX_DEPTH} deep"))
            .label(span, "too much within each other")
            .help("give a part of it a name of its own with `let`");
        self.report(diagnostic);
    }
}
