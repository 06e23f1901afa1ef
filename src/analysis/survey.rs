//! All that a policy's rules do, by the place that it is done to.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::diagnostics::{Diagnostic, Severity, Witness, code};
use crate::ir::{self, Effect, EffectId, Expr, ExprId, Rule, Strength, Write, WriteKind};
use crate::schema::output::roles::{NODES, VEILS};
use crate::schema::output::{Found, SlotIndex};
use crate::source::Span;

use super::claim::{Part, Place, Said, Says, Template, Written};
use super::solve::{Answer, Condition, Question};
use super::state::Model;
use super::{Policy, sites};

/// What a rule says of a place.
#[derive(Clone)]
pub(super) struct Claim<'p> {
    pub(super) rule: &'p Rule,
    pub(super) number: usize,
    pub(super) effect: EffectId,
    pub(super) strength: Strength,
    /// Without these it does not.
    pub(super) conditions: Arc<[Condition]>,
    /// Whether it does wherever these hold.
    pub(super) certain: bool,
    /// Whether that is known wherever it is asked: none of them has locals.
    pub(super) sure: bool,
    /// How many of them are those of the rule's head.
    pub(super) head: usize,
    /// The layer of the rule.
    pub(super) layer: usize,
    /// What tells claims apart.
    pub(super) serial: usize,
    pub(super) says: Says,
    pub(super) span: Span,
}

/// What is written to one slot, beside what is known of its places.
#[derive(Default)]
pub(super) struct SlotWrites<'p> {
    /// Writes that say what all of it is.
    pub(super) wholes: Vec<Whole<'p>>,
    /// Other writes of elements that are not known.
    pub(super) open: Vec<Claim<'p>>,
    /// All elements that are put in, of the paths that [`roles`] tells of.
    pub(super) parts: Vec<Element<'p>>,
    /// Writes that may put in more than these.
    pub(super) opaque: Vec<Claim<'p>>,
    /// Whether anything may be taken out or replaced.
    pub(super) loses: bool,
}

/// An element that is put in.
#[derive(Clone)]
pub(super) struct Element<'p> {
    pub(super) claim: Claim<'p>,
    pub(super) part: Part<'p>,
    /// Where, if that is known.
    pub(super) place: Option<Place>,
}

/// What says what all of a collection is.
#[derive(Clone)]
pub(super) struct Whole<'p> {
    pub(super) claim: Claim<'p>,
    /// The keys of its elements, if all of them are known.
    pub(super) keys: Option<Vec<Option<Box<str>>>>,
    /// The places of those that are there for certain.
    pub(super) places: Vec<Place>,
    /// What it says of each place that is known; of all others it says that there is nothing.
    pub(super) said: Vec<(Place, Claim<'p>)>,
}

/// All that a policy's rules do.
#[derive(Default)]
pub(super) struct Survey<'p> {
    pub(super) claims: IndexMap<Place, Vec<Claim<'p>>>,
    pub(super) slots: IndexMap<SlotIndex, SlotWrites<'p>>,
    /// When services are refused.
    pub(super) denials: Vec<Arc<[Condition]>>,
    /// How many claims there are.
    count: usize,
}

