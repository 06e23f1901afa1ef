//! The facade: layers of rules in, a policy out that renders services.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use include_dir::{Dir, include_dir};

use crate::analysis;
use crate::check::{self, Checked, Layer};
use crate::diagnostics::{Allowed, Diagnostic, Report, Severity, code, nearest};
use crate::eval::draft::Draft;
use crate::eval::fast::{Found, Job, Look, Ways};
use crate::eval::{self, Arena, Limits, Outcome};
use crate::explanation::Explanation;
use crate::facts::Facts;
use crate::facts::host::Host;
use crate::ir::{Program, Rule, RuleId, questions};
use crate::levels::{self, Levels, SETTINGS};
use crate::lock::{self, Lock};
use crate::output::json::{self, Style, TooLarge};
use crate::output::redact;
use crate::output::spec::{self, Spec};
use crate::provenance::Provenance;
use crate::schema::facts::FactSchema;
use crate::schema::output;
use crate::source::{Source, SourceId, SourceMap, Span};
use crate::syntax::{self, ast::Allow};
use crate::testing::{self, Suite};

/// The shipped layers: a folder each.
static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules");

/// The name of the shipped layer that is the base of the others.
pub const STANDARD: &str = "standard";

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

/// One service, rendered. It borrows from the policy, the facts and the arena.
#[derive(Debug)]
pub struct Rendered<'a> {
    body: Body<'a>,
    origins: Origins<'a>,
    policy: &'a Policy,
    facts: &'a Facts,
}

/// How a service was rendered.
#[derive(Debug)]
enum Body<'a> {
    General(Outcome<'a>),
    /// By the fast path, which makes no draft unless somebody asks for it.
    Fast(Found<'a>, OnceLock<Draft<'a>>),
}

/// What is known of where values come from.
#[derive(Debug)]
enum Origins<'a> {
    /// Nobody asked for them.
    Untold,
    Told(Provenance),
    /// To be told when somebody looks at them.
    Later(&'a Arena, OnceLock<Option<Provenance>>),
}

/// A place as a person names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The rule file, deployment, request or recording.
    pub file: &'a str,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

/// What the name of a file ends with that holds tests and nothing else. Policies that render have no use for it.
pub const TESTS: &str = ".test.plim";

/// The layers of a policy, the first one first.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    layers: Vec<RuleLayer>,
    /// Shipped layers that were asked for and do not exist.
    missing: Vec<String>,
    levels: Levels,
    /// Whether what conditions can do is not looked at.
    unanalysed: bool,
}

/// A layer that is not read yet.
#[derive(Clone, Debug)]
struct RuleLayer {
    name: String,
    files: Vec<RuleFile>,
    lock: Option<RuleFile>,
    /// Whether it comes with this crate.
    shipped: bool,
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

/// What messages call a file, and its text.
type RuleFile = (String, Arc<str>);

impl Layers {
    /// No layer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Just the shipped standard policy.
    #[must_use]
    pub fn standard() -> Self {
        Self::new().shipped(STANDARD)
    }

    /// Adds a layer that comes with this crate.
    #[must_use]
    pub fn shipped(mut self, name: &str) -> Self {
        let Some(folder) = SHIPPED.get_dir(name) else {
            self.missing.push(name.to_owned());
            return self;
        };
        let files = shipped_files(folder, name).filter(|(path, _)| !path.ends_with(TESTS));
        let mut layers = self.layer(name, files.collect::<Vec<_>>());
        if let Some(text) = folder.get_file(format!("{name}/plimsoll.lock")).and_then(include_dir::File::contents_utf8)
        {
            layers = layers.lock(format!("<{name}>/plimsoll.lock"), text);
        }
        if let Some(layer) = layers.layers.last_mut() {
            layer.shipped = true;
        }
        layers
    }

