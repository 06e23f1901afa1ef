//! Policies and services made up from a list of numbers: the same numbers give the same, and smaller ones simpler ones, so
//! that what fails can be made small.

mod expressions;

use std::fmt::Write as _;

use super::value::Service;

/// Numbers to choose by; when they are used up, the simplest is chosen.
pub(super) struct Choices<'c> {
    numbers: &'c [u16],
    /// Text locals in scope, and number locals.
    texts: Vec<String>,
    ints: Vec<String>,
    names: usize,
    /// The services that most rules are for, so that others can be passed over; none if rules are for all.
    only_for: &'static [&'static str],
}

/// What a policy is made of: the names of its files with the items of each, layer by layer.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) layers: Vec<Vec<(String, Vec<String>)>>,
    pub(super) services: Vec<Service>,
}

pub(super) const FRAME: &str = r#"rule frame { ociVersion = "1.0.2"  root.path = "rootfs"  process.cwd = "/"  process.user = { uid: 0, gid: 0 } }"#;
const WORDS: &[&str] = &["a", "b", "web", "/srv", "A", "x-y", "", "a=b", "a,b"];
/// What variables of services are.
const VALUES: &[&str] = &["1", "/srv", "web", "/srv/..", "a=b", "", "A", "/srv/web", "/srv"];
const NAMES: &[&str] = &["A", "B", "C"];
const PATHS: &[&str] = &["/a", "/a/b", "/c", "//a/./", "/a/../c"];
const CAPABILITIES: &[&str] = &["KILL", "CHOWN", "CAP_MKNOD", "NET_RAW"];

impl Made {
    pub(super) fn new(numbers: &[u16]) -> Self {
        let mut it = Choices { numbers, texts: Vec::new(), ints: Vec::new(), names: 0, only_for: &[] };
        let mut services: Vec<Service> = (0..3).map(|_| it.service()).collect();
        if it.next(2) == 1 {
            // Nearly alike, so that what was decided for one may be taken for the other.
            if it.next(4) != 0 {
                services[0].env = NAMES.iter().map(|name| (*name, "/srv")).collect();
            }
            let mut twin = services[0].clone();
            match it.next(4) {
                1 => twin.replica = 1 + u32::try_from(it.next(3)).unwrap(),
                2 => twin.name = it.pick(&["web", "db"]),
                _ => {}
            }
            twin.env.iter_mut().for_each(|(_, value)| *value = it.pick(&["A", "/srv/..", "/srv/web", ""]));
            services[2] = twin;
        }
        it.only_for = [&[][..], &["web", "db"], &[], &["db"]][it.next(4)];
        let mut lets = Vec::new();
        for number in 0..it.next(3) {
            let (text, optional) = it.text(2);
            let text = if optional { format!("({text} else \"none\")") } else { text };
            lets.push((format!("let l{number} = {text}"), format!("l{number}")));
        }
        it.texts.extend(lets.iter().map(|(_, name)| name.clone()));
        let mut rules: Vec<String> = lets.into_iter().map(|(item, _)| item).collect();
        for number in 0..1 + it.next(if it.only_for.is_empty() { 6 } else { 12 }) {
            rules.push(it.rule(number));
        }
        for number in 0..it.next(3) {
            rules.push(it.invariant(number));
        }
        let mut layers = vec![vec![("0.plim".to_owned(), vec![FRAME.to_owned()])]];
        for (number, item) in rules.into_iter().enumerate() {
            match it.next(4) {
                1 => layers.push(vec![(format!("{number}.plim"), vec![item])]),
                2 => layers.last_mut().unwrap().push((format!("{number}.plim"), vec![item])),
                _ => layers.last_mut().unwrap().last_mut().unwrap().1.push(item),
            }
        }
        Self { layers, services }
    }
}

