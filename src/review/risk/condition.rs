//! What rows ask of a value.

use serde_json::Value as Json;

use super::member;
use crate::schema::output::roles::NODES;

/// A value or element, and its key if it has one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'v> {
    /// As it is in `config.json`.
    pub(super) value: &'v Json,
    /// As it stands in a path, without quotes; empty of a value.
    pub(super) key: &'v str,
}

/// A condition on a value or element.
#[derive(Debug)]
pub(super) enum When {
    /// None: it is there.
    Any,
    /// It is `true`.
    True,
    /// It is this number.
    Is(i64),
    /// It is a number below this one.
    Below(i64),
    /// It is one of these words; `*` at an end stands for anything.
    Word(&'static [&'static str]),
    /// Its key is one of these words, with dots for slashes.
    Key(&'static [&'static str]),
    /// It is one of these paths, or below one of them.
    Within(&'static [&'static str]),
    /// It is one of these paths, or a folder that one of them is in.
    Holds(&'static [&'static str]),
    /// The type in it, a SELinux label `user:role:type:level`, is one of these.
    Label(&'static [&'static str]),
    /// It has this member, and that is so.
    Field(&'static str, &'static When),
    /// Of its `options`, the last that is one of either is one of the first.
    Option(&'static [&'static str], &'static [&'static str]),
    /// One of the words in its list `names` is one of these.
    Names(&'static [&'static str]),
    /// It is a character device of one of these numbers, major and minor.
    Device(&'static [(i64, i64)]),
    /// It is a device that every container has ([`NODES`]).
    Supplied,
    /// All of these hold.
    All(&'static [When]),
    /// One of these holds.
    Or(&'static [When]),
    /// It does not hold.
    Not(&'static When),
}

impl When {
    pub(super) fn holds(&self, item: Item<'_>) -> bool {
        let value = item.value;
        let text = value.as_str();
        match self {
            Self::Any => true,
            Self::True => value == &Json::Bool(true),
            Self::Is(number) => value.as_i64() == Some(*number),
            Self::Below(number) => value.as_i64().is_some_and(|it| it < *number),
            Self::Word(words) => text.is_some_and(|text| among(text, words)),
            Self::Key(words) => among(&item.key.replace('/', "."), words),
            Self::Within(paths) => text.is_some_and(|text| paths.iter().any(|path| is_within(text, path))),
            Self::Holds(paths) => text.is_some_and(|text| paths.iter().any(|path| is_within(path, text))),
            Self::Label(types) => text.and_then(|text| text.split(':').nth(2)).is_some_and(|it| types.contains(&it)),
            Self::Field(name, when) => member(value, name).is_some_and(|value| when.holds(Item { value, ..item })),
            Self::Option(on, off) => {
                let last = texts(value, "options").rfind(|it| on.contains(it) || off.contains(it));
                last.is_some_and(|it| on.contains(&it))
            }
            Self::Names(words) => texts(value, "names").any(|name| words.contains(&name)),
            Self::Device(numbers) => {
                let (major, minor) = (number(value, "major"), number(value, "minor"));
                is_character(value) && numbers.iter().any(|(m, n)| major == Some(*m) && minor == Some(*n))
            }
            Self::Supplied => {
                let here = |(_, major, minor): &(_, i128, Option<i128>)| {
                    number(value, "major").map(i128::from) == Some(*major)
                        && (minor.is_none() || number(value, "minor").map(i128::from) == *minor)
                };
                is_character(value) && NODES.supplied.iter().any(here)
            }
            Self::All(all) => all.iter().all(|when| when.holds(item)),
            Self::Or(any) => any.iter().any(|when| when.holds(item)),
            Self::Not(when) => !when.holds(item),
        }
    }
}

fn number(value: &Json, name: &str) -> Option<i64> {
    member(value, name).and_then(Json::as_i64)
}

/// `u` is an older word for the same.
fn is_character(value: &Json) -> bool {
    member(value, "type").and_then(Json::as_str).is_some_and(|it| it == "c" || it == "u")
}

/// The texts in a list that is a member.
pub(super) fn texts<'v>(value: &'v Json, name: &str) -> impl DoubleEndedIterator<Item = &'v str> {
    member(value, name).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str)
}

/// Whether a text is one of these words, in which `*` at an end stands for anything.
pub(super) fn among(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| match (word.strip_prefix('*'), word.strip_suffix('*')) {
        (Some(end), _) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => text == *word,
    })
}

/// Whether a path is another one or below it, by their words alone: links are not followed.
fn is_within(path: &str, folder: &str) -> bool {
    if !path.starts_with('/') || !folder.starts_with('/') {
        return false;
    }
    let (path, folder) = (parts(path), parts(folder));
    path.len() >= folder.len() && path.iter().zip(&folder).all(|(a, b)| a == b)
}

fn parts(path: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts
}
