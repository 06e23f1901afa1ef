//! What a traced render remembers: which facts were read for what, and every write with its circumstances.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::value::{List, Map, Record, Value};
use crate::facts::datum::{Datum, Kind};
use crate::ir::{ExprId, GuardId, LetId, LocalId, Loop, Write};
use crate::schema::functions::Function;
use crate::source::Span;

/// One thing that was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Read<'a> {
    pub(super) what: What<'a>,
    /// Whether it is not to be shown.
    pub(super) sensitive: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum What<'a> {
    /// A fact, or a default or constant in the place of one.
    Datum(&'a Datum),
    /// An answer of the host or of the secrets.
    Answer { function: Function, argument: &'a str, answer: Value<'a> },
}

/// What was read for one value; each thing once, and no more of them than anybody would look at.
pub(super) type Reads<'a> = Rc<[Read<'a>]>;

/// How many reads are kept for one value.
const KEPT: usize = 64;

/// Where an element or entry comes from.
#[derive(Clone, Debug)]
pub(super) struct Origin<'a> {
    /// The innermost expression that gave it.
    pub(super) span: Span,
    pub(super) key: Option<&'a str>,
    /// What was read for its key.
    pub(super) key_reads: Reads<'a>,
    pub(super) value: Value<'a>,
    /// What was read for it.
    pub(super) reads: Reads<'a>,
}

/// A value with the origins of its parts: elements, entries, or fields.
#[derive(Clone, Debug)]
pub(super) struct Traced<'a> {
    pub(super) value: Value<'a>,
    pub(super) parts: Rc<[Origin<'a>]>,
    /// What was read for it as a whole.
    pub(super) reads: Reads<'a>,
}

/// Which statement of which rule writes.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) effect: u32,
    pub(super) rule: usize,
    pub(super) write: &'a Write,
}

/// What a write says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// The slot is this.
    Is,
    /// The element is in.
    In,
    /// The element is out.
    Out,
    /// What is not in this write is out.
    Whole,
    /// The slot is absent.
    Unset,
}

/// A write that was made.
pub(super) struct Event<'a> {
    pub(super) site: Site<'a>,
    pub(super) action: Action,
    pub(super) key: Option<Value<'a>>,
    pub(super) value: Value<'a>,
    pub(super) origin: Span,
    pub(super) reads: Reads<'a>,
    pub(super) around: Rc<Around<'a>>,
}

/// The guards, conditions and rounds of loops around a statement.
#[derive(Clone, Debug, Default)]
pub(super) struct Around<'a> {
    pub(super) reads: Vec<Read<'a>>,
    pub(super) rounds: Vec<Round<'a>>,
}

/// One round of a loop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round<'a> {
    /// What is gone through.
    pub(super) span: Span,
    /// The element, or the key of an entry.
    pub(super) value: Value<'a>,
    pub(super) sensitive: bool,
}

#[derive(Clone, Default)]
struct Local<'a> {
    reads: Option<Reads<'a>>,
    definition: Option<ExprId>,
}

/// All of it.
#[derive(Default)]
pub(super) struct Trace<'a> {
    /// What is read, as it is read.
    pub(super) log: Vec<Read<'a>>,
    guards: BTreeMap<GuardId, Reads<'a>>,
    lets: BTreeMap<LetId, Reads<'a>>,
    locals: BTreeMap<LocalId, Local<'a>>,
    /// Origins of the parts of lets and locals that were asked for.
    pub(super) let_parts: BTreeMap<LetId, Traced<'a>>,
    pub(super) local_parts: BTreeMap<LocalId, Traced<'a>>,
    pub(super) around: Vec<Around<'a>>,
    snapshot: Option<Rc<Around<'a>>>,
    /// The origins of the elements that are being written.
    pub(super) origins: Option<Traced<'a>>,
    pub(super) events: Vec<Event<'a>>,
}

impl<'a> Read<'a> {
    /// Where it was written.
    pub(super) fn place(&self) -> Option<Span> {
        match self.what {
            What::Datum(datum) if !datum.span.is_none() => Some(datum.span),
            _ => None,
        }
    }

    fn is(&self, other: &Self) -> bool {
        match (self.what, other.what) {
            (What::Datum(a), What::Datum(b)) => std::ptr::eq(a, b),
            (What::Answer { function: f, argument: a, .. }, What::Answer { function: g, argument: b, .. }) => {
                f == g && a == b
            }
            _ => false,
        }
    }
}

