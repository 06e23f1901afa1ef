//! What is said of several paths together (nodes and their rules, sets within sets, mounts and the paths that veil
//! them), held against the specs of every combination of a small world.

use plimsoll::diagnostics::{Code, Diagnostic, Severity, find_code};
use plimsoll::eval::Arena;
use plimsoll::facts::Facts;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::policy::{Layers, Policy};
use serde_json::Value;

use super::brute::Numbers;
use super::proofs::{CONDITIONS, HEAD, worlds};

const STRENGTHS: [&str; 4] = ["", "", "default ", "force "];

/// For each code, writes that may bring it about.
const WRITES: [(&str, &[&str]); 3] = [
    (
        "P0423 P0424",
        &[
            "linux.devices += { path: \"/dev/a\", type: \"c\", major: 10, minor: 1 }",
            "linux.devices += [{ path: \"/dev/b\", type: \"b\", major: 8, minor: 0 } when service.privileged]",
            "linux.devices -= \"/dev/a\"",
            "linux.resources.devices += { allow: false, access: \"rwm\" }",
            "linux.resources.devices += { allow: false, access: \"rwm\" }",
            "linux.resources.devices += { allow: true, type: \"c\", major: 10, minor: 1, access: \"rw\" }",
            "linux.resources.devices += { allow: true, type: \"c\", major: 10, access: \"r\" }",
            "linux.resources.devices += { allow: false, type: \"c\", major: 10, access: \"rwm\" }",
            "linux.resources.devices += { allow: false, type: \"c\", major: 10, minor: 1, access: \"rw\" }",
            "linux.resources.devices += { allow: true, type: \"b\", major: 8, access: \"rw\" }",
            "linux.resources.devices += [{ allow: false, type: \"b\", access: \"rwm\" } when service.privileged]",
        ],
    ),
    (
        "P0425",
        &[
            "process.capabilities.bounding += \"KILL\"",
            "process.capabilities.permitted += [\"KILL\", \"CHOWN\" when service.privileged]",
            "process.capabilities.permitted += \"CHOWN\"",
            "process.capabilities.inheritable += [\"KILL\"]",
            "process.capabilities.ambient += \"KILL\"",
            "process.capabilities.ambient += \"CHOWN\"",
            "process.capabilities.effective += [\"KILL\", \"CHOWN\"]",
            "process.capabilities.effective -= \"CHOWN\"",
            "process.capabilities.permitted -= \"KILL\"",
            "process.capabilities.permitted = [\"KILL\"]",
            "for c in service.capabilities { process.capabilities.bounding += c }",
        ],
    ),
    (
        "P0426",
        &[
            "mounts += { destination: \"/a/b\", type: \"tmpfs\", source: \"tmpfs\" }",
            "mounts += { destination: \"/a\", type: \"tmpfs\", source: \"tmpfs\", options: [\"ro\"] }",
            "mounts[\"/c\"] = { type: \"bind\", source: \"/srv\", options: [\"rbind\"] }",
            "mounts -= \"/a/b\"",
            "linux.maskedPaths += [\"/a\" when service.privileged, \"/c\"]",
            "linux.maskedPaths += \"/a/b\"",
            "linux.maskedPaths -= \"/c\"",
            "linux.readonlyPaths += [\"/a\", \"/a/b\"]",
            "linux.readonlyPaths = [\"/c\"]",
        ],
    ),
];

impl Numbers {
    fn written(&mut self, writes: &[&str]) -> String {
        let write = writes[self.below(writes.len())];
        if write.starts_with("for ") {
            return write.to_owned();
        }
        let strength = STRENGTHS[self.below(STRENGTHS.len())];
        format!("{strength}{write}{}", if strength == "force " { " because \"so\"" } else { "" })
    }

    fn policy(&mut self, writes: &[&str]) -> String {
        let rule = |numbers: &mut Self, n: usize| {
            let head = numbers.head();
            let condition = CONDITIONS[numbers.below(CONDITIONS.len())];
            let write = numbers.written(writes);
            // What a rule is in force for is told by an annotation.
            let body = match numbers.below(4) {
                0 => format!("if {condition} {{ annotations[\"r{n}\"] = \"\" {write} }}"),
                _ => format!("annotations[\"r{n}\"] = \"\" {write}"),
            };
            format!("rule r{n} {head}{{ {body} }}\n")
        };
        (0..4).map(|n| rule(self, n)).collect()
    }
}

/// The spec of a service that is not refused.
fn spec(policy: &Policy, facts: &Facts) -> Option<Value> {
    let arena = Arena::new();
    let json = policy.render(facts, &arena).ok()?.json(Style::Compact).unwrap();
    Some(serde_json::from_slice(&json).unwrap())
}

fn list<'v>(spec: &'v Value, path: &str) -> impl Iterator<Item = &'v Value> {
    spec.pointer(&format!("/{}", path.replace('.', "/"))).and_then(Value::as_array).into_iter().flatten()
}

/// What is between the first two of these marks.
fn quoted(text: &str, mark: char) -> &str {
    text.split(mark).nth(1).unwrap()
}

