//! Requests, deployments, images and recordings: what is read of them, and what is said of mistakes.

use std::fmt::Write;

use plimsoll::diagnostics::{Diagnostic, Report, Severity};
use plimsoll::facts::Facts;
use plimsoll::facts::datum::{Datum, Kind};
use plimsoll::facts::host::PathKind;
use plimsoll::facts::request::Request;
use plimsoll::schema::facts::{FactSchema, Root};
use plimsoll::schema::shape::Shape;
use plimsoll::source::Source;

/// Each fixture of a folder with what `show` makes of it, one snapshot each.
macro_rules! snapshot_each {
    ($glob:literal, $show:expr) => {
        insta::with_settings!({
            snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/facts"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::glob!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/facts"), $glob, |path| {
                let input = std::fs::read_to_string(path).unwrap();
                let output: String = $show(&input);
                insta::assert_snapshot!(format!("{}\n\n----\n\n{}", input.trim_end(), output.trim_end()));
            });
        });
    };
}

#[test]
fn good_deployments() {
    snapshot_each!("good/*.yaml", |text: &str| {
        let request = Request::builder("deployment", text).build(&FactSchema::standard()).unwrap_or_else(fail);
        assert!(request.warnings().iter().all(|warning| warning.severity == Severity::Warning));
        let names: Vec<_> = request.services().map(str::to_owned).collect();
        names.iter().map(|name| given(&request.facts_of(name).unwrap_or_else(fail))).collect()
    });
}

#[test]
fn bad_deployments() {
    snapshot_each!("bad/*.yaml", |text: &str| {
        let request = Request::builder("deployment", text).service("web").build(&FactSchema::standard());
        show_report(&request.and_then(|request| request.facts()).unwrap_err())
    });
}

#[test]
fn deployments_that_the_loader_refuses() {
    snapshot_each!("warned/*.yaml", |text: &str| {
        let request = Request::builder("deployment", text).build(&FactSchema::standard()).unwrap_or_else(fail);
        show_report(&Report::new(request.warnings().to_vec(), &[request.sources()]))
    });
}

#[test]
fn requests() {
    snapshot_each!("requests/*.json", |text: &str| {
        let request = Request::from_json("request.json", text, &FactSchema::standard());
        match request.and_then(|request| request.facts()) {
            Ok(facts) => given(&facts),
            Err(report) => show_report(&report),
        }
    });
}

#[test]
fn every_default_of_a_service() {
    let text = "{version: v1, deployment: test, services: {web: {image: {name: a}}}}";
    let facts = facts(text);
    let mut out = String::new();
    flatten(&mut out, "service", &Shape::Record(FactSchema::standard().service), &facts.service, true);
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/facts"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("defaults", format!("{text}\n\n----\n\n{out}")) });
}

#[test]
fn a_recorded_host_has_what_it_lists_and_nothing_else() {
    let text = include_str!("../fixtures/facts/requests/whole.json");
    let request = Request::from_json("request.json", text, &FactSchema::standard()).unwrap_or_else(fail);
    let facts = request.facts().unwrap_or_else(fail);
    let host = &facts.host;
    let kvm = host.device("/dev//kvm").unwrap();
    assert_eq!((kvm.block, kvm.major, kvm.minor, kvm.mode, kvm.gid), (false, 10, 232, Some(0o660), Some(104)));
    assert_eq!(host.device("/dev/dir"), None);
    assert_eq!(host.path("/dev/dir"), Some(PathKind::Other));
    assert_eq!(host.path("/dev/kvm"), Some(PathKind::Device));
    assert_eq!(host.path("/etc/app.conf"), Some(PathKind::File));
    assert_eq!(host.path("/dev"), None);
    assert_eq!(host.glob("/dev/*"), ["/dev/dir", "/dev/kvm"]);
    assert_eq!(host.glob("/*"), [""; 0]);
    assert_eq!(host.glob("/???/*.c*f"), ["/etc/app.conf"]);
    assert_eq!((host.major("uvm"), host.major("kfd")), (Some(509), None));
    assert_eq!(facts.secrets.secret("@api/key").as_deref(), Some("5"));
    assert_eq!(facts.secrets.secret("api/key"), None);
    assert!(!format!("{:?}", facts.secrets).contains("s3cret"));
}

