//! A policy and a request, parted by a line `---`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll::policy::Layers;
use plimsoll_fuzz::made_request;
use plimsoll_fuzz::render::Both;

fuzz_target!(|text: &str| {
    let (rules, request) = match text.split_once("\n---\n") {
        Some((rules, request)) => (rules, request.to_owned()),
        None => (text, made_request(text.len() as u64)),
    };
    let layers = Layers::new().layer("fuzz", [("rules.plim", rules)]).unanalysed();
    if let Some(both) = Both::compile(&layers) {
        both.request(&request);
    }
});
