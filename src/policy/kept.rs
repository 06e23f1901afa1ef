//! A compiled policy as bytes: what is read back needs no parsing and no checking of rules.
//!
//! The first line says what the file is, which plimsoll it is of and which tables ([`TABLES`]) its numbers point into; then
//! come the SHA-256 of the rest, and the rest. A file of another version or with other tables is refused, never
//! interpreted. One that somebody has made up can do no more than rules can: all that its numbers point at is looked
//! at before it runs ([`Program::is_sound`]), and what it writes is checked at each render as any value is.

mod trees;

use std::borrow::Cow;

use indexmap::{IndexMap, IndexSet};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Policy;
use crate::check::{self, Checked, Taken};
use crate::diagnostics::{Diagnostic, Report, code};
use crate::eval::Limits;
use crate::eval::fast::Ways;
use crate::ir::{Effect, EffectNote, Expr, ExprId, Let, Program, Rule, plan};
use crate::schema::facts::FactSchema;
use crate::schema::output::output;
use crate::source::{SourceId, SourceMap, Span, Text};
use crate::syntax::{self, ast};

/// What the tables are that a program's numbers point into, in a few letters: slots, fields of facts, functions, and
/// the form of the file itself. A test says what stands here when one of them changes.
pub const TABLES: &str = "7d7db072";

/// The first words of a file.
const MAGIC: &str = "plimsoll compiled policy";
/// The longest first line.
const LONGEST_LINE: usize = 100;
/// Bytes of the digest behind the first line.
const DIGEST: usize = 32;
/// The compiled form of the shipped standard policy, which stands beside its rules; `plimsoll compile` writes it, and a test
/// says when it is due.
const SHIPPED_POLICY: &[u8] = include_bytes!("../../rules/standard.plc");

/// What stands in a file.
#[derive(Serialize, Deserialize)]
struct Kept<'k> {
    /// Names and texts; of a text that is there already only the bytes are compared.
    #[serde(borrow)]
    sources: Vec<(&'k str, &'k [u8])>,
    layers: Vec<(SourceId, usize)>,
    names: Cow<'k, [(String, bool)]>,
    /// The files whose `fact` items are read anew.
    declaring: Vec<SourceId>,
    #[serde(borrow)]
    taken: Vec<KeptTaken<'k>>,
    exprs: Cow<'k, [Expr]>,
    spans: Cow<'k, [Span]>,
    constants: Vec<(Span, trees::Item)>,
    conversions: Vec<trees::Step>,
    lets: Cow<'k, [Let]>,
    guards: Cow<'k, [ExprId]>,
    effects: Cow<'k, [Effect]>,
    notes: Cow<'k, [EffectNote]>,
    rules: Cow<'k, [Rule]>,
    invariants: Cow<'k, [Rule]>,
    locals: usize,
}

/// What [`Taken`] has; of its kind, the place in [`KINDS`].
type KeptTaken<'k> = (usize, usize, &'k str, Span, Span, &'k str);

/// What can be taken of an earlier layer.
const KINDS: [&str; 3] = ["let", "rule", "invariant"];

/// Why bytes are no policy that runs here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Unfit {
    #[error("it does not begin as one")]
    Foreign,
    #[error("another version of plimsoll compiled it")]
    Version,
    #[error("it is damaged")]
    Damaged,
    #[error("it does not hold together")]
    Unsound,
}

impl Policy {
    /// The policy as bytes, which [`Policy::from_bytes`] takes; the same policy gives the same bytes. Its tests and what
    /// checking found are not in them.
    ///
    /// # Errors
    ///
    /// Never, as far as is known: each part has a form of its own.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Report> {
        let kept = postcard::to_allocvec(&Kept::of(self)).map_err(|error| {
            let message = format!("the policy has no form as bytes: {error}");
            Report::new(vec![Diagnostic::new(code::INTERNAL, message).help("please report it")], &[])
        })?;
        let mut bytes = first_line().into_bytes();
        bytes.extend(Sha256::digest(&kept));
        bytes.extend(kept);
        Ok(bytes)
    }

    /// A policy of bytes that [`Policy::to_bytes`] made; `name` is what messages call the file.
    ///
    /// # Errors
    ///
    /// P0850 if they are none, of another version, or damaged.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, Report> {
        let unfit = |why: Unfit| {
            let diagnostic =
                Diagnostic::new(code::BAD_COMPILED, format!("`{name}` is no policy that can be run: {why}"));
            Report::new(vec![diagnostic.help("make it anew with `plimsoll compile`")], &[])
        };
        let rest = body(bytes).map_err(unfit)?;
        let (digest, kept) = rest.split_at_checked(DIGEST).ok_or_else(|| unfit(Unfit::Damaged))?;
        if *Sha256::digest(kept) != *digest {
            return Err(unfit(Unfit::Damaged));
        }
        read(kept, None).ok_or_else(|| unfit(Unfit::Unsound))
    }

    /// The shipped standard policy as it was compiled when it was shipped; none if that is not of these files and this
    /// version.
    pub(super) fn shipped(files: &[(String, Text)]) -> Option<Self> {
        let policy = read(body(SHIPPED_POLICY).ok()?.get(DIGEST..)?, Some(files))?;
        let kept = policy.sources.iter().map(|(_, source)| (&source.name, &source.text));
        kept.eq(files.iter().map(|(name, text)| (name, text))).then_some(policy)
    }
}

