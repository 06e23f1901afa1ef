//! One service under both policies: what differs, and which item of the rules is behind it.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::ChangeKind;
use super::causes::{Causes, Leaves};
use super::constants::Constants;
use super::finding::{Finding, Told};
use crate::diagnostics::{Report, Severity, code};
use crate::digest;
use crate::eval::Arena;
use crate::explanation::{self, Line};
use crate::facts::Facts;
use crate::ir::Effect;
use crate::output::diff::{self, Difference};
use crate::output::json::Style;
use crate::policy::{Policy, Rendered};
use crate::provenance::{HIDDEN, Leaf};
use crate::schema::output::{Content, Layout, SlotIndex, output};

/// Differences of services that were decided alike of which the cause is kept.
const MOST_KNOWN: usize = 1 << 16;

/// What comes of a service.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    Same,
    Changed(Vec<Arc<Finding>>),
    /// One side refuses it, or both.
    Refused(Refusal),
    /// Neither side has facts of it.
    Unread(Vec<String>),
}

/// What refuses a service on each side; nothing where it is rendered.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) before: Vec<String>,
    pub(super) after: Vec<String>,
    pub(super) place: Option<Line>,
}

/// A difference of all services that went these ways, one of each policy.
type Way = (usize, usize, Difference);

/// What is known of it.
#[derive(Clone, Debug)]
struct Known {
    told: Told,
    /// The change itself, where it is the same for all of them.
    finding: Option<Arc<Finding>>,
}

pub(super) struct Comparer<'p> {
    pub(super) causes: Causes<'p>,
    constants: Constants,
    /// Whether rules write what is not part of the JSON.
    beside: bool,
    known: RwLock<BTreeMap<Way, Known>>,
}

/// A service as both sides have it.
struct Both<'a> {
    facts: [&'a Facts; 2],
    arena: &'a Arena,
    rendered: [&'a Rendered<'a>; 2],
}

impl<'p> Comparer<'p> {
    pub(super) fn new(causes: Causes<'p>) -> Self {
        let programs = [causes.old.policy.program(), causes.new.policy.program()];
        let is_beside = |slot: SlotIndex| output().slot(slot).is_some_and(|slot| slot.layout() == Some(Layout::Beside));
        let mut effects = programs.iter().flat_map(|program| &program.effects);
        let beside = effects.any(|effect| matches!(effect, Effect::Write(write) if is_beside(write.slot)));
        Self { constants: Constants::of(programs), causes, beside, known: RwLock::default() }
    }

