//! The ways in which a run can end.

use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

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
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Refused => 1,
            Exit::Unusable => 2,
            Exit::Forbidden => 3,
            Exit::Bug => 70,
        })
    }
}

/// Runs something that must not panic; if it does all the same, it asks for a report.
pub(super) fn guard(run: impl FnOnce() -> Exit) -> Exit {
    panic::set_hook(Box::new(|panic| {
        let code = code::INTERNAL;
        let message = format!(
            "error[{code}]: plimsoll {}: {panic}\n  help: this is a mistake of ours; please report it with the rules and the input\n",
            env!("CARGO_PKG_VERSION"),
        );
        // Nobody is left to tell if this cannot be written.
        let _ = io::stderr().write_all(message.as_bytes());
    }));
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or(Exit::Bug)
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
        assert_eq!(guard(|| panic!("a test")), Exit::Bug);
        assert_eq!(guard(|| Exit::Refused), Exit::Refused);
    }
}
