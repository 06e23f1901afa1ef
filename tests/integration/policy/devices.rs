//! Device nodes and the rules of their control group.

use super::{Case, each, row, service};

const RULES: &str = "linux.resources.devices";
const HOST: &str = r#"{"devices": {
    "/dev/kvm": {"type": "c", "major": 10, "minor": 232, "mode": 432, "uid": 7, "gid": 104},
    "/dev/sda": {"type": "b", "major": 8, "minor": 0}, "/dev/nvme0n1p9": {"type": "b", "major": 259, "minor": 1048575},
    "/dev/widest": {"type": "c", "major": 4095, "minor": 1048575}, "/dev/misc": {"type": "c", "major": 10, "minor": 259},
    "/dev/zero0": {"type": "c", "major": 0, "minor": 0},
    "/dev/fifo": {"type": "other"}}, "paths": {"/etc/passwd": "file", "/dev/input": "dir", "/run/s": "socket", "/dev/pipe": "other"}}"#;

fn devices(entries: &str) -> Case {
    service(&format!("devices: [{entries}]")).host(HOST)
}

fn rule(kind: &str, major: u32, minor: u32, access: &str) -> String {
    format!(r#"{{"allow": true, "type": "{kind}", "major": {major}, "minor": {minor}, "access": "{access}"}}"#)
}

/// The rules that all have, and more.
fn and(more: &[String]) -> String {
    let house = [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 1), (5, 2)];
    let house = house.map(|(major, minor)| rule("c", major, minor, "rwm"));
    let terminals = r#"{"allow": true, "type": "c", "major": 136, "access": "rwm"}"#.to_owned();
    let nothing = r#"{"allow": false, "access": "rwm"}"#.to_owned();
    let all: Vec<String> = [nothing].into_iter().chain(house).chain([terminals]).chain(more.iter().cloned()).collect();
    format!("[{}]", all.join(", "))
}

fn node(path: &str, kind: &str, major: u32, minor: u32) -> String {
    format!(
        r#"{{"path": "{path}", "type": "{kind}", "major": {major}, "minor": {minor}, "fileMode": 438, "uid": 0, "gid": 0}}"#
    )
}

