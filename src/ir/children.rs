//! What stands directly below an expression.

use super::{Comprehension, Expr, ExprId};

impl Expr {
    /// The expressions that it holds, in written order; of a let or local none.
    #[must_use]
    pub fn children(&self) -> Vec<ExprId> {
        match self {
            Self::Const(_) | Self::Fact(..) | Self::Host(_) | Self::Local(_) | Self::Let(_) | Self::Spec(_) => {
                Vec::new()
            }
            Self::Field(inner, _) | Self::Not(inner) | Self::IsSet(inner) | Self::IsEmpty(inner) => vec![*inner],
            Self::Negate(_, inner) | Self::Convert(_, inner) => vec![*inner],
            Self::Element(a, b)
            | Self::Entry(a, b)
            | Self::When(a, b)
            | Self::Equal(a, b)
            | Self::Order(_, _, a, b)
            | Self::InList(a, b)
            | Self::InMap(a, b)
            | Self::Like(a, b)
            | Self::SubsetOf(a, b)
            | Self::MergeRecords(a, b, _) => vec![*a, *b],
            Self::Text(parts)
            | Self::List(parts)
            | Self::Record(parts)
            | Self::Else(parts)
            | Self::Or(parts)
            | Self::And(parts)
            | Self::ConcatTexts(parts)
            | Self::ConcatLists(parts)
            | Self::MergeMaps(parts)
            | Self::Call(_, parts) => parts.to_vec(),
            Self::Map(entries) => entries.iter().flat_map(|(key, value)| [*key, *value]).collect(),
            Self::Arithmetic(_, first, rest) => {
                std::iter::once(*first).chain(rest.iter().map(|(_, operand)| *operand)).collect()
            }
            Self::Comprehension(one) => of_comprehension(one),
        }
    }
}

fn of_comprehension(one: &Comprehension) -> Vec<ExprId> {
    let loops = one.loops.iter().flat_map(|one| std::iter::once(one.list).chain(one.when));
    loops.chain(one.key).chain([one.value]).chain(one.sort.map(|(_, by)| by)).collect()
}
