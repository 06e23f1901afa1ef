//! The facade: layers of rules in, a policy out that renders services.

mod kept;
mod layers;
mod rendered;
mod validated;

use std::sync::Arc;

use crate::analysis;
use crate::check::Checked;
use crate::check::inventory::Inventory;
use crate::diagnostics::{Allowed, Diagnostic, Report, Severity};
use crate::digest;
use crate::eval::fast::{Job, Look, Ways};
use crate::eval::{self, Arena, Limits};
use crate::explanation::Explanation;
use crate::facts::Facts;
use crate::facts::host::Host;
use crate::ir::{Program, Rule, RuleId, questions};
use crate::lock;
use crate::schema::facts::FactSchema;
use crate::schema::output;
use crate::source::{Source, SourceId, SourceMap};

pub use kept::TABLES;
pub use layers::{Layers, STANDARD, TESTS};
pub use rendered::{Place, Rendered};

use rendered::{Body, Later, Origins};

/// A checked policy. It is immutable and can be shared between threads.
#[derive(Debug)]
pub struct Policy {
    pub(crate) checked: Checked,
    pub(crate) sources: SourceMap,
    warnings: Vec<Diagnostic>,
    /// The names of the layers, and whether each has a lock file.
    names: Vec<(String, bool)>,
    allowed: Vec<Allowed>,
    limits: Limits,
    ways: Ways,
}

/// What a layer takes of earlier ones, and whether its lock file says so; see [`Policy::locks`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerLock<'p> {
    /// The name of the layer.
    pub layer: &'p str,
    /// How many items of earlier layers it replaces or removes.
    pub items: usize,
    /// The text of a lock file that accepts them as they are.
    pub text: String,
    /// Whether a lock file was given.
    pub is_given: bool,
}

impl Policy {
    /// The shipped standard policy.
    ///
    /// # Errors
    ///
    /// Never, as long as the shipped rules pass their own tests.
    pub fn standard() -> Result<Self, Report> {
        // Tests have looked at what its conditions can do.
        Layers::standard().unanalysed().compile()
    }

    /// What facts for this policy look like: the built-in schema and what its rule files declare.
    #[must_use]
    pub fn schema(&self) -> &FactSchema {
        &self.checked.facts
    }

    /// What checking found that does not refuse the policy.
    #[must_use]
    pub fn warnings(&self) -> Report {
        debug_assert!(self.warnings.iter().all(|d| d.severity < Severity::Error));
        Report::new(self.warnings.clone(), &[&self.sources]).with_allowed(self.allowed.clone(), &[&self.sources])
    }

    /// What runs.
    pub(crate) const fn program(&self) -> &Program {
        &self.checked.program
    }

    /// The names of its rules in written order: layer, file name, line.
    #[must_use]
    pub fn rules(&self) -> impl ExactSizeIterator<Item = &str> {
        self.checked.program.rules.iter().map(|rule| &*rule.name)
    }

    /// The names of its invariants in written order.
    #[must_use]
    pub fn invariants(&self) -> impl ExactSizeIterator<Item = &str> {
        self.checked.program.invariants.iter().map(|invariant| &*invariant.name)
    }

    /// Of each of its invariants in written order, whether it holds for every service, as far as that can be told before
    /// any arrives.
    pub fn standings(&self) -> impl ExactSizeIterator<Item = (&Rule, analysis::Standing)> {
        let standings = analysis::standings(&self.checked, &self.sources, output::output());
        self.checked.program.invariants.iter().zip(standings)
    }

    /// What its layers are called, the first one first.
    pub fn layers(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(|(name, _)| name.as_str())
    }

    /// How many files of rules it was made from.
    #[must_use]
    pub fn files(&self) -> usize {
        self.checked.layers.len()
    }

