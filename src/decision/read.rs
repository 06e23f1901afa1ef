//! Reading a record, line by line.

use serde::Deserialize;
use serde_json::Value;

use super::{Decision, Rules, VERSION};
use crate::diagnostics::{Diagnostic, Report, code, one_line};
use crate::digest;

/// A line of a record.
#[derive(Clone, Debug)]
pub enum Line {
    /// Rules that decisions name by their digest.
    Rules(Rules),
    /// One render.
    Decision(Box<Decision>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    #[serde(rename = "record")]
    _record: u64,
    rules: Option<Rules>,
    render: Option<Box<Decision>>,
}

/// Reads a line of a record.
///
/// # Errors
///
/// If it is none, is of another version, or its request is not the one that its digest is of.
pub fn read(line: &str) -> Result<Line, Report> {
    parse(line).map_err(|diagnostic| Report::new(vec![diagnostic], &[]))
}

fn parse(line: &str) -> Result<Line, Diagnostic> {
    let bad = |why: String| {
        Diagnostic::new(code::BAD_RECORD, why).help("records are what `plimsoll render --record` writes, line by line")
    };
    // What is no JSON at all was cut short; what is another document has no version.
    let json: Value = serde_json::from_str(line).map_err(|error| bad(format!("the record is damaged: {error}")))?;
    let version = json.get("record").ok_or_else(|| bad("this is no record".to_owned()))?;
    if *version != VERSION {
        let shown = version.to_string();
        let message = format!("the record is of version {}, and this plimsoll reads {VERSION}", one_line(&shown));
        return Err(
            Diagnostic::new(code::RECORD_VERSION, message).help("use the plimsoll that wrote it, or a later one")
        );
    }
    let read: Read = serde_json::from_str(line).map_err(|error| {
        let error = error.to_string();
        bad(format!("the record is of another form: {}", one_line(&error)))
    })?;
    match (read.rules, read.render) {
        (Some(rules), None) => Ok(Line::Rules(rules)),
        (None, Some(decision)) if digest::sha256(decision.document.get()) == decision.request => {
            Ok(Line::Decision(decision))
        }
        (None, Some(_)) => Err(bad("the request of the record is not the one that its digest is of".to_owned())),
        _ => Err(bad("a record has either rules or a render".to_owned())),
    }
}
