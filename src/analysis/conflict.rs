//! Two writes of one place and one strength that say different things, where both apply to some service, nothing
//! stronger does as well, and no rule refuses every such service.

use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use crate::diagnostics::{Diagnostic, Severity, Witness, code};
use crate::ir::Strength;
use crate::schema::output::SlotIndex;
use crate::source::Span;

use super::Policy;
use super::claim::{Place, Says};
use super::solve::Condition;
use super::state::Model;
use super::survey::{Claim, Groups, Survey, Unshown, Whole};

/// At one place, at most so many pairs of writes are asked about; the others are left to the render.
const PAIRS: usize = 500;
/// So many sides of a refusal are looked at.
const SIDES: usize = 16;
/// And so many are looked at to find those.
const VISITS: usize = 200_000;

const REMEDY: &str = "make one of them `default`, or `force … because \"…\"`, or guard them so that only one applies";

type Pair<'c, 'p> = (&'c Claim<'p>, &'c Claim<'p>);

/// What is found at a place.
enum Found<'c, 'p> {
    Nothing,
    Disagreement(Disagreement<'c, 'p>),
    /// Nobody knows whether these do.
    Doubt(Pair<'c, 'p>),
}

/// Two claims that disagree, and a service for which they do.
struct Disagreement<'c, 'p> {
    first: &'c Claim<'p>,
    other: &'c Claim<'p>,
    model: Model,
    request: Option<String>,
}

impl<'p> Policy<'p> {
    /// Finds them, at most one at a place.
    pub(super) fn conflicts(&self, survey: &Survey<'p>, found: &mut IndexSet<Diagnostic>) {
        let has_wholes = |slot| survey.slots.get(&slot).is_some_and(|writes| !writes.wholes.is_empty());
        for (place, claims) in survey.claims.iter().filter(|(place, _)| !has_wholes(place.slot)) {
            self.conflict_at(survey, place, claims, found);
        }
        for (slot, writes) in survey.slots.iter().filter(|(_, writes)| !writes.wholes.is_empty()) {
            for (place, claims) in self.beside_wholes(survey, *slot, &writes.wholes) {
                self.conflict_at(survey, place, &claims, found);
            }
        }
    }

