//! Two writes of one place and one strength that say different things, where both apply to some service, nothing
//! stronger does as well, and no rule refuses every such service.

mod claim;

use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use crate::diagnostics::{Diagnostic, Severity, Witness, code};
use crate::ir::{self, Effect, EffectId, Expr, ExprId, Rule, Strength, WriteKind};
use crate::schema::output::{Content, SlotIndex};
use crate::source::Span;

use super::solve::{Answer, Condition, Question};
use super::state::Model;
use super::{Policy, sites};

use claim::{Place, Says};

/// At one place, at most so many pairs of writes are asked about; the others are left to the render.
const PAIRS: usize = 500;
/// And so many are looked at to find those.
const VISITS: usize = 200_000;

const REMEDY: &str = "make one of them `default`, or `force … because \"…\"`, or guard them so that only one applies";

/// What a rule says of a place.
struct Claim<'p> {
    rule: &'p Rule,
    number: usize,
    effect: EffectId,
    strength: Strength,
    /// It does wherever these hold.
    conditions: Arc<[Condition]>,
    says: Says,
}

type Pair<'c, 'p> = (&'c Claim<'p>, &'c Claim<'p>);

/// Two claims that disagree, and a service for which they do.
struct Disagreement<'c, 'p> {
    first: &'c Claim<'p>,
    other: &'c Claim<'p>,
    model: Model,
    request: Option<String>,
}

/// A write that may take the place of others.
struct Cover {
    strength: Strength,
    effect: EffectId,
    /// Whether it covers writes of its own strength as well.
    whole: bool,
    conditions: Arc<[Condition]>,
}

/// All that a policy's rules do.
#[derive(Default)]
struct Survey<'p> {
    claims: IndexMap<Place, Vec<Claim<'p>>>,
    covers: IndexMap<SlotIndex, Vec<Cover>>,
    /// When services are refused.
    denials: Vec<Arc<[Condition]>>,
}

