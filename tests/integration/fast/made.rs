//! Requests made up from a number, and policies that use everything.

/// Numbers that look random and are always the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % sides as u64).expect("few sides")
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of.get(self.roll(of.len())).copied().expect("one of them")
    }

    /// Some of them, each once.
    fn some(&mut self, of: &[&str], most: usize) -> String {
        let (start, count) = (self.roll(of.len()), self.roll(most + 1));
        let kept: Vec<&str> = of.iter().cycle().skip(start).take(count.min(of.len())).copied().collect();
        kept.join(", ")
    }

    /// A member now and then.
    fn maybe(&mut self, of: &[&str]) -> String {
        let text = if self.roll(3) == 0 { self.pick(of) } else { "" };
        if text.is_empty() { String::new() } else { format!(", {text}") }
    }
}

const ENV: &[&str] = &[
    r#""LISTEN": "0.0.0.0:8080""#,
    r#""PATH": "/bin""#,
    r#""TERM": """#,
    r#""GREETING": "a \"b\" \\ c\n\u0001 é""#,
    r#""ZONE": "$E:TZ""#,
    r#""CODE": "$S:shop/db""#,
    r#""EMPTY": "$E:NOTHING""#,
    r#""LONG": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa""#,
];
const STORAGE: &[&str] = &[
    r#"{ "type": "bind", "source": "/srv", "target": "/data", "readonly": true }"#,
    r#"{ "type": "bind", "source": "/srv/b", "target": "/var/lib//b" }"#,
    r#"{ "type": "tmpfs", "target": "/tmp", "size": "1m", "mode": "1777" }"#,
    r#"{ "type": "tmpfs", "target": "/dev/shm" }"#,
    r#"{ "type": "named", "name": "db", "target": "/db" }"#,
    r#"{ "type": "anonymous", "target": "/db/cache" }"#,
    r#"{ "type": "bind", "source": "/x", "target": "/proc/acpi/x" }"#,
];
const CAPABILITIES: &[&str] = &[r#""NET_ADMIN""#, r#""KILL""#, r#""SYS_TIME""#, r#""ALL""#];
const DEVICES: &[&str] = &[
    r#"{ "path": "/dev/kvm" }"#,
    r#"{ "path": "/dev/sda", "write": false }"#,
    r#"{ "path": "/dev/nothing" }"#,
    r#"{ "path": "/dev/fuse", "mknod": true }"#,
];
const SERVICE: &[&str] = &[
    r#""hostname": "shop""#,
    r#""hostname": "shop-2""#,
    r#""privileged": true"#,
    r#""command": { "args": ["serve", "--all"] }"#,
    r#""command": { "entrypoint": ["/bin/sh"], "args": [], "workdir": "/srv" }"#,
    r#""command": { "entrypoint": [], "args": [] }"#,
];
const RESOURCES: &[&str] = &[
    r#""resources": { "cpu": 1.5 }"#,
    r#""resources": { "memory": "64Mi", "cpu": 0.25 }"#,
    r#""resources": { "gpu": { "count": 2, "vendor": "amd" } }"#,
    r#""resources": { "gpu": { "count": 1, "vendor": "nvidia", "distributed": { "backend": "nccl" } } }"#,
];
const IMAGE: &[&str] = &[
    r#""Entrypoint": ["/bin/web"]"#,
    r#""Cmd": ["a", "b"], "WorkingDir": "/app""#,
    r#""User": "7:8""#,
    r#""User": "7""#,
    r#""User": "web", "Env": ["X=y", "PATH=/image"]"#,
    r#""Labels": { "team": "a", "tier": "gold" }"#,
];
const OPTIONS: &[&str] = &[
    r#""gpu_indices": [1, 0]"#,
    r#""args": ["a"], "cwd": "/work""#,
    r#""host_network": true, "hostname": "called""#,
    r#""env": { "PATH": "/called", "B": "2" }"#,
    r#""socket": "/run/agent.sock""#,
    r#""rootfs": "/rootfs""#,
];
const HOSTS: &[&str] = &[
    r#"{ "devices": { "/dev/kvm": { "type": "c", "major": 10, "minor": 232 }, "/dev/sda": { "type": "b", "major": 8, "minor": 0, "mode": 432 },
        "/dev/nvidiactl": { "type": "c", "major": 195, "minor": 255 }, "/dev/nvidia0": { "type": "c", "major": 195, "minor": 0 },
        "/dev/nvidia1": { "type": "c", "major": 195, "minor": 1 }, "/dev/nvidia-uvm": { "type": "c", "major": 509, "minor": 0 },
        "/dev/nvidia-uvm-tools": { "type": "c", "major": 509, "minor": 1 },
        "/dev/dri/renderD128": { "type": "c", "major": 226, "minor": 128 }, "/dev/dri/card0": { "type": "c", "major": 226, "minor": 0 } },
        "kernel": "6.1", "env": { "TZ": "Europe/London", "NOTHING": "" }, "majors": { "nvidia-uvm": 509 } }"#,
    r#"{ "cgroup": "v1", "kernel": "5.4.0-1", "capabilities": ["CHOWN", "KILL", "NET_ADMIN"],
        "devices": { "/dev/fuse": { "type": "c", "major": 10, "minor": 229, "uid": 3 } }, "env": { "TZ": "UTC" } }"#,
    r#"{ "cgroup": "v1" }"#,
];
const ACCOUNTS: &[&str] = &[
    r#""accounts": { "users": { "web": { "uid": 7, "gid": 8 } }, "groups": { "g": { "gid": 9, "members": ["web"] }, "b": { "gid": 4, "members": ["web", "root"] } } }"#,
];

