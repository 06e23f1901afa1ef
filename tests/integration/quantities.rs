//! Sizes, modes, durations, numbers, capabilities and users: each spelling that is taken, and some that are not.

use plimsoll::facts::datum::{Datum, Kind};
use plimsoll::facts::request::Request;
use plimsoll::schema::facts::{FactSchema, Root};
use plimsoll::schema::shape::Shape;

/// What a service with these lines has at a path, or the code of the first mistake.
fn read(lines: &str, path: &[&str]) -> Result<Kind, &'static str> {
    let text = format!("version: v1\ndeployment: test\nservices:\n  web:\n    image: {{name: a}}\n    {lines}\n");
    let schema = FactSchema::standard();
    let request = Request::builder("deployment", text).build(&schema).and_then(|request| request.facts());
    let facts = request.map_err(|report| report.diagnostics.first().unwrap().code.id())?;
    Ok(at(&Shape::Record(schema.root(Root::Service).clone()), &facts.service, path).kind)
}

fn at(shape: &Shape, datum: &Datum, path: &[&str]) -> Datum {
    let Some((name, rest)) = path.split_first() else { return datum.clone() };
    match (shape, &datum.kind) {
        (Shape::Record(record), Kind::Record(values)) => {
            let index = record.index_of(name).unwrap();
            at(&record.fields[index].shape, &values[index], rest)
        }
        (Shape::List(shape), Kind::List(values)) => at(shape, &values[name.parse::<usize>().unwrap()], rest),
        other => panic!("no {name} in {other:?}"),
    }
}

fn text(text: &str) -> Kind {
    Kind::Text(text.into())
}

#[track_caller]
fn check(write: impl Fn(&str) -> String, path: &[&str], taken: &[(&str, Kind)], refused: (&str, &[&str])) {
    for (written, expected) in taken {
        assert_eq!(read(&write(written), path), Ok(expected.clone()), "{written}");
    }
    for written in refused.1 {
        assert_eq!(read(&write(written), path), Err(refused.0), "{written}");
    }
}

#[test]
fn memory() {
    let taken = [
        ("1", Kind::Int(1)),
        ("512Mi", Kind::Int(512 << 20)),
        ("\"512Mi\"", Kind::Int(512 << 20)),
        ("' 1Ki '", Kind::Int(1024)),
        ("0001Gi", Kind::Int(1 << 30)),
        ("1Ti", Kind::Int(1 << 40)),
        ("1k", Kind::Int(1000)),
        ("1K", Kind::Int(1000)),
        ("2m", Kind::Int(2_000_000)),
        ("2M", Kind::Int(2_000_000)),
        ("3g", Kind::Int(3_000_000_000)),
        ("3G", Kind::Int(3_000_000_000)),
        ("4t", Kind::Int(4_000_000_000_000)),
        ("4T", Kind::Int(4_000_000_000_000)),
        ("9223372036854775807", Kind::Int(i64::MAX.into())),
        ("00000000000000000000000000000000000000000000000000000000001", Kind::Int(1)),
        ("~", Kind::Absent),
    ];
    let refused = [
        "\"\"",
        "0",
        "0Mi",
        "-1",
        "+1",
        "1.5Gi",
        "1e3",
        "512MB",
        "512B",
        "1 Mi",
        "1mi",
        "1KI",
        "Mi",
        "0x10",
        "1_000",
        "½Gi",
        "٣",
        "9223372036854775808",
        "16777216Ti",
        "99999999999999999999999999999999999999999999999999",
    ];
    check(|text| format!("resources: {{memory: {text}}}"), &["resources", "memory"], &taken, ("P0506", &refused));
}

