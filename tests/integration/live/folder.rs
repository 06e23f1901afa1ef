//! A folder for one test, removed with what is in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("plimsoll-live-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("the temporary folder can be written");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn dir(&self, path: &str) -> PathBuf {
        let path = self.0.join(path);
        fs::create_dir_all(&path).expect("the temporary folder can be written");
        path
    }

    pub(crate) fn file(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("a path has a folder")).expect("the temporary folder can be written");
        fs::write(path, content).expect("the temporary folder can be written");
    }

    /// A file without content that says it is large.
    pub(crate) fn sparse(&self, path: &str, size: u64) {
        self.file(path, "");
        let file = fs::File::options().write(true).open(self.0.join(path)).expect("a file that was just made");
        file.set_len(size).expect("a file system with holes");
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.0.join(path)).expect("a file that was just made");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing to do about a folder that stays: the next run has another name.
        let _ = fs::remove_dir_all(&self.0);
    }
}
