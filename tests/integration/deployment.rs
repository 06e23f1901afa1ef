//! Whole deployments: all services, or all that refuses any of them.

use plimsoll::deployment::render_all;
use plimsoll::diagnostics;
use plimsoll::eval::Arena;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::policy::Policy;

fn request(policy: &Policy, services: &str) -> Request {
    let text = format!("version: v1\ndeployment: shop\nservices:\n{services}");
    Request::builder("shop.yaml", text).build(policy.schema()).unwrap()
}

const TWO: &str = "  web:\n    image: { name: web }\n  api:\n    image: { name: api }\n";

#[test]
fn every_service_renders_as_it_does_alone() {
    let policy = Policy::standard().unwrap();
    let request = request(&policy, TWO);
    let specs = render_all(&policy, &request, &[], Style::Compact).unwrap();
    assert_eq!(specs.iter().map(|spec| spec.file_name()).collect::<Vec<_>>(), ["web-rep-1.json", "api-rep-1.json"]);
    for spec in &specs {
        let facts = request.facts_of(&spec.service).unwrap();
        assert_eq!(policy.render(&facts, &Arena::new()).unwrap().json(Style::Compact).unwrap(), spec.json);
    }
}

#[test]
fn replicas_have_ids_of_their_own() {
    let policy = Policy::standard().unwrap();
    let specs = render_all(&policy, &request(&policy, TWO), &[1, 7], Style::Compact).unwrap();
    let ids: Vec<String> = specs.iter().map(|spec| spec.id()).collect();
    assert_eq!(ids, ["web-rep-1", "web-rep-7", "api-rep-1", "api-rep-7"]);
    for spec in &specs {
        let json: serde_json::Value = serde_json::from_slice(&spec.json).unwrap();
        assert_eq!(json["hostname"], spec.id());
    }
}

#[test]
fn all_refusals_are_told_with_their_services() {
    let policy = Policy::standard().unwrap();
    let volume = "storage: [{ type: named, name: data, target: /data }]";
    let services = format!(
        "{TWO}  db:\n    image: {{ name: db }}\n    {volume}\n  log:\n    image: {{ name: log }}\n    {volume}\n  \
         -bad:\n    image: {{ name: bad }}\n"
    );
    let report = render_all(&policy, &request(&policy, &services), &[1, 2], Style::Compact).unwrap_err();
    let codes: Vec<&str> = report.diagnostics.iter().map(|diagnostic| diagnostic.code.id()).collect();
    assert_eq!(codes, ["P0601", "P0601", "P0513"], "{report}");
    let shown = diagnostics::render(&report, diagnostics::Style::default());
    for service in ["  db:", "  log:", "  -bad:"] {
        assert!(shown.lines().any(|line| line.ends_with(service)), "{service} is not in\n{shown}");
    }
}

#[test]
fn a_deployment_without_services_has_no_specs() {
    let policy = Policy::standard().unwrap();
    let request = Request::builder("shop.yaml", "version: v1\ndeployment: shop\nservices: {}\n");
    let request = request.build(policy.schema()).unwrap();
    assert!(render_all(&policy, &request, &[], Style::Compact).unwrap().is_empty());
}
