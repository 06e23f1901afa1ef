//! What follows from an expression having some value: what its parts must be, down to subjects of the facts and to
//! what nothing looks into.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::eval::compare_versions;
use crate::eval::text::like;
use crate::facts::datum::{Datum, Kind};
use crate::ir::{Conversion, Expr, ExprId, OrderKind, OrderOp};
use crate::schema::functions::Function;

use super::solve::{Goal, Question};
use super::state::{Contradiction, State, Want};
use super::subject::{Base, Step, Subject, within};
use super::values::Test;

impl<'p> Question<'_, 'p> {
    /// What follows from the value of an expression.
    pub(super) fn value(
        &self,
        id: ExprId,
        mut steps: Vec<Step>,
        want: Want<'p>,
        state: &mut State,
    ) -> Result<Vec<Goal<'p>>, Contradiction> {
        let program = self.policy.program;
        let Some(expr) = program.exprs.get(id.index()) else { return self.opaque(id, steps, &want, state) };
        match expr {
            Expr::Const(constant) => match program.constants.get(constant.index()) {
                Some(datum) => is_constant(datum, &steps, &want, state),
                None => self.opaque(id, steps, &want, state),
            },
            Expr::Let(name) => match program.lets.get(name.index()).map(|it| it.body) {
                Some(body) => Ok(vec![Goal::Value(body, steps, want)]),
                None => self.opaque(id, steps, &want, state),
            },
            Expr::Fact(root, path) => {
                let steps = path.iter().map(|index| Step::Field(*index)).chain(steps).collect();
                self.subject(&Subject { base: Base::Fact(*root), steps }, &want, state)
            }
            Expr::Host(field) => self.subject(&Subject { base: Base::Host(*field), steps }, &want, state),
            Expr::Field(base, index) => {
                steps.insert(0, Step::Field(*index));
                Ok(vec![Goal::Value(*base, steps, want)])
            }
            Expr::Entry(base, key) => match self.constant(*key).map(|datum| &datum.kind) {
                Some(Kind::Text(key)) => {
                    steps.insert(0, Step::Key(key.as_str().into()));
                    Ok(vec![Goal::Value(*base, steps, want)])
                }
                _ => self.opaque(id, steps, &want, state),
            },
            Expr::Record(fields) => match steps.first() {
                Some(Step::Field(index)) => match fields.get(*index as usize) {
                    Some(field) => Ok(vec![Goal::Value(*field, steps.split_off(1), want)]),
                    None => self.opaque(id, steps, &want, state),
                },
                _ => self.opaque(id, steps, &want, state),
            },
            Expr::Else(parts) => Ok(vec![Goal::First(parts, 0, steps, want)]),
            Expr::When(value, condition) => Ok(vec![Goal::Choice(*value, *condition, steps, want)]),
            Expr::ConcatLists(parts) if steps.is_empty() => self.concatenation(id, parts, &want, state),
            Expr::List(elements) if steps.is_empty() => self.written_list(id, elements, &want, state),
            Expr::Call(Function::Len, arguments) if steps.is_empty() => match (&**arguments, emptiness(&want)) {
                ([list], Some(empty)) => {
                    Ok(vec![Goal::Value(*list, steps, Want { absent: false, present: Some(Test::Empty(empty)) })])
                }
                _ => self.opaque(id, steps, &want, state),
            },
            Expr::Convert(conversion, inner) if steps.is_empty() => {
                match before_conversion(program.conversions.get(conversion.index()), &want) {
                    Some(want) => Ok(vec![Goal::Value(*inner, steps, want)]),
                    None => self.opaque(id, steps, &want, state),
                }
            }
            _ => match truth_of(&want) {
                _ if !steps.is_empty() || !is_condition(expr) => self.opaque(id, steps, &want, state),
                (true, true) => Ok(Vec::new()),
                (false, false) => Err(Contradiction),
                (holds, _) => Ok(vec![Goal::Truth(id, holds)]),
            },
        }
    }

    /// What follows from a condition.
    pub(super) fn truth(&self, id: ExprId, holds: bool, state: &mut State) -> Result<Vec<Goal<'p>>, Contradiction> {
        let Some(expr) = self.policy.program.exprs.get(id.index()) else { return Ok(Vec::new()) };
        if self.policy.loops.get(id.index()).is_some_and(|goes_through| *goes_through) {
            let want = Want { absent: !holds, present: Some(Test::Empty(!holds)) };
            return Ok(vec![Goal::Value(id, Vec::new(), want)]);
        }
        if self.switches && self.is_fixed(expr) {
            return state.assume(self.policy.canonical(id), holds).map(|()| Vec::new());
        }
        if !is_condition(expr) {
            let want = Want { absent: false, present: Some(Test::Among(vec![boolean(holds)], true)) };
            return Ok(vec![Goal::Value(id, Vec::new(), want)]);
        }
        let one = |id: &ExprId, absent: bool, present: Option<Test<'p>>| {
            Ok(vec![Goal::Value(*id, Vec::new(), Want { absent, present })])
        };
        let goals = match expr {
            Expr::Not(part) => return Ok(vec![Goal::Truth(*part, !holds)]),
            Expr::And(parts) if holds => return Ok(parts.iter().rev().map(|part| Goal::Truth(*part, true)).collect()),
            Expr::Or(parts) if !holds => return Ok(parts.iter().rev().map(|part| Goal::Truth(*part, false)).collect()),
            Expr::And(parts) | Expr::Or(parts) => return Ok(vec![Goal::Some(parts, 0, holds)]),
            Expr::IsSet(value) if holds => return one(value, false, Some(Test::Any)),
            Expr::IsSet(value) => return one(value, true, None),
            Expr::IsEmpty(value) => return one(value, false, Some(Test::Empty(holds))),
            Expr::Equal(a, b) => self
                .one_constant(*a, *b)
                .filter(|(_, datum)| !datum.is_absent())
                .map(|(value, datum)| (value, Want { absent: !holds, present: Some(Test::Among(vec![datum], holds)) })),
            Expr::InList(value, list) => self.in_list(*value, *list, holds),
            Expr::Like(value, glob) => {
                self.text(*glob).map(|glob| (*value, Want { absent: false, present: Some(Test::Like(glob, holds)) }))
            }
            Expr::Order(op, kind, a, b) => self.order(*op, *kind, (*a, *b), holds),
            Expr::SubsetOf(part, whole) => match (self.elements(*part), self.elements(*whole)) {
                (_, Some(all)) => Some((*part, Want { absent: false, present: Some(Test::Within(all, holds)) })),
                (Some(all), None) if !holds => return Ok(vec![Goal::Lacks(*whole, all, 0)]),
                (Some(all), None) => {
                    let has = |it| Want { absent: false, present: Some(Test::Has(Cow::Borrowed(it), true)) };
                    return Ok(all.iter().map(|it| Goal::Value(*whole, Vec::new(), has(it))).collect());
                }
                _ => None,
            },
            Expr::InMap(key, map) => {
                if let Some(key) = self.text(*key) {
                    let want = Want { absent: !holds, present: holds.then_some(Test::Any) };
                    return Ok(vec![Goal::Value(*map, vec![Step::Key(key.into())], want)]);
                }
                None
            }
            _ => None,
        };
        match goals {
            Some((value, want)) => Ok(vec![Goal::Value(value, Vec::new(), want)]),
            None => state.assume(self.policy.canonical(id), holds).map(|()| Vec::new()),
        }
    }

    fn in_list(&self, value: ExprId, list: ExprId, holds: bool) -> Option<(ExprId, Want<'p>)> {
        if let Some(datum) = self.constant(value).filter(|datum| !datum.is_absent()) {
            let has = Test::Has(Cow::Borrowed(datum), holds);
            return Some((list, Want { absent: false, present: Some(has) }));
        }
        match &self.constant(list)?.kind {
            Kind::List(elements) => {
                let among = Test::Among(elements.iter().collect(), holds);
                Some((value, Want { absent: !holds, present: Some(among) }))
            }
            _ => None,
        }
    }

    fn order(&self, op: OrderOp, kind: OrderKind, sides: (ExprId, ExprId), holds: bool) -> Option<(ExprId, Want<'p>)> {
        let (value, datum) = self.one_constant(sides.0, sides.1)?;
        let op = if value == sides.0 { op } else { mirrored(op) };
        let op = if holds { op } else { opposite(op) };
        let test = match (kind, &datum.kind) {
            (OrderKind::Int, Kind::Int(end)) => match op {
                OrderOp::Less => Test::Ints(i128::MIN, end.checked_sub(1)?),
                OrderOp::LessOrEqual => Test::Ints(i128::MIN, *end),
                OrderOp::Greater => Test::Ints(end.checked_add(1)?, i128::MAX),
                OrderOp::GreaterOrEqual => Test::Ints(*end, i128::MAX),
            },
            (OrderKind::Float, Kind::Float(end)) => {
                let (low, high) = ((f64::MIN, true), (f64::MAX, true));
                match op {
                    OrderOp::Less => Test::Floats(low, (*end, false)),
                    OrderOp::LessOrEqual => Test::Floats(low, (*end, true)),
                    OrderOp::Greater => Test::Floats((*end, false), high),
                    OrderOp::GreaterOrEqual => Test::Floats((*end, true), high),
                }
            }
            (OrderKind::Version, Kind::Text(version)) => Test::Version(op, version),
            _ => return None,
        };
        Some((value, Want { absent: false, present: Some(test) }))
    }

    /// Lists one after the other: empty where all are, without an element where all are; else one of them is not.
    fn concatenation(
        &self,
        id: ExprId,
        parts: &'p [ExprId],
        want: &Want<'p>,
        state: &mut State,
    ) -> Result<Vec<Goal<'p>>, Contradiction> {
        let want_of = |test: Test<'p>| Want { absent: false, present: Some(test) };
        Ok(match &want.present {
            Some(test @ (Test::Has(_, false) | Test::Empty(true) | Test::Within(_, true))) => {
                parts.iter().map(|part| Goal::Value(*part, Vec::new(), want_of(test.clone()))).collect()
            }
            Some(test @ (Test::Has(_, true) | Test::Empty(false) | Test::Within(_, false))) => {
                let wants = (want_of(test.clone()), want_of(opposite_of(test)));
                vec![Goal::OneOf(parts, 0, Box::new(wants))]
            }
            _ => return self.opaque(id, Vec::new(), want, state),
        })
    }

    /// A list of those that are there.
    fn written_list(
        &self,
        id: ExprId,
        elements: &'p [ExprId],
        want: &Want<'p>,
        state: &mut State,
    ) -> Result<Vec<Goal<'p>>, Contradiction> {
        let one = |element: &Cow<'p, Datum>, inside: bool| match element {
            Cow::Borrowed(datum) => Some(Test::Among(vec![*datum], inside)),
            Cow::Owned(_) => None,
        };
        let (yes, no) = match &want.present {
            Some(Test::Has(element, _)) => (one(element, true), one(element, false)),
            Some(Test::Empty(_)) => (Some(Test::Any), None),
            Some(Test::Within(all, _)) => {
                let among = |inside| Some(Test::Among(all.iter().collect(), inside));
                (among(false), among(true))
            }
            _ => return self.opaque(id, Vec::new(), want, state),
        };
        if yes.is_none() {
            return self.opaque(id, Vec::new(), want, state);
        }
        let wants = (Want { absent: false, present: yes }, Want { absent: true, present: no });
        Ok(match &want.present {
            Some(Test::Has(_, true) | Test::Empty(false) | Test::Within(_, false)) => {
                vec![Goal::OneOf(elements, 0, Box::new(wants))]
            }
            _ => elements.iter().map(|element| Goal::Value(*element, Vec::new(), wants.1.clone())).collect(),
        })
    }

    fn subject(&self, subject: &Subject, want: &Want<'p>, state: &mut State) -> Result<Vec<Goal<'p>>, Contradiction> {
        state.narrow(subject, want, &self.policy.backgrounds).map(|()| Vec::new())
    }

    /// What an expression that nothing looks into is, it is everywhere.
    fn opaque(
        &self,
        id: ExprId,
        steps: Vec<Step>,
        want: &Want<'p>,
        state: &mut State,
    ) -> Result<Vec<Goal<'p>>, Contradiction> {
        self.subject(&Subject { base: Base::Other(self.policy.canonical(id)), steps }, want, state)
    }

    /// Whether a condition only has constants.
    fn is_fixed(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Const(_) => true,
            Expr::Equal(a, b)
            | Expr::InList(a, b)
            | Expr::SubsetOf(a, b)
            | Expr::Like(a, b)
            | Expr::Order(_, _, a, b) => self.constant(*a).is_some() && self.constant(*b).is_some(),
            _ => false,
        }
    }

    fn constant(&self, id: ExprId) -> Option<&'p Datum> {
        let program = self.policy.program;
        match program.exprs.get(id.index())? {
            Expr::Const(constant) => program.constants.get(constant.index()),
            _ => None,
        }
    }

    /// A constant, also one that a let names.
    fn named_constant(&self, id: ExprId) -> Option<&'p Datum> {
        match self.policy.program.exprs.get(id.index())? {
            Expr::Let(name) => self.constant(self.policy.program.lets.get(name.index())?.body),
            _ => self.constant(id),
        }
    }

    fn elements(&self, id: ExprId) -> Option<&'p [Datum]> {
        match &self.named_constant(id)?.kind {
            Kind::List(elements) => Some(elements),
            _ => None,
        }
    }

    pub(super) fn text(&self, id: ExprId) -> Option<&'p str> {
        match &self.named_constant(id)?.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The side that is no constant, and the constant that is the other one.
    fn one_constant(&self, a: ExprId, b: ExprId) -> Option<(ExprId, &'p Datum)> {
        self.named_constant(b).map(|datum| (a, datum)).or_else(|| self.named_constant(a).map(|datum| (b, datum)))
    }
}

