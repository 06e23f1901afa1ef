//! What a machine may lack, and what its user may ask of the tests.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says what must run and where things are")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Says why a test does nothing; with `PLIMSOLL_REQUIRE_ALL=1` it fails instead.
pub(crate) fn lacks(why: &str) {
    if variable("PLIMSOLL_REQUIRE_ALL").as_deref() == Some("1") {
        panic!("{why}");
    }
    skip(why);
}

/// Says why a test does nothing, where nobody can be asked to change that.
pub(crate) fn skip(why: &str) {
    // Not through `eprintln!`, which the test harness keeps to itself.
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// Where a program is installed: on the search path, by the system, or by cargo.
pub(crate) fn program(name: &str, from: &str) -> Result<PathBuf, String> {
    let path = variable("PATH").unwrap_or_default();
    let cargo = variable("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo.or_else(|| Some(Path::new(&variable("HOME")?).join(".cargo")));
    let system = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].map(PathBuf::from);
    let folders = std::env::split_paths(&path).chain(system).chain(cargo.map(|home| home.join("bin")));
    let found = folders.map(|folder| folder.join(name)).find(|file| file.is_absolute() && file.is_file());
    found.ok_or_else(|| format!("`{name}` is not installed ({from})"))
}

/// Whether there is `git`; else the test has nothing to do.
pub(crate) fn has_git() -> bool {
    let found = program("git", "Debian: git");
    found.inspect_err(|why| lacks(why)).is_ok()
}

/// No environment, but for where the coverage of a run goes, if it is measured.
pub(crate) fn bare(command: &mut Command) -> &mut Command {
    const PROFILE: &str = "LLVM_PROFILE_FILE";
    command.env_clear().envs(variable(PROFILE).map(|file| (PROFILE, file)))
}
