//! The program: rules without names. Expressions and effects are flat arrays that point into each other;
//! what is constant is a constant; every distinct guard has one number.
//!
//! An expression knows its place ([`Program::span`]), and equal expressions have an equal canonical number
//! while the program is built ([`build::Builder`]), which is how guards are shared and presence is proved.

pub mod build;
mod children;
pub(crate) mod fold;
pub mod plan;
pub(crate) mod questions;
mod sound;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::facts::datum::Datum;
use crate::schema::facts::{HostField, Root};
use crate::schema::functions::Function;
use crate::schema::output::SlotIndex;
use crate::source::Span;
pub use crate::syntax::ast::{ArithmeticOp, Strength, WriteOp};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(u32);

        impl $name {
            /// The id of an index; indices are bounded by the limits on sources.
            #[must_use]
            pub fn new(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }

            /// Where it is in its array.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// An index into [`Program::exprs`].
    ExprId
    /// An index into [`Program::constants`].
    ConstId
    /// An index into [`Program::lets`].
    LetId
    /// An index into [`Program::guards`].
    GuardId
    /// An index into [`Program::conversions`].
    ConversionId
    /// An index into [`Program::effects`].
    EffectId
    /// An index into [`Program::rules`] or, for an invariant, into [`Program::invariants`].
    RuleId
    /// A local of a rule or comprehension: an index into the frame of locals, see [`Program::locals`].
    LocalId
}

/// A checked policy, ready to run.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Expressions; children come before the expressions that hold them.
    pub exprs: Vec<Expr>,
    /// The place of each expression.
    pub spans: Vec<Span>,
    /// What literals and folded expressions are.
    pub constants: Vec<Datum>,
    /// Changes of representation, where a value's type and its place's differ.
    pub conversions: Vec<Conversion>,
    /// The bodies of the policy's lets; each is evaluated at most once a render.
    pub lets: Vec<Let>,
    /// Conditions without locals, each distinct one once; evaluated at most once a render.
    pub guards: Vec<ExprId>,
    /// Statements of all rules and invariants.
    pub effects: Vec<Effect>,
    /// The place and reason of each statement.
    pub notes: Vec<EffectNote>,
    /// The rules in written order: layer, file name, line.
    pub rules: Vec<Rule>,
    /// The invariants in written order.
    pub invariants: Vec<Rule>,
    /// The rules that only apply when a fact equals a constant.
    pub index: RuleIndex,
    /// How many locals the frame of a render has.
    pub locals: usize,
}

/// A let.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Let {
    /// Its name.
    pub name: Box<str>,
    /// Its value.
    pub body: ExprId,
}

/// A rule or an invariant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rule {
    /// Its dotted name.
    pub name: Box<str>,
    /// The place of its name.
    pub span: Span,
    /// Its doc text.
    pub doc: Option<Box<str>>,
    /// It applies where all of these hold, asked in this order.
    pub guards: Box<[GuardId]>,
    /// Its `when` as it is written.
    pub when: Option<Condition>,
    /// Its `unless` as it is written.
    pub unless: Option<Condition>,
    /// Its statements: a range of [`Program::effects`].
    pub effects: Range<u32>,
}

/// A condition of a rule's head.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Condition {
    /// What it asks; a let that only names something stands for that.
    pub expr: ExprId,
    /// The place of all of it.
    pub span: Span,
}

/// Which rules can be passed over without a look at their guards.
#[derive(Clone, Debug, Default)]
pub struct RuleIndex {
    /// Rules that no table below knows, ascending.
    pub always: Vec<RuleId>,
    /// One table a fact.
    pub tables: Vec<EqualityTable>,
}

/// Rules with a guard `fact == constant`, by constant.
#[derive(Clone, Debug)]
pub struct EqualityTable {
    /// The fact: an expression without locals whose value is a text.
    pub fact: ExprId,
    /// Ascending rules by the text that they want.
    pub rules: indexmap::IndexMap<Box<str>, Vec<RuleId>>,
}

