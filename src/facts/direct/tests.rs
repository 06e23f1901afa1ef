//! The direct reader and the tree give the same facts, or the direct reader gives none.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::read;
use crate::facts::datum::{Datum, Kind};
use crate::facts::reader::Reader;
use crate::facts::shared::SharedHost;
use crate::schema::facts::{FactSchema, Root};
use crate::schema::shape::{FieldShape, Presence, RecordShape, Shape};
use crate::source::SourceMap;

const REQUESTS: [&str; 7] = [
    include_str!("../../../tests/fixtures/bench/plain.json"),
    include_str!("../../../tests/fixtures/bench/storage.json"),
    include_str!("../../../tests/fixtures/bench/nvidia.json"),
    include_str!("../../../tests/fixtures/bench/privileged.json"),
    include_str!("../../../tests/fixtures/facts/requests/object.json"),
    include_str!("../../../tests/fixtures/facts/requests/whole.json"),
    include_str!("../../../tests/fixtures/facts/requests/bad.json"),
];

/// A service with much in it that the others lack.
const RICH: &str = r#"{
  "service": "web\u002d1", "replica": 3, "accounts": {"users": {"app": {"uid": 7, "gid": 8}}},
  "options": {"gpu_indices": [0, 2], "env": {"A": "b"}, "secrets": {"db": "s3cret"}, "hostname": ""},
  "image": {"config": {"Env": ["A=b"], "User": "7:8", "Labels": {"x": "y"}}, "more": [1, 2]},
  "deployment": {
    "version": "v1", "deployment": "shop",
    "services": {
      "web-1": {
        "image": {"name": "nginx", "pull_policy": "always"},
        "resources": {"cpu": 2, "memory": "1Gi", "gpu": {"count": 2, "distributed": {}}},
        "env": {"PORT": 80, "DEBUG": true, "EMPTY": "", "TAB": "\t"},
        "command": {"args": ["a", 1, false], "workdir": ""},
        "storage": [
          {"target": "/t", "type": "tmpfs", "size": "64m", "mode": 1777},
          {"source": "/a", "readonly": true, "type": "bind", "target": "/b"}
        ],
        "capabilities": ["cap_net_admin", "ALL"], "hostname": "", "dns": ["1.1.1.1"], "schedule": null,
        "endpoints": [{"name": "http", "protocol": "http", "port": 8080}]
      },
      "" : {"image": {"name": ""}}
    }
  }
}"#;

/// What a request is read as, and whether it needed no tree.
fn agree(schema: &FactSchema, text: &str) -> bool {
    let source = SourceMap::for_facts().next();
    let (mut direct, mut tree) = (SharedHost::default(), SharedHost::default());
    // The second time the host is known.
    for _ in 0..2 {
        let direct = Reader::new(schema).request_sharing("request", text, &mut direct);
        let tree = Reader::new(schema).request_by_tree("request", text, &mut tree);
        assert_eq!(format!("{direct:#?}"), format!("{tree:#?}"), "{text}");
    }
    read(source, text, schema, None).is_some()
}

/// The same request with its deployment as an object whose keys are sorted.
fn as_object(request: &str) -> Value {
    let mut request: Value = serde_json::from_str(request).unwrap();
    if let Some(yaml) = request["deployment"].as_str() {
        request["deployment"] = serde_saphyr::from_str(yaml).unwrap();
    }
    request
}

/// As good as random, and the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides.max(1)
    }

    /// Changes something somewhere in a value.
    fn change(&mut self, value: &mut Value) {
        let palette = [
            json!(null),
            json!(true),
            json!(0),
            json!(-1),
            json!(70_000),
            json!(1.5),
            json!(""),
            json!("x"),
            json!("NET_ADMIN"),
            json!("\u{0}"),
            json!("1Gi"),
            json!([]),
            json!(["a", null]),
            json!({}),
            json!({"type": "tmpfs"}),
            json!({"name": "a", "image": {"name": "b"}}),
        ];
        let inner = self.roll(4) > 0;
        match value {
            Value::Object(entries) if inner && !entries.is_empty() => {
                let key = entries.keys().nth(self.roll(entries.len())).unwrap().clone();
                match self.roll(12) {
                    0 => _ = entries.remove(&key),
                    1 => {
                        let value = entries.remove(&key).unwrap();
                        entries.insert(format!("{key}s"), value);
                    }
                    _ => self.change(entries.get_mut(&key).unwrap()),
                }
            }
            Value::Array(elements) if inner && !elements.is_empty() => {
                let at = self.roll(elements.len());
                self.change(&mut elements[at]);
            }
            _ => *value = palette[self.roll(palette.len())].clone(),
        }
    }
}

