//! Reviews of a change of rules, and the reports of them.

mod page;
mod reports;
mod risk;

use std::fs;
use std::path::Path;

use plimsoll::facts::shared::SharedRecording;
use plimsoll::policy::{Layers, Policy};
use plimsoll::review::{Item, ItemKind, Setting};

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

fn deployment(file: &str, text: impl Into<String>) -> Item {
    Item { file: file.to_owned(), text: text.into(), kind: ItemKind::Deployment, output: None }
}

fn shop() -> Item {
    deployment(SHOP, read(SHOP))
}

fn setting(policy: &Policy) -> Setting {
    let host = SharedRecording::from_json(HOST, &read(HOST), policy.schema()).expect("a recording");
    let options = [("volumes", VOLUMES), ("secrets", SECRETS)].map(|(name, value)| (name.to_owned(), value.to_owned()));
    Setting { host: Some(host), options: options.into() }
}

fn snapshot(name: &str, content: &str) {
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/review"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!(name, content) });
}