/// Whether an expression asks something, so that its value is never absent.
const fn is_condition(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Or(_)
            | Expr::And(_)
            | Expr::Not(_)
            | Expr::Equal(..)
            | Expr::Order(..)
            | Expr::InList(..)
            | Expr::InMap(..)
            | Expr::Like(..)
            | Expr::SubsetOf(..)
            | Expr::IsSet(_)
            | Expr::IsEmpty(_)
    )
}

fn boolean(value: bool) -> &'static Datum {
    static BOOLEANS: [Datum; 2] = [crate::ir::build::boolean(false), crate::ir::build::boolean(true)];
    let [no, yes] = &BOOLEANS;
    if value { yes } else { no }
}

/// Whether a condition of which this is wanted may hold, and whether it may fail.
fn truth_of(want: &Want<'_>) -> (bool, bool) {
    match &want.present {
        None => (false, false),
        Some(Test::Among(data, inside)) => {
            let fits = |value: bool| data.iter().any(|datum| datum.kind == Kind::Bool(value)) == *inside;
            (fits(true), fits(false))
        }
        Some(_) => (true, true),
    }
}

/// Of a value that is absent: whether it may be.
pub(super) const fn absent_is<'p>(want: &Want<'p>) -> Result<Vec<Goal<'p>>, Contradiction> {
    if want.absent { Ok(Vec::new()) } else { Err(Contradiction) }
}

