//! A review as one self-contained HTML page: filters by class, level, rule and service, and the specs of services side by
//! side with the rule of each line. It fetches nothing. What is chosen and what is open is in the fragment of its address,
//! which can be handed on.

mod data;

use super::words::{at, cause, count, fate, name, numbers, place, reach, service, unread};
use super::{Class, Effect, Group, Level, Refused, Review, Side};
use crate::markup::html::{code, escaped, head};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

const CLASSES: [Class; 4] = [Class::Broadening, Class::Unknown, Class::Narrowing, Class::Neutral];
const LEVELS: [Level; 3] = [Level::Privileged, Level::Baseline, Level::Restricted];

/// The review as one HTML page. Services of which it has both specs ([`Service::sides`](super::Service::sides)) can be
/// opened there.
#[must_use]
pub fn write(review: &Review) -> String {
    let mut out = head(&format!("{} → {}", review.old.name, review.new.name), STYLE, SCRIPT);
    out += "<body>\n";
    summary(&mut out, review);
    filters(&mut out);
    out += "<main>\n<section aria-labelledby=\"causes\">\n<h2 id=\"causes\">What changes, by its cause</h2>\n";
    if review.groups.is_empty() {
        out += "<p>No spec changes.</p>\n";
    }
    let mut effects = 0;
    for (index, group) in review.groups.iter().enumerate() {
        of_group(&mut out, review, index, group, &mut effects);
    }
    out += "<p id=\"nothing\" hidden>Nothing is left of this choice.</p>\n</section>\n";
    refusals(&mut out, review);
    left_out(&mut out, review);
    specs(&mut out, review);
    out += &format!(
        "</main>\n<script type=\"application/json\" id=\"data\">{}</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        data::of(review)
    );
    out
}

fn summary(out: &mut String, review: &Review) {
    let side = |word: &str, side: &Side| {
        let digest: String = side.digest.chars().take("sha256:".len() + 12).collect();
        format!(
            "<div><dt>{word}</dt><dd>{} <small>{}, {}</small></dd></div>\n",
            code(&side.name),
            count(side.rules, "rule"),
            escaped(&digest)
        )
    };
    *out += "<header>\n<h1>What this change of rules does</h1>\n<dl class=\"rules\">\n";
    *out += &side("old", &review.old);
    *out += &side("new", &review.new);
    *out += &format!("</dl>\n<p class=\"numbers\">{}</p>\n", escaped(&numbers(&review.summary)));
    if let Some(said) = unread(&review.summary) {
        *out += &format!("<p class=\"bad\">{}</p>\n", escaped(&said));
    }
    *out += "<ul class=\"risks\">\n";
    for row in &review.summary.risks {
        *out += &format!(
            "<li class=\"{0}\"><b>{1}</b> <span>{0}</span> <small>{2}, {3}</small></li>\n",
            row.class,
            row.changes,
            row.level,
            count(row.services, "service")
        );
    }
    *out += "</ul>\n</header>\n";
}

/// What is shown: the script makes it visible, since nothing works without.
fn filters(out: &mut String) {
    *out += "<form id=\"filters\" role=\"search\" aria-label=\"Filters\" hidden>\n";
    let boxes = |legend: &str, name: &str, words: Vec<&str>| {
        let boxes = words.iter().map(|word| {
            format!(
                "<label class=\"{word}\"><input type=\"checkbox\" name=\"{name}\" value=\"{word}\" checked> \
                 {word}</label>\n"
            )
        });
        format!("<fieldset><legend>{legend}</legend>\n{}</fieldset>\n", boxes.collect::<String>())
    };
    *out += &boxes("Risk", "class", CLASSES.map(Class::name).to_vec());
    *out += &boxes("Level", "level", LEVELS.map(Level::name).to_vec());
    for (title, name) in [("Rule", "rule"), ("Service", "service")] {
        *out += &format!(
            "<label class=\"field\">{title} <input type=\"search\" name=\"{name}\" \
             autocomplete=\"off\" spellcheck=\"false\"></label>\n"
        );
    }
    *out += "<button type=\"reset\">Show all</button>\n<output id=\"found\"></output>\n</form>\n";
}

