//! What the hardened layer takes away.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::asked::{plain, service};
use super::devices::{ALLOWED, DENIED, LIST, Nodes, has_rules, nodes, open, opening, with_house_nodes};
use super::mounts::{MASKED, are_masked, cgroups_cannot_be_written};
use super::process::DEFAULT_CAPABILITIES;
use super::runtime::{Folder, Runtime};
use super::seen::{capability_mask, capability_sets, field, find, has_line, mounts, own_capabilities};
use super::under_each_runtime;

under_each_runtime!(
    a_plain_service_has_fewer_capabilities_and_processes,
    who_asks_for_capabilities_has_no_new_privileges,
    what_docker_has_come_to_mask_is_empty,
    the_hosts_cgroup_tree_cannot_be_written,
    what_is_mounted_below_a_read_only_bind_is_read_only,
    gpus_of_others_cannot_be_opened,
    nodes_are_as_on_the_host,
);

fn a_plain_service_has_fewer_capabilities_and_processes(runtime: &Runtime) {
    let script = "cat /proc/self/status; cd /sys/fs/cgroup; \
        echo PIDS $(if [ -e pids.max ]; then cat pids.max; else cat pids/pids.max; fi); mknod /node c 1 3";
    let ran = runtime.run(&plain().hardened(), script);
    let granted = DEFAULT_CAPABILITIES & !capability_mask("MKNOD NET_RAW AUDIT_WRITE") & own_capabilities();
    assert_eq!(capability_sets(&ran.stdout), [granted, granted, granted, 0, 0]);
    assert_eq!(field(&ran.stdout, "NoNewPrivs"), "1");
    has_line(&ran.stdout, "PIDS 2048");
    ran.complained("mknod: /node: Operation not permitted");
}

fn who_asks_for_capabilities_has_no_new_privileges(runtime: &Runtime) {
    for asked in [json!({ "capabilities": ["NET_RAW"] }), json!({ "privileged": true })] {
        let out = runtime.run(&service(asked).hardened(), "cat /proc/self/status").output();
        assert_eq!(field(&out, "NoNewPrivs"), "1");
        assert_ne!(capability_sets(&out)[1] & capability_mask("NET_RAW"), 0);
    }
}

fn what_docker_has_come_to_mask_is_empty(runtime: &Runtime) {
    are_masked(runtime, &plain().hardened(), &[MASKED, &["/proc/interrupts"]].concat());
    // Few virtual machines have such a folder. A container starts all the same where there is none to mask.
    let folder = "/sys/devices/system/cpu/cpu0/thermal_throttle";
    let spec = plain().host("paths", json!({ folder: "dir" })).hardened();
    assert!(spec["linux"]["maskedPaths"].as_array().is_some_and(|all| all.contains(&json!(folder))), "{spec:#}");
    let out = runtime.run(&spec, &format!("ls {folder} 2>/dev/null; echo STARTED")).output();
    assert_eq!(out, "STARTED\n");
}

fn the_hosts_cgroup_tree_cannot_be_written(runtime: &Runtime) {
    cgroups_cannot_be_written(runtime, &plain().hardened());
}

/// A tmpfs, unmounted when dropped.
struct Mount(String);

impl Mount {
    fn tmpfs(target: String) -> Self {
        fs::create_dir(&target).expect("a new folder has room");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "plimsoll-test", &target]).status();
        assert!(mounted.is_ok_and(|status| status.success()), "mount {target}");
        Self(target)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // What stays mounted keeps its folder from being removed, and is seen there.
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

fn what_is_mounted_below_a_read_only_bind_is_read_only(runtime: &Runtime) {
    let host = Folder::new();
    let data = host.filled("data");
    let below = Mount::tmpfs(format!("{data}/below"));
    let asked =
        service(json!({ "storage": [{ "type": "bind", "source": data, "target": "/data", "readonly": true }] }));
    let script = "cat /proc/self/mountinfo; echo new > /data/below/new; echo new > /data/new";
    let ran = runtime.run(&asked.hardened(), script);
    ran.complained("can't create /data/below/new: Read-only file system");
    ran.complained("can't create /data/new: Read-only file system");
    assert!(find(&mounts(&ran.stdout), "/data/below").is_read_only(), "{ran:?}");
    assert!(!Path::new(&below.0).join("new").exists());
    // The standard layer's plain `ro` leaves it writable, which is why there is another.
    runtime.run(&asked.standard(), script);
    assert!(Path::new(&below.0).join("new").exists());
}

fn gpus_of_others_cannot_be_opened(runtime: &Runtime) {
    let host = Nodes::nvidia(241);
    // Without MKNOD nobody makes a node for a GPU that is not its own; even with it, it does not open.
    let asked = service(json!({ "capabilities": ["MKNOD"], "resources": { "gpu": { "count": 2 } } }));
    let spec = asked.host("devices", host.recording()).hardened();
    let own = ["nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "nvidia-uvm-tools"];
    let mut script = vec![LIST.to_owned(), "mknod /gpu2 c 195 2".to_owned(), open("/gpu2")];
    script.extend(own.map(|name| open(&format!("/dev/{name}"))));
    let ran = runtime.run(&spec, &script.join("; "));
    has_rules(&ran.stdout, &["c 195:0 rw", "c 195:1 rw", "c 195:255 rw", "c 241:0 rw", "c 241:1 rw"]);
    for name in own {
        opening(&ran, &format!("/dev/{name}"), ALLOWED);
    }
    opening(&ran, "/gpu2", DENIED);
}

fn nodes_are_as_on_the_host(runtime: &Runtime) {
    let host = Nodes::nvidia(510);
    let mut recording = host.recording();
    recording["/dev/kvm"] = json!({ "type": "c", "major": 10, "minor": 1022, "mode": 0o660, "uid": 0, "gid": 104 });
    let spec = service(json!({
        "devices": [{ "path": "/dev/kvm", "write": false }], "resources": { "gpu": { "count": 1 } },
    }))
    .host("devices", recording)
    .with("options", json!({ "gpu_indices": [3] }))
    .with("image", json!({ "User": "1000:1000" }))
    .hardened();
    let script = format!("{LIST}; cat /proc/self/status; {}; {}", open("/dev/kvm"), open("/dev/nvidia3"));
    let ran = runtime.run(&spec, &script);
    let wanted = [
        "kvm crw-rw---- 0:104 10:1022",
        "nvidia-uvm crw-rw-rw- 0:0 510:0",
        "nvidia-uvm-tools crw-rw-rw- 0:0 510:1",
        "nvidia3 crw-rw---- 0:44 195:3",
        "nvidiactl crw-rw-rw- 0:0 195:255",
    ];
    assert_eq!(nodes(&ran.stdout), with_house_nodes(&wanted));
    // It is in the groups of its nodes, and so may open what is not open to everybody.
    let groups: Vec<&str> = field(&ran.stdout, "Groups").split(' ').collect();
    assert!(groups.contains(&"44") && groups.contains(&"104"), "{groups:?}");
    opening(&ran, "/dev/nvidia3", ALLOWED);
    opening(&ran, "/dev/kvm", "No such device");
}
