//! Reports of reviews: Markdown, HTML, SARIF and workflow commands.

use plimsoll::explanation::Line;
use plimsoll::review::{
    Cause, CauseKind, Change, ChangeKind, Class, Effect, Group, Level, Refused, Review, Reviewer, RiskCount, Service,
    Side, Sides, SpecLine, Summary, Unread, github, html, markdown, risk, sarif,
};
use serde_json::{Value as Json, json};

use super::{deployment, fixtures, hardened, read, setting, shop, shown, snapshot};

/// A deployment that reaches into the host, which `hardened` refuses in part.
const PLANT: &str = "
version: v1
deployment: plant
services:
  gauge:
    image: { name: gauge }
    capabilities: [SYS_ADMIN]
  agent:
    image: { name: agent }
    storage: [{ type: bind, source: /run/docker.sock, target: /run/docker.sock }]
";

/// What the shipped second layer changes for some services.
pub(super) fn real() -> Review {
    let [old, new] = hardened();
    let mut reviewer =
        Reviewer::new(("<standard>", &old), ("<standard> + <hardened>", &new)).setting(setting(&old)).with_sides(10);
    let broken = deployment("broken.yaml", "version: v1\ndeployment: broken\nservices: { a: { imag: x } }");
    reviewer.look(&[shop(), deployment("plant.yaml", PLANT), broken]);
    reviewer.finish()
}

/// The other way round: what taking the layer away again would do.
fn back() -> Review {
    let [old, new] = hardened();
    let mut reviewer = Reviewer::new(("<standard> + <hardened>", &new), ("<standard>", &old)).setting(setting(&old));
    reviewer.look(&[shop(), deployment("plant.yaml", PLANT)]);
    reviewer.finish()
}

/// Texts as somebody would choose them who wants to be more than text.
const HOSTILE: [&str; 6] = [
    "<script>document.title='harmed'</script>",
    "<img src=http://example.invalid/x onerror=\"document.title='harmed'\">",
    "</script></summary></details><!--",
    "``` | @octocat #1 [a](http://example.invalid)\n# title\n::error::harmed",
    "\u{1b}[31m\u{202e}gpj.exe",
    "%0A::error file=a,line=1::harmed,b:c{0}",
];

fn line(file: &str) -> Line {
    Line { file: file.to_owned(), line: 3, column: 1, text: file.to_owned() }
}

fn effect(text: &str, services: Vec<usize>) -> Effect {
    let change = Change {
        slot: "process.capabilities.bounding",
        path: format!("process.capabilities.bounding[{text}]"),
        kind: ChangeKind::Added,
        before: None,
        after: Some(Json::from("CAP_SYS_ADMIN")),
        says: format!("adds {text} to process.capabilities.bounding"),
    };
    Effect { risk: risk::of(&change), change, services }
}

/// A review in which every text that can come from elsewhere is this one.
fn with(text: &str) -> Review {
    let side = || Side { name: text.to_owned(), digest: format!("sha256:{text}"), rules: 1 };
    let spec = |more: &str| {
        let text = format!("  \"hostname\": \"{text}{more}\",");
        vec![SpecLine { text, rule: Some(format!("rule {more}")) }]
    };
    let sides = Sides { old: spec("a"), new: spec("b") };
    let cause = Cause {
        kind: CauseKind::RuleAdded,
        item: text.to_owned(),
        old: None,
        new: Some(line(text)),
        hunk: vec![format!("+{text}"), "-old".to_owned()],
    };
    let risks = vec![RiskCount { class: Class::Broadening, level: Level::Privileged, changes: 1, services: 1 }];
    Review {
        old: side(),
        new: side(),
        summary: Summary { services: 2, changed: 1, newly_refused: 1, unread: 1, risks, ..Summary::default() },
        groups: vec![Group { cause, effects: vec![effect(text, vec![0])] }],
        refusals: vec![Refused {
            service: 1,
            before: Vec::new(),
            after: vec![format!("P0601: {text}")],
            place: Some(line(text)),
        }],
        unread: vec![Unread { file: text.to_owned(), reasons: vec![text.to_owned()] }],
        services: (0..2)
            .map(|index| Service {
                deployment: text.to_owned(),
                name: format!("{text}{index}"),
                file: text.to_owned(),
                sides: (index == 0).then(|| Box::new(sides.clone())),
            })
            .collect(),
    }
}

pub(super) fn hostile() -> Vec<Review> {
    HOSTILE.iter().map(|text| with(text)).collect()
}

