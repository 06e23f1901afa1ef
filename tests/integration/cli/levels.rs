//! What findings weigh in a run, and how programs are told.

use serde_json::Value;

use super::{Run, folder, run_in, snapshot, write};

#[test]
fn levels_decide_the_exit() {
    let folder = folder("levels");
    write(&folder, "site/a.plim", "let spare = 1\n");
    write(&folder, "strict/a.plim", "let spare = 1\n");
    write(&folder, "strict/plimsoll.toml", "[levels]\nwarnings = \"deny\"\n");
    write(&folder, "bad/a.plim", "let spare = 1\n");
    write(&folder, "bad/plimsoll.toml", "[levels]\nP0208 = \"forbid\"\n");
    write(&folder, "alone/plimsoll.toml", "[levels]\n");
    let run = |line: &str| run_in(&folder, &line.split(' ').collect::<Vec<_>>());
    let runs = [
        ("check --no-standard site", 0),
        ("check --no-standard site --deny warnings", 1),
        ("check --no-standard site --deny warnings --warn p0208", 0),
        ("check --no-standard site --deny P0310,P0208 --allow P0208", 0),
        ("check --no-standard site --allow P0208 --deny P0208", 1),
        ("check --no-standard strict", 1),
        ("check --no-standard strict --warn warnings", 0),
        ("check --no-standard bad", 1),
        ("check --no-standard alone", 2),
        ("check --deny P0280", 2),
        ("check --allow P0101", 2),
    ];
    let runs = runs.map(|(line, code)| {
        let run = run(line);
        assert_eq!((run.code, run.stdout.as_str()), (Some(code), ""), "{line}: {}", run.stderr);
        run
    });
    snapshot("levels", &runs);
}

/// One document on standard error, whatever comes of a run.
#[test]
fn sarif_is_one_document() {
    let folder = folder("sarif");
    write(&folder, "site/a.plim", "let spare = 1\n");
    write(&folder, "broken/a.plim", "let spare = 1\nrule a when service.privilged { hostname = \"a\" }\nrule b {\n");
    let results = |run: &Run| {
        let document: Value = serde_json::from_str(&run.stderr).expect("one document");
        let results = document["runs"][0]["results"].as_array().expect("results").len();
        (run.code, run.stdout.is_empty(), results)
    };
    let run = |line: &str| run_in(&folder, &line.split(' ').collect::<Vec<_>>());
    assert_eq!(results(&run("check --format sarif")), (Some(0), true, 0));
    assert_eq!(results(&run("check --no-standard site --format sarif")), (Some(0), true, 1));
    assert_eq!(results(&run("check --no-standard broken --format sarif")), (Some(1), true, 2));
    assert_eq!(results(&run("check none --format sarif")), (Some(2), true, 1));
    assert_eq!(results(&run("render none.yaml --format sarif")), (Some(2), true, 1));
    let github = run("check --no-standard site --format github");
    let command =
        "::warning file=site/a.plim,line=1,col=5,endLine=1,endColumn=10,title=P0208%3A a let that nothing uses::";
    assert_eq!(github.stderr, format!("{command}nothing uses `spare`%0Ahelp: take it out, or use it\n"));
}
