//! A tree as text: one line for each item and effect, expressions as s-expressions.

use plimsoll::syntax::ast::*;

pub(super) fn file(file: &File) -> String {
    let mut out = String::new();
    for item in &file.items {
        if item.replace.is_some() {
            out.push_str("replace ");
        }
        self::item(&mut out, &item.kind);
    }
    out
}

fn item(out: &mut String, kind: &ItemKind) {
    match kind {
        ItemKind::Let(item) => *out += &format!("let {} {}\n", item.name.name, expr(&item.value)),
        ItemKind::Rule(item) => rule(out, "rule", item),
        ItemKind::Invariant(item) => rule(out, "invariant", item),
        ItemKind::Fact(item) => {
            let default = item.default.as_ref().map_or(String::new(), |value| format!(" = {}", expr(value)));
            *out += &format!("fact {} {}{default}\n", names(&item.path), ty(&item.ty));
        }
        ItemKind::Remove(item) => {
            *out += &format!("remove {} {}\n", if item.invariant { "invariant" } else { "rule" }, item.name.name);
        }
        ItemKind::Test(item) => {
            *out += &format!("test {:?}\n", item.name.text);
            for step in &item.steps {
                *out += &match step {
                    Step::Given { root, value } => format!("  given {} {}\n", root.name, expr(value)),
                    Step::Expect { condition, from } => {
                        let from = from.as_ref().map_or(String::new(), |rule| format!(" from {}", rule.name));
                        format!("  expect {}{from}\n", expr(condition))
                    }
                    Step::Outcome { kind, code, like, .. } => {
                        let like = like.as_ref().map_or(String::new(), |glob| format!(" like {}", expr(glob)));
                        let code = code.as_ref().map_or(String::new(), |code| format!(" {}", code.name));
                        let what = match kind {
                            OutcomeKind::Warning => "warning",
                            OutcomeKind::NoWarning => "no warning",
                            OutcomeKind::Denied => "denied",
                        };
                        format!("  expect {what}{code}{like}\n")
                    }
                    Step::Snapshot { file, .. } => format!("  expect snapshot {:?}\n", file.text),
                };
            }
        }
    }
}

fn rule(out: &mut String, word: &str, rule: &Rule) {
    *out += &format!("{word} {}", rule.name.name);
    if let Some(doc) = &rule.doc {
        *out += &format!(" doc {:?}", doc.text);
    }
    for (word, guard) in [("when", &rule.when), ("unless", &rule.unless)] {
        if let Some(guard) = guard {
            *out += &format!(" {word} {}", expr(guard));
        }
    }
    *out += "\n";
    block(out, &rule.body, 1);
}

fn block(out: &mut String, block: &Block, depth: usize) {
    for effect in &block.effects {
        *out += &"  ".repeat(depth);
        self::effect(out, &effect.kind, depth);
    }
}

fn effect(out: &mut String, kind: &EffectKind, depth: usize) {
    match kind {
        EffectKind::Write { strength, path, op, value, because, tail } => {
            let op = ["=", "+=", "-="][*op as usize];
            let because = because.as_ref().map_or(String::new(), |doc| format!(" because {:?}", doc.text));
            *out += &format!("{strength:?} {op} {} {}{because}{}\n", out_path(path), expr(value), self::tail(tail));
        }
        EffectKind::Unset { strength, path, because } => {
            let because = because.as_ref().map_or(String::new(), |doc| format!(" because {:?}", doc.text));
            *out += &format!("{strength:?} unset {}{because}\n", out_path(path));
        }
        EffectKind::Let { name, value, tail } => {
            *out += &format!("let {} {}{}\n", name.name, expr(value), self::tail(tail));
        }
        EffectKind::If { arms, otherwise } => {
            for (at, (condition, body)) in arms.iter().enumerate() {
                let word = if at == 0 { String::new() } else { format!("{}else ", "  ".repeat(depth)) };
                *out += &format!("{word}if {}\n", expr(condition));
                block(out, body, depth + 1);
            }
            if let Some(body) = otherwise {
                *out += &format!("{}else\n", "  ".repeat(depth));
                block(out, body, depth + 1);
            }
        }
        EffectKind::For { clause, body } => {
            *out += &format!("{}\n", self::clause(clause));
            block(out, body, depth + 1);
        }
        EffectKind::Warn(message) => *out += &format!("warn {}\n", expr(message)),
        EffectKind::Deny(message) => *out += &format!("deny {}\n", expr(message)),
        EffectKind::Require { condition, deny, message } => {
            let word = if *deny { "deny" } else { "warn" };
            *out += &format!("require {} else {word} {}\n", expr(condition), expr(message));
        }
    }
}

fn tail(tail: &Option<Tail>) -> String {
    match tail.as_ref().map(|tail| &tail.kind) {
        None => String::new(),
        Some(TailKind::Warn(message)) => format!(" else warn {}", expr(message)),
        Some(TailKind::Deny(message)) => format!(" else deny {}", expr(message)),
        Some(TailKind::Skip) => " else skip".to_owned(),
    }
}

