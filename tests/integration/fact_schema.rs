//! The schema of the facts: what rule files add to it, what tests give by it, and what is too much for it.

use std::collections::BTreeSet;

use plimsoll::facts::datum::{Datum, Kind};
use plimsoll::facts::given::Given;
use plimsoll::facts::request::Request;
use plimsoll::schema::facts::{ExtendError, FactSchema, Root};
use plimsoll::schema::shape::{FieldShape, Presence, RecordShape, Shape};

use crate::facts::{fail, flatten, show_report};

fn tier(presence: Presence) -> FieldShape {
    FieldShape { name: "tier".into(), alias: None, shape: Shape::TEXT, presence, doc: "How important it is." }
}

#[test]
fn a_rule_file_can_add_fields() {
    let mut schema = FactSchema::standard();
    let gold = || Presence::Default(Datum::text("gold"));
    schema.extend(Root::Service, &[], tier(Presence::Optional)).unwrap();
    schema.extend(Root::Service, &["network", "overlays", "service"], tier(gold())).unwrap();
    schema.extend(Root::Service, &["resources", "gpu"], tier(gold())).unwrap();
    schema.extend(Root::Options, &[], tier(gold())).unwrap();
    let text = "{version: v1, deployment: d, services: {web: {image: {name: a}, tier: x, resources: {gpu: {}}}}}";
    let request = Request::builder("deployment", text).build(&schema).unwrap_or_else(fail);
    let facts = request.facts().unwrap_or_else(fail);
    let mut out = String::new();
    flatten(&mut out, "service", &Shape::Record(schema.service.clone()), &facts.service, true);
    flatten(&mut out, "options", &Shape::Record(schema.options.clone()), &facts.options, true);
    let tiers: Vec<_> = out.lines().filter(|line| line.contains("tier")).collect();
    let expected = [
        "service.resources.gpu.tier = \"gold\"",
        "service.network.overlays.service.tier = \"gold\"",
        "service.tier = \"x\"",
        "options.tier = \"gold\"",
    ];
    assert_eq!(tiers, expected);
}

#[test]
fn what_a_rule_file_cannot_add() {
    let mut schema = FactSchema::standard();
    let mut add = |root, path: &[&str]| schema.extend(root, path, tier(Presence::Optional)).unwrap_err().to_string();
    assert_eq!(add(Root::Image, &[]), ExtendError::WrongRoot.to_string());
    assert_eq!(add(Root::Service, &["resorces"]), "`service.resorces` does not exist");
    assert_eq!(
        add(Root::Service, &["resources", "cpu"]),
        "`service.resources.cpu` is no record that can have more fields"
    );
    assert_eq!(add(Root::Service, &["scale"]), "`service.scale` is no record that can have more fields");
    let field = FieldShape { name: "env".into(), ..tier(Presence::Optional) };
    assert_eq!(schema.extend(Root::Service, &[], field), Err(ExtendError::Exists("service.env".into())));
    assert_eq!(schema.service.fields.len(), FactSchema::standard().service.fields.len());
}

/// Each row has a sentence, and no record has a name twice.
#[test]
fn every_field_is_documented_and_unique() {
    let schema = FactSchema::standard();
    let mut rows = 0;
    for record in [&schema.container, &schema.image, &schema.options] {
        visit(record, &mut rows);
    }
    visit(&schema.deployment(), &mut rows);
    visit(&FactSchema::recording(), &mut rows);
    assert!(rows > 200, "{rows}");
}

fn visit(record: &RecordShape, rows: &mut usize) {
    let names = record.fields.iter().flat_map(|field| [Some(&field.name), field.alias.as_ref()]).flatten();
    let unique: BTreeSet<_> = names.clone().collect();
    assert_eq!(unique.len(), names.count(), "{}", record.name);
    for field in &record.fields {
        *rows += 1;
        assert!(field.doc.ends_with('.') && field.doc.len() > 8, "{}.{}: {}", record.name, field.name, field.doc);
        let mut shape = &field.shape;
        while let Shape::List(inner) | Shape::Map(inner) = shape {
            shape = inner;
        }
        if let Shape::Record(inner) = shape {
            visit(inner, rows);
        }
    }
    for tag in &record.tags {
        assert!(
            tag.fields.iter().all(|field| field.shape.ty() == record.fields[field.index].shape.ty()),
            "{}",
            tag.tag
        );
    }
}

fn map(entries: &[(&str, Datum)]) -> Datum {
    Datum::new(Kind::map(entries.iter().map(|(key, value)| (Box::from(*key), value.clone()))))
}

