//! Runs a shell script in a container made from a spec, with busybox for a root file system.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::machine::{lacks, program};

const APPLETS: &[&str] = &[
    "cat", "chown", "grep", "head", "hostname", "id", "ls", "mkdir", "mknod", "readlink", "rmdir", "sh", "stat",
    "touch", "tr",
];

/// In seconds; most take a tenth of one.
const LONGEST_RUN: &str = "60";

/// A program that starts containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Runc,
    Youki,
}

/// What must be there for a container to start.
pub(crate) struct Runtime {
    pub(super) kind: Kind,
    program: PathBuf,
    busybox: PathBuf,
}

/// What the script printed.
#[derive(Debug)]
pub(crate) struct Ran {
    runtime: Kind,
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) success: bool,
}

impl Kind {
    /// Runs a test under this runtime, or prints why it cannot where this machine may go without.
    pub(crate) fn with(self, test: fn(&Runtime)) {
        match self.find() {
            Ok(runtime) => test(&runtime),
            Err(why) => lacks(&format!("{self:?}: {why}")),
        }
    }

    fn find(self) -> Result<Runtime, String> {
        let uid = Command::new("id").arg("-u").output().map_err(|error| format!("id -u: {error}"))?;
        if uid.stdout != b"0\n" {
            return Err("containers are started as root only".to_owned());
        }
        let own = match self {
            Self::Runc => program("runc", "Debian: runc"),
            Self::Youki => program("youki", "cargo install youki --version 0.7.0 --locked --features v1"),
        };
        Ok(Runtime { kind: self, program: own?, busybox: program("busybox", "Debian: busybox-static")? })
    }
}

impl Runtime {
    /// Starts a spec with its command line replaced by a shell script. Every container has a bundle, a state folder
    /// and an id of its own; all are gone when this returns.
    pub(super) fn run(&self, spec: &Value, script: &str) -> Ran {
        let bundle = Folder::new();
        self.write(&bundle.path, spec, script);
        self.start(&bundle.path)
    }

    /// Starts a bundle as it is.
    pub(crate) fn start(&self, bundle: &Path) -> Ran {
        let state = Folder::new();
        let id = state.name();
        // Into files: a pipe would be held open by a container that outlives its runtime.
        let (out, err) = (state.path.join("stdout"), state.path.join("stderr"));
        let file = |path| fs::File::create(path).expect("the temporary folder can be written");
        let mut run = self.command(&state, bundle, &["run", id]);
        let status = run.stdout(file(&out)).stderr(file(&err)).status().expect("the runtime can be executed");
        // A container that failed half way, or hangs, leaves its cgroups and processes behind.
        self.command(&state, bundle, &["delete", "--force", id]).output().expect("the runtime can be executed");
        let text = |path| String::from_utf8_lossy(&fs::read(path).expect("a file that was made here")).into_owned();
        Ran { runtime: self.kind, stdout: text(out), stderr: text(err), success: status.success() }
    }

    /// The runtime with arguments, in a bundle. It is stopped when it takes too long.
    fn command(&self, state: &Folder, bundle: &Path, args: &[&str]) -> Command {
        let mut command = Command::new("timeout");
        command.args(["-k", "5", LONGEST_RUN]);
        if self.kind == Kind::Youki {
            // youki 0.7.0 misses the end of a container that ends before it has come to wait for signals, and waits
            // for good, unless they are kept for it.
            command.args(["env", "--block-signal=CHLD"]);
        }
        command.arg(&self.program).arg("--root").arg(state.path.join("state")).args(args);
        command.env_clear().current_dir(bundle).stdin(Stdio::null());
        command
    }

    fn write(&self, bundle: &Path, spec: &Value, script: &str) {
        self.root_file_system(&bundle.join("rootfs"));
        let mut spec = spec.clone();
        spec["process"]["args"] = json!(["/bin/sh", "-c", script]);
        fs::write(bundle.join("config.json"), spec.to_string()).expect("the bundle can be written");
    }

    /// A root file system with busybox in it.
    pub(crate) fn root_file_system(&self, folder: &Path) {
        let bin = folder.join("bin");
        fs::create_dir_all(&bin).expect("the temporary folder can be written");
        fs::copy(&self.busybox, bin.join("busybox")).expect("busybox can be copied");
        for applet in APPLETS {
            symlink("busybox", bin.join(applet)).expect("a new folder has room for a link");
        }
    }
}

impl Ran {
    /// What was printed; a container that did not start, or whose script failed, fails the test.
    pub(crate) fn output(self) -> String {
        assert!(self.success, "{:?}: {}{}", self.runtime, self.stdout, self.stderr);
        self.stdout
    }

    /// Fails the test unless the script complained with this line's end.
    pub(super) fn complained(&self, what: &str) {
        let found = self.stderr.lines().any(|line| line.ends_with(what));
        assert!(found, "{:?}: {what:?} in\n{}", self.runtime, self.stderr);
    }
}

/// A new folder of the host, removed with what is in it, also when a test fails.
pub(super) struct Folder {
    pub(super) path: PathBuf,
}

impl Folder {
    pub(super) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("plimsoll-test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).expect("the temporary folder can be written");
        Self { path }
    }

    /// Its last component: no other folder of a test has it.
    fn name(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).expect("a name that was made here")
    }

    /// The path of something in it.
    pub(super) fn at(&self, name: &str) -> String {
        self.path.join(name).to_str().expect("a name that was made here").to_owned()
    }

    /// A folder in it with a file `file` that holds a line of the folder's name.
    pub(super) fn filled(&self, name: &str) -> String {
        let folder = self.path.join(name);
        fs::create_dir(&folder).expect("a new folder has room");
        fs::write(folder.join("file"), format!("{name}\n")).expect("a new folder has room");
        self.at(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing to do about a folder that stays: the next run has another name.
        let _ = fs::remove_dir_all(&self.path);
    }
}