/// What follows from a constant being something.
fn is_constant<'p>(
    datum: &Datum,
    steps: &[Step],
    want: &Want<'p>,
    state: &mut State,
) -> Result<Vec<Goal<'p>>, Contradiction> {
    let Some(datum) = within(datum, steps) else {
        state.unsure = true;
        return Ok(Vec::new());
    };
    if datum.is_absent() {
        return absent_is(want);
    }
    match want.present.as_ref().map(|test| passes(datum, test)) {
        Some(Some(true)) => Ok(Vec::new()),
        Some(Some(false)) | None => Err(Contradiction),
        Some(None) => {
            state.unsure = true;
            Ok(Vec::new())
        }
    }
}

/// Whether a constant passes a test; none if it is not for its type.
fn passes(datum: &Datum, test: &Test<'_>) -> Option<bool> {
    Some(match (test, &datum.kind) {
        (Test::Any, _) => true,
        (Test::Among(data, inside), _) => data.iter().any(|it| it.says(datum)) == *inside,
        (Test::Like(glob, holds), Kind::Text(text)) => like(text, glob) == *holds,
        (Test::Ints(min, max), Kind::Int(value)) => (min..=max).contains(&value),
        (Test::Empty(wanted), Kind::Text(text)) => text.is_empty() == *wanted,
        (Test::Empty(wanted), Kind::List(list)) => list.is_empty() == *wanted,
        (Test::Empty(wanted), Kind::Map(map)) => map.is_empty() == *wanted,
        (Test::Has(element, wanted), Kind::List(list)) => list.iter().any(|it| it.says(element)) == *wanted,
        (Test::Within(all, wanted), Kind::List(list)) => {
            list.iter().all(|it| all.iter().any(|other| it.says(other))) == *wanted
        }
        (Test::Version(op, version), Kind::Text(text)) => holds_for(*op, compare_versions(text, version)),
        (Test::Has(key, wanted), Kind::Map(map)) => {
            matches!(&key.kind, Kind::Text(key) if map.contains_key(&**key)) == *wanted
        }
        _ => return None,
    })
}

