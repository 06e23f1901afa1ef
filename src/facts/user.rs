//! An image's `User`: `uid`, `uid:gid`, `name` or `name:group`. Names are looked up by rules.

use std::sync::Arc;

use super::view::View;
use crate::facts::datum::{Datum, Kind};
use crate::source::Span;

/// The last number means "no id" to the kernel.
const ID_MAX: u32 = u32::MAX - 1;

/// A user or group, by number or by name.
enum Who<'t> {
    Number(u32),
    Name(&'t str),
}

/// The record `image.user`, or why there is none.
pub(in crate::facts) fn parse(text: &str, span: Span) -> Result<Datum, &'static str> {
    let (user, group) = match text.split_once(':') {
        Some((_, rest)) if rest.contains(':') => return Err("has more than a user and a group"),
        Some((user, group)) => (who(user)?, Some(who(group)?)),
        None => (who(text)?, None),
    };
    let (uid, name) = values(Some(user), span);
    let (gid, group) = values(group, span);
    Ok(Datum::at(span, Kind::Record(Arc::new([uid, gid, name, group]))))
}

/// How an image writes a user; none if no text leads to it.
pub(in crate::facts) fn spell(user: View<'_>) -> Option<String> {
    let one = |number: &str, name: &str| match (user.int(number), user.text(name)) {
        (Some(_), Some(_)) => None,
        (Some(number), None) => Some(number.to_string()),
        (None, name) => Some(name.unwrap_or_default().to_owned()),
    };
    let (user, group) = (one("uid", "name")?, one("gid", "group")?);
    let user = if user.is_empty() { "0".to_owned() } else { user };
    Some(if group.is_empty() { user } else { format!("{user}:{group}") })
}

fn who(text: &str) -> Result<Who<'_>, &'static str> {
    if text.is_empty() {
        return Err("names nobody on one side of the colon");
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("holds a blank");
    }
    if text.starts_with(['+', '-']) {
        return Err("begins with a sign");
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Who::Name(text));
    }
    let number = text.parse().ok().filter(|number| *number <= ID_MAX);
    number.map(Who::Number).ok_or("has a number above 4294967294")
}

fn values(who: Option<Who<'_>>, span: Span) -> (Datum, Datum) {
    match who {
        Some(Who::Number(number)) => (Datum::at(span, Kind::Int(number.into())), Datum::ABSENT),
        Some(Who::Name(name)) => (Datum::ABSENT, Datum::at(span, Kind::Text(name.into()))),
        None => (Datum::ABSENT, Datum::ABSENT),
    }
}
