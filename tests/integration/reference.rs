//! The reference, in all its forms, and its page in a browser.

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll::diagnostics::CODES;
use plimsoll::policy::{Layers, Policy};
use plimsoll::reference::{Part, Reference, html, markdown, text};

use crate::browser::visit;

const RULES: &str = include_str!("../fixtures/reference/policy.plim");

/// One entry of each kind and of each form that its details can have.
const SAMPLES: [&str; 13] = [
    "service.rtype",
    "service.image",
    "host.capabilities",
    "process.cwd",
    "process.capabilities.bounding",
    "mounts",
    "linux.resources.devices",
    "linux.resources.pids.limit",
    "within",
    "range",
    "P0208",
    "capability.sys-admin",
    "device-rule.order",
];

fn policy() -> Policy {
    let policy = Layers::new().layer("site", [("site/rules.plim", RULES)]).compile();
    policy.unwrap_or_else(|report| panic!("{report}"))
}

fn of_policy() -> Reference {
    Reference::of_policy(&policy(), "site").only(&[Part::Rules, Part::Invariants, Part::Lets])
}

fn snapshot(name: &str, shown: &str) {
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/reference"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!(name, shown) });
}

#[test]
fn of_a_policy_in_every_form() {
    let reference = of_policy();
    snapshot("policy-markdown", &format!("{RULES}\n════\n{}", markdown(&reference)));
    snapshot("policy-text", &format!("{RULES}\n════\n{}", text(&reference)));
    let page = html(&reference);
    let main = page.split_once("<main>").and_then(|(_, rest)| rest.split_once("</main>")).expect("a main part").0;
    snapshot("policy-html", &format!("{RULES}\n════\n{main}"));
}

#[test]
fn of_the_language() {
    let mut reference = Reference::of_language();
    for section in &mut reference.sections {
        section.entries.retain(|entry| SAMPLES.contains(&entry.name.as_str()));
    }
    snapshot("language-markdown", &markdown(&reference));
}

#[test]
fn everything_is_told_of_once() {
    let reference = Reference::of_language();
    let parts: Vec<Part> = reference.sections.iter().map(|section| section.part).collect();
    assert_eq!(parts, [Part::Facts, Part::Paths, Part::Functions, Part::Diagnostics, Part::Risks]);
    for section in &reference.sections {
        let mut names: Vec<&str> = section.entries.iter().map(|entry| entry.name.as_str()).collect();
        assert!(!names.is_empty(), "{:?}", section.part);
        if section.part == Part::Diagnostics {
            assert_eq!(names, CODES.iter().map(|code| code.id()).collect::<Vec<_>>());
        }
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{:?}", section.part);
    }
}

/// Types into the search field of the page beside it, and lists what can be seen then.
const TYPING: &str = r#"<!DOCTYPE html><meta charset="utf-8"><pre id="seen"></pre>
<iframe src="page.html"></iframe><script>
document.querySelector("iframe").addEventListener("load", (event) => {
  const page = event.target.contentDocument;
  const field = page.getElementById("search");
  for (const words of ["service.resources.gpu", "P0303", "no such words at all", ""]) {
    field.value = words;
    field.dispatchEvent(new Event("input"));
    const shown = Array.from(page.querySelectorAll("article"), (it) => it.checkVisibility() ? it.id : "").filter(Boolean);
    seen.textContent += `[${words}] ${shown.length}: ${shown.slice(0, 200).join(" ")};\n`;
  }
});
</script>"#;

fn pages(name: &str, page: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reference").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("page.html"), page).expect("a file");
    fs::write(folder.join("typing.html"), TYPING).expect("a file");
    folder
}

/// What can be seen of a document: the entries that are not hidden.
fn shown(document: &str) -> Vec<&str> {
    let articles = document.split("<article id=\"").skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag);
    articles.filter(|tag| !tag.contains("hidden")).map(|tag| tag.trim_end_matches('"')).collect()
}

#[test]
fn an_address_can_be_a_search() {
    let folder = pages("address", &html(&Reference::of_policy(&policy(), "site")));
    for (fragment, wanted, count) in [
        ("#q=service.resources.gpu%20fact", "facts.service.resources.gpu", 40),
        ("#q=P0303", "diagnostics.P0303", 20),
        ("#q=alert", "rules.site.pids", 2),
    ] {
        let Some(visit) = visit(&folder.join("page.html"), fragment) else { return };
        assert_eq!((visit.console, visit.fetched), (Vec::new(), Vec::new()), "{fragment}");
        let shown = shown(&visit.document);
        assert!(shown.contains(&wanted) && shown.len() < count, "{fragment}: {shown:?}");
    }
}

#[test]
fn the_search_field_finds_a_fact_and_a_diagnostic() {
    let folder = pages("typing", &html(&Reference::of_language()));
    let Some(visit) = visit(&folder.join("typing.html"), "") else { return };
    assert_eq!((visit.console, visit.fetched), (Vec::new(), Vec::new()));
    let seen = |words: &str| {
        let line =
            visit.document.lines().find_map(|line| line.split_once(&format!("[{words}] ")).map(|(_, rest)| rest));
        let (count, names) = line.and_then(|line| line.split_once(": ")).expect("a search");
        let names = names.trim_end_matches(';').split(' ').map(str::to_owned).collect::<Vec<_>>();
        (count.parse::<usize>().expect("a number"), names)
    };
    let all = Reference::of_language().sections.iter().map(|section| section.entries.len()).sum::<usize>();
    let (count, names) = seen("service.resources.gpu");
    assert!(count < 60 && names.iter().any(|name| name == "facts.service.resources.gpu"), "{names:?}");
    let (count, names) = seen("P0303");
    assert!(count < 20 && names.iter().any(|name| name == "diagnostics.P0303"), "{names:?}");
    assert_eq!(seen("no such words at all").0, 0);
    assert_eq!(seen("").0, all);
}
