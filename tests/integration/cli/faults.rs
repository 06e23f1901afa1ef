//! Disks that are full or read-only, readers that go away or stop reading, and people who press Ctrl-C.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::thread;
use std::time::Duration;

use super::*;
use crate::containers::runtime::Kind;

/// Everything that has a result on standard output.
const PRINTED: [&str; 11] = [
    "render tests/fixtures/render/shop.yaml --service web --host tests/fixtures/render/host.json",
    "render --stream tests/fixtures/bench/plain.json",
    "check --proofs",
    "host",
    "why process.args tests/fixtures/render/shop.yaml --service web --host tests/fixtures/render/host.json",
    "blame tests/fixtures/render/shop.yaml --service web --host tests/fixtures/render/host.json",
    "explain",
    "doc",
    "fmt -",
    "completions bash",
    "man -",
];

fn run_onto(line: &str, stdout: impl Into<Stdio>) -> Run {
    let args: Vec<_> = line.split(' ').collect();
    let mut command = command(Path::new(env!("CARGO_MANIFEST_DIR")), &args);
    let rule = File::open(format!("{SITE}/10-site.plim")).expect("a file");
    let child = command.stdin(rule).stdout(stdout).stderr(Stdio::piped()).spawn();
    Run::new(&args, child.and_then(Child::wait_with_output).expect("it ends"))
}

#[test]
fn a_result_that_finds_no_room_is_an_error() {
    for line in PRINTED {
        let full = File::options().write(true).open("/dev/full").expect("Linux has /dev/full");
        let run = run_onto(line, full);
        let said = run.stderr.contains("standard output cannot be written: No space left on device (os error 28)");
        assert!(run.code == Some(2) && said, "{line}: {:?}\n{}", run.code, run.stderr);
    }
}

#[test]
fn a_reader_that_goes_away_is_a_quiet_end() {
    for line in PRINTED {
        let (reader, writer) = io::pipe().expect("a pipe");
        drop(reader);
        let run = run_onto(line, writer);
        // What is told beside a result is told all the same.
        assert!(run.code == Some(0) && !run.stderr.contains("error"), "{line}: {:?}\n{}", run.code, run.stderr);
    }
}

const DEPLOYMENT: &str = "version: v1\ndeployment: shop\nservices: { web: { image: { name: x } } }\n";
const RULES: &str = "rule   site.pids { default linux.resources.pids.limit = 64 }\nlet unused = 1\n";
const TEST: &str = "test \"t\" { given service = { image: { name: \"x\" } } expect snapshot \"t.json\" }\n";

/// Everything that writes files, below `disk`.
const WRITTEN: [&str; 10] = [
    "fmt disk/site",
    "fix disk/site",
    "lock disk/taken.plim",
    "snapshot shop.yaml --host host.json --to disk/snapshots",
    "test disk/site --update",
    "test disk/site/tested.test.plim --junit disk/site/t.json",
    "render shop.yaml --host host.json --out disk/specs",
    "bundle shop.yaml --host host.json --out disk/b",
    "man disk/man",
    "new disk/layer",
];

/// Every file of a folder, and what it says.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            found.extend(contents(&entry));
        } else if !entry.ends_with("filler") {
            let bytes = fs::read(&entry).expect("a file");
            found.insert(entry, bytes);
        }
    }
    found
}

/// A small disk, which is taken away at the end of a test.
struct Disk(PathBuf);

