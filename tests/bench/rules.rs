//! Rules for other services: none of them applies to what is rendered.

use plimsoll::diagnostics::Report;
use plimsoll::policy::{Layers, Policy};

/// Rules of one file: a file may hold no more than a MiB.
const FILE: usize = 1000;

/// The standard policy and so many rules for other services on top of it.
pub(crate) fn policy(rules: usize) -> Result<Policy, Report> {
    layers(rules).compile()
}

/// The same, not compiled yet.
pub(crate) fn layers(rules: usize) -> Layers {
    let files = (0..rules).step_by(FILE).map(|first| {
        let text: String = (first..rules.min(first + FILE)).map(rule).collect();
        (format!("{first:06}.plim"), text)
    });
    Layers::standard().layer("others", files.collect::<Vec<_>>())
}

/// A rule by its number, with one of four conditions in turn.
fn rule(number: usize) -> String {
    let condition = match number % 4 {
        0 => format!(r#"container.service == "svc-{number}""#),
        1 => format!(r#"container.deployment == "dep-{number}" and not service.privileged"#),
        2 => format!(r#"image.labels["team"] == "team-{number}""#),
        _ => format!(r#"service.resources.cpu is set and container.service == "svc-{number}""#),
    };
    format!("rule other.r{number} when {condition} {{ annotations[\"other-{number}\"] = \"{number}\" }}\n")
}
