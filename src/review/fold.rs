//! Changes of many services made one: said once for each cause, with the services that it reaches.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;

use super::finding::Finding;
use super::items::ChangeId;
use super::{Change, Class, Effect, Level, Risk, RiskCount};
use crate::output::diff::{ChangeKind, Sentence};
use crate::schema::output::SlotIndex;
use crate::sort;

/// What is the same in all changes that are one.
type Same = (Option<ChangeId>, SlotIndex, ChangeKind, (Class, Level, &'static str), String);

/// All changes so far.
#[derive(Debug, Default)]
pub(super) struct Fold {
    entries: IndexMap<Same, Folded>,
    /// Where those are that services have in common, by their address.
    kept: BTreeMap<usize, (usize, Arc<Finding>)>,
}

/// One of them, as the first service has it.
#[derive(Debug)]
struct Folded {
    change: Change,
    sentence: Sentence,
    risk: Risk,
    /// Whether others have another key, another detail, another value before or after.
    keys_vary: bool,
    details_vary: bool,
    before_varies: bool,
    after_varies: bool,
    services: Vec<usize>,
}

impl Fold {
    /// Adds a change of a service; services come in ascending order.
    pub(super) fn add(&mut self, service: usize, finding: &Arc<Finding>) {
        let Finding { cause, slot, change, sentence, risk, skeleton } = &**finding;
        let address = Arc::as_ptr(finding).addr();
        // One that is kept was folded before.
        if let Some((at, _)) = self.kept.get(&address)
            && let Some((_, folded)) = self.entries.get_index_mut(*at)
        {
            return folded.reach(service);
        }
        let same = (*cause, *slot, change.kind, (risk.class, risk.level, risk.row), skeleton.clone());
        let at = self.entries.get_index_of(&same).unwrap_or(self.entries.len());
        // Others hold on to it: there will be more of it.
        if Arc::strong_count(finding) > 1 {
            self.kept.insert(address, (at, Arc::clone(finding)));
        }
        let Some(folded) = self.entries.get_mut(&same) else {
            let folded = Folded {
                change: change.clone(),
                sentence: sentence.clone(),
                risk: risk.clone(),
                keys_vary: false,
                details_vary: false,
                before_varies: false,
                after_varies: false,
                services: vec![service],
            };
            self.entries.insert(same, folded);
            return;
        };
        folded.keys_vary |= folded.change.path != change.path;
        folded.details_vary |= folded.sentence.detail() != sentence.detail();
        folded.before_varies |= folded.change.before != change.before;
        folded.after_varies |= folded.change.after != change.after;
        folded.reach(service);
    }

    /// The effects of each cause: the riskiest first, then in the order of the spec and as they were first found.
    pub(super) fn effects(self) -> Vec<(Option<ChangeId>, Vec<Effect>)> {
        let mut causes: IndexMap<Option<ChangeId>, Vec<(SlotIndex, Effect)>> = IndexMap::new();
        for ((cause, slot, ..), folded) in self.entries {
            causes.entry(cause).or_default().push((slot, folded.effect()));
        }
        let mut groups: Vec<_> = causes.into_iter().collect();
        for (_, effects) in &mut groups {
            sort::by_key(effects, |(slot, Effect { risk, .. })| (risk.class, risk.level, *slot));
        }
        sort::by_key(&mut groups, |(cause, effects)| {
            let riskiest = effects.first().map(|(_, effect)| (effect.risk.class, effect.risk.level));
            // What is not known comes behind all that is.
            (riskiest, cause.unwrap_or(usize::MAX))
        });
        groups
            .into_iter()
            .map(|(cause, effects)| (cause, effects.into_iter().map(|(_, effect)| effect).collect()))
            .collect()
    }
}

impl Folded {
    fn reach(&mut self, service: usize) {
        if self.services.last() != Some(&service) {
            self.services.push(service);
        }
    }

    fn effect(self) -> Effect {
        let Self { mut change, sentence, risk, services, .. } = self;
        if self.keys_vary {
            change.path = format!("{}[*]", change.slot);
        }
        change.before = change.before.filter(|_| !self.before_varies);
        change.after = change.after.filter(|_| !self.after_varies);
        change.says = sentence.say(self.keys_vary, self.details_vary);
        Effect { change, risk, services }
    }
}

/// How many changes and services there are of each class and level.
pub(super) fn counted<'e>(effects: impl Iterator<Item = &'e Effect>) -> Vec<RiskCount> {
    let mut counts: BTreeMap<(Class, Level), (usize, BTreeSet<usize>)> = Default::default();
    for effect in effects {
        let (changes, services) = counts.entry((effect.risk.class, effect.risk.level)).or_default();
        *changes += 1;
        services.extend(&effect.services);
    }
    let count = |((class, level), (changes, services)): ((Class, Level), (usize, BTreeSet<usize>))| RiskCount {
        class,
        level,
        changes,
        services: services.len(),
    };
    counts.into_iter().map(count).collect()
}
