//! Writes that change nothing: those that something stronger beats wherever they apply, those that say what is said
//! anyway, and those that take out what nothing puts in.
//!
//! What a later layer says makes nothing of an earlier one needless: giving way to it is what a `default` is for.

use std::cmp::Reverse;
use std::sync::Arc;

use indexmap::IndexSet;

use crate::diagnostics::{Diagnostic, code, nearest};
use crate::ir::{Effect, EffectId, Rule, Strength, Tail};
use crate::schema::output::SlotIndex;
use crate::sort;
use crate::source::Span;

use super::Policy;
use super::claim::{Place, Says};
use super::solve::{Condition, Question};
use super::survey::{Claim, Groups, SlotWrites, Survey, Whole};

/// At one place, so many claims are asked about.
const ASKED: usize = 500;
/// And so many pairs of them are looked at for it.
const VISITS: usize = 200_000;
/// So many writes together are asked whether they always beat another.
const BEATERS: usize = 16;

/// Why a write changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// Something stronger always says another thing.
    Beaten,
    /// The same is always said anyway.
    Said,
}

/// What was reported: a statement and its place.
type Told = IndexSet<(EffectId, Option<Box<str>>)>;

impl<'p> Policy<'p> {
    pub(super) fn writes(&self, survey: &Survey<'p>, found: &mut IndexSet<Diagnostic>) {
        let mut told = Told::new();
        for (slot, writes) in &survey.slots {
            self.idle_in_slot(*slot, writes, &mut told, found);
        }
        for (place, claims) in &survey.claims {
            let wholes = survey.slots.get(&place.slot).map_or(&[][..], |slot| &slot.wholes);
            self.idle_at(place, claims, wholes, &mut told, found);
            self.nothing_to_take_out(survey, place, claims, found);
        }
        for rule in &self.program.rules {
            found.extend(self.does_nothing(rule));
        }
    }

    /// Writes of whole collections, and of elements that are not known, beside such that say all of it.
    fn idle_in_slot(
        &self,
        slot: SlotIndex,
        writes: &SlotWrites<'p>,
        told: &mut Told,
        found: &mut IndexSet<Diagnostic>,
    ) {
        let place = Place { slot, key: None, shown: None };
        let wholes: Vec<Claim<'p>> = writes.wholes.iter().map(|it| it.claim.clone()).collect();
        self.idle_at(&place, &wholes, &[], told, found);
        self.idle_at(&place, &writes.open, &writes.wholes, told, found);
    }

