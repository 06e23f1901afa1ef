//! The way back: a request from which given facts are read. It undoes what readers do, by the same shapes, and writes
//! no more than it must.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::Serialize;
use serde::ser::Serializer;
use serde_json::Number;

use super::user;
use super::view::View;
use crate::facts::datum::{Datum, Kind};
use crate::schema::facts::FactSchema;
use crate::schema::shape::{Presence, Quantity, RecordShape, Shape, TagShape};

/// Facts that a request is to say: each root as [`Facts`](super::Facts) has it, the host as a recording has it.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) service: Datum,
    pub(crate) container: Datum,
    pub(crate) image: Datum,
    pub(crate) options: Datum,
    pub(crate) host: Datum,
}

/// A document whose maps keep their order, which facts have and rules may go by. Fields of records are sorted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl Tree {
    fn is_nothing(&self) -> bool {
        *self == Self::Null || self.is_empty()
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Map(entries) if entries.is_empty())
    }
}

impl From<&str> for Tree {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(elements) => serializer.collect_seq(elements),
            Self::Map(entries) => serializer.collect_map(entries.iter().map(|(key, value)| (key, value))),
        }
    }
}

/// A request that says what is wanted, as far as a request can.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// The request.
    pub(crate) json: String,
    /// The same, by its fields.
    pub(crate) fields: BTreeMap<&'static str, Tree>,
    /// What is wanted of the bundle, which no request says.
    pub(crate) bundle: Option<Bundle>,
}

/// The path of a bundle, and that of its root file system where this is elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Bundle {
    pub(crate) path: String,
    pub(crate) rootfs: Option<String>,
}

impl Wanted {
    /// As little as there can be.
    pub(crate) fn least(schema: &FactSchema) -> Self {
        let mut container = schema.container.example();
        for (name, kind) in [("service", Kind::Text("web".into())), ("deployment", Kind::Text("shop".into()))] {
            put(&schema.container, &mut container, name, Datum::new(kind));
        }
        put(&schema.container, &mut container, "replica", Datum::new(Kind::Int(1)));
        Self {
            service: schema.service.example(),
            container,
            image: schema.image.defaults(),
            options: schema.options.defaults(),
            host: FactSchema::recording().defaults(),
        }
    }

    /// The smallest request that says so; none if none does.
    pub(crate) fn request(&self, schema: &FactSchema) -> Option<Said> {
        let container = View::new(&schema.container, &self.container);
        let name = container.text("service")?;
        let mut request = BTreeMap::from([("service", Tree::from(name))]);
        request.insert("deployment", self.deployment(schema, name, container.text("deployment")?)?);
        request.insert("host", record(&FactSchema::recording(), &self.host)?);
        request.extend(container.int("replica").filter(|it| *it != 1).map(|it| ("replica", number(it))));
        request.insert("image", self.image(schema)?);
        request.insert("accounts", self.accounts(schema)?);
        let (options, bundle) = self.options(schema)?;
        request.insert("options", options);
        // Without a host it would be the machine where somebody renders it.
        request.retain(|name, value| *name == "host" || !value.is_nothing());
        let json = serde_json::to_string_pretty(&sorted(request.clone())).ok()? + "\n";
        Some(Said { json, fields: request, bundle })
    }

    fn deployment(&self, schema: &FactSchema, service: &str, name: &str) -> Option<Tree> {
        let shape = schema.deployment();
        let mut deployment = shape.example();
        let services = IndexMap::from([(Box::from(service), self.service.clone())]);
        put(&shape, &mut deployment, "services", Datum::new(Kind::Map(services.into())));
        put(&shape, &mut deployment, "deployment", Datum::text(name));
        record(&shape, &deployment)
    }

    /// The configuration has the names of the facts with a capital, variables as a list and the user as one text.
    fn image(&self, schema: &FactSchema) -> Option<Tree> {
        let (shape, image) = (FactSchema::image_config(), View::new(&schema.image, &self.image));
        let mut config = shape.defaults();
        for (name, datum) in image.fields() {
            let written = shape.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
            let Some(written) = written else { continue };
            let datum = match (&written.shape, &datum.kind) {
                (Shape::List(_), Kind::Map(env)) => variables(env)?,
                (Shape::Text(_), Kind::Record(_)) => Datum::text(user::spell(image.record(name)?)?),
                _ => datum.clone(),
            };
            put(&shape, &mut config, &written.name, datum);
        }
        record(&shape, &config)
    }

    /// Users by number are those by name once more.
    fn accounts(&self, schema: &FactSchema) -> Option<Tree> {
        let Some(known) = View::new(&schema.image, &self.image).record("accounts") else { return Some(Tree::Null) };
        let shape = FactSchema::accounts();
        let mut users: IndexMap<Box<str>, Datum> = known.map("users").map(|(k, v)| (k.into(), v.clone())).collect();
        for (number, user) in known.named("uids") {
            let name = user.text("name").filter(|name| !name.is_empty()).map_or_else(|| number.into(), Box::from);
            let ids = [Datum::new(Kind::Int(number.parse().ok()?)), user.get("gid").clone()];
            users.insert(name, Datum::new(Kind::Record(Arc::new(ids))));
        }
        let values = [Datum::new(Kind::Map(users.into())), known.get("groups").clone()];
        record(&shape, &Datum::new(Kind::Record(Arc::new(values)))).map(|accounts| {
            // What is there without a name in it is there all the same.
            if accounts.is_empty() { sorted([("users", sorted::<&str>([]))]) } else { accounts }
        })
    }

