//! Facts of the machine that the tests run on, and of machines made up in folders.

#![cfg(target_os = "linux")]

#[path = "live/accounts.rs"]
mod accounts;
#[path = "live/folder.rs"]
pub(crate) mod folder;
#[path = "live/image.rs"]
mod image;
#[path = "live/record.rs"]
mod record;

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;

use folder::Folder;
use plimsoll::diagnostics::{Diagnostic, Severity, code};
use plimsoll::eval::Arena;
use plimsoll::facts::datum::{Datum, Kind};
use plimsoll::facts::host::{Host, PathKind};
use plimsoll::facts::live::LiveHost;
use plimsoll::facts::request::Request;
use plimsoll::policy::Layers;
use plimsoll::schema::facts::HostField;

use crate::machine::lacks;

/// A machine made up in a folder, without an environment.
fn fake(folder: &Folder) -> LiveHost {
    LiveHost::under(folder.path(), [])
}

fn texts(datum: &Datum) -> Vec<&str> {
    let Kind::List(list) = &datum.kind else { return Vec::new() };
    list.iter().filter_map(text).collect()
}

fn text(datum: &Datum) -> Option<&str> {
    if let Kind::Text(text) = &datum.kind { Some(text) } else { None }
}

fn told(host: &dyn Host) -> Vec<(Severity, String)> {
    let tell = |problem: Diagnostic| {
        assert_eq!(problem.code, code::HOST_UNREADABLE);
        (problem.severity, problem.message)
    };
    host.problems().into_iter().map(tell).collect()
}

#[test]
fn null_is_one_three() {
    let host = LiveHost::new();
    let null = host.device("/dev/null").expect("every Linux has it");
    assert_eq!((null.block, null.major, null.minor), (false, 1, 3));
    let real = std::fs::metadata("/dev/null").expect("every Linux has it");
    assert_eq!(null.mode, Some(real.mode() & 0o7777));
    assert_eq!((null.uid, null.gid), (Some(real.uid()), Some(real.gid())));
    assert_eq!(host.path("/dev/null"), Some(PathKind::Device));
    assert_eq!(host.device("//dev/./null/"), Some(null));
    assert_eq!(host.problems(), []);
}

/// The minor above 255 is the one that goes wrong where it is taken from one byte.
#[test]
fn device_numbers_are_those_of_the_kernel() {
    let host = LiveHost::new();
    let mut large = 0;
    let misc = std::fs::read_to_string("/proc/misc").unwrap_or_default();
    for line in misc.lines() {
        let (minor, name) = line.trim().split_once(' ').expect("a number and a name");
        let found = host.device(&format!("/dev/{name}"));
        let minor: u32 = minor.parse().expect("a number");
        if let Some(device) = found.filter(|device| device.major == 10) {
            assert_eq!(device.minor, minor, "{name}");
            large += u32::from(minor > 255);
        }
    }
    let latency = host.device("/dev/cpu_dma_latency");
    assert!(latency.as_ref().is_none_or(|device| device.major == 10 && device.minor > 255), "{latency:?}");
    assert!(latency.is_none() || large > 0);
}

#[test]
fn every_node_of_dev_is_as_its_stat_says() {
    let host = LiveHost::new();
    for path in host.glob("/dev/*") {
        let Ok(real) = std::fs::metadata(&path) else { continue };
        let kind = real.file_type();
        assert_eq!(host.device(&path).is_some(), kind.is_char_device() || kind.is_block_device(), "{path}");
        assert_eq!(host.path(&path) == Some(PathKind::Dir), kind.is_dir(), "{path}");
        let Some(device) = host.device(&path) else { continue };
        assert_eq!(device.block, kind.is_block_device(), "{path}");
        // The encoding of `dev_t` in user space, written down once more.
        let (major, minor) = (u64::from(device.major), u64::from(device.minor));
        let encoded = (major & 0xfff) << 8 | minor & 0xff | (minor & !0xff) << 12;
        assert_eq!(encoded, real.rdev(), "{path}");
    }
}

