//! Words of closed sets.

use super::record::{FEW, listed};
use super::{Decoder, Path};
use crate::diagnostics::{Diagnostic, code};
use crate::facts::datum::{Datum, Kind};
use crate::facts::text::{Node, shown};
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
        let message = match closed.vocabulary {
            Some(vocabulary) => format!("`{at}`: there is no {} `{}`", vocabulary.name, shown(text)),
            None => format!("`{at}` cannot be `{}`", shown(text)),
        };
        let mut diagnostic = Diagnostic::new(code::UNKNOWN_INPUT_WORD, message).label(node.span, "");
        diagnostic = match without_prefix(closed, text) {
            Some(bare) if bare.len() < text.len() => with_prefix(diagnostic, closed, node, text, bare),
            _ => diagnostic.did_you_mean(node.span, text, closed.words.iter().map(|word| &**word)),
        };
        if diagnostic.help.is_none() && closed.words.len() <= FEW {
            diagnostic = diagnostic.help(format!("it takes {}", listed(closed.words.iter().map(|word| &**word))));
        }
        // A vocabulary is not part of the deployment's own schema, so a word of it matters only where it is used.
        let sink = if closed.vocabulary.is_some() { &mut self.refused } else { &mut self.found };
        sink.push(diagnostic);
        super::absent(node)
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
    let near = crate::diagnostics::nearest(bare, closed.words.iter().map(|word| &**word));
    let prefix = text.get(..text.len() - bare.len()).unwrap_or_default();
    match near {
        Some(word) => {
            let word = format!("{prefix}{word}");
            diagnostic.help(format!("did you mean `{word}`?")).edit(node.span, word)
        }
        None => diagnostic,
    }
}
