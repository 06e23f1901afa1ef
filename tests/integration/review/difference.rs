//! The difference of two drafts, held against a comparison of their JSON that knows nothing but which order counts.

use std::collections::BTreeSet;

use plimsoll::eval::Arena;
use plimsoll::eval::draft::{Draft, Filled};
use plimsoll::facts::Facts;
use plimsoll::facts::request::Request;
use plimsoll::output::diff::{ChangeKind, Difference, compare};
use plimsoll::output::json::Style;
use plimsoll::policy::{Layers, Policy, Rendered};
use plimsoll::review::{ChangeKind as Kind, Review};
use plimsoll::schema::output::{Content, Layout, SlotIndex, output};
use serde_json::Value as Json;

use super::{hardened, policy, request, reviewed, said};
use crate::fast::made;

/// Requests that are made up.
const REQUESTS: u64 = 60;

fn facts(policy: &Policy, text: &str) -> Option<Facts> {
    Request::from_json("request.json", text, policy.schema()).and_then(|request| request.facts()).ok()
}

/// The elements of a slot as they stand in the JSON; of a map, with their keys.
fn elements(spec: &Json, rendered: &Rendered<'_>, index: SlotIndex) -> Vec<String> {
    let slot = output().slot(index).expect("a slot");
    let held = slot.path.split('.').try_fold(spec, |json, name| json.get(name));
    match (rendered.draft().slot(index), held) {
        (Filled::Empty, None) => Vec::new(),
        (Filled::One(_), Some(value)) => vec![value.to_string()],
        (Filled::Keyed(_), None) if slot.layout() == Some(Layout::Beside) => {
            rendered.files().map(|(name, text)| format!("{name}: {text}")).collect()
        }
        (Filled::Keyed(entries), Some(Json::Object(map))) => {
            entries.iter().map(|(key, _)| format!("{key}: {}", map[*key])).collect()
        }
        (_, Some(Json::Array(elements))) => elements.iter().map(Json::to_string).collect(),
        (filled, held) => panic!("{}: {filled:?} is written as {held:?}", slot.path),
    }
}

fn spec(rendered: &Rendered<'_>) -> Json {
    serde_json::from_slice(&rendered.json(Style::Compact).expect("a small spec")).expect("JSON")
}

/// Makes the new elements of a slot from the old ones and what is said to differ.
fn patched(old: &[String], new: &[String], differences: &[Difference]) -> Vec<String> {
    let gone: BTreeSet<usize> = differences.iter().filter_map(|it| it.old).collect();
    let kept = old.iter().enumerate().filter(|(at, _)| !gone.contains(at)).map(|(_, element)| element.clone());
    kept.chain(differences.iter().filter_map(|it| it.new).map(|at| new[at].clone())).collect()
}

/// Every element that differs is told, and no other.
fn holds(old: &Rendered<'_>, new: &Rendered<'_>) {
    let (was, is) = (spec(old), spec(new));
    let all = compare(old.draft(), new.draft(), output());
    for index in 0..output().slots.len() {
        let path = output().slot(index).expect("a slot").path;
        let here: Vec<Difference> = all.iter().filter(|it| it.slot == index).copied().collect();
        let (before, after) = (elements(&was, old, index), elements(&is, new, index));
        let ordered = matches!(output().slot(index).map(|slot| &slot.content), Some(Content::List(_)));
        if let [whole @ Difference { old: None, new: None, .. }] = here.as_slice()
            && whole.kind != ChangeKind::Moved
        {
            assert!(before != after || before.is_empty(), "{path} does not differ");
            assert_ne!(is_there(old.draft(), index, &before), is_there(new.draft(), index, &after), "{path}");
            continue;
        }
        for difference in here.iter().filter(|it| it.kind != ChangeKind::Moved) {
            let (was, is) = (difference.old.map(|at| &before[at]), difference.new.map(|at| &after[at]));
            assert_ne!(was, is, "{path}: {difference:?}");
            assert!(was.is_none_or(|was| !after.contains(was)), "{path}: {difference:?} is still there");
            assert!(is.is_none_or(|is| !before.contains(is)), "{path}: {difference:?} was there");
        }
        let (mut made, mut due) = (patched(&before, &after, &here), after.clone());
        made.sort();
        due.sort();
        assert_eq!(made, due, "{path}: {here:?}");
        // The order of what stays is told where it means something, and only there.
        let stays = |all: &[String], other: &[String]| -> Vec<String> {
            all.iter().filter(|element| other.contains(element)).cloned().collect()
        };
        let moved = here.iter().any(|it| it.kind == ChangeKind::Moved);
        if stays(&before, &after) != stays(&after, &before) {
            assert_eq!(moved, ordered, "{path}");
        }
        assert!(ordered || !moved, "{path}");
    }
}

/// What tells a collection that is empty from one that is not there, and one value from another.
fn is_there(draft: &Draft<'_>, index: SlotIndex, elements: &[String]) -> (bool, Vec<String>) {
    (!matches!(draft.slot(index), Filled::Empty), elements.to_vec())
}

/// Rules that fill every kind of slot from facts.
fn made_up() -> [Policy; 2] {
    let all = Layers::new().layer("all", [("all.plim", made::ALL)]);
    let more = r#"
        rule more.mounts { force mounts += { destination: "/tmp", type: "tmpfs" } because "tests" }
        rule more.hooks { hooks.prestart += [{ path: "/more" }, { path: "/x", args: [container.id] }] }
        rule more.devices { linux.resources.devices += { allow: true, type: "c", major: 1, access: "r" } }
        rule more.set { linux.maskedPaths += "/more"  force annotations["env.0"] = "mine" because "tests" }
        remove rule environment.first
    "#;
    let more = all.clone().layer("more", [("more.plim", more.replace("remove rule environment.first", ""))]);
    [all, more].map(|layers| layers.unanalysed().compile().expect("sound rules"))
}