#[test]
fn sound_requests_need_no_tree() {
    let schema = FactSchema::standard();
    assert!(agree(&schema, RICH));
    for request in &REQUESTS[..6] {
        assert!(agree(&schema, request), "{request}");
        assert!(agree(&schema, &as_object(request).to_string()));
    }
}

#[test]
fn both_read_the_same() {
    let schema = FactSchema::standard();
    let mut dice = Dice(6);
    let mut direct = 0;
    for request in REQUESTS.into_iter().chain([RICH]) {
        let sound = as_object(request);
        for round in 0..120 {
            let mut changed = sound.clone();
            (0..=round % 2).for_each(|_| dice.change(&mut changed));
            let mut text = if round % 3 == 0 { format!("{changed:#}") } else { changed.to_string() };
            if round % 5 == 0 {
                let at = crate::source::floor(&text, dice.roll(text.len()));
                text.remove(at);
            }
            direct += usize::from(agree(&schema, &text));
        }
    }
    assert!(direct > 150, "{direct}");
}

#[test]
fn a_key_twice_is_no_sound_request() {
    let schema = FactSchema::standard();
    for twice in [
        r#"{"service":"a","service":"a","deployment":{"version":"v1","deployment":"shop","services":{"a":{"image":{"name":"b"}}}}}"#,
        r#"{"service":"a","deployment":{"version":"v1","deployment":"shop","services":{"a":{"image":{"name":"b"}},"a":{"image":{"name":"b"}}}}}"#,
        r#"{"service":"a","deployment":{"version":"v1","deployment":"shop","services":{"a":{"env":{"A":null,"A":"b"},"image":{"name":"b"}}}}}"#,
        r#"{"service":"a","deployment":{"version":"v1","deployment":"shop","services":{"a":{"dns":null,"dns":[],"image":{"name":"b"}}}}}"#,
    ] {
        assert!(!agree(&schema, twice));
    }
}

/// Adds where a fact and all below it are kept.
fn keep(datum: &Datum, kept: &mut BTreeSet<usize>) {
    assert!(kept.insert(std::ptr::from_ref(datum) as usize), "{datum:?}");
    match &datum.kind {
        Kind::List(parts) | Kind::Record(parts) => parts.iter().for_each(|part| keep(part, kept)),
        Kind::Map(entries) => entries.values().for_each(|part| keep(part, kept)),
        _ => {}
    }
}

/// What a fact is called is told by where it is kept.
#[test]
fn no_two_facts_are_kept_in_one_place() {
    let field =
        |name: &'static str, shape, presence| FieldShape { name: name.into(), alias: None, shape, presence, doc: "" };
    let record = |name: &'static str, fields| RecordShape { name: name.into(), fields, tags: Vec::new() };
    let limits = record("limits", vec![field("most", Shape::U8, Presence::Default(Datum::new(Kind::Int(1))))]);
    let given = Presence::Default(limits.defaults());
    let limited = record("mirror", vec![field("limits", Shape::Record(Arc::new(limits)), given)]);
    let limited = || Shape::Record(Arc::new(limited.clone()));
    let mut schema = FactSchema::standard();
    for (name, shape) in [("mirrors", Shape::list(limited())), ("named", Shape::map(limited()))] {
        schema.extend(Root::Service, &[], field(name, shape, Presence::Optional)).unwrap();
    }
    let service = json!({"image": {"name": "a"}, "mirrors": [{}, {}], "named": {"a": {}, "b": {}}});
    let deployment = json!({"version": "v1", "deployment": "shop", "services": {"web": service}});
    let text = json!({"deployment": deployment, "service": "web"}).to_string();
    assert!(agree(&schema, &text));
    let (direct, tree) = (Reader::new(&schema), Reader::new(&schema));
    let direct = direct.request_sharing("request", &text, &mut SharedHost::default());
    for request in [direct, tree.request_by_tree("request", &text, &mut SharedHost::default())] {
        let facts = request.unwrap().facts().unwrap();
        let mut kept = BTreeSet::new();
        [&facts.service, &facts.container, &facts.image, &facts.options].into_iter().for_each(|it| keep(it, &mut kept));
        assert!(kept.len() > 100, "{}", kept.len());
    }
}
