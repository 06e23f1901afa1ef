//! What can be said of a policy's conditions for all services at once, before any arrives: rules that can never
//! apply, conditions that never change anything, writes that disagree where both apply or that change nothing, and what
//! the writes of several paths come to together.
//!
//! A rule reads facts and never what another rule wrote, so its conditions are formulas over the facts alone, and
//! the facts' schema bounds those. `solve` searches the cases that some conditions leave; `lower` takes expressions
//! apart, `state` keeps what is left of each fact, `values`, `texts`, `items` and `versions` the sets of values, `subject` what
//! the schema says, `witness` the request that shows what was found. `sites` and `claim` read the rules, `survey` puts what they say
//! in order of its places; `guards`, `conflict`, `writes`, `devices`, `sets` and `mounts` ask and tell. Nothing is claimed
//! that is not so: what goes beyond them, or takes too many steps, is unknown, and nothing is said of it.

mod claim;
mod conflict;
mod devices;
mod guards;
mod invariants;
mod items;
mod lower;
mod mounts;
mod required;
mod sets;
mod sites;
mod solve;
mod state;
mod subject;
mod survey;
mod texts;
mod values;
mod versions;
mod witness;
mod writes;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use indexmap::{IndexMap, IndexSet};

use crate::check::Checked;
use crate::diagnostics::{Diagnostic, code};
use crate::ir::build::{constant_key, map_children};
use crate::ir::{Effect, Expr, ExprId, Program, Rule};
use crate::schema::facts::FactSchema;
use crate::schema::output::OutputSchema;
use crate::source::{SourceId, SourceMap, Span};

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
    backgrounds: subject::Backgrounds<'p>,
    output: &'p OutputSchema,
    sources: &'p SourceMap,
    /// For each expression the first one that equals it.
    canonical: Vec<ExprId>,
    /// Whether an expression has locals in it: it is not the same everywhere then, even if it looks so.
    locals: Vec<bool>,
    /// Which expressions loops go through: as a condition, such a one asks whether anything is in it.
    loops: Vec<bool>,
    /// The number of the layer of each file.
    layers: &'p IndexMap<SourceId, usize>,
    /// The steps that are left.
    fuel: Cell<u32>,
    /// The renders of witnesses that are left.
    renders: Cell<usize>,
    /// The last request that was rendered, and what that told.
    rendered: RefCell<Option<(String, Rc<[Diagnostic]>)>>,
    /// What is looked at.
    at: Cell<Span>,
    /// How often that took too long, and where for the first time.
    undecided: Cell<(usize, Span)>,
}

/// Looks at a policy that passed; what is found is added to `diagnostics`.
pub fn analyse(checked: &Checked, sources: &SourceMap, output: &OutputSchema, diagnostics: &mut Vec<Diagnostic>) {
    let policy = Policy::new(checked, sources, output);
    let steps = policy.fuel.get();
    let mut found = IndexSet::new();
    let survey = policy.survey();
    policy.conflicts(&survey, &mut found);
    policy.guards(&mut found);
    // What was looked at so far is not to be paid for with what is looked at last.
    policy.fuel.set(steps);
    policy.writes(&survey, &mut found);
    policy.sets(&survey, &mut found);
    policy.devices(&survey, &mut found);
    policy.mounts(&survey, &mut found);
    policy.fuel.set(steps);
    let mut terms = Terms::new(&policy);
    policy.required(&mut terms, &mut found);
    policy.invariants(&mut terms, &mut found);
    diagnostics.extend(found);
    diagnostics.extend(policy.undecided());
}

/// Of each invariant of a policy that passed, whether it holds.
#[must_use]
pub fn standings(checked: &Checked, sources: &SourceMap, output: &OutputSchema) -> Vec<Standing> {
    Policy::new(checked, sources, output).standings()
}

