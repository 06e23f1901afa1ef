//! A process that is killed while it writes a bundle.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use plimsoll::bundle::{Bundle, Mode};

use super::{Scratch, contents, names};

/// Where the child writes: set for it alone.
const PLACE: &str = "PLIMSOLL_TEST_BUNDLE";
const ROUNDS: u64 = 30;

/// All files of the bundle of a generation say its number.
fn write(folder: &Path, generation: u64) {
    let text = generation.to_string();
    let only = format!("only/{}", generation % 2);
    let files = [("a", &*text), ("b", &text), ("c/d", &text), (&only, &text)];
    Bundle::at(folder).and_then(|bundle| bundle.write(&contents(&text, &files), Mode::Replace)).unwrap();
}

/// Not a test of its own but the process that [`a_killed_writer_leaves_one_bundle`] kills.
#[test]
#[expect(clippy::disallowed_methods, reason = "what the parent tells this process")]
fn writer() {
    let Ok(place) = env::var(PLACE) else { return };
    for generation in 1.. {
        write(Path::new(&place), generation);
    }
}

#[test]
fn a_killed_writer_leaves_one_bundle() {
    let scratch = Scratch::new();
    let folder: PathBuf = scratch.at("web");
    write(&folder, 0);
    let mut changed = 0;
    for round in 0..ROUNDS {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "bundle::killed::writer", "--nocapture"])
            .env(PLACE, &folder)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Spread over what starting and a few writes take.
        std::thread::sleep(Duration::from_micros(10_000 + round * 7_919 % 40_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        let generation = read("config.json");
        for name in ["a", "b", "c/d"] {
            assert_eq!(read(name), generation, "round {round}: `{name}`");
        }
        let odd = generation.parse::<u64>().unwrap() % 2;
        assert_eq!(read(&format!("only/{odd}")), generation, "round {round}");
        assert!(fs::read_to_string(folder.join(format!("only/{}", 1 - odd))).is_err(), "round {round}");
        changed += u32::from(generation != "0");
        write(&folder, 0);
        assert_eq!(names(&folder), [".plimsoll.json", "a", "b", "c", "config.json", "only", "rootfs"]);
    }
    assert!(changed > 0, "no writer got as far as to write");
}
