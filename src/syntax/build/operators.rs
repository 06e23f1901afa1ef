//! The precedence of operators: a flat run of operands and operators becomes a tree, one level per kind of operator.

use super::Builder;
use crate::diagnostics::{Diagnostic, code};
use crate::source::Span;
use crate::syntax::ast::{ArithmeticOp, CompareOp, Expr, ExprKind, JoinOp};

/// An operator of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::syntax) enum Operator {
    Else,
    When,
    Or,
    And,
    Compare(CompareOp),
    Is { empty: bool, negated: bool },
    Join(JoinOp),
    Sum(ArithmeticOp),
    Product(ArithmeticOp),
}

/// How tightly operators bind, weakest first. `not` binds between `And` and `Compare`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::syntax) enum Level {
    Else,
    When,
    Or,
    And,
    Compare,
    Join,
    Sum,
    Product,
}

/// Every operator by its words, single blanks between them.
const OPERATORS: &[(&str, Operator)] = &[
    ("else", Operator::Else),
    ("when", Operator::When),
    ("or", Operator::Or),
    ("and", Operator::And),
    ("==", Operator::Compare(CompareOp::Eq)),
    ("!=", Operator::Compare(CompareOp::Ne)),
    ("<", Operator::Compare(CompareOp::Lt)),
    ("<=", Operator::Compare(CompareOp::Le)),
    (">", Operator::Compare(CompareOp::Gt)),
    (">=", Operator::Compare(CompareOp::Ge)),
    ("in", Operator::Compare(CompareOp::In)),
    ("not in", Operator::Compare(CompareOp::NotIn)),
    ("like", Operator::Compare(CompareOp::Like)),
    ("not like", Operator::Compare(CompareOp::NotLike)),
    ("subset of", Operator::Compare(CompareOp::SubsetOf)),
    ("is set", Operator::Is { empty: false, negated: false }),
    ("is not set", Operator::Is { empty: false, negated: true }),
    ("is empty", Operator::Is { empty: true, negated: false }),
    ("is not empty", Operator::Is { empty: true, negated: true }),
    ("++", Operator::Join(JoinOp::Concat)),
    ("|", Operator::Join(JoinOp::Merge)),
    ("+", Operator::Sum(ArithmeticOp::Add)),
    ("-", Operator::Sum(ArithmeticOp::Subtract)),
    ("*", Operator::Product(ArithmeticOp::Multiply)),
    ("/", Operator::Product(ArithmeticOp::Divide)),
    ("%", Operator::Product(ArithmeticOp::Remainder)),
];

impl Operator {
    /// The operator of that spelling; between its words there may be blanks and comments.
    pub(in crate::syntax) fn of(text: &str) -> Option<Self> {
        let find = |text: &str| OPERATORS.iter().find(|(spelling, _)| *spelling == text).map(|(_, operator)| *operator);
        find(text).or_else(|| {
            let mut lexer = crate::syntax::lex::Lexer::new(text);
            let mut words = Vec::new();
            while let Some(token) = lexer.next() {
                words.push(text.get(token.start..token.end)?);
            }
            find(&words.join(" "))
        })
    }

    /// Whether it has no right side.
    pub(in crate::syntax) fn is_test(self) -> bool {
        matches!(self, Self::Is { .. })
    }

    /// How many levels of a tree operators make.
    pub(super) fn distinct_levels(operators: &[(Self, Span)]) -> usize {
        let levels = operators.iter().fold(0_u32, |levels, (operator, _)| levels | 1 << operator.level() as u32);
        levels.count_ones() as usize
    }

    pub(in crate::syntax) fn level(self) -> Level {
        match self {
            Self::Else => Level::Else,
            Self::When => Level::When,
            Self::Or => Level::Or,
            Self::And => Level::And,
            Self::Compare(_) | Self::Is { .. } => Level::Compare,
            Self::Join(_) => Level::Join,
            Self::Sum(_) => Level::Sum,
            Self::Product(_) => Level::Product,
        }
    }
}

/// An operand with the `not`s before it, which bind weaker than some operators after it.
pub(super) struct Operand {
    pub(super) nots: Vec<Span>,
    pub(super) expr: Expr,
}

/// An operator and what stands to its right.
pub(super) struct Link {
    pub(super) operator: Operator,
    pub(super) span: Span,
    pub(super) right: Option<Operand>,
}

