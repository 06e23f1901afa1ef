//! Rules, invariants and lets of a policy: their doc texts, when they apply, and what they do.

use indexmap::{IndexMap, IndexSet};

use super::words::Words;
use super::{Detail, Entry, Part, Section};
use crate::ir::{Effect, Program, Rule, Strength, Write, WriteKind};
use crate::policy::Policy;
use crate::schema::output::output;
use crate::source::Span;
use crate::syntax;
use crate::syntax::ast::ItemKind;

pub(super) fn sections(policy: &Policy) -> Vec<Section> {
    let program = policy.program();
    let words = Words { program, sources: policy.sources() };
    let section = |part, entries| Section { part, entries };
    vec![
        section(Part::Rules, program.rules.iter().map(|rule| entry(policy, &words, rule)).collect()),
        section(Part::Invariants, program.invariants.iter().map(|rule| entry(policy, &words, rule)).collect()),
        section(Part::Lets, lets(policy, &words)),
    ]
}

fn entry(policy: &Policy, words: &Words<'_>, rule: &Rule) -> Entry {
    let when = rule.when.map(|condition| words.condition(condition.expr, true));
    let unless = rule.unless.map(|condition| words.condition(condition.expr, true));
    let applies = match (when, unless) {
        (None, None) => "always".to_owned(),
        (Some(when), None) => format!("where {when}"),
        (None, Some(unless)) => format!("unless {unless}"),
        (Some(when), Some(unless)) => format!("where {when}; unless {unless}"),
    };
    let mut details = vec![("Applies", Detail::Text(applies))];
    let does = Does::of(words, rule);
    for (name, codes) in
        [("Writes", does.writes), ("Requires", does.requires), ("Refuses", does.refuses), ("Warns", does.warns)]
    {
        if !codes.is_empty() {
            details.push((name, Detail::Codes(codes.into_iter().collect())));
        }
    }
    details.extend(does.reasons.into_iter().map(|reason| ("Because", Detail::Text(reason))));
    details.extend(place(policy, rule.span));
    let summary = rule.doc.as_deref().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    Entry { name: rule.name.to_string(), summary, details, page: String::new() }
}

fn place(policy: &Policy, span: Span) -> Option<(&'static str, Detail)> {
    let source = policy.sources().get(span.source)?;
    let (line, _) = source.position(span.start);
    Some(("Written", Detail::Code(format!("{}:{line}", source.name))))
}

/// What the effects of a rule do, each once.
#[derive(Default)]
struct Does {
    writes: IndexSet<String>,
    requires: IndexSet<String>,
    refuses: IndexSet<String>,
    warns: IndexSet<String>,
    reasons: IndexSet<String>,
}

impl Does {
    fn of(words: &Words<'_>, rule: &Rule) -> Self {
        let program: &Program = words.program;
        let mut does = Self::default();
        let range = rule.effects.start as usize..rule.effects.end as usize;
        let notes = program.notes.get(range.clone()).unwrap_or_default();
        for effect in program.effects.get(range).unwrap_or_default() {
            match effect {
                Effect::Write(write) => {
                    does.writes.extend(written(words, write));
                }
                Effect::Require { condition, .. } => {
                    does.requires.insert(words.written(program.span(*condition)));
                }
                Effect::Deny(message) => {
                    does.refuses.insert(words.written(program.span(*message)));
                }
                Effect::Warn(message) => {
                    does.warns.insert(words.written(program.span(*message)));
                }
                Effect::Let { .. } | Effect::If { .. } | Effect::For { .. } => {}
            }
        }
        does.reasons.extend(notes.iter().filter_map(|note| note.because.as_deref().map(str::to_owned)));
        does
    }
}

/// A write without its value: `force process.env["HOME"] =`.
fn written(words: &Words<'_>, write: &Write) -> Option<String> {
    let path = output().slot(write.slot)?.path;
    let strength = match write.strength {
        Strength::Default => "default ",
        Strength::Plain => "",
        Strength::Force => "force ",
    };
    let key = |id| match words.constant(id) {
        Some(text) => format!("[{text:?}]"),
        None => format!("[{}]", words.written(words.program.span(id))),
    };
    Some(match write.kind {
        WriteKind::Value | WriteKind::Whole => format!("{strength}{path} ="),
        WriteKind::Add => format!("{strength}{path} +="),
        WriteKind::Remove => format!("{strength}{path} -="),
        WriteKind::Unset => format!("{strength}unset {path}"),
        WriteKind::AddAt(id) => format!("{strength}{path}{} =", key(id)),
        WriteKind::RemoveAt(id) => format!("{strength}unset {path}{}", key(id)),
    })
}

/// The lets as they stand: of one that a later layer replaces, the later one.
fn lets(policy: &Policy, words: &Words<'_>) -> Vec<Entry> {
    let mut lets: IndexMap<Box<str>, Entry> = IndexMap::new();
    for (id, source) in policy.rule_files() {
        for item in syntax::parse(id, &source.text, &mut Vec::new()).items {
            let ItemKind::Let(item) = item.kind else { continue };
            let mut details = vec![("Value", Detail::Code(words.written(item.value.span)))];
            details.extend(place(policy, item.name.span));
            let name = item.name.name.to_string();
            lets.insert(item.name.name, Entry { name, details, ..Entry::default() });
        }
    }
    lets.into_values().collect()
}
