//! Runs a shell script in a container made from a spec, under runc, with busybox for a root file system.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

/// What must be there for a container to start.
pub(crate) struct Runtime {
    runc: PathBuf,
    busybox: PathBuf,
}

/// What the script printed.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) success: bool,
}

/// The runtime, or nothing where this machine has none and may go without: then the reason is printed.
///
/// With `PLIMSOLL_REQUIRE_ALL=1` a machine without one fails the test.
#[expect(clippy::disallowed_methods, reason = "a switch for whoever runs the tests")]
pub(crate) fn runtime() -> Option<Runtime> {
    match find() {
        Ok(runtime) => Some(runtime),
        Err(why) if std::env::var("PLIMSOLL_REQUIRE_ALL").is_ok_and(|value| value == "1") => panic!("{why}"),
        Err(why) => {
            // Not through `eprintln!`, which the test harness keeps to itself.
            let _ = writeln!(std::io::stderr(), "skipped: {why}");
            None
        }
    }
}

fn find() -> Result<Runtime, String> {
    let uid = Command::new("id").arg("-u").output().map_err(|error| format!("id -u: {error}"))?;
    if uid.stdout != b"0\n" {
        return Err("containers are started as root only".to_owned());
    }
    let program = |name: &str, package: &str| {
        let path = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"].map(Path::new);
        let found = path.iter().map(|dir| dir.join(name)).find(|file| file.is_file());
        found.ok_or_else(|| format!("`{name}` is not installed (Debian: {package})"))
    };
    Ok(Runtime { runc: program("runc", "runc")?, busybox: program("busybox", "busybox-static")? })
}

impl Runtime {
    /// The capabilities that this process could hand on: a container may not be given more.
    pub(super) fn capability_mask() -> u64 {
        let status = fs::read_to_string("/proc/self/status").expect("/proc is mounted");
        mask(&status, "CapBnd")
    }

    /// Starts a spec with its command line replaced by a shell script. Every container has a bundle, a state folder
    /// and an id of its own; all are gone when this returns.
    pub(super) fn run(&self, spec: &Value, script: &str) -> Ran {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let id = format!("plimsoll-test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let bundle = Bundle(std::env::temp_dir().join(&id));
        self.write(&bundle.0, spec, script);
        self.start_as(&id, &bundle.0, &bundle.0.join("state"))
    }

    /// Starts a bundle as it is.
    pub(crate) fn start(&self, bundle: &Path) -> Ran {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let id = format!("plimsoll-bundle-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let state = Bundle(std::env::temp_dir().join(&id));
        self.start_as(&id, bundle, &state.0)
    }

    fn start_as(&self, id: &str, bundle: &Path, state: &Path) -> Ran {
        let runc = |args: &[&str]| -> Output {
            let mut command = Command::new(&self.runc);
            command.arg("--root").arg(state).args(args).env_clear().current_dir(bundle);
            command.output().expect("runc can be executed")
        };
        let output = runc(&["run", id]);
        // A container that failed half way leaves its cgroups behind.
        runc(&["delete", "--force", id]);
        Ran {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            success: output.status.success(),
        }
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
        for applet in ["sh", "cat", "grep", "hostname", "ls", "mknod", "id", "head", "stat"] {
            symlink("busybox", bin.join(applet)).expect("a new folder has room for a link");
        }
    }
}

/// A bundle's folder, removed with what is in it.
struct Bundle(PathBuf);

impl Drop for Bundle {
    fn drop(&mut self) {
        // Nothing to do about a folder that stays: the next run has another name.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Ran {
    /// What was printed; a container that did not start fails the test.
    pub(crate) fn output(self) -> String {
        assert!(self.success, "runc: {}{}", self.stdout, self.stderr);
        self.stdout
    }
}

/// A line of `/proc/PID/status` such as `CapEff`, as a number.
pub(super) fn mask(status: &str, field: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(":\t"));
    u64::from_str_radix(line.unwrap_or_default().trim(), 16).expect(field)
}

/// A mount of `/proc/PID/mountinfo`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mounted {
    pub(super) target: String,
    pub(super) kind: String,
    /// Options of the mount and of its file system, each once, sorted.
    pub(super) options: Vec<String>,
}

/// Every mount of a mountinfo, in order.
pub(super) fn mounts(mountinfo: &str) -> Vec<Mounted> {
    let mount = |line: &str| {
        let (mount, system) = line.split_once(" - ")?;
        let mut mount = mount.split(' ').skip(4);
        let mut system = system.split(' ');
        let (target, own) = (mount.next()?, mount.next()?);
        let (kind, of_system) = (system.next()?, system.nth(1)?);
        let mut options: Vec<_> = own.split(',').chain(of_system.split(',')).map(str::to_owned).collect();
        options.sort();
        options.dedup();
        Some(Mounted { target: target.to_owned(), kind: kind.to_owned(), options })
    };
    mountinfo.lines().filter_map(mount).collect()
}
