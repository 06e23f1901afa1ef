//! What only the kernel can say. The one file that knows nix.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat, openat2};
use nix::sys::stat::{Mode, SFlag, fstat, major, minor, stat};
use nix::sys::statfs::{CGROUP2_SUPER_MAGIC, statfs};
use nix::unistd::{getegid, geteuid};

use crate::facts::host::{Device, PathKind};

/// What is at a path.
#[derive(Clone, Debug)]
pub(in crate::facts) struct Found {
    pub(in crate::facts) kind: PathKind,
    pub(in crate::facts) device: Option<Device>,
}

/// Looks at a path, links followed; nothing if nothing is there. Device numbers are decoded as the kernel does: 12
/// bits of major and 20 of minor, in a `dev_t` of 64 bits.
pub(in crate::facts) fn look(path: &Path) -> io::Result<Option<Found>> {
    let found = match stat(path) {
        Ok(found) => found,
        Err(Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP | Errno::ENAMETOOLONG) => return Ok(None),
        Err(errno) => return Err(errno.into()),
    };
    let format = SFlag::from_bits_truncate(found.st_mode) & SFlag::S_IFMT;
    let kind = KINDS.iter().find(|(flag, _)| *flag == format).map_or(PathKind::Other, |(_, kind)| *kind);
    let number = |number: u64| u32::try_from(number).map_err(io::Error::other);
    let device = match kind {
        PathKind::Device => Some(Device {
            block: format == SFlag::S_IFBLK,
            major: number(major(found.st_rdev))?,
            minor: number(minor(found.st_rdev))?,
            mode: Some(found.st_mode & 0o7777),
            uid: Some(found.st_uid),
            gid: Some(found.st_gid),
        }),
        _ => None,
    };
    Ok(Some(Found { kind, device }))
}

const KINDS: &[(SFlag, PathKind)] = &[
    (SFlag::S_IFREG, PathKind::File),
    (SFlag::S_IFDIR, PathKind::Dir),
    (SFlag::S_IFCHR, PathKind::Device),
    (SFlag::S_IFBLK, PathKind::Device),
    (SFlag::S_IFSOCK, PathKind::Socket),
];

/// Whether a path is in a control group file system of version 2; none if nothing is there.
pub(in crate::facts) fn is_cgroup2(path: &Path) -> io::Result<Option<bool>> {
    match statfs(path) {
        Ok(found) => Ok(Some(found.filesystem_type() == CGROUP2_SUPER_MAGIC)),
        Err(Errno::ENOENT | Errno::ENOTDIR) => Ok(None),
        Err(errno) => Err(errno.into()),
    }
}

/// `uname`: the machine's processor and the kernel's release.
pub(in crate::facts) fn machine_and_release() -> io::Result<(String, String)> {
    let name = nix::sys::utsname::uname()?;
    let text = |text: &std::ffi::OsStr| text.to_string_lossy().into_owned();
    Ok((text(name.machine()), text(name.release())))
}

/// The effective user and group of this process.
pub(in crate::facts) fn effective_ids() -> (u32, u32) {
    (geteuid().as_raw(), getegid().as_raw())
}

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub(in crate::facts) enum Unread {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("is not a regular file")]
    NotAFile,
    #[error("is larger than {} MiB", .0 >> 20)]
    TooLarge(u64),
    #[error("is a link that leads nowhere inside of it")]
    Link,
}

impl Unread {
    /// What a message says of the file, after its name.
    pub(in crate::facts) fn said(&self) -> String {
        match self {
            Self::Io(error) => format!("cannot be read: {error}"),
            other => other.to_string(),
        }
    }
}

impl From<Errno> for Unread {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::ELOOP | Errno::EXDEV => Self::Link,
            errno => Self::Io(errno.into()),
        }
    }
}

/// Reads a regular file of at most `limit` bytes below a folder, as a process would whose root that folder is: no link
/// leads out of it. `path` is relative. Nothing if there is no such file.
pub(in crate::facts) fn read_within(root: &Path, path: &str, limit: u64) -> Result<Option<Vec<u8>>, Unread> {
    let root = open_folder(root)?;
    let file = match open_path(&root, path, OFlag::empty()) {
        Ok(file) => file,
        Err(Errno::ENOENT | Errno::ENOTDIR) => {
            return if leads_nowhere(&root, path) { Err(Unread::Link) } else { Ok(None) };
        }
        Err(errno) => return Err(errno.into()),
    };
    // Only now is it opened for reading: opening a device or a FIFO would do something or wait.
    if SFlag::from_bits_truncate(fstat(&file)?.st_mode) & SFlag::S_IFMT != SFlag::S_IFREG {
        return Err(Unread::NotAFile);
    }
    let file = File::open(format!("/proc/self/fd/{}", file.as_raw_fd()))?;
    if file.metadata()?.len() > limit {
        return Err(Unread::TooLarge(limit));
    }
    read_at_most(file, limit).map(Some)
}

