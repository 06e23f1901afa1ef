//! What holds of every render.

use std::sync::{Arc, OnceLock};

use plimsoll::diagnostics::Report;
use plimsoll::eval::Arena;
use plimsoll::facts::Facts;
use plimsoll::facts::record::Recorder;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::output::spec::{LOSSES, Spec};
use plimsoll::policy::{Layers, Policy, Rendered};
use serde_json::Value;

use crate::{losses, report};

/// As often as the fast path needs to be made, and once to take it.
const TURNS: usize = 4;

/// Words that `oci_spec` spells in its own way; see [`LOSSES`].
const SPELT: &[(&str, &str)] = &[
    ("\"SCHED_FLAG_RESET_ON_FORK\"", "\"SCHED_RESET_ON_FORK\""),
    ("\"SCHED_FLAG_DL_OVERRUN\"", "\"SCHED_FLAG_D_L_OVERRUN\""),
];

/// Two of one policy: one takes the fast path where it can, the other never.
#[derive(Debug)]
pub struct Both {
    fast: Policy,
    general: Policy,
    /// How often a service is rendered.
    turns: usize,
}

impl Both {
    /// Compiles the layers.
    #[must_use]
    pub fn compile(layers: &Layers) -> Option<Self> {
        let compile = || layers.clone().compile();
        match compile() {
            Ok(fast) => {
                report::holds(&fast.warnings());
                let general = compile().expect("what compiled once").without_templates();
                Some(Self { fast, general, turns: TURNS })
            }
            Err(report) => {
                report::holds(&report);
                assert!(report.has_errors());
                None
            }
        }
    }

    /// The shipped policy, which one input after the other renders with.
    #[must_use]
    pub fn standard() -> &'static Self {
        static STANDARD: OnceLock<Both> = OnceLock::new();
        STANDARD.get_or_init(|| {
            let (fast, general) = (Policy::standard(), Policy::standard());
            Self { fast: fast.expect("shipped"), general: general.expect("shipped").without_templates(), turns: 1 }
        })
    }

    /// The policy.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.fast
    }

    /// Renders the service of a request in every way that there is.
    pub fn request(&self, text: &str) {
        match Request::from_json("request.json", text, self.fast.schema()) {
            Ok(request) => self.service(&request),
            Err(report) => report::holds(&report),
        }
    }

    /// The same of a request that was read.
    pub fn service(&self, request: &Request) {
        match request.facts() {
            Ok(facts) => {
                self.facts(&facts);
                self.recorded(request, &facts);
            }
            Err(report) => report::holds(&report),
        }
    }

    /// Renders facts in every way that there is.
    pub fn facts(&self, facts: &Facts) {
        let expected = whole(&self.general, facts);
        for _ in 0..self.turns {
            assert_eq!(outcome(&self.fast, facts), expected, "the fast path differs");
        }
        let arena = Arena::new();
        match self.fast.trace(facts, &arena) {
            Ok(traced) => {
                assert_eq!(json(&traced), expected.ok(), "a traced render differs");
                self.provenance(&traced);
            }
            Err(report) => assert_eq!(Err(report.to_string()), expected, "a traced render differs"),
        }
        let arena = Arena::new();
        let explained = self.fast.explain(facts, &arena);
        if let Ok(blame) = explained.blame() {
            assert!(serde_json::to_string(&blame).is_ok());
        }
    }

    fn provenance(&self, traced: &Rendered<'_>) {
        let leaves = traced.provenance().map_or(&[][..], |provenance| &provenance.leaves);
        for claim in leaves.iter().flat_map(|leaf| leaf.origins.iter().chain(&leaf.beaten)) {
            assert!(traced.place(claim.statement).is_some(), "{claim:?} has no place");
            assert!(self.fast.rule(claim.rule).is_some(), "{claim:?} has no rule");
        }
        if let (Some(provenance), Some(writers)) = (traced.provenance(), traced.writers()) {
            let present = provenance.leaves.iter().filter(|leaf| leaf.present);
            let statements = present.flat_map(|leaf| leaf.origins.iter().map(|claim| (leaf.slot, claim.statement)));
            let written =
                writers.iter().flat_map(|writer| writer.writes.iter().map(move |it| (writer.slot, it.statement)));
            assert!(written.eq(statements), "who wrote what differs from where it comes from");
        }
        if json(traced).is_some() {
            traced.redacted_json(Style::Pretty).unwrap_or_else(|report| panic!("{report}"));
        }
    }

    /// What was recorded of a host gives the same spec.
    fn recorded(&self, request: &Request, facts: &Facts) {
        let recorder = Arc::new(Recorder::new(Arc::clone(&facts.host)));
        let Ok(facts) = request.clone().on_host(recorder.clone()).facts() else { return };
        let asked = outcome(&self.fast, &facts);
        if facts.host.problems().iter().any(|it| it.severity == plimsoll::diagnostics::Severity::Error) {
            return;
        }
        let deployment = "{version: v1, deployment: d, services: {a: {image: {name: a}}}}";
        let builder = Request::builder("deployment", deployment).recording("host.json", recorder.recording());
        let host = match builder.build(self.fast.schema()).and_then(|request| request.facts()) {
            Ok(facts) => facts.host,
            Err(report) => panic!("a recording cannot be read: {report}\n{}", recorder.recording()),
        };
        let again = Facts { host, ..facts };
        assert_eq!(outcome(&self.general, &again).ok(), asked.ok(), "a recorded host differs");
    }
}

