//! How much input is read; each limit is an error with a place, never a crash.

/// How much of each input is read. A caller can lower each, see
/// [`FactSchema::with_limits`](crate::schema::facts::FactSchema::with_limits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request.
    pub request: usize,
    /// Bytes of a deployment.
    pub deployment: usize,
    /// Bytes of an image's configuration.
    pub image: usize,
    /// Bytes of a host recording, or of the accounts of a root file system.
    pub recording: usize,
    /// Lists and maps inside one another.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request: REQUEST_BYTES,
            deployment: DEPLOYMENT_BYTES,
            image: IMAGE_BYTES,
            recording: RECORDING_BYTES,
            depth: DEPTH,
        }
    }
}

impl Limits {
    /// Each, but never above its default.
    pub(crate) fn lowered(self) -> Self {
        let most = Self::default();
        Self {
            request: self.request.min(most.request),
            deployment: self.deployment.min(most.deployment),
            image: self.image.min(most.image),
            recording: self.recording.min(most.recording),
            depth: self.depth.min(most.depth),
        }
    }
}

/// Bytes of a request.
pub const REQUEST_BYTES: usize = 16 << 20;
/// Bytes of a deployment.
pub const DEPLOYMENT_BYTES: usize = 4 << 20;
/// Bytes of an image's configuration, as registries limit it.
pub const IMAGE_BYTES: usize = 4 << 20;
/// Bytes of a host recording, or of the accounts of a root file system.
pub const RECORDING_BYTES: usize = 16 << 20;
/// Lists and maps inside one another.
pub const DEPTH: usize = 64;
/// What aliases may repeat, in bytes: those of each text and [`NODE_BYTES`] for each value.
pub const ALIAS_BYTES: usize = 8 << 20;
/// What a value weighs against [`ALIAS_BYTES`] beside its text.
pub const NODE_BYTES: usize = 64;
/// Mistakes that are shown of one input; a broken file of many thousand lines is no use to anybody.
pub const DIAGNOSTICS: usize = 100;
/// Bytes of a root file system's `/etc/passwd`, and of its `/etc/group`.
pub const ACCOUNTS_BYTES: u64 = 16 << 20;
/// Names that one of them may hold, those of a group's members included.
pub const ACCOUNTS: usize = 1 << 18;
/// What a glob may look at on this machine, and what it may find.
pub const GLOB: usize = 1 << 16;
/// Bytes of a file of this machine that lists facts.
pub const HOST_FILE_BYTES: u64 = 16 << 20;
/// Files of an image's archive.
pub const ARCHIVE_ENTRIES: usize = 1 << 18;