#[test]
fn tmpfs_sizes() {
    let taken = [
        ("1", text("1")),
        ("65536k", text("67108864")),
        ("64K", text("65536")),
        ("64m", text("67108864")),
        ("64M", text("67108864")),
        ("1g", text("1073741824")),
        ("1G", text("1073741824")),
        ("1t", text("1099511627776")),
        ("1T", text("1099511627776")),
        ("1Ki", text("1024")),
        ("1Mi", text("1048576")),
        ("1Gi", text("1073741824")),
        ("1Ti", text("1099511627776")),
        ("010", text("10")),
        ("50%", text("50%")),
        ("null", Kind::Absent),
    ];
    let refused = [
        "\"\"",
        "0",
        "0%",
        "\" 1\"",
        "1ki",
        "1MI",
        "1.5G",
        "1e3",
        "-1",
        "\"%\"",
        "5 %",
        "50%%",
        "1p",
        "nr_inodes=1",
        "1k,x",
        "9223372036854775808",
        "8589934592Gi",
    ];
    let write = |text: &str| format!("storage: [{{type: tmpfs, target: /a, size: {}}}]", quote_comma(text));
    check(write, &["storage", "0", "size"], &taken, ("P0506", &refused));
}

fn quote_comma(text: &str) -> String {
    if text.contains(',') { format!("\"{text}\"") } else { text.to_owned() }
}

#[test]
fn file_modes() {
    let taken = [
        ("1777", Kind::Int(0o1777)),
        ("\"1777\"", Kind::Int(0o1777)),
        ("01777", Kind::Int(0o1777)),
        ("0o1777", Kind::Int(0o1777)),
        ("7777", Kind::Int(0o7777)),
        ("0", Kind::Int(0)),
        ("000755", Kind::Int(0o755)),
        ("~", Kind::Absent),
    ];
    let refused = [
        "448",
        "0x1ff",
        "0b111",
        "+755",
        "-755",
        "10000",
        "0o",
        "\"\"",
        "\" 755\"",
        "7.0",
        "u=rwx",
        "4294967296",
        "0O755",
        "0o0o7",
    ];
    let write = |text: &str| format!("storage: [{{type: tmpfs, target: /a, mode: {text}}}]");
    check(write, &["storage", "0", "mode"], &taken, ("P0506", &refused));
}

#[test]
fn durations() {
    let taken = [
        ("0", Kind::Float(0.0)),
        ("30s", Kind::Float(30.0)),
        ("100ms", Kind::Float(0.1)),
        ("1m 30s", Kind::Float(90.0)),
        ("1m30s", Kind::Float(90.0)),
        ("\" 5 min \"", Kind::Float(300.0)),
        ("1.5h", Kind::Float(5400.0)),
        ("0.25sec", Kind::Float(0.25)),
        ("2 hours 1 minute", Kind::Float(7260.0)),
        ("1d", Kind::Float(86_400.0)),
        ("1w", Kind::Float(604_800.0)),
        ("1M", Kind::Float(2_630_016.0)),
        ("1y", Kind::Float(31_557_600.0)),
        ("1us", Kind::Float(0.000_001)),
        ("1ns", Kind::Float(0.000_000_001)),
        ("~", Kind::Absent),
    ];
    let refused = [
        "30",
        "\"\"",
        "s",
        "-1s",
        "1.s",
        ".5s",
        "1 2s",
        "1x",
        "1S",
        "1s,",
        "99999999999999999999y",
        "00",
        "1s 5",
        "1e3s",
    ];
    let write = |text: &str| format!("health: {{check: {{type: tcp, port: 1}}, interval: {}}}", quote_comma(text));
    check(write, &["health", "interval"], &taken, ("P0506", &refused));
}

#[test]
fn whole_numbers() {
    let taken = [
        ("0", Kind::Int(0)),
        ("+5", Kind::Int(5)),
        ("-0", Kind::Int(0)),
        ("007", Kind::Int(7)),
        ("0x1F", Kind::Int(31)),
        ("0o17", Kind::Int(15)),
        ("4294967295", Kind::Int(4_294_967_295)),
    ];
    let refused =
        ["4294967296", "-1", "1.0", "1e2", "\"1\"", "1_000", "0b1", "~", "one", "true", "[1]", "0x", "--1", "0x-1"];
    let write = |text: &str| format!("resources: {{gpu: {{count: {text}}}}}");
    check(write, &["resources", "gpu", "count"], &taken, ("P0504", &refused));
}

