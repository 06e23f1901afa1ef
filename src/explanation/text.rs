//! Answers for people.

use std::fmt::Write as _;

use super::{
    Answer, Beaten, Blame, Condition, Fact, Line, Looked, Missed, Outcome, Reason, Refusal, Round, Verdict, Why,
    WhyNot, Write,
};

/// Paths that are told one by one where many have one reason.
const MOST_PATHS: usize = 6;
/// The widest line of a spec that a rule is put beside.
const WIDEST: usize = 72;

/// Colours, or none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Paint {
    /// Whether there are any.
    pub color: bool,
}

impl Paint {
    pub(crate) fn with(self, code: &str, text: &str) -> String {
        if self.color && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    pub(crate) fn strong(self, text: &str) -> String {
        self.with("1", text)
    }

    pub(crate) fn rule(self, text: &str) -> String {
        self.with("36", text)
    }

    pub(crate) fn faint(self, text: &str) -> String {
        self.with("2", text)
    }

    pub(crate) fn good(self, text: &str) -> String {
        self.with("32", text)
    }

    pub(crate) fn bad(self, text: &str) -> String {
        self.with("31", text)
    }
}

/// Writes lines.
struct Page {
    out: String,
    paint: Paint,
}

/// Why, for people.
#[must_use]
pub fn why(why: &Why, paint: Paint) -> String {
    let mut page = Page { out: String::new(), paint };
    page.refused(&why.refused);
    for answer in &why.answers {
        page.answer(answer);
    }
    if why.answers.is_empty() {
        page.line(0, &format!("nothing wrote {}", paint.strong(&why.asked)));
        let none = why.missed.is_empty();
        page.line(1, if none { "no rule of this policy could" } else { "what could have, and why it did not:" });
        page.blank();
    }
    for missed in &why.missed {
        page.missed(missed);
        page.blank();
    }
    if !why.invariants.is_empty() {
        page.line(0, "invariants that look at it");
        why.invariants.iter().for_each(|looked| page.looked(looked));
    }
    page.finish()
}

/// Why not, for people.
#[must_use]
pub fn why_not(why: &WhyNot, paint: Paint) -> String {
    let mut page = Page { out: String::new(), paint };
    page.refused(&why.refused);
    let counts = why.wrote.iter().any(|outcome| outcome.beaten_by.is_empty());
    let verdict = match why.applies {
        None => "was not asked: the service was refused before",
        Some(false) => "does not apply",
        Some(true) if why.wrote.is_empty() => "applies",
        Some(true) if counts => "applies, and wrote",
        Some(true) => "applies, but all that it wrote is beaten",
    };
    let place = why.place.as_ref().map(at).unwrap_or_default();
    page.line(0, &format!("{} {verdict}  {}", paint.rule(&why.rule), paint.faint(&place)));
    let before = if why.applies == Some(false) { why.conditions.len().saturating_sub(1) } else { 0 };
    // Of those that were asked, the last decided against it.
    why.conditions.iter().skip(before).for_each(|condition| page.condition(1, condition));
    for message in &why.messages {
        page.line(1, &format!("it says: {message}"));
    }
    page.blank();
    why.wrote.iter().for_each(|outcome| page.outcome(outcome));
    for skipped in &why.skipped {
        page.line(0, "passed over");
        page.missed(skipped);
        page.blank();
    }
    page.finish()
}

/// The whole spec, for people.
#[must_use]
pub fn blame(blame: &Blame, paint: Paint) -> String {
    let mut out = String::new();
    let widest = blame.lines.iter().map(|line| line.text.chars().count()).max().unwrap_or_default().min(WIDEST);
    let mut before = None;
    for line in &blame.lines {
        let owner = line.entry.and_then(|entry| blame.entries.get(entry));
        let Some(entry) = owner else {
            let _ = writeln!(out, "{}", line.text);
            before = None;
            continue;
        };
        // One value over several lines is named once.
        if before == line.entry {
            let _ = writeln!(out, "{}", line.text);
            continue;
        }
        before = line.entry;
        let padding = " ".repeat(widest.saturating_sub(line.text.chars().count()));
        let _ = writeln!(out, "{}{padding}  {}", line.text, who(entry, paint));
    }
    let files: Vec<_> = blame.entries.iter().filter(|entry| entry.pointer.starts_with("/files/")).collect();
    for file in files {
        let _ = writeln!(out, "{:<widest$}  {}", file.path, who(file, paint));
    }
    out
}

fn who(entry: &super::Entry, paint: Paint) -> String {
    let strength = if entry.strength == "plain" { String::new() } else { format!(" {}", entry.strength) };
    let beaten = if entry.beaten == 0 { String::new() } else { format!(", beat {}", entry.beaten) };
    let place = entry.place.as_ref().map(|place| format!("{}:{}", place.file, place.line)).unwrap_or_default();
    format!("{} {}", paint.rule(&entry.rule), paint.faint(&format!("{place}{strength}{beaten}")))
}

/// Whether a condition with its values put in says no more than whether it holds.
fn is_bare(values: &str) -> bool {
    matches!(values, "true" | "false")
}

fn at(line: &Line) -> String {
    format!("{}:{}:{}", line.file, line.line, line.column)
}

impl Page {
    fn line(&mut self, depth: usize, text: &str) {
        let _ = writeln!(self.out, "{}{}", "  ".repeat(depth), text.trim_end());
    }

    fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn finish(mut self) -> String {
        self.out.truncate(self.out.trim_end().len());
        self.out.push('\n');
        self.out
    }

    fn refused(&mut self, refusals: &[Refusal]) {
        if refusals.is_empty() {
            return;
        }
        let heading = self.paint.bad("this service is refused; what follows is as far as its rules came");
        self.line(0, &heading);
        for refusal in refusals {
            self.line(1, &refusal.message);
            for (what, line) in &refusal.places {
                self.code(2, &format!("{what}: "), Some(line));
            }
        }
        self.blank();
    }

    fn answer(&mut self, answer: &Answer) {
        for found in answer.found.iter().take(MOST_PATHS) {
            let says = if found.present { format!(" = {}", found.says) } else { String::new() };
            let absent = if found.present { "" } else { " is not in the spec" };
            let path = self.paint.strong(&found.path);
            self.line(0, &format!("{path}{says}{absent}"));
        }
        let more = answer.found.len().saturating_sub(MOST_PATHS);
        if more > 0 {
            self.line(0, &format!("and {more} more, for the same reason"));
        }
        let (first, others) = match answer.origins.split_first() {
            Some((first, others)) => (Some(first), others),
            None => (None, &[][..]),
        };
        let taken = answer.found.first().is_some_and(|found| !found.present);
        let verb = if taken { "taken out by" } else { "written by" };
        if let Some(first) = first {
            self.write(1, verb, first);
        }
        let also = if answer.disputed { "in dispute with" } else { "and the same by" };
        others.iter().for_each(|other| self.write(1, also, other));
        answer.beaten.iter().for_each(|beaten| self.beaten(beaten));
        self.blank();
    }

    fn beaten(&mut self, beaten: &Beaten) {
        self.write(1, &format!("beat {}: {}, which comes from", beaten.says, beaten.why), &beaten.write);
    }

    fn write(&mut self, depth: usize, verb: &str, write: &Write) {
        let rule = self.paint.rule(&write.rule);
        let strength = if write.strength == "plain" { String::new() } else { format!(" ({})", write.strength) };
        self.line(depth, &format!("{verb} {rule}{strength}"));
        self.code(depth + 1, "", write.place.as_ref());
        self.code(depth + 1, "made of ", write.origin.as_ref());
        if let Some(because) = &write.because {
            self.line(depth + 1, &format!("because {because}"));
        }
        write.conditions.iter().for_each(|condition| self.condition(depth + 1, condition));
        self.rounds(depth + 1, &write.rounds);
        self.facts(depth + 1, &write.facts);
    }

    fn code(&mut self, depth: usize, what: &str, line: Option<&Line>) {
        if let Some(line) = line {
            let place = self.paint.faint(&at(line));
            self.line(depth, &format!("{what}{}  {place}", line.text));
        }
    }

