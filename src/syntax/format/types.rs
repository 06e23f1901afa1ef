//! Types.

use super::brackets::CURLY;
use super::cursor::{Cursor, End};
use super::doc::Doc;
use crate::syntax::grammar::{Pair, Rule};

impl<'t> Cursor<'t> {
    #[inline(never)]
    pub(super) fn type_expr(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let (mut docs, mut alternatives) = (Vec::new(), Vec::new());
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::optional => alternatives.push(self.leaf(&child)),
                _ if docs.is_empty() => docs.push(self.type_atom(child)),
                _ => {
                    alternatives.push(self.line(End::Blank));
                    alternatives.push(self.punctuation("|"));
                    alternatives.push(Doc::text(" "));
                    alternatives.push(self.type_atom(child));
                }
            }
        }
        docs.push(Doc::indent(alternatives));
        Doc::group(docs)
    }

    #[inline(never)]
    fn type_atom(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let Some(atom) = pair.clone().into_inner().next() else { return self.leaf(&pair) };
        match atom.as_rule() {
            Rule::list_type | Rule::map_type => self.generic(atom),
            Rule::record_type => self.sequence(CURLY, atom.into_inner(), Self::member),
            _ => self.leaf(&atom),
        }
    }

    /// `List<T>`, `Map<String, T>`
    fn generic(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let mut docs = Vec::new();
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::type_expr => docs.push(self.type_expr(child)),
                Rule::kw_string => docs.extend([self.leaf(&child), self.punctuation(","), Doc::text(" ")]),
                _ => docs.extend([self.leaf(&child), self.punctuation("<")]),
            }
        }
        docs.push(self.punctuation(">"));
        Doc::concat(docs)
    }

    /// `name: Type`
    fn member(&mut self, pair: Pair<'t>) -> Doc<'t> {
        let mut docs = Vec::new();
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::type_expr => docs.extend([Doc::text(" "), self.type_expr(child)]),
                _ => docs.push(self.leaf(&child)),
            }
        }
        Doc::concat(docs)
    }
}
