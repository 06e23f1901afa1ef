//! Two writes of one place and one strength that say different things, where both apply to some service, nothing
//! stronger does as well, and no rule refuses every such service.

use std::sync::Arc;

use indexmap::IndexSet;

use crate::diagnostics::{Diagnostic, code};
use crate::ir::Strength;

use super::Policy;
use super::claim::{Place, Says};
use super::solve::Condition;
use super::survey::{Claim, Groups, Survey};

/// At one place, at most so many pairs of writes are asked about; the others are left to the render.
const PAIRS: usize = 500;
/// And so many are looked at to find those.
const VISITS: usize = 200_000;

const REMEDY: &str = "make one of them `default`, or `force … because \"…\"`, or guard them so that only one applies";

impl<'p> Policy<'p> {
    /// Finds them, at most one at a place.
    pub(super) fn conflicts(&self, survey: &Survey<'p>, found: &mut IndexSet<Diagnostic>) {
        for (place, claims) in survey.claims.iter().filter(|(_, claims)| claims.len() > 1) {
            if let Some((first, other, service)) = self.disagreement(survey, place, claims) {
                let ordered = if first.effect <= other.effect { (first, other) } else { (other, first) };
                found.insert(self.conflict(place, ordered.0, ordered.1, &service));
            }
        }
    }

    /// Two claims that disagree for some service, and what it is like.
    fn disagreement<'c>(
        &self,
        survey: &Survey<'p>,
        place: &Place,
        claims: &'c [Claim<'p>],
    ) -> Option<(&'c Claim<'p>, &'c Claim<'p>, Vec<String>)> {
        let first = claims.first()?;
        if claims.iter().all(|claim| claim.strength == first.strength && !claim.says.differs(&first.says)) {
            return None;
        }
        for (first, other) in self.pairs(claims) {
            let covered = survey.stronger(place, first.strength);
            let hold: Vec<Condition> = first.conditions.iter().chain(other.conditions.iter()).copied().collect();
            if let Some(service) = self.shown_by(&hold, &covered, &survey.denials) {
                return Some((first, other, service));
            }
        }
        None
    }

    /// Pairs of claims that differ, without those that want different constants of one fact.
    fn pairs<'c>(&self, claims: &'c [Claim<'p>]) -> Vec<(&'c Claim<'p>, &'c Claim<'p>)> {
        let Groups { groups, free } = Groups::of(self, claims.iter().filter(|claim| claim.certain));
        let (mut pairs, mut visits) = (Vec::new(), 0);
        let empty = Vec::new();
        for (group, beside) in groups.values().map(|group| (group, &free)).chain([(&free, &empty)]) {
            for (index, claim) in group.iter().enumerate() {
                let others = group.iter().skip(index + 1).chain(beside);
                let differing =
                    others.filter(|other| other.strength == claim.strength && other.says.differs(&claim.says));
                pairs.extend(differing.map(|other| (*claim, *other)).take(PAIRS - pairs.len()));
                visits += group.len() - index + beside.len();
                if pairs.len() >= PAIRS || visits >= VISITS {
                    return pairs;
                }
            }
        }
        pairs
    }

    fn conflict(&self, place: &Place, first: &Claim<'_>, other: &Claim<'_>, service: &[String]) -> Diagnostic {
        let shown = self.shown(place);
        let names = (&first.rule.name, &other.rule.name);
        let same = first.number == other.number;
        let message = match (same, &first.says, &other.says) {
            (true, ..) => format!("`{}` says two different things of `{shown}`", names.0),
            (false, Says::Is { .. }, Says::Is { .. }) => {
                format!("`{}` and `{}` set `{shown}` differently", names.0, names.1)
            }
            _ => format!("`{}` and `{}` disagree on whether there is `{shown}`", names.0, names.1),
        };
        let label = |claim: &Claim<'_>| {
            let what = match &claim.says {
                Says::Is { shown: Some(value), .. } => format!("says {value}"),
                Says::Is { .. } | Says::Same(_) | Says::Something => "says this".to_owned(),
                Says::In => "puts it in".to_owned(),
                Says::Gone => "takes it out".to_owned(),
            };
            self.told(claim, &what)
        };
        Diagnostic::new(code::CONFLICT, message).label(other.span, label(other)).label(first.span, label(first)).help(
            if service.is_empty() {
                REMEDY.to_owned()
            } else {
                format!("both apply where {}; {REMEDY}", service.join(" and "))
            },
        )
    }
}

impl Survey<'_> {
    /// When something takes the place of what is said of a place: something stronger, or what says all of its
    /// collection.
    pub(super) fn stronger(&self, place: &Place, strength: Strength) -> Vec<Arc<[Condition]>> {
        let beside = self.claims.get(place).into_iter().flatten().filter(|it| it.strength > strength);
        let slot = self.slots.get(&place.slot);
        let open = slot.into_iter().flat_map(|slot| &slot.open).filter(|it| it.strength > strength);
        let wholes =
            slot.into_iter().flat_map(|slot| &slot.wholes).map(|it| &it.claim).filter(|it| it.strength >= strength);
        beside.chain(open).chain(wholes).map(|it| Arc::clone(&it.conditions)).collect()
    }
}