impl Disk {
    fn mount(&self, options: &str) {
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&self.0).status();
        assert!(done.expect("it starts").success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A test that fails tells more.
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// Takes all the room there is.
fn fill(disk: &Path) {
    let mut filler = File::create(disk.join("filler")).expect("a file");
    while filler.write(&[0; 4096]).is_ok_and(|written| written > 0) {}
}

#[test]
fn a_full_disk_and_a_read_only_one_keep_every_file_as_it_was() {
    // Mounting takes what starting a container takes.
    Kind::Runc.with(|_| {
        let folder = short_folder("faults");
        write(&folder, "shop.yaml", DEPLOYMENT);
        write(&folder, "host.json", "{}");
        fs::create_dir(folder.join("disk")).expect("a folder");
        let mounted = Disk(folder.join("disk"));
        mounted.mount("size=256k");
        let disk = &mounted.0;
        write(&folder, "disk/site/a.plim", RULES);
        write(&folder, "disk/site/tested.test.plim", TEST);
        write(&folder, "disk/site/t.json", "{}\n");
        write(&folder, "disk/taken.plim", "replace rule hostname { hostname = \"x\" }\n");
        fill(disk);
        let before = contents(disk);
        let failed = |full: bool| {
            for line in WRITTEN {
                let run = run_in(&folder, &line.split(' ').collect::<Vec<_>>());
                let why = if full { "No space left on device" } else { "Read-only file system" };
                assert_eq!(run.code, Some(2), "{line}\n{}{}", run.stdout, run.stderr);
                assert!(run.stderr.replace("\n  │ ", " ").contains(why), "{line}\n{}", run.stderr);
                let mut after = contents(disk);
                // Folders and what was whole before the disk was full may be new, and nothing else.
                after.retain(|file, bytes| before.get(file) != Some(bytes));
                assert!(after.is_empty(), "{line}: {:?}", after.keys());
            }
        };
        failed(true);
        mounted.mount("remount,ro");
        failed(false);
        drop(mounted);
        fs::remove_dir_all(folder).expect("a folder");
    });
}

fn signal(child: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.expect("it starts").success());
}

/// A stream of many requests, whose results nobody reads yet.
fn stream() -> Child {
    let mut command = command(Path::new(env!("CARGO_MANIFEST_DIR")), &["render", "--stream"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let request = fs::read_to_string("tests/fixtures/bench/plain.json").expect("a file");
    let request = serde_json::from_str::<Value>(&request).expect("JSON").to_string() + "\n";
    thread::spawn(move || {
        // Until the other end goes away.
        for _ in 0..10_000 {
            if stdin.write_all(request.as_bytes()).is_err() {
                return;
            }
        }
    });
    child
}

#[test]
fn an_interrupt_ends_a_stream_behind_a_whole_line() {
    for (name, number) in [("-INT", 2), ("-TERM", 15), ("-HUP", 1)] {
        let mut child = stream();
        let mut results = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut first = String::new();
        results.read_line(&mut first).expect("a line");
        signal(&child, name);
        let mut rest = String::new();
        results.read_to_string(&mut rest).expect("UTF-8");
        assert!(rest.is_empty() || rest.ends_with('\n'), "{name}");
        assert!(rest.lines().all(|line| line == first.trim_end()), "{name}");
        assert_eq!(child.wait().expect("it ends").signal(), Some(number));
    }
}

#[test]
fn a_second_interrupt_does_not_wait_for_a_reader_that_has_stopped() {
    let mut child = stream();
    // It stays open, and nobody reads on.
    let mut results = BufReader::new(child.stdout.take().expect("a pipe"));
    results.read_line(&mut String::new()).expect("a line");
    for _ in 0..2 {
        signal(&child, "-INT");
        // Signals of one kind that come at once are one.
        thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(child.wait().expect("it ends").signal(), Some(2));
}

#[test]
fn an_interrupt_leaves_whole_files_and_nothing_beside_them() {
    let folder = folder("faults-interrupt");
    let services: Vec<_> = (0..60).map(|n| format!("  s{n}: {{ image: {{ name: x }} }}\n")).collect();
    write(&folder, "shop.yaml", format!("version: v1\ndeployment: shop\nservices:\n{}", services.concat()));
    write(&folder, "host.json", "{}");
    let args = ["snapshot", "shop.yaml", "--host", "host.json"];
    let snapshots = folder.join("snapshots");
    let mut cut = 0;
    for written in [1, 10, 30] {
        let _ = fs::remove_dir_all(&snapshots);
        let mut child = command(&folder, &args).stderr(Stdio::null()).spawn().expect("it starts");
        // Some way through writing.
        while child.try_wait().expect("it is there").is_none()
            && fs::read_dir(&snapshots).map_or(0, Iterator::count) < written
        {
            thread::sleep(Duration::from_micros(200));
        }
        if child.try_wait().expect("it is there").is_none() {
            signal(&child, "-INT");
        }
        cut += usize::from(child.wait().expect("it ends").signal() == Some(2));
        for (file, bytes) in contents(&snapshots) {
            assert!(file.to_string_lossy().ends_with(".snap.new"), "{file:?}");
            assert!(bytes.starts_with(b"---\n") && bytes.ends_with(b"\n") && bytes.len() > 1000, "{file:?}");
        }
    }
    assert!(cut > 0, "it was never interrupted");
}
