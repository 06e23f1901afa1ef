//! A compiled policy that somebody has changed: it is refused, or does no harm.
#![no_main]

use std::sync::OnceLock;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use plimsoll::diagnostics::{Style, render, to_json};
use plimsoll::eval::{Arena, Limits};
use plimsoll::facts::request::Request;
use plimsoll::output::json;
use plimsoll::policy::{Layers, Policy};
use plimsoll_fuzz::{ALL, made_request};
use sha2::{Digest, Sha256};

#[derive(Arbitrary, Debug)]
struct Input {
    edits: Vec<(u16, Edit)>,
    request: u8,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Edit {
    Set(u8),
    Add(u8),
    Insert(u8),
    Remove,
}

/// The bytes of a policy that uses every construct: before its digest, and behind.
fn whole() -> &'static (Vec<u8>, Vec<u8>) {
    static WHOLE: OnceLock<(Vec<u8>, Vec<u8>)> = OnceLock::new();
    WHOLE.get_or_init(|| {
        let policy = Layers::new().layer("all", [("all.plim", ALL)]).compile().expect("sound rules");
        let bytes = policy.to_bytes().expect("bytes");
        let head = bytes.iter().position(|byte| *byte == b'\n').expect("a first line") + 1;
        let digest = Sha256::output_size();
        (bytes[..head].to_vec(), bytes[head + digest..].to_vec())
    })
}

fuzz_target!(|input: Input| {
    let (head, body) = whole();
    let mut body = body.clone();
    for (at, edit) in input.edits.iter().take(16) {
        // Texts of rules come first, what runs comes behind.
        let at = body.len().saturating_sub(1 + usize::from(*at));
        match edit {
            Edit::Set(byte) => body[at] = *byte,
            Edit::Add(by) => body[at] = body[at].wrapping_add(*by),
            Edit::Insert(byte) => body.insert(at, *byte),
            Edit::Remove => _ = body.remove(at),
        }
    }
    let bytes = [&head[..], &Sha256::digest(&body)[..], &body[..]].concat();
    let Ok(policy) = Policy::from_bytes("made-up.plc", &bytes) else { return };
    let policy = policy.with_limits(Limits { steps: 100_000, ..Limits::default() });
    let request = Request::from_json("request.json", &made_request(u64::from(input.request)), policy.schema());
    let Ok(facts) = request.and_then(|request| request.facts()) else { return };
    for _ in 0..4 {
        let arena = Arena::new();
        match policy.trace(&facts, &arena) {
            Ok(traced) => _ = traced.json(json::Style::Compact).map(|_| traced.spec().is_ok()),
            Err(report) => assert!(!render(&report, Style::default()).is_empty() && !to_json(&report).is_empty()),
        }
    }
    let arena = Arena::new();
    let _ = policy.explain(&facts, &arena).blame();
});
