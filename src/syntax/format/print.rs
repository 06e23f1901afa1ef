//! A layout becomes text, in time that grows with its size: whether a group fits is looked up in the columns that it
//! takes, and what follows it is looked at for the rest of one line at most.

use super::doc::{Doc, INDENT, Line, Node, WIDTH};

/// How the lines of a layout end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// They do not.
    Flat,
    /// All do.
    Broken,
    /// Those between the rows of a table whose columns are aligned.
    Aligned,
    /// Inside such a row they do not.
    Row,
}

#[derive(Clone, Copy)]
enum Step<'d, 't> {
    Print(&'d Doc<'t>, Mode),
    /// A line between two items of a fill, and the item behind it.
    Between(&'d Doc<'t>, &'d Doc<'t>),
}

#[derive(Default)]
pub(super) struct Printer {
    out: String,
    /// Columns of the last line so far, its indentation included.
    column: usize,
    /// Blanks that go before the next text: lines do not end in blanks.
    indent: usize,
}

impl Printer {
    pub(super) fn finish(self) -> String {
        self.out
    }

    pub(super) fn print<'t>(&mut self, doc: &Doc<'t>) {
        let mut stack = vec![(0, Step::Print(doc, Mode::Broken))];
        while let Some((indent, step)) = stack.pop() {
            let (doc, mode) = match step {
                Step::Print(doc, mode) => (doc, mode),
                Step::Between(line, item) => {
                    let next = line.flat.and_then(|line| Some(line + item.flat?));
                    // A comma stands behind the last item.
                    let fits = next.is_some_and(|next| self.column + next < WIDTH);
                    (line, if fits { Mode::Flat } else { Mode::Broken })
                }
            };
            match &doc.node {
                Node::Text(text) => self.text(text),
                Node::IfBroken(text) if matches!(mode, Mode::Broken | Mode::Aligned) => self.text(text),
                Node::Pad(blanks) if mode == Mode::Row => self.blanks(*blanks),
                Node::IfBroken(_) | Node::Pad(_) => {}
                Node::Line(line) if matches!(mode, Mode::Flat | Mode::Row) => self.text(line.flat),
                Node::Line(line) => self.end_line(line, indent),
                Node::Concat(docs) => stack.extend(docs.iter().rev().map(|doc| (indent, Step::Print(doc, mode)))),
                Node::Indent(doc) => stack.push((indent + INDENT, Step::Print(doc, mode))),
                Node::Flat(doc) => stack.push((indent, Step::Print(doc, Mode::Flat))),
                Node::Group(inner) | Node::Row(inner) => {
                    let mode = match mode {
                        Mode::Aligned if matches!(doc.node, Node::Row(_)) => Mode::Row,
                        Mode::Flat | Mode::Row => Mode::Flat,
                        _ if self.fits(doc.flat, &stack) => Mode::Flat,
                        _ => Mode::Broken,
                    };
                    stack.push((indent, Step::Print(inner, mode)));
                }
                Node::Table { rows, width, limit } => {
                    let mode = match mode {
                        Mode::Broken | Mode::Aligned if indent + width <= *limit => Mode::Aligned,
                        Mode::Row => Mode::Flat,
                        mode => mode,
                    };
                    stack.push((indent, Step::Print(rows, mode)));
                }
                Node::Fill(docs) if matches!(mode, Mode::Flat | Mode::Row) => {
                    stack.extend(docs.iter().rev().map(|doc| (indent, Step::Print(doc, Mode::Flat))));
                }
                Node::Fill(docs) => {
                    let at = stack.len();
                    let mut docs = docs.iter();
                    stack.extend(docs.next().map(|first| (indent, Step::Print(first, Mode::Broken))));
                    while let (Some(line), Some(item)) = (docs.next(), docs.next()) {
                        stack.push((indent, Step::Between(line, item)));
                        stack.push((indent, Step::Print(item, Mode::Broken)));
                    }
                    stack.get_mut(at..).unwrap_or_default().reverse();
                }
            }
        }
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.out.extend(std::iter::repeat_n(' ', std::mem::take(&mut self.indent)));
        self.out.push_str(text);
        match text.rsplit_once('\n') {
            Some((_, last)) => self.column = last.chars().count(),
            None => self.column += text.chars().count(),
        }
    }

    fn blanks(&mut self, count: usize) {
        self.indent += count;
        self.column += count;
    }

    /// Begins a new line, unless nothing is written yet.
    fn new_line(&mut self, indent: usize, blank: bool) {
        if !self.out.is_empty() {
            self.out.push_str(if blank { "\n\n" } else { "\n" });
        }
        self.indent = indent;
        self.column = indent;
    }

    fn end_line(&mut self, line: &Line<'_>, indent: usize) {
        let inner = if line.closing { indent + INDENT } else { indent };
        for (index, comment) in line.comments.iter().enumerate() {
            if index == 0 && !comment.own_line {
                self.indent = 1;
            } else {
                self.new_line(inner, comment.blank);
            }
            self.text(comment.text);
        }
        self.new_line(indent, line.blank);
    }

    /// Whether that many columns, and what follows up to where a line can end, fit on this line.
    fn fits(&self, flat: Option<usize>, stack: &[(usize, Step<'_, '_>)]) -> bool {
        let Some(room) = flat.and_then(|flat| WIDTH.checked_sub(self.column + flat)) else { return false };
        let mut rest = Rest { room };
        for (_, step) in stack.iter().rev() {
            let open = match step {
                Step::Print(doc, mode) => rest.take(doc, *mode == Mode::Broken || *mode == Mode::Aligned),
                Step::Between(..) => Some(false),
            };
            match open {
                Some(true) => {}
                Some(false) => return true,
                None => return false,
            }
        }
        true
    }
}

/// What is left of a line.
struct Rest {
    room: usize,
}

impl Rest {
    /// Takes what a layout has before the first place where a line can end. None if that is more than there is room
    /// for, false if there was such a place.
    fn take(&mut self, doc: &Doc<'_>, broken: bool) -> Option<bool> {
        let mut stack = vec![(std::slice::from_ref(doc).iter(), broken)];
        while let Some((docs, broken)) = stack.last_mut() {
            let broken = *broken;
            let Some(doc) = docs.next() else {
                stack.pop();
                continue;
            };
            match &doc.node {
                Node::Text(text) => {
                    let first = text.split('\n').next().unwrap_or_default();
                    self.spend(first.chars().count())?;
                    if first.len() < text.len() {
                        return Some(false);
                    }
                }
                Node::Line(_) if broken => return Some(false),
                Node::Line(line) => self.spend(line.flat.len())?,
                Node::IfBroken(text) if broken => self.spend(text.len())?,
                Node::IfBroken(_) | Node::Pad(_) => {}
                Node::Flat(doc) => self.spend(doc.flat.unwrap_or_default())?,
                Node::Concat(docs) => stack.push((docs.iter(), broken)),
                Node::Indent(doc) => stack.push((std::slice::from_ref(&**doc).iter(), broken)),
                // A group behind may break, whatever becomes of this one.
                Node::Group(doc) | Node::Row(doc) | Node::Table { rows: doc, .. } => {
                    stack.push((std::slice::from_ref(&**doc).iter(), true));
                }
                Node::Fill(docs) => stack.push((docs.iter(), true)),
            }
        }
        Some(true)
    }

    fn spend(&mut self, columns: usize) -> Option<()> {
        self.room = self.room.checked_sub(columns)?;
        Some(())
    }
}
