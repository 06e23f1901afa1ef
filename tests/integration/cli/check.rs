//! `plimsoll check`: what it says of sound rules and of mistaken ones, and what `plimsoll lock` accepts.

use super::*;

#[test]
fn check_says_what_it_checked() {
    let standard = run(&["check"]);
    assert_eq!((standard.code, standard.stdout.as_str()), (Some(0), ""));
    let told: Vec<&str> = standard.stderr.lines().map(|line| line.split(':').next().unwrap_or_default()).collect();
    assert!(told[0].starts_with("checked "), "{}", standard.stderr);
    assert_eq!(told[1..3], ["  holds for every service", "  can fail (`--proofs` tells for whom)"]);
    let json = run(&["check", "--format", "json"]);
    assert_eq!((json.code, json.stdout.as_str(), json.stderr.as_str()), (Some(0), "", ""));
    snapshot("check", &[run(&["check", "--no-standard", SITE])]);
}

#[test]
fn check_shows_mistakes() {
    let folder = folder("mistakes");
    write(&folder, "site/10-cwd.plim", "rule site.cwd when service.privilged {\n  process.cwd = 7\n}\n");
    write(&folder, "site/20-name.plim", "let spare = 1\n\nrule site.name when service.rtype = \"job\" {}\n");
    let text = run_in(&folder, &["check", "site"]);
    let json = run_in(&folder, &["check", "site", "--format", "json"]);
    let codes: Vec<Value> = json.stderr.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(codes.len(), text.stderr.matches("\n\n  ×").count() + text.stderr.matches("\n\n  ⚠").count());
    assert_eq!((text.code, json.code), (Some(1), Some(1)));
    snapshot("mistakes", &[text, json]);
}

