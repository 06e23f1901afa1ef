//! Requests that show what checking found, as files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use plimsoll::analysis::Standing;
use plimsoll::bundle::write_specs;
use plimsoll::diagnostics::{Code, Diagnostic, Report, Witness, code};
use plimsoll::policy::Policy;

use super::check::Stands;
use super::interrupt;
use super::terminal::Terminal;

/// Longest name of a file without its ending, in bytes.
const LONGEST: usize = 200;

/// Writes the requests of what was found and of the invariants that can fail, all or none.
pub(super) fn write(
    folder: &Path,
    compiled: &Result<Policy, Report>,
    stands: &[Stands<'_>],
    terminal: &Terminal,
) -> Result<(), Diagnostic> {
    let found = compiled.as_ref().map_or_else(Clone::clone, Policy::warnings).diagnostics;
    let shown = found.iter().filter_map(|it| Some((it.code, it.witness.as_deref()?)));
    let failing = stands.iter().filter_map(|(_, standing)| match standing {
        Standing::CanFail { witness, told, .. } => Some((*told, witness.as_deref()?)),
        _ => None,
    });
    write_files(folder, &files(shown.chain(failing)), terminal)
}

/// The requests by the names of their files: the code that they show, and whom it is about.
fn files<'w>(witnesses: impl Iterator<Item = (Code, &'w Witness)>) -> BTreeMap<String, &'w str> {
    let mut files = BTreeMap::new();
    for (code, witness) in witnesses {
        let name = format!("{code}-{}", witness.rules.join("-"));
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
