//! What a traced render remembers: which facts were read for what, and every write with its circumstances.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use super::reads::{Read, Reads, What, gist, is_container, is_sensitive, narrow, narrow_list};
use super::value::{List, Map, Record, Value};
use crate::facts::datum::{Datum, Kind};
use crate::ir::{ExprId, GuardId, LetId, LocalId, Loop, Write};
use crate::provenance::Word;
use crate::schema::functions::Function;
use crate::source::Span;

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
    /// Whether the key is not to be shown.
    pub(super) key_sensitive: bool,
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
    /// The conditions, if they are watched.
    pub(super) asked: Vec<Rc<Asked<'a>>>,
}

/// A condition that was asked; see [`crate::provenance::Asked`].
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) word: Word,
    pub(super) span: Span,
    pub(super) holds: bool,
    /// The place and value of each part, and whether it is not to be shown.
    pub(super) parts: Vec<(Span, Value<'a>, bool)>,
    pub(super) reads: Reads<'a>,
}

/// Whether a rule or invariant applied.
#[derive(Clone, Debug, Default)]
pub(super) struct Head<'a> {
    pub(super) applies: Option<bool>,
    pub(super) asked: Vec<Rc<Asked<'a>>>,
}

/// Statements that were passed over.
#[derive(Debug)]
pub(super) struct Skipped<'a> {
    pub(super) effects: Range<u32>,
    pub(super) asked: Rc<Asked<'a>>,
    pub(super) around: Rc<Around<'a>>,
}

/// What is watched in a render that is to be explained.
#[derive(Debug, Default)]
pub(super) struct Watch<'a> {
    /// By rule, then by invariant.
    pub(super) heads: Vec<Head<'a>>,
    pub(super) skipped: Vec<Skipped<'a>>,
    /// By statement.
    pub(super) values: BTreeMap<u32, Reads<'a>>,
    pub(super) cut: bool,
}

/// One round of a loop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round<'a> {
    /// What is gone through.
    pub(super) span: Span,
    /// The element, or the key of an entry.
    pub(super) value: Value<'a>,
    pub(super) sensitive: bool,
    /// Where the element or entry was written, if it is a fact.
    pub(super) place: Span,
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
    /// Which of them is being written.
    pub(super) position: Option<usize>,
    pub(super) events: Vec<Event<'a>>,
    /// Conditions, if they are watched.
    pub(super) watch: Option<Watch<'a>>,
    /// How each `if` that was asked came out, by its statement.
    pub(super) decided: BTreeSet<(u32, bool)>,
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
            narrow(log, |kind| matches!(kind, Kind::Map(map) if std::ptr::eq(&**map, entries)), part);
        }
    }

    // What is around a statement.

    /// Into a rule or a branch, because of what was read since `mark`.
    pub(super) fn enter(&mut self, mark: usize) {
        let reads = self.take(mark).to_vec();
        self.around.push(Around { reads, ..Around::default() });
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
        let whole = |read: &Read<'a>| is_container(read, |kind| matches!(kind, Kind::Record(_)));
        let place = reads.iter().find(|read| whole(read) || reads.len() == 1).and_then(Read::place);
        // Of a record, what is read of it counts, and not that it was gone through.
        let why = reads.iter().filter(|read| !whole(read)).copied().collect();
        let round = Round { span, value, sensitive, place: place.unwrap_or(Span::NONE) };
        self.around.push(Around { reads: why, rounds: vec![round], asked: Vec::new() });
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

    /// The innermost round, branch or rule is there because of these conditions.
    pub(super) fn because_of(&mut self, asked: Vec<Rc<Asked<'a>>>) {
        if let Some(around) = self.around.last_mut() {
            around.asked.extend(asked);
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
        let asked = self.around.iter().flat_map(|around| around.asked.iter().cloned()).collect();
        let snapshot = Rc::new(Around { reads, rounds, asked });
        self.snapshot = Some(Rc::clone(&snapshot));
        snapshot
    }
}
