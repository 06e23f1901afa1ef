//! Expressions, and what they are the values of.

use super::cursor::{Cursor, End};
use super::doc::{Doc, WIDTH};
use crate::syntax::build::operators::{Level, Operator};
use crate::syntax::grammar::{Pair, Rule};

/// Columns by which the first cells of a table may differ; beyond that the eye does not follow.
const SPREAD: usize = 40;

/// Where the second line of an expression begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// Below the first.
    Flush,
    /// Further right.
    Indented,
}

/// A node of a run of operands and operators; the level if it is an operator.
pub(super) struct Part<'t> {
    pub(super) pair: Pair<'t>,
    level: Option<Level>,
}

/// What decides how a value stands behind `=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Its bracket opens on the same line.
    Bracket,
    /// The same, and a little follows the bracket.
    Leading,
    /// A column of alternatives.
    Chain,
    /// Anything else.
    Plain,
}

/// The operands and operators of an expression.
pub(super) fn parts(pair: Pair<'_>) -> Vec<Part<'_>> {
    let level = |pair: &Pair<'_>| match pair.as_rule() {
        Rule::operand | Rule::head_operand => None,
        _ => Operator::of(pair.as_str()).map(Operator::level),
    };
    pair.into_inner().map(|pair| Part { level: level(&pair), pair }).collect()
}

/// The only node of a run that is one operand without anything before or behind it.
pub(super) fn lone<'t>(parts: &[Part<'t>]) -> Option<Pair<'t>> {
    let [part] = parts else { return None };
    let mut inner = part.pair.clone().into_inner();
    inner.next().filter(|_| inner.next().is_none())
}

fn is_bracket(pair: &Pair<'_>) -> bool {
    matches!(pair.as_rule(), Rule::list | Rule::map)
}