/// A request.
pub(crate) fn request(number: u64) -> String {
    let dice = &mut Dice(number.wrapping_mul(7919));
    for _ in 0..3 {
        dice.roll(2);
    }
    // Two members of one name are refused, so each list gives one.
    let (first, second) = (dice.maybe(SERVICE), dice.maybe(RESOURCES));
    let service = format!(
        r#"{{ "image": {{ "name": "nginx" }}, "env": {{ {} }}, "storage": [{}], "capabilities": [{}], "devices": [{}]{first}{second} }}"#,
        dice.some(ENV, 6),
        dice.some(STORAGE, 3),
        dice.some(CAPABILITIES, 1),
        dice.some(DEVICES, 2),
    );
    let accounts = dice.maybe(ACCOUNTS);
    format!(
        r#"{{ "deployment": {{ "version": "v1", "deployment": "{}", "services": {{ "web": {service} }} }}, "service": "web", "replica": {},
            "image": {{ {} }}, "host": {}, "options": {{ "volumes": {{ "db": "/v", "_anon_db_cache": "/c" }},
            "secrets": {{ "shop": "{{\"db\": \"hunter2\"}}" }}{} }}{accounts} }}"#,
        dice.pick(&["shop", "test"]),
        dice.roll(4) + 1,
        dice.pick(&[IMAGE, &[""]].concat()),
        dice.pick(HOSTS),
        dice.maybe(OPTIONS),
    )
}

/// What every spec needs.
pub(crate) const FRAME: &str = r#"
rule frame { ociVersion = "1.0.2"  root = { path: "rootfs" }  process.cwd = "/"  process.user = { uid: 0, gid: 0 } }
"#;

/// Values of every type, some of them absent at times.
pub(crate) const VALUES: &[&str] = &[
    "\"{container.id}\"",
    "container.replica",
    "service.resources.cpu",
    "(service.resources.cpu else 1)",
    "service.hostname",
    "host.kernel",
    "host.capabilities",
    "[c for c in service.capabilities when c != \"ALL\"]",
    "[\"KILL\", \"CAP_CHOWN\"]",
    "service.env",
    "image.env | service.env",
    "(image.env | { B: container.id } | options.env)",
    "service.storage[0].target",
    "[d.path for d in service.devices]",
    "[s.target for s in service.storage]",
    "(options.args else [\"x\", container.id])",
    "first(service.devices).path",
    "(service.resources.gpu.vendor else \"x\")",
    "host.device(\"/dev/kvm\")",
    "(container.replica * 3 - 1)",
    "-container.replica",
    "(container.replica % 2)",
    "round((service.resources.cpu else 2.5) * 7)",
    "({ A: container.id, B: string(container.replica) })",
    "{ [k]: \"{len(v)}\" for k, v in service.env }",
    "{ [\"x{i}\"]: k for i, k in keys(service.env) }",
    "[\"{k}={v}\" for k, v in service.env sort by v]",
    "sort(keys(service.env))",
    "unique(values(service.env))",
    "split(container.id, \"-\")",
    "[p for p in split(\"a,b,{container.service}\", \",\") when p != \"b\"]",
    "upper(container.service)",
    "replace(container.id, \"-\", \"\")",
    "trim_prefix(container.id, \"web-\")",
    "basename(service.storage[0].target else \"/x/y\")",
    "(max([container.replica, 2]) else 0)",
    "(int(\"{container.replica}0\") else 1)",
    "(closest(container.deployment, [\"shop\", \"shed\"]) else \"none\")",
    "octal(container.replica + 8)",
    "[{ path: \"/dev/x{i}\", type: \"c\", major: i, minor: container.replica } for i in range(3)]",
    "[{ destination: s.target, type: \"tmpfs\" } for s in service.storage]",
    "[{ allow: true, type: \"c\", major: i, access: \"rwm\" } for i in range(container.replica)]",
];

