//! Device nodes, and what a cgroup lets be done with them.
//!
//! A node whose driver this machine lacks tells as much: opening it says `No such device or address` where the cgroup
//! allows it, and `Operation not permitted` where it does not.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

use super::asked::{cgroup, plain, service};
use super::runtime::{Folder, Ran, Runtime};
use super::seen::has_line;
use super::under_each_runtime;

under_each_runtime!(
    only_the_houses_devices_are_there_and_open,
    a_device_is_passed_with_the_access_that_was_asked,
    a_device_that_the_host_lacks_is_not_there,
    four_gpus_with_the_usual_uvm_major,
    four_gpus_with_another_uvm_major,
    the_caller_chooses_gpus,
    a_privileged_service_may_open_everything,
);

/// What opening a node says where the cgroup allows it and where it does not.
pub(super) const ALLOWED: &str = "No such device or address";
pub(super) const DENIED: &str = "Operation not permitted";

/// Prints nodes and links of `/dev` as `ls -l` has them: type with permissions, numbers, name; then the cgroup's rules.
pub(super) const LIST: &str = "ls -l /dev; cat /sys/fs/cgroup/devices/devices.list 2>/dev/null";

/// The nodes of `/dev`: name, kind and permissions, owner, numbers.
pub(super) fn nodes(out: &str) -> Vec<String> {
    let nodes = out.lines().filter(|line| line.starts_with(['c', 'b']) && line.contains(", "));
    let mut nodes: Vec<String> = nodes
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [mode, _, uid, gid, major, minor, .., name] = words.as_slice() else { return None };
            Some(format!("{name} {mode} {uid}:{gid} {major}{minor}").replace(',', ":"))
        })
        .collect();
    nodes.sort();
    nodes
}

/// The six that every runtime makes, and others.
pub(super) fn with_house_nodes(others: &[&str]) -> Vec<String> {
    let house = ["full 1:7", "null 1:3", "random 1:8", "tty 5:0", "urandom 1:9", "zero 1:5"];
    let house = house.iter().filter_map(|node| node.split_once(' '));
    let house = house.map(|(name, numbers)| format!("{name} crw-rw-rw- 0:0 {numbers}"));
    let mut all: Vec<String> = house.chain(others.iter().map(|&node| node.to_owned())).collect();
    all.sort();
    all
}

/// Fails the test unless the cgroup has just these rules, where a cgroup can be asked.
pub(super) fn has_rules(out: &str, others: &[&str]) {
    if cgroup() == "v2" {
        return;
    }
    let house = ["1:3 rwm", "1:5 rwm", "1:7 rwm", "1:8 rwm", "1:9 rwm", "5:0 rwm", "5:1 rwm", "5:2 rwm", "136:* rwm"];
    let house = house.map(|rule| format!("c {rule}"));
    // Both runtimes let every node be made (but not opened) and the tunnel device be used, whatever the spec says.
    let runtimes = ["b *:* m", "c *:* m", "c 10:200 rwm"].map(str::to_owned);
    let mut wanted: Vec<String> = house.into_iter().chain(runtimes).collect();
    wanted.extend(others.iter().map(|&rule| rule.to_owned()));
    let is_rule = |line: &&str| line.split(' ').nth(1).is_some_and(|numbers| numbers.contains(':'));
    let mut found: Vec<&str> = out.lines().filter(|line| line.split(' ').count() == 3).filter(is_rule).collect();
    found.sort_unstable();
    wanted.sort();
    assert_eq!(found, wanted);
}

/// Opens a path for reading; it is in `/` or below.
pub(super) fn open(path: &str) -> String {
    format!("head -c 0 {path}")
}

/// Fails the test unless opening a path complained so.
pub(super) fn opening(ran: &Ran, path: &str, what: &str) {
    ran.complained(&format!("head: {path}: {what}"));
}

fn only_the_houses_devices_are_there_and_open(runtime: &Runtime) {
    // 1:11 is kmsg, which no rule allows; 1:5 is zero, which one does.
    let script = format!(
        "{LIST}; mknod /kmsg c 1 11 && echo made; head -c 0 /kmsg && echo kmsg; head -c 0 /dev/zero && echo zero"
    );
    let ran = runtime.run(&plain().standard(), &script);
    assert_eq!(nodes(&ran.stdout), with_house_nodes(&[]));
    has_rules(&ran.stdout, &[]);
    assert!(ran.stdout.ends_with("made\nzero\n"), "{ran:?}");
    opening(&ran, "/kmsg", DENIED);
}

