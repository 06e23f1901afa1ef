//! A render that is looked at: what some conditions say of the finished spec, and which rules and conditions
//! took part. Tests of a policy are made of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::lines::lines;
use super::machine::{Machine, Stop};
use super::reads::is_sensitive;
use super::text::{show, show_as};
use super::value::Value;
use super::{Arena, Limits, Outcome, render, together};
use crate::diagnostics::Diagnostic;
use crate::facts::Facts;
use crate::facts::datum::Datum;
use crate::ir::build::map_children;
use crate::ir::{Expr, ExprId, Program, Rule, RuleId};
use crate::provenance::{HIDDEN, Provenance};
use crate::schema::facts::FactSchema;
use crate::schema::output::{Content, OutputSchema, SlotIndex};
use crate::schema::types::{FieldType, RecordType, Type};
use crate::source::Span;

/// What is rendered.
#[derive(Clone, Copy, Debug)]
pub struct Probe<'a> {
    /// The policy.
    pub program: &'a Program,
    /// The output's schema.
    pub output: &'a OutputSchema,
    /// The facts' schema, with what the policy declares.
    pub schema: &'a FactSchema,
    /// The facts of one service.
    pub facts: &'a Facts,
    /// What the render may use up.
    pub limits: Limits,
}

/// What came of it.
#[derive(Debug)]
pub struct Probed<'a> {
    /// The spec and where its values come from, or why there is none.
    pub outcome: Result<(Outcome<'a>, Provenance), Vec<Diagnostic>>,
    /// What each condition says, if there is a spec.
    pub answers: Vec<Result<Answer, Diagnostic>>,
    /// What took part.
    pub reached: Reached,
}

/// What a condition says.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Whether it holds.
    pub holds: bool,
    /// What it reads of the spec.
    pub reads: Vec<SpecRead>,
    /// What it compares, in written order, unless it holds.
    pub operands: Vec<Operand>,
    /// Whether it asks that its two operands are equal.
    pub equality: bool,
}

/// A place of the spec that a condition reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecRead {
    /// The slot.
    pub slot: SlotIndex,
    /// The key or element as a [`Leaf`](crate::provenance::Leaf) has it, where only one is asked for.
    pub key: Option<String>,
}

/// One side of a comparison.
#[derive(Clone, Debug)]
pub struct Operand {
    /// Its place.
    pub span: Span,
    /// Its value, over several lines if it is long.
    pub text: String,
    /// Whether it is written out in the condition.
    pub constant: bool,
    /// What it reads of the spec.
    pub reads: Vec<SpecRead>,
}

/// A rule or an invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// A rule.
    Rule(RuleId),
    /// An invariant.
    Invariant(RuleId),
}

impl Owner {
    /// Every rule and invariant.
    pub fn all(program: &Program) -> impl Iterator<Item = (Self, &Rule)> {
        let rules = program.rules.iter().enumerate().map(|(index, rule)| (Self::Rule(RuleId::new(index)), rule));
        let invariants = program.invariants.iter().enumerate();
        rules.chain(invariants.map(|(index, rule)| (Self::Invariant(RuleId::new(index)), rule)))
    }
}

/// A condition whose outcomes count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guard {
    /// The `when` of a head.
    When(Owner),
    /// The `unless` of a head.
    Unless(Owner),
    /// An `if`, by its statement.
    If(u32),
}

/// What took part in one render, or in several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Rules and invariants that applied.
    pub applied: BTreeSet<Owner>,
    /// How each guard that was asked came out.
    pub outcomes: BTreeSet<(Guard, bool)>,
}

impl Reached {
    /// Adds what another render reached.
    pub fn add(&mut self, other: &Self) {
        self.applied.extend(&other.applied);
        self.outcomes.extend(&other.outcomes);
    }
}

