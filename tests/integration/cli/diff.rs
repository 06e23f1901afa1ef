//! `plimsoll diff`, and `plimsoll replay` of what `plimsoll render --record` wrote.

use super::*;
use crate::machine::has_git;

const SHOP: &str = "\
version: v1
deployment: shop
services:
  web: { image: { name: x } }
  api: { image: { name: x }, privileged: true }
";
const PIDS: &str = "rule site.pids { default linux.resources.pids.limit = 64 }\n";
const ADMIN: &str =
    "rule site.admin { process.capabilities.bounding += \"SYS_ADMIN\" }\nremove invariant capabilities.no-surprise\n";
const REQUEST: &str = r#"{"deployment": {"version": "v1", "deployment": "lines", "services": {"NAME": {"image": {"name": "x"}}}}, "service": "NAME", "host": {}}"#;

fn shop(name: &str) -> PathBuf {
    let folder = folder(name);
    write(&folder, "shop.yaml", SHOP);
    write(&folder, "site/site.plim", PIDS);
    write(&folder, "admin.plim", ADMIN);
    folder
}

fn services(run: &Run) -> u64 {
    let review: Value = serde_json::from_str(&run.stdout).expect("a JSON document");
    review.pointer("/summary/services").and_then(Value::as_u64).expect("a count")
}

#[test]
fn a_change_of_rules_is_shown() {
    let folder = shop("diff-shown");
    let text = run_in(&folder, &["diff", "standard", "site", "shop.yaml"]);
    let same = run_in(&folder, &["diff", "site", "standard+site", "shop.yaml"]);
    let alone = run_in(&folder, &["diff", "--no-standard", "site", "site", "shop.yaml"]);
    assert_eq!([&text, &same, &alone].map(|run| run.code), [Some(0); 3]);
    let json = run_in(&folder, &["diff", "standard", "site", "shop.yaml", "--format", "json"]);
    let review: Value = serde_json::from_str(&json.stdout).expect("a JSON document");
    assert_eq!(review["groups"][0]["effects"][0]["change"]["says"], "sets linux.resources.pids.limit to 64");
    assert_eq!(review["groups"][0]["cause"]["kind"], "rule-added");
    snapshot("diff", &[text, same, alone]);
}

#[test]
fn exit_codes_tell_what_happened() {
    let folder = shop("diff-exit");
    write(&folder, "broken.yaml", "version: [");
    let diff = |new: &str, more: &[&str]| run_in(&folder, &[&["diff", "standard", new, "shop.yaml"], more].concat());
    let cases: [(&str, &[&str], i32); 9] = [
        ("site", &["--fail-on", "broadening"], 0),
        ("site", &["--fail-on", "narrowing"], 3),
        ("site", &["--fail-on", "any"], 3),
        ("admin.plim", &["--fail-on", "broadening"], 3),
        ("admin.plim", &["--fail-on", "broadening:privileged"], 3),
        ("admin.plim", &["--fail-on", "refused,unknown"], 0),
        ("site", &["broken.yaml"], 1),
        ("admin.plim", &["broken.yaml", "--fail-on", "broadening"], 1),
        ("site", &["--fail-on", "wide"], 2),
    ];
    let mut runs = Vec::new();
    for (new, more, code) in cases {
        let run = diff(new, more);
        assert_eq!(run.code, Some(code), "{}\n{}", run.line, run.stderr);
        assert_eq!(run.stdout.is_empty(), code == 2, "{}", run.line);
        runs.push(Run { stdout: String::new(), ..run });
    }
    snapshot("diff-exit", &runs);
}

