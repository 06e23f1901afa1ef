//! The fast path and the general one give the same: bytes, warnings, refusals, side files, specs.

#![expect(clippy::expect_used, reason = "helpers of tests may fail like tests")]

pub(crate) mod made;

use std::sync::Arc;

use plimsoll::diagnostics::Report;
use plimsoll::eval::{Arena, Limits};
use plimsoll::facts::Facts;
use plimsoll::facts::record::Recorder;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::output::spec::Spec;
use plimsoll::policy::{Layers, Policy};
use plimsoll::provenance::Writers;

/// More than a way needs to be made.
const TURNS: usize = 8;

/// All that a render says.
#[derive(Debug, PartialEq)]
struct Outcome {
    text: String,
    /// None if `oci_spec` cannot hold it, or there is none.
    spec: Option<Spec>,
}

/// All that a render says, and whether it took the fast path.
fn outcome(policy: &Policy, facts: &Facts) -> (Outcome, bool) {
    let arena = Arena::new();
    let text = |json: Result<Vec<u8>, Report>| String::from_utf8(json.expect("a small spec")).expect("JSON is UTF-8");
    match policy.render(facts, &arena) {
        Ok(rendered) => {
            let fast = format!("{rendered:?}").contains("Fast(");
            let (compact, pretty) = (rendered.json(Style::Compact), rendered.json(Style::Pretty));
            let files: Vec<_> = rendered.files().collect();
            let (spec, warnings) = (rendered.spec().ok(), rendered.warnings());
            let validated = rendered.validate().unwrap_or_else(|report| report);
            let text = format!("{}\n{}\n{files:?}\n{warnings}\n{validated}", text(compact), text(pretty));
            (Outcome { text, spec }, fast)
        }
        Err(report) => (Outcome { text: report.to_string(), spec: None }, false),
    }
}

fn facts(policy: &Policy, request: &str) -> Option<Facts> {
    Request::from_json("request.json", request, policy.schema()).and_then(|request| request.facts()).ok()
}

/// Who wrote what, if the service is rendered.
fn writers(policy: &Policy, facts: &Facts) -> Option<Writers> {
    let arena = Arena::new();
    let traced = policy.trace(facts, &arena).ok()?;
    Some(traced.writers().expect("it was traced").clone())
}

/// Renders each request several times, in turns; how many of the last turn took the fast path.
fn agree(layers: &Layers, requests: &[String]) -> usize {
    let compile = || layers.clone().compile().expect("a sound policy");
    let (fast, general) = (compile(), compile().without_templates());
    let facts: Vec<Facts> = requests.iter().filter_map(|request| facts(&fast, request)).collect();
    let expected: Vec<(Outcome, bool)> = facts.iter().map(|facts| outcome(&general, facts)).collect();
    assert!(expected.iter().all(|(_, fast)| !fast));
    let mut hits = 0;
    let told = |policy: &Policy, facts: &Facts| {
        let arena = Arena::new();
        let traced = policy.trace(facts, &arena).ok()?;
        let redacted = traced.redacted_json(Style::Compact).expect("a small spec");
        Some((format!("{:?}", traced.provenance()?), String::from_utf8(redacted).expect("JSON is UTF-8")))
    };
    for _ in 0..TURNS {
        hits = 0;
        for (facts, (expected, _)) in facts.iter().zip(&expected) {
            let (got, is_fast) = outcome(&fast, facts);
            let at = got.text.bytes().zip(expected.text.bytes()).take_while(|(a, b)| a == b).count();
            let near = |text: &str| text.chars().skip(at.saturating_sub(80)).take(200).collect::<String>();
            let (this, that) = (near(&got.text), near(&expected.text));
            assert!(got == *expected, "the fast path says\n{this}\nand the general one\n{that}");
            hits += usize::from(is_fast);
        }
    }
    for facts in facts.iter().take(10) {
        assert!(told(&fast, facts) == told(&general, facts), "where values come from");
    }
    // Of those that go one way only the first is asked.
    for facts in &facts {
        assert!(writers(&fast, facts) == writers(&general, facts), "who wrote what");
    }
    hits
}

#[test]
fn the_services_that_are_timed_take_it() {
    let requests = ["plain", "storage", "nvidia", "privileged"].map(|name| {
        let path = format!("{}/tests/fixtures/bench/{name}.json", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).expect("a request")
    });
    assert_eq!(agree(&Layers::standard(), &requests), 4);
    assert_eq!(agree(&Layers::standard().shipped("hardened"), &requests), 4);
}

#[test]
fn services_of_all_kinds_come_out_the_same() {
    let requests: Vec<String> = (0..120).map(made::request).collect();
    let hits = agree(&Layers::standard(), &requests);
    assert!(hits > 10, "{hits} of {} took the fast path", requests.len());
}

