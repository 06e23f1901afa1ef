//! What analysis claims of conditions, held against every combination of a small world.

use plimsoll::diagnostics::{Code, Report, code, find_code};
use plimsoll::eval::Arena;
use plimsoll::facts::Facts;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::policy::{Layers, Policy};

const HEAD: &str = "rule spec { ociVersion = \"1.0.2\" root.path = \"x\" }\n";

/// Conditions over facts whose every interesting value is in [`worlds`].
const ATOMS: [&str; 16] = [
    "service.privileged",
    "options.host_network",
    "service.resources.gpu is set",
    "service.resources.gpu.vendor == \"a\"",
    "service.resources.gpu.vendor in [\"a\", \"b\"]",
    "(service.resources.gpu is set and service.resources.gpu.count > 1)",
    "(service.resources.gpu is set and service.resources.gpu.count < 2)",
    "(service.resources.gpu is set and service.resources.gpu.count == 1)",
    "service.resources.gpu.sharing == \"mps\"",
    "service.resources.gpu.sharing is set",
    "container.service == \"web\"",
    "container.service like \"w*\"",
    "container.service in [\"web\", \"db\"]",
    "service.rtype == \"job\"",
    "service.rtype in [\"job\", \"cron\"]",
    "\"KILL\" in service.capabilities",
];

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn condition(&mut self, depth: usize) -> String {
        let atom = ATOMS[self.below(ATOMS.len())].to_owned();
        if depth == 0 {
            return atom;
        }
        match self.below(5) {
            0 => atom,
            1 => format!("not ({})", self.condition(depth - 1)),
            2 => format!("({}) or ({})", self.condition(depth - 1), self.condition(depth - 1)),
            _ => format!("({}) and ({})", self.condition(depth - 1), self.condition(depth - 1)),
        }
    }
}

/// Every combination of the values that the atoms tell apart.
fn worlds(policy: &Policy) -> Vec<Facts> {
    let mut gpus = vec![String::new()];
    for count in 0..3 {
        for vendor in ["a", "b", "c"] {
            for sharing in ["", ", sharing: mps", ", sharing: exclusive"] {
                gpus.push(format!("resources: {{ gpu: {{ count: {count}, vendor: {vendor}{sharing} }} }}, "));
            }
        }
    }
    let mut all = Vec::new();
    for (bits, name, rtype) in (0..8_u8).flat_map(|bits| {
        let named = ["web", "db", "wx", "q"].into_iter();
        named.flat_map(move |name| ["service", "job", "cron"].map(|rtype| (bits, name, rtype)))
    }) {
        for gpu in &gpus {
            let capabilities = if bits & 4 == 0 { "" } else { "KILL" };
            let deployment = format!(
                "{{ version: v1, deployment: shop, services: {{ {name}: {{ image: {{ name: x }}, {gpu}rtype: {rtype}, \
                 privileged: {}, capabilities: [{capabilities}] }} }} }}",
                bits & 1 == 1
            );
            let request = Request::builder("d.yaml", deployment).option("host_network", (bits & 2 == 2).to_string());
            all.push(request.build(policy.schema()).unwrap().facts().unwrap());
        }
    }
    all
}

fn compile(rules: &str) -> Result<Policy, Report> {
    Layers::new().layer("brute", [("a.plim", format!("{HEAD}{rules}"))]).compile()
}

/// In which worlds a condition holds.
fn holds(condition: &str, worlds: &[Facts]) -> Option<Vec<bool>> {
    let policy = compile(&format!("rule probe {{ if {condition} {{ hostname = \"hit\" }} }}")).ok()?;
    let mut arena = Arena::new();
    let mut hit = |facts: &Facts| {
        arena.reset();
        let json = policy.render(facts, &arena).unwrap().json(Style::Compact).unwrap();
        String::from_utf8(json).unwrap().contains("\"hit\"")
    };
    Some(worlds.iter().map(&mut hit).collect())
}

fn claims(report: &Report, wanted: Code, rule: &str) -> bool {
    report.diagnostics.iter().any(|it| it.code == wanted && it.message.contains(rule))
}

/// What comes out in each world, whatever order a collection was written in; none where the service is refused.
fn outcomes(policy: &Policy, worlds: &[Facts]) -> Vec<Option<String>> {
    let mut arena = Arena::new();
    let mut render = |facts: &Facts| {
        arena.reset();
        let json = policy.render(facts, &arena).ok()?.json(Style::Compact).unwrap();
        let mut spec: serde_json::Value = serde_json::from_slice(&json).unwrap();
        for list in spec.pointer_mut("/process/env").and_then(|it| it.as_array_mut()).into_iter() {
            list.sort_by_key(ToString::to_string);
        }
        Some(spec.to_string())
    };
    worlds.iter().map(&mut render).collect()
}

