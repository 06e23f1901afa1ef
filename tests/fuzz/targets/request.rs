//! A request: both readers agree, also when the host is known already.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll::diagnostics::Report;
use plimsoll::facts::Facts;
use plimsoll::facts::request::Request;
use plimsoll::facts::shared::SharedHost;
use plimsoll::schema::facts::{HostField, Root};
use plimsoll_fuzz::render::Both;
use plimsoll_fuzz::report;

fuzz_target!(|text: &str| {
    let both = Both::standard();
    let schema = both.policy().schema();
    let alone = read(Request::from_json("request.json", text, schema));
    let mut shared = SharedHost::default();
    for _ in 0..2 {
        let other = read(Request::from_json_sharing("request.json", text, schema, &mut shared));
        match (&alone, &other) {
            (Ok(one), Ok(other)) => same(one, other),
            (Err(one), Err(other)) => {
                assert!(one.has_errors() && other.has_errors());
            }
            (one, other) => panic!("one reader takes what the other refuses: {one:?} {other:?}"),
        }
    }
    if let Ok(facts) = alone {
        both.facts(&facts);
        both.request(text);
    }
});

fn read(request: Result<Request, Report>) -> Result<Facts, Report> {
    let facts = request.and_then(|request| {
        report::holds(&Report::new(request.warnings().to_vec(), &[request.sources()]));
        request.facts()
    });
    facts.inspect_err(report::holds)
}

fn same(one: &Facts, other: &Facts) {
    for root in [Root::Service, Root::Container, Root::Image, Root::Options] {
        assert!(one.root(root).says(other.root(root)), "{root:?}: {:?} {:?}", one.root(root), other.root(root));
    }
    for field in HostField::ALL {
        let [one, other] = [one, other].map(|facts| facts.host.field(*field));
        assert!(one.says(other), "{field:?}: {one:?} {other:?}");
    }
}
