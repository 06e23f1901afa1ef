//! The file systems that every container has, and the order of all mounts.

use super::{Case, each, row, service};

const TARGETS: &str = "mounts[*].destination";

const BASE: [(&str, &str, &str, &str); 7] = [
    ("/proc", "proc", "proc", "nosuid noexec nodev"),
    ("/dev", "tmpfs", "tmpfs", "nosuid strictatime mode=755 size=65536k"),
    ("/dev/pts", "devpts", "devpts", "nosuid noexec newinstance ptmxmode=0666 mode=0620 gid=5"),
    ("/dev/shm", "tmpfs", "shm", "nosuid noexec nodev mode=1777 size=65536k"),
    ("/dev/mqueue", "mqueue", "mqueue", "nosuid noexec nodev"),
    ("/sys", "sysfs", "sysfs", "nosuid noexec nodev ro"),
    ("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid noexec nodev relatime ro"),
];

fn mount((target, kind, source, options): (&str, &str, &str, &str)) -> String {
    let options: Vec<&str> = options.split(' ').collect();
    format!(r#"{{"destination": "{target}", "type": "{kind}", "source": "{source}", "options": {options:?}}}"#)
}

/// The base, parents first.
fn base(privileged: bool) -> String {
    let at = |depth: usize| BASE.into_iter().filter(move |(target, ..)| target.matches('/').count() == depth);
    let mounts = (1..=3).flat_map(at).map(|(target, kind, source, options)| {
        mount((target, kind, source, if privileged { options.trim_end_matches(" ro") } else { options }))
    });
    format!("[{}]", mounts.collect::<Vec<_>>().join(", "))
}

#[test]
fn seven() {
    let cgroup = |mode: &str| service("").host(&format!(r#"{{"cgroup": "{mode}"}}"#)).has("mounts", base(false));
    row(
        "Mounts: the seven, on every kind of host; no `ro` when privileged",
        [
            service("").has("mounts", base(false)),
            cgroup("v1"),
            cgroup("v2"),
            cgroup("hybrid"),
            service("privileged: true").has("mounts", base(true)),
        ],
    );
}

#[test]
fn replaced_whole() {
    each(
        "Mounts: a service's own mount replaces a default one",
        BASE.map(|(target, ..)| {
            let own = format!(
                r#"{{"destination": "{target}", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev"]}}"#
            );
            let position = format!("mounts[{target}]").leak();
            service(&format!("storage: [{{type: tmpfs, target: {target}}}]")).has(position, own).lacks("mounts[7]")
        }),
    );
    row(
        "Mounts: however it is written",
        [
            service("storage: [{type: bind, source: /s, target: //dev/./shm/}]")
                .has("mounts[/dev/shm]", mount(("/dev/shm", "bind", "/s", "rbind rw")))
                .lacks("mounts[7]"),
            service("privileged: true\nstorage: [{type: bind, source: /sys, target: /sys/}]")
                .has("mounts[/sys]", mount(("/sys", "bind", "/sys", "rbind rw"))),
            service("storage: [{type: bind, source: /dev, target: /dev}]")
                .has(TARGETS, r#"["/proc", "/dev", "/sys", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys/fs/cgroup"]"#),
        ],
    );
}

#[test]
fn order() {
    let targets = |targets: &[&str]| {
        let storage: Vec<String> = targets.iter().map(|target| format!("{{type: tmpfs, target: {target}}}")).collect();
        service(&format!("storage: [{}]", storage.join(", ")))
    };
    row(
        "Mounts: a stable sort by depth, parents first",
        [
            targets(&["/a/b/c", "/b", "/a/b", "/a"]).has(
                TARGETS,
                r#"["/proc", "/dev", "/sys", "/b", "/a", "/dev/pts", "/dev/shm", "/dev/mqueue", "/a/b", "/sys/fs/cgroup", "/a/b/c"]"#,
            ),
            targets(&["/z/z", "/a/a", "/z", "/a"]).has(
                TARGETS,
                r#"["/proc", "/dev", "/sys", "/z", "/a", "/dev/pts", "/dev/shm", "/dev/mqueue", "/z/z", "/a/a", "/sys/fs/cgroup"]"#,
            ),
            // Depth counts components and not slashes.
            targets(&["/a/b", "//x//", "/./y/."]).has(
                TARGETS,
                r#"["/proc", "/dev", "/sys", "/x", "/y", "/dev/pts", "/dev/shm", "/dev/mqueue", "/a/b", "/sys/fs/cgroup"]"#,
            ),
            service("storage: [{type: tmpfs, target: /a/b/c}]").options(r#"{"socket": "/run/z.sock"}"#).has(
                TARGETS,
                r#"["/proc", "/dev", "/sys", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys/fs/cgroup", "/a/b/c", "/var/run/zlayer.sock"]"#,
            ),
        ],
    );
}

#[test]
fn socket() {
    let with = |fields: &str, socket: &str| service(fields).options(&format!(r#"{{"socket": {socket}}}"#));
    let path = "mounts[/var/run/zlayer.sock]";
    let own = |target: &str| format!("storage: [{{type: bind, source: /a, target: {target}}}]");
    row(
        "Mounts: the socket",
        [
            with("", r#""/run/z.sock""#).has(path, mount(("/var/run/zlayer.sock", "bind", "/run/z.sock", "rbind ro"))),
            with("", r#""/a//b/../z""#).has(path, mount(("/var/run/zlayer.sock", "bind", "/a//b/../z", "rbind ro"))),
            with("", "null").lacks(path),
            service("").lacks(path),
            service(&own("/var/run/zlayer.sock")).has(path, mount(("/var/run/zlayer.sock", "bind", "/a", "rbind rw"))),
            with(&own("/var/run"), r#""/run/z.sock""#)
                .has(path, mount(("/var/run/zlayer.sock", "bind", "/run/z.sock", "rbind ro"))),
            with("", r#""z.sock""#).refused("absolute"),
            with("", r#""""#).refused("absolute"),
            with("", r#""/z\u0000""#).refused("NUL"),
            with(&own("/var/run/zlayer.sock"), r#""/run/z.sock""#).refused("two mounts"),
            with(&own("/var//run/./zlayer.sock/"), r#""/run/z.sock""#).refused("two mounts"),
            // Even the very same mount.
            with("storage: [{type: bind, source: /z, target: /var/run/zlayer.sock, readonly: true}]", r#""/z""#)
                .refused("two mounts"),
        ],
    );
}

fn two(first: &str, second: &str) -> Case {
    service(&format!("storage: [{{type: tmpfs, target: '{first}'}}, {{type: tmpfs, target: '{second}'}}]"))
}

#[test]
fn targets() {
    let bind = |target: &str| service(&format!("storage: [{{type: bind, source: /s, target: '{target}'}}]"));
    let clean = |target: &str, written: &str| bind(target).has("mounts[3].destination", format!("\"{written}\""));
    row(
        "Mounts: a target is written without doubled, trailing and `.` components",
        [
            clean("/a", "/a"),
            clean("/a/", "/a"),
            clean("//a", "/a"),
            clean("/./a/.", "/a"),
            clean("/a b", "/a b"),
            clean("/...", "/..."),
            clean("/..a", "/..a"),
        ],
    );
    let bad = [
        "", "a", "./a", "../a", "/..", "/a/..", "/a/../b", "/../a", "/", "//", "/.", "/./", "///.//", " /a", "~", "123",
    ];
    each(
        "Mounts: a target must be absolute, without `..`, not `/`",
        bad.map(|target| bind(target).refused("an absolute path")),
    );
    let kinds =
        ["type: bind, source: /s", "type: named, name: v", "type: anonymous", "type: tmpfs", "type: s3, bucket: b"];
    let volumes = r#"{"volumes": {"v": "/v", "_anon_": "/v", "_anon_.._a": "/v", "_anon_a_.._b": "/v", "_s3_b_": "/v", "a": "/v", "_anon_a": "/v"}}"#;
    for target in ["/", "a", "/a/../b", "/../a"] {
        let case = |kind: &str| service(&format!("storage: [{{{kind}, target: {target}}}]")).options(volumes);
        each("Mounts: so for each kind", kinds.map(|kind| case(kind).refused("an absolute path")));
    }
    let same = [("/a", "/a"), ("/a", "/a/"), ("/a/b", "//a/./b"), ("/dev/shm", "/dev//shm"), ("/a/.", "/a")];
    each("Mounts: two entries on one target", same.map(|(first, second)| two(first, second).refused("two mounts")));
    let other = [("/a", "/A"), ("/a", "/ab"), ("/a", "/a/b"), ("/a", "/a ")];
    each(
        "Mounts: two targets",
        other.map(|(first, second)| two(first, second).has("mounts[0].destination", "\"/proc\"")),
    );
    row("Mounts: NUL", [service(r#"storage: [{type: tmpfs, target: "/a\0"}]"#).refused("NUL")]);
}
