//! Canonical JSON, to the byte.

use plimsoll::eval::draft::{Draft, Filled};
use plimsoll::eval::value::{List, Value};
use plimsoll::output::json::{self, Style, TooLarge};
use plimsoll::schema::output::{Found, output};

use super::sample::{self, Extent};

const FEW: &str = concat!(
    r#"{"ociVersion":"1.0.2","process":{"args":["a\"b"],"env":["PATH=/bin","E="],"#,
    r#""capabilities":{"bounding":["CAP_CHOWN","CAP_KILL"],"inheritable":[]}},"annotations":{},"#,
    r#""linux":{"sysctl":{"a.b":"1"},"resources":{"memory":{"limit":-1},"cpu":{"shares":18446744073709551615}}}}"#,
);

fn few() -> Draft<'static> {
    let texts = |texts: &[&'static str]| texts.iter().map(|text| Value::Text(text)).collect::<Vec<_>>();
    let args = Value::List(List::Values(texts(&["a\"b"]).leak()));
    let mut draft = Draft::default();
    draft.slots.resize(output().slots.len(), Filled::Empty);
    let mut put = |path: &str, filled| {
        let Some(Found::Slot(index)) = output().find(&path.split('.').collect::<Vec<_>>()) else { panic!("{path}") };
        draft.slots[index] = filled;
    };
    put("ociVersion", Filled::One(Value::Text("1.0.2")));
    put("process.args", Filled::One(args));
    put("process.env", Filled::Keyed(vec![("PATH", Value::Text("/bin")), ("E", Value::Text(""))]));
    put("process.cwd", Filled::One(Value::Absent));
    put("process.capabilities.bounding", Filled::Many(texts(&["CHOWN", "KILL"])));
    put("process.capabilities.inheritable", Filled::Many(vec![]));
    put("annotations", Filled::Keyed(vec![]));
    put("linux.sysctl", Filled::Keyed(vec![("a.b", Value::Text("1"))]));
    put("linux.resources.memory.limit", Filled::One(Value::Int(-1)));
    put("linux.resources.cpu.shares", Filled::One(Value::Int(u64::MAX.into())));
    put("files", Filled::Keyed(vec![("hosts", Value::Text("::1 localhost\n")), ("empty", Value::Text(""))]));
    draft
}

fn write(draft: &Draft<'_>, style: Style, limit: usize) -> Result<String, TooLarge> {
    let mut out = Vec::new();
    json::write(draft, output(), style, limit, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn only_what_was_written_is_there() {
    assert_eq!(write(&few(), Style::Compact, json::LIMIT).unwrap(), FEW);
    assert_eq!(write(&Draft::default(), Style::Compact, json::LIMIT).unwrap(), "{}");
}

#[test]
fn pretty_text_differs_in_blanks_only() {
    for draft in [few(), Draft::default(), sample::everything(3, Extent::Full), sample::everything(0, Extent::Empty)] {
        let compact = write(&draft, Style::Compact, json::LIMIT).unwrap();
        let pretty = write(&draft, Style::Pretty, json::LIMIT).unwrap();
        assert_eq!(squeeze(&pretty), compact);
        let parsed: serde_json::Value = serde_json::from_str(&compact).unwrap();
        // With its fields sorted it is not the same text, but it has as many lines.
        assert_eq!(pretty.lines().count(), serde_json::to_string_pretty(&parsed).unwrap().lines().count());
        assert!(pretty.ends_with("}\n"));
    }
}

/// Without the blanks between tokens.
fn squeeze(pretty: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    let mut keep = |c: char| {
        let keep = quoted || !c.is_ascii_whitespace();
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        keep
    };
    pretty.chars().filter(|c| keep(*c)).collect()
}

#[test]
fn side_files_are_apart() {
    let files: Vec<_> = json::files(&few(), output()).map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
    assert_eq!(files, [("hosts".to_owned(), "::1 localhost\n".to_owned()), ("empty".to_owned(), String::new())]);
}

#[test]
fn text_is_escaped_as_serde_json_does() {
    let all: String = (0..0x300).filter_map(char::from_u32).chain("\u{2028}🚢\u{10ffff}".chars()).collect();
    for text in ["", "\"", "\\", "a\u{0}", "\u{1f}b", "\n\n", &all, &format!("{all}{all}")] {
        let text: &'static str = text.to_owned().leak();
        let draft = Draft { slots: vec![Filled::One(Value::Text(text))] };
        let expected = format!("{{\"ociVersion\":{}}}", serde_json::to_string(text).unwrap());
        assert_eq!(write(&draft, Style::Compact, json::LIMIT).unwrap(), expected);
    }
}

#[test]
fn the_limit_is_exact_and_leaves_nothing_behind() {
    assert_eq!(write(&few(), Style::Compact, FEW.len()).unwrap(), FEW);
    for limit in 0..FEW.len() {
        let mut out = b"before".to_vec();
        let refused = json::write(&few(), output(), Style::Compact, limit, &mut out);
        assert_eq!((refused, out), (Err(TooLarge { limit }), b"before".to_vec()));
    }
}

#[test]
fn everything_in_its_place() {
    let text = write(&sample::everything(0, Extent::Full), Style::Pretty, json::LIMIT).unwrap();
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/output"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
        description => "one sample value of its shape in every path",
    }, { insta::assert_snapshot!("everything", text) });
}