fn of_group(out: &mut String, review: &Review, index: usize, group: &Group, effects: &mut usize) {
    let (what, item, happened) = cause(&group.cause);
    let named = if item.is_empty() { String::new() } else { format!(" {} {happened}", code(item)) };
    let place = place(&group.cause).map(|line| format!("<small>{}</small>", escaped(&at(line)))).unwrap_or_default();
    // What somebody must look at is open.
    let open = if group.effects.iter().any(|effect| effect.risk.class <= Class::Unknown) { " open" } else { "" };
    *out += &format!(
        "<details class=\"group\" id=\"g{index}\" data-rule=\"{}\"{open}>\n\
         <summary><span class=\"title\">{what}{named}</span> {place} <span class=\"tally\">{}<span>{}</span></span></summary>\n",
        escaped(item),
        badges(&group.effects),
        count(reach(group), "service"),
    );
    if !group.cause.hunk.is_empty() {
        *out += "<pre class=\"hunk\">";
        for line in &group.cause.hunk {
            let class = match line.chars().next() {
                Some('+') => "added",
                Some('-') => "removed",
                _ => "same",
            };
            *out += &format!("<span class=\"{class}\">{}\n</span>", escaped(line));
        }
        *out += "</pre>\n";
    }
    *out += "<ul class=\"effects\">\n";
    for effect in &group.effects {
        of_effect(out, review, *effects, effect);
        *effects += 1;
    }
    *out += "</ul>\n</details>\n";
}

/// How many changes there are of each class.
fn badges(effects: &[Effect]) -> String {
    let badges = CLASSES.into_iter().filter_map(|class| {
        let count = effects.iter().filter(|effect| effect.risk.class == class).count();
        (count > 0).then(|| format!("<span class=\"badge {class}\">{count} {class}</span> "))
    });
    badges.collect()
}

fn of_effect(out: &mut String, review: &Review, index: usize, effect: &Effect) {
    /// Services that are named without opening.
    const NAMED: usize = 3;
    let (risk, services) = (&effect.risk, &effect.services);
    let names: Vec<_> = services.iter().take(NAMED).map(|it| escaped(&service(review, *it))).collect();
    let more = match services.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    *out += &format!(
        "<li class=\"effect {0}\" id=\"e{index}\" data-class=\"{0}\" data-level=\"{1}\">\n\
         <p class=\"says\"><span class=\"badge {0}\">{0}</span> <span class=\"level\">{1}</span> {2}</p>\n\
         <p class=\"reason\">{3} <small>{4}: {5}</small></p>\n\
         <details class=\"reach\" data-effect=\"{index}\"><summary>{6}: {7}{more}</summary></details>\n</li>\n",
        risk.class,
        risk.level,
        code(&effect.change.says),
        escaped(&risk.reason),
        escaped(risk.row),
        escaped(risk.source),
        count(services.len(), "service"),
        names.join(", "),
    );
}

fn refusals(out: &mut String, review: &Review) {
    if review.refusals.is_empty() {
        return;
    }
    *out +=
        "<section aria-labelledby=\"refused\">\n<h2 id=\"refused\">Refused services</h2>\n<ul class=\"refusals\">\n";
    for refused in &review.refusals {
        let Refused { before, after, place, .. } = refused;
        let at = place.as_ref().map(|line| format!(" <small>{}</small>", escaped(&at(line)))).unwrap_or_default();
        let service = service(review, refused.service);
        *out += &format!(
            "<li data-service=\"{0}\"><p><b>{0}</b> {1}{at}</p>\n{2}{3}</li>\n",
            escaped(&service),
            fate(refused),
            reasons("was", before),
            reasons("now", after),
        );
    }
    *out += "</ul>\n</section>\n";
}

fn reasons(word: &str, reasons: &[String]) -> String {
    reasons.iter().map(|reason| format!("<p>{word} {}</p>\n", code(reason))).collect()
}

fn left_out(out: &mut String, review: &Review) {
    if review.unread.is_empty() {
        return;
    }
    *out += "<section aria-labelledby=\"unread\">\n<h2 id=\"unread\">Not compared</h2>\n<ul>\n";
    for part in &review.unread {
        *out += &format!("<li><p><b>{}</b></p>\n{}</li>\n", escaped(&part.file), reasons("", &part.reasons));
    }
    *out += "</ul>\n</section>\n";
}

/// The services that can be opened; the script puts their specs there.
fn specs(out: &mut String, review: &Review) {
    let mut with_sides = review.services.iter().enumerate().filter(|(_, service)| service.sides.is_some()).peekable();
    if with_sides.peek().is_none() {
        return;
    }
    *out += "<section id=\"specs\" aria-labelledby=\"services\">\n<h2 id=\"services\">Specs side by side</h2>\n";
    for (index, service) in with_sides {
        *out += &format!(
            "<details class=\"service\" id=\"s{index}\"><summary><b>{}</b> <small>{}</small></summary></details>\n",
            escaped(&name(service)),
            escaped(&service.file)
        );
    }
    *out += "</section>\n";
}
