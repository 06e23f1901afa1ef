//! Compiled policies as bytes: they come back as what they were, and nothing else is taken for one.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use plimsoll::diagnostics::{Report, code};
use plimsoll::eval::Arena;
use plimsoll::facts::Facts;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::policy::{Layers, Policy, TABLES};
use plimsoll::schema::facts::{FactSchema, HostField, Root};
use plimsoll::schema::functions::FUNCTIONS;
use plimsoll::schema::output::output;
use plimsoll::schema::shape::{RecordShape, Shape};
use sha2::{Digest as _, Sha256};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/rules/standard.plc");

/// A layer that declares, replaces, loops and requires.
const HOUSE: &str = r#"
fact service.team: String = "none"
fact options.rate: { burst: Int, per: "s" | "m" }?
let names = ["CHOWN", "KILL"]
rule house.team when service.team in ["a", "b"] and not service.privileged { annotations["team"] = service.team }
rule house.rate {
  if options.rate is set { annotations["rate"] = "{options.rate.burst}/{options.rate.per}" }
  else if len(names) > 1 { warn "no rate" }
  for name in names when name like "C*" { annotations["has {name}"] = "yes" }
}
replace rule hostname { hostname = "house" }
invariant house.name { require spec.hostname == "house" else deny "`{container.service}` has another name" }
"#;

fn requests() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/bench");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_request =
        |path: &Path| path.extension().is_some_and(|it| it == "json") && path.with_extension("spec.json").exists();
    let mut files: Vec<_> = entries.filter(|path| is_request(path)).collect();
    files.sort();
    assert_eq!(files.len(), 4);
    let mut all: Vec<String> = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    // One that is refused, and one that a declared fact changes.
    let service = |more: &str| {
        let deployment =
            format!("version: v1\ndeployment: shop\nservices: {{ web: {{ image: {{ name: nginx }}{more} }} }}");
        serde_json::json!({ "deployment": deployment, "service": "web", "host": {} }).to_string()
    };
    all.extend([service(", capabilities: [NO_SUCH]"), service(", team: b"), service("")]);
    all
}

fn one(policy: &Policy, facts: &Facts) -> Result<String, Report> {
    let arena = Arena::new();
    let traced = policy.trace(facts, &arena)?;
    let json = String::from_utf8(traced.json(Style::Pretty)?).unwrap();
    Ok(format!("{json}\n{}\n{:?}\n", traced.warnings(), traced.provenance()))
}

/// All that a policy says of the requests.
fn said(policy: &Policy) -> String {
    let mut said = String::new();
    for request in requests() {
        let request = Request::from_json("request.json", &request, policy.schema());
        let facts = request.and_then(|request| request.facts());
        let one = facts.and_then(|facts| one(policy, &facts)).unwrap_or_else(|report| format!("{report:?}\n"));
        said.push_str(&one);
    }
    said
}

fn read(bytes: &[u8]) -> Result<Policy, String> {
    Policy::from_bytes("p.plc", bytes).map_err(|report| {
        let [diagnostic] = report.diagnostics.as_slice() else { panic!("{report}") };
        assert_eq!(diagnostic.code, code::BAD_COMPILED);
        assert_eq!(diagnostic.help.as_deref(), Some("make it anew with `plimsoll compile`"));
        diagnostic.message.clone()
    })
}

#[test]
fn the_shipped_form_is_of_the_shipped_rules() {
    // Looked at more closely, so compiled anew.
    let bytes = Layers::standard().compile().unwrap().to_bytes().unwrap();
    let due = "rules/standard.plc is not what the rules compile to: `cargo run -- compile -o rules/standard.plc`";
    assert!(fs::read(SHIPPED).unwrap() == bytes, "{due}");
}

#[test]
fn what_is_kept_says_the_same() {
    let house = || Layers::standard().layer("house", [("house/a.plim", HOUSE)]);
    for layers in [Layers::standard(), Layers::standard().shipped("hardened"), house()] {
        let policy = layers.compile().unwrap();
        let bytes = policy.to_bytes().unwrap();
        let kept = read(&bytes).unwrap();
        assert_eq!(said(&kept), said(&policy));
        assert!(kept.to_bytes().unwrap() == bytes, "kept again, it is the same");
        let locks = |policy: &Policy| policy.locks().map(|lock| lock.text).collect::<Vec<_>>();
        assert_eq!((locks(&kept), kept.files()), (locks(&policy), policy.files()));
    }
    // The one that starts from the shipped form is no other.
    assert_eq!(said(&Policy::standard().unwrap()), said(&Layers::standard().compile().unwrap()));
}

