//! `plimsoll render` on whole deployments, and what else it can be asked for.

use super::*;

const SERVICES: &str = "\
version: v1
deployment: shop
services:
  web: { image: { name: x } }
  api: { image: { name: x }, env: { TOKEN: \"$S:token\", WHERE: \"$E:PLACE\" } }
";
const SECRET: &str = "hunter2";

/// A folder with a deployment of two services and what they need.
fn shop(name: &str) -> PathBuf {
    let folder = folder(name);
    fill(&folder);
    folder
}

fn fill(folder: &Path) {
    write(folder, "shop.yaml", SERVICES);
    write(folder, "host.json", r#"{ "env": { "PLACE": "the moon" } }"#);
}

const PARTS: &[&str] = &["shop.yaml", "--host", "host.json", "--option", "secrets={\"token\": \"hunter2\"}"];

fn render(folder: &Path, more: &[&str]) -> Run {
    run_in(folder, &[&["render"], PARTS, more].concat())
}

#[test]
fn a_whole_deployment_is_a_spec_a_line() {
    let folder = shop("whole");
    let one = |service: &str, replica: &str| {
        let run = render(&folder, &["--service", service, "--replica", replica, "--compact"]);
        assert_eq!(run.stdout.lines().count(), 1, "{}", run.stderr);
        run.stdout
    };
    let expect = |run: Run, lines: &[String]| {
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{}", run.line);
        assert_eq!(run.stdout, lines.concat(), "{}", run.line);
    };
    expect(render(&folder, &[]), &[one("web", "1"), one("api", "1")]);
    let both = [one("web", "2"), one("web", "3"), one("api", "2"), one("api", "3")];
    expect(render(&folder, &["--replicas", "2..3"]), &both);
    expect(render(&folder, &["--replica", "2", "--replica", "3", "--replica", "2"]), &both);
    expect(render(&folder, &["--replicas", "2..3", "--service", "api"]), &both[2..]);
    expect(render(&folder, &["--replicas", "2..2", "--compact"]), &[one("web", "2"), one("api", "2")]);
    let pretty = render(&folder, &["--service", "web"]).stdout + &render(&folder, &["--service", "api"]).stdout;
    expect(render(&folder, &["--pretty"]), &[pretty]);
}

#[test]
fn a_whole_deployment_is_a_folder_of_specs() {
    let folder = shop("whole-out");
    let run = render(&folder, &["--out", "new/specs", "--replicas", "0..1"]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(0), "", "wrote 4 specs to new/specs\n"));
    let read = |name: &str| fs::read_to_string(folder.join("new/specs").join(name)).expect("a file");
    for (service, replica) in [("web", "0"), ("web", "1"), ("api", "0"), ("api", "1")] {
        let alone = render(&folder, &["--service", service, "--replica", replica]);
        assert_eq!(read(&format!("{service}-rep-{replica}.json")), alone.stdout);
    }
    let run = render(&folder, &["--out", "new/specs", "--service", "web", "--compact"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), "wrote 1 spec to new/specs\n"));
    assert_eq!(read("web-rep-1.json"), render(&folder, &["--service", "web", "--compact"]).stdout);
    assert_eq!(fs::read_dir(folder.join("new/specs")).expect("a folder").count(), 4);
}

#[test]
fn all_refusals_of_a_deployment_are_told_and_nothing_is_written() {
    let folder = short_folder("whole");
    fill(&folder);
    let volume = "storage: [{ type: named, name: data, target: /data }]";
    let services =
        format!("{SERVICES}  db: {{ image: {{ name: x }}, {volume} }}\n  log: {{ image: {{ name: x }}, {volume} }}\n");
    write(&folder, "shop.yaml", services);
    let line = "render shop.yaml --host host.json";
    write(&folder, "specs", "a file");
    let runs = vec![refused(&folder, &format!("{line} --out new --replicas 1..2")), refused(&folder, line)];
    assert_eq!(runs[0].stderr, runs[1].stderr);
    assert!(!folder.join("new").exists());
    let one = "render shop.yaml --host host.json --service web --out";
    let places = ["specs", "specs/below", "/", "/proc/specs"];
    let places = places.map(|place| refused(&folder, &format!("{one} {place}")));
    snapshot("whole-refused", &short(&folder, runs.into_iter().take(1).chain(places).collect()));
}

#[test]
fn secrets_are_masked_where_asked() {
    let folder = shop("redact");
    let told = |run: &Run| [SECRET, "the moon"].iter().any(|secret| run.stdout.contains(secret));
    assert!(told(&render(&folder, &[])));
    for more in [&["--redact"][..], &["--redact", "--service", "api"], &["--redact", "--replicas", "1..2", "--pretty"]]
    {
        let run = render(&folder, more);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        assert!(!told(&run), "{}", run.stdout);
        assert!(run.stdout.contains("\"TOKEN=•••\"") && run.stdout.contains("\"WHERE=•••\""), "{}", run.stdout);
    }
    assert_eq!(render(&folder, &["--redact", "--out", "specs"]).code, Some(0));
    let spec = fs::read_to_string(folder.join("specs/api-rep-1.json")).expect("a file");
    assert_eq!(spec, render(&folder, &["--redact", "--service", "api"]).stdout);
    let web = ["--service", "web"];
    assert_eq!(render(&folder, &[&web[..], &["--redact"]].concat()).stdout, render(&folder, &web).stdout);
}

#[test]
fn shipped_layers_stand_below_those_of_the_command_line() {
    let hardened = concat!(env!("CARGO_MANIFEST_DIR"), "/rules/hardened");
    let folder = shop("shipped");
    write(&folder, "site.plim", "rule site.masked { linux.maskedPaths += \"/proc/fb\" }\n");
    let by_name = render(&folder, &["--layer", "hardened", "--rules", "site.plim"]);
    assert_eq!((by_name.code, by_name.stderr.as_str()), (Some(0), ""));
    assert!(by_name.stdout.contains("/proc/fb") && by_name.stdout != render(&folder, &[]).stdout);
    for more in [
        &["--rules", hardened, "--rules", "site.plim"][..],
        &["--rules", "site.plim", "--layer", "hardened"],
        &["--layer", "hardened", "--rules", "site.plim", "--layer", "hardened"],
    ] {
        assert_eq!(render(&folder, more).stdout, by_name.stdout, "{more:?}");
    }
    // The folder has the files of its tests as well.
    let checked = |arguments: &[&str]| {
        let run = run(&[&["check"], arguments].concat());
        assert_eq!(run.code, Some(0));
        run.stderr.split_once(" in ").map(|(what, _)| what.to_owned())
    };
    assert_eq!(checked(&["--layer", "hardened"]), checked(&["rules/hardened"]));
}

#[test]
fn an_image_can_be_a_layout() {
    let folder = shop("layout");
    let blob = |number: u32, content: &Value| {
        let digest = format!("{number:064x}");
        write(&folder, &format!("image/blobs/sha256/{digest}"), content.to_string());
        json!({ "digest": format!("sha256:{digest}"), "size": content.to_string().len() })
    };
    let manifests: Vec<Value> = [("one", "amd64"), ("one", "arm64"), ("two", "amd64")]
        .iter()
        .zip(1..)
        .map(|((name, arch), number)| {
            let mut config = blob(10 + number, &json!({ "config": { "WorkingDir": format!("/{name}/{arch}") } }));
            config["mediaType"] = json!("application/vnd.oci.image.config.v1+json");
            let mut manifest = blob(20 + number, &json!({ "schemaVersion": 2, "config": config, "layers": [] }));
            manifest["mediaType"] = json!("application/vnd.oci.image.manifest.v1+json");
            manifest["annotations"] = json!({ "org.opencontainers.image.ref.name": name });
            manifest["platform"] = json!({ "architecture": arch, "os": "linux" });
            manifest
        })
        .collect();
    write(&folder, "image/oci-layout", r#"{"imageLayoutVersion": "1.0.0"}"#);
    write(&folder, "image/index.json", json!({ "schemaVersion": 2, "manifests": manifests }).to_string());
    write(&folder, "arm.json", r#"{ "arch": "arm64" }"#);
    let line = "render shop.yaml --service web --image image --image-name one --host arm.json";
    let chosen = run_in(&folder, &line.split(' ').collect::<Vec<_>>());
    assert!(chosen.stdout.contains("\"cwd\": \"/one/arm64\""), "{}{}", chosen.stdout, chosen.stderr);
    let lines = [
        "render shop.yaml --service web --image image --host host.json",
        "render shop.yaml --image imag --host host.json",
    ];
    snapshot("bad-images", &lines.map(|line| refused(&folder, line)));
}
