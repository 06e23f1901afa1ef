//! The lines that a diagnostic shows, of all its files, as one small text for miette.
//!
//! miette labels one source per message and prints it raw. So it gets a text of our own: the labelled lines of
//! every file with a line around them, long lines cut to what is near a label, and what could harm a terminal
//! escaped. File names, line numbers and columns stay those of the original.

use std::collections::BTreeMap;
use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::{Diagnostic, Report, text};
use crate::sort;
use crate::source::{Lines, Source, SourceId, Span, floor};

/// Bytes of a line that are shown whole.
const LONG_LINE: usize = 180;
/// Bytes kept on either side of a label's ends in a longer line.
const AROUND: usize = 60;
/// Lines of a label that are shown; the rest of a longer one is left out.
const LABEL_LINES: usize = 8;
/// Lines shown before and after a label's.
pub(super) const CONTEXT: usize = 1;

/// The excerpt of one diagnostic.
#[derive(Clone, Debug, Default)]
pub(super) struct Excerpt {
    text: String,
    rows: Vec<Row>,
    names: Vec<String>,
    /// Columns in the original, from 0 and in characters, by the offset of a label in the excerpt.
    columns: BTreeMap<usize, usize>,
}

/// A line of the excerpt.
#[derive(Clone, Debug)]
struct Row {
    /// Index into the names.
    file: usize,
    /// Line in the original, from 0.
    line: usize,
    /// Its bytes in the excerpt, newline included.
    bytes: Range<usize>,
    /// Offsets of the original, ascending, and where in the excerpt they are.
    map: Vec<(usize, usize)>,
}

/// A label within its file, on boundaries of characters, cut to the lines that are shown.
struct Mark {
    /// Which label of the diagnostic.
    index: usize,
    bytes: Range<usize>,
    lines: Range<usize>,
}

impl Excerpt {
    /// The excerpt, and where each label is in it; none for a label whose source the report does not have.
    pub(super) fn new(diagnostic: &Diagnostic, report: &Report, ellipsis: &str) -> (Self, Vec<Option<SourceSpan>>) {
        let mut excerpt = Self::default();
        let mut spans = vec![None; diagnostic.labels.len()];
        let mut files: Vec<SourceId> = Vec::new();
        for label in &diagnostic.labels {
            if !files.contains(&label.span.source) {
                files.push(label.span.source);
            }
        }
        for id in files {
            let Some((source, lines)) = report.lines(id) else { continue };
            let labels = diagnostic.labels.iter().enumerate().filter(|(_, label)| label.span.source == id);
            let marks: Vec<_> = labels.map(|(index, label)| Mark::new(index, label.span, source, lines)).collect();
            let first = excerpt.rows.len();
            excerpt.add_rows(source, lines, &marks, ellipsis);
            for mark in marks {
                let span = excerpt.place(first, &mark);
                if let (Some(span), Some(line)) = (span, lines.range(mark.lines.start)) {
                    let before = source.text.get(line.start..mark.bytes.start).unwrap_or_default();
                    excerpt.columns.insert(span.offset(), before.chars().count());
                }
                if let Some(slot) = spans.get_mut(mark.index) {
                    *slot = span;
                }
            }
        }
        (excerpt, spans)
    }

    /// Adds every line that a mark touches, and those around them, each once and in order.
    fn add_rows(&mut self, source: &Source, lines: &Lines, marks: &[Mark], ellipsis: &str) {
        let file = self.names.len();
        self.names.push(text::one_line(&source.name).into_owned());
        let mut wanted: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for mark in marks {
            for line in mark.lines.start.saturating_sub(CONTEXT)..mark.lines.end + CONTEXT {
                wanted.entry(line).or_default();
            }
            wanted.entry(mark.lines.start).or_default().push(mark.bytes.start);
            wanted.entry(mark.lines.end.saturating_sub(1)).or_default().push(mark.bytes.end);
        }
        for (line, ends) in wanted {
            let Some(bytes) = lines.range(line) else { continue };
            let nothing = bytes.is_empty() && bytes.start == source.text.len();
            if nothing && ends.is_empty() {
                continue;
            }
            let start = self.text.len();
            let map = self.add_line(&source.text, bytes, &ends, ellipsis);
            if self.text.len() == start && !ends.is_empty() {
                // A label on an empty line needs something to stand under.
                self.text.push(' ');
            }
            self.text.push('\n');
            self.rows.push(Row { file, line, bytes: start..self.text.len(), map });
        }
    }