/// What a witness is for: the same rules refuse it for the same reason.
#[test]
fn check_writes_witnesses() {
    let folder = folder("witness");
    write(
        &folder,
        "site/names.plim",
        "rule job.name when service.rtype == \"job\" { hostname = \"job\" process.cwd = \"/job\" }\n\n\
         rule big.name when service.resources.memory is set { hostname = \"big\" process.cwd = \"/big\" }\n",
    );
    let check = || run_in(&folder, &["check", "site", "--write-witness", "seen/by"]);
    let runs =
        [check(), run_in(&folder, &["render", "--rules", "site", "--request", "seen/by/P0401-job.name-big.name.json"])];
    let names = || {
        let mut names: Vec<_> =
            fs::read_dir(folder.join("seen/by")).expect("a folder").flatten().map(|it| it.file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(), ["P0401-job.name-big.name-2.json", "P0401-job.name-big.name.json"]);
    snapshot("witness", &runs);
    // The same once more is no change; nothing else is ever replaced, and then nothing is written.
    assert_eq!(check().shown(), runs[0].shown());
    fs::remove_file(folder.join("seen/by/P0401-job.name-big.name.json")).expect("a file");
    write(&folder, "seen/by/P0401-job.name-big.name-2.json", "mine");
    let again = check();
    assert_eq!(again.code, Some(2));
    assert!(again.stderr.contains("error[P0805]") && names().len() == 1, "{}", again.stderr);
    assert_eq!(fs::read(folder.join("seen/by/P0401-job.name-big.name-2.json")).expect("a file"), b"mine");
    let json = run_in(&folder, &["check", "site", "--format", "json"]);
    let witness = |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["witness"].clone();
    assert!(json.stderr.lines().all(|line| witness(line)["deployment"]["services"]["web"]["rtype"] == "job"));
}

/// Of each invariant it is told what is known of it, and one that can fail is broken by its witness.
#[test]
fn check_tells_of_invariants() {
    let folder = folder("invariants");
    write(
        &folder,
        "site/a.plim",
        "rule site.name { hostname = service.hostname else skip }\n\n\
         invariant site.named { require spec.hostname is set else deny \"a name\" }\n\n\
         invariant site.short when spec.hostname is set { require spec.hostname != \"localhost\" else deny \"its own\" }\n\n\
         invariant site.size { require len(spec.hostname else \"\") < 99 else deny \"a short name\" }\n",
    );
    let run = |line: &str| run_in(&folder, &line.split(' ').collect::<Vec<_>>());
    let runs = [
        run("check site"),
        run("check site --proofs"),
        run("check site --write-witness seen"),
        run("render --rules site --request seen/P0607-site.short.json"),
    ];
    assert_eq!(runs[3].code, Some(1));
    snapshot("invariants", &runs);
    // What refuses a request is just what it is the witness of.
    for name in fs::read_dir(folder.join("seen")).expect("a folder").flatten().map(|it| it.file_name()) {
        let name = name.into_string().expect("a name");
        let refused = run(&format!("render --rules site --format json --request seen/{name}"));
        let told: Vec<Value> = refused.stderr.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let (code, invariant) = name.trim_end_matches(".json").split_once('-').expect("a code");
        let severity = if code == "P0607" { "error" } else { "warning" };
        assert_eq!(refused.code, Some(i32::from(code == "P0607")), "{name}: {}", refused.stderr);
        assert!(told.iter().any(|it| it["code"] == code && it["severity"] == severity), "{name}: {}", refused.stderr);
        let Some(refusal) = told.iter().find(|it| it["severity"] == "error") else { continue };
        assert_eq!(told.iter().filter(|it| it["severity"] == "error").count(), 1, "{name}: {}", refused.stderr);
        let labels = refusal["labels"].as_array().expect("labels");
        let by = labels.iter().find(|it| it["text"] == "by this invariant").expect("the invariant");
        let text = fs::read_to_string(folder.join(by["file"].as_str().unwrap_or_default())).unwrap_or_default();
        let place = |end: &str| usize::try_from(by[end].as_u64().unwrap_or_default()).expect("a place");
        // That of the standard layer has no file here.
        assert!(
            text.is_empty() || text.get(place("start")..place("end")) == Some(invariant),
            "{name}: {}",
            refused.stderr
        );
    }
    let json = run("check site --format json");
    assert_eq!((json.stderr.as_str(), json.stdout.as_str()), ("", ""));
    // For programs: one object a line, with the request that breaks what can fail.
    let json = run("check site --proofs --format json");
    let proofs: Vec<Value> = json.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of = |name: &str| proofs.iter().find(|it| it["invariant"] == name).expect("an object of each invariant");
    assert_eq!(of("site.size"), &json!({ "invariant": "site.size", "standing": "unknown" }));
    assert!(proofs.iter().any(|it| it["standing"] == "holds" && it.get("witness").is_none()), "{}", json.stdout);
    let short = of("site.short");
    assert_eq!(
        (&short["standing"], &short["service"]),
        (&json!("can fail"), &json!(["`service.hostname` is \"localhost\""]))
    );
    let services = &short["witness"]["deployment"]["services"];
    assert!(services.as_object().is_some_and(|it| it.values().any(|it| it["hostname"] == "localhost")), "{short}");
}

/// What a layer takes of earlier ones is accepted, and a change of it is noticed.
#[test]
fn lock_accepts_originals() {
    let folder = folder("lock");
    write(&folder, "house/rules.plim", "let size = 1\nrule limit \"doc\" { linux.resources.pids.limit = size }\n");
    write(&folder, "site/rules.plim", "replace let size = 2\n");
    write(&folder, "more.plim", "remove rule limit\nrule name { hostname = \"{size}\" }\n");
    let layers = ["house", "site", "more.plim", "--no-standard"];
    let run = |command: &str| run_in(&folder, &[&[command][..], &layers].concat());
    let mut runs = vec![run("check"), run("lock"), run("check"), run("lock")];
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a lock file");
    let locks = [read("site/plimsoll.lock"), read("more.plim.lock")];
    assert!(locks[0].ends_with(LOCKED) && locks[1].contains("\nrule limit sha256:"), "{locks:?}");
    // Documentation and layout do not count, all else does.
    write(&folder, "house/rules.plim", "# Small.\nlet size=1\nrule limit {\n  linux.resources.pids.limit = size\n}\n");
    runs.push(run("check"));
    write(&folder, "house/rules.plim", "let size = 1\nrule limit { default linux.resources.pids.limit = size }\n");
    runs.push(run("check"));
    // Nothing is left of what the layer took.
    write(&folder, "more.plim", "rule name { hostname = \"{size}\" }\n");
    runs.extend([run("check"), run("lock"), run("check")]);
    assert!(!folder.join("more.plim.lock").exists());
    write(&folder, "site/plimsoll.lock", "version 1\nlet size sha256:0\n");
    runs.extend([run("check"), run("lock"), run("check")]);
    assert_eq!(read("site/plimsoll.lock"), locks[0]);
    snapshot("lock", &runs);
}

/// `let size = 1`, by `printf 'let\\nsize\\n=\\n1\\n' | sha256sum`.
const LOCKED: &str = "version 1\nlet size sha256:e9dc1d5d55cb3b3db22a440c3657f56bfb508403a4e74a9018e3c0960cc4ee93\n";