impl<'a> Probe<'a> {
    /// Renders the service and asks the conditions.
    #[must_use]
    pub fn run(&self, arena: &'a Arena, conditions: &[ExprId]) -> Probed<'a> {
        let Self { program, output, schema, facts, limits } = *self;
        let mut machine = Machine::<true>::new(program, output, facts, arena, &limits);
        let rendered = render(&mut machine);
        let complete = rendered.is_ok() && machine.refusals.is_empty();
        let (outcome, answers) = match rendered {
            Ok(draft) if complete => {
                if machine.spec.is_empty() {
                    machine.publish(&draft);
                }
                let answers = conditions.iter().map(|condition| machine.answer(*condition)).collect();
                let provenance = machine.provenance(&draft, schema);
                (Ok((draft, provenance)), answers)
            }
            Ok(_) => (Err(None), Vec::new()),
            Err(Stop(fault)) => (Err(Some(*fault)), Vec::new()),
        };
        let reached = machine.reached(!machine.spec.is_empty());
        let outcome = match outcome {
            Ok((draft, provenance)) => {
                let steps = limits.steps - machine.fuel;
                Ok((Outcome { draft, warnings: machine.warnings, steps }, provenance))
            }
            Err(fault) => Err(together(fault, machine.refusals, machine.warnings)),
        };
        Probed { outcome, answers, reached }
    }
}

impl<'a> Machine<'a, true> {
    fn reached(&mut self, complete: bool) -> Reached {
        let mut reached = Reached::default();
        let decided = std::mem::take(&mut self.trace.decided);
        reached.outcomes.extend(decided.into_iter().map(|(effect, holds)| (Guard::If(effect), holds)));
        for (owner, rule) in Owner::all(self.program) {
            if complete || matches!(owner, Owner::Rule(_)) {
                // A head that cannot be asked stopped the render, and so reached nothing.
                let _ = self.head(owner, rule, &mut reached);
            }
        }
        reached
    }

    /// Asks the head of a rule in its order: what stands behind a condition may rely on it.
    fn head(&mut self, owner: Owner, rule: &Rule, reached: &mut Reached) -> Result<(), Stop> {
        for (guard, condition, applies) in
            [(Guard::When(owner), rule.when, true), (Guard::Unless(owner), rule.unless, false)]
        {
            let Some(condition) = condition else { continue };
            let holds = self.truth(condition.expr)?;
            reached.outcomes.insert((guard, holds));
            if holds != applies {
                return Ok(());
            }
        }
        reached.applied.insert(owner);
        Ok(())
    }

    fn answer(&mut self, condition: ExprId) -> Result<Answer, Diagnostic> {
        let reads = self.spec_reads(condition);
        let holds = self.truth(condition).map_err(|Stop(fault)| *fault)?;
        if holds {
            return Ok(Answer { holds, reads, operands: Vec::new(), equality: false });
        }
        let (compared, equality) = self.compared(condition).map_err(|Stop(fault)| *fault)?;
        let ty = if equality { compared.iter().find_map(|side| self.type_of(*side)) } else { None };
        let mut operands = Vec::new();
        for side in compared {
            let operand = self.operand(side, ty.as_ref());
            operands.push(operand.map_err(|Stop(fault)| *fault)?);
        }
        Ok(Answer { holds, reads, operands, equality })
    }

    /// The operands of the first comparison that makes a condition fail, and whether it asks for equality.
    fn compared(&mut self, condition: ExprId) -> Result<(Vec<ExprId>, bool), Stop> {
        let mut condition = condition;
        loop {
            let program = self.program;
            match program.exprs.get(condition.index()) {
                Some(Expr::And(parts)) => {
                    let mut failing = None;
                    for part in parts {
                        if failing.is_none() && !self.truth(*part)? {
                            failing = Some(*part);
                        }
                    }
                    let Some(part) = failing else { return Ok((vec![condition], false)) };
                    condition = part;
                }
                Some(Expr::Equal(left, right)) => return Ok((vec![*left, *right], true)),
                Some(Expr::Not(inner)) => {
                    let (operands, _) = match program.exprs.get(inner.index()) {
                        Some(Expr::And(_) | Expr::Not(_)) | None => (vec![*inner], false),
                        Some(_) => self.compared(*inner)?,
                    };
                    return Ok((operands, false));
                }
                Some(
                    Expr::Order(_, _, a, b)
                    | Expr::InList(a, b)
                    | Expr::InMap(a, b)
                    | Expr::Like(a, b)
                    | Expr::SubsetOf(a, b),
                ) => return Ok((vec![*a, *b], false)),
                Some(Expr::IsSet(a) | Expr::IsEmpty(a)) => return Ok((vec![*a], false)),
                _ => return Ok((vec![condition], false)),
            }
        }
    }