    /// Looks at what is said of one place, the last first: of two that say the same, the first stays.
    fn idle_at(
        &self,
        place: &Place,
        claims: &[Claim<'p>],
        wholes: &[Whole<'p>],
        told: &mut Told,
        found: &mut IndexSet<Diagnostic>,
    ) {
        if claims.is_empty() || claims.len() + wholes.len() < 2 {
            return;
        }
        self.at.set(claims.first().map_or(Span::NONE, |claim| claim.span));
        let mut all: Vec<&Claim<'p>> = claims.iter().collect();
        sort::by_key(&mut all, |claim| Reverse((claim.layer, claim.effect, claim.serial)));
        let Groups { groups, free } = Groups::of(self, all.iter().copied());
        let everything: &[&Claim<'p>] = if groups.is_empty() { &[] } else { &all };
        let groups = groups.values().map(|group| (group, &free[..])).chain([(&free, everything)]);
        let (mut gone, mut asked, mut visits) = (IndexSet::new(), 0, 0);
        for (claim, group, beside) in
            groups.flat_map(|(group, beside)| group.iter().map(move |it| (*it, group, beside)))
        {
            visits += group.len() + beside.len() + wholes.len();
            if asked >= ASKED || visits >= VISITS {
                return self.give_up();
            }
            let others = group.iter().chain(beside).copied().filter(|it| {
                let same = it.strength == claim.strength && it.says.is_same(&claim.says) && !gone.contains(&it.serial);
                same && it.serial != claim.serial || it.strength > claim.strength
            });
            let wholes = wholes.iter().map(|it| &it.claim).filter(|it| it.strength > claim.strength);
            let beaters = others.chain(wholes).filter(|it| it.sure && it.layer <= claim.layer);
            let mut serials = IndexSet::new();
            let mut beaters: Vec<_> = beaters.filter(|it| serials.insert(it.serial)).take(BEATERS + 1).collect();
            let more = beaters.len() > BEATERS;
            beaters.truncate(BEATERS);
            if beaters.is_empty() || self.tells(claim) {
                continue;
            }
            asked += 1;
            if let Some(beaters) = self.one_always(claim, beaters) {
                gone.insert(claim.serial);
                if told.insert((claim.effect, place.key.clone())) {
                    found.insert(self.changes_nothing(place, claim, &beaters));
                }
            } else if more {
                self.give_up();
            }
        }
    }

    /// Whether the statement of a claim warns or refuses where its value is absent, and so does more than write.
    fn tells(&self, claim: &Claim<'p>) -> bool {
        let effect = self.program.effects.get(claim.effect.index());
        matches!(effect, Some(Effect::Write(write)) if matches!(write.tail, Tail::Warn(_) | Tail::Deny(_)))
    }

    /// As few of some claims as do, so that one of them is made wherever another is; none if even all do not.
    fn one_always<'c>(&self, claim: &Claim<'p>, mut others: Vec<&'c Claim<'p>>) -> Option<Vec<&'c Claim<'p>>> {
        let question = Question { policy: self, switches: true };
        let hold = self.known(claim);
        let without = |others: &[&Claim<'p>]| {
            let fail: Vec<Arc<[Condition]>> = others.iter().map(|it| Arc::clone(&it.conditions)).collect();
            question.never(hold.iter().copied(), &fail)
        };
        if !without(&others) || without(&[]) {
            return None;
        }
        for index in (0..others.len()).rev() {
            let fewer: Vec<_> = others.iter().enumerate().filter(|(it, _)| *it != index).map(|(_, it)| *it).collect();
            if without(&fewer) {
                others = fewer;
            }
        }
        Some(others)
    }

    fn changes_nothing(&self, place: &Place, claim: &Claim<'p>, beaters: &[&Claim<'p>]) -> Diagnostic {
        let same = |it: &Claim<'p>| it.says.is_same(&claim.says);
        let why = if beaters.iter().any(|it| same(it)) { Why::Said } else { Why::Beaten };
        let shown = self.shown(place);
        let (code, nothing) = match why {
            Why::Beaten => (code::SHADOWED_WRITE, "never counts"),
            Why::Said => (code::REDUNDANT_WRITE, "changes nothing"),
        };
        let diagnostic = Diagnostic::new(code, format!("what `{}` says of `{shown}` {nothing}", claim.rule.name))
            .label(claim.span, self.told(claim, "says this"));
        let diagnostic = beaters.iter().fold(diagnostic, |it, beater| {
            let what = if same(beater) { "says the same" } else { "is stronger" };
            it.label(beater.span, self.told(beater, what))
        });
        diagnostic.help(match (why, beaters) {
            (Why::Beaten, [_]) => "take it out, or let the stronger one apply in fewer cases",
            (Why::Beaten, _) => "take it out, or let the stronger ones apply in fewer cases: one of them always does",
            (Why::Said, _) => "take it out, or say it only once",
        })
    }

    /// Claims that an element is not there, where nothing ever says that it is. One that is forced says it for what
    /// later layers may bring.
    fn nothing_to_take_out(
        &self,
        survey: &Survey<'p>,
        place: &Place,
        claims: &[Claim<'p>],
        found: &mut IndexSet<Diagnostic>,
    ) {
        let puts_in = |whole: &Whole<'_>| whole.keys.as_ref().is_none_or(|keys| keys.contains(&place.key));
        if survey.slots.get(&place.slot).is_some_and(|slot| !slot.open.is_empty() || slot.wholes.iter().any(puts_in)) {
            return;
        }
        let idle = |claim: &Claim<'_>| matches!(claim.says, Says::Gone) && claim.strength < Strength::Force;
        if !claims.iter().all(|claim| idle(claim) && !self.is_one_of_several(claim)) {
            return;
        }
        let Some(claim) = claims.first() else { return };
        let path = self.output.slots.get(place.slot).map_or("", |slot| slot.path);
        let message = match place.key {
            Some(_) => format!("`{}` takes out `{}`, which nothing puts in", claim.rule.name, self.shown(place)),
            None => format!("`{}` takes away `{path}`, which nothing writes", claim.rule.name),
        };
        let beside = survey.claims.keys().filter(|other| other.slot == place.slot).take(ASKED);
        let names = beside.filter_map(|other| other.shown.as_deref());
        let near = nearest(place.shown.as_deref().unwrap_or_default(), names);
        found.insert(
            Diagnostic::new(code::REDUNDANT_WRITE, message).label(claim.span, "there is nothing to take out").help(
                match near {
                    Some(near) if place.key.is_some() => format!("did you mean {near}?"),
                    _ => "take it out; what must not come from a later layer either is said with `force`".to_owned(),
                },
            ),
        );
    }

    /// Whether its statement says the same of other slots: a whole record of them is taken away.
    fn is_one_of_several(&self, claim: &Claim<'p>) -> bool {
        let of = |index: usize| self.program.notes.get(index).map(|note| note.span);
        let here = claim.effect.index();
        here.checked_sub(1).and_then(of) == of(here) || of(here + 1) == of(here)
    }

    /// Rules without any statement that writes, warns or refuses.
    fn does_nothing(&self, rule: &Rule) -> Option<Diagnostic> {
        let effects = rule.effects.clone().map(|index| self.program.effects.get(index as usize));
        let mut effects = effects.flatten();
        let idle = |effect: &Effect| match effect {
            Effect::Let { tail, .. } => matches!(tail, Tail::Never | Tail::Skip),
            Effect::If { .. } | Effect::For { .. } => true,
            _ => false,
        };
        effects.all(idle).then(|| {
            Diagnostic::new(code::REDUNDANT_WRITE, format!("`{}` does nothing", rule.name))
                .label(rule.span, "it writes nothing, warns of nothing and refuses nothing")
                .help("take it out, or say what it is to do")
        })
    }
}
