//! The evaluator: values, expressions, effects, merge. One service through the plan; pure, and always ends.

mod arithmetic;
mod broken;
mod collections;
mod convert;
pub mod draft;
mod effects;
mod expr;
pub(crate) mod fast;
mod finish;
mod fit;
mod functions;
mod lines;
mod machine;
mod merge;
mod order;
mod origins;
mod paths;
pub mod probe;
mod reads;
mod report;
pub(crate) mod text;
mod trace;
pub mod value;
mod watch;
mod write;
mod written;

use bumpalo::Bump;

pub(crate) use order::Ordered;
pub use order::{compare, compare_versions, equal};
pub(crate) use text::show_as;
pub use text::{like, show, within};

use self::draft::Draft;
use self::machine::{Eval, Machine, Stop};
use crate::diagnostics::{Diagnostic, Severity, code};
use crate::facts::Facts;
use crate::ir::Program;
use crate::provenance::{Conduct, Provenance, Writers};
use crate::schema::facts::FactSchema;
use crate::schema::output::OutputSchema;

/// What one render may use up. A caller can lower each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Statements, expressions and list elements that are gone through.
    pub steps: u64,
    /// Elements of a list, entries of a map, numbers of a range.
    pub list: usize,
    /// Bytes of a text.
    pub text: usize,
    /// Bytes of the output, about.
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 10_000_000, list: 65_536, text: 1 << 20, output: 16 << 20 }
    }
}

/// The memory of a render: everything that it makes lives here. Reset, it serves the next one without asking
/// the system for memory again.
#[derive(Debug, Default)]
pub struct Arena(Bump);

impl Arena {
    /// An arena that has no memory yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets everything and keeps the memory.
    pub fn reset(&mut self) {
        self.0.reset();
    }

    pub(crate) const fn bump(&self) -> &Bump {
        &self.0
    }
}

/// What a render gives.
#[derive(Debug)]
pub struct Outcome<'a> {
    /// What the rules wrote.
    pub draft: Draft<'a>,
    /// The warnings that they gave, in the order in which they ran.
    pub warnings: Vec<Diagnostic>,
    /// How many steps it took.
    pub(crate) steps: u64,
}

/// Runs a policy on the facts of one service.
///
/// # Errors
///
/// The refusals of the service: of its rules and invariants, conflicts, values that their places forbid, limits.
/// Errors come first, then the warnings given so far.
pub fn evaluate<'a>(
    program: &'a Program,
    schema: &'a OutputSchema,
    facts: &'a Facts,
    arena: &'a Arena,
    limits: &Limits,
) -> Result<Outcome<'a>, Vec<Diagnostic>> {
    let mut machine = Machine::<false>::new(program, schema, facts, arena, limits);
    let result = render(&mut machine);
    let (sensitive, told) = (machine.sensitive, machine.refusals.len() + machine.warnings.len());
    let steps = limits.steps - machine.fuel;
    match result.map(|draft| if machine.refusals.is_empty() { Ok(draft) } else { Err(()) }) {
        Ok(Ok(draft)) if !sensitive || told == 0 => Ok(Outcome { draft, warnings: machine.warnings, steps }),
        // A message may hold a secret, which only a traced render knows.
        Ok(Ok(draft)) => {
            let (traced, ()) = trace(program, schema, facts, arena, limits, |_, _| ())?;
            Ok(Outcome { draft, warnings: traced.warnings, steps })
        }
        // A limit was reached: nothing more is to be learnt, unless by what was said before.
        Err(Stop(fault)) if is_limit(&fault) && (!sensitive || told == 0) => {
            Err(together(Some(*fault), machine.refusals, machine.warnings))
        }
        Err(Stop(fault)) if is_limit(&fault) => Err(vec![*fault]),
        // The same once more, to tell who disagrees with whom and which facts are to blame.
        Ok(Err(())) | Err(_) => match trace(program, schema, facts, arena, limits, |_, _| ()) {
            Err(diagnostics) => Err(diagnostics),
            Ok(_) => Err(vec![Diagnostic::new(code::INTERNAL, "a refusal that cannot be told")]),
        },
    }
}

/// Runs a policy on the facts of one service and tells where every value comes from. It takes several times
/// as long as [`evaluate`].
///
/// # Errors
///
/// As [`evaluate`].
pub fn evaluate_traced<'a>(
    program: &'a Program,
    schema: &'a OutputSchema,
    fact_schema: &'a FactSchema,
    facts: &'a Facts,
    arena: &'a Arena,
    limits: &Limits,
) -> Result<(Outcome<'a>, Provenance, Writers), Vec<Diagnostic>> {
    // First as without tracing, so that the same is refused, limits included.
    let plain = evaluate(program, schema, facts, arena, limits)?;
    let tell = |machine: &Machine<'a, true>, draft: &Draft<'a>| {
        (machine.provenance(draft, fact_schema), machine.writers(draft))
    };
    let (outcome, (provenance, writers)) = trace(program, schema, facts, arena, limits, tell)?;
    Ok((Outcome { steps: plain.steps, ..outcome }, provenance, writers))
}

