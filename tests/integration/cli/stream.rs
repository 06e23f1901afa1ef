//! `plimsoll render --stream`: a line out for each line in, whatever it holds.

use std::io::{BufRead, BufReader};
use std::thread;

use super::*;

const FOUR: [&str; 4] = ["plain", "storage", "nvidia", "privileged"];

fn fixture(name: &str) -> Value {
    let path = format!("tests/fixtures/bench/{name}.json");
    serde_json::from_str(&fs::read_to_string(path).expect("a file")).expect("JSON")
}

/// The smallest request, on an empty host.
fn request(replica: u32) -> Value {
    let deployment =
        json!({ "version": "v1", "deployment": "shop", "services": { "web": { "image": { "name": "x" } } } });
    json!({ "deployment": deployment, "service": "web", "replica": replica, "host": {} })
}

fn results(run: &Run) -> Vec<Value> {
    run.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The command with pipes to all sides.
fn start(args: &[&str]) -> std::process::Child {
    let mut command = command(Path::new(env!("CARGO_MANIFEST_DIR")), args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
}

#[test]
fn a_line_gives_what_its_request_gives_alone() {
    let folder = folder("stream-four");
    // However lines end, and whether the last does.
    let lines = FOUR.map(|name| fixture(name).to_string());
    write(&folder, "requests.ndjson", lines.join("\r\n"));
    let stream = run_in(&folder, &["render", "--stream", "requests.ndjson"]);
    assert_eq!((stream.code, stream.stderr.as_str()), (Some(0), ""));
    let alone = FOUR.map(|name| {
        let run = run(&["render", "--compact", "--request", &format!("tests/fixtures/bench/{name}.json")]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.stdout
    });
    assert_eq!(stream.stdout, alone.concat());
}

#[test]
fn secrets_of_a_stream_are_masked_where_that_is_asked_for() {
    let folder = folder("stream-redact");
    let mut request = request(1);
    request["deployment"]["services"]["web"]["env"] = json!({ "A": "$S:db", "B": "plain" });
    request["options"] = json!({ "secrets": { "db": "hunter2" } });
    write(&folder, "requests.ndjson", format!("{request}\n"));
    for (args, secret) in [(&["--redact"][..], "A=•••"), (&[], "A=hunter2")] {
        let run = run_in(&folder, &[&["render", "--stream", "requests.ndjson"], args].concat());
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        let env = results(&run)[0]["process"]["env"].clone();
        let env = env.as_array().expect("a list");
        assert!(env.contains(&json!(secret)) && env.contains(&json!("B=plain")), "{}", run.stdout);
    }
}

#[test]
fn a_bad_line_gets_an_error_and_the_others_their_specs() {
    let good = request(1).to_string();
    let misspelt = good.replace("\"service\"", "\"servce\"");
    let lines: [&[u8]; 7] = [
        good.as_bytes(),
        b"",
        b"\xff\xfe\0\x01",
        b"{\"deployment\": 1,",
        b"[]\r",
        misspelt.as_bytes(),
        good.as_bytes(),
    ];
    let text = lines.join(&b"\n"[..]);
    let going = run_with_stdin(&["render", "--stream"], &text);
    assert_eq!(going.code, Some(1));
    let kinds: Vec<bool> = results(&going).iter().map(|result| result.get("error").is_none()).collect();
    assert_eq!(kinds, [true, false, false, false, false, false, true]);
    assert_eq!(results(&going)[0], results(&going)[6]);
    assert_eq!(results(&going)[3]["error"]["line"], 4);

    let stopped = run_with_stdin(&["render", "--stream", "-", "--fail-fast"], &text);
    assert_eq!((stopped.code, results(&stopped)), (Some(1), results(&going)[..2].to_vec()));
    let errors = |run: Run| {
        let stdout = run.stdout.lines().map(|line| if line.starts_with("{\"error\"") { line } else { "a spec" });
        Run { stdout: stdout.map(|line| format!("{line}\n")).collect(), ..run }
    };
    snapshot("stream-refused", &[errors(going), errors(stopped)]);
}

#[test]
fn results_are_in_order() {
    const LINES: u32 = 2000;
    let folder = folder("stream-order");
    let lines: String = (1..=LINES).map(|replica| format!("{}\n", request(replica))).collect();
    write(&folder, "requests.ndjson", lines);
    let run = run_in(&folder, &["render", "--stream", "requests.ndjson"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let hosts: Vec<String> = results(&run).iter().map(|spec| spec["hostname"].as_str().expect("text").into()).collect();
    assert_eq!(hosts, (1..=LINES).map(|replica| format!("web-rep-{replica}")).collect::<Vec<_>>());
}

#[test]
fn a_stream_of_nothing_has_no_results() {
    let run = run_with_stdin(&["render", "--stream"], b"");
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(0), "", ""));
}

#[test]
fn an_answer_does_not_wait_for_more_requests() {
    let mut child = start(&["render", "--stream"]);
    let (mut stdin, stdout) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
    let mut answers = BufReader::new(stdout).lines();
    for replica in 1..4 {
        writeln!(stdin, "{}", request(replica)).expect("it reads");
        let answer: Value = serde_json::from_str(&answers.next().expect("a line").expect("text")).expect("JSON");
        assert_eq!(answer["hostname"], format!("web-rep-{replica}"));
    }
    // The input ends in the middle of a line.
    write!(stdin, "{{\"deployment\": \"vers").expect("it reads");
    drop(stdin);
    assert!(answers.next().expect("a line").expect("text").starts_with("{\"error\":{\"line\":4,"));
    assert!(answers.next().is_none());
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
}

#[test]
fn a_refusal_that_stops_does_not_wait_either() {
    let mut child = start(&["render", "--stream", "--fail-fast"]);
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(b"{}\n").expect("it reads");
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
}

#[test]
fn a_reader_that_goes_away_ends_the_stream() {
    let mut child = start(&["render", "--stream"]);
    let mut stdin = child.stdin.take().expect("a pipe");
    // More than the pipes hold, and what is read ahead.
    let writing = thread::spawn(move || {
        let line = format!("{}\n", request(1));
        (0..1_000_000).all(|_| stdin.write_all(line.as_bytes()).is_ok())
    });
    let mut answers = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut first = String::new();
    answers.read_line(&mut first).expect("text");
    drop(answers);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
    assert!(first.starts_with("{\"ociVersion\"") && !writing.join().expect("it ends"));
}

#[test]
fn a_line_that_is_too_large_is_one_error() {
    let mut command = Command::new("/bin/sh");
    let script = format!("{LIMITS} && exec \"$0\" render --stream");
    let args = ["-c", &script, env!("CARGO_BIN_EXE_plimsoll")];
    let command = command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let writing = thread::spawn(move || {
        let chunk = vec![b'x'; 1 << 20];
        (0..100).for_each(|_| stdin.write_all(&chunk).expect("it reads"));
        writeln!(stdin, "\n{}", request(2)).expect("it reads");
    });
    let run = Run::new(&["render", "--stream"], child.wait_with_output().expect("it ends"));
    writing.join().expect("it ends");
    let results = results(&run);
    assert_eq!((run.code, results.len()), (Some(1), 2), "{}", run.stderr);
    assert_eq!(results[0]["error"]["diagnostics"][0]["message"], "line 1 is larger than 16 MiB");
    assert_eq!(results[1]["hostname"], "web-rep-2");
}

#[test]
fn a_host_is_given_once_or_on_lines() {
    let folder = folder("stream-hosts");
    let rule =
        "rule site.socket {\n  let socket = host.path(\"/run/x.sock\") else skip\n  annotations.socket = socket\n}\n";
    write(&folder, "site/x.plim", rule);
    write(&folder, "host.json", json!({ "paths": { "/run/x.sock": "socket" } }).to_string());
    let with = |host: Value| {
        let mut request = request(1);
        request["host"] = host;
        request.to_string()
    };
    let file = with(json!({ "paths": { "/run/x.sock": "file" } }));
    let lines = [with(Value::Null), file.clone(), file.clone(), with(json!({})), with(Value::Null), file].join("\n");
    write(&folder, "requests.ndjson", lines);
    let run = run_in(&folder, &["render", "--stream", "requests.ndjson", "--host", "host.json", "--rules", "site"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let seen: Vec<Value> = results(&run).iter().map(|spec| spec["annotations"]["socket"].clone()).collect();
    assert_eq!(seen, [json!("socket"), json!("file"), json!("file"), json!(null), json!("socket"), json!("file")]);
}

#[test]
fn mistakes_in_a_host_are_told_on_each_line_that_has_it() {
    let mut request = request(1);
    request["host"] = json!({ "cgroup": "v3", "env": { "TOKEN": "hunter2" } });
    let line = format!("{request}\n");
    let run = run_with_stdin(&["render", "--stream"], line.repeat(2).as_bytes());
    let label = |result: &Value| result["error"]["diagnostics"][0]["labels"][0].clone();
    let results = results(&run);
    assert_eq!(label(&results[0]), label(&results[1]));
    assert_eq!((&label(&results[0])["file"], &label(&results[0])["start"]), (&json!("host"), &json!(10)));
    assert!(!run.stdout.contains("hunter2"));
}

#[test]
fn warnings_name_their_lines_and_end_at_some_point() {
    let mut request = request(1);
    request["deployment"]["services"]["web"]["devices"] = json!([{ "path": "/dev/none" }]);
    let folder = folder("stream-warnings");
    write(&folder, "requests.ndjson", format!("{request}\n").repeat(300));
    let run = run_in(&folder, &["render", "--stream", "requests.ndjson"]);
    assert_eq!((run.code, results(&run).len()), (Some(0), 300));
    assert_eq!(run.stderr.matches("line 200: ").count(), 1, "{}", run.stderr);
    assert!(run.stderr.ends_with("\n100 more warnings are not shown\n"), "{}", run.stderr);
}
