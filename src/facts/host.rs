//! What the rules may ask about the machine on which the container will run.

use crate::diagnostics::Diagnostic;
use crate::facts::datum::{Datum, Kind};
use crate::schema::facts::HostField;

/// A device node of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Whether it is a block device, not a character device.
    pub block: bool,
    /// 12 bits.
    pub major: u32,
    /// 20 bits.
    pub minor: u32,
    /// Permission bits, where known.
    pub mode: Option<u32>,
    /// Owner, where known.
    pub uid: Option<u32>,
    /// Group, where known.
    pub gid: Option<u32>,
}

/// What is at a path of the host; links are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathKind {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A character or block device.
    Device,
    /// A socket.
    Socket,
    /// Anything else that exists: a FIFO, or what a recording only calls `other`.
    Other,
}

/// A host: a recording, this machine, or one made up for a test. Reading it twice gives the same answer.
pub trait Host: std::fmt::Debug + Send + Sync {
    /// A plain field of `host`, [`Datum::ABSENT`] if the host does not have it.
    fn field(&self, field: HostField) -> &Datum;
    /// The same for whoever only wants to name facts, or knows what it wants of the field: it does not count as asked.
    fn peek(&self, field: HostField) -> &Datum {
        self.field(field)
    }
    /// The device node at an absolute path; none if nothing or something else is there.
    fn device(&self, path: &str) -> Option<Device>;
    /// What is at an absolute path.
    fn path(&self, path: &str) -> Option<PathKind>;
    /// The paths that match a glob, sorted.
    fn glob(&self, pattern: &str) -> Vec<String>;
    /// The major number of a character device driver.
    fn major(&self, driver: &str) -> Option<u32>;
    /// One variable of `env`: rules that name it ask for no more than it.
    fn variable(&self, name: &str) -> Option<&Datum> {
        match &self.field(HostField::Env).kind {
            Kind::Map(env) => env.get(name),
            _ => None,
        }
    }
    /// What could not be read of what was asked so far: warnings where it counts as absent, errors where a wrong spec
    /// would come of that.
    fn problems(&self) -> Vec<Diagnostic> {
        Vec::new()
    }
}

/// Where the values of `$S:` references come from.
pub trait Secrets: std::fmt::Debug + Send + Sync {
    /// The value of a reference without `$S:` and without its field, if there is one:
    /// `name`, `@service/name`, `:env/name`, `project:env/name`.
    fn secret(&self, reference: &str) -> Option<std::borrow::Cow<'_, str>>;
}