    fn options(&self, schema: &FactSchema) -> Option<(Tree, Option<Bundle>)> {
        let (shape, options) = (schema.request_options(), View::new(&schema.options, &self.options));
        let mut written = shape.defaults();
        for (name, datum) in options.fields() {
            put(&shape, &mut written, name, datum.clone());
        }
        let of_bundle = |name: &str| shape.index_of(name).is_none().then(|| options.text(name)).flatten();
        let (path, rootfs) = (of_bundle("bundle"), of_bundle("rootfs").map(str::to_owned));
        let of_one = path.is_some() || rootfs.is_some();
        let bundle = of_one.then(|| Bundle { path: path.unwrap_or("/bundle").to_owned(), rootfs });
        Some((record(&shape, &written)?, bundle))
    }
}

/// Sets a field of a record, if it has that field.
fn put(shape: &RecordShape, record: &mut Datum, name: &str, value: Datum) {
    if let (Kind::Record(values), Some(index)) = (&mut record.kind, shape.index_of(name))
        && let Some(slot) = Arc::make_mut(values).get_mut(index)
    {
        *slot = value;
    }
}

fn variables(env: &IndexMap<Box<str>, Datum>) -> Option<Datum> {
    let entries = env.iter().map(|(name, value)| match &value.kind {
        Kind::Text(value) => Some(Datum::text(format!("{name}={value}"))),
        _ => None,
    });
    Some(Datum::new(Kind::List(entries.collect::<Option<_>>()?)))
}

/// A value as a document writes it; none if no document does.
fn value(shape: &Shape, datum: &Datum) -> Option<Tree> {
    Some(match (shape, &datum.kind) {
        (_, Kind::Absent) => Tree::Null,
        (_, Kind::Bool(value)) => Tree::Bool(*value),
        (Shape::Quantity(Quantity::FileMode), Kind::Int(mode)) => Tree::Text(format!("{mode:o}")),
        (Shape::Quantity(_), Kind::Int(bytes)) => Tree::Text(bytes.to_string()),
        (_, Kind::Int(value)) => Tree::Number(Number::from_i128(*value)?),
        (Shape::Quantity(_), Kind::Float(seconds)) => Tree::Text(format!("{seconds}s")),
        (_, Kind::Float(value)) => Tree::Number(Number::from_f64(*value)?),
        (_, Kind::Text(text)) => Tree::from(&**text),
        (Shape::List(element), Kind::List(list)) => {
            Tree::List(list.iter().map(|it| value(element, it)).collect::<Option<_>>()?)
        }
        (Shape::Map(each), Kind::Map(map)) => {
            let entries = map.iter().map(|(key, it)| Some((key.to_string(), value(each, it)?)));
            Tree::Map(entries.collect::<Option<_>>()?)
        }
        (Shape::Record(shape), Kind::Record(_)) => record(shape, datum)?,
        _ => return None,
    })
}

/// A record without the fields that are as if nothing was given.
fn record(shape: &RecordShape, datum: &Datum) -> Option<Tree> {
    let Kind::Record(values) = &datum.kind else { return None };
    let mut written = BTreeMap::new();
    let tag = tag(shape, values);
    for (index, shape_of, presence) in rows(shape, tag) {
        let (field, given) = (shape.fields.get(index)?, values.get(index)?);
        if let (0, Some(tag)) = (index, tag) {
            written.insert(&*field.name, Tree::from(&*tag.tag));
            continue;
        }
        if !matches!(presence, Presence::Required) && given.says(presence.fallback()) {
            continue;
        }
        let given = match (given.is_absent(), presence) {
            (true, Presence::Required) => &shape_of.example(),
            (true, Presence::Default(_)) => return None,
            _ => given,
        };
        written.insert(&*field.name, value(shape_of, given)?);
    }
    Some(sorted(written))
}

/// The tag of a record that has one: as it says, else the first that has all that is there.
fn tag<'s>(shape: &'s RecordShape, values: &[Datum]) -> Option<&'s TagShape> {
    shape.tags.iter().find(|tag| match values.first().map(|tag| &tag.kind) {
        Some(Kind::Text(word)) => **word == *tag.tag,
        _ => {
            let mut given = values.iter().enumerate().skip(1).filter(|(_, value)| !value.is_absent());
            given.all(|(index, _)| tag.fields.iter().any(|field| field.index == index))
        }
    })
}

/// The fields that a record has, or has with its tag.
fn rows<'s>(shape: &'s RecordShape, tag: Option<&'s TagShape>) -> Vec<(usize, &'s Shape, &'s Presence)> {
    let all = shape.fields.iter().enumerate().map(|(index, field)| (index, &field.shape, &field.presence));
    match tag {
        Some(tag) => all.take(1).chain(tag.fields.iter().map(|it| (it.index, &it.shape, &it.presence))).collect(),
        None => all.collect(),
    }
}

fn number(value: i128) -> Tree {
    Number::from_i128(value).map_or(Tree::Null, Tree::Number)
}

/// The fields of a record.
fn sorted<K: Into<String>>(entries: impl IntoIterator<Item = (K, Tree)>) -> Tree {
    let entries: BTreeMap<String, Tree> = entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
    Tree::Map(entries.into_iter().collect())
}
