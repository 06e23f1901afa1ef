//! Whole cold processes that check policies of one size and shape: this one, `cedar validate` and `nickel export`.
//! Neither asks what this one asks: they parse, and check types or evaluate. Where a program is not on the path, that is
//! said, and the others are timed.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::measure::{Contender, compare};
use super::mixed;

/// The numbers of rules.
const RULES: [(usize, &str); 2] = [(1_000, "1,000 rules"), (10_000, "10,000 rules")];

/// The facts that the rules of `mixed` read, in Cedar's words.
const SCHEMA: &str = "entity Service;
entity Spec;
action write appliesTo { principal: [Service], resource: [Spec], context: {
  service: String, image: String, rtype: String, team: String, privileged: Bool, gpus?: Long, capabilities: Set<String>
} };
";

/// The same guards as those of `mixed`.
fn cedar(rules: usize) -> String {
    let mut text = String::new();
    for n in 0..rules {
        let guard = match n % 5 {
            0 => format!("context.service == \"s{n}\""),
            1 => format!("context has gpus && context.gpus == {n}"),
            2 => format!("context.team == \"t{n}\" && context.privileged"),
            3 => format!("context.image like \"house{n}/*\" || context.rtype == \"job\""),
            _ => format!("context.service == \"s{n}\" && context.capabilities.contains(\"SYS_ADMIN\")"),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "permit (principal, action == Action::\"write\", resource) when {{ {guard} }};");
    }
    text
}

/// The same guards and writes, merged for one service.
fn nickel(rules: usize) -> String {
    let mut text = "let service = { name = \"web\", image = \"x\", rtype = \"service\", team = \"\", \
        privileged = false, gpus = 0, capabilities = [] } in\nstd.array.fold_left (fun all it => all & it) {} [\n"
        .to_owned();
    for n in 0..rules {
        let (guard, write) = match n % 5 {
            0 => (format!("service.name == \"s{n}\""), format!("hostname = \"h{n}\"")),
            1 => (format!("service.gpus == {}", n + 1), format!("pids = {n}")),
            2 => (format!("service.team == \"t{n}\" && service.privileged"), format!("team = \"t{n}\"")),
            3 => (
                format!("std.string.is_match \"^house{n}/\" service.image || service.rtype == \"job\""),
                format!("n{n} = \"x\""),
            ),
            _ => (
                format!("service.name == \"s{n}\" && std.array.elem \"SYS_ADMIN\" service.capabilities"),
                "cwd = \"/srv\"".to_owned(),
            ),
        };
        let _ = writeln!(text, "  (if {guard} then {{ {write} }} else {{}}),");
    }
    text + "]\n"
}

/// Runs a program to its end: how much it prints, or why it cannot.
fn run(program: &Path, arguments: &[&Path]) -> Result<usize, String> {
    let out = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let out = out.map_err(|error| format!("{}: {error}", program.display()))?;
    match out.status.success() {
        true => Ok(out.stdout.len() + out.stderr.len()),
        false => Err(format!("{}: {}", program.display(), String::from_utf8_lossy(&out.stderr))),
    }
}

/// The policies of a size, each with the program that takes it.
fn contenders<'f>(folder: &'f Path, rules: usize) -> Result<Vec<Contender<'f>>, Box<dyn Error>> {
    let write = |name: &str, text: String| -> Result<PathBuf, std::io::Error> {
        let path = folder.join(format!("{rules}-{name}"));
        fs::write(&path, text)?;
        Ok(path)
    };
    let ours = Path::new(env!("CARGO_BIN_EXE_plimsoll"));
    let mixed = write("mixed.plim", mixed::many(rules))?;
    let (schema, cedar) = (write("schema.cedarschema", SCHEMA.to_owned())?, write("mixed.cedar", cedar(rules))?);
    let nickel = write("mixed.ncl", nickel(rules))?;
    let flag = |text: &str| PathBuf::from(text);
    let all: [(&'static str, &Path, Vec<PathBuf>); 3] = [
        ("plimsoll check", ours, vec![flag("check"), flag("--no-standard"), mixed]),
        (
            "cedar validate",
            Path::new("cedar"),
            vec![flag("validate"), flag("--schema"), schema, flag("--policies"), cedar],
        ),
        ("nickel export", Path::new("nickel"), vec![flag("export"), nickel]),
    ];
    let mut found = Vec::new();
    for (name, program, arguments) in all {
        let work = move || run(program, &arguments.iter().map(PathBuf::as_path).collect::<Vec<_>>());
        match work() {
            // What refuses the policy takes no part.
            Ok(_) => found.push(Contender::new(name, move || work().unwrap_or_default())),
            Err(error) => println!("{name:<29} left out: {}", error.lines().next().unwrap_or_default()),
        }
    }
    Ok(found)
}

/// The shipped policy as it is, then policies of one size and shape.
pub(crate) fn peers(_: Option<&str>) -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("plimsoll-peers-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let ours = Path::new(env!("CARGO_BIN_EXE_plimsoll"));
    run(ours, &[Path::new("check")])?;
    let check = || run(ours, &[Path::new("check")]).unwrap_or_default();
    compare("standard", &[Contender::new("plimsoll check", check)]);
    for (rules, name) in RULES {
        compare(name, &contenders(&folder, rules)?);
    }
    fs::remove_dir_all(&folder)?;
    Ok(())
}
