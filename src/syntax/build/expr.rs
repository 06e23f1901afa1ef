//! Expressions, but for the precedence of their operators.

use super::Builder;
use super::operators::{Link, Operand, Operator};
use crate::diagnostics::{Diagnostic, code};
use crate::source::Span;
use crate::syntax::ast::{Clause, Entry, Expr, ExprKind, Ident, Key, Piece};
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
    /// A run of operands and operators. This and what it calls recurses with each bracket: the functions keep
    /// expressions out of their frames and are not inlined into each other, or they would need several times the stack.
    #[inline(never)]
    pub(super) fn expr(&mut self, pair: Pair<'_>) -> Option<Expr> {
        let span = self.span(&pair);
        let operators = self.operators(pair.clone())?;
        let levels = 1 + Operator::distinct_levels(&operators);
        if !self.enter(levels, span) {
            return Some(Self::placeholder(span));
        }
        let mut operands = Vec::with_capacity(operators.len() + 1);
        for child in pair.into_inner() {
            if matches!(child.as_rule(), Rule::operand | Rule::head_operand) {
                self.operand(child, &mut operands)?;
            }
        }
        self.depth -= levels;
        self.run(operators, operands)
    }

    #[inline(never)]
    fn operators(&self, pair: Pair<'_>) -> Option<Vec<(Operator, Span)>> {
        let mut operators = Vec::new();
        for child in pair.into_inner() {
            if matches!(child.as_rule(), Rule::operator | Rule::or_operator | Rule::hole_operator | Rule::is_test) {
                operators.push((Operator::of(child.as_str())?, self.span(&child)));
            }
        }
        Some(operators)
    }

    #[inline(never)]
    fn run(&mut self, operators: Vec<(Operator, Span)>, operands: Vec<Operand>) -> Option<Expr> {
        let mut operands = operands.into_iter();
        let first = operands.next()?;
        let mut links = Vec::with_capacity(operators.len());
        for (operator, span) in operators {
            let right = if operator.is_test() { None } else { Some(operands.next()?) };
            links.push(Link { operator, span, right });
        }
        self.resolve(first, links)
    }

    #[inline(never)]
    fn operand(&mut self, pair: Pair<'_>, operands: &mut Vec<Operand>) -> Option<()> {
        let span = self.span(&pair);
        let inner = pair.into_inner();
        let levels = inner.len() - 1;
        let mut operand = Operand { nots: Vec::new(), expr: Self::placeholder(span) };
        if self.enter(levels, span) {
            let (mut minuses, mut is_first) = (Vec::new(), true);
            for child in inner {
                match child.as_rule() {
                    Rule::not_op => operand.nots.push(self.span(&child)),
                    Rule::negative => minuses.push(self.span(&child)),
                    _ if is_first => {
                        self.primary(child, &mut operand.expr)?;
                        is_first = false;
                    }
                    _ => self.postfix(child, &mut operand.expr)?,
                }
            }
            negate(&mut operand.expr, &minuses);
            self.depth -= levels;
        }
        operands.push(operand);
        Some(())
    }

    #[inline(never)]
    fn primary(&mut self, pair: Pair<'_>, expr: &mut Expr) -> Option<()> {
        expr.span = self.span(&pair);
        match pair.as_rule() {
            Rule::paren => expr.kind = self.expr(pair.into_inner().next()?)?.kind,
            Rule::string => expr.kind = ExprKind::Text(self.string(pair)?),
            Rule::number => expr.kind = self.number(&pair),
            Rule::boolean => expr.kind = ExprKind::Bool(pair.as_str() == "true"),
            Rule::list => self.list(pair, &mut expr.kind)?,
            Rule::map => self.map(pair, &mut expr.kind)?,
            _ => {
                self.foreign_value(pair.as_str(), expr.span);
                expr.kind = ExprKind::Name(pair.as_str().into());
            }
        }
        Some(())
    }

    #[inline(never)]
    fn foreign_value(&mut self, name: &str, span: Span) {
        let Some((_, ours, help)) = FOREIGN_VALUES.iter().find(|(foreign, ..)| *foreign == name) else { return };
        let mut diagnostic = Diagnostic::new(code::FOREIGN_OPERATOR, format!("there is no `{name}`")).label(span, "");
        if let Some(ours) = ours {
            diagnostic = diagnostic.edit(span, *ours);
        }
        self.report(diagnostic.help(*help));
    }

    #[inline(never)]
    fn postfix(&mut self, pair: Pair<'_>, expr: &mut Expr) -> Option<()> {
        let step = self.span(&pair);
        let rule = pair.as_rule();
        if rule == Rule::field {
            let field = self.ident(&pair.into_inner().next()?);
            wrap(expr, step, |before| ExprKind::Field(before, field));
            return Some(());
        }
        let mut arguments = Vec::new();
        for argument in pair.into_inner() {
            self.push(argument, &mut arguments)?;
        }
        if rule == Rule::arguments {
            self.call(expr, arguments, step);
        } else {
            let index = Box::new(arguments.pop()?);
            wrap(expr, step, |before| ExprKind::Index(before, index));
        }
        Some(())
    }

    #[inline(never)]
    fn push(&mut self, pair: Pair<'_>, values: &mut Vec<Expr>) -> Option<()> {
        values.push(self.expr(pair)?);
        Some(())
    }

    #[inline(never)]
    fn call(&mut self, expr: &mut Expr, arguments: Vec<Expr>, step: Span) {
        let called = std::mem::replace(expr, Self::placeholder(expr.span.to(step)));
        let span = called.span;
        match called.kind {
            ExprKind::Name(name) => {
                expr.kind = ExprKind::Call { receiver: None, function: Ident { name, span }, arguments };
                return;
            }
            ExprKind::Field(object, function) => {
                if let ExprKind::Name(name) = object.kind {
                    let receiver = Some(Ident { name, span: object.span });
                    expr.kind = ExprKind::Call { receiver, function, arguments };
                    return;
                }
            }
            _ => {}
        }
        let diagnostic = Diagnostic::new(code::SYNTAX, "a call of something that is no function")
            .label(step, "called here")
            .label(span, "a value, not a function's name")
            .help("a call is `name(…)` or `host.name(…)`; there are no methods: `len(x)`, not `x.y.len()`");
        self.report(diagnostic);
    }

    #[inline(never)]
    fn list(&mut self, pair: Pair<'_>, kind: &mut ExprKind) -> Option<()> {
        let (mut values, mut clauses, mut sort) = (Vec::new(), Vec::new(), Vec::new());
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::clause => self.push_clause(child, &mut clauses)?,
                Rule::sort => self.push(child.into_inner().find(|child| child.as_rule() == Rule::expr)?, &mut sort)?,
                _ => self.push(child, &mut values)?,
            }
        }
        *kind = if clauses.is_empty() {
            ExprKind::List(values)
        } else {
            ExprKind::ListComprehension { value: Box::new(values.pop()?), clauses, sort: sort.pop().map(Box::new) }
        };
        Some(())
    }

    #[inline(never)]
    fn map(&mut self, pair: Pair<'_>, kind: &mut ExprKind) -> Option<()> {
        let (mut entries, mut clauses) = (Vec::new(), Vec::new());
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::clause => self.push_clause(child, &mut clauses)?,
                _ => self.entry(child, &mut entries)?,
            }
        }
        *kind = if clauses.is_empty() {
            ExprKind::Map(entries)
        } else {
            ExprKind::MapComprehension { entry: Box::new(entries.pop()?), clauses }
        };
        Some(())
    }

    #[inline(never)]
    fn push_clause(&mut self, pair: Pair<'_>, clauses: &mut Vec<Clause>) -> Option<()> {
        clauses.push(self.clause(pair)?);
        Some(())
    }

    #[inline(never)]
    fn entry(&mut self, pair: Pair<'_>, entries: &mut Vec<Entry>) -> Option<()> {
        let mut inner = pair.into_inner();
        let key = self.key(inner.next()?)?;
        let value = inner.find(|child| child.as_rule() == Rule::expr)?;
        entries.push(Entry { key, value: self.expr(value)? });
        Some(())
    }

    #[inline(never)]
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

/// Puts an expression into one that goes on to `end`.
fn wrap(expr: &mut Expr, end: Span, kind: impl FnOnce(Box<Expr>) -> ExprKind) {
    let span = expr.span.to(end);
    let before = std::mem::replace(expr, Expr { span, kind: ExprKind::Bool(false) });
    expr.kind = kind(Box::new(before));
}

#[inline(never)]
fn negate(expr: &mut Expr, minuses: &[Span]) {
    for minus in minuses.iter().rev() {
        wrap(expr, *minus, ExprKind::Negate);
    }
}
