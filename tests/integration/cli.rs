//! What a person and a script see of the command: standard output, standard error and the exit code.

#![expect(clippy::expect_used, reason = "a helper of tests may fail like a test")]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use plimsoll::diagnostics::{CODES, explain};
use serde_json::{Value, json};

mod bundle;
mod compile;
mod diff;
mod doc;
mod faults;
mod fix;
mod fmt;
mod host;
mod levels;
mod made;
mod new;
mod snapshot;
mod stream;
mod test;
mod validation;
mod whole;

const SHOP: &str = "tests/fixtures/render/shop.yaml";
const HOST: &str = "tests/fixtures/render/host.json";
const SITE: &str = "tests/fixtures/cli/site";

/// What no input may take more of, in a debug build: seconds of processor time, and KiB of memory.
const LIMITS: &str = "ulimit -t 10 && ulimit -v 1048576";

/// A run of the command, ended.
#[derive(Clone)]
struct Run {
    line: String,
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Run {
    fn new(args: &[&str], output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("all output is UTF-8");
        let Output { status, stdout, stderr } = output;
        let line = format!("plimsoll {}", args.join(" "));
        Self { line, code: status.code(), stdout: text(stdout), stderr: text(stderr) }
    }

    /// The command line above everything that came of it.
    fn shown(&self) -> String {
        let mut out = format!("$ {}\n", self.line.trim_end());
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                let _ = write!(out, "──── {name}\n{text}");
            }
        }
        let _ = writeln!(out, "──── exit {}", self.code.expect("it ends by itself"));
        out
    }
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.current_dir(folder).env_clear().args(args);
    command
}

/// Runs the command in a folder.
fn run_in(folder: &Path, args: &[&str]) -> Run {
    Run::new(args, command(folder, args).output().expect("it starts"))
}

/// Runs the command at the top of the repository.
fn run(args: &[&str]) -> Run {
    run_in(Path::new(env!("CARGO_MANIFEST_DIR")), args)
}

/// Runs the command with something on standard input.
fn run_with_stdin(args: &[&str], stdin: &[u8]) -> Run {
    let mut command = command(Path::new(env!("CARGO_MANIFEST_DIR")), args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    // It may not read to the end.
    let _ = child.stdin.take().expect("a pipe").write_all(stdin);
    Run::new(args, child.wait_with_output().expect("it ends"))
}

/// A fresh folder of a test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a file");
}

fn snapshot(name: &str, runs: &[Run]) {
    let shown: Vec<_> = runs.iter().map(Run::shown).collect();
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/cli"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, shown.join("\n"));
    });
}

/// A fresh folder with so short a path that messages with it are broken at blanks only.
fn short_folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("plimsoll-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder.canonicalize().expect("a folder")
}

/// Runs with `…` in place of such a folder, which is removed, and with messages unbroken.
fn short(folder: &Path, runs: Vec<Run>) -> Vec<Run> {
    fs::remove_dir_all(folder).expect("a folder");
    let short = |text: String| text.replace("\n  │ ", " ").replace(folder.to_str().expect("UTF-8"), "…");
    runs.into_iter().map(|run| Run { stdout: short(run.stdout), stderr: short(run.stderr), ..run }).collect()
}

#[test]
fn help() {
    const COMMANDS: [&[&str]; 12] = [
        &[],
        &["check"],
        &["test"],
        &["fix"],
        &["render"],
        &["bundle"],
        &["host"],
        &["diff"],
        &["replay"],
        &["lock"],
        &["explain"],
        &["doc"],
    ];
    snapshot("help-short", &COMMANDS.map(|command| run(&[command, &["-h"]].concat())));
    snapshot("help-long", &COMMANDS.map(|command| run(&[command, &["--help"]].concat())));
}

