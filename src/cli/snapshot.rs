//! `plimsoll snapshot`: what the rules make of services, kept and compared.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use plimsoll::diagnostics::{Diagnostic, Report, Severity, code};
use plimsoll::facts::limits;
use plimsoll::facts::request::Request;
use plimsoll::policy::Policy;
use plimsoll::snapshot::{self, About, Snapshot};
use similar::TextDiff;

use super::check::counted;
use super::given::Options;
use super::input::{Document, Inputs, name, unreadable};
use super::rewrite::{put, unwritable};
use super::rules::Rules;
use super::terminal::Terminal;

/// How long a difference may be looked for before it is only an approximate one.
const DIFF_TIME: Duration = Duration::from_millis(500);
/// Lines of a difference that are shown.
const MOST_LINES: usize = 400;

/// Keep what the rules make of services, and find what a change of rules does to them
///
/// Every service of the deployments is rendered for a recorded host, with secrets masked. What it becomes is compared with
/// its snapshot, a file {deployment}@{service}.snap that can be read alone. What is new or differs is written beside it as
/// `.snap.new`; `plimsoll review` (or `cargo insta review`) shows each and accepts or rejects it. A service that is refused
/// has a snapshot too, which says why.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
#[command(group(clap::ArgGroup::new("parts").multiple(true)))]
pub(super) struct Args {
    /// Deployments in YAML or JSON, or folders of them
    #[arg(value_name = "CORPUS", required = true)]
    corpus: Vec<PathBuf>,

    /// A recording of the host in JSON, as `plimsoll host` prints it; without one nothing is on the host
    #[arg(long, value_name = "FILE", help_heading = "What is rendered")]
    host: Option<PathBuf>,

    #[command(flatten, next_help_heading = "What is rendered")]
    options: Options,

    #[command(flatten)]
    rules: Rules,

    /// The folder of the snapshots
    #[arg(long, value_name = "DIR", default_value = "snapshots", help_heading = "Output")]
    to: PathBuf,

    /// Write nothing, show what differs, and fail if anything does
    #[arg(long, help_heading = "Output")]
    check: bool,

    /// Accept everything at once, as if it had been reviewed
    #[arg(long, conflicts_with = "check", help_heading = "Output")]
    accept: bool,

    /// Remove the snapshots in the folder of services that none of these deployments has
    #[arg(long, conflicts_with = "check", help_heading = "Output")]
    prune: bool,
}

/// What became of the snapshots.
#[derive(Default)]
struct Done {
    same: usize,
    new: usize,
    changed: usize,
    found: Vec<Report>,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<(), Report> {
    let mut inputs = Inputs::default();
    let layers = args.rules.read(&mut inputs);
    let host = args.host.as_deref().map(|path| inputs.document(path, limits::RECORDING_BYTES));
    let files = corpus(&args.corpus, &mut inputs);
    let documents: Vec<Document> =
        files.iter().map(|path| inputs.document_or_stdin(path, limits::DEPLOYMENT_BYTES)).collect();
    inputs.finish()?;
    let policy = layers.compile()?;
    terminal.report(&policy.warnings());
    let mut done = Done::default();
    let snapshots = args.made(documents, host.as_ref(), &policy, &mut done);
    for snapshot in snapshots.values() {
        args.settle(snapshot, terminal, &mut done);
    }
    // A deployment that could not be read may have the service that a snapshot is of.
    if done.found.is_empty() || args.check {
        args.orphans(&snapshots, terminal, &mut done);
    }
    let Done { same, new, changed, mut found } = done;
    terminal
        .note(&format!("{}: {same} as kept, {changed} changed, {new} new", counted(same + new + changed, "service")));
    if new + changed > 0 && !args.check && !args.accept {
        terminal.note(&format!("`plimsoll review {}` shows them and accepts or rejects each", args.to.display()));
    }
    // Each has its own numbers of sources, so that reports on several cannot be made one.
    let last = found.pop();
    found.iter().for_each(|report| terminal.report(report));
    last.map_or(Ok(()), Err)
}

impl Args {
    /// The snapshots by their names.
    fn made(
        &self,
        documents: Vec<Document>,
        host: Option<&Document>,
        policy: &Policy,
        done: &mut Done,
    ) -> BTreeMap<String, Snapshot> {
        let options: Vec<&str> = self.options.options.iter().map(|(name, _)| name.as_str()).collect();
        let about = About { host: host.map_or("", |host| host.name.as_str()), options: &options };
        let mut snapshots: BTreeMap<String, Snapshot> = BTreeMap::new();
        for document in documents {
            let builder = Request::builder(document.name, document.text);
            let builder = match host {
                Some(host) => builder.recording(host.name.as_str(), host.text.as_str()),
                None => builder,
            };
            let given = self.options.options.iter();
            let request =
                given.fold(builder, |builder, (name, value)| builder.option(name, value)).build(policy.schema());
            let request = match request {
                Ok(request) => request,
                Err(report) => {
                    done.found.push(report);
                    continue;
                }
            };
            for service in request.services() {
                match Snapshot::of(policy, &request, service, &about) {
                    Ok(snapshot) => {
                        if let Some(other) = snapshots.get(&snapshot.name) {
                            done.found.push(alone(same_name(other, &snapshot)));
                        } else {
                            snapshots.insert(snapshot.name.clone(), snapshot);
                        }
                    }
                    Err(report) => done.found.push(report),
                }
            }
        }
        snapshots
    }

