//! Types as written.

use super::Builder;
use crate::source::Span;
use crate::syntax::ast::{Ident, TypeExpr, TypeKind};
use crate::syntax::grammar::{Pair, Rule};

impl Builder<'_> {
    pub(super) fn type_expr(&mut self, pair: Pair<'_>) -> Option<TypeExpr> {
        let span = self.span(&pair);
        let (mut alternatives, mut optional) = (Vec::new(), false);
        for child in pair.into_inner() {
            match child.as_rule() {
                Rule::type_atom => alternatives.push(self.type_atom(child)?),
                _ => optional = true,
            }
        }
        let inner = Span::new(span.source, span.start, alternatives.last()?.span.end);
        let ty = match alternatives.len() {
            1 => alternatives.pop()?,
            _ => TypeExpr { span: inner, kind: TypeKind::Union(alternatives) },
        };
        Some(if optional { TypeExpr { span, kind: TypeKind::Optional(Box::new(ty)) } } else { ty })
    }

    fn type_atom(&mut self, pair: Pair<'_>) -> Option<TypeExpr> {
        let span = self.span(&pair);
        let atom = pair.into_inner().next()?;
        let kind = match atom.as_rule() {
            Rule::string => {
                let pieces = self.string(atom)?;
                TypeKind::Word(self.plain_text(pieces, "a hole in a type")?)
            }
            Rule::list_type => TypeKind::List(Box::new(self.element_type(atom)?)),
            Rule::map_type => TypeKind::Map(Box::new(self.element_type(atom)?)),
            Rule::record_type => {
                let members: Option<Vec<_>> = atom.into_inner().map(|member| self.member(member)).collect();
                TypeKind::Record(members?)
            }
            _ => TypeKind::Name(atom.as_str().into()),
        };
        Some(TypeExpr { span, kind })
    }

    fn element_type(&mut self, pair: Pair<'_>) -> Option<TypeExpr> {
        let element = pair.into_inner().find(|child| child.as_rule() == Rule::type_expr)?;
        self.type_expr(element)
    }

    fn member(&mut self, pair: Pair<'_>) -> Option<(Ident, TypeExpr)> {
        let mut inner = pair.into_inner();
        let name = self.ident(&inner.next()?);
        let ty = inner.find(|child| child.as_rule() == Rule::type_expr)?;
        Some((name, self.type_expr(ty)?))
    }
}
