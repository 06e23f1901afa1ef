//! What only Linux has: this machine as a host, accounts of a root file system, images on disk.

use std::path::Path;
use std::sync::Arc;

use plimsoll::diagnostics::Diagnostic;
use plimsoll::facts::datum::Datum;
use plimsoll::facts::host::Host;

use super::input::Document;

#[cfg(target_os = "linux")]
mod system {
    use plimsoll::facts::datum::Kind;
    use plimsoll::facts::image_source::{self, Choice};
    use plimsoll::facts::live::LiveHost;
    use plimsoll::facts::{accounts, image_source::ImageConfig};
    use plimsoll::schema::facts::HostField;

    use super::{Arc, Datum, Diagnostic, Document, Host, Path};

    /// This machine.
    pub(in crate::cli) fn host() -> Result<Arc<dyn Host>, Diagnostic> {
        Ok(Arc::new(LiveHost::new()))
    }

    /// This machine's processor, as images spell it.
    pub(in crate::cli) fn arch() -> Option<String> {
        match &LiveHost::new().field(HostField::Arch).kind {
            Kind::Text(arch) => Some((**arch).to_owned()),
            _ => None,
        }
    }

    pub(in crate::cli) fn accounts(rootfs: &Path) -> Result<Datum, Diagnostic> {
        accounts::of_rootfs(rootfs)
    }

    pub(in crate::cli) fn image(path: &Path, name: Option<&str>, arch: Option<&str>) -> Result<Document, Diagnostic> {
        image_source::read(path, Choice { name, arch }).map(|ImageConfig { name, json }| Document { name, text: json })
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use plimsoll::diagnostics::code;

    use super::{Arc, Datum, Diagnostic, Document, Host, Path};

    const HELP: &str = "run plimsoll on Linux, or record there with `plimsoll host`";

    /// A recording is needed.
    pub(in crate::cli) fn host() -> Result<Arc<dyn Host>, Diagnostic> {
        Err(Diagnostic::new(code::HOST_UNREADABLE, "this machine does not run Linux: name a recording with `--host`")
            .help(HELP))
    }

    pub(in crate::cli) fn arch() -> Option<String> {
        None
    }

    pub(in crate::cli) fn accounts(_: &Path) -> Result<Datum, Diagnostic> {
        Err(Diagnostic::new(code::BAD_ACCOUNTS, "accounts of a root file system are read only on Linux").help(HELP))
    }

    pub(in crate::cli) fn image(path: &Path, _: Option<&str>, _: Option<&str>) -> Result<Document, Diagnostic> {
        let name = path.to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path);
        text.map(|text| Document { name: name.clone(), text }).map_err(|error| {
            Diagnostic::new(code::UNREADABLE, format!("`{name}` cannot be read as an image's configuration: {error}"))
        })
    }
}

pub(super) use system::{accounts, arch, host, image};
