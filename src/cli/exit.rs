//! The ways in which a run can end.

use std::io::{self, Write};
use std::panic;
use std::process::{self, ExitCode};

use plimsoll::diagnostics::{Code, Report, code};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// The whole result was given.
    Done,
    /// The rules, the input or the service has mistakes.
    Refused,
    /// The command line is wrong, or a file cannot be read or written.
    Unusable,
    /// All was compared, and there is a change that must not be there.
    Forbidden,
    /// A mistake of ours; the number is `EX_SOFTWARE` of sysexits.h.
    Bug,
}

/// Codes about files rather than about what they say, and about the command line.
const FILES: &[Code] = &[
    code::UNREADABLE,
    code::NOT_UTF8,
    code::EMPTY_FILE,
    code::UNWRITABLE,
    code::TOO_LARGE,
    code::HOST_UNREADABLE,
    code::BAD_ACCOUNTS,
    code::BUNDLE_EXISTS,
    code::OBSTRUCTED,
    code::NO_BUNDLE,
    code::BAD_ROOTFS,
    code::BAD_BUNDLE_PATH,
    code::BUNDLE_NOT_WRITTEN,
    code::BUNDLE_BUSY,
    code::CHANGED_MEANWHILE,
    code::FOLDER_NOT_EMPTY,
    code::BAD_COMPILED,
    code::BAD_SNAPSHOT,
    code::UNKNOWN_QUERY,
    code::NO_SUCH_RULE,
    code::BAD_REVISION,
];

impl Exit {
    /// How a run ends that is refused with this report.
    pub(super) fn of(report: &Report) -> Self {
        let any = |codes: &[Code]| report.diagnostics.iter().any(|diagnostic| codes.contains(&diagnostic.code));
        let only = |code: Code| report.diagnostics.iter().all(|diagnostic| diagnostic.code == code);
        match () {
            () if any(&[code::INTERNAL]) => Self::Bug,
            () if any(FILES) => Self::Unusable,
            () if !report.diagnostics.is_empty() && only(code::CHANGE_FORBIDDEN) => Self::Forbidden,
            () => Self::Refused,
        }
    }

    /// What the process ends with.
    const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Unusable => 2,
            Self::Forbidden => 3,
            Self::Bug => 70,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// From here on, a panic in any thread asks for a report and ends the process.
///
/// Nothing is unwound: what is written as a whole is written beside its place, and whatever a process leaves behind there is
/// put right by the next one.
pub(super) fn on_panic() {
    panic::set_hook(Box::new(|panic| {
        let code = code::INTERNAL;
        let message = format!(
            "error[{code}]: plimsoll {}: {panic}\n  help: this is a mistake of ours; please report it with the rules and the input\n",
            env!("CARGO_PKG_VERSION"),
        );
        // Another thread finishes its line of a result first, and another panic says nothing more.
        let _line = io::stdout().lock();
        let mut stderr = io::stderr().lock();
        // Nobody is left to tell if this cannot be written.
        let _ = stderr.write_all(message.as_bytes());
        process::exit(Exit::Bug.code().into());
    }));
}

#[cfg(test)]
mod tests {
    use plimsoll::diagnostics::Diagnostic;

    use super::*;

    fn of(codes: &[Code]) -> Exit {
        Exit::of(&Report::new(codes.iter().map(|code| Diagnostic::new(*code, "")).collect(), &[]))
    }

    #[test]
    fn the_worst_finding_decides() {
        assert_eq!(of(&[code::SYNTAX]), Exit::Refused);
        assert_eq!(of(&[code::SYNTAX, code::UNREADABLE]), Exit::Unusable);
        assert_eq!(of(&[code::NOT_UTF8, code::INTERNAL, code::SYNTAX]), Exit::Bug);
        assert_eq!(of(&[code::CHANGE_FORBIDDEN]), Exit::Forbidden);
        assert_eq!(of(&[code::CHANGE_FORBIDDEN, code::CORPUS_UNREAD]), Exit::Refused);
    }

    #[test]
    fn a_panic_is_a_mistake_of_ours() {
        const DIES: &str = "PLIMSOLL_TEST_DIES";
        if std::env::var_os(DIES).is_some() {
            on_panic();
            let _ = std::thread::spawn(|| panic!("a test")).join();
            process::exit(0);
        }
        let mut child = process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "cli::exit::tests::a_panic_is_a_mistake_of_ours"]).env(DIES, "");
        let ended = child.output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(70), "{said}");
        assert!(said.starts_with("error[P0901]: plimsoll ") && said.contains("a test"), "{said}");
    }
}
