//! What holds of every text of rules.

use plimsoll::diagnostics::{Applicability, Diagnostic, Report, Severity, code};
use plimsoll::eval::Arena;
use plimsoll::facts::request::Request;
use plimsoll::fix::fix;
use plimsoll::policy::Layers;
use plimsoll::source::SourceMap;
use plimsoll::syntax;
use plimsoll::testing::Suite;

use crate::report;

/// The name of the file of rules.
pub const FILE: &str = "rules.plim";

/// Checks a text of rules, formats it, and checks it again.
pub fn holds(text: &str) {
    let before = findings(text);
    let source = SourceMap::for_policy().add(FILE, text);
    match syntax::format(source, text) {
        Ok(formatted) => {
            let again = syntax::format(source, &formatted).expect("what was formatted parses");
            assert_eq!(again, formatted, "a second time changes something");
            assert_eq!(codes(&findings(&formatted)), codes(&before), "formatting changes what is found");
        }
        Err(found) => {
            let grown = found.iter().any(|it| it.code == code::TOO_LARGE);
            assert!(grown || is_refused(&before), "what cannot be formatted is sound");
            report::holds(&Report::new(found, &[&map(text)]));
        }
    }
    // It checks once for each round of edits.
    if text.len() < 500 {
        mended(text);
    }
}

/// A layer with something to replace and to remove.
const BELOW: &str = r#"
let paths = ["/dev/null", "/dev/zero"]
rule hostname { default hostname = container.id }
rule masked when not service.privileged { for path in paths { linux.maskedPaths += path } }
invariant few { require len(spec.mounts) < 20 else deny "too many" }
"#;

/// The text as the layer of a policy: above another if it changes something of another.
fn layers(text: &str) -> Layers {
    let words = ["replace let", "replace rule", "replace invariant", "remove rule", "remove invariant"];
    let over = words.iter().any(|words| text.contains(words));
    let below = if over { Layers::new().layer("below", [("below.plim", BELOW)]) } else { Layers::new() };
    below.layer("fuzz", [(FILE, text)])
}

fn findings(text: &str) -> Vec<Diagnostic> {
    match layers(text).suite() {
        Err(report) => {
            report::holds(&report);
            shown(text, &report.diagnostics);
            assert!(report.has_errors());
            report.diagnostics
        }
        Ok(suite) => {
            let (warnings, findings) = (suite.policy().warnings(), suite.findings());
            report::holds(&warnings);
            report::holds(&findings);
            shown(text, &warnings.diagnostics);
            tested(&suite);
            [warnings.diagnostics, findings.diagnostics].concat()
        }
    }
}

/// Tests run, whatever they expect.
fn tested(suite: &Suite) {
    let none = |_: &str| Ok(None);
    let results = suite.run(suite.tests().take(8).collect(), &none, &|| {});
    for test in &results.tests {
        report::holds(&test.failures);
    }
}

/// What an analysis claims of a service can be seen in it: its request can be read, and if the finding is an error, the
/// service is refused.
fn shown(text: &str, found: &[Diagnostic]) {
    let witnesses: Vec<_> = found.iter().filter_map(|it| Some((it, it.witness.as_ref()?))).collect();
    if witnesses.is_empty() {
        return;
    }
    let Ok(policy) = layers(text).unanalysed().compile() else { return };
    for (diagnostic, witness) in witnesses {
        let request = Request::from_json("witness", &witness.request, policy.schema());
        let facts = request.and_then(|request| request.facts()).unwrap_or_else(|report| panic!("{report}"));
        let refused = policy.render(&facts, &Arena::new()).is_err();
        assert!(refused || diagnostic.severity < Severity::Error, "{diagnostic:?} is not shown by {}", witness.request);
    }
}

/// Edits never make it worse.
fn mended(text: &str) {
    let weight = |found: &[Diagnostic]| found.iter().filter(|it| it.severity == Severity::Error).count();
    let before = layers(text).compile().err().map_or(0, |report| weight(&report.diagnostics));
    let fixed = fix(layers(text), Applicability::Likely);
    report::holds(&fixed.left);
    assert!(weight(&fixed.left.diagnostics) <= before, "edits make it worse");
}

fn is_refused(found: &[Diagnostic]) -> bool {
    found.iter().any(|it| it.severity == Severity::Error)
}

fn codes(found: &[Diagnostic]) -> Vec<&'static str> {
    let mut codes: Vec<_> = found.iter().map(|it| it.code.id()).collect();
    codes.sort_unstable();
    codes
}

fn map(text: &str) -> SourceMap {
    let mut map = SourceMap::for_policy();
    map.add(FILE, text);
    map
}