fn a_device_is_passed_with_the_access_that_was_asked(runtime: &Runtime) {
    // 10:1022 is no kernel's; 10:259 is a real device on many, which can be opened then. Both minors are above 255.
    let asked = service(json!({ "devices": [
        { "path": "/dev/read", "write": false },
        { "path": "/dev/nested/both" },
        { "path": "/dev/disk", "mknod": true },
    ] }))
    .host(
        "devices",
        json!({
            "/dev/read": { "type": "c", "major": 10, "minor": 259 },
            "/dev/nested/both": { "type": "c", "major": 10, "minor": 1022, "mode": 0o600, "uid": 5, "gid": 6 },
            "/dev/disk": { "type": "b", "major": 4095, "minor": 1_048_575 },
        }),
    );
    let script = format!(
        "{LIST}; ls -l /dev/nested; {}; {}; {}; echo > /dev/read; echo > /dev/nested/both",
        open("/dev/read"),
        open("/dev/nested/both"),
        open("/dev/disk")
    );
    let ran = runtime.run(&asked.standard(), &script);
    let passed = ["both crw-rw-rw- 0:0 10:1022", "disk brw-rw-rw- 0:0 4095:1048575", "read crw-rw-rw- 0:0 10:259"];
    assert_eq!(nodes(&ran.stdout), with_house_nodes(&passed));
    has_rules(&ran.stdout, &["c 10:259 r", "c 10:1022 rw", "b 4095:1048575 rwm"]);
    assert!(!ran.stderr.contains("head: /dev/read: Operation not permitted"), "{ran:?}");
    opening(&ran, "/dev/disk", ALLOWED);
    // The kernel's own word for a minor of 10 that nobody has is another.
    opening(&ran, "/dev/nested/both", "No such device");
    ran.complained("can't create /dev/read: Operation not permitted");
    ran.complained("can't create /dev/nested/both: No such device");
}

fn a_device_that_the_host_lacks_is_not_there(runtime: &Runtime) {
    let spec = service(json!({ "devices": [{ "path": "/dev/kvm" }] })).standard();
    let out = runtime.run(&spec, LIST).output();
    assert_eq!(nodes(&out), with_house_nodes(&[]));
    has_rules(&out, &[]);
}

/// Nodes that were made on this machine, with the names that a driver would give them in `/dev`. They are in a folder
/// of their own, which is removed with them also when a test fails, because another test or a real driver may have
/// such nodes.
pub(super) struct Nodes {
    folder: Folder,
}

impl Nodes {
    /// Four GPUs with the memory driver's nodes at a major: 0666, but for the last, which is root's and group 44's.
    pub(super) fn nvidia(uvm: u32) -> Self {
        let nodes = Self { folder: Folder::new() };
        for (name, numbers, mode) in [
            ("nvidia0", (195, 0), "666"),
            ("nvidia1", (195, 1), "666"),
            ("nvidia2", (195, 2), "666"),
            ("nvidia3", (195, 3), "660"),
            ("nvidiactl", (195, 255), "666"),
            ("nvidia-uvm", (uvm, 0), "666"),
            ("nvidia-uvm-tools", (uvm, 1), "666"),
        ] {
            nodes.make(name, numbers, mode);
        }
        std::os::unix::fs::chown(nodes.folder.path.join("nvidia3"), None, Some(44)).expect("root may do that");
        nodes
    }

    fn make(&self, name: &str, (major, minor): (u32, u32), mode: &str) {
        let mut mknod = Command::new("mknod");
        mknod.args(["-m", mode, &self.folder.at(name), "c", &major.to_string(), &minor.to_string()]);
        assert!(mknod.status().is_ok_and(|status| status.success()), "mknod {name}");
    }

    /// What a recording of this machine would say if they were in `/dev`.
    pub(super) fn recording(&self) -> Value {
        let entries = std::fs::read_dir(&self.folder.path).expect("a folder that was made here");
        let devices = entries.map(|entry| {
            let path = entry.expect("a folder that was made here").path();
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name that was made here").to_owned();
            (format!("/dev/{name}"), recorded(&path))
        });
        Value::Object(devices.collect::<Map<_, _>>())
    }
}