    /// Adds the tests of the last layer, if that is a shipped one. They are about that layer with nothing above it.
    #[must_use]
    pub fn with_shipped_tests(mut self) -> Self {
        if let Some(layer) = self.layers.last_mut().filter(|layer| layer.shipped)
            && let Some(folder) = SHIPPED.get_dir(&layer.name)
        {
            let tests = shipped_files(folder, &layer.name).filter(|(path, _)| path.ends_with(TESTS));
            layer.files.extend(tests.map(|(path, text)| (path, text.into())));
            layer.files.sort_by(|(a, _), (b, _)| a.cmp(b));
        }
        self
    }

    /// The names of the layers that come with this crate.
    pub fn shipped_names() -> impl Iterator<Item = &'static str> {
        SHIPPED.dirs().filter_map(|folder| folder.path().to_str())
    }

    /// Adds a layer of files: what messages call each, and its text. Within a layer, files are taken in the order of
    /// their names. A `plimsoll.toml` among them says what findings about the layer weigh.
    #[must_use]
    pub fn layer<N: Into<String>, T: Into<Arc<str>>>(
        mut self,
        name: impl Into<String>,
        files: impl IntoIterator<Item = (N, T)>,
    ) -> Self {
        let mut files: Vec<RuleFile> = files.into_iter().map(|(n, t)| (n.into(), t.into())).collect();
        files.sort_by(|(a, _), (b, _)| a.cmp(b));
        self.layers.push(RuleLayer { name: name.into(), files, lock: None, shipped: false });
        self
    }

    /// Gives the layer that was added last its lock file: what messages call it, and its text. Without one nothing is said
    /// of originals that have changed since.
    #[must_use]
    pub fn lock(mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        if let Some(layer) = self.layers.last_mut() {
            layer.lock = Some((name.into(), text.into()));
        }
        self
    }

    /// Sets what findings weigh that would only be warnings. It goes before what a layer says of itself.
    #[must_use]
    pub fn levels(mut self, levels: Levels) -> Self {
        self.levels = levels;
        self
    }

    /// Leaves out the look at what conditions can do: writes that disagree then refuse the services that run into them
    /// and not the policy.
    #[must_use]
    pub const fn unanalysed(mut self) -> Self {
        self.unanalysed = true;
        self
    }

    /// Whether a file is one of a layer that comes with this crate, by what messages call it.
    pub(crate) fn is_shipped(&self, file: &str) -> bool {
        let mut shipped = self.layers.iter().filter(|layer| layer.shipped).flat_map(|layer| &layer.files);
        shipped.any(|(name, _)| name == file)
    }

    /// Changes the text of a file; false if there is none of that name, or nothing changes.
    pub(crate) fn change(&mut self, file: &str, edit: impl Fn(&str) -> String) -> bool {
        let mut changed = false;
        let files = self.layers.iter_mut().flat_map(|layer| &mut layer.files);
        for (_, text) in files.filter(|(name, _)| name == file) {
            let edited = edit(text);
            changed |= **text != *edited;
            *text = edited.into();
        }
        changed
    }

    /// The files whose texts differ in layers that were made from these: name, text before and after.
    pub(crate) fn differing(&self, after: &Self) -> BTreeMap<String, (Arc<str>, Arc<str>)> {
        let files = |layers: &Self| layers.layers.iter().flat_map(|layer| layer.files.clone()).collect::<Vec<_>>();
        let pairs = files(self).into_iter().zip(files(after));
        let changed = pairs.filter(|((_, before), (_, after))| before != after);
        changed.map(|((name, before), (_, after))| (name, (before, after))).collect()
    }

