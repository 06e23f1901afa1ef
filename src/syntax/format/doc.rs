//! The small algebra that a layout is written in: texts, places where a line may end, and groups that stand on one line
//! where they fit and end all their lines where they do not (Wadler, "A prettier printer").
//!
//! Comments are part of the places where a line may end, so none can swallow what follows it, and one that is there
//! breaks the group.

/// Columns that a line should not go beyond.
pub(super) const WIDTH: usize = 120;
/// Columns of a line of a table: a table is easier to read than its rows broken.
pub(super) const TABLE_WIDTH: usize = 160;
/// Columns by which what is inside stands further right.
pub(super) const INDENT: usize = 2;

/// A comment that waits for the next end of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comment<'t> {
    /// From `#`, without blanks at its end.
    pub(super) text: &'t str,
    /// Nothing but blanks stands before it on its line.
    pub(super) own_line: bool,
    /// An empty line stands before it.
    pub(super) blank: bool,
}

/// A place where a line may end.
#[derive(Debug)]
pub(super) struct Line<'t> {
    /// What stands there if it does not end.
    pub(super) flat: &'static str,
    /// It ends in any case.
    pub(super) hard: bool,
    /// A closing bracket follows: comments stand further right than it.
    pub(super) closing: bool,
    /// An empty line follows.
    pub(super) blank: bool,
    pub(super) comments: Vec<Comment<'t>>,
}

/// A layout, and the columns that it takes on one line; none if it cannot stand on one.
#[derive(Debug)]
pub(super) struct Doc<'t> {
    pub(super) node: Node<'t>,
    pub(super) flat: Option<usize>,
}

#[derive(Debug)]
pub(super) enum Node<'t> {
    Text(&'t str),
    Line(Line<'t>),
    /// A text that is there only if the group around it is broken.
    IfBroken(&'static str),
    Concat(Vec<Doc<'t>>),
    Indent(Box<Doc<'t>>),
    Group(Box<Doc<'t>>),
    /// On one line, whatever its width.
    Flat(Box<Doc<'t>>),
    /// As much on each line as fits: items at even places, lines between them at odd ones.
    Fill(Vec<Doc<'t>>),
    /// Rows and the lines between them; aligned they are that wide, and may be up to that limit.
    Table {
        rows: Box<Doc<'t>>,
        width: usize,
        limit: usize,
    },
    /// A row of a table: a group unless the table is aligned, then on one line.
    Row(Box<Doc<'t>>),
    /// Blanks, if the table is aligned.
    Pad(usize),
}

impl<'t> Doc<'t> {
    pub(super) fn text(text: &'t str) -> Self {
        Self { flat: Some(width(text)), node: Node::Text(text) }
    }

    pub(super) fn line(line: Line<'t>) -> Self {
        let soft = !line.hard && line.comments.is_empty();
        Self { flat: soft.then_some(line.flat.len()), node: Node::Line(line) }
    }

    pub(super) fn if_broken(text: &'static str) -> Self {
        Self { flat: Some(0), node: Node::IfBroken(text) }
    }

    pub(super) fn pad(blanks: usize) -> Self {
        Self { flat: Some(0), node: Node::Pad(blanks) }
    }

    pub(super) fn concat(docs: Vec<Self>) -> Self {
        Self { flat: sum(&docs), node: Node::Concat(docs) }
    }

    pub(super) fn fill(docs: Vec<Self>) -> Self {
        Self { flat: sum(&docs), node: Node::Fill(docs) }
    }

    pub(super) fn indent(docs: Vec<Self>) -> Self {
        let inner = Self::concat(docs);
        Self { flat: inner.flat, node: Node::Indent(Box::new(inner)) }
    }

    pub(super) fn group(docs: Vec<Self>) -> Self {
        let inner = Self::concat(docs);
        Self { flat: inner.flat, node: Node::Group(Box::new(inner)) }
    }

    pub(super) fn flat(doc: Self) -> Self {
        Self { flat: doc.flat, node: Node::Flat(Box::new(doc)) }
    }

    pub(super) fn row(docs: Vec<Self>) -> Self {
        let inner = Self::concat(docs);
        Self { flat: inner.flat, node: Node::Row(Box::new(inner)) }
    }

    pub(super) fn table(rows: Vec<Self>, width: usize, limit: usize) -> Self {
        let rows = Self::concat(rows);
        Self { flat: rows.flat, node: Node::Table { rows: Box::new(rows), width, limit } }
    }

    /// Whether it is a line that comments stand at.
    pub(super) fn has_comments(&self) -> bool {
        matches!(&self.node, Node::Line(line) if !line.comments.is_empty())
    }
}

fn sum(docs: &[Doc<'_>]) -> Option<usize> {
    docs.iter().try_fold(0_usize, |sum, doc| Some(sum.saturating_add(doc.flat?)))
}

/// The columns of a text, of several lines those of the widest.
fn width(text: &str) -> usize {
    text.split('\n').map(|line| line.chars().count()).max().unwrap_or_default()
}
