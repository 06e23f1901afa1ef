//! Items.

use super::cursor::{Cursor, End};
use super::doc::Doc;
use super::expr::Flow;
use crate::syntax::grammar::{Pair, Rule};

impl<'t> Cursor<'t> {
    /// A whole item.
    pub(super) fn item(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let mut docs = Vec::new();
        for child in pair.into_inner() {
            docs.push(match child.as_rule() {
                Rule::EOI => continue,
                Rule::kw_replace => Doc::concat(vec![self.leaf(&child), Doc::text(" ")]),
                Rule::let_item => self.binding(Vec::new(), child),
                Rule::rule_item | Rule::invariant_item => self.rule(child),
                Rule::fact_item => self.fact(child),
                Rule::test_item => self.test(child),
                _ => self.unknown(child),
            });
        }
        Doc::concat(docs)
    }

    /// `rule NAME when C {`, or with each part of its head on a line of its own.
    fn rule(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let (mut head, mut parts) = (Vec::new(), Vec::new());
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::doc => {
                    parts.push(self.line(End::Opened));
                    parts.push(self.doc(child));
                }
                Rule::guard => {
                    parts.push(self.line(End::Blank));
                    parts.push(self.guard(child));
                }
                Rule::block => {
                    head.push(Doc::indent(std::mem::take(&mut parts)));
                    head.push(self.line(End::Blank));
                    let head = Doc::group(head);
                    return Doc::concat(vec![head, self.block(child, Self::effect)]);
                }
                _ if head.is_empty() => head.push(self.leaf(&child)),
                _ => head.extend([Doc::text(" "), self.leaf(&child)]),
            }
        }
        Doc::concat(head)
    }

    fn guard(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let mut docs = Vec::new();
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::head_expr => docs.push(Doc::indent(vec![self.expr(child, Flow::Flush)])),
                _ => docs.extend([self.leaf(&child), Doc::text(" ")]),
            }
        }
        Doc::concat(docs)
    }

    /// `fact service.PATH: TYPE = E`
    fn fact(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let mut docs = Vec::new();
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::word if docs.len() > 2 => docs.extend([self.punctuation("."), self.leaf(&child)]),
                Rule::type_expr => docs.extend([Doc::text(" "), self.type_expr(child)]),
                Rule::assign => docs.extend([Doc::text(" "), self.leaf(&child)]),
                Rule::expr => return self.assign(docs, child, Vec::new()),
                Rule::kw_fact => docs.extend([self.leaf(&child), Doc::text(" ")]),
                _ => docs.push(self.leaf(&child)),
            }
        }
        Doc::concat(docs)
    }

    fn test(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let mut docs = Vec::new();
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::doc => docs.extend([self.doc(child), Doc::text(" ")]),
                Rule::steps => docs.push(self.block(child, Self::step)),
                _ => docs.extend([self.leaf(&child), Doc::text(" ")]),
            }
        }
        Doc::concat(docs)
    }

    fn step(&mut self, pair: Pair<'t>) -> Doc<'t> {
        match pair.as_rule() {
            Rule::given => self.binding(Vec::new(), pair),
            Rule::expect => self.expect(pair),
            _ => self.unknown(pair),
        }
    }

    /// `expect E from RULE`, `expect denied like G`
    fn expect(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let mut docs = Vec::new();
        let mut from = Vec::new();
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::expr => docs.push(self.expr(child, Flow::Indented)),
                Rule::outcome => docs.push(self.unknown(child)),
                Rule::kw_from => from.extend([self.line(End::Blank), self.leaf(&child)]),
                Rule::rule_name => from.extend([Doc::text(" "), self.leaf(&child)]),
                _ => docs.extend([self.leaf(&child), Doc::text(" ")]),
            }
        }
        Doc::concat(vec![Doc::group(docs), Doc::group(vec![Doc::indent(from)])])
    }

    /// A node whose parts stand beside each other, a blank between them.
    pub(super) fn unknown(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let mut docs = Vec::new();
        for child in pair.into_inner() {
            for token in self.up_to(&child) {
                docs.extend([token, Doc::text(" ")]);
            }
            docs.push(match child.as_rule() {
                Rule::expr | Rule::head_expr | Rule::or_expr => self.expr(child, Flow::Indented),
                Rule::string => self.string(child),
                _ if child.clone().into_inner().next().is_some() => self.unknown(child),
                _ => self.leaf(&child),
            });
            docs.push(Doc::text(" "));
        }
        docs.pop();
        Doc::concat(docs)
    }
}
