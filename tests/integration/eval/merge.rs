//! Strength, collections, conflicts: each row of the language's tables.

use std::sync::Arc;

use plimsoll::facts::datum::{Datum, Kind};
use plimsoll::ir::Strength::{self, Default as Weak, Force, Plain};
use plimsoll::ir::WriteKind;
use plimsoll::schema::output::{Content, KeyPlace, Keyed, Layout};
use plimsoll::schema::shape::{FieldShape, Presence, RecordShape, Shape, TextForm};

use super::build::{Builder, kind, map_of, no_facts, run, schema, texts_of};

/// One write, before its expressions are made.
enum Way {
    Is(Kind),
    Whole(Kind),
    Add(Kind),
    Remove(Kind),
    At(&'static str, Kind),
    NotAt(&'static str),
    Unset,
}

use Way::{Add, At, Is, NotAt, Remove, Unset, Whole};

/// What the one slot holds after these writes, each in a rule of its own; or what is said against them.
fn merged(content: Content, writes: Vec<(Strength, Way)>) -> String {
    let mut builder = Builder::new();
    for (number, (strength, way)) in writes.into_iter().enumerate() {
        let nothing = builder.constant(Kind::Absent);
        let (kind, value) = match way {
            Is(kind) => (WriteKind::Value, builder.constant(kind)),
            Whole(kind) => (WriteKind::Whole, builder.constant(kind)),
            Add(kind) => (WriteKind::Add, builder.constant(kind)),
            Remove(kind) => (WriteKind::Remove, builder.constant(kind)),
            At(key, kind) => (WriteKind::AddAt(builder.text(key)), builder.constant(kind)),
            NotAt(key) => (WriteKind::RemoveAt(builder.text(key)), nothing),
            Unset => (WriteKind::Unset, nothing),
        };
        builder.write(strength, 0, kind, value);
        builder.rule(&format!("r{number}"), &[]);
    }
    match run(&builder.program, &schema(vec![("x", content)]), &no_facts()) {
        Ok(slots) => slots.concat(),
        Err(diagnostics) => {
            let lines: Vec<_> = diagnostics.iter().map(|d| format!("{}: {}", d.code, d.message)).collect();
            lines.join("\n")
        }
    }
}

fn value() -> Content {
    Content::Value(Shape::U32)
}

fn set() -> Content {
    Content::Set(Shape::TEXT)
}

fn env() -> Content {
    let key_form = Shape::Text(TextForm::VariableName);
    Content::Keyed(Keyed { element: Shape::TEXT, key: KeyPlace::Name, key_form, layout: Layout::Assignments })
}

fn record(name: &'static str, fields: &[(&'static str, Shape)]) -> Arc<RecordShape> {
    let field = |(name, shape): &(&'static str, Shape)| FieldShape {
        name: (*name).into(),
        alias: None,
        shape: shape.clone(),
        presence: Presence::Optional,
        doc: "",
    };
    Arc::new(RecordShape { name: name.into(), fields: fields.iter().map(field).collect(), tags: Vec::new() })
}

fn mounts() -> Content {
    let path = Shape::Text(TextForm::CleanPath);
    let option = Shape::list(Shape::Text(TextForm::MountOption));
    let element = Shape::Record(record("mount", &[("destination", path.clone()), ("options", option)]));
    Content::Keyed(Keyed { element, key: KeyPlace::Fields(vec![0]), key_form: path, layout: Layout::ListByDepth })
}

fn mount(destination: &str, options: &[&str]) -> Datum {
    Datum::new(Kind::Record([Datum::text(destination), Datum::new(texts_of(options))].into()))
}

fn throttles() -> Content {
    let element =
        Shape::Record(record("throttle", &[("major", Shape::I64), ("minor", Shape::I64), ("rate", Shape::U64)]));
    let key = KeyPlace::Fields(vec![0, 1]);
    Content::Keyed(Keyed { element, key, key_form: Shape::TEXT, layout: Layout::List })
}

fn numbers(fields: &[Option<i128>]) -> Kind {
    Kind::Record(fields.iter().map(|n| Datum::new(n.map_or(Kind::Absent, Kind::Int))).collect())
}

fn ab() -> Kind {
    texts_of(&["a", "b"])
}

fn c() -> Kind {
    texts_of(&["c"])
}

