//! A recording of a host, under a deployment that asks it much.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll::facts::request::Request;
use plimsoll_fuzz::render::Both;
use plimsoll_fuzz::report;

const DEPLOYMENT: &str = r#"{ version: v1, deployment: shop, services: {
  web: { image: { name: nginx }, privileged: true, env: { ZONE: "$E:TZ" } },
  gpu: { image: { name: a }, resources: { gpu: { count: 2, vendor: nvidia } }, devices: [{ path: /dev/kvm }] },
  amd: { image: { name: a }, resources: { gpu: { count: 1, vendor: amd } }, capabilities: [ALL] } } }"#;

fuzz_target!(|text: &str| {
    let both = Both::standard();
    let schema = both.policy().schema();
    for service in ["web", "gpu", "amd"] {
        let builder = Request::builder("shop.yaml", DEPLOYMENT).service(service).recording("host.json", text);
        match builder.build(schema) {
            Ok(request) => both.service(&request),
            Err(report) => return report::holds(&report),
        }
    }
});
