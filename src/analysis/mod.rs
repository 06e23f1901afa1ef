//! What can be said of a policy's conditions for all services at once, before any arrives: rules that can never
//! apply, conditions that never change anything, and writes that disagree where both apply.
//!
//! A rule reads facts and never what another rule wrote, so its conditions are formulas over the facts alone, and
//! the facts' schema bounds those. `solve` searches the cases that some conditions leave; `lower` takes expressions
//! apart, `state` keeps what is left of each fact, `values` and `texts` the sets of values, `subject` what the schema says, `witness` the
//! request that shows what was found. Nothing is claimed that is
//! not so: what goes beyond them, or takes too many steps, is unknown, and nothing is said of it.

mod conflict;
mod guards;
mod invariants;
mod lower;
mod required;
mod sites;
mod solve;
mod state;
mod subject;
mod texts;
mod values;
mod witness;

use std::cell::Cell;

use indexmap::{IndexMap, IndexSet};

use crate::check::Checked;
use crate::diagnostics::Diagnostic;
use crate::ir::build::{constant_key, map_children};
use crate::ir::{Expr, ExprId, Program, Rule};
use crate::schema::facts::FactSchema;
use crate::schema::output::OutputSchema;
use crate::source::{SourceMap, Span};

use invariants::Terms;

pub use invariants::Standing;

/// The steps that all questions about one policy may take together: so many, and so many more for each expression, so
/// that time grows with the policy and not faster.
const STEPS: u32 = 200_000;
const STEPS_EACH: u32 = 50;

/// A policy that is looked at.
struct Policy<'p> {
    program: &'p Program,
    facts: &'p FactSchema,
    output: &'p OutputSchema,
    sources: &'p SourceMap,
    /// For each expression the first one that equals it.
    canonical: Vec<ExprId>,
    /// The steps that are left.
    fuel: Cell<u32>,
    /// The renders of witnesses that are left.
    renders: Cell<usize>,
}

/// Looks at a policy that passed; what is found is added to `diagnostics`.
pub fn analyse(checked: &Checked, sources: &SourceMap, output: &OutputSchema, diagnostics: &mut Vec<Diagnostic>) {
    let policy = Policy::new(checked, sources, output);
    let mut found = IndexSet::new();
    policy.conflicts(&mut found);
    policy.guards(&mut found);
    let mut terms = Terms::new(&policy);
    policy.required(&mut terms, &mut found);
    policy.invariants(&mut terms, &mut found);
    diagnostics.extend(found);
}

/// Of each invariant of a policy that passed, whether it holds.
#[must_use]
pub fn standings(checked: &Checked, sources: &SourceMap, output: &OutputSchema) -> Vec<Standing> {
    Policy::new(checked, sources, output).standings()
}

/// For each expression the first one that equals it. Children come before the expressions that hold them.
fn canonical(program: &Program) -> Vec<ExprId> {
    let mut constants: IndexMap<String, ExprId> = IndexMap::new();
    let mut first: IndexMap<Expr, ExprId> = IndexMap::new();
    let mut canonical: Vec<ExprId> = Vec::with_capacity(program.exprs.len());
    for (index, expr) in program.exprs.iter().enumerate() {
        let id = ExprId::new(index);
        let constant = match expr {
            Expr::Const(constant) => program.constants.get(constant.index()),
            _ => None,
        };
        canonical.push(match constant {
            Some(datum) => *constants.entry(constant_key(datum)).or_insert(id),
            None => {
                let over = |child: ExprId| canonical.get(child.index()).copied().unwrap_or(child);
                *first.entry(map_children(expr, &mut { over })).or_insert(id)
            }
        });
    }
    canonical
}

impl<'p> Policy<'p> {
    fn new(checked: &'p Checked, sources: &'p SourceMap, output: &'p OutputSchema) -> Self {
        let Checked { program, facts, .. } = checked;
        let size = u32::try_from(program.exprs.len()).unwrap_or(u32::MAX);
        let fuel = Cell::new(size.saturating_mul(STEPS_EACH).saturating_add(STEPS));
        let renders = Cell::new(witness::renders(program.exprs.len() + program.effects.len()));
        Self { program, facts, output, sources, canonical: canonical(program), fuel, renders }
    }

    fn canonical(&self, id: ExprId) -> ExprId {
        self.canonical.get(id.index()).copied().unwrap_or(id)
    }

    /// What must hold for a rule to apply.
    fn head(rule: &Rule) -> impl Iterator<Item = solve::Condition> {
        let when = rule.when.map(|condition| (condition.expr, true));
        when.into_iter().chain(rule.unless.map(|condition| (condition.expr, false)))
    }

    /// A place on one line.
    fn snippet(&self, span: Span) -> Option<String> {
        let words: Vec<&str> = self.sources.snippet(span)?.split_whitespace().collect();
        Some(words.join(" "))
    }
}
