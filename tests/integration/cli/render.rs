//! `plimsoll render`: one spec, however it is asked for.

use super::*;

#[test]
fn render_prints_a_spec() {
    let pretty = run(&["render", SHOP, "--service", "web", "--host", HOST]);
    assert_eq!((pretty.code, pretty.stderr.as_str()), (Some(0), ""));
    assert!(pretty.stdout.ends_with("}\n"));
    assert_eq!(run(&["render", SHOP, "--service", "web", "--host", HOST, "--pretty"]).stdout, pretty.stdout);
    let compact = run(&["render", SHOP, "--service", "web", "--host", HOST, "--compact"]);
    assert_eq!(compact.stdout.matches('\n').count(), 1);
    let value = |run: &Run| serde_json::from_str::<Value>(&run.stdout).expect("JSON");
    assert_eq!(value(&pretty), value(&compact));
    snapshot("render", &[pretty]);
}

#[test]
fn every_way_of_asking_gives_the_same_bytes() {
    let read = |path| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a fixture");
    let (shop, host): (String, Value) = (read(SHOP), serde_json::from_str(&read(HOST)).expect("JSON"));
    let image = json!({ "Env": ["LANG=C.UTF-8"], "User": "101" });
    let options = json!({ "hostname": "front", "args": ["sh", "-c", "a = b"] });
    let request =
        json!({ "deployment": shop, "service": "web", "replica": 3, "host": host, "image": image, "options": options });
    let folder = folder("same");
    write(&folder, "image.json", json!({ "config": image }).to_string());
    write(&folder, "request.json", request.to_string());
    let path = |name| folder.join(name).to_str().expect("UTF-8").to_owned();
    let (image, file) = (path("image.json"), path("request.json"));
    let args = r#"args=["sh", "-c", "a = b"]"#;
    let rest = ["--service", "web", "--replica", "3", "--host", HOST, "--image", &image];
    let options = ["--option", "hostname=front", "--option", args];
    let parts = |deployment| [&["render", deployment][..], &rest, &options].concat();

    let by_parts = run(&parts(SHOP));
    assert_eq!((by_parts.code, by_parts.stderr.as_str()), (Some(0), ""));
    assert!(by_parts.stdout.contains("\"front\"") && by_parts.stdout.contains("\"a = b\""), "{}", by_parts.stdout);
    for other in [
        run(&parts(SHOP)),
        run_with_stdin(&parts("-"), shop.as_bytes()),
        run(&["render", "--request", &file]),
        run_with_stdin(&["render", "--request", "-"], request.to_string().as_bytes()),
    ] {
        assert_eq!((other.stdout.as_str(), other.stderr.as_str()), (by_parts.stdout.as_str(), ""), "{}", other.line);
    }
}

#[test]
fn a_warning_travels_beside_the_spec() {
    let warned = run(&["render", SHOP, "--service", "trainer", "--host", HOST]);
    assert!(warned.stdout.starts_with("{\n") && warned.code == Some(0));
    snapshot("warning", &[Run { stdout: "(the spec)\n".to_owned(), ..warned }]);
}

#[test]
fn a_refused_service_has_no_spec() {
    let refused = run(&["render", SHOP, "--service", "web", "--host", HOST, "--rules", SITE]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    snapshot("refused", &[refused]);
}

#[test]
fn without_a_recording_this_machine_is_read() {
    let folder = folder("this-machine");
    let service = "{ image: { name: x }, env: { WHERE: \"$E:PLACE\" } }";
    let deployment = format!("version: v1\ndeployment: one\nservices: {{ web: {service} }}\n");
    write(&folder, "one.yaml", &deployment);
    write(&folder, "one.json", json!({ "deployment": deployment, "service": "web" }).to_string());
    write(&folder, "null.json", json!({ "deployment": deployment, "service": "web", "host": null }).to_string());
    write(&folder, "other.json", json!({ "deployment": deployment, "service": "web", "host": {} }).to_string());
    write(&folder, "empty.json", "{}");
    let at_home =
        |args: &[&str]| Run::new(args, command(&folder, args).env("PLACE", "at home").output().expect("it starts"));
    for args in
        [&["render", "one.yaml"][..], &["render", "--request", "one.json"], &["render", "--request", "null.json"]]
    {
        let run = at_home(args);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{args:?}");
        assert!(run.stdout.contains("\"WHERE=at home\""), "{}", run.stdout);
    }
    for args in [&["render", "one.yaml", "--host", "empty.json"][..], &["render", "--request", "other.json"]] {
        let run = at_home(args);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{args:?}");
        assert!(run.stderr.contains("`WHERE` is to be the host's `PLACE`"), "{}", run.stderr);
    }
}

#[test]
fn a_rule_file_changes_the_spec() {
    let folder = folder("layer");
    let rules = "\
rule site.masked { linux.maskedPaths += \"/proc/interrupts\" }
rule site.raw { force process.capabilities.{bounding, effective, permitted} -= \"NET_RAW\" because \"nobody pings\" }
";
    write(&folder, "more.plim", rules);
    let more = folder.join("more.plim").to_str().expect("UTF-8").to_owned();
    let plain = run(&["render", SHOP, "--service", "web", "--host", HOST]);
    let layered = run(&["render", SHOP, "--service", "web", "--host", HOST, "--rules", &more]);
    let lines = |run: &Run| run.stdout.lines().map(|line| line.trim_end_matches(',').to_owned()).collect::<Vec<_>>();
    let (plain, layered) = (lines(&plain), lines(&layered));
    let added: Vec<_> = layered.iter().filter(|line| !plain.contains(line)).map(|line| line.trim()).collect();
    let removed: Vec<_> = plain.iter().filter(|line| !layered.contains(line)).map(|line| line.trim()).collect();
    assert_eq!((added, removed), (vec!["\"/proc/interrupts\""], vec!["\"CAP_NET_RAW\""; 3]));
}