    /// What each layer takes of earlier ones, in the order of the layers.
    pub fn locks(&self) -> impl ExactSizeIterator<Item = LayerLock<'_>> {
        self.names.iter().enumerate().map(|(layer, (name, is_given))| {
            let taken = || self.checked.taken.iter().filter(move |it| it.layer == layer);
            LayerLock { layer: name, items: taken().count(), text: lock::write(taken()), is_given: *is_given }
        })
    }

    /// `sha256:…` over its layers, their files and their texts, in order; two policies with the same one render alike.
    #[must_use]
    pub fn digest(&self) -> String {
        let files = self.rule_files().flat_map(|(id, source)| {
            let layer = self.checked.layers.get(&id).copied().unwrap_or_default();
            // Where a folder of rules is means nothing; in which of its files a rule is does.
            let file = source.name.rsplit(std::path::is_separator).next().unwrap_or_default();
            [layer.to_string(), file.to_owned(), source.text.to_string()]
        });
        let files: Vec<String> = files.collect();
        digest::sha256_of_parts(files.iter().map(String::as_str))
    }

    /// The files that it was made from, lock files included.
    #[must_use]
    pub const fn sources(&self) -> &SourceMap {
        &self.sources
    }

    /// The files of rules among them, in the order of the layers.
    pub(crate) fn rule_files(&self) -> impl Iterator<Item = (SourceId, &Arc<Source>)> {
        self.sources.iter().filter(|(id, _)| self.checked.layers.contains_key(id))
    }

    /// What it declares.
    pub(crate) fn inventory(&self) -> Inventory {
        let files = self.rule_files().filter_map(|(id, _)| Some((id, *self.checked.layers.get(&id)?)));
        Inventory::new(files, &self.sources)
    }

    /// The layers that it was made from: what each is called, and its files of rules in order.
    pub(crate) fn layer_files(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = &Arc<Source>>)> {
        self.names.iter().enumerate().map(move |(number, (name, _))| {
            let of_layer = move |id: &SourceId| self.checked.layers.get(id) == Some(&number);
            (name.as_str(), self.rule_files().filter(move |(id, _)| of_layer(id)).map(|(_, source)| source))
        })
    }

    /// Lowers what one render may use up; a limit is never raised above its default.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        let default = Limits::default();
        self.limits = Limits {
            steps: limits.steps.min(default.steps),
            list: limits.list.min(default.list),
            text: limits.text.min(default.text),
            output: limits.output.min(default.output),
        };
        self.ways = self.ways.emptied();
        self
    }

    /// The same policy, keeping nothing of one render for the next. Each takes several times as long then; what comes out
    /// is the same.
    #[must_use]
    pub fn without_templates(mut self) -> Self {
        self.ways = Ways::closed();
        self
    }

    /// Renders one service. The arena keeps the memory of the render; reset, it serves the next one.
    ///
    /// # Errors
    ///
    /// Everything that refuses the service, with the warnings given so far.
    pub fn render<'a>(&'a self, facts: &'a Facts, arena: &'a Arena) -> Result<Rendered<'a>, Report> {
        let job = self.job(facts, arena);
        let body = match self.ways.look(job) {
            Look::Found(found) => Ok(Body::Fast(found, Later::new(false))),
            Look::Unknown(gap) => {
                let outcome = eval::evaluate(job.program, job.schema, facts, arena, &self.limits);
                if let Some(gap) = gap {
                    self.ways.make(job, &gap, outcome.as_ref().ok().map(|outcome| outcome.steps));
                }
                outcome.map(|outcome| Body::General(outcome, None))
            }
        };
        Ok(Rendered { body: self.on_sound_host(body, facts)?, policy: self, facts })
    }

    /// Renders one service and can tell which rules gave each value ([`Rendered::writers`]), for most services as quickly as
    /// [`Policy::render`], and of which facts ([`Rendered::provenance`]), which takes as long as several renders once somebody
    /// looks at it.
    ///
    /// # Errors
    ///
    /// As [`Policy::render`].
    pub fn trace<'a>(&'a self, facts: &'a Facts, arena: &'a Arena) -> Result<Rendered<'a>, Report> {
        let job = self.job(facts, arena);
        let body = match self.ways.look(job) {
            Look::Found(found) => Ok(Body::Fast(found, Later::new(true))),
            Look::Unknown(gap) => {
                let schema = self.schema();
                let traced = eval::evaluate_traced(job.program, job.schema, schema, facts, arena, &self.limits);
                if let Some(gap) = gap {
                    self.ways.make(job, &gap, traced.as_ref().ok().map(|(outcome, ..)| outcome.steps));
                }
                traced
                    .map(|(outcome, provenance, writers)| Body::General(outcome, Some(Origins { provenance, writers })))
            }
        };
        Ok(Rendered { body: self.on_sound_host(body, facts)?, policy: self, facts })
    }

    fn job<'a>(&'a self, facts: &'a Facts, arena: &'a Arena) -> Job<'a> {
        Job { program: &self.checked.program, schema: output::output(), facts, arena, limits: &self.limits }
    }

    /// Renders a service so that questions about it can be answered, also where it is refused. It takes longer than
    /// [`Policy::trace`].
    #[must_use]
    pub fn explain<'a>(&'a self, facts: &'a Facts, arena: &'a Arena) -> Explanation<'a> {
        let Checked { program, facts: schema, .. } = &self.checked;
        let explained = eval::explain(program, output::output(), schema, facts, arena, &self.limits);
        let mut refusals = facts.host.problems();
        refusals.retain(|diagnostic| diagnostic.severity == Severity::Error);
        refusals.extend(explained.refusals.iter().cloned());
        let reports = (self.report(refusals, facts), self.report(explained.warnings.clone(), facts));
        Explanation::new(self, program, facts, explained, reports)
    }

    /// Asks a host all that this policy asks in its own words (`host.major("kfd")`), whichever service leads to it. A
    /// [`Recorder`](crate::facts::record::Recorder) then has the answers.
    pub fn ask(&self, host: &dyn Host) {
        questions::ask(&self.checked.program, host);
    }

    /// A rule that provenance names.
    #[must_use]
    pub fn rule(&self, id: RuleId) -> Option<&Rule> {
        self.checked.program.rules.get(id.index())
    }

    /// What came out, unless the host could not answer a question on which it depends.
    fn on_sound_host<T>(&self, outcome: Result<T, Vec<Diagnostic>>, facts: &Facts) -> Result<T, Report> {
        let mut unread = facts.host.problems();
        unread.retain(|diagnostic| diagnostic.severity == Severity::Error);
        match outcome {
            Ok(outcome) if unread.is_empty() => Ok(outcome),
            Ok(_) => Err(self.report(unread, facts)),
            Err(found) => Err(self.report(unread.into_iter().chain(found).collect(), facts)),
        }
    }

    fn report(&self, found: Vec<Diagnostic>, facts: &Facts) -> Report {
        Report::new(found, &[&self.sources, &facts.sources])
    }
}
