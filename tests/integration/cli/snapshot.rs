//! `plimsoll snapshot` and `plimsoll review`.

use super::*;

const SHOP: &str = "\
version: v1
deployment: shop
services:
  web: { image: { name: x } }
  api: { image: { name: x }, privileged: true }
";

fn shop(name: &str) -> PathBuf {
    let folder = folder(name);
    write(&folder, "shop.yaml", SHOP);
    write(&folder, "site/site.plim", "rule site.pids { default linux.resources.pids.limit = 64 }\n");
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder.join("snapshots")).expect("a folder");
    let mut names: Vec<String> =
        files.map(|file| file.expect("a file").file_name().into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

fn review(folder: &Path, answers: &str) -> Run {
    let args = &["review"];
    let mut command = command(folder, args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    child.stdin.take().expect("a pipe").write_all(answers.as_bytes()).expect("it reads");
    Run::new(args, child.wait_with_output().expect("it ends"))
}

#[test]
fn a_change_is_pending_until_it_is_reviewed() {
    let folder = shop("snapshot-review");
    let made = run_in(&folder, &["snapshot", "shop.yaml"]);
    assert_eq!((made.code, made.stdout.as_str()), (Some(0), ""), "{}", made.stderr);
    assert_eq!(names(&folder), ["shop@api.snap.new", "shop@web.snap.new"]);
    assert_eq!(run_in(&folder, &["snapshot", "shop.yaml", "--check"]).code, Some(1));
    let first = review(&folder, "s\nwhat\na\n");
    assert_eq!(first.stderr, "1 accepted, 0 rejected, 1 left\n");
    assert_eq!(names(&folder), ["shop@api.snap.new", "shop@web.snap"]);
    assert_eq!(review(&folder, "A\n").stderr, "1 accepted, 0 rejected, 0 left\n");
    let same = run_in(&folder, &["snapshot", "shop.yaml", "--check"]);
    assert_eq!((same.code, same.stderr.as_str()), (Some(0), "2 services: 2 as kept, 0 changed, 0 new\n"));

    // A rule that changes.
    let changed = ["snapshot", "shop.yaml", "--rules", "site"];
    let check = run_in(&folder, &[&changed[..], &["--check"]].concat());
    assert_eq!(names(&folder), ["shop@api.snap", "shop@web.snap"], "a check writes nothing");
    let pending = run_in(&folder, &changed);
    let explained = review(&folder, "e\nr\nq\n");
    assert_eq!(names(&folder), ["shop@api.snap", "shop@web.snap", "shop@web.snap.new"]);
    snapshot("snapshot-review", &[check, pending, explained]);

    // What is as it was again is no longer pending.
    assert_eq!(run_in(&folder, &["snapshot", "shop.yaml"]).code, Some(0));
    assert_eq!(names(&folder), ["shop@api.snap", "shop@web.snap"]);
    assert_eq!(review(&folder, "").stderr, "0 accepted, 0 rejected, 0 left\n");
}

#[test]
fn what_is_wrong_with_snapshots_is_said() {
    let folder = shop("snapshot-wrong");
    assert_eq!(run_in(&folder, &["snapshot", "shop.yaml", "--accept"]).code, Some(0));
    assert_eq!(names(&folder), ["shop@api.snap", "shop@web.snap"]);
    let file = folder.join("snapshots/shop@web.snap");
    let sound = fs::read_to_string(&file).expect("a snapshot");
    fs::write(&file, sound.replace("CAP_KILL", "CAP_BPF")).expect("written");
    let edited = run_in(&folder, &["snapshot", "shop.yaml", "--check"]);
    assert_eq!(edited.code, Some(1));
    assert!(edited.stderr.contains("P0861") && edited.stderr.contains("edited by hand"), "{}", edited.stderr);
    // It is made anew, and accepted in review.
    assert_eq!(run_in(&folder, &["snapshot", "shop.yaml"]).code, Some(1));
    assert_eq!(review(&folder, "a\n").code, Some(0));
    assert_eq!(fs::read_to_string(&file).expect("a snapshot"), sound);

    write(&folder, "shop.yaml", SHOP.replace("  api:", "  apis:"));
    let orphan = run_in(&folder, &["snapshot", "shop.yaml", "--accept"]);
    assert_eq!(orphan.code, Some(0));
    assert!(orphan.stderr.contains("P0862") && orphan.stderr.contains("shop@api.snap"), "{}", orphan.stderr);
    assert_eq!(run_in(&folder, &["snapshot", "shop.yaml", "--check"]).code, Some(1));
    assert_eq!(run_in(&folder, &["snapshot", "shop.yaml", "--prune"]).code, Some(0));
    assert_eq!(names(&folder), ["shop@apis.snap", "shop@web.snap"]);

    write(&folder, "more/shop.yaml", SHOP);
    write(&folder, "more/broken.yaml", "version: v1\nservices: [\n");
    let mixed = run_in(&folder, &["snapshot", "shop.yaml", "more", "--accept"]);
    assert_eq!(mixed.code, Some(1));
    assert!(mixed.stderr.contains("P0863") && mixed.stderr.contains("broken.yaml"), "{}", mixed.stderr);
    assert!(names(&folder).contains(&"shop@api.snap".to_owned()), "the rest is made all the same");
    assert_eq!(run_in(&folder, &["review", "nowhere"]).code, Some(2));
}
