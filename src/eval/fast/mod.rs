//! The fast path: most services of a policy differ in a few texts and numbers only, so most of a render can be kept.
//!
//! **The idea.** A render reads facts, decides by them which rules apply and how their writes merge, and writes down what
//! came out. Two renders that decide everything alike give the same output but for the texts and numbers that are copied
//! from facts into it. So a render is done once in slow motion by a *tracer* (`tracer`, `questions`, `expr`, `calls`, `collections`, `convert`, `effects`, `write`), which
//! evaluates as [`crate::eval`] does, but over values that know whether they are constant (`sym`), and notes in order
//!
//! - each **value** that it fetches or computes from facts (`service.env[3]`, `"size={s.size}"`),
//! - each **question** whose answer decides anything (is `service.resources.cpu` given? how many mounts are there? does a
//!   target equal `/dev`? does a place take this text as it is?), with the answer that it got.
//!
//! Such a list of steps is a *way* (`op`), and at its end stands a *template* (`template`): the finished JSON with a hole for each
//! value that is not constant. Another render on the same way (`run`) makes the values, asks the questions, and if each
//! answer is the same it has the right template and only has to fill the holes.
//!
//! **Ways branch.** Where an answer differs a render goes on with the way for the other answer, and if nobody went there
//! yet, the general path does it all. Once a few renders have asked for a branch ([`WARM`]) one of them is traced and the
//! branch is there, for good. So ways form a tree that only grows, with nothing locked to read it, and its size is
//! bounded ([`MOST_WAYS`], [`MOST_BYTES`]): a full tree serves those that it knows, and the general path the others. How long
//! lists are is a question too, so services of one *shape* share a way, not services of one text.
//!
//! **What is held.** Steps and templates hold constants of the policy, lengths of lists, and what the host answered
//! about devices, drivers and its own fields. They hold no text of a service, no variable of the host and no secret.
//!
//! **The general path is the reference.** It says what a render is, it tells all warnings, refusals and origins, and a
//! test holds both to the same bytes. The tracer gives up (`Off`) on everything rare: a warning, a refusal, a conflict, a
//! value that its place changes, a list or text that is long. Its way then ends there, and whoever comes there goes the
//! general path. That path asks the host no less than a way does, and in the same order.
//!
//! **Limits.** A way is only kept if no render on it can reach one: its steps are bounded by those that the general path
//! took for the traced one, times what a text of [`LONGEST_TEXT`] bytes can cost more than a short one; a render that meets a
//! longer text goes the general path, as does an output beyond the limit.

mod calls;
mod collections;
mod convert;
mod effects;
mod expr;
mod op;
mod part;
mod questions;
mod run;
mod sym;
mod template;
mod tracer;
mod write;

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use self::op::{Branch, Op, Step, Way};
use self::run::{End, Run};
use self::template::Template;
use self::tracer::{Off, Traced, Tracer};
use self::write::Held;
use super::draft::{Draft, Filled};
use super::value::Value;
use super::{Arena, Limits};
use crate::facts::Facts;
use crate::ir::Program;
use crate::output::json::{Style, TooLarge};
use crate::output::spec::{Spec, SpecError};
use crate::output::validate::Slots;
use crate::provenance::Writers;
use crate::schema::output::{OutputSchema, SlotIndex, output};

/// How often a branch is asked for before it is made.
pub(crate) const WARM: u8 = 3;
/// How many ways there may be.
const MOST_WAYS: usize = 1024;
/// How many bytes they may take, about.
const MOST_BYTES: usize = 64 << 20;
/// How many steps a way may have.
const MOST_STEPS: usize = 16_384;
/// How much a trace may do: expressions, and elements that are looked at.
const MOST_EFFORT: usize = 1 << 18;
/// How long a text may be, in bytes.
const LONGEST_TEXT: usize = 4096;
/// How long a list may be that is written as it is.
const LONGEST_LIST: usize = 64;
/// How many times the steps of a render can be those of another on its way: a step costs one more for each 16 bytes of
/// a text, and in a few places one for each byte up to the 256th.
const MOST_GROWTH: u64 = 300;

/// The ways of a policy that are known.
#[derive(Default)]
pub(crate) struct Ways {
    root: Branch,
    count: AtomicUsize,
    bytes: AtomicUsize,
    /// Whether none is ever made.
    closed: bool,
}

/// All that a render is about.
#[derive(Clone, Copy)]
pub(crate) struct Job<'a> {
    pub(crate) program: &'a Program,
    pub(crate) schema: &'static OutputSchema,
    pub(crate) facts: &'a Facts,
    pub(crate) arena: &'a Arena,
    pub(crate) limits: &'a Limits,
}

/// What a look at the known ways gives.
pub(crate) enum Look<'a> {
    /// A finished render.
    Found(Found<'a>),
    /// The general path has to do it; there would be a way if it were made now.
    Unknown(Option<Gap<'a>>),
}

/// A branch that is worth a way.
pub(crate) struct Gap<'a>(&'a Branch);

/// A finished render.
pub(crate) struct Found<'a> {
    template: &'a Template,
    registers: &'a [Value<'a>],
    arena: &'a Arena,
}

impl Ways {
    /// Where none is ever made.
    pub(crate) fn closed() -> Self {
        Self { closed: true, ..Self::default() }
    }

