//! Functions and operators, a row each.

use plimsoll::eval::{compare_versions, like, within};
use plimsoll::facts::datum::Kind;
use plimsoll::ir::{ArithmeticOp, Conversion, Expr};
use plimsoll::schema::functions::Function::{self, *};

use super::build::{Builder, World, facts, kind, map_of, no_facts, value_of};

fn called(function: Function, arguments: Vec<Kind>) -> std::string::String {
    let mut builder = Builder::new();
    let arguments: Vec<_> = arguments.into_iter().map(|kind| builder.constant(kind)).collect();
    let call = builder.call(function, &arguments);
    let secrets = [
        ("db", "plain"),
        ("json", r#"{ "a": "x\ny", "n": 1.50, "t": true, "z": null, "l": [1, { "k": " v" }] }"#),
        ("@api/key", "service"),
        (":prod/db", "env"),
        ("web:prod/db", "both"),
    ];
    let secrets = World { secrets: secrets.into_iter().collect(), ..World::default() };
    value_of(&mut builder, &facts(Vec::new(), World::default(), secrets), call)
}

macro_rules! table {
    ($($name:ident { $($function:ident($($argument:expr),*) => $expected:literal;)+ })+) => {$(
        #[test]
        fn $name() {
            $(
                let what = stringify!($function($($argument),*));
                assert_eq!(called($function, vec![$(kind($argument)),*]), $expected, "{what}");
            )+
        }
    )+};
}

const NONE: &[&str] = &[];
const AB: &[&str] = &["a", "b"];
const BAB: &[&str] = &["b", "a", "b"];
const VENDORS: &[&str] = &["nvidia", "amd", "intel"];

table! {
    lengths {
        Len("né") => "3";
        Len(AB) => "2";
        Len([1, 2, 3]) => "3";
    }
    texts {
        Join(AB, ", ") => "\"a, b\"";
        Join(NONE, ",") => "\"\"";
        Split("a:b::c", ":") => "[\"a\", \"b\", \"\", \"c\"]";
        Split("a", "") => "P0603: an empty separator splits nothing";
        Lower("ÀB") => "\"àb\"";
        Upper("ab") => "\"AB\"";
        Trim("\t a b \n") => "\"a b\"";
        TrimPrefix("$E:$E:x", "$E:") => "\"$E:x\"";
        TrimSuffix("a.gz", ".gz") => "\"a\"";
        TrimStart("//a/", "/") => "\"a/\"";
        TrimEnd("a0b00", "0") => "\"a0b\"";
        Replace("a/b/c", "/", "_") => "\"a_b_c\"";
        Replace("a", "", "_") => "P0603: an empty text cannot be replaced";
    }
    numbers {
        Range(3) => "[0, 1, 2]";
        Range(-1) => "[]";
        Range(65_536 + 1) => "P0704: a range of 65537 numbers: at most 65536";
        RangeFrom(2, 4) => "[2, 3]";
        RangeFrom(-9_223_372_036_854_775_808, 18_446_744_073_709_551_615) => "P0704: a range of 27670116110564327423 numbers: at most 65536";
        Round(2.5) => "3";
        Round(-2.5) => "-3";
        Round(2.4) => "2";
        Round(1e300) => "P0605: a result that no whole number holds (-2^63 to 2^64-1)";
        Floor(-0.5) => "-1";
        Octal(493) => "\"755\"";
        Octal(-8) => "\"-10\"";
        String(1.5) => "\"1.5\"";
        String(2.0) => "\"2\"";
        String(true) => "\"true\"";
        String(18_446_744_073_709_551_615) => "\"18446744073709551615\"";
    }
    to_int {
        ToInt("-12") => "-12";
        ToInt("007") => "7";
        ToInt("18446744073709551615") => "18446744073709551615";
        ToInt("18446744073709551616") => "nothing";
        ToInt("-") => "nothing";
        ToInt("+1") => "nothing";
        ToInt(" 1") => "nothing";
        ToInt(3.0) => "3";
        ToInt(3.5) => "nothing";
        ToInt(true) => "1";
    }
    lists {
        Sort(BAB) => "[\"a\", \"b\", \"b\"]";
        Sort([3, -1, 2]) => "[-1, 2, 3]";
        Unique(BAB) => "[\"b\", \"a\"]";
        IndexOf(BAB, "b") => "0";
        IndexOf(AB, "c") => "nothing";
        First(NONE) => "nothing";
        First(BAB) => "\"b\"";
        Last(AB) => "\"b\"";
        Last(NONE) => "nothing";
        Min([3, 1, 2]) => "1";
        Max([3, 1, 2]) => "3";
        Max(NONE) => "nothing";
    }
    paths {
        Basename("/a/b/") => "\"b\"";
        Basename("/") => "\"/\"";
        Basename("") => "\"\"";
        Dirname("/a/b") => "\"/a\"";
        Dirname("/a") => "\"/\"";
        Dirname("a") => "\".\"";
        Dirname("/a//b/") => "\"/a\"";
        Within("/a/b", "/a") => "true";
        Within("/ab", "/a") => "false";
        Within("/a/../b/./c", "//b/") => "true";
        Within("/../a", "/a") => "true";
        Within("a", "/") => "false";
        Within("/", "/") => "true";
    }
    misspellings {
        Closest("NVIDIA", VENDORS) => "\"nvidia\"";
        Closest(" nvidia", VENDORS) => "\"nvidia\"";
        Closest("nvida", VENDORS) => "\"nvidia\"";
        Closest("amd", VENDORS) => "\"amd\"";
        Closest("matrox", VENDORS) => "nothing";
    }
    secrets {
        Secret("db") => "\"plain\"";
        Secret("json/a") => "\"x\\ny\"";
        Secret("json/n") => "\"1.50\"";
        Secret("json/t") => "\"true\"";
        Secret("json/z") => "\"\"";
        Secret("json/l") => "\"[1,{\\\"k\\\":\\\" v\\\"}]\"";
        Secret("json/missing") => "nothing";
        Secret("db/a") => "nothing";
        Secret("@api/key") => "\"service\"";
        Secret(":prod/db") => "\"env\"";
        Secret("web:prod/db") => "\"both\"";
        Secret("@api") => "nothing";
        Secret("web:prod") => "nothing";
        Secret("@/key") => "nothing";
        Secret("web:/db") => "nothing";
        Secret("a:b:c/db") => "nothing";
        Secret("json/a/b") => "nothing";
        Secret("") => "nothing";
        Secret("db/") => "nothing";
    }
    hosts {
        HostDevice("/dev/gpu0") => "{\"/dev/gpu0\", \"c\", 195, 0, 0}";
        HostDevice("/dev/none") => "nothing";
        HostPath("/run/sock") => "\"socket\"";
        HostGlob("/x*") => "[\"/x1\", \"/x2\"]";
        HostMajor("gpu-uvm") => "510";
        HostMajor("none") => "nothing";
    }
}

#[test]
fn maps_have_keys_and_values_in_order() {
    let map = || map_of(&[("b", "1"), ("a", "2")]);
    assert_eq!(called(Keys, vec![map()]), r#"["b", "a"]"#);
    assert_eq!(called(Values, vec![map()]), r#"["1", "2"]"#);
    assert_eq!(called(Len, vec![map()]), "2");
}

#[test]
fn globs_match_runs_and_single_characters() {
    let rows = [
        ("", "", true),
        ("", "*", true),
        ("a", "", false),
        ("/dev/nvidia0", "*nvidia?", true),
        ("/dev/nvidia10", "*nvidia?", false),
        ("né", "n?", true),
        ("ééa", "*?a", true),
        ("abcabd", "*abd", true),
        ("abcabd", "a*b*d", true),
        ("a*b", "a*b", true),
        ("axxb", "a*b*c", false),
        ("a/b/c", "a*c", true),
    ];
    for (text, pattern, expected) in rows {
        assert_eq!(like(text, pattern), expected, "{text:?} like {pattern:?}");
    }
    let hostile = "a".repeat(20_000);
    assert!(!like(&hostile, &format!("{}b", "*a".repeat(20))));
}

#[test]
fn versions_compare_number_by_number() {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let rows = [
        ("6.1", "6.1.0", Equal),
        ("6.1.0-13-amd64", "6.1", Equal),
        ("6.10", "6.9", Greater),
        ("5.15.0-91-generic", "6", Less),
        ("06.1", "6.01", Equal),
        ("99999999999999999999999999999999999999999999.1", "1", Greater),
        ("", "0.0", Equal),
    ];
    for (left, right, expected) in rows {
        assert_eq!(compare_versions(left, right), expected, "{left} and {right}");
    }
    assert!(within("/proc/sys", "/proc"));
}

fn computed(first: Kind, steps: Vec<(ArithmeticOp, Kind)>) -> std::string::String {
    let mut builder = Builder::new();
    let float = matches!(first, Kind::Float(_));
    let first = builder.constant(first);
    let steps: Vec<_> = steps.into_iter().map(|(op, kind)| (op, builder.constant(kind))).collect();
    let expr = builder.expr(Expr::Arithmetic(float, first, steps.into()));
    value_of(&mut builder, &no_facts(), expr)
}

#[test]
fn arithmetic_stays_in_range_or_is_a_fault() {
    use ArithmeticOp::{Add, Divide, Multiply, Remainder, Subtract};
    let max = || kind(18_446_744_073_709_551_615);
    let overflow = "P0605: a result that no whole number holds (-2^63 to 2^64-1)";
    assert_eq!(computed(kind(7), vec![(Multiply, kind(3)), (Subtract, kind(1))]), "20");
    assert_eq!(computed(kind(-7), vec![(Divide, kind(2))]), "-3");
    assert_eq!(computed(kind(-7), vec![(Remainder, kind(2))]), "-1");
    assert_eq!(computed(max(), vec![]), "18446744073709551615");
    assert_eq!(computed(max(), vec![(Add, kind(1))]), overflow);
    assert_eq!(computed(max(), vec![(Multiply, max())]), overflow);
    assert_eq!(computed(kind(1), vec![(Divide, kind(0))]), "P0606: 1 divided by zero");
    assert_eq!(computed(kind(1), vec![(Remainder, kind(0))]), "P0606: 1 divided by zero");
    assert_eq!(computed(kind(1.0), vec![(Divide, kind(0.0))]), "P0606: 1 divided by zero");
    assert_eq!(computed(kind(0.5), vec![(Multiply, kind(3.0))]), "1.5");
    assert_eq!(computed(kind(1e308), vec![(Multiply, kind(10.0))]), "P0605: a result that no `Float` holds");
}

#[test]
fn conversions_change_the_representation() {
    let mut builder = Builder::new();
    let list = builder.texts(&["CAP_CHOWN", "KILL"]);
    let short = builder.convert(Conversion::Each(Box::new(Conversion::Unprefix("CAP_"))), list);
    assert_eq!(value_of(&mut builder, &no_facts(), short), r#"["CHOWN", "KILL"]"#);
    let mut builder = Builder::new();
    let (one, two) = (builder.text("one"), builder.int(2));
    let record = builder.expr(Expr::Record([one, two].into()));
    let fields = [Some((1, Conversion::ToFloat)), None, Some((0, Conversion::Same))];
    let other = builder.convert(Conversion::Fields(fields.into()), record);
    assert_eq!(value_of(&mut builder, &no_facts(), other), r#"{2, "one"}"#);
    let mut builder = Builder::new();
    let (one, two) = (builder.text("one"), builder.constant(Kind::Absent));
    let record = builder.expr(Expr::Record([one, two].into()));
    let fields = [("a".into(), 0, Conversion::Same), ("b".into(), 1, Conversion::Same)];
    let map = builder.convert(Conversion::ToMap(fields.into()), record);
    assert_eq!(value_of(&mut builder, &no_facts(), map), r#"{"a": "one"}"#);
}
