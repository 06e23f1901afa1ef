//! The syntax tree: what was written, with places, before any name or type is known.
//!
//! Chains (`a else b else c`, `a and b`, `a ++ b`, `x.y.z`, `if … else if …`) are flat, so that only
//! brackets and blocks nest, and those are bounded before anything is parsed.

use serde::{Deserialize, Serialize};

use crate::diagnostics::Code;
use crate::source::Span;

/// A name with its place; dotted for rules (`storage.network`).
#[derive(Clone, Debug, PartialEq)]
pub struct Ident {
    /// The name as written.
    pub name: Box<str>,
    /// Its place.
    pub span: Span,
}

/// What a file holds, in the order in which it was written. Items that did not parse are left out
/// and reported.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// The items.
    pub items: Vec<Item>,
    /// The names that items which did not parse would have declared: that they are missing is no second mistake.
    pub broken: Vec<Box<str>>,
    /// The comments that allow something.
    pub allows: Vec<Allow>,
}

/// `# plimsoll: allow CODE reason`, above an item.
#[derive(Clone, Debug, PartialEq)]
pub struct Allow {
    /// The comment.
    pub span: Span,
    /// Its lines as they would be taken out.
    pub line: Span,
    /// What it allows.
    pub code: Code,
    /// Why.
    pub reason: Box<str>,
    /// The item that follows.
    pub item: Span,
}

/// One item of a file.
#[derive(Clone, Debug)]
pub struct Item {
    /// From its first word to its last bracket.
    pub span: Span,
    /// The place of the word `replace` before it, if it takes the place of an earlier layer's.
    pub replace: Option<Span>,
    /// Which item it is.
    pub kind: ItemKind,
}

/// The kinds of items.
#[derive(Clone, Debug)]
pub enum ItemKind {
    /// `let NAME = E`
    Let(Let),
    /// `rule NAME …`
    Rule(Rule),
    /// `invariant NAME …`
    Invariant(Rule),
    /// `fact service.PATH: TYPE [= E]`
    Fact(Fact),
    /// `remove rule|invariant NAME`
    Remove(Remove),
    /// `test "name" { … }`
    Test(Test),
}

/// `let NAME = E`
#[derive(Clone, Debug)]
pub struct Let {
    /// Its name.
    pub name: Ident,
    /// Its value.
    pub value: Expr,
}

/// A rule or an invariant: the same head, a body of effects or of requirements.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its dotted name.
    pub name: Ident,
    /// Its doc text.
    pub doc: Option<Doc>,
    /// The guard after `when`.
    pub when: Option<Expr>,
    /// The guard after `unless`.
    pub unless: Option<Expr>,
    /// What it does.
    pub body: Block,
}

/// A string without holes: a doc text or a reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Doc {
    /// The text, unescaped.
    pub text: Box<str>,
    /// Its place, quotes included.
    pub span: Span,
}

/// `fact service.a.b: TYPE [= E]`
#[derive(Clone, Debug)]
pub struct Fact {
    /// The path, root included.
    pub path: Vec<Ident>,
    /// Its type.
    pub ty: TypeExpr,
    /// What it is where the deployment does not say.
    pub default: Option<Expr>,
}

/// `remove rule|invariant NAME`
#[derive(Clone, Debug)]
pub struct Remove {
    /// Whether an invariant is meant, not a rule.
    pub invariant: bool,
    /// Which.
    pub name: Ident,
}

/// `test "name" { … }`
#[derive(Clone, Debug)]
pub struct Test {
    /// Its name.
    pub name: Doc,
    /// What it gives and expects, in written order.
    pub steps: Vec<Step>,
}

/// A line of a test.
#[derive(Clone, Debug)]
pub enum Step {
    /// `given ROOT = E`
    Given {
        /// `service`, `container`, `image`, `host`, `options`; or `request`, a file that has all of them.
        root: Ident,
        /// A constant.
        value: Expr,
    },
    /// `expect E [from RULE]`
    Expect {
        /// What must be true.
        condition: Expr,
        /// The rule that must have written it.
        from: Option<Ident>,
    },
    /// `expect warning [P0000] [like G]`, `expect no warning …`, `expect denied …`
    Outcome {
        /// What is expected.
        kind: OutcomeKind,
        /// The code that it must have.
        code: Option<Ident>,
        /// The glob that its text must match.
        like: Option<Expr>,
        /// The place of the step.
        span: Span,
    },
    /// `expect snapshot "FILE"`
    Snapshot {
        /// Where the spec is kept, from the folder of the rule file.
        file: Doc,
        /// The place of the step.
        span: Span,
    },
}