#[test]
fn mistaken_command_lines() {
    let lines = [
        &["chek"][..],
        &["check", "--no-standard"],
        &["render"],
        &["render", "--request", "x.json", "--host", "y.json"],
        &["render", "--request", "x.json", "--replica", "1"],
        &["render", SHOP, "--option", "hostname"],
        &["render", SHOP, "--replica", "-1"],
        &["render", SHOP, "--pretty", "--compact"],
        &["render", SHOP, "--replicas", "3..1"],
        &["render", SHOP, "--replicas", "1..4294967295"],
        &["render", SHOP, "--replicas", "1-3"],
        &["render", SHOP, "--replicas", "1..3", "--replica", "1"],
        &["render", SHOP, "--image-name", "x"],
        &["render", "--stream", "x", "--request", "y"],
        &["render", "--stream", "x", "--service", "web"],
        &["render", SHOP, "--fail-fast"],
        &["check", "--layer", "hardend"],
        &["render", SHOP, "--layer", "standard"],
        &["bundle", SHOP],
        &["bundle", "--out", "x"],
        &["bundle", "--out", "x", "--remove", SHOP],
        &["bundle", SHOP, "--out", "x", "--force", "--config-only"],
        &["host", "--service", "web"],
        &["explain", "P0199"],
        &["explain", "E42"],
    ];
    let runs = lines.map(run);
    assert!(runs.iter().all(|run| run.code == Some(2) && run.stdout.is_empty()));
    snapshot("usage", &runs);
}