    /// Writes one line, escaped and cut; returns where its characters went.
    fn add_line(&mut self, text: &str, bytes: Range<usize>, ends: &[usize], ellipsis: &str) -> Vec<(usize, usize)> {
        let line = text.get(bytes.clone()).unwrap_or_default();
        let line = line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line));
        let end = bytes.start + line.len();
        let mut map = Vec::new();
        let mut shown = bytes.start;
        for kept in kept(text, bytes.start..end, ends) {
            if kept.start > shown {
                self.text.push_str(ellipsis);
            }
            for (at, c) in text.get(kept.clone()).unwrap_or_default().char_indices() {
                map.push((kept.start + at, self.text.len()));
                if c == '\t' { self.text.push(c) } else { text::push(&mut self.text, c) }
            }
            map.push((kept.end, self.text.len()));
            shown = kept.end;
        }
        if shown < end {
            self.text.push_str(ellipsis);
        }
        map
    }

    /// Where a mark is, given the first row of its file.
    fn place(&self, first_row: usize, mark: &Mark) -> Option<SourceSpan> {
        let rows = self.rows.get(first_row..)?;
        let row = |line| rows.iter().find(|row| row.line == line);
        let start = row(mark.lines.start)?.place(mark.bytes.start);
        let end = row(mark.lines.end.checked_sub(1)?)?.place(mark.bytes.end).max(start);
        Some((start, end - start).into())
    }

    /// The row that a byte of the excerpt is in.
    fn row_at(&self, offset: usize) -> Option<usize> {
        self.rows.partition_point(|row| row.bytes.start <= offset).checked_sub(1)
    }

    /// Whether a row follows the one before it in the same file.
    fn follows(&self, row: usize) -> bool {
        let pair = row.checked_sub(1).and_then(|before| self.rows.get(before)).zip(self.rows.get(row));
        pair.is_some_and(|(before, row)| before.file == row.file && before.line + 1 == row.line)
    }

    fn contents(&self, span: &SourceSpan, before: usize, after: usize) -> Option<MietteSpanContents<'_>> {
        let last_byte = span.offset() + span.len().saturating_sub(1);
        let (mut first, mut last) = (self.row_at(span.offset())?, self.row_at(last_byte)?);
        if !(first + 1..=last).all(|row| self.follows(row)) {
            return None;
        }
        let mut start = span.offset();
        for _ in 0..before {
            first -= usize::from(self.follows(first));
        }
        for _ in 0..after {
            last += usize::from(self.follows(last + 1));
        }
        let row = self.rows.get(first)?;
        if before > 0 {
            start = row.bytes.start;
        }
        let end = self.rows.get(last)?.bytes.end;
        let column = if before > 0 { 0 } else { self.columns.get(&start).copied().unwrap_or_default() };
        Some(MietteSpanContents::new_named(
            self.names.get(row.file)?.clone(),
            self.text.get(start..end)?.as_bytes(),
            (start, end - start).into(),
            row.line,
            column,
            last - first + 1,
        ))
    }
}

impl Row {
    /// Where an offset of the original went.
    fn place(&self, offset: usize) -> usize {
        let before = self.map.partition_point(|(original, _)| *original <= offset).saturating_sub(1);
        self.map.get(before).map_or(self.bytes.start, |(_, here)| *here)
    }
}

impl Mark {
    fn new(index: usize, span: Span, source: &Source, lines: &Lines) -> Self {
        let start = floor(&source.text, span.start as usize);
        let mut end = floor(&source.text, span.end as usize).max(start);
        let first = lines.line_of(start);
        let mut last = lines.line_of(end.saturating_sub(1).max(start));
        if last >= first + LABEL_LINES {
            last = first + LABEL_LINES - 1;
            end = lines.range(last).map_or(end, |line| line.end);
        }
        Self { index, bytes: start..end, lines: first..last + 1 }
    }
}

/// The parts of a line that are shown: all of a short one, of a long one what is near the ends of labels, or its
/// beginning.
fn kept(text: &str, line: Range<usize>, ends: &[usize]) -> Vec<Range<usize>> {
    if line.len() <= LONG_LINE {
        return vec![line];
    }
    let around = |at: usize| {
        let start = floor(text, at.saturating_sub(AROUND).clamp(line.start, line.end));
        start..floor(text, (at + AROUND).clamp(line.start, line.end))
    };
    let mut all: Vec<_> = ends.iter().map(|at| around(*at)).collect();
    if all.is_empty() {
        all.push(around(line.start));
    }
    sort::by_key(&mut all, |part| part.start);
    let mut kept: Vec<Range<usize>> = Vec::new();
    for part in all {
        match kept.last_mut() {
            Some(last) if part.start <= last.end => last.end = last.end.max(part.end),
            _ => kept.push(part),
        }
    }
    kept
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        context_lines_before: usize,
        context_lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        match self.contents(span, context_lines_before, context_lines_after) {
            Some(contents) => Ok(Box::new(contents)),
            None => Err(MietteError::OutOfBounds),
        }
    }
}
