//! Programs, schemas and facts made by hand.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll::diagnostics::Diagnostic;
use plimsoll::eval::draft::{Draft, Filled};
use plimsoll::eval::{Arena, Limits, evaluate, show};
use plimsoll::facts::Facts;
use plimsoll::facts::datum::{Datum, Kind};
use plimsoll::facts::host::{Device, Host, PathKind, Secrets};
use plimsoll::ir::{
    Conversion, ConversionId, Effect, EffectNote, Expr, ExprId, GuardId, LetId, LocalId, Program, Rule, RuleId,
    Strength, Tail, Write, WriteKind,
};
use plimsoll::schema::facts::HostField;
use plimsoll::schema::functions::Function;
use plimsoll::schema::output::{Content, Member, MemberKind, Node, OutputSchema, Slot};
use plimsoll::source::{SourceId, SourceMap, Span};

/// A program under construction; each expression and statement has a place of its own.
pub(super) struct Builder {
    pub(super) program: Program,
    source: SourceId,
    place: u32,
}

impl Builder {
    pub(super) fn new() -> Self {
        let source = SourceMap::for_policy().add("test.plim", " ".repeat(1000));
        Self { program: Program::default(), source, place: 0 }
    }

    fn span(&mut self) -> Span {
        self.place += 1;
        Span::new(self.source, self.place, self.place + 1)
    }

    pub(super) fn expr(&mut self, expr: Expr) -> ExprId {
        let span = self.span();
        self.program.exprs.push(expr);
        self.program.spans.push(span);
        ExprId::new(self.program.exprs.len() - 1)
    }

    pub(super) fn constant(&mut self, kind: Kind) -> ExprId {
        self.program.constants.push(Datum::new(kind));
        let id = plimsoll::ir::ConstId::new(self.program.constants.len() - 1);
        self.expr(Expr::Const(id))
    }

    pub(super) fn text(&mut self, text: &str) -> ExprId {
        self.constant(Kind::Text(text.into()))
    }

    pub(super) fn int(&mut self, number: i128) -> ExprId {
        self.constant(Kind::Int(number))
    }

    pub(super) fn texts(&mut self, texts: &[&str]) -> ExprId {
        self.constant(texts_of(texts))
    }

    pub(super) fn local(&mut self) -> LocalId {
        self.program.locals += 1;
        LocalId::new(self.program.locals - 1)
    }

    pub(super) fn policy_let(&mut self, body: ExprId) -> ExprId {
        self.program.lets.push(plimsoll::ir::Let { name: "l".into(), body });
        let id = LetId::new(self.program.lets.len() - 1);
        self.expr(Expr::Let(id))
    }

    pub(super) fn guard(&mut self, condition: ExprId) -> GuardId {
        self.program.guards.push(condition);
        GuardId::new(self.program.guards.len() - 1)
    }

    pub(super) fn call(&mut self, function: Function, arguments: &[ExprId]) -> ExprId {
        self.expr(Expr::Call(function, arguments.into()))
    }

    pub(super) fn convert(&mut self, conversion: Conversion, value: ExprId) -> ExprId {
        self.program.conversions.push(conversion);
        let id = ConversionId::new(self.program.conversions.len() - 1);
        self.expr(Expr::Convert(id, value))
    }

    pub(super) fn effect(&mut self, effect: Effect) {
        let span = self.span();
        self.program.effects.push(effect);
        self.program.notes.push(EffectNote { span, because: None });
    }

    pub(super) fn write(&mut self, strength: Strength, slot: usize, kind: WriteKind, value: ExprId) {
        self.effect(Effect::Write(Write { strength, slot, kind, value, checked: false, tail: Tail::Skip }));
    }

    /// A rule of the statements that were added since the last one.
    pub(super) fn rule(&mut self, name: &str, guards: &[GuardId]) -> RuleId {
        let start = self.program.rules.last().map_or(0, |rule| rule.effects.end);
        let rule = self.item(name, guards, start);
        self.program.rules.push(rule);
        let id = RuleId::new(self.program.rules.len() - 1);
        self.program.index.always.push(id);
        id
    }

    /// An invariant of the statements that were added since the last rule.
    pub(super) fn invariant(&mut self, name: &str) {
        let start = self.program.rules.last().map_or(0, |rule| rule.effects.end);
        let rule = self.item(name, &[], start);
        self.program.invariants.push(rule);
    }

    fn item(&mut self, name: &str, guards: &[GuardId], start: u32) -> Rule {
        let end = u32::try_from(self.program.effects.len()).unwrap();
        Rule {
            name: name.into(),
            span: self.span(),
            doc: None,
            guards: guards.into(),
            when: None,
            unless: None,
            effects: start..end,
        }
    }
}

pub(super) fn texts_of(texts: &[&str]) -> Kind {
    Kind::List(texts.iter().map(|text| Datum::text(*text)).collect())
}

pub(super) fn map_of(entries: &[(&str, &str)]) -> Kind {
    Kind::map(entries.iter().map(|(key, value)| ((*key).into(), Datum::text(*value))))
}

