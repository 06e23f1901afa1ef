//! The facade: layers of rules in, a policy out that renders services.

use std::sync::Arc;

use include_dir::{Dir, include_dir};

use crate::check::{self, Checked, Layer};
use crate::diagnostics::{Diagnostic, Report, Severity};
use crate::schema::facts::FactSchema;
use crate::schema::output;
use crate::source::SourceMap;
use crate::syntax;

/// The shipped layers: a folder each.
static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules");

/// The name of the shipped layer that is the base of the others.
pub const STANDARD: &str = "standard";

/// A checked policy. It is immutable and can be shared between threads.
#[derive(Debug)]
pub struct Policy {
    checked: Checked,
    sources: SourceMap,
    warnings: Vec<Diagnostic>,
}

/// The layers of a policy, the first one first.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    layers: Vec<(String, Vec<RuleFile>)>,
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

    /// Adds a layer that comes with this crate; one that does not exist is an empty layer.
    #[must_use]
    pub fn shipped(self, name: &str) -> Self {
        let files = SHIPPED.get_dir(name).into_iter().flat_map(Dir::files);
        let files = files.filter_map(|file| {
            let path = file.path().file_name()?.to_str()?;
            path.ends_with(".plim").then_some((format!("<{name}>/{path}"), file.contents_utf8()?))
        });
        self.layer(name, files.collect::<Vec<_>>())
    }

    /// Adds a layer of files: what messages call each, and its text. Within a layer, files are taken in the order of
    /// their names.
    #[must_use]
    pub fn layer<N: Into<String>, T: Into<Arc<str>>>(
        mut self,
        name: impl Into<String>,
        files: impl IntoIterator<Item = (N, T)>,
    ) -> Self {
        let mut files: Vec<RuleFile> = files.into_iter().map(|(n, t)| (n.into(), t.into())).collect();
        files.sort_by(|(a, _), (b, _)| a.cmp(b));
        self.layers.push((name.into(), files));
        self
    }

    /// Parses and checks the layers.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them, if anything is.
    pub fn compile(self) -> Result<Policy, Report> {
        let mut sources = SourceMap::for_policy();
        let mut found = Vec::new();
        let layers = self.layers.into_iter().map(|(name, files)| {
            let files = files.into_iter().map(|(path, text)| {
                let source = sources.add(path, Arc::clone(&text));
                (source, syntax::parse(source, &text, &mut found))
            });
            Layer { name, files: files.collect() }
        });
        let layers = layers.collect();
        let checked = check::check(layers, &sources, output::output(), &mut found);
        match checked {
            Some(checked) => Ok(Policy { checked, sources, warnings: found }),
            None => {
                found.sort_by_key(|diagnostic| {
                    let place = diagnostic.labels.first().map(|label| label.span);
                    (std::cmp::Reverse(diagnostic.severity), place)
                });
                Err(Report::new(found, &[&sources]))
            }
        }
    }
}

impl Policy {
    /// The shipped standard policy.
    ///
    /// # Errors
    ///
    /// Never, as long as the shipped rules pass their own tests.
    pub fn standard() -> Result<Self, Report> {
        Layers::standard().compile()
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
        Report::new(self.warnings.clone(), &[&self.sources])
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

    /// The files that it was made from.
    #[must_use]
    pub const fn sources(&self) -> &SourceMap {
        &self.sources
    }
}
