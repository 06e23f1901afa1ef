//! `plimsoll new`: the layer that it starts holds as it is.

use std::fs;

use super::{folder, run_in, snapshot, write};

#[test]
fn a_new_layer_holds_as_it_is() {
    let folder = folder("new");
    let made = run_in(&folder, &["new", "above/site"]);
    let site = folder.join("above/site");
    let runs = [
        made,
        run_in(&site, &["fmt", "--check", "."]),
        run_in(&site, &["check", "--deny", "warnings", "."]),
        run_in(&site, &["check", "--layer", "hardened", "."]),
        run_in(&site, &["test", "--coverage", "--fail-under", "100", "--mutate", "."]),
    ];
    assert!(runs.iter().all(|run| run.code == Some(0)));
    snapshot("new", &runs);
    let entries = fs::read_dir(folder.join("above")).expect("a folder");
    assert_eq!(entries.count(), 1, "something is left beside it");
}

#[test]
fn only_an_empty_place_is_taken() {
    let folder = folder("new-taken");
    write(&folder, "site/mine.txt", "mine");
    write(&folder, "file", "");
    fs::create_dir(folder.join("empty")).expect("a folder");
    let runs = [
        run_in(&folder, &["new", "site"]),
        run_in(&folder, &["new", "file"]),
        run_in(&folder, &["new", "file/site"]),
        run_in(&folder.join("empty"), &["new", "."]),
        run_in(&folder, &["new", "empty"]),
    ];
    snapshot("new-taken", &runs);
    assert_eq!(fs::read_dir(folder.join("site")).expect("a folder").count(), 1);
    assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 3);
    assert!(folder.join("empty/10-site.plim").is_file());
}
