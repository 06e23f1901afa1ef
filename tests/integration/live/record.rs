//! What was recorded renders as what was live.

use std::sync::Arc;

use plimsoll::diagnostics::{self, Severity};
use plimsoll::eval::Arena;
use plimsoll::facts::host::Host;
use plimsoll::facts::live::LiveHost;
use plimsoll::facts::record::Recorder;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::policy::{Layers, Policy};
use serde_json::{Value, json};

use super::folder::Folder;

const DEPLOYMENT: &str = "
version: v1
deployment: recorded
services:
  plain: { image: { name: a } }
  devices:
    image: { name: a }
    devices: [{ path: /dev/null }, { path: /dev/cpu_dma_latency }, { path: /dev/none }, { path: /dev/kvm, mknod: true }]
  gpu: { image: { name: a }, resources: { gpu: { count: 4 } } }
  amd: { image: { name: a }, resources: { gpu: { count: 1, vendor: amd } } }
  privileged: { image: { name: a }, privileged: true }
  folder: { image: { name: a }, devices: [{ path: /dev/pts }] }
  env: { image: { name: a }, env: { HERE: '$E:ASKED', GONE: '$E:NOT_SET', COPY: '$E:EMPTY' } }
  set: { image: { name: a }, env: { HERE: '$E:ASKED', COPY: '$E:EMPTY' } }
";

/// A rule for everything that a host can be asked.
const EVERYTHING: &str = r#"
rule everything {
  annotations["arch"] = host.arch
  annotations["kernel"] = "old" when host.kernel < "4.0" else "new"
  annotations["ids"] = "{host.euid}:{host.egid}"
  annotations["cgroup"] = host.cgroup
  for name, id in host.groups { annotations["group {name}"] = string(id) }
  for path in host.glob("/dev/*") { annotations["path {path}"] = host.path(path) else "gone" }
  for path in host.glob("/sys/devices/system/cpu/cpu?") { annotations["path {path}"] = host.path(path) else "gone" }
  for path in ["/etc/passwd", "/etc", "/dev/null", "/none"] { annotations["path {path}"] = host.path(path) else "gone" }
  for name in ["mem", "misc", "none"] { annotations["major {name}"] = string(host.major(name) else 0) }
  if "ASKED" in host.env { annotations["asked"] = "yes" }
  annotations["by another name"] = agent["ASKED"] else "not set"
}
let agent = host.env
"#;

fn env() -> Vec<(std::ffi::OsString, std::ffi::OsString)> {
    let env = [("ASKED", "value"), ("EMPTY", ""), ("SECRET", "hunter2"), ("NAMED", "too")];
    env.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}

/// What each service comes to, warnings and refusals included.
fn render(policy: &Policy, request: &Request) -> Vec<String> {
    let told = |report| diagnostics::render(&report, diagnostics::Style::default());
    let one = |service: &str| {
        let (facts, arena) = (request.facts_of(service).expect("a sound service"), Arena::new());
        match policy.render(&facts, &arena) {
            Ok(rendered) => {
                let json = rendered.json(Style::Pretty).expect("a small spec");
                told(rendered.warnings()) + &String::from_utf8(json).expect("JSON is UTF-8")
            }
            Err(report) => told(report),
        }
    };
    request.services().map(one).collect()
}

/// The recording of a host, after a render and its results.
fn record(policy: &Policy, host: Arc<dyn Host>) -> (String, Vec<String>) {
    let recorder = Arc::new(Recorder::new(host).with_variables(["NAMED", "NOT_NAMED"]));
    let request = Request::builder("deployment", DEPLOYMENT).host(Arc::clone(&recorder) as Arc<dyn Host>);
    let live = render(policy, &request.build(policy.schema()).expect("a sound deployment"));
    let told: Vec<_> = recorder.problems().into_iter().map(|problem| (problem.code, problem.message)).collect();
    assert!(told.iter().all(|(code, _)| *code == diagnostics::code::HOST_UNREADABLE), "{told:?}");
    (recorder.recording(), live)
}

fn replay(policy: &Policy, recording: &str) -> Vec<String> {
    let request = Request::builder("deployment", DEPLOYMENT).recording("host.json", recording);
    render(policy, &request.build(policy.schema()).expect("a sound recording"))
}

fn policies() -> [Policy; 3] {
    let everything = [("everything.plim", EVERYTHING)];
    [Layers::standard(), Layers::standard().shipped("hardened"), Layers::standard().layer("test", everything)]
        .map(|layers| layers.compile().expect("a sound policy"))
}

