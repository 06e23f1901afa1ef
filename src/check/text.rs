//! Texts: words of closed sets, and templates.

use std::sync::Arc;

use super::Checker;
use super::scope::Typed;
use crate::diagnostics::{Diagnostic, code};
use crate::ir::{Expr, ExprId};
use crate::schema::types::{ClosedWords, Type, Words};
use crate::source::Span;
use crate::syntax::ast;

impl Checker<'_> {
    pub(super) fn text(&mut self, pieces: &[ast::Piece], hint: Option<&Type>, span: Span) -> Option<Typed> {
        if let Some(text) = whole_text(pieces) {
            return self.word(text, hint, span);
        }
        let mut parts = Vec::with_capacity(pieces.len());
        let mut sound = true;
        for piece in pieces {
            match piece {
                ast::Piece::Text(text) => parts.push(self.builder.text(text, span)),
                ast::Piece::Hole(hole) => match self.printable(hole) {
                    Some(id) => parts.push(id),
                    None => sound = false,
                },
            }
        }
        sound.then(|| Typed::new(self.builder.add(Expr::Text(parts.into()), span), Type::STRING))
    }

    /// A text without holes: of a closed set, one of its words.
    fn word(&mut self, text: &str, hint: Option<&Type>, span: Span) -> Option<Typed> {
        if let Some(Type::Text(Words::Closed(closed))) = hint {
            let Some(word) = closed.find(text).cloned() else {
                self.unknown_word(text, closed, span);
                return None;
            };
            let one =
                Words::Closed(Arc::new(ClosedWords { vocabulary: closed.vocabulary, words: [word.clone()].into() }));
            return Some(Typed::new(self.builder.text(&word, span), Type::Text(one)));
        }
        Some(Typed::new(self.builder.text(text, span), Type::Text(Words::of([text.to_owned()]))))
    }

    pub(super) fn unknown_word(&mut self, text: &str, closed: &ClosedWords, span: Span) {
        const LISTED: usize = 12;
        let name = closed.name();
        let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        let message = match closed.vocabulary {
            Some(_) => format!("{text:?} is not {article} {name}"),
            None => format!("{text:?} is not one of the words that are possible here"),
        };
        let mut diagnostic = Diagnostic::new(code::UNKNOWN_WORD, message).label(span, "");
        let words = closed.words.iter().map(|w| &**w);
        if closed.words.len() <= LISTED {
            let list: Vec<String> = words.clone().map(|w| format!("{w:?}")).collect();
            diagnostic = diagnostic.help(format!("possible here: {}", list.join(", ")));
        }
        let diagnostic = diagnostic.did_you_mean_text(span, text, words);
        self.report(diagnostic);
    }

    /// A hole of a template.
    pub(super) fn printable(&mut self, hole: &ast::Expr) -> Option<ExprId> {
        let typed = self.expr(hole, None)?;
        if !self.there(&typed, hole.span) {
            return None;
        }
        match typed.ty {
            Type::Never | Type::Bool | Type::Int | Type::Float | Type::Version | Type::Text(_) => Some(typed.id),
            ty => {
                self.report(
                    Diagnostic::new(code::TYPE_MISMATCH, format!("a `{ty}` cannot be printed"))
                        .label(hole.span, "only texts, numbers, booleans and versions can")
                        .help("for a list of texts, write `join(list, \", \")`"),
                );
                None
            }
        }
    }
}

/// The text of a string literal without holes.
pub(super) fn whole_text(pieces: &[ast::Piece]) -> Option<&str> {
    match pieces {
        [] => Some(""),
        [ast::Piece::Text(text)] => Some(text),
        _ => None,
    }
}
