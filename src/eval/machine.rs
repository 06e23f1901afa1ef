//! The machine: what one render knows while it runs, and how it stops.

use bumpalo::Bump;

use super::merge::Cell;
use super::trace::Trace;
use super::value::{List, Map, Record, Value};
use super::{Arena, Limits};
use crate::diagnostics::{Code, Diagnostic, code};
use crate::facts::Facts;
use crate::ir::{ExprId, GuardId, LetId, LocalId, Program};
use crate::schema::output::OutputSchema;
use crate::source::Span;

/// The result of evaluating something.
pub(super) type Eval<T> = Result<T, Stop>;

/// Why the render cannot go on.
#[derive(Debug)]
pub(super) struct Stop(pub(super) Box<Diagnostic>);

/// What is known of a guard.
#[derive(Clone, Copy, Default)]
pub(super) enum Memo {
    #[default]
    Unknown,
    Holds,
    Fails,
}

/// What is known of a let.
#[derive(Clone, Copy, Default)]
pub(super) enum LetState<'a> {
    #[default]
    Unknown,
    /// Being evaluated: asked for once more it would never end.
    Running,
    Known(Value<'a>),
}

/// One render. With `TRACE` it also keeps what provenance and refusals need; without, that code is not there.
pub(super) struct Machine<'a, const TRACE: bool> {
    pub(super) program: &'a Program,
    pub(super) schema: &'a OutputSchema,
    pub(super) facts: &'a Facts,
    pub(super) bump: &'a Bump,
    pub(super) limits: Limits,
    /// Steps that are left.
    pub(super) fuel: u64,
    pub(super) guards: &'a mut [Memo],
    pub(super) lets: &'a mut [LetState<'a>],
    pub(super) locals: &'a mut [Value<'a>],
    /// What was written, by slot.
    pub(super) cells: Vec<Cell<'a>>,
    /// What `spec.…` reads, by slot; empty until the draft is complete.
    pub(super) spec: &'a mut [Value<'a>],
    /// Scratch stacks: whoever pushes takes off what is above its own mark.
    pub(super) texts: String,
    pub(super) values: Vec<Value<'a>>,
    pub(super) entries: Vec<(&'a str, Value<'a>)>,
    /// The place of the name of the rule or invariant that runs.
    pub(super) rule: usize,
    pub(super) rule_span: Span,
    pub(super) refusals: Vec<Diagnostic>,
    /// How many conflicts there are.
    pub(super) conflicts: usize,
    pub(super) warnings: Vec<Diagnostic>,
    /// Whether a secret or a variable of the host was read.
    pub(super) sensitive: bool,
    pub(super) trace: Trace<'a>,
}

impl<'a, const TRACE: bool> Machine<'a, TRACE> {
    pub(super) fn new(
        program: &'a Program,
        schema: &'a OutputSchema,
        facts: &'a Facts,
        arena: &'a Arena,
        limits: &Limits,
    ) -> Self {
        let bump = arena.bump();
        let mut cells = Vec::new();
        cells.resize_with(schema.slots.len(), Cell::default);
        Self {
            guards: bump.alloc_slice_fill_copy(program.guards.len(), Memo::Unknown),
            lets: bump.alloc_slice_fill_copy(program.lets.len(), LetState::Unknown),
            locals: bump.alloc_slice_fill_copy(program.locals, Value::Absent),
            cells,
            ..Self::bare(program, schema, facts, arena, limits)
        }
    }

    /// One that can only compute with values.
    pub(super) fn bare(
        program: &'a Program,
        schema: &'a OutputSchema,
        facts: &'a Facts,
        arena: &'a Arena,
        limits: &Limits,
    ) -> Self {
        Self {
            program,
            schema,
            facts,
            bump: arena.bump(),
            limits: *limits,
            fuel: limits.steps,
            guards: &mut [],
            lets: &mut [],
            locals: &mut [],
            cells: Vec::new(),
            spec: &mut [],
            texts: String::new(),
            values: Vec::new(),
            entries: Vec::new(),
            rule: 0,
            rule_span: Span::NONE,
            refusals: Vec::new(),
            conflicts: 0,
            warnings: Vec::new(),
            sensitive: false,
            trace: Trace::default(),
        }
    }