/// For each expression the first one that equals it, and whether it has locals. Children come before the expressions
/// that hold them.
fn canonical(program: &Program) -> (Vec<ExprId>, Vec<bool>) {
    let mut constants: IndexMap<String, ExprId> = IndexMap::new();
    let mut first: IndexMap<Expr, ExprId> = IndexMap::new();
    let mut canonical: Vec<ExprId> = Vec::with_capacity(program.exprs.len());
    let mut locals: Vec<bool> = Vec::with_capacity(program.exprs.len());
    for (index, expr) in program.exprs.iter().enumerate() {
        let id = ExprId::new(index);
        let mut has_locals = matches!(expr, Expr::Local(_));
        let constant = match expr {
            Expr::Const(constant) => program.constants.get(constant.index()),
            _ => None,
        };
        canonical.push(match constant {
            Some(datum) => *constants.entry(constant_key(datum)).or_insert(id),
            None => {
                let mut over = |child: ExprId| {
                    has_locals |= locals.get(child.index()).copied().unwrap_or(true);
                    canonical.get(child.index()).copied().unwrap_or(child)
                };
                *first.entry(map_children(expr, &mut over)).or_insert(id)
            }
        });
        locals.push(has_locals);
    }
    (canonical, locals)
}

/// Which expressions loops go through.
fn loops(program: &Program) -> Vec<bool> {
    let mut loops = vec![false; program.exprs.len()];
    for effect in &program.effects {
        if let Effect::For { iteration, .. } = effect
            && let Some(place) = loops.get_mut(iteration.list.index())
        {
            *place = true;
        }
    }
    loops
}

impl<'p> Policy<'p> {
    fn new(checked: &'p Checked, sources: &'p SourceMap, output: &'p OutputSchema) -> Self {
        let Checked { program, facts, layers, .. } = checked;
        let size = u32::try_from(program.exprs.len()).unwrap_or(u32::MAX);
        let (canonical, locals) = canonical(program);
        Self {
            program,
            facts,
            backgrounds: subject::Backgrounds::new(facts),
            output,
            sources,
            canonical,
            locals,
            loops: loops(program),
            layers,
            fuel: Cell::new(size.saturating_mul(STEPS_EACH).saturating_add(STEPS)),
            renders: Cell::new(witness::renders(program.exprs.len() + program.effects.len())),
            rendered: RefCell::default(),
            at: Cell::new(Span::NONE),
            undecided: Cell::new((0, Span::NONE)),
        }
    }

    /// The same policy with more expressions, to ask about those.
    fn with<'q>(&self, program: &'q Program) -> Policy<'q>
    where
        'p: 'q,
    {
        let (canonical, locals) = canonical(program);
        Policy {
            program,
            canonical,
            locals,
            loops: Vec::new(),
            backgrounds: subject::Backgrounds::new(self.facts),
            fuel: self.fuel.clone(),
            renders: Cell::new(0),
            rendered: RefCell::default(),
            at: Cell::new(Span::NONE),
            undecided: Cell::new((0, Span::NONE)),
            facts: self.facts,
            output: self.output,
            sources: self.sources,
            layers: self.layers,
        }
    }

    /// Takes down that a question is left to the renders.
    fn give_up(&self) {
        let (count, first) = self.undecided.get();
        self.undecided.set((count + 1, if count == 0 { self.at.get() } else { first }));
    }

    /// What there is to say of that: once, whatever the number.
    fn undecided(&self) -> Option<Diagnostic> {
        let (count, first) = self.undecided.get();
        let questions = if count == 1 { "a question".to_owned() } else { format!("{count} questions") };
        let message = format!("{questions} about what conditions can do took too long: each service is asked instead");
        let diagnostic = Diagnostic::new(code::UNDECIDED, message).label(first, "here for the first time");
        (count > 0).then(|| {
            diagnostic.help("fewer `or`s in one condition, or fewer writers of one path, are looked into whole")
        })
    }

    fn canonical(&self, id: ExprId) -> ExprId {
        self.canonical.get(id.index()).copied().unwrap_or(id)
    }

    /// The number of the layer that a place is in.
    fn layer(&self, span: Span) -> usize {
        self.layers.get(&span.source).copied().unwrap_or_default()
    }

    fn has_locals(&self, id: ExprId) -> bool {
        self.locals.get(id.index()).copied().unwrap_or(true)
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
