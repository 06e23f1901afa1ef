//! Every change of the disk as a step, so that a test can stop between any two of them.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::Path;

use super::error::BundleError;

/// One change of the disk; none of them follows a link in the last component of a path it changes. It may
/// hold secrets, so it has no `Debug`.
#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    /// A new folder: with that mode, or as the umask says.
    MakeFolder { path: &'a Path, mode: Option<u32> },
    /// A new file with that mode, on the disk before the step ends. `shown` is what errors call it.
    Write { path: &'a Path, shown: &'a Path, bytes: &'a [u8], mode: u32 },
    /// What is at `to` is replaced, in one go.
    Rename { from: &'a Path, to: &'a Path },
    /// A second name for a file.
    HardLink { from: &'a Path, to: &'a Path },
    /// A new symbolic link.
    Link { target: &'a Path, path: &'a Path },
    /// A file or a link goes.
    Unlink { path: &'a Path },
    /// An empty folder goes.
    RemoveFolder { path: &'a Path },
    /// A folder of ours goes, with what is in it.
    RemoveTree { path: &'a Path },
    /// The mode of an open folder.
    SetMode { folder: &'a File, path: &'a Path, mode: u32 },
    /// The names in a folder reach the disk.
    Sync { path: &'a Path },
}

impl<'a> Step<'a> {
    /// What it does and to which path, as errors put it.
    const fn told(&self) -> (&'static str, &'a Path) {
        match *self {
            Self::MakeFolder { path, .. } => ("make the folder", path),
            Self::Write { shown, .. } => ("write", shown),
            Self::Rename { to, .. } | Self::HardLink { to, .. } => ("put in place", to),
            Self::Link { path, .. } => ("make the link", path),
            Self::Unlink { path } | Self::RemoveFolder { path } | Self::RemoveTree { path } => ("remove", path),
            Self::SetMode { path, .. } => ("set the mode of", path),
            Self::Sync { path } => ("sync", path),
        }
    }
}

/// Where steps are done.
pub(super) trait Disk {
    /// Does one.
    fn run(&self, step: Step<'_>) -> io::Result<()>;
}

/// The file system of this machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Os;

impl Disk for Os {
    fn run(&self, step: Step<'_>) -> io::Result<()> {
        match step {
            Step::MakeFolder { path, mode: None } => fs::create_dir(path),
            Step::MakeFolder { path, mode: Some(mode) } => {
                DirBuilder::new().mode(mode).create(path)?;
                // Whatever the umask took away.
                fs::set_permissions(path, Permissions::from_mode(mode))
            }
            Step::Write { path, bytes, mode, .. } => {
                let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
                file.set_permissions(Permissions::from_mode(mode))?;
                file.write_all(bytes)?;
                file.sync_all()
            }
            Step::Rename { from, to } => fs::rename(from, to),
            Step::HardLink { from, to } => fs::hard_link(from, to),
            Step::Link { target, path } => symlink(target, path),
            Step::Unlink { path } => fs::remove_file(path),
            Step::RemoveFolder { path } => fs::remove_dir(path),
            Step::RemoveTree { path } => fs::remove_dir_all(path),
            Step::SetMode { folder, mode, .. } => folder.set_permissions(Permissions::from_mode(mode)),
            Step::Sync { path } => File::open(path)?.sync_all(),
        }
    }
}

/// Does one step; its error names the path.
pub(super) fn run(disk: &dyn Disk, step: Step<'_>) -> Result<(), BundleError> {
    disk.run(step).map_err(|source| {
        let (action, path) = step.told();
        BundleError::io(action, path, source)
    })
}
