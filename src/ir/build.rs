//! Making a program: expressions are folded where they are constant, and numbered so that equal ones are known
//! to be equal.

use indexmap::{IndexMap, IndexSet};

pub use super::fold::constant_key;
use super::{
    ConstId, Conversion, ConversionId, Effect, EffectId, EffectNote, Expr, ExprId, GuardId, Let, LetId, Loop, Program,
    fold,
};
use crate::facts::datum::{Datum, Kind};
use crate::source::Span;

/// How deep the evaluation of an expression may go, lets included. It bounds the evaluator's stack.
pub const MAX_DEPTH: u16 = 256;

/// The number of an expression among those that are equal to it. Two expressions of one number have one value
/// wherever both can be evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Canonical(u32);

/// What is known about an expression beside itself.
#[derive(Clone, Copy, Debug)]
struct Properties {
    canonical: Canonical,
    depth: u16,
    has_locals: bool,
}

/// A program in the making.
#[derive(Debug, Default)]
pub struct Builder {
    /// What is done so far.
    pub program: Program,
    properties: Vec<Properties>,
    canonical: IndexSet<Expr>,
    constants: IndexMap<String, ConstId>,
    conversions: IndexSet<Conversion>,
    guards: IndexMap<Canonical, GuardId>,
}

impl Builder {
    /// Adds an expression, folded if it is constant.
    pub fn add(&mut self, expr: Expr, span: Span) -> ExprId {
        match fold::fold(&self.program, &expr) {
            Some(fold::Folded::Same(id)) => id,
            Some(fold::Folded::Expr(folded)) => self.push(folded, span),
            Some(fold::Folded::Const(datum)) => self.constant(datum, span),
            None => self.push(expr, span),
        }
    }

    /// Adds a constant. Equal scalars share one; each list, map and record keeps the places of its elements.
    pub fn constant(&mut self, mut datum: Datum, span: Span) -> ExprId {
        datum.span = span;
        let scalar = !matches!(datum.kind, Kind::List(_) | Kind::Map(_) | Kind::Record(_));
        let next = ConstId::new(self.program.constants.len());
        let first = *self.constants.entry(fold::constant_key(&datum)).or_insert(next);
        let id = if scalar { first } else { next };
        if id == next {
            self.program.constants.push(datum);
        }
        self.push_numbered(Expr::Const(id), Expr::Const(first), span)
    }

    /// Adds a text constant.
    pub fn text(&mut self, text: &str, span: Span) -> ExprId {
        self.constant(Datum::text(text), span)
    }

    /// Adds a change of representation, unless there is none.
    pub fn convert(&mut self, conversion: Conversion, value: ExprId, span: Span) -> ExprId {
        if conversion == Conversion::Same {
            return value;
        }
        if let Some(datum) = self.constant_of(value).and_then(|datum| fold::convert(&conversion, datum)) {
            return self.constant(datum, span);
        }
        let (index, _) = self.conversions.insert_full(conversion);
        self.push(Expr::Convert(ConversionId::new(index), value), span)
    }

    /// Adds a let.
    pub fn add_let(&mut self, name: &str, body: ExprId) -> LetId {
        let id = LetId::new(self.program.lets.len());
        self.program.lets.push(Let { name: name.into(), body });
        id
    }

    /// Adds a statement.
    pub fn add_effect(&mut self, effect: Effect, span: Span, because: Option<&str>) -> EffectId {
        let id = EffectId::new(self.program.effects.len());
        self.program.effects.push(effect);
        self.program.notes.push(EffectNote { span, because: because.map(Into::into) });
        id
    }

    /// The number of a condition, if its value cannot change within a render.
    pub fn guard(&mut self, condition: ExprId) -> Option<GuardId> {
        (!self.has_locals(condition)).then(|| self.shared_guard(condition))
    }

    /// The number of a condition of a rule's head, where no local but its own can be.
    pub fn shared_guard(&mut self, condition: ExprId) -> GuardId {
        let next = GuardId::new(self.program.guards.len());
        let id = *self.guards.entry(self.canonical(condition)).or_insert(next);
        if id == next {
            self.program.guards.push(condition);
        }
        id
    }

    /// An expression.
    #[must_use]
    pub fn expr(&self, id: ExprId) -> Option<&Expr> {
        self.program.exprs.get(id.index())
    }

    /// The value of an expression, if it is constant.
    #[must_use]
    pub fn constant_of(&self, id: ExprId) -> Option<&Datum> {
        fold::constant_of(&self.program, id)
    }

    /// The number that equal expressions share.
    #[must_use]
    pub fn canonical(&self, id: ExprId) -> Canonical {
        self.properties.get(id.index()).map_or(Canonical(u32::MAX), |p| p.canonical)
    }

