//! A review in the making: document after document, with nothing kept of what is the same on both sides.

use std::sync::Arc;

use rayon::prelude::*;

use super::causes::Causes;
use super::compare::{Comparer, Outcome, Refusal};
use super::corpus::{Item, ItemKind, Setting};
use super::fold::{Fold, counted};
use super::items::Declared;
use super::{Group, Refused, Review, Service, Side, Sides, SpecLine, Summary, Unread};
use crate::diagnostics::{Severity, one_line};
use crate::digest;
use crate::eval::Arena;
use crate::facts::request::Request;
use crate::facts::shared::SharedHost;
use crate::policy::Policy;
use crate::sort;

/// Compares two policies over a corpus. It is fed documents, as many at a time as the caller likes: those of one call are
/// compared on all cores. What comes out does not depend on how they are parted.
pub struct Reviewer<'p> {
    comparer: Comparer<'p>,
    names: [String; 2],
    setting: Setting,
    /// Whether both policies read the same facts.
    same_facts: bool,
    /// How many services are still to be shown side by side.
    sides: usize,
    summary: Summary,
    fold: Fold,
    refusals: Vec<Refused>,
    unread: Vec<Unread>,
    services: Vec<Service>,
}

/// A document that was read for each side; the same twice where both read the same facts.
type Pair = [Arc<Request>; 2];

/// A service, or a document without any that can be told.
struct Job<'j> {
    item: &'j Item,
    deployment: &'j str,
    service: &'j str,
    task: Task<'j>,
}

enum Task<'j> {
    Compare(&'j Pair),
    /// What is known without a look at the service.
    Settled(Outcome),
}

impl<'p> Reviewer<'p> {
    /// What the second policy changes against the first, each with what reports call it.
    #[must_use]
    pub fn new(old: (&str, &'p Policy), new: (&str, &'p Policy)) -> Self {
        let (was, is) = (Declared::new(old.1), Declared::new(new.1));
        let same_facts = was.facts().eq(is.facts());
        Self {
            comparer: Comparer::new(Causes::new(was, is)),
            names: [old.0, new.0].map(|name| one_line(name).into_owned()),
            setting: Setting::default(),
            same_facts,
            sides: 0,
            summary: Summary::default(),
            fold: Fold::default(),
            refusals: Vec::new(),
            unread: Vec::new(),
            services: Vec::new(),
        }
    }

    /// What is said of services beside their documents.
    #[must_use]
    pub fn setting(self, setting: Setting) -> Self {
        Self { setting, ..self }
    }

    /// Of so many services that change, the first of the corpus, the review has both specs ([`Service::sides`]).
    #[must_use]
    pub const fn with_sides(mut self, most: usize) -> Self {
        self.sides = most;
        self
    }

    /// Compares the services of some documents, which stand behind those that were given before.
    pub fn look(&mut self, items: &[Item]) {
        let shared = || SharedHost::or(self.setting.host.clone());
        let read: Vec<[Result<Arc<Request>, Vec<String>>; 2]> =
            items.par_iter().map_init(shared, |shared, item| self.read(item, shared)).collect();
        let pairs: Vec<Option<Pair>> =
            read.iter().map(|[old, new]| Some([old.clone().ok()?, new.clone().ok()?])).collect();
        let documents = items.iter().zip(&read).zip(&pairs);
        let jobs: Vec<Job<'_>> = documents.flat_map(|((item, read), pair)| jobs(item, read, pair.as_ref())).collect();
        let comparer = &self.comparer;
        let done: Vec<(Job<'_>, Outcome)> = jobs
            .into_par_iter()
            .map_init(Arena::new, |arena, job| {
                arena.reset();
                let outcome = job.outcome(comparer, arena);
                (job, outcome)
            })
            .collect();
        for (job, outcome) in done {
            self.settle(&job, outcome);
        }
    }

    fn read(&self, item: &Item, shared: &mut SharedHost) -> [Result<Arc<Request>, Vec<String>>; 2] {
        let [old, new] = [&self.comparer.causes.old, &self.comparer.causes.new];
        let mut read = |side: &Declared<'_>| {
            let request = item.read(&self.setting, side.policy.schema(), shared);
            request.map(Arc::new).map_err(|report| report.told(Severity::Error))
        };
        let was = read(old);
        let is = if self.same_facts { was.clone() } else { read(new) };
        [was, is]
    }

