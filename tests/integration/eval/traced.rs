//! Rules from text to draft, provenance and refusals.

use std::fmt::Write as _;

use plimsoll::check::{self, Layer};
use plimsoll::diagnostics::{Diagnostic, code};
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
    let checked = check::check(layers, &sources, output::output(), syntax::Limits::default(), &mut found);
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
    if let Some(help) = diagnostic.help.as_ref().filter(|_| diagnostic.code == code::INVARIANT_BROKEN) {
        let _ = writeln!(out, "  help: {help}");
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
        Ok((outcome, provenance, _)) => {
            outcome.warnings.iter().for_each(|warning| refusal(&mut out, warning, &maps));
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

/// A snapshot that shows rules and service above what is told.
fn snapshot(name: &str, rules: &str, fields: &str) {
    let request = service(fields);
    let text = format!("{}\n---\n{}\n===\n{}", rules.trim(), fields.trim_end(), told(rules, &request));
    insta::with_settings!(
        {
            snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/eval"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        },
        { insta::assert_snapshot!(name, text) }
    );
}

/// A request for a service with these fields.
fn service(fields: &str) -> String {
    let yaml = format!("version: v1\ndeployment: test\nservices:\n  web:\n    image: {{name: x}}\n{fields}");
    let json = serde_json::json!({
        "deployment": yaml,
        "service": "web",
        "options": { "secrets": { "db": "hunter2" }, "env": { "B": "caller" } },
        "host": { "env": { "TOKEN": "s3cret" }, "devices": { "/dev/gpu0": { "type": "c", "major": 195, "minor": 0 } } },
        "image": { "Env": ["A=image", "B=image", "C=image"] },
    });
    json.to_string()
}

#[test]
fn merged_maps_name_the_operand_of_each_entry() {
    snapshot(
        "merged_maps",
        r#"
let merged = image.env | service.env | options.env
rule env { default process.env += merged }
rule house { process.env["C"] = "house" because "we say so" }
rule other { default process.env["C"] = "weak" }
rule without { force unset process.env["A"] }
"#,
        "    env: {A: mine}\n",
    );
}

#[test]
fn secrets_are_shown_nowhere() {
    snapshot(
        "secrets",
        r#"
let env = { [k]: (secret(trim_prefix(v, "$S:")) else "") when v like "$S:*"
  else (host.env[trim_prefix(v, "$E:")] else "") when v like "$E:*"
  else v for k, v in service.env }
rule env { for k, v in env { process.env[k] = v; warn "{k} is {v}" } }
rule note { annotations["first"] = join([v for k, v in env when k == "S"], ",") }
"#,
        "    env: {A: mine, S: '$S:db', E: '$E:TOKEN'}\n",
    );
    snapshot(
        "secrets_refused",
        r#"
rule name { for k, v in service.env { process.env[secret(v) else skip] = "x" } }
rule path { process.cwd = host.env["TOKEN"] else "/" }
rule said { deny "not with {host.env["TOKEN"] else ""}" }
"#
        .replace(r#"host.env["TOKEN"] else """#, "token else service.hostname else container.id")
        .replace("rule said", "let token = host.env[\"TOKEN\"]\nrule said")
        .replace("secret(v) else skip", "secret(v) else \"none\"")
        .as_str(),
        "    env: {A: db}\n",
    );
}

#[test]
fn elements_name_their_guards_and_rounds() {
    snapshot(
        "elements",
        r#"
let nodes = ["/dev/none"] ++ ["/dev/gpu{i}" for i in range(service.resources.gpu.count)] when service.resources.gpu is set else []
rule caps when service.privileged {
  process.capabilities.bounding += ["KILL"] ++ [c for c in service.capabilities when c != "ALL"]
}
rule nodes {
  for path in nodes {
    let node = host.device(path) else warn "{path} is not on this host"
    linux.devices += node | { uid: 0, gid: 0 }
  }
}
rule limit { linux.resources.pids.limit = 10 when service.privileged else 20 }
"#,
        "    privileged: true\n    capabilities: [CHOWN]\n    resources: {gpu: {count: 1}}\n",
    );
}

#[test]
fn conflicts_show_both_sides() {
    snapshot(
        "conflicts",
        r#"
rule mounts {
  for s in service.storage when s.type == "bind" {
    mounts += { destination: s.target, type: "bind", source: s.source, options: ["rbind", "ro" when s.readonly else "rw"] }
  }
}
let few = 100
rule few when service.privileged { linux.resources.pids.limit = few }
rule many when service.hostname is set { linux.resources.pids.limit = len(service.capabilities) + 200 }
rule keep unless not service.privileged { process.capabilities.bounding += [c for c in service.capabilities when c != "ALL"] }
rule drop when service.hostname == "h" { process.capabilities.bounding -= "CHOWN" }
rule refuse { deny "no {service.image.name} for {container.id}" }
"#,
        "    privileged: true\n    hostname: h\n    capabilities: [CHOWN]\n    storage:\n      - {type: bind, source: /a, target: /x}\n      - {type: bind, source: /bcd, target: /x/}\n",
    );
}

#[test]
fn forbidden_texts_name_the_facts_that_they_came_from() {
    snapshot(
        "forbidden",
        r#"
rule tmpfs {
  for s in service.storage when s.type == "bind" {
    mounts += { destination: s.target, type: "tmpfs", source: "tmpfs", options: ["size={s.source}"] }
  }
}
rule limit { linux.resources.blockIO.weight = len(service.capabilities) * 100000 }
"#,
        "    capabilities: [KILL]\n    storage:\n      - {type: bind, source: '1,suid', target: /x}\n      - {type: bind, source: /a, target: /../x}\n",
    );
}

/// The label at a rule's statement names the rule whose element, value or removal breaks the invariant.
#[test]
fn a_broken_invariant_names_the_writes() {
    snapshot(
        "broken_invariants",
        r#"
let granted = [c for c in service.capabilities when c != "ALL"]
rule house { process.capabilities.{bounding, permitted} += ["KILL"] ++ granted }
rule site.extra when service.hostname is set {
  process.capabilities.{bounding, effective} += ["SYS_TIME", "SYS_ADMIN"]
}
rule site.mounts { for s in service.storage when s.type == "bind" { mounts += { destination: s.target, type: "bind", source: s.source } } }
rule site.limit { default linux.resources.pids.limit = 10; linux.resources.pids.limit = 5000 }
rule site.masked { linux.maskedPaths += "/proc/kcore"; force linux.maskedPaths -= "/proc/kcore" because "debugging" }
rule env { process.env += service.env; process.env["LD_PRELOAD"] = "/lib/x.so" }
invariant asked {
  for c in spec.process.capabilities.bounding { require c in ["KILL", "SYS_TIME"] or c in service.capabilities else deny "nobody asked for {c}" }
}
invariant consistent {
  let caps = spec.process.capabilities
  require caps.effective subset of caps.permitted else deny "effective beyond permitted"
}
invariant sources { for target, mount in spec.mounts { require not (mount.source is set and mount.source like "/etc*") else deny "{target} shows what is in /etc" } }
invariant limit { require spec.linux.resources.pids.limit is set and spec.linux.resources.pids.limit < 100 else deny "too many" }
invariant masked { require "/proc/kcore" in spec.linux.maskedPaths else deny "/proc/kcore can be read" }
invariant preload { require spec.process.env.LD_PRELOAD is not set else deny "LD_PRELOAD" }
invariant secret { for name, value in spec.process.env { require value != "hunter2" else deny "{name}" } }
invariant nothing { require spec.linux.resources.memory.limit is set else deny "no limit of memory" }
rule base.secret { process.env["PASSWORD"] = secret("db") else "" }
"#,
        "    hostname: h\n    capabilities: [NET_RAW]\n    storage:\n      - {type: bind, source: /etc/ssl, target: /x}\n      - {type: bind, source: /srv, target: /y}\n",
    );
}
