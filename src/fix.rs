//! Making the edits that findings offer, and checking what comes of them.

use std::collections::BTreeMap;

use crate::diagnostics::{Applicability, Diagnostic, Edit, Report, Severity};
use crate::policy::Layers;
use crate::sort;
use crate::source::Text;

/// How often edits are made and the result is checked: mending one mistake brings the next to light.
const ROUNDS: usize = 20;

/// What came of it.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// The layers with the edits that were kept.
    pub layers: Layers,
    /// The names of the files that differ, with their texts before and after.
    pub files: BTreeMap<String, (Text, Text)>,
    /// Findings whose edits were made and kept.
    pub mended: usize,
    /// What is found in the result.
    pub left: Report,
    /// Whether edits were made and none was kept, as each result had more mistakes than there were.
    pub refused: bool,
}

/// Layers on the way, and what is found in them.
struct State {
    layers: Layers,
    report: Report,
    mended: usize,
}

impl State {
    fn new(layers: Layers, mended: usize) -> Self {
        let report = layers.clone().compile().map_or_else(|report| report, |policy| policy.warnings());
        Self { layers, report, mended }
    }

    /// How bad it is: errors first.
    fn weight(&self) -> (usize, usize) {
        let all = &self.report.diagnostics;
        (all.iter().filter(|it| it.severity == Severity::Error).count(), all.len())
    }
}

/// Makes edits that are at least as sure as `least` in files that are not shipped, until there are none left. Of all
/// that came up on the way, what has the fewest mistakes is kept. It does no IO.
#[must_use]
pub fn fix(layers: Layers, least: Applicability) -> Fixed {
    let mut states = vec![State::new(layers, 0)];
    while let Some(last) = states.last().filter(|_| states.len() <= ROUNDS) {
        match round(last, least) {
            Some(next) => states.push(next),
            None => break,
        }
    }
    let tried = states.len() > 1;
    // The last of equals: it has the most edits.
    let best = states.iter().map(State::weight).enumerate().min_by_key(|(index, weight)| (*weight, usize::MAX - index));
    let kept = best.map_or(0, |(index, _)| index);
    let before = states.first().map(|state| state.layers.clone()).unwrap_or_default();
    let State { layers, report, mended } = states.swap_remove(kept);
    let files = before.differing(&layers);
    Fixed { layers, refused: tried && kept == 0, files, mended, left: report }
}

/// One time of editing and checking; none if there is nothing to edit. While there are errors only theirs are mended:
/// what seems to be unused may be used by what is broken.
fn round(state: &State, least: Applicability) -> Option<State> {
    let severity = if state.report.has_errors() { Severity::Error } else { Severity::Warning };
    let mut edits: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
    let mut mended = state.mended;
    for diagnostic in state.report.diagnostics.iter().filter(|it| it.severity == severity) {
        let Some(wanted) = wanted(state, diagnostic, least) else { continue };
        if wanted.iter().all(|(name, edit)| edits.get(name).is_none_or(|made| made.iter().all(|it| apart(it, edit)))) {
            mended += 1;
            for (name, edit) in wanted {
                edits.entry(name).or_default().push(edit);
            }
        }
    }
    let mut layers = state.layers.clone();
    let mut changed = false;
    for (name, mut edits) in edits {
        sort::by_key(&mut edits, |edit| edit.span);
        changed |= layers.change(name, |text| apply(text, &edits));
    }
    changed.then(|| State::new(layers, mended))
}

/// The edits of a diagnostic with their files, if all of them can be made.
fn wanted<'r>(state: &'r State, of: &'r Diagnostic, least: Applicability) -> Option<Vec<(&'r str, &'r Edit)>> {
    let edits = of.edits.iter().map(|edit| {
        let name = state.report.source(edit.span.source)?.name.as_str();
        (edit.applicability >= least && !state.layers.is_shipped(name)).then_some((name, edit))
    });
    edits.collect::<Option<Vec<_>>>().filter(|edits| !edits.is_empty())
}

/// Whether two edits of one file can both be made: they neither overlap nor touch.
const fn apart(one: &Edit, other: &Edit) -> bool {
    one.span.end < other.span.start || other.span.end < one.span.start
}

/// The text with edits made, which are in order.
fn apply(text: &str, edits: &[&Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        let (start, end) = extent(text, edit);
        out.push_str(text.get(done..start.max(done)).unwrap_or_default());
        out.push_str(&edit.replacement);
        done = end.max(done);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// What an edit replaces. What is taken out takes its lines with it if nothing else stands on them, and if something does
/// the blanks before it, or after it where it begins the line.
fn extent(text: &str, edit: &Edit) -> (usize, usize) {
    let (start, end) = (edit.span.start as usize, edit.span.end as usize);
    if !edit.replacement.is_empty() || start == end {
        return (start, end);
    }
    let before = text.get(..start).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let rest = after.find('\n').map_or(after.len(), |at| at + 1);
    let is_blank = |part: Option<&str>| part.is_some_and(|part| part.trim().is_empty());
    match (is_blank(before.get(line..)), is_blank(after.get(..rest))) {
        (true, true) => with_blank_line(text, line, end + rest),
        (false, _) => (before.trim_end_matches([' ', '\t']).len(), end),
        (true, false) => (start, end + after.len() - after.trim_start_matches([' ', '\t']).len()),
    }
}

/// Of two blank lines that would come together one goes too, and one that would end the file.
fn with_blank_line(text: &str, start: usize, end: usize) -> (usize, usize) {
    let before = text.get(..start).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    let first = after.find('\n').map_or(after.len(), |at| at + 1);
    if after.is_empty() {
        return (if before.ends_with("\n\n") { start - 1 } else { start }, end);
    }
    let follows_blank = before.is_empty() || before.ends_with("\n\n");
    let is_blank = after.get(..first).is_some_and(|line| !line.is_empty() && line.trim().is_empty());
    (start, if follows_blank && is_blank { end + first } else { end })
}
