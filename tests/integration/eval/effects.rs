//! Statements, guards, invariants and limits.

use plimsoll::diagnostics::Diagnostic;
use plimsoll::eval::{Arena, Limits, evaluate};
use plimsoll::facts::Facts;
use plimsoll::facts::datum::{Datum, Kind};
use plimsoll::ir::Strength::Plain;
use plimsoll::ir::{Comprehension, Effect, EqualityTable, Expr, ExprId, Loop, RuleIndex, Tail, Write, WriteKind};
use plimsoll::schema::facts::Root;
use plimsoll::schema::functions::Function;
use plimsoll::schema::output::{Content, OutputSchema};
use plimsoll::schema::shape::Shape;

use super::build::{Builder, World, facts, no_facts, run, schema, texts_of};

fn lists() -> OutputSchema {
    schema(vec![("x", Content::List(Shape::TEXT)), ("y", Content::Value(Shape::U8))])
}

fn messages(diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics.iter().map(|d| format!("{} {}", d.code, d.message)).collect()
}

fn refusals(builder: &Builder, facts: &Facts) -> Vec<String> {
    messages(&run(&builder.program, &lists(), facts).expect_err("refused"))
}

/// Appends the text of an expression to the list `x`.
fn add(builder: &mut Builder, value: ExprId) {
    let list = builder.expr(Expr::List([value].into()));
    builder.write(Plain, 0, WriteKind::Add, list);
}

fn condition(builder: &mut Builder, holds: bool) -> ExprId {
    builder.constant(Kind::Bool(holds))
}

/// Patches the end of the statement at `index`.
fn close(builder: &mut Builder, index: usize) {
    let here = u32::try_from(builder.program.effects.len()).unwrap();
    match builder.program.effects.get_mut(index) {
        Some(Effect::For { end, .. } | Effect::If { end, .. }) => *end = here,
        other => panic!("{other:?} has no end"),
    }
}

