//! Many requests: one a line in, one result a line out. This is what happens to one line; whoever reads and writes them
//! may do so with as many threads as there are.

use std::sync::{Arc, OnceLock};

use crate::diagnostics::{Diagnostic, Report, Severity, code, to_json};
use crate::eval::Arena;
use crate::facts::host::Host;
use crate::facts::request::Request;
use crate::facts::shared::{SharedHost, SharedRecording};
use crate::output::json::Style;
use crate::policy::{Policy, Rendered};
use crate::schema::facts::FactSchema;

/// Gives a host; it is only asked once, and only if a request has none of its own.
pub type HostSource = Box<dyn Fn() -> Result<Arc<dyn Host>, Diagnostic> + Send + Sync>;

/// Answers requests by one policy. It can be shared between threads.
pub struct Stream<'p> {
    policy: &'p Policy,
    /// Where requests without a host run.
    host: OnceLock<Result<Arc<dyn Host>, Diagnostic>>,
    host_source: HostSource,
    recording: Option<SharedRecording>,
    redacted: bool,
    unvalidated: bool,
}

/// What one thread keeps from line to line.
#[derive(Debug)]
pub struct Memory {
    arena: Arena,
    host: SharedHost,
    /// The policy's, with defaults of its own.
    schema: FactSchema,
}

/// What became of a line beside the result.
#[derive(Debug)]
pub struct Answer {
    /// Whether the result is an error.
    pub refused: bool,
    /// All that refused it; else what is doubtful.
    pub report: Report,
}

impl<'p> Stream<'p> {
    /// Answers by this policy, and validates what comes out. Requests without a host are rendered for the one that `host` gives.
    #[must_use]
    pub fn new(policy: &'p Policy, host: HostSource) -> Self {
        Self { policy, host: OnceLock::new(), host_source: host, recording: None, redacted: false, unvalidated: false }
    }

    /// Masks what was made from secrets and host variables.
    #[must_use]
    pub fn redacted(self, redacted: bool) -> Self {
        Self { redacted, ..self }
    }

    /// Does not hold specs against what runtimes ask of one ([`Rendered::validate`]).
    #[must_use]
    pub fn unvalidated(self, unvalidated: bool) -> Self {
        Self { unvalidated, ..self }
    }

    /// Requests without a host are rendered for a recorded one instead.
    #[must_use]
    pub fn recording(self, recording: Option<SharedRecording>) -> Self {
        Self { recording, ..self }
    }

    /// What a thread needs.
    #[must_use]
    pub fn memory(&self) -> Memory {
        Memory {
            arena: Arena::new(),
            host: SharedHost::or(self.recording.clone()),
            schema: self.policy.schema().apart(),
        }
    }

    /// The host of requests that have none, if one was asked for.
    #[must_use]
    pub fn host(&self) -> Option<&dyn Host> {
        self.host.get()?.as_ref().ok().map(|host| &**host)
    }

    /// Renders the request of a line, which is counted from 1 and has no line end. Exactly one line is appended to `out`:
    /// the spec as compact JSON, or `{"error":{"line":…,"diagnostics":[…]}}` with diagnostics as
    /// [`to_json`] writes them.
    pub fn answer(&self, number: u64, line: &[u8], memory: &mut Memory, out: &mut Vec<u8>) -> Answer {
        let start = out.len();
        match self.render(number, line, memory, out) {
            Ok(report) => {
                out.push(b'\n');
                Answer { refused: false, report }
            }
            Err(report) => {
                out.truncate(start);
                refuse(number, report, out)
            }
        }
    }

    fn render(&self, number: u64, line: &[u8], memory: &mut Memory, out: &mut Vec<u8>) -> Result<Report, Report> {
        let text = text(number, line).map_err(|diagnostic| Report::new(vec![diagnostic], &[]))?;
        let name = format!("line {number}");
        let Memory { arena, host, schema } = memory;
        arena.reset();
        let mut request = Request::from_json_sharing(&name, text, schema, host)?;
        if !request.has_host() {
            let host = self.host.get_or_init(|| (self.host_source)()).clone();
            request = request.on_host(host.map_err(|diagnostic| Report::new(vec![diagnostic], &[]))?);
        }
        let doubtful = request.warnings().to_vec();
        let facts = request.into_facts()?;
        let rendered =
            if self.redacted { self.policy.trace(&facts, arena)? } else { self.policy.render(&facts, arena)? };
        let mut warnings = rendered.warnings();
        if !self.unvalidated {
            warnings.append(rendered.validate()?);
        }
        self.write(&rendered, out)?;
        if !doubtful.is_empty() {
            warnings.append(Report::new(doubtful, &[&facts.sources]));
        }
        Ok(warnings)
    }

    fn write(&self, rendered: &Rendered<'_>, out: &mut Vec<u8>) -> Result<(), Report> {
        if !self.redacted {
            return rendered.write_json(Style::Compact, out);
        }
        out.extend(rendered.redacted_json(Style::Compact)?);
        Ok(())
    }
}

/// The answer to a line that has more bytes than a request may have.
pub fn too_large(number: u64, limit: usize, out: &mut Vec<u8>) -> Answer {
    let message = format!("line {number} is larger than {} MiB", limit >> 20);
    refuse(number, Report::new(vec![Diagnostic::new(code::TOO_LARGE, message)], &[]), out)
}

/// Says on a line of its own why another one is refused.
fn refuse(number: u64, report: Report, out: &mut Vec<u8>) -> Answer {
    out.extend_from_slice(format!(r#"{{"error":{{"line":{number},"diagnostics":["#).as_bytes());
    for (index, diagnostic) in to_json(&report).lines().enumerate() {
        out.extend_from_slice(if index == 0 { b"" } else { b"," });
        out.extend_from_slice(diagnostic.as_bytes());
    }
    out.extend_from_slice(b"]}}\n");
    debug_assert!(report.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error));
    Answer { refused: true, report }
}

/// What a line says.
fn text(number: u64, line: &[u8]) -> Result<&str, Diagnostic> {
    if line.trim_ascii().is_empty() {
        let message = format!("line {number} is empty");
        let help = "every line is a request: a result for each, so that they can be told by their place";
        return Err(Diagnostic::new(code::EMPTY_LINE, message).help(help));
    }
    str::from_utf8(line).map_err(|error| {
        let at = error.valid_up_to();
        let byte = line.get(at).copied().unwrap_or_default();
        Diagnostic::new(code::NOT_UTF8, format!("line {number} is not UTF-8: byte {at} is 0x{byte:02x}"))
    })
}

/// Without the host, which can be this machine.
impl std::fmt::Debug for Stream<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream").field("redacted", &self.redacted).finish_non_exhaustive()
    }
}
