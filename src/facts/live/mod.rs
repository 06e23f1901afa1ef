//! This machine. It is read when a rule asks, and each thing once: asked again, it gives the same answer.

mod list;
mod sys;
mod walk;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use indexmap::IndexMap;

pub(in crate::facts) use sys::{Unread, read_at_most, read_within};

use self::list::Majors;
use self::sys::Found;
use super::accounts;
use super::decode::version;
use super::glob::normal;
use super::host::{Device, Host, PathKind};
use super::limits;
use crate::diagnostics::{Diagnostic, Severity, code};
use crate::facts::datum::{Datum, Kind};
use crate::facts::text::shown;
use crate::schema::facts::{FactSchema, HostField};

/// This machine, as this process sees it.
pub struct LiveHost {
    root: PathBuf,
    fields: Vec<(HostField, OnceLock<Datum>)>,
    env: Vec<(OsString, OsString)>,
    majors: OnceLock<Majors>,
    paths: Mutex<BTreeMap<Box<str>, Option<Found>>>,
    globs: Mutex<BTreeMap<Box<str>, Vec<String>>>,
    problems: Mutex<Vec<Diagnostic>>,
}

impl LiveHost {
    /// This machine with the environment of this process. Nothing is read yet but the environment.
    #[must_use]
    pub fn new() -> Self {
        Self::under("/", std::env::vars_os())
    }

    /// The machine whose files lie below a folder, with this environment. The kernel is the one that runs, and so are
    /// this process's user and group.
    #[must_use]
    pub fn under(root: impl Into<PathBuf>, env: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let fields = FactSchema::standard().host.into_iter().map(|(field, ..)| (field, OnceLock::new()));
        Self {
            root: root.into(),
            fields: fields.collect(),
            env: env.into_iter().collect(),
            majors: OnceLock::new(),
            paths: Mutex::default(),
            globs: Mutex::default(),
            problems: Mutex::default(),
        }
    }

    /// What is at an absolute path of that machine.
    fn look(&self, path: &str) -> Option<Found> {
        let path = normal(path);
        if !path.starts_with('/') || path.contains('\0') {
            return None;
        }
        let mut paths = lock(&self.paths);
        if let Some(found) = paths.get(&*path) {
            return found.clone();
        }
        let found = sys::look(&self.place(&path)).unwrap_or_else(|error| {
            // What this user may not reach a container that it starts cannot have either.
            let severity = match error.kind() {
                std::io::ErrorKind::PermissionDenied => Severity::Warning,
                _ => Severity::Error,
            };
            self.tell(severity, format!("`{}` cannot be looked at: {error}", shown(&path)), NOT_THERE);
            None
        });
        paths.insert(path.into(), found.clone());
        found
    }

