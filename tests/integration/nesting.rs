//! Whatever nests in an input, however deep, ends in a diagnostic or a result, on a small stack too.

use std::fmt::Write as _;
use std::thread;

use plimsoll::diagnostics::{Report, Style, render};
use plimsoll::eval::Arena;
use plimsoll::facts::image_source::{self, Choice};
use plimsoll::facts::request::Request;
use plimsoll::facts::shared::SharedHost;
use plimsoll::output::json;
use plimsoll::policy::{Layers, Policy};
use plimsoll::schema::facts::FactSchema;
use plimsoll::source::SourceMap;
use plimsoll::stream::Stream;
use plimsoll::{snapshot, syntax};

/// How deep.
const LEVELS: [usize; 3] = [1_000, 10_000, 1_000_000];

/// The smallest stack that a thread may have that calls the library; what fits there fits the 8 MiB of a main thread. Code
/// that is not optimised needs more.
const STACK: usize = if cfg!(debug_assertions) { 2 << 20 } else { 256 << 10 };

/// A form of nesting: what comes first, what opens a level, what is inside, what closes it, what comes last; and the code
/// of what refuses it, none where it is flat in truth.
type Form = (&'static str, &'static str, &'static str, &'static str, &'static str, Option<&'static str>);

const RULES: &[Form] = &[
    ("let x = ", "[", "1", "]", "", Some("P0702")),
    ("let x = ", "(", "1", ")", "", Some("P0702")),
    ("let x = ", "{ a: ", "1", " }", "", Some("P0702")),
    ("let x = ", "len(", "[]", ")", "", Some("P0702")),
    ("let x = ", "service.storage[", "1", "]", "", Some("P0702")),
    ("let x = ", "[a for a in ", "[1]", "]", "", Some("P0702")),
    ("let x = [1", " for a in [1]", "]", "", "", Some("P0205")),
    ("let x = ", "not ", "true", "", "", Some("P0702")),
    ("let x = ", "- ", "1", "", "", Some("P0702")),
    ("let x = service.hostname", " else service.hostname", " else \"a\"", "", "", None),
    ("let x = 1", " when service.privileged", "", "", "", Some("P0101")),
    ("let x = \"a\"", " when service.privileged else \"b\"", "", "", "", None),
    ("let x = 1", " + 1", "", "", "", None),
    ("let x = 1", " == 1", "", "", "", Some("P0107")),
    ("let x = true", " and true or service.privileged", "", "", "", None),
    ("let x = [1]", " ++ [1]", "", "", "", None),
    ("let x = service.env", " | service.env", "", "", "", None),
    ("let x = service", ".service", "", "", "", Some("P0702")),
    ("let x = service.env", " is set", "", "", "", Some("P0107")),
    ("let x = \"", "{1}", "\"", "", "", None),
    ("let x = \"", "{len(", "[]", ")}", "\"", Some("P0102")),
    ("let x = \"", "{\"", "a", "\"}", "\"", Some("P0102")),
    ("rule r { ", "if service.privileged { ", "", " }", " }", Some("P0702")),
    ("rule r { ", "for i in [1] { ", "", " }", " }", Some("P0702")),
    ("rule r { if service.privileged { }", " else if service.privileged { }", " }", "", "", Some("P0702")),
    ("rule r ", "when service.privileged ", "{ }", "", "", Some("P0101")),
    ("rule r { process", ".args", " = [] }", "", "", Some("P0307")),
    ("rule r { process.env", "[\"a\"]", " = \"b\" }", "", "", Some("P0307")),
    ("rule r { process.", "{ args.", "a", " }", " = \"b\" }", Some("P0702")),
    ("rule r", ".r", " { }", "", "", None),
    ("fact options.x: ", "List<", "Int", ">", "", Some("P0702")),
    ("fact options.x: ", "{ a: ", "Int", " }", "", Some("P0702")),
    ("fact options.x: Int", "?", "", "", "", Some("P0103")),
    ("fact options.x: \"a\"", " | \"b\"", "", "", "", None),
    ("fact options.x", ".x", ": Int", "", "", Some("P0311")),
    ("test \"t\" { given service = ", "[", "", "]", " }", Some("P0702")),
    ("", "{", "", "", "", Some("P0702")),
    ("", "[", "", "", "", Some("P0702")),
    ("", "(", "", "", "", Some("P0702")),
    ("", "\"{", "", "", "", Some("P0102")),
    ("", "/*", "", "", "", Some("P0103")),
];

const YAML: &[Form] = &[
    ("", "[", "", "]", "", Some("P0702")),
    ("", "[", "", "", "", Some("P0702")),
    ("", "{a: ", "1", "}", "", Some("P0702")),
    ("", "[{a: ", "1", "}]", "", Some("P0702")),
    ("", "- ", "1", "", "", Some("P0702")),
    ("", "? ", "1", "", "", Some("P0501")),
    ("", "!!seq [", "", "]", "", Some("P0702")),
    ("", "&a [", "", "]", "", Some("P0702")),
    ("", "&a ", "1", "", "", Some("P0501")),
    ("a: ", "a: ", "1", "", "", Some("P0501")),
    ("services: {web: {image: {name: a}, env: ", "[", "", "]", "}}", Some("P0702")),
];

