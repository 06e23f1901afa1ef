//! Layers of rules, from their files to a checked policy.

mod parsed;

use std::collections::{BTreeMap, BTreeSet};

use include_dir::{Dir, include_dir};

use self::parsed::Parsed;
use super::Policy;
use crate::analysis;
use crate::check;
use crate::diagnostics::{Diagnostic, Report, Severity, code, nearest};
use crate::eval::Limits;
use crate::eval::fast::Ways;
use crate::levels::{self, Levels};
use crate::schema::output;
use crate::sort;
use crate::source::{SourceMap, Text};
use crate::syntax::{self, ast::Allow};
use crate::testing::Suite;

/// The shipped layers: a folder each.
static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules");

/// The name of the shipped layer that is the base of the others.
pub const STANDARD: &str = "standard";

/// The name of a shipped layer's lock file.
const LOCK: &str = "plimsoll.lock";

/// What the name of a file ends with that holds tests and nothing else. Policies that render have no use for it.
pub const TESTS: &str = ".test.plim";

/// The layers of a policy, the first one first.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    layers: Vec<RuleLayer>,
    /// Shipped layers that were asked for and do not exist.
    missing: Vec<String>,
    levels: Levels,
    limits: syntax::Limits,
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

/// What messages call a file, and its text.
type RuleFile = (String, Text);

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
        let Some(folder) = shipped_folder(name) else {
            self.missing.push(name.to_owned());
            return self;
        };
        let mut layers = self.layer(name, shipped_files(folder, name, false).collect::<Vec<_>>());
        let lock = folder.files().find(|file| file_name(file) == Some(LOCK));
        if let Some(text) = lock.and_then(include_dir::File::contents_utf8) {
            layers = layers.lock(format!("<{name}>/{LOCK}"), text);
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
            && let Some(folder) = shipped_folder(&layer.name)
        {
            let tests = shipped_files(folder, &layer.name, true);
            layer.files.extend(tests);
            sort::by(&mut layer.files, |(a, _), (b, _)| a.cmp(b));
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
    pub fn layer<N: Into<String>, T: Into<Text>>(
        mut self,
        name: impl Into<String>,
        files: impl IntoIterator<Item = (N, T)>,
    ) -> Self {
        let mut files: Vec<RuleFile> = files.into_iter().map(|(n, t)| (n.into(), t.into())).collect();
        sort::by(&mut files, |(a, _), (b, _)| a.cmp(b));
        self.layers.push(RuleLayer { name: name.into(), files, lock: None, shipped: false });
        self
    }

    /// Gives the layer that was added last its lock file: what messages call it, and its text. Without one nothing is said
    /// of originals that have changed since.
    #[must_use]
    pub fn lock(mut self, name: impl Into<String>, text: impl Into<Text>) -> Self {
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

    /// Lowers how much of the layers is read; a limit is never raised above its default.
    #[must_use]
    pub fn with_limits(mut self, limits: syntax::Limits) -> Self {
        self.limits = limits.lowered();
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
    pub(crate) fn differing(&self, after: &Self) -> BTreeMap<String, (Text, Text)> {
        let files = |layers: &Self| layers.layers.iter().flat_map(|layer| layer.files.clone()).collect::<Vec<_>>();
        let pairs = files(self).into_iter().zip(files(after));
        let changed = pairs.filter(|((_, before), (_, after))| before != after);
        sort::tree(changed.map(|((name, before), (_, after))| (name, (before, after))))
    }

    /// Parses and checks the layers, tests included.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them, if anything is.
    pub fn compile(self) -> Result<Policy, Report> {
        // What is shipped was compiled when it was.
        match self.just_standard().and_then(Policy::shipped) {
            Some(policy) => Ok(policy),
            None => self.compile_anew(),
        }
    }

    /// The files of the shipped standard policy, if there are no others, and nobody wants to look any closer at them.
    fn just_standard(&self) -> Option<&[RuleFile]> {
        let [layer] = self.layers.as_slice() else { return None };
        let plain = self.unanalysed && self.missing.is_empty() && self.levels == Levels::default();
        (plain && layer.shipped && layer.name == STANDARD && layer.lock.is_none()).then_some(&*layer.files)
    }

    /// As [`Layers::compile`], also of what is compiled already.
    pub(crate) fn compile_anew(self) -> Result<Policy, Report> {
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
        let limits = self.limits;
        let mut parsed = Parsed { limits, ..Parsed::default() };
        let alone = self.layers.iter().all(|layer| layer.shipped);
        let last = self.layers.len().saturating_sub(1);
        for (number, layer) in self.layers.into_iter().enumerate() {
            let is_tested = if alone { number == last } else { !layer.shipped };
            parsed.layer(layer, is_tested, &mut sources, &mut found, &mut in_tests);
        }
        let Parsed { layers, allows, levels, tested, names, locks, .. } = parsed;
        let mut checked = check::check(layers, &sources, output::output(), limits, &mut found);
        if let Some(checked) = checked.as_ref().filter(|_| !self.unanalysed) {
            analysis::analyse(checked, &sources, output::output(), &mut found);
            for (layer, lock) in locks.iter().enumerate() {
                if let Some(lock) = lock {
                    lock.compare(checked.taken.iter().filter(|it| it.layer == layer), &mut found);
                }
            }
        }
        let levels = sort::tree(levels.iter().flat_map(|(ids, levels)| ids.iter().map(move |id| (*id, levels))));
        in_tests.extend(checked.iter_mut().flat_map(|checked| std::mem::take(&mut checked.test_findings)));
        // What a finding weighs is settled for all of them at once; then those about tests are told apart again.
        let key = |it: &Diagnostic| (it.code, it.message.clone(), it.labels.first().map(|label| label.span));
        let about_tests: BTreeSet<_> = sort::tree(in_tests.iter().map(key));
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
    sort::by_key(&mut found, |diagnostic| {
        let place = diagnostic.labels.first().map(|label| label.span);
        (std::cmp::Reverse(diagnostic.severity), place)
    });
    Report::new(found, &[sources])
}

/// The files of a shipped layer that hold only tests, or the others.
fn shipped_files(folder: &'static Dir<'static>, layer: &str, tests: bool) -> impl Iterator<Item = RuleFile> {
    folder.files().filter_map(move |file| {
        let name = file_name(file)?;
        let wanted = name.ends_with(".plim") && name.ends_with(TESTS) == tests;
        wanted.then(|| Some((format!("<{layer}>/{name}"), Text::new_static(file.contents_utf8()?)))).flatten()
    })
}

/// The folder of a shipped layer. As texts, because to compare paths part by part takes as long as to read the files.
fn shipped_folder(name: &str) -> Option<&'static Dir<'static>> {
    SHIPPED.dirs().find(|folder| folder.path().to_str() == Some(name))
}

/// The last part of the path of a shipped file.
fn file_name(file: &include_dir::File<'static>) -> Option<&'static str> {
    file.path().to_str()?.rsplit(std::path::is_separator).next()
}

fn no_such_layer(name: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(code::UNREADABLE, format!("no layer called `{name}` comes with plimsoll"));
    let names: Vec<&str> = Layers::shipped_names().collect();
    match nearest(name, names.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help(format!("there are {}", names.join(", "))),
    }
}
