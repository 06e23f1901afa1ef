//! From syntax trees to a program: names, types, presence, places. A policy that passes cannot meet a type error
//! when it runs.
//!
//! Reading order: `items` collects what the layers declare; `order` finds in which order lets can be checked;
//! `expr`, `text`, `operators`, `path`, `literal`, `loops`, `compare` and `call` check expressions with what `scope` knows at a point;
//! `effect`, `target` and `write` check statements; `constant` looks at what is known without any service.

mod call;
mod compare;
mod constant;
mod convert;
mod effect;
mod expr;
mod facts;
pub(crate) mod inventory;
mod items;
mod literal;
mod locals;
mod loops;
mod operators;
mod order;
mod path;
mod scope;
mod taken;
mod target;
pub mod tests;
mod text;
mod write;

use indexmap::{IndexMap, IndexSet};

use crate::diagnostics::{Diagnostic, Severity};
use crate::ir::build::Builder;
use crate::ir::{ExprId, Program};
use crate::schema::facts::{FactSchema, HostField, Root};
use crate::schema::output::{Node, OutputSchema};
use crate::schema::shape::Shape;
use crate::schema::types::Type;
use crate::source::{SourceId, SourceMap, Span};
use crate::syntax::{Limits, ast};

use scope::{Known, Learned, Local, Typed};
pub use taken::Taken;

/// The files of one layer, sorted by name.
#[derive(Debug)]
pub struct Layer {
    /// What messages call it: `standard`, or the path that was given.
    pub name: String,
    /// Its files.
    pub files: Vec<(SourceId, ast::File)>,
}

/// A policy that passed.
#[derive(Debug)]
pub struct Checked {
    /// What runs.
    pub program: Program,
    /// The facts' schema with what the policy declared.
    pub facts: FactSchema,
    /// Its tests that can be run.
    pub tests: Vec<tests::Test>,
    /// What is wrong with the others, and what is doubtful about any.
    pub test_findings: Vec<Diagnostic>,
    /// The number of the layer of each file, from 0.
    pub layers: IndexMap<SourceId, usize>,
    /// What layers replace and remove of earlier ones, in written order.
    pub taken: Vec<Taken>,
    /// The files that declare facts, in order.
    pub declaring: IndexSet<SourceId>,
}

