//! `$S:` references.

use super::{Case, each, row, service};

const SECRETS: &str = r#"{"secrets": {
    "db": "s3cret", "empty": "", "@api/key": "k", ":prod/db": "p", "web:prod/db": "w", "@api/json": "{\"f\": 1}",
    "ref": "$E:SET", "notjson": "plain", "number": "5", "list": "[1]", "text": "\"t\"", "nul": "{\"z\": \"\\u0000\"}",
    "doubled": "{\"f\": 1, \"f\": 2}", "half": "{\"f\": 1", "after": "{\"f\": 1} x",
    "json": "{\"user\": \"u\\n\\u00fc\", \"port\": 5432, \"ok\": true, \"no\": false, \"nil\": null, \"arr\": [1, \"a b\", {\"x\" : 1.0}], \"map\": {\"k\": [ ]}, \"e\": \"\", \"exp\": 1e3, \"one\": 1.0, \"neg\": -0, \"big\": 123456789012345678901234567890, \"a/b\": 1, \"a b\": 2, \"$S:db\": 3}"}}"#;

fn with(text: &str) -> Case {
    service(&format!("env: {{A: '{text}'}}")).options(SECRETS)
}

fn is(text: &str, value: &str) -> Case {
    with(text).has("process.env[A]", serde_json::Value::from(value).to_string())
}

#[test]
fn forms() {
    row(
        "env references: `$S:`, all forms",
        [
            is("$S:db", "s3cret"),
            is("$S:empty", ""),
            is("$S:@api/key", "k"),
            is("$S:@api/json/f", "1"),
            is("$S::prod/db", "p"),
            is("$S:web:prod/db", "w"),
            is("$S:notjson", "plain"),
            is("$S:ref", "$E:SET"),
            is("x$S:db", "x$S:db"),
            is("$s:db", "$s:db"),
            is("$S", "$S"),
            is(" $S:db", " $S:db"),
        ],
    );
}

#[test]
fn fields() {
    let fields = [
        ("user", "u\nü"),
        ("port", "5432"),
        ("ok", "true"),
        ("no", "false"),
        ("nil", ""),
        ("e", ""),
        ("arr", r#"[1,"a b",{"x":1.0}]"#),
        ("map", r#"{"k":[]}"#),
        ("exp", "1e3"),
        ("one", "1.0"),
        ("neg", "-0"),
        ("big", "123456789012345678901234567890"),
        ("a b", "2"),
        ("$S:db", "3"),
    ];
    each(
        "env references: a field as JSON writes it",
        fields.map(|(field, value)| is(&format!("$S:json/{field}"), value)),
    );
}

#[test]
fn refused() {
    let malformed = [
        "",
        "/",
        "/x",
        "db/",
        "@",
        "@/key",
        "@api",
        "@api/",
        "@api//f",
        ":env",
        "::",
        ":/db",
        ":prod/",
        ":prod",
        "web:prod",
        "web:/db",
        "a:b:c/db",
        "a:b:c",
        "db//f",
        "json/user/",
        "json/arr/0",
        "json/map/k",
        "@api/json/f/g",
        "json/a/b",
        ":",
    ];
    each("env references: malformed", malformed.map(|text| with(&format!("$S:{text}")).refused("which was not given")));
    let missing = ["nope", " db", "db ", "DB", "@other/key", ":dev/db", "api:prod/db", "$S:db", "api/key"];
    each("env references: not given", missing.map(|text| with(&format!("$S:{text}")).refused("which was not given")));
    let fields =
        ["db/f", "notjson/x", "number/x", "list/0", "text/t", "empty/x", "json/nope", "json/User", "half/f", "after/f"];
    each(
        "env references: not JSON or without that field",
        fields.map(|text| with(&format!("$S:{text}")).refused("no such field")),
    );
    row(
        "env references: a value with NUL, and secrets that are no texts",
        [
            with("$S:nul/z").refused("NUL"),
            service("env: {A: $S:db}").refused("which was not given"),
            service("env: {A: $S:db}").options(r#"{"secrets": {"db": {"a": 1}}}"#).refused("secrets"),
            service("env: {A: $S:db}").options(r#"{"secrets": {"db": null}}"#).refused("which was not given"),
            with("$S:nope").options(r#"{"env": {"A": "o"}}"#).refused("which was not given"),
        ],
    );
    // Like any map of JSON readers that do not mind.
    row("env references: a doubled key of a secret", [is("$S:doubled/f", "2")]);
}

#[test]
fn what_is_secret_is_not_told() {
    let case = with("$S:db").has("process.env[A]", r#""s3cret""#);
    row("a secret is in the spec", [case.clone()]);
    let told = super::render(&service("env: {A: $S:nul/z, B: $S:db/x}").options(SECRETS).json());
    let Err(why) = told else { panic!("it has no field `x`") };
    assert!(!why.contains("s3cret"), "{why}");
}