/// A schema of slots in one record.
pub(super) fn schema(slots: Vec<(&'static str, Content)>) -> OutputSchema {
    let members = slots.iter().enumerate();
    let members = members.map(|(index, (name, _))| Member { name, kind: MemberKind::Slot(index) }).collect();
    let slot = |(path, content)| Slot { path, content, required: false, section: "config.md" };
    let slots: Vec<_> = slots.into_iter().map(slot).collect();
    let all = 0..slots.len();
    OutputSchema { slots, root: Node { members, slots: all } }
}

/// A host and secrets made up for a test.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) fields: BTreeMap<&'static str, Datum>,
    pub(super) secrets: BTreeMap<&'static str, &'static str>,
}

impl Host for World {
    fn field(&self, field: HostField) -> &Datum {
        self.fields.get(format!("{field:?}").as_str()).unwrap_or(&Datum::ABSENT)
    }

    fn device(&self, path: &str) -> Option<Device> {
        let device = Device { block: false, major: 195, minor: 0, mode: None, uid: Some(0), gid: None };
        (path == "/dev/gpu0").then_some(device)
    }

    fn path(&self, path: &str) -> Option<PathKind> {
        (path == "/run/sock").then_some(PathKind::Socket)
    }

    fn glob(&self, pattern: &str) -> Vec<String> {
        if pattern == "/x*" { vec!["/x1".to_owned(), "/x2".to_owned()] } else { Vec::new() }
    }

    fn major(&self, driver: &str) -> Option<u32> {
        (driver == "gpu-uvm").then_some(510)
    }
}

impl Secrets for World {
    fn secret(&self, reference: &str) -> Option<Cow<'_, str>> {
        self.secrets.get(reference).map(|value| Cow::Borrowed(*value))
    }
}

/// Facts that hold nothing but a service's fields and a world.
pub(super) fn facts(service: Vec<Datum>, host: World, secrets: World) -> Facts {
    let record = |fields: Vec<Datum>| Datum::new(Kind::Record(fields.into()));
    Facts {
        service: record(service),
        container: record(Vec::new()),
        image: record(Vec::new()),
        options: record(Vec::new()),
        host: Arc::new(host),
        secrets: Arc::new(secrets),
        sources: SourceMap::for_facts(),
    }
}

pub(super) fn no_facts() -> Facts {
    facts(Vec::new(), World::default(), World::default())
}

/// What each slot holds, as text, or what was refused.
pub(super) fn run(program: &Program, schema: &OutputSchema, facts: &Facts) -> Result<Vec<String>, Vec<Diagnostic>> {
    let arena = Arena::new();
    evaluate(program, schema, facts, &arena, &Limits::default()).map(|outcome| shown(&outcome.draft))
}

pub(super) fn shown(draft: &Draft<'_>) -> Vec<String> {
    let all = |values: Vec<String>| format!("[{}]", values.join(", "));
    let one = |filled: &Filled<'_>| match filled {
        Filled::Empty => "nothing".to_owned(),
        Filled::One(value) => show(*value),
        Filled::Many(values) => all(values.iter().map(|value| show(*value)).collect()),
        Filled::Keyed(entries) => all(entries.iter().map(|(key, value)| format!("{key}: {}", show(*value))).collect()),
    };
    draft.slots.iter().map(one).collect()
}

/// The value of one expression, as text, or the code and message of its fault.
pub(super) fn value_of(builder: &mut Builder, facts: &Facts, expr: ExprId) -> String {
    use plimsoll::schema::shape::Shape;
    builder.write(Strength::Plain, 0, WriteKind::Value, expr);
    builder.rule("value", &[]);
    let schema = schema(vec![("value", Content::Value(Shape::Json))]);
    match run(&builder.program, &schema, facts) {
        Ok(slots) => slots.concat(),
        Err(diagnostics) => diagnostics.iter().map(|d| format!("{}: {}", d.code, d.message)).collect(),
    }
}

/// A value of a constant, for arguments of functions.
pub(super) fn kind(value: impl Into<Constant>) -> Kind {
    value.into().0
}

pub(super) struct Constant(pub(super) Kind);

impl From<&str> for Constant {
    fn from(text: &str) -> Self {
        Self(Kind::Text(text.into()))
    }
}

impl From<i128> for Constant {
    fn from(number: i128) -> Self {
        Self(Kind::Int(number))
    }
}

impl From<f64> for Constant {
    fn from(number: f64) -> Self {
        Self(Kind::Float(number))
    }
}

impl From<bool> for Constant {
    fn from(value: bool) -> Self {
        Self(Kind::Bool(value))
    }
}

impl From<&[&str]> for Constant {
    fn from(texts: &[&str]) -> Self {
        Self(texts_of(texts))
    }
}

impl<const N: usize> From<[i128; N]> for Constant {
    fn from(numbers: [i128; N]) -> Self {
        Self(Kind::List(numbers.into_iter().map(|n| Datum::new(Kind::Int(n))).collect()))
    }
}
