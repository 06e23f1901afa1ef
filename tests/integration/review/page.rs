//! The page of a review in a browser.

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll::review::{Class, Review, html};

use super::reports::{hostile, real};
use crate::browser::visit;

fn folder(name: &str, page: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("review").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("page.html"), page).expect("a file");
    folder
}

/// Uses the page beside it as a person would, and writes down what can be seen then.
const USING: &str = r#"<!DOCTYPE html><meta charset="utf-8"><pre id="seen"></pre>
<iframe src="page.html" width="1200" height="800"></iframe><script>
document.querySelector("iframe").addEventListener("load", async (event) => {
  const frame = event.target.contentWindow;
  const page = frame.document;
  const form = page.getElementById("filters");
  const turn = () => new Promise((done) => setTimeout(done, 50));
  const say = async (name) => {
    await turn();
    const effects = Array.from(page.querySelectorAll(".effect")).filter((it) => !it.closest("[hidden]"));
    const classes = new Set(effects.map((it) => it.dataset.class));
    const rules = new Set(effects.map((it) => it.closest(".group").dataset.rule));
    seen.textContent += `[${name}] ${effects.length}; ${[...classes]}; ${[...rules]}; ${page.getElementById("found").value}; ${frame.location.hash}\n`;
  };
  const type = (name, text) => {
    form.elements[name].value = text;
    form.dispatchEvent(new Event("input"));
  };
  await say("all");
  for (const box of form.elements["class"]) if (box.value !== "narrowing") box.click();
  await say("narrowing");
  for (const box of form.elements["level"]) if (box.value !== "privileged") box.click();
  await say("privileged");
  form.querySelector("button[type=reset]").click();
  await say("reset");
  type("rule", "GPU.cgroup");
  await say("rule");
  type("rule", "");
  type("service", "shop/tool");
  await say("service");
  type("service", "no such service");
  await say("nothing");
  seen.textContent += `[said] ${!page.getElementById("nothing").hidden}\n`;
  type("service", "");
  const reach = page.querySelector(".reach");
  reach.open = true;
  await turn();
  const link = reach.querySelector("a");
  seen.textContent += `[link] ${link.textContent}\n`;
  link.click();
  await turn();
  const opened = page.querySelector(".service[open]");
  const rows = Array.from(opened.querySelectorAll("tr.differs"));
  const rules = new Set(rows.flatMap((row) => [row.cells[1].textContent, row.cells[3].textContent]));
  seen.textContent += `[sides] ${opened.querySelector("b").textContent}; ${rows.length}; ${[...rules].filter(Boolean)}; ${page.activeElement.tagName}\n`;
  const folded = Array.from(opened.querySelectorAll("tbody[hidden]")).length;
  opened.querySelector(".gap button").click();
  seen.textContent += `[unfolded] ${folded - Array.from(opened.querySelectorAll("tbody[hidden]")).length}\n`;
  await say("open");
});
</script>"#;

fn count(review: &Review, holds: impl Fn(&plimsoll::review::Group, &plimsoll::review::Effect) -> bool) -> usize {
    review.groups.iter().map(|group| group.effects.iter().filter(|effect| holds(group, effect)).count()).sum()
}

