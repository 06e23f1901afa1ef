//! Facts: what is known about one container before any rule runs.

#[cfg(target_os = "linux")]
pub mod accounts;
mod builder;
mod cron;
pub mod datum;
mod decode;
mod deployment;
mod direct;
pub(crate) mod encode;
mod findings;
pub mod given;
mod glob;
pub mod host;
mod image;
#[cfg(target_os = "linux")]
pub mod image_source;
pub mod limits;
#[cfg(target_os = "linux")]
pub mod live;
mod loader;
mod quantity;
mod reader;
pub mod record;
pub mod recording;
pub mod request;
pub mod secrets;
pub mod shared;
mod text;
mod user;
mod view;

use std::sync::Arc;

use crate::facts::datum::Datum;
use crate::facts::host::{Host, Secrets};
use crate::schema::facts::Root;
use crate::source::SourceMap;

/// All that rules can read about one container. Each root is a [`datum::Kind::Record`] in the order of its
/// shape in [`crate::schema::facts::FactSchema`].
#[derive(Clone, Debug)]
pub struct Facts {
    /// The service's entry of the deployment, defaults filled in.
    pub service: Datum,
    /// Which container of it this is.
    pub container: Datum,
    /// The image's configuration.
    pub image: Datum,
    /// What the caller asks for.
    pub options: Datum,
    /// The machine it will run on.
    pub host: Arc<dyn Host>,
    /// Where the values of `$S:` references come from.
    pub secrets: Arc<dyn Secrets>,
    /// The texts that the facts were read from.
    pub sources: SourceMap,
}

impl Facts {
    /// The record under a root.
    #[must_use]
    pub fn root(&self, root: Root) -> &Datum {
        match root {
            Root::Service => &self.service,
            Root::Container => &self.container,
            Root::Image => &self.image,
            Root::Options => &self.options,
        }
    }
}
