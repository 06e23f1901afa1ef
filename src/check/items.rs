//! What the layers declare, and what later layers replace or remove of it.

use indexmap::{IndexMap, IndexSet};

use super::scope::Typed;
use super::{Checker, Layer, LetBinding};
use crate::diagnostics::{Diagnostic, code};
use crate::ir;
use crate::source::Span;
use crate::syntax::Limits;
use crate::syntax::ast::{self, Ident, ItemKind};

/// The items of a policy.
#[derive(Debug, Default)]
pub(super) struct Items {
    /// Each with those it replaced, the oldest first.
    pub(super) lets: IndexMap<Box<str>, Vec<Placed<ast::Let>>>,
    /// In written order; a replacement stands where the original stood.
    pub(super) rules: IndexMap<Box<str>, Placed<ast::Rule>>,
    pub(super) invariants: IndexMap<Box<str>, Placed<ast::Rule>>,
    pub(super) facts: Vec<ast::Fact>,
    pub(super) tests: Vec<(usize, ast::Test)>,
    /// Rules and invariants that a later layer replaced or removed.
    /// Each with the layer that did.
    pub(super) gone: Vec<(ast::Rule, usize)>,
    /// What layers took of earlier ones, in written order.
    pub(super) taken: Vec<Take>,
    /// What items that did not parse would have declared.
    pub(super) broken: IndexSet<Box<str>>,
}

/// An item that a layer replaces or removes, see [`super::Taken`].
#[derive(Debug)]
pub(super) struct Take {
    pub(super) layer: usize,
    pub(super) kind: &'static str,
    pub(super) name: Box<str>,
    pub(super) span: Span,
    pub(super) original: Original,
    /// None if it is removed.
    pub(super) replacement: Option<Original>,
}

/// The places of an item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Original {
    pub(super) whole: Span,
    pub(super) name: Span,
    pub(super) doc: Option<Span>,
}

impl From<&Placed<ast::Let>> for Original {
    fn from(placed: &Placed<ast::Let>) -> Self {
        Self { whole: placed.whole, name: placed.item.name.span, doc: None }
    }
}

impl From<&Placed<ast::Rule>> for Original {
    fn from(placed: &Placed<ast::Rule>) -> Self {
        let doc = placed.item.doc.as_ref().map(|doc| doc.span);
        Self { whole: placed.whole, name: placed.item.name.span, doc }
    }
}

/// An item and the layer it is from.
#[derive(Debug)]
pub(super) struct Placed<T> {
    pub(super) layer: usize,
    /// The whole item.
    pub(super) whole: Span,
    pub(super) item: T,
}

pub(super) fn collect(layers: Vec<Layer>, limits: Limits, diagnostics: &mut Vec<Diagnostic>) -> Items {
    let mut collector = Collector { items: Items::default(), most: limits.rules, diagnostics, full: false };
    for (layer, files) in layers.into_iter().enumerate() {
        for (_, file) in files.files {
            collector.items.broken.extend(file.broken);
            file.items.into_iter().for_each(|item| collector.add(layer, item));
        }
    }
    collector.items
}

struct Collector<'d> {
    items: Items,
    diagnostics: &'d mut Vec<Diagnostic>,
    /// Whether it was said that there are too many rules.
    /// Rules that there may be.
    most: usize,
    full: bool,
}