#[test]
fn a_recording_renders_the_same_bytes() {
    for policy in policies() {
        let (recording, live) = record(&policy, Arc::new(LiveHost::under("/", env())));
        assert_eq!(replay(&policy, &recording), live);
        assert!(live.iter().any(|spec| spec.contains("\"HERE=value\"")), "{live:#?}");
        assert!(live.iter().all(|spec| !spec.contains("not set\"")), "{live:#?}");
        let parsed: Value = serde_json::from_str(&recording).expect("a recording is JSON");
        assert_eq!(parsed["env"], json!({"ASKED": "value", "EMPTY": "", "NAMED": "too"}));
        let null = &parsed["devices"]["/dev/null"];
        assert_eq!((&null["type"], &null["major"], &null["minor"]), (&json!("c"), &json!(1), &json!(3)));
        assert_eq!(parsed["paths"]["/dev/pts"], "dir");
        assert!(!recording.contains("/dev/none"), "what is not there needs no entry");
        assert!(!recording.contains("hunter2") && !recording.contains("SECRET"));
    }
}

#[test]
fn a_recording_can_be_recorded_again() {
    for policy in policies() {
        let (recording, _) = record(&policy, Arc::new(LiveHost::under("/", env())));
        let request = Request::builder("deployment", DEPLOYMENT).recording("host.json", &recording);
        let request = request.service("plain").build(policy.schema()).expect("a sound recording");
        let (again, _) = record(&policy, request.facts().expect("a sound service").host);
        assert_eq!(again, recording);
    }
}

#[test]
fn a_recording_is_sorted() {
    let folder = Folder::new();
    folder.file("etc/group", "b:x:2:\na:x:1:\n");
    folder.file("proc/self/status", "CapBnd:\t0000000000000021\n");
    folder.file("proc/sys/kernel/cap_last_cap", "40\n");
    folder.dir("sys/fs/cgroup/memory");
    folder.file("proc/devices", "Character devices:\n  9 b\n  8 a\n");
    folder.file("z", "");
    folder.dir("y");
    let recorder = Recorder::new(Arc::new(LiveHost::under(folder.path(), env())));
    assert_eq!((recorder.major("b"), recorder.major("a"), recorder.major("c")), (Some(9), Some(8), None));
    assert_eq!(recorder.glob("/?"), ["/y", "/z"]);
    assert!(recorder.variable("EMPTY").is_some() && recorder.variable("NONE").is_none());
    let recording = recorder.recording();
    let of_machine =
        |line: &&str| !["\"arch\"", "\"kernel\"", "\"euid\"", "\"egid\""].iter().any(|key| line.contains(key));
    let shown: Vec<&str> = recording.lines().filter(of_machine).collect();
    let expected = r#"{
  "capabilities": [
    "CHOWN",
    "KILL"
  ],
  "cgroup": "v1",
  "env": {
    "EMPTY": ""
  },
  "groups": {
    "a": 1,
    "b": 2
  },
  "majors": {
    "a": 8,
    "b": 9
  },
  "paths": {
    "/y": "dir",
    "/z": "file"
  }
}"#;
    assert_eq!(shown.join("\n"), expected);
    assert!(recording.ends_with("}\n"));
}

/// A recorder cannot know which variables such a rule needs, and must not keep them all.
#[test]
fn a_rule_that_takes_the_whole_environment_is_told() {
    let rules = r#"rule all { for name, value in host.env { annotations[name] = value } }"#;
    let policy = Layers::standard().layer("test", [("test.plim", rules)]).compile().expect("a sound policy");
    let recorder = Arc::new(Recorder::new(Arc::new(LiveHost::under("/", env()))));
    let request = Request::builder("deployment", DEPLOYMENT).host(Arc::clone(&recorder) as Arc<dyn Host>);
    let request = request.build(policy.schema()).expect("a sound deployment");
    let facts = request.facts_of("plain").expect("a sound service");
    let spec = policy.render(&facts, &Arena::new()).expect("a service that is not refused").json(Style::Compact);
    assert!(String::from_utf8_lossy(&spec.expect("a small spec")).contains("hunter2"));
    assert!(!recorder.recording().contains("hunter2"));
    let problems = recorder.problems();
    let told = problems.iter().find(|problem| problem.code == diagnostics::code::BAD_RECORDING).expect("a warning");
    assert_eq!(told.severity, Severity::Warning);
}

/// A trace names every fact by where it is kept, and a refusal is traced: neither asks for all of the environment.
#[test]
fn a_trace_asks_for_no_more_than_a_render() {
    let policy = Policy::standard().expect("the shipped policy");
    let recording = |trace: bool| {
        let recorder = Arc::new(Recorder::new(Arc::new(LiveHost::under("/", env()))));
        let request = Request::builder("deployment", DEPLOYMENT).host(Arc::clone(&recorder) as Arc<dyn Host>);
        let request = request.build(policy.schema()).expect("a sound deployment");
        for service in ["set", "env"] {
            let (facts, arena) = (request.facts_of(service).expect("a sound service"), Arena::new());
            let refused = if trace { policy.trace(&facts, &arena) } else { policy.render(&facts, &arena) }.is_err();
            assert_eq!(refused, service == "env");
        }
        assert!(recorder.problems().iter().all(|problem| problem.code != diagnostics::code::BAD_RECORDING));
        recorder.recording()
    };
    assert_eq!(recording(true), recording(false));
    assert!(recording(true).contains("\"ASKED\": \"value\"") && !recording(true).contains("hunter2"));
}
