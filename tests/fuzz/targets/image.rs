//! An image's configuration, under a deployment that leaves everything to it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll::facts::request::Request;
use plimsoll_fuzz::render::Both;
use plimsoll_fuzz::report;

const DEPLOYMENT: &str = "{version: v1, deployment: shop, services: {web: {image: {name: nginx}}}}";
const ACCOUNTS: &str = r#"{"users": {"web": {"uid": 7, "gid": 8}}, "groups": {"g": {"gid": 9, "members": ["web"]}}}"#;

fuzz_target!(|text: &str| {
    let both = Both::standard();
    let builder = Request::builder("shop.yaml", DEPLOYMENT).image("image.json", text).accounts("accounts", ACCOUNTS);
    match builder.build(both.policy().schema()) {
        Ok(request) => both.service(&request),
        Err(report) => report::holds(&report),
    }
});
