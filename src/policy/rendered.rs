//! What a policy makes of one service.

use std::sync::OnceLock;

use super::{Policy, validated};
use crate::diagnostics::{Diagnostic, Report, code};
use crate::eval::draft::Draft;
use crate::eval::fast::Found;
use crate::eval::{self, Arena, Outcome};
use crate::facts::Facts;
use crate::output::json::{self, Style, TooLarge};
use crate::output::spec::{self, Spec};
use crate::output::{redact, validate};
use crate::provenance::{Provenance, Writers};
use crate::schema::output::{self, SlotIndex};
use crate::source::Span;

/// One service, rendered. It borrows from the policy, the facts and the arena.
#[derive(Debug)]
pub struct Rendered<'a> {
    pub(super) body: Body<'a>,
    pub(super) policy: &'a Policy,
    pub(super) facts: &'a Facts,
}

/// How a service was rendered.
#[derive(Debug)]
pub(super) enum Body<'a> {
    General(Outcome<'a>, Option<Origins>),
    /// By the fast path, which makes no draft unless somebody asks for it.
    Fast(Found<'a>, Later<'a>),
}

/// Where values come from.
#[derive(Debug)]
pub(super) struct Origins {
    pub(super) provenance: Provenance,
    pub(super) writers: Writers,
}

/// What is made when somebody looks at it.
#[derive(Debug)]
pub(super) struct Later<'a> {
    /// Whether somebody may ask where values come from.
    traced: bool,
    draft: OnceLock<Draft<'a>>,
    provenance: OnceLock<Option<Provenance>>,
}

impl Later<'_> {
    pub(super) const fn new(traced: bool) -> Self {
        Self { traced, draft: OnceLock::new(), provenance: OnceLock::new() }
    }
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
            Body::General(outcome, _) => self.write(&outcome.draft, style, out),
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
            Body::General(outcome, _) => outcome.warnings.clone(),
            // A render that warns takes the general path.
            Body::Fast(..) => Vec::new(),
        };
        self.policy.report(warnings, self.facts)
    }

    /// Where each value comes from, if the service was rendered with [`Policy::trace`]. The first look may take as long as
    /// several renders.
    #[must_use]
    pub fn provenance(&self) -> Option<&Provenance> {
        match &self.body {
            Body::General(_, origins) => origins.as_ref().map(|origins| &origins.provenance),
            Body::Fast(_, later) if !later.traced => None,
            Body::Fast(found, later) => {
                let job = self.policy.job(self.facts, found.arena());
                later.provenance.get_or_init(|| eval::origins(job, self.policy.schema())).as_ref()
            }
        }
    }

    /// Which writes gave each value, if the service was rendered with [`Policy::trace`]. It costs next to nothing for most
    /// services, since those about which the policy decides alike share the answer.
    #[must_use]
    pub fn writers(&self) -> Option<&Writers> {
        match &self.body {
            Body::General(_, origins) => origins.as_ref().map(|origins| &origins.writers),
            Body::Fast(_, later) if !later.traced => None,
            Body::Fast(found, _) => found.writers(|| eval::writers(self.policy.job(self.facts, found.arena()))),
        }
    }

    /// Holds the spec against what runtimes ask of one, by the table in [`crate::schema::requirements`]: how its values fit
    /// each other and the host. What they must be by themselves was seen to when they were written. It costs next to nothing
    /// for most services, since those that share what is constant share the answers as well; where something is found it
    /// takes as long as several renders to say who wrote it.
    ///
    /// The command line does this with each spec that it renders, [`Policy::render`] with none.
    ///
    /// Given are warnings of what runtimes drop in silence.
    ///
    /// # Errors
    ///
    /// If a runtime would refuse the spec, or take it for something else than it says; with the warnings.
    pub fn validate(&self) -> Result<Report, Report> {
        let cgroup = || validated::cgroup(self.facts);
        let found = match &self.body {
            Body::General(outcome, _) => validate::all(&outcome.draft, &cgroup),
            Body::Fast(found, _) if found.open().is_empty() => Vec::new(),
            Body::Fast(found, _) => validate::some(found.open(), found, &cgroup),
        };
        if found.is_empty() { Ok(Report::default()) } else { validated::told(self, &found) }
    }

    /// Where a span of the provenance is, in a rule file or in what the facts were read from.
    #[must_use]
    pub fn place(&self, span: Span) -> Option<Place<'_>> {
        let source = self.policy.sources.get(span.source).or_else(|| self.facts.sources.get(span.source))?;
        let (line, column) = source.position(span.start);
        Some(Place { file: &source.name, line, column })
    }

    /// What tells renders apart of one policy that were decided alike: in the order of the output, each of their values
    /// comes from the same statement. None where that is not known.
    pub(crate) fn way(&self) -> Option<usize> {
        match &self.body {
            Body::General(..) => None,
            Body::Fast(found, _) => Some(found.way()),
        }
    }

    /// Whether all renders that were decided alike have the same in a slot, or in one element of it.
    pub(crate) fn is_constant(&self, slot: SlotIndex, index: Option<usize>) -> bool {
        match &self.body {
            Body::General(..) => false,
            Body::Fast(found, _) => found.is_constant(slot, index),
        }
    }

    /// What the rules wrote, by slot of the output's schema.
    #[must_use]
    pub fn draft(&self) -> &Draft<'a> {
        match &self.body {
            Body::General(outcome, _) => &outcome.draft,
            Body::Fast(found, later) => later.draft.get_or_init(|| found.draft()),
        }
    }
}