    fn operand(&mut self, id: ExprId, ty: Option<&Type>) -> Result<Operand, Stop> {
        let (value, read) = self.bracket(|machine| machine.eval(id))?;
        let own = self.type_of(id);
        let text = if is_sensitive(&read) { HIDDEN.to_owned() } else { lines(value, own.as_ref().or(ty)) };
        let constant = matches!(self.program.exprs.get(id.index()), Some(Expr::Const(_)));
        Ok(Operand { span: self.program.span(id), text, constant, reads: self.spec_reads(id) })
    }

    /// The type of what is read of the spec; nothing else needs the names of its fields.
    fn type_of(&self, id: ExprId) -> Option<Type> {
        // From the value to what it is a part of: not deeper than an expression may be.
        let mut steps = Vec::new();
        let mut at = id;
        let mut ty = loop {
            match self.program.exprs.get(at.index())? {
                Expr::Spec(_) | Expr::Record(_) => break self.spec_type(at)?.1,
                Expr::Field(base, index) => {
                    steps.push(Some(*index));
                    at = *base;
                }
                Expr::Entry(base, _) | Expr::Element(base, _) => {
                    steps.push(None);
                    at = *base;
                }
                _ => return None,
            }
        };
        for step in steps.into_iter().rev() {
            ty = match (ty, step) {
                (Type::Record(record), Some(index)) => record.fields.get(usize::from(index))?.ty.clone(),
                (Type::List(inner) | Type::Map(inner), None) => inner.as_ref().clone(),
                _ => return None,
            };
        }
        Some(ty)
    }

    /// The path and the type of a slot, or of the record that is made of all slots below a path; these are as deep as
    /// the schema.
    fn spec_type(&self, id: ExprId) -> Option<(&'static str, Type)> {
        let schema = self.schema;
        match self.program.exprs.get(id.index())? {
            Expr::Spec(slot) => {
                let slot = schema.slots.get(*slot)?;
                Some((slot.path, slot.read_type()))
            }
            Expr::Record(parts) => {
                let mut path = "";
                let mut fields = Vec::new();
                for part in parts {
                    let (inner, ty) = self.spec_type(*part)?;
                    let (outer, name) = inner.rsplit_once('.').unwrap_or(("", inner));
                    path = outer;
                    fields.push(FieldType { name: name.into(), ty, optional: true });
                }
                Some((path, Type::Record(Arc::new(RecordType { fields, tags: Vec::new() }))))
            }
            _ => None,
        }
    }

    /// What an expression reads of the spec.
    fn spec_reads(&self, id: ExprId) -> Vec<SpecRead> {
        let program = self.program;
        let spec = |id: ExprId| match program.exprs.get(id.index()) {
            Some(Expr::Spec(slot)) => Some(*slot),
            _ => None,
        };
        let (mut reads, mut open, mut seen) = (Vec::new(), vec![id], BTreeSet::new());
        while let Some(id) = open.pop() {
            let Some(expr) = program.exprs.get(id.index()).filter(|_| seen.insert(id)) else { continue };
            let one = match expr {
                Expr::Entry(whole, key) | Expr::InList(key, whole) | Expr::InMap(key, whole) => {
                    spec(*whole).and_then(|slot| Some((slot, self.shown_constant(slot, *key)?)))
                }
                _ => None,
            };
            if let Some((slot, key)) = one {
                reads.push(SpecRead { slot, key: Some(key) });
                continue;
            }
            if let Expr::Spec(slot) = expr {
                reads.push(SpecRead { slot: *slot, key: None });
            }
            map_children(expr, &mut |child| {
                open.push(child);
                child
            });
        }
        reads
    }

    fn shown_constant(&self, slot: SlotIndex, key: ExprId) -> Option<String> {
        let Some(Expr::Const(constant)) = self.program.exprs.get(key.index()) else { return None };
        let value = Value::from(self.program.constants.get(constant.index()).unwrap_or(&Datum::ABSENT));
        match &self.schema.slots.get(slot)?.content {
            Content::Set(shape) | Content::List(shape) => Some(show_as(value, Some(shape))),
            _ => Some(show(value)),
        }
    }
}
