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

const UNDECIDED_HERE: &str = "fewer `or`s in one condition, or fewer writers of one path, are looked into whole";
const UNDECIDED: &str = "what was asked up to here was looked into; fewer `or`s leave steps for the rest";

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
    /// What was left to the renders.
    undecided: Rc<RefCell<Undecided>>,
}

/// Questions that took too long.
#[derive(Debug, Default)]
struct Undecided {
    /// Where, and how many.
    places: IndexMap<Span, usize>,
    /// Where the steps of all questions together came to an end for the first time.
    spent: Option<Span>,
    /// Whether it does not matter at the moment.
    quiet: bool,
}

impl Undecided {
    fn count(&self) -> usize {
        self.places.values().sum::<usize>() + usize::from(self.spent.is_some())
    }

    /// With what was left elsewhere.
    fn and(mut self, other: Self) -> Self {
        for (place, count) in other.places {
            *self.places.entry(place).or_default() += count;
        }
        self.spent = self.spent.or(other.spent);
        self
    }

    /// What there is to say of that: for each place, and once for the whole.
    fn told(&self) -> impl Iterator<Item = Diagnostic> {
        let told = |what: &str, place: Span, help: &str| {
            let message = format!("{what} took too long: each service is asked instead");
            Diagnostic::new(code::UNDECIDED, message).label(place, "here").help(help)
        };
        let at = move |(place, count): (&Span, &usize)| match count {
            1 => told("a question about what conditions can do", *place, UNDECIDED_HERE),
            _ => told(&format!("{count} questions about what conditions can do"), *place, UNDECIDED_HERE),
        };
        let whole =
            self.spent.map(|place| told("all questions about what conditions can do together", place, UNDECIDED));
        self.places.iter().map(at).chain(whole)
    }
}

/// Policies of fewer expressions are looked at sooner than another thread wakes up.
const FEW: usize = 4096;

/// Looks at a policy that passed; what is found is added to `diagnostics`.
pub fn analyse(checked: &Checked, sources: &SourceMap, output: &OutputSchema, diagnostics: &mut Vec<Diagnostic>) {
    let policy = || Policy::new(checked, sources, output);
    let (mut found, undecided) = if checked.program.exprs.len() < FEW {
        let policy = policy();
        let steps = policy.fuel.get();
        let mut found = policy.look_at_conditions();
        // What was looked at so far is not to be paid for with what is looked at last.
        policy.fuel.set(steps);
        found.extend(policy.look_at_writes());
        (found, policy.undecided.take())
    } else {
        let conditions = || {
            let policy = policy();
            (policy.look_at_conditions(), policy.undecided.take())
        };
        let outcomes = || {
            let policy = policy();
            (policy.look_at_writes(), policy.undecided.take())
        };
        let ((mut found, before), (more, after)) = rayon::join(conditions, outcomes);
        found.extend(more);
        (found, before.and(after))
    };
    found.extend(undecided.told());
    diagnostics.extend(found);
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
            undecided: Rc::default(),
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
            at: self.at.clone(),
            undecided: Rc::clone(&self.undecided),
            facts: self.facts,
            output: self.output,
            sources: self.sources,
            layers: self.layers,
        }
    }

    /// Looks at what conditions come to.
    fn look_at_conditions(&self) -> IndexSet<Diagnostic> {
        let mut found = IndexSet::new();
        self.conflicts(&self.survey(), &mut found);
        self.guards(&mut found);
        found
    }

    /// Looks at what is written.
    fn look_at_writes(&self) -> IndexSet<Diagnostic> {
        let mut found = IndexSet::new();
        let steps = self.fuel.get();
        let survey = self.survey();
        self.writes(&survey, &mut found);
        self.sets(&survey, &mut found);
        self.devices(&survey, &mut found);
        self.mounts(&survey, &mut found);
        self.fuel.set(steps);
        let mut terms = Terms::new(self);
        self.required(&mut terms, &mut found);
        self.invariants(&mut terms, &mut found);
        found
    }

    /// Takes down that a question is left to the renders: it takes too long where it is asked.
    fn give_up(&self) {
        let mut undecided = self.undecided.borrow_mut();
        if !undecided.quiet {
            *undecided.places.entry(self.at.get()).or_default() += 1;
        }
    }

    /// Takes down that all questions that are left are: together they take too long.
    fn run_out(&self) {
        let mut undecided = self.undecided.borrow_mut();
        if !undecided.quiet {
            undecided.spent.get_or_insert(self.at.get());
        }
    }

    /// The first so many; the others are left to the renders.
    fn bounded<'v, T>(&self, all: &'v [T], most: usize) -> impl Iterator<Item = &'v T> {
        if all.len() > most {
            self.give_up();
        }
        all.iter().take(most)
    }

    /// Asks something whose answer may as well not be known.
    fn quietly<T>(&self, ask: impl FnOnce() -> T) -> T {
        let quiet = std::mem::replace(&mut self.undecided.borrow_mut().quiet, true);
        let answer = ask();
        self.undecided.borrow_mut().quiet = quiet;
        answer
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