/// The spec in bytes, or what refuses it.
fn outcome(policy: &Policy, facts: &Facts) -> Result<String, String> {
    match policy.render(facts, &Arena::new()) {
        Ok(rendered) => json(&rendered).ok_or_else(|| "too large".to_owned()),
        Err(report) => Err(report.to_string()),
    }
}

/// The same, and all that must hold of it.
fn whole(policy: &Policy, facts: &Facts) -> Result<String, String> {
    match policy.render(facts, &Arena::new()) {
        Ok(rendered) => {
            report::holds(&rendered.warnings());
            let compact = json(&rendered).ok_or_else(|| "too large".to_owned())?;
            said(&rendered, &compact);
            Ok(compact)
        }
        Err(report) => {
            report::holds(&report);
            assert!(report.has_errors());
            Err(report.to_string())
        }
    }
}

fn json(rendered: &Rendered<'_>) -> Option<String> {
    let json = rendered.json(Style::Compact).inspect_err(report::holds);
    json.ok().map(|bytes| String::from_utf8(bytes).expect("UTF-8"))
}

/// The text, laid out or not, says what `oci_spec` has, and read by it, is that.
fn said(rendered: &Rendered<'_>, compact: &str) {
    let ours: Value = serde_json::from_str(compact).expect("JSON");
    let pretty = rendered.json(Style::Pretty).unwrap_or_default();
    let pretty: Result<Value, Report> = serde_json::from_slice(&pretty).map_err(|_| Report::default());
    assert!(pretty.is_ok_and(|pretty| pretty == ours), "the two layouts differ");
    let spec = match rendered.spec() {
        Ok(spec) => spec,
        Err(report) => panic!("{report}\n{compact}"),
    };
    let text = SPELT.iter().fold(compact.to_owned(), |text, (ours, theirs)| text.replace(ours, theirs));
    let read: Spec = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert!(read == spec, "oci_spec reads another spec: {text}");
    let lost = losses::between(ours, serde_json::to_value(&spec).expect("JSON"));
    let listed = |path: &String| LOSSES.iter().any(|loss| loss.path == path);
    let more: Vec<_> = lost.iter().filter(|path| !listed(path)).collect();
    assert!(more.is_empty(), "{more:?} are lost of {compact}");
}