    fn conflict_at(&self, survey: &Survey<'p>, place: &Place, claims: &[Claim<'p>], found: &mut IndexSet<Diagnostic>) {
        if claims.len() < 2 {
            return;
        }
        self.at.set(claims.first().map_or(Span::NONE, |claim| self.place(claim)));
        match self.disagreement(survey, place, claims) {
            Found::Disagreement(it) => _ = found.insert(self.conflict(place, &it)),
            Found::Doubt((first, other)) => _ = found.insert(self.doubt(place, first, other)),
            Found::Nothing => {}
        }
    }

    /// What is said of each place of a collection of which something says what all of it is, and so of each place
    /// whether there is anything.
    fn beside_wholes<'s>(
        &self,
        survey: &'s Survey<'p>,
        slot: SlotIndex,
        wholes: &'s [Whole<'p>],
    ) -> IndexMap<&'s Place, Vec<Claim<'p>>> {
        let single = survey.claims.iter().filter(|(place, _)| place.slot == slot);
        let mut places: IndexMap<&Place, Vec<Claim<'p>>> =
            single.map(|(place, claims)| (place, claims.clone())).collect();
        for (place, claim) in wholes.iter().flat_map(|whole| &whole.said) {
            places.entry(place).or_default().push(claim.clone());
        }
        let most = VISITS / places.len().max(1);
        self.at.set(wholes.get(most).map_or(Span::NONE, |whole| self.place(&whole.claim)));
        for whole in self.bounded(wholes, most) {
            let Some(keys) = &whole.keys else { continue };
            let keys: IndexSet<&Option<Box<str>>> = keys.iter().collect();
            for (_, claims) in places.iter_mut().filter(|(place, _)| !keys.contains(&place.key)) {
                claims.push(Claim { says: Says::Gone, ..whole.claim.clone() });
            }
        }
        places
    }

    /// Two claims that disagree for some service, which a render of it shows.
    fn disagreement<'c>(&self, survey: &Survey<'p>, place: &Place, claims: &'c [Claim<'p>]) -> Found<'c, 'p> {
        let mut known = claims.iter().filter(|claim| claim.says.is_known());
        if known.next().is_none_or(|first| known.all(|claim| claim.says.is_same(&first.says))) {
            return Found::Nothing;
        }
        let ((pairs, all), mut doubt) = (self.pairs(claims), None);
        let found = pairs.into_iter().find_map(|(first, other)| {
            let covered = survey.over(place, first.strength);
            let hold: Vec<Condition> = first.conditions.iter().chain(other.conditions.iter()).copied().collect();
            let before = self.undecided.borrow().count();
            match self.models(&hold, &covered, &survey.denials) {
                Ok(models) => self.rendered(place, claims, models),
                Err(unshown) => {
                    // What took too long is said of all that does.
                    if unshown == Unshown::Unknown && before == self.undecided.borrow().count() {
                        doubt.get_or_insert((first, other));
                    }
                    None
                }
            }
        });
        if found.is_none() && !all {
            self.give_up();
        }
        match (found, doubt) {
            (Some(found), _) => Found::Disagreement(found),
            (None, Some(pair)) => Found::Doubt(pair),
            (None, None) => Found::Nothing,
        }
    }

    /// Which of the claims at a place disagree where one of these is rendered; best if nothing else is wrong there.
    fn rendered<'c>(
        &self,
        place: &Place,
        claims: &'c [Claim<'p>],
        (model, allowed): (Model, Option<Model>),
    ) -> Option<Disagreement<'c, 'p>> {
        let slot = self.output.slots.get(place.slot).map_or("", |slot| slot.path);
        let path = match place.shown.as_deref() {
            None | Some("") => format!("`{slot}"),
            Some(key) => format!("`{slot}[{key}]`"),
        };
        let mut best: Option<(bool, Pair<'c, 'p>, Option<String>)> = None;
        for model in [Some(&model), allowed.as_ref()].into_iter().flatten() {
            let (mut rivals, mut alone) = (None, false);
            let request = self.witness(model, |told| {
                rivals = told.iter().find_map(|it| self.rivals(it, &path, claims));
                alone = told.iter().all(|it| it.code == code::RENDER_CONFLICT || it.severity < Severity::Error);
                rivals.is_some()
            });
            if let (Some(request), Some(rivals)) = (request, rivals)
                && best.as_ref().is_none_or(|(before, ..)| alone && !before)
            {
                best = Some((alone, rivals, request));
            }
            if alone && best.is_some() {
                break;
            }
        }
        let (_, (first, other), request) = best?;
        Some(Disagreement { first, other, model, request })
    }

    /// The claims at a place that a refusal says to disagree, in written order.
    fn rivals<'c>(&self, told: &Diagnostic, path: &str, claims: &'c [Claim<'p>]) -> Option<Pair<'c, 'p>> {
        let labelled =
            |claim: &&Claim<'_>| claim.says.is_known() && told.labels.iter().any(|it| it.span == self.place(claim));
        let about = told.code == code::RENDER_CONFLICT && told.message.contains(path);
        let sides: Vec<&Claim<'p>> = claims.iter().filter(labelled).take(if about { SIDES } else { 0 }).collect();
        let differing = |(index, first): (usize, &&'c Claim<'p>)| {
            let other = sides.iter().skip(index + 1).find(|other| other.says.differs(&first.says))?;
            Some((*first, *other))
        };
        let (first, other) = sides.iter().enumerate().find_map(differing)?;
        Some(if first.effect <= other.effect { (first, other) } else { (other, first) })
    }

    /// Pairs of claims that differ, without those that want different constants of one fact; and whether these are all.
    fn pairs<'c>(&self, claims: &'c [Claim<'p>]) -> (Vec<Pair<'c, 'p>>, bool) {
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
                    return (pairs, false);
                }
            }
        }
        (pairs, true)
    }

    fn conflict(&self, place: &Place, found: &Disagreement<'_, '_>) -> Diagnostic {
        let (first, other, service) = (found.first, found.other, &found.model.words);
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
        let help = match service.is_empty() {
            true => REMEDY.to_owned(),
            false => format!("both apply where {}; {REMEDY}", service.join(" and ")),
        };
        let rules = if same { vec![names.0.clone()] } else { vec![names.0.clone(), names.1.clone()] };
        let witness = found.request.clone().map(|request| Box::new(Witness { rules, request }));
        let diagnostic = Diagnostic::new(code::CONFLICT, message)
            .label(other.span, self.side(other))
            .label(first.span, self.side(first))
            .help(help);
        Diagnostic { witness, ..diagnostic }
    }

    /// What a claim says, and when.
    fn side(&self, claim: &Claim<'_>) -> String {
        let what = match &claim.says {
            Says::Is { shown: Some(value), .. } => format!("says {value}"),
            Says::Is { .. } | Says::Same(_) | Says::Something => "says this".to_owned(),
            Says::In => "puts it in".to_owned(),
            Says::Gone => "takes it out".to_owned(),
        };
        self.told(claim, &what)
    }

    /// That two claims may disagree.
    fn doubt(&self, place: &Place, first: &Claim<'_>, other: &Claim<'_>) -> Diagnostic {
        let shown = self.shown(place);
        let message = match first.number == other.number {
            true => format!("`{}` may say two different things of `{shown}`", first.rule.name),
            false => format!("`{}` and `{}` may disagree on `{shown}`", first.rule.name, other.rule.name),
        };
        Diagnostic::new(code::MAY_DISAGREE, message)
            .label(other.span, self.side(other))
            .label(first.span, self.side(first))
            .help(format!("whether both apply to some service is not known, and checked at render; {REMEDY}"))
    }

    /// The statement that makes a claim.
    fn place(&self, claim: &Claim<'_>) -> Span {
        self.program.notes.get(claim.effect.index()).map_or(Span::NONE, |note| note.span)
    }
}

impl Survey<'_> {
    /// When something takes the place of what a claim says of a place: something stronger, or another write that says
    /// all of its collection.
    pub(super) fn stronger(&self, place: &Place, claim: &Claim<'_>) -> Vec<Arc<[Condition]>> {
        let same = |it: &&Claim<'_>| it.strength == claim.strength && it.effect != claim.effect;
        let wholes = self.wholes(place).filter(same).map(|it| Arc::clone(&it.conditions));
        self.over(place, claim.strength).into_iter().chain(wholes).collect()
    }

    /// When something stronger is said of a place.
    fn over(&self, place: &Place, strength: Strength) -> Vec<Arc<[Condition]>> {
        let beside = self.claims.get(place).into_iter().flatten();
        let open = self.slots.get(&place.slot).into_iter().flat_map(|slot| &slot.open);
        let all = beside.chain(open).chain(self.wholes(place)).filter(|it| it.strength > strength);
        all.map(|it| Arc::clone(&it.conditions)).collect()
    }

    fn wholes(&self, place: &Place) -> impl Iterator<Item = &Claim<'_>> {
        self.slots.get(&place.slot).into_iter().flat_map(|slot| &slot.wholes).map(|it| &it.claim)
    }
}
