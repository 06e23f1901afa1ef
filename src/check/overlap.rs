//! Two writes that are known to disagree before any service arrives: of one place and one strength, with different
//! constants, where one applies whenever the other does and nothing stronger does as well.

mod claim;

use indexmap::{IndexMap, IndexSet};

use crate::diagnostics::{Diagnostic, code};
use crate::ir::{Effect, EffectId, GuardId, Program, Rule, Strength, Tail};
use crate::schema::output::OutputSchema;
use crate::source::{SourceMap, Span};

use claim::{Place, Says};

/// Of rules with more guards than this, not every subset is looked up.
const MANY_GUARDS: usize = 6;

/// What a rule says of a place.
struct Claim<'p> {
    rule: &'p str,
    number: usize,
    effect: EffectId,
    strength: Strength,
    /// Ascending.
    guards: Vec<GuardId>,
    says: Says,
}

/// The places of a rule's `when` and `unless`.
pub(super) type Head = (Option<Span>, Option<Span>);

/// What is looked at.
#[derive(Clone, Copy)]
pub(super) struct Policy<'p> {
    pub(super) program: &'p Program,
    pub(super) output: &'p OutputSchema,
    pub(super) sources: &'p SourceMap,
    /// One for each rule.
    pub(super) heads: &'p [Head],
}

impl<'p> Policy<'p> {
    /// Finds them. Which guards exclude or imply one another is not looked into.
    pub(super) fn conflicts(&self, found: &mut IndexSet<Diagnostic>) {
        let mut claims: IndexMap<Place, Vec<Claim<'p>>> = IndexMap::new();
        for (number, rule) in self.program.rules.iter().enumerate() {
            let mut guards = rule.guards.to_vec();
            guards.sort_unstable();
            guards.dedup();
            for effect in certain(self.program, rule) {
                let Some(Effect::Write(write)) = self.program.effects.get(effect.index()) else { continue };
                for (place, says) in claim::of(self.program, self.output, write) {
                    let (rule, guards, strength) = (&*rule.name, guards.clone(), write.strength);
                    claims.entry(place).or_default().push(Claim { rule, number, effect, strength, guards, says });
                }
            }
        }
        for (place, claims) in claims.iter().filter(|(_, claims)| claims.len() > 1) {
            if let Some((first, other)) = disagreement(claims) {
                let ordered = if first.effect <= other.effect { (first, other) } else { (other, first) };
                found.insert(self.conflict(place, ordered.0, ordered.1));
            }
        }
    }

    fn conflict(&self, place: &Place, first: &Claim<'_>, other: &Claim<'_>) -> Diagnostic {
        let path = self.output.slots.get(place.slot).map_or("", |slot| slot.path);
        let shown = place.shown.as_ref().map_or_else(|| path.to_owned(), |key| format!("{path}[{key}]"));
        let message = match (first.rule == other.rule, &first.says, &other.says) {
            (true, ..) => format!("`{}` says two different things of `{shown}`", first.rule),
            (false, Says::Is { .. }, Says::Is { .. }) => {
                format!("`{}` and `{}` set `{shown}` differently", first.rule, other.rule)
            }
            _ => format!("`{}` and `{}` disagree on whether there is `{shown}`", first.rule, other.rule),
        };
        Diagnostic::new(code::CONFLICT, message)
            .label(self.place(other), self.label(other))
            .label(self.place(first), self.label(first))
            .help("make one of them `default`, or `force … because \"…\"`, or guard them so that only one applies")
    }

    fn place(&self, claim: &Claim<'_>) -> Span {
        self.program.notes.get(claim.effect.index()).map_or(Span::NONE, |note| note.span)
    }

    fn label(&self, claim: &Claim<'_>) -> String {
        let what = match &claim.says {
            Says::Is { shown: Some(value), .. } => format!("says {value}"),
            Says::Is { shown: None, .. } => "says this".to_owned(),
            Says::In => "puts it in".to_owned(),
            Says::Gone => "takes it out".to_owned(),
        };
        let (when, unless) = self.heads.get(claim.number).copied().unwrap_or_default();
        let text = |word: &str, span: Option<Span>| {
            let text = self.sources.snippet(span?)?;
            let one_line: Vec<&str> = text.split_whitespace().collect();
            Some(format!("{word} `{}`", one_line.join(" ")))
        };
        let conditions: Vec<String> = [text("when", when), text("unless", unless)].into_iter().flatten().collect();
        let conditions = if conditions.is_empty() { "always".to_owned() } else { conditions.join(" ") };
        format!("`{}` {what}, {conditions}", claim.rule)
    }
}

/// The statements of a rule that run wherever its guards hold. What stands within an `if` or a loop depends on
/// more, and so does what stands after a `let` that may leave out the rest.
fn certain<'p>(program: &'p Program, rule: &Rule) -> impl Iterator<Item = EffectId> + use<'p> {
    let (mut next, end) = (rule.effects.start, rule.effects.end);
    std::iter::from_fn(move || {
        if next >= end {
            return None;
        }
        let index = EffectId::new(next as usize);
        next = match program.effects.get(index.index())? {
            Effect::If { end, .. } | Effect::For { end, .. } => *end,
            Effect::Let { tail: Tail::Skip | Tail::Warn(_), .. } => return None,
            _ => next + 1,
        };
        Some(index)
    })
}

/// Two claims of which the first applies whenever the second does.
fn disagreement<'c, 'p>(claims: &'c [Claim<'p>]) -> Option<(&'c Claim<'p>, &'c Claim<'p>)> {
    let mut by_guards: IndexMap<&[GuardId], Vec<&Claim<'p>>> = IndexMap::new();
    for claim in claims {
        by_guards.entry(&claim.guards).or_default().push(claim);
    }
    claims.iter().find_map(|claim| {
        let wider = subsets(&claim.guards);
        let beside = || wider.iter().filter_map(|guards| by_guards.get(guards.as_slice())).flatten();
        if beside().any(|other| other.strength > claim.strength) {
            return None;
        }
        let other = beside().find(|other| other.strength == claim.strength && other.says != claim.says)?;
        Some((*other, claim))
    })
}

fn subsets(guards: &[GuardId]) -> Vec<Vec<GuardId>> {
    if guards.len() > MANY_GUARDS {
        let single = guards.iter().map(|guard| vec![*guard]);
        return single.chain([Vec::new(), guards.to_vec()]).collect();
    }
    let mut all = vec![Vec::new()];
    for guard in guards {
        let with: Vec<Vec<GuardId>> = all.iter().map(|set| [set.as_slice(), &[*guard]].concat()).collect();
        all.extend(with);
    }
    all
}