/// A node, or nothing where this user may not make one and the tests may go without.
fn node(folder: &Folder, name: &str, kind: &str, major: u32, minor: u32) -> Option<String> {
    let path = folder.path().join(name);
    let numbers = [major.to_string(), minor.to_string()];
    let made = Command::new("mknod").arg(&path).arg(kind).args(numbers).output().expect("coreutils");
    if made.status.success() {
        return Some(format!("/{name}"));
    }
    lacks("device nodes are made as root only");
    None
}

#[test]
fn numbers_of_nodes_have_twelve_and_twenty_bits() {
    let folder = Folder::new();
    for (kind, major, minor) in [
        ("c", 10, 259),
        ("c", 510, 0),
        ("c", 195, 255),
        ("c", 256, 256),
        ("b", 259, 65_536),
        ("b", 4095, 1_048_575),
        ("c", 0, 1),
    ] {
        let Some(path) = node(&folder, &format!("{kind}-{major}-{minor}"), kind, major, minor) else { return };
        let device = fake(&folder).device(&path).expect("a node that was just made");
        assert_eq!((device.block, device.major, device.minor), (kind == "b", major, minor));
    }
}

#[test]
fn capabilities_are_the_bounding_set() {
    let host = LiveHost::new();
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc is mounted");
    let bounding = status.lines().find_map(|line| line.strip_prefix("CapBnd:\t")).expect("a line of status");
    let bounding = u64::from_str_radix(bounding, 16).expect("hexadecimal");
    let names = texts(host.field(HostField::Capabilities));
    let words = plimsoll::schema::vocabulary::CAPABILITY.words;
    let mask = names.iter().map(|name| words.iter().position(|word| word == name).expect("a capability"));
    let mask = mask.fold(0_u64, |mask, bit| mask | 1 << bit);
    assert_eq!(mask, bounding & ((1 << words.len()) - 1));
    assert!(!names.is_empty());
}

#[test]
fn the_machine_says_what_it_is() {
    let host = LiveHost::new();
    let read = |path: &str| std::fs::read_to_string(path).expect("/proc is mounted");
    let kernel = text(host.field(HostField::Kernel)).expect("every kernel has one");
    assert!(read("/proc/sys/kernel/osrelease").starts_with(kernel) && kernel.contains('.'), "{kernel}");
    let arch = text(host.field(HostField::Arch)).expect("every machine has one");
    let expected = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    assert_eq!(arch, expected);
    let mounts = read("/proc/self/mountinfo");
    let mounted = |path: &str, kind: &str| {
        mounts.lines().any(|line| line.contains(&format!(" {path} ")) && line.contains(&format!(" - {kind} ")))
    };
    let expected = if mounted("/sys/fs/cgroup", "cgroup2") {
        "v2"
    } else if mounted("/sys/fs/cgroup/unified", "cgroup2") {
        "hybrid"
    } else {
        "v1"
    };
    assert_eq!(text(host.field(HostField::Cgroup)), Some(expected));
    let id = |field| if let Kind::Int(id) = host.field(field).kind { id } else { -1 };
    let own = std::fs::metadata("/proc/self").expect("/proc is mounted");
    assert_eq!((id(HostField::Euid), id(HostField::Egid)), (own.uid().into(), own.gid().into()));
}

#[test]
fn majors_are_those_of_character_devices() {
    let folder = Folder::new();
    let list = "Character devices:\n  1 mem\n  4 /dev/vc/0\n 10 misc\n195 nvidia\n195 nvidiactl\n234 kfd\n511 kfd\n\n\
                Block devices:\n  7 loop\n259 blkext\n";
    folder.file("proc/devices", list);
    let host = fake(&folder);
    assert_eq!(["mem", "/dev/vc/0", "nvidiactl"].map(|name| host.major(name)), [Some(1), Some(4), Some(195)]);
    assert_eq!(host.major("kfd"), Some(234));
    assert_eq!(["loop", "blkext", "devices:", ""].map(|name| host.major(name)), [None; 4]);
    assert_eq!(told(&host), []);
    assert_eq!(LiveHost::new().major("mem"), Some(1));
}