/// What a test expects to be said about a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeKind {
    /// A warning.
    Warning,
    /// No such warning.
    NoWarning,
    /// A refusal.
    Denied,
}

/// `{ effects }`
#[derive(Clone, Debug)]
pub struct Block {
    /// What it does, in order.
    pub effects: Vec<Effect>,
    /// Its place, braces included.
    pub span: Span,
}

/// One statement of a body.
#[derive(Clone, Debug)]
pub struct Effect {
    /// The whole statement.
    pub span: Span,
    /// Which one.
    pub kind: EffectKind,
}

/// How strongly a write insists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Strength {
    /// `default`: gives way to everything else.
    Default,
    /// Nothing written before it.
    #[default]
    Plain,
    /// `force`: wins over everything else.
    Force,
}

/// `=`, `+=` or `-=`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WriteOp {
    /// The path is this.
    Set,
    /// This is in the collection.
    Add,
    /// This is not in the collection.
    Remove,
}

/// The kinds of statements.
#[derive(Clone, Debug)]
pub enum EffectKind {
    /// `[default|force] PATH (= | += | -=) E [because "…"] [TAIL]`
    Write {
        /// How strongly.
        strength: Strength,
        /// Where to.
        path: OutPath,
        /// How.
        op: WriteOp,
        /// What.
        value: Expr,
        /// Why.
        because: Option<Doc>,
        /// What to do where the value is absent.
        tail: Option<Tail>,
    },
    /// `[default|force] unset PATH [because "…"]`
    Unset {
        /// How strongly.
        strength: Strength,
        /// What.
        path: OutPath,
        /// Why.
        because: Option<Doc>,
    },
    /// `let x = E [TAIL]`
    Let {
        /// The local's name.
        name: Ident,
        /// Its value.
        value: Expr,
        /// What to do where the value is absent.
        tail: Option<Tail>,
    },
    /// `if C { } else if C { } else { }`
    If {
        /// Conditions and what they guard, in order.
        arms: Vec<(Expr, Block)>,
        /// The last `else`.
        otherwise: Option<Block>,
    },
    /// `for x in L [when C] { }`
    For {
        /// What it goes through.
        clause: Clause,
        /// What it does each time.
        body: Block,
    },
    /// `warn M`
    Warn(Expr),
    /// `deny M`
    Deny(Expr),
    /// `require E else deny M | warn M`
    Require {
        /// What must hold.
        condition: Expr,
        /// Whether it refuses, not only warns.
        deny: bool,
        /// What to say where it does not.
        message: Expr,
    },
}

/// `else warn M`, `else deny M`, `else skip`
#[derive(Clone, Debug)]
pub struct Tail {
    /// Its place.
    pub span: Span,
    /// What to do.
    pub kind: TailKind,
}

/// What a tail does.
#[derive(Clone, Debug)]
pub enum TailKind {
    /// Go on without, with a warning.
    Warn(Expr),
    /// Refuse the service.
    Deny(Expr),
    /// Go on without.
    Skip,
}

/// A path of the output: `linux.devices`, `process.env[name]`, `process.capabilities.{bounding, effective}`.
#[derive(Clone, Debug)]
pub struct OutPath {
    /// Its steps; the first is a field.
    pub segments: Vec<Segment>,
    /// The whole of it.
    pub span: Span,
}

/// One step of an output path.
#[derive(Clone, Debug)]
pub enum Segment {
    /// `.name`
    Field(Ident),
    /// `[E]`
    Key(Expr),
    /// `.{a, b}`, only last
    Group(Vec<Ident>),
}

/// `for x in L [when C]`, `for k, v in M [when C]`: of a loop or a comprehension.
#[derive(Clone, Debug)]
pub struct Clause {
    /// The first name: the element, or of two the index or key.
    pub first: Ident,
    /// The second name: element or value.
    pub second: Option<Ident>,
    /// What is gone through.
    pub list: Expr,
    /// Which of it.
    pub when: Option<Expr>,
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Its place.
    pub span: Span,
    /// Which one.
    pub kind: ExprKind,
}

