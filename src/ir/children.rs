//! What stands directly below an expression.

use super::{Comprehension, Expr, ExprId};

impl Expr {
    /// The expressions that it holds, in written order; of a let or local none.
    #[must_use]
    pub fn children(&self) -> Vec<ExprId> {
        let mut children = Vec::new();
        self.each_child(&mut |child| children.push(child));
        children
    }

    /// Visits the expressions that it holds, in written order; of a let or local none.
    pub fn each_child(&self, visit: &mut impl FnMut(ExprId)) {
        match self {
            Self::Const(_) | Self::Fact(..) | Self::Host(_) | Self::Local(_) | Self::Let(_) | Self::Spec(_) => {}
            Self::Field(inner, _) | Self::Not(inner) | Self::IsSet(inner) | Self::IsEmpty(inner) => visit(*inner),
            Self::Negate(_, inner) | Self::Convert(_, inner) => visit(*inner),
            Self::Element(a, b)
            | Self::Entry(a, b)
            | Self::When(a, b)
            | Self::Equal(a, b)
            | Self::Order(_, _, a, b)
            | Self::InList(a, b)
            | Self::InMap(a, b)
            | Self::Like(a, b)
            | Self::SubsetOf(a, b)
            | Self::MergeRecords(a, b, _) => [*a, *b].into_iter().for_each(visit),
            Self::Text(parts)
            | Self::List(parts)
            | Self::Record(parts)
            | Self::Else(parts)
            | Self::Or(parts)
            | Self::And(parts)
            | Self::ConcatTexts(parts)
            | Self::ConcatLists(parts)
            | Self::MergeMaps(parts)
            | Self::Call(_, parts) => parts.iter().copied().for_each(visit),
            Self::Map(entries) => entries.iter().flat_map(|(key, value)| [*key, *value]).for_each(visit),
            Self::Arithmetic(_, first, rest) => {
                visit(*first);
                rest.iter().map(|(_, operand)| *operand).for_each(visit);
            }
            Self::Comprehension(one) => one.each_child(visit),
        }
    }
}

impl Comprehension {
    fn each_child(&self, visit: &mut impl FnMut(ExprId)) {
        for one in &self.loops {
            visit(one.list);
            one.when.into_iter().for_each(&mut *visit);
        }
        self.key.into_iter().chain([self.value]).chain(self.sort.map(|(_, by)| by)).for_each(visit);
    }
}