/// What a list fails where it passes one of these.
fn opposite_of<'p>(test: &Test<'p>) -> Test<'p> {
    match test {
        Test::Has(element, holds) => Test::Has(element.clone(), !holds),
        Test::Empty(holds) => Test::Empty(!holds),
        Test::Within(all, holds) => Test::Within(all, !holds),
        other => other.clone(),
    }
}

/// What a value must be for what it is converted to to be this; none if that is not known.
fn before_conversion<'p>(conversion: Option<&Conversion>, want: &Want<'p>) -> Option<Want<'p>> {
    let present = match (conversion?, &want.present) {
        (_, test @ (None | Some(Test::Any))) => test.clone(),
        (Conversion::ToFloat, Some(Test::Floats(low, high))) => {
            let least = if low.0 == f64::MIN { i128::MIN } else { whole(low.0.ceil())? };
            let most = if high.0 == f64::MAX { i128::MAX } else { whole(high.0.floor())? };
            let (beyond, below) = (!low.1 && low.0.fract() == 0.0, !high.1 && high.0.fract() == 0.0);
            Some(Test::Ints(least.saturating_add(beyond.into()), most.saturating_sub(below.into())))
        }
        (Conversion::ToFloat, Some(Test::Among(data, true))) => match data.as_slice() {
            [Datum { kind: Kind::Float(value), .. }] if value.fract() == 0.0 => {
                let value = whole(*value)?;
                Some(Test::Ints(value, value))
            }
            _ => return None,
        },
        _ => return None,
    };
    Some(Want { absent: want.absent, present })
}