#[test]
fn version() {
    assert_eq!(run(&["--version"]).stdout, format!("plimsoll {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn check_says_what_it_checked() {
    let standard = run(&["check"]);
    assert_eq!((standard.code, standard.stdout.as_str()), (Some(0), ""));
    let told: Vec<&str> = standard.stderr.lines().map(|line| line.split(':').next().unwrap_or_default()).collect();
    assert!(told[0].starts_with("checked "), "{}", standard.stderr);
    assert_eq!(told[1..3], ["  holds for every service", "  can fail (`--proofs` tells for whom)"]);
    let json = run(&["check", "--format", "json"]);
    assert_eq!((json.code, json.stdout.as_str(), json.stderr.as_str()), (Some(0), "", ""));
    snapshot("check", &[run(&["check", "--no-standard", SITE])]);
}

#[test]
fn check_shows_mistakes() {
    let folder = folder("mistakes");
    write(&folder, "site/10-cwd.plim", "rule site.cwd when service.privilged {\n  process.cwd = 7\n}\n");
    write(&folder, "site/20-name.plim", "let spare = 1\n\nrule site.name when service.rtype = \"job\" {}\n");
    let text = run_in(&folder, &["check", "site"]);
    let json = run_in(&folder, &["check", "site", "--format", "json"]);
    let codes: Vec<Value> = json.stderr.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(codes.len(), text.stderr.matches("\n\n  ×").count() + text.stderr.matches("\n\n  ⚠").count());
    assert_eq!((text.code, json.code), (Some(1), Some(1)));
    snapshot("mistakes", &[text, json]);
}

/// What a witness is for: the same rules refuse it for the same reason.
#[test]
fn check_writes_witnesses() {
    let folder = folder("witness");
    write(
        &folder,
        "site/names.plim",
        "rule job.name when service.rtype == \"job\" { hostname = \"job\" process.cwd = \"/job\" }\n\n\
         rule big.name when service.resources.memory is set { hostname = \"big\" process.cwd = \"/big\" }\n",
    );
    let check = || run_in(&folder, &["check", "site", "--write-witness", "seen/by"]);
    let runs =
        [check(), run_in(&folder, &["render", "--rules", "site", "--request", "seen/by/P0401-job.name-big.name.json"])];
    let names = || {
        let mut names: Vec<_> =
            fs::read_dir(folder.join("seen/by")).expect("a folder").flatten().map(|it| it.file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(), ["P0401-job.name-big.name-2.json", "P0401-job.name-big.name.json"]);
    snapshot("witness", &runs);
    // The same once more is no change; nothing else is ever replaced, and then nothing is written.
    assert_eq!(check().shown(), runs[0].shown());
    fs::remove_file(folder.join("seen/by/P0401-job.name-big.name.json")).expect("a file");
    write(&folder, "seen/by/P0401-job.name-big.name-2.json", "mine");
    let again = check();
    assert_eq!(again.code, Some(2));
    assert!(again.stderr.contains("error[P0805]") && names().len() == 1, "{}", again.stderr);
    assert_eq!(fs::read(folder.join("seen/by/P0401-job.name-big.name-2.json")).expect("a file"), b"mine");
    let json = run_in(&folder, &["check", "site", "--format", "json"]);
    let witness = |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["witness"].clone();
    assert!(json.stderr.lines().all(|line| witness(line)["deployment"]["services"]["web"]["rtype"] == "job"));
}

/// Of each invariant it is told what is known of it, and one that can fail is broken by its witness.
#[test]
fn check_tells_of_invariants() {
    let folder = folder("invariants");
    write(
        &folder,
        "site/a.plim",
        "rule site.name { hostname = service.hostname else skip }\n\n\
         invariant site.named { require spec.hostname is set else deny \"a name\" }\n\n\
         invariant site.short when spec.hostname is set { require spec.hostname != \"localhost\" else deny \"its own\" }\n\n\
         invariant site.size { require len(spec.hostname else \"\") < 99 else deny \"a short name\" }\n",
    );
    let run = |line: &str| run_in(&folder, &line.split(' ').collect::<Vec<_>>());
    let runs = [
        run("check site"),
        run("check site --proofs"),
        run("check site --write-witness seen"),
        run("render --rules site --request seen/P0607-site.short.json"),
    ];
    assert_eq!(runs[3].code, Some(1));
    snapshot("invariants", &runs);
    // What refuses a request is just what it is the witness of.
    for name in fs::read_dir(folder.join("seen")).expect("a folder").flatten().map(|it| it.file_name()) {
        let name = name.into_string().expect("a name");
        let refused = run(&format!("render --rules site --format json --request seen/{name}"));
        let told: Vec<Value> = refused.stderr.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let (code, invariant) = name.trim_end_matches(".json").split_once('-').expect("a code");
        let severity = if code == "P0607" { "error" } else { "warning" };
        assert_eq!(refused.code, Some(i32::from(code == "P0607")), "{name}: {}", refused.stderr);
        assert!(told.iter().any(|it| it["code"] == code && it["severity"] == severity), "{name}: {}", refused.stderr);
        let Some(refusal) = told.iter().find(|it| it["severity"] == "error") else { continue };
        assert_eq!(told.iter().filter(|it| it["severity"] == "error").count(), 1, "{name}: {}", refused.stderr);
        let labels = refusal["labels"].as_array().expect("labels");
        let by = labels.iter().find(|it| it["text"] == "by this invariant").expect("the invariant");
        let text = fs::read_to_string(folder.join(by["file"].as_str().unwrap_or_default())).unwrap_or_default();
        let place = |end: &str| usize::try_from(by[end].as_u64().unwrap_or_default()).expect("a place");
        // That of the standard layer has no file here.
        assert!(
            text.is_empty() || text.get(place("start")..place("end")) == Some(invariant),
            "{name}: {}",
            refused.stderr
        );
    }
    let json = run("check site --format json");
    assert_eq!((json.stderr.as_str(), json.stdout.as_str()), ("", ""));
}

/// What a layer takes of earlier ones is accepted, and a change of it is noticed.
#[test]
fn lock_accepts_originals() {
    let folder = folder("lock");
    write(&folder, "house/rules.plim", "let size = 1\nrule limit \"doc\" { linux.resources.pids.limit = size }\n");
    write(&folder, "site/rules.plim", "replace let size = 2\n");
    write(&folder, "more.plim", "remove rule limit\nrule name { hostname = \"{size}\" }\n");
    let layers = ["house", "site", "more.plim", "--no-standard"];
    let run = |command: &str| run_in(&folder, &[&[command][..], &layers].concat());
    let mut runs = vec![run("check"), run("lock"), run("check"), run("lock")];
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a lock file");
    let locks = [read("site/plimsoll.lock"), read("more.plim.lock")];
    assert!(locks[0].ends_with(LOCKED) && locks[1].contains("\nrule limit sha256:"), "{locks:?}");
    // Documentation and layout do not count, all else does.
    write(&folder, "house/rules.plim", "# Small.\nlet size=1\nrule limit {\n  linux.resources.pids.limit = size\n}\n");
    runs.push(run("check"));
    write(&folder, "house/rules.plim", "let size = 1\nrule limit { default linux.resources.pids.limit = size }\n");
    runs.push(run("check"));
    // Nothing is left of what the layer took.
    write(&folder, "more.plim", "rule name { hostname = \"{size}\" }\n");
    runs.extend([run("check"), run("lock"), run("check")]);
    assert!(!folder.join("more.plim.lock").exists());
    write(&folder, "site/plimsoll.lock", "version 1\nlet size sha256:0\n");
    runs.extend([run("check"), run("lock"), run("check")]);
    assert_eq!(read("site/plimsoll.lock"), locks[0]);
    snapshot("lock", &runs);
}

/// `let size = 1`, by `printf 'let\\nsize\\n=\\n1\\n' | sha256sum`.
const LOCKED: &str = "version 1\nlet size sha256:e9dc1d5d55cb3b3db22a440c3657f56bfb508403a4e74a9018e3c0960cc4ee93\n";

#[test]
fn explain_prints_pages() {
    let list = run(&["explain"]);
    assert_eq!((list.code, list.stdout.lines().count()), (Some(0), CODES.len()));
    for (code, line) in CODES.iter().zip(list.stdout.lines()) {
        assert!(line.starts_with(code.id()) && line.ends_with(code.title()), "{line}");
    }
    let code = CODES[0];
    let page = run(&["explain", &code.id().to_lowercase()]);
    assert_eq!((page.code, page.stdout.as_str(), page.stderr.as_str()), (Some(0), explain(code), ""));
}

#[test]
fn render_prints_a_spec() {
    let pretty = run(&["render", SHOP, "--service", "web", "--host", HOST]);
    assert_eq!((pretty.code, pretty.stderr.as_str()), (Some(0), ""));
    assert!(pretty.stdout.ends_with("}\n"));
    assert_eq!(run(&["render", SHOP, "--service", "web", "--host", HOST, "--pretty"]).stdout, pretty.stdout);
    let compact = run(&["render", SHOP, "--service", "web", "--host", HOST, "--compact"]);
    assert_eq!(compact.stdout.matches('\n').count(), 1);
    let value = |run: &Run| serde_json::from_str::<Value>(&run.stdout).expect("JSON");
    assert_eq!(value(&pretty), value(&compact));
    snapshot("render", &[pretty]);
}

#[test]
fn every_way_of_asking_gives_the_same_bytes() {
    let read = |path| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a fixture");
    let (shop, host): (String, Value) = (read(SHOP), serde_json::from_str(&read(HOST)).expect("JSON"));
    let image = json!({ "Env": ["LANG=C.UTF-8"], "User": "101" });
    let options = json!({ "hostname": "front", "args": ["sh", "-c", "a = b"] });
    let request =
        json!({ "deployment": shop, "service": "web", "replica": 3, "host": host, "image": image, "options": options });
    let folder = folder("same");
    write(&folder, "image.json", json!({ "config": image }).to_string());
    write(&folder, "request.json", request.to_string());
    let path = |name| folder.join(name).to_str().expect("UTF-8").to_owned();
    let (image, file) = (path("image.json"), path("request.json"));
    let args = r#"args=["sh", "-c", "a = b"]"#;
    let rest = ["--service", "web", "--replica", "3", "--host", HOST, "--image", &image];
    let options = ["--option", "hostname=front", "--option", args];
    let parts = |deployment| [&["render", deployment][..], &rest, &options].concat();

    let by_parts = run(&parts(SHOP));
    assert_eq!((by_parts.code, by_parts.stderr.as_str()), (Some(0), ""));
    assert!(by_parts.stdout.contains("\"front\"") && by_parts.stdout.contains("\"a = b\""), "{}", by_parts.stdout);
    for other in [
        run(&parts(SHOP)),
        run_with_stdin(&parts("-"), shop.as_bytes()),
        run(&["render", "--request", &file]),
        run_with_stdin(&["render", "--request", "-"], request.to_string().as_bytes()),
    ] {
        assert_eq!((other.stdout.as_str(), other.stderr.as_str()), (by_parts.stdout.as_str(), ""), "{}", other.line);
    }
}

#[test]
fn a_warning_travels_beside_the_spec() {
    let warned = run(&["render", SHOP, "--service", "trainer", "--host", HOST]);
    assert!(warned.stdout.starts_with("{\n") && warned.code == Some(0));
    snapshot("warning", &[Run { stdout: "(the spec)\n".to_owned(), ..warned }]);
}

#[test]
fn a_refused_service_has_no_spec() {
    let refused = run(&["render", SHOP, "--service", "web", "--host", HOST, "--rules", SITE]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    snapshot("refused", &[refused]);
}

#[test]
fn without_a_recording_this_machine_is_read() {
    let folder = folder("this-machine");
    let service = "{ image: { name: x }, env: { WHERE: \"$E:PLACE\" } }";
    let deployment = format!("version: v1\ndeployment: one\nservices: {{ web: {service} }}\n");
    write(&folder, "one.yaml", &deployment);
    write(&folder, "one.json", json!({ "deployment": deployment, "service": "web" }).to_string());
    write(&folder, "null.json", json!({ "deployment": deployment, "service": "web", "host": null }).to_string());
    write(&folder, "other.json", json!({ "deployment": deployment, "service": "web", "host": {} }).to_string());
    write(&folder, "empty.json", "{}");
    let at_home =
        |args: &[&str]| Run::new(args, command(&folder, args).env("PLACE", "at home").output().expect("it starts"));
    for args in
        [&["render", "one.yaml"][..], &["render", "--request", "one.json"], &["render", "--request", "null.json"]]
    {
        let run = at_home(args);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{args:?}");
        assert!(run.stdout.contains("\"WHERE=at home\""), "{}", run.stdout);
    }
    for args in [&["render", "one.yaml", "--host", "empty.json"][..], &["render", "--request", "other.json"]] {
        let run = at_home(args);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{args:?}");
        assert!(run.stderr.contains("`WHERE` is to be the host's `PLACE`"), "{}", run.stderr);
    }
}

#[test]
fn a_rule_file_changes_the_spec() {
    let folder = folder("layer");
    let rules = "\
rule site.masked { linux.maskedPaths += \"/proc/interrupts\" }
rule site.raw { force process.capabilities.{bounding, effective, permitted} -= \"NET_RAW\" because \"nobody pings\" }
";
    write(&folder, "more.plim", rules);
    let more = folder.join("more.plim").to_str().expect("UTF-8").to_owned();
    let plain = run(&["render", SHOP, "--service", "web", "--host", HOST]);
    let layered = run(&["render", SHOP, "--service", "web", "--host", HOST, "--rules", &more]);
    let lines = |run: &Run| run.stdout.lines().map(|line| line.trim_end_matches(',').to_owned()).collect::<Vec<_>>();
    let (plain, layered) = (lines(&plain), lines(&layered));
    let added: Vec<_> = layered.iter().filter(|line| !plain.contains(line)).map(|line| line.trim()).collect();
    let removed: Vec<_> = plain.iter().filter(|line| !layered.contains(line)).map(|line| line.trim()).collect();
    assert_eq!((added, removed), (vec!["\"/proc/interrupts\""], vec!["\"CAP_NET_RAW\""; 3]));
}

#[test]
fn colours_only_where_they_are_wanted() {
    let coloured = |args: &[&str]| run(args).stderr.contains('\u{1b}');
    assert!(!coloured(&["check", "no.plim"]));
    assert!(!coloured(&["check", "no.plim", "--color", "never"]));
    assert!(coloured(&["check", "no.plim", "--color", "always"]));
}

/// Runs a line on bad input: it must say what is wrong within limits, and nothing on standard output.
fn refused(folder: &Path, line: &str) -> Run {
    let args: Vec<_> = line.split(' ').collect();
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &format!("{LIMITS} && exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_plimsoll")]).args(&args);
    let run = Run::new(&args, command.current_dir(folder).env_clear().output().expect("it starts"));
    assert_eq!(run.stdout, "", "`{line}`");
    assert!(matches!(run.code, Some(1 | 2)), "`{line}`: {:?}\n{}", run.code, run.stderr);
    run
}

#[test]
fn bad_files() {
    let folder = folder("bad-files");
    write(&folder, "empty", "");
    write(&folder, "blank.plim", " \n\n");
    write(&folder, "latin1", b"version: v1\ndeployment: caf\xe9\n");
    write(&folder, "utf16.plim", b"\xff\xfer\0u\0l\0e\0");
    write(&folder, "cut.plim", b"# na\xc3");
    write(&folder, "long.plim", "#".repeat((1 << 20) + 1));
    write(&folder, "shop.yaml", "version: v1\ndeployment: shop\nservices: {}\n");
    write(&folder, "layer/deeper/x.plim", "");
    write(&folder, "holes/pipe.plim/x.plim", "");
    let lines = [
        "check missing.plim",
        "check missing/missing.plim",
        "check empty blank.plim utf16.plim cut.plim long.plim layer holes",
        "render shop.yml",
        "render layer",
        "render empty",
        "render latin1",
        "render shop.yaml --image empty --host latin1 --rules long.plim",
        "render --request empty",
        "render --request /dev/zero",
        "render /dev/zero --image /dev/zero --host /dev/zero --rules /dev/zero",
        "render -",
    ];
    let runs = lines.map(|line| refused(&folder, line));
    assert!(runs.iter().all(|run| run.code == Some(2)));
    snapshot("bad-files", &runs);
}

#[test]
fn layers_are_bounded_together() {
    let folder = folder("together");
    write(&folder, "mebibyte.plim", "#".repeat(1 << 20));
    let run = refused(&folder, &format!("check{}", " mebibyte.plim".repeat(70)));
    let message = "error[P0701]\n\n  × with `mebibyte.plim`, the rules are larger than 64 MiB together\n";
    assert_eq!((run.code, run.stderr.as_str()), (Some(2), message));
}

#[test]
fn bad_deployments() {
    let folder = folder("bad-deployments");
    let service = "services:\n  web: { image: { name: x } }\n  worker: { image: { name: x } }\n";
    write(&folder, "none.yaml", "version: v1\ndeployment: shop\nservices: {}\n");
    write(&folder, "shop.yaml", format!("version: v1\ndeployment: shop\n{service}"));
    write(&folder, "two.yaml", format!("version: v1\ndeployment: shop\n{service}---\nversion: v1\n"));
    write(&folder, "open.json", "[".repeat(1 << 20));
    write(&folder, "bad-host.json", "{ \"device\": {} }");
    let lines = [
        "render none.yaml",
        "render shop.yaml --service wbe",
        "render two.yaml --service web",
        "render open.json",
        "render --request open.json",
        "render shop.yaml --service web --host bad-host.json --option hostnme=x",
    ];
    let runs = lines.map(|line| refused(&folder, line));
    assert!(runs.iter().all(|run| run.code == Some(1)));
    snapshot("bad-deployments", &runs);
}

#[test]
fn bad_rules() {
    let folder = folder("bad-rules");
    let nested = |open: &str, close: &str| {
        format!("rule deep {{ hostname = {}1{} }}\n", open.repeat(10_000), close.repeat(10_000))
    };
    write(&folder, "deep-list.plim", nested("[", "]"));
    write(&folder, "deep-call.plim", nested("lower(", ")"));
    write(&folder, "deep-not.plim", nested("not ", ""));
    write(
        &folder,
        "deep-block.plim",
        format!("rule deep {{ {}{} }}\n", "if true { ".repeat(10_000), "}".repeat(10_000)),
    );
    write(&folder, "open.plim", "[".repeat(1 << 20));
    write(&folder, "string.plim", "rule a { hostname = \"web }\n\nrule b { hostname = 7 }\n");
    write(&folder, "brace.plim", "rule a {\n  hostname = \"web\"\n\nrule b { hostname = 7 }\n");
    write(&folder, "comment.plim", "rule a { hostname = \"web\" # }");
    for file in 0..3 {
        let rules: String = (0..33_334).map(|rule| format!("rule r{file}.n{rule} {{}}\n")).collect();
        write(&folder, &format!("many/{file}.plim"), rules);
    }
    let lines = [
        "check --no-standard deep-list.plim",
        "check --no-standard deep-call.plim",
        "check --no-standard deep-not.plim",
        "check --no-standard deep-block.plim",
        "check --no-standard open.plim",
        "check --no-standard string.plim",
        "check --no-standard brace.plim",
        "check --no-standard comment.plim",
        "check --no-standard many",
    ];
    let runs = lines.map(|line| refused(&folder, line));
    assert!(runs.iter().all(|run| run.code == Some(1)));
    snapshot("bad-rules", &runs);
}

#[test]
fn rules_within_the_limit_pass() {
    let folder = folder("many-rules");
    for file in 0..4 {
        let rules: String = (0..25_000).map(|rule| format!("rule r{file}.n{rule} {{ warn \"x\" }}\n")).collect();
        write(&folder, &format!("many/{file}.plim"), rules);
    }
    let run = run_in(&folder, &["check", "--no-standard", "many"]);
    assert_eq!(run.code, Some(0));
    assert_eq!(run.stderr, "checked 100000 rules, 0 invariants in 4 files\n");
}

#[test]
fn only_the_first_findings_are_shown_to_people() {
    let folder = folder("findings");
    for file in 0..3 {
        let rules: String = (0..90).map(|rule| format!("rule r{file}.n{rule} {{ nope = 1 }}\n")).collect();
        write(&folder, &format!("many/{file}.plim"), rules);
    }
    let text = refused(&folder, "check --no-standard many");
    assert!(text.stderr.ends_with("\n70 more findings are not shown\n"), "{}", text.stderr);
    let json = refused(&folder, "check --no-standard many --format json");
    assert_eq!(json.stderr.lines().count(), 270);
}
