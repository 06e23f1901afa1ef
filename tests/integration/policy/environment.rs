//! The environment: who goes before whom, and what is no variable.

use super::{Case, deployment, each, row, service};

const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The variable `A` is this text.
fn a(case: Case, text: &str) -> Case {
    case.has("process.env[A]", serde_json::Value::from(text).to_string())
}

#[test]
fn precedence() {
    let is = |case: Case, json: &str| case.has("process.env", json);
    let house = format!(r#"["{PATH}", "TERM=xterm"]"#);
    row(
        "`process.env`, weakest first",
        [
            is(service(""), &house),
            is(service("").image(r#"{"Env": []}"#), &house),
            is(service("").image(r#"{"Env": null}"#), &house),
            service("")
                .image(r#"{"Env": ["PATH=/i"]}"#)
                .has("process.env[PATH]", r#""/i""#)
                .has("process.env[TERM]", r#""xterm""#),
            service("").image(r#"{"Env": ["PATH="]}"#).has("process.env[PATH]", r#""""#),
            service("env: {TERM: vt100}").has("process.env[TERM]", r#""vt100""#),
            service("env: {TERM: ''}").has("process.env[TERM]", r#""""#),
            service("").options(r#"{"env": {"PATH": "/o"}}"#).has("process.env[PATH]", r#""/o""#),
            a(service("").image(r#"{"Env": ["A=i"]}"#), "i"),
            a(service("env: {A: s}").image(r#"{"Env": ["A=i"]}"#), "s"),
            a(service("env: {A: s}").image(r#"{"Env": ["A=i"]}"#).options(r#"{"env": {"A": "o"}}"#), "o"),
            a(service("").image(r#"{"Env": ["A=i"]}"#).options(r#"{"env": {"A": ""}}"#), ""),
            a(service("env: {a: lower, A: upper}"), "upper"),
            is(service("env: {PATH: p, TERM: t}").options(r#"{"env": {"PATH": "q"}}"#), r#"["PATH=q", "TERM=t"]"#),
            is(
                service("env: {Z: z, A: a}").image(r#"{"Env": ["M=m", "Z=i", "M=n"]}"#),
                &format!(r#"["{PATH}", "TERM=xterm", "M=n", "Z=z", "A=a"]"#),
            ),
        ],
    );
}

#[test]
fn gpu_variables_go_before_all() {
    let gpu = "resources: {gpu: {count: 2}}\nenv: {NVIDIA_VISIBLE_DEVICES: all, CUDA_VISIBLE_DEVICES: '7'}";
    let image = r#"{"Env": ["NVIDIA_VISIBLE_DEVICES=all"]}"#;
    let options = r#"{"env": {"CUDA_VISIBLE_DEVICES": "9", "NVIDIA_VISIBLE_DEVICES": ""}}"#;
    row(
        "`process.env`: last the GPU variables, which nothing overrides",
        [
            service(gpu).image(image).options(options).has("process.env[NVIDIA_VISIBLE_DEVICES]", r#""0,1""#),
            service(gpu).image(image).options(options).has("process.env[CUDA_VISIBLE_DEVICES]", r#""0,1""#),
            service("").image(image).has("process.env[NVIDIA_VISIBLE_DEVICES]", r#""all""#),
            service(&gpu.replace('2', "0")).options(options).has("process.env[CUDA_VISIBLE_DEVICES]", r#""9""#),
        ],
    );
}

#[test]
fn spelling() {
    let texts = [
        ("1.50", "1.50"),
        ("0x1F", "0x1F"),
        ("no", "no"),
        ("12", "12"),
        ("true", "true"),
        ("1e3", "1e3"),
        ("~", "~"),
        ("null", "null"),
        ("", ""),
        ("''", ""),
        ("' x '", " x "),
        ("\"a\\nb\"", "a\nb"),
        ("a=b", "a=b"),
        ("ünï", "ünï"),
        ("'null'", "null"),
        ("007", "007"),
    ];
    each("`env` keeps the text it was written with", texts.map(|(yaml, text)| a(in_yaml(yaml), text)));
    row(
        "`env` in an object: the JSON's own",
        [
            a(in_json("1.50"), "1.50"),
            a(in_json("1E3"), "1E3"),
            a(in_json("true"), "true"),
            a(in_json("\"\""), ""),
            in_json("[1]").refused("env.A"),
            in_json("{}").refused("env.A"),
        ],
    );
}

fn in_yaml(value: &str) -> Case {
    let head = "version: v1\ndeployment: test\nservices: {web: {image: {name: a}, env: {A: ";
    deployment(&format!("{head}{value}}}}}}}\n"))
}

fn in_json(value: &str) -> Case {
    let json =
        r#"{"version": "v1", "deployment": "test", "services": {"web": {"image": {"name": "a"}, "env": {"A": $}}}}"#;
    service("").with("deployment", &json.replace('$', value))
}

#[test]
fn hygiene() {
    let name = |name: &str, yaml: &str| {
        service(&format!("env: {{'{yaml}': v}}")).has("process.env", format!(r#"["{PATH}", "TERM=xterm", "{name}=v"]"#))
    };
    row(
        "env hygiene: anything else is kept",
        [
            name("a b", "a b"),
            name(" ", " "),
            name("a.b-c", "a.b-c"),
            name("1", "1"),
            name("ü", "ü"),
            name("<<", "<<"),
            a(service("").image(r#"{"Env": ["A=b=c"]}"#), "b=c"),
            a(service("").image(r#"{"Env": ["A="]}"#), ""),
            a(service("").image(r#"{"Env": ["A=1", "A=2", "A=3"]}"#), "3"),
            a(service("").image(r#"{"Env": ["A=x\ny"]}"#), "x\ny"),
            service("").image(r#"{"Env": [" A =v"]}"#).has("process.env[ A ]", r#""v""#),
        ],
    );
    row(
        "env hygiene: refused",
        [
            service("env: {'': v}").refused("name"),
            service("env: {'A=B': v}").refused("A=B"),
            service(r#"env: {"A\0": v}"#).refused("NUL"),
            service(r#"env: {A: "v\0"}"#).refused("NUL"),
            service("").options(r#"{"env": {"": "v"}}"#).refused("name"),
            service("").options(r#"{"env": {"A=B": "v"}}"#).refused("A=B"),
            service("").options(r#"{"env": {"A\u0000": "v"}}"#).refused("NUL"),
            service("").options(r#"{"env": {"A": "v\u0000"}}"#).refused("NUL"),
            service("").image(r#"{"Env": ["A"]}"#).refused("no `=`"),
            service("").image(r#"{"Env": [""]}"#).refused("no `=`"),
            service("").image(r#"{"Env": ["=v"]}"#).refused("no name"),
            service("").image(r#"{"Env": ["A=\u0000"]}"#).refused("NUL"),
            service("").image(r#"{"Env": ["A\u0000=v"]}"#).refused("NUL"),
            // Also where something stronger hides it.
            service("").image(r#"{"Env": ["A=\u0000", "A=v"]}"#).refused("NUL"),
            service(r#"env: {A: "v\0"}"#).options(r#"{"env": {"A": "o"}}"#).refused("NUL"),
            service("env: {A: 1, A: 2}").refused("twice"),
            service("env: {A: 1, 'A': 1}").refused("twice"),
            service("env: null").refused("env"),
            service("env: [A=1]").refused("env"),
        ],
    );
}

#[test]
fn host_variables() {
    let host = r#"{"env": {"SET": "1", "EMPTY": "", "REF": "$E:SET", "SEC": "$S:db", " B": "blank", "X=Y": "odd"}}"#;
    let on = |text: &str| service(&format!("env: {{A: '{text}'}}")).host(host);
    row(
        "env references: `$E:`",
        [
            a(on("$E:SET"), "1").silent(),
            a(on("$E:EMPTY"), "").warned("`EMPTY`, which is empty"),
            a(on("$E: B"), "blank"),
            a(on("$E:X=Y"), "odd"),
            // Resolved once.
            a(on("$E:REF"), "$E:SET"),
            a(on("$E:SEC"), "$S:db"),
            // Only as a prefix.
            a(on("x$E:SET"), "x$E:SET"),
            a(on(" $E:SET"), " $E:SET"),
            a(on("$e:SET"), "$e:SET"),
            a(on("$E"), "$E"),
            a(on("$ESET"), "$ESET"),
            a(on("${SET}"), "${SET}"),
            on("$E:").refused("is not set"),
            on("$E:NOT").refused("`NOT`"),
            on("$E:set").refused("`set`"),
            on("$E: SET").refused("is not set"),
            on("$E:SET ").refused("is not set"),
            on("$E:$E:SET").refused("is not set"),
            on("$E:NOT").options(r#"{"env": {"A": "o"}}"#).refused("`NOT`"),
            service("env: {A: $E:SET, B: $E:NOT}").host(host).refused("`NOT`"),
            service("env: {A: $E:SET}").refused("`SET`"),
            // Image and `options.env` are taken as they are.
            a(service("").host(host).image(r#"{"Env": ["A=$E:SET"]}"#), "$E:SET"),
            a(service("").host(host).options(r#"{"env": {"A": "$E:NOT"}}"#), "$E:NOT"),
            a(service("").host(host).options(r#"{"env": {"A": "$S:nope"}}"#), "$S:nope"),
        ],
    );
}
