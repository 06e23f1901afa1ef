//! Every limit is exact: what is as large as it may be is read, what is one larger is refused with the limit's code.

mod command;
#[cfg(target_os = "linux")]
mod host;
mod table;

use std::fmt::Write as _;

use plimsoll::diagnostics::Report;
use plimsoll::eval::{self, Arena};
use plimsoll::facts::limits::{self, Limits};
use plimsoll::facts::request::Request;
use plimsoll::facts::shared::SharedHost;
use plimsoll::output::json::Style;
use plimsoll::policy::Layers;
use plimsoll::schema::facts::FactSchema;
use plimsoll::{lock, snapshot, syntax};

type Outcome = Result<(), Report>;

/// Reads something of a size.
type Read = Box<dyn Fn(usize) -> Outcome>;

const DEPLOYMENT: &str = "{version: v1, deployment: shop, services: {web: {image: {name: nginx}}}}";
const REQUEST: &str = r#"{"service": "web", "deployment": {"version": "v1", "deployment": "shop", "services": {"web": {"image": {"name": "nginx"}}}}}"#;
const FRAME: &str = "rule frame { ociVersion = \"1.0.2\"  root = { path: \"r\" }  process.cwd = \"/\"  process.user = { uid: 0, gid: 0 } }";

/// A text and so many bytes of something that says nothing.
fn padded(text: &str, pad: &str, size: usize) -> String {
    format!("{text}{}", pad.repeat(size - text.len()))
}

fn nested(open: &str, inside: &str, close: &str, levels: usize) -> String {
    [&open.repeat(levels), inside, &close.repeat(levels)].concat()
}

/// Holds that a size passes, and one more has the code and no other finding.
fn exact(rows: Vec<(&str, &str, usize, Read)>) {
    for (what, code, limit, read) in rows {
        let codes = |outcome: Outcome| {
            let found = outcome.err().map(|report| report.diagnostics).unwrap_or_default();
            found.iter().map(|found| found.code.id()).collect::<Vec<_>>()
        };
        assert!(!codes(read(limit)).contains(&code), "{what} of {limit}");
        assert_eq!(codes(read(limit + 1)), [code], "{what} of {limit} and one more");
    }
}

fn compile(limits: syntax::Limits, files: Vec<(String, String)>) -> Outcome {
    Layers::new().layer("a", files).with_limits(limits).unanalysed().compile().map(drop)
}

fn file(limits: syntax::Limits, text: impl Fn(usize) -> String + 'static) -> Read {
    Box::new(move |size| compile(limits, vec![("a.plim".to_owned(), text(size))]))
}

/// So many rules, in files that are small enough.
fn rules(count: usize) -> Vec<(String, String)> {
    let file = |first: usize| {
        let rules = (first..count.min(first + 50_000)).fold(String::new(), |mut text, number| {
            writeln!(text, "rule r{number} {{}}").unwrap();
            text
        });
        (format!("{first:06}.plim"), rules)
    };
    (0..count).step_by(50_000).map(file).collect()
}

#[test]
fn of_rules() {
    let most = syntax::Limits::default();
    let less = syntax::Limits { bytes: 100, brackets: 3, rules: 2 };
    let brackets = |levels| format!("let x = {}", nested("[", "1", "]", levels));
    let rows: Vec<(&str, &str, usize, Read)> = vec![
        ("a file", "P0701", 1 << 20, file(most, |size| padded("rule r {}\n", " ", size))),
        ("a lowered file", "P0701", 100, file(less, |size| padded("rule r {}\n", " ", size))),
        ("brackets", "P0702", 64, file(most, brackets)),
        ("lowered brackets", "P0702", 3, file(less, brackets)),
        ("types", "P0702", 64, file(most, |levels| format!("fact options.x: {}", nested("List<", "Int", ">", levels)))),
        (
            "lowered types",
            "P0702",
            3,
            file(less, |levels| format!("fact options.x: {}", nested("List<", "Int", ">", levels))),
        ),
        (
            "blocks",
            "P0702",
            4,
            file(most, |levels| {
                format!("rule r {{ {} }}", nested("if service.privileged { ", "hostname = \"a\"", " }", levels - 1))
            }),
        ),
        (
            "expressions",
            "P0702",
            254,
            file(most, |levels| format!("let x = {}service.privileged", "not ".repeat(levels))),
        ),
        (
            "lets of lets",
            "P0702",
            127,
            file(most, |levels| {
                let more = |text, level| format!("{text}\nlet a{level} = a{} + 1", level - 1);
                let lets = (1..=levels).fold("let a0 = container.replica".to_owned(), more);
                format!("{lets}\nrule r when a{levels} == 1 {{}}")
            }),
        ),
        (
            "arms",
            "P0702",
            64,
            file(most, |arms| format!("rule r {{ {} }}", vec!["if service.privileged { }"; arms].join(" else "))),
        ),
        ("lowered rules", "P0703", 2, Box::new(move |count| compile(less, rules(count)))),
        (
            "lowered rules of several files",
            "P0703",
            2,
            Box::new(move |count| {
                compile(less, (0..count).map(|it| (format!("{it}.plim"), format!("rule r{it} {{}}"))).collect())
            }),
        ),
        (
            "settings",
            "P0701",
            1 << 20,
            Box::new(move |size| compile(most, vec![("plimsoll.toml".to_owned(), padded("[levels]\n", "\n", size))])),
        ),
        (
            "a lock file",
            "P0701",
            lock::MAX_BYTES,
            Box::new(|size| {
                let layers = Layers::new().layer("a", [("a.plim", FRAME)]);
                layers.lock("plimsoll.lock", padded("version 1\n", "\n", size)).compile().map(drop)
            }),
        ),
        (
            "a snapshot",
            "P0701",
            snapshot::MAX_BYTES,
            Box::new(|size| snapshot::read("a.snap", &" ".repeat(size)).map(drop)),
        ),
    ];
    exact(rows);
}

