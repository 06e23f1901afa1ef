//! `plimsoll compile`, and `--policy` of what renders: the same output as from the rules, and no other file is taken.

use std::fs;

use super::{HOST, SHOP, SITE, folder, run, run_in, short, short_folder, snapshot, write};

#[test]
fn a_compiled_policy_renders_as_its_rules_do() {
    let folder = folder("compile");
    let file = folder.join("site.plc");
    let file = file.to_str().expect("UTF-8");
    let made = run(&["compile", SITE, "--layer", "hardened", "-o", file]);
    assert_eq!((made.code, made.stdout.as_str()), (Some(0), ""), "{}", made.shown());
    let rules: &[&str] = &["--rules", SITE, "--layer", "hardened"];
    for command in
        [&["render", SHOP, "--host", HOST][..], &["why-not", "site.memory", SHOP, "--service", "web", "--host", HOST]]
    {
        let [by_rules, by_file] = [rules, &["--policy", file]].map(|given| run(&[command, given].concat()));
        let outcome = |run: &super::Run| (run.code, run.stdout.clone(), run.stderr.clone());
        assert_eq!(outcome(&by_file), outcome(&by_rules));
    }
}

#[test]
fn mistakes() {
    let folder = short_folder("compile");
    write(&folder, "broken.plim", "rule a { hostname = 1 }");
    write(&folder, "empty.plc", "");
    write(&folder, "rules.plc", "rule a { hostname = \"a\" }");
    write(&folder, "kept.plc", "kept");
    write(&folder, "shop.yaml", "version: v1\ndeployment: shop\nservices: { web: { image: { name: nginx } } }\n");
    let compiled = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/standard.plc")).expect("a file");
    write(&folder, "damaged.plc", &compiled[..compiled.len() - 1]);
    let render = |more: &[&str]| run_in(&folder, &[&["render", "shop.yaml"], more].concat());
    let runs = vec![
        run_in(&folder, &["compile", "broken.plim", "-o", "kept.plc"]),
        run_in(&folder, &["compile", "-o", "missing/site.plc"]),
        render(&["--policy", "none.plc"]),
        render(&["--policy", "empty.plc"]),
        render(&["--policy", "rules.plc"]),
        render(&["--policy", "damaged.plc"]),
        render(&["--policy", "rules.plc", "--rules", "broken.plim"]),
    ];
    assert_eq!(fs::read(folder.join("kept.plc")).expect("a file"), b"kept", "a policy that is refused writes nothing");
    snapshot("compile", &short(&folder, runs));
}
