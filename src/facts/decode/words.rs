//! Words of closed sets.

use super::record::{FEW, listed};
use super::{Decoder, Path};
use crate::diagnostics::{Diagnostic, Severity, code};
use crate::facts::datum::{Datum, Kind};
use crate::facts::text::{Node, shown, suggest};
use crate::schema::types::{ClosedWords, Words};

/// What is taken, in a few words.
pub(super) fn due(words: &Words) -> String {
    match words {
        Words::Open => "text".to_owned(),
        Words::Closed(closed) => match closed.vocabulary {
            Some(vocabulary) => format!("a {}", vocabulary.name),
            None => format!("one of {}", listed(closed.words.iter().map(|word| &**word))),
        },
    }
}

impl Decoder {
    pub(super) fn word(&mut self, words: &Words, text: &str, node: &Node<'_>, at: &Path<'_>) -> Datum {
        let Words::Closed(closed) = words else {
            return Datum::at(node.span, Kind::Text(text.into()));
        };
        if let Some(word) = find(closed, text) {
            return Datum::at(node.span, Kind::Text(word.into()));
        }
        // A vocabulary is not part of the deployment's own schema, so a word of it matters only where it is used.
        let sink = if closed.vocabulary.is_some() { &mut self.refused } else { &mut self.found };
        sink.push_with(Severity::Error, || unknown(closed, text, node, at));
        super::absent(node)
    }
}

fn unknown(closed: &ClosedWords, text: &str, node: &Node<'_>, at: &Path<'_>) -> Diagnostic {
    let words = || closed.words.iter().map(|word| &**word);
    let message = match closed.vocabulary {
        Some(vocabulary) => format!("`{at}`: there is no {} `{}`", vocabulary.name, shown(text)),
        None => format!("`{at}` cannot be `{}`", shown(text)),
    };
    let diagnostic = Diagnostic::new(code::UNKNOWN_INPUT_WORD, message).label(node.span, "");
    let diagnostic = match without_prefix(closed, text) {
        Some(bare) if bare.len() < text.len() => with_prefix(diagnostic, closed, node, text, bare),
        _ => suggest(diagnostic, node.span, text, words()),
    };
    if diagnostic.help.is_none() && words().count() <= FEW {
        diagnostic.help(format!("it takes {}", listed(words())))
    } else {
        diagnostic
    }
}

/// The canonical spelling: exact where the set is the input's own, in any case and with or without the prefix
/// where it is a vocabulary's.
fn find<'w>(closed: &'w ClosedWords, text: &str) -> Option<&'w str> {
    let Some(vocabulary) = closed.vocabulary.filter(|vocabulary| !vocabulary.prefix.is_empty()) else {
        return closed.words.get(text).map(|word| &**word);
    };
    let bare = without_prefix(closed, text).unwrap_or(text);
    let same =
        |word: &&str| word.eq_ignore_ascii_case(bare) && (bare.len() == text.len() || vocabulary.words.contains(word));
    closed.words.iter().map(|word| &**word).find(same)
}

fn without_prefix<'t>(closed: &ClosedWords, text: &'t str) -> Option<&'t str> {
    let prefix = closed.vocabulary?.prefix;
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Suggests a word with the prefix with which it was written.
fn with_prefix(diagnostic: Diagnostic, closed: &ClosedWords, node: &Node<'_>, text: &str, bare: &str) -> Diagnostic {
    let prefix = text.get(..text.len() - bare.len()).unwrap_or_default();
    let words: Vec<String> = closed.words.iter().map(|word| format!("{prefix}{word}")).collect();
    suggest(diagnostic, node.span, text, words.iter().map(String::as_str))
}