fn out_path(path: &OutPath) -> String {
    let segments = path.segments.iter().map(|segment| match segment {
        Segment::Field(name) => format!(".{}", name.name),
        Segment::Key(key) => format!("[{}]", expr(key)),
        Segment::Group(names) => format!(".{{{}}}", self::names(names).replace('.', " ")),
    });
    segments.collect()
}

fn names(names: &[Ident]) -> String {
    names.iter().map(|name| &*name.name).collect::<Vec<_>>().join(".")
}

fn clause(clause: &Clause) -> String {
    let second = clause.second.as_ref().map_or(String::new(), |name| format!(", {}", name.name));
    let when = clause.when.as_ref().map_or(String::new(), |when| format!(" when {}", expr(when)));
    format!("for {}{second} in {}{when}", clause.first.name, expr(&clause.list))
}

fn node(name: &str, parts: &[Expr]) -> String {
    let parts: Vec<String> = parts.iter().map(expr).collect();
    format!("({name} {})", parts.join(" "))
}

pub(super) fn expr(e: &Expr) -> String {
    match &e.kind {
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Int(value) => value.to_string(),
        ExprKind::Float(value) => format!("{value:?}"),
        ExprKind::Text(pieces) => text(pieces),
        ExprKind::Name(name) => name.to_string(),
        ExprKind::Field(object, name) => format!("{}.{}", expr(object), name.name),
        ExprKind::Index(object, key) => format!("{}[{}]", expr(object), expr(key)),
        ExprKind::Call { receiver, function, arguments } => {
            let receiver = receiver.as_ref().map_or(String::new(), |name| format!("{}.", name.name));
            let arguments: Vec<String> = arguments.iter().map(expr).collect();
            format!("{receiver}{}({})", function.name, arguments.join(", "))
        }
        ExprKind::List(values) => format!("[{}]", values.iter().map(expr).collect::<Vec<_>>().join(", ")),
        ExprKind::Map(entries) => format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", ")),
        ExprKind::ListComprehension { value, clauses, sort } => {
            let clauses: Vec<String> = clauses.iter().map(clause).collect();
            let sort = sort.as_ref().map_or(String::new(), |key| format!(" sort by {}", expr(key)));
            format!("[{} {}{sort}]", expr(value), clauses.join(" "))
        }
        ExprKind::MapComprehension { entry, clauses } => {
            let clauses: Vec<String> = clauses.iter().map(clause).collect();
            format!("{{{} {}}}", self::entry(entry), clauses.join(" "))
        }
        ExprKind::Else(parts) => node("else", parts),
        ExprKind::When(value, condition) => format!("(when {} {})", expr(value), expr(condition)),
        ExprKind::Or(parts) => node("or", parts),
        ExprKind::And(parts) => node("and", parts),
        ExprKind::Not(inner) => format!("(not {})", expr(inner)),
        ExprKind::Compare(op, left, right) => format!("({op:?} {} {})", expr(left), expr(right)),
        ExprKind::Is { value, empty, negated } => {
            let not = if *negated { "not-" } else { "" };
            format!("(is-{not}{} {})", if *empty { "empty" } else { "set" }, expr(value))
        }
        ExprKind::Join(first, rest) => {
            let rest: String = rest.iter().map(|(op, part)| format!(" {op:?} {}", expr(part))).collect();
            format!("({}{rest})", expr(first))
        }
        ExprKind::Arithmetic(first, rest) => {
            let rest: String = rest.iter().map(|(op, part)| format!(" {op:?} {}", expr(part))).collect();
            format!("({}{rest})", expr(first))
        }
        ExprKind::Negate(inner) => format!("(- {})", expr(inner)),
    }
}

fn text(pieces: &[Piece]) -> String {
    let pieces = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text.escape_debug().to_string(),
        Piece::Hole(hole) => format!("{{{}}}", expr(hole)),
    });
    format!("\"{}\"", pieces.collect::<String>())
}

fn entry(entry: &Entry) -> String {
    match &entry.key {
        Key::Name(name) => format!("{}: {}", name.name, expr(&entry.value)),
        Key::Computed(key) => format!("[{}]: {}", expr(key), expr(&entry.value)),
    }
}

fn ty(ty: &TypeExpr) -> String {
    match &ty.kind {
        TypeKind::Name(name) => name.to_string(),
        TypeKind::Word(word) => format!("{word:?}"),
        TypeKind::Union(types) => format!("(| {})", types.iter().map(self::ty).collect::<Vec<_>>().join(" ")),
        TypeKind::List(element) => format!("List<{}>", self::ty(element)),
        TypeKind::Map(element) => format!("Map<{}>", self::ty(element)),
        TypeKind::Record(members) => {
            let members: Vec<String> =
                members.iter().map(|(name, ty)| format!("{}: {}", name.name, self::ty(ty))).collect();
            format!("{{{}}}", members.join(", "))
        }
        TypeKind::Optional(inner) => format!("{}?", self::ty(inner)),
    }
}