/// Each read once, at most [`KEPT`], and none lost that makes a value sensitive.
pub(super) fn gist<'a>(reads: impl IntoIterator<Item = Read<'a>>) -> Reads<'a> {
    let mut kept: Vec<Read<'a>> = Vec::new();
    let mut sensitive = false;
    for read in reads {
        if kept.iter().any(|other| other.is(&read)) {
            continue;
        }
        if kept.len() < KEPT {
            kept.push(read);
        } else if read.sensitive && !sensitive {
            kept.pop();
            kept.push(read);
        }
        sensitive |= read.sensitive;
    }
    kept.into()
}

/// Both, see [`gist`].
pub(super) fn both<'a>(first: &Reads<'a>, second: &Reads<'a>) -> Reads<'a> {
    match (first.is_empty(), second.is_empty()) {
        (true, _) => Rc::clone(second),
        (_, true) => Rc::clone(first),
        _ => gist(first.iter().chain(second.iter()).copied()),
    }
}

pub(super) fn is_sensitive(reads: &[Read<'_>]) -> bool {
    reads.iter().any(|read| read.sensitive)
}

/// Whether a datum is the container that a value was taken out of.
fn is_container(read: &Read<'_>, is: impl Fn(&Kind) -> bool) -> bool {
    matches!(read.what, What::Datum(datum) if is(&datum.kind))
}

fn narrow<'a>(log: &mut [Read<'a>], is: impl Fn(&Kind) -> bool, part: &'a Datum) {
    if let Some(read) = log.iter_mut().rev().find(|read| is_container(read, &is)) {
        read.what = What::Datum(part);
    }
}

/// The reads for one part of what they were made for, in place of those for the whole.
pub(super) fn narrowed<'a>(reads: &Reads<'a>, value: Value<'a>, position: usize) -> Reads<'a> {
    let mut log = reads.to_vec();
    match value {
        Value::List(list) => narrow_list(&mut log, list, position),
        Value::Map(Map::Facts(entries)) => {
            if let Some((_, part)) = entries.get_index(position) {
                narrow(&mut log, |kind| matches!(kind, Kind::Map(map) if std::ptr::eq(map, entries)), part);
            }
        }
        _ => return Rc::clone(reads),
    }
    log.into()
}

fn narrow_list<'a>(log: &mut [Read<'a>], list: List<'a>, position: usize) {
    if let List::Facts(elements) = list
        && let Some(part) = elements.get(position)
    {
        narrow(log, |kind| matches!(kind, Kind::List(list) if std::ptr::eq(list.as_slice(), elements)), part);
    }
}

impl<'a> Trace<'a> {
    pub(super) fn read(&mut self, datum: &'a Datum, sensitive: bool) {
        self.log.push(Read { what: What::Datum(datum), sensitive });
    }

    pub(super) fn ask(&mut self, function: Function, argument: &'a str, answer: Value<'a>, sensitive: bool) {
        self.log.push(Read { what: What::Answer { function, argument, answer }, sensitive });
    }

    fn since(&self, mark: usize) -> &[Read<'a>] {
        self.log.get(mark..).unwrap_or_default()
    }

