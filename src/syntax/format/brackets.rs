//! What stands in brackets, its parts divided by commas or clauses.

use super::cursor::{Cursor, End};
use super::doc::{Doc, TABLE_WIDTH};
use super::expr::{Flow, lone, parts};
use crate::syntax::grammar::{Pair, Rule};

/// A pair of brackets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Brackets {
    open: &'static str,
    close: &'static str,
    /// What stands inside of them on one line.
    pad: &'static str,
}

pub(super) const ROUND: Brackets = Brackets { open: "(", close: ")", pad: "" };
pub(super) const SQUARE: Brackets = Brackets { open: "[", close: "]", pad: "" };
pub(super) const CURLY: Brackets = Brackets { open: "{", close: "}", pad: " " };
/// The names that a path ends in.
pub(super) const NAMES: Brackets = Brackets { open: "{", close: "}", pad: "" };

impl<'t> Cursor<'t> {
    /// Parts divided by commas: on one line, or each on its own with a comma behind it.
    #[inline(never)]
    pub(super) fn sequence(
        &mut self,
        brackets: Brackets,
        elements: impl IntoIterator<Item = Pair<'t>>,
        each: impl Fn(&mut Self, Pair<'t>) -> Doc<'t>,
    ) -> Doc<'t> {
        let open = self.punctuation(brackets.open);
        let inner = self.elements(brackets, End::Item(" "), elements, each);
        self.bracketed(brackets, open, inner, Doc::concat)
    }

    /// The line behind a bracket, and what is divided by commas and lines.
    #[inline(never)]
    fn elements(
        &mut self,
        brackets: Brackets,
        between: End,
        elements: impl IntoIterator<Item = Pair<'t>>,
        each: impl Fn(&mut Self, Pair<'t>) -> Doc<'t>,
    ) -> Vec<Doc<'t>> {
        let mut docs = Vec::new();
        let mut elements = elements.into_iter().peekable();
        if elements.peek().is_some() {
            docs.push(self.opened(brackets));
        }
        while let Some(element) = elements.next() {
            let element = each(self, element);
            self.skip(",");
            let last = elements.peek().is_none();
            let comma = if last { Doc::if_broken(",") } else { Doc::text(",") };
            docs.push(Doc::concat(vec![element, comma]));
            if !last {
                docs.push(self.line(between));
            }
        }
        docs
    }

    /// The line behind an opening bracket; no empty line follows.
    fn opened(&mut self, brackets: Brackets) -> Doc<'t> {
        self.line(if brackets.pad.is_empty() { End::Nothing } else { End::Blank })
    }

    /// Brackets around the line that stands first and what follows it.
    #[inline(never)]
    fn bracketed(
        &mut self,
        brackets: Brackets,
        open: Doc<'t>,
        mut inner: Vec<Doc<'t>>,
        join: impl FnOnce(Vec<Doc<'t>>) -> Doc<'t>,
    ) -> Doc<'t> {
        let end = self.line(End::Closing(if inner.is_empty() { "" } else { brackets.pad }));
        let close = self.punctuation(brackets.close);
        if inner.is_empty() {
            return Doc::group(vec![open, end, close]);
        }
        let rest = inner.split_off(1);
        inner.push(join(rest));
        Doc::group(vec![open, Doc::indent(inner), end, close])
    }

    #[inline(never)]
    pub(super) fn arguments(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let arguments: Vec<_> = pair.into_inner().collect();
        if let [only] = arguments.as_slice() {
            let parts = parts(only.clone());
            if lone(&parts).is_some_and(|pair| matches!(pair.as_rule(), Rule::list | Rule::map)) {
                let open = self.punctuation("(");
                let only = self.expr(only.clone(), Flow::Indented);
                self.skip(",");
                return Doc::concat(vec![open, only, self.punctuation(")")]);
            }
        }
        self.sequence(ROUND, arguments, |cursor, argument| cursor.expr(argument, Flow::Indented))
    }

    #[inline(never)]
    pub(super) fn list(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let children: Vec<_> = pair.into_inner().collect();
        if children.iter().any(|child| child.as_rule() == Rule::clause) {
            return self.comprehension(SQUARE, children);
        }
        if children.len() > 1 && children.iter().all(is_word) {
            let open = self.punctuation("[");
            let inner = self.elements(SQUARE, End::Word, children, |cursor, it| cursor.expr(it, Flow::Indented));
            return self.bracketed(SQUARE, open, inner, Doc::fill);
        }
        match records(&children) {
            Some(records) => self.records(records),
            None => self.sequence(SQUARE, children, |cursor, element| cursor.expr(element, Flow::Indented)),
        }
    }

    #[inline(never)]
    pub(super) fn map(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let children: Vec<_> = pair.into_inner().collect();
        if children.iter().any(|child| child.as_rule() == Rule::clause) {
            return self.comprehension(CURLY, children);
        }
        self.sequence(CURLY, children, Self::entry)
    }

    #[inline(never)]
    fn comprehension(&mut self, brackets: Brackets, children: Vec<Pair<'t>>) -> Doc<'t> {
        let open = self.punctuation(brackets.open);
        let mut inner = vec![self.opened(brackets)];
        for child in children {
            match child.as_rule() {
                Rule::clause => {
                    inner.push(self.line(End::Blank));
                    inner.push(self.clause(child));
                }
                Rule::sort => {
                    inner.push(self.line(End::Blank));
                    inner.push(self.sort(child));
                }
                Rule::entry => inner.push(self.entry(child)),
                _ => inner.push(self.expr(child, Flow::Flush)),
            }
        }
        self.bracketed(brackets, open, inner, Doc::concat)
    }

    /// `for x in L when C`, of a comprehension; of a loop without its first word.
    #[inline(never)]
    pub(super) fn clause(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let mut docs = Vec::new();
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::binder => {
                    docs.push(self.leaf(&child));
                    let more = self.skip(",");
                    docs.push(Doc::text(if more { ", " } else { " " }));
                }
                Rule::kw_when => {
                    docs.push(self.line(End::Blank));
                    docs.extend([self.leaf(&child), Doc::text(" ")]);
                }
                Rule::kw_for | Rule::kw_in => docs.extend([self.leaf(&child), Doc::text(" ")]),
                _ => docs.push(self.expr(child, Flow::Indented)),
            }
        }
        Doc::group(docs)
    }

    #[inline(never)]
    fn sort(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let mut docs = Vec::new();
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::expr => docs.push(self.expr(child, Flow::Indented)),
                _ => docs.extend([self.leaf(&child), Doc::text(" ")]),
            }
        }
        Doc::concat(docs)
    }

    /// `key: E`
    #[inline(never)]
    fn entry(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let mut lead = Vec::new();
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::expr => return self.assign(lead, child, Vec::new()),
                Rule::string => lead.push(self.string(child)),
                Rule::computed => lead.push(self.index(child)),
                _ => lead.push(self.leaf(&child)),
            }
        }
        Doc::concat(lead)
    }

    /// Records with the same fields: their columns are aligned if they do not fit on one line together.
    #[inline(never)]
    fn records(&mut self, records: Vec<Pair<'t>>) -> Doc<'t> {
        let open = self.punctuation("[");
        let mut inner = vec![self.opened(SQUARE)];
        let mut rows = Vec::new();
        let mut records = records.into_iter().peekable();
        while let Some(record) = records.next() {
            let open = self.punctuation("{");
            let entries = self.elements(CURLY, End::Item(" "), record.into_inner(), Self::entry);
            let (end, close) = (self.line(End::Closing(" ")), self.punctuation("}"));
            self.skip(",");
            let last = records.peek().is_none();
            let between = if last { None } else { Some(self.line(End::Item(" "))) };
            rows.push(Record { open, entries, end, close, between });
        }
        inner.push(columns(rows));
        self.bracketed(SQUARE, open, inner, Doc::concat)
    }
}

