//! As whom a container's process runs, with which powers, and what it finds in its environment.

use std::fs;

use serde_json::{Value, json};

use super::asked::{plain, service};
use super::runtime::{Kind, Runtime};
use super::seen::{capability_mask, capability_sets, every_capability, field, has_line, own_capabilities};
use super::under_each_runtime;

under_each_runtime!(
    a_plain_service_has_the_default_capabilities_and_its_name,
    capabilities_are_added_to_the_default_ones,
    all_capabilities_are_those_of_the_host,
    a_privileged_service_has_what_the_host_can_grant,
    a_privileged_service_does_not_start_where_the_host_cannot_grant_everything,
    the_environment_is_what_image_service_and_caller_say,
    the_host_name_and_folder_are_the_services,
    namespaces_are_its_own,
    the_hosts_network_can_be_shared,
    a_user_by_name_has_its_groups,
    a_user_by_number_with_a_group_has_no_others,
);

/// The fourteen that a container has unless it asks for more.
pub(super) const DEFAULT_CAPABILITIES: u64 = 0xa804_25fb;

const STATUS: &str = "cat /proc/self/status";

/// Prints the environment that the runtime started the shell with, a line a variable. A shell becomes its last command,
/// which is why there is one after that.
const ENVIRONMENT: &str = "tr '\\0' '\\n' < /proc/$$/environ; true";

fn a_plain_service_has_the_default_capabilities_and_its_name(runtime: &Runtime) {
    let script = format!("{STATUS}; echo \"HOST $(hostname)\"; echo \"PWD $PWD\"");
    let out = runtime.run(&plain().standard(), &script).output();
    let granted = DEFAULT_CAPABILITIES & own_capabilities();
    assert_eq!(capability_sets(&out), [granted, granted, granted, 0, 0]);
    assert_eq!(field(&out, "NoNewPrivs"), "1");
    assert_eq!(field(&out, "Uid"), "0\t0\t0\t0");
    assert_eq!(field(&out, "Gid"), "0\t0\t0\t0");
    assert_eq!(field(&out, "Groups"), "");
    has_line(&out, "HOST web-rep-1");
    has_line(&out, "PWD /");
}

fn capabilities_are_added_to_the_default_ones(runtime: &Runtime) {
    let spec = service(json!({ "capabilities": ["NET_ADMIN", "cap_sys_ptrace"] })).standard();
    let out = runtime.run(&spec, STATUS).output();
    let granted = DEFAULT_CAPABILITIES & own_capabilities() | capability_mask("NET_ADMIN SYS_PTRACE");
    assert_eq!(capability_sets(&out), [granted, granted, granted, 0, 0]);
    assert_eq!(field(&out, "NoNewPrivs"), "0");
}

fn all_capabilities_are_those_of_the_host(runtime: &Runtime) {
    let out = runtime.run(&service(json!({ "capabilities": ["ALL"] })).standard(), STATUS).output();
    let own = own_capabilities();
    assert_eq!(capability_sets(&out), [own, own, own, 0, 0]);
}

fn a_privileged_service_has_what_the_host_can_grant(runtime: &Runtime) {
    let out = runtime.run(&service(json!({ "privileged": true })).standard(), STATUS).output();
    let own = own_capabilities();
    assert_eq!(capability_sets(&out), [own, own, own, 0, 0]);
    assert_eq!(field(&out, "NoNewPrivs"), "0");
}

/// A recording without capabilities is one of a host that can grant them all.
fn a_privileged_service_does_not_start_where_the_host_cannot_grant_everything(runtime: &Runtime) {
    let spec = service(json!({ "privileged": true })).host("capabilities", Value::Null).standard();
    let ran = runtime.run(&spec, STATUS);
    if own_capabilities() == every_capability() {
        assert_eq!(capability_sets(&ran.output()), [every_capability(), every_capability(), every_capability(), 0, 0]);
    } else {
        assert!(!ran.success && ran.stdout.is_empty(), "{ran:?}");
        let why = match runtime.kind {
            Kind::Runc => "unable to apply caps: operation not permitted",
            Kind::Youki => "failed to drop capabilities",
        };
        assert!(ran.stderr.contains(why), "{ran:?}");
    }
}

