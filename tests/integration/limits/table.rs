//! Every limit with the test that holds it at the limit and one past it. A new constant, or a new field of a caller's limits,
//! is missing here until it has one, or is named among those that refuse nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::hostile::is_there;

/// What a file declares, by name, and the tests of it.
const LIMITS: &[(&str, &str, &str)] = &[
    ("syntax/scan.rs", "bytes brackets rules MAX_BRACKETS", "limits::of_rules"),
    ("syntax/scan.rs", "rules", "limits::a_policy_has_a_hundred_thousand_rules"),
    ("syntax/build/effect.rs", "MAX_BLOCKS", "limits::of_rules"),
    ("syntax/build/mod.rs", "MAX_DEPTH", "limits::of_rules"),
    ("check/effect.rs", "MAX_ARMS", "limits::of_rules"),
    ("ir/build.rs", "MAX_DEPTH", "limits::of_rules"),
    ("ir/sound.rs", "MAX_BLOCKS MAX_LOCALS", "ir::sound::blocks_locals_and_expressions_are_bounded"),
    ("policy/kept/trees.rs", "MAX_DEPTH", "policy::kept::trees::trees_are_bounded"),
    ("lock.rs", "MAX_BYTES", "limits::of_rules"),
    ("snapshot/read.rs", "MAX_BYTES", "limits::of_rules"),
    ("eval/mod.rs", "steps list text output", "limits::of_renders"),
    ("output/json.rs", "LIMIT", "output::json::the_limit_is_exact_and_leaves_nothing_behind"),
    ("facts/limits.rs", "request deployment image recording depth", "limits::of_inputs"),
    (
        "facts/limits.rs",
        "REQUEST_BYTES DEPLOYMENT_BYTES IMAGE_BYTES RECORDING_BYTES DEPTH ALIAS_BYTES NODE_BYTES",
        "limits::of_inputs",
    ),
    ("facts/limits.rs", "IMAGE_BYTES", "limits::host::of_configurations_on_disk"),
    ("facts/limits.rs", "ACCOUNTS_BYTES ACCOUNTS", "limits::host::of_accounts"),
    ("facts/limits.rs", "HOST_FILE_BYTES ACCOUNTS", "limits::host::of_files_of_the_host"),
    ("facts/limits.rs", "GLOB", "limits::host::of_globs"),
    ("facts/limits.rs", "ARCHIVE_ENTRIES", "limits::host::of_archives"),
    ("facts/image_source/tar.rs", "LONGEST", "limits::host::of_archives"),
    ("facts/image_source/mod.rs", "DEPTH", "limits::host::of_indices"),
    ("facts/accounts.rs", "ID_MAX", "live::accounts::lines_are_read_as_the_c_library_reads_them"),
    ("facts/user.rs", "ID_MAX", "quantities::image_users"),
    ("facts/quantity.rs", "SIZE_MAX", "quantities::memory"),
    ("facts/quantity.rs", "MODE_MAX", "quantities::file_modes"),
    ("schema/text.rs", "HOST_NAME_MAX NAME_MAX", "limits::of_names"),
    ("bundle/look.rs", "DEEPEST", "bundle::names_cannot_lead_out_of_a_bundle"),
    ("explanation/query.rs", "LONGEST", "limits::command::of_a_path_that_is_asked_for"),
    ("cli/input.rs", "RULES_BYTES", "limits::command::of_a_file_of_rules"),
    ("cli/input.rs", "LAYERS_BYTES", "cli::input::layers_are_bounded_together_to_the_byte"),
    ("cli/input.rs", "LAYERS_BYTES", "cli::bad::layers_are_bounded_together"),
    ("cli/input.rs", "COMPILED_BYTES", "limits::command::of_a_compiled_policy"),
    ("cli/fmt.rs", "MAX_DEPTH", "limits::command::of_folders_that_are_laid_out"),
    ("cli/replay.rs", "LINE_BYTES", "limits::command::of_a_line_of_a_record"),
    ("cli/replicas.rs", "MOST", "cli::replicas::a_range_has_ten_thousand_at_most"),
    ("cli/test.rs", "LIMIT", "limits::command::of_a_file_that_a_test_names"),
    ("cli/diff/git.rs", "MOST_FILES", "limits::command::of_files_of_a_commit"),
];

