//! What layers replace and remove of earlier ones: whether it still fits, and what it was.

use indexmap::IndexMap;
use sha2::{Digest as _, Sha256};

use super::items::{Items, Original};
use super::{Checker, order};
use crate::diagnostics::{Diagnostic, Label, Severity, code};
use crate::source::{SourceMap, Span};
use crate::syntax::canonical;

/// An item of an earlier layer that a layer replaces or removes.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The number of the layer that does, from 0.
    pub layer: usize,
    /// `let`, `rule` or `invariant`.
    pub kind: &'static str,
    /// Its name.
    pub name: Box<str>,
    /// The name where it is replaced or removed.
    pub span: Span,
    /// The name where it is declared.
    pub original: Span,
    /// SHA-256 of what it says, in lower-case hex; comments, layout and documentation do not count.
    pub digest: String,
}

/// What the layers take of earlier ones, each in written order.
pub(super) fn of(items: &Items, sources: &SourceMap, diagnostics: &mut Vec<Diagnostic>) -> Vec<Taken> {
    let digest = |whole: Span, doc: Option<Span>| {
        let text = canonical::canonical(sources.snippet(whole).unwrap_or_default(), whole, doc);
        Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let taken = items.taken.iter().map(|it| {
        let original = digest(it.original.whole, it.original.doc);
        if it.replacement.as_ref().is_some_and(|new| digest(new.whole, new.doc) == original) {
            diagnostics.push(
                Diagnostic::new(code::IDLE_REPLACEMENT, format!("`{}` is replaced by what it is", it.name))
                    .label(it.span, "says the same")
                    .label(it.original.name, "as this")
                    .help("take the replacement out, or say what is to be different"),
            );
        }
        Taken {
            layer: it.layer,
            kind: it.kind,
            name: it.name.clone(),
            span: it.span,
            original: it.original.name,
            digest: original,
        }
    });
    taken.collect()
}

/// Tells of each mistake in an earlier layer's item which let that it uses a later layer has replaced.
pub(super) fn blame(items: &Items, sources: &SourceMap, diagnostics: &mut [Diagnostic]) {
    let mut replaced: IndexMap<&str, (usize, &Original)> = IndexMap::new();
    for it in items.taken.iter().filter(|it| it.kind == "let") {
        if let Some(new) = &it.replacement {
            replaced.insert(&it.name, (it.layer, new));
        }
    }
    if replaced.is_empty() {
        return;
    }
    let rules = items.rules.values().chain(items.invariants.values());
    let lets = items.lets.values().flatten();
    let wholes: Vec<(usize, Span)> =
        rules.map(|it| (it.layer, it.whole)).chain(lets.map(|it| (it.layer, it.whole))).collect();
    for diagnostic in diagnostics.iter_mut().filter(|it| it.severity == Severity::Error) {
        let Some(place) = diagnostic.labels.first().map(|label| label.span) else { continue };
        let holds = |whole: Span| whole.source == place.source && whole.start <= place.start && place.end <= whole.end;
        let Some((layer, _)) = wholes.iter().find(|(_, whole)| holds(*whole)) else { continue };
        let text = sources.snippet(place).unwrap_or_default();
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let by = words.filter_map(|word| replaced.get_key_value(word)).find(|(_, (by, _))| by > layer);
        if let Some((name, (_, new))) = by {
            diagnostic.labels.push(Label { span: new.name, text: format!("`{name}` is replaced here") });
        }
    }
}

impl Checker<'_> {
    /// Replacements of lets whose every use a layer has taken out by then, this one or an earlier one: the names that
    /// only what was taken out uses, each with the last layer that took such a use out.
    pub(super) fn pointless(&mut self, items: &Items) {
        let mut uses: IndexMap<String, usize> = IndexMap::new();
        for (rule, by) in &items.gone {
            order::names_of_rule(rule, &mut |name| {
                let last = uses.entry(name.to_owned()).or_default();
                *last = (*last).max(*by);
            });
        }
        for (name, by) in uses {
            let Some(binding) = self.lets.get(&*name).filter(|binding| !binding.used) else { continue };
            let Some([.., _, last]) = items.lets.get(&*name).map(Vec::as_slice) else { continue };
            if by <= last.layer {
                self.found.insert(
                    Diagnostic::new(
                        code::IDLE_REPLACEMENT,
                        format!("`{name}` is replaced, and nothing uses it any more"),
                    )
                    .label(binding.span, "replaced here")
                    .help("take the replacement out: the rules that used it are replaced or removed"),
                );
            }
        }
    }
}
