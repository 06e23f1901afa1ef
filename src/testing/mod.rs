//! Tests of a policy, made of `test` blocks in its rule files: what they expect (`run`), what they reach (`coverage`),
//! and whether they would notice if a rule said something else (`mutation`).
//!
//! Nothing here reads or writes files: requests and snapshots that tests name come through [`Files`], and results go
//! back to the caller, to be shown or kept (`junit`, `lcov`).

pub mod coverage;
mod expect;
mod explain;
pub mod junit;
mod mutants;
pub mod mutation;
mod run;

use std::collections::BTreeSet;

pub use run::TestResult;
use run::{Prepared, Rules};

use crate::check::tests::Test;
use crate::diagnostics::{Diagnostic, Report, code};
use crate::eval::probe::Reached;
use crate::policy::{Place, Policy, TESTS};
use crate::source::{SourceId, Span};
use crate::syntax::ast;

/// The files that tests name.
pub trait Files: Sync {
    /// The text of a file, none if it does not exist.
    ///
    /// # Errors
    ///
    /// Why it cannot be read.
    fn read(&self, path: &str) -> Result<Option<String>, String>;
}

impl<F: Fn(&str) -> Result<Option<String>, String> + Sync> Files for F {
    fn read(&self, path: &str) -> Result<Option<String>, String> {
        self(path)
    }
}

/// Told of each step of a long run, from any thread.
pub type Progress<'p> = &'p (dyn Fn() + Sync);

/// A policy and its tests.
#[derive(Debug)]
pub struct Suite {
    pub(crate) policy: Policy,
    /// What is wrong with tests, or doubtful.
    pub(crate) findings: Vec<Diagnostic>,
    /// The files whose tests are run and whose rules they are about.
    pub(crate) tested: BTreeSet<SourceId>,
    /// The comments that accept changes which no test notices.
    pub(crate) accepted: Vec<ast::Allow>,
}

/// The results of some tests, in written order.
#[derive(Debug)]
pub struct Results<'s> {
    /// One for each.
    pub tests: Vec<TestResult<'s>>,
    prepared: Vec<Prepared<'s>>,
}

impl Suite {
    /// The policy.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What is wrong with tests, which are then not run, or doubtful.
    #[must_use]
    pub fn findings(&self) -> Report {
        Report::new(self.findings.clone(), &[&self.policy.sources])
    }

    /// The tests that can be run, in written order: those of all layers that do not come with this crate, or, if all
    /// of them do, of the last.
    pub fn tests(&self) -> impl Iterator<Item = &Test> {
        self.policy.checked.tests.iter().filter(|test| self.is_tested(test.span))
    }

    /// Where a span of the policy is.
    #[must_use]
    pub fn place(&self, span: Span) -> Option<Place<'_>> {
        let source = self.policy.sources.get(span.source)?;
        let (line, column) = source.position(span.start);
        Some(Place { file: &source.name, line, column })
    }

    /// Runs tests, several at a time.
    #[must_use]
    pub fn run<'s>(&'s self, tests: Vec<&'s Test>, files: &dyn Files, progress: Progress<'_>) -> Results<'s> {
        use rayon::prelude::*;
        let pairs: Vec<_> = tests
            .into_par_iter()
            .map(|test| {
                let result = Prepared::new(self, test, files).map_or_else(
                    |report| (None, TestResult::unprepared(test, report)),
                    |prepared| {
                        let result = prepared.run(self);
                        (Some(prepared), result)
                    },
                );
                progress();
                result
            })
            .collect();
        let (prepared, tests): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        Results { tests, prepared: prepared.into_iter().flatten().collect() }
    }

    fn rules(&self) -> Rules<'_> {
        Rules { program: &self.policy.checked.program, schema: &self.policy.checked.facts }
    }

    fn is_tested(&self, span: Span) -> bool {
        self.tested.contains(&span.source)
    }
}

impl Results<'_> {
    /// Whether every test passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.tests.iter().all(TestResult::passed)
    }

    /// What all tests together reached.
    #[must_use]
    pub fn reached(&self) -> Reached {
        let mut all = Reached::default();
        self.tests.iter().for_each(|test| all.add(&test.reached));
        all
    }
}

/// A file of tests without its other items, which are mistakes.
pub(crate) fn only_tests(mut file: ast::File, found: &mut Vec<Diagnostic>) -> ast::File {
    file.items.retain(|item| {
        let is_test = matches!(item.kind, ast::ItemKind::Test(_));
        if !is_test {
            let message = format!("a file `*{TESTS}` holds tests and nothing else");
            let help = "write it in a file of rules: what renders a service does not read this one";
            found.push(Diagnostic::new(code::NOT_A_TEST, message).label(item.span, "").help(help));
        }
        is_test
    });
    ast::File { items: file.items, allows: file.allows, ..ast::File::default() }
}
