//! What analysis calls needless, held against what comes out without it.

use plimsoll::eval::Arena;
use plimsoll::facts::Facts;
use plimsoll::output::json::Style;
use plimsoll::policy::Policy;
use serde_json::Value;

use super::brute::{FACTORS, Numbers, facts, layers};

/// Services of which every factor is one of a few things.
fn worlds() -> Vec<Facts> {
    let policy = layers("").compile().unwrap();
    let mut worlds: Vec<Vec<Value>> = vec![Vec::new()];
    for factor in FACTORS {
        let values = (factor.values)();
        let values = values.iter().step_by(values.len().div_ceil(4));
        worlds =
            worlds.iter().flat_map(|w| values.clone().map(|value| [w.clone(), vec![value.clone()]].concat())).collect();
    }
    // As many as are quickly gone through; a step that shares no factor with them meets every value.
    worlds.iter().step_by(23).map(|world| facts(&policy, &world.iter().collect::<Vec<_>>())).collect()
}

fn condition(numbers: &mut Numbers) -> String {
    let mut text = "when ".to_owned();
    numbers.condition(1).write(&mut text);
    text
}

/// What comes out in each world, whatever order a collection was written in; none where the service is refused.
fn outcomes(policy: &Policy, worlds: &[Facts]) -> Vec<Option<String>> {
    let mut arena = Arena::new();
    let mut render = |facts: &Facts| {
        arena.reset();
        let json = policy.render(facts, &arena).ok()?.json(Style::Compact).unwrap();
        let mut spec: Value = serde_json::from_slice(&json).unwrap();
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
    let worlds = worlds();
    let (mut numbers, mut beaten, mut said) = (Numbers(11), 0, 0);
    for _ in 0..120 {
        let rules: Vec<String> = (0..4)
            .map(|n| {
                let condition = if numbers.below(3) == 0 { String::new() } else { condition(&mut numbers) };
                let write = WRITES[numbers.below(WRITES.len())];
                let strength = ["default ", "", "", "force "][numbers.below(4)];
                match write.strip_prefix("for") {
                    Some(_) => format!("rule r{n} {condition} {{ {write} }}\n"),
                    None => format!("rule r{n} {condition} {{ {strength}{write} }}\n"),
                }
            })
            .collect();
        // Conflicts are errors: what else is said of such a policy does not matter.
        let Ok(policy) = layers(&rules.concat()).compile() else { continue };
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
            let Ok(without) = layers(&others).compile() else { panic!("{rule} keeps a conflict away:\n{others}") };
            assert!(*before == outcomes(&without, &worlds), "{rule} is not needless beside\n{others}{report}");
        }
    }
    assert!(beaten > 5 && said > 5, "too few claims to tell: {beaten} are beaten, {said} are said anyway");
}
