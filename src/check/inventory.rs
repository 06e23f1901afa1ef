//! What a policy declares, item by item, with what tells two versions of an item apart and which lets its parts read: for
//! whoever compares two policies.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use sha2::{Digest as _, Sha256};

use super::items::{self, Items, Placed};
use super::{Layer, order};
use crate::source::{SourceId, SourceMap, Span};
use crate::syntax::Limits;
use crate::syntax::ast::{self, Block, EffectKind, Expr};
use crate::syntax::{self, canonical};

/// The items that a policy is made of, those that a later layer replaced or removed left out.
#[derive(Debug, Default)]
pub(crate) struct Inventory {
    /// In the order in which the kinds are listed, then as they were written; a replacement stands where the original
    /// stood.
    pub(crate) items: IndexMap<(Kind, Box<str>), Item>,
}

/// The kinds of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// By its path: `service.resources.fpga`.
    Fact,
    Let,
    Rule,
    Invariant,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct Item {
    /// All of it; of a `let` also what it replaced, which it may read as `previous`. The last is the one that counts.
    pub(crate) spans: Vec<Span>,
    /// What it says; comments, layout and documentation do not count.
    pub(crate) text: String,
    /// The names that a `let` reads.
    pub(crate) reads: Names,
    /// The writes of a rule.
    pub(crate) writes: Vec<Write>,
    /// The conditions, loops and locals of a rule.
    leads: Vec<Lead>,
}

/// Names of lets, and what else is a bare word.
pub(crate) type Names = BTreeSet<Box<str>>;

/// A write of a rule.
#[derive(Debug)]
pub(crate) struct Write {
    /// The statement.
    pub(crate) span: Span,
    /// Of what it says, and of all that leads to it.
    pub(crate) digest: Digest,
    reads: Names,
    lead: usize,
}

/// SHA-256.
pub(crate) type Digest = [u8; 32];

/// A condition, loop or local that stands before statements, and what stands before that.
#[derive(Debug, Default)]
struct Lead {
    before: Option<usize>,
    digest: Digest,
    reads: Names,
}

impl Item {
    /// The names that a write reads, and those of all that leads to it.
    pub(crate) fn names_of<'i>(&'i self, write: &'i Write) -> impl Iterator<Item = &'i str> {
        let first = self.leads.get(write.lead);
        let leads = std::iter::successors(first, |lead| self.leads.get(lead.before?));
        write.reads.iter().chain(leads.flat_map(|lead| &lead.reads)).map(|name| &**name)
    }
}

impl Inventory {
    /// The items of files that passed, each with the number of its layer, in order.
    pub(crate) fn new(files: impl IntoIterator<Item = (SourceId, usize)>, sources: &SourceMap) -> Self {
        let mut layers: Vec<Layer> = Vec::new();
        for (source, layer) in files {
            while layers.len() <= layer {
                layers.push(Layer { name: String::new(), files: Vec::new() });
            }
            if let (Some(place), Some(text)) = (layers.last_mut(), sources.get(source)) {
                place.files.push((source, syntax::parse(source, &text.text, &mut Vec::new())));
            }
        }
        Self::of(&items::collect(layers, Limits::default(), &mut Vec::new()), sources)
    }

    fn of(items: &Items, sources: &SourceMap) -> Self {
        let taker = Taker { sources };
        let mut all = IndexMap::new();
        for fact in &items.facts {
            let (first, last) = (fact.path.first(), fact.path.last());
            let Some(span) = first.zip(last).map(|(a, b)| a.span.to(b.span)) else { continue };
            let end = fact.default.as_ref().map_or(fact.ty.span, |default| default.span);
            let path: Vec<&str> = fact.path.iter().map(|part| &*part.name).collect();
            all.insert((Kind::Fact, path.join(".").into()), taker.item(vec![span.to(end)], None));
        }
        for (name, versions) in &items.lets {
            let mut item = taker.item(versions.iter().map(|placed| placed.whole).collect(), None);
            versions.iter().for_each(|placed| read(&placed.item.value, &mut item.reads));
            all.insert((Kind::Let, name.clone()), item);
        }
        for (kind, rules) in [(Kind::Rule, &items.rules), (Kind::Invariant, &items.invariants)] {
            all.extend(rules.iter().map(|(name, rule)| ((kind, name.clone()), taker.rule(rule))));
        }
        Self { items: all }
    }
}