#[test]
fn a_missing_list_of_drivers_is_a_warning_and_a_damaged_one_an_error() {
    let folder = Folder::new();
    let host = fake(&folder);
    assert_eq!((host.major("mem"), host.major("misc")), (None, None));
    assert_eq!(told(&host), [(Severity::Warning, "`/proc/devices` is not there".to_owned())]);

    for (list, message) in [
        ("Character devices:\n  1 mem\nmisc 10\n", "`/proc/devices` has no number and name in line 3"),
        ("Character devices:\n  1 mem\n 4096 misc\n", "`/proc/devices` has no number and name in line 3"),
        ("Character devices:\n  1 mem\n 10\n", "`/proc/devices` has no number and name in line 3"),
        ("  1 mem\n 10 misc\n", "`/proc/devices` has no list of character devices"),
        ("", "`/proc/devices` has no list of character devices"),
    ] {
        folder.file("proc/devices", list);
        let host = fake(&folder);
        host.major("mem");
        assert_eq!(host.major("misc"), None);
        let expected = format!("{message}: whether there is a driver `misc` is not known");
        assert!(told(&host).contains(&(Severity::Error, expected)), "{list:?}: {:?}", told(&host));
    }
    folder.file("proc/devices", "Character devices:\n  1 mem\nnonsense\n 10 misc\n");
    let host = fake(&folder);
    assert_eq!((host.major("misc"), told(&host)), (Some(10), Vec::new()), "what was asked for is there");

    folder.sparse("proc/devices", 100 << 20);
    let host = fake(&folder);
    assert_eq!(host.major("mem"), None);
    assert_eq!(told(&host), [(Severity::Error, "`/proc/devices` is larger than 16 MiB".to_owned())]);
}

