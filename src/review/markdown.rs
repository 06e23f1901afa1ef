//! A review in Markdown, for a comment of a pull request: what matters first, the rest folded, never more than such a
//! comment may hold.

use super::words::{at, cause, count, fate, numbers, place, reach, risk, service, tally, unread};
use super::{Class, Effect, Group, Review};
use crate::diagnostics::one_line;
use crate::markup::html;
use crate::markup::markdown::{block, code, escaped};

/// The most bytes of a report. GitHub takes 65,536 characters, and whoever posts it may want to say something as well.
pub const LIMIT: usize = 60_000;

/// How much is said of each thing. What is left out is counted.
struct Detail {
    /// Services named of each change.
    services: usize,
    /// Changes of each cause.
    effects: usize,
    /// Lines of a rule's text.
    lines: usize,
    /// Refused services, and parts of the corpus that could not be compared.
    others: usize,
}

/// The first that fits is taken.
const DETAILS: [Detail; 4] = [
    Detail { services: 50, effects: usize::MAX, lines: 60, others: 200 },
    Detail { services: 10, effects: 100, lines: 30, others: 50 },
    Detail { services: 3, effects: 20, lines: 10, others: 10 },
    Detail { services: 0, effects: 5, lines: 0, others: 3 },
];

/// The review in Markdown, in at most [`LIMIT`] bytes. All that comes from deployments and rules is code in it: nothing of
/// that is a link, a mention or HTML.
#[must_use]
pub fn write(review: &Review) -> String {
    let whole = |detail: &Detail| {
        let groups = review.groups.iter().map(|group| of_group(review, group, detail));
        let (head, foot) = (head(review), foot(review, detail));
        (head, groups.collect::<Vec<_>>(), foot)
    };
    let fits = |(head, groups, foot): &(String, Vec<String>, String)| {
        head.len() + foot.len() + groups.iter().map(String::len).sum::<usize>() <= LIMIT
    };
    let [more @ .., least] = &DETAILS;
    let (head, groups, foot) = more.iter().map(whole).find(fits).unwrap_or_else(|| whole(least));
    fit(review, head, &groups, &foot)
}

/// As many groups as there is room for, and how many more there are.
fn fit(review: &Review, head: String, groups: &[String], foot: &str) -> String {
    /// What is said of groups that are left out.
    const NOTE: usize = 200;
    let mut out = head;
    let mut written = 0;
    for (index, group) in groups.iter().enumerate() {
        let room = LIMIT.saturating_sub(foot.len() + if index + 1 == groups.len() { 0 } else { NOTE });
        if out.len() + group.len() > room {
            break;
        }
        out += group;
        written += 1;
    }
    if let Some(rest) = review.groups.get(written..).filter(|rest| !rest.is_empty()) {
        let effects: Vec<Effect> = rest.iter().flat_map(|group| group.effects.iter().cloned()).collect();
        out += &format!("{} left out for want of room: {}.\n\n", count(rest.len(), "more cause"), tally(&effects));
    }
    out + foot
}

fn head(review: &Review) -> String {
    let mut out = format!(
        "### What this change of rules does\n\n{} → {}: {}.\n\n",
        code(&short(&review.old.name)),
        code(&short(&review.new.name)),
        numbers(&review.summary)
    );
    if let Some(said) = unread(&review.summary) {
        out += &format!("**{said}.**\n\n");
    }
    if review.summary.risks.is_empty() {
        out += "No spec changes.\n\n";
        return out;
    }
    out += "| risk | changes | services |\n| --- | ---: | ---: |\n";
    for row in &review.summary.risks {
        let said = if row.class == Class::Broadening { format!("**{}**", risk(row)) } else { risk(row) };
        out += &format!("| {said} | {} | {} |\n", row.changes, row.services);
    }
    out.push('\n');
    out
}

