//! Random rules, as tokens: of everything that the grammar has, most of it meaningless.

/// Numbers that follow from a seed (xorshift).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// Stands before an item, which has to begin a line.
const ITEM: &str = "\n";

/// The tokens as a text, one of these gaps between each two.
pub(super) fn join(tokens: &[String], random: &mut Random, gaps: &[&str]) -> String {
    let mut text = String::new();
    let mut begins = false;
    for token in tokens {
        // At the beginning of a line an effect could begin an item.
        if text.ends_with('\n') && !begins && token != ITEM {
            text.push(' ');
        }
        begins = token == ITEM;
        if !begins {
            text += token;
            text += random.one(gaps);
        } else if text.trim_end_matches(['\r', ' ', '\t']).ends_with('\n') {
            text.truncate(text.trim_end_matches([' ', '\t']).len());
        } else {
            text += ITEM;
        }
    }
    text
}

/// Some items.
pub(super) fn file(seed: u64) -> Vec<String> {
    let mut maker = Maker { random: Random::new(seed + 1000), out: Vec::new() };
    for _ in 0..=maker.random.below(3) {
        maker.item();
    }
    maker.out
}

struct Maker {
    random: Random,
    out: Vec<String>,
}

const NAMES: &[&str] = &["a", "b", "service", "gpu_indices", "host", "a_name_that_takes_its_room"];
const TEXTS: &[&str] = &["\"\"", "\"text\"", "\"over\n  lines\"", "\"{a}: {b.c + 1}  \\\"\"", "\"{ f( a )else b }\""];
const NUMBERS: &[&str] = &["0", "195", "0o666", "0x1f", "64MiB", "1_000", "0.5", "1e3"];
const OPERATORS: &[&str] = &["or", "and", "++", "|", "+", "-", "*", "/"];
const COMPARISONS: &[&str] = &["==", "!=", "<", "<=", ">", ">=", "in", "not in", "like", "not like", "subset of"];
const TESTS: &[&str] = &["is set", "is not set", "is empty", "is not empty"];

impl Maker {
    /// Words and symbols, divided at blanks.
    fn put(&mut self, tokens: &str) {
        self.out.extend(tokens.split(' ').map(str::to_owned));
    }

    /// The beginning of an item: with its name it is one token, or not every place tells that it is one.
    fn begin(&mut self, words: &str) {
        self.out.extend([ITEM.to_owned(), words.to_owned()]);
    }

    fn any(&mut self, of: &[&str]) {
        let token = self.random.one(of);
        self.out.push(token.to_owned());
    }

    fn words(&mut self, of: &[&str]) {
        let words = self.random.one(of);
        self.put(words);
    }

    /// Parts with commas between them, perhaps one behind.
    fn several(&mut self, most: usize, each: impl Fn(&mut Self)) {
        let count = self.random.below(most + 1);
        for index in 0..count {
            each(self);
            if index + 1 < count || self.random.chance(30) {
                self.put(",");
            }
        }
    }

    fn item(&mut self) {
        match self.random.below(8) {
            0 | 1 => {
                self.begin("let x =");
                self.expr(4);
            }
            2 | 3 => {
                let words = self.random.one(&["rule a.b-c", "replace rule a.b-c"]);
                self.begin(words);
                self.head();
                self.block(3);
            }
            4 => {
                self.begin("invariant i");
                self.head();
                self.block(2);
            }
            5 => {
                self.begin("fact service.tier :");
                self.ty(3);
                if self.random.chance(50) {
                    self.put("=");
                    self.expr(2);
                }
            }
            6 => {
                self.begin("remove invariant a.b");
            }
            _ => self.test(),
        }
    }

    fn head(&mut self) {
        if self.random.chance(40) {
            self.out.push("\"A doc\n  over lines.\"".to_owned());
        }
        for word in ["when", "unless"] {
            if self.random.chance(40) {
                self.put(word);
                self.condition(2);
            }
        }
    }

    fn test(&mut self) {
        self.begin("test \"t\"");
        self.put("{");
        for _ in 0..self.random.below(4) {
            match self.random.below(3) {
                0 => {
                    self.put("given service =");
                    self.expr(3);
                }
                1 => {
                    self.put("expect");
                    self.expr(2);
                    self.out.extend(["from".to_owned(), "a.b-c".to_owned()]);
                }
                _ => {
                    self.put("expect denied like");
                    self.any(TEXTS);
                }
            }
        }
        self.put("}");
    }

    fn block(&mut self, depth: usize) {
        self.put("{");
        for _ in 0..self.random.below(4) {
            self.effect(depth);
            if self.random.chance(20) {
                self.put(";");
            }
        }
        self.put("}");
    }

    fn effect(&mut self, depth: usize) {
        match self.random.below(if depth > 1 { 9 } else { 6 }) {
            0 => {
                self.put("let y =");
                self.expr(3);
                self.tail();
            }
            1 => {
                self.words(&["warn", "deny"]);
                self.expr(2);
            }
            2 => {
                self.put("require");
                self.expr(3);
                self.words(&["else warn", "else deny"]);
                self.expr(1);
            }
            3 => {
                self.words(&["unset", "force unset"]);
                self.path();
            }
            4 | 5 => {
                self.words(&["process", "default linux", "force mounts"]);
                self.out.pop();
                self.path();
                self.any(&["=", "+=", "-="]);
                self.expr(4);
                if self.random.chance(20) {
                    self.put("because \"why\"");
                }
                self.tail();
            }
            6 => {
                self.put("if");
                self.condition(2);
                self.block(depth - 1);
                if self.random.chance(30) {
                    self.put("else if");
                    self.condition(1);
                    self.block(depth - 1);
                }
                if self.random.chance(50) {
                    self.put("else");
                    self.block(depth - 1);
                }
            }
            _ => {
                self.words(&["for x in", "for k , v in"]);
                self.condition(2);
                if self.random.chance(30) {
                    self.put("when");
                    self.condition(1);
                }
                self.block(depth - 1);
            }
        }
    }