#[test]
fn rules() {
    let kvm = |access: &str| and(&[rule("c", 10, 232, access)]);
    row(
        "`resources.devices`",
        [
            service("").has(RULES, and(&[])),
            devices("{path: /dev/kvm}").has(RULES, kvm("rw")),
            devices("{path: /dev/kvm, mknod: true}").has(RULES, kvm("rwm")),
            devices("{path: /dev/kvm, write: false}").has(RULES, kvm("r")),
            devices("{path: /dev/kvm, read: false}").has(RULES, kvm("w")),
            devices("{path: /dev/kvm, read: false, write: false, mknod: true}").has(RULES, kvm("m")),
            devices("{path: /dev/kvm, write: false, mknod: true}").has(RULES, kvm("rm")),
            devices("{path: /dev/sda}, {path: /dev/kvm}")
                .has(RULES, and(&[rule("b", 8, 0, "rw"), rule("c", 10, 232, "rw")])),
            devices("{path: /dev/kvm}, {path: /dev/kvm, write: false}")
                .has(RULES, and(&[rule("c", 10, 232, "rw"), rule("c", 10, 232, "r")])),
            devices("{path: /dev/nope}").has(RULES, and(&[])),
            service("privileged: true").has(RULES, r#"[{"allow": true, "access": "rwm"}]"#),
            service("privileged: true\ndevices: [{path: /dev/kvm}]")
                .host(HOST)
                .has(RULES, r#"[{"allow": true, "access": "rwm"}]"#),
            devices("{path: /dev/misc}").has(RULES, and(&[rule("c", 10, 259, "rw")])),
            devices("{path: /dev/widest}").has(RULES, and(&[rule("c", 4095, 1048575, "rw")])),
            devices("{path: /dev/nvme0n1p9}").has(RULES, and(&[rule("b", 259, 1048575, "rw")])),
        ],
    );
}

#[test]
fn nodes() {
    let path = "linux.devices";
    let kvm = node("/dev/kvm", "c", 10, 232);
    let not_here = "device /dev/nope is not on this host, skipped";
    row(
        "`devices`",
        [
            service("").lacks("linux.devices[0]"),
            devices("{path: /dev/kvm}").has(path, format!("[{kvm}]")).silent(),
            devices("{path: /dev/sda, write: false}").has(path, format!("[{}]", node("/dev/sda", "b", 8, 0))),
            devices("{path: /dev/zero0}").has(path, format!("[{}]", node("/dev/zero0", "c", 0, 0))),
            service("privileged: true\ndevices: [{path: /dev/kvm}]").host(HOST).has(path, format!("[{kvm}]")),
            devices("{path: /dev/sda}, {path: /dev/kvm}").has("linux.devices[*].path", r#"["/dev/sda", "/dev/kvm"]"#),
            devices("{path: /dev/kvm}, {path: /dev/kvm, mknod: true}").has(path, format!("[{kvm}]")),
            devices("{path: /dev/nope}").lacks("linux.devices[0]").warned(not_here),
            devices("{path: /dev/nope}, {path: /dev/kvm}").has(path, format!("[{kvm}]")).warned(not_here),
            service("devices: [{path: /dev/nope}]\nprivileged: true").lacks("linux.devices[0]").warned(not_here),
            // The node keeps the path that was written.
            devices("{path: /dev//./kvm}").has("linux.devices[0].path", r#""/dev//./kvm""#),
            devices("{path: /dev/..kvm}").warned("/dev/..kvm is not on this host"),
        ],
    );
}

#[test]
fn refused() {
    for privileged in ["", "\nprivileged: true"] {
        let devices = |entry: &str| service(&format!("devices: [{entry}]{privileged}")).host(HOST);
        let kinds = ["/dev/fifo", "/etc/passwd", "/dev/input", "/run/s", "/dev/pipe", "/dev//fifo"];
        each(
            "`devices`: no device",
            kinds.map(|path| devices(&format!("{{path: {path}}}")).refused("is not a device")),
        );
        let paths =
            ["dev/kvm", "./dev/kvm", "kvm", "''", "/dev/../dev/kvm", "/..", "/dev/kvm/..", "../kvm", "' /dev/kvm'"];
        each(
            "`devices`: a path, on the host or not",
            paths.map(|path| devices(&format!("{{path: {path}}}")).refused("absolute path")),
        );
        let none = ["/dev/kvm", "/dev/nope", "/dev/fifo"];
        let none = none
            .map(|path| devices(&format!("{{path: {path}, read: false, write: false}}")).refused("no access at all"));
        each("`devices`: no access, on the host or not", none);
        row(
            "`devices`: types",
            [
                devices("{path: \"/dev/kvm\\0\"}").warned("is not on this host"),
                devices("{path: /dev/kvm, read: null}").refused("read"),
                devices("{path: /dev/kvm, mknod: 'true'}").refused("mknod"),
                devices("{path: /dev/kvm, mode: 666}").refused("mode"),
                devices("{read: true}").refused("path"),
                devices("/dev/kvm").refused("devices[0]"),
            ],
        );
    }
}

#[test]
fn recorded() {
    let host =
        |device: &str| service("devices: [{path: /dev/x}]").host(&format!(r#"{{"devices": {{"/dev/x": {device}}}}}"#));
    row(
        "device numbers",
        [
            host(r#"{"type": "c", "major": 510, "minor": 0}"#)
                .has("linux.devices", format!("[{}]", node("/dev/x", "c", 510, 0))),
            host(r#"{"type": "c", "major": 10, "minor": 1, "mode": null}"#).has("linux.devices[0].fileMode", "438"),
            host("null").warned("/dev/x is not on this host"),
            host(r#"{"type": "c", "major": 4096, "minor": 0}"#).refused("major"),
            host(r#"{"type": "c", "major": 1, "minor": 1048576}"#).refused("minor"),
            host(r#"{"type": "c", "major": -1, "minor": 0}"#).refused("major"),
            host(r#"{"type": "c", "major": 1}"#).refused("minor"),
            host(r#"{"type": "u", "major": 1, "minor": 1}"#).refused("type"),
            host(r#"{"type": "other", "major": 1}"#).refused("major"),
            host(r#"{"major": 1, "minor": 1}"#).refused("type"),
            service("").host(r#"{"devices": {"dev/x": {"type": "other"}}}"#).refused("absolute"),
        ],
    );
}
