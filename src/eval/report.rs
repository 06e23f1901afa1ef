//! What a traced render tells: conflicts with both sides, and provenance.

use std::collections::BTreeSet;

use super::draft::Draft;
use super::machine::Machine;
use super::order::equal;
use super::reads::{Read, What, is_sensitive};
use super::text::{show, show_as, show_record};
use super::trace::{Action, Event};
use super::value::Value;
use super::written::{Written, drop_wholes_that_have_it};
use crate::diagnostics::{Diagnostic, code};
use crate::eval::paths::Paths;
use crate::ir::RuleId;
use crate::provenance::{Asked, Claim, FactRead, HIDDEN, Leaf, Provenance, Round, Says, Shown};
use crate::schema::facts::FactSchema;
use crate::schema::output::{Content, Slot, SlotIndex};
use crate::sort;
use crate::source::Span;

impl<'a, const TRACE: bool> Machine<'a, TRACE> {
    /// Two writes of one strength that differ.
    pub(super) fn conflict(&self, number: SlotIndex, slot: &Slot, key: Option<Value<'a>>) -> Diagnostic {
        let claims = self.claims_on(number, key);
        let place = match key {
            Some(key) => format!("{}[{}]", slot.path, shown_key(slot, key, &claims)),
            None => slot.path.to_owned(),
        };
        let rivals = rivals(&claims);
        if rivals.len() < 2 {
            return Diagnostic::new(code::RENDER_CONFLICT, format!("two rules set `{place}` differently"));
        }
        let values: Vec<String> = rivals.iter().map(|event| shown_event(event, slot, key)).collect();
        let rules: BTreeSet<usize> = sort::tree(rivals.iter().map(|event| event.site.rule));
        let who = match rules.len() {
            1 => "one rule sets",
            2 => "two rules set",
            _ => "several rules set",
        };
        let (last, others) = values.split_last().map_or(("", &[][..]), |(last, others)| (last, others));
        let message = format!("{who} `{place}` differently: {} and {last}", others.join(", "));
        let mut diagnostic = Diagnostic::new(code::RENDER_CONFLICT, message);
        for (event, value) in rivals.into_iter().zip(&values) {
            diagnostic = self.label_side(diagnostic, event, value);
        }
        diagnostic.help(
            "make one of them `default`, or insist on one with `force … because \"…\"`, or guard them so that \
             never both apply",
        )
    }

    /// Labels one side of a conflict: the statement, where its value is made, and why it ran.
    fn label_side(&self, diagnostic: Diagnostic, event: &Event<'a>, value: &str) -> Diagnostic {
        let statement = self.place(event.site.effect);
        let inside = statement.to(event.origin) == statement;
        let mut diagnostic = diagnostic.label(statement, format!("`{}` says {value}", self.rule_name(event)));
        if !inside {
            diagnostic = diagnostic.label(event.origin, "made here");
        }
        for round in &event.around.rounds {
            let place = if round.place.is_none() { round.span } else { round.place };
            diagnostic = diagnostic.label(place, format!("in the round of {}", shown_round(round)));
        }
        super::effects::with_facts(diagnostic, &event.around.reads)
    }

    /// Labels the writes that count at a place, or that took away what was there.
    pub(super) fn label_writes(&self, diagnostic: Diagnostic, number: SlotIndex, key: Option<Value<'a>>) -> Diagnostic {
        const TOLD: usize = 2;
        let Some(slot) = self.schema.slots.get(number) else { return diagnostic };
        let claims = self.claims_on(number, key);
        let Some(strongest) = claims.first().map(|event| event.site.write.strength) else { return diagnostic };
        let winning = claims.iter().take_while(|event| event.site.write.strength == strongest).take(TOLD);
        winning.fold(diagnostic, |diagnostic, event| self.label_side(diagnostic, event, &shown_event(event, slot, key)))
    }

    /// Whether any write has a say in a place.
    pub(super) fn is_written(&self, number: SlotIndex, key: Option<Value<'a>>) -> bool {
        !self.claims_on(number, key).is_empty()
    }

