//! Specs against the official JSON schema of the runtime spec, where it is on this machine: in `../shared/runtime-spec-schema`
//! beside the repository, or where `PLIMSOLL_SPEC_SCHEMA` says.

use std::fs;
use std::path::{Path, PathBuf};

use boon::{Compiler, Draft, SchemaIndex, Schemas};
use plimsoll::eval::Arena;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::policy::Layers;
use serde_json::Value;

use crate::fast::made;
use crate::machine::{skip, variable};

struct Official {
    schemas: Schemas,
    config: SchemaIndex,
}

impl Official {
    /// The schema, if it is there; else the reason is printed, and there is nothing to hold specs against.
    fn find() -> Option<Self> {
        let named = variable("PLIMSOLL_SPEC_SCHEMA");
        let folder = named.map_or_else(|| root().join("../shared/runtime-spec-schema"), PathBuf::from);
        let file = folder.join("config-schema.json");
        if !file.is_file() {
            skip(&format!("specs are not held against the official schema: there is no {}", file.display()));
            return None;
        }
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.set_default_draft(Draft::V4);
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let schema: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
                compiler.add_resource(&url(&path), schema).unwrap();
            }
        }
        let config = compiler.compile(&url(&file), &mut schemas).unwrap();
        Some(Self { schemas, config })
    }

    fn hold(&self, what: &str, spec: &Value) {
        self.schemas.validate(spec, self.config).unwrap_or_else(|error| panic!("{what}: {error:#}"));
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn url(path: &Path) -> String {
    let name = path.file_name().unwrap().to_str().unwrap();
    format!("https://schema.invalid/{name}")
}

/// The first whole JSON document of a text that stands on lines of its own.
fn document(text: &str) -> Option<Value> {
    let start = if text.starts_with('{') { 0 } else { text.find("\n{\n")? + 1 };
    serde_json::Deserializer::from_str(text.get(start..)?).into_iter::<Value>().next()?.ok()
}

#[test]
fn every_snapshot_of_a_spec_holds() {
    let Some(official) = Official::find() else { return };
    let mut folders = vec![root().join("snapshots")];
    let mut held = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let spec = document(&text).filter(|spec| spec.get("ociVersion").is_some());
            if let Some(spec) = spec {
                // The values of one snapshot are made from shapes; the schema wants a version there.
                let spec = if path.ends_with("everything.snap") { with_version(spec) } else { spec };
                official.hold(&path.display().to_string(), &spec);
                held += 1;
            }
        }
    }
    assert!(held >= 9, "{held} snapshots have a spec");
}

fn with_version(mut spec: Value) -> Value {
    spec["ociVersion"] = "1.3.0".into();
    spec
}

#[test]
fn the_specs_of_services_of_all_kinds_hold() {
    let Some(official) = Official::find() else { return };
    let mut held = 0;
    for layers in [Layers::standard(), Layers::standard().shipped("hardened")] {
        let policy = layers.compile().unwrap();
        for number in 0..200 {
            let request = made::request(number);
            let request = Request::from_json("request.json", &request, policy.schema());
            let Ok(facts) = request.and_then(|request| request.facts()) else { continue };
            let arena = Arena::new();
            let Ok(rendered) = policy.render(&facts, &arena) else { continue };
            let spec = serde_json::from_slice(&rendered.json(Style::Compact).unwrap()).unwrap();
            official.hold(&format!("service {number}"), &spec);
            held += 1;
        }
    }
    assert!(held > 40, "{held} services were rendered");
}