#[test]
fn what_a_damaged_host_cannot_say_refuses_the_render() {
    let folder = Folder::new();
    folder.file("proc/devices", "Character devices:\n damaged\n");
    let rules = "rule spec { ociVersion = \"1.0.2\"; root.path = \"rootfs\"; }
        rule device { linux.resources.devices += { allow: true, type: \"c\", major: host.major(\"uvm\") else 510, access: \"rwm\" } }";
    let policy = Layers::new().layer("test", [("test.plim", rules)]).compile().expect("a sound policy");
    let deployment = "{version: v1, deployment: test, services: {web: {image: {name: a}}}}";
    let request = Request::builder("deployment", deployment).host(std::sync::Arc::new(fake(&folder)));
    let facts = request.build(policy.schema()).and_then(|request| request.facts()).expect("a sound request");
    let arena = Arena::new();
    let report = policy.render(&facts, &arena).expect_err("a driver may have been there");
    assert_eq!(
        report.diagnostics[0].message,
        "`/proc/devices` has no number and name in line 2: whether there is a driver `uvm` is not known"
    );
    assert!(policy.trace(&facts, &arena).is_err());
}

#[test]
fn paths_are_what_they_lead_to() {
    let folder = Folder::new();
    folder.file("dev/file", "");
    folder.dir("dev/dir");
    symlink("file", folder.path().join("dev/link")).expect("a new link");
    symlink("nowhere", folder.path().join("dev/dangling")).expect("a new link");
    symlink("loop", folder.path().join("dev/loop")).expect("a new link");
    symlink("/dev/null", folder.path().join("dev/device")).expect("a new link");
    let _socket = UnixListener::bind(folder.path().join("dev/socket")).expect("a new socket");
    let host = fake(&folder);
    let kinds = ["file", "dir", "link", "dangling", "loop", "device", "socket", "none", "file/below"];
    let kinds = kinds.map(|name| host.path(&format!("/dev/{name}")));
    use PathKind::{Device, Dir, File, Socket};
    assert_eq!(kinds, [Some(File), Some(Dir), Some(File), None, None, Some(Device), Some(Socket), None, None]);
    assert_eq!(host.device("/dev/device").map(|device| (device.major, device.minor)), Some((1, 3)));
    assert_eq!((host.device("/dev/file"), host.device("/dev/dir"), host.device("/dev/dangling")), (None, None, None));
    assert_eq!(["dev/file", "", "/dev/\0"].map(|path| host.path(path)), [None; 3]);
    let long = format!("/{}", "a".repeat(5000));
    assert_eq!((host.path(&long), told(&host)), (None, Vec::new()));
    assert_eq!(
        host.glob("/dev/*"),
        ["/dev/device", "/dev/dir", "/dev/file", "/dev/link", "/dev/socket"],
        "what leads nowhere is not there"
    );
}

#[test]
fn what_is_asked_twice_is_answered_alike() {
    let folder = Folder::new();
    folder.file("dev/a", "");
    folder.file("proc/devices", "Character devices:\n  1 mem\n");
    folder.file("etc/group", "a:x:1:\n");
    let host = fake(&folder);
    let all = |host: &LiveHost| {
        let groups = host.field(HostField::Groups).clone();
        (host.path("/dev/a"), host.path("/dev/b"), host.glob("/dev/?"), host.major("mem"), groups)
    };
    let before = all(&host);
    folder.file("dev/b", "");
    folder.remove("dev/a");
    folder.file("proc/devices", "Character devices:\n  2 mem\n");
    folder.file("etc/group", "a:x:2:\n");
    assert_eq!(all(&host), before);
    assert_ne!(all(&fake(&folder)), before);
}

#[test]
fn globs_are_sorted_and_take_stars_between_slashes() {
    let folder = Folder::new();
    for path in ["sys/cpu10/t", "sys/cpu1/t", "sys/cpu1/u", "sys/gpu1/t", "sys/.cpu/t", "sys/[a]/t", "sys/cpu2.txt"] {
        folder.file(path, "");
    }
    let host = fake(&folder);
    assert_eq!(host.glob("/sys/cpu*/t"), ["/sys/cpu1/t", "/sys/cpu10/t"]);
    assert_eq!(host.glob("/sys/?pu1/?"), ["/sys/cpu1/t", "/sys/cpu1/u", "/sys/gpu1/t"]);
    assert_eq!(host.glob("/sys//[a]/./*"), ["/sys/[a]/t"]);
    assert_eq!(host.glob("/sys/*pu/t"), ["/sys/.cpu/t"]);
    assert_eq!(host.glob("/sys/cpu1"), ["/sys/cpu1"]);
    assert_eq!(
        [host.glob("sys/*"), host.glob("/none/*"), host.glob("/sys/*/*/*"), host.glob("")],
        [const { Vec::<String>::new() }; 4]
    );
    assert_eq!(told(&host), []);
}

#[test]
fn control_groups_by_what_is_mounted() {
    let folder = Folder::new();
    let host = fake(&folder);
    assert_eq!(text(host.field(HostField::Cgroup)), Some("v2"));
    let unknown = "nothing is mounted at `/sys/fs/cgroup`: how control groups are laid out is not known";
    assert_eq!(told(&host), [(Severity::Error, unknown.to_owned())]);
    folder.dir("sys/fs/cgroup/memory");
    let host = fake(&folder);
    assert_eq!((text(host.field(HostField::Cgroup)), told(&host)), (Some("v1"), Vec::new()));
}

#[test]
fn a_machine_without_a_bounding_set_grants_nothing() {
    let folder = Folder::new();
    for (status, message) in [
        (None, "`/proc/self/status` is not there"),
        (Some("Name:\ttest\n"), "`/proc/self/status` has no capability bounding set"),
        (Some("CapBnd:\tall\n"), "`/proc/self/status` has no capability bounding set"),
    ] {
        status.iter().for_each(|status| folder.file("proc/self/status", status));
        folder.file("proc/sys/kernel/cap_last_cap", "40\n");
        let host = fake(&folder);
        assert_eq!(texts(host.field(HostField::Capabilities)), [""; 0]);
        assert_eq!(told(&host), [(Severity::Error, message.to_owned())]);
    }
    folder.file("proc/self/status", "CapBnd:\tfffffffffffffff9\n");
    folder.file("proc/sys/kernel/cap_last_cap", "4\n");
    assert_eq!(texts(fake(&folder).field(HostField::Capabilities)), ["CHOWN", "FOWNER", "FSETID"]);
}

#[test]
fn groups_are_sorted_and_sub_ids_are_those_of_this_user() {
    let folder = Folder::new();
    let uid = std::fs::metadata("/proc/self").expect("/proc is mounted").uid();
    folder.file("etc/group", "video:x:44:me\naudio:x:29:\n# a:x:1:\nvideo:x:45:\n+nis:x:3:\nbad:x:-1:\n");
    folder.file("etc/passwd", format!("me:x:{uid}:5:::\nother:x:77777:5:::\n"));
    folder.file("etc/subuid", "other:1:2\n\n# me:3:4\nme:100000:65536\nme:200000:5\n");
    folder.file("etc/subgid", format!("{uid}:300000:65536\n"));
    let host = fake(&folder);
    let int = |value: i128| Datum::new(Kind::Int(value));
    let Kind::Map(groups) = &host.field(HostField::Groups).kind else { panic!("groups are a map") };
    assert_eq!(
        groups.iter().map(|(k, v)| (&**k, v.clone())).collect::<Vec<_>>(),
        [("audio", int(29)), ("video", int(44))]
    );
    assert_eq!(host.field(HostField::Subuid).kind, Kind::Record([int(100_000), int(65_536)].into()));
    assert_eq!(host.field(HostField::Subgid).kind, Kind::Record([int(300_000), int(65_536)].into()));
    assert_eq!(told(&host), []);
}

#[test]
fn damaged_and_missing_sub_ids_are_warnings() {
    let folder = Folder::new();
    folder.file("etc/passwd", "");
    for line in ["me:1", "me:1:2:3", "me:a:1", "me:1:0", ":1:1", "me:4294967294:4294967294"] {
        folder.file("etc/subuid", format!("\n{line}\n"));
        let host = fake(&folder);
        assert!(host.field(HostField::Subuid).is_absent());
        assert_eq!(
            told(&host),
            [(Severity::Warning, "`/etc/subuid` has no name, start and count in line 2".to_owned())]
        );
    }
    let host = fake(&folder);
    assert!(host.field(HostField::Subgid).is_absent());
    assert_eq!(told(&host), [(Severity::Warning, "`/etc/subgid` is not there".to_owned())]);
}

#[test]
fn the_environment_is_utf8_and_not_shown() {
    let folder = Folder::new();
    let env = [("B", "2"), ("A", "s3cret"), ("A", "later")].map(|(name, value)| (name.into(), value.into()));
    let bad = (OsString::from("C"), OsString::from_vec(vec![0xff]));
    let host = LiveHost::under(folder.path(), env.into_iter().chain([bad]));
    assert_eq!(host.variable("A").and_then(text), Some("s3cret"));
    assert_eq!(host.variable("C"), None);
    let Kind::Map(all) = &host.field(HostField::Env).kind else { panic!("the environment is a map") };
    assert_eq!(all.keys().map(|name| &**name).collect::<Vec<_>>(), ["A", "B"]);
    assert!(!format!("{host:?}").contains("s3cret"));
}

/// Only a user other than root can be kept out of a folder.
#[test]
fn a_folder_that_is_closed_is_a_warning() {
    let folder = Folder::new();
    folder.file("closed/file", "");
    let closed = folder.path().join("closed");
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o0)).expect("our own folder");
    let host = fake(&folder);
    let expected = if std::fs::metadata(closed.join("file")).is_ok() { (Some(PathKind::File), 0) } else { (None, 1) };
    assert_eq!((host.path("/closed/file"), told(&host).len()), expected);
    assert!(told(&host).iter().all(|(severity, _)| *severity == Severity::Warning));
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o700)).expect("our own folder");
}