#[test]
fn secrets_and_host_variables_are_not_shown() {
    let text = include_str!("../fixtures/facts/requests/whole.json").replace("\"X\": \"1\"", "\"X\": \"h1dden\"");
    let request = Request::from_json("request.json", &text, &FactSchema::standard()).unwrap_or_else(fail);
    let shown: String = request.sources().iter().map(|(_, source)| &*source.text).collect();
    assert!(text.contains("h1dden") && text.contains("s3cret"));
    assert!(!shown.contains("h1dden") && !shown.contains("s3cret"));
    assert!(shown.contains("\"db\": ********,") && shown.contains("\"A\": \"1\""), "{shown}");
    let facts = request.facts().unwrap_or_else(fail);
    assert_eq!(facts.secrets.secret("db").as_deref(), Some("s3cret"));
}

/// The facts of the only service of a deployment.
pub(crate) fn facts(text: &str) -> Facts {
    let request = Request::builder("deployment", text).build(&FactSchema::standard()).unwrap_or_else(fail);
    request.facts().unwrap_or_else(fail)
}

pub(crate) fn fail<T>(report: Report) -> T {
    panic!("{}", show_report(&report))
}

/// All that was given, in the names of the facts.
fn given(facts: &Facts) -> String {
    let schema = FactSchema::standard();
    let mut out = String::new();
    let roots = [Root::Container, Root::Service, Root::Image, Root::Options];
    for (root, name) in roots.into_iter().zip(["container", "service", "image", "options"]) {
        flatten(&mut out, name, &Shape::Record(schema.root(root).clone()), facts.root(root), false);
    }
    for (field, name, shape) in &schema.host {
        flatten(&mut out, &format!("host.{name}"), shape, facts.host.field(*field), false);
    }
    out.push('\n');
    out
}

/// A line for each leaf: all of them, or those that have a place.
pub(crate) fn flatten(out: &mut String, at: &str, shape: &Shape, datum: &Datum, all: bool) {
    match (shape, &datum.kind) {
        (Shape::Record(record), Kind::Record(values)) => {
            assert_eq!(record.fields.len(), values.len(), "a value for each field of {}", record.name);
            for (field, value) in record.fields.iter().zip(values.iter()) {
                flatten(out, &format!("{at}.{}", field.name), &field.shape, value, all);
            }
        }
        (Shape::Map(shape), Kind::Map(entries)) if !entries.is_empty() => {
            entries.iter().for_each(|(key, value)| flatten(out, &format!("{at}[{key:?}]"), shape, value, all));
        }
        (Shape::List(shape), Kind::List(values)) if !values.is_empty() => {
            values.iter().enumerate().for_each(|(i, value)| flatten(out, &format!("{at}[{i}]"), shape, value, all));
        }
        (_, Kind::Absent) => {}
        (_, kind) if all || !datum.span.is_none() => writeln!(out, "{at} = {}", leaf(kind)).unwrap(),
        _ => {}
    }
}

fn leaf(kind: &Kind) -> String {
    match kind {
        Kind::Text(text) => format!("{text:?}"),
        Kind::Bool(value) => value.to_string(),
        Kind::Int(value) => value.to_string(),
        Kind::Float(value) => format!("{value:?}"),
        Kind::List(_) => "[]".to_owned(),
        Kind::Map(_) => "{}".to_owned(),
        other => format!("{other:?}"),
    }
}

pub(crate) fn show_report(report: &Report) -> String {
    report.diagnostics.iter().map(|diagnostic| show(diagnostic, report)).collect()
}

fn show(diagnostic: &Diagnostic, report: &Report) -> String {
    let mut out = format!("{} {}\n", diagnostic.code, diagnostic.message);
    for label in &diagnostic.labels {
        let source = report.source(label.span.source).expect("every label has its source");
        writeln!(out, "   at {} {}", position(source, label.span.start, label.span.end), label.text).unwrap();
    }
    diagnostic.help.iter().for_each(|help| writeln!(out, "   help: {help}").unwrap());
    for edit in &diagnostic.edits {
        writeln!(out, "   edit: {:?}", edit.replacement).unwrap();
    }
    out
}

fn position(source: &Source, start: u32, end: u32) -> String {
    let (line, column) = source.position(start);
    let text = source.text.get(start as usize..end as usize).expect("a span within its source");
    format!("{}:{line}:{column} {text:?}", source.name)
}