impl Collector<'_> {
    fn add(&mut self, layer: usize, item: ast::Item) {
        let (replace, whole) = (item.replace, item.span);
        match item.kind {
            ItemKind::Let(item) => self.add_let(Placed { layer, whole, item }, replace),
            ItemKind::Rule(item) => self.add_rule(Placed { layer, whole, item }, false, replace),
            ItemKind::Invariant(item) => self.add_rule(Placed { layer, whole, item }, true, replace),
            ItemKind::Fact(fact) => self.items.facts.push(fact),
            ItemKind::Remove(remove) => self.remove(layer, &remove),
            ItemKind::Test(test) => self.items.tests.push((layer, test)),
        }
    }

    fn add_let(&mut self, placed: Placed<ast::Let>, replace: Option<Span>) {
        let layer = placed.layer;
        let name = placed.item.name.name.clone();
        let earlier = self.items.lets.get(&name).and_then(|all| all.last()).map(|it| (it.layer, it.item.name.span));
        match (replace, earlier) {
            (Some(_), Some((other, _))) if other < layer => {
                if let Some(all) = self.items.lets.get_mut(&name) {
                    let original = all.last().map(Original::from);
                    let (span, new) = (placed.item.name.span, Original::from(&placed));
                    all.push(placed);
                    let take = |original| Take { layer, kind: "let", name, span, original, replacement: Some(new) };
                    self.items.taken.extend(original.map(take));
                }
            }
            (Some(span), earlier) => {
                let names: Vec<Box<str>> = self.items.lets.keys().cloned().collect();
                self.nothing_to_replace("let", &placed.item.name, span, earlier.map(|(_, span)| span), &names);
            }
            (None, Some((other, span))) => self.twice(&placed.item.name, span, other < layer, "let"),
            (None, None) => {
                self.items.lets.insert(name, vec![placed]);
            }
        }
    }

    fn add_rule(&mut self, placed: Placed<ast::Rule>, invariant: bool, replace: Option<Span>) {
        let kind = kind_name(invariant);
        let layer = placed.layer;
        let rule = &placed.item;
        let name = rule.name.name.clone();
        let of_other_kind = self.all(!invariant).get(&name).map(|it| it.item.name.span);
        let earlier = self.all(invariant).get(&name).map(|it| (it.layer, it.item.name.span));
        match (replace, earlier, of_other_kind) {
            (Some(_), Some((other, _)), _) if other < layer => {
                let new = Original::from(&placed);
                let gone = self.all_mut(invariant).insert(name.clone(), placed);
                let (original, span) = (gone.as_ref().map(Original::from), new.name);
                let take = |original| Take { layer, kind, name, span, original, replacement: Some(new) };
                self.items.taken.extend(original.map(take));
                self.items.gone.extend(gone.map(|it| (it.item, layer)));
            }
            (Some(span), earlier, _) => {
                let names: Vec<Box<str>> = self.all(invariant).keys().cloned().collect();
                self.nothing_to_replace(kind, &rule.name, span, earlier.map(|(_, span)| span), &names);
            }
            (None, Some((other, span)), _) => self.twice(&rule.name, span, other < layer, kind),
            (None, None, Some(span)) => self.twice(&rule.name, span, false, kind),
            (None, None, None) => {
                let count = self.items.rules.len() + self.items.invariants.len();
                let most = self.most;
                if count == most && !std::mem::replace(&mut self.full, true) {
                    self.diagnostics.push(
                        Diagnostic::new(code::TOO_MANY_RULES, format!("a policy has at most {most} rules"))
                            .label(rule.name.span, "one too many"),
                    );
                }
                if count < most {
                    self.all_mut(invariant).insert(name, placed);
                }
            }
        }
    }

    fn remove(&mut self, layer: usize, remove: &ast::Remove) {
        let earlier = self.all(remove.invariant).get(&remove.name.name).map(|it| (it.layer, it.item.name.span));
        match earlier {
            Some((other, _)) if other < layer => {
                let gone = self.all_mut(remove.invariant).shift_remove(&remove.name.name);
                let (name, span, kind) = (remove.name.name.clone(), remove.name.span, kind_name(remove.invariant));
                let take = |original| Take { layer, kind, name, span, original, replacement: None };
                self.items.taken.extend(gone.as_ref().map(Original::from).map(take));
                self.items.gone.extend(gone.map(|it| (it.item, layer)));
            }
            earlier => {
                let names: Vec<Box<str>> = self.all(remove.invariant).keys().cloned().collect();
                let kind = kind_name(remove.invariant);
                self.nothing_to_replace(kind, &remove.name, remove.name.span, earlier.map(|(_, span)| span), &names);
            }
        }
    }

    fn all(&self, invariant: bool) -> &IndexMap<Box<str>, Placed<ast::Rule>> {
        if invariant { &self.items.invariants } else { &self.items.rules }
    }

    fn all_mut(&mut self, invariant: bool) -> &mut IndexMap<Box<str>, Placed<ast::Rule>> {
        if invariant { &mut self.items.invariants } else { &mut self.items.rules }
    }

    fn twice(&mut self, name: &Ident, first: Span, earlier_layer: bool, kind: &str) {
        let help = match earlier_layer {
            true => format!("to take the place of the earlier layer's, write `replace {kind} {} …`", name.name),
            false => "rename one of them, or say both in one".to_owned(),
        };
        self.diagnostics.push(
            Diagnostic::new(code::DUPLICATE_NAME, format!("there are two items called `{}`", name.name))
                .label(name.span, "second")
                .label(first, "first")
                .help(help),
        );
    }

    fn nothing_to_replace(
        &mut self,
        kind: &str,
        name: &Ident,
        span: Span,
        same_layer: Option<Span>,
        names: &[Box<str>],
    ) {
        if self.items.broken.contains(&name.name) {
            return;
        }
        let diagnostic = match same_layer {
            Some(first) => Diagnostic::new(code::BAD_REPLACE, format!("`{}` is of this same layer", name.name))
                .label(span, "")
                .label(first, "here")
                .help("change it where it stands; a layer replaces and removes what earlier layers have"),
            None => Diagnostic::new(
                code::BAD_REPLACE,
                format!(
                    "no earlier layer has {} {kind} called `{}`",
                    if kind == "invariant" { "an" } else { "a" },
                    name.name
                ),
            )
            .label(name.span, "")
            .did_you_mean(name.span, &name.name, names.iter().map(|n| &**n)),
        };
        self.diagnostics.push(diagnostic);
    }
}