    /// Tells of a document that the caller could not read, at its place in the corpus.
    pub fn leave_out(&mut self, file: &str, reasons: Vec<String>) {
        self.summary.unread += 1;
        self.unread.push(unread(file, &reasons));
    }

    /// How many services there were so far.
    #[must_use]
    pub const fn services(&self) -> usize {
        self.summary.services
    }

    fn settle(&mut self, job: &Job<'_>, outcome: Outcome) {
        if let Outcome::Unread(reasons) = outcome {
            return self.leave_out(&job.item.file, reasons);
        }
        self.summary.services += 1;
        if matches!(outcome, Outcome::Same) {
            return;
        }
        let service = self.services.len();
        match outcome {
            Outcome::Changed(findings) => {
                self.summary.changed += 1;
                findings.iter().for_each(|finding| self.fold.add(service, finding));
            }
            Outcome::Refused(Refusal { before, after, place }) => {
                let counter = match (before.is_empty(), after.is_empty()) {
                    (true, _) => &mut self.summary.newly_refused,
                    (_, true) => &mut self.summary.no_longer_refused,
                    _ => &mut self.summary.refused,
                };
                *counter += 1;
                // Who is refused for the same reasons is not changed.
                if before == after {
                    return;
                }
                self.refusals.push(Refused { service, before, after, place });
            }
            Outcome::Same | Outcome::Unread(_) => return,
        }
        let sides = self.sides.checked_sub(1).map(|left| {
            self.sides = left;
            Box::new(self.side_by_side(job))
        });
        let [deployment, name, file] =
            [job.deployment, job.service, &job.item.file].map(|text| one_line(text).into_owned());
        self.services.push(Service { deployment, name, file, sides });
    }

    fn side_by_side(&self, job: &Job<'_>) -> Sides {
        let lines = |policy: &Policy, request: &Request| -> Vec<SpecLine> {
            let Ok(facts) = request.facts_of(job.service) else { return Vec::new() };
            let arena = Arena::new();
            let explanation = policy.explain(&facts, &arena);
            let Ok(blame) = explanation.blame() else { return Vec::new() };
            let rule = |entry: Option<usize>| blame.entries.get(entry?).map(|entry| entry.rule.clone());
            blame.lines.iter().map(|line| SpecLine { text: line.text.clone(), rule: rule(line.entry) }).collect()
        };
        let Task::Compare([old, new]) = &job.task else { return Sides { old: Vec::new(), new: Vec::new() } };
        let Causes { old: was, new: is, .. } = &self.comparer.causes;
        Sides { old: lines(was.policy, old), new: lines(is.policy, new) }
    }

    /// The review of all that was given.
    #[must_use]
    pub fn finish(self) -> Review {
        let Causes { old, new, changes } = &self.comparer.causes;
        let [was, is] = &self.names;
        let (old_side, new_side) = (side(was, old.policy), side(is, new.policy));
        let effects = self.fold.effects().into_iter();
        let groups: Vec<Group> =
            effects.map(|(id, effects)| Group { cause: changes.cause(id, old, new), effects }).collect();
        let Self { summary, refusals, unread, services, .. } = self;
        let mut review = Review { old: old_side, new: new_side, summary, groups, refusals, unread, services };
        review.settle();
        review
    }
}

fn unread(file: &str, reasons: &[String]) -> Unread {
    let reasons = reasons.iter().map(|reason| one_line(reason).into_owned()).collect();
    Unread { file: one_line(file).into_owned(), reasons }
}

impl Review {
    /// Tells of a part of the corpus that could not be compared, behind those that are told already.
    pub fn leave_out(&mut self, file: &str, reasons: Vec<String>) {
        self.summary.unread += 1;
        self.unread.push(unread(file, &reasons));
    }

