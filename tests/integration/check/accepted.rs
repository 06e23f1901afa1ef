//! What passes and what does not, in a line each. What passes is rendered as well: none of it may confuse the
//! evaluator.

use super::{codes, compile_text};
use plimsoll::diagnostics::code;
use plimsoll::eval::Arena;
use plimsoll::facts::request::Request;

/// A service with a bit of everything, and one with nothing.
const REQUESTS: [&str; 2] = [
    r#"{ "deployment": { "version": "v1", "deployment": "shop", "services": { "web": {
        "image": { "name": "nginx" }, "hostname": "shop", "env": { "A": "1", "B": "2" },
        "resources": { "cpu": 1.5, "memory": "64Mi", "gpu": { "count": 2, "vendor": "amd", "mode": "mps" } },
        "capabilities": ["NET_ADMIN", "ALL"], "devices": [{ "path": "/dev/kvm" }, { "path": "/dev/fuse" }],
        "storage": [{ "type": "bind", "source": "/srv", "target": "/data" },
                    { "type": "tmpfs", "target": "/tmp", "size": "1m", "mode": "1777" },
                    { "type": "named", "name": "db", "target": "/db", "tier": "network" }] } } },
      "service": "web", "image": { "Entrypoint": ["/bin/web"], "User": "7:8", "Env": ["X=y"] },
      "host": { "devices": { "/dev/kvm": { "type": "c", "major": 10, "minor": 232 } }, "kernel": "6.1" },
      "accounts": { "users": { "w": { "uid": 7, "gid": 8 } }, "groups": { "g": { "gid": 9, "members": ["w"] } } },
      "options": { "gpu_indices": [1, 0], "args": ["a"], "volumes": { "db": "/v" } } }"#,
    r#"{ "deployment": { "version": "v1", "deployment": "shop", "services": { "web": { "image": { "name": "nginx" } } } }, "service": "web" }"#,
];

/// Renders a policy that passes; what refuses a service is its own affair, a mistake of ours is not.
fn render(text: &str) {
    let policy = match compile_text(text) {
        Ok(policy) => policy,
        Err(report) => {
            assert!(
                report.diagnostics.iter().all(|it| it.code != code::INTERNAL),
                "{text}\nconfuses the checker: {report}"
            );
            return;
        }
    };
    let mut arena = Arena::new();
    for request in REQUESTS {
        let facts = Request::from_json("request.json", request, policy.schema()).unwrap().facts().unwrap();
        for report in [policy.render(&facts, &arena).err(), policy.trace(&facts, &arena).err()].into_iter().flatten() {
            let ours = report.diagnostics.iter().any(|diagnostic| diagnostic.code == code::INTERNAL);
            assert!(!ours, "{text}\nconfuses the evaluator: {report}");
        }
        arena = Arena::new();
    }
}