/// A node's entry in a recording. Its numbers are in 32 bits of which the kernel has 12 for the major and 20 for
/// the minor.
fn recorded(node: &Path) -> Value {
    let of = node.metadata().expect("a node that was made here");
    let (major, minor) = (of.rdev() >> 8 & 0xfff, of.rdev() & 0xff | of.rdev() >> 12 & 0xf_ff00);
    json!({
        "type": "c", "major": major, "minor": minor, "mode": of.mode() & 0o7777, "uid": of.uid(), "gid": of.gid(),
    })
}

fn four_gpus_with_the_usual_uvm_major(runtime: &Runtime) {
    four_gpus(runtime, 510, Value::Null);
}

/// The driver's major is dynamic: what `/proc/devices` says goes before the node's, and the node's before the usual one.
fn four_gpus_with_another_uvm_major(runtime: &Runtime) {
    four_gpus(runtime, 241, Value::Null);
    four_gpus(runtime, 4000, json!({ "nvidia-uvm": 4000 }));
}

fn four_gpus(runtime: &Runtime, uvm: u32, majors: Value) {
    let host = Nodes::nvidia(uvm);
    let asked = service(json!({ "resources": { "gpu": { "count": 4 } } }));
    let spec = asked.host("devices", host.recording()).host("majors", majors).standard();
    let all = ["nvidia0", "nvidia1", "nvidia2", "nvidia3", "nvidiactl", "nvidia-uvm", "nvidia-uvm-tools"];
    let mut script = vec![LIST.to_owned()];
    script.extend(all.map(|name| open(&format!("/dev/{name}"))));
    // Another GPU's node, and one of another driver that nobody here has.
    script.push(format!("mknod /gpu7 c 195 7; {}; mknod /other c 196 0; {}", open("/gpu7"), open("/other")));
    let ran = runtime.run(&spec, &script.join("; "));
    let (uvm_node, tools) =
        (format!("nvidia-uvm crw-rw-rw- 0:0 {uvm}:0"), format!("nvidia-uvm-tools crw-rw-rw- 0:0 {uvm}:1"));
    let mut wanted: Vec<String> = (0..4).map(|i| format!("nvidia{i} crw-rw-rw- 0:0 195:{i}")).collect();
    wanted.extend([uvm_node, tools, "nvidiactl crw-rw-rw- 0:0 195:255".to_owned()]);
    assert_eq!(nodes(&ran.stdout), with_house_nodes(&wanted.iter().map(String::as_str).collect::<Vec<_>>()));
    has_rules(&ran.stdout, &["c 195:* rwm", &format!("c {uvm}:* rwm")]);
    for name in all {
        opening(&ran, &format!("/dev/{name}"), ALLOWED);
    }
    opening(&ran, "/gpu7", ALLOWED);
    opening(&ran, "/other", DENIED);
}

fn the_caller_chooses_gpus(runtime: &Runtime) {
    let host = Nodes::nvidia(510);
    let asked = service(json!({ "resources": { "gpu": { "count": 2 } } })).host("devices", host.recording());
    let spec = asked.with("options", json!({ "gpu_indices": [3, 1] })).standard();
    let out = runtime.run(&spec, &format!("{LIST}; echo \"GPUS $NVIDIA_VISIBLE_DEVICES\"")).output();
    has_line(&out, "GPUS 3,1");
    let gpus: Vec<String> = nodes(&out).into_iter().filter(|node| node.starts_with("nvidia")).collect();
    let gpus: Vec<&str> = gpus.iter().filter_map(|node| node.split(' ').next()).collect();
    assert_eq!(gpus, ["nvidia-uvm", "nvidia-uvm-tools", "nvidia1", "nvidia3", "nvidiactl"]);
}

fn a_privileged_service_may_open_everything(runtime: &Runtime) {
    let host = Nodes::nvidia(510);
    let asked = service(json!({ "privileged": true, "resources": { "gpu": { "count": 1 } } }));
    let spec = asked.host("devices", host.recording()).standard();
    let script = format!("{LIST}; {}; mknod /other c 196 0; {}", open("/dev/nvidia0"), open("/other"));
    let ran = runtime.run(&spec, &script);
    if cgroup() != "v2" {
        has_line(&ran.stdout, "a *:* rwm");
    }
    opening(&ran, "/dev/nvidia0", ALLOWED);
    opening(&ran, "/other", ALLOWED);
}