impl<'p> Policy<'p> {
    pub(super) fn survey(&self) -> Survey<'p> {
        let mut survey = Survey::default();
        for (number, rule) in self.program.rules.iter().enumerate() {
            for site in sites::of(self.program, rule) {
                match self.program.effects.get(site.effect.index()) {
                    Some(Effect::Write(write)) => self.survey_write(&mut survey, (number, rule), &site, write),
                    Some(Effect::Deny(_)) if site.certain => survey.denials.push(Self::conditions(rule, &site).0),
                    _ => {}
                }
            }
        }
        survey
    }

    /// What must hold for a statement to run; the first so many are those of the rule's head.
    fn conditions(rule: &Rule, site: &sites::Site) -> (Arc<[Condition]>, usize) {
        let links = site.path.iter().map(|link| (link.condition, link.holds));
        let loops = site.loops.iter().map(|list| (*list, true));
        (Self::head(rule).chain(links).chain(loops).collect(), Self::head(rule).count())
    }

    fn survey_write(&self, survey: &mut Survey<'p>, of: (usize, &'p Rule), site: &sites::Site, write: &'p Write) {
        let (conditions, head) = Self::conditions(of.1, site);
        let span = self.program.notes.get(site.effect.index()).map_or(Span::NONE, |note| note.span);
        let certain = site.certain;
        let sure = self.is_sure(certain, &conditions);
        let claim = Claim {
            rule: of.1,
            number: of.0,
            effect: site.effect,
            strength: write.strength,
            conditions: Arc::clone(&conditions),
            certain,
            sure,
            head,
            layer: self.layer(of.1.span),
            serial: 0,
            says: Says::Something,
            span,
        };
        let Written { parts, said, open, opaque, whole } = self.said_by(write, span);
        if self.has_role(write.slot) {
            let slot = survey.slots.entry(write.slot).or_default();
            slot.loses |= !matches!(write.kind, WriteKind::Add | WriteKind::AddAt(_));
            if opaque {
                slot.opaque.push(claim.clone());
            }
            for Template { part, condition, place, certain: there } in parts {
                let conditions: Arc<[Condition]> =
                    conditions.iter().copied().chain(condition.map(|condition| (condition, true))).collect();
                let span = self.part_span(part, span);
                let certain = certain && there;
                let claim =
                    Claim { sure: self.is_sure(certain, &conditions), certain, conditions, span, ..claim.clone() };
                slot.parts.push(Element { claim, part, place });
            }
        }
        let mut of = |said: Said| {
            let Said { place, says, condition, certain, span } = said;
            let conditions = match condition {
                Some(condition) => conditions.iter().copied().chain([(condition, true)]).collect(),
                None => Arc::clone(&conditions),
            };
            let certain = site.certain && certain;
            let (sure, serial) = (self.is_sure(certain, &conditions), survey.next());
            (place, Claim { conditions, certain, sure, serial, span, says, ..claim.clone() })
        };
        if let Some(says) = whole {
            let keys = (!open).then(|| said.iter().map(|it| it.place.key.clone()).collect());
            let places = said.iter().filter(|it| it.condition.is_none()).map(|it| it.place.clone()).collect();
            let said = said.into_iter().map(&mut of).collect();
            let claim = Claim { says, serial: survey.next(), ..claim };
            survey.slots.entry(write.slot).or_default().wholes.push(Whole { claim, keys, places, said });
            return;
        }
        let said: Vec<_> = said.into_iter().map(of).collect();
        for (place, claim) in said {
            survey.claims.entry(place).or_default().push(claim);
        }
        if open {
            let claim = Claim { serial: survey.next(), ..claim };
            survey.slots.entry(write.slot).or_default().open.push(claim);
        }
    }

    fn has_role(&self, slot: SlotIndex) -> bool {
        let path = self.output.slots.get(slot).map_or("", |slot| slot.path);
        path == NODES.nodes || path == NODES.rules || VEILS.iter().any(|veil| veil.mounts == path)
    }

    fn part_span(&self, part: Part<'_>, whole: Span) -> Span {
        let span = match part {
            Part::Constant(datum) => datum.span,
            Part::Expr(id) => self.program.span(id),
        };
        let inside = span.source == whole.source && span.start >= whole.start && span.end <= whole.end;
        if inside { span } else { whole }
    }

    fn is_sure(&self, certain: bool, conditions: &[Condition]) -> bool {
        certain && !conditions.iter().any(|(condition, _)| self.has_locals(*condition))
    }

    /// What holds wherever a claim is made and is the same wherever it is asked.
    pub(super) fn known(&self, claim: &Claim<'_>) -> Vec<Condition> {
        claim.conditions.iter().copied().filter(|(condition, _)| !self.has_locals(*condition)).collect()
    }

    /// A service for which all of these hold and of each of those one fails; and one that no rule refuses, if that can
    /// be told.
    pub(super) fn models(
        &self,
        hold: &[Condition],
        fail: &[Arc<[Condition]>],
        denials: &[Arc<[Condition]>],
    ) -> Result<Models, Unshown> {
        let question = Question { policy: self, switches: false };
        let model = match question.ask(hold.iter().copied(), fail) {
            Answer::Satisfiable(model) => model,
            Answer::Unsatisfiable => return Err(Unshown::Never),
            Answer::Unknown => return Err(Unshown::Unknown),
        };
        let without = |denials: &[Arc<[Condition]>]| {
            let fail: Vec<_> = fail.iter().chain(denials).cloned().collect();
            question.ask(hold.iter().copied(), &fail)
        };
        let refused = |denial: &Arc<[Condition]>| without(std::slice::from_ref(denial)).is_never();
        // Where this cannot be told, the other model does.
        match self.quietly(|| without(denials)) {
            Answer::Satisfiable(allowed) => Ok((model, Some(allowed))),
            Answer::Unknown if !denials.iter().any(refused) => Ok((model, None)),
            _ => Err(Unshown::Never),
        }
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
            Expr::Equal(fact, constant) | Expr::Equal(constant, fact) if is(constant) && !self.has_locals(*fact) => {
                Some((self.canonical(*fact), self.canonical(*constant)))
            }
            _ => None,
        };
        parts.filter_map(equality).collect()
    }

    /// How a label tells a claim and its conditions.
    pub(super) fn told(&self, claim: &Claim<'_>, what: &str) -> String {
        let text =
            |word: &str, condition: Option<ir::Condition>| Some(format!("{word} `{}`", self.snippet(condition?.span)?));
        let rule = claim.rule;
        let (when, unless) = (text("when", rule.when), text("unless", rule.unless));
        let around = claim.conditions.iter().skip(claim.head).map(|(condition, holds)| {
            let word = if *holds { "if" } else { "if not" };
            Some(format!("{word} `{}`", self.snippet(self.program.span(*condition))?))
        });
        let conditions: Vec<String> = [when, unless].into_iter().chain(around).flatten().collect();
        let conditions = if conditions.is_empty() { "always".to_owned() } else { conditions.join(" ") };
        format!("`{}` {what}, {conditions}", rule.name)
    }

    /// The slot of a path.
    pub(super) fn slot(&self, path: &str) -> Option<SlotIndex> {
        let segments: Vec<&str> = path.split('.').collect();
        match self.output.find(&segments)? {
            Found::Slot(slot) => Some(slot),
            Found::Record(_) => None,
        }
    }

    /// A finding of something that can be, with the service that shows it.
    pub(super) fn can_be(
        &self,
        diagnostic: Diagnostic,
        remedy: &str,
        claims: &[&Claim<'_>],
        (model, allowed): &Models,
    ) -> Diagnostic {
        // What a spec needs beside may be left to other layers.
        let sound = |told: &[Diagnostic]| {
            told.iter().all(|it| it.severity < Severity::Error || it.code == code::REQUIRED_MISSING)
        };
        let request = self.witness(allowed.as_ref().unwrap_or(model), sound).flatten();
        let mut rules: Vec<Box<str>> = claims.iter().map(|claim| claim.rule.name.clone()).collect();
        rules.dedup();
        let diagnostic = diagnostic.help(match model.words.is_empty() {
            true => remedy.to_owned(),
            false => format!("so it is where {}; {remedy}", model.words.join(" and ")),
        });
        Diagnostic { witness: request.map(|request| Box::new(Witness { rules, request })), ..diagnostic }
    }

    /// A place as messages show it.
    pub(super) fn shown(&self, place: &Place) -> String {
        let path = self.output.slots.get(place.slot).map_or("", |slot| slot.path);
        place.shown.as_ref().map_or_else(|| path.to_owned(), |key| format!("{path}[{key}]"))
    }
}

