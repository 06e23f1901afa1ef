//! Reviews of a change of rules, and the reports of them.

mod causes;
mod decision;
mod difference;
mod formats;
mod page;
mod readme;
mod reports;
mod risk;

use std::fs;
use std::path::Path;

use plimsoll::facts::shared::SharedRecording;
use plimsoll::policy::{Layers, Policy};
use plimsoll::review::{Item, ItemKind, Review, Reviewer, Setting, text};

const SHOP: &str = "tests/fixtures/render/shop.yaml";
const HOST: &str = "tests/fixtures/render/host.json";
const SECRETS: &str = r#"{"shop": "{\"db\": \"hunter2\"}"}"#;
const VOLUMES: &str = r#"{"data": "/volumes/data"}"#;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a fixture")
}

fn hardened() -> [Policy; 2] {
    [Layers::standard(), Layers::standard().shipped("hardened")]
        .map(|layers| layers.unanalysed().compile().expect("shipped layers"))
}

/// A policy of one file that has what every spec needs.
fn policy(rules: &str) -> Policy {
    let rules = format!("{}{rules}", crate::fast::made::FRAME);
    Layers::new().layer("site", [("site.plim", rules.as_str())]).unanalysed().compile().expect("sound rules")
}

fn deployment(file: &str, text: impl Into<String>) -> Item {
    Item { file: file.to_owned(), text: text.into(), kind: ItemKind::Deployment, output: None }
}

fn request(file: &str, text: impl Into<String>) -> Item {
    Item { kind: ItemKind::Request, ..deployment(file, text) }
}

fn shop() -> Item {
    deployment(SHOP, read(SHOP))
}

/// The fixtures that are deployments or requests, the broken ones included, in the order of their paths.
fn fixtures() -> Vec<Item> {
    let of = |folder: &str, make: fn(&str, String) -> Item| -> Vec<Item> {
        let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).expect("a folder of fixtures");
        let mut paths: Vec<String> = entries
            .map(|entry| format!("{folder}/{}", entry.expect("an entry").file_name().display()))
            .filter(|path| !path.ends_with(".spec.json"))
            .collect();
        paths.sort();
        paths.iter().map(|path| make(path, read(path))).collect()
    };
    let deployments = ["bad", "good", "warned"].map(|name| of(&format!("tests/fixtures/facts/{name}"), deployment));
    let requests = ["bench", "facts/requests"].map(|name| of(&format!("tests/fixtures/{name}"), request));
    deployments.into_iter().chain(requests).flatten().chain([shop()]).collect()
}

fn setting(policy: &Policy) -> Setting {
    let host = SharedRecording::from_json(HOST, &read(HOST), policy.schema()).expect("a recording");
    let options = [("volumes", VOLUMES), ("secrets", SECRETS)].map(|(name, value)| (name.to_owned(), value.to_owned()));
    Setting { host: Some(host), options: options.into() }
}

fn reviewed(old: &Policy, new: &Policy, items: &[Item]) -> Review {
    let mut reviewer = Reviewer::new(("old", old), ("new", new)).setting(setting(old));
    reviewer.look(items);
    reviewer.finish()
}

/// What changes, without where it comes from and what it means.
fn said(review: &Review) -> Vec<&str> {
    review.groups.iter().flat_map(|group| &group.effects).map(|effect| effect.change.says.as_str()).collect()
}

fn snapshot(name: &str, content: &str) {
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/review"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!(name, content) });
}

fn shown(review: &Review) -> String {
    text::review(review, plimsoll::explanation::text::Paint::default())
}