    /// Parses and checks the layers, tests included.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them, if anything is.
    pub fn compile(self) -> Result<Policy, Report> {
        let Suite { policy, findings, .. } = self.suite()?;
        if findings.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
            return Err(refused(findings, &policy.sources));
        }
        let warnings = policy.warnings.into_iter().chain(findings).collect();
        Ok(Policy { warnings, ..policy })
    }

    /// Parses and checks the layers, to run their tests: one with a mistake is left out and hinders no other.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the layers, if anything but their tests is.
    pub fn suite(self) -> Result<Suite, Report> {
        let mut sources = SourceMap::for_policy();
        let mut found: Vec<Diagnostic> = self.missing.iter().map(|name| no_such_layer(name)).collect();
        let mut in_tests = Vec::new();
        let mut parsed = Parsed::default();
        let alone = self.layers.iter().all(|layer| layer.shipped);
        let last = self.layers.len().saturating_sub(1);
        for (number, layer) in self.layers.into_iter().enumerate() {
            let is_tested = if alone { number == last } else { !layer.shipped };
            parsed.layer(layer, is_tested, &mut sources, &mut found, &mut in_tests);
        }
        let Parsed { layers, allows, levels, tested, names, locks } = parsed;
        let mut checked = check::check(layers, &sources, output::output(), &mut found);
        if let Some(checked) = checked.as_ref().filter(|_| !self.unanalysed) {
            analysis::analyse(checked, &sources, output::output(), &mut found);
            for (layer, lock) in locks.iter().enumerate() {
                if let Some(lock) = lock {
                    lock.compare(checked.taken.iter().filter(|it| it.layer == layer), &mut found);
                }
            }
        }
        let levels = levels.iter().flat_map(|(ids, levels)| ids.iter().map(move |id| (*id, levels))).collect();
        in_tests.extend(checked.iter_mut().flat_map(|checked| std::mem::take(&mut checked.test_findings)));
        // What a finding weighs is settled for all of them at once; then those about tests are told apart again.
        let key = |it: &Diagnostic| (it.code, it.message.clone(), it.labels.first().map(|label| label.span));
        let about_tests: BTreeSet<_> = in_tests.iter().map(key).collect();
        found.append(&mut in_tests);
        // Which changes of a rule go unnoticed is known only once they are tried.
        let (accepted, allows): (Vec<Allow>, Vec<Allow>) =
            allows.into_iter().partition(|allow| allow.code == code::MUTANT_SURVIVED);
        let settled = levels::settle(found, &allows, &self.levels, &levels, checked.is_some() && !self.unanalysed);
        let (findings, found): (Vec<_>, Vec<_>) =
            settled.told.into_iter().partition(|diagnostic| about_tests.contains(&key(diagnostic)));
        let allowed = settled.allowed;
        match checked.filter(|_| found.iter().all(|diagnostic| diagnostic.severity < Severity::Error)) {
            Some(checked) => {
                let (limits, ways) = (Limits::default(), Ways::default());
                let policy = Policy { checked, sources, warnings: found, names, allowed, limits, ways };
                Ok(Suite { policy, findings, tested, accepted })
            }
            None => {
                let found = found.into_iter().chain(findings).collect();
                Err(refused(found, &sources).with_allowed(allowed, &[&sources]))
            }
        }
    }
}

/// All that refuses a policy, the gravest first, then by place.
fn refused(mut found: Vec<Diagnostic>, sources: &SourceMap) -> Report {
    found.sort_by_key(|diagnostic| {
        let place = diagnostic.labels.first().map(|label| label.span);
        (std::cmp::Reverse(diagnostic.severity), place)
    });
    Report::new(found, &[sources])
}

fn shipped_files<'d>(folder: &'d Dir<'_>, layer: &str) -> impl Iterator<Item = (String, &'d str)> {
    folder.files().filter_map(move |file| {
        let path = file.path().file_name()?.to_str()?;
        path.ends_with(".plim").then_some((format!("<{layer}>/{path}"), file.contents_utf8()?))
    })
}

/// Layers that were read.
#[derive(Default)]
struct Parsed {
    layers: Vec<Layer>,
    allows: Vec<Allow>,
    /// The files of each layer, and the levels that it sets for them.
    levels: Vec<(Vec<SourceId>, Levels)>,
    /// The files that are under test.
    tested: BTreeSet<SourceId>,
    /// The names of the layers, and whether each has a lock file.
    names: Vec<(String, bool)>,
    /// Their lock files, where they can be read.
    locks: Vec<Option<Lock>>,
}