fn shape(parts: &[Part<'_>]) -> Shape {
    if lone(parts).is_some_and(|pair| is_bracket(&pair) || pair.as_rule() == Rule::paren) {
        return Shape::Bracket;
    }
    let mut operands = parts.iter().filter(|part| part.level.is_none());
    let leading = operands.next().and_then(|first| lone(std::slice::from_ref(first)));
    let large = leading.is_some_and(|pair| is_bracket(&pair) && pair.into_inner().len() > 2);
    if large && operands.clone().count() <= 2 && operands.all(|part| is_simple(&part.pair)) {
        return Shape::Leading;
    }
    match parts.iter().any(|part| part.level == Some(Level::Else)) {
        true => Shape::Chain,
        false => Shape::Plain,
    }
}

/// Whether a chain is a table of cases, which reads best as a column however short it is.
fn is_column(parts: &[Part<'_>]) -> bool {
    let count = |level| parts.iter().filter(|part| part.level == Some(level)).count();
    count(Level::Else) > 1 && count(Level::When) > 0
}

/// Whether an operand is a path, a literal or an empty bracket.
fn is_simple(operand: &Pair<'_>) -> bool {
    operand.clone().into_inner().all(|pair| match pair.as_rule() {
        Rule::index | Rule::arguments | Rule::list | Rule::map | Rule::paren => pair.into_inner().is_empty(),
        _ => true,
    })
}

impl<'t> Cursor<'t> {
    #[inline(never)]
    pub(super) fn expr(&mut self, pair: Pair<'t>, flow: Flow) -> Doc<'t> {
        self.run(&parts(pair), flow)
    }

    /// `LEAD E`, and what follows the value: a reason, a tail.
    #[inline(never)]
    pub(super) fn assign(&mut self, mut lead: Vec<Doc<'t>>, value: Pair<'t>, trailers: Vec<Pair<'t>>) -> Doc<'t> {
        let parts = parts(value);
        let mut shape = shape(&parts);
        let line = self.line(if shape == Shape::Chain && is_column(&parts) { End::Opened } else { End::Blank });
        if line.has_comments() && matches!(shape, Shape::Bracket | Shape::Leading) {
            shape = Shape::Plain;
        }
        match shape {
            Shape::Bracket | Shape::Leading => {
                lead.push(Doc::text(" "));
                lead.push(self.in_a_row(&parts));
                for trailer in trailers {
                    let line = self.line(End::Blank);
                    lead.push(Doc::group(vec![Doc::indent(vec![line, self.trailer(trailer)])]));
                }
                return Doc::concat(lead);
            }
            Shape::Chain => {
                let mut rows = vec![line, self.chain(&parts)];
                for trailer in trailers {
                    rows.push(self.line(End::Blank));
                    rows.push(self.trailer(trailer));
                }
                lead.push(Doc::indent(rows));
            }
            Shape::Plain => {
                let value = Doc::indent(vec![line, self.run(&parts, Flow::Flush)]);
                lead.push(if trailers.is_empty() { value } else { Doc::group(vec![value]) });
                for trailer in trailers {
                    let line = self.line(End::Blank);
                    lead.push(Doc::indent(vec![line, self.trailer(trailer)]));
                }
            }
        }
        Doc::group(lead)
    }

    /// Operands and operators on one line, but for what is in brackets.
    #[inline(never)]
    fn in_a_row(&mut self, parts: &[Part<'t>]) -> Doc<'t> {
        let mut row = Vec::new();
        for part in parts {
            if !row.is_empty() {
                row.push(Doc::text(" "));
            }
            row.push(match part.level {
                Some(_) => self.words(&part.pair),
                None => self.operand(&part.pair),
            });
        }
        Doc::concat(row)
    }

    /// A run, divided at its weakest operators.
    #[inline(never)]
    fn run(&mut self, parts: &[Part<'t>], flow: Flow) -> Doc<'t> {
        let Some(level) = parts.iter().filter_map(|part| part.level).min() else {
            return parts.first().map_or_else(|| Doc::text(""), |part| self.operand(&part.pair));
        };
        if level == Level::Else && flow == Flow::Flush {
            let chain = self.chain(parts);
            return Doc::group(vec![chain]);
        }
        let mut operators = parts.iter().filter(|part| part.level == Some(level));
        let mut sides = parts.split(|part| part.level == Some(level));
        let mut docs = vec![self.run(sides.next().unwrap_or_default(), Flow::Indented)];
        let (mut rest, mut stays_flush) = (Vec::new(), false);
        for side in sides {
            let Some(operator) = operators.next() else { break };
            // A test has no right side, and a bracket that is compared with opens on the same line.
            let stays = side.is_empty() || level == Level::Compare && lone(side).is_some_and(|it| is_bracket(&it));
            stays_flush = stays;
            rest.push(if stays { Doc::text(" ") } else { self.line(End::Blank) });
            rest.push(self.words(&operator.pair));
            if !side.is_empty() {
                rest.push(Doc::text(" "));
                rest.push(self.run(side, Flow::Indented));
            }
        }
        if stays_flush || flow == Flow::Flush && level != Level::When {
            docs.append(&mut rest);
        } else {
            docs.push(Doc::indent(rest));
        }
        Doc::group(docs)
    }

    /// `A when C`, `else B when D`, … below each other, their conditions in a column if there is room.
    #[inline(never)]
    fn chain(&mut self, parts: &[Part<'t>]) -> Doc<'t> {
        let mut elses = parts.iter().filter(|part| part.level == Some(Level::Else));
        let mut rows: Vec<Alternative<'t>> = Vec::new();
        for side in parts.split(|part| part.level == Some(Level::Else)) {
            let (mut line, mut value) = (None, Vec::new());
            if !rows.is_empty() {
                line = Some(self.line(End::Blank));
                value.extend(elses.next().map(|part| self.words(&part.pair)));
                value.push(Doc::text(" "));
            }
            let mut halves = side.splitn(2, |part| part.level == Some(Level::When));
            value.push(self.run(halves.next().unwrap_or_default(), Flow::Indented));
            let mut when = Vec::new();
            if let Some(condition) = halves.next() {
                when.push(self.line(End::Blank));
                let word = side.iter().find(|part| part.level == Some(Level::When));
                when.extend(word.map(|part| self.words(&part.pair)));
                when.push(Doc::text(" "));
                when.push(self.run(condition, Flow::Indented));
            }
            let has_condition = !when.is_empty();
            rows.push(Alternative { line, value: Doc::concat(value), when: Doc::indent(when), has_condition });
        }
        table(rows)
    }

    #[inline(never)]
    fn operand(&mut self, pair: &Pair<'t>) -> Doc<'t> {
        let mut docs = Vec::new();
        for child in pair.clone().into_inner() {
            match child.as_rule() {
                Rule::not_op => docs.extend([self.leaf(&child), Doc::text(" ")]),
                Rule::negative => {
                    // `--` is of other languages.
                    if docs.last().is_some_and(|doc| matches!(doc.node, super::doc::Node::Text("-"))) {
                        docs.push(Doc::text(" "));
                    }
                    docs.push(self.leaf(&child));
                }
                Rule::field => docs.push(self.field(child)),
                Rule::index => docs.push(self.index(child)),
                Rule::arguments => docs.push(self.arguments(child)),
                _ => docs.push(self.primary(child)),
            }
        }
        Doc::concat(docs)
    }

    #[inline(never)]
    fn primary(&mut self, pair: Pair<'t>) -> Doc<'t> {
        match pair.as_rule() {
            Rule::paren => self.paren(pair),
            Rule::list => self.list(pair),
            Rule::map => self.map(pair),
            Rule::string => self.string(pair),
            _ => self.leaf(&pair),
        }
    }

    #[inline(never)]
    fn field(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let dot = self.punctuation(".");
        Doc::concat(std::iter::once(dot).chain(pair.into_inner().map(|word| self.leaf(&word))).collect())
    }

    /// `[E]`, of an expression or a path.
    #[inline(never)]
    pub(super) fn index(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let mut docs = vec![self.punctuation("[")];
        docs.extend(pair.into_inner().map(|index| self.expr(index, Flow::Indented)));
        docs.push(self.punctuation("]"));
        Doc::concat(docs)
    }

    #[inline(never)]
    fn paren(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let open = self.punctuation("(");
        let mut inner = vec![self.line(End::Nothing)];
        inner.extend(pair.into_inner().map(|expr| self.expr(expr, Flow::Flush)));
        let end = self.line(End::Closing(""));
        Doc::group(vec![open, Doc::indent(inner), end, self.punctuation(")")])
    }

    /// A string as it is written, but for the blanks in its holes.
    #[inline(never)]
    pub(super) fn string(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let holes = || pair.clone().into_inner().filter(|piece| piece.as_rule() == Rule::hole);
        if holes().next().is_none() || holes().any(|hole| hole.as_str().contains('#')) {
            return self.leaf(&pair);
        }
        let mut docs = vec![self.punctuation("\"")];
        for piece in pair.into_inner() {
            if piece.as_rule() == Rule::hole {
                let waiting = self.hold();
                docs.push(self.punctuation("{"));
                docs.extend(piece.into_inner().map(|expr| Doc::flat(self.expr(expr, Flow::Flush))));
                docs.push(self.punctuation("}"));
                self.release(waiting);
            } else {
                docs.push(self.raw(&piece));
            }
        }
        docs.push(self.quote());
        Doc::concat(docs)
    }
}

/// A line of a chain.
struct Alternative<'t> {
    /// The end of the line before it.
    line: Option<Doc<'t>>,
    value: Doc<'t>,
    when: Doc<'t>,
    has_condition: bool,
}

fn table(rows: Vec<Alternative<'_>>) -> Doc<'_> {
    let values = || rows.iter().filter(|row| row.has_condition).map(|row| row.value.flat);
    let widest = values().try_fold(0, |widest, value| Some(value?.max(widest)));
    let least = values().flatten().min().unwrap_or_default();
    let widest = widest.filter(|widest| values().nth(1).is_some() && widest - least <= SPREAD);
    let column = widest.unwrap_or_default();
    let mut docs = Vec::new();
    let mut width = widest.map(|_| 0_usize);
    for row in rows {
        let pad = if row.has_condition { column.saturating_sub(row.value.flat.unwrap_or_default()) } else { 0 };
        let columns = row.value.flat.zip(row.when.flat).map(|(value, when)| value + pad + when);
        width = width.zip(columns).map(|(width, columns)| width.max(columns));
        docs.extend(row.line);
        docs.push(Doc::row(vec![row.value, Doc::pad(pad), row.when]));
    }
    match width {
        Some(width) => Doc::table(docs, width, WIDTH),
        None => Doc::concat(docs),
    }
}