#[test]
fn what_is_no_compiled_policy_is_refused() {
    let bytes = fs::read(SHIPPED).unwrap();
    let line = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let (header, rest) = bytes.split_at(line);
    let header = std::str::from_utf8(header).unwrap();
    let with = |header: &str| [header.as_bytes(), rest].concat();
    let ends = |bytes: &[u8], why: &str| {
        let message = read(bytes).unwrap_err();
        assert!(message.ends_with(why), "{message}");
    };
    ends(b"", "it does not begin as one");
    ends(b"rule a { hostname = \"a\" }", "it does not begin as one");
    ends(header.trim_end().as_bytes(), "it does not begin as one");
    ends(&with(&header.replace(TABLES, "00000000")), "another version of plimsoll compiled it");
    ends(&with(&header.replace(env!("CARGO_PKG_VERSION"), "0.0.9")), "another version of plimsoll compiled it");
    ends(&bytes[..line], "it is damaged");
    ends(&[bytes.as_slice(), b"\0"].concat(), "it is damaged");
    for cut in (line..bytes.len()).step_by(997) {
        ends(&bytes[..cut], "it is damaged");
        let mut flipped = bytes.clone();
        flipped[cut] ^= 1;
        ends(&flipped, "it is damaged");
    }
}

/// Whoever makes up a file can make up its digest as well: it is refused, or does no more than rules can.
#[test]
fn a_made_up_file_does_no_harm() {
    let bytes = fs::read(SHIPPED).unwrap();
    let line = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let kept = &bytes[line + 32..];
    let signed = |kept: &[u8]| [&bytes[..line], &Sha256::digest(kept)[..], kept].concat();
    assert!(read(&signed(kept)).is_ok());
    // The texts of the rules come first; a change of them changes messages alone.
    let program = kept.windows(5).rposition(|it| it == b"cgrou").unwrap_or_default().min(kept.len() / 2);
    let mut random = 1_u64;
    let (mut refused, mut ran) = (0, 0);
    for _ in 0..400 {
        let mut next = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(random >> 33).unwrap()
        };
        let mut made_up = kept.to_vec();
        for _ in 0..=next() % 3 {
            let at = program + next() % (kept.len() - program);
            made_up[at] = u8::try_from(next() % 256).unwrap();
        }
        match read(&signed(&made_up)) {
            Ok(policy) => {
                said(&policy);
                ran += 1;
            }
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 50 && ran > 50, "{refused} refused, {ran} ran");
    // Nothing can be nested so deep that reading it would need a stack as deep.
    assert!(read(&signed(&vec![3; 1 << 20])).is_err());
}

/// What a program's numbers point into. Where this fails, tables or the form of the file have changed, and a file that
/// was made before must not be read any more.
#[test]
fn the_tables_are_those_of_the_file() {
    let mut tables = String::new();
    for slot in &output().slots {
        writeln!(tables, "{} {:?}", slot.path, slot.layout()).unwrap();
    }
    let schema = FactSchema::standard();
    for root in [Root::Service, Root::Container, Root::Image, Root::Options] {
        record(schema.root(root), &mut tables);
    }
    HostField::ALL.iter().for_each(|field| tables.push_str(field.name()));
    FUNCTIONS.iter().for_each(|row| writeln!(tables, "{:?}", row.function).unwrap());
    let sample = Layers::new().layer("house", [("a.plim", HOUSE.replace("replace rule hostname", "rule hostname"))]);
    let mut bytes = sample.compile().unwrap().to_bytes().unwrap();
    let line = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    bytes.drain(..line);
    let digest = Sha256::new().chain_update(tables).chain_update(bytes).finalize();
    let tables: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(TABLES, tables, "write this into src/policy/kept.rs, and make rules/standard.plc anew");
}

fn record(record: &RecordShape, tables: &mut String) {
    for field in &record.fields {
        writeln!(tables, "{} {:?}", field.name, field.shape.ty()).unwrap();
        let mut shape = &field.shape;
        while let Shape::List(inner) | Shape::Map(inner) = shape {
            shape = inner;
        }
        if let Shape::Record(inner) = shape {
            self::record(inner, tables);
        }
    }
}
