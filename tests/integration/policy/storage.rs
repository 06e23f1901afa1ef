//! `storage`, kind by kind.

use super::{Case, each, row, service};

const SQLITE: &str = "not safe for SQLite";
const NO_PATH: &str = "gave no path for the volume";

fn storage(fields: &str) -> Case {
    service(&format!("storage:\n  - {{{fields}, target: /data}}"))
}

fn bind(case: Case, source: &str, access: &str) -> Case {
    case.has(
        "mounts[/data]",
        format!(
            r#"{{"destination": "/data", "type": "bind", "source": "{source}", "options": ["rbind", "{access}"]}}"#
        ),
    )
}

#[test]
fn binds() {
    row(
        "storage: bind",
        [
            bind(storage("type: bind, source: /s"), "/s", "rw").silent(),
            bind(storage("type: bind, source: /s, readonly: false"), "/s", "rw"),
            bind(storage("type: bind, source: /s, readonly: true"), "/s", "ro"),
            bind(storage("type: bind, source: /s//x/../y/./"), "/s//x/../y/./", "rw"),
            bind(storage("type: bind, source: /"), "/", "rw"),
            bind(storage("type: bind, source: /proc/sys"), "/proc/sys", "rw"),
            bind(storage("type: bind, source: /var/run/docker.sock"), "/var/run/docker.sock", "rw"),
            bind(storage("type: bind, source: '/a b,c'"), "/a b,c", "rw"),
            storage("type: bind, source: s").refused("absolute"),
            storage("type: bind, source: ./s").refused("absolute"),
            storage("type: bind, source: ''").refused("absolute"),
            storage("type: bind, source: '~/s'").refused("absolute"),
            storage("type: bind, source: 12").refused("absolute"),
            storage(r#"type: bind, source: "/s\0""#).refused("NUL"),
            storage("type: bind").refused("source"),
            storage("type: bind, source: null").refused("source"),
            storage("type: bind, source: /s, readonly: null").refused("readonly"),
            storage("type: bind, source: /s, readonly: 'true'").refused("readonly"),
            storage("type: bind, source: /s, readonly: yes").refused("readonly"),
            storage("type: bind, source: /s, size: 1Gi").refused("size"),
            storage("type: bind, source: /s, readOnly: true").refused("readOnly"),
            storage("type: Bind, source: /s").refused("Bind"),
            storage("source: /s").refused("type"),
            service("storage: [{type: bind, source: /s}]").refused("target"),
            service("storage: null").refused("storage"),
        ],
    );
}

#[test]
fn named() {
    let volumes = r#"{"volumes": {"vol": "/v/vol", "rel": "v", "empty": "", "12": "/v/12"}}"#;
    let named = |fields: &str| storage(&format!("type: named, {fields}")).options(volumes);
    row(
        "storage: named",
        [
            bind(named("name: vol"), "/v/vol", "rw").silent(),
            bind(named("name: vol, readonly: true"), "/v/vol", "ro"),
            bind(named("name: vol, tier: local"), "/v/vol", "rw").silent(),
            bind(named("name: vol, tier: cached"), "/v/vol", "rw").silent(),
            bind(named("name: vol, tier: network"), "/v/vol", "rw").warned(SQLITE),
            bind(named("name: vol, size: 10Gi"), "/v/vol", "rw").silent(),
            bind(named("name: vol, size: what ever"), "/v/vol", "rw"),
            bind(named("name: vol, size: 0"), "/v/vol", "rw"),
            bind(named("name: vol, size: null"), "/v/vol", "rw"),
            bind(named("name: 12"), "/v/12", "rw"),
            named("name: other").refused(NO_PATH),
            named("name: Vol").refused(NO_PATH),
            named("name: ''").refused(NO_PATH),
            named("name: rel").refused("absolute"),
            named("name: empty").refused("absolute"),
            named("name: vol, tier: Local").refused("tier"),
            named("name: vol, tier: null").refused("tier"),
            named("name: vol, mode: 755").refused("mode"),
            named("name: null").refused("name"),
            storage("type: named, name: vol").refused(NO_PATH),
            storage("type: named, name: vol").options(r#"{"volumes": {"vol": null}}"#).refused(NO_PATH),
            storage("type: named, name: vol").options(r#"{"volumes": {"vol": "/v\u0000"}}"#).refused("NUL"),
            storage("type: named").refused("name"),
            bind(
                service("storage: [{type: named, name: vol, target: /a}, {type: named, name: vol, target: /data}]")
                    .options(volumes),
                "/v/vol",
                "rw",
            ),
        ],
    );
}

#[test]
fn anonymous() {
    let at = |target: &str, key: &str| {
        let case = service(&format!("storage: [{{type: anonymous, target: {target}}}]"));
        case.options(&format!(r#"{{"volumes": {{"{key}": "/v"}}}}"#))
    };
    row(
        "storage: anonymous",
        [
            bind(at("/data", "_anon_data"), "/v", "rw").silent(),
            // As it is written.
            bind(at("//data", "_anon_data"), "/v", "rw"),
            bind(at("/data/", "_anon_data_"), "/v", "rw"),
            bind(at("/./data", "_anon_._data"), "/v", "rw"),
            at("/a/b//c", "_anon_a_b__c").has("mounts[/a/b/c].source", "\"/v\""),
            bind(storage("type: anonymous, tier: cached").options(r#"{"volumes": {"_anon_data": "/v"}}"#), "/v", "rw")
                .silent(),
            bind(storage("type: anonymous, tier: network").options(r#"{"volumes": {"_anon_data": "/v"}}"#), "/v", "rw")
                .warned(SQLITE),
            at("/data/", "_anon_data").refused(NO_PATH),
            at("/data", "_anon_/data").refused(NO_PATH),
            at("/data", "data").refused(NO_PATH),
            storage("type: anonymous").refused(NO_PATH),
            storage("type: anonymous, readonly: true").refused("readonly"),
            storage("type: anonymous, name: v").refused("name"),
            storage("type: anonymous").options(r#"{"volumes": {"_anon_data": "v"}}"#).refused("absolute"),
        ],
    );
}

#[test]
fn s3() {
    let volumes = r#"{"volumes": {"_s3_b_": "/v/b", "_s3_b_p": "/v/p", "_s3_b_a/b/": "/v/ab", "_s3_c_": "v"}}"#;
    let s3 = |fields: &str| storage(&format!("type: s3, {fields}")).options(volumes);
    row(
        "storage: s3",
        [
            bind(s3("bucket: b"), "/v/b", "rw").warned(SQLITE),
            bind(s3("bucket: b, prefix: ''"), "/v/b", "rw"),
            bind(s3("bucket: b, prefix: null"), "/v/b", "rw"),
            bind(s3("bucket: b, prefix: p"), "/v/p", "rw").warned(SQLITE),
            bind(s3("bucket: b, prefix: a/b/"), "/v/ab", "rw"),
            bind(s3("bucket: b, readonly: true"), "/v/b", "ro").warned(SQLITE),
            bind(s3("bucket: b, endpoint: http://m:9000, credentials: c"), "/v/b", "rw"),
            s3("bucket: b, prefix: q").refused(NO_PATH),
            s3("bucket: other").refused(NO_PATH),
            s3("bucket: c").refused("absolute"),
            s3("bucket: b, tier: network").refused("tier"),
            s3("prefix: p").refused("bucket"),
        ],
    );
}

fn tmpfs(fields: &str) -> Case {
    service(&format!("storage:\n  - {{type: tmpfs, target: /t{fields}}}"))
}

fn options(case: Case, options: &[&str]) -> Case {
    let all = [&["nosuid", "nodev"], options].concat();
    case.has(
        "mounts[/t]",
        format!(r#"{{"destination": "/t", "type": "tmpfs", "source": "tmpfs", "options": {all:?}}}"#),
    )
}

#[test]
fn tmpfs_size() {
    let sizes = [
        ("1", "1"),
        ("4096", "4096"),
        ("'4096'", "4096"),
        ("1k", "1024"),
        ("1K", "1024"),
        ("2m", "2097152"),
        ("2M", "2097152"),
        ("1g", "1073741824"),
        ("1G", "1073741824"),
        ("1t", "1099511627776"),
        ("1T", "1099511627776"),
        ("1Ki", "1024"),
        ("64Mi", "67108864"),
        ("1Gi", "1073741824"),
        ("1Ti", "1099511627776"),
        ("010", "10"),
        ("50%", "50%"),
        ("100%", "100%"),
        ("9223372036854775807", "9223372036854775807"),
        ("8388607Ti", "9223370937343148032"),
    ];
    each(
        "storage: tmpfs size",
        sizes.map(|(size, bytes)| options(tmpfs(&format!(", size: {size}")), &[&format!("size={bytes}")])),
    );
    let bad = [
        "0",
        "00",
        "0k",
        "0Mi",
        "'0%'",
        "9223372036854775808",
        "8388608Ti",
        "99999999999999999999",
        "''",
        "k",
        "Mi",
        "'%'",
        "1kb",
        "1KB",
        "1mi",
        "1KI",
        "1Pi",
        "1e",
        "1P",
        "1e3",
        "1.5G",
        "+1",
        "-1",
        "0x10",
        "1_000",
        "' 1'",
        "'1 '",
        "1 k",
        "'1%%'",
        "'-5%'",
        "'1.5%'",
        "'50 %'",
        "max",
        "'1k,exec'",
        "true",
    ];
    each("storage: tmpfs size, refused", bad.map(|size| tmpfs(&format!(", size: {size}")).refused("size")));
    row("storage: tmpfs without a size", [options(tmpfs(""), &[]), options(tmpfs(", size: null"), &[])]);
}

#[test]
fn tmpfs_mode() {
    let modes = [
        ("1777", "1777"),
        ("'1777'", "1777"),
        ("01777", "1777"),
        ("0o1777", "1777"),
        ("'0o1777'", "1777"),
        ("755", "755"),
        ("0755", "755"),
        ("0", "0"),
        ("000", "0"),
        ("7", "7"),
        ("7777", "7777"),
        ("07777", "7777"),
        ("00007777", "7777"),
        ("0o0", "0"),
        ("448 ", "refused"),
    ];
    each(
        "storage: tmpfs mode, the octal digits that were written",
        modes
            .into_iter()
            .filter(|(_, mode)| *mode != "refused")
            .map(|(written, mode)| options(tmpfs(&format!(", mode: {written}")), &[&format!("mode={mode}")])),
    );
    let bad = [
        "8",
        "778",
        "448",
        "1999",
        "0x1ff",
        "0b111",
        "+755",
        "-755",
        "10000",
        "010000",
        "0o10000",
        "''",
        "0o",
        "7.5",
        "7e2",
        "rwx",
        "' 755'",
        "7_5_5",
        "0O755",
        "true",
        "99999999999999999999999",
    ];
    each("storage: tmpfs mode, refused", bad.map(|mode| tmpfs(&format!(", mode: {mode}")).refused("mode")));
    row(
        "storage: tmpfs mode beside a size, and none",
        [
            options(tmpfs(", size: 1Mi, mode: 700"), &["size=1048576", "mode=700"]),
            options(tmpfs(", mode: 700, size: 1Mi"), &["size=1048576", "mode=700"]),
            options(tmpfs(", mode: null"), &[]).silent(),
            tmpfs(", readonly: true").refused("readonly"),
            tmpfs(", source: /s").refused("source"),
        ],
    );
}
