//! A process that is killed while it writes a bundle.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use plimsoll::bundle::{Bundle, Mode};

use super::{Scratch, contents, names};
use crate::machine::variable;

/// Where the child writes: set for it alone.
const PLACE: &str = "PLIMSOLL_TEST_BUNDLE";
/// What it says of each bundle, before its number.
const WROTE: &str = "wrote ";
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
fn writer() {
    let Some(place) = variable(PLACE) else { return };
    for generation in 1.. {
        write(Path::new(&place), generation);
        writeln!(std::io::stdout(), "{WROTE}{generation}").unwrap();
    }
}

#[test]
fn a_killed_writer_leaves_one_bundle() {
    let scratch = Scratch::new();
    let folder: PathBuf = scratch.at("web");
    write(&folder, 0);
    for round in 0..ROUNDS {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "bundle::killed::writer", "--nocapture"])
            .env(PLACE, &folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        said.lines().find(|line| line.as_ref().unwrap().starts_with(WROTE)).unwrap().unwrap();
        // Spread over what a few more bundles take; what must hold does so whenever it is.
        std::thread::sleep(Duration::from_micros(round * 7_919 % 10_000));
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
        assert_ne!(generation, "0", "round {round}");
        write(&folder, 0);
        assert_eq!(names(&folder), [".plimsoll.json", "a", "b", "c", "config.json", "only", "rootfs"]);
    }
}
