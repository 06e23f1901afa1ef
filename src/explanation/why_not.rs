//! Why did this rule not do that?

use super::why::is_disputed;
use super::{Beaten, Explanation, Missed, Outcome, WhyNot};
use crate::diagnostics::{Diagnostic, Report, code, nearest, one_line};
use crate::ir::{Rule, RuleId};
use crate::provenance::{Claim, Head, Leaf, Says, Skipped};
use crate::source::Span;

impl Explanation<'_> {
    /// What a rule or invariant did: the first condition that kept it from applying, the stronger writes that beat it, or
    /// what it wrote.
    ///
    /// # Errors
    ///
    /// If the policy has none of that name.
    pub fn why_not(&self, name: &str) -> Result<WhyNot, Report> {
        let of = |rules: &[Rule]| rules.iter().position(|rule| &*rule.name == name);
        if let Some(number) = of(&self.program.rules) {
            let head = self.conduct.rules.get(number);
            let rule = self.program.rules.get(number);
            return rule
                .map(|rule| self.account(rule, head, Some(RuleId::new(number))))
                .ok_or_else(|| unknown(name, self));
        }
        let number = of(&self.program.invariants).ok_or_else(|| unknown(name, self))?;
        let (rule, head) = (self.program.invariants.get(number), self.conduct.invariants.get(number));
        rule.map(|rule| self.account(rule, head, None)).ok_or_else(|| unknown(name, self))
    }

    fn account(&self, rule: &Rule, head: Option<&Head>, id: Option<RuleId>) -> WhyNot {
        let teller = self.teller();
        let (refused, warned) = self.said_by(rule);
        WhyNot {
            rule: rule.name.to_string(),
            place: teller.code(rule.span),
            applies: head.and_then(|head| head.applies),
            conditions: head.map(|head| head.asked.iter().map(|it| teller.condition(it)).collect()).unwrap_or_default(),
            refused: self.refused(),
            messages: refused.into_iter().chain(warned).collect(),
            wrote: id.map(|id| self.outcomes(id)).unwrap_or_default(),
            skipped: if head.and_then(|head| head.applies) == Some(true) { self.not_run(rule) } else { Vec::new() },
        }
    }

    /// What a rule wrote, by statement and by what became of it.
    fn outcomes(&self, rule: RuleId) -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = Vec::new();
        let numbered = self.numbered();
        for leaf in numbered.values().flatten() {
            let (_, of) = leaf;
            let counts = of.origins.iter().map(|claim| (claim, true));
            let all = counts.chain(of.beaten.iter().map(|claim| (claim, false)));
            for (claim, counts) in
                all.filter(|(claim, counts)| claim.rule == rule && says_something(claim, *counts, of))
            {
                let beaten_by = if counts { Vec::new() } else { self.winners(of) };
                let disputed = counts && is_disputed(of);
                let (write, found) = (self.teller().write(claim), self.found(leaf, Some(claim)));
                let same =
                    |one: &&mut Outcome| one.write == write && one.beaten_by == beaten_by && one.disputed == disputed;
                match outcomes.iter_mut().find(same) {
                    Some(outcome) => outcome.found.push(found),
                    None => outcomes.push(Outcome { write, found: vec![found], beaten_by, disputed }),
                }
            }
        }
        outcomes
    }

    fn winners(&self, leaf: &Leaf) -> Vec<Beaten> {
        let winners = leaf.origins.iter();
        winners
            .map(|claim| Beaten {
                says: super::teller::says(claim),
                why: format!("{} beats what is weaker", super::teller::strength(claim.strength)),
                write: self.teller().write(claim),
            })
            .collect()
    }

    /// The statements of a rule that applied and that were passed over all the same.
    fn not_run(&self, rule: &Rule) -> Vec<Missed> {
        let mut missed: Vec<Missed> = Vec::new();
        let mut starts: Vec<u32> = Vec::new();
        let own = |skipped: &&Skipped| rule.effects.contains(&skipped.effects.start) && !skipped.effects.is_empty();
        for skipped in self.conduct.skipped.iter().filter(own) {
            let start = skipped.effects.start;
            if starts.contains(&start) {
                continue;
            }
            starts.push(start);
            let here = self.conduct.skipped.iter().filter(own).filter(|other| other.effects.start == start);
            let (reasons, more) = self.reasons(here, None);
            let statement = self.program.notes.get(start as usize).map_or(Span::NONE, |note| note.span);
            missed.push(Missed { rule: rule.name.to_string(), place: self.teller().code(statement), reasons, more });
        }
        missed
    }
}

/// What a write of the whole leaves out is worth a word only where it beats somebody who wanted it in.
fn says_something(claim: &Claim, counts: bool, leaf: &Leaf) -> bool {
    claim.says != Says::NotInWhole || counts && !leaf.beaten.is_empty()
}

fn unknown(name: &str, explanation: &Explanation<'_>) -> Report {
    let program = explanation.program;
    let names: Vec<&str> = program.rules.iter().chain(&program.invariants).map(|rule| &*rule.name).collect();
    let message = format!("the policy has no rule or invariant `{}`", one_line(name));
    let diagnostic = Diagnostic::new(code::NO_SUCH_RULE, message);
    let last = name.rsplit('.').next().unwrap_or(name);
    let ends = names.iter().find(|own| own.rsplit('.').next() == Some(last)).copied();
    let near = nearest(name, names.iter().copied()).or(ends);
    let diagnostic = match near {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help("`plimsoll blame` shows which rules wrote a spec"),
    };
    Report::new(vec![diagnostic], &[])
}