    /// Uses up steps.
    #[inline]
    pub(super) fn charge(&mut self, steps: usize, at: Span) -> Eval<()> {
        match self.fuel.checked_sub(steps as u64) {
            Some(fuel) => {
                self.fuel = fuel;
                Ok(())
            }
            None => Err(self.out_of_fuel(at)),
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn out_of_fuel(&self, at: Span) -> Stop {
        let message = format!("evaluation takes more than {} steps", self.limits.steps);
        let help = "go through shorter lists, or raise the limit";
        Stop(Box::new(Diagnostic::new(code::TOO_MANY_STEPS, message).label(at, "given up here").help(help)))
    }

    /// A fault of the value at an expression.
    #[cold]
    #[inline(never)]
    pub(super) fn fault(&self, code: Code, at: ExprId, message: impl Into<String>) -> Stop {
        Stop(Box::new(Diagnostic::new(code, message).label(self.program.span(at), "here")))
    }

    /// What checking should have ruled out.
    #[cold]
    #[inline(never)]
    pub(super) fn confused(&self, at: Span) -> Stop {
        let diagnostic = Diagnostic::new(code::INTERNAL, "a value of a kind that checking rules out");
        Stop(Box::new(diagnostic.label(at, "here").help("this is a mistake of ours: please report it")))
    }

    /// The value of a let, evaluated on its first use.
    pub(super) fn let_value(&mut self, id: LetId, at: ExprId) -> Eval<Value<'a>> {
        match self.lets.get(id.index()) {
            Some(LetState::Known(value)) => {
                let value = *value;
                if TRACE {
                    self.trace.replay_let(id);
                }
                return Ok(value);
            }
            Some(LetState::Unknown) => {}
            _ => return Err(self.confused(self.program.span(at))),
        }
        let Some(body) = self.program.lets.get(id.index()).map(|l| l.body) else {
            return Err(self.confused(self.program.span(at)));
        };
        self.set_let(id, LetState::Running);
        let mark = self.trace.log.len();
        let value = self.eval(body)?;
        if TRACE {
            self.trace.keep_let(id, mark);
        }
        self.set_let(id, LetState::Known(value));
        Ok(value)
    }

    fn set_let(&mut self, id: LetId, state: LetState<'a>) {
        if let Some(place) = self.lets.get_mut(id.index()) {
            *place = state;
        }
    }

    /// Whether a guard holds, evaluated on its first use.
    pub(super) fn guard(&mut self, id: GuardId) -> Eval<bool> {
        let known = match self.guards.get(id.index()) {
            Some(Memo::Holds) => true,
            Some(Memo::Fails) => false,
            _ => return self.ask_guard(id),
        };
        if TRACE {
            self.trace.replay_guard(id);
        }
        Ok(known)
    }

    fn ask_guard(&mut self, id: GuardId) -> Eval<bool> {
        let Some(condition) = self.program.guards.get(id.index()) else {
            return Err(self.confused(self.rule_span));
        };
        let mark = self.trace.log.len();
        let holds = self.truth(*condition)?;
        if TRACE {
            self.trace.keep_guard(id, mark);
        }
        if let Some(place) = self.guards.get_mut(id.index()) {
            *place = if holds { Memo::Holds } else { Memo::Fails };
        }
        Ok(holds)
    }

    /// Gives a local its value.
    #[inline]
    pub(super) fn bind(&mut self, id: LocalId, value: Value<'a>) {
        if let Some(place) = self.locals.get_mut(id.index()) {
            *place = value;
        }
    }

    // What is built on the scratch stacks and then kept in the arena.

    /// Appends to the text that began at `mark`.
    pub(super) fn append(&mut self, mark: usize, text: &str, at: ExprId) -> Eval<()> {
        self.texts.push_str(text);
        self.check_text(mark, at)
    }

    pub(super) fn check_text(&self, mark: usize, at: ExprId) -> Eval<()> {
        if self.texts.len() - mark > self.limits.text {
            return Err(self.fault(code::TOO_LONG, at, format!("a text of more than {} bytes", self.limits.text)));
        }
        Ok(())
    }

    /// The text that began at `mark`, kept.
    pub(super) fn seal_text(&mut self, mark: usize, at: ExprId) -> Eval<Value<'a>> {
        self.check_text(mark, at)?;
        // Bytes cost steps too, so that steps bound memory.
        self.charge((self.texts.len() - mark) / 16, self.program.span(at))?;
        let text = self.bump.alloc_str(self.texts.get(mark..).unwrap_or_default());
        self.texts.truncate(mark);
        Ok(Value::Text(text))
    }

    /// Adds an element to the list that began at `mark`.
    pub(super) fn push(&mut self, mark: usize, value: Value<'a>, at: ExprId) -> Eval<()> {
        if self.values.len() - mark >= self.limits.list {
            return Err(self.too_many(at));
        }
        self.values.push(value);
        Ok(())
    }

    /// The list that began at `mark`, kept.
    pub(super) fn seal_list(&mut self, mark: usize) -> Value<'a> {
        let list = self.bump.alloc_slice_copy(self.values.get(mark..).unwrap_or_default());
        self.values.truncate(mark);
        Value::List(List::Values(list))
    }

    /// The record whose fields began at `mark`, kept.
    pub(super) fn seal_record(&mut self, mark: usize) -> Value<'a> {
        let fields = self.bump.alloc_slice_copy(self.values.get(mark..).unwrap_or_default());
        self.values.truncate(mark);
        Value::Record(Record::Values(fields))
    }

    /// The map whose entries began at `mark`, kept.
    pub(super) fn seal_map(&mut self, mark: usize) -> Value<'a> {
        let entries = self.bump.alloc_slice_copy(self.entries.get(mark..).unwrap_or_default());
        self.entries.truncate(mark);
        Value::Map(Map::Entries(entries))
    }

    #[cold]
    #[inline(never)]
    pub(super) fn too_many(&self, at: ExprId) -> Stop {
        self.fault(code::TOO_LONG, at, format!("a list of more than {} elements", self.limits.list))
    }
}