    /// Renders a service by both policies and compares what comes out. `output` is the digest of what the old one made of
    /// it once.
    pub(super) fn service(&self, facts: [&Facts; 2], output: Option<&str>, arena: &Arena) -> Outcome {
        let [old, new] = [self.causes.old.policy, self.causes.new.policy];
        let [was, is] = facts;
        let written = |policy: &'p Policy, facts| {
            let rendered = policy.render(facts, arena)?;
            let json = rendered.json(Style::Compact)?;
            Ok((rendered, json))
        };
        let sides: [Result<(Rendered<'_>, Vec<u8>), Report>; 2] = [written(old, was), written(new, is)];
        if let ([Ok((_, json)), _], Some(output)) = (&sides, output)
            && digest::sha256(json) != output
        {
            let message = "what the recorded rules make of the recorded request is not what was recorded";
            return Outcome::Unread(vec![format!("{}: {message}", code::BAD_RECORD)]);
        }
        match &sides {
            [Ok((before, old_json)), Ok((after, new_json))] => {
                if old_json == new_json && (!self.beside || before.files().eq(after.files())) {
                    return Outcome::Same;
                }
                self.rendered(&Both { facts, arena, rendered: [before, after] })
            }
            [before, after] => {
                let reports = [before.as_ref().err(), after.as_ref().err()];
                let place = |(report, policy): (Option<&Report>, &Policy)| place(report?, policy);
                let [before, after] = reports;
                let place = [(after, new), (before, old)].into_iter().find_map(place);
                let reasons =
                    |report: Option<&Report>| report.map(|report| report.told(Severity::Error)).unwrap_or_default();
                Outcome::Refused(Refusal { before: reasons(before), after: reasons(after), place })
            }
        }
    }

    fn rendered(&self, both: &Both<'_>) -> Outcome {
        let [before, after] = both.rendered.map(Rendered::draft);
        let differences = diff::compare(before, after, output());
        if differences.is_empty() {
            return Outcome::Same;
        }
        Outcome::Changed(self.findings(both, &differences))
    }

    /// The change that each difference is: as it is for services that were decided alike, or found out.
    fn findings(&self, both: &Both<'_>, differences: &[Difference]) -> Vec<Arc<Finding>> {
        let [was, is] = both.rendered.map(Rendered::way);
        let ways = was.zip(is);
        let drafts = both.rendered.map(Rendered::draft);
        let made = |difference: &Difference, told: Told| {
            let slot = output().slot(difference.slot)?;
            Some(Arc::new(Finding::new(difference, told, slot, drafts, &self.constants)))
        };
        if let Some((was, is)) = ways {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            let all: Option<Vec<&Known>> =
                differences.iter().map(|difference| known.get(&(was, is, *difference))).collect();
            if let Some(all) = all {
                let found = |(difference, known): (&Difference, &Known)| match &known.finding {
                    Some(finding) => Some(Arc::clone(finding)),
                    None => made(difference, known.told),
                };
                return differences.iter().zip(all).filter_map(found).collect();
            }
        }
        let told = self.traced(both, differences);
        let findings = differences.iter().zip(&told).map(|(difference, told)| made(difference, *told));
        let findings: Vec<Option<Arc<Finding>>> = findings.collect();
        if let Some((was, is)) = ways {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            for ((difference, told), finding) in differences.iter().zip(told).zip(&findings) {
                // The order of a list is more than where it is.
                if difference.kind != ChangeKind::Moved && known.len() < MOST_KNOWN {
                    let finding = finding.clone().filter(|_| is_constant(both, difference));
                    known.insert((was, is, *difference), Known { told, finding });
                }
            }
        }
        findings.into_iter().flatten().collect()
    }

    fn traced(&self, both: &Both<'_>, differences: &[Difference]) -> Vec<Told> {
        let [was, is] = both.facts;
        let traced = [self.causes.old.policy.trace(was, both.arena), self.causes.new.policy.trace(is, both.arena)];
        let [Ok(before), Ok(after)] = &traced else { return vec![HIDES; differences.len()] };
        let [Some(old), Some(new)] = [before, after].map(Rendered::provenance) else {
            return vec![HIDES; differences.len()];
        };
        let (old, new) = (Leaves::new(old), Leaves::new(new));
        differences.iter().map(|difference| self.look(difference, &old, &new)).collect()
    }

    fn look(&self, difference: &Difference, old: &Leaves<'_>, new: &Leaves<'_>) -> Told {
        let Difference { slot, kind, old: at, new: to } = *difference;
        let cause = self.causes.of(difference, old, new);
        if kind == ChangeKind::Moved {
            let any = |leaves: &Leaves<'_>| leaves.present(slot).any(Leaf::is_secret);
            return Told { cause, hidden: [false, any(old), any(new)] };
        }
        let leaf = |leaves: &Leaves<'_>, index: Option<usize>| -> Option<(bool, bool)> {
            let leaf = if index.is_some() || (at.is_none() && to.is_none()) { leaves.at(slot, index) } else { None }?;
            Some((leaf.key.as_deref() == Some(HIDDEN), leaf.is_secret()))
        };
        let [was, is] = [leaf(old, at), leaf(new, to)].map(Option::unwrap_or_default);
        Told { cause, hidden: [was.0 || is.0, was.1, is.1] }
    }
}

/// Whether all services that were decided alike have this difference with these values.
fn is_constant(both: &Both<'_>, difference: &Difference) -> bool {
    let Difference { slot, old, new, .. } = *difference;
    // What one device rule means depends on the others.
    let all = matches!(output().slot(slot).map(|slot| &slot.content), Some(Content::DeviceRules(_)));
    let [before, after] = both.rendered;
    [(before, old), (after, new)].iter().all(|(side, index)| side.is_constant(slot, index.filter(|_| !all)))
}

/// Nothing is known: neither where it comes from nor whether it may be shown.
const HIDES: Told = Told { cause: None, hidden: [true; 3] };

/// The statement that refuses.
fn place(report: &Report, policy: &Policy) -> Option<Line> {
    let errors = report.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    errors.flat_map(|diagnostic| &diagnostic.labels).find_map(|label| explanation::code(policy.sources(), label.span))
}