#[test]
fn a_corpus_is_files_folders_patterns_and_lines() {
    let folder = shop("diff-corpus");
    write(&folder, "deployments/a.yaml", SHOP);
    write(&folder, "deployments/deep/b.yml", SHOP);
    write(&folder, "deployments/c.json", REQUEST.replace("NAME", "c"));
    write(&folder, "deployments/notes.txt", "no deployment");
    let lines = ["d", "e"].map(|name| format!("{}\n", REQUEST.replace("NAME", name))).concat();
    write(&folder, "requests.ndjson", &lines);
    let count = |corpus: &[&str]| {
        let run = run_in(&folder, &[&["diff", "standard", "site", "--format", "json"], corpus].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        services(&run)
    };
    assert_eq!(count(&["shop.yaml"]), 2);
    assert_eq!(count(&["deployments"]), 3, "a folder is not searched below");
    assert_eq!(count(&["deployments/**/*.y*ml"]), 4);
    assert_eq!(count(&["deployments/*.yaml", "deployments"]), 3, "none is there twice");
    assert_eq!(count(&["requests.ndjson", "shop.yaml"]), 4);
    let piped = run_with_stdin(&["diff", "standard", "hardened", "-", "--format", "json"], lines.as_bytes());
    assert_eq!(services(&piped), 2);
}

/// What cannot be read is named, and the rest is compared.
#[test]
fn documents_that_cannot_be_read_are_named() {
    let folder = shop("diff-unread");
    write(&folder, "all/a.yaml", SHOP);
    write(&folder, "all/empty.yaml", "");
    write(&folder, "all/latin1.yaml", b"version: v1\ndeployment: caf\xe9\n");
    write(&folder, "all/large.json", " ".repeat((16 << 20) + 1));
    write(&folder, "all/lines.ndjson", format!("{}\n{}\n", REQUEST.replace("NAME", "d"), " x".repeat(9 << 20)));
    let run = run_in(&folder, &["diff", "standard", "site", "all", "--format", "json"]);
    let review: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let unread: Vec<String> = review["unread"].as_array().expect("a list").iter().map(Value::to_string).collect();
    for (file, why) in [
        ("all/empty.yaml", "P0804: it is empty"),
        ("all/latin1.yaml", "P0802: it is not UTF-8 from byte 27 on"),
        ("all/large.json", "P0701: it is larger than 16 MiB"),
        ("all/lines.ndjson:2", "P0701: it is larger than 16 MiB"),
    ] {
        assert!(unread.iter().any(|it| it.contains(file) && it.contains(why)), "{file}: {unread:?}");
    }
    assert_eq!((unread.len(), services(&run)), (4, 3), "{}", run.stderr);
}

#[test]
fn bad_command_lines_of_diff() {
    let folder = shop("diff-bad");
    write(&folder, "empty/notes.txt", "nothing");
    write(&folder, "broken.plim", "rule a {");
    write(&folder, "plus+name.plim", PIDS);
    let lines = [
        "diff standard site nothing.yaml",
        "diff standard site empty",
        "diff standard site no/*.yaml",
        "diff standard site a[.yaml",
        "diff standard stie shop.yaml",
        "diff broken.plim site shop.yaml",
        "diff git:HEAD git:HEAD shop.yaml",
        "diff git:HEAD hardened shop.yaml",
    ];
    let mut runs: Vec<Run> = lines.iter().map(|line| refused(&folder, line)).collect();
    let sound = run_in(&folder, &["diff", "standard", "plus+name.plim", "shop.yaml"]);
    assert_eq!(sound.code, Some(0), "{}", sound.stderr);
    for run in &mut runs {
        run.stderr = run.stderr.replace(folder.to_str().expect("UTF-8"), "…");
    }
    snapshot("diff-bad", &runs);
}

pub(crate) fn git(folder: &Path, args: &[&str]) {
    let about = [("GIT_AUTHOR_NAME", "a"), ("GIT_AUTHOR_EMAIL", "a@b"), ("GIT_COMMITTER_NAME", "a")];
    let about = about.into_iter().chain([("GIT_COMMITTER_EMAIL", "a@b"), ("GIT_CONFIG_GLOBAL", "/dev/null")]);
    let done = Command::new("git").current_dir(folder).args(args).envs(about).output().expect("git");
    assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn rules_are_taken_from_commits() {
    if !has_git() {
        return;
    }
    let folder = short_folder("diff-git");
    write(&folder, "shop.yaml", SHOP);
    write(&folder, "site/site.plim", PIDS);
    write(&folder, "site/site.test.plim", "test \"t\" { expect no warning }");
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "one"]);
    git(&folder, &["tag", "one"]);
    write(&folder, "site/site.plim", PIDS.replace("64", "128"));
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/passwd", folder.join("site/link.plim")).expect("a link");
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "two"]);
    let inside = folder.join("site");
    let mut runs = vec![
        run_in(&folder, &["diff", "git:one", "site/site.plim", "shop.yaml"]),
        run_in(&inside, &["diff", "git:one:site.plim", "./site.plim", "../shop.yaml"]),
        run_in(&folder, &["diff", "git:one:site", "git:HEAD:site/site.plim", "shop.yaml"]),
    ];
    for run in &runs {
        assert!(run.stdout.contains("from 64 to 128"), "{}{}", run.stdout, run.stderr);
    }
    let bad = [
        "diff git:none:site site shop.yaml",
        "diff git:-h:site site shop.yaml",
        "diff git::site site shop.yaml",
        "diff git:one:other site shop.yaml",
        "diff git:one:../other site shop.yaml",
        "diff git:one:/etc site shop.yaml",
        "diff git:one:shop.yaml site shop.yaml",
        "diff git:HEAD:site site/site.plim shop.yaml",
        "diff git:one:. site/site.plim shop.yaml",
    ];
    runs.extend(bad.iter().map(|line| refused(&folder, line)));
    let outside = short_folder("diff-no-git");
    write(&outside, "shop.yaml", SHOP);
    let none = refused(&outside, "diff git:one:site standard shop.yaml");
    snapshot("diff-git", &[short(&folder, runs), short(&outside, vec![none])].concat());
}

