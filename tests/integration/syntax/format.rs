//! The formatter: one layout, the same rules, every comment.
#![allow(clippy::panic, clippy::string_slice, reason = "helpers of tests may fail")]

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll::diagnostics::{CODES, explain};
use plimsoll::source::SourceMap;
use plimsoll::syntax;

use super::{nested, on_a_small_stack, parse, print};

mod random;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/syntax/format");

fn format(text: &str) -> String {
    let source = SourceMap::for_policy().add("test.plim", text);
    match syntax::format(source, text) {
        Ok(formatted) => formatted,
        Err(found) => panic!("{found:#?}\n{text}"),
    }
}

fn tree(text: &str) -> String {
    let (file, _, _) = parse(text);
    print::file(&file)
}

/// Formats, and holds the result against what it must be.
fn checked(text: &str) -> String {
    let formatted = format(text);
    assert_eq!(tree(&formatted), tree(text), "the rules are others:\n{text}\n---\n{formatted}");
    assert_eq!(format(&formatted), formatted, "a second time changes something:\n{text}");
    assert!(formatted.lines().all(|line| line.trim_end() == line || line.contains('"')), "blanks at an end");
    assert!(!formatted.contains("\n\n\n") || text.contains("\n\n\n"));
    formatted
}

fn below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            below(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "plim") {
            files.push(path);
        }
    }
}

/// Every text of rules in the repository that parses: the shipped ones, fixtures, examples of diagnostics.
fn corpus() -> Vec<String> {
    let (mut files, mut texts) = (Vec::new(), Vec::new());
    for folder in ["rules", "src/cli/new", "tests/fixtures"] {
        below(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
    }
    texts.extend(files.iter().map(|file| fs::read_to_string(file).unwrap()));
    for code in CODES {
        let fences = explain(*code).split("```plim").skip(1);
        texts.extend(fences.filter_map(|fence| Some(fence.split_once('\n')?.1.split("```").next()?.to_owned())));
    }
    texts.retain(|text| parse(text).1.is_empty());
    texts
}

#[test]
fn every_file_has_one_layout() {
    let corpus = corpus();
    assert!(corpus.len() > 100, "{}", corpus.len());
    for text in corpus {
        let formatted = checked(&text);
        let comments = |text: &str| text.matches('#').count();
        assert_eq!(comments(&formatted), comments(&text), "{text}\n---\n{formatted}");
    }
}

#[test]
fn shipped_rules_are_in_it() {
    let mut files = Vec::new();
    below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), &mut files);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        assert!(format(&text) == text, "run `plimsoll fmt rules`: {}", file.display());
    }
}

#[test]
fn layouts() {
    let mut files = Vec::new();
    below(Path::new(FOLDER), &mut files);
    files.sort();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.file_stem().unwrap().to_str().unwrap();
        snapshot!(format!("format-{name}"), format!("{text}\n---\n{}", checked(&text)));
    }
}

/// Puts a comment at every place of each item where the text stays what it is: every one must come out, once.
#[test]
fn a_comment_stays_wherever_it_stands() {
    let text = fs::read_to_string(format!("{FOLDER}/every-place.plim")).unwrap();
    let mut places = 0;
    for item in parse(&text).0.items {
        let item = &text[item.span.start as usize..item.span.end as usize];
        let (before, bytes) = (tree(item), item.as_bytes());
        let word = |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        // Not within words, and of several blanks before the first only.
        let apart = |at: usize| !(bytes[at - 1].is_ascii_whitespace() || word(at) && word(at - 1));
        for at in (1..=item.len()).filter(|at| apart(*at)) {
            for comment in [" # c~\n", "\n\n # c~\n"] {
                let text = format!("{}{comment}{}", &item[..at], &item[at..]);
                if !parse(&text).1.is_empty() || tree(&text) != before {
                    continue;
                }
                let formatted = format(&text);
                assert_eq!(formatted.matches("# c~").count(), 1, "{text}\n---\n{formatted}");
                assert_eq!(tree(&formatted), before, "{text}\n---\n{formatted}");
                assert_eq!(format(&formatted), formatted, "a second time changes something:\n{text}");
                places += 1;
            }
        }
    }
    assert!(places > 500, "{places}");
}

