//! Who wrote each value of the output, and who else had a say in it.

use std::collections::BTreeMap;

use super::draft::{Draft, Filled};
use super::machine::Machine;
use super::order::Ordered;
use super::reads::is_sensitive;
use super::trace::{Action, Event};
use super::value::Value;
use crate::ir::{RuleId, Strength};
use crate::provenance::{Writers, WrittenBy};
use crate::schema::output::SlotIndex;

impl<'a, const TRACE: bool> Machine<'a, TRACE> {
    /// Who wrote what is in the output.
    pub(super) fn writers(&self, draft: &Draft<'a>) -> Writers {
        let mut writers = Writers::default();
        self.each_written(draft, &mut |written| {
            if written.present {
                let secret = written.is_secret();
                let writes = written.counting().map(|event| WrittenBy {
                    rule: RuleId::new(event.site.rule),
                    statement: self.place(event.site.effect),
                    origin: event.origin,
                    strength: event.site.write.strength,
                });
                writers.push(written.slot, secret, writes);
            }
        });
        writers
    }

    /// Goes through what was written in the order of the output; then, for each slot, through what is not in it.
    pub(super) fn each_written(&self, draft: &Draft<'a>, each: &mut dyn FnMut(Written<'_, 'a>)) {
        let mut by_slot: BTreeMap<SlotIndex, SlotEvents<'_, 'a>> = BTreeMap::new();
        for event in &self.trace.events {
            let events = by_slot.entry(event.site.write.slot).or_default();
            match event.key {
                Some(key) => events.by_key.entry(Ordered(key)).or_default().push(event),
                None => events.on_all.push(event),
            }
        }
        for (slot, events) in by_slot {
            each_of_slot(slot, events, draft.slot(slot), each);
        }
    }
}

impl Event<'_> {
    /// Whether it gives the value of a slot, or of one key of it, rather than take something out.
    pub(super) fn gives(&self, of_key: bool) -> bool {
        match self.action {
            Action::Is | Action::In => true,
            Action::Whole => !of_key,
            Action::Out | Action::Unset => false,
        }
    }
}

/// The writes to one slot: about one key, and about the whole.
#[derive(Default)]
struct SlotEvents<'e, 'a> {
    by_key: BTreeMap<Ordered<'a>, Vec<&'e Event<'a>>>,
    on_all: Vec<&'e Event<'a>>,
}

/// A value or element, and the writes that have a say in it.
pub(super) struct Written<'e, 'a> {
    pub(super) slot: SlotIndex,
    pub(super) key: Option<Value<'a>>,
    /// Whether it is in the output.
    pub(super) present: bool,
    /// The strongest first.
    pub(super) events: Vec<&'e Event<'a>>,
    /// How many of them count.
    pub(super) winning: usize,
}

impl<'e, 'a> Written<'e, 'a> {
    fn new(slot: SlotIndex, key: Option<Value<'a>>, present: bool, mut events: Vec<&'e Event<'a>>) -> Self {
        events.sort_by_key(|event| std::cmp::Reverse(event.site.write.strength));
        let strongest = events.first().map_or(Strength::Default, |event| event.site.write.strength);
        let winning = events.iter().take_while(|event| event.site.write.strength == strongest).count();
        Self { slot, key, present, events, winning }
    }

    /// The writes that count.
    fn counting(&self) -> impl Iterator<Item = &'e Event<'a>> {
        self.events.iter().take(self.winning).copied()
    }

    /// Whether what it says is not to be shown.
    fn is_secret(&self) -> bool {
        self.counting().any(|event| event.gives(self.key.is_some()) && is_sensitive(&event.reads))
    }
}

fn each_of_slot<'e, 'a>(
    slot: SlotIndex,
    mut events: SlotEvents<'e, 'a>,
    filled: &Filled<'a>,
    each: &mut dyn FnMut(Written<'e, 'a>),
) {
    let keys: Vec<Value<'a>> = match filled {
        Filled::Empty | Filled::One(_) => Vec::new(),
        Filled::Many(values) => values.clone(),
        Filled::Keyed(entries) => entries.iter().map(|(key, _)| Value::Text(key)).collect(),
    };
    for key in keys {
        let own = events.by_key.remove(&Ordered(key)).unwrap_or_default();
        each(Written::new(slot, Some(key), true, with_all(own, &events.on_all)));
    }
    for (key, own) in std::mem::take(&mut events.by_key) {
        each(Written::new(slot, Some(key.0), false, with_all(own, &events.on_all)));
    }
    let of_itself = matches!(filled, Filled::Empty | Filled::One(_))
        || matches!(filled, Filled::Many(values) if values.is_empty())
        || matches!(filled, Filled::Keyed(entries) if entries.is_empty());
    if of_itself && !events.on_all.is_empty() {
        each(Written::new(slot, None, !matches!(filled, Filled::Empty), events.on_all));
    }
}

fn with_all<'e, 'a>(own: Vec<&'e Event<'a>>, on_all: &[&'e Event<'a>]) -> Vec<&'e Event<'a>> {
    let mut claims = own;
    claims.extend(on_all);
    drop_wholes_that_have_it(&mut claims);
    claims
}

/// A write of the whole says nothing against a key that the same write, in the same round, has.
pub(super) fn drop_wholes_that_have_it(claims: &mut Vec<&Event<'_>>) {
    let has: Vec<_> = claims.iter().filter(|e| e.action == Action::In).map(|e| (e.site.effect, rounds_of(e))).collect();
    claims.retain(|event| event.action != Action::Whole || !has.contains(&(event.site.effect, rounds_of(event))));
}

/// Tells the rounds of one statement apart.
fn rounds_of(event: &Event<'_>) -> usize {
    std::rc::Rc::as_ptr(&event.around) as usize
}