/// In a rule file a number is a number: a mode is not read as octal digits, a duration is in seconds.
#[test]
fn constants_of_a_test_become_facts() {
    let int = |value| Datum::new(Kind::Int(value));
    let tmpfs = map(&[("type", Datum::text("tmpfs")), ("target", Datum::text("/a")), ("mode", int(0o1777))]);
    let service = map(&[
        ("image", map(&[("name", Datum::text("x"))])),
        ("resources", map(&[("memory", int(1 << 20)), ("cpu", int(2))])),
        ("storage", Datum::new(Kind::List([tmpfs].into()))),
        ("health", map(&[("check", map(&[("type", Datum::text("tcp")), ("port", int(1))])), ("interval", int(90))])),
    ]);
    let container = map(&[("service", Datum::text("web")), ("replica", int(3))]);
    let schema = FactSchema::standard();
    let given = Given { service: Some(&service), container: Some(&container), ..Given::default() };
    let facts = given.facts(&schema).unwrap();
    let mut out = String::new();
    flatten(&mut out, "service", &Shape::Record(schema.service.clone()), &facts.service, true);
    flatten(&mut out, "container", &Shape::Record(schema.container.clone()), &facts.container, true);
    for expected in [
        "service.resources.memory = 1048576\n",
        "service.resources.cpu = 2.0\n",
        "service.storage[0].mode = 1023\n",
        "service.health.interval = 90.0\n",
        "container.id = \"web-rep-3\"\n",
        "container.deployment = \"test\"\n",
    ] {
        assert!(out.contains(expected), "{expected} in {out}");
    }
    let wrong = map(&[("image", map(&[("nme", int(1))])), ("privileged", Datum::text("true"))]);
    let given = Given { service: Some(&wrong), ..Given::default() };
    let messages: Vec<_> = given.facts(&schema).unwrap_err().into_iter().map(|found| found.message).collect();
    let expected = [
        "`service.image` has no field `nme`",
        "`service.image` needs `name`",
        "`service.privileged` takes `true` or `false`, not text",
    ];
    assert_eq!(messages, expected);
}

#[test]
fn options_one_by_one() {
    let text = "{version: v1, deployment: d, services: {web: {image: {name: a}}}}";
    let schema = FactSchema::standard();
    let request = Request::builder("deployment", text)
        .option("hostname", "12")
        .option("args", r#"["a", "b"]"#)
        .option("host_network", "true")
        .rootfs("/srv/rootfs");
    let facts = request.build(&schema).unwrap_or_else(fail).facts().unwrap_or_else(fail);
    let mut out = String::new();
    flatten(&mut out, "options", &Shape::Record(schema.options.clone()), &facts.options, true);
    assert_eq!(
        out,
        "options.hostname = \"12\"\noptions.args[0] = \"a\"\noptions.args[1] = \"b\"\noptions.env = {}\n\
         options.volumes = {}\noptions.host_network = true\noptions.rootfs = \"/srv/rootfs\"\n"
    );
    let request = Request::builder("deployment", text)
        .option("hostnme", "x")
        .option("args", "not json")
        .option("socket", "/a")
        .option("socket", "/b");
    let report = show_report(&request.build(&schema).unwrap_err());
    for expected in ["has no field `hostnme`", "did you mean `hostname`?", "this is no JSON", "`socket` is given twice"]
    {
        assert!(report.contains(expected), "{expected} in {report}");
    }
}

/// Whatever is too much ends with one diagnostic, soon.
#[test]
fn hostile_documents() {
    const SIZE: usize = 1 << 20;
    let schema = FactSchema::standard();
    let bomb: String = (1..30).map(|n| format!("a{n}: &a{n} [{}]\n", format!("*a{}, ", n - 1).repeat(9))).collect();
    let cases = [
        ("P0702", "[".repeat(SIZE)),
        ("P0702", "{a: ".repeat(SIZE / 4)),
        ("P0702", "- ".repeat(SIZE / 2)),
        ("P0702", format!("a: {}1{}", "[".repeat(64), "]".repeat(64))),
        ("P0701", format!("a0: &a0 x\n{bomb}")),
        ("P0701", format!("a: &a {}\nb: [{}]", "x".repeat(SIZE / 2), "*a,".repeat(1000))),
        ("P0701", "a".repeat(5 << 20)),
        ("P0504", format!("version: v1\ndeployment: d\nservices: {}", "a ".repeat(SIZE / 2))),
    ];
    for (code, text) in cases {
        let report = Request::builder("deployment", text).build(&schema).unwrap_err();
        let codes: Vec<_> = report.diagnostics.iter().map(|found| found.code.id()).collect();
        assert_eq!(codes, [code], "{:?}", report.diagnostics);
    }
    let deep = format!("{{\"deployment\": {}", "[".repeat(SIZE));
    let large = " ".repeat((16 << 20) + 1);
    for (code, text) in [("P0702", deep), ("P0701", large), ("P0501", "{\"a\"".to_owned())] {
        let report = Request::from_json("request", &text, &schema).unwrap_err();
        assert_eq!(report.diagnostics.first().unwrap().code.id(), code);
    }
    let many: String = (0..100_000).map(|n| format!("k{n}: 1\n")).collect();
    let report = Request::builder("deployment", many).build(&schema).unwrap_err();
    assert_eq!(report.diagnostics.len(), 101);
    assert_eq!(report.diagnostics.last().unwrap().message, "99902 more findings in this input are not shown");
}