impl Parsed {
    fn layer(
        &mut self,
        layer: RuleLayer,
        is_tested: bool,
        sources: &mut SourceMap,
        found: &mut Vec<Diagnostic>,
        in_tests: &mut Vec<Diagnostic>,
    ) {
        let RuleLayer { name, files, lock, .. } = layer;
        let mut levels = Levels::new();
        let mut parsed = Vec::new();
        for (path, text) in files {
            let is_settings = path.rsplit(std::path::is_separator).next() == Some(SETTINGS);
            let only_tests = path.ends_with(TESTS);
            let source = sources.add(path, Arc::clone(&text));
            if is_settings {
                levels = levels::read(source, &text, found);
                continue;
            }
            self.tested.extend(is_tested.then_some(source));
            let mut file = match only_tests {
                true => testing::only_tests(syntax::parse(source, &text, in_tests), in_tests),
                false => syntax::parse(source, &text, found),
            };
            self.allows.append(&mut file.allows);
            parsed.push((source, file));
        }
        self.levels.push((parsed.iter().map(|(source, _)| *source).collect(), levels));
        self.names.push((name.clone(), lock.is_some()));
        let read = |(path, text): RuleFile| lock::read(sources.add(path, Arc::clone(&text)), &text, found);
        self.locks.push(lock.and_then(read));
        self.layers.push(Layer { name, files: parsed });
    }
}

fn no_such_layer(name: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(code::UNREADABLE, format!("no layer called `{name}` comes with plimsoll"));
    let names: Vec<&str> = Layers::shipped_names().collect();
    match nearest(name, names.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help(format!("there are {}", names.join(", "))),
    }
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

    /// The files that it was made from, lock files included.
    #[must_use]
    pub const fn sources(&self) -> &SourceMap {
        &self.sources
    }

    /// The files of rules among them, in the order of the layers.
    pub(crate) fn rule_files(&self) -> impl Iterator<Item = (SourceId, &Arc<Source>)> {
        self.sources.iter().filter(|(id, _)| self.checked.layers.contains_key(id))
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
            Look::Found(found) => Ok(Body::Fast(found, OnceLock::new())),
            Look::Unknown(gap) => {
                let outcome = eval::evaluate(job.program, job.schema, facts, arena, &self.limits);
                if let Some(gap) = gap {
                    self.ways.make(job, &gap, outcome.as_ref().ok().map(|outcome| outcome.steps));
                }
                outcome.map(Body::General)
            }
        };
        Ok(Rendered { body: self.on_sound_host(body, facts)?, origins: Origins::Untold, policy: self, facts })
    }

    /// Renders one service and can tell where each value comes from ([`Rendered::provenance`]), which takes several times
    /// as long as [`Policy::render`], though for most services only once somebody looks at it.
    ///
    /// # Errors
    ///
    /// As [`Policy::render`].
    pub fn trace<'a>(&'a self, facts: &'a Facts, arena: &'a Arena) -> Result<Rendered<'a>, Report> {
        let job = self.job(facts, arena);
        let (body, origins) = match self.ways.look(job) {
            Look::Found(found) => {
                let body = Body::Fast(found, OnceLock::new());
                (self.on_sound_host(Ok(body), facts)?, Origins::Later(arena, OnceLock::new()))
            }
            Look::Unknown(gap) => {
                let schema = self.schema();
                let traced = eval::evaluate_traced(job.program, job.schema, schema, facts, arena, &self.limits);
                if let Some(gap) = gap {
                    self.ways.make(job, &gap, traced.as_ref().ok().map(|(outcome, _)| outcome.steps));
                }
                let (outcome, provenance) = self.on_sound_host(traced, facts)?;
                (Body::General(outcome), Origins::Told(provenance))
            }
        };
        Ok(Rendered { body, origins, policy: self, facts })
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

impl<'a> Rendered<'a> {
    /// The spec as canonical JSON: the same bytes for the same policy and facts, always.
    ///
    /// # Errors
    ///
    /// If it is larger than the policy's limit on output.
    pub fn json(&self, style: Style) -> Result<Vec<u8>, Report> {
        let mut out = Vec::new();
        self.write_json(style, &mut out)?;
        Ok(out)
    }

