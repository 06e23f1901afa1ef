//! Mutation: the tests are run against each small change of the rules. A change that no test notices is a survivor:
//! either the tests say too little, or the rule says too much.

use rayon::prelude::*;

use super::mutants::{Mutant, apart, mutants};
use super::run::Rules;
use super::{Progress, Results, Suite};
use crate::diagnostics::{Diagnostic, Report, code};
use crate::eval::Limits;
use crate::levels;
use crate::source::Span;

/// The steps of one render with a changed policy: it ends soon whatever the change does.
const STEPS: u64 = 1_000_000;

/// What became of the changes.
#[derive(Debug)]
pub struct Mutation {
    /// How many a test noticed.
    pub noticed: usize,
    /// How many made no policy that could pass its checks: nobody could have written them.
    pub impossible: usize,
    /// Those that no test noticed and that no comment accepts, in written order.
    pub survivors: Vec<Survivor>,
    /// Those that a comment `# plimsoll: allow P0660 reason` above their item accepts.
    pub accepted: Vec<Survivor>,
    /// Such comments that accept nothing.
    idle: Vec<Diagnostic>,
}

/// A change that no test noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survivor {
    /// The place.
    pub span: Span,
    /// What was changed, in words.
    pub what: String,
    /// How many tests reach the place.
    pub tests: usize,
}

enum Fate {
    Noticed,
    Impossible,
    Survived(Survivor),
}

impl Suite {
    /// How many changes there are to try.
    #[must_use]
    pub fn mutants(&self) -> usize {
        mutants(self).len()
    }

    /// Tries each change of the rules under test on the tests that passed and that reach it, several changes at a time;
    /// the result does not depend on how many.
    #[must_use]
    pub fn mutate(&self, results: &Results<'_>, progress: Progress<'_>) -> Mutation {
        let base = apart(&self.policy.checked.program);
        let fates: Vec<Fate> = mutants(self)
            .into_par_iter()
            .map(|mutant| {
                let fate = self.fate(&mutant, &base, results);
                progress();
                fate
            })
            .collect();
        let mut mutation =
            Mutation { noticed: 0, impossible: 0, survivors: Vec::new(), accepted: Vec::new(), idle: Vec::new() };
        for fate in fates {
            match fate {
                Fate::Noticed => mutation.noticed += 1,
                Fate::Impossible => mutation.impossible += 1,
                Fate::Survived(survivor) if self.accepts(survivor.span) => mutation.accepted.push(survivor),
                Fate::Survived(survivor) => mutation.survivors.push(survivor),
            }
        }
        let idle = self.accepted.iter().filter(|allow| {
            self.is_tested(allow.span) && !mutation.accepted.iter().any(|survivor| allow.item.contains(survivor.span))
        });
        mutation.idle = idle.map(levels::idle).collect();
        mutation
    }

    fn fate(&self, mutant: &Mutant, base: &crate::ir::Program, results: &Results<'_>) -> Fate {
        let program = mutant.apply(base);
        let rules = Rules { program: &program, schema: &self.policy.checked.facts };
        let limits = Limits { steps: STEPS, ..Limits::default() };
        let concerned: Vec<_> = results.concerned(mutant).collect();
        let mut impossible = false;
        for prepared in &concerned {
            match prepared.passes(rules, limits) {
                Some(true) => {}
                Some(false) => return Fate::Noticed,
                None => impossible = true,
            }
        }
        if impossible {
            return Fate::Impossible;
        }
        Fate::Survived(Survivor { span: mutant.span, what: mutant.what.clone(), tests: concerned.len() })
    }

    fn accepts(&self, span: Span) -> bool {
        self.accepted.iter().any(|allow| allow.item.contains(span))
    }
}

impl<'s> Results<'s> {
    /// The tests that a change can make fail.
    fn concerned(&self, mutant: &Mutant) -> impl Iterator<Item = &super::run::Prepared<'s>> {
        let passed = self.tests.iter().filter(|result| result.passed() && mutant.concerns(&result.reached));
        passed.filter_map(|result| self.prepared.iter().find(|it| std::ptr::eq(it.test, result.test)))
    }
}

impl Mutation {
    /// A finding for each change that no test noticed and no comment accepts, and for each comment that accepts nothing.
    #[must_use]
    pub fn findings(&self, suite: &Suite) -> Report {
        let findings = self.survivors.iter().map(|survivor| {
            let (message, help) = match survivor.tests {
                0 => (format!("no test reaches this: {}", survivor.what), "add a test that does"),
                _ => (
                    format!("no test notices: {}", survivor.what),
                    "expect what it would change; or accept it: `# plimsoll: allow P0660 reason` above the item",
                ),
            };
            Diagnostic::new(code::MUTANT_SURVIVED, message).label(survivor.span, "").help(help)
        });
        Report::new(findings.chain(self.idle.iter().cloned()).collect(), &[&suite.policy.sources])
    }
}