#[test]
fn what_was_rendered_is_replayed() {
    let folder = shop("replay");
    let render = |more: &[&str]| {
        let run = run_in(&folder, &[&["render", "shop.yaml", "--record", "r.ndjson", "--compact"], more].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.stdout
    };
    write(&folder, "host.json", "{}");
    let plain = render(&["--host", "host.json"]);
    assert_eq!(plain, run_in(&folder, &["render", "shop.yaml", "--host", "host.json", "--compact"]).stdout);
    render(&["--service", "web", "--host", "host.json"]);
    render(&["--service", "web", "--host", "host.json", "--rules", "site"]);
    let record = fs::read_to_string(folder.join("r.ndjson")).expect("a record");
    let kinds = |word: &str| record.lines().filter(|line| line.starts_with(word)).count();
    assert_eq!((kinds("{\"record\":1,\"rules\""), kinds("{\"record\":1,\"render\"")), (2, 4), "rules stand there once");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder.join("r.ndjson")).expect("a record").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let same = run_in(&folder, &["replay", "r.ndjson", "--format", "json"]);
    assert_eq!((same.code, services(&same)), (Some(0), 4), "{}", same.stderr);
    let replayed = run_in(&folder, &["replay", "r.ndjson", "--rules", "site", "--fail-on", "narrowing"]);
    assert_eq!(replayed.code, Some(3), "{}", replayed.stderr);

    // What is damaged is told, and the rest compared.
    let cut: String = record.chars().take(record.len() - 100).collect();
    let damaged = format!("{{\"record\":7}}\n{}", cut.replacen("\"output\":\"sha256:", "\"output\":\"sha256:0", 1));
    write(&folder, "damaged.ndjson", damaged);
    let damaged = run_in(&folder, &["replay", "damaged.ndjson", "--rules", "site"]);
    assert_eq!(damaged.code, Some(1), "{}", damaged.stderr);
    write(&folder, "none.ndjson", "{\"x\": 1}\n");
    let runs = [replayed, damaged, refused(&folder, "replay none.ndjson"), refused(&folder, "replay gone.ndjson")];
    snapshot("replay", &runs);
}

/// A refusal is a decision as well.
#[test]
fn a_refused_service_is_recorded() {
    let folder = shop("replay-refused");
    write(&folder, "deny.plim", "rule site.deny { deny \"not here\" }");
    let run =
        run_in(&folder, &["render", "shop.yaml", "--service", "web", "--rules", "deny.plim", "--record", "r.ndjson"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    let replayed = run_in(&folder, &["replay", "r.ndjson"]);
    assert_eq!(replayed.code, Some(0), "{}", replayed.stderr);
    assert!(replayed.stdout.contains("1 no longer refused"), "{}", replayed.stdout);
}

#[test]
fn a_damaged_end_of_a_record_stands_alone() {
    let folder = shop("record-end");
    write(&folder, "r.ndjson", "{\"record\":1,\"ren");
    let run = run_in(&folder, &["render", "shop.yaml", "--service", "web", "--record", "r.ndjson"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let replayed = run_in(&folder, &["replay", "r.ndjson", "--format", "json"]);
    assert_eq!((replayed.code, services(&replayed)), (Some(1), 1), "{}", replayed.stdout);
}