    /// What was read since `mark`, taken off the log.
    pub(super) fn take(&mut self, mark: usize) -> Reads<'a> {
        let reads = gist(self.since(mark).iter().copied());
        self.log.truncate(mark);
        reads
    }

    pub(super) fn keep_let(&mut self, id: LetId, mark: usize) {
        let reads = self.take(mark);
        self.log.extend(reads.iter());
        self.lets.insert(id, reads);
    }

    pub(super) fn replay_let(&mut self, id: LetId) {
        if let Some(reads) = self.lets.get(&id) {
            self.log.extend(reads.iter());
        }
    }

    pub(super) fn keep_guard(&mut self, id: GuardId, mark: usize) {
        let reads = self.take(mark);
        self.log.extend(reads.iter());
        self.guards.insert(id, reads);
    }

    pub(super) fn replay_guard(&mut self, id: GuardId) {
        if let Some(reads) = self.guards.get(&id) {
            self.log.extend(reads.iter());
        }
    }

    pub(super) fn replay_local(&mut self, id: LocalId) {
        if let Some(reads) = self.locals.get(&id).and_then(|local| local.reads.as_ref()) {
            self.log.extend(reads.iter());
        }
    }

    /// A local gets the value of an expression.
    pub(super) fn define(&mut self, id: LocalId, definition: ExprId, mark: usize) {
        let reads = Some(self.take(mark));
        self.locals.insert(id, Local { reads, definition: Some(definition) });
        self.local_parts.remove(&id);
    }

    /// The expression that a local got its value from.
    pub(super) fn definition(&self, id: LocalId) -> Option<ExprId> {
        self.locals.get(&id).and_then(|local| local.definition)
    }

    // A field, element or entry in the place of what it was taken out of.

    pub(super) fn narrow_field(&mut self, mark: usize, record: Record<'a>, index: usize) {
        if let Record::Facts(fields) = record
            && let Some(part) = fields.get(index)
            && let Some(log) = self.log.get_mut(mark..)
        {
            narrow(log, |kind| matches!(kind, Kind::Record(record) if std::ptr::eq(&**record, fields)), part);
        }
    }

    pub(super) fn narrow_element(&mut self, mark: usize, list: List<'a>, position: usize) {
        if let Some(log) = self.log.get_mut(mark..) {
            narrow_list(log, list, position);
        }
    }

    pub(super) fn narrow_entry(&mut self, mark: usize, map: Map<'a>, key: &str) {
        if let Map::Facts(entries) = map
            && let Some(part) = entries.get(key)
            && let Some(log) = self.log.get_mut(mark..)
        {
            narrow(log, |kind| matches!(kind, Kind::Map(map) if std::ptr::eq(map, entries)), part);
        }
    }

    // What is around a statement.

    /// Into a rule or a branch, because of what was read since `mark`.
    pub(super) fn enter(&mut self, mark: usize) {
        let reads = self.take(mark).to_vec();
        self.around.push(Around { reads, rounds: Vec::new() });
        self.snapshot = None;
    }

    /// Into one round of a loop.
    pub(super) fn enter_round(
        &mut self,
        one: &Loop,
        origin: Option<&Origin<'a>>,
        index: Value<'a>,
        element: Value<'a>,
        span: Span,
    ) {
        let (reads, key_reads) = match origin {
            Some(origin) => (Rc::clone(&origin.reads), Rc::clone(&origin.key_reads)),
            None => Default::default(),
        };
        let (value, sensitive) = match index {
            Value::Text(_) => (index, is_sensitive(&key_reads)),
            _ => (element, is_sensitive(&reads)),
        };
        self.around.push(Around { reads: reads.to_vec(), rounds: vec![Round { span, value, sensitive }] });
        self.snapshot = None;
        if let Some(index) = one.index {
            self.locals.insert(index, Local { reads: Some(key_reads), definition: None });
            self.local_parts.remove(&index);
        }
        self.locals.insert(one.element, Local { reads: Some(reads), definition: None });
        self.local_parts.remove(&one.element);
    }

    /// The innermost round is there because of what was read since `mark`.
    pub(super) fn condition_since(&mut self, mark: usize) {
        let reads = gist(self.since(mark).iter().copied());
        if let Some(around) = self.around.last_mut() {
            around.reads.extend(reads.iter());
        }
        self.snapshot = None;
    }

    pub(super) fn leave(&mut self) {
        self.around.pop();
        self.snapshot = None;
    }

    /// A statement is over.
    pub(super) fn settle(&mut self) {
        self.log.clear();
    }

    /// What was read for all that is around, from a depth on.
    pub(super) fn reads_around(&self, depth: usize) -> Reads<'a> {
        gist(self.around.iter().skip(depth).flat_map(|around| around.reads.iter().copied()))
    }

    /// All that is around, at once.
    pub(super) fn snapshot(&mut self) -> Rc<Around<'a>> {
        if let Some(snapshot) = &self.snapshot {
            return Rc::clone(snapshot);
        }
        let reads = self.reads_around(0).to_vec();
        let rounds = self.around.iter().flat_map(|around| around.rounds.iter().copied()).collect();
        let snapshot = Rc::new(Around { reads, rounds });
        self.snapshot = Some(Rc::clone(&snapshot));
        snapshot
    }
}
