//! The reference on standard output.

use super::{folder, run, run_in, snapshot, write};

#[test]
fn doc_writes_all_or_nothing() {
    let folder = folder("doc");
    write(&folder, "site/a.plim", "rule site.cwd { process.cwd = \"/srv\" }\n");
    write(&folder, "bad/a.plim", "rule site.cwd { process.cwdd = \"/srv\" }\n");
    let alone = run_in(&folder, &["doc", "--no-standard", "--part", "rules", "site"]);
    let refused = run_in(&folder, &["doc", "--no-standard", "--format", "html", "bad"]);
    let no_part = run_in(&folder, &["doc", "--part", "fact"]);
    assert_eq!([alone.code, refused.code, no_part.code], [Some(0), Some(1), Some(2)]);
    snapshot("doc", &[alone, refused, no_part]);
}

#[test]
fn doc_tells_of_the_standard_policy_and_of_the_language() {
    let standard = run(&["doc"]);
    assert_eq!((standard.code, standard.stderr.as_str()), (Some(0), ""));
    let language = run(&["doc", "--no-standard"]);
    assert_eq!((language.code, language.stderr.as_str()), (Some(0), ""));
    let rest = |out: &str| out.split_once("\nFACTS\n").map(|(before, rest)| (before.to_owned(), rest.to_owned()));
    let (of_policy, of_language) = (rest(&standard.stdout).expect("facts"), rest(&language.stdout).expect("facts"));
    assert!(of_policy.0.contains("\nno-new-privileges\n") && !of_language.0.contains("RULES"), "{}", of_language.0);
    assert_eq!(of_policy.1, of_language.1);
}