/// Reads all that is in a file; files that are made while they are read have no size of their own.
pub(in crate::facts) fn read_at_most(file: impl Read, limit: u64) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(Unread::TooLarge(limit));
    }
    Ok(bytes)
}

fn open_folder(path: &Path) -> Result<OwnedFd, Unread> {
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    Ok(nix::fcntl::open(path, flags, Mode::empty()).map_err(io::Error::from)?)
}

/// Whether one of the steps to a path is a link; what it leads to is not there then.
fn leads_nowhere(root: &OwnedFd, path: &str) -> bool {
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    ends.filter_map(|end| path.get(..end)).any(|step| {
        let step = open_path(root, step, OFlag::O_NOFOLLOW);
        let found = step.and_then(|step| fstat(&step));
        found.is_ok_and(|found| SFlag::from_bits_truncate(found.st_mode) & SFlag::S_IFMT == SFlag::S_IFLNK)
    })
}

/// A handle to what is at a path below a folder, which can be looked at but not read.
fn open_path(root: &OwnedFd, path: &str, flags: OFlag) -> Result<OwnedFd, Errno> {
    let flags = flags | OFlag::O_PATH | OFlag::O_CLOEXEC;
    let how = OpenHow::new().flags(flags).resolve(ResolveFlag::RESOLVE_IN_ROOT | ResolveFlag::RESOLVE_NO_MAGICLINKS);
    for _ in 0..RACES {
        match openat2(root.as_fd(), path, how) {
            Err(Errno::EAGAIN) => {}
            // Kernels before 5.6 do not have it, and sandboxes may not know it.
            Err(Errno::ENOSYS | Errno::EPERM) => return walk(root, path, flags),
            opened => return opened,
        }
    }
    Err(Errno::EAGAIN)
}

/// How often the kernel may see something renamed while it resolves a path.
const RACES: usize = 32;

/// The same without the kernel's help: one step after the other, and no link at all.
fn walk(root: &OwnedFd, path: &str, flags: OFlag) -> Result<OwnedFd, Errno> {
    let mut at = root.try_clone().map_err(|_| Errno::EMFILE)?;
    for step in path.split('/').filter(|step| !matches!(*step, "" | ".")) {
        if step == ".." {
            return Err(Errno::EXDEV);
        }
        at = openat(at.as_fd(), step, flags | OFlag::O_NOFOLLOW, Mode::empty())?;
        let format = SFlag::from_bits_truncate(fstat(&at)?.st_mode) & SFlag::S_IFMT;
        if format == SFlag::S_IFLNK && !flags.contains(OFlag::O_NOFOLLOW) {
            return Err(Errno::ELOOP);
        }
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kernels without `openat2` are not at hand; what takes its place is called by itself.
    #[test]
    fn without_openat2_no_link_is_followed() {
        let folder = std::env::temp_dir().join(format!("plimsoll-walk-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("etc")).unwrap();
        std::fs::write(folder.join("etc/passwd"), "").unwrap();
        std::os::unix::fs::symlink("passwd", folder.join("etc/link")).unwrap();
        std::os::unix::fs::symlink("etc", folder.join("folder")).unwrap();
        let root = open_folder(&folder).unwrap();
        let walked = |path: &str| walk(&root, path, OFlag::O_PATH | OFlag::O_CLOEXEC).map(|_| ());
        assert_eq!(walked("etc/passwd"), Ok(()));
        assert_eq!(walked("/etc//./passwd"), Ok(()), "below the folder all the same");
        assert_eq!(walked("etc/link"), Err(Errno::ELOOP));
        assert_eq!(walked("folder/passwd"), Err(Errno::ELOOP));
        assert_eq!(walked("../etc/passwd"), Err(Errno::EXDEV));
        assert_eq!(walked("etc/none"), Err(Errno::ENOENT));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
