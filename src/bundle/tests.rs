//! Every step of a write may be the last one.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::disk::{Disk, Os, Step};
use super::{Bundle, BundleError, Contents, Mode, specs};

/// What happens at a step that fails, and after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// The process dies: nothing is done any more, half of a text may be written.
    Kill,
    /// The step unwinds.
    Panic,
    /// The disk refuses this step alone.
    Refuse,
}

/// A disk whose step of that number, and perhaps all after it, fail.
struct Faulty {
    left: Cell<usize>,
    fault: Fault,
}

impl Disk for Faulty {
    fn run(&self, step: Step<'_>) -> io::Result<()> {
        let left = self.left.get();
        self.left.set(left.wrapping_sub(1));
        match (left, self.fault) {
            (0, Fault::Panic) => resume_unwind(Box::new("a fault")),
            (0, Fault::Kill) => {
                self.left.set(0);
                if let Step::Write { path, bytes, .. } = step {
                    // What died while it wrote.
                    let _ = fs::OpenOptions::new()
                        .write(true)
                        .create_new(true)
                        .open(path)
                        .and_then(|mut file| io::Write::write_all(&mut file, &bytes[..bytes.len() / 2]));
                }
                Err(io::ErrorKind::Other.into())
            }
            (0, Fault::Refuse) => Err(io::ErrorKind::StorageFull.into()),
            _ => Os.run(step),
        }
    }
}

/// A folder of its own for a test, removed with what is in it.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("plimsoll-unit-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        // In memory where that is possible: there are hundreds of syncs.
        let memory = PathBuf::from("/dev/shm");
        let path = if memory.is_dir() { memory } else { std::env::temp_dir() }.join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn contents(config: &str, files: &[(&str, &str)]) -> Contents {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    Contents { config: config.into(), files }
}

/// What whoever opens the files of a bundle reads; links of ours are followed as anyone does.
fn read(folder: &Path) -> BTreeMap<&'static str, String> {
    let names = ["config.json", "hosts", "etc/resolv.conf", "gone/old", "web-rep-1.json", "db-rep-1.json"];
    names.into_iter().filter_map(|name| Some((name, fs::read_to_string(folder.join(name)).ok()?))).collect()
}

/// Everything below a folder, links as links.
fn tree(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let kind = entry.file_type().unwrap();
        let name = entry.file_name().into_string().unwrap();
        if kind.is_dir() {
            found.extend(tree(&entry.path()).into_iter().map(|below| format!("{name}/{below}")));
        }
        found.push(if kind.is_symlink() { format!("{name}@") } else { name });
    }
    found.sort();
    found
}

type Write<'w> = &'w dyn Fn(&dyn Disk, &Path) -> Result<(), BundleError>;

/// Writes `new` over `old`, again and again, failing at each step in turn. After each failure either one is to be read,
/// whole; and once the next write is through, nothing tells that there was a failure.
fn at_every_step(old: Option<Write<'_>>, new: Write<'_>, fault: Fault) -> usize {
    let scratch = Scratch::new();
    let place = |name: &str| scratch.0.join(name).join("bundle");
    let prepare = |folder: &Path| old.map_or(Ok(()), |old| old(&Os, folder)).unwrap();
    prepare(&place("before"));
    prepare(&place("after"));
    let before = read(&place("before"));
    new(&Os, &place("after")).unwrap();
    let (after, sound) = (read(&place("after")), tree(&place("after")));
    for step in 0.. {
        let folder = place(&format!("{step}"));
        prepare(&folder);
        let beside = folder.parent().unwrap();
        let disk = Faulty { left: Cell::new(step), fault };
        let result = catch_unwind(AssertUnwindSafe(|| new(&disk, &folder)));
        let found = read(&folder);
        assert!(found == before || found == after, "{fault:?} at step {step}: {found:?}");
        if matches!(result, Ok(Ok(()))) {
            assert_eq!(found, after);
            return step;
        }
        if fault == Fault::Refuse && beside.exists() {
            let left = tree(beside);
            let unsettled = |name: &String| name.contains(".plimsoll.new") || name.ends_with('@');
            assert!(!left.iter().any(|name| unsettled(name) || name.starts_with('.')), "step {step}: {left:?}");
            assert!(old.is_some() || found == after, "step {step}: {left:?}");
        }
        new(&Os, &folder).unwrap();
        assert_eq!((read(&folder), tree(&folder)), (after.clone(), sound.clone()), "{fault:?} at step {step}");
        assert_eq!(fs::read_dir(beside).unwrap().count(), 1, "{fault:?} at step {step}: something is left beside");
    }
    0
}

