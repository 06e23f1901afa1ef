//! The facts' schema: every field that rules can read. The tables are in the files of `facts/`.

use std::sync::Arc;

use crate::schema::shape::{RecordShape, Shape};

/// Where facts start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
}