    fn rule_name(&self, event: &Event<'a>) -> &'a str {
        self.program.rules.get(event.site.rule).map_or("?", |rule| &*rule.name)
    }

    /// The writes that have a say in a slot or in one key of it, the strongest first.
    fn claims_on(&self, slot: SlotIndex, key: Option<Value<'a>>) -> Vec<&Event<'a>> {
        let about = |event: &&Event<'a>| match (key, event.key) {
            _ if event.site.write.slot != slot => false,
            (Some(key), Some(other)) => equal(key, other),
            (_, None) => true,
            (None, Some(_)) => false,
        };
        let mut claims: Vec<_> = self.trace.events.iter().filter(about).collect();
        if key.is_some() {
            drop_wholes_that_have_it(&mut claims);
        }
        sort::by_key(&mut claims, |event| std::cmp::Reverse(event.site.write.strength));
        claims
    }

    /// The origins of everything that was written.
    pub(super) fn provenance(&self, draft: &Draft<'a>, schema: &'a FactSchema) -> Provenance {
        let paths = Paths::new(self.facts, schema);
        let mut leaves = Vec::new();
        self.each_written(draft, &mut |written| leaves.push(self.leaf(written, &paths)));
        Provenance { leaves }
    }

    fn leaf(&self, written: Written<'_, 'a>, paths: &Paths<'a>) -> Leaf {
        let Written { slot, key, present, ref events, winning } = written;
        let shown = |key| self.schema.slots.get(slot).map(|slot| shown_key(slot, key, events));
        let claims: Vec<Claim> = events.iter().map(|event| self.claim_of(event, key.is_some(), paths)).collect();
        let (origins, beaten) = claims.split_at(winning.min(claims.len()));
        Leaf { slot, key: key.and_then(shown), present, origins: origins.to_vec(), beaten: beaten.to_vec() }
    }

    fn claim_of(&self, event: &Event<'a>, of_key: bool, paths: &Paths<'a>) -> Claim {
        let slot = self.schema.slots.get(event.site.write.slot);
        let text = |value| slot.map_or_else(String::new, |slot| shown_in(slot, event.key.is_some(), value));
        let shown = |value: Value<'a>| Shown(if is_sensitive(&event.reads) { HIDDEN.into() } else { text(value) });
        let says = match event.action {
            _ if event.gives(of_key) => Says::Is(shown(event.value)),
            Action::Is | Action::In | Action::Whole => Says::NotInWhole,
            Action::Out => Says::Out,
            Action::Unset => Says::Unset,
        };
        let facts = facts_of(event.reads.iter().chain(&event.around.reads), paths);
        Claim {
            rule: RuleId::new(event.site.rule),
            statement: self.place(event.site.effect),
            origin: event.origin,
            strength: event.site.write.strength,
            because: self.program.notes.get(event.site.effect as usize).and_then(|note| note.because.clone()),
            says,
            facts,
            rounds: event.around.rounds.iter().map(round_of).collect(),
            asked: event.around.asked.iter().map(|asked| asked_of(asked, paths)).collect(),
        }
    }
}

/// A key; it may be a secret, as may what is its own key.
fn shown_key(slot: &Slot, key: Value<'_>, claims: &[&Event<'_>]) -> String {
    match slot.content {
        _ if claims.iter().any(|event| event.key_sensitive) => HIDDEN.to_owned(),
        Content::Keyed(_) => show(key),
        _ => shown_in(slot, true, key),
    }
}

impl Event<'_> {
    fn key_is_value(&self) -> bool {
        self.key.is_some_and(|key| equal(key, self.value))
    }
}