#[test]
fn every_element_that_differs_is_told_and_no_other() {
    for [old, new] in [hardened(), made_up()] {
        let mut compared = 0;
        for number in 0..REQUESTS {
            let text = made::request(number);
            let (Some(was), Some(is)) = (facts(&old, &text), facts(&new, &text)) else { continue };
            let arena = Arena::new();
            let (Ok(before), Ok(after)) = (old.render(&was, &arena), new.render(&is, &arena)) else { continue };
            holds(&before, &after);
            holds(&after, &before);
            holds(&before, &before);
            compared += 1;
        }
        assert!(compared > 20, "{compared}");
    }
}

#[test]
fn services_are_told_apart_from_one_another() {
    let [standard, _] = hardened();
    let texts: Vec<String> = (0..20).map(made::request).collect();
    let all: Vec<Facts> = texts.iter().filter_map(|text| facts(&standard, text)).collect();
    for pair in all.windows(2) {
        let arena = Arena::new();
        if let (Ok(before), Ok(after)) = (standard.render(&pair[0], &arena), standard.render(&pair[1], &arena)) {
            holds(&before, &after);
        }
    }
}

/// What the other direction must say.
const fn mirrored(kind: Kind) -> Kind {
    match kind {
        Kind::Added => Kind::Removed,
        Kind::Removed => Kind::Added,
        other => other,
    }
}

type Told = BTreeSet<(String, Kind, String, Vec<String>)>;

fn told(review: &Review, mirror: bool) -> Told {
    let effects = review.groups.iter().flat_map(|group| &group.effects);
    let told = effects.map(|effect| {
        let change = &effect.change;
        let (before, after) = (format!("{:?}", change.before), format!("{:?}", change.after));
        let values = if mirror { format!("{after} {before}") } else { format!("{before} {after}") };
        let kind = if mirror { mirrored(change.kind) } else { change.kind };
        let services = effect.services.iter().map(|index| review.services[*index].file.clone()).collect();
        (change.slot.to_owned(), kind, values, services)
    });
    told.collect()
}

#[test]
fn both_directions_mirror_each_other_and_nothing_differs_from_itself() {
    let items: Vec<_> = (0..REQUESTS).map(|number| request(&format!("{number}"), made::request(number))).collect();
    for [old, new] in [hardened(), made_up()] {
        let (there, back) = (reviewed(&old, &new, &items), reviewed(&new, &old, &items));
        assert_eq!(told(&there, false), told(&back, true));
        assert_eq!(there.summary.newly_refused, back.summary.no_longer_refused);
        assert_eq!(there.summary.no_longer_refused, back.summary.newly_refused);
        assert!(there.summary.changed > 20);
        let same = reviewed(&old, &old, &items);
        assert_eq!((said(&same), same.refusals.len(), same.summary.changed), (vec![], 0, 0));
    }
}

/// However documents are handed in, and whatever is known of services before, a review is the same.
#[test]
fn a_review_does_not_depend_on_how_the_corpus_is_parted() {
    let items: Vec<_> = (0..REQUESTS).map(|number| request(&format!("{number}"), made::request(number))).collect();
    let whole = |[old, new]: [Policy; 2]| reviewed(&old, &new, &items);
    let parted = |[old, new]: [Policy; 2], by: usize| {
        let mut reviewer = plimsoll::review::Reviewer::new(("old", &old), ("new", &new)).setting(super::setting(&old));
        items.chunks(by).for_each(|items| reviewer.look(items));
        reviewer.finish()
    };
    let due = whole(hardened());
    for by in [1, 7] {
        assert_eq!(parted(hardened(), by), due);
    }
    // Without anything that is known of services that were decided alike.
    let slow = hardened().map(Policy::without_templates);
    assert_eq!(parted(slow, 13), due);
}

/// Services that differ in their names only share what is known of them, and nothing else comes of that.
#[test]
fn services_that_are_decided_alike_share_only_what_is_the_same() {
    let named = |number: u64, turn: usize| {
        let text =
            made::request(number).replace("\"services\": { \"web\"", &format!("\"services\": {{ \"web-{turn}\""));
        request(
            &format!("{number}-{turn}"),
            text.replace("\"service\": \"web\"", &format!("\"service\": \"web-{turn}\"")),
        )
    };
    let items: Vec<_> = (0..12).flat_map(|turn| (0..8).map(move |number| named(number, turn))).collect();
    for policies in [hardened, made_up] {
        let slow = policies().map(Policy::without_templates);
        let [old, new] = policies();
        let mut reviewer = plimsoll::review::Reviewer::new(("old", &old), ("new", &new)).setting(super::setting(&old));
        items.chunks(5).for_each(|items| reviewer.look(items));
        assert_eq!(reviewer.finish(), reviewed(&slow[0], &slow[1], &items));
    }
}

#[test]
fn order_shows_where_it_means_something() {
    let first = "rule a { hooks.prestart += { path: \"/a\" }  process.env += { A: \"1\" }  mounts += { destination: \"/a\", type: \"tmpfs\" } }\n";
    let second = "rule b { hooks.prestart += { path: \"/b\" }  process.env += { B: \"2\" }  mounts += { destination: \"/b\", type: \"tmpfs\" } }\n";
    let (old, new) = (policy(&format!("{first}{second}")), policy(&format!("{second}{first}")));
    let review = reviewed(&old, &new, &[super::shop()]);
    assert_eq!(said(&review), ["reorders hooks.prestart from [/a, /b] to [/b, /a]"]);
    assert_eq!(review.groups[0].cause.kind, plimsoll::review::CauseKind::RuleMoved);
}