/// The place of a statement and the reason given for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EffectNote {
    /// The whole statement.
    pub span: Span,
    /// `because "…"`
    pub because: Option<Box<str>>,
}

/// An expression. Absence is a value ([`crate::eval::value::Value::Absent`]); checking has made sure that it
/// only meets operators that take it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Expr {
    /// A constant.
    Const(ConstId),
    /// A fact: field indices from its root. Absent if anything on the way is.
    Fact(Root, Box<[u16]>),
    /// A plain field of the host.
    Host(HostField),
    /// A local.
    Local(LocalId),
    /// A let.
    Let(LetId),
    /// What the finished spec has in a slot, as [`crate::schema::output::Slot::read_type`] says; only in invariants and tests.
    Spec(SlotIndex),
    /// A field of a record; absent if the record is.
    Field(ExprId, u16),
    /// An element of a list by its index; absent outside, or if either is absent.
    Element(ExprId, ExprId),
    /// An entry of a map by its key; absent if there is none, or if either is absent.
    Entry(ExprId, ExprId),
    /// The pieces, one after the other; each is a text, number, boolean or version.
    Text(Box<[ExprId]>),
    /// A list of those that are not absent.
    List(Box<[ExprId]>),
    /// A record; its fields may be absent.
    Record(Box<[ExprId]>),
    /// A map of the entries whose value is not absent; of two of one key the last counts.
    Map(Box<[(ExprId, ExprId)]>),
    /// A list or map made by loops.
    Comprehension(Box<Comprehension>),
    /// The first that is not absent.
    Else(Box<[ExprId]>),
    /// The first where the second holds, else absent.
    When(ExprId, ExprId),
    /// Whether one of them holds, asked in order.
    Or(Box<[ExprId]>),
    /// Whether all of them hold, asked in order.
    And(Box<[ExprId]>),
    /// The opposite.
    Not(ExprId),
    /// Whether both are equal; absent equals only absent.
    Equal(ExprId, ExprId),
    /// Whether the first stands in this order to the second.
    Order(OrderOp, OrderKind, ExprId, ExprId),
    /// Whether a list has an element that equals the first.
    InList(ExprId, ExprId),
    /// Whether a map has the first as a key.
    InMap(ExprId, ExprId),
    /// Whether the text in the first matches the glob in the second.
    Like(ExprId, ExprId),
    /// Whether each element of the first list is one of the second.
    SubsetOf(ExprId, ExprId),
    /// Whether it is not absent.
    IsSet(ExprId),
    /// Whether a text, list or map has nothing in it.
    IsEmpty(ExprId),
    /// Texts one after the other.
    ConcatTexts(Box<[ExprId]>),
    /// Lists one after the other.
    ConcatLists(Box<[ExprId]>),
    /// Maps merged; of one key the last counts, at the place of the first.
    MergeMaps(Box<[ExprId]>),
    /// Two records merged: for each field of the result, its index in the left and in the right one; the right
    /// one counts where it has the field.
    MergeRecords(ExprId, ExprId, Box<[(Option<u16>, Option<u16>)]>),
    /// Left to right; on `Float`s if the flag is set, else on `Int`s.
    Arithmetic(bool, ExprId, Box<[(ArithmeticOp, ExprId)]>),
    /// Its negative; of a `Float` if the flag is set.
    Negate(bool, ExprId),
    /// A function of the language.
    Call(Function, Box<[ExprId]>),
    /// Another representation of the same; absent stays absent.
    Convert(ConversionId, ExprId),
}

/// `<`, `<=`, `>`, `>=`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OrderOp {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// What is put in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OrderKind {
    /// By value.
    Int,
    /// By value.
    Float,
    /// By bytes.
    Text,
    /// Number by number.
    Version,
}

