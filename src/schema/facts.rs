//! The facts' schema: every field that rules can read. The tables are in the files of `facts/`.

mod build;
mod caller;
mod deployment;
mod host;
mod network;
mod service;
mod storage;
pub(crate) mod wasm;
mod workload;

use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use crate::facts::datum::{Datum, Kind};
use crate::facts::limits::Limits;
use crate::schema::shape::{FieldShape, Presence, RecordShape, Shape};

/// Where facts start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Root {
    /// The service's entry of the deployment.
    Service,
    /// Which container of it this is.
    Container,
    /// The image's configuration.
    Image,
    /// What the caller asks for.
    Options,
}

/// The plain fields of `host`; devices, paths and majors are asked for through functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HostField {
    /// `List<Capability>`: what it can grant.
    Capabilities,
    /// `"v1" | "v2" | "hybrid"`
    Cgroup,
    /// `String`, as in an image index: `amd64`.
    Arch,
    /// `Version`
    Kernel,
    /// `Map<String, Int>`: group ids by name.
    Groups,
    /// `Int`
    Euid,
    /// `Int`
    Egid,
    /// `{ start: Int, count: Int }?`
    Subuid,
    /// `{ start: Int, count: Int }?`
    Subgid,
    /// `Map<String, String>`
    Env,
}

impl HostField {
    /// Every field, in order.
    pub const ALL: &[Self] = &[
        Self::Capabilities,
        Self::Cgroup,
        Self::Arch,
        Self::Kernel,
        Self::Groups,
        Self::Euid,
        Self::Egid,
        Self::Subuid,
        Self::Subgid,
        Self::Env,
    ];

    /// Its name in rules and recordings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Capabilities => "capabilities",
            Self::Cgroup => "cgroup",
            Self::Arch => "arch",
            Self::Kernel => "kernel",
            Self::Groups => "groups",
            Self::Euid => "euid",
            Self::Egid => "egid",
            Self::Subuid => "subuid",
            Self::Subgid => "subgid",
            Self::Env => "env",
        }
    }

    /// Whether a host may be without it.
    #[must_use]
    pub const fn may_be_absent(self) -> bool {
        matches!(self, Self::Subuid | Self::Subgid)
    }
}

/// The records under each root, with the fields that rule files added.
#[derive(Clone, Debug)]
pub struct FactSchema {
    /// `service`
    pub service: Arc<RecordShape>,
    /// `container`
    pub container: Arc<RecordShape>,
    /// `image`
    pub image: Arc<RecordShape>,
    /// `options`
    pub options: Arc<RecordShape>,
    /// `host`: its plain fields, in the order of [`HostField`].
    pub host: Vec<(HostField, &'static str, Shape)>,
    deployment: Arc<RecordShape>,
    request_options: Arc<RecordShape>,
    limits: Limits,
}

// The records of inputs that no rule file can add to, each made when it is read for the first time.
static REQUEST: LazyLock<Arc<RecordShape>> = LazyLock::new(|| Arc::new(caller::request()));
static RECORDING: LazyLock<Arc<RecordShape>> = LazyLock::new(|| Arc::new(host::recording()));
static ACCOUNTS: LazyLock<Arc<RecordShape>> = LazyLock::new(|| Arc::new(caller::accounts()));
static IMAGE_CONFIG: LazyLock<Arc<RecordShape>> = LazyLock::new(|| Arc::new(caller::image_config()));

/// Why a rule file cannot add a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtendError {
    /// Only services and options have fields of rule files.
    #[error("only `service` and `options` can have fields of their own")]
    WrongRoot,
    /// A name on the way is not there; the message has the whole path up to it.
    #[error("`{0}` does not exist")]
    UnknownParent(String),
    /// A name on the way is no record, or one whose fields depend on a tag.
    #[error("`{0}` is no record that can have more fields")]
    NotARecord(String),
    /// The field is there already.
    #[error("`{0}` exists already")]
    Exists(String),
    /// The path has no name at all.
    #[error("a field needs a name")]
    NoName,
}

impl FactSchema {
    /// The schema without any rule file's additions.
    #[must_use]
    pub fn standard() -> Self {
        let (service, options) = (Arc::new(service::shape()), Arc::new(caller::options()));
        Self {
            deployment: Arc::new(deployment::shape(Arc::clone(&service))),
            request_options: Arc::new(caller::request_options(&options)),
            service,
            container: Arc::new(caller::container()),
            image: Arc::new(caller::image()),
            options,
            host: host::fields(),
            limits: Limits::default(),
        }
    }