const fn kind_name(invariant: bool) -> &'static str {
    if invariant { "invariant" } else { "rule" }
}

impl Checker<'_> {
    /// Checks the lets, each after those it needs.
    pub(super) fn lets(&mut self, lets: &IndexMap<Box<str>, Vec<Placed<ast::Let>>>) {
        for (name, all) in lets {
            let span = all.last().map_or(Span::NONE, |it| it.item.name.span);
            self.lets.insert(name.clone(), LetBinding { span, value: None, used: false });
        }
        let (order, cycles) = super::order::of(lets);
        for cycle in cycles {
            let mut diagnostic = Diagnostic::new(code::CYCLE, "these lets need each other");
            for name in cycle {
                if let Some(binding) = self.lets.get_mut(&*name) {
                    binding.used = true;
                    diagnostic = diagnostic.label(binding.span, "");
                }
            }
            self.report(diagnostic.help("a let is a value made of facts and other lets; take one of them apart"));
        }
        for name in order {
            let Some(all) = lets.get(&*name) else { continue };
            self.previous = None;
            for placed in all {
                let value = self.let_value(&placed.item);
                self.previous.clone_from(&value);
                if let Some(binding) = self.lets.get_mut(&*name) {
                    binding.value = value;
                }
            }
            self.previous = None;
        }
        self.reuse_frame = true;
    }

    fn let_value(&mut self, item: &ast::Let) -> Option<Typed> {
        if super::path::is_taken(&item.name.name) {
            self.report(
                Diagnostic::new(code::DUPLICATE_NAME, format!("`{}` already means something", item.name.name))
                    .label(item.name.span, "")
                    .help("take another name"),
            );
            return None;
        }
        let mark = self.mark();
        let typed = self.expr(&item.value, None);
        self.release(mark);
        let typed = typed?;
        if self.is_path(typed.id) {
            return Some(typed);
        }
        let id = self.builder.add_let(&item.name.name, typed.id);
        let id = self.builder.add(ir::Expr::Let(id), item.name.span);
        Some(Typed { id, ..typed })
    }

    /// A let by its name: none if there is no such let, none within if it has a mistake.
    pub(super) fn global(&mut self, name: &str) -> Option<Option<Typed>> {
        let binding = self.lets.get_mut(name)?;
        binding.used = true;
        let value = binding.value.clone();
        Some(value.map(|value| self.narrow(value)))
    }

    /// Checks rules or invariants.
    pub(super) fn rules(&mut self, rules: &IndexMap<Box<str>, Placed<ast::Rule>>, invariant: bool) {
        self.spec_is_readable = invariant;
        for placed in rules.values() {
            let rule = self.rule(&placed.item);
            let program = &mut self.builder.program;
            if invariant {
                program.invariants.push(rule);
            } else {
                program.rules.push(rule);
            }
        }
        self.spec_is_readable = false;
    }

    fn rule(&mut self, rule: &ast::Rule) -> ir::Rule {
        let mark = self.mark();
        let lessons = self.lessons.len();
        let mut guards = Vec::new();
        let when = self.head_condition(rule.when.as_ref(), true, &mut guards);
        let unless = self.head_condition(rule.unless.as_ref(), false, &mut guards);
        let start = self.here();
        self.block(&rule.body);
        let effects = start..self.here();
        self.release(mark);
        self.lessons.truncate(lessons);
        ir::Rule {
            name: rule.name.name.clone(),
            span: rule.name.span,
            doc: rule.doc.as_ref().map(|doc| doc.text.clone()),
            guards: guards.into(),
            when,
            unless,
            effects,
        }
    }

    /// Lets that nothing uses. What only a rule used that a later layer took out is no mistake of either layer.
    pub(super) fn unused(&mut self, items: &Items) {
        self.pointless(items);
        for (rule, _) in &items.gone {
            super::order::names_of_rule(rule, &mut |name| {
                if let Some(binding) = self.lets.get_mut(name) {
                    binding.used = true;
                }
            });
        }
        for (name, binding) in self.lets.iter().filter(|(_, binding)| !binding.used) {
            let whole = items.lets.get(name).and_then(|all| all.last()).map_or(binding.span, |it| it.whole);
            self.found.insert(
                Diagnostic::new(code::UNUSED_LET, format!("nothing uses `{name}`"))
                    .label(binding.span, "")
                    .help("take it out, or use it")
                    .edit(whole, ""),
            );
        }
    }
}
