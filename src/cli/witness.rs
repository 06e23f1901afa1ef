//! Requests that show what checking found, as files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use plimsoll::bundle::write_specs;
use plimsoll::diagnostics::{Diagnostic, Report, code};
use plimsoll::policy::Policy;

use super::interrupt;
use super::terminal::Terminal;

/// Longest name of a file without its ending, in bytes.
const LONGEST: usize = 200;

/// Writes the requests of what was found, all or none. What goes wrong is added to that.
pub(super) fn write(folder: &Path, compiled: Result<Policy, Report>, terminal: &Terminal) -> Result<Policy, Report> {
    let found = compiled.as_ref().map_or_else(Clone::clone, Policy::warnings);
    let written = write_files(folder, &files(&found.diagnostics), terminal);
    match (compiled, written) {
        (compiled, Ok(())) => compiled,
        (Ok(_), Err(refusal)) => Err(Report::new(vec![refusal], &[])),
        (Err(mut report), Err(refusal)) => {
            report.diagnostics.push(refusal);
            Err(report)
        }
    }
}

/// The requests by the names of their files.
fn files(found: &[Diagnostic]) -> BTreeMap<String, &str> {
    let mut files = BTreeMap::new();
    for diagnostic in found {
        let Some(witness) = &diagnostic.witness else { continue };
        let name = format!("{}-{}", diagnostic.code, witness.rules.join("-"));
        let name: String = name.chars().take(LONGEST).collect();
        // Two rules can disagree on several places.
        let numbered = (2..).map(|number| format!("{name}-{number}.json"));
        let free = std::iter::once(format!("{name}.json")).chain(numbered).find(|name| !files.contains_key(name));
        files.extend(free.map(|name| (name, witness.request.as_str())));
    }
    files
}

fn write_files(folder: &Path, files: &BTreeMap<String, &str>, terminal: &Terminal) -> Result<(), Diagnostic> {
    let is_new = |name: &str, request: &str| match fs::read(folder.join(name)) {
        Ok(there) if there == request.as_bytes() => Ok(false),
        Ok(_) => Err(differs(&folder.join(name))),
        // Whatever else is wrong with it, writing tells.
        Err(_) => Ok(true),
    };
    let mut new = Vec::new();
    for (name, request) in files {
        if is_new(name, request)? {
            new.push((name.as_str(), request.as_bytes()));
        }
    }
    if !new.is_empty() {
        let _whole = interrupt::hold();
        write_specs(folder, new).map_err(|error| error.diagnostic())?;
    }
    let count = match files.len() {
        0 => "no finding is shown by a request: nothing is written".to_owned(),
        1 => format!("1 request that shows a finding is in {}", folder.display()),
        count => format!("{count} requests that show findings are in {}", folder.display()),
    };
    terminal.note(&count);
    Ok(())
}

fn differs(path: &Path) -> Diagnostic {
    Diagnostic::new(code::UNWRITABLE, format!("`{}` is there already and says something else", path.display()))
        .help("remove it, or name another folder")
}