#[test]
fn blanks_and_lines_do_not_matter() {
    for seed in 0..60 {
        let tokens = random::file(seed);
        let text = random::join(&tokens, &mut random::Random::new(seed), &[" ", "\n", "\t", "  \r\n "]);
        let formatted = checked(&text);
        let other = random::join(&tokens, &mut random::Random::new(seed + 1), &[" ", "\n    "]);
        let other = format(&other);
        assert!(other == formatted, "{text}\n---\n{formatted}\n---\n{other}");
    }
}

#[test]
fn comments_anywhere_stay_in_their_order() {
    for seed in 0..60 {
        let tokens = random::file(seed);
        let gaps = [" ", "\n", "\n\n", " # a\n", "\n# b\n", " # c\n\n# d\n\n\n  # e\n"];
        let text = random::join(&tokens, &mut random::Random::new(seed), &gaps);
        let comments = |text: &str| -> Vec<String> {
            text.lines().filter_map(|line| Some(line.rsplit_once("# ")?.1.trim().to_owned())).collect()
        };
        assert_eq!(comments(&checked(&text)), comments(&text), "{text}");
    }
}

#[test]
fn what_does_not_parse_is_refused() {
    let source = SourceMap::for_policy().add("test.plim", "");
    let found = syntax::format(source, "let a = \nrule b { c = 1 }\nlet d = 1 = 2").unwrap_err();
    assert_eq!(found.iter().map(|it| it.code.id()).collect::<Vec<_>>(), ["P0101", "P0104"]);
    assert_eq!(syntax::format(source, ""), Ok(String::new()));
    assert_eq!(syntax::format(source, "\n\n  \n"), Ok(String::new()));
    assert_eq!(syntax::format(source, "\n# only a comment"), Ok("# only a comment\n".to_owned()));
}

#[test]
fn a_file_does_not_grow_beyond_what_a_file_may_have() {
    let text = format!("rule a {{ {}}}", "b=c;".repeat((1 << 20) / 7));
    let source = SourceMap::for_policy().add("test.plim", "");
    assert_eq!(syntax::format(source, &text).unwrap_err()[0].code.id(), "P0701");
}

#[test]
fn deep_and_long_texts_take_little_stack_and_time() {
    let deep = [
        ("let x = ", "[", "a", "]"),
        ("let x = ", "(", "a", ")"),
        ("let x = ", "{ a: ", "b", "}"),
        ("let x = ", "f(a, ", "b", ", c)"),
        ("let x = ", "[a for b in ", "c", " when d]"),
        ("fact options.x: ", "{ a: ", "Int", "}"),
    ];
    for (before, open, middle, close) in deep {
        let text = format!("{before}{}", nested(open, middle, close, 64));
        on_a_small_stack(move || checked(&text));
    }
    let long = [
        ("let x = a", " when b else c", ""),
        ("let x = [a", ", b", "]"),
        ("let x = [", "[a, b], ", "c]"),
        ("let x = [", "{ a: 1, b: [c] }, ", "]"),
        ("let x = f(a)", " ++ f(b)", ""),
        ("let x = f(a)(", "b, ", "c)"),
        ("rule a { ", "b.c = d else skip ", "}"),
        ("rule a { ", "if b { c = d } ", "}"),
        ("rule a { if b { }", " else if b { c = [d] } ", "}"),
        ("", "# a comment\n", ""),
        ("let x = a", " # a comment\n", ""),
        ("", "let x = [a, b]\n", ""),
    ];
    for (before, middle, after) in long {
        let room = if cfg!(debug_assertions) { 1 << 13 } else { 1 << 20 } - before.len() - after.len();
        let text = format!("{before}{}{after}", middle.repeat(room / middle.len()));
        if parse(&text).1.is_empty() {
            on_a_small_stack(move || format(&text));
        }
    }
}
