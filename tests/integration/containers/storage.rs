//! Every kind of storage, and the agent's socket.

use std::fs;
use std::os::unix::net::UnixListener;

use serde_json::json;

use super::asked::service;
use super::runtime::{Folder, Runtime};
use super::seen::{find, has_line, mounts};
use super::under_each_runtime;

under_each_runtime!(
    folders_of_the_host_are_bound,
    a_file_is_bound,
    volumes_are_bound,
    a_tmpfs_has_its_size_and_mode,
    deeper_targets_are_not_hidden,
    the_agents_socket_is_there_and_read_only_mounted,
);

fn folders_of_the_host_are_bound(runtime: &Runtime) {
    let host = Folder::new();
    let spec = service(json!({ "storage": [
        { "type": "bind", "source": host.filled("written"), "target": "/written" },
        { "type": "bind", "source": host.filled("kept"), "target": "/kept", "readonly": true },
    ] }))
    .standard();
    let script =
        "cat /written/file /kept/file; echo new > /written/new; echo new > /kept/new; cat /proc/self/mountinfo";
    let ran = runtime.run(&spec, script);
    assert!(ran.stdout.starts_with("written\nkept\n"), "{ran:?}");
    ran.complained("can't create /kept/new: Read-only file system");
    assert_eq!(fs::read_to_string(host.at("written/new")).ok().as_deref(), Some("new\n"));
    assert!(!fs::exists(host.at("kept/new")).expect("a folder that can be read"));
    let mounts = mounts(&ran.stdout);
    assert!(!find(&mounts, "/written").is_read_only() && find(&mounts, "/kept").is_read_only(), "{mounts:?}");
}

fn a_file_is_bound(runtime: &Runtime) {
    let host = Folder::new();
    for name in ["kept", "written"] {
        fs::write(host.at(name), format!("{name}\n")).expect("a new folder has room");
    }
    let spec = service(json!({ "storage": [
        { "type": "bind", "source": host.at("kept"), "target": "/etc/app/kept.conf", "readonly": true },
        { "type": "bind", "source": host.at("written"), "target": "/etc/app/written.conf" },
    ] }))
    .standard();
    let script = "cd /etc/app; cat kept.conf written.conf; echo new > written.conf; echo new > kept.conf";
    let ran = runtime.run(&spec, script);
    assert_eq!(ran.stdout, "kept\nwritten\n");
    ran.complained("can't create kept.conf: Read-only file system");
    assert_eq!(fs::read_to_string(host.at("kept")).ok().as_deref(), Some("kept\n"));
    assert_eq!(fs::read_to_string(host.at("written")).ok().as_deref(), Some("new\n"));
}

fn volumes_are_bound(runtime: &Runtime) {
    let host = Folder::new();
    let volumes = json!({
        "data": host.filled("named"), "config": host.filled("kept"), "_anon_var_lib_cache": host.filled("anonymous"),
        "_s3_models_llm/7b": host.filled("prefixed"), "_s3_bucket_": host.filled("bucket"),
    });
    let spec = service(json!({ "storage": [
        { "type": "named", "name": "data", "target": "/data" },
        { "type": "named", "name": "config", "target": "/config", "readonly": true },
        { "type": "anonymous", "target": "/var/lib/cache" },
        { "type": "s3", "bucket": "models", "prefix": "llm/7b", "target": "/models", "readonly": true },
        { "type": "s3", "bucket": "bucket", "target": "/bucket" },
    ] }))
    .with("options", json!({ "volumes": volumes }))
    .standard();
    let script = "for d in /data /config /var/lib/cache /models /bucket; do cat $d/file; echo new > $d/new; done";
    let ran = runtime.run(&spec, script);
    assert_eq!(ran.stdout, "named\nkept\nanonymous\nprefixed\nbucket\n");
    for (name, written) in
        [("named", true), ("kept", false), ("anonymous", true), ("prefixed", false), ("bucket", true)]
    {
        assert_eq!(fs::exists(host.at(&format!("{name}/new"))).ok(), Some(written), "{name}");
    }
    ran.complained("can't create /config/new: Read-only file system");
    ran.complained("can't create /models/new: Read-only file system");
}

fn a_tmpfs_has_its_size_and_mode(runtime: &Runtime) {
    let spec = service(json!({ "storage": [
        { "type": "tmpfs", "target": "/cache", "size": "4Mi", "mode": "1777" },
        { "type": "tmpfs", "target": "/private", "size": "65536", "mode": 700 },
        { "type": "tmpfs", "target": "/any" },
    ] }))
    .standard();
    let script = "cat /proc/self/mountinfo; stat -c '%n %a' /cache /private; head -c 128k /dev/zero > /private/full; stat -c 'FULL %s' /private/full";
    let ran = runtime.run(&spec, script);
    let mounts = mounts(&ran.stdout);
    for (target, options) in [
        ("/cache", &["nosuid", "nodev", "size=4096k"][..]),
        ("/private", &["size=64k"]),
        ("/any", &["nosuid", "nodev"]),
    ] {
        let mount = find(&mounts, target);
        assert_eq!(mount.kind, "tmpfs", "{target}");
        mount.with(options);
    }
    assert!(!find(&mounts, "/any").options.iter().any(|option| option.starts_with("size=")), "{mounts:?}");
    has_line(&ran.stdout, "/cache 1777");
    has_line(&ran.stdout, "/private 700");
    has_line(&ran.stdout, "FULL 65536");
}

fn deeper_targets_are_not_hidden(runtime: &Runtime) {
    let host = Folder::new();
    let spec = service(json!({ "storage": [
        { "type": "bind", "source": host.filled("deep"), "target": "/srv/app/deep" },
        { "type": "tmpfs", "target": "/srv" },
        { "type": "tmpfs", "target": "/dev/shm", "size": "1Mi" },
    ] }))
    .standard();
    let out = runtime.run(&spec, "cat /srv/app/deep/file /proc/self/mountinfo").output();
    has_line(&out, "deep");
    let mounts = mounts(&out);
    find(&mounts, "/dev/shm").with(&["size=1024k"]);
    assert_eq!(mounts.iter().filter(|mount| mount.target == "/dev/shm").count(), 1, "{mounts:?}");
}

fn the_agents_socket_is_there_and_read_only_mounted(runtime: &Runtime) {
    let host = Folder::new();
    let _listener = UnixListener::bind(host.path.join("agent.sock")).expect("a short path");
    let spec = service(json!({})).with("options", json!({ "socket": host.at("agent.sock") })).standard();
    let script = "[ -S /var/run/zlayer.sock ] && echo socket; cat /proc/self/mountinfo";
    let out = runtime.run(&spec, script).output();
    has_line(&out, "socket");
    assert!(find(&mounts(&out), "/var/run/zlayer.sock").is_read_only(), "{out}");
}