#[test]
fn every_construct_comes_out_the_same() {
    let layers = Layers::new().layer("all", [("all.plim", made::ALL)]);
    let requests: Vec<String> = (0..40).map(made::request).collect();
    let hits = agree(&layers, &requests);
    assert!(hits > 20, "{hits} of {} took the fast path", requests.len());
}

/// Every value in every place: whatever passes comes out the same.
#[test]
fn small_policies_come_out_the_same() {
    let requests: Vec<String> = (0..4).map(made::request).collect();
    let mut hits = 0;
    for (number, place) in made::PLACES.iter().enumerate() {
        for value in made::VALUES.iter().skip(number % 5).step_by(5) {
            let text = format!("rule r {{ {} else skip }}", place.replace('V', value));
            let other = format!("rule r {{ {} }}", place.replace('V', value));
            for text in [text, other] {
                let layers = Layers::new().layer("small", [("small.plim", format!("{}{text}", made::FRAME))]);
                if layers.clone().compile().is_ok() {
                    hits += agree(&layers, &requests);
                }
            }
        }
    }
    assert!(hits > 150, "{hits}");
}

/// What a template was made of is asked of each render again: a service that is like the one before in all but one answer
/// gets what it would get alone.
#[test]
fn what_was_so_once_is_asked_again() {
    let request = |variables: &str, targets: &[&str]| {
        let storage: Vec<String> =
            targets.iter().map(|target| format!(r#"{{ "type": "tmpfs", "target": "{target}" }}"#)).collect();
        format!(
            r#"{{ "deployment": {{ "version": "v1", "deployment": "shop", "services": {{ "web": {{ "image": {{ "name": "nginx" }},
                "env": {{ {variables} }}, "storage": [{}] }} }} }}, "service": "web" }}"#,
            storage.join(", ")
        )
    };
    let variables = |a: &str, b: &str| request(&format!(r#""A": "{a}", "B": "{b}""#), &[]);
    let pairs = [
        // Two writes that agree, and then do not.
        (
            "rule a { hostname = service.env[\"A\"] else skip }  rule b { hostname = service.env[\"B\"] else skip }",
            [variables("x", "x"), variables("x", "y")],
        ),
        ("rule a { for k, v in service.env { process.env[v] = k } }", [variables("x", "y"), variables("x", "x")]),
        // Keys that meet, in a map that was made and in two that were merged.
        (
            "rule a { annotations.a = join(keys({ [v]: k for k, v in service.env }), \",\") }",
            [variables("x", "y"), variables("x", "x")],
        ),
        (
            "rule a { let b = service.env[\"B\"] else skip  annotations.a = join(keys({ [service.env[\"A\"] else \"\"]: \"1\" } | { [b]: \"2\" }), \",\") }",
            [variables("x", "y"), variables("x", "x")],
        ),
        // Elements of a set and of a list without doubles.
        (
            "rule a { linux.maskedPaths += [\"/{v}\" for k, v in service.env] }",
            [variables("x", "y"), variables("x", "x")],
        ),
        (
            "rule a { annotations.a = join(unique(values(service.env)), \",\") }",
            [variables("x", "y"), variables("x", "x")],
        ),
        // Mounts stand by their depth, parents first.
        (
            "rule a { mounts += [{ destination: s.target, type: \"tmpfs\" } for s in service.storage] }",
            [request("", &["/a/b", "/c/d"]), request("", &["/a/b/e", "/c/d"])],
        ),
        (
            "rule a { annotations.a = \"in\" when within(service.storage[0].target else \"/\", \"/a\") else \"out\" }",
            [request("", &["/a/b"]), request("", &["/ab/b"])],
        ),
        // Orders and lengths.
        (
            "rule a { annotations.a = join([v for k, v in service.env sort by v], \",\") }",
            [variables("x", "y"), variables("y", "x")],
        ),
        (
            "rule a { annotations.a = join(split(service.env[\"A\"] else \"\", \"-\"), \"+\") }",
            [variables("x-y", "b"), variables("x-y-z", "b")],
        ),
    ];
    for (rules, [one, other]) in pairs {
        for requests in [[one.clone(), other.clone()], [other, one]] {
            let text = format!("{}{rules}", made::FRAME);
            let layers = Layers::new().layer("alike", [("alike.plim", text)]).unanalysed();
            let hits = agree(&layers, &requests);
            assert!(hits > 0, "neither service of `{rules}` has a template");
        }
    }
}

#[test]
fn limits_hold() {
    let request = made::request(0);
    let compile = |limits: Limits| {
        let layers = Layers::new().layer("all", [("all.plim", made::ALL)]);
        layers.compile().expect("a sound policy").with_limits(limits)
    };
    for step in 0..20 {
        for limits in [
            Limits { steps: 120 * step, ..Limits::default() },
            Limits { text: usize::try_from(step).expect("a few"), ..Limits::default() },
            Limits { list: usize::try_from(step).expect("a few"), ..Limits::default() },
            Limits { output: 180 * usize::try_from(step).expect("a few"), ..Limits::default() },
        ] {
            let (fast, general) = (compile(limits), compile(limits).without_templates());
            let facts = facts(&fast, &request).expect("a sound request");
            let all = |policy: &Policy| match policy.render(&facts, &Arena::new()) {
                Ok(rendered) => format!("{:?}", rendered.json(Style::Compact).map_err(|report| report.to_string())),
                Err(report) => report.to_string(),
            };
            let expected = all(&general);
            for _ in 0..TURNS {
                assert_eq!(all(&fast), expected, "{limits:?}");
            }
        }
    }
}

/// A way that was made for short texts is not taken by long ones.
#[test]
fn long_texts_take_the_general_path() {
    let request = |length: usize| {
        format!(
            r#"{{ "deployment": {{ "version": "v1", "deployment": "shop", "services": {{ "web": {{ "image": {{ "name": "nginx" }},
                "env": {{ "A": "{}" }} }} }} }}, "service": "web" }}"#,
            "x".repeat(length)
        )
    };
    let policy = Policy::standard().expect("the shipped policy");
    let fast = |length: usize| outcome(&policy, &facts(&policy, &request(length)).expect("a sound request")).1;
    let taken: Vec<bool> = [1, 1, 1, 1, 4096, 4097, 1].into_iter().map(fast).collect();
    assert_eq!(taken, [false, false, false, true, true, false, true]);
}

