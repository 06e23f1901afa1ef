//! A review for people, in a terminal.

use std::fmt::Write as _;

use super::{Cause, CauseKind, Class, Effect, Group, Refused, Review, RiskCount, Service, Side, Summary, Unread};
use crate::explanation::text::Paint;

/// Services that are named of all that one change reaches.
const MOST_NAMED: usize = 4;
/// Refused services and documents that are told one by one.
const MOST_TOLD: usize = 50;

/// A review: what there is in numbers, what changes by its causes, who is refused, what could not be compared.
#[must_use]
pub fn review(review: &Review, paint: Paint) -> String {
    let mut page = Page { out: String::new(), paint, services: &review.services };
    page.head(review);
    review.groups.iter().for_each(|group| page.group(group));
    page.refusals(&review.refusals);
    page.unread(&review.unread);
    page.out
}

/// `3 services`, `1 service`
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// What a changed item is, in words.
#[must_use]
pub fn cause(cause: &Cause) -> String {
    let item = &cause.item;
    match cause.kind {
        CauseKind::RuleAdded => format!("rule {item} is new"),
        CauseKind::RuleRemoved => format!("rule {item} is gone"),
        CauseKind::RuleChanged => format!("rule {item} is another"),
        CauseKind::RuleMoved => format!("rule {item} stands elsewhere"),
        CauseKind::LetChanged => match (&cause.old, &cause.new) {
            (None, _) => format!("let {item} is new"),
            (_, None) => format!("let {item} is gone"),
            _ => format!("let {item} is another"),
        },
        CauseKind::FactChanged => format!("fact {item} is declared otherwise"),
        CauseKind::Unknown => "of a cause that cannot be told".to_owned(),
    }
}

struct Page<'r> {
    out: String,
    paint: Paint,
    services: &'r [Service],
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
            let about = self.paint.faint(&format!("{}, {digest}", counted(*rules, "rule")));
            self.line(0, &format!("{word}  {}  {about}", self.paint.strong(name)));
        }
        self.blank();
        let Summary { services, changed, newly_refused, no_longer_refused, refused, unread, risks } = &review.summary;
        let counts = [
            (*changed, "changed"),
            (*newly_refused, "newly refused"),
            (*no_longer_refused, "no longer refused"),
            (*refused, "refused by both"),
        ];
        let counts: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        let counts = if counts.is_empty() { "none changed".to_owned() } else { counts.join(", ") };
        self.line(0, &format!("{}: {counts}", counted(*services, "service")));
        if *unread > 0 {
            let unread = counted(*unread, "part");
            self.line(0, &self.paint.bad(&format!("{unread} of the corpus could not be compared")));
        }
        for RiskCount { class: of, level: at, changes, services } in risks {
            let class = self.class(*of, &format!("{:10}", of.name()));
            let reach = format!("{} in {}", counted(*changes, "change"), counted(*services, "service"));
            self.line(1, &format!("{class}  {:10}  {reach}", at.name()));
        }
        self.blank();
    }

    fn group(&mut self, group: &Group) {
        let Group { cause: of, effects } = group;
        let place = of.new.as_ref().or(of.old.as_ref());
        let place = place.map(|line| format!("  {}:{}:{}", line.file, line.line, line.column)).unwrap_or_default();
        self.line(0, &format!("{}{}", self.paint.rule(&cause(of)), self.paint.faint(&place)));
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
        let reach = format!("{}: {}", counted(services.len(), "service"), self.names(services));
        self.line(2, &self.paint.faint(&reach));
    }

    /// The first of some services.
    fn names(&self, services: &[usize]) -> String {
        let named = services.iter().take(MOST_NAMED).map(|index| self.name(*index));
        let named = named.collect::<Vec<_>>().join(", ");
        match services.len().saturating_sub(MOST_NAMED) {
            0 => named,
            more => format!("{named} and {more} more"),
        }
    }

    fn name(&self, service: usize) -> String {
        self.services.get(service).map(|it| format!("{}/{}", it.deployment, it.name)).unwrap_or_default()
    }

    fn refusals(&mut self, refusals: &[Refused]) {
        let what = |refused: &Refused| match (refused.before.is_empty(), refused.after.is_empty()) {
            (true, _) => "newly refused",
            (false, true) => "no longer refused",
            (false, false) => "refused for another reason",
        };
        for refused in refusals.iter().take(MOST_TOLD) {
            let file = self.services.get(refused.service).map(|it| it.file.as_str()).unwrap_or_default();
            let head = format!("{}: {}  {}", what(refused), self.name(refused.service), self.paint.faint(file));
            self.line(0, &if refused.after.is_empty() { head } else { self.paint.bad(&head) });
            for (word, reasons) in [("was", &refused.before), ("now", &refused.after)] {
                reasons.iter().for_each(|reason| self.line(1, &format!("{word} {reason}")));
            }
            if let Some(line) = &refused.place {
                self.line(1, &self.paint.faint(&format!("{}:{}:{}", line.file, line.line, line.column)));
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