const JSON: &[Form] = &[
    ("", "[", "", "]", "", Some("P0702")),
    ("", "[", "", "", "", Some("P0702")),
    ("", "{\"a\": ", "1", "}", "", Some("P0702")),
    ("", "[{\"a\": ", "1", "}]", "", Some("P0702")),
];

/// What stands around a value of each place of a request.
const PLACES: &[(&str, &str)] = &[
    ("{\"deployment\": ", "}"),
    ("{\"deployment\": {\"services\": {\"web\": {\"image\": {\"name\": \"a\"}, \"env\": ", "}}}}"),
    ("{\"host\": ", "}"),
    ("{\"host\": {\"devices\": ", "}}"),
    ("{\"image\": ", "}"),
    ("{\"image\": {\"config\": ", "}}"),
    ("{\"image\": {\"other\": ", "}}"),
    ("{\"accounts\": ", "}"),
    ("{\"options\": ", "}"),
    ("{\"options\": {\"secrets\": ", "}}"),
    ("{\"other\": ", "}"),
];

const TOML: &[Form] = &[
    ("a = ", "[", "", "]", "", Some("P0830")),
    ("a = ", "[", "", "", "", Some("P0830")),
    ("a = ", "{a = ", "1", "}", "", Some("P0830")),
    ("a", ".a", " = 1", "", "", Some("P0830")),
    ("[a", ".a", "]", "", "", Some("P0830")),
    ("", "[", "a", "]", "", Some("P0830")),
    ("[levels]\n", "a = 1\n", "", "", "", Some("P0830")),
    ("", "= ", "", "", "", Some("P0830")),
];

const LOCK: &[Form] = &[("version 1\n", "[", "", "]", "", Some("P0820")), ("", "{", "", "}", "", Some("P0820"))];

const SNAPSHOT: &[Form] = &[
    ("---\n", "[", "", "]", "\n---\n", Some("P0860")),
    ("---\ndigest: ", "[", "", "]", "\n---\n", Some("P0861")),
    ("", "---\n", "", "", "", Some("P0860")),
];

fn nested((before, open, inside, close, after, _): Form, levels: usize) -> String {
    [before, &open.repeat(levels), inside, &close.repeat(levels), after].concat()
}

fn on_a_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join().unwrap()
}

type Read = fn(&str) -> Result<(), Report>;

/// Reads every form as deep as every level.
fn all(forms: &[Form], read: Read) -> Vec<String> {
    let mut wrong = Vec::new();
    for form in forms {
        for levels in LEVELS {
            let text = nested(*form, levels);
            let code = ends(text, read);
            let too_large = matches!(code.as_deref(), Some("P0701" | "P0704")) && levels > LEVELS[0];
            if code != form.5.map(str::to_owned) && !too_large {
                wrong.push(format!("{form:?} {levels} deep ends with {code:?}"));
            }
        }
    }
    wrong
}

/// The code that a text is refused with.
fn ends(text: String, read: Read) -> Option<String> {
    on_a_small_stack(move || {
        let report = read(&text).err()?;
        assert!(!render(&report, Style::default()).is_empty());
        Some(report.diagnostics.first()?.code.id().to_owned())
    })
}

fn assert_all(forms: &[Form], read: Read) {
    assert_eq!(all(forms, read).join("\n"), "");
}

const DEPLOYMENT: &str = "{version: v1, deployment: shop, services: {web: {image: {name: nginx}}}}";
const FRAME: &str = "rule frame { ociVersion = \"1.0.2\"  root = { path: \"r\" }  process.cwd = \"/\"  process.user = { uid: 0, gid: 0 } }";

/// The whole way of rules: to a spec, and what explains it.
fn rules(text: &str) -> Result<(), Report> {
    let source = SourceMap::for_policy().add("rules.plim", text);
    let _ = syntax::format(source, text);
    let policy = Layers::new().layer("deep", [("frame.plim", FRAME), ("rules.plim", text)]).compile()?;
    let facts = Request::builder("shop.yaml", DEPLOYMENT).build(policy.schema())?.facts()?;
    policy.render(&facts, &Arena::new())?.json(json::Style::Pretty)?;
    let arena = Arena::new();
    policy.trace(&facts, &arena)?.redacted_json(json::Style::Compact)?;
    let _ = policy.explain(&facts, &arena).blame()?;
    Ok(())
}

fn facts(request: Result<Request, Report>) -> Result<(), Report> {
    request?.facts().map(drop)
}

#[test]
fn of_rules() {
    assert_all(RULES, rules);
}

#[test]
fn of_lets_in_lets() {
    for levels in [1_000, 2_000] {
        let mut text = "let a0 = container.replica\n".to_owned();
        (1..levels).for_each(|level| writeln!(text, "let a{level} = a{} + 1", level - 1).unwrap());
        assert_eq!(ends(text, rules).as_deref(), Some("P0702"), "{levels}");
    }
}

#[test]
fn of_deployments() {
    assert_all(YAML, |text| facts(Request::builder("shop.yaml", text).build(&FactSchema::standard())));
}

