//! Reports as text for people.

use miette::{GraphicalReportHandler, GraphicalTheme, ThemeCharacters, ThemeStyles};

use super::Report;
use super::excerpt::CONTEXT;
use super::part::{Ellipsis, Part};

/// How a report is drawn. The caller knows its terminal; nothing here looks at the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to use ANSI colours.
    pub color: bool,
    /// Columns to wrap messages at; sources are not wrapped.
    pub width: usize,
    /// Whether to draw lines with more than ASCII.
    pub unicode: bool,
}

impl Default for Style {
    /// Plain: no colours, 100 columns, Unicode lines.
    fn default() -> Self {
        Self { color: false, width: 100, unicode: true }
    }
}

/// The report with every place in its source, ending in a newline unless it is empty. Control characters of
/// messages and sources are escaped, long lines cut to what is near a label.
#[must_use]
pub fn render(report: &Report, style: Style) -> String {
    let handler = handler(style);
    let ellipsis = if style.unicode { Ellipsis::Unicode } else { Ellipsis::Ascii };
    let mut out = String::new();
    for mut part in Part::all(report, ellipsis) {
        if !out.is_empty() {
            out.push('\n');
        }
        part.name_severity();
        let start = out.len();
        if handler.render_report(&mut out, &part).is_err() {
            // A place that cannot be drawn must not hide what was found.
            out.truncate(start);
            out.push_str(&part.plain());
        }
    }
    out
}

fn handler(style: Style) -> GraphicalReportHandler {
    let characters = if style.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
    let styles = if style.color { ThemeStyles::ansi() } else { ThemeStyles::none() };
    GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
        .with_width(style.width)
        .with_break_words(false)
        .with_context_lines(CONTEXT)
        .with_links(false)
}
