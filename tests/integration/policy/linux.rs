//! Namespaces, hidden paths and limits.

use super::{Case, each, row, service};

#[test]
fn namespaces() {
    let path = "linux.namespaces[*].type";
    let on = |cgroup: &str, options: &str| service("").host(&format!(r#"{{"cgroup": {cgroup}}}"#)).options(options);
    row(
        "namespaces",
        [
            on(r#""v1""#, "{}").has(path, r#"["pid", "ipc", "uts", "mount", "network"]"#),
            on(r#""hybrid""#, "{}").has(path, r#"["pid", "ipc", "uts", "mount", "network"]"#),
            on(r#""v2""#, "{}").has(path, r#"["pid", "ipc", "uts", "mount", "network", "cgroup"]"#),
            on("null", "{}").has(path, r#"["pid", "ipc", "uts", "mount", "network", "cgroup"]"#),
            on(r#""v1""#, r#"{"host_network": true}"#).has(path, r#"["pid", "ipc", "uts", "mount"]"#),
            on(r#""v2""#, r#"{"host_network": true}"#).has(path, r#"["pid", "ipc", "uts", "mount", "cgroup"]"#),
            on(r#""v1""#, r#"{"host_network": false}"#).has(path, r#"["pid", "ipc", "uts", "mount", "network"]"#),
            on(r#""v1""#, r#"{"host_network": null}"#).has(path, r#"["pid", "ipc", "uts", "mount", "network"]"#),
            service("privileged: true").has(path, r#"["pid", "ipc", "uts", "mount", "network", "cgroup"]"#),
            service("").has("linux.namespaces[0]", r#"{"type": "pid"}"#),
            on(r#""v1""#, r#"{"host_network": "true"}"#).refused("host_network"),
            on(r#""v3""#, "{}").refused("cgroup"),
            service("host_network: true").refused("host_network"),
        ],
    );
}

#[test]
fn paths() {
    let masked = r#"["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
        "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware"]"#;
    let readonly = r#"["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]"#;
    row(
        "`rootfsPropagation`, maskedPaths, readonlyPaths",
        [
            service("").has("linux.rootfsPropagation", r#""private""#),
            service("privileged: true").has("linux.rootfsPropagation", r#""private""#),
            service("").has("linux.maskedPaths", masked),
            service("").has("linux.readonlyPaths", readonly),
            service("privileged: true").lacks("linux.maskedPaths"),
            service("privileged: true").lacks("linux.readonlyPaths"),
            service("capabilities: [ALL]").has("linux.maskedPaths", masked),
        ],
    );
}

#[test]
fn masked_paths_stay_masked() {
    let over = |target: &str| format!("storage: [{{type: bind, source: /s, target: {target}}}]");
    row(
        "maskedPaths: nothing is mounted below one",
        [
            service(&over("/sys/firmware")).refused("masked `/sys/firmware`"),
            service(&over("/proc//scsi/./x")).refused("masked `/proc/scsi`"),
            service(&format!("{}\nprivileged: true", over("/sys/firmware")))
                .has("mounts[/sys/firmware].source", "\"/s\""),
            service(&over("/sys/firmwares")).has("mounts[/sys/firmwares].source", "\"/s\""),
            service(&over("/proc/acpi2")).has("mounts[/proc/acpi2].source", "\"/s\""),
        ],
    );
}

fn cpu(cores: &str) -> Case {
    service(&format!("resources: {{cpu: {cores}}}"))
}

#[test]
fn cpu_quota() {
    let quotas = [
        ("1", "100000"),
        ("0.5", "50000"),
        ("+1", "100000"),
        ("1.", "100000"),
        (".5", "50000"),
        ("1e-1", "10000"),
        ("1E1", "1000000"),
        ("0x10", "1600000"),
        ("0o10", "800000"),
        ("52.308", "5230800"),
        ("1.000004", "100000"),
        ("1.000006", "100001"),
        ("0.0625", "6250"),
        // A half is rounded up.
        ("0.015625", "1563"),
        ("0.046875", "4688"),
        // The least and the most that the kernel takes, after rounding.
        ("0.01", "1000"),
        ("0.009996", "1000"),
        ("175921860.44415", "17592186044415"),
        ("175921860.444154", "17592186044415"),
    ];
    each(
        "cpu",
        quotas.map(|(cores, quota)| {
            cpu(cores).has("linux.resources.cpu", format!(r#"{{"quota": {quota}, "period": 100000}}"#))
        }),
    );
    let out = [
        ("0.009994", "less"),
        ("0.001", "less"),
        ("0", "less"),
        ("-0.0", "less"),
        ("-1", "less"),
        ("-0x1", "cpu"),
        ("1e-300", "less"),
        ("175921860.44416", "more"),
        ("175921860.45", "more"),
        ("1e300", "no whole number"),
        ("1e400", "cpu"),
        (".inf", "finite"),
        ("-.inf", "finite"),
        (".nan", "finite"),
    ];
    each("cpu: refused", out.map(|(cores, why)| cpu(cores).refused(why)));
    let typed = ["'1'", "1_000", "half", "''", "true", "[1]", "inf", "NaN", "1 core", "500m"];
    each("cpu: no number", typed.map(|cores| cpu(cores).refused("cpu")));
    each("cpu: none", ["null", "~", ""].map(|cores| cpu(cores).lacks("linux.resources.cpu")));
}

fn memory(text: &str) -> Case {
    service(&format!("resources: {{memory: {text}}}"))
}

#[test]
fn memory_limit() {
    let limits = [
        ("1", "1"),
        ("'1'", "1"),
        ("512Mi", "536870912"),
        ("1Ki", "1024"),
        ("1Gi", "1073741824"),
        ("1Ti", "1099511627776"),
        ("1k", "1000"),
        ("1K", "1000"),
        ("1m", "1000000"),
        ("1M", "1000000"),
        ("1g", "1000000000"),
        ("1G", "1000000000"),
        ("1t", "1000000000000"),
        ("1T", "1000000000000"),
        ("007", "7"),
        ("00512Mi", "536870912"),
        ("' 512Mi '", "536870912"),
        ("\"\\t1\\n\"", "1"),
        ("9223372036854775807", "9223372036854775807"),
        ("8388607Ti", "9223370937343148032"),
        ("9223372T", "9223372000000000000"),
    ];
    each(
        "memory",
        limits.map(|(text, bytes)| memory(text).has("linux.resources.memory", format!(r#"{{"limit": {bytes}}}"#))),
    );
    let bad = [
        "0",
        "00",
        "0Mi",
        "9223372036854775808",
        "8388608Ti",
        "9223373T",
        "18446744073709551615Ki",
        "99999999999999999999999999999999999999999",
        "''",
        "' '",
        "Mi",
        "1MB",
        "1B",
        "1KiB",
        "1mi",
        "1MI",
        "1ki",
        "1Pi",
        "1E",
        "1e3",
        "1.5Gi",
        "0.5",
        "+1",
        "-1",
        "1 Mi",
        "1M i",
        "0x10",
        "1_000",
        "½Gi",
        "٣",
        "1,000",
        "unlimited",
        "max",
        "true",
        "50%",
    ];
    each("memory: refused", bad.map(|text| memory(text).refused("memory")));
    each("memory: no text", ["[1]", "{a: 1}"].map(|text| memory(text).refused("memory")));
    each("memory: none", ["null", "~", ""].map(|text| memory(text).lacks("linux.resources.memory")));
}
