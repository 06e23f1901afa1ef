//! What runs, where it starts and under which name.

use super::{Case, each, row, service};

const SHELL: &str = r#"["/bin/sh"]"#;
const IMAGE: &str = r#"{"Entrypoint": ["/ep"], "Cmd": ["c1", "c2"]}"#;
const EMPTY: &str = "empty command line";

#[test]
fn oci_version_terminal_and_root() {
    row(
        "`ociVersion`, `process.terminal`, `root`",
        [
            service("").has("ociVersion", r#""1.0.2""#),
            service("").has("process.terminal", "false"),
            service("").has("root", r#"{"path": "rootfs", "readonly": false}"#),
            service("privileged: true").has("root", r#"{"path": "rootfs", "readonly": false}"#),
            service("").options(r#"{"rootfs": "/elsewhere"}"#).refused("rootfs"),
        ],
    );
}

#[test]
fn nothing_that_no_rule_wrote() {
    let absent = ["process.rlimits", "annotations", "domainname", "hooks", "linux.sysctl", "linux.seccomp"];
    let more = ["process.oomScoreAdj", "process.apparmorProfile", "linux.resources.memory", "linux.resources.cpu"];
    each("rlimits, annotations: none", absent.into_iter().chain(more).map(|path| service("").lacks(path)));
}

#[test]
fn args() {
    let args = |case: Case, json: &str| case.has("process.args", json);
    row(
        "`process.args`",
        [
            args(service(""), SHELL),
            args(service("").image("{}"), SHELL),
            args(service("").image("null"), SHELL),
            args(service("").image(r#"{"Entrypoint": [], "Cmd": []}"#), SHELL),
            args(service("").image(r#"{"Entrypoint": null, "Cmd": null}"#), SHELL),
            args(service("").image(IMAGE), r#"["/ep", "c1", "c2"]"#),
            args(service("").image(r#"{"Entrypoint": ["/ep"]}"#), r#"["/ep"]"#),
            args(service("").image(r#"{"Cmd": ["c"]}"#), r#"["c"]"#),
            args(service("command: {entrypoint: [a, b], args: [c]}").image(IMAGE), r#"["a", "b", "c"]"#),
            args(service("command: {entrypoint: [a, b]}").image(IMAGE), r#"["a", "b"]"#),
            args(service("command: {entrypoint: [a], args: null}").image(IMAGE), r#"["a"]"#),
            args(service("command: {entrypoint: [a], args: []}").image(IMAGE), r#"["a"]"#),
            args(service("command: {args: [x]}").image(IMAGE), r#"["x"]"#),
            args(service("command: {entrypoint: null, args: [x]}").image(IMAGE), r#"["x"]"#),
            args(service("command: {entrypoint: [], args: [x]}").image(IMAGE), r#"["x"]"#),
            args(service("command: {args: []}").image(IMAGE), r#"["/ep", "c1", "c2"]"#),
            args(service("command: {args: []}"), SHELL),
            args(service("command: {}").image(IMAGE), r#"["/ep", "c1", "c2"]"#),
            args(service("command: {workdir: /w}").image(IMAGE), r#"["/ep", "c1", "c2"]"#),
            args(service("command: {args: ['']}"), r#"[""]"#),
            args(service("command: {entrypoint: ['a b', \"x\\ny\"]}"), r#"["a b", "x\ny"]"#),
            args(service("command: {args: [1.50, 0x1F, no, true]}"), r#"["1.50", "0x1F", "no", "true"]"#),
            args(service("command: {entrypoint: [a]}").options(r#"{"args": ["o"]}"#), r#"["o"]"#),
            args(service("command: {entrypoint: []}").options(r#"{"args": ["o"]}"#), r#"["o"]"#),
            args(service("command: {args: [x]}").options(r#"{"args": null}"#), r#"["x"]"#),
            service("").options(r#"{"args": []}"#).refused(EMPTY),
            service("command: {entrypoint: [a]}").image(IMAGE).options(r#"{"args": []}"#).refused(EMPTY),
            service("command: {entrypoint: []}").image(IMAGE).refused(EMPTY),
            service("command: {entrypoint: [], args: []}").image(IMAGE).refused(EMPTY),
            service("command: {entrypoint: [], args: null}").refused(EMPTY),
            service(r#"command: {args: ["a\0b"]}"#).refused("NUL"),
            service("").options(r#"{"args": ["a\u0000b"]}"#).refused("NUL"),
            service("").image(r#"{"Cmd": ["a\u0000b"]}"#).refused("NUL"),
        ],
    );
}

#[test]
fn cwd() {
    let cwd = |case: Case, json: &str| case.has("process.cwd", json);
    let relative = "absolute path";
    row(
        "`process.cwd`",
        [
            cwd(service(""), r#""/""#),
            cwd(service("").image(r#"{"WorkingDir": "/i"}"#), r#""/i""#),
            cwd(service("").image(r#"{"WorkingDir": ""}"#), r#""/""#),
            cwd(service("command: {workdir: /w}").image(r#"{"WorkingDir": "/i"}"#), r#""/w""#),
            cwd(service("command: {workdir: ''}").image(r#"{"WorkingDir": "/i"}"#), r#""/i""#),
            cwd(service("command: {workdir: null}").image(r#"{"WorkingDir": "/i"}"#), r#""/i""#),
            cwd(service("command: {workdir: /w}").options(r#"{"cwd": "/o"}"#), r#""/o""#),
            cwd(service("command: {workdir: /w}").options(r#"{"cwd": ""}"#), r#""/w""#),
            cwd(service("command: {workdir: /w}").options(r#"{"cwd": null}"#), r#""/w""#),
            cwd(service("command: {workdir: ''}").image(r#"{"WorkingDir": ""}"#).options(r#"{"cwd": ""}"#), r#""/""#),
            cwd(service("command: {workdir: /a//b/../c/./}"), r#""/a//b/../c/./""#),
            cwd(service("command: {workdir: //}"), r#""//""#),
            cwd(service("command: {workdir: w}").options(r#"{"cwd": "/o"}"#), r#""/o""#),
            service("command: {workdir: w}").refused(relative),
            service("command: {workdir: ./w}").refused(relative),
            service("command: {workdir: ' /w'}").refused(relative),
            service("command: {workdir: w}").image(r#"{"WorkingDir": "/i"}"#).refused(relative),
            service("").image(r#"{"WorkingDir": "i"}"#).refused(relative),
            service("command: {workdir: /w}").options(r#"{"cwd": "o"}"#).refused(relative),
            service(r#"command: {workdir: "/a\0b"}"#).refused("NUL"),
        ],
    );
}

#[test]
fn no_new_privileges() {
    let path = "process.noNewPrivileges";
    row(
        "`process.noNewPrivileges`",
        [
            service("").has(path, "true"),
            service("capabilities: []").has(path, "true"),
            service("privileged: true").has(path, "false"),
            service("capabilities: [CHOWN]").has(path, "false"),
            service("capabilities: [ALL]").has(path, "false"),
            service("capabilities: [CHOWN]\nprivileged: true").has(path, "false"),
        ],
    );
}

#[test]
fn hostname() {
    let is = |case: Case, name: &str| case.has("hostname", format!("\"{name}\""));
    row(
        "`hostname`",
        [
            is(service(""), "web-rep-1"),
            is(service("").with("replica", "0"), "web-rep-0"),
            is(service("hostname: h"), "h"),
            is(service("hostname: ''"), "web-rep-1"),
            is(service("hostname: null"), "web-rep-1"),
            is(service("hostname: 12"), "12"),
            is(service("hostname: h").options(r#"{"hostname": "o"}"#), "o"),
            is(service("hostname: h").options(r#"{"hostname": ""}"#), "h"),
            is(service("hostname: ''").options(r#"{"hostname": ""}"#), "web-rep-1"),
            is(service("hostname: h").options(r#"{"host_network": true}"#), "h"),
            is(service("hostname: bad-").options(r#"{"hostname": "o"}"#), "o"),
        ],
    );
    let long = "a".repeat(64);
    each(
        "`hostname`: labels, 64 bytes in all",
        ["a", "A-b_C.d9", "_", "_a_", "a.b.c", "a--b", "9", &long]
            .map(|name| is(service(&format!("hostname: '{name}'")), name)),
    );
    let longer = "a".repeat(65);
    let labels = ["-a", "a-", "a.-b", "a-.b", ".a", "a.", "a..b", ".", "-", "a b", " a", "a ", "ä", "a/b", "a:b"];
    each(
        "`hostname`: else refused",
        labels.map(|name| service(&format!("hostname: '{name}'")).refused("labels of letters")),
    );
    each(
        "`hostname`: else refused, in all three places",
        [
            service(&format!("hostname: {longer}")).refused("64 bytes"),
            service("").options(&format!(r#"{{"hostname": "{longer}"}}"#)).refused("64 bytes"),
            service("").options(r#"{"hostname": "a_-"}"#).refused("labels"),
            service(r#"hostname: "a\0""#).refused("NUL"),
        ],
    );
}
