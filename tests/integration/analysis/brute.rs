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
pub(super) struct Numbers(u64);

impl Numbers {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
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