fn pretty(document: &str) -> String {
    let document: Json = serde_json::from_str(document).expect("JSON");
    format!("{document:#}\n")
}

#[test]
fn of_the_shipped_layers() {
    let review = real();
    snapshot("markdown", &markdown::write(&review));
    let page = html::write(&review);
    let body = page.split_once("<body>").and_then(|(_, rest)| rest.split_once("<script")).expect("a body").0;
    snapshot("html", body);
    let back = back();
    snapshot("sarif", &pretty(&sarif::write(&back)));
    snapshot("github", &github::write(&back));
}

/// What the shipped second layer changes for all fixtures.
#[test]
fn of_all_fixtures() {
    let [old, new] = hardened();
    let mut reviewer = Reviewer::new(("<standard>", &old), ("<standard> + <hardened>", &new)).setting(setting(&old));
    reviewer.look(&fixtures());
    let review = reviewer.finish();
    assert!(review.summary.changed > 20 && review.summary.unread > 10, "{:?}", review.summary);
    snapshot("fixtures", &shown(&review));
    snapshot("fixtures-markdown", &markdown::write(&review));
    snapshot("fixtures-json", &serde_json::to_string_pretty(&review).expect("JSON"));
}

/// Markdown without its code, be it within a line, a block or an element.
fn without_code(markdown: &str) -> String {
    let mut plain = String::new();
    for line in markdown.split_inclusive('\n') {
        // A line that begins with an element is HTML up to the next empty one.
        let mut line = line.to_owned();
        while let Some((before, after)) = line.split_once("<code>").filter(|(before, _)| before.starts_with("<details"))
        {
            let (code, after) = after.split_once("</code>").expect("an end");
            assert!(!code.contains('<'), "{code}");
            line = format!("{before}{after}");
        }
        plain += &line;
    }
    let (mut out, mut rest) = (String::new(), plain.as_str());
    while let Some((before, from)) = rest.find('`').map(|start| rest.split_at(start)) {
        out += before;
        rest = behind_code(from).unwrap_or_else(|| panic!("code without an end: {from}"));
    }
    out + rest
}

/// What follows code that begins here: it ends at as many backticks as it begins with.
fn behind_code(from: &str) -> Option<&str> {
    let mut rest = from.trim_start_matches('`');
    let fence = from.len() - rest.len();
    loop {
        let (_, end) = rest.split_at(rest.find('`')?);
        rest = end.trim_start_matches('`');
        if end.len() - rest.len() == fence {
            return Some(rest);
        }
    }
}

#[test]
fn nothing_of_a_deployment_is_markup_in_markdown() {
    let plain = without_code(&markdown::write(&with("plain")));
    for (text, review) in HOSTILE.iter().zip(hostile()) {
        let written = markdown::write(&review);
        // All that is not code is as it is for a plain text.
        assert_eq!(without_code(&written), plain, "{text}: {written}");
        assert!(!written.contains(['\u{1b}', '\u{202e}']), "{written}");
    }
}

/// The names of all elements of a page, in order.
fn elements(page: &str) -> Vec<&str> {
    let tags = page.split('<').skip(1);
    tags.map(|tag| tag.split([' ', '>', '\n']).next().unwrap_or_default()).collect()
}

#[test]
fn nothing_of_a_deployment_is_an_element_of_the_page() {
    // The script itself has `<` in it.
    let body = |review: &Review| {
        let page = html::write(review);
        page.split_once("<body>").and_then(|(_, rest)| rest.rsplit_once("<script>")).expect("a body").0.to_owned()
    };
    let plain = body(&with("plain"));
    for (text, review) in HOSTILE.iter().zip(hostile()) {
        let page = body(&review);
        assert_eq!(elements(&page), elements(&plain), "{text}");
        let data = page.split_once("id=\"data\">").expect("data").1.trim_end().trim_end_matches("</script>");
        let data: Json = serde_json::from_str(data).expect("JSON");
        assert_eq!(data["services"][0], json!(format!("{text}/{text}0")));
    }
}