/// As the kernel goes through the rules: the last one that is about a device counts, and all is denied that none allows
/// once anything is denied.
fn allows(spec: &Value, kind: &str, major: u64, minor: u64, letter: char) -> bool {
    list(spec, "linux.resources.devices").fold(true, |before, rule| {
        let concerns = |field: &str, number: u64| rule[field].as_u64().is_none_or(|it| it == number);
        let of_kind = rule["type"].as_str().is_none_or(|it| it == kind || it == "a");
        let letters = rule["access"].as_str().unwrap_or("rwm");
        let concerned = of_kind && concerns("major", major) && concerns("minor", minor) && letters.contains(letter);
        if concerned { rule["allow"] == true } else { before }
    })
}

/// Whether a spec is as a finding of something that can be says.
fn shows(told: &Diagnostic, spec: &Value) -> bool {
    let message = told.message.as_str();
    match told.code.id() {
        "P0423" => list(spec, "linux.devices").any(|node| {
            let (kind, number) = (node["type"].as_str().unwrap(), |field: &str| node[field].as_u64().unwrap());
            let denied = |letter| !allows(spec, kind, number("major"), number("minor"), letter);
            node["path"] == quoted(message, '"') && "rw".chars().all(denied)
        }),
        "P0425" => {
            let (element, mut sets) = (quoted(message, '"'), message.split('`').skip(1).step_by(2));
            let mut has = || {
                let set = sets.next().unwrap();
                list(spec, set).any(|it| it.as_str().unwrap().trim_start_matches("CAP_") == element)
            };
            let small = has();
            small && !has()
        }
        _ => {
            let (mount, path) = (quoted(message, '"'), message.rsplit('"').nth(1).unwrap());
            let set = message.rsplit('`').nth(1).unwrap();
            let below = mount == path || (set == "linux.maskedPaths" && mount.starts_with(&format!("{path}/")));
            below && list(spec, "mounts").any(|it| it["destination"] == mount) && list(spec, set).any(|it| it == path)
        }
    }
}

/// What is allowed by the rule that a finding of a denial names, in a spec where that rule is in force, is denied.
fn is_denied(told: &Diagnostic, spec: &Value, rules: &str) -> bool {
    let name = quoted(&told.message, '`');
    let rule = rules.lines().find(|rule| rule.starts_with(&format!("rule {name} "))).unwrap();
    let number = |field: &str| rule.split(&format!("{field}: ")).nth(1)?.split([',', ' ']).next()?.parse::<u64>().ok();
    let (kind, letters) = (rule.split("type: \"").nth(1).unwrap(), rule.split("access: \"").nth(1).unwrap());
    let (kind, letters) = (kind.split('"').next().unwrap(), letters.split('"').next().unwrap());
    let minors = number("minor").map_or(vec![0, 1, 7], |it| vec![it]);
    let denied = |minor: &u64| letters.chars().all(|it| !allows(spec, kind, number("major").unwrap(), *minor, it));
    minors.iter().all(denied)
}

#[test]
fn what_paths_come_to_together_agrees_with_a_small_world() {
    let empty = Layers::new().layer("brute", [("a.plim", HEAD)]).compile().unwrap();
    let worlds = worlds(&empty);
    let mut numbers = Numbers(5);
    let mut counts = [0; 4];
    let codes: Vec<Code> = ["P0423", "P0424", "P0425", "P0426"].iter().map(|id| find_code(id).unwrap()).collect();
    for (_, writes) in WRITES {
        for _ in 0..120 {
            let rules = numbers.policy(writes);
            let text = format!("{HEAD}{rules}");
            let Ok(policy) = Layers::new().layer("brute", [("a.plim", text.as_str())]).compile() else { continue };
            let specs =
                std::cell::LazyCell::new(|| worlds.iter().filter_map(|facts| spec(&policy, facts)).collect::<Vec<_>>());
            for told in policy.warnings().diagnostics {
                let Some(index) = codes.iter().position(|code| *code == told.code) else { continue };
                assert_eq!(told.severity, Severity::Warning);
                counts[index] += 1;
                if told.code.id() == "P0424" {
                    let mark = quoted(&told.message, '`');
                    let mut met = specs.iter().filter(|spec| spec["annotations"].get(mark).is_some()).peekable();
                    assert!(met.peek().is_some(), "{} never applies:\n{rules}", told.message);
                    assert!(met.all(|spec| is_denied(&told, spec, &rules)), "{}\n{rules}", told.message);
                    continue;
                }
                assert!(specs.iter().any(|spec| shows(&told, spec)), "{}\n{rules}", told.message);
                let witness =
                    told.witness.as_deref().unwrap_or_else(|| panic!("no witness: {}\n{rules}", told.message));
                let request = Request::from_json("w.json", &witness.request, policy.schema()).unwrap();
                let shown = spec(&policy, &request.facts().unwrap());
                assert!(shown.is_some_and(|spec| shows(&told, &spec)), "{} {witness:?}\n{rules}", told.message);
            }
        }
    }
    assert!(counts.iter().all(|count| *count > 5), "too few claims to tell: {counts:?}");
}
