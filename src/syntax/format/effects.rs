//! Effects: what stands in a body.

use super::brackets::NAMES;
use super::cursor::{Cursor, End};
use super::doc::Doc;
use super::expr::Flow;
use crate::syntax::grammar::{Pair, Rule};

impl<'t> Cursor<'t> {
    /// `{ … }`, each of its statements on a line of its own.
    pub(super) fn block(&mut self, pair: Pair<'t>, each: impl Fn(&mut Self, Pair<'t>) -> Doc<'t>) -> Doc<'t> {
        let open = self.punctuation("{");
        while self.skip(";") {}
        let mut inner = Vec::new();
        for statement in pair.into_inner() {
            inner.push(self.line(if inner.is_empty() { End::Opened } else { End::Always }));
            inner.push(each(self, statement));
            while self.skip(";") {}
        }
        if inner.is_empty() {
            let end = self.line(End::Closing(" "));
            return Doc::group(vec![open, end, self.punctuation("}")]);
        }
        let end = self.line(End::Closed);
        Doc::concat(vec![open, Doc::indent(inner), end, self.punctuation("}")])
    }

    pub(super) fn effect(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let Some(effect) = pair.clone().into_inner().next() else { return self.leaf(&pair) };
        match effect.as_rule() {
            Rule::let_effect => self.binding(Vec::new(), effect),
            Rule::if_effect | Rule::for_effect => self.nested(effect),
            Rule::warn_effect | Rule::deny_effect => self.message(effect),
            Rule::require_effect => self.require(effect),
            Rule::change => self.change(effect),
            _ => self.unknown(effect),
        }
    }

    /// `let NAME = E`, `given ROOT = E`, `PATH += E`, and what follows the value.
    pub(super) fn binding(&mut self, mut lead: Vec<Doc<'t>>, pair: Pair<'t>) -> Doc<'t> {
        let mut children = pair.into_inner();
        while let Some(child) = children.next() {
            match child.as_rule() {
                Rule::expr => return self.assign(lead, child, children.collect()),
                _ if lead.is_empty() => {}
                _ => lead.push(Doc::text(" ")),
            }
            lead.push(match child.as_rule() {
                Rule::out_path => self.out_path(child),
                _ => self.leaf(&child),
            });
        }
        Doc::concat(lead)
    }

    /// `if C { … } else if D { … } else { … }`, `for x in L { … }`
    fn nested(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let (mut docs, mut head) = (Vec::new(), Vec::new());
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::block => {
                    if !head.is_empty() {
                        head.push(self.line(End::Blank));
                        docs.push(Doc::group(std::mem::take(&mut head)));
                    }
                    docs.push(self.block(child, Self::effect));
                }
                Rule::kw_else => docs.extend([Doc::text(" "), self.leaf(&child), Doc::text(" ")]),
                Rule::kw_if | Rule::kw_for => head.extend([self.leaf(&child), Doc::text(" ")]),
                Rule::loop_head => head.push(Doc::indent(vec![self.clause(child)])),
                _ => head.push(Doc::indent(vec![self.expr(child, Flow::Flush)])),
            }
        }
        Doc::concat(docs)
    }

    /// `warn E`, `deny E`
    fn message(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let mut docs = Vec::new();
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::expr => docs.extend([Doc::text(" "), self.expr(child, Flow::Indented)]),
                _ => docs.push(self.leaf(&child)),
            }
        }
        Doc::concat(docs)
    }

    /// `require E else deny M`
    fn require(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let (mut docs, mut tail) = (Vec::new(), Vec::new());
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::expr => docs.push(Doc::indent(vec![self.expr(child, Flow::Flush)])),
                Rule::kw_else => tail.extend([self.line(End::Blank), self.leaf(&child), Doc::text(" ")]),
                Rule::warn_effect | Rule::deny_effect => tail.push(self.message(child)),
                _ => docs.extend([self.leaf(&child), Doc::text(" ")]),
            }
        }
        docs.push(Doc::indent(tail));
        Doc::group(docs)
    }

    /// A write or an `unset`, with its strength.
    fn change(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let mut lead = Vec::new();
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::write => return self.binding(lead, child),
                Rule::unset => return self.unset(lead, child),
                _ => lead.push(self.leaf(&child)),
            }
        }
        Doc::concat(lead)
    }

    fn unset(&mut self, mut docs: Vec<Doc<'t>>, pair: Pair<'t>) -> Doc<'t> {
        for child in pair.into_inner() {
            if child.as_rule() == Rule::because {
                let line = self.line(End::Blank);
                docs.push(Doc::indent(vec![line, self.trailer(child)]));
                continue;
            }
            if !docs.is_empty() {
                docs.push(Doc::text(" "));
            }
            docs.push(match child.as_rule() {
                Rule::out_path => self.out_path(child),
                _ => self.leaf(&child),
            });
        }
        Doc::group(docs)
    }

    /// `because "…"`, `else warn M`, `else deny M`, `else skip`
    pub(super) fn trailer(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let mut docs = Vec::new();
        for child in pair.into_inner() {
            if !docs.is_empty() {
                docs.push(Doc::text(" "));
            }
            docs.push(match child.as_rule() {
                Rule::warn_effect | Rule::deny_effect => self.message(child),
                Rule::doc => self.doc(child),
                _ => self.leaf(&child),
            });
        }
        Doc::concat(docs)
    }

    /// A text without holes.
    pub(super) fn doc(&mut self, pair: Pair<'t>) -> Doc<'t> {
        Doc::concat(pair.into_inner().map(|text| self.leaf(&text)).collect())
    }

    fn out_path(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let mut docs = Vec::new();
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::index => docs.push(self.index(child)),
                Rule::group => {
                    docs.push(self.punctuation("."));
                    docs.push(self.sequence(NAMES, child.into_inner(), |cursor, name| cursor.leaf(&name)));
                }
                Rule::word => docs.extend([self.punctuation("."), self.leaf(&child)]),
                _ => docs.push(self.leaf(&child)),
            }
        }
        Doc::concat(docs)
    }
}