struct Taker<'s> {
    sources: &'s SourceMap,
}

impl Taker<'_> {
    fn text(&self, span: Span, doc: Option<Span>) -> String {
        canonical::canonical(self.sources.snippet(span).unwrap_or_default(), span, doc)
    }

    fn item(&self, spans: Vec<Span>, doc: Option<Span>) -> Item {
        let text = spans.iter().map(|span| self.text(*span, doc)).collect::<Vec<_>>().join("\n");
        Item { spans, text, reads: Names::new(), writes: Vec::new(), leads: vec![Lead::default()] }
    }

    fn rule(&self, placed: &Placed<ast::Rule>) -> Item {
        let rule = &placed.item;
        let mut item = self.item(vec![placed.whole], rule.doc.as_ref().map(|doc| doc.span));
        let when = self.lead(&mut item, 0, "when", rule.when.iter());
        let unless = self.lead(&mut item, when, "unless", rule.unless.iter());
        self.block(&rule.body, unless, &mut item);
        item
    }

    /// What stands behind these parts.
    fn lead<'e>(&self, item: &mut Item, before: usize, word: &str, parts: impl Iterator<Item = &'e Expr>) -> usize {
        let (mut text, mut reads) = (word.to_owned(), Names::new());
        for part in parts {
            text += &self.text(part.span, None);
            read(part, &mut reads);
        }
        push(item, before, &text, reads)
    }

    /// Blocks nest no deeper than the limit on them.
    fn block(&self, block: &Block, mut lead: usize, item: &mut Item) {
        for effect in &block.effects {
            let names = || {
                let mut names = Names::new();
                order::visit_effect(&effect.kind, &mut |name| _ = names.insert(name.into()));
                names
            };
            match &effect.kind {
                // A local leads to all that stands behind it.
                EffectKind::Let { .. } => lead = push(item, lead, &self.text(effect.span, None), names()),
                EffectKind::If { arms, otherwise } => {
                    let mut other = lead;
                    for (condition, block) in arms {
                        let within = self.lead(item, other, "if", std::iter::once(condition));
                        self.block(block, within, item);
                        other = self.lead(item, other, "else", std::iter::once(condition));
                    }
                    otherwise.iter().for_each(|block| self.block(block, other, item));
                }
                EffectKind::For { clause, body } => {
                    let second = clause.second.as_ref().map_or("", |it| &it.name);
                    let word = format!("for {} {second} in ", clause.first.name);
                    let parts = std::iter::once(&clause.list).chain(&clause.when);
                    let within = self.lead(item, lead, &word, parts);
                    self.block(body, within, item);
                }
                EffectKind::Write { .. } | EffectKind::Unset { .. } => {
                    let digest = item.leads.get(lead).map(|lead| lead.digest).unwrap_or_default();
                    let digest = chained(&digest, &self.text(effect.span, None));
                    item.writes.push(Write { span: effect.span, digest, reads: names(), lead });
                }
                EffectKind::Warn(_) | EffectKind::Deny(_) | EffectKind::Require { .. } => {}
            }
        }
    }
}

fn push(item: &mut Item, before: usize, text: &str, reads: Names) -> usize {
    let digest = item.leads.get(before).map(|lead| lead.digest).unwrap_or_default();
    item.leads.push(Lead { before: Some(before), digest: chained(&digest, text), reads });
    item.leads.len() - 1
}

fn chained(before: &Digest, text: &str) -> Digest {
    Sha256::new().chain_update(before).chain_update(text).finalize().into()
}

fn read(expr: &Expr, names: &mut Names) {
    order::visit(expr, &mut |name| _ = names.insert(name.into()));
}
