//! `plimsoll host`: a recording, and what renders with it.

use super::*;

const SERVICES: &str = "\
version: v1
deployment: shop
services:
  web:
    image: { name: x }
    env: { WHERE: \"$E:PLACE\" }
    capabilities: [ALL]
    devices: [{ path: /dev/null }, { path: /dev/no-such-device }]
  gpu: { image: { name: x }, resources: { gpu: { count: 2 } } }
";

/// A command in a folder with variables of which one is nobody's business.
fn at_home(folder: &Path, args: &[&str]) -> Run {
    let mut command = command(folder, args);
    command.envs([("PLACE", "at home"), ("PASSWORD", "hunter2")]);
    Run::new(args, command.output().expect("it starts"))
}

fn recorded(run: &Run) -> Value {
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    serde_json::from_str(&run.stdout).expect("JSON")
}

#[test]
fn a_recording_renders_the_bytes_of_this_machine() {
    let folder = folder("host");
    write(&folder, "shop.yaml", SERVICES);
    for layer in [&[][..], &["--layer", "hardened"]] {
        let recording = at_home(&folder, &[&["host", "shop.yaml"], layer].concat());
        let json = recorded(&recording);
        assert_eq!(recording.stderr, "");
        assert_eq!(json["env"], json!({ "PLACE": "at home" }));
        assert_eq!(json["devices"]["/dev/null"]["minor"], json!(3));
        write(&folder, "host.json", &recording.stdout);
        let live = at_home(&folder, &[&["render", "shop.yaml"], layer].concat());
        let replayed = run_in(&folder, &[&["render", "shop.yaml", "--host", "host.json"], layer].concat());
        assert_eq!((live.code, live.stdout.lines().count()), (Some(0), 2), "{}", live.stderr);
        assert_eq!((live.stdout, live.stderr), (replayed.stdout, replayed.stderr));
    }
}

#[test]
fn a_recording_has_what_is_asked_and_no_more() {
    let folder = folder("host-asked");
    write(&folder, "shop.yaml", SERVICES);
    let rules = "rule site.job when service.rtype == \"job\" and host.path(\"/etc/passwd\") == \"file\" { linux.maskedPaths += \"/x\" }\n";
    write(&folder, "site.plim", rules);
    let nothing = recorded(&at_home(&folder, &["host"]));
    assert_eq!((nothing.get("env"), nothing.get("devices")), (None, None));
    assert!(nothing["capabilities"].is_array() && nothing["arch"].is_string() && nothing["kernel"].is_string());
    let literal = recorded(&at_home(&folder, &["host", "--rules", "site.plim", "--env", "PLACE", "--env", "UNSET"]));
    assert_eq!(literal["paths"]["/etc/passwd"], json!("file"));
    assert_eq!(literal["env"], json!({ "PLACE": "at home" }));
    let one = recorded(&at_home(&folder, &["host", "shop.yaml", "--service", "gpu"]));
    assert_eq!((one.get("env"), one["devices"].get("/dev/null")), (None, None));
}

#[test]
fn a_refused_service_is_recorded_with_a_warning() {
    let folder = folder("host-refused");
    write(&folder, "shop.yaml", SERVICES);
    let run = run_in(&folder, &["host", "shop.yaml"]);
    assert_eq!(recorded(&run)["devices"]["/dev/null"]["minor"], json!(3));
    snapshot("host-refused", &[Run { stdout: "(the recording)\n".to_owned(), ..run }]);
}

#[test]
fn bad_recordings() {
    let folder = folder("host-bad");
    write(&folder, "shop.yaml", SERVICES);
    write(&folder, "bad.yaml", "version: v1\ndeploymet: shop\nservices: {}\n");
    write(&folder, "worse.yaml", "version: 1.5.\n");
    let lines = [
        "host missing.yaml shop.yml",
        "host bad.yaml shop.yaml worse.yaml",
        "host shop.yaml --service wbe",
        "host shop.yaml --option hostnme=x",
        "host --service web",
        "host --layer standard",
        "host --layer hardend",
    ];
    snapshot("bad-recordings", &lines.map(|line| refused(&folder, line)));
}