/// A whole number as it was before it became a `Float`. None where several become the same.
fn whole(value: f64) -> Option<i128> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (value.abs() < EXACT).then_some(value as i128)
}

/// Of what is wanted of a length: whether it asks for none at all, or only for any.
fn emptiness(want: &Want<'_>) -> Option<bool> {
    match want.present.as_ref()? {
        Test::Ints(min, 0) if *min <= 0 => Some(true),
        Test::Ints(1, i128::MAX) => Some(false),
        Test::Among(data, inside) => match data.as_slice() {
            [Datum { kind: Kind::Int(0), .. }] => Some(*inside),
            _ => None,
        },
        _ => None,
    }
}

/// The same with its sides changed over.
const fn mirrored(op: OrderOp) -> OrderOp {
    match op {
        OrderOp::Less => OrderOp::Greater,
        OrderOp::LessOrEqual => OrderOp::GreaterOrEqual,
        OrderOp::Greater => OrderOp::Less,
        OrderOp::GreaterOrEqual => OrderOp::LessOrEqual,
    }
}

const fn holds_for(op: OrderOp, order: Ordering) -> bool {
    match op {
        OrderOp::Less => order.is_lt(),
        OrderOp::LessOrEqual => order.is_le(),
        OrderOp::Greater => order.is_gt(),
        OrderOp::GreaterOrEqual => order.is_ge(),
    }
}

const fn opposite(op: OrderOp) -> OrderOp {
    match op {
        OrderOp::Less => OrderOp::GreaterOrEqual,
        OrderOp::LessOrEqual => OrderOp::Greater,
        OrderOp::Greater => OrderOp::LessOrEqual,
        OrderOp::GreaterOrEqual => OrderOp::Less,
    }
}
