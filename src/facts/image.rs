//! An image's configuration, and the accounts of its file system.

use std::sync::Arc;

use indexmap::IndexMap;

use super::decode::{Decoder, Path};
use super::text::{Content, Entry, Node, shown};
use super::user;
use super::view::View;
use crate::diagnostics::{Diagnostic, code};
use crate::facts::datum::{Datum, Kind};
use crate::schema::facts::FactSchema;
use crate::schema::shape::{RecordShape, Shape};
use crate::source::Span;

/// Reads the `config` object of an image, or a whole image configuration that has one. Other keys are not
/// looked at.
pub(in crate::facts) fn read(decoder: &mut Decoder, node: &Node<'_>, accounts: Datum, at: &Path<'_>) -> Datum {
    if let Some(config) = node.get("config").filter(|config| !config.is_null()) {
        return read(decoder, config, accounts, &at.key("config", Span::NONE));
    }
    let shape = FactSchema::image_config();
    let known = |entry: &&Entry<'_>| shape.index_of(&entry.key).is_some();
    let content = match &node.content {
        Content::Map(entries) => Content::Map(entries.iter().filter(known).cloned().collect()),
        other => other.clone(),
    };
    let node = Node { span: node.span, content };
    let config = decoder.decode(&Shape::Record(Arc::clone(&shape)), &node, at);
    let view = View::new(&shape, &config);
    let user = view.text("User").map_or(Datum::ABSENT, |text| {
        let span = view.get("User").span;
        user::parse(text, span).unwrap_or_else(|why| {
            refuse(decoder, format!("`{at}.User`: `{}` {why}", shown(text)), span);
            Datum::ABSENT
        })
    });
    let env = environment(decoder, view, at);
    let get = |name| view.get(name).clone();
    let values = [get("Entrypoint"), get("Cmd"), env, get("WorkingDir"), user, get("Labels"), accounts];
    Datum::at(node.span, Kind::Record(Arc::new(values)))
}

/// An image of which nothing is known, but perhaps its accounts.
pub(in crate::facts) fn unknown(shape: &RecordShape, accounts: Datum) -> Datum {
    let values = shape.fields.iter().map(|field| match &*field.name {
        "accounts" => accounts.clone(),
        _ => field.presence.fallback().clone(),
    });
    Datum::new(Kind::Record(values.collect()))
}

/// `NAME=value` entries as a map; the last of one name counts.
fn environment(decoder: &mut Decoder, config: View<'_>, at: &Path<'_>) -> Datum {
    let mut env = IndexMap::new();
    for (index, entry) in config.list("Env").iter().enumerate() {
        let Kind::Text(text) = &entry.kind else { continue };
        let mut bad = |why| refuse(decoder, format!("`{at}.Env[{index}]`: `{}` {why}", shown(text)), entry.span);
        match text.split_once('=') {
            _ if text.contains('\0') => bad("holds NUL"),
            None => bad("has no `=`"),
            Some(("", _)) => bad("has no name"),
            Some((name, value)) => {
                env.insert(Box::from(name), Datum::at(entry.span, Kind::Text(value.into())));
            }
        }
    }
    Datum::at(config.get("Env").span, Kind::Map(env.into()))
}

fn refuse(decoder: &mut Decoder, message: String, span: Span) {
    decoder.found.push(Diagnostic::new(code::BAD_IMAGE, message).label(span, ""));
}

/// Reads accounts.
pub(in crate::facts) fn accounts(decoder: &mut Decoder, node: &Node<'_>, at: &Path<'_>) -> Datum {
    let shape = FactSchema::accounts();
    let read = decoder.decode(&Shape::Record(Arc::clone(&shape)), node, at);
    let view = View::new(&shape, &read);
    Datum { span: read.span, ..known(view.get("users").clone(), view.get("groups").clone()) }
}

/// Users and groups, and the users once more by number; the first of a number counts, as in a passwd file.
pub(in crate::facts) fn known(users: Datum, groups: Datum) -> Datum {
    let mut by_number: IndexMap<Box<str>, Datum> = IndexMap::new();
    if let Kind::Map(users) = &users.kind {
        for (name, user) in users.iter() {
            let Kind::Record(ids) = &user.kind else { continue };
            let [uid, gid] = &**ids else { continue };
            let Kind::Int(number) = uid.kind else { continue };
            let values = [uid.clone(), gid.clone(), Datum::at(user.span, Kind::Text((&**name).into()))];
            let user = || Datum::at(user.span, Kind::Record(Arc::new(values)));
            by_number.entry(number.to_string().into()).or_insert_with(user);
        }
    }
    Datum::new(Kind::Record(Arc::new([users, groups, Datum::new(Kind::Map(by_number.into()))])))
}
