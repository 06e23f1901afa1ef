//! Rules from text to draft, provenance and refusals.

use std::fmt::Write as _;

use plimsoll::check::{self, Layer};
use plimsoll::diagnostics::Diagnostic;
use plimsoll::eval::{Arena, Limits, evaluate_traced};
use plimsoll::facts::request::Request;
use plimsoll::ir::Program;
use plimsoll::provenance::{Claim, Says};
use plimsoll::schema::output;
use plimsoll::source::{SourceMap, Span};
use plimsoll::syntax;

struct Compiled {
    checked: check::Checked,
    sources: SourceMap,
}

fn compile(text: &str) -> Compiled {
    let mut sources = SourceMap::for_policy();
    let mut found = Vec::new();
    let source = sources.add("test.plim", text);
    let files = vec![(source, syntax::parse(source, text, &mut found))];
    let layers = vec![Layer { name: "test".to_owned(), files }];
    let checked = check::check(layers, &sources, output::output(), &mut found);
    Compiled { checked: checked.unwrap_or_else(|| panic!("{found:#?}")), sources }
}

fn place(maps: &[&SourceMap], span: Span) -> String {
    let found = maps.iter().find_map(|map| map.snippet(span).zip(map.get(span.source)));
    found.map_or_else(String::new, |(text, source)| {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        format!("{}:{} `{text}`", source.name, source.position(span.start).0)
    })
}

fn claim(out: &mut String, what: &str, claim: &Claim, program: &Program, maps: &[&SourceMap]) {
    let rule = &program.rules.get(claim.rule.index()).unwrap().name;
    let says = match &claim.says {
        Says::Is(value) => value.to_string(),
        other => format!("{other:?}"),
    };
    let _ = writeln!(out, "  {what} {rule} ({:?}): {says} at {}", claim.strength, place(maps, claim.origin));
    if let Some(because) = &claim.because {
        let _ = writeln!(out, "    because {because}");
    }
    for round in &claim.rounds {
        let _ = writeln!(out, "    round {}", round.value);
    }
    for fact in &claim.facts {
        let _ = writeln!(out, "    fact {} = {} {}", fact.path, fact.value, place(maps, fact.span));
    }
}

fn refusal(out: &mut String, diagnostic: &Diagnostic, maps: &[&SourceMap]) {
    let _ = writeln!(out, "{} {}", diagnostic.code, diagnostic.message);
    for label in &diagnostic.labels {
        let _ = writeln!(out, "  {}: {}", label.text, place(maps, label.span));
    }
}

/// All that a traced render tells.
fn told(rules: &str, request: &str) -> String {
    let base = r#"
        rule base { ociVersion = "1.0.2"; root.path = "rootfs"; process.cwd = "/"; process.user = { uid: 0, gid: 0 } }
        rule base.args { process.args = ["sh"] }
    "#;
    let rules = format!("{}\n{}", rules.trim(), base.trim());
    let compiled = compile(&rules);
    let request = Request::from_json("request", request, &compiled.checked.facts).unwrap();
    let facts = request.facts().unwrap();
    let maps = [&compiled.sources, &facts.sources];
    let (arena, mut out) = (Arena::new(), String::new());
    let (program, schema) = (&compiled.checked.program, output::output());
    match evaluate_traced(program, schema, &compiled.checked.facts, &facts, &arena, &Limits::default()) {
        Ok((outcome, provenance)) => {
            outcome.warnings.iter().for_each(|warning| refusal(&mut out, warning, &maps));
                "{:?}",
                provenance
                    .leaves
                    .iter()
                    .map(|l| (schema.slots[l.slot].path, l.present, &l.key, l.origins.len()))
                    .collect::<Vec<_>>()
            );
            for leaf in &provenance.leaves {
                let Some(first) = leaf.origins.first() else { continue };
                if program.rules.get(first.rule.index()).unwrap().name.starts_with("base") {
                    continue;
                }
                let slot = schema.slots.get(leaf.slot).unwrap().path;
                let key = leaf.key.as_ref().map(|key| format!("[{key}]")).unwrap_or_default();
                let _ = writeln!(out, "{slot}{key}{}", if leaf.present { "" } else { " (not there)" });
                leaf.origins.iter().for_each(|it| claim(&mut out, "from", it, program, &maps));
                leaf.beaten.iter().for_each(|it| claim(&mut out, "beat", it, program, &maps));
            }
        }
        Err(diagnostics) => diagnostics.iter().for_each(|diagnostic| refusal(&mut out, diagnostic, &maps)),
    }
    out
}

/// Compares with what is wanted, a line at a time.
fn expect(rules: &str, request: &str, expected: &str) {
    let told = told(rules, request);
    assert_eq!(told.trim_end(), expected.trim_matches('\n'), "got:\n{told}");
}

fn service(fields: &str) -> String {
    let yaml = format!("version: v1\ndeployment: test\nservices:\n  web:\n    image: {{name: x}}\n{fields}");
    let json = serde_json::json!({
        "deployment": yaml, "service": "web",
        "options": { "secrets": { "db": "hunter2" } },
        "host": { "env": { "TOKEN": "s3cret" } },
        "image": { "Env": ["A=image", "B=image"] },
    });
    json.to_string()
}

#[test]
fn print_for_now_x() {
    println!(
        "{}",
        told(
            r#"
let merged = image.env | service.env
rule env { default process.env += merged }
rule env.b { process.env["B"] = "house" because "we say so" }
rule env.x { default process.env["B"] = "weak" }
"#,
            &service("    env: {A: mine}\n"),
        )
    );
    println!(
        "{}",
        told(
            r#"
let env = { [k]: (secret(trim_prefix(v, "$S:")) else "") when v like "$S:*" else (host.env[trim_prefix(v, "$E:")] else "") when v like "$E:*" else v for k, v in service.env }
rule env { for k, v in env { process.env[k] = v; warn "{k} is {v}" } }
rule caps when service.privileged { process.capabilities.bounding += ["KILL"] ++ [c for c in service.capabilities when c != "ALL"]
}
"#,
            &service(
                "    privileged: true\n    capabilities: [CHOWN]\n    env: {A: mine, S: '$S:db', E: '$E:TOKEN'}\n"
            ),
        )
    );
    println!(
        "{}",
        told(
            r#"
rule mounts { for s in service.storage when s.type == "bind" { mounts += { destination: s.target, type: "bind", source: s.source, options: ["rbind", "ro" when s.readonly else "rw"] } } }
rule limit { for s in service.storage when s.type == "bind" { linux.resources.pids.limit = len(s.source) } 
  deny "no {service.image.name} for {container.id}" }
"#,
            &service(
                "    storage:\n      - {type: bind, source: /a, target: /x}\n      - {type: bind, source: /bcd, target: /x/}\n"
            ),
        )
    );
}