/// Where every value of a render comes from that is known to be sound; none if to tell would take too many steps.
pub(crate) fn origins<'a>(job: fast::Job<'a>, fact_schema: &'a FactSchema) -> Option<Provenance> {
    let fast::Job { program, schema, facts, arena, limits } = job;
    let tell = |machine: &Machine<'a, true>, draft: &Draft<'a>| machine.provenance(draft, fact_schema);
    trace(program, schema, facts, arena, limits, tell).ok().map(|(_, provenance)| provenance)
}

/// Who wrote what in such a render.
pub(crate) fn writers(job: fast::Job<'_>) -> Option<Writers> {
    let fast::Job { program, schema, facts, arena, limits } = job;
    trace(program, schema, facts, arena, limits, Machine::writers).ok().map(|(_, writers)| writers)
}

/// A traced render, and what is to be told of it: everything is looked at more than once, so it may take more steps.
fn trace<'a, T>(
    program: &'a Program,
    schema: &'a OutputSchema,
    facts: &'a Facts,
    arena: &'a Arena,
    limits: &Limits,
    tell: impl FnOnce(&Machine<'a, true>, &Draft<'a>) -> T,
) -> Result<(Outcome<'a>, T), Vec<Diagnostic>> {
    let limits = Limits { steps: limits.steps.saturating_mul(8), ..*limits };
    let mut machine = Machine::<true>::new(program, schema, facts, arena, &limits);
    let result = render(&mut machine);
    match result {
        Ok(draft) if machine.refusals.is_empty() => {
            let told = tell(&machine, &draft);
            Ok((Outcome { draft, warnings: machine.warnings, steps: limits.steps - machine.fuel }, told))
        }
        Ok(_) => Err(together(None, machine.refusals, machine.warnings)),
        Err(Stop(fault)) => Err(together(Some(*fault), machine.refusals, machine.warnings)),
    }
}

/// A render that was watched: what came out, why, and why the rest did not.
#[derive(Debug)]
pub struct Explained<'a> {
    /// What the rules wrote; of a refused service, as far as they came.
    pub draft: Draft<'a>,
    /// Where it comes from.
    pub provenance: Provenance,
    /// What the rules did beside.
    pub conduct: Conduct,
    /// What refuses the service; nothing if it is rendered.
    pub refusals: Vec<Diagnostic>,
    /// The warnings that rules gave.
    pub warnings: Vec<Diagnostic>,
}

/// Runs a policy on the facts of one service and watches every condition, also where the service is refused. It takes
/// longer than [`evaluate_traced`]; use it to answer a person's question, not to render.
#[must_use]
pub fn explain<'a>(
    program: &'a Program,
    schema: &'a OutputSchema,
    fact_schema: &'a FactSchema,
    facts: &'a Facts,
    arena: &'a Arena,
    limits: &Limits,
) -> Explained<'a> {
    // As it would be rendered, limits included.
    let sound = evaluate(program, schema, facts, arena, limits);
    let (refusals, warnings) = match sound {
        Ok(outcome) => (Vec::new(), outcome.warnings),
        Err(found) => found.into_iter().partition(|diagnostic| diagnostic.severity == Severity::Error),
    };
    let limits = Limits { steps: limits.steps.saturating_mul(16), ..*limits };
    let mut machine = Machine::<true>::new(program, schema, facts, arena, &limits);
    machine.watch();
    // A fault ends it early; what came before is still to be told.
    let draft = render(&mut machine).unwrap_or_else(|Stop(_)| {
        machine.conflicts = 0;
        machine.settle()
    });
    let (provenance, conduct) = (machine.provenance(&draft, fact_schema), machine.conduct(fact_schema));
    Explained { draft, provenance, conduct, refusals, warnings }
}

/// Rules, merge, invariants. Refusals are left in the machine; a fault ends it.
fn render<'a, const TRACE: bool>(machine: &mut Machine<'a, TRACE>) -> Eval<Draft<'a>> {
    machine.run_rules()?;
    let draft = machine.settle();
    // What is missing or broken after a refusal is only its consequence.
    if machine.refusals.is_empty() {
        machine.check_size(&draft)?;
        machine.check_required(&draft);
    }
    if machine.refusals.is_empty() && !machine.program.invariants.is_empty() {
        machine.publish(&draft);
        machine.run_invariants()?;
    }
    Ok(draft)
}

fn is_limit(fault: &Diagnostic) -> bool {
    [code::TOO_MANY_STEPS, code::TOO_LONG, code::OUTPUT_TOO_LARGE].contains(&fault.code)
}

fn together(fault: Option<Diagnostic>, refusals: Vec<Diagnostic>, warnings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut all = refusals;
    all.extend(fault);
    all.extend(warnings);
    all
}