/// What refuses nothing: how much is shown, tried, kept or done at once. Past it something is left out and counted, done in
/// the general way, or said to be undecided.
const OTHERS: &[(&str, &str)] = &[
    ("analysis/claim.rs", "SHOWN"),
    ("analysis/conflict.rs", "PAIRS SIDES VISITS"),
    ("analysis/devices.rs", "VISITS RULES"),
    ("analysis/guards.rs", "SHOWN MANY NEAR"),
    ("analysis/invariants.rs", "READ GUESSES"),
    ("analysis/invariants/terms.rs", "MADE DEPTH"),
    ("analysis/mod.rs", "STEPS STEPS_EACH FEW"),
    ("analysis/mounts.rs", "ASKED ABOVE"),
    ("analysis/required.rs", "LOOKED_AT WRITTEN"),
    ("analysis/sets.rs", "ASKED WRITES"),
    ("analysis/solve.rs", "STEPS NODES"),
    ("analysis/state.rs", "CELLS_A_STEP"),
    ("analysis/witness.rs", "PIECES FEW STEPS STEPS_EACH"),
    ("analysis/writes.rs", "ASKED VISITS BEATERS"),
    ("bundle/fresh.rs", "LONGEST"),
    ("bundle/side.rs", "LONGEST"),
    ("check/text.rs", "LISTED"),
    ("cli/check.rs", "NAMED"),
    ("cli/diff/corpus.rs", "AT_ONCE"),
    ("cli/diff/shown.rs", "MOST"),
    ("cli/input.rs", "NEIGHBOURS"),
    ("cli/record.rs", "NEAR"),
    ("cli/replay.rs", "AT_ONCE"),
    ("cli/snapshot.rs", "MOST_LINES"),
    ("cli/stream/batches.rs", "CHUNK"),
    ("cli/stream/mod.rs", "PIECE AHEAD"),
    ("cli/terminal.rs", "MOST_SHOWN"),
    ("cli/witness.rs", "LONGEST"),
    ("decision/mod.rs", "VERSION"),
    ("diagnostics/excerpt.rs", "LONG_LINE AROUND LABEL_LINES CONTEXT"),
    ("diagnostics/mod.rs", "SLIPS TELLING"),
    ("diagnostics/part.rs", "LONG_TEXT"),
    ("eval/broken.rs", "TOLD DEPTH VISITS"),
    ("eval/effects.rs", "POINTED_AT"),
    ("eval/fast/mod.rs", "WARM MOST_WAYS MOST_BYTES MOST_STEPS MOST_EFFORT LONGEST_TEXT LONGEST_LIST MOST_GROWTH"),
    ("eval/fast/run.rs", "USUAL"),
    ("eval/finish.rs", "CONFLICTS_TOLD"),
    ("eval/functions/texts.rs", "LONGEST_MISSPELLING"),
    ("eval/lines.rs", "LINE"),
    ("eval/order.rs", "FEW"),
    ("eval/reads.rs", "KEPT"),
    ("eval/report.rs", "TOLD MOST"),
    ("eval/text.rs", "SHOWN"),
    ("eval/watch.rs", "MOST_SKIPPED MOST_PARTS"),
    ("explanation/missed.rs", "MOST_REASONS MOST_OTHERS"),
    ("explanation/teller.rs", "VALUE LINE"),
    ("explanation/text.rs", "MOST_PATHS WIDEST"),
    ("facts/decode/record.rs", "FEW"),
    ("facts/direct.rs", "MOST_NULLS"),
    ("facts/image_source/tar.rs", "BLOCK"),
    ("facts/limits.rs", "DIAGNOSTICS"),
    ("facts/live/sys.rs", "RACES"),
    ("facts/quantity.rs", "NANOSECOND SECOND DAY"),
    ("facts/request.rs", "LONG"),
    ("facts/text/mod.rs", "FEW LONGEST"),
    ("fix.rs", "ROUNDS"),
    ("ir/plan.rs", "WORTH_A_TABLE"),
    ("levels/settings.rs", "TOLD"),
    ("lock.rs", "TOLD SHOWN"),
    ("output/diff/words.rs", "TEXT DETAIL"),
    ("policy/kept.rs", "LONGEST_LINE DIGEST"),
    ("policy/layers/parsed.rs", "MUCH"),
    ("provenance.rs", "WEIGHT"),
    ("policy/validated.rs", "POINTED_AT"),
    ("reference/facts.rs", "MAX_DEPTH"),
    ("reference/words.rs", "MAX_DEPTH MAX_SHOWN"),
    ("review/compare.rs", "MOST_KNOWN"),
    ("review/html/mod.rs", "NAMED"),
    ("review/items.rs", "CONTEXT MOST_LINES MOST_COMPARED"),
    ("review/markdown.rs", "LIMIT NOTE MOST"),
    ("review/risk/compare.rs", "MOST"),
    ("review/text.rs", "MOST_NAMED MOST_TOLD"),
    ("review/words.rs", "NAMED"),
    ("schema/types.rs", "SHOWN"),
    ("snapshot/mod.rs", "MOST_INPUT"),
    ("syntax/format/doc.rs", "WIDTH TABLE_WIDTH INDENT"),
    ("syntax/format/expr.rs", "SPREAD"),
    ("syntax/format/mod.rs", "ROOM"),
    ("syntax/mod.rs", "MAX_MISTAKES BATCH FEW"),
    ("testing/expect.rs", "MOST_LINES MOST_LISTED"),
    ("testing/explain.rs", "SHORT MOST_CLAIMS MOST_FACTS"),
    ("testing/mutation.rs", "STEPS"),
];

