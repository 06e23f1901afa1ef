//! A host that was written down. What it does not list is not on that host.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use super::decode::{Decoder, Path};
use super::glob::{matches, normal};
use super::host::{Device, Host, PathKind};
use super::text::{Node, shown};
use super::view::View;
use crate::diagnostics::{Diagnostic, code};
use crate::facts::datum::{Datum, Kind};
use crate::schema::facts::{FactSchema, HostField};
use crate::schema::shape::Shape;
use crate::schema::vocabulary::CAPABILITY;

/// A recorded host.
#[derive(Clone)]
pub struct RecordedHost {
    fields: Vec<(HostField, Datum)>,
    devices: BTreeMap<Box<str>, Device>,
    paths: BTreeMap<Box<str>, PathKind>,
    majors: BTreeMap<Box<str>, u32>,
}

impl RecordedHost {
    /// A host with nothing on it: every capability, control groups of version 2, no device and no path.
    #[must_use]
    pub fn empty() -> Self {
        let shape = FactSchema::recording();
        Self::from_view(View::new(&shape, &shape.defaults()))
    }

    /// Reads a recording.
    pub(in crate::facts) fn read(decoder: &mut Decoder, node: &Node<'_>, at: &Path<'_>) -> Self {
        let shape = FactSchema::recording();
        let read = decoder.decode(&Shape::Record(Arc::clone(&shape)), node, at);
        let view = View::new(&shape, &read);
        for name in ["devices", "paths"] {
            for (path, datum) in view.map(name).filter(|(path, _)| !path.starts_with('/')) {
                let message = format!("`{at}.{name}`: `{}` is no absolute path", shown(path));
                decoder.found.push(Diagnostic::new(code::BAD_RECORDING, message).label(datum.span, ""));
            }
        }
        Self::from_view(view)
    }

    fn from_view(view: View<'_>) -> Self {
        let fields = HostField::ALL.iter().map(|field| match field {
            HostField::Capabilities => (*field, capabilities(view.get(field.name()))),
            _ => (*field, view.get(field.name()).clone()),
        });
        let mut paths: BTreeMap<Box<str>, PathKind> = BTreeMap::new();
        for (path, kind) in view.map("paths") {
            paths.insert(normal(path).into(), path_kind(kind));
        }
        let mut devices = BTreeMap::new();
        for (path, device) in view.named("devices") {
            match self::device(device) {
                Some(node) => {
                    devices.insert(normal(path).into(), node);
                    paths.insert(normal(path).into(), PathKind::Device);
                }
                None => {
                    paths.entry(normal(path).into()).or_insert(PathKind::Other);
                }
            }
        }
        let majors = view.map("majors").filter_map(|(name, major)| match major.kind {
            Kind::Int(major) => Some((name.into(), major.try_into().ok()?)),
            _ => None,
        });
        Self { fields: fields.collect(), devices, paths, majors: majors.collect() }
    }
}

impl Default for RecordedHost {
    fn default() -> Self {
        Self::empty()
    }
}

impl Host for RecordedHost {
    fn field(&self, field: HostField) -> &Datum {
        const NOTHING: &Datum = &Datum::ABSENT;
        self.fields.iter().find(|(own, _)| *own == field).map_or(NOTHING, |(_, datum)| datum)
    }

    fn device(&self, path: &str) -> Option<Device> {
        self.devices.get(&*normal(path)).cloned()
    }

    fn path(&self, path: &str) -> Option<PathKind> {
        self.paths.get(&*normal(path)).copied()
    }

    fn glob(&self, pattern: &str) -> Vec<String> {
        let pattern = normal(pattern);
        self.paths.keys().filter(|path| matches(&pattern, path)).map(ToString::to_string).collect()
    }

    fn major(&self, driver: &str) -> Option<u32> {
        self.majors.get(driver).copied()
    }
}

/// Every capability: the same list for all hosts of which nothing else is said.
static ALL: LazyLock<Datum> =
    LazyLock::new(|| Datum::new(Kind::List(CAPABILITY.words.iter().map(|word| Datum::text(*word)).collect())));

/// What is recorded, each once; everything where nothing is.
fn capabilities(recorded: &Datum) -> Datum {
    let Kind::List(list) = &recorded.kind else {
        return ALL.clone();
    };
    let mut once: Vec<Datum> = Vec::new();
    for capability in list.iter().filter(|datum| !datum.is_absent()) {
        if once.iter().all(|other| other.kind != capability.kind) {
            once.push(capability.clone());
        }
    }
    Datum::at(recorded.span, Kind::List(once.into()))
}

fn device(view: View<'_>) -> Option<Device> {
    let block = match view.text("type")? {
        "b" => true,
        "c" => false,
        _ => return None,
    };
    let (mode, uid, gid) = (view.number("mode"), view.number("uid"), view.number("gid"));
    Some(Device { block, major: view.number("major")?, minor: view.number("minor")?, mode, uid, gid })
}

fn path_kind(kind: &Datum) -> PathKind {
    match &kind.kind {
        Kind::Text(text) => match &**text {
            "file" => PathKind::File,
            "dir" => PathKind::Dir,
            "socket" => PathKind::Socket,
            _ => PathKind::Other,
        },
        _ => PathKind::Other,
    }
}

/// Without its variables, which can be secrets.
impl std::fmt::Debug for RecordedHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordedHost")
            .field("devices", &self.devices)
            .field("paths", &self.paths)
            .finish_non_exhaustive()
    }
}
