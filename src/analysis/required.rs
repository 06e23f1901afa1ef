//! Fields that the runtime spec requires and that no rule writes for some services.

use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexSet;

use crate::diagnostics::{Diagnostic, Witness, code};
use crate::schema::output::{MemberKind, Node, SlotIndex};

use super::Policy;
use super::invariants::{Made, Terms};
use super::solve::{Answer, Condition, Question};
use crate::ir::EffectId;
use crate::source::Span;

/// Of the writes that make a field needed, so many are looked at.
const LOOKED_AT: usize = 20;
/// A field that so many statements write is left to the render.
const WRITTEN: usize = 200;

/// A field that must be there.
struct Required {
    slot: SlotIndex,
    /// Where any of these is written, if not always.
    with: Option<Range<SlotIndex>>,
}

/// In which case a field is needed and nothing writes it.
struct Gap {
    slot: SlotIndex,
    /// The statement that makes it needed.
    needed: Option<EffectId>,
    /// A statement that writes it in other cases.
    written: Option<EffectId>,
    /// These hold.
    conditions: Vec<Condition>,
    /// And of each of these one fails.
    fail: Vec<Arc<[Condition]>>,
}

/// The cases of one field.
struct Gaps {
    some: Vec<Gap>,
    /// Whether there may be more.
    more: bool,
    /// A statement that writes it, or one for which it is needed.
    at: Span,
}

impl Gaps {
    const fn unknown() -> Self {
        Self { some: Vec::new(), more: true, at: Span::NONE }
    }
}

impl<'p> Policy<'p> {
    /// Finds them. A layer that is no policy of its own is not asked for anything.
    pub(super) fn required(&self, terms: &mut Terms<'_, 'p>, found: &mut IndexSet<Diagnostic>) {
        if !self.is_whole(terms) {
            return;
        }
        let mut fields = Vec::new();
        fields_below(&self.output.root, true, None, &mut fields, self);
        let gaps: Vec<Gaps> =
            fields.iter().map(|field| terms.gaps(field).unwrap_or_else(|_| Gaps::unknown())).collect();
        let denials =
            if gaps.iter().all(|it| it.some.is_empty()) { Vec::new() } else { terms.denials().unwrap_or_default() };
        let diagnostics: Vec<Diagnostic> = terms.asking(|policy| {
            let question = Question { policy, switches: false };
            let shown = |gap: &Gap| {
                let path = self.output.slots.get(gap.slot)?.path;
                let shows = |told: &[Diagnostic]| {
                    told.iter().any(|it| it.code == code::REQUIRED_MISSING && it.message.contains(&format!("`{path}`")))
                };
                let shown = |fail: &[Arc<[Condition]>]| {
                    let Answer::Satisfiable(model) = question.ask(gap.conditions.iter().copied(), fail) else {
                        return Err(());
                    };
                    let request = self.witness(&model, shows);
                    Ok(request.map(|request| self.not_always_written(gap, path, &model.words, request)))
                };
                // Few services are refused for something else: that is asked for last.
                let beyond = || shown(&gap.fail.iter().chain(&denials).cloned().collect::<Vec<_>>()).ok()?;
                shown(&gap.fail).ok()?.or_else(beyond)
            };
            let of_field = |gaps: &Gaps| {
                self.at.set(gaps.at);
                policy.at.set(gaps.at);
                let found = gaps.some.iter().find_map(shown);
                if found.is_none() && gaps.more {
                    self.give_up();
                }
                found
            };
            gaps.iter().filter_map(of_field).collect()
        });
        found.extend(diagnostics);
    }

    fn not_always_written(&self, gap: &Gap, path: &str, service: &[String], request: Option<String>) -> Diagnostic {
        let section = self.output.slots.get(gap.slot).map_or("", |slot| slot.section);
        let message = if service.is_empty() {
            format!("no rule writes `{path}`")
        } else {
            format!("no rule writes `{path}` for some services")
        };
        let mut diagnostic = Diagnostic::new(code::NOT_ALWAYS_WRITTEN, message);
        if let Some(effect) = gap.written {
            diagnostic = diagnostic.label(self.statement(effect), "written here, where this applies");
        }
        if let Some(effect) = gap.needed {
            diagnostic = diagnostic.label(self.statement(effect), "needed because of this");
        }
        let remedy = format!("the runtime spec requires it ({section}): write a `default` that always applies");
        let diagnostic = diagnostic.help(if service.is_empty() {
            remedy
        } else {
            format!("it is missing where {}; {remedy}", service.join(" and "))
        });
        let witness = request.map(|request| Box::new(Witness { rules: vec![path.into()], request }));
        Diagnostic { witness, ..diagnostic }
    }
}

/// The required fields below a record; `with` is what makes the record needed.
fn fields_below(
    node: &Node,
    must: bool,
    with: Option<&Range<SlotIndex>>,
    fields: &mut Vec<Required>,
    policy: &Policy<'_>,
) {
    let with = if must { with } else { Some(&node.slots) };
    for member in &node.members {
        match &member.kind {
            MemberKind::Record { node, required } => fields_below(node, *required, with, fields, policy),
            MemberKind::Slot(slot) => {
                if policy.output.slots.get(*slot).is_some_and(|it| it.required) {
                    fields.push(Required { slot: *slot, with: with.cloned() });
                }
            }
        }
    }
}

impl Terms<'_, '_> {
    /// The cases in which a field is missing, if there are services for them.
    fn gaps(&mut self, field: &Required) -> Made<Gaps> {
        self.refill();
        let writes = self.writes(field.slot)?;
        let giving: Vec<_> = writes.iter().filter(|write| write.gives()).collect();
        let at = |effect: Option<EffectId>| effect.map_or(Span::NONE, |effect| self.policy.statement(effect));
        let always = giving.iter().any(|write| write.conditions.is_empty() && write.certain);
        if giving.len() > WRITTEN || always {
            let at = at(giving.first().map(|write| write.effect));
            return Ok(Gaps { some: Vec::new(), more: !always, at });
        }
        let fail: Vec<Arc<[Condition]>> =
            giving.iter().filter(|write| write.certain).map(|write| write.conditions.clone().into()).collect();
        let written = giving.first().map(|write| write.effect);
        let gap = |needed, conditions| Gap { slot: field.slot, needed, written, conditions, fail: fail.clone() };
        let Some(with) = &field.with else {
            return Ok(Gaps { some: vec![gap(None, Vec::new())], more: false, at: at(written) });
        };
        let (mut gaps, mut more) = (Vec::new(), false);
        for slot in with.clone().filter(|slot| *slot != field.slot) {
            for write in self.writes(slot)? {
                if write.certain && write.gives() {
                    more |= gaps.len() >= LOOKED_AT;
                    if !more {
                        gaps.push(gap(Some(write.effect), write.conditions));
                    }
                }
            }
        }
        let at = written.or(gaps.first().and_then(|gap| gap.needed));
        let at = at.map_or(Span::NONE, |effect| self.policy.statement(effect));
        Ok(Gaps { some: gaps, more, at })
    }
}