/// The strongest claims that do not say the same, of several that do the first.
fn rivals<'e, 'a>(claims: &[&'e Event<'a>]) -> Vec<&'e Event<'a>> {
    /// So many are told apart.
    const MOST: usize = 8;
    let says = |event: &Event<'a>| match event.action {
        Action::Is | Action::In => event.value,
        _ => Value::Absent,
    };
    let same = |a: &Event<'a>, b: &Event<'a>| {
        equal(says(a), says(b)) && (a.action == Action::Unset) == (b.action == Action::Unset)
    };
    let mut rivals: Vec<&Event<'a>> = Vec::new();
    let strength = claims.first().map(|first| first.site.write.strength);
    for claim in claims.iter().filter(|claim| Some(claim.site.write.strength) == strength) {
        if rivals.len() < MOST && !rivals.iter().any(|rival| same(rival, claim)) {
            rivals.push(claim);
        }
    }
    rivals
}

fn shown_event(event: &Event<'_>, slot: &Slot, key: Option<Value<'_>>) -> String {
    match (event.action, key) {
        (Action::Out, _) | (Action::Whole | Action::Unset, Some(_)) => "not in it".to_owned(),
        (Action::Unset, None) => "absent".to_owned(),
        (Action::In, _) if event.key_is_value() => "in it".to_owned(),
        _ if is_sensitive(&event.reads) => HIDDEN.to_owned(),
        _ => shown_in(slot, event.key.is_some(), event.value),
    }
}

/// A value with the names of its fields; of an element, those of the slot's elements.
fn shown_in(slot: &Slot, element: bool, value: Value<'_>) -> String {
    match (&slot.content, value) {
        (Content::DeviceRules(shape), Value::Record(record)) => show_record(record, shape),
        (Content::Keyed(keyed), _) if element => show_as(value, Some(&keyed.element)),
        (Content::Value(shape) | Content::Set(shape) | Content::List(shape), _) => show_as(value, Some(shape)),
        _ => show(value),
    }
}

fn shown_round(round: &super::trace::Round<'_>) -> String {
    if round.sensitive { HIDDEN.to_owned() } else { show(round.value) }
}

pub(super) fn round_of(round: &super::trace::Round<'_>) -> Round {
    Round { span: round.span, value: Shown(shown_round(round)), place: round.place }
}

pub(super) fn asked_of(asked: &super::trace::Asked<'_>, paths: &Paths<'_>) -> Asked {
    let shown = |(span, value, hidden): &(Span, Value<'_>, bool)| {
        (*span, Shown(if *hidden { HIDDEN.to_owned() } else { show(*value) }))
    };
    Asked {
        word: asked.word,
        span: asked.span,
        holds: asked.holds,
        parts: asked.parts.iter().map(shown).collect(),
        facts: facts_of(asked.reads.iter(), paths),
    }
}

/// Each fact once; what was read of a record says more than the record.
pub(super) fn facts_of<'r, 'a: 'r>(reads: impl Iterator<Item = &'r Read<'a>>, paths: &Paths<'_>) -> Vec<FactRead> {
    let mut facts: Vec<FactRead> = Vec::new();
    for read in reads {
        facts.extend(fact_of(read, paths).filter(|fact| !facts.contains(fact)));
    }
    let names: Vec<String> = facts.iter().map(|fact| fact.path.clone()).collect();
    let inside = |path: &str, whole: &str| path.strip_prefix(whole).is_some_and(|rest| rest.starts_with(['.', '[']));
    facts.retain(|fact| !names.iter().any(|path| inside(path, &fact.path)));
    facts
}

fn fact_of(read: &Read<'_>, paths: &Paths<'_>) -> Option<FactRead> {
    let hide = |value: Value<'_>| Shown(if read.sensitive { HIDDEN.to_owned() } else { show(value) });
    match read.what {
        What::Datum(datum) => {
            let span = read.place().unwrap_or(Span::NONE);
            Some(FactRead { path: paths.of(datum)?, span, value: hide(Value::from(datum)) })
        }
        What::Answer { function, argument, answer } => {
            let signatures = crate::schema::functions::FUNCTIONS.iter();
            let name = signatures.clone().find(|row| row.function == function)?.name;
            let path = format!("{name}({})", show(Value::Text(argument)));
            Some(FactRead { path, span: Span::NONE, value: hide(answer) })
        }
    }
}
