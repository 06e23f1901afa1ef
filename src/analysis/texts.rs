//! Sets of texts: words, all but some words, and what matches globs.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::eval::text::like;
use crate::facts::datum::{Datum, Kind};
use crate::schema::types::Word;
use crate::sort;

use super::values::{Left, Test};

/// Which texts a place accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Any,
    NotEmpty,
    /// What a container can be named after.
    Name,
    /// Only some, and it is not known which.
    Unknown,
}

/// The texts that are left.
#[derive(Clone, Debug)]
pub(super) struct Texts {
    form: Form,
    among: Option<Arc<BTreeSet<Word>>>,
    not: BTreeSet<Box<str>>,
    like: Vec<Box<str>>,
    unlike: Vec<Box<str>>,
}

impl Texts {
    pub(super) const fn new(form: Form) -> Self {
        Self { form, among: None, not: BTreeSet::new(), like: Vec::new(), unlike: Vec::new() }
    }

    pub(super) fn among(words: &BTreeSet<Word>) -> Self {
        Self { among: Some(Arc::new(words.clone())), ..Self::new(Form::Any) }
    }

    /// Takes out what fails a test. False if that is not known.
    pub(super) fn narrow(&mut self, test: &Test<'_>) -> bool {
        match test {
            Test::Any => {}
            Test::Among(data, inside) => self.narrow_among(sort::tree(data.iter().filter_map(|it| text(it))), *inside),
            Test::Empty(wanted) => self.narrow_among(BTreeSet::from([""]), *wanted),
            Test::Like(glob, true) if !glob.contains(['*', '?']) => self.narrow_among(BTreeSet::from([*glob]), true),
            Test::Like(glob, true) => self.like.push((*glob).into()),
            Test::Like(glob, false) => self.unlike.push((*glob).into()),
            _ => return false,
        }
        true
    }

    fn narrow_among(&mut self, words: BTreeSet<&str>, inside: bool) {
        if !inside {
            self.not.extend(words.into_iter().map(Box::from));
            return;
        }
        let left = words.into_iter().filter(|word| self.among.as_ref().is_none_or(|among| among.contains(*word)));
        self.among = Some(Arc::new(sort::tree(left.map(|word| Word::from(word.to_owned())))));
    }

    /// Whether any is left, and which.
    pub(super) fn left(&self) -> Left {
        if let Some(among) = &self.among {
            let mut fitting = among.iter().filter(|word| self.fits(word));
            return match fitting.clone().find(|word| self.is_accepted(word)) {
                Some(word) => Left::text(word),
                None if fitting.next().is_some() => Left::Unknown,
                None => Left::Nothing,
            };
        }
        if self.is_impossible() {
            return Left::Nothing;
        }
        let fresh = (0..=self.not.len()).map(|number| format!("x{number}"));
        let fillings = ["", "x", "xy"]
            .into_iter()
            .flat_map(|filling| self.like.iter().map(move |glob| glob.replace('*', filling).replace('?', "x")));
        let mut candidates = fillings.chain(fresh).chain([String::new()]);
        match candidates.find(|text| self.fits(text) && self.is_accepted(text)) {
            Some(text) => Left::text(&text),
            None => Left::Unknown,
        }
    }

    /// The texts that are left, where only some can be.
    pub(super) fn known(&self) -> impl Iterator<Item = &str> {
        self.among.iter().flat_map(|among| among.iter()).map(|word| &**word).filter(|word| self.fits(word))
    }

    fn fits(&self, text: &str) -> bool {
        !self.not.contains(text)
            && (self.form != Form::NotEmpty || !text.is_empty())
            && self.like.iter().all(|glob| like(text, glob))
            && !self.unlike.iter().any(|glob| like(text, glob))
    }

    /// Whether a place is known to accept a text.
    fn is_accepted(&self, text: &str) -> bool {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '-';
        match self.form {
            Form::Any | Form::NotEmpty => !text.contains('\0'),
            Form::Name => text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(word),
            Form::Unknown => false,
        }
    }

    /// Whether the ends of the globs show that no text matches; where they do not, there may still be none.
    fn is_impossible(&self) -> bool {
        let clash = |a: &str, b: &str| {
            let (heads, tails) = ((head(a), head(b)), (tail(a), tail(b)));
            let heads_fit = heads.0.starts_with(heads.1) || heads.1.starts_with(heads.0);
            let tails_fit = tails.0.ends_with(tails.1) || tails.1.ends_with(tails.0);
            !(heads_fit && tails_fit)
        };
        let within = |glob: &str, wider: &str| {
            let bare = wider.replace('*', "");
            let ends = (wider.split_once('*').unwrap_or((wider, "")), wider.matches('*').count());
            match ends {
                _ if glob == wider || wider == "*" => true,
                ((start, ""), 1) if !bare.contains('?') => head(glob).starts_with(start),
                (("", end), 1) if !bare.contains('?') => tail(glob).ends_with(end),
                _ => false,
            }
        };
        let pairs = self.like.iter().enumerate().flat_map(|(n, a)| self.like.iter().skip(n + 1).map(move |b| (a, b)));
        pairs.into_iter().any(|(a, b)| clash(a, b))
            || self.like.iter().any(|glob| self.unlike.iter().any(|wider| within(glob, wider)))
            || self.unlike.iter().any(|glob| &**glob == "*")
    }
}

fn text(datum: &Datum) -> Option<&str> {
    if let Kind::Text(text) = &datum.kind { Some(text) } else { None }
}

/// What every text that matches a glob starts with.
fn head(glob: &str) -> &str {
    glob.split(['*', '?']).next().unwrap_or("")
}

/// What every text that matches a glob ends with.
fn tail(glob: &str) -> &str {
    glob.rsplit(['*', '?']).next().unwrap_or("")
}