    fn path(&mut self) {
        self.words(&["linux . resources", "process", "a . when . in"]);
        match self.random.below(4) {
            0 => self.put(". { bounding , effective }"),
            1 => {
                self.put("[");
                self.expr(1);
                self.put("]");
            }
            _ => {}
        }
    }

    fn tail(&mut self) {
        match self.random.below(6) {
            0 => self.put("else skip"),
            1 => {
                self.put("else deny");
                self.any(TEXTS);
            }
            _ => {}
        }
    }

    fn expr(&mut self, depth: usize) {
        match self.random.below(6) {
            0 if depth > 1 => {
                for _ in 0..self.random.below(4) {
                    self.operand(depth - 1);
                    if self.random.chance(70) {
                        self.put("when");
                        self.condition(depth - 1);
                    }
                    self.put("else");
                }
                self.operand(depth - 1);
            }
            1 if depth > 1 => self.condition(depth - 1),
            _ => self.operand(depth),
        }
    }

    /// An expression from `or` down. In a head no map may stand outside of brackets, so none begins an operand of it.
    fn condition(&mut self, depth: usize) {
        for _ in 0..self.random.below(3) {
            if self.random.chance(20) {
                self.put("not");
            }
            self.value(depth);
            match self.random.below(3) {
                0 => {
                    self.words(COMPARISONS);
                    self.value(depth);
                    self.words(&["and", "or"]);
                }
                1 => {
                    self.words(TESTS);
                    self.words(&["and", "or"]);
                }
                _ => self.words(OPERATORS),
            }
            if !["and", "or"].contains(&self.out.last().unwrap().as_str()) {
                self.value(depth);
                self.words(&["and", "or"]);
            }
        }
        self.value(depth);
    }

    fn operand(&mut self, depth: usize) {
        if depth > 0 && self.random.chance(25) {
            return self.map(depth - 1);
        }
        self.value(depth);
        if self.random.chance(15) {
            self.words(&["++", "|", "+", "-"]);
            self.value(depth);
        }
    }

    fn value(&mut self, depth: usize) {
        if self.random.chance(5) {
            self.put("-");
        }
        match self.random.below(if depth > 0 { 10 } else { 5 }) {
            0 => self.any(TEXTS),
            1 => self.any(NUMBERS),
            2 => self.any(&["true", "false"]),
            3 | 4 => self.any(NAMES),
            5 => self.list(depth - 1),
            6 => {
                self.put("(");
                self.expr(depth - 1);
                self.put(")");
            }
            7 => {
                self.words(&["f (", "host . device ("]);
                self.several(3, |maker| maker.expr(depth - 1));
                self.put(")");
            }
            8 => {
                self.any(NAMES);
                self.put(". field [");
                self.expr(depth - 1);
                self.put("]");
            }
            _ => {
                self.put("[");
                self.expr(depth - 1);
                self.clause(depth - 1);
                if self.random.chance(30) {
                    self.put("sort by x");
                }
                self.put("]");
            }
        }
    }

    fn clause(&mut self, depth: usize) {
        self.words(&["for x in", "for i , x in"]);
        self.condition(depth);
        if self.random.chance(40) {
            self.put("when");
            self.condition(depth);
        }
    }

    fn list(&mut self, depth: usize) {
        self.put("[");
        match self.random.below(3) {
            0 => self.several(20, |maker| maker.any(&["\"CHOWN\"", "1", "name", "\"NET_BIND_SERVICE\""])),
            1 => self.several(4, |maker| {
                maker.put("{ destination :");
                maker.any(TEXTS);
                maker.put(", options :");
                maker.expr(depth);
                maker.put("}");
            }),
            _ => self.several(5, |maker| maker.expr(depth)),
        }
        self.put("]");
    }

    fn map(&mut self, depth: usize) {
        self.put("{");
        if self.random.chance(15) {
            self.put("[ k ] :");
            self.expr(depth);
            self.clause(depth);
        } else {
            self.several(5, |maker| {
                maker.words(&["a :", "\"any\" :", "when :", "[ b ] :", "\"{c}\" :"]);
                maker.expr(depth);
            });
        }
        self.put("}");
    }

    fn ty(&mut self, depth: usize) {
        match self.random.below(if depth > 0 { 6 } else { 2 }) {
            0 => self.words(&["Int", "String ?", "Capability"]),
            1 => self.put("\"gold\" | \"silver\""),
            2 | 3 => {
                self.words(&["List <", "Map < String ,"]);
                self.ty(depth - 1);
                self.put(">");
            }
            _ => {
                self.put("{");
                self.several(3, |maker| {
                    maker.words(&["a :", "when :"]);
                    maker.ty(depth - 1);
                });
                self.put("} ?");
            }
        }
    }
}
