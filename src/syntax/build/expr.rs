//! Expressions, but for the precedence of their operators.

use super::Builder;
use super::operators::{Link, Operand, Operator};
use crate::diagnostics::{Diagnostic, code};
use crate::source::Span;
use crate::syntax::ast::{Entry, Expr, ExprKind, Ident, Key, Piece};
use crate::syntax::grammar::{Pair, Rule};

/// Names that stand for a value in other languages: what is written, what to write, why.
const FOREIGN_VALUES: &[(&str, Option<&str>, &str)] = &[
    ("null", None, ABSENCE),
    ("nil", None, ABSENCE),
    ("None", None, ABSENCE),
    ("undefined", None, ABSENCE),
    ("NULL", None, ABSENCE),
    ("Null", None, ABSENCE),
    ("True", Some("true"), "the two are `true` and `false`"),
    ("False", Some("false"), "the two are `true` and `false`"),
    ("TRUE", Some("true"), "the two are `true` and `false`"),
    ("FALSE", Some("false"), "the two are `true` and `false`"),
];
const ABSENCE: &str =
    "absence has no value of its own: ask `x is set`, say `x else …`, write `unset PATH`, or leave it out";

impl Builder<'_> {
    /// A run of operands and operators.
    pub(super) fn expr(&mut self, pair: Pair<'_>) -> Option<Expr> {
        let span = self.span(&pair);
        let inner = pair.into_inner();
        let mut operators = Vec::new();
        for child in inner.clone() {
            if matches!(child.as_rule(), Rule::operator | Rule::or_operator | Rule::hole_operator | Rule::is_test) {
                operators.push((Operator::of(child.as_str())?, self.span(&child)));
            }
        }
        let levels = 1 + Operator::distinct_levels(operators.iter().map(|(operator, _)| *operator));
        if !self.enter(levels, span) {
            return Some(Self::placeholder(span));
        }
        let is_operand = |child: &Pair<'_>| matches!(child.as_rule(), Rule::operand | Rule::head_operand);
        let mut operands = inner.filter(is_operand);
        let first = self.operand(operands.next()?)?;
        let mut links = Vec::with_capacity(operators.len());
        for (operator, span) in operators {
            let right = if operator.is_test() { None } else { Some(self.operand(operands.next()?)?) };
            links.push(Link { operator, span, right });
        }
        self.depth -= levels;
        self.resolve(first, links)
    }

    fn operand(&mut self, pair: Pair<'_>) -> Option<Operand> {
        let span = self.span(&pair);
        let inner = pair.into_inner();
        let levels = inner.len() - 1;
        if !self.enter(levels, span) {
            return Some(Operand { nots: Vec::new(), expr: Self::placeholder(span) });
        }
        let (mut nots, mut minuses, mut expr) = (Vec::new(), Vec::new(), None);
        for child in inner {
            match (child.as_rule(), expr.take()) {
                (Rule::not_op, _) => nots.push(self.span(&child)),
                (Rule::negative, _) => minuses.push(self.span(&child)),
                (_, None) => expr = Some(self.primary(child)?),
                (_, Some(before)) => expr = Some(self.postfix(before, child)?),
            }
        }
        let mut expr = expr?;
        for minus in minuses.into_iter().rev() {
            expr = Expr { span: minus.to(expr.span), kind: ExprKind::Negate(Box::new(expr)) };
        }
        self.depth -= levels;
        Some(Operand { nots, expr })
    }

    fn primary(&mut self, pair: Pair<'_>) -> Option<Expr> {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::paren => return Some(Expr { span, ..self.expr(pair.into_inner().next()?)? }),
            Rule::string => ExprKind::Text(self.string(pair)?),
            Rule::number => self.number(&pair),
            Rule::boolean => ExprKind::Bool(pair.as_str() == "true"),
            Rule::list => self.list(pair)?,
            Rule::map => self.map(pair)?,
            _ => {
                self.foreign_value(pair.as_str(), span);
                ExprKind::Name(pair.as_str().into())
            }
        };
        Some(Expr { span, kind })
    }

    fn foreign_value(&mut self, name: &str, span: Span) {
        let Some((_, ours, help)) = FOREIGN_VALUES.iter().find(|(foreign, ..)| *foreign == name) else { return };
        let mut diagnostic = Diagnostic::new(code::FOREIGN_OPERATOR, format!("there is no `{name}`")).label(span, "");
        if let Some(ours) = ours {
            diagnostic = diagnostic.edit(span, *ours);
        }
        self.report(diagnostic.help(*help));
    }

    fn postfix(&mut self, before: Expr, pair: Pair<'_>) -> Option<Expr> {
        let step = self.span(&pair);
        let span = before.span.to(step);
        let kind = match pair.as_rule() {
            Rule::field => ExprKind::Field(Box::new(before), self.ident(&pair.into_inner().next()?)),
            Rule::index => ExprKind::Index(Box::new(before), Box::new(self.expr(pair.into_inner().next()?)?)),
            _ => {
                let arguments: Option<Vec<Expr>> = pair.into_inner().map(|argument| self.expr(argument)).collect();
                self.call(before, arguments?, step)
            }
        };
        Some(Expr { span, kind })
    }

    fn call(&mut self, called: Expr, arguments: Vec<Expr>, step: Span) -> ExprKind {
        let span = called.span;
        match called.kind {
            ExprKind::Name(name) => {
                return ExprKind::Call { receiver: None, function: Ident { name, span }, arguments };
            }
            ExprKind::Field(object, function) => {
                if let ExprKind::Name(name) = object.kind {
                    let receiver = Some(Ident { name, span: object.span });
                    return ExprKind::Call { receiver, function, arguments };
                }
            }
            _ => {}
        }
        let diagnostic = Diagnostic::new(code::SYNTAX, "a call of something that is no function")
            .label(step, "called here")
            .label(span, "a value, not a function's name")
            .help("a call is `name(…)` or `host.name(…)`; there are no methods: `len(x)`, not `x.y.len()`");
        self.report(diagnostic);
        ExprKind::Bool(false)
    }

    fn list(&mut self, pair: Pair<'_>) -> Option<ExprKind> {
        let (mut values, mut clauses, mut sort) = (Vec::new(), Vec::new(), None);
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::clause => clauses.push(self.clause(child)?),
                Rule::sort => {
                    let key = child.into_inner().find(|child| child.as_rule() == Rule::expr)?;
                    sort = Some(Box::new(self.expr(key)?));
                }
                _ => values.push(self.expr(child)?),
            }
        }
        if clauses.is_empty() {
            return Some(ExprKind::List(values));
        }
        Some(ExprKind::ListComprehension { value: Box::new(values.pop()?), clauses, sort })
    }

    fn map(&mut self, pair: Pair<'_>) -> Option<ExprKind> {
        let (mut entries, mut clauses) = (Vec::new(), Vec::new());
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::clause => clauses.push(self.clause(child)?),
                _ => entries.push(self.entry(child)?),
            }
        }
        if clauses.is_empty() {
            return Some(ExprKind::Map(entries));
        }
        Some(ExprKind::MapComprehension { entry: Box::new(entries.pop()?), clauses })
    }

    fn entry(&mut self, pair: Pair<'_>) -> Option<Entry> {
        let mut inner = pair.into_inner();
        let key = self.key(inner.next()?)?;
        let value = inner.find(|child| child.as_rule() == Rule::expr)?;
        Some(Entry { key, value: self.expr(value)? })
    }

    fn key(&mut self, pair: Pair<'_>) -> Option<Key> {
        let span = self.span(&pair);
        Some(match pair.as_rule() {
            Rule::word => Key::Name(self.ident(&pair)),
            Rule::string => {
                let mut pieces = self.string(pair)?;
                match (pieces.pop(), pieces.is_empty()) {
                    (None, _) => Key::Name(Ident { name: "".into(), span }),
                    (Some(Piece::Text(name)), true) => Key::Name(Ident { name, span }),
                    (Some(last), _) => {
                        pieces.push(last);
                        Key::Computed(Expr { span, kind: ExprKind::Text(pieces) })
                    }
                }
            }
            _ => Key::Computed(self.expr(pair.into_inner().next()?)?),
        })
    }
}