fn bundle(contents: Contents) -> impl Fn(&dyn Disk, &Path) -> Result<(), BundleError> {
    move |disk, folder| Bundle::at(folder)?.write_on(disk, &contents, Mode::Replace)
}

fn everywhere(old: Option<Write<'_>>, new: Write<'_>, least: usize) {
    for fault in [Fault::Kill, Fault::Panic, Fault::Refuse] {
        let steps = at_every_step(old, new, fault);
        assert!(steps >= least, "only {steps} steps");
    }
}

#[test]
fn a_new_bundle_is_whole_or_absent() {
    everywhere(None, &bundle(contents("new", &[("hosts", "new hosts"), ("etc/resolv.conf", "new")])), 10);
}

#[test]
fn a_replaced_config_is_the_old_or_the_new_one() {
    everywhere(Some(&bundle(contents("old", &[]))), &bundle(contents("new", &[])), 8);
}

#[test]
fn all_files_of_a_bundle_change_in_one_moment() {
    let old = contents("old", &[("hosts", "old hosts"), ("gone/old", "old")]);
    let new = contents("new", &[("hosts", "new hosts"), ("etc/resolv.conf", "new")]);
    everywhere(Some(&bundle(old)), &bundle(new), 25);
}

#[test]
fn a_folder_with_a_root_file_system_becomes_a_bundle_at_once() {
    let prepare: Write<'_> = &|_, folder| {
        fs::create_dir_all(folder.join("rootfs/bin")).unwrap();
        Ok(())
    };
    everywhere(Some(prepare), &bundle(contents("new", &[("hosts", "new hosts")])), 15);
}

#[test]
fn the_specs_of_a_deployment_change_in_one_moment() {
    let old: Write<'_> = &|disk, folder| specs::write_on(disk, folder, [("web-rep-1.json", &b"old"[..])]);
    let new: Write<'_> = &|disk, folder| {
        specs::write_on(disk, folder, [("web-rep-1.json", &b"new"[..]), ("db-rep-1.json", &b"new"[..])])
    };
    everywhere(Some(old), new, 15);
    everywhere(None, new, 5);
}

#[test]
fn a_removal_that_ends_at_any_step_can_be_done_again() {
    for fault in [Fault::Kill, Fault::Panic, Fault::Refuse] {
        for step in 0.. {
            let scratch = Scratch::new();
            let folder = scratch.0.join("web");
            bundle(contents("old", &[("hosts", "old"), ("etc/resolv.conf", "old")]))(&Os, &folder).unwrap();
            let disk = Faulty { left: Cell::new(step), fault };
            let result = catch_unwind(AssertUnwindSafe(|| super::remove::remove(&disk, &folder)));
            assert!(super::remove::remove(&Os, &folder).unwrap().is_empty());
            assert!(tree(&scratch.0).is_empty(), "{fault:?} at step {step}: {:?}", tree(&scratch.0));
            if matches!(result, Ok(Ok(_))) {
                assert!(step >= 7, "only {step} steps");
                break;
            }
        }
    }
}

#[test]
fn a_bundle_that_was_left_half_way_can_be_removed() {
    let old = bundle(contents("old", &[("hosts", "old"), ("gone/old", "old")]));
    let new = bundle(contents("new", &[("hosts", "new"), ("etc/resolv.conf", "new")]));
    for step in 0.. {
        let scratch = Scratch::new();
        let folder = scratch.0.join("web");
        old(&Os, &folder).unwrap();
        let result = new(&Faulty { left: Cell::new(step), fault: Fault::Kill }, &folder);
        assert!(super::remove::remove(&Os, &folder).unwrap().is_empty(), "step {step}");
        assert!(tree(&scratch.0).is_empty(), "step {step}: {:?}", tree(&scratch.0));
        if result.is_ok() {
            break;
        }
    }
}

#[test]
fn writers_at_one_place_never_mix() {
    let scratch = Scratch::new();
    let folder = scratch.0.join("web");
    std::thread::scope(|scope| {
        for writer in ["1", "2", "3", "4"] {
            let (write, folder) = (bundle(contents(writer, &[("hosts", writer)])), &folder);
            scope.spawn(move || {
                for round in 0..100 {
                    match write(&Os, folder) {
                        Ok(()) | Err(BundleError::Busy { .. } | BundleError::Exists { .. }) => {}
                        Err(error) => panic!("round {round} of {writer}: {error}"),
                    }
                }
            });
        }
    });
    let found = read(&folder);
    assert_eq!(found["config.json"], found["hosts"]);
    assert_eq!(tree(&scratch.0), ["web", "web/.plimsoll.json", "web/config.json", "web/hosts", "web/rootfs"]);
}