#[test]
fn filters_and_specs_work() {
    let review = real();
    let folder = folder("using", &html::write(&review));
    fs::write(folder.join("using.html"), USING).expect("a file");
    let Some(visit) = visit(&folder.join("using.html"), "") else { return };
    assert_eq!((visit.console, visit.fetched), (Vec::new(), Vec::new()));
    let seen = |name: &str| {
        let line = visit.document.lines().find_map(|line| line.split_once(&format!("[{name}] ")).map(|(_, rest)| rest));
        let line = line.unwrap_or_else(|| panic!("nothing of {name} in {}", visit.document));
        line.split("; ").map(|part| part.replace("&amp;", "&")).collect::<Vec<_>>()
    };
    let all = count(&review, |_, _| true);
    let is = |name: &str, expected: usize| {
        assert!(expected > 0 && (expected < all || ["all", "reset", "open"].contains(&name)), "{name} shows nothing");
        assert_eq!(seen(name)[0], expected.to_string(), "{name}: {:?}", seen(name));
        assert_eq!(seen(name)[3], format!("{expected} of {all} changes"));
    };
    is("all", all);
    is("narrowing", count(&review, |_, effect| effect.risk.class == Class::Narrowing));
    assert_eq!(seen("narrowing")[1], "narrowing");
    assert_eq!(seen("narrowing")[4], "#class=narrowing");
    let privileged = |effect: &plimsoll::review::Effect| effect.risk.level.name() == "privileged";
    is("privileged", count(&review, |_, effect| effect.risk.class == Class::Narrowing && privileged(effect)));
    assert_eq!(seen("privileged")[4], "#class=narrowing&level=privileged");
    is("reset", all);
    is("rule", count(&review, |group, _| group.cause.item == "gpu.cgroup"));
    assert_eq!(seen("rule")[2], "gpu.cgroup");
    let tool = review.services.iter().position(|service| service.name == "tool").expect("a service");
    is("service", count(&review, |_, effect| effect.services.contains(&tool)));
    assert_eq!(seen("service")[4], "#service=shop%2Ftool");
    assert_eq!(seen("nothing")[0], "0");
    assert_eq!(seen("said"), ["true"]);
    // The first change reaches a service that can be opened, with the rules of the lines that differ.
    let first = &review.services[review.groups[0].effects[0].services[0]];
    let name = format!("{}/{}", first.deployment, first.name);
    assert_eq!(seen("link"), [name.as_str()]);
    let sides = seen("sides");
    assert_eq!((sides[0].as_str(), sides[3].as_str()), (name.as_str(), "SUMMARY"));
    assert!(
        sides[1].parse::<usize>().expect("a number") > 0 && sides[2].contains(&review.groups[0].cause.item),
        "{sides:?}"
    );
    assert_eq!(seen("unfolded"), ["1"]);
    assert!(seen("open")[4].contains("open=") && seen("open")[4].contains("s"), "{:?}", seen("open"));
}

/// The parts of a document that are hidden, by the beginning of their tags.
fn hidden(document: &str, begin: &str) -> [usize; 2] {
    let tags = document.split(begin).skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag);
    let (hidden, shown): (Vec<_>, Vec<_>) = tags.partition(|tag| tag.contains("hidden"));
    [shown.len(), hidden.len()]
}

#[test]
fn an_address_has_what_is_chosen_and_what_is_open() {
    let review = real();
    let folder = folder("address", &html::write(&review));
    let Some(visit) = visit(&folder.join("page.html"), "#class=narrowing&service=shop%2Fweb&open=s0") else { return };
    assert_eq!((visit.console, visit.fetched), (Vec::new(), Vec::new()));
    let web = review.services.iter().position(|service| service.name == "web").expect("a service");
    let expected = count(&review, |_, it| it.risk.class == Class::Narrowing && it.services.contains(&web));
    let [shown, hidden_] = hidden(&visit.document, "<li class=\"effect");
    assert_eq!((shown, hidden_), (expected, count(&review, |_, _| true) - expected));
    assert_eq!(visit.document.matches("<table class=\"sides\"").count(), 1);
    assert!(visit.document.contains("<details class=\"service\" id=\"s0\" open"), "{}", visit.document);
    assert!(!visit.document.contains("<details class=\"group\" id=\"g0\" data-rule=\"gpu.cgroup\" open"));
}

#[test]
fn hostile_names_do_no_harm() {
    for (index, review) in hostile().iter().enumerate() {
        let folder = folder(&format!("hostile{index}"), &html::write(review));
        let Some(visit) = visit(&folder.join("page.html"), "#open=g0,s0") else { return };
        assert_eq!((visit.console, visit.fetched), (Vec::new(), Vec::new()));
        assert!(!visit.document.contains("<title>harmed"), "{}", visit.document);
        assert_eq!(visit.document.matches("<img").count(), 0);
        assert_eq!(visit.document.matches("<table class=\"sides\"").count(), 1);
    }
}