impl Builder<'_> {
    /// The tree of a run. Recurses once per level, whatever the run's length.
    #[inline(never)]
    pub(super) fn resolve(&mut self, mut first: Operand, links: Vec<Link>) -> Option<Expr> {
        let level = links.iter().map(|link| link.operator.level()).min();
        if level.is_some_and(|level| level < Level::Compare) {
            return self.divide(level?, first, links);
        }
        let nots = std::mem::take(&mut first.nots);
        for right in links.iter().filter_map(|link| link.right.as_ref()) {
            if let Some(not) = right.nots.first() {
                let diagnostic = Diagnostic::new(code::SYNTAX, "a `not` behind an operator that binds tighter")
                    .label(*not, "")
                    .help("put `(not …)` in parentheses, or `not` before the whole comparison");
                self.report(diagnostic);
                break;
            }
        }
        let mut expr = if level.is_some() { self.divide(level?, first, links)? } else { first.expr };
        for not in nots.into_iter().rev() {
            expr = Expr { span: not.to(expr.span), kind: ExprKind::Not(Box::new(expr)) };
        }
        Some(expr)
    }

    /// Divides a run at the operators of one level and joins what they stand between.
    #[inline(never)]
    fn divide(&mut self, level: Level, first: Operand, links: Vec<Link>) -> Option<Expr> {
        let (mut parts, mut operators) = (Vec::new(), Vec::new());
        let mut run = Some((first, Vec::new()));
        for link in links {
            if link.operator.level() != level {
                match &mut run {
                    Some((_, links)) => links.push(link),
                    None => self.after_test(link.span),
                }
                continue;
            }
            if let Some((first, links)) = run.take() {
                parts.push(self.resolve(first, links)?);
            }
            operators.push((link.operator, link.span));
            run = link.right.map(|right| (right, Vec::new()));
        }
        if let Some((first, links)) = run {
            parts.push(self.resolve(first, links)?);
        }
        self.join(level, parts, &operators)
    }

    #[inline(never)]
    fn join(&mut self, level: Level, mut parts: Vec<Expr>, operators: &[(Operator, Span)]) -> Option<Expr> {
        let span = parts.first()?.span.to(parts.last()?.span);
        let kind = match level {
            Level::Else => ExprKind::Else(parts),
            Level::Or => ExprKind::Or(parts),
            Level::And => ExprKind::And(parts),
            Level::When => {
                if let [_, (_, second), ..] = operators {
                    self.second_when(*second);
                }
                let mut parts = parts.into_iter();
                ExprKind::When(Box::new(parts.next()?), Box::new(parts.next()?))
            }
            Level::Compare => return self.compare(parts, operators),
            Level::Join => {
                let rest = parts.split_off(1).into_iter().zip(operators);
                let rest = rest.filter_map(|(part, (operator, _))| match operator {
                    Operator::Join(join) => Some((*join, part)),
                    _ => None,
                });
                ExprKind::Join(Box::new(parts.pop()?), rest.collect())
            }
            Level::Sum | Level::Product => {
                let rest = parts.split_off(1).into_iter().zip(operators);
                let rest = rest.filter_map(|(part, (operator, _))| match operator {
                    Operator::Sum(sum) | Operator::Product(sum) => Some((*sum, part)),
                    _ => None,
                });
                ExprKind::Arithmetic(Box::new(parts.pop()?), rest.collect())
            }
        };
        Some(Expr { span, kind })
    }

    #[inline(never)]
    fn compare(&mut self, parts: Vec<Expr>, operators: &[(Operator, Span)]) -> Option<Expr> {
        let mut parts = parts.into_iter().map(Box::new);
        let (operator, place) = operators.first()?;
        if let Some((_, second)) = operators.get(1) {
            let diagnostic = Diagnostic::new(code::CHAINED_COMPARISON, "a comparison of a comparison")
                .label(*second, "compares what the first found")
                .label(*place, "the first")
                .help("join two comparisons with `and`: `a < b and b < c`");
            self.report(diagnostic);
        }
        let left = parts.next()?;
        let span = left.span.to(*place);
        Some(match *operator {
            Operator::Is { empty, negated } => Expr { span, kind: ExprKind::Is { value: left, empty, negated } },
            Operator::Compare(compare) => {
                let right = parts.next()?;
                Expr { span: left.span.to(right.span), kind: ExprKind::Compare(compare, left, right) }
            }
            _ => return None,
        })
    }

    fn after_test(&mut self, span: Span) {
        let diagnostic = Diagnostic::new(code::SYNTAX, "an operator after a finished test")
            .label(span, "")
            .help("after `is set` and `is empty` only `and`, `or`, `when` and `else` go on");
        self.report(diagnostic);
    }

    fn second_when(&mut self, span: Span) {
        let diagnostic = Diagnostic::new(code::SYNTAX, "a second `when` of one value")
            .label(span, "")
            .help("join the conditions with `and`; the next choice of a table begins with `else`");
        self.report(diagnostic);
    }
}