    fn place(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// A list of this machine as text; none if it is not there, which is told, or cannot be read.
    fn text(&self, path: &str, missing: Severity, unreadable: Severity) -> Option<String> {
        let read = read_within(&self.root, path, limits::HOST_FILE_BYTES);
        let why = match read.map(|bytes| bytes.map(String::from_utf8)) {
            Ok(Some(Ok(text))) => return Some(text),
            Ok(Some(Err(_))) => "is not UTF-8".to_owned(),
            Ok(None) => {
                self.tell(missing, format!("`/{path}` is not there"), NOT_THERE);
                return None;
            }
            Err(why) => why.said(),
        };
        self.tell(unreadable, format!("`/{path}` {why}"), NOT_THERE);
        None
    }

    fn tell(&self, severity: Severity, message: String, help: &str) {
        let diagnostic = Diagnostic { severity, ..Diagnostic::new(code::HOST_UNREADABLE, message).help(help) };
        let mut problems = lock(&self.problems);
        if problems.len() < limits::DIAGNOSTICS && !problems.contains(&diagnostic) {
            problems.push(diagnostic);
        }
    }

    fn read(&self, field: HostField) -> Datum {
        match field {
            HostField::Capabilities => self.capabilities(),
            HostField::Cgroup => self.cgroup(),
            HostField::Arch => self.uname(|machine, _| list::arch(machine).to_owned()),
            HostField::Kernel => self.uname(|_, release| version(release).unwrap_or("0").to_owned()),
            HostField::Groups => self.groups(),
            HostField::Euid => Datum::new(Kind::Int(sys::effective_ids().0.into())),
            HostField::Egid => Datum::new(Kind::Int(sys::effective_ids().1.into())),
            HostField::Subuid => self.sub_ids("etc/subuid"),
            HostField::Subgid => self.sub_ids("etc/subgid"),
            HostField::Env => self.environment(),
        }
    }

    /// The bounding set of this process, as far as the kernel has it. Nothing where that cannot be read: a container is
    /// never given what the host may not have.
    fn capabilities(&self) -> Datum {
        let status = self.text("proc/self/status", Severity::Error, Severity::Error);
        let bounding = status.as_deref().and_then(|text| u64::from_str_radix(list::status(text, "CapBnd")?, 16).ok());
        if status.is_some() && bounding.is_none() {
            self.tell(Severity::Error, "`/proc/self/status` has no capability bounding set".to_owned(), RECORD);
        }
        let last = self.text("proc/sys/kernel/cap_last_cap", Severity::Warning, Severity::Warning);
        let last = last.and_then(|text| text.trim().parse().ok()).unwrap_or(u32::MAX);
        let words = list::capabilities(bounding.unwrap_or(0), last);
        Datum::new(Kind::List(words.map(Datum::text).collect()))
    }

    fn cgroup(&self) -> Datum {
        let is_v2 = |path: &str| {
            let found = sys::is_cgroup2(&self.place(path));
            found.unwrap_or_else(|error| {
                self.tell(Severity::Error, format!("`{path}` cannot be looked at: {error}"), RECORD);
                None
            })
        };
        let layout = match is_v2("/sys/fs/cgroup") {
            Some(true) => "v2",
            Some(false) if is_v2("/sys/fs/cgroup/unified") == Some(true) => "hybrid",
            Some(false) if self.holds_anything("/sys/fs/cgroup") => "v1",
            _ => {
                let message = "nothing is mounted at `/sys/fs/cgroup`: how control groups are laid out is not known";
                self.tell(Severity::Error, message.to_owned(), RECORD);
                "v2"
            }
        };
        Datum::text(layout)
    }

    fn holds_anything(&self, folder: &str) -> bool {
        std::fs::read_dir(self.place(folder)).is_ok_and(|mut entries| entries.next().is_some())
    }

    fn uname(&self, part: impl Fn(&str, &str) -> String) -> Datum {
        let (machine, release) = sys::machine_and_release().unwrap_or_else(|error| {
            self.tell(Severity::Error, format!("the kernel does not say its name: {error}"), RECORD);
            (String::new(), String::new())
        });
        Datum::text(part(&machine, &release))
    }

    /// By name, sorted.
    fn groups(&self) -> Datum {
        let text = self.text("etc/group", Severity::Warning, Severity::Warning).unwrap_or_default();
        let groups = accounts::groups(text.as_bytes()).unwrap_or_else(|| {
            let message = format!("`/etc/group` lists more than {} names", limits::ACCOUNTS);
            self.tell(Severity::Error, message, RECORD);
            IndexMap::new()
        });
        let ids = groups.into_iter().filter_map(|(name, group)| match group.kind {
            Kind::Record(values) => Some((name, values.first()?.clone())),
            _ => None,
        });
        let sorted: BTreeMap<_, _> = ids.collect();
        Datum::new(Kind::map(sorted))
    }

    fn sub_ids(&self, path: &str) -> Datum {
        let Some(text) = self.text(path, Severity::Warning, Severity::Warning) else { return Datum::ABSENT };
        let found = list::sub_ids(&text, &self.own_names());
        if let Some(line) = found.mistake {
            let message = format!("`/{path}` has no name, start and count in line {line}");
            self.tell(Severity::Warning, message, "that line is passed over");
        }
        let Some((start, count)) = found.range else { return Datum::ABSENT };
        let values = [start, count].map(|number| Datum::new(Kind::Int(number.into())));
        Datum::new(Kind::Record(Arc::new(values)))
    }

    /// What this process's user is called in lists: all of its names, and its number.
    fn own_names(&self) -> Vec<String> {
        let uid = sys::effective_ids().0;
        let passwd = self.text("etc/passwd", Severity::Warning, Severity::Warning).unwrap_or_default();
        let names = accounts::names_of(passwd.as_bytes(), uid);
        names.into_iter().chain([uid.to_string()]).collect()
    }

    /// What is UTF-8 of it, sorted; the first of two variables with one name, as for `getenv`.
    fn environment(&self) -> Datum {
        let mut sorted: BTreeMap<Box<str>, Datum> = BTreeMap::new();
        for (name, value) in &self.env {
            if let (Some(name), Some(value)) = (name.to_str(), value.to_str()) {
                sorted.entry(name.into()).or_insert_with(|| Datum::text(value));
            }
        }
        Datum::new(Kind::map(sorted))
    }

    fn majors(&self) -> &Majors {
        self.majors.get_or_init(|| {
            let text = self.text("proc/devices", Severity::Warning, Severity::Error);
            text.map(|text| list::majors(&text)).unwrap_or_default()
        })
    }
}

const NOT_THERE: &str = "it is taken as not being there";
const RECORD: &str = "give a recording of the host instead";

impl Host for LiveHost {
    fn field(&self, field: HostField) -> &Datum {
        const NOTHING: &Datum = &Datum::ABSENT;
        let slot = self.fields.iter().find(|(own, _)| *own == field);
        slot.map_or(NOTHING, |(_, datum)| datum.get_or_init(|| self.read(field)))
    }

    fn device(&self, path: &str) -> Option<Device> {
        self.look(path)?.device
    }

    fn path(&self, path: &str) -> Option<PathKind> {
        self.look(path).map(|found| found.kind)
    }

    fn glob(&self, pattern: &str) -> Vec<String> {
        let pattern = normal(pattern);
        let mut globs = lock(&self.globs);
        if let Some(found) = globs.get(&*pattern) {
            return found.clone();
        }
        let found = self.walk(&pattern);
        globs.insert(pattern.into(), found.clone());
        found
    }

    fn major(&self, driver: &str) -> Option<u32> {
        let majors = self.majors();
        let found = majors.by_name.get(driver).copied();
        if let (None, Some(mistake)) = (found, &majors.mistake) {
            let message =
                format!("`/proc/devices` {mistake}: whether there is a driver `{}` is not known", shown(driver));
            self.tell(Severity::Error, message, RECORD);
        }
        found
    }

    fn problems(&self) -> Vec<Diagnostic> {
        lock(&self.problems).clone()
    }
}

impl Default for LiveHost {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows where it is, and not the environment.
impl fmt::Debug for LiveHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveHost").field("root", &self.root).finish_non_exhaustive()
    }
}

/// What another thread panicked over is still what was read.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