    /// The number of an expression that the program need not hold.
    pub fn intern(&mut self, expr: Expr) -> Canonical {
        let (index, _) = self.canonical.insert_full(expr);
        Canonical(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// How deep its evaluation goes.
    #[must_use]
    pub fn depth(&self, id: ExprId) -> u16 {
        self.properties.get(id.index()).map_or(0, |p| p.depth)
    }

    /// The finished program.
    #[must_use]
    pub fn finish(mut self) -> Program {
        self.program.conversions = self.conversions.into_iter().collect();
        self.program
    }

    fn has_locals(&self, id: ExprId) -> bool {
        self.properties.get(id.index()).is_some_and(|p| p.has_locals)
    }

    fn push(&mut self, expr: Expr, span: Span) -> ExprId {
        let numbered = map_children(&expr, &mut |child| ExprId::new(self.canonical(child).0 as usize));
        self.push_numbered(expr, numbered, span)
    }

    fn push_numbered(&mut self, expr: Expr, numbered: Expr, span: Span) -> ExprId {
        let id = ExprId::new(self.program.exprs.len());
        let mut depth = 0;
        let mut has_locals = matches!(expr, Expr::Local(_));
        map_children(&expr, &mut |child| {
            depth = depth.max(self.depth(child));
            has_locals |= self.has_locals(child);
            child
        });
        if let Expr::Let(id) = &expr {
            depth = self.program.lets.get(id.index()).map_or(0, |l| self.depth(l.body));
        }
        let canonical = self.intern(numbered);
        self.properties.push(Properties { canonical, depth: depth.saturating_add(1), has_locals });
        self.program.exprs.push(expr);
        self.program.spans.push(span);
        id
    }
}

/// The same expression over other children.
pub(crate) fn map_children(expr: &Expr, f: &mut impl FnMut(ExprId) -> ExprId) -> Expr {
    let mut many = |ids: &[ExprId]| ids.iter().map(|id| f(*id)).collect::<Box<[ExprId]>>();
    match expr {
        Expr::Const(_) | Expr::Fact(..) | Expr::Host(_) | Expr::Local(_) | Expr::Let(_) | Expr::Spec(_) => expr.clone(),
        Expr::Text(ids) => Expr::Text(many(ids)),
        Expr::List(ids) => Expr::List(many(ids)),
        Expr::Record(ids) => Expr::Record(many(ids)),
        Expr::Else(ids) => Expr::Else(many(ids)),
        Expr::Or(ids) => Expr::Or(many(ids)),
        Expr::And(ids) => Expr::And(many(ids)),
        Expr::ConcatTexts(ids) => Expr::ConcatTexts(many(ids)),
        Expr::ConcatLists(ids) => Expr::ConcatLists(many(ids)),
        Expr::MergeMaps(ids) => Expr::MergeMaps(many(ids)),
        Expr::Call(function, ids) => Expr::Call(*function, many(ids)),
        Expr::Field(a, index) => Expr::Field(f(*a), *index),
        Expr::Not(a) => Expr::Not(f(*a)),
        Expr::IsSet(a) => Expr::IsSet(f(*a)),
        Expr::IsEmpty(a) => Expr::IsEmpty(f(*a)),
        Expr::Negate(float, a) => Expr::Negate(*float, f(*a)),
        Expr::Convert(conversion, a) => Expr::Convert(*conversion, f(*a)),
        Expr::Element(a, b) => Expr::Element(f(*a), f(*b)),
        Expr::Entry(a, b) => Expr::Entry(f(*a), f(*b)),
        Expr::When(a, b) => Expr::When(f(*a), f(*b)),
        Expr::Equal(a, b) => Expr::Equal(f(*a), f(*b)),
        Expr::Order(op, kind, a, b) => Expr::Order(*op, *kind, f(*a), f(*b)),
        Expr::InList(a, b) => Expr::InList(f(*a), f(*b)),
        Expr::InMap(a, b) => Expr::InMap(f(*a), f(*b)),
        Expr::Like(a, b) => Expr::Like(f(*a), f(*b)),
        Expr::SubsetOf(a, b) => Expr::SubsetOf(f(*a), f(*b)),
        Expr::MergeRecords(a, b, fields) => Expr::MergeRecords(f(*a), f(*b), fields.clone()),
        Expr::Map(entries) => Expr::Map(entries.iter().map(|(k, v)| (f(*k), f(*v))).collect()),
        Expr::Arithmetic(float, first, rest) => {
            Expr::Arithmetic(*float, f(*first), rest.iter().map(|(op, e)| (*op, f(*e))).collect())
        }
        Expr::Comprehension(c) => {
            let loops =
                c.loops.iter().map(|l| Loop { list: f(l.list), when: l.when.map(&mut *f), ..l.clone() }).collect();
            let sort = c.sort.map(|(kind, e)| (kind, f(e)));
            Expr::Comprehension(Box::new(super::Comprehension {
                loops,
                key: c.key.map(&mut *f),
                value: f(c.value),
                sort,
            }))
        }
    }
}

/// A boolean constant.
#[must_use]
pub const fn boolean(value: bool) -> Datum {
    Datum::new(Kind::Bool(value))
}