/// Checks one policy a line: the codes it gets, a bar, the policy. A line that is no item is the body of a rule.
fn table(rows: &str) {
    let mut wrong = String::new();
    for row in rows.lines().map(str::trim).filter(|row| !row.is_empty()) {
        let (wanted, text) = row.split_once('|').expect("a row");
        let text = text.trim();
        let items = ["rule ", "let ", "invariant ", "fact ", "test ", "replace ", "remove "];
        let text = match items.iter().any(|item| text.starts_with(item)) && !text.starts_with("let x ") {
            true => text.to_owned(),
            false => format!("rule t {{ {text} }}"),
        };
        let got = codes(&text);
        if got != wanted.trim() {
            wrong += &format!("{text}\n    wanted `{}`, got `{got}`\n", wanted.trim());
            if let Err(report) = compile_text(&text) {
                wrong += &format!("    {report}\n");
            }
        }
        render(&text);
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn presence() {
    table(
        r#"
        P0303 | hostname = service.hostname
              | hostname = service.hostname else "x"
              | hostname = service.hostname else skip
        P0304 | hostname = container.id else skip
        P0304 | hostname = container.id else "x"
              | if service.hostname is set { hostname = service.hostname }
        P0303 | if service.hostname is not set { hostname = service.hostname }
              | if service.hostname is not set { deny "no" } else { hostname = service.hostname }
        P0303 | if service.hostname is not set { deny "no" } hostname = service.hostname
              | if not (service.hostname is not set) { hostname = service.hostname }
        P0303 | if service.hostname is set or service.privileged { hostname = service.hostname }
              | if service.hostname is set and service.privileged { hostname = service.hostname }
              | if not (service.hostname is not set or service.privileged) { hostname = service.hostname }
              | if service.hostname == "a" { hostname = service.hostname }
              | if service.hostname in ["a", "b"] { hostname = service.hostname }
        P0303 | if service.hostname == options.hostname { hostname = service.hostname }
              | if options.hostname is set { if service.hostname == options.hostname { hostname = service.hostname } }
P0303 (P0310) | if service.hostname != "a" { hostname = service.hostname }
              | rule t when service.hostname is set { hostname = service.hostname }
              | rule t unless service.hostname is not set { hostname = service.hostname }
        P0303 | rule t unless service.hostname is set { hostname = service.hostname }
              | rule t when service.hostname is set unless len(service.hostname) > 3 { hostname = service.hostname }
              | if service.resources.gpu is set { annotations.v = service.resources.gpu.vendor }
              | if service.resources.gpu.mode is set { annotations.v = service.resources.gpu.vendor }
        P0303 | if service.resources.gpu is set { annotations.v = service.resources.gpu.mode }
              | let x = service.resources.gpu if x is set { annotations.v = service.resources.gpu.vendor }
              | let x = service.resources.gpu if service.resources.gpu is set { annotations.v = x.vendor }
              | let x = service.resources.gpu else skip annotations.v = x.vendor
              | let g = service.resources.gpu rule t when g is set { annotations.v = service.resources.gpu.vendor }
              | let g = service.resources.gpu rule t when g.vendor == "amd" { annotations.v = g.vendor }
              | let ok = service.hostname is set rule t when ok { hostname = service.hostname }
        P0303 | let ok = service.hostname is set rule t unless ok { hostname = service.hostname }
        P0303 | annotations.a = service.env["A"]
              | if "A" in service.env { annotations.a = service.env["A"] }
              | if "A" in service.env { annotations.a = service.env.A }
        P0303 | if "A" in service.env { annotations.a = service.env.B }
        P0303 | if "A" not in service.env { annotations.a = service.env.A }
              | for k in keys(image.labels) when k in service.env { annotations[k] = service.env[k] }
              | let x = first(service.devices) else skip annotations.a = x.path
              | let x = first(service.devices) if x is set { annotations.a = x.path }
        P0303 | let x = first(service.devices) annotations.a = x.path
              | annotations.a = service.hostname when service.hostname is set else "none"
              | annotations.a = "none" when service.hostname is not set else service.hostname
        P0303 | annotations.a = "none" when service.privileged else service.hostname
              | annotations.a = join([s.hostname when s.hostname is set for s in [service]], ",")
        P0303 | annotations.a = join([s.hostname for s in [service]], ",")
              | annotations.a = join([service.hostname when service.hostname is set, "x"], ",")
        P0303 | annotations.a = join([service.hostname, "x"], ",")
        P0303 | annotations += { a: service.hostname }
              | annotations += { a: service.hostname when service.hostname is set }
              | for s in service.storage when s.type == "tmpfs" and s.size is set { annotations.a = s.size }
        P0303 | for s in service.storage when s.type == "tmpfs" { annotations.a = s.size }
              | annotations.a = "{service.hostname else container.id}"
        P0303 | annotations.a = "{service.hostname}"
        P0303 | if service.hostname like "a*" { warn "x" }
              | if (service.hostname else "") like "a*" { warn "x" }
        P0303 | for x in options.args { warn x }
              | for x in (options.args else []) { warn x }
        P0303 | for x in options.args when options.args is set { warn x }
              | annotations.a = service.devices[0].path else "none"
        P0303 | annotations.a = service.devices[0].path
        P0304 | if container.id is set { warn "x" }
        "#,
    );
}

#[test]
fn absence_that_lets_a_condition_hold() {
    table(
        r#"
       (P0310) | if service.resources.gpu.vendor != "amd" { warn "x" }
       (P0310) | if "amd" != service.resources.gpu.vendor { warn "x" }
       (P0310) | if not (service.resources.gpu.vendor == "amd") { warn "x" }
       (P0310) | if service.resources.gpu.vendor not in ["amd"] { warn "x" }
       (P0310) | if not (service.resources.gpu.vendor in ["amd"]) { warn "x" }
              | if service.resources.gpu is set and service.resources.gpu.vendor != "amd" { warn "x" }
              | if service.resources.gpu is not set or service.resources.gpu.vendor != "amd" { warn "x" }
              | if service.resources.gpu.vendor == "amd" { warn "x" }
              | if container.id != "a" { warn "x" }
              | rule t unless service.resources.gpu.vendor == "amd" { warn "x" }
        "#,
    );
}

#[test]
fn tags() {
    table(
        r#"
        P0309 | for s in service.storage { annotations.a = s.source }
              | for s in service.storage { annotations.a = s.target }
              | for s in service.storage when s.type == "bind" { annotations.a = s.source }
        P0309 | for s in service.storage when s.type != "bind" { annotations.a = s.source }
              | for s in service.storage when s.type in ["bind", "named"] { annotations.a = string(s.readonly) }
        P0309 | for s in service.storage when s.type in ["bind", "tmpfs"] { annotations.a = string(s.readonly) }
              | for s in service.storage when s.type not in ["anonymous", "tmpfs"] { annotations.a = string(s.readonly) }
              | for s in service.storage { if s.type == "tmpfs" { warn "x" } else if s.type == "anonymous" { warn "y" } else { annotations.a = string(s.readonly) } }
              | for s in service.storage { annotations[s.target] = "x" when s.type == "tmpfs" or s.type == "anonymous" else string(s.readonly) }
              | annotations.a = join([s.source for s in service.storage when s.type == "bind"], ",")
        P0309 | annotations.a = join([s.source for s in service.storage], ",")
              | for s in service.storage when s.type == "named" or s.type == "anonymous" { annotations.a = s.tier }
              | for s in service.storage when not (s.type == "bind" or s.type == "tmpfs" or s.type == "s3") { annotations.a = s.tier }
        P0309 | for s in service.storage when s.type == "named" and service.privileged or s.type == "bind" { annotations.a = s.tier }
        P0302 | for s in service.storage when s.type == "bund" { warn "x" }
        P0202 | for s in service.storage when s.type == "bind" { warn s.sorce }
        "#,
    );
}

#[test]
fn words() {
    table(
        r#"
              | process.capabilities.bounding += "NET_ADMIN"
              | process.capabilities.bounding += "CAP_NET_ADMIN"
              | process.capabilities.bounding += ["CAP_NET_ADMIN", "KILL"]
        P0302 | process.capabilities.bounding += "NET_ADMN"
              | let wanted = ["CAP_KILL", "CHOWN"] rule t { process.capabilities.bounding += wanted }
        P0301 | let wanted = ["CAP_KILL", "CHWN"] rule t { process.capabilities.bounding += wanted }
              | for c in ["KILL", "CAP_CHOWN"] { process.capabilities.bounding += c }
        P0301 | for c in service.capabilities { process.capabilities.bounding += c }
              | for c in service.capabilities when c != "ALL" { process.capabilities.bounding += c }
              | for c in service.capabilities { if c == "ALL" { warn "x" } else { process.capabilities.bounding += c } }
              | for c in service.capabilities when c in ["KILL", "CHOWN"] { process.capabilities.bounding += c }
              | process.capabilities.bounding += [c for c in service.capabilities when c != "ALL"]
        P0301 | process.capabilities.bounding += [c for c in service.capabilities when c != "KILL"]
              | process.capabilities.bounding += "KILL" when service.privileged else "CHOWN"
        P0301 | process.capabilities.bounding += upper("kill")
        P0301 | for k, v in service.env { linux.namespaces += { type: v } }
        P0301 | for k, v in service.env when v in ["pid", "user"] { linux.namespaces += { type: v } }
              | let wanted = "CAP_NET_ADMIN" rule t { for c in service.capabilities when c == wanted { process.capabilities.bounding += c } }
        P0301 | let wanted = "CAP_NET_ADMIN" rule t { for c in service.capabilities when c == wanted { linux.namespaces += { type: c } } }
              | let rs = { a: "RLIMIT_CPU", b: "RLIMIT_AS" } rule t { process.rlimits += { type: rs[container.id] else "RLIMIT_AS", soft: 1, hard: 1 } }
              | let rs = { a: "RLIMIT_CPU" } rule t { let x = rs[lower(container.id)] else deny "no" process.rlimits += { type: x, soft: 1, hard: 1 } }
              | linux.namespaces["pid"] = { path: "/x" }
        P0302 | linux.namespaces["pidd"] = { path: "/x" }
        P0301 | linux.namespaces[container.id] = { path: "/x" }
        P0302 | linux.namespaces -= "pidd"
        (P0421) (P0421) | linux.namespaces -= ["pid", "user"]
              | linux.timeOffsets.monotonic = { secs: 1 }
        P0302 | linux.timeOffsets.monotnic = { secs: 1 }
        P0302 | linux.timeOffsets += { monotnic: { secs: 1 } }
        P0307 | linux.timeOffsets += { [k]: { secs: 1 } for k, v in service.env }
              | linux.timeOffsets += { boottime: { secs: 1 } }
        P0302 | if host.cgroup == "v3" { warn "x" }
              | if host.cgroup in ["v1", "hybrid"] { warn "x" }
        P0302 | if host.cgroup in ["v1", "v3"] { warn "x" }
              | if service.rtype == "job" { warn "x" }
        P0302 | if service.rtype == "jobs" { warn "x" }
              | if host.kernel >= "5.4" { warn "x" }
              | if host.kernel == "6.1.0" { warn "x" }
        P0301 | if host.kernel >= 6.1 { warn "x" }
        P0301 | if host.kernel >= "new" { warn "x" }
        "#,
    );
}

#[test]
fn numbers_and_shapes() {
    table(
        r#"
              | linux.resources.cpu.quota = round((service.resources.cpu else 1) * 100000)
        P0301 | linux.resources.cpu.quota = (service.resources.cpu else 1) * 100000
              | if (service.resources.cpu else 1) > 2 { warn "x" }
              | if service.resources.cpu == 2 { warn "x" }
              | if service.resources.cpu in [1, 2.5] { warn "x" }
              | if (max([1, 2.5]) else 0) > 2 { warn "x" }
        P0301 | if sort([host.kernel]) is not empty { warn "x" }
              | if 2 in [1.5, 2.0] { warn "{[1, 2.5][0] else 3}" }
              | for x in [1, 2.5] ++ [3] { warn "{x}" }
              | for k, v in ({ a: 1, b: 2.5 }) { warn "{v}" }
              | let x = { a: 1, b: [1] } | { b: [2.5] } warn "{x.b[0] else 0}"
              | let x = [{ a: 1 }, { a: 2.5, b: "x" }] for e in x { warn "{e.a} {e.b else container.id}" }
              | let x = [{ a: 1, b: 2 }, { b: 3, a: 4.5 }] if ({ b: 2, a: 1 }) in x { warn "x" }
              | if [{ c: "KILL", n: 1.5 }] == [{ n: 1, c: "KILL" }] { warn "x" }
              | if [1] subset of [1.0, 2.5] { warn "x" }
              | annotations.a = string(index_of([1, 2.5], 2) else 0)
        P0308 | process.oomScoreAdj = 2000
              | process.oomScoreAdj = -1000
        P0308 | process.oomScoreAdj = -1001
        P0308 | process.cwd = "srv"
        P0308 | mounts += { destination: "/a", options: ["a,b"] }
        P0308 | mounts["a"] = { type: "tmpfs" }
        P0308 | mounts["/a"] = { type: "tmpfs", options: ["a,b"] }
        P0308 | process.env["A=B"] = "x"
        P0308 | process.env += { "A=B": "x" }
        P0308 | linux.maskedPaths += ["proc"]
        P0308 | mounts -= "dev"
        (P0421) | mounts -= "/dev"
              | linux.uidMappings[1000] = { hostID: 1, size: 1 }
              | linux.uidMappings["1000"] = { hostID: 1, size: 1 }
        P0308 | linux.uidMappings["root"] = { hostID: 1, size: 1 }
        P0308 | linux.resources.blockIO.weightDevice["8"] = { weight: 10 }
              | linux.resources.blockIO.weightDevice["8:0"] = { weight: 10 }
        P0301 | process.args = "sh"
        P0301 | process.args = container.id
        P0301 | linux.maskedPaths = "/proc"
        P0301 | process.terminal = "no"
        P0301 | process.env = ["A=B"]
        P0306 | mounts += { type: "tmpfs" }
        P0306 | process.rlimits += { type: "RLIMIT_CPU" }
        P0202 | mounts += { destination: "/a", tipe: "x" }
        P0307 | hostname += "x"
        P0307 | linux += { cgroupsPath: "/x" }
        P0307 | mounts["/a"] += { type: "x" }
        P0307 | mounts["/a"].type = "x"
        P0307 | hostname.a = "x"
        P0203 | linux.resource.cpu.quota = 1
        P0203 | process.noNewPrivilege = true
              | linux.resources.cpu = { period: 100000, quota: 1 when service.privileged }
        P0303 | linux.resources.memory = { limit: service.resources.memory }
              | linux.resources.memory = { limit: service.resources.memory when service.resources.memory is set }
        P0203 | linux.resources.cpu = { perod: 1 }
        P0308 | linux.resources.memory = { swappiness: 101 }
              | let cpu = { period: 1, quota: 2 } rule t { linux.resources.cpu = cpu }
        P0203 | let cpu = { perod: 1 } rule t { linux.resources.cpu = cpu }
        P0301 | linux.resources.cpu = 7
              | unset linux.resources.cpu
              | unset linux
        (P0421) | unset mounts["/proc"]
              | process.capabilities.{bounding, permitted} += ["KILL"]
        P0302 | process.capabilities.{bounding, effective} += ["KIL"]
        P0203 | process.capabilities.{bounding, efective} += ["KILL"]
              | for n in ["prestart", "poststop"] { hooks[n] += { path: "/x" } }
        P0307 | for n, v in service.env { hooks[n] += { path: "/x" } }
        P0203 | for n in ["prestart", "postop"] { hooks[n] += { path: "/x" } }
              | linux.devices += { path: "/dev/kvm", type: "c", major: 1, minor: 2 } | { fileMode: 0o666 }
              | for d in service.devices { let n = host.device(d.path) else skip linux.devices += n | { fileMode: 0o666, uid: 0, gid: 0 } }
        P0301 | linux.devices += (host.device("/dev/kvm") else { path: "/x", type: "c", major: 1, minor: 2 }) | { mod: 1 }
        P0303 | linux.devices += host.device("/dev/kvm")
              | linux.devices += host.device("/dev/kvm") else skip
              | linux.devices += [n for n in [host.device("/dev/kvm") when host.device("/dev/kvm") is set]]
              | process.env = image.env | { A: "b" } | service.env
              | process.env += { A: container.id, B: "c" }
              | let e = { A: "b" } rule t { process.env += e }
        P0301 | let e = { A: "b", C: 7 } rule t { process.env += e }
              | process.env = { A: "b" } | image.env
        P0301 | process.env = service.env ++ image.env
        P0301 | annotations.a = "a" ++ 7
  P0301 P0301 | annotations.a = "a" + "b"
        P0209 | annotations += { a: "x", a: "y" }
        "#,
    );
}

#[test]
fn names_and_items() {
    table(
        r#"
        P0201 | hostname = contaner.id
        P0201 | hostname = spec.hostname
        P0201 | hostname = previous
        P0201 | annotations.a = host
        P0202 | annotations.a = service.nam
        P0202 | annotations.a = host.arc
        P0204 | hostname = lowercase("A")
        P0204 | annotations.a = host.devic("/dev/x")
        P0305 | hostname = lower("A", "B")
        P0305 | for k in service.env { warn k }
        P0312 | for p in host.glob("/dev/{container.id}") { warn p }
              | for p in host.glob("/dev/*") { warn p }
        P0205 | let x = 1 let x = 2 warn "{x}"
        P0205 | for x in [1] { for x in [2] { warn "{x}" } }
        P0205 | for service in [1] { warn "x" }
P0205 (P0208) | let a = 1 rule t { for a in [1] { warn "{a}" } }
        P0205 | let service = 1 rule t { warn "{service}" }
        P0205 | rule a { warn "x" } rule a { warn "y" }
        P0205 | rule a { warn "x" } invariant a { require true else deny "y" }
        P0206 | let a = b let b = a rule t { warn "{a}" }
        P0206 | let a = a rule t { warn "{a}" }
       (P0208) | let a = 1
        P0803 | replace let a = 1
        P0803 | replace rule a { warn "x" }
        P0803 | remove rule a
        P0803 | rule a { warn "x" } remove rule a
        P0109 | invariant a { hostname = "x" }
        P0109 | invariant a { unset hostname }
        P0109 | rule a { require true else deny "x" }
        P0303 | invariant a { require spec.hostname like "a*" else deny "x" }
        P0303 | invariant a { require spec.hostname is set else deny "x" require len(spec.hostname) > 2 else warn "y" }
              | invariant a { if spec.hostname is set { require len(spec.hostname) > 2 else warn "y" } }
              | invariant a { require len(spec.mounts) < 100 and "KILL" in spec.process.capabilities.bounding else warn "y" }
              | invariant a { for path, m in spec.mounts { require m.type is set else warn path } }
              | invariant a { for m in keys(spec.mounts) { let x = spec.mounts[m].options else skip require "ro" in x else warn m } }
        P0304 | invariant a { require spec.linux is set else deny "x" }
        P0202 | invariant a { require spec.host is set else deny "x" }
        P0210 | fact service.team: Text
              | fact service.team: String = "a" rule t { annotations.a = service.team }
        P0303 | fact service.team: String rule t { annotations.a = service.team }
        P0311 | fact service.team: String? = "x"
              | fact service.team: "a" | "b" = "a" rule t when service.team == "b" { warn "x" }
        P0302 | fact service.team: "a" | "b" = "a" rule t when service.team == "c" { warn "x" }
        P0302 | fact service.team: "a" | "b" = "c"
              | fact options.extra: List<Capability> = ["CAP_KILL"] rule t { process.capabilities.bounding += options.extra }
              | fact service.resources.swap: Int = 7 rule t { annotations.a = string(service.resources.swap) }
        P0311 | fact image.team: String
        P0311 | fact service.hostname: String
        P0311 | fact service.nothing.team: String
              | fact service.x: { a: Int, b: String? } = { a: 1 } rule t { annotations.a = service.x.b else string(service.x.a) }
        P0301 | fact service.x: Int = "a"
        P0312 | fact service.x: String = container.id
        "#,
    );
}

#[test]
fn loops_keep_their_own_values() {
    table(
        r#"
              | let x = first([s.target for s in service.storage]) for d in service.devices { annotations[d.path] = x else "none" annotations["b{d.path}"] = d.path }
              | for d in service.devices { let x = first([s for s in [1, 2]]) let y = string(d.read) annotations["{x else 0}{y}"] = d.path }
              | let t = [string(x) for x in [1, 2]] rule a { for d in service.devices { annotations[join(t, d.path)] = d.path } }
              | for i, d in service.devices { for k, v in service.env when v == string(i) { annotations[k] = d.path } }
        "#,
    );
}

/// Values of every type, some of them absent at times.
const VALUES: &[&str] = &[
    "7",
    "2.5",
    "true",
    "\"KILL\"",
    "\"CAP_KILL\"",
    "\"6.1\"",
    "\"{container.id}\"",
    "container.replica",
    "service.resources.cpu",
    "(service.resources.cpu else 1)",
    "service.hostname",
    "host.kernel",
    "host.cgroup",
    "host.capabilities",
    "service.capabilities",
    "[c for c in service.capabilities when c != \"ALL\"]",
    "[]",
    "({})",
    "[1, 2.5]",
    "[\"KILL\", \"CAP_CHOWN\"]",
    "({ a: 1, b: 2.5 })",
    "({ a: \"x\", b: \"y\" })",
    "[{ a: 1 }, { b: 2, a: 1.5 }]",
    "[{ b: \"x\", a: 1 }, { a: 2 }]",
    "service.env",
    "image.env",
    "service.storage",
    "service.storage[0]",
    "service.devices",
    "first(service.devices)",
    "service.resources.gpu",
    "host.device(\"/dev/kvm\")",
    "host.path(\"/dev/kvm\")",
    "(service.resources.gpu.vendor else \"x\")",
    "(1 when service.privileged else 2.5)",
    "(\"KILL\" when service.privileged else \"CAP_CHOWN\")",
    "({ type: \"tmpfs\", destination: \"/t\" } | { options: [\"ro\"] })",
    "range(container.replica)",
    "{ [k]: len(v) for k, v in service.env }",
];

/// Every pair of values between every operator: what is accepted must run.
#[test]
fn pairs_of_values_never_confuse() {
    for left in VALUES {
        let mut body = Vec::new();
        for right in VALUES {
            let operators = ["==", "in", "<", "subset of", "++", "|", "+", "else"];
            for operator in operators {
                let value = format!("({left} {operator} {right})");
                body.push(format!("let v = {value}  if [v] == [v] {{ warn \"yes\" }}"));
            }
            body.push(format!(
                "if {right} is set {{ let w = [{left}] ++ [{right}]  for x in w {{ warn \"{{len([x])}}\" }} }}"
            ));
            body.push(format!("let w = [{left}, {right}]  if index_of(w, {right}) is set {{ warn \"yes\" }}"));
            body.push(format!(
                "let w = {{ a: {left}, b: {right} }}  for k, x in w {{ if x in [{right}] {{ warn k }} }}"
            ));
            body.push(format!("let w = {left} when {right} == {left} else {right}  if w is set {{ warn \"x\" }}"));
        }
        confuse(&body);
    }
}

/// Every value in every place: what is accepted must run.
#[test]
fn values_in_places_never_confuse() {
    const PLACES: &[&str] = &[
        "process.args = V",
        "process.env += V",
        "process.env = { A: \"b\" } | V",
        "annotations.a = V",
        "annotations.a = \"{V}\"",
        "process.capabilities.bounding += V",
        "process.capabilities.bounding -= V",
        "process.capabilities.bounding = V",
        "process.capabilities.bounding += [x for x in V]",
        "mounts += V",
        "mounts = [V]",
        "mounts[V] = { type: \"x\" }",
        "mounts += { destination: \"/x\", type: V }",
        "linux.devices += V | { fileMode: 0o600 }",
        "linux.namespaces += { type: V }",
        "linux.namespaces[V] = {}",
        "linux.resources.cpu.quota = V",
        "linux.resources.cpu = V",
        "linux.resources.memory = { limit: V }",
        "process.user.additionalGids += V",
        "hooks[V] += { path: \"/x\" }",
        "linux.uidMappings[V] = { hostID: 1, size: 1 }",
        "for x in V { warn \"{x}\" }",
        "for k, x in V { warn \"{k}\" }",
        "for x in sort(V) { warn \"{x}\" }",
        "for x in unique(V) { if x == V { warn \"x\" } }",
        "for x in [y for y in V sort by y] { warn \"{x}\" }",
        "for x in values(V) { if x in values(V) { warn \"x\" } }",
        "if host.kernel > V { warn \"x\" }",
        "if V > 1.5 { warn \"x\" }",
        "if len(V) > 1 { warn \"x\" }",
        "if V is empty { warn \"x\" }",
        "warn V",
        "annotations.a = string(max(V) else 0)",
        "annotations.a = join(V, \",\")",
        "annotations.a = V[0]",
        "annotations.a = V.a",
        "annotations.a = string(round(V))",
        "annotations.a = octal(V)",
    ];
    for value in VALUES {
        let mut body = Vec::new();
        for place in PLACES {
            body.push(place.replace('V', value));
            body.push(format!("{} else skip", place.replace('V', value)));
            body.push(format!("let v = {value}  if v is set {{ {} }}", place.replace('V', "v")));
            body.push(format!("let v = {value} else skip  {}", place.replace('V', "v")));
        }
        // What is refused beside others must be refused alone as well, and not just left out.
        for body in confuse(&body).into_iter().filter_map(|number| body.get(number)) {
            let report = compile_text(&format!("rule t {{ {body} }}")).err();
            let ours = report.is_some_and(|report| report.diagnostics.iter().any(|it| it.code == code::INTERNAL));
            assert!(!ours, "nothing is said about {body}");
        }
    }
}

/// Renders those of some bodies that are accepted: each is tried alone, all that pass are rendered as one policy.
fn confuse(bodies: &[String]) -> std::collections::BTreeSet<usize> {
    let rule = |(number, body): (usize, &String)| format!("rule r{number} {{ {body} }}\n");
    let all: String = bodies.iter().enumerate().map(rule).collect();
    let Err(report) = compile_text(&all) else {
        render(&all);
        return std::collections::BTreeSet::new();
    };
    let refused: std::collections::BTreeSet<usize> = report
        .diagnostics
        .iter()
        .filter(|d| d.severity == plimsoll::diagnostics::Severity::Error)
        .flat_map(|d| &d.labels)
        .map(|label| all.get(..label.span.start as usize).map_or(0, |before| before.matches('\n').count()))
        .collect();
    let sound: String = bodies.iter().enumerate().filter(|(number, _)| !refused.contains(number)).map(rule).collect();
    for line in sound.lines() {
        render(line);
    }
    refused
}