/// Places, as far as they give neither warning nor refusal of themselves.
pub(crate) const PLACES: &[&str] = &[
    "process.args = V",
    "process.env += V",
    "process.env = V",
    "annotations.a = V",
    "annotations.a = \"<{V}>\"",
    "process.env[V] = container.id",
    "process.capabilities.bounding += V",
    "process.capabilities.bounding = V",
    "process.user.additionalGids += V",
    "process.oomScoreAdj = V",
    "linux.maskedPaths += V",
    "mounts += V",
    "mounts[V] = { type: \"tmpfs\", options: [container.id] }",
    "linux.devices += V",
    "linux.resources.devices += V",
    "linux.resources.cpu.quota = V",
    "linux.sysctl += V",
    "files[\"resolv.conf\"] = V",
    "hostname = V",
    "hooks.prestart += { path: \"/x\", args: V }",
    "linux.uidMappings[\"7\"] = { hostID: V, size: 1 }",
    "process.rlimits += { type: \"RLIMIT_CPU\", soft: V, hard: 9 }",
    "annotations.a = join(V, \",\")",
    "annotations.a = \"yes\" when V == V else \"no\"",
    "annotations.a = \"yes\" when (V else 7) == 7 else \"no\"",
    "annotations.a = \"yes\" when V is set and V is empty else \"no\"",
    "annotations.a = \"yes\" when V > 1 else \"no\"",
    "annotations.a = \"yes\" when V like \"*e*\" else \"no\"",
    "annotations.a = \"yes\" when \"web\" in V else \"no\"",
    "annotations.a = \"{x}\"  let x = V",
];

/// A policy that uses every construct.
pub(crate) const ALL: &str = r#"
fact service.limits: Map<String, Int> = { files: 1024 }

let limits = { files: "RLIMIT_NOFILE", cores: "RLIMIT_CORE" }
let house = { PATH: "/bin", HOME: "/root" }
let targets = [s.target for s in service.storage]

rule frame {
  ociVersion = "1.0.2"
  root = { path: options.rootfs else "rootfs" }
  process.cwd = "/"
  process.user = { uid: image.user.uid else 0, gid: image.user.gid else 0 }
  process.args = (image.entrypoint ++ image.cmd) ++ [container.id]
}

rule environment {
  default process.env += house
  process.env += image.env | service.env
  force process.env["WHO"] = container.id because "tests"
  process.env -= ["EMPTY"]
}

rule environment.first when service.env is not empty {
  for i, name in keys(service.env) when i < 2 {
    annotations["env.{i}"] = lower(name)
  }
}

rule limits {
  for name, value in service.limits {
    let limit = limits[lower(name)] else skip
    process.rlimits[limit] = { soft: value, hard: value * 2 }
  }
}

rule mounts {
  default mounts += [{ destination: "/data", type: "tmpfs" }, { destination: "/dev", type: "tmpfs" }]
  for s in service.storage when s.type != "bind" or s.readonly {
    mounts += { destination: s.target, type: s.type, options: ["size={s.size}" when s.type == "tmpfs" and s.size is set] }
  }
}

rule mounts.gone when "/tmp" in targets {
  force mounts -= "/tmp" because "tests"
}

rule capabilities {
  process.capabilities.{bounding, effective} += ["KILL", "CHOWN"] ++ [c for c in service.capabilities when c != "ALL"]
  default process.capabilities.permitted = ["KILL"]
}

rule capabilities.fewer when service.capabilities is not empty {
  process.capabilities.permitted = ["CHOWN"]
  force process.capabilities.effective -= "KILL" because "tests"
}

rule team.gold when image.labels["tier"] == "gold" {
  linux.resources.cpu = { shares: 2048 + container.replica, period: 100000 }
}

rule deployment.shop when container.deployment == "shop" { annotations.shop = "yes" }
rule deployment.shed when container.deployment == "shed" { annotations.shop = "no" }
rule deployment.shop.too when container.deployment == "shop" and container.replica > 2 { annotations.many = "yes" }
rule deployment.test when container.deployment == "test" { annotations.shop = "test" }
rule deployment.shop.more when container.deployment == "shop" { annotations.more = "{container.replica - 10}" }

rule devices {
  linux.resources.devices += { allow: false, access: "rwm" }
  for d in service.devices {
    let node = host.device(d.path) else skip
    linux.devices += node | { fileMode: 0o600 }
    linux.resources.devices += { allow: d.write, type: node.type, major: node.major, minor: node.minor, access: "r" }
  }
}

rule paths {
  linux.maskedPaths += targets
  linux.readonlyPaths = ["/proc/{i}" for i in range(container.replica)]
}

rule files {
  files["resolv.conf"] = join(["nameserver {k}" for k in sort(keys(service.env))], "\n")
  linux.sysctl["kernel.domainname"] = container.deployment
  hooks.poststop += { path: "/bin/gone", args: ["gone", container.id], env: ["A={k}" for k, v in service.env] }
}

rule groups {
  process.user.additionalGids += [g.gid for n, g in image.accounts.groups when len(g.members) > 0] when image.accounts is set else []
}

rule bare when service.privileged {
  force unset linux.maskedPaths because "tests"
  force unset root.readonly because "tests"
}

invariant mounts.few {
  for path, m in spec.mounts when m.type == "tmpfs" {
    require not within(path, "/forbidden") else deny "no"
  }
  require len(spec.mounts) < 20 and "KILL" in spec.process.capabilities.bounding else deny "no"
}
"#;