#[test]
fn a_policy_has_a_hundred_thousand_rules() {
    exact(vec![("rules", "P0703", 100_000, Box::new(|count| compile(syntax::Limits::default(), rules(count))))]);
}

fn schema(limits: Limits) -> FactSchema {
    FactSchema::standard().with_limits(limits)
}

fn facts(request: Result<Request, Report>) -> Outcome {
    request?.facts().map(drop)
}

fn alone(limits: Limits, text: &str) -> Outcome {
    facts(Request::from_json("request.json", text, &schema(limits)))
}

fn shared(limits: Limits, text: &str) -> Outcome {
    facts(Request::from_json_sharing("request.json", text, &schema(limits), &mut SharedHost::default()))
}

#[derive(Clone, Copy)]
enum Part {
    Deployment,
    Image,
    Recording,
    Accounts,
}

fn part(limits: Limits, part: Part, text: &str) -> Outcome {
    let deployment = if let Part::Deployment = part { text } else { DEPLOYMENT };
    let builder = Request::builder("shop.yaml", deployment);
    let builder = match part {
        Part::Deployment => builder,
        Part::Image => builder.image("image.json", text),
        Part::Recording => builder.recording("host.json", text),
        Part::Accounts => builder.accounts("accounts.json", text),
    };
    facts(builder.build(&schema(limits)))
}

#[test]
fn of_inputs() {
    let most = Limits::default();
    let less = Limits { request: 500, deployment: 200, image: 20, recording: 30, depth: 5 };
    let mut rows: Vec<(&str, &str, usize, Read)> = Vec::new();
    for limits in [most, less] {
        rows.extend([
            (
                "a request",
                "P0701",
                limits.request,
                Box::new(move |size| alone(limits, &padded(REQUEST, " ", size))) as Read,
            ),
            ("a line", "P0701", limits.request, Box::new(move |size| shared(limits, &padded(REQUEST, " ", size)))),
            (
                "a deployment",
                "P0701",
                limits.deployment,
                Box::new(move |size| part(limits, Part::Deployment, &padded(DEPLOYMENT, "\n", size))),
            ),
            (
                "an image",
                "P0701",
                limits.image,
                Box::new(move |size| part(limits, Part::Image, &padded("{}", " ", size))),
            ),
            (
                "a recording",
                "P0701",
                limits.recording,
                Box::new(move |size| part(limits, Part::Recording, &padded("{}", " ", size))),
            ),
            (
                "accounts",
                "P0701",
                limits.recording,
                Box::new(move |size| part(limits, Part::Accounts, &padded("{}", " ", size))),
            ),
            (
                "JSON that nests",
                "P0702",
                limits.depth,
                Box::new(move |levels| {
                    part(Limits { image: most.image, ..limits }, Part::Image, &nested("{\"a\":", "1", "}", levels))
                }),
            ),
            (
                "a line that nests",
                "P0702",
                limits.depth,
                Box::new(move |levels| {
                    let image = format!("\"image\": {}", nested("{\"a\":", "1", "}", levels - 1));
                    shared(
                        Limits { request: most.request, ..limits },
                        &REQUEST.replacen('{', &format!("{{{image}, "), 1),
                    )
                }),
            ),
            (
                "YAML that nests",
                "P0702",
                limits.depth,
                Box::new(move |levels| {
                    part(
                        Limits { deployment: most.deployment, ..limits },
                        Part::Deployment,
                        &nested("[", "1", "]", levels),
                    )
                }),
            ),
        ]);
    }
    rows.push((
        "aliases",
        "P0701",
        3,
        Box::new(|count| {
            let weight = limits::ALIAS_BYTES / 4 - limits::NODE_BYTES;
            let text = format!("a: &a {}\nb: [{}]", "x".repeat(weight), vec!["*a"; count].join(", "));
            part(Limits::default(), Part::Deployment, &text)
        }),
    ));
    exact(rows);
}