    /// The same without what is known.
    pub(crate) fn emptied(&self) -> Self {
        Self { closed: self.closed, ..Self::default() }
    }

    /// Goes as far as ways are known.
    pub(crate) fn look<'a>(&'a self, job: Job<'a>) -> Look<'a> {
        let Some(way) = self.root.way.get() else { return self.gap(&self.root) };
        match Run::new(job).go(way) {
            End::Template(template, registers) => Look::Found(Found { template, registers, arena: job.arena }),
            End::Branch(branch) => self.gap(branch),
            End::Off => Look::Unknown(None),
        }
    }

    fn gap<'a>(&self, branch: &'a Branch) -> Look<'a> {
        let asked = branch.asked.load(Ordering::Relaxed).saturating_add(1);
        branch.asked.store(asked, Ordering::Relaxed);
        let full = self.closed
            || self.count.load(Ordering::Relaxed) >= MOST_WAYS
            || self.bytes.load(Ordering::Relaxed) >= MOST_BYTES;
        Look::Unknown((asked >= WARM && !full).then_some(Gap(branch)))
    }

    /// Makes the way that is missing, by a traced render. `steps` is how many the general path took, if it got to an end.
    pub(crate) fn make(&self, job: Job<'_>, gap: &Gap<'_>, steps: Option<u64>) {
        let mut tracer = Tracer::new(job);
        let held = trace(&mut tracer);
        let bounded = steps.is_some_and(|steps| steps.saturating_mul(MOST_GROWTH) <= job.limits.steps);
        let template = match held {
            Ok(held) if bounded => Template::new(&held, job.schema, job.limits.output, job.arena.bump()),
            _ => None,
        };
        let Some(ops) = self.after(gap, tracer.into_ops().collect()) else { return };
        let bytes = ops.iter().map(Op::weight).sum::<usize>() + template.as_ref().map_or(0, Template::weight);
        let steps = ops.into_iter().map(|op| Step { op, other: Branch::default() });
        let way = Way { steps: steps.collect(), end: template };
        if gap.0.way.set(Box::new(way)).is_ok() {
            self.count.fetch_add(1, Ordering::Relaxed);
            self.bytes.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    /// The steps from a gap on, of all from the start; none if they do not lead there.
    fn after(&self, gap: &Gap<'_>, ops: Vec<Op>) -> Option<Vec<Op>> {
        let mut ops = ops.into_iter().peekable();
        let mut branch = &self.root;
        while !std::ptr::eq(branch, gap.0) {
            let way = branch.way.get()?;
            let mut steps = way.steps.iter();
            branch = loop {
                let step = steps.next()?;
                match ops.peek() {
                    Some(op) if *op == step.op => _ = ops.next(),
                    _ => break &step.other,
                }
            };
        }
        Some(ops.collect())
    }
}

/// A whole render, as [`super::evaluate`] does it.
fn trace<'a>(tracer: &mut Tracer<'a>) -> Traced<Vec<Held<'a>>> {
    tracer.run_rules()?;
    let held = tracer.settle()?;
    let draft = tracer.draft(&held);
    let sized = tracer.machine.check_size(&draft);
    tracer.checked(sized)?;
    tracer.machine.check_required(&draft);
    if !tracer.machine.refusals.is_empty() {
        return Err(Off);
    }
    tracer.publish(&held);
    tracer.run_invariants()?;
    Ok(held)
}

impl<'a> Found<'a> {
    /// The memory of the render.
    pub(crate) const fn arena(&self) -> &'a Arena {
        self.arena
    }

    /// Which of the known ways it went. Ways are never forgotten.
    pub(crate) fn way(&self) -> usize {
        std::ptr::from_ref(self.template).addr()
    }

    /// Whether what a slot holds, or one element of it, is the same in every render that goes this way.
    pub(crate) fn is_constant(&self, slot: SlotIndex, index: Option<usize>) -> bool {
        self.template.is_constant(slot, index)
    }

    /// Who wrote what, as `find` tells for this render if nobody has asked yet for one on this way. Each decision of such
    /// renders is the same, so it is the same statements that ran, and the same of their writes that count.
    pub(crate) fn writers(&self, find: impl FnOnce() -> Option<Writers>) -> Option<&'a Writers> {
        self.template.writers(find)
    }

    /// Appends the output as JSON.
    pub(crate) fn write(&self, style: Style, limit: usize, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        self.template.write(self.registers, style, limit, out)
    }

    /// The output as `oci_spec` has it, if there is a shorter way to it than the draft.
    pub(crate) fn spec(&self) -> Option<Result<Spec, SpecError>> {
        self.template.spec(self.registers, output(), self.arena.bump())
    }

    /// The requirements of runtimes that this render must be held against; it meets the others.
    pub(crate) const fn open(&self) -> &'a [u16] {
        self.template.open()
    }

    /// What the rules wrote.
    pub(crate) fn draft(&self) -> Draft<'a> {
        self.template.draft(self.registers, self.arena.bump())
    }
}

impl<'a> Slots<'a> for Found<'a> {
    fn filled(&self, slot: SlotIndex) -> Cow<'_, Filled<'a>> {
        Cow::Owned(self.template.filled(slot, self.registers, self.arena.bump()))
    }
}

impl fmt::Debug for Ways {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ways").field("count", &self.count).field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

/// Not what it holds, which can be secret.
impl fmt::Debug for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found").finish_non_exhaustive()
    }
}