/// The kinds of expressions.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `true`, `false`
    Bool(bool),
    /// `195`, `0o666`, `64MiB`
    Int(i128),
    /// `0.5`
    Float(f64),
    /// `"text with {hole}"`
    Text(Vec<Piece>),
    /// A root, a `let` or a local.
    Name(Box<str>),
    /// `E.name`
    Field(Box<Expr>, Ident),
    /// `E[E]`
    Index(Box<Expr>, Box<Expr>),
    /// `len(x)`, or `host.device(path)` with its receiver
    Call {
        /// The name before the dot, if any.
        receiver: Option<Ident>,
        /// The function.
        function: Ident,
        /// What it is given.
        arguments: Vec<Expr>,
    },
    /// `[a, b when c]`; an element that is a [`ExprKind::When`] may be absent
    List(Vec<Expr>),
    /// `{ key: v, "any key": v, [computed]: v }`
    Map(Vec<Entry>),
    /// `[E for … sort by E]`
    ListComprehension {
        /// Each element.
        value: Box<Expr>,
        /// Its loops, outermost first.
        clauses: Vec<Clause>,
        /// What the result is sorted by.
        sort: Option<Box<Expr>>,
    },
    /// `{ [k]: E for k, v in M }`
    MapComprehension {
        /// Each entry.
        entry: Box<Entry>,
        /// Its loops, outermost first.
        clauses: Vec<Clause>,
    },
    /// `a else b else c`: the first that is not absent; at least two
    Else(Vec<Expr>),
    /// `E when C`
    When(Box<Expr>, Box<Expr>),
    /// `a or b or c`; at least two
    Or(Vec<Expr>),
    /// `a and b and c`; at least two
    And(Vec<Expr>),
    /// `not E`
    Not(Box<Expr>),
    /// `a == b` and the like
    Compare(CompareOp, Box<Expr>, Box<Expr>),
    /// `E is set`, `E is empty`, and with `not`
    Is {
        /// What is asked about.
        value: Box<Expr>,
        /// Emptiness, not presence.
        empty: bool,
        /// `is not`.
        negated: bool,
    },
    /// `a ++ b | c`, left to right
    Join(Box<Expr>, Vec<(JoinOp, Expr)>),
    /// `a + b - c` or `a * b / c`, left to right
    Arithmetic(Box<Expr>, Vec<(ArithmeticOp, Expr)>),
    /// `-E`
    Negate(Box<Expr>),
}

/// A part of a string.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Text, unescaped.
    Text(Box<str>),
    /// `{E}`
    Hole(Expr),
}

/// `key: E` of a map or record literal.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its key.
    pub key: Key,
    /// Its value; one that is a [`ExprKind::When`] may be absent.
    pub value: Expr,
}

/// The key of an entry.
#[derive(Clone, Debug)]
pub enum Key {
    /// `name:` or `"any text":`
    Name(Ident),
    /// `[E]:` (a text with holes is one too)
    Computed(Expr),
}

/// The comparisons; they do not chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `in`
    In,
    /// `not in`
    NotIn,
    /// `like`
    Like,
    /// `not like`
    NotLike,
    /// `subset of`
    SubsetOf,
}

/// The operators between lists and maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JoinOp {
    /// `++`
    Concat,
    /// `|`
    Merge,
}

/// The operators between numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ArithmeticOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

/// A type as written.
#[derive(Clone, Debug)]
pub struct TypeExpr {
    /// Its place.
    pub span: Span,
    /// Which one.
    pub kind: TypeKind,
}

/// The kinds of types.
#[derive(Clone, Debug)]
pub enum TypeKind {
    /// `Bool`, `Int`, `Float`, `String`, `Capability`
    Name(Box<str>),
    /// `"x"`
    Word(Box<str>),
    /// `"x" | "y" | Capability`; at least two
    Union(Vec<TypeExpr>),
    /// `List<T>`
    List(Box<TypeExpr>),
    /// `Map<String, T>`
    Map(Box<TypeExpr>),
    /// `{ a: T, b: T? }`
    Record(Vec<(Ident, TypeExpr)>),
    /// `T?`
    Optional(Box<TypeExpr>),
}
