//! Items: `let`, `rule`, `invariant`, `fact`, `remove`, `test`.

use super::Builder;
use crate::diagnostics::{Diagnostic, code};
use crate::source::Span;
use crate::syntax::ast::{
    Doc, Expr, Fact, Ident, Item, ItemKind, Let, OutcomeKind, Piece, Remove, Rule as RuleItem, Step, Test,
};
use crate::syntax::grammar::{Pair, Rule};

impl Builder<'_> {
    pub(super) fn item(&mut self, pair: Pair<'_>) -> Option<Item> {
        let span = self.span(&pair);
        let mut replace = None;
        let mut kind = None;
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::kw_replace => replace = Some(self.span(&child)),
                Rule::let_item => kind = Some(ItemKind::Let(self.let_item(child)?)),
                Rule::rule_item => kind = Some(ItemKind::Rule(self.rule_item(child)?)),
                Rule::invariant_item => kind = Some(ItemKind::Invariant(self.rule_item(child)?)),
                Rule::fact_item => kind = Some(ItemKind::Fact(self.fact_item(child)?)),
                Rule::remove_item => kind = Some(ItemKind::Remove(self.remove_item(child)?)),
                Rule::test_item => kind = Some(ItemKind::Test(self.test_item(child)?)),
                _ => {}
            }
        }
        let kind = kind?;
        if let (Some(replace), ItemKind::Fact(_) | ItemKind::Remove(_) | ItemKind::Test(_)) = (replace, &kind) {
            let message = "`replace` goes with `let`, `rule` or `invariant`";
            self.report(Diagnostic::new(code::MISPLACED, message).label(replace, "").edit(replace, ""));
        }
        Some(Item { span, replace, kind })
    }

    fn let_item(&mut self, pair: Pair<'_>) -> Option<Let> {
        let (name, value) = self.binding(pair)?;
        Some(Let { name, value })
    }

    /// `NAME = E`
    fn binding(&mut self, pair: Pair<'_>) -> Option<(Ident, Expr)> {
        let (mut name, mut value) = (None, None);
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::binder => name = Some(self.binder(&child)),
                Rule::expr => value = Some(self.expr(child)?),
                _ => {}
            }
        }
        Some((name?, value?))
    }

    /// A new name. One in the wrong spelling stays in the tree, so that its uses are not unknown as well.
    pub(super) fn binder(&mut self, pair: &Pair<'_>) -> Ident {
        let ident = self.ident(pair);
        if ident.name.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b'-') {
            let better = snake_case(&ident.name);
            let diagnostic = Diagnostic::new(code::BAD_NAME, format!("`{}` is no name for a value", ident.name))
                .label(ident.span, "")
                .help(format!("names of values are written with `a-z`, `0-9` and `_`: `{better}`"))
                .edit(ident.span, better);
            self.diagnostics.push(diagnostic);
        }
        ident
    }

    fn rule_name(&mut self, pair: &Pair<'_>) -> Ident {
        let ident = self.ident(pair);
        let kebab = |segment: &str| {
            let known = segment.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            known && segment.split('-').all(|part| !part.is_empty())
        };
        let begins = ident.name.starts_with(|first: char| first.is_ascii_lowercase());
        if !begins || !ident.name.split('.').all(kebab) {
            let better = kebab_case(&ident.name);
            let diagnostic = Diagnostic::new(code::BAD_NAME, format!("`{}` is no name for a rule", ident.name))
                .label(ident.span, "")
                .help("names of rules are words of `a-z` and `0-9`, joined by `-` and `.`: `gpu.device-nodes`")
                .edit(ident.span, better);
            self.diagnostics.push(diagnostic);
        }
        ident
    }

    fn rule_item(&mut self, pair: Pair<'_>) -> Option<RuleItem> {
        let (mut name, mut doc, mut body) = (None, None, None);
        let (mut when, mut unless): (Option<Expr>, Option<Expr>) = (None, None);
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::rule_name => name = Some(self.rule_name(&child)),
                Rule::doc => doc = Some(self.doc(child)?),
                Rule::block => body = Some(self.block(child)?),
                Rule::guard => {
                    let span = self.span(&child);
                    let (is_when, condition) = self.guard(child)?;
                    let place = if is_when { &mut when } else { &mut unless };
                    let earlier = place.replace(condition).map(|earlier| earlier.span);
                    let disordered = unless.as_ref().filter(|_| is_when).map(|unless| unless.span);
                    self.guard_order(span, is_when, earlier, disordered);
                }
                _ => {}
            }
        }
        Some(RuleItem { name: name?, doc, when, unless, body: body? })
    }

    fn guard(&mut self, pair: Pair<'_>) -> Option<(bool, Expr)> {
        let mut inner = pair.into_inner();
        let is_when = inner.next()?.as_rule() == Rule::kw_when;
        Some((is_when, self.expr(inner.next()?)?))
    }

    fn guard_order(&mut self, span: Span, is_when: bool, earlier: Option<Span>, unless: Option<Span>) {
        let word = if is_when { "when" } else { "unless" };
        if let Some(earlier) = earlier {
            let join = if is_when { "and" } else { "or" };
            let diagnostic = Diagnostic::new(code::SYNTAX, format!("a second `{word}`"))
                .label(span, "")
                .label(earlier, "the first")
                .help(format!("write one, its conditions joined with `{join}`"));
            self.report(diagnostic);
        } else if let Some(unless) = unless {
            let diagnostic = Diagnostic::new(code::SYNTAX, "`when` after `unless`")
                .label(span, "")
                .label(unless, "stands behind it")
                .help("a head reads `when … unless …`");
            self.report(diagnostic);
        }
    }

    /// A text without holes.
    pub(super) fn doc(&mut self, pair: Pair<'_>) -> Option<Doc> {
        let span = self.span(&pair);
        let pieces = self.string(pair.into_inner().next()?)?;
        let text = self.plain_text(pieces, "a hole in a text that is the same for every service")?;
        Some(Doc { text, span })
    }

    /// The text of pieces of which none may be a hole.
    pub(super) fn plain_text(&mut self, pieces: Vec<Piece>, message: &str) -> Option<Box<str>> {
        let mut text = "".into();
        for piece in pieces {
            match piece {
                Piece::Text(piece) => text = piece,
                Piece::Hole(hole) => {
                    let diagnostic = Diagnostic::new(code::BAD_LITERAL, message)
                        .label(hole.span, "")
                        .help("a brace in a text is written `\\{` or `\\}`");
                    self.report(diagnostic);
                    return Some("".into());
                }
            }
        }
        Some(text)
    }

    fn fact_item(&mut self, pair: Pair<'_>) -> Option<Fact> {
        let (mut path, mut ty, mut default) = (Vec::new(), None, None);
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::word => path.push(self.ident(&child)),
                Rule::type_expr => ty = Some(self.type_expr(child)?),
                Rule::expr => default = Some(self.expr(child)?),
                _ => {}
            }
        }
        Some(Fact { path, ty: ty?, default })
    }

    fn remove_item(&mut self, pair: Pair<'_>) -> Option<Remove> {
        let (mut invariant, mut name) = (false, None);
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::kw_invariant => invariant = true,
                Rule::rule_name => name = Some(self.rule_name(&child)),
                _ => {}
            }
        }
        Some(Remove { invariant, name: name? })
    }

    fn test_item(&mut self, pair: Pair<'_>) -> Option<Test> {
        let (mut name, mut steps) = (None, Vec::new());
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::doc => name = Some(self.doc(child)?),
                Rule::steps => {
                    for step in child.into_inner() {
                        steps.push(self.step(step)?);
                    }
                }
                _ => {}
            }
        }
        Some(Test { name: name?, steps })
    }

    fn step(&mut self, pair: Pair<'_>) -> Option<Step> {
        if pair.as_rule() == Rule::given {
            let (root, value) = self.binding(pair)?;
            return Some(Step::Given { root, value });
        }
        let span = self.span(&pair);
        let (mut condition, mut from) = (None, None);
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::outcome => return self.outcome(child, span),
                Rule::expr => condition = Some(self.expr(child)?),
                Rule::rule_name => from = Some(self.rule_name(&child)),
                _ => {}
            }
        }
        Some(Step::Expect { condition: condition?, from })
    }

    fn outcome(&mut self, pair: Pair<'_>, span: Span) -> Option<Step> {
        let (mut kind, mut code, mut like) = (OutcomeKind::Warning, None, None);
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::kw_no => kind = OutcomeKind::NoWarning,
                Rule::kw_denied => kind = OutcomeKind::Denied,
                Rule::code => code = Some(self.ident(&child)),
                Rule::expr => like = Some(self.expr(child)?),
                Rule::doc => return Some(Step::Snapshot { file: self.doc(child)?, span }),
                _ => {}
            }
        }
        Some(Step::Outcome { kind, code, like, span })
    }
}

/// `fooBar`, `foo-bar` → `foo_bar`
fn snake_case(name: &str) -> String {
    let mut text = String::new();
    let mut after_lower = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && after_lower {
            text.push('_');
        }
        after_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        text.push(if c == '-' { '_' } else { c.to_ascii_lowercase() });
    }
    text
}

/// `Foo_Bar.baz` → `foo-bar.baz`
fn kebab_case(name: &str) -> String {
    let dashed = snake_case(name).replace('_', "-");
    let segments = dashed.split('.').map(|segment| {
        let parts: Vec<&str> = segment.split('-').filter(|part| !part.is_empty()).collect();
        parts.join("-")
    });
    let segments: Vec<String> = segments.filter(|segment| !segment.is_empty()).collect();
    segments.join(".").trim_start_matches(|first: char| first.is_ascii_digit() || first == '-').to_owned()
}
