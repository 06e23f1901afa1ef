//! What all reports say in the same words.

use super::{Cause, CauseKind, Class, Effect, Group, Level, Refused, Review, Risk, RiskCount, Service, Summary};
use crate::diagnostics::Severity;
use crate::explanation::Line;

/// `1 service`, `2 services`
pub(super) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// What it is, its name, and what happened to it: `rule`, `web.memory`, `is new`.
pub(super) fn cause(cause: &Cause) -> (&'static str, &str, &'static str) {
    let (what, happened) = match cause.kind {
        CauseKind::RuleAdded => ("rule", "is new"),
        CauseKind::RuleRemoved => ("rule", "is gone"),
        CauseKind::RuleChanged => ("rule", "is another"),
        CauseKind::LetChanged => match (&cause.old, &cause.new) {
            (None, _) => ("let", "is new"),
            (_, None) => ("let", "is gone"),
            _ => ("let", "is another"),
        },
        CauseKind::FactChanged => ("fact", "is declared otherwise"),
        CauseKind::RuleMoved => ("rule", "stands elsewhere"),
        CauseKind::Unknown => ("a cause that cannot be told", ""),
    };
    (what, &cause.item, happened)
}

/// Where it is now, or was.
pub(super) fn place(cause: &Cause) -> Option<&Line> {
    cause.new.as_ref().or(cause.old.as_ref())
}

/// `rules/site.plim:3:1`
pub(super) fn at(line: &Line) -> String {
    format!("{}:{}:{}", line.file, line.line, line.column)
}

/// How many services there are, and how many of them changed in which way.
pub(super) fn numbers(summary: &Summary) -> String {
    let rest = [
        (summary.changed, "changed"),
        (summary.newly_refused, "newly refused"),
        (summary.no_longer_refused, "no longer refused"),
        (summary.refused, "refused by both"),
    ];
    let mut said: Vec<_> = rest.iter().filter(|it| it.0 > 0).map(|(number, what)| format!("{number} {what}")).collect();
    if summary.changed + summary.newly_refused + summary.no_longer_refused == 0 {
        said.insert(0, "none changed".to_owned());
    }
    format!("{}: {}", count(summary.services, "service"), said.join(", "))
}

/// What of the corpus was not compared, if anything.
pub(super) fn unread(summary: &Summary) -> Option<String> {
    let parts = count(summary.unread, "part");
    (summary.unread > 0).then(|| format!("{parts} of the corpus could not be compared"))
}

/// `broadening, privileged`
pub(super) fn risk(count: &RiskCount) -> String {
    format!("{}, {}", count.class, count.level)
}

/// The service that an index names.
pub(super) fn service(review: &Review, index: usize) -> String {
    review.services.get(index).map_or_else(String::new, name)
}

/// `shop/web`
pub(super) fn name(service: &Service) -> String {
    format!("{}/{}", service.deployment, service.name)
}

/// How many of the effects there are by class and level, the riskiest first, as they stand: `2 broadening (privileged)`.
pub(super) fn tally(effects: &[Effect]) -> String {
    let mut kinds: Vec<_> = effects.iter().map(|effect| (effect.risk.class, effect.risk.level)).collect();
    kinds.sort_unstable();
    let tallies = kinds.chunk_by(|a, b| a == b).filter_map(|chunk| {
        let (class, level) = chunk.first()?;
        Some(format!("{} {class} ({level})", chunk.len()))
    });
    tallies.collect::<Vec<_>>().join(", ")
}

/// How many services a group reaches.
pub(super) fn reach(group: &Group) -> usize {
    let mut services: Vec<_> = group.effects.iter().flat_map(|effect| &effect.services).collect();
    services.sort_unstable();
    services.dedup();
    services.len()
}

/// How much a change weighs where findings are shown: what broadens to the privileged level is an error, other broadening
/// a warning, what nobody knows is advice, and the rest is not shown.
pub(super) fn severity(risk: &Risk) -> Option<Severity> {
    match (risk.class, risk.level) {
        (Class::Broadening, Level::Privileged) => Some(Severity::Error),
        (Class::Broadening, _) => Some(Severity::Warning),
        (Class::Unknown, _) => Some(Severity::Advice),
        (Class::Narrowing | Class::Neutral, _) => None,
    }
}

/// A change as a finding: what it is, what it means, the cause and the first services that it reaches.
pub(super) fn finding(review: &Review, group: &Group, effect: &Effect) -> String {
    /// Services that are named.
    const NAMED: usize = 10;
    let (what, item, happened) = cause(&group.cause);
    let cause = if item.is_empty() { what.to_owned() } else { format!("{what} `{item}` {happened}") };
    let names: Vec<_> = effect.services.iter().take(NAMED).map(|index| service(review, *index)).collect();
    let more = match effect.services.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let reach = count(effect.services.len(), "service");
    format!("{}: {}\n{cause}; {reach}: {}{more}", effect.change.says, effect.risk.reason, names.join(", "))
}

/// What became of a service that is refused.
pub(super) fn fate(refused: &Refused) -> &'static str {
    match (refused.before.is_empty(), refused.after.is_empty()) {
        (true, _) => "newly refused",
        (false, true) => "no longer refused",
        (false, false) => "refused for another reason",
    }
}
