//! Decision records: what one holds, and what is said of one that is damaged.

use plimsoll::decision::{self, Decision, Line, Rules};
use plimsoll::diagnostics::Severity;
use plimsoll::facts::request::Request;
use plimsoll::policy::Policy;

use super::{HOST, SECRETS, SHOP, VOLUMES, hardened, read};
use crate::fast::made;

fn shop(policy: &Policy) -> Request {
    let builder = Request::builder(SHOP, read(SHOP)).recording(HOST, read(HOST));
    builder.option("volumes", VOLUMES).option("secrets", SECRETS).build(policy.schema()).expect("a sound request")
}

fn decision(line: &str) -> Decision {
    match decision::read(line).expect("a sound line") {
        Line::Decision(decision) => *decision,
        Line::Rules(rules) => panic!("{rules:?}"),
    }
}

#[test]
fn a_record_tells_all_and_can_be_done_again() {
    let [policy, _] = hardened();
    let made = Decision::of(&policy, &shop(&policy), "db", 2, None).expect("a decision");
    let again = decision(&made.to_line());
    assert_eq!((again.container.as_str(), again.policy.as_str()), ("db-rep-2", policy.digest().as_str()));
    assert_eq!(again.provenance["/hostname"], "hostname");
    assert!(again.output.is_some_and(|digest| digest.starts_with("sha256:")));
    let request = Request::from_json("again", again.document.get(), policy.schema()).expect("a request");
    assert_eq!((request.service().expect("one"), request.replica()), ("db", 2));
    // Only the request has the secret.
    let rest = serde_json::to_string(&(&made.provenance, &made.warnings, &made.refused)).expect("JSON");
    assert!(made.document.get().contains("hunter2") && !rest.contains("hunter2"));
}

#[test]
fn rules_are_what_they_were() {
    for policy in hardened() {
        let line = Rules::of(&policy).to_line();
        let Line::Rules(rules) = decision::read(&line).expect("a sound line") else { panic!("{line}") };
        assert_eq!(rules.compile().expect("sound rules").digest(), policy.digest());
        let edited = line.replacen("SYS_CHROOT", "SYS_ADMIN", 1);
        let Line::Rules(edited) = decision::read(&edited).expect("a sound line") else { panic!("{edited}") };
        let report = edited.compile().expect_err("an edit");
        assert!(report.told(Severity::Error)[0].starts_with("P0873: "), "{report}");
    }
}

/// Whatever is rendered can be recorded, refusals included; a record that does not render to the same is never made.
#[test]
fn whatever_is_rendered_can_be_recorded() {
    let [policy, _] = hardened();
    let (mut rendered, mut refused) = (0, 0);
    for number in 0..60 {
        let text = made::request(number);
        let Ok(request) = Request::from_json("made", &text, policy.schema()) else { continue };
        let Ok(facts) = request.facts() else { continue };
        let json = policy.render(&facts, &plimsoll::eval::Arena::new()).is_ok();
        let made = Decision::of(&policy, &request, "web", request.replica(), None).expect("a decision");
        assert_eq!((made.output.is_some(), made.refused.is_empty()), (json, json), "{text}");
        *(if json { &mut rendered } else { &mut refused }) += 1;
    }
    assert!(rendered > 20 && refused > 0, "{rendered} {refused}");
}

/// A rule that takes the whole environment of the host would put all of it into the record.
#[test]
fn what_no_request_can_say_is_not_recorded() {
    let rules =
        "rule all { ociVersion = \"1.0.2\" root = { path: \"r\" } process.cwd = \"/\" process.user = { uid: 0, gid: 0 }
        process.env = host.env }";
    let layers = plimsoll::policy::Layers::new().layer("all", [("all.plim", rules)]);
    let policy = layers.compile().expect("a sound policy");
    let live = plimsoll::facts::live::LiveHost::under("/nowhere", [("HOME".into(), "/root".into())]);
    let deployment = "{version: v1, deployment: shop, services: {web: {image: {name: x}}}}";
    let request = Request::builder("shop", deployment).host(std::sync::Arc::new(live)).build(policy.schema());
    let report = Decision::of(&policy, &request.expect("a sound request"), "web", 1, None).expect_err("no record");
    assert_eq!(
        report.told(Severity::Error),
        ["P0873: `web` cannot be recorded: no request says all that its rules read"]
    );
}

#[test]
fn what_is_no_record_is_said() {
    let [policy, _] = hardened();
    let line = Decision::of(&policy, &shop(&policy), "web", 1, None).expect("a decision").to_line();
    let cases = [
        ("P0873: the record is damaged", line.chars().take(line.len() / 2).collect()),
        ("P0873: this is no record", "{}".to_owned()),
        ("P0873: this is no record", "[1]".to_owned()),
        ("P0874: the record is of version 2", line.replacen("\"record\":1", "\"record\":2", 1)),
        ("P0874: the record is of version \"1\"", line.replacen("\"record\":1", "\"record\":\"1\"", 1)),
        ("P0873: the record is of another form", line.replacen("\"container\"", "\"containers\"", 1)),
        ("P0873: a record has either rules or a render", "{\"record\":1}".to_owned()),
        ("P0873: the request of the record is not the one", line.replacen("nginx:alpine", "nginx:edge", 1)),
    ];
    for (due, line) in cases {
        let report = decision::read(line.trim_end()).expect_err(due);
        let told = report.told(Severity::Error).join("\n");
        assert!(told.starts_with(due), "{told}");
    }
}