/// `[E for … sort by E]` or `{ [K]: V for … }`
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Comprehension {
    /// Outermost first.
    pub loops: Box<[Loop]>,
    /// The key of each entry, for a map.
    pub key: Option<ExprId>,
    /// Each element or value; those that are absent are left out.
    pub value: ExprId,
    /// What the elements are sorted by, stably.
    pub sort: Option<(OrderKind, ExprId)>,
}

/// What a loop goes through and which names it binds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Loop {
    /// The index (of a list) or the key (of a map).
    pub index: Option<LocalId>,
    /// The element or value; none for a loop over keys that asks for no value.
    pub element: LocalId,
    /// A list or a map.
    pub list: ExprId,
    /// Which iterations count.
    pub when: Option<ExprId>,
}

/// How a value of one type becomes one of another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Conversion {
    /// It is the same.
    Same,
    /// An `Int` becomes a `Float`.
    ToFloat,
    /// A word loses this prefix, if it has it.
    Unprefix(&'static str),
    /// Each element of a list, or each value of a map.
    Each(Box<Conversion>),
    /// A record with other fields or in another order: for each field, its index in the old one.
    Fields(Box<[Option<(u16, Conversion)>]>),
    /// A record becomes a map of those fields that are there.
    ToMap(Box<[(Box<str>, u16, Conversion)]>),
}

/// A statement. Statements that hold others are followed by them; `end`s are indices into [`Program::effects`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Effect {
    /// A write.
    Write(Write),
    /// A value for a local.
    Let {
        /// Which.
        local: LocalId,
        /// Its value.
        value: ExprId,
        /// What to do where it is absent; then the rest of the block is left out.
        tail: Tail,
    },
    /// The statements up to `then_end` where the condition holds, else those from there up to `end`.
    If {
        /// The condition.
        condition: ExprId,
        /// Its number, if it has no locals.
        guard: Option<GuardId>,
        /// Where the statements for its failure begin.
        then_end: u32,
        /// Where both end.
        end: u32,
    },
    /// The statements up to `end`, once for each iteration.
    For {
        /// What is gone through.
        iteration: Loop,
        /// Where they end.
        end: u32,
    },
    /// A warning that travels with the result.
    Warn(ExprId),
    /// A refusal of the service.
    Deny(ExprId),
    /// A condition on the finished spec.
    Require {
        /// What must hold.
        condition: ExprId,
        /// Whether its failure refuses, not only warns.
        deny: bool,
        /// What to say.
        message: ExprId,
    },
}

/// A write to one slot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Write {
    /// How strongly.
    pub strength: Strength,
    /// Where to.
    pub slot: SlotIndex,
    /// How.
    pub kind: WriteKind,
    /// What: of the slot's type, see [`WriteKind`].
    pub value: ExprId,
    /// Whether the value is a constant that was checked against the slot's shape. It is not kept in a compiled policy: a
    /// render checks for itself what came from a file.
    #[serde(skip)]
    pub checked: bool,
    /// What to do where the value is absent.
    pub tail: Tail,
}

/// How a write changes its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WriteKind {
    /// The slot's one value is this.
    Value,
    /// The slot is absent, or its collection empty; there is no value.
    Unset,
    /// A collection is just the elements of this list; of a collection with [`crate::schema::output::KeyPlace::Name`], the
    /// entries of this map.
    Whole,
    /// The elements of this list (entries of this map) are in the collection.
    Add,
    /// The elements of this list are not in the collection; of a keyed one, a list of keys (text).
    Remove,
    /// The element of this key (a text) is this value.
    AddAt(ExprId),
    /// There is no element of this key (a text); there is no value.
    RemoveAt(ExprId),
}

/// What to do where a value is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tail {
    /// It never is.
    Never,
    /// Go on without.
    Skip,
    /// Go on without, with this warning.
    Warn(ExprId),
    /// Refuse the service with this message.
    Deny(ExprId),
}

impl Program {
    /// The place of an expression.
    #[must_use]
    pub fn span(&self, id: ExprId) -> Span {
        self.spans.get(id.index()).copied().unwrap_or(Span::NONE)
    }
}
