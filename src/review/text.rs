//! A review for people, in a terminal.

use std::fmt::Write as _;

use super::words::{at, cause, count, fate, numbers, place, service, unread};
use super::{Class, Effect, Group, Refused, Review, RiskCount, Side, Unread};
use crate::explanation::text::Paint;

/// Services that are named of all that one change reaches.
const MOST_NAMED: usize = 4;
/// Refused services and documents that are told one by one.
const MOST_TOLD: usize = 50;

/// A review: what there is in numbers, what changes by its causes, who is refused, what could not be compared.
#[must_use]
pub fn review(review: &Review, paint: Paint) -> String {
    let mut page = Page { out: String::new(), paint, review };
    page.head(review);
    review.groups.iter().for_each(|group| page.group(group));
    page.refusals(&review.refusals);
    page.unread(&review.unread);
    page.out
}

struct Page<'r> {
    out: String,
    paint: Paint,
    review: &'r Review,
}

impl Page<'_> {
    fn line(&mut self, depth: usize, text: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.out, "{}{text}", "  ".repeat(depth));
    }

    fn blank(&mut self) {
        self.out.push('\n');
    }

    fn class(&self, of: Class, text: &str) -> String {
        match of {
            Class::Broadening => self.paint.bad(text),
            Class::Unknown => self.paint.strong(text),
            Class::Narrowing => self.paint.good(text),
            Class::Neutral => self.paint.faint(text),
        }
    }

    fn head(&mut self, review: &Review) {
        for (word, Side { name, digest, rules }) in [("old", &review.old), ("new", &review.new)] {
            let digest: String = digest.chars().take("sha256:".len() + 12).collect();
            let about = self.paint.faint(&format!("{}, {digest}", count(*rules, "rule")));
            self.line(0, &format!("{word}  {}  {about}", self.paint.strong(name)));
        }
        self.blank();
        self.line(0, &numbers(&review.summary));
        if let Some(said) = unread(&review.summary) {
            self.line(0, &self.paint.bad(&said));
        }
        for RiskCount { class: of, level, changes, services } in &review.summary.risks {
            let class = self.class(*of, &format!("{:10}", of.name()));
            let reach = format!("{} in {}", count(*changes, "change"), count(*services, "service"));
            self.line(1, &format!("{class}  {:10}  {reach}", level.name()));
        }
        self.blank();
    }

    fn group(&mut self, group: &Group) {
        let Group { cause: of, effects } = group;
        let (what, item, happened) = cause(of);
        let said = if item.is_empty() { what.to_owned() } else { format!("{what} {item} {happened}") };
        let place = place(of).map(|line| format!("  {}", at(line))).unwrap_or_default();
        self.line(0, &format!("{}{}", self.paint.rule(&said), self.paint.faint(&place)));
        for line in &of.hunk {
            let painted = match line.chars().next() {
                Some('+') => self.paint.good(line),
                Some('-') => self.paint.bad(line),
                _ => self.paint.faint(line),
            };
            self.line(2, &painted);
        }
        effects.iter().for_each(|effect| self.effect(effect));
        self.blank();
    }

    fn effect(&mut self, effect: &Effect) {
        let Effect { change, risk, services } = effect;
        let judged = self.class(risk.class, &format!("{} ({})", risk.class, risk.level));
        self.line(1, &change.says);
        self.line(2, &format!("{judged}: {}", risk.reason));
        let reach = format!("{}: {}", count(services.len(), "service"), self.names(services));
        self.line(2, &self.paint.faint(&reach));
    }

    /// The first of some services.
    fn names(&self, services: &[usize]) -> String {
        let named = services.iter().take(MOST_NAMED).map(|index| service(self.review, *index));
        let named = named.collect::<Vec<_>>().join(", ");
        match services.len().saturating_sub(MOST_NAMED) {
            0 => named,
            more => format!("{named} and {more} more"),
        }
    }

    fn refusals(&mut self, refusals: &[Refused]) {
        for refused in refusals.iter().take(MOST_TOLD) {
            let file = self.review.services.get(refused.service).map(|it| it.file.as_str()).unwrap_or_default();
            let head =
                format!("{}: {}  {}", fate(refused), service(self.review, refused.service), self.paint.faint(file));
            self.line(0, &if refused.after.is_empty() { head } else { self.paint.bad(&head) });
            for (word, reasons) in [("was", &refused.before), ("now", &refused.after)] {
                reasons.iter().for_each(|reason| self.line(1, &format!("{word} {reason}")));
            }
            if let Some(line) = &refused.place {
                self.line(1, &self.paint.faint(&at(line)));
            }
        }
        self.more(refusals.len(), "refused services");
        if !refusals.is_empty() {
            self.blank();
        }
    }

    fn unread(&mut self, unread: &[Unread]) {
        for Unread { file, reasons } in unread.iter().take(MOST_TOLD) {
            self.line(0, &self.paint.bad(&format!("not compared: {file}")));
            reasons.iter().for_each(|reason| self.line(1, reason));
        }
        self.more(unread.len(), "documents");
    }

    fn more(&mut self, count: usize, what: &str) {
        if let more @ 1.. = count.saturating_sub(MOST_TOLD) {
            self.line(0, &format!("{more} more {what} are not shown"));
        }
    }
}