fn the_environment_is_what_image_service_and_caller_say(runtime: &Runtime) {
    let asked = service(json!({
        "env": { "B": "service", "C": "service", "FROM_HOST": "$E:DATABASE_URL", "PASSWORD": "$S:db/password" },
        "resources": { "gpu": { "count": 2, "distributed": { "backend": "gloo" } } },
    }))
    .host("env", json!({ "DATABASE_URL": "postgres://db" }))
    .with("image", json!({ "Env": ["A=image", "B=image", "TERM=dumb"] }))
    .with(
        "options",
        json!({ "env": { "C": "caller", "TWO": "a\nb" }, "secrets": { "db": "{\"password\":\"hunter2\"}" } }),
    );
    let out = runtime.run(&asked.standard(), ENVIRONMENT).output();
    let mut lines: Vec<&str> = out.lines().collect();
    // runc sets the home folder of whom the container runs as; the policy leaves that to the image.
    lines.retain(|line| runtime.kind != Kind::Runc || *line != "HOME=/");
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "A=image",
            "B=service",
            "C=caller",
            "CUDA_VISIBLE_DEVICES=0,1",
            "FROM_HOST=postgres://db",
            "GLOO_SOCKET_IFNAME=eth0",
            "LOCAL_RANK=0",
            "MASTER_ADDR=web",
            "MASTER_PORT=29500",
            "NVIDIA_VISIBLE_DEVICES=0,1",
            "PASSWORD=hunter2",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "RANK=0",
            "TERM=dumb",
            "TWO=a",
            "WORLD_SIZE=1",
            "b",
        ]
    );
}

fn the_host_name_and_folder_are_the_services(runtime: &Runtime) {
    let spec = service(json!({ "hostname": "front.example", "command": { "workdir": "/bin" } })).standard();
    let out = runtime.run(&spec, "hostname; echo $PWD").output();
    assert_eq!(out, "front.example\n/bin\n");
}

/// The namespaces that a script's process has in common with this one.
fn shared_namespaces(runtime: &Runtime, spec: &Value) -> Vec<&'static str> {
    let all = ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"];
    let script = all.map(|name| format!("readlink /proc/self/ns/{name}")).join("; ");
    let out = runtime.run(spec, &script).output();
    let own = all.map(|name| fs::read_link(format!("/proc/self/ns/{name}")).expect("a kernel with namespaces"));
    let pairs = all.into_iter().zip(own).zip(out.lines());
    pairs.filter(|((_, own), seen)| own.to_str() == Some(seen)).map(|((name, _), _)| name).collect()
}

/// A cgroup namespace is made on a v2 host only.
fn expected_shared(others: &[&'static str]) -> Vec<&'static str> {
    let cgroup = ["cgroup"].into_iter().filter(|_| super::asked::cgroup() != "v2");
    let mut all: Vec<_> = cgroup.chain(others.iter().copied()).collect();
    all.sort_unstable();
    all
}

fn namespaces_are_its_own(runtime: &Runtime) {
    assert_eq!(shared_namespaces(runtime, &plain().standard()), expected_shared(&["user"]));
}

fn the_hosts_network_can_be_shared(runtime: &Runtime) {
    let spec = plain().with("options", json!({ "host_network": true })).standard();
    assert_eq!(shared_namespaces(runtime, &spec), expected_shared(&["net", "user"]));
    assert_eq!(runtime.run(&spec, "hostname").output(), "web-rep-1\n");
}

fn accounts() -> Value {
    json!({
        "users": { "nginx": { "uid": 101, "gid": 102 } },
        "groups": {
            "staff": { "gid": 50, "members": ["nginx", "somebody"] },
            "video": { "gid": 44, "members": ["nginx"] },
            "wheel": { "gid": 10, "members": ["somebody"] },
        },
    })
}

fn a_user_by_name_has_its_groups(runtime: &Runtime) {
    let spec = plain().with("image", json!({ "User": "nginx" })).with("accounts", accounts()).standard();
    let ran = runtime.run(&spec, &format!("{STATUS}; echo > /file"));
    assert_eq!(field(&ran.stdout, "Uid"), "101\t101\t101\t101");
    assert_eq!(field(&ran.stdout, "Gid"), "102\t102\t102\t102");
    assert_eq!(field(&ran.stdout, "Groups"), "44 50");
    // Who is not root holds none, and root's only bound what it could get.
    assert_eq!(capability_sets(&ran.stdout), [DEFAULT_CAPABILITIES & own_capabilities(), 0, 0, 0, 0]);
    ran.complained("can't create /file: Permission denied");
}

fn a_user_by_number_with_a_group_has_no_others(runtime: &Runtime) {
    let spec = plain().with("image", json!({ "User": "101:staff" })).with("accounts", accounts()).standard();
    let out = runtime.run(&spec, STATUS).output();
    assert_eq!(field(&out, "Uid"), "101\t101\t101\t101");
    assert_eq!(field(&out, "Gid"), "50\t50\t50\t50");
    assert_eq!(field(&out, "Groups"), "");
}