/// Writes of a few places, with values and strengths that meet.
const WRITES: [&str; 14] = [
    "linux.resources.pids.limit = 1",
    "linux.resources.pids.limit = 2",
    "unset linux.resources.pids.limit",
    "hostname = container.service",
    "hostname = \"a\"",
    "linux.maskedPaths += \"/a\"",
    "linux.maskedPaths += [\"/a\", \"/b\" when service.privileged]",
    "linux.maskedPaths -= \"/a\"",
    "linux.maskedPaths = [\"/b\"]",
    "linux.maskedPaths += [\"/{c}\" for c in service.capabilities]",
    "process.env[\"A\"] = \"1\"",
    "process.env += { A: \"1\", B: \"2\" }",
    "unset process.env[\"A\"]",
    "for c in service.capabilities { process.env[\"A\"] = \"1\" }",
];

/// What is called needless can be taken out: no service gets another spec.
#[test]
fn needless_writes_change_nothing() {
    let worlds: Vec<Facts> = worlds(&compile("").unwrap()).into_iter().step_by(5).collect();
    let (mut numbers, mut beaten, mut said) = (Numbers(11), 0, 0);
    for _ in 0..120 {
        let rules: Vec<String> = (0..4)
            .map(|n| {
                let condition =
                    if numbers.below(3) == 0 { String::new() } else { format!("when {}", numbers.condition(1)) };
                let write = WRITES[numbers.below(WRITES.len())];
                let strength = ["default ", "", "", "force "][numbers.below(4)];
                match write.strip_prefix("for") {
                    Some(_) => format!("rule r{n} {condition} {{ {write} }}\n"),
                    None => format!("rule r{n} {condition} {{ {strength}{write} }}\n"),
                }
            })
            .collect();
        // Conflicts are errors: what else is said of such a policy does not matter.
        let Ok(policy) = compile(&rules.concat()) else { continue };
        let report = policy.warnings();
        let before = std::cell::LazyCell::new(|| outcomes(&policy, &worlds));
        for (n, rule) in rules.iter().enumerate() {
            let name = format!("`r{n}`");
            let of_it: Vec<_> = report.diagnostics.iter().filter(|it| it.message.contains(&name)).collect();
            let needless = of_it.iter().filter(|it| matches!(it.code.id(), "P0420" | "P0421")).count();
            // A write of two elements may be needless in one of them only.
            let elements = if rule.contains("[\"/a\", ") || rule.contains("B: ") { 2 } else { 1 };
            if needless < elements {
                continue;
            }
            beaten += usize::from(of_it.iter().any(|it| it.code.id() == "P0420"));
            said += usize::from(of_it.iter().any(|it| it.code.id() == "P0421"));
            let others: String = rules.iter().filter(|other| *other != rule).map(String::as_str).collect();
            let Ok(without) = compile(&others) else { panic!("{rule} keeps a conflict away:\n{others}") };
            assert!(*before == outcomes(&without, &worlds), "{rule} is not needless beside\n{others}{report}");
        }
    }
    assert!(beaten > 5 && said > 5, "too few claims to tell: {beaten} are beaten, {said} are said anyway");
}

#[test]
fn claims_agree_with_a_small_world() {
    let worlds = worlds(&compile("").unwrap());
    let (never_code, mut numbers) = (find_code("P0402").unwrap(), Numbers(7));
    let (mut conflicts, mut nevers) = (0, 0);
    for _ in 0..60 {
        let (first, second) = (numbers.condition(2), numbers.condition(2));
        let (Some(a), Some(b)) = (holds(&first, &worlds), holds(&second, &worlds)) else { continue };
        let rules = format!(
            "rule one when {first} {{ linux.resources.pids.limit = 1 }}\n\
             rule two when {second} {{ linux.resources.pids.limit = 2 }}\n"
        );
        let report = compile(&rules).map_or_else(|report| report, |policy| policy.warnings());
        if claims(&report, code::CONFLICT, "`one`") {
            conflicts += 1;
            assert!(a.iter().zip(&b).any(|(a, b)| *a && *b), "a conflict that no service shows:\n{rules}{report}");
        }
        for (rule, holds) in [("`one`", &a), ("`two`", &b)] {
            if claims(&report, never_code, rule) {
                nevers += 1;
                assert!(!holds.contains(&true), "{rule} does apply:\n{rules}{report}");
            }
        }
    }
    assert!(conflicts > 10 && nevers > 2, "too few claims to tell: {conflicts} conflicts, {nevers} that never apply");
}