const NUMBERS: &[&str] = &["u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize"];

/// The constants of a source that are numbers, and the fields of its limits; tests of its own do not count.
fn declared(source: &str) -> impl Iterator<Item = &str> {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let limits = source.split("pub struct Limits {").nth(1).map_or("", |rest| rest.split("\n}").next().unwrap());
    let fields = limits.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(':'));
    let constants = source.lines().filter_map(|line| {
        let (name, rest) = line.split_once("const ")?.1.split_once(": ")?;
        let is_number = NUMBERS.contains(&rest.split([' ', ';', '=']).next()?);
        (is_number && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')).then_some((name, rest))
    });
    fields.chain(constants).map(|(name, _)| name)
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_limit_has_its_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut there = BTreeSet::new();
    for file in files {
        let name = file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        let source = fs::read_to_string(&file).unwrap();
        there.extend(declared(&source).map(|it| format!("{name} {it}")));
    }
    let limits: BTreeSet<String> = names(LIMITS.iter().map(|(file, names, _)| (*file, *names)));
    let others: BTreeSet<String> = names(OTHERS.iter().copied());
    let none: Vec<&String> = Vec::new();
    assert_eq!(limits.intersection(&others).collect::<Vec<_>>(), none, "named twice");
    let known: BTreeSet<String> = limits.union(&others).cloned().collect();
    assert_eq!(there.difference(&known).collect::<Vec<_>>(), none, "a limit needs a test at it and one past it");
    assert_eq!(known.difference(&there).collect::<Vec<_>>(), none, "not in the sources any more");
    let tests = LIMITS.iter().map(|(.., test)| *test).filter(|test| !is_there(test));
    assert_eq!(tests.collect::<Vec<_>>(), Vec::<&str>::new(), "no such test");
}

fn names<'t>(rows: impl Iterator<Item = (&'t str, &'t str)>) -> BTreeSet<String> {
    rows.flat_map(|(file, names)| names.split(' ').map(move |name| format!("{file} {name}"))).collect()
}
