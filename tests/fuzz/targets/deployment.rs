//! A deployment in YAML: each of its services, alone and in a request.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll::diagnostics::Report;
use plimsoll::facts::request::Request;
use plimsoll::schema::facts::Root;
use plimsoll_fuzz::render::Both;
use plimsoll_fuzz::report;

fuzz_target!(|text: &str| {
    let both = Both::standard();
    let schema = both.policy().schema();
    let inside = |service: &str| {
        let request = serde_json::json!({ "deployment": text, "service": service });
        Request::from_json("request.json", &request.to_string(), schema)
    };
    let request = match Request::builder("shop.yaml", text).build(schema) {
        Ok(request) => request,
        Err(report) => {
            report::holds(&report);
            return report::holds(&inside("web").expect_err("in a request it is sound"));
        }
    };
    report::holds(&Report::new(request.warnings().to_vec(), &[request.sources()]));
    for service in request.services().take(3) {
        assert!(request.written(service, 5).lines().count() <= 5);
        let facts = request.facts_of(service).inspect_err(report::holds).ok();
        let inside = inside(service).and_then(|request| request.facts()).inspect_err(report::holds).ok();
        assert_eq!(facts.is_some(), inside.is_some());
        if let Some((facts, inside)) = facts.zip(inside) {
            assert!([Root::Service, Root::Container].iter().all(|root| facts.root(*root).says(inside.root(*root))));
            both.facts(&facts);
        }
    }
});