/// Checks the layers of a policy as a whole, the first one first. All that is found is added to `diagnostics`; there
/// is a program unless any of it is an error. A test with a mistake makes no policy unsound: what is found in tests
/// is kept apart, unless there is no policy.
#[must_use]
pub fn check(
    layers: Vec<Layer>,
    sources: &SourceMap,
    output: &'static OutputSchema,
    limits: Limits,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Checked> {
    // What did not parse may use any let.
    let all_parsed = diagnostics.iter().all(|d| d.severity < Severity::Error);
    let numbered = layers.iter().enumerate();
    let numbers =
        numbered.flat_map(|(number, layer)| layer.files.iter().map(move |(file, _)| (*file, number))).collect();
    let items = items::collect(layers, limits, diagnostics);
    let mut schema = FactSchema::standard();
    let broken_facts = facts::declare(&items.facts, &mut schema, sources, output, diagnostics);
    let broken = items.broken.clone();
    let mut checker = Checker { broken, broken_facts, ..Checker::new(sources, output, &schema) };
    checker.lets(&items.lets);
    checker.rules(&items.rules, false);
    checker.rules(&items.invariants, true);
    let (tests, test_findings) = checker.tests(&items.tests, &schema, &items);
    if all_parsed {
        checker.unused(&items);
        checker.found.extend(locals::unused(&items, sources));
    }
    let Checker { builder, found, .. } = checker;
    diagnostics.extend(found);
    let taken = taken::of(&items, sources, diagnostics);
    taken::blame(&items, sources, diagnostics);
    if diagnostics.iter().any(|d| d.severity == Severity::Error) {
        diagnostics.extend(test_findings);
        return None;
    }
    let mut program = builder.finish();
    crate::ir::plan::index(&mut program);
    let declaring = items.facts.iter().filter_map(|fact| fact.path.first()).map(|root| root.span.source).collect();
    Some(Checked { program, facts: schema, layers: numbers, taken, tests, test_findings, declaring })
}

/// The facts' schema with what these declare; none if any of it has a mistake.
pub(crate) fn declared(facts: &[ast::Fact], sources: &SourceMap, output: &'static OutputSchema) -> Option<FactSchema> {
    let (mut schema, mut mistakes) = (FactSchema::standard(), Vec::new());
    facts::declare(facts, &mut schema, sources, output, &mut mistakes);
    mistakes.is_empty().then_some(schema)
}

/// The types of the roots.
#[derive(Debug)]
struct RootTypes {
    service: Type,
    container: Type,
    image: Type,
    options: Type,
}

impl RootTypes {
    fn get(&self, root: Root) -> Type {
        match root {
            Root::Service => self.service.clone(),
            Root::Container => self.container.clone(),
            Root::Image => self.image.clone(),
            Root::Options => self.options.clone(),
        }
    }
}

/// What is known of a let.
#[derive(Debug)]
struct LetBinding {
    span: Span,
    /// None if it has a mistake.
    value: Option<Typed>,
    used: bool,
}

/// The state of checking.
struct Checker<'s> {
    builder: Builder,
    sources: &'s SourceMap,
    output: &'s OutputSchema,
    root_types: RootTypes,
    host_fields: Vec<(HostField, &'static str, Shape)>,
    /// The lets of the policy; those that are not checked yet have no value.
    lets: IndexMap<Box<str>, LetBinding>,
    /// What `previous` means.
    previous: Option<Typed>,
    /// `spec.…`, once something asked for it.
    spec: Option<Typed>,
    /// Whether this is an invariant or a test.
    spec_is_readable: bool,
    /// The record that output paths start from.
    path_root: &'s Node,
    locals: Vec<Local>,
    known: Vec<Known>,
    /// What comparisons teach, by expression.
    lessons: IndexMap<ExprId, Learned>,
    /// `E when C` with an `E` that is never absent: where it is absent, `C` does not hold.
    sure_choices: IndexSet<ExprId>,
    /// How many slots of the frame are taken.
    frame: usize,
    /// The most slots that were taken at once since a local was last named.
    peak: usize,
    reuse_frame: bool,
    /// The names of facts whose declaration has a mistake.
    broken_facts: IndexSet<Box<str>>,
    /// Names that items which did not parse would have declared.
    broken: IndexSet<Box<str>>,
    found: IndexSet<Diagnostic>,
}

impl<'s> Checker<'s> {
    fn new(sources: &'s SourceMap, output: &'s OutputSchema, schema: &FactSchema) -> Self {
        let ty = |record: &crate::schema::shape::RecordShape| Type::Record(std::sync::Arc::new(record.ty()));
        Self {
            builder: Builder::default(),
            sources,
            output,
            root_types: RootTypes {
                service: ty(&schema.service),
                container: ty(&schema.container),
                image: ty(&schema.image),
                options: ty(&schema.options),
            },
            host_fields: schema.host.clone(),
            lets: IndexMap::new(),
            previous: None,
            spec: None,
            spec_is_readable: false,
            path_root: &output.root,
            locals: Vec::new(),
            known: Vec::new(),
            lessons: IndexMap::new(),
            sure_choices: IndexSet::new(),
            frame: 0,
            peak: 0,
            reuse_frame: false,
            broken_facts: IndexSet::new(),
            broken: IndexSet::new(),
            found: IndexSet::new(),
        }
    }

    /// Adds a finding, unless it was made before: a path of several targets is checked once for each.
    fn report(&mut self, diagnostic: Diagnostic) {
        self.found.insert(diagnostic);
    }

    fn snippet(&self, span: Span) -> &'s str {
        self.sources.snippet(span).unwrap_or("this")
    }
}
