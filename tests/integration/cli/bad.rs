//! Bad input of every kind: it is said what is wrong, in bounded time and memory.

use super::*;

#[test]
fn bad_files() {
    let folder = folder("bad-files");
    write(&folder, "empty", "");
    write(&folder, "blank.plim", " \n\n");
    write(&folder, "latin1", b"version: v1\ndeployment: caf\xe9\n");
    write(&folder, "utf16.plim", b"\xff\xfer\0u\0l\0e\0");
    write(&folder, "cut.plim", b"# na\xc3");
    write(&folder, "long.plim", "#".repeat((1 << 20) + 1));
    write(&folder, "shop.yaml", "version: v1\ndeployment: shop\nservices: {}\n");
    write(&folder, "layer/deeper/x.plim", "");
    write(&folder, "holes/pipe.plim/x.plim", "");
    let lines = [
        "check missing.plim",
        "check missing/missing.plim",
        "check empty blank.plim utf16.plim cut.plim long.plim layer holes",
        "render shop.yml",
        "render layer",
        "render empty",
        "render latin1",
        "render shop.yaml --image empty --host latin1 --rules long.plim",
        "render --request empty",
        "render --request /dev/zero",
        "render /dev/zero --image /dev/zero --host /dev/zero --rules /dev/zero",
        "render -",
    ];
    let runs = lines.map(|line| refused(&folder, line));
    assert!(runs.iter().all(|run| run.code == Some(2)));
    snapshot("bad-files", &runs);
}

#[test]
fn layers_are_bounded_together() {
    let folder = folder("together");
    write(&folder, "mebibyte.plim", "#".repeat(1 << 20));
    let run = refused(&folder, &format!("check{}", " mebibyte.plim".repeat(70)));
    let message = "error[P0701]\n\n  × with `mebibyte.plim`, the rules are larger than 64 MiB together\n";
    assert_eq!((run.code, run.stderr.as_str()), (Some(2), message));
}

#[test]
fn bad_deployments() {
    let folder = folder("bad-deployments");
    let service = "services:\n  web: { image: { name: x } }\n  worker: { image: { name: x } }\n";
    write(&folder, "none.yaml", "version: v1\ndeployment: shop\nservices: {}\n");
    write(&folder, "shop.yaml", format!("version: v1\ndeployment: shop\n{service}"));
    write(&folder, "two.yaml", format!("version: v1\ndeployment: shop\n{service}---\nversion: v1\n"));
    write(&folder, "open.json", "[".repeat(1 << 20));
    write(&folder, "bad-host.json", "{ \"device\": {} }");
    let lines = [
        "render none.yaml",
        "render shop.yaml --service wbe",
        "render two.yaml --service web",
        "render open.json",
        "render --request open.json",
        "render shop.yaml --service web --host bad-host.json --option hostnme=x",
    ];
    let runs = lines.map(|line| refused(&folder, line));
    assert!(runs.iter().all(|run| run.code == Some(1)));
    snapshot("bad-deployments", &runs);
}

#[test]
fn bad_rules() {
    let folder = folder("bad-rules");
    let nested = |open: &str, close: &str| {
        format!("rule deep {{ hostname = {}1{} }}\n", open.repeat(10_000), close.repeat(10_000))
    };
    write(&folder, "deep-list.plim", nested("[", "]"));
    write(&folder, "deep-call.plim", nested("lower(", ")"));
    write(&folder, "deep-not.plim", nested("not ", ""));
    write(
        &folder,
        "deep-block.plim",
        format!("rule deep {{ {}{} }}\n", "if true { ".repeat(10_000), "}".repeat(10_000)),
    );
    write(&folder, "open.plim", "[".repeat(1 << 20));
    write(&folder, "string.plim", "rule a { hostname = \"web }\n\nrule b { hostname = 7 }\n");
    write(&folder, "brace.plim", "rule a {\n  hostname = \"web\"\n\nrule b { hostname = 7 }\n");
    write(&folder, "comment.plim", "rule a { hostname = \"web\" # }");
    for file in 0..3 {
        let rules: String = (0..33_334).map(|rule| format!("rule r{file}.n{rule} {{}}\n")).collect();
        write(&folder, &format!("many/{file}.plim"), rules);
    }
    let lines = [
        "check --no-standard deep-list.plim",
        "check --no-standard deep-call.plim",
        "check --no-standard deep-not.plim",
        "check --no-standard deep-block.plim",
        "check --no-standard open.plim",
        "check --no-standard string.plim",
        "check --no-standard brace.plim",
        "check --no-standard comment.plim",
        "check --no-standard many",
    ];
    let runs = lines.map(|line| refused(&folder, line));
    assert!(runs.iter().all(|run| run.code == Some(1)));
    snapshot("bad-rules", &runs);
}

#[test]
fn rules_within_the_limit_pass() {
    let folder = folder("many-rules");
    for file in 0..4 {
        let rules: String = (0..25_000).map(|rule| format!("rule r{file}.n{rule} {{ warn \"x\" }}\n")).collect();
        write(&folder, &format!("many/{file}.plim"), rules);
    }
    let run = run_in(&folder, &["check", "--no-standard", "many"]);
    assert_eq!(run.code, Some(0));
    assert_eq!(run.stderr, "checked 100000 rules, 0 invariants in 4 files\n");
}

#[test]
fn only_the_first_findings_are_shown_to_people() {
    let folder = folder("findings");
    for file in 0..3 {
        let rules: String = (0..90).map(|rule| format!("rule r{file}.n{rule} {{ nope = 1 }}\n")).collect();
        write(&folder, &format!("many/{file}.plim"), rules);
    }
    let text = refused(&folder, "check --no-standard many");
    assert!(text.stderr.ends_with("\n70 more findings are not shown\n"), "{}", text.stderr);
    let json = refused(&folder, "check --no-standard many --format json");
    assert_eq!(json.stderr.lines().count(), 270);
}
