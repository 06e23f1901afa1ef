//! Where in the input a value is, as messages name it.

use std::fmt;

use crate::facts::text::shown;
use crate::source::Span;

/// A step into a document, and the steps before it.
#[derive(Clone, Copy, Debug)]
pub(in crate::facts) enum Path<'p> {
    /// The whole document, called so.
    Root(&'p str),
    /// A part of the document that needs no name before its own.
    Top,
    /// An entry of a map, with the place of its key.
    Key(&'p Path<'p>, &'p str, Span),
    /// An element of a list.
    Index(&'p Path<'p>, usize),
}

impl<'p> Path<'p> {
    pub(in crate::facts) const fn key(&'p self, key: &'p str, span: Span) -> Self {
        Self::Key(self, key, span)
    }

    pub(in crate::facts) const fn index(&'p self, index: usize) -> Self {
        Self::Index(self, index)
    }

    /// Where the key of the last step stands, if that is one.
    pub(in crate::facts) const fn key_span(&self) -> Option<Span> {
        match self {
            Self::Key(_, _, span) => Some(*span),
            Self::Root(_) | Self::Top | Self::Index(..) => None,
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(name) => f.write_str(name),
            Self::Top => Ok(()),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
            Self::Key(Path::Top, key, _) => f.write_str(&shown(key)),
            Self::Key(parent, key, _) => {
                parent.fmt(f)?;
                let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                if key.chars().all(word) && !key.is_empty() {
                    write!(f, ".{key}")
                } else {
                    write!(f, "[\"{}\"]", shown(key))
                }
            }
        }
    }
}