impl Policy<'_> {
    /// Finds them, at most one at a place.
    pub(super) fn conflicts(&self, found: &mut IndexSet<Diagnostic>) {
        let survey = self.survey();
        for (place, claims) in survey.claims.iter().filter(|(_, claims)| claims.len() > 1) {
            if let Some(found_here) = self.disagreement(&survey, place, claims) {
                found.insert(self.conflict(place, &found_here));
            }
        }
    }

    fn survey(&self) -> Survey<'_> {
        let mut survey = Survey::default();
        for (number, rule) in self.program.rules.iter().enumerate() {
            for site in sites::of(self.program, rule) {
                let links = site.path.iter().map(|link| (link.condition, link.holds));
                let conditions = || -> Arc<[Condition]> { Self::head(rule).chain(links.clone()).collect() };
                match self.program.effects.get(site.effect.index()) {
                    Some(Effect::Write(write)) => {
                        let conditions = conditions();
                        let (strength, effect) = (write.strength, site.effect);
                        for (place, says) in claim::of(self.program, self.output, write) {
                            if site.certain {
                                let conditions = Arc::clone(&conditions);
                                let claim = Claim { rule, number, effect, strength, conditions, says };
                                survey.claims.entry(place).or_default().push(claim);
                            }
                        }
                        let collection =
                            !matches!(self.output.slots.get(write.slot).map(|s| &s.content), Some(Content::Value(_)));
                        let whole = collection && matches!(write.kind, WriteKind::Whole | WriteKind::Unset);
                        if whole || strength > Strength::Default {
                            let cover = Cover { strength, effect, whole, conditions };
                            survey.covers.entry(write.slot).or_default().push(cover);
                        }
                    }
                    Some(Effect::Deny(_)) if site.certain => survey.denials.push(conditions()),
                    _ => {}
                }
            }
        }
        survey
    }

    /// Two claims that disagree for some service, which a render of it shows.
    fn disagreement<'c, 'p>(
        &self,
        survey: &Survey<'_>,
        place: &Place,
        claims: &'c [Claim<'p>],
    ) -> Option<Disagreement<'c, 'p>> {
        let first = claims.first()?;
        if claims.iter().all(|claim| claim.strength == first.strength && claim.says == first.says) {
            return None;
        }
        let covers = survey.covers.get(&place.slot).map_or(&[][..], |covers| covers);
        self.pairs(claims).into_iter().find_map(|(first, other)| {
            let stronger = covers.iter().filter(|cover| {
                let covered = cover.strength > first.strength || (cover.whole && cover.strength == first.strength);
                covered && cover.effect != first.effect && cover.effect != other.effect
            });
            let covered: Vec<Arc<[Condition]>> = stronger.map(|cover| Arc::clone(&cover.conditions)).collect();
            let models = self.both(first, other, &covered, &survey.denials)?;
            self.shown(place, claims, models)
        })
    }

    /// A service to which both apply, and nothing of what is given; and one that no rule refuses otherwise, if that can
    /// be told.
    fn both(
        &self,
        first: &Claim<'_>,
        other: &Claim<'_>,
        covered: &[Arc<[Condition]>],
        denials: &[Arc<[Condition]>],
    ) -> Option<(Model, Option<Model>)> {
        let question = Question { policy: self, switches: false };
        let conditions = || first.conditions.iter().chain(other.conditions.iter()).copied();
        let Answer::Satisfiable(model) = question.ask(conditions(), covered) else { return None };
        let without = |denials: &[Arc<[Condition]>]| {
            let fail: Vec<_> = covered.iter().chain(denials).cloned().collect();
            question.ask(conditions(), &fail)
        };
        let refused = |denial: &Arc<[Condition]>| without(std::slice::from_ref(denial)).is_never();
        match without(denials) {
            Answer::Satisfiable(allowed) => Some((model, Some(allowed))),
            Answer::Unknown if !denials.iter().any(refused) => Some((model, None)),
            _ => None,
        }
    }

    /// Which of the claims at a place disagree where one of these is rendered; best if nothing else is wrong there.
    fn shown<'c, 'p>(
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
    fn rivals<'c, 'p>(&self, told: &Diagnostic, path: &str, claims: &'c [Claim<'p>]) -> Option<Pair<'c, 'p>> {
        let labelled = |claim: &&Claim<'_>| told.labels.iter().any(|it| it.span == self.place(claim));
        let about = told.code == code::RENDER_CONFLICT && told.message.contains(path);
        let mut sides = claims.iter().filter(labelled).take(if about { 2 } else { 0 });
        let (first, other) = (sides.next()?, sides.next()?);
        Some(if first.effect <= other.effect { (first, other) } else { (other, first) })
    }

    /// Pairs of claims, without those that want different constants of the fact that most of them ask for.
    fn pairs<'c, 'p>(&self, claims: &'c [Claim<'p>]) -> Vec<Pair<'c, 'p>> {
        let wanted: Vec<Vec<(ExprId, ExprId)>> = claims.iter().map(|claim| self.equalities(claim)).collect();
        let mut count: IndexMap<ExprId, usize> = IndexMap::new();
        wanted.iter().flatten().for_each(|(fact, _)| *count.entry(*fact).or_default() += 1);
        let pivot = count.iter().max_by_key(|(_, count)| **count).map(|(fact, _)| *fact);
        let (mut groups, mut free) = (IndexMap::<ExprId, Vec<&Claim<'p>>>::new(), Vec::new());
        for (claim, wanted) in claims.iter().zip(&wanted) {
            match wanted.iter().find(|(fact, _)| Some(*fact) == pivot) {
                Some((_, constant)) => groups.entry(*constant).or_default().push(claim),
                None => free.push(claim),
            }
        }
        let (mut pairs, mut visits) = (Vec::new(), 0);
        let empty = Vec::new();
        for (group, beside) in groups.values().map(|group| (group, &free)).chain([(&free, &empty)]) {
            for (index, claim) in group.iter().enumerate() {
                let others = group.iter().skip(index + 1).chain(beside);
                let differing = others.filter(|other| other.strength == claim.strength && other.says != claim.says);
                pairs.extend(differing.map(|other| (*claim, *other)).take(PAIRS - pairs.len()));
                visits += group.len() - index + beside.len();
                if pairs.len() >= PAIRS || visits >= VISITS {
                    return pairs;
                }
            }
        }
        pairs
    }

    /// The conditions of a claim that are `fact == constant`.
    fn equalities(&self, claim: &Claim<'_>) -> Vec<(ExprId, ExprId)> {
        let exprs = &self.program.exprs;
        let holding = claim.conditions.iter().filter(|(_, holds)| *holds);
        let parts = holding.flat_map(|(id, _)| match exprs.get(id.index()) {
            Some(Expr::And(parts)) => parts.to_vec(),
            _ => vec![*id],
        });
        let is = |id: &ExprId| matches!(exprs.get(id.index()), Some(Expr::Const(_)));
        let equality = |id: ExprId| match exprs.get(id.index())? {
            Expr::Equal(fact, constant) | Expr::Equal(constant, fact) if is(constant) => {
                Some((self.canonical(*fact), self.canonical(*constant)))
            }
            _ => None,
        };
        parts.filter_map(equality).collect()
    }

    fn conflict(&self, place: &Place, found: &Disagreement<'_, '_>) -> Diagnostic {
        let (first, other, service) = (found.first, found.other, &found.model.words);
        let path = self.output.slots.get(place.slot).map_or("", |slot| slot.path);
        let shown = place.shown.as_ref().map_or_else(|| path.to_owned(), |key| format!("{path}[{key}]"));
        let names = (&first.rule.name, &other.rule.name);
        let same = first.number == other.number;
        let message = match (same, &first.says, &other.says) {
            (true, ..) => format!("`{}` says two different things of `{shown}`", names.0),
            (false, Says::Is { .. }, Says::Is { .. }) => {
                format!("`{}` and `{}` set `{shown}` differently", names.0, names.1)
            }
            _ => format!("`{}` and `{}` disagree on whether there is `{shown}`", names.0, names.1),
        };
        let diagnostic = Diagnostic::new(code::CONFLICT, message)
            .label(self.place(other), self.label(other))
            .label(self.place(first), self.label(first))
            .help(if service.is_empty() {
                REMEDY.to_owned()
            } else {
                format!("both apply where {}; {REMEDY}", service.join(" and "))
            });
        let rules = if same { vec![names.0.clone()] } else { vec![names.0.clone(), names.1.clone()] };
        let witness = found.request.clone().map(|request| Box::new(Witness { rules, request }));
        Diagnostic { witness, ..diagnostic }
    }

    fn place(&self, claim: &Claim<'_>) -> Span {
        self.program.notes.get(claim.effect.index()).map_or(Span::NONE, |note| note.span)
    }

    fn label(&self, claim: &Claim<'_>) -> String {
        let what = match &claim.says {
            Says::Is { shown: Some(value), .. } => format!("says {value}"),
            Says::Is { shown: None, .. } => "says this".to_owned(),
            Says::In => "puts it in".to_owned(),
            Says::Gone => "takes it out".to_owned(),
        };
        let text =
            |word: &str, condition: Option<ir::Condition>| Some(format!("{word} `{}`", self.snippet(condition?.span)?));
        let rule = claim.rule;
        let (when, unless) = (text("when", rule.when), text("unless", rule.unless));
        let around = claim.conditions.iter().skip(Self::head(rule).count()).map(|(condition, holds)| {
            let word = if *holds { "if" } else { "if not" };
            Some(format!("{word} `{}`", self.snippet(self.program.span(*condition))?))
        });
        let conditions: Vec<String> = [when, unless].into_iter().chain(around).flatten().collect();
        let conditions = if conditions.is_empty() { "always".to_owned() } else { conditions.join(" ") };
        format!("`{}` {what}, {conditions}", rule.name)
    }
}