impl Choices<'_> {
    /// A number below a bound.
    pub(super) fn next(&mut self, bound: usize) -> usize {
        let Some((first, rest)) = self.numbers.split_first() else { return 0 };
        self.numbers = rest;
        usize::from(*first) % bound
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.next(of.len())]
    }

    fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    fn service(&mut self) -> Service {
        let mut env = Vec::new();
        for name in NAMES {
            if self.next(2) == 1 {
                env.push((*name, self.pick(VALUES)));
            }
        }
        let extra = if self.next(3) == 1 { vec![("B", "3"), ("D", "4")] } else { Vec::new() };
        let granted = [&["KILL"][..], &[], &["KILL", "NET_ADMIN"], &["ALL"]][self.next(4)].to_vec();
        Service {
            name: self.pick(&["web", "db"]),
            replica: 1 + u32::try_from(self.next(3)).unwrap(),
            privileged: self.next(2) == 1,
            hostname: [None, Some("front"), Some("a.b")][self.next(3)],
            asked: [None, Some("asked")][self.next(2)],
            capabilities: granted,
            env,
            extra,
        }
    }

    fn rule(&mut self, number: usize) -> String {
        let head = self.head();
        let body = self.body(2);
        format!("rule r{number} {head} {{\n{body}}}")
    }

    fn head(&mut self) -> String {
        let mut head = String::new();
        match self.next(if self.only_for.is_empty() { 2 } else { 5 }) {
            1 => _ = write!(head, "when {} ", self.truth(2)),
            2 => _ = write!(head, "when container.service == \"{}\" and {} ", self.pick(self.only_for), self.truth(1)),
            3 | 4 => _ = write!(head, "when container.service == \"{}\" ", self.pick(self.only_for)),
            _ => {}
        }
        if self.next(4) == 1 {
            let _ = write!(head, "unless {}", self.truth(1));
        }
        head
    }

    fn body(&mut self, depth: usize) -> String {
        let (texts, ints) = (self.texts.len(), self.ints.len());
        let effects: Vec<String> = (0..1 + self.next(3)).map(|_| self.effect(depth)).collect();
        self.texts.truncate(texts);
        self.ints.truncate(ints);
        effects.concat()
    }

    fn tail(&mut self) -> &'static str {
        ["else skip", "else warn \"none {container.replica}\"", "else deny \"none\""][[0, 0, 1, 1, 2][self.next(5)]]
    }

    fn effect(&mut self, depth: usize) -> String {
        match self.next(if depth == 0 { 8 } else { 15 }) {
            6 => {
                let name = self.name("t");
                let (value, optional) = self.text(2);
                let tail = if optional { self.tail() } else { "" };
                self.texts.push(name.clone());
                format!("let {name} = {value} {tail}\n")
            }
            7 => format!("warn {}\n", self.certain(1)),
            8 => {
                let condition = self.truth(2);
                let mut text = format!("if {condition} {{\n{}}}", self.body(depth - 1));
                if self.next(2) == 1 {
                    let condition = self.truth(1);
                    let _ = write!(text, " else if {condition} {{\n{}}}", self.body(depth - 1));
                }
                if self.next(2) == 1 {
                    let _ = write!(text, " else {{\n{}}}", self.body(depth - 1));
                }
                text + "\n"
            }
            9 => {
                let (index, name, list) = (self.name("i"), self.name("e"), self.list(2));
                self.texts.push(name.clone());
                self.ints.push(index.clone());
                let when = if self.next(2) == 1 { format!("when {}", self.truth(1)) } else { String::new() };
                let body = self.body(depth - 1);
                self.texts.retain(|other| *other != name);
                self.ints.retain(|other| *other != index);
                format!("for {index}, {name} in {list} {when} {{\n{body}}}\n")
            }
            10 => {
                let (key, value, map) = (self.name("k"), self.name("v"), self.map(2));
                self.texts.extend([key.clone(), value.clone()]);
                let body = self.body(depth - 1);
                self.texts.retain(|other| *other != key && *other != value);
                format!("for {key}, {value} in {map} {{\n{body}}}\n")
            }
            12 => {
                let (name, numbers) = (self.name("i"), self.range());
                self.ints.push(name.clone());
                let body = self.body(depth - 1);
                self.ints.retain(|other| *other != name);
                format!("for {name} in {numbers} {{\n{body}}}\n")
            }
            11 if self.next(3) == 1 => format!("deny {}\n", self.certain(1)),
            _ => self.write(),
        }
    }

    fn write(&mut self) -> String {
        let strength = ["", "default ", "force "][self.next(3)];
        let because = if strength == "force " { " because \"tests\"" } else { "" };
        let statement = match self.next(16) {
            0 => return self.single(strength, because),
            1 | 2 => self.environment(),
            3 | 4 => self.set(),
            5 | 6 => self.mounts(),
            7 => self.devices(),
            8 => format!("hooks.poststop += {{ path: \"/h{{{}}}\", args: {} }}", self.hole(), self.list(1)),
            9 => self.rlimits(),
            // What a service says decides: whether two values are one, what a path is below of, and how deep it is.
            12..=14 => {
                let own = format!("service.env[\"{}\"] else \"/srv\"", self.pick(NAMES));
                match self.next(4) {
                    1 => "process.apparmorProfile = \"/srv\"".into(),
                    2 => format!("root.readonly = within({own}, \"/srv\")"),
                    3 => format!("mounts[{own}] = {{ type: \"tmpfs\" }}"),
                    _ => format!("process.apparmorProfile = {own}"),
                }
            }
            11 => self
                .pick(&["linux.maskedPaths = []", "annotations = {}", "unset linux.maskedPaths", "unset annotations"])
                .into(),
            10 => format!("linux.resources.cpu = {{ shares: {}, quota: {} }}", self.int(1), self.int(1)),
            _ => {
                let path = [
                    "hostname",
                    "process.cwd",
                    "root.path",
                    "linux.resources.cpu",
                    "process.env",
                    "process.env[\"A\"]",
                    "linux.maskedPaths",
                    "mounts",
                    "mounts[\"/a\"]",
                    "root.readonly",
                    "annotations",
                    "process.capabilities",
                ];
                format!("unset {}", self.pick(&path))
            }
        };
        format!("{strength}{statement}{because}\n")
    }

    fn single(&mut self, strength: &str, because: &str) -> String {
        let path =
            self.pick(&["hostname", "process.apparmorProfile", "process.oomScoreAdj", "root.readonly", "process.args"]);
        match path {
            // Beyond its range for the third replica.
            "process.oomScoreAdj" if self.next(2) == 1 => {
                format!("{strength}{path} = container.replica * 400{because}\n")
            }
            "process.oomScoreAdj" => format!("{strength}{path} = {}{because}\n", self.int(2)),
            "root.readonly" => format!("{strength}{path} = {}{because}\n", self.truth(1)),
            "process.args" => format!("{strength}{path} = {}{because}\n", self.list(2)),
            _ => {
                let (text, optional) = self.text(2);
                let tail = if optional { self.tail() } else { "" };
                format!("{strength}{path} = {text}{because} {tail}\n")
            }
        }
    }

    fn environment(&mut self) -> String {
        let path = self.pick(&["process.env", "annotations"]);
        match self.next(6) {
            // What a service says may be the key that another write has.
            5 => {
                let (own, other) = (self.pick(NAMES), self.pick(NAMES));
                format!("{path}[service.env[\"{own}\"] else \"{other}\"] = {}", self.certain(0))
            }
            1 => format!("{path}[{}] = {}", self.certain(1), self.certain(1)),
            2 => format!("{path} -= {}", self.list(0)),
            3 => format!("{path} = {}", self.map(2)),
            4 => format!("{path}[\"{}\"] = {}", self.pick(NAMES), self.certain(1)),
            _ => format!("{path} += {}", self.map(2)),
        }
    }

    fn set(&mut self) -> String {
        let op = self.pick(&["+=", "-=", "="]);
        match self.next(4) {
            1 => format!("process.capabilities.{{bounding, effective}} {op} {}", self.capabilities()),
            2 => format!("linux.maskedPaths {op} {}", self.list(1)),
            3 => format!("linux.maskedPaths {op} [\"/m\", \"/m{{container.replica}}\"]"),
            _ => format!("process.capabilities.bounding {op} {}", self.capabilities()),
        }
    }

    fn mounts(&mut self) -> String {
        let options = match self.next(3) {
            1 => format!(", options: {}", self.list(1)),
            2 => format!(", options: [\"ro\" when {}]", self.truth(0)),
            _ => String::new(),
        };
        match self.next(5) {
            1 => format!("mounts[{:?}] = {{ type: {}{options} }}", self.pick(PATHS), "\"tmpfs\""),
            2 => format!("mounts -= {:?}", self.pick(PATHS)),
            3 => format!("mounts = [{{ destination: {:?}, type: \"proc\"{options} }}]", self.pick(PATHS)),
            4 => format!("mounts[\"/t/{{{}}}\"] = {{ type: \"tmpfs\"{options} }}", self.hole()),
            _ => format!("mounts += {{ destination: {:?}, type: \"tmpfs\"{options} }}", self.pick(PATHS)),
        }
    }

    fn devices(&mut self) -> String {
        let rule = match self.next(4) {
            1 => format!("{{ allow: false, type: \"c\", major: {}, access: \"rwm\" }}", self.pick(&["1", "5"])),
            2 => format!("{{ allow: {}, type: \"c\", major: 5, access: \"r\" }}", self.truth(0)),
            3 => "{ allow: true, type: \"b\", major: container.replica, minor: 0, access: \"rw\" }".into(),
            _ => "{ allow: false, access: \"rwm\" }".into(),
        };
        format!("linux.resources.devices {} [{rule}]", self.pick(&["+=", "+=", "+=", "="]))
    }

    fn rlimits(&mut self) -> String {
        let name = self.pick(&["RLIMIT_CPU", "RLIMIT_CORE"]);
        match self.next(4) {
            1 => format!("process.rlimits += {{ type: {name:?}, soft: container.replica, hard: 9 }}"),
            2 => format!("process.rlimits -= {name:?}"),
            3 => format!("process.rlimits = [{{ type: {name:?}, soft: 0, hard: 0 }}]"),
            _ => format!("process.rlimits[{name:?}] = {{ soft: {}, hard: 9 }}", self.pick(&["1", "2"])),
        }
    }

    fn invariant(&mut self, number: usize) -> String {
        let otherwise = self.pick(&["warn", "warn", "deny"]);
        let body = match self.next(6) {
            1 => format!("require \"KILL\" in spec.process.capabilities.bounding else {otherwise} \"no kill\""),
            2 => format!("require len(spec.mounts) < 2 else {otherwise} \"{{len(spec.mounts)}} mounts\""),
            3 => format!(
                "for path, m in spec.mounts when m.type == \"tmpfs\" {{ require path like \"/a*\" else {otherwise} \"{{path}}\" }}"
            ),
            4 => format!("for k, v in spec.process.env {{ require v != \"1\" else {otherwise} \"{{k}}\" }}"),
            5 => format!(
                "if spec.root.readonly == true {{ require spec.linux.maskedPaths is empty else {otherwise} \"masked\" }}"
            ),
            _ => format!("require spec.hostname is set else {otherwise} \"no name\""),
        };
        format!("invariant i{number} {} {{ {body} }}", self.head())
    }
}