#[test]
fn the_strongest_value_wins_whatever_the_order() {
    let int = |n: i128| Is(kind(n));
    assert_eq!(merged(value(), vec![(Weak, int(1)), (Plain, int(2)), (Force, int(3))]), "3");
    assert_eq!(merged(value(), vec![(Force, int(3)), (Plain, int(2)), (Weak, int(1))]), "3");
    assert_eq!(merged(value(), vec![(Plain, int(2)), (Plain, int(2))]), "2");
    assert_eq!(
        merged(value(), vec![(Plain, int(2)), (Plain, int(4))]),
        "P0602: two rules set `x` differently: 2 and 4"
    );
    assert_eq!(merged(value(), vec![(Plain, int(2)), (Plain, int(4)), (Force, int(9))]), "9");
    assert_eq!(merged(value(), vec![(Force, int(9)), (Plain, int(2)), (Plain, int(4))]), "9");
    assert_eq!(merged(value(), vec![(Weak, int(1)), (Weak, int(2)), (Plain, int(3))]), "3");
}

#[test]
fn unset_is_a_write_like_any_other() {
    let int = |n: i128| Is(kind(n));
    assert_eq!(merged(value(), vec![(Weak, int(1)), (Plain, Unset)]), "nothing");
    assert_eq!(merged(value(), vec![(Force, int(1)), (Plain, Unset)]), "1");
    assert_eq!(merged(value(), vec![(Plain, Unset), (Plain, Unset)]), "nothing");
    assert_eq!(
        merged(value(), vec![(Plain, int(1)), (Plain, Unset)]),
        "P0602: two rules set `x` differently: 1 and absent"
    );
}

