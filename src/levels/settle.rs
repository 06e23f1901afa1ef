//! What is left of findings when comments and levels have been heard.

use std::collections::BTreeMap;

use super::{Level, Levels};
use crate::diagnostics::{Allowed, Code, Diagnostic, Severity, code};
use crate::source::{SourceId, Span};
use crate::syntax::ast::Allow;

/// Findings that were heard.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// What is told.
    pub(crate) told: Vec<Diagnostic>,
    /// What comments leave out.
    pub(crate) allowed: Vec<Allowed>,
}

/// Leaves out what comments allow, and gives the rest its level: the caller's, or that of the layer that it lies in.
/// If everything was looked at, a comment that leaves out nothing is a finding of its own.
pub(crate) fn settle(
    found: Vec<Diagnostic>,
    allows: &[Allow],
    levels: &Levels,
    layers: &BTreeMap<SourceId, &Levels>,
    whole: bool,
) -> Settled {
    let mut comments = Comments::new(allows);
    let mut settled = Settled::default();
    for diagnostic in found {
        match comments.about(&diagnostic) {
            Some(allow) => settled.allowed.push(Allowed { diagnostic, reason: allow.reason.clone() }),
            None => settled.told.extend(weighed(diagnostic, levels, layers)),
        }
    }
    let unused = comments.unused().filter(|_| whole).filter_map(|allow| weighed(idle(allow), levels, layers));
    settled.told.extend(unused);
    settled
}

fn weighed(diagnostic: Diagnostic, levels: &Levels, layers: &BTreeMap<SourceId, &Levels>) -> Option<Diagnostic> {
    if diagnostic.severity == Severity::Error {
        return Some(diagnostic);
    }
    let layer = place(&diagnostic).and_then(|span| layers.get(&span.source)).copied();
    match levels.over(layer, diagnostic.code) {
        None => Some(diagnostic),
        Some(Level::Allow) => None,
        Some(Level::Warn) => Some(Diagnostic { severity: Severity::Warning, ..diagnostic }),
        Some(Level::Deny) => Some(Diagnostic { severity: Severity::Error, ..diagnostic }),
    }
}

/// Where a finding is, above all.
fn place(diagnostic: &Diagnostic) -> Option<Span> {
    diagnostic.labels.first().map(|label| label.span)
}

/// Says that a comment leaves out nothing.
pub(crate) fn idle(allow: &Allow) -> Diagnostic {
    Diagnostic::new(code::UNUSED_ALLOW, format!("there is no {} here to allow", allow.code))
        .label(allow.span, "")
        .help("take the comment out; what it allowed is mended, or lies in another item")
        .edit(allow.line, "")
}

/// Comments by what they allow, and whether they did.
struct Comments<'a> {
    allows: &'a [Allow],
    /// By start of the item; the items of a file do not overlap.
    by_code: BTreeMap<(Code, SourceId), Vec<usize>>,
    used: Vec<bool>,
}

impl<'a> Comments<'a> {
    fn new(allows: &'a [Allow]) -> Self {
        let mut by_code: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (index, allow) in allows.iter().enumerate() {
            by_code.entry((allow.code, allow.item.source)).or_default().push(index);
        }
        Self { allows, by_code, used: vec![false; allows.len()] }
    }

    /// The first comment on the item in which a finding lies that allows it.
    fn about(&mut self, diagnostic: &Diagnostic) -> Option<&'a Allow> {
        let span = place(diagnostic).filter(|_| diagnostic.severity < Severity::Error)?;
        let here = self.by_code.get(&(diagnostic.code, span.source))?;
        let end = |index: &usize| self.allows.get(*index).map_or(0, |allow| allow.item.end);
        let index = *here.get(here.partition_point(|index| end(index) <= span.start))?;
        let allow = self.allows.get(index).filter(|allow| allow.item.start <= span.start)?;
        *self.used.get_mut(index)? = true;
        Some(allow)
    }

    fn unused(&self) -> impl Iterator<Item = &'a Allow> {
        self.allows.iter().zip(&self.used).filter(|(_, used)| !**used).map(|(allow, _)| allow)
    }
}