fn of_group(review: &Review, group: &Group, detail: &Detail) -> String {
    let (what, item, happened) = cause(&group.cause);
    let item = if item.is_empty() { String::new() } else { format!(" {} {happened}", html::code(&short(item))) };
    // What somebody must look at is open.
    let open = group.effects.iter().any(|effect| effect.risk.class <= Class::Unknown);
    let mut out = format!(
        "<details{}><summary>{what}{item}: {}; {}</summary>\n\n",
        if open { " open" } else { "" },
        tally(&group.effects),
        count(reach(group), "service")
    );
    if let Some(line) = place(&group.cause) {
        out += &format!("{}\n\n", code(&short(&at(line))));
    }
    out += &hunk(&group.cause.hunk, detail.lines);
    for effect in group.effects.iter().take(detail.effects) {
        out += &of_effect(review, effect, detail);
    }
    if let Some(rest) = group.effects.get(detail.effects..).filter(|rest| !rest.is_empty()) {
        out += &format!("- {}: {}\n", count(rest.len(), "more change"), tally(rest));
    }
    out += "\n</details>\n\n";
    out
}

fn hunk(lines: &[String], most: usize) -> String {
    if lines.is_empty() || most == 0 {
        return String::new();
    }
    let mut shown: Vec<String> = lines.iter().take(most).map(|line| short(line)).collect();
    if lines.len() > most {
        shown.push(format!("  … {}", count(lines.len() - most, "more line")));
    }
    format!("{}\n", block("diff", &shown.join("\n")))
}

fn of_effect(review: &Review, effect: &Effect, detail: &Detail) -> String {
    let (risk, services) = (&effect.risk, &effect.services);
    let mut out = format!(
        "- **{}** ({}): {} – {} (`{}`)\n",
        risk.class,
        risk.level,
        code(&short(&effect.change.says)),
        escaped(&risk.reason),
        risk.row
    );
    let named: Vec<_> =
        services.iter().take(detail.services).map(|index| code(&short(&service(review, *index)))).collect();
    let more = services.len() - named.len();
    out += &match (named.as_slice(), more) {
        ([], more) => format!("  in {}\n", count(more, "service")),
        ([one], 0) => format!("  in {one}\n"),
        (few, 0) if few.len() <= 3 => format!("  in {}\n", few.join(", ")),
        (few, more) => format!(
            "  <details><summary>in {}</summary>\n\n  {}{}\n\n  </details>\n",
            count(services.len(), "service"),
            few.join(", "),
            if more > 0 { format!(" and {more} more") } else { String::new() }
        ),
    };
    out
}

/// Refused services, and what could not be compared.
fn foot(review: &Review, detail: &Detail) -> String {
    let refusals = review.refusals.iter().map(|refused| {
        let reasons = if refused.after.is_empty() { &refused.before } else { &refused.after };
        let at = refused.place.as_ref().map(|line| format!(" at {}", code(&short(&at(line))))).unwrap_or_default();
        format!(
            "- {} {}{at}: {}\n",
            code(&short(&service(review, refused.service))),
            fate(refused),
            reasons_of(reasons)
        )
    });
    let unread = review.unread.iter().map(|it| format!("- {}: {}\n", code(&short(&it.file)), reasons_of(&it.reasons)));
    folded("refused by one side, or for another reason", "service", detail.others, refusals.collect())
        + &folded("of the corpus could not be compared", "part", detail.others, unread.collect())
}

fn reasons_of(reasons: &[String]) -> String {
    /// Of each service.
    const MOST: usize = 3;
    let mut said: Vec<_> = reasons.iter().take(MOST).map(|reason| code(&short(reason))).collect();
    if reasons.len() > MOST {
        said.push(format!("{} more", reasons.len() - MOST));
    }
    said.join(", ")
}

fn folded(title: &str, what: &str, most: usize, mut items: Vec<String>) -> String {
    if items.is_empty() {
        return String::new();
    }
    let all = items.len();
    items.truncate(most);
    if items.len() < all {
        items.push(format!("- {} more\n", all - items.len()));
    }
    format!("<details><summary>{} {title}</summary>\n\n{}\n</details>\n\n", count(all, what), items.concat())
}

/// A text on one line, without what hides, and cut if somebody made it very long.
fn short(text: &str) -> String {
    const MOST: usize = 300;
    let text = one_line(text);
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into_owned(),
    }
}
