//! The one layout of a file of rules. Comments, and the order and spelling of everything, stay; where lines end, what
//! stands further right, blanks and commas do not depend on how the text came. Of empty lines between items,
//! statements and elements, one stays.
//!
//! The nodes of the grammar become a layout ([`doc`]) in the order of the text, while a [`cursor`] picks up the comments
//! between them; [`print`] decides which lines end.

mod brackets;
mod cursor;
mod doc;
mod effects;
mod expr;
mod items;
mod print;
mod types;

use super::grammar::{self, Pairs, Rule};
use super::scan::{self, Limits};
use crate::diagnostics::{Diagnostic, Severity, code};
use crate::source::SourceId;
use cursor::{Cursor, End};
use doc::Doc;
use print::Printer;

/// Mistakes after which cutting a text into items ends; a text that parses has none.
const ROOM: usize = 1;

/// The text in its one layout; it ends in a line end unless there is nothing in it. A second time changes nothing.
///
/// It takes time and memory in proportion to the text, and little stack.
///
/// # Errors
///
/// The mistakes of a text that does not parse, or that would grow beyond what a file may have. What came out is parsed again: were it not the same rules, that is an
/// [`code::INTERNAL`] error.
pub fn format(source: SourceId, text: &str) -> Result<String, Vec<Diagnostic>> {
    let mut found = Vec::new();
    super::parse(source, text, &mut found);
    if found.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return Err(found);
    }
    let formatted = layout(source, text).filter(|formatted| same(source, text, formatted));
    if formatted.as_ref().is_some_and(|formatted| formatted.len() > Limits::MOST.bytes) {
        let message = "in its one layout this file would be more than 1 MiB";
        let diagnostic = Diagnostic::new(code::TOO_LARGE, message).label(super::span(source, 0, 0), "");
        return Err(vec![diagnostic.help("divide it into several files of one folder")]);
    }
    formatted.ok_or_else(|| {
        let message = "the formatted rules would not be the same rules; nothing was changed";
        let help = "this is a mistake in the formatter, not in the rules; please report it with this file";
        vec![Diagnostic::new(code::INTERNAL, message).label(super::span(source, 0, 0), "").help(help)]
    })
}

/// None if the text is not as the grammar found it.
fn layout(source: SourceId, text: &str) -> Option<String> {
    let (mut cursor, mut printer) = (Cursor::new(text), Printer::default());
    let mut had_body = false;
    for (index, extent) in scan::items(source, text, Limits::MOST, ROOM, &mut Vec::new()).into_iter().enumerate() {
        let item = grammar::parse(text.get(extent.start..extent.end)?).ok()?.next()?;
        let has_body = item.clone().into_inner().any(|child| has_body(child.as_rule()));
        let mut line = cursor.end(End::Always);
        if index > 0 && (had_body || has_body) && !line.blank && !line.comments.iter().any(|comment| comment.blank) {
            match line.comments.iter_mut().find(|comment| comment.own_line) {
                Some(comment) => comment.blank = true,
                None => line.blank = true,
            }
        }
        cursor.base = extent.start;
        printer.print(&Doc::line(line));
        printer.print(&cursor.item(item));
        had_body = has_body;
    }
    let mut last = cursor.end(End::Closed);
    last.closing = false;
    printer.print(&Doc::line(last));
    (cursor.at_end() && !cursor.astray).then(|| printer.finish())
}

/// Whether an item is set off by empty lines.
fn has_body(rule: Rule) -> bool {
    matches!(rule, Rule::rule_item | Rule::invariant_item | Rule::test_item)
}

/// Whether two texts hold the same items: the same nodes of the grammar, and where these have no parts, the same words.
fn same(source: SourceId, before: &str, after: &str) -> bool {
    let items = |text| scan::items(source, text, Limits::MOST, ROOM, &mut Vec::new());
    let (old, new) = (items(before), items(after));
    let parse = |text, extent: scan::Extent| {
        let item: &str = str::get(text, extent.start..extent.end)?;
        grammar::parse(item).ok().filter(|_| !extent.broken)
    };
    old.len() == new.len()
        && old.into_iter().zip(new).all(|(old, new)| match (parse(before, old), parse(after, new)) {
            (Some(old), Some(new)) => nodes(old).eq(nodes(new)),
            _ => false,
        })
}

/// Every node before those in it: which it is, how many are in it, and its words if there are none.
fn nodes(pairs: Pairs<'_>) -> impl Iterator<Item = (Rule, usize, Vec<&str>)> {
    pairs.flatten().map(|pair| {
        let rule = pair.as_rule();
        let count = pair.clone().into_inner().len();
        let words = match rule {
            _ if count > 0 => Vec::new(),
            Rule::operator | Rule::or_operator | Rule::hole_operator | Rule::is_test => operator(pair.as_str()),
            // Empty ones.
            Rule::block | Rule::steps | Rule::list | Rule::map | Rule::arguments | Rule::record_type => Vec::new(),
            Rule::string | Rule::text | Rule::escape => vec![pair.as_str()],
            _ => vec![pair.as_str().trim_end()],
        };
        (rule, count, words)
    })
}

/// The words of an operator, without comments between them.
fn operator(text: &str) -> Vec<&str> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    lines.flat_map(str::split_ascii_whitespace).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    /// What stands between a mistake of the formatter and somebody's file must tell every other text.
    #[test]
    fn other_rules_are_told_apart() {
        let before = "let a = [b, \"c {d}\", 1] # e\nrule f when g is not set { h = i or (j); k -= { l: m } }";
        let is_same = |after: &str| same(SourceMap::for_policy().add("", ""), before, after);
        assert!(is_same("# n\nlet a=[b,\"c { d }\",1,] rule f\nwhen g is # o\nnot set{h=i or(j)\nk -= {l:m,}}"));
        let changes = [
            ("b", "p"),
            ("c ", "c  "),
            ("1]", "1, 1]"),
            ("1", "01"),
            ("(j)", "j"),
            ("not set", "set"),
            ("is not set", "is not empty"),
            ("or", "and"),
            ("-=", "+="),
            ("when", "unless"),
            ("let a", "replace let a"),
            ("k -= { l: m }", ""),
            ("let a = [b, \"c {d}\", 1] # e", ""),
            ("rule f", "}"),
        ];
        for (from, to) in changes {
            assert!(before.contains(from), "{from}");
            assert!(!is_same(&before.replacen(from, to, 1)), "{from} → {to}");
        }
    }
}