    /// Compares a snapshot with the one that was kept.
    fn settle(&self, snapshot: &Snapshot, terminal: &Terminal, done: &mut Done) {
        let path = self.to.join(format!("{}.snap", snapshot.name));
        let kept = match kept(&path) {
            Ok(kept) => kept,
            Err(report) => {
                // What somebody edited or broke is made anew only where everything is accepted.
                if !self.accept {
                    if !self.check {
                        self.write(&pending(&path), snapshot, done);
                    }
                    done.found.push(report);
                    return;
                }
                Some(String::new())
            }
        };
        let is_new = kept.is_none();
        if kept.as_ref() == Some(&snapshot.body) {
            done.same += 1;
            if !self.check {
                self.forget(&pending(&path), done);
            }
            return;
        }
        if is_new {
            done.new += 1;
        } else {
            done.changed += 1;
        }
        if self.check {
            if let Some(kept) = &kept {
                terminal.note(difference(&name(&path), kept, &snapshot.body).trim_end());
            }
            done.found.push(alone(differs(&path, is_new)));
        } else if self.accept {
            self.write(&path, snapshot, done);
            self.forget(&pending(&path), done);
        } else {
            self.write(&pending(&path), snapshot, done);
        }
    }

    fn write(&self, path: &Path, snapshot: &Snapshot, done: &mut Done) {
        if let Err(diagnostic) = put(path, snapshot.to_text().as_bytes()) {
            done.found.push(alone(diagnostic));
        }
    }

    /// Removes what is pending and no longer asked.
    fn forget(&self, path: &Path, done: &mut Done) {
        match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => done.found.push(alone(unwritable(path, &error))),
            _ => {}
        }
    }

    /// Snapshots of services that no deployment has.
    fn orphans(&self, snapshots: &BTreeMap<String, Snapshot>, terminal: &Terminal, done: &mut Done) {
        for path in snaps(&self.to, "snap") {
            let stem = path.file_stem().and_then(OsStr::to_str).unwrap_or_default();
            // Other tests may keep snapshots of their own there.
            if snapshots.contains_key(stem) || !stem.contains('@') {
                continue;
            }
            if self.prune {
                self.forget(&path, done);
                self.forget(&pending(&path), done);
                terminal.note(&format!("removed {}", path.display()));
                continue;
            }
            let message = format!("`{}` is a snapshot of a service that no deployment here has", name(&path));
            let diagnostic = Diagnostic::new(code::ORPHANED_SNAPSHOT, message).help("`--prune` removes it");
            if self.check {
                done.found.push(alone(Diagnostic { severity: Severity::Error, ..diagnostic }));
            } else {
                terminal.report(&alone(diagnostic));
            }
        }
    }
}

fn alone(diagnostic: Diagnostic) -> Report {
    Report::new(vec![diagnostic], &[])
}

fn same_name(other: &Snapshot, snapshot: &Snapshot) -> Diagnostic {
    let message = format!(
        "`{}` and `{}` both have a service for the snapshot `{}`",
        other.source, snapshot.source, snapshot.name
    );
    let help = "give one of the files another name, or keep their snapshots in folders of their own (`--to`)";
    Diagnostic::new(code::SAME_SNAPSHOT, message).help(help)
}

fn differs(path: &Path, is_new: bool) -> Diagnostic {
    let diagnostic = match is_new {
        true => Diagnostic::new(code::SNAPSHOT_MISSING, format!("`{}` is not there yet", name(path))),
        false => Diagnostic::new(code::SNAPSHOT_DIFFERS, format!("`{}` is not what the service becomes", name(path))),
    };
    diagnostic.help("`plimsoll snapshot` and `plimsoll review` accept what is meant")
}

/// The body of a snapshot that was kept; none if there is no file.
pub(super) fn kept(path: &Path) -> Result<Option<String>, Report> {
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(alone(unreadable(path, &name(path), &error))),
        Ok(_) => {}
    }
    let mut inputs = Inputs::default();
    let document = inputs.document(path, snapshot::MAX_BYTES);
    inputs.finish()?;
    snapshot::read(&document.name, &document.text).map(|kept| Some(kept.body))
}

/// The file of a change that nobody has looked at yet.
pub(super) fn pending(path: &Path) -> PathBuf {
    let mut pending = path.as_os_str().to_owned();
    pending.push(".new");
    pending.into()
}

/// The files of a folder that end so, in the order of their names.
pub(super) fn snaps(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let ends = |path: &PathBuf| path.to_str().is_some_and(|path| path.ends_with(&format!(".{ending}")));
    let mut files: Vec<PathBuf> = entries.filter(|path| ends(path) && path.is_file()).collect();
    files.sort();
    files
}

/// What changed, with a few lines around; of more than a person reads, the beginning.
pub(super) fn difference(name: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::configure().timeout(DIFF_TIME).diff_lines(before, after);
    let text = diff.unified_diff().missing_newline_hint(false).header(name, name).to_string();
    let more = text.lines().count().saturating_sub(MOST_LINES);
    if more == 0 {
        return text;
    }
    let first: Vec<&str> = text.lines().take(MOST_LINES).collect();
    format!("{}\n{more} more lines\n", first.join("\n"))
}

/// The deployments that paths name: of a folder, the YAML and JSON files in it.
fn corpus(paths: &[PathBuf], inputs: &mut Inputs) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        for ending in ["yaml", "yml", "json"] {
            files.extend(snaps(path, ending));
        }
        if files.len() == before {
            let message = format!("`{}` holds no deployment (.yaml, .yml or .json)", name(path));
            inputs.refuse(Diagnostic::new(code::UNREADABLE, message));
        }
    }
    files.sort();
    files.dedup();
    files
}
