//! What the page's script reads: names once, lines once, and which stand beside each other.

use indexmap::IndexSet;
use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::diagnostics::to_harmless;
use crate::review::words::name;
use crate::review::{Review, Sides, SpecLine};

#[derive(Default, Serialize)]
struct Data<'r> {
    /// `shop/web`
    services: Vec<String>,
    /// The services of each change, in the order of the page.
    effects: Vec<&'r [usize]>,
    /// The texts of lines, each once.
    lines: IndexSet<&'r str>,
    /// The names of rules, each once; the first is empty, of a line that has none.
    rules: IndexSet<&'r str>,
    /// Services with the rows of their specs: a line and its rule of the old one, a line and its rule of the new; -1 where
    /// there is none.
    sides: Vec<(usize, Vec<[isize; 4]>)>,
}

/// The data of a review as JSON that can stand in a page.
pub(super) fn of(review: &Review) -> String {
    let mut data = Data {
        services: review.services.iter().map(name).collect(),
        effects: review.groups.iter().flat_map(|group| &group.effects).map(|effect| &*effect.services).collect(),
        ..Data::default()
    };
    data.rules.insert("");
    for (index, service) in review.services.iter().enumerate() {
        if let Some(sides) = &service.sides {
            let rows = data.rows(sides);
            data.sides.push((index, rows));
        }
    }
    // Nothing in it may end the element that it stands in, or begin a comment.
    to_harmless(&data).replace('<', "\\u003c").trim_end().to_owned()
}

impl<'r> Data<'r> {
    fn rows(&mut self, sides: &'r Sides) -> Vec<[isize; 4]> {
        let (old, new) = (texts(&sides.old), texts(&sides.new));
        let mut rows = Vec::new();
        for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
            let (old, new) = match op {
                DiffOp::Equal { old_index, new_index, len } => (old_index..old_index + len, new_index..new_index + len),
                DiffOp::Delete { old_index, old_len, new_index } => {
                    (old_index..old_index + old_len, new_index..new_index)
                }
                DiffOp::Insert { old_index, new_index, new_len } => {
                    (old_index..old_index, new_index..new_index + new_len)
                }
                DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                    (old_index..old_index + old_len, new_index..new_index + new_len)
                }
            };
            for at in 0..old.len().max(new.len()) {
                let [line, rule] = self.line(sides.old.get(old.start + at).filter(|_| at < old.len()));
                let [other, others] = self.line(sides.new.get(new.start + at).filter(|_| at < new.len()));
                rows.push([line, rule, other, others]);
            }
        }
        rows
    }

    fn line(&mut self, line: Option<&'r SpecLine>) -> [isize; 2] {
        let Some(line) = line else { return [-1, -1] };
        let (text, _) = self.lines.insert_full(&line.text);
        let (rule, _) = self.rules.insert_full(line.rule.as_deref().unwrap_or_default());
        [text.cast_signed(), rule.cast_signed()]
    }
}

/// Lines as they are compared: whether something follows is nothing of their own.
fn texts(lines: &[SpecLine]) -> Vec<&str> {
    lines.iter().map(|line| line.text.trim_end_matches(',')).collect()
}