#[test]
fn sets_come_out_sorted_and_each_element_is_in_or_out() {
    assert_eq!(merged(set(), vec![(Plain, Add(c())), (Plain, Add(ab())), (Weak, Add(c()))]), r#"["a", "b", "c"]"#);
    assert_eq!(merged(set(), vec![(Weak, Add(ab())), (Plain, Remove(texts_of(&["a"])))]), r#"["b"]"#);
    assert_eq!(merged(set(), vec![(Plain, Add(ab())), (Weak, Remove(ab()))]), r#"["a", "b"]"#);
    assert_eq!(
        merged(set(), vec![(Plain, Add(ab())), (Plain, Remove(texts_of(&["a"])))]),
        r#"P0602: two rules set `x["a"]` differently: in it and not in it"#
    );
    assert_eq!(merged(set(), vec![(Plain, Remove(ab()))]), "nothing");
    assert_eq!(merged(set(), vec![(Plain, Add(texts_of(&[])))]), "nothing");
}

#[test]
fn a_whole_collection_drops_what_is_weaker_and_yields_to_what_is_stronger() {
    assert_eq!(merged(set(), vec![(Weak, Add(c())), (Plain, Whole(ab()))]), r#"["a", "b"]"#);
    assert_eq!(merged(set(), vec![(Plain, Whole(ab())), (Weak, Add(c()))]), r#"["a", "b"]"#);
    assert_eq!(merged(set(), vec![(Force, Add(c())), (Plain, Whole(ab()))]), r#"["a", "b", "c"]"#);
    assert_eq!(merged(set(), vec![(Plain, Whole(ab())), (Force, Remove(texts_of(&["a"])))]), r#"["b"]"#);
    assert_eq!(merged(set(), vec![(Weak, Whole(c())), (Plain, Whole(ab()))]), r#"["a", "b"]"#);
    assert_eq!(merged(set(), vec![(Plain, Whole(ab())), (Weak, Whole(c()))]), r#"["a", "b"]"#);
    assert_eq!(merged(set(), vec![(Plain, Whole(ab())), (Plain, Whole(texts_of(&["b", "a", "b"])))]), r#"["a", "b"]"#);
    assert_eq!(merged(set(), vec![(Plain, Whole(ab())), (Plain, Add(texts_of(&["a"])))]), r#"["a", "b"]"#);
    assert_eq!(merged(set(), vec![(Plain, Whole(ab())), (Plain, Remove(c()))]), r#"["a", "b"]"#);
    assert_eq!(merged(set(), vec![(Plain, Whole(texts_of(&[])))]), "[]");
}

#[test]
fn a_whole_collection_conflicts_with_what_differs_at_its_strength() {
    let other = r#"P0602: two rules set `x["c"]` differently: in it and not in it"#;
    let swapped = r#"P0602: two rules set `x["c"]` differently: not in it and in it"#;
    assert_eq!(merged(set(), vec![(Plain, Whole(ab())), (Plain, Add(c()))]), swapped);
    assert_eq!(merged(set(), vec![(Plain, Add(c())), (Plain, Whole(ab()))]), other);
    assert_eq!(
        merged(set(), vec![(Plain, Whole(ab())), (Plain, Whole(texts_of(&["a"])))]),
        r#"P0602: two rules set `x["b"]` differently: in it and not in it"#
    );
    // Something stronger decides.
    assert_eq!(merged(set(), vec![(Plain, Whole(ab())), (Plain, Add(c())), (Force, Add(c()))]), r#"["a", "b", "c"]"#);
    assert_eq!(merged(set(), vec![(Plain, Whole(ab())), (Plain, Add(c())), (Force, Remove(c()))]), r#"["a", "b"]"#);
    assert_eq!(merged(set(), vec![(Plain, Whole(ab())), (Plain, Whole(c())), (Force, Whole(c()))]), r#"["c"]"#);
    // A conflict among the weaker ones does not count.
    assert_eq!(merged(set(), vec![(Weak, Add(c())), (Weak, Remove(c())), (Plain, Whole(ab()))]), r#"["a", "b"]"#);
}

#[test]
fn an_unset_collection_is_not_there() {
    assert_eq!(merged(set(), vec![(Weak, Add(ab())), (Plain, Unset)]), "nothing");
    assert_eq!(merged(set(), vec![(Weak, Unset), (Plain, Add(c()))]), r#"["c"]"#);
    assert_eq!(merged(set(), vec![(Weak, Whole(ab())), (Plain, Unset), (Force, Add(c()))]), r#"["c"]"#);
    assert_eq!(merged(set(), vec![(Plain, Unset), (Force, Whole(texts_of(&[])))]), "[]");
    assert_eq!(
        merged(set(), vec![(Plain, Unset), (Plain, Whole(texts_of(&[])))]),
        "P0602: two rules set `x` differently: absent and []"
    );
}

#[test]
fn keyed_entries_keep_the_order_of_their_keys_and_win_whole() {
    let first = map_of(&[("B", "1"), ("A", "1")]);
    let second = map_of(&[("C", "2"), ("B", "2")]);
    assert_eq!(merged(env(), vec![(Weak, Add(first)), (Plain, Add(second))]), r#"[B: "2", A: "1", C: "2"]"#);
    assert_eq!(merged(env(), vec![(Plain, At("A", kind("1"))), (Plain, At("A", kind("1")))]), r#"[A: "1"]"#);
    assert_eq!(
        merged(env(), vec![(Plain, At("A", kind("1"))), (Plain, At("A", kind("2")))]),
        r#"P0602: two rules set `x["A"]` differently: "1" and "2""#
    );
    assert_eq!(merged(env(), vec![(Weak, At("A", kind("1"))), (Plain, NotAt("A"))]), "nothing");
    assert_eq!(merged(env(), vec![(Weak, Add(map_of(&[("A", "1")]))), (Plain, Remove(texts_of(&["A"])))]), "nothing");
    assert_eq!(merged(env(), vec![(Plain, Whole(map_of(&[]))), (Weak, At("A", kind("1")))]), "[]");
    let refused = r#"P0603: `x` cannot be "A=B""#;
    assert_eq!(merged(env(), vec![(Plain, At("A=B", kind("1")))]), refused);
    assert_eq!(merged(env(), vec![(Plain, Add(map_of(&[("A", "x\0")])))]), r#"P0603: `x` cannot be "x\u{0}""#);
}

#[test]
fn mounts_are_keyed_by_clean_destination_and_sorted_by_depth() {
    let house = Kind::List([mount("/a/b", &["ro"]), mount("/a", &["ro"]), mount("/c", &[])].into());
    let own = Kind::List([mount("//a/./b/", &["rw"])].into());
    assert_eq!(
        merged(mounts(), vec![(Weak, Add(house)), (Plain, Add(own))]),
        r#"[/a: {"/a", ["ro"]}, /c: {"/c", []}, /a/b: {"/a/b", ["rw"]}]"#
    );
    let at = || Kind::Record([Datum::ABSENT, Datum::new(texts_of(&["ro"]))].into());
    assert_eq!(merged(mounts(), vec![(Plain, At("/a/", at()))]), r#"[/a: {"/a", ["ro"]}]"#);
    let other = mount("/b", &[]).kind;
    assert_eq!(
        merged(mounts(), vec![(Plain, At("/a", other))]),
        r#"P0603: `x["/a"]` is given an element whose own key is "/b""#
    );
    let smuggled = Kind::List([mount("/a", &["ro", "ro,suid"]), mount("/../b", &[]), mount("/", &[])].into());
    assert_eq!(
        merged(mounts(), vec![(Plain, Add(smuggled))]),
        "P0603: `x.options[1]` cannot be \"ro,suid\"\nP0603: `x.destination` cannot be \"/../b\"\nP0603: `x.destination` cannot be \"/\""
    );
}

#[test]
fn number_keys_are_joined_by_colons() {
    let rate = |rate| numbers(&[None, None, Some(rate)]);
    assert_eq!(merged(throttles(), vec![(Plain, At("8:0", rate(5)))]), "[8:0: {8, 0, 5}]");
    let whole = Kind::List([Datum::new(numbers(&[Some(8), Some(16), Some(1)]))].into());
    assert_eq!(merged(throttles(), vec![(Plain, Add(whole)), (Force, NotAt("8:16"))]), "nothing");
    assert_eq!(
        merged(throttles(), vec![(Plain, At("8", rate(5)))]),
        r#"P0603: `x["8"]` is given an element whose own key is no such key"#
    );
    assert_eq!(merged(throttles(), vec![(Plain, At("8:0", rate(-5)))]), "P0604: `x.rate` cannot be -5");
}

#[test]
fn lists_keep_written_order_and_equal_elements_once() {
    let list = || Content::List(Shape::TEXT);
    let writes = vec![(Plain, Add(texts_of(&["b", "a"]))), (Weak, Add(texts_of(&["c", "b"])))];
    assert_eq!(merged(list(), writes), r#"["b", "a", "c"]"#);
}

#[test]
fn device_rules_deny_all_then_allow_then_deny() {
    let fields = [("allow", Shape::Bool), ("type", Shape::TEXT), ("major", Shape::I64), ("minor", Shape::I64)];
    let rule = |allow: bool, what: Option<&str>, major: Option<i128>| {
        let text = what.map_or(Datum::ABSENT, Datum::text);
        let major = Datum::new(major.map_or(Kind::Absent, Kind::Int));
        Datum::new(Kind::Record([Datum::new(Kind::Bool(allow)), text, major, Datum::ABSENT].into()))
    };
    let all = vec![
        rule(false, Some("c"), Some(5)),
        rule(true, Some("c"), Some(1)),
        rule(false, None, None),
        rule(false, Some("a"), None),
        rule(true, None, None),
        rule(false, Some("b"), None),
    ];
    assert_eq!(
        merged(Content::DeviceRules(record("device rule", &fields)), vec![(Plain, Add(Kind::List(all.into())))]),
        r#"[{false}, {false, "a"}, {true, "c", 1}, {true}, {false, "c", 5}, {false, "b"}]"#
    );
}

#[test]
fn many_elements_take_an_index() {
    let texts: Vec<String> = (0..60_000).map(|n| format!("k{n:05}")).collect();
    let all = || Kind::List(texts.iter().rev().map(|text| Datum::text(text.as_str())).collect());
    let few = || Kind::List(texts.iter().skip(3).map(|text| Datum::text(text.as_str())).collect());
    let out = merged(set(), vec![(Plain, Add(all())), (Plain, Add(all())), (Force, Remove(few()))]);
    assert_eq!(out, r#"["k00000", "k00001", "k00002"]"#);
}

#[test]
fn texts_are_held_to_what_their_place_takes() {
    let written = |form, text: &str| merged(Content::Value(Shape::Text(form)), vec![(Plain, Is(kind(text)))]);
    let rows = [
        (TextForm::Any, "", true),
        (TextForm::Any, "a\0", false),
        (TextForm::NotEmpty, "", false),
        (TextForm::AbsolutePath, "/a/../b", true),
        (TextForm::AbsolutePath, "a", false),
        (TextForm::CleanPath, "/a/..b", true),
        (TextForm::CleanPath, "/a/..", false),
        (TextForm::CleanPath, "/.//", false),
        (TextForm::MountOption, "size=1", true),
        (TextForm::MountOption, "a,b", false),
        (TextForm::VariableName, "A B", true),
        (TextForm::VariableName, "", false),
        (TextForm::HostName, "a-b.c_d", true),
        (TextForm::HostName, "a..b", false),
        (TextForm::HostName, "-a", false),
        (TextForm::HostName, "a-.b", false),
        (TextForm::HostName, "", false),
        (TextForm::HostName, "ä", false),
        (TextForm::SysctlKey, "net.ipv4.ip_forward", true),
        (TextForm::SysctlKey, "net/ipv4/conf/eth0.1/forwarding", true),
        (TextForm::SysctlKey, "net..a", false),
        (TextForm::SysctlKey, "/net", false),
        (TextForm::FileName, "etc/resolv.conf", true),
        (TextForm::FileName, "config.json", false),
        (TextForm::FileName, "a/../b", false),
        (TextForm::FileName, "/a", false),
    ];
    for (form, text, fits) in rows {
        assert_eq!(written(form, text).starts_with("P0603"), !fits, "{form:?} {text:?}");
    }
    assert_eq!(written(TextForm::HostName, &"a".repeat(64)), format!("\"{}\"", "a".repeat(64)));
    assert_eq!(written(TextForm::HostName, &"a".repeat(65)).get(..5), Some("P0603"));
    assert_eq!(written(TextForm::CleanPath, "//a/./b/"), r#""/a/b""#);
}
