//! Decision records on disk: lines that are appended, each in one write.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use plimsoll::decision::{Decision, Rules};
use plimsoll::deployment::Batch;
use plimsoll::diagnostics::Report;
use plimsoll::facts::request::Request;
use plimsoll::policy::Policy;

use super::interrupt;
use super::rewrite::unwritable;

/// How far back it is looked whether the rules stand in the record already: so far apart they stand again.
const NEAR: u64 = 4 << 20;

/// Appends what became of each container of a batch.
pub(super) fn append(
    path: &Path,
    policy: &Policy,
    request: &Request,
    batch: &Batch<'_>,
    host: Option<&str>,
) -> Result<(), Report> {
    let own = [request.replica()];
    let replicas = if batch.replicas.is_empty() { &own } else { batch.replicas };
    let services: Vec<&str> = batch.service.map_or_else(|| request.services().collect(), |service| vec![service]);
    let mut lines = String::new();
    for service in services {
        for replica in replicas {
            lines += &Decision::of(policy, request, service, *replica, host)?.to_line();
        }
    }
    let _whole = interrupt::hold();
    write(path, &Rules::of(policy), &lines).map_err(|error| Report::new(vec![unwritable(path, &error)], &[]))
}

fn write(path: &Path, rules: &Rules, lines: &str) -> io::Result<()> {
    let mut file = open(path)?;
    let end = file.metadata()?.len();
    file.seek(SeekFrom::Start(end.saturating_sub(NEAR)))?;
    let mut near = Vec::new();
    (&mut file).take(NEAR).read_to_end(&mut near)?;
    let mut text = String::new();
    // A line that was cut short stands alone.
    if near.last().is_some_and(|byte| *byte != b'\n') {
        text.push('\n');
    }
    let line = rules.to_line();
    let is_there = near.split(|byte| *byte == b'\n').any(|near| near == line.trim_end().as_bytes());
    if !is_there {
        text += &line;
    }
    text += lines;
    file.write_all(text.as_bytes())
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).create(true).open(path)
}
