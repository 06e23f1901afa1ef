//! Layers as they are read, before they are checked together.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::{RuleFile, RuleLayer, TESTS};
use crate::check::Layer;
use crate::diagnostics::Diagnostic;
use crate::levels::{self, Levels, SETTINGS};
use crate::lock::{self, Lock};
use crate::source::{SourceId, SourceMap, Text};
use crate::syntax::{
    self,
    ast::{self, Allow},
};
use crate::testing;

/// Bytes of a layer that are parsed sooner on all cores than it takes to wake them up.
const MUCH: usize = 8 << 10;

/// Layers that were read.
#[derive(Default)]
pub(super) struct Parsed {
    pub(super) limits: syntax::Limits,
    pub(super) layers: Vec<Layer>,
    pub(super) allows: Vec<Allow>,
    /// The files of each layer, and the levels that it sets for them.
    pub(super) levels: Vec<(Vec<SourceId>, Levels)>,
    /// The files that are under test.
    pub(super) tested: BTreeSet<SourceId>,
    /// The names of the layers, and whether each has a lock file.
    pub(super) names: Vec<(String, bool)>,
    /// Their lock files, where they can be read.
    pub(super) locks: Vec<Option<Lock>>,
}

impl Parsed {
    /// Reads one more.
    pub(super) fn layer(
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
        for (source, text, mut file) in read_files(files, self.limits, sources) {
            let Some((only_tests, file, mistakes)) = file.as_mut() else {
                levels = levels::read(source, &text, self.limits.bytes, found);
                continue;
            };
            self.tested.extend(is_tested.then_some(source));
            if *only_tests { &mut *in_tests } else { &mut *found }.append(mistakes);
            self.allows.append(&mut file.allows);
            parsed.push((source, std::mem::take(file)));
        }
        self.levels.push((parsed.iter().map(|(source, _)| *source).collect(), levels));
        self.names.push((name.clone(), lock.is_some()));
        let read = |(path, text): RuleFile| lock::read(sources.add(path, text.clone()), &text, found);
        self.locks.push(lock.and_then(read));
        self.layers.push(Layer { name, files: parsed });
    }
}

/// A file of a layer. If it is one of rules: whether it holds only tests, what stands in it, and its mistakes.
type Read = (SourceId, Text, Option<(bool, ast::File, Vec<Diagnostic>)>);

/// Reads the files of a layer, on all cores where that is worth it.
fn read_files(files: Vec<RuleFile>, limits: syntax::Limits, sources: &mut SourceMap) -> Vec<Read> {
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    let add = |(path, text): RuleFile| {
        let is_settings = path.rsplit(std::path::is_separator).next() == Some(SETTINGS);
        let only_tests = (!is_settings).then(|| path.ends_with(TESTS));
        (sources.add(path, text.clone()), text, only_tests)
    };
    let files: Vec<_> = files.into_iter().map(add).collect();
    let read = |(source, text, only_tests): (SourceId, Text, Option<bool>)| {
        let file = only_tests.map(|only_tests| {
            let mut found = Vec::new();
            let file = syntax::parse_within(source, &text, limits, &mut found);
            let file = if only_tests { testing::only_tests(file, &mut found) } else { file };
            (only_tests, file, found)
        });
        (source, text, file)
    };
    match files.len() {
        2.. if bytes >= MUCH => files.into_par_iter().with_max_len(1).map(read).collect(),
        _ => files.into_iter().map(read).collect(),
    }
}