    fn condition(&mut self, depth: usize, condition: &Condition) {
        let text = condition.place.as_ref().map_or("", |place| &place.text);
        let decided = match (condition.word, condition.holds) {
            ("for", _) => "is empty".to_owned(),
            ("value", _) => "is absent".to_owned(),
            (_, holds) => format!("is {holds}"),
        };
        let place = self.paint.faint(&condition.place.as_ref().map(at).unwrap_or_default());
        let word = if condition.word == "value" { "" } else { condition.word };
        let blank = if word.is_empty() { "" } else { " " };
        self.line(depth, &format!("{word}{blank}`{text}` {decided}  {place}"));
        let shows = !matches!(condition.word, "for" | "value");
        if let Some(values) = condition.values.as_ref().filter(|values| shows && !is_bare(values)) {
            self.line(depth + 1, &format!("that is `{values}`"));
        }
        self.facts(depth + 1, &condition.facts);
    }

    fn rounds(&mut self, depth: usize, rounds: &[Round]) {
        for round in rounds {
            let place =
                round.place.as_ref().map(|line| format!("  {}", self.paint.faint(&at(line)))).unwrap_or_default();
            self.line(depth, &format!("in the round of {}{place}", round.value));
        }
    }

    fn facts(&mut self, depth: usize, facts: &[Fact]) {
        for fact in facts {
            let place = fact.place.as_ref().map(|line| {
                let place = self.paint.faint(&at(line));
                format!("  {place}  `{}`", line.text)
            });
            self.line(depth, &format!("{} = {}{}", fact.path, fact.value, place.unwrap_or_default()));
        }
    }

    fn missed(&mut self, missed: &Missed) {
        let rule = self.paint.rule(&missed.rule);
        self.line(1, &rule);
        self.code(2, "", missed.place.as_ref());
        for reason in &missed.reasons {
            match reason {
                Reason::Condition { condition, rounds } => {
                    self.rounds(2, rounds);
                    self.condition(2, condition);
                }
                Reason::Otherwise { wrote, facts } => {
                    let none = wrote.is_empty();
                    let told = if none {
                        "there was nothing to write".to_owned()
                    } else {
                        format!("wrote {}", wrote.join(", "))
                    };
                    self.line(2, &format!("it ran, and {told}"));
                    self.facts(3, facts);
                }
                Reason::NotAsked => self.line(2, "it was not asked: the service was refused before"),
            }
        }
        if missed.more > 0 {
            self.line(2, &format!("and {} more reasons like these", missed.more));
        }
    }

    fn looked(&mut self, looked: &Looked) {
        let verdict = match looked.verdict {
            Verdict::Holds => "holds".to_owned(),
            Verdict::Warned => "warns".to_owned(),
            Verdict::Refused => self.paint.bad("refuses the service"),
            Verdict::DoesNotApply => "does not apply".to_owned(),
            Verdict::NotAsked => "was not asked: the service was refused before".to_owned(),
        };
        let place = self.paint.faint(&looked.place.as_ref().map(at).unwrap_or_default());
        let name = self.paint.rule(&looked.invariant);
        self.line(1, &format!("{name} {verdict}  {place}"));
        looked.messages.iter().for_each(|message| self.line(2, message));
        if let Some(condition) = &looked.condition {
            self.condition(2, condition);
        }
    }

    fn outcome(&mut self, outcome: &Outcome) {
        for found in outcome.found.iter().take(MOST_PATHS) {
            let path = self.paint.strong(&found.path);
            self.line(0, &format!("{path}: {}", found.says));
        }
        let more = outcome.found.len().saturating_sub(MOST_PATHS);
        if more > 0 {
            self.line(0, &format!("and {more} more"));
        }
        let verb = match (outcome.disputed, outcome.beaten_by.is_empty()) {
            (true, _) => "in dispute, written by",
            (false, true) => "written by",
            (false, false) => "beaten; written by",
        };
        self.write(1, verb, &outcome.write);
        for winner in &outcome.beaten_by {
            self.write(1, &format!("{}: {} of", winner.why, winner.says), &winner.write);
        }
        self.blank();
    }
}