/// What a file of this version begins with.
fn first_line() -> String {
    format!("{MAGIC} {} {TABLES}\n", env!("CARGO_PKG_VERSION"))
}

/// What stands behind the first line.
fn body(bytes: &[u8]) -> Result<&[u8], Unfit> {
    if !bytes.starts_with(MAGIC.as_bytes()) {
        return Err(Unfit::Foreign);
    }
    let line = bytes.iter().take(LONGEST_LINE).position(|byte| *byte == b'\n').ok_or(Unfit::Foreign)?;
    let (line, rest) = bytes.split_at_checked(line + 1).ok_or(Unfit::Foreign)?;
    if line == first_line().as_bytes() { Ok(rest) } else { Err(Unfit::Version) }
}

impl<'k> Kept<'k> {
    fn of(policy: &'k Policy) -> Self {
        let Checked { program, layers, taken, declaring, .. } = &policy.checked;
        let source = |source: &'k crate::source::Source| (source.name.as_str(), source.text.as_bytes());
        Self {
            sources: policy.sources.iter().map(|(_, it)| source(it)).collect(),
            layers: layers.iter().map(|(source, layer)| (*source, *layer)).collect(),
            names: Cow::Borrowed(&policy.names),
            declaring: declaring.iter().copied().collect(),
            taken: taken.iter().map(keep_taken).collect(),
            exprs: Cow::Borrowed(&program.exprs),
            spans: Cow::Borrowed(&program.spans),
            constants: trees::flat_data(&program.constants),
            conversions: trees::flat_conversions(&program.conversions),
            lets: Cow::Borrowed(&program.lets),
            guards: Cow::Borrowed(&program.guards),
            effects: Cow::Borrowed(&program.effects),
            notes: Cow::Borrowed(&program.notes),
            rules: Cow::Borrowed(&program.rules),
            invariants: Cow::Borrowed(&program.invariants),
            locals: program.locals,
        }
    }

    /// The program, looked at before it runs unless it is trusted.
    fn program(self, trusted: bool) -> Option<Program> {
        let mut program = Program {
            exprs: self.exprs.into_owned(),
            spans: self.spans.into_owned(),
            constants: trees::data(self.constants)?,
            conversions: trees::conversions(self.conversions)?,
            lets: self.lets.into_owned(),
            guards: self.guards.into_owned(),
            effects: self.effects.into_owned(),
            notes: self.notes.into_owned(),
            rules: self.rules.into_owned(),
            invariants: self.invariants.into_owned(),
            locals: self.locals,
            index: Default::default(),
        };
        if !trusted && !program.is_sound(output().slots.len()) {
            return None;
        }
        // Made anew, so that no file can have rules passed over.
        plan::index(&mut program);
        Some(program)
    }
}

fn keep_taken(it: &Taken) -> KeptTaken<'_> {
    let kind = KINDS.iter().position(|kind| *kind == it.kind).unwrap_or(KINDS.len());
    (it.layer, kind, &it.name, it.span, it.original, &it.digest)
}

fn taken((layer, kind, name, span, original, digest): KeptTaken<'_>) -> Option<Taken> {
    Some(Taken { layer, kind: KINDS.get(kind)?, name: name.into(), span, original, digest: digest.to_owned() })
}

/// The policy that stands behind the digest. The shipped one comes with its files, whose texts are not copied; its bytes are as
/// much a part of this program as its code, so neither damage nor harm is looked for.
fn read(bytes: &[u8], shipped: Option<&[(String, Text)]>) -> Option<Policy> {
    let (mut kept, rest): (Kept<'_>, _) = postcard::take_from_bytes(bytes).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let mut sources = SourceMap::for_policy();
    for (number, (name, text)) in std::mem::take(&mut kept.sources).into_iter().enumerate() {
        match shipped.unwrap_or_default().get(number) {
            Some((_, known)) if known.as_bytes() == text => sources.add(name, known.clone()),
            _ => sources.add(name, str::from_utf8(text).ok()?),
        };
    }
    let layers: IndexMap<SourceId, usize> = std::mem::take(&mut kept.layers).into_iter().collect();
    let declaring: IndexSet<SourceId> = std::mem::take(&mut kept.declaring).into_iter().collect();
    let taken = std::mem::take(&mut kept.taken).into_iter().map(taken).collect::<Option<Vec<_>>>()?;
    let names = std::mem::take(&mut kept.names).into_owned();
    let checked = Checked {
        facts: facts(&declaring, &sources)?,
        program: kept.program(shipped.is_some())?,
        tests: Vec::new(),
        test_findings: Vec::new(),
        layers,
        taken,
        declaring,
    };
    Some(Policy {
        checked,
        sources,
        names,
        warnings: Vec::new(),
        allowed: Vec::new(),
        limits: Limits::default(),
        ways: Ways::default(),
    })
}

/// The facts' schema with what these files declare.
fn facts(declaring: &IndexSet<SourceId>, sources: &SourceMap) -> Option<FactSchema> {
    let mut items = Vec::new();
    for id in declaring {
        let text = &sources.get(*id)?.text;
        let mut mistakes = Vec::new();
        items.extend(syntax::parse(*id, text, &mut mistakes).items);
        if !mistakes.is_empty() {
            return None;
        }
    }
    let facts: Vec<ast::Fact> = items
        .into_iter()
        .filter_map(|item| match item.kind {
            ast::ItemKind::Fact(fact) => Some(fact),
            _ => None,
        })
        .collect();
    check::declared(&facts, sources, output())
}