    /// Lowers how much is read of what has this schema; a limit is never raised above its default.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits: limits.lowered(), ..self }
    }

    /// A copy whose defaults are its own, for a thread that reads much: facts refer to the defaults of the schema that they
    /// are read by, and what counts the references is dear to share.
    #[must_use]
    pub(crate) fn apart(&self) -> Self {
        let (service, options) = (Arc::new(self.service.apart()), Arc::new(self.options.apart()));
        Self {
            deployment: Arc::new(deployment::shape(Arc::clone(&service))),
            request_options: Arc::new(caller::request_options(&options)),
            service,
            container: Arc::clone(&self.container),
            image: Arc::new(self.image.apart()),
            options,
            host: self.host.clone(),
            limits: self.limits,
        }
    }

    /// How much is read of what has this schema.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The record under a root.
    #[must_use]
    pub const fn root(&self, root: Root) -> &Arc<RecordShape> {
        match root {
            Root::Service => &self.service,
            Root::Container => &self.container,
            Root::Image => &self.image,
            Root::Options => &self.options,
        }
    }

    /// A whole deployment, with the fields that rule files added to its services.
    #[must_use]
    pub fn deployment(&self) -> Arc<RecordShape> {
        Arc::clone(&self.deployment)
    }

    /// A host recording.
    #[must_use]
    pub fn recording() -> Arc<RecordShape> {
        Arc::clone(&RECORDING)
    }

    /// The accounts of a root file system, as a request lists them.
    #[must_use]
    pub fn accounts() -> Arc<RecordShape> {
        Arc::clone(&ACCOUNTS)
    }

    /// What is read of an image's configuration.
    #[must_use]
    pub fn image_config() -> Arc<RecordShape> {
        Arc::clone(&IMAGE_CONFIG)
    }

    /// A request; `deployment`, `image` and `options` have readers of their own.
    #[must_use]
    pub fn request() -> Arc<RecordShape> {
        Arc::clone(&REQUEST)
    }

    /// A request's `options`, with the fields that rule files added and with `secrets`.
    #[must_use]
    pub fn request_options(&self) -> Arc<RecordShape> {
        Arc::clone(&self.request_options)
    }

    /// Adds a field that a rule file declares: `path` leads from the root to the record that gets it.
    ///
    /// # Errors
    ///
    /// If the record does not exist or has that field already; the schema is unchanged then.
    pub fn extend(&mut self, root: Root, path: &[&str], field: FieldShape) -> Result<(), ExtendError> {
        let (name, mut record) = match root {
            Root::Service => ("service", Arc::clone(&self.service)),
            Root::Options => ("options", Arc::clone(&self.options)),
            Root::Container | Root::Image => return Err(ExtendError::WrongRoot),
        };
        if path.is_empty() && self.request_options.index_of(&field.name).is_some() && matches!(root, Root::Options) {
            return Err(ExtendError::Exists(format!("{name}.{}", field.name)));
        }
        insert(Arc::make_mut(&mut record), name, path, field)?;
        if matches!(root, Root::Service) {
            self.service = record;
            self.deployment = Arc::new(deployment::shape(Arc::clone(&self.service)));
        } else {
            self.options = record;
            self.request_options = Arc::new(caller::request_options(&self.options));
        }
        Ok(())
    }
}

/// Adds a field below `record`, and its default to the defaults of the records on the way.
fn insert(record: &mut RecordShape, at: &str, path: &[&str], field: FieldShape) -> Result<Vec<usize>, ExtendError> {
    if field.name.is_empty() {
        return Err(ExtendError::NoName);
    }
    if !record.tags.is_empty() {
        return Err(ExtendError::NotARecord(at.to_owned()));
    }
    let Some((next, rest)) = path.split_first() else {
        if record.index_of(&field.name).is_some() {
            return Err(ExtendError::Exists(format!("{at}.{}", field.name)));
        }
        record.fields.push(field);
        return Ok(Vec::new());
    };
    let at = format!("{at}.{next}");
    let index = record.index_of(next).ok_or_else(|| ExtendError::UnknownParent(at.clone()))?;
    let parent = record.fields.get_mut(index).ok_or_else(|| ExtendError::UnknownParent(at.clone()))?;
    let Shape::Record(inner) = &mut parent.shape else {
        return Err(ExtendError::NotARecord(at));
    };
    let added = field.presence.fallback().clone();
    let way = insert(Arc::make_mut(inner), &at, rest, field)?;
    if let Presence::Default(datum) | Presence::Nullable(datum) = &mut parent.presence {
        push_default(datum, &way, added);
    }
    Ok(std::iter::once(index).chain(way).collect())
}

/// Appends a value to the record that lies at `way` (indices) inside of a record.
fn push_default(datum: &mut Datum, way: &[usize], added: Datum) {
    let Kind::Record(values) = &mut datum.kind else { return };
    match way.split_first() {
        None => *values = values.iter().cloned().chain([added]).collect(),
        Some((index, rest)) => {
            if let Some(inner) = Arc::make_mut(values).get_mut(*index) {
                push_default(inner, rest, added);
            }
        }
    }
}