/// A host that is recorded hears the same questions on both paths.
#[test]
fn recordings_hold_the_same() {
    let (fast, general) = (Policy::standard(), Policy::standard());
    let (fast, general) = (fast.expect("the shipped policy"), general.expect("the shipped policy").without_templates());
    let recorded = |policy: &Policy, request: &str| {
        let request = Request::from_json("request.json", request, policy.schema()).ok()?;
        let recorder = Arc::new(Recorder::new(request.facts().ok()?.host));
        let facts = request.on_host(recorder.clone()).facts().ok()?;
        let fast = outcome(policy, &facts).1;
        Some((recorder.recording(), fast))
    };
    let requests: Vec<String> = (0..60).map(made::request).collect();
    let mut hits = 0;
    for turn in 0..TURNS {
        for request in &requests {
            let Some((recording, is_fast)) = recorded(&fast, request) else { continue };
            if turn + 1 == TURNS {
                hits += usize::from(is_fast);
                assert_eq!(Some(recording), recorded(&general, request).map(|(recording, _)| recording));
            }
        }
    }
    assert!(hits > 5, "{hits}");
}

#[test]
fn threads_share_templates() {
    let policy = Policy::standard().expect("the shipped policy");
    let general = Policy::standard().expect("the shipped policy").without_templates();
    let requests: Vec<String> = (0..24).map(made::request).collect();
    let facts: Vec<Facts> = requests.iter().filter_map(|request| facts(&policy, request)).collect();
    let expected: Vec<Outcome> = facts.iter().map(|facts| outcome(&general, facts).0).collect();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..TURNS {
                    for (facts, expected) in facts.iter().zip(&expected) {
                        assert!(outcome(&policy, facts).0 == *expected);
                    }
                }
            });
        }
    });
}

/// What takes the general path a moment does not take a trace for ever.
#[test]
fn large_sets_are_left_to_the_general_path() {
    let rules = format!("{} rule r {{ linux.maskedPaths += [\"/proc/{{i}}\" for i in range(9000)] }}", made::FRAME);
    let policy = Layers::new().layer("large", [("large.plim", rules)]).compile().expect("a sound policy");
    let facts = facts(&policy, &made::request(0)).expect("a sound request");
    let (first, _) = outcome(&policy, &facts);
    for _ in 0..TURNS {
        assert!(outcome(&policy, &facts) == (Outcome { text: first.text.clone(), spec: first.spec.clone() }, false));
    }
}

/// Rules for other services are passed over, whatever else their conditions ask: they take no step.
#[test]
fn rules_for_others_take_no_steps() {
    let others: String = (0..400)
        .map(|number| {
            let condition = match number % 4 {
                0 => format!(r#"container.service == "svc-{number}""#),
                1 => format!(r#"container.deployment == "dep-{number}" and not service.privileged"#),
                2 => format!(r#"image.labels["team"] == "team-{number}""#),
                _ => format!(r#"service.resources.cpu is set and container.service == "svc-{number}""#),
            };
            format!("rule other.r{number} when {condition} {{ annotations[\"other-{number}\"] = \"x\" }}\n")
        })
        .collect();
    let layers = Layers::new().layer("frame", [("frame.plim", made::FRAME)]);
    // Three lookups take a few.
    for layers in [layers.clone(), layers.layer("others", [("others.plim", others)])] {
        let policy = layers.compile().expect("a sound policy").with_limits(Limits { steps: 30, ..Limits::default() });
        let facts = facts(&policy, &made::request(0)).expect("a sound request");
        assert!(policy.render(&facts, &Arena::new()).is_ok());
    }
}