/// Each level further right, and each an alias of the one before.
#[test]
fn of_blocks_and_aliases() {
    let blocks = |levels: usize| (0..levels).fold(String::new(), |text, level| text + &" ".repeat(level) + "a:\n");
    let aliases = |levels: usize| {
        (1..levels).fold("a0: &a0 [1]\n".to_owned(), |mut text, level| {
            writeln!(text, "a{level}: &a{level} [*a{}]", level - 1).unwrap();
            text
        })
    };
    let read: Read = |text| facts(Request::builder("shop.yaml", text).build(&FactSchema::standard()));
    assert_eq!(ends(blocks(1000), read).as_deref(), Some("P0702"));
    assert_eq!(ends(blocks(10_000), read).as_deref(), Some("P0701"));
    for (levels, code) in LEVELS.into_iter().zip(["P0702", "P0702", "P0701"]) {
        assert_eq!(ends(aliases(levels), read).as_deref(), Some(code));
    }
}

#[test]
fn of_requests() {
    let alone: Read = |text| Request::from_json("request.json", text, &FactSchema::standard())?.facts().map(drop);
    let shared: Read = |text| {
        let mut host = SharedHost::default();
        Request::from_json_sharing("request.json", text, &FactSchema::standard(), &mut host)?.facts().map(drop)
    };
    let mut wrong = Vec::new();
    for read in [alone, shared] {
        wrong.extend(all(JSON, read));
        for (before, after) in PLACES {
            for (_, open, inside, close, _, code) in &JSON[..3] {
                wrong.extend(all(&[(before, open, inside, close, after, *code)], read));
            }
        }
    }
    assert_eq!(wrong.join("\n"), "");
}

/// A line of a stream gets one line of an answer.
#[test]
fn of_lines() {
    assert_all(JSON, |text| {
        let policy = Policy::standard().unwrap();
        let stream = Stream::new(
            &policy,
            Box::new(|| Ok(std::sync::Arc::new(plimsoll::facts::recording::RecordedHost::empty()))),
        );
        let mut out = Vec::new();
        let answer = stream.answer(1, text.as_bytes(), &mut stream.memory(), &mut out);
        assert_eq!(out.iter().filter(|byte| **byte == b'\n').count(), 1);
        if answer.refused { Err(answer.report) } else { Ok(()) }
    });
}

#[test]
fn of_images_recordings_accounts_and_options() {
    assert_all(JSON, |text| {
        facts(Request::builder("shop.yaml", DEPLOYMENT).image("image.json", text).build(&FactSchema::standard()))
    });
    assert_all(JSON, |text| {
        facts(Request::builder("shop.yaml", DEPLOYMENT).recording("host.json", text).build(&FactSchema::standard()))
    });
    assert_all(JSON, |text| {
        facts(Request::builder("shop.yaml", DEPLOYMENT).accounts("accounts", text).build(&FactSchema::standard()))
    });
    assert_all(JSON, |text| {
        facts(Request::builder("shop.yaml", DEPLOYMENT).option("env", text).build(&FactSchema::standard()))
    });
}

/// A secret in JSON is looked into for a field of it.
#[test]
fn of_secrets() {
    let is_object = |form: &Form| form.1.starts_with('{');
    let with = |form: &Form| (form.0, form.1, form.2, form.3, form.4, (!is_object(form)).then_some("P0601"));
    assert_all(&JSON.iter().map(with).collect::<Vec<_>>(), |text| {
        let policy = Policy::standard().unwrap();
        let deployment =
            "{version: v1, deployment: shop, services: {web: {image: {name: nginx}, env: {A: '$S:db/a'}}}}";
        let secrets = serde_json::json!({ "db": text }).to_string();
        let request = Request::builder("shop.yaml", deployment).option("secrets", secrets).build(policy.schema())?;
        policy.render(&request.facts()?, &Arena::new()).map(drop)
    });
}

#[test]
fn of_settings_and_lock_files() {
    assert_all(TOML, |text| {
        Layers::new().layer("deep", [("plimsoll.toml", text), ("frame.plim", FRAME)]).compile().map(drop)
    });
    assert_all(LOCK, |text| {
        Layers::new().layer("deep", [("frame.plim", FRAME)]).lock("plimsoll.lock", text).compile().map(drop)
    });
}

#[test]
fn of_snapshots() {
    assert_all(SNAPSHOT, |text| snapshot::read("web.snap", text).map(drop));
}

/// What an image's configuration is found by.
#[cfg(target_os = "linux")]
#[test]
fn of_image_files() {
    let is_object = |form: &Form| form.1.starts_with('{');
    let with = |form: &Form| (form.0, form.1, form.2, form.3, form.4, (!is_object(form)).then_some("P0509"));
    assert_all(&JSON.iter().map(with).collect::<Vec<_>>(), |text| {
        let file = std::env::temp_dir().join(format!("plimsoll-nesting-{}.json", std::process::id()));
        std::fs::write(&file, text).unwrap();
        let read = image_source::read(&file, Choice::default());
        read.map(drop).map_err(|diagnostic| Report::new(vec![diagnostic], &[]))
    });
}
