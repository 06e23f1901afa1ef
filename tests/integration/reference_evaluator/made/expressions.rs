//! Expressions of each type, made up from numbers.

use super::{CAPABILITIES, Choices, NAMES, WORDS};

impl Choices<'_> {
    /// A text, and whether it may be absent.
    pub(super) fn text(&mut self, depth: usize) -> (String, bool) {
        let most = if depth == 0 { 6 } else { 14 };
        match self.next(most) {
            1 => ("container.id".into(), false),
            2 => ("service.hostname".into(), true),
            3 => (format!("service.env[\"{}\"]", self.pick(NAMES)), true),
            4 => (format!("\"{}{{container.replica}}\"", self.pick(&["n", "/n", ""])), false),
            5 if !self.texts.is_empty() => (self.known_text(), false),
            6 => {
                let value = self.certain(depth - 1);
                (format!("({value} when {})", self.truth(depth - 1)), true)
            }
            7 => {
                let (value, condition) = (self.certain(depth - 1), self.truth(depth - 1));
                (format!("({value} when {condition} else {})", self.certain(depth - 1)), false)
            }
            8 => (format!("\"{{{}}}-{{{}}}\"", self.hole(), self.hole()), false),
            9 => (format!("{}[{}]", self.list(depth - 1), self.next(3)), true),
            10 => (format!("join({}, {:?})", self.list(depth - 1), self.pick(&["-", "", "/"])), false),
            11 => (format!("{}({})", self.pick(&["first", "last"]), self.list(depth - 1)), true),
            12 => (format!("{}({})", self.pick(&["upper", "lower"]), self.certain(depth - 1)), false),
            13 => {
                let (text, from) = (self.certain(depth - 1), self.pick(&["a", "we", "/"]));
                let call = [format!("trim_prefix({text}, {from:?})"), format!("replace({text}, {from:?}, \"aa\")")];
                (call[self.next(2)].clone(), false)
            }
            _ => (format!("{:?}", self.pick(WORDS)), false),
        }
    }

    pub(super) fn known_text(&mut self) -> String {
        let at = self.next(self.texts.len());
        self.texts[at].clone()
    }

    pub(super) fn known_int(&mut self) -> String {
        let at = self.next(self.ints.len());
        self.ints[at].clone()
    }

    /// What a template can hold: no text in quotes.
    pub(super) fn hole(&mut self) -> String {
        match self.next(4) {
            1 => "container.id".into(),
            2 if !self.texts.is_empty() => self.known_text(),
            3 => "service.hostname else container.service".into(),
            _ => "container.replica".into(),
        }
    }

    /// A text that is there.
    pub(super) fn certain(&mut self, depth: usize) -> String {
        let (text, optional) = self.text(depth);
        if optional { format!("({text} else {:?})", self.pick(&["other", "/other", "x"])) } else { text }
    }

    pub(super) fn int(&mut self, depth: usize) -> String {
        match self.next(if depth == 0 { 4 } else { 9 }) {
            1 => "container.replica".into(),
            2 => format!("len({})", self.pick(&["service.env", "service.capabilities", "container.id"])),
            3 if !self.ints.is_empty() => self.known_int(),
            4 => format!("({} + {})", self.int(depth - 1), self.int(depth - 1)),
            5 => format!("({} * {})", self.int(depth - 1), self.int(depth - 1)),
            6 => format!("({} - {})", self.int(depth - 1), self.int(depth - 1)),
            7 => format!("(12 {} ({} - 1))", self.pick(&["/", "%"]), self.int(0)),
            8 => format!("(index_of({}, {}) else 9)", self.list(depth - 1), self.certain(0)),
            _ => self.pick(&["0", "1", "7", "600"]).into(),
        }
    }

    pub(super) fn truth(&mut self, depth: usize) -> String {
        match self.next(if depth == 0 { 6 } else { 14 }) {
            1 => format!("service.env[\"{}\"] is {}", self.pick(NAMES), self.pick(&["set", "not set"])),
            2 => format!("container.service {} \"web\"", self.pick(&["==", "!="])),
            3 => format!("container.replica {} {}", self.pick(&["<", "<=", ">", ">=", "=="]), self.pick(&["1", "2"])),
            4 => format!("\"{}\" {} service.env", self.pick(NAMES), self.pick(&["in", "not in"])),
            5 => {
                let of = self.pick(&["service.capabilities", "service.env", "(service.env[\"A\"] else \"a\")"]);
                format!("{of} is {}", self.pick(&["empty", "not empty"]))
            }
            6 => format!("not ({})", self.truth(depth - 1)),
            7 => format!("({} and {})", self.truth(depth - 1), self.truth(depth - 1)),
            8 => format!("({} or {})", self.truth(depth - 1), self.truth(depth - 1)),
            9 => format!("{} {} {}", self.text_fact(), self.pick(&["==", "!="]), self.text(depth - 1).0),
            11 => format!("{} subset of {}", self.list(depth - 1), self.list(depth - 1)),
            13 => {
                let own = format!("service.env[\"{}\"] else \"/srv\"", self.pick(NAMES));
                let path =
                    [self.certain(0), format!("\"/srv/{{{}}}\"", self.hole()), own.clone(), own][self.next(4)].clone();
                let dir =
                    self.pick(&["\"/srv\"", "\"/srv\"", "\"/srv/web/.\"", "\"/\"", "service.env[\"A\"] else \"/srv\""]);
                format!("within({path}, {dir})")
            }
            12 => format!("{} {} {}", self.certain(0), self.pick(&["in", "not in"]), self.list(depth - 1)),
            10 => format!(
                "{} {} \"{}\"",
                self.certain(0),
                self.pick(&["like", "not like"]),
                self.pick(&["*e*", "?", "w*b", "*", "*b", "/s*"])
            ),
            _ => "service.privileged".into(),
        }
    }

    pub(super) fn text_fact(&mut self) -> String {
        self.pick(&["service.env[\"A\"]", "service.hostname", "options.hostname", "container.id"]).into()
    }

    /// A list of few numbers.
    pub(super) fn range(&mut self) -> String {
        let few = ["container.replica", "2", "len(service.env)", "0"];
        match self.next(3) {
            1 => format!("range(1, {})", self.pick(&few)),
            2 if !self.ints.is_empty() => format!("range({})", self.known_int()),
            _ => format!("range({})", self.pick(&few)),
        }
    }

    /// A list of texts.
    pub(super) fn list(&mut self, depth: usize) -> String {
        match self.next(if depth == 0 { 4 } else { 10 }) {
            1 => "keys(service.env)".into(),
            2 => "sort(values(service.env))".into(),
            3 => "split(container.id, \"-\")".into(),
            4 => format!("({} ++ {})", self.list(depth - 1), self.list(depth - 1)),
            5 if self.next(2) == 1 => {
                let (one, other) = (self.certain(0), self.certain(0));
                format!("unique([{one}, {other}, {one}])")
            }
            5 => format!("unique({})", self.list(depth - 1)),
            6 => {
                let name = self.name("c");
                let list = self.list(depth - 1);
                self.texts.push(name.clone());
                let (value, condition) = (self.certain(depth - 1), self.truth(depth - 1));
                self.texts.pop();
                format!("[{value} for {name} in {list} when {condition}]")
            }
            7 => format!("[{}, {} when {}]", self.certain(0), self.certain(0), self.truth(depth - 1)),
            8 => {
                let (name, numbers) = (self.name("n"), self.range());
                format!("[\"{}{{{name}}}\" for {name} in {numbers}]", self.pick(&["n", "/r", ""]))
            }
            9 => {
                let (name, list) = (self.name("s"), self.list(depth - 1));
                let by = if self.next(2) == 1 { format!("len({name})") } else { name.clone() };
                format!("[{name} for {name} in {list} sort by {by}]")
            }
            _ => format!("[{}]", self.certain(0)),
        }
    }

    /// A map of texts.
    pub(super) fn map(&mut self, depth: usize) -> String {
        match self.next(if depth == 0 { 3 } else { 6 }) {
            1 => "service.env".into(),
            2 => "options.env".into(),
            3 => format!("({} | {})", self.map(depth - 1), self.map(depth - 1)),
            4 => {
                let (key, value, map) = (self.name("k"), self.name("v"), self.map(depth - 1));
                self.texts.extend([key.clone(), value.clone()]);
                let (text, condition) = (self.certain(depth - 1), self.truth(depth - 1));
                self.texts.truncate(self.texts.len() - 2);
                format!("({{ [{key}]: {text} for {key}, {value} in {map} when {condition} }})")
            }
            5 => {
                let own = format!("service.env[\"{}\"] else {}", self.pick(NAMES), self.certain(0));
                format!("({{ A: {} when {}, [{own}]: \"y\" }})", self.certain(0), self.truth(0))
            }
            _ => format!("({{ {}: {} }})", self.pick(NAMES), self.certain(0)),
        }
    }

    pub(super) fn capabilities(&mut self) -> String {
        match self.next(4) {
            1 => format!("[c for c in service.capabilities when c != \"ALL\" and {}]", self.truth(0)),
            2 => format!("[\"KILL\" when {}, {:?}]", self.truth(0), self.pick(CAPABILITIES)),
            3 => "[]".into(),
            _ => format!("[{:?}]", self.pick(CAPABILITIES)),
        }
    }
}