#[test]
fn commands_and_documents_stay_whole() {
    for review in hostile() {
        let commands = github::write(&review);
        assert_eq!(commands.lines().count(), 1, "{commands}");
        let (properties, _) =
            commands.strip_prefix("::error ").and_then(|rest| rest.split_once("::")).expect("a command");
        assert_eq!(properties.split(',').count(), 4, "{properties}");
        let document = sarif::write(&review);
        assert_eq!(document.lines().count(), 1);
        assert!(!document.contains(['\u{1b}', '\u{202e}']));
        let document: Json = serde_json::from_str(&document).expect("JSON");
        let result = &document["runs"][0]["results"][0];
        assert_eq!((&result["ruleId"], &result["level"]), (&json!("capability.sys-admin"), &json!("error")));
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().expect("a place");
        assert!(uri.is_ascii() && !uri.contains(['<', '>', '"', ' ', '\n']), "{uri}");
    }
}

/// The numbers that stand before a word.
fn numbers(text: &str, word: &str) -> Vec<usize> {
    let before: Vec<&str> = text.split(word).map(str::trim_end).collect();
    let before = before.split_last().map_or(&[][..], |(_, before)| before);
    before.iter().filter_map(|before| before.rsplit([' ', '>', '\n']).next()?.parse().ok()).collect()
}

#[test]
fn a_comment_is_never_too_long_and_counts_what_it_leaves_out() {
    let long = "x".repeat(2000);
    for (causes, effects, services) in [(1, 1, 20_000), (1, 2000, 3), (400, 1, 1), (20, 60, 400), (0, 0, 0)] {
        let group = |index: usize| {
            let cause = Cause {
                kind: CauseKind::RuleChanged,
                item: format!("rule{index}"),
                old: None,
                new: Some(line(&long)),
                hunk: vec![format!("+{long}"); 70],
            };
            Group { cause, effects: (0..effects).map(|at| effect(&format!("{at}"), (0..services).collect())).collect() }
        };
        let mut review = with(&long);
        review.groups = (0..causes).map(group).collect();
        review.services = vec![review.services[0].clone(); services.max(2)];
        review.refusals = vec![review.refusals[0].clone(); causes];
        let written = markdown::write(&review);
        assert!(written.len() <= markdown::LIMIT, "{}", written.len());
        assert!(written.starts_with("### What this change of rules does\n"));
        // Every cause and every change is told or counted.
        let told = written.matches("summary>rule <code>").count();
        let left_out = numbers(&written, "more cause").first().copied().unwrap_or_default();
        assert_eq!(told + left_out, causes, "{}", written.len());
        let changes = written.matches("\n- **broadening**").count();
        let more: usize = numbers(&written, "more change").iter().sum();
        let tail = written.split_once("left out for want of room: ").map_or("", |(_, tail)| tail);
        let cut = numbers(tail.lines().next().unwrap_or_default(), "broadening").first().copied().unwrap_or_default();
        assert_eq!(changes + more + cut, causes * effects, "{causes} {effects} {services}: {changes} {more} {cut}");
        assert_eq!(written.matches("<details").count(), written.matches("</details>").count());
    }
}

#[test]
fn only_what_broadens_or_may_is_a_finding() {
    let review = back();
    let findings = |class: Class| {
        let effects = review.groups.iter().flat_map(|group| &group.effects);
        effects.filter(|effect| effect.risk.class == class).count()
    };
    let (broadening, unknown) = (findings(Class::Broadening), findings(Class::Unknown));
    assert!(broadening > 0 && findings(Class::Narrowing) > 0);
    let commands = github::write(&review);
    assert_eq!(commands.lines().count(), broadening + unknown);
    assert_eq!(commands.matches("::notice ").count(), unknown);
    let document: Json = serde_json::from_str(&sarif::write(&review)).expect("JSON");
    let run = &document["runs"][0];
    let (rules, results) = (&run["tool"]["driver"]["rules"], run["results"].as_array().expect("results"));
    assert_eq!(results.len(), broadening + unknown);
    for result in results {
        let index = result["ruleIndex"].as_u64().expect("an index");
        assert_eq!(rules[usize::try_from(index).expect("small")]["id"], result["ruleId"]);
    }
}

#[test]
fn nothing_to_say_is_said() {
    let [old, _] = hardened();
    let mut reviewer = Reviewer::new(("a", &old), ("b", &old)).setting(setting(&old)).with_sides(10);
    reviewer.look(&[deployment("shop.yaml", read(super::SHOP))]);
    let review = reviewer.finish();
    assert!(markdown::write(&review).contains("No spec changes."));
    assert!(html::write(&review).contains("<p>No spec changes.</p>"));
    assert_eq!(github::write(&review), "");
    assert!(sarif::write(&review).contains("\"results\":[]"));
}
