//! Elements of sets that must be in another set as well, and are not for some service.

use std::sync::Arc;

use indexmap::IndexSet;

use crate::diagnostics::{Diagnostic, code};
use crate::schema::output::SlotIndex;
use crate::schema::output::roles::{SUBSETS, Subset};
use crate::source::Span;

use super::Policy;
use super::claim::{Place, Says};
use super::solve::Condition;
use super::survey::{Claim, Models, Survey};

/// The elements of one set that are asked about.
const ASKED: usize = 500;
/// The writes that may put an element in, above which nothing is said.
const WRITES: usize = 32;

impl<'p> Policy<'p> {
    pub(super) fn sets(&self, survey: &Survey<'p>, found: &mut IndexSet<Diagnostic>) {
        for subset in SUBSETS.iter().copied() {
            let (Some(small), Some(large)) = (self.slot(subset.small), self.slot(subset.large)) else { continue };
            let mut told = IndexSet::new();
            let elements = elements(survey, small);
            self.at.set(elements.get(ASKED).map_or(Span::NONE, |(_, claim)| claim.span));
            for (place, claim) in self.bounded(&elements, ASKED) {
                self.at.set(claim.span);
                if told.contains(&place.key) {
                    continue;
                }
                let outer = Place { slot: large, ..place.clone() };
                if let Some((reason, models)) = self.left_out(survey, (place, claim), &outer) {
                    told.insert(place.key.clone());
                    found.insert(self.outside(subset, (place, claim), reason, &models));
                }
            }
        }
    }

    /// A service for which an element of the small set is not in the large one, and what takes it out there, if it is
    /// not just that nothing puts it in.
    fn left_out<'c>(
        &self,
        survey: &'c Survey<'p>,
        (place, claim): (&Place, &Claim<'p>),
        outer: &Place,
    ) -> Option<(Option<&'c Claim<'p>>, Models)> {
        let slot = survey.slots.get(&outer.slot);
        let there = survey.claims.get(outer).into_iter().flatten();
        let wholes = || slot.into_iter().flat_map(|slot| &slot.wholes);
        let has = |keys: &Option<Vec<Option<Box<str>>>>| keys.as_ref().is_none_or(|keys| keys.contains(&outer.key));
        let adds: Vec<&Claim<'p>> = (there.clone().filter(|it| matches!(it.says, Says::In)))
            .chain(slot.into_iter().flat_map(|slot| &slot.open))
            .chain(wholes().filter(|whole| has(&whole.keys)).map(|whole| &whole.claim))
            .take(WRITES + 1)
            .collect();
        if adds.len() > WRITES {
            self.give_up();
            return None;
        }
        let out = there.filter(|it| matches!(it.says, Says::Gone));
        let out = out.chain(wholes().filter(|whole| !has(&whole.keys)).map(|whole| &whole.claim));
        let out: Vec<&Claim<'p>> = out.filter(|it| it.sure).take(WRITES + 1).collect();
        let (out, more) = out.split_at(out.len().min(WRITES));
        let found = std::iter::once(None).chain(out.iter().copied().map(Some)).find_map(|out| {
            let against = |add: &&&Claim<'p>| out.is_none_or(|out| add.strength >= out.strength);
            let mut fail = survey.stronger(place, claim);
            for add in adds.iter().filter(against) {
                let known: Arc<[Condition]> = self.known(add).into();
                if known.is_empty() {
                    return None;
                }
                fail.push(known);
            }
            let hold = claim.conditions.iter().chain(out.into_iter().flat_map(|out| out.conditions.iter()));
            let hold: Vec<Condition> = hold.copied().collect();
            Some((out, self.models(&hold, &fail, &survey.denials).ok()?))
        });
        if found.is_none() && !more.is_empty() {
            self.give_up();
        }
        found
    }

    fn outside(
        &self,
        subset: &Subset,
        (place, claim): (&Place, &Claim<'p>),
        out: Option<&Claim<'p>>,
        models: &Models,
    ) -> Diagnostic {
        let element = place.shown.as_deref().unwrap_or_default();
        let message = format!("{element} is in `{}` and not in `{}`", subset.small, subset.large);
        let diagnostic =
            Diagnostic::new(code::OUTSIDE_ITS_SET, message).label(claim.span, self.told(claim, "puts it in here"));
        let diagnostic = match out {
            Some(out) => diagnostic.label(out.span, self.told(out, "takes it out there")),
            None => diagnostic,
        };
        let remedy = format!("{}: put it into both or into neither", subset.otherwise);
        let claims: Vec<&Claim<'_>> = [claim].into_iter().chain(out).collect();
        self.can_be(diagnostic, &remedy, &claims, models)
    }
}

/// The known elements that rules put into a set for certain.
fn elements<'p>(survey: &Survey<'p>, slot: SlotIndex) -> Vec<(Place, Claim<'p>)> {
    let claims = survey.claims.iter().filter(|(place, _)| place.slot == slot);
    let added = claims.flat_map(|(place, claims)| claims.iter().map(move |claim| (place.clone(), claim.clone())));
    let added = added.filter(|(_, claim)| matches!(claim.says, Says::In) && claim.sure);
    let wholes = survey.slots.get(&slot).into_iter().flat_map(|slot| &slot.wholes).filter(|whole| whole.claim.sure);
    let listed = wholes.flat_map(|whole| whole.places.iter().map(|place| (place.clone(), whole.claim.clone())));
    added.chain(listed).collect()
}
