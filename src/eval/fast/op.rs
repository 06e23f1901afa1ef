//! What a way through the policy consists of: steps that fetch or compute a value, and steps that ask whether the
//! render still goes this way.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::OnceLock;
use std::sync::atomic::AtomicU8;

use super::template::Template;
use crate::facts::datum::{Datum, Kind};
use crate::facts::host::{Device, PathKind};
use crate::ir::{ArithmeticOp, ExprId, OrderKind};
use crate::schema::facts::{HostField, Root};
use crate::schema::functions::Function;
use crate::schema::shape::Shape;

/// The number of a value that a render made, in the order in which it made them.
pub(super) type Reg = u32;

/// A value that a render made, or a constant.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Reg(Reg),
    Const(Box<Datum>),
}

/// A step. Those with `present` give a value if it is true and are on another way if what they look for is there and
/// should not be, or the other way round. The others ask; `is` is the answer on this way.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) enum Op {
    /// A fact, by the fields on its way.
    Fact {
        root: Root,
        path: Box<[u16]>,
        present: bool,
    },
    /// A field of a record.
    Field {
        of: Reg,
        index: u16,
        present: bool,
    },
    /// An element of a list that is long enough.
    Element {
        of: Reg,
        at: u32,
    },
    /// The key of an entry of a map that has so many.
    Key {
        of: Reg,
        at: u32,
    },
    /// Its value.
    Entry {
        of: Reg,
        at: u32,
    },
    /// The value of a key.
    Get {
        map: Reg,
        key: Operand,
        present: bool,
    },
    /// A variable of the host.
    Variable {
        name: Operand,
        present: bool,
    },
    /// The pieces, one after the other.
    Text(Box<[Operand]>),
    /// A function of the language that asks nobody.
    Call(Box<Call>),
    /// Numbers, left to right.
    Arithmetic(Box<Arithmetic>),
    /// The negative of a number.
    Negate {
        at: ExprId,
        of: Reg,
    },
    /// A whole number as a float.
    Widen(Reg),
    /// A word without a prefix.
    Unprefix(Reg, &'static str),

    Holds {
        of: Reg,
        is: bool,
    },
    Len {
        of: Reg,
        is: usize,
    },
    Empty {
        of: Reg,
        is: bool,
    },
    Same {
        one: Reg,
        other: Operand,
        is: bool,
    },
    /// It is none of these.
    Differs {
        one: Reg,
        from: Box<[Operand]>,
    },
    Like {
        text: Operand,
        pattern: Box<Pattern>,
        is: bool,
    },
    Compare {
        one: Operand,
        other: Operand,
        by: Option<OrderKind>,
        is: Order,
    },
    /// It is absolute and has nothing that another spelling would leave out.
    NormalPath {
        of: Reg,
        is: bool,
    },
    /// For normal paths: one is the other or below it.
    Below {
        path: Operand,
        dir: Operand,
        is: bool,
    },
    /// The number of a path's components.
    Depth {
        of: Reg,
        is: usize,
    },
    /// A place takes it as it is.
    Fits {
        of: Reg,
        shape: ShapeRef,
    },
    /// A plain field of the host.
    Host {
        field: HostField,
        is: Told,
    },
    /// What a table of the rule index says of a text.
    Lookup {
        table: usize,
        text: Reg,
        is: Option<usize>,
    },
    /// What the host answers.
    Device {
        path: Box<str>,
        is: Answer<Box<Option<Device>>>,
    },
    /// What the host answers.
    Path {
        path: Box<str>,
        is: Answer<Option<PathKind>>,
    },
    /// What the host answers.
    Major {
        driver: Box<str>,
        is: Option<u32>,
    },
    /// What the host answers.
    Glob {
        pattern: Box<str>,
        is: Box<[String]>,
    },
}

/// A call and whether it gives anything.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) struct Call {
    pub(super) at: ExprId,
    pub(super) function: Function,
    pub(super) arguments: Box<[Operand]>,
    pub(super) present: bool,
}

/// Arithmetic over numbers of one kind.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) struct Arithmetic {
    pub(super) first: Operand,
    pub(super) rest: Box<[(ArithmeticOp, Operand)]>,
}

/// A glob, the common ones in a form that is quick to ask.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) enum Pattern {
    /// `x*`
    Prefix(Box<str>),
    /// `*x`
    Suffix(Box<str>),
    /// Anything else.
    Glob(Operand),
}

impl Pattern {
    pub(super) fn new(glob: Operand) -> Self {
        let wild = |text: &str| text.contains(['*', '?']);
        if let Operand::Const(datum) = &glob
            && let Kind::Text(text) = &datum.kind
        {
            match (text.strip_suffix('*'), text.strip_prefix('*')) {
                (Some(prefix), _) if !wild(prefix) => return Self::Prefix(prefix.into()),
                (_, Some(suffix)) if !wild(suffix) => return Self::Suffix(suffix.into()),
                _ => {}
            }
        }
        Self::Glob(glob)
    }
}

/// A shape of the output's schema; two are the same if they are one.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShapeRef(pub(super) &'static Shape);

impl PartialEq for ShapeRef {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Hash for ShapeRef {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::hash(self.0, state);
    }
}

/// An order that can be hashed together with the rest.
pub(super) type Order = Ordering;

/// Something that is compared and, because one question has one answer, need not be hashed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer<T>(pub(super) T);

impl<T> Hash for Answer<T> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// What a host said, shared with it: two are the same wherever they were written.
#[derive(Clone, Debug)]
pub(super) struct Told(pub(super) Box<Datum>);

impl PartialEq for Told {
    fn eq(&self, other: &Self) -> bool {
        self.0.says(&other.0)
    }
}

impl Hash for Told {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl Eq for Op {}
impl Eq for Operand {}

impl Hash for Operand {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Reg(reg) => reg.hash(state),
            Self::Const(datum) => match &datum.kind {
                Kind::Text(text) => text.hash(state),
                Kind::Int(number) => number.hash(state),
                other => std::mem::discriminant(other).hash(state),
            },
        }
    }
}

impl Op {
    /// Whether it gives a value.
    pub(super) fn gives(&self) -> bool {
        match self {
            Self::Fact { present, .. }
            | Self::Field { present, .. }
            | Self::Get { present, .. }
            | Self::Variable { present, .. } => *present,
            Self::Call(call) => call.present,
            Self::Element { .. }
            | Self::Key { .. }
            | Self::Entry { .. }
            | Self::Text(_)
            | Self::Arithmetic(_)
            | Self::Negate { .. }
            | Self::Widen(_)
            | Self::Unprefix(..) => true,
            _ => false,
        }
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        let operands = match self {
            Self::Text(operands) => operands.len(),
            Self::Differs { from, .. } => from.len(),
            Self::Call(call) => call.arguments.len(),
            Self::Host { .. } => 64,
            _ => 1,
        };
        size_of::<Step>() + operands * 64
    }
}

/// A step and where renders go that are on another way from here.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) op: Op,
    pub(super) other: Branch,
}

/// A way that is found once renders have asked for it a few times.
#[derive(Debug, Default)]
pub(super) struct Branch {
    pub(super) asked: AtomicU8,
    pub(super) way: OnceLock<Box<Way>>,
}

/// Steps, and what is at their end.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) steps: Box<[Step]>,
    /// None where only the general path goes on.
    pub(super) end: Option<Template>,
}