    /// Appends the spec as canonical JSON to a buffer, which a caller can use again and again.
    ///
    /// # Errors
    ///
    /// As [`Rendered::json`]; nothing is appended then.
    pub fn write_json(&self, style: Style, out: &mut Vec<u8>) -> Result<(), Report> {
        match &self.body {
            Body::General(outcome) => self.write(&outcome.draft, style, out),
            Body::Fast(found, _) => {
                found.write(style, self.policy.limits.output, out).map_err(|error| self.too_large(error))
            }
        }
    }

    fn write(&self, draft: &Draft<'_>, style: Style, out: &mut Vec<u8>) -> Result<(), Report> {
        let limit = self.policy.limits.output;
        json::write(draft, output::output(), style, limit, out).map_err(|error| self.too_large(error))
    }

    fn too_large(&self, error: TooLarge) -> Report {
        let diagnostic = Diagnostic::new(code::OUTPUT_TOO_LARGE, error.to_string());
        self.policy.report(vec![diagnostic.help("write less, or raise the limit")], self.facts)
    }

    /// The same without what was made from secrets and host variables. It takes a traced render, see [`Policy::trace`];
    /// without one there is nothing that tells what is secret, and nothing is written.
    ///
    /// # Errors
    ///
    /// As [`Rendered::json`], and if the service was not traced.
    pub fn redacted_json(&self, style: Style) -> Result<Vec<u8>, Report> {
        let Some(provenance) = self.provenance() else {
            let diagnostic = Diagnostic::new(code::INTERNAL, "a render without provenance cannot be redacted");
            return Err(self.policy.report(vec![diagnostic.help("trace the service instead")], self.facts));
        };
        let arena = Arena::new();
        let draft = redact::redact(self.draft(), provenance, &arena);
        let mut out = Vec::new();
        self.write(&draft, style, &mut out)?;
        Ok(out)
    }

    /// The spec as oci-spec's value.
    ///
    /// # Errors
    ///
    /// If oci-spec cannot hold what was written; [`spec::LOSSES`] lists what it does not keep.
    pub fn spec(&self) -> Result<Spec, Report> {
        let short = if let Body::Fast(found, _) = &self.body { found.spec() } else { None };
        short.unwrap_or_else(|| spec::spec(self.draft(), output::output())).map_err(|error| {
            let diagnostic = Diagnostic::new(code::INTERNAL, error.to_string());
            self.policy.report(vec![diagnostic.help("this is a mistake of ours: please report it")], self.facts)
        })
    }

    /// Side files of the bundle: name and text.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        json::files(self.draft(), output::output())
    }

    /// The warnings that rules gave, in the order in which they ran.
    #[must_use]
    pub fn warnings(&self) -> Report {
        let warnings = match &self.body {
            Body::General(outcome) => outcome.warnings.clone(),
            // A render that warns takes the general path.
            Body::Fast(..) => Vec::new(),
        };
        self.policy.report(warnings, self.facts)
    }

    /// Where each value comes from, if the service was rendered with [`Policy::trace`]. The first look may take as long as
    /// several renders.
    #[must_use]
    pub fn provenance(&self) -> Option<&Provenance> {
        match &self.origins {
            Origins::Untold => None,
            Origins::Told(provenance) => Some(provenance),
            Origins::Later(arena, told) => {
                let job = self.policy.job(self.facts, arena);
                told.get_or_init(|| eval::origins(job, self.policy.schema())).as_ref()
            }
        }
    }

    /// Where a span of the provenance is, in a rule file or in what the facts were read from.
    #[must_use]
    pub fn place(&self, span: Span) -> Option<Place<'_>> {
        let source = self.policy.sources.get(span.source).or_else(|| self.facts.sources.get(span.source))?;
        let (line, column) = source.position(span.start);
        Some(Place { file: &source.name, line, column })
    }

    /// What the rules wrote, by slot of the output's schema.
    #[must_use]
    pub fn draft(&self) -> &Draft<'a> {
        match &self.body {
            Body::General(outcome) => &outcome.draft,
            Body::Fast(found, draft) => draft.get_or_init(|| found.draft()),
        }
    }
}
