//! Text to syntax tree.

pub mod ast;

mod allow;
mod build;
pub(crate) mod canonical;
mod foreign;
mod format;
mod grammar;
mod lex;
mod mistakes;
mod scan;

pub use format::format;
pub use scan::Limits;

use rayon::prelude::*;

use crate::diagnostics::{Diagnostic, code};
use crate::sort;
use crate::source::{SourceId, Span, size};

/// Mistakes that are reported of one file; the rest would mostly follow from them.
const MAX_MISTAKES: usize = 100;

/// So many items are parsed before their mistakes are counted.
const BATCH: usize = 1024;
/// Fewer items than this are parsed sooner than another thread wakes up; more are, on all cores.
const FEW: usize = 64;

/// The syntax tree of one file of rules. Every mistake of its text goes to `diagnostics`; items with
/// one are left out of the tree, the others are in it.
///
/// It takes time and memory in proportion to the text, whatever the text is, and little stack.
pub fn parse(source: SourceId, text: &str, diagnostics: &mut Vec<Diagnostic>) -> ast::File {
    parse_within(source, text, Limits::MOST, diagnostics)
}

/// The same of no more than a caller allows.
pub(crate) fn parse_within(
    source: SourceId,
    text: &str,
    limits: Limits,
    diagnostics: &mut Vec<Diagnostic>,
) -> ast::File {
    let before = diagnostics.len();
    if text.len() > limits.bytes {
        let message = format!("more than {} of rules in one file", size(limits.bytes));
        let diagnostic = Diagnostic::new(code::TOO_LARGE, message)
            .label(span(source, 0, 0), "")
            .help("divide it into several files of one folder");
        diagnostics.push(diagnostic);
        return ast::File::default();
    }
    let controls = mistakes::control_characters(source, text, diagnostics);
    let extents = scan::items(source, text, limits, MAX_MISTAKES, diagnostics);
    let allows = allow::allows(source, text, &extents, diagnostics);
    let mut file = ast::File { allows, ..ast::File::default() };
    let read = |extent: &scan::Extent| {
        let first = controls.partition_point(|at| *at < extent.start);
        let is_plain = controls.get(first).is_none_or(|at| *at >= extent.end);
        let mut found = Vec::new();
        let item = (is_plain && !extent.broken).then(|| item(source, text, *extent, &mut found)).flatten();
        (item, found)
    };
    for extents in extents.chunks(BATCH) {
        let items: Vec<_> = match extents.len() {
            0..FEW => extents.iter().map(read).collect(),
            _ => extents.par_iter().with_min_len(FEW / 2).map(read).collect(),
        };
        for (extent, (item, mut found)) in extents.iter().zip(items) {
            if diagnostics.len() - before >= MAX_MISTAKES {
                break;
            }
            diagnostics.append(&mut found);
            let name = || text.get(extent.start..extent.end).and_then(declared);
            match item {
                Some(item) => file.items.push(item),
                None => file.broken.extend(name().map(Box::from)),
            }
        }
        if diagnostics.len() - before >= MAX_MISTAKES {
            break;
        }
    }
    let start = |diagnostic: &Diagnostic| diagnostic.labels.first().map_or(0, |label| label.span.start);
    sort::by_key(diagnostics.get_mut(before..).unwrap_or_default(), start);
    if diagnostics.len() - before >= MAX_MISTAKES {
        let place = diagnostics.last().and_then(|last| last.labels.first()).map_or(Span::NONE, |label| label.span);
        diagnostics.truncate(before + MAX_MISTAKES);
        let message = format!("more than {MAX_MISTAKES} mistakes in one file; the others are not shown");
        diagnostics.push(Diagnostic::new(code::SYNTAX, message).label(place, "the last that is shown"));
    }
    file
}

/// The name that an item declares, even if the rest of it cannot be read.
fn declared(item: &str) -> Option<&str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mut words = item.split(|c: char| !is_name(c)).filter(|word| !word.is_empty());
    words.find(|word| matches!(*word, "let" | "rule" | "invariant"))?;
    words.next()
}

fn item(source: SourceId, text: &str, extent: scan::Extent, diagnostics: &mut Vec<Diagnostic>) -> Option<ast::Item> {
    let item = text.get(extent.start..extent.end)?;
    match grammar::parse(item) {
        Ok(pairs) => build::item(source, extent.start, pairs, diagnostics),
        Err(failure) => {
            diagnostics.push(mistakes::diagnostic(source, extent.start, item, &failure));
            None
        }
    }
}

/// A span of byte offsets that a file's size bounds.
fn span(source: SourceId, start: usize, end: usize) -> Span {
    let narrow = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
    Span::new(source, narrow(start), narrow(end))
}