    /// Adds a review of other services, against the same new rules.
    pub fn append(&mut self, other: Self) {
        let first = self.services.len();
        let Self { old, summary, groups, refusals, unread, services, .. } = other;
        if self.old != old {
            self.old.name = format!("{}, {}", self.old.name, old.name);
            self.old.digest = digest::sha256_of_parts([self.old.digest.as_str(), old.digest.as_str()]);
            self.old.rules = self.old.rules.max(old.rules);
        }
        self.groups.extend(groups.into_iter().map(|mut group| {
            group.effects.iter_mut().flat_map(|effect| &mut effect.services).for_each(|service| *service += first);
            group
        }));
        self.refusals.extend(refusals.into_iter().map(|it| Refused { service: it.service + first, ..it }));
        self.unread.extend(unread);
        self.services.extend(services);
        self.summary.services += summary.services;
        self.summary.changed += summary.changed;
        self.summary.newly_refused += summary.newly_refused;
        self.summary.no_longer_refused += summary.no_longer_refused;
        self.summary.refused += summary.refused;
        self.summary.unread += summary.unread;
        self.settle();
    }

    /// Puts everything in its order, and counts risks.
    fn settle(&mut self) {
        sort::by_key(&mut self.groups, |group| {
            group.effects.first().map(|effect| (effect.risk.class, effect.risk.level))
        });
        sort::by_key(&mut self.refusals, |refused| match (refused.before.is_empty(), refused.after.is_empty()) {
            (true, _) => 0,
            (false, false) => 1,
            (false, true) => 2,
        });
        self.summary.risks = counted(self.groups.iter().flat_map(|group| &group.effects));
    }
}

/// The services of a document; of one that only one side can read, what the other says to each.
fn jobs<'j>(item: &'j Item, read: &'j [Result<Arc<Request>, Vec<String>>; 2], pair: Option<&'j Pair>) -> Vec<Job<'j>> {
    let request = match read {
        [Ok(request), _] | [_, Ok(request)] => request,
        [Err(reasons), Err(_)] => {
            let task = Task::Settled(Outcome::Unread(reasons.clone()));
            return vec![Job { item, deployment: "", service: "", task }];
        }
    };
    let services: Vec<&str> = match item.kind {
        ItemKind::Deployment => request.services().collect(),
        ItemKind::Request => match request.service() {
            Ok(service) => vec![service],
            Err(report) => {
                let task = Task::Settled(Outcome::Unread(report.told(Severity::Error)));
                return vec![Job { item, deployment: request.deployment(), service: "", task }];
            }
        },
    };
    let task = || match pair {
        Some(pair) => Task::Compare(pair),
        None => {
            let [before, after] = read.each_ref().map(|side| side.as_ref().err().cloned().unwrap_or_default());
            Task::Settled(Outcome::Refused(Refusal { before, after, place: None }))
        }
    };
    services.into_iter().map(|service| Job { item, deployment: request.deployment(), service, task: task() }).collect()
}

impl Job<'_> {
    fn outcome(&self, comparer: &Comparer<'_>, arena: &Arena) -> Outcome {
        let [old, new] = match &self.task {
            Task::Settled(outcome) => return outcome.clone(),
            Task::Compare(pair) => pair,
        };
        let facts = |request: &Request| request.facts_of(self.service).map_err(|report| report.told(Severity::Error));
        let output = self.item.output.as_deref();
        match (facts(old), Arc::ptr_eq(old, new)) {
            (Ok(facts), true) => comparer.service([&facts, &facts], output, arena),
            (Err(reasons), true) => Outcome::Unread(reasons),
            (was, false) => match (was, facts(new)) {
                (Ok(was), Ok(is)) => comparer.service([&was, &is], output, arena),
                (Err(reasons), Err(_)) => Outcome::Unread(reasons),
                (was, is) => {
                    let [before, after] = [was.err(), is.err()].map(Option::unwrap_or_default);
                    Outcome::Refused(Refusal { before, after, place: None })
                }
            },
        }
    }
}

fn side(name: &str, policy: &Policy) -> Side {
    Side { name: name.to_owned(), digest: policy.digest(), rules: policy.rules().len() }
}