impl Survey<'_> {
    fn next(&mut self) -> usize {
        self.count += 1;
        self.count
    }
}

/// Why there is no service to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unshown {
    /// There is none, or every one is refused.
    Never,
    /// None is known.
    Unknown,
}

/// A service like this, and one like that which no rule refuses, if that can be told.
pub(super) type Models = (Model, Option<Model>);

/// Claims by the constant that they want of the fact that most of them ask for: those of different groups exclude each
/// other.
pub(super) struct Groups<'c, 'p> {
    pub(super) groups: IndexMap<ExprId, Vec<&'c Claim<'p>>>,
    /// Those that do not ask for it.
    pub(super) free: Vec<&'c Claim<'p>>,
}

impl<'c, 'p> Groups<'c, 'p> {
    pub(super) fn of(policy: &Policy<'p>, claims: impl Iterator<Item = &'c Claim<'p>>) -> Self {
        let claims: Vec<(&Claim<'p>, Vec<_>)> = claims.map(|claim| (claim, policy.equalities(claim))).collect();
        let mut count: IndexMap<ExprId, usize> = IndexMap::new();
        claims.iter().flat_map(|(_, wanted)| wanted).for_each(|(fact, _)| *count.entry(*fact).or_default() += 1);
        let pivot = count.iter().max_by_key(|(_, count)| **count).map(|(fact, _)| *fact);
        let mut it = Self { groups: IndexMap::new(), free: Vec::new() };
        for (claim, wanted) in claims {
            match wanted.iter().find(|(fact, _)| Some(*fact) == pivot) {
                Some((_, constant)) => it.groups.entry(*constant).or_default().push(claim),
                None => it.free.push(claim),
            }
        }
        it
    }
}
