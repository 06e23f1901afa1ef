//! Conditions in words.

use crate::facts::datum::Kind;
use crate::ir::{Expr, ExprId, OrderOp, Program};
use crate::source::{SourceMap, Span};

/// Conditions within each other that are taken apart.
const MAX_DEPTH: usize = 32;
/// Characters of a piece of code that are shown.
const MAX_SHOWN: usize = 200;

/// Puts what a program holds into words.
pub(super) struct Words<'p> {
    pub(super) program: &'p Program,
    pub(super) sources: &'p SourceMap,
}

/// How words bind: what is in more loosely bound ones takes parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Or,
    And,
    One,
}

impl Words<'_> {
    /// That a condition holds, or that it does not.
    pub(super) fn condition(&self, id: ExprId, holds: bool) -> String {
        self.words(id, holds, 0).0
    }

    fn words(&self, id: ExprId, holds: bool, depth: usize) -> (String, Binding) {
        let (parts, binding) = match self.program.exprs.get(id.index()) {
            _ if depth > MAX_DEPTH => return (self.plain(id, holds), Binding::One),
            Some(Expr::Not(inner)) => return self.words(*inner, !holds, depth + 1),
            Some(Expr::Convert(_, inner)) => return self.words(*inner, holds, depth + 1),
            Some(Expr::And(parts)) => (parts, if holds { Binding::And } else { Binding::Or }),
            Some(Expr::Or(parts)) => (parts, if holds { Binding::Or } else { Binding::And }),
            Some(expr) => return (self.test(expr, holds).unwrap_or_else(|| self.plain(id, holds)), Binding::One),
            None => return (String::new(), Binding::One),
        };
        let parts = parts.iter().map(|part| {
            let (words, inner) = self.words(*part, holds, depth + 1);
            if inner < binding { format!("({words})") } else { words }
        });
        let joint = if binding == Binding::And { " and " } else { " or " };
        (parts.collect::<Vec<_>>().join(joint), binding)
    }

    /// A single question; none if it is best shown as it was written.
    fn test(&self, expr: &Expr, holds: bool) -> Option<String> {
        let (left, is, is_not, right) = match expr {
            Expr::Equal(a, b) => (a, "is", "is not", b),
            Expr::InList(a, b) => (a, "is one of", "is none of", b),
            Expr::InMap(a, b) => (a, "is a key of", "is no key of", b),
            Expr::Like(a, b) => (a, "matches", "does not match", b),
            Expr::SubsetOf(a, b) => (a, "has nothing beyond", "has something beyond", b),
            Expr::Order(OrderOp::Less, _, a, b) => (a, "is less than", "is at least", b),
            Expr::Order(OrderOp::LessOrEqual, _, a, b) => (a, "is at most", "is more than", b),
            Expr::Order(OrderOp::Greater, _, a, b) => (a, "is more than", "is at most", b),
            Expr::Order(OrderOp::GreaterOrEqual, _, a, b) => (a, "is at least", "is less than", b),
            Expr::IsSet(a) => return Some(format!("{} is {}given", self.code(*a), if holds { "" } else { "not " })),
            Expr::IsEmpty(a) => return Some(format!("{} is {}empty", self.code(*a), if holds { "" } else { "not " })),
            _ => return None,
        };
        let between = if holds { is } else { is_not };
        Some(format!("{} {between} {}", self.code(*left), self.code(*right)))
    }

    fn plain(&self, id: ExprId, holds: bool) -> String {
        format!("{} {}", self.code(id), if holds { "holds" } else { "does not hold" })
    }

    /// An expression as it was written, between backticks.
    fn code(&self, id: ExprId) -> String {
        format!("`{}`", self.written(self.program.span(id)))
    }

    /// A place on one line, cut where it is long.
    pub(super) fn written(&self, span: Span) -> String {
        let words = self.sources.snippet(span).unwrap_or_default().split_whitespace();
        let line = words.collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(MAX_SHOWN) {
            Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
            None => line,
        }
    }

    /// The text that a constant is.
    pub(super) fn constant(&self, id: ExprId) -> Option<&str> {
        match self.program.exprs.get(id.index())? {
            Expr::Const(constant) => match &self.program.constants.get(constant.index())?.kind {
                Kind::Text(text) => Some(text),
                _ => None,
            },
            _ => None,
        }
    }
}