/// A row of a table.
struct Record<'t> {
    open: Doc<'t>,
    /// The line behind the brace; then each entry with its comma, and the lines between them.
    entries: Vec<Doc<'t>>,
    end: Doc<'t>,
    close: Doc<'t>,
    /// The line behind it, unless it is the last.
    between: Option<Doc<'t>>,
}

/// Pads the entries of records so that those of one field stand below each other.
fn columns(records: Vec<Record<'_>>) -> Doc<'_> {
    let mut widths: Vec<usize> = Vec::new();
    let mut flat = true;
    for record in &records {
        for (index, entry) in record.entries.iter().enumerate() {
            flat &= entry.flat.is_some();
            let width = entry.flat.unwrap_or_default();
            match widths.get_mut(index) {
                Some(widest) => *widest = width.max(*widest),
                None => widths.push(width),
            }
        }
        flat &= record.end.flat.is_some();
    }
    // Braces, the blank before the last and the comma.
    let width = widths.iter().sum::<usize>() + 4;
    let mut docs = Vec::new();
    for record in records {
        let mut entries = Vec::new();
        let count = record.entries.len();
        for (index, (entry, width)) in record.entries.into_iter().zip(&widths).enumerate() {
            let pad = width.saturating_sub(entry.flat.unwrap_or_default());
            entries.push(entry);
            if index + 1 < count {
                entries.push(Doc::pad(pad));
            }
        }
        docs.push(Doc::row(vec![record.open, Doc::indent(entries), record.end, record.close]));
        match record.between {
            Some(line) => docs.extend([Doc::text(","), line]),
            None => docs.push(Doc::if_broken(",")),
        }
    }
    if flat { Doc::table(docs, width, TABLE_WIDTH) } else { Doc::concat(docs) }
}

/// Whether an element is a single word, number or text: many of them stand on one line.
fn is_word(element: &Pair<'_>) -> bool {
    lone(&parts(element.clone())).is_some_and(|pair| match pair.as_rule() {
        Rule::string => pair.into_inner().all(|piece| piece.as_rule() != Rule::hole),
        Rule::list | Rule::map | Rule::paren => false,
        _ => true,
    })
}

/// The elements of a list that are records with the same fields in the same order, at least two of each.
fn records<'t>(elements: &[Pair<'t>]) -> Option<Vec<Pair<'t>>> {
    let record = |element: &Pair<'t>| lone(&parts(element.clone())).filter(|pair| pair.as_rule() == Rule::map);
    let records = elements.iter().map(record).collect::<Option<Vec<_>>>()?;
    let keys = |record: &Pair<'t>| -> Option<Vec<&'t str>> {
        let keys = record.clone().into_inner().map(|entry| Some(entry.into_inner().next()?.as_str()));
        keys.collect()
    };
    let plain = |record: &Pair<'t>| record.clone().into_inner().all(|entry| entry.as_rule() == Rule::entry);
    let first = keys(records.first()?)?;
    let alike = records.iter().all(|record| plain(record) && keys(record).as_ref() == Some(&first));
    (alike && records.len() > 1 && first.len() > 1).then_some(records)
}