#[test]
fn fractions() {
    let taken = [
        ("1", Kind::Float(1.0)),
        (".5", Kind::Float(0.5)),
        ("5.", Kind::Float(5.0)),
        ("1e-3", Kind::Float(0.001)),
        ("-1.5", Kind::Float(-1.5)),
        ("0x10", Kind::Float(16.0)),
        ("~", Kind::Absent),
    ];
    let write = |text: &str| format!("resources: {{cpu: {text}}}");
    check(
        write,
        &["resources", "cpu"],
        &taken,
        ("P0504", &["\"1\"", "\"1,5\"", "inf", "nan", "1e", "e1", ".", "1_0", "+-1"]),
    );
    check(write, &["resources", "cpu"], &[], ("P0506", &[".inf", "-.Inf", ".nan", "1e999"]));
}

#[test]
fn booleans() {
    let taken = [("true", Kind::Bool(true)), ("false", Kind::Bool(false))];
    let refused = ["yes", "no", "on", "True", "TRUE", "\"true\"", "1", "~", "null"];
    check(|text| format!("privileged: {text}"), &["privileged"], &taken, ("P0504", &refused));
}

#[test]
fn capabilities() {
    let taken = [
        ("NET_ADMIN", text("NET_ADMIN")),
        ("net_admin", text("NET_ADMIN")),
        ("CAP_NET_ADMIN", text("NET_ADMIN")),
        ("Cap_Net_Admin", text("NET_ADMIN")),
        ("all", text("ALL")),
        ("ALL", text("ALL")),
    ];
    let refused = ["\"NET_ADMIN \"", "NET-ADMIN", "NETADMIN", "CAP_", "CAP_CAP_KILL", "CAP_ALL", "\"\"", "ſyslog"];
    check(|text| format!("capabilities: [{text}]"), &["capabilities", "0"], &taken, ("P0507", &refused));
}

/// `User` as uid, gid, name and group.
#[test]
fn image_users() {
    let user = |written: &str| {
        let schema = FactSchema::standard();
        let image = serde_json::json!({ "User": written }).to_string();
        let deployment = "{version: v1, deployment: d, services: {web: {image: {name: a}}}}";
        let request = Request::builder("deployment", deployment).image("image", image).build(&schema);
        let facts = request.and_then(|request| request.facts());
        let facts = facts.map_err(|report| report.diagnostics.first().unwrap().code.id())?;
        let image = Shape::Record(schema.image.clone());
        let user = at(&image, &facts.image, &["user"]);
        if user.is_absent() {
            return Ok(vec![]);
        }
        Ok(["uid", "gid", "name", "group"].map(|name| at(&image, &facts.image, &["user", name]).kind).to_vec())
    };
    let none = || Kind::Absent;
    assert_eq!(user(""), Ok(vec![]));
    assert_eq!(user("0"), Ok(vec![Kind::Int(0), none(), none(), none()]));
    assert_eq!(user("01000:50"), Ok(vec![Kind::Int(1000), Kind::Int(50), none(), none()]));
    assert_eq!(user("root"), Ok(vec![none(), none(), text("root"), none()]));
    assert_eq!(user("a:b"), Ok(vec![none(), none(), text("a"), text("b")]));
    assert_eq!(user("a:7"), Ok(vec![none(), Kind::Int(7), text("a"), none()]));
    assert_eq!(user("7:a"), Ok(vec![Kind::Int(7), none(), none(), text("a")]));
    assert_eq!(user("4294967294"), Ok(vec![Kind::Int(4_294_967_294), none(), none(), none()]));
    for refused in
        [":", "a:", ":a", "a:b:c", "1:2:", "+5", "-1", "1000 ", " a", "a b", "4294967295", "1:4294967295", "a\0"]
    {
        assert_eq!(user(refused), Err("P0509"), "{refused:?}");
    }
}