#[test]
fn a_rule_runs_where_all_its_guards_hold() {
    let mut builder = Builder::new();
    let (yes, no) = (condition(&mut builder, true), condition(&mut builder, false));
    let (yes, no) = (builder.guard(yes), builder.guard(no));
    for (name, guards) in [("a", vec![]), ("b", vec![yes, no]), ("c", vec![yes])] {
        let text = builder.text(name);
        add(&mut builder, text);
        builder.rule(name, &guards);
    }
    assert_eq!(run(&builder.program, &lists(), &no_facts()).unwrap().first().unwrap(), r#"["a", "c"]"#);
}

#[test]
fn indexed_rules_run_in_written_order_with_the_others() {
    let mut builder = Builder::new();
    let mut ids = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let text = builder.text(name);
        add(&mut builder, text);
        ids.push(builder.rule(name, &[]));
    }
    let fact = builder.expr(Expr::Fact(Root::Service, [0].into()));
    let rules = [("web".into(), vec![ids[0], ids[2]]), ("db".into(), vec![ids[1]])].into_iter().collect();
    builder.program.index = RuleIndex { always: vec![ids[3]], tables: vec![EqualityTable { fact, rules }] };
    for (service, expected) in [("web", r#"["a", "c", "d"]"#), ("db", r#"["b", "d"]"#), ("other", r#"["d"]"#)] {
        let facts = facts(vec![Datum::text(service)], World::default(), World::default());
        assert_eq!(run(&builder.program, &lists(), &facts).unwrap().first().unwrap(), expected);
    }
}

#[test]
fn chains_of_else_if_take_one_branch() {
    for (chosen, expected) in [(0, r#"["0"]"#), (1, r#"["1"]"#), (2, r#"["2"]"#), (9, r#"["3"]"#)] {
        let mut builder = Builder::new();
        let mut opened = Vec::new();
        for number in 0..3 {
            let holds = condition(&mut builder, number == chosen);
            let at = builder.program.effects.len();
            builder.effect(Effect::If {
                condition: holds,
                guard: None,
                then_end: u32::try_from(at).unwrap() + 2,
                end: 0,
            });
            opened.push(at);
            let text = builder.text(&number.to_string());
            add(&mut builder, text);
        }
        let text = builder.text("3");
        add(&mut builder, text);
        for at in opened {
            close(&mut builder, at);
        }
        builder.rule("r", &[]);
        assert_eq!(run(&builder.program, &lists(), &no_facts()).unwrap().first().unwrap(), expected);
    }
}

/// `for i, e in ["a", "b", "c"] { let v = e when e != "b" TAIL; x += v }; x += "end"`
fn loop_with_let(tail: impl Fn(&mut Builder) -> Tail) -> Builder {
    let mut builder = Builder::new();
    let list = builder.texts(&["a", "b", "c"]);
    let (index, element, local) = (builder.local(), builder.local(), builder.local());
    let at = builder.program.effects.len();
    builder.effect(Effect::For { iteration: Loop { index: Some(index), element, list, when: None }, end: 0 });
    let read = builder.expr(Expr::Local(element));
    let b = builder.text("b");
    let is_b = builder.expr(Expr::Equal(read, b));
    let is_other = builder.expr(Expr::Not(is_b));
    let position = builder.expr(Expr::Local(index));
    let both = builder.expr(Expr::Text([position, read].into()));
    let value = builder.expr(Expr::When(both, is_other));
    let tail = tail(&mut builder);
    builder.effect(Effect::Let { local, value, tail });
    let value = builder.expr(Expr::Local(local));
    add(&mut builder, value);
    close(&mut builder, at);
    let end = builder.text("end");
    add(&mut builder, end);
    builder.rule("r", &[]);
    builder
}

#[test]
fn an_absent_let_leaves_out_the_rest_of_the_round() {
    let builder = loop_with_let(|_| Tail::Skip);
    assert_eq!(run(&builder.program, &lists(), &no_facts()).unwrap().first().unwrap(), r#"["0a", "2c", "end"]"#);

    let builder = loop_with_let(|builder| Tail::Warn(builder.text("no b")));
    let (arena, facts) = (Arena::new(), no_facts());
    let schema = lists();
    let outcome = evaluate(&builder.program, &schema, &facts, &arena, &Limits::default()).unwrap();
    assert_eq!(messages(&outcome.warnings), ["P0609 no b"]);

    let builder = loop_with_let(|builder| Tail::Deny(builder.text("b\nis refused")));
    assert_eq!(refusals(&builder, &no_facts()), [r"P0601 b\nis refused"]);

    let builder = loop_with_let(|_| Tail::Never);
    assert_eq!(refusals(&builder, &no_facts()), ["P0901 a value of a kind that checking rules out"]);
}

#[test]
fn all_refusals_are_told_at_once_and_warnings_after_them() {
    let mut builder = Builder::new();
    let (warning, one, two) = (builder.text("careful"), builder.text("one"), builder.text("two"));
    builder.effect(Effect::Warn(warning));
    builder.effect(Effect::Deny(one));
    builder.rule("a", &[]);
    builder.effect(Effect::Deny(two));
    let too_much = builder.int(256);
    builder.write(Plain, 1, WriteKind::Value, too_much);
    builder.rule("b", &[]);
    let expected = ["P0601 one", "P0601 two", "P0604 `y` cannot be 256", "P0609 careful"];
    assert_eq!(refusals(&builder, &no_facts()), expected);
}

#[test]
fn invariants_read_the_finished_spec() {
    let mut builder = Builder::new();
    let list = builder.texts(&["a", "b"]);
    builder.write(Plain, 0, WriteKind::Add, list);
    builder.rule("r", &[]);
    let element = builder.local();
    let list = builder.expr(Expr::Spec(0));
    let at = builder.program.effects.len();
    builder.effect(Effect::For { iteration: Loop { index: None, element, list, when: None }, end: 0 });
    let (read, a) = (builder.expr(Expr::Local(element)), builder.text("a"));
    let condition = builder.expr(Expr::Equal(read, a));
    let tail = builder.text(" is not a");
    let message = builder.expr(Expr::Text([read, tail].into()));
    builder.effect(Effect::Require { condition, deny: true, message });
    builder.effect(Effect::Require { condition, deny: false, message });
    close(&mut builder, at);
    let number = builder.expr(Expr::Spec(1));
    let condition = builder.expr(Expr::IsSet(number));
    let message = builder.text("y is not set");
    builder.effect(Effect::Require { condition, deny: true, message });
    builder.invariant("i");
    assert_eq!(refusals(&builder, &no_facts()), ["P0607 b is not a", "P0607 y is not set", "P0609 b is not a"]);
}

#[test]
fn what_the_spec_requires_must_be_written() {
    let mut builder = Builder::new();
    builder.rule("nothing", &[]);
    let mut schema = lists();
    schema.slots[1].required = true;
    let diagnostics = run(&builder.program, &schema, &no_facts()).unwrap_err();
    assert_eq!(messages(&diagnostics), ["P0608 no rule wrote `y`"]);
}

/// `[e for e in list for e2 in list …]`
fn nested_loops(builder: &mut Builder, list: ExprId, depth: usize) -> ExprId {
    let loops: Vec<_> = (0..depth).map(|_| Loop { index: None, element: builder.local(), list, when: None }).collect();
    let value = builder.text("v");
    builder.expr(Expr::Comprehension(Box::new(Comprehension { loops: loops.into(), key: None, value, sort: None })))
}

/// A place may ask something of the values of a map, and of each key that it is a text.
#[test]
fn maps_are_held_against_their_place() {
    use plimsoll::schema::shape::TextForm;
    let paths = || schema(vec![("m", Content::Value(Shape::Map(Shape::Text(TextForm::CleanPath).into())))]);
    let write = |entries: &[(&str, &str)]| {
        let mut builder = Builder::new();
        let map = builder.constant(super::build::map_of(entries));
        builder.write(Plain, 0, WriteKind::Value, map);
        builder.rule("r", &[]);
        run(&builder.program, &paths(), &no_facts()).map_err(|found| messages(&found))
    };
    assert_eq!(write(&[("a", "/b"), ("c", "/d/./e/")]).unwrap(), [r#"{"a": "/b", "c": "/d/e"}"#]);
    assert_eq!(write(&[("a", "/b"), ("c", "d")]).unwrap_err(), [r#"P0603 `m["c"]` cannot be "d""#]);
    assert_eq!(write(&[("a\0", "/b")]).unwrap_err(), [r#"P0603 `m` cannot be "a\u{0}""#]);
}

#[test]
fn limits_end_what_would_take_too_long() {
    let mut builder = Builder::new();
    let list = builder.texts(&vec!["a"; 1000]);
    let value = nested_loops(&mut builder, list, 4);
    let length = builder.call(Function::Len, &[value]);
    builder.write(Plain, 1, WriteKind::Value, length);
    builder.rule("r", &[]);
    assert_eq!(refusals(&builder, &no_facts()), ["P0704 a list of more than 65536 elements"]);

    let mut builder = Builder::new();
    let list = builder.texts(&vec!["a"; 1000]);
    let element = builder.local();
    for _ in 0..3 {
        let one = Loop { index: None, element, list, when: None };
        builder.effect(Effect::For { iteration: one, end: 6 });
    }
    for _ in 0..3 {
        let nothing = builder.constant(Kind::Absent);
        builder.effect(Effect::Let { local: element, value: nothing, tail: Tail::Skip });
    }
    builder.rule("r", &[]);
    assert_eq!(refusals(&builder, &no_facts()), ["P0705 evaluation takes more than 10000000 steps"]);

    let mut builder = Builder::new();
    let mut text = builder.text(&"a".repeat(1 << 10));
    for _ in 0..11 {
        text = builder.expr(Expr::ConcatTexts([text, text].into()));
    }
    add(&mut builder, text);
    builder.rule("r", &[]);
    assert_eq!(refusals(&builder, &no_facts()), ["P0704 a text of more than 1048576 bytes"]);

    let mut builder = Builder::new();
    let mut texts = Vec::new();
    for n in 0..20 {
        let (one, rest) = (builder.int(n), builder.text(&"a".repeat(1 << 19)));
        texts.push(builder.expr(Expr::Text([one, rest].into())));
    }
    let list = builder.expr(Expr::List(texts.into()));
    builder.write(Plain, 0, WriteKind::Add, list);
    builder.rule("r", &[]);
    let limits = Limits { output: 1 << 20, ..Limits::default() };
    let (arena, facts, schema) = (Arena::new(), no_facts(), lists());
    let refused = evaluate(&builder.program, &schema, &facts, &arena, &limits).unwrap_err();
    assert_eq!(messages(&refused), ["P0706 the spec is larger than 1048576 bytes"]);
}

#[test]
fn an_arena_serves_one_render_after_the_other() {
    let builder = loop_with_let(|_| Tail::Skip);
    let (facts, schema) = (no_facts(), lists());
    let mut arena = Arena::new();
    for _ in 0..3 {
        let outcome = evaluate(&builder.program, &schema, &facts, &arena, &Limits::default()).unwrap();
        assert_eq!(super::build::shown(&outcome.draft).first().unwrap(), r#"["0a", "2c", "end"]"#);
        arena.reset();
    }
}

#[test]
fn deep_expressions_fit_a_small_stack() {
    let mut builder = Builder::new();
    let mut value = condition(&mut builder, true);
    for _ in 0..256 {
        value = builder.expr(Expr::Not(value));
    }
    let text = builder.text("deep");
    let value = builder.expr(Expr::When(text, value));
    add(&mut builder, value);
    builder.rule("r", &[]);
    let (facts, schema) = (no_facts(), lists());
    // Unoptimised frames are several times as large as those that run in production.
    let stack = if cfg!(debug_assertions) { 2 << 20 } else { 256 << 10 };
    let run = move || run(&builder.program, &schema, &facts).unwrap();
    let slots = std::thread::Builder::new().stack_size(stack).spawn(run).unwrap().join().unwrap();
    assert_eq!(slots.first().unwrap(), r#"["deep"]"#);
}

#[test]
fn lets_are_evaluated_once_and_only_where_used() {
    let mut builder = Builder::new();
    let (one, zero) = (builder.int(1), builder.int(0));
    let fault = builder.expr(Expr::Arithmetic(false, one, [(plimsoll::ir::ArithmeticOp::Divide, zero)].into()));
    let unused = builder.policy_let(fault);
    let none = condition(&mut builder, false);
    let value = builder.expr(Expr::When(unused, none));
    builder.effect(Effect::Write(Write {
        strength: Plain,
        slot: 1,
        kind: WriteKind::Value,
        value,
        checked: false,
        tail: Tail::Skip,
    }));
    let texts = builder.constant(texts_of(&["a"]));
    let used = builder.policy_let(texts);
    builder.write(Plain, 0, WriteKind::Add, used);
    builder.rule("r", &[]);
    assert_eq!(run(&builder.program, &lists(), &no_facts()).unwrap(), [r#"["a"]"#, "nothing"]);
}