#[test]
fn limits_are_never_raised() {
    let more = Limits { request: usize::MAX, depth: usize::MAX, ..Limits::default() };
    assert_eq!(*schema(more).limits(), Limits::default());
    let more = syntax::Limits { bytes: usize::MAX, brackets: usize::MAX, rules: usize::MAX };
    let deep =
        |levels| compile(more, vec![("a.plim".to_owned(), format!("let x = {}", nested("[", "1", "]", levels)))]);
    assert!(deep(64).is_ok() && deep(65).is_err());
    let more = eval::Limits { steps: u64::MAX, list: usize::MAX, text: usize::MAX, output: usize::MAX };
    assert!(render(more, RANGE, 65_536).is_ok() && render(more, RANGE, 65_537).is_err());
}

/// Renders a policy that takes a number from an option.
fn render(limits: eval::Limits, effect: &str, number: usize) -> Outcome {
    let rules = format!("{FRAME}\nfact options.n: Int = 0\nrule r {{ {effect} }}");
    let policy = Layers::new().layer("a", [("a.plim", rules)]).compile()?.with_limits(limits);
    let request = Request::builder("shop.yaml", DEPLOYMENT).option("n", number.to_string());
    policy.render(&request.build(policy.schema())?.facts()?, &Arena::new())?.json(Style::Compact).map(drop)
}

const RANGE: &str = "annotations.a = \"{len(range(options.n))}\"";

#[test]
fn of_renders() {
    let most = eval::Limits::default();
    let text = "let t = join([\"\" for i in range(options.n + 1)], \"x\")  annotations.a = \"{len(t)}\"";
    let long = "let t = join([\"0123456789abcdef\" for i in range(65535)], \"\")
        let rest = join([\"\" for i in range(options.n - 1048559)], \"x\")  let whole = \"{t}{rest}\"
        annotations.a = \"{len(whole)}\"";
    let collected = "annotations.a = \"{len([i for i in range(options.n)] ++ [0])}\"";
    let list = eval::Limits { list: 3, ..most };
    let short = eval::Limits { text: 5, ..most };
    exact(vec![
        ("a range", "P0704", 65_536, Box::new(move |count| render(most, RANGE, count))),
        ("a lowered range", "P0704", 3, Box::new(move |count| render(list, RANGE, count))),
        ("a list", "P0704", 65_535, Box::new(move |count| render(most, collected, count))),
        ("a lowered list", "P0704", 2, Box::new(move |count| render(list, collected, count))),
        ("a text", "P0704", 1 << 20, Box::new(move |size| render(most, long, size))),
        ("a lowered text", "P0704", 5, Box::new(move |count| render(short, text, count))),
    ]);
    // Of what has no number of its own, the least limit that passes is searched for.
    let steps = |steps: usize| render(eval::Limits { steps: steps as u64, ..most }, RANGE, 7);
    let output = |output: usize| render(eval::Limits { output, ..most }, RANGE, 7);
    for (code, read) in [("P0705", &steps as &dyn Fn(usize) -> Outcome), ("P0706", &output)] {
        let least = (0..).find(|limit| read(*limit).is_ok()).unwrap();
        let refused = read(least - 1).unwrap_err();
        assert_eq!(refused.diagnostics.iter().map(|found| found.code.id()).collect::<Vec<_>>(), [code], "{least}");
        assert!(read(least + 1).is_ok());
    }
}

/// What Linux takes of names.
#[test]
fn of_names() {
    let most = eval::Limits::default();
    let host = "hostname = join([\"a\" for i in range(options.n)], \"\")";
    let file = "files[join([\"a\" for i in range(options.n)], \"\")] = \"\"";
    exact(vec![
        ("a host name", "P0603", 64, Box::new(move |size| render(most, host, size))),
        ("a side file's name", "P0603", 255, Box::new(move |size| render(most, file, size))),
    ]);
}
