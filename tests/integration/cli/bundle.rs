//! `plimsoll bundle`: what is on the disk afterwards.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::containers::runtime::Kind;

const HOME: &str = "version: v1\ndeployment: home\nservices: { web: { image: { name: x } } }\n";
const TWO: &str = "\
version: v1
deployment: two
services:
  web: { image: { name: x } }
  db: { image: { name: x }, storage: [{ type: named, name: data, target: /data }] }
";

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON")
}

/// Everything in a folder, with its mode.
fn tree(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            let meta = fs::symlink_metadata(&path).expect("it is there");
            let shown = path.strip_prefix(folder).expect("below").display();
            found.push(format!("{shown} {:o}", meta.permissions().mode() & 0o777));
            if meta.is_dir() {
                folders.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_bundle_holds_what_render_prints() {
    let folder = folder("bundle");
    write(&folder, "home.yaml", HOME);
    write(&folder, "host.json", "{}");
    let bundle = run_in(&folder, &["bundle", "home.yaml", "--host", "host.json", "--out", "run/home/web"]);
    let told = format!("wrote {}/run/home/web\n", folder.canonicalize().expect("a folder").display());
    assert_eq!((bundle.code, bundle.stdout.as_str(), bundle.stderr.as_str()), (Some(0), "", told.as_str()));
    assert_eq!(tree(&folder.join("run/home")), ["web 700", "web/config.json 600", "web/rootfs 755"]);
    let printed = run_in(&folder, &["render", "home.yaml", "--host", "host.json"]).stdout;
    assert_eq!(fs::read_to_string(folder.join("run/home/web/config.json")).expect("a file"), printed);

    let replica = ["--replica", "3", "--option", "hostname=front"];
    let parts = ["bundle", "home.yaml", "--host", "host.json", "--out", "run/home/web"];
    let again = run_in(&folder, &[&parts[..], &replica, &["--force"]].concat());
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    let request =
        json!({ "deployment": HOME, "service": "web", "replica": 3, "host": {}, "options": { "hostname": "front" } });
    write(&folder, "request.json", request.to_string());
    let asked = run_in(&folder, &["bundle", "--request", "request.json", "--out", "asked"]);
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    let config = |bundle: &str| fs::read_to_string(folder.join(bundle).join("config.json")).expect("a file");
    assert_eq!(config("run/home/web"), config("asked"));
    assert!(config("asked").contains("\"front\""));
}

#[test]
fn a_root_file_system_elsewhere_is_named_and_knows_its_users() {
    let folder = folder("bundle-rootfs");
    write(&folder, "home.yaml", HOME);
    write(&folder, "host.json", "{}");
    write(&folder, "image.json", r#"{ "User": "app" }"#);
    write(&folder, "files/etc/passwd", "app:x:1000:100::/:/bin/sh\n");
    write(&folder, "files/etc/group", "video:x:44:app\n");
    symlink("files", folder.join("link")).expect("a link");
    let rest = ["home.yaml", "--host", "host.json", "--image", "image.json"];
    let user = json!({ "uid": 1000, "gid": 100, "additionalGids": [44] });

    let elsewhere = run_in(&folder, &[&["bundle"][..], &rest, &["--rootfs", "link", "--out", "a"]].concat());
    assert_eq!(elsewhere.code, Some(0), "{}", elsewhere.stderr);
    let spec = json_of(&folder.join("a/config.json"));
    let absolute = folder.canonicalize().expect("a folder").join("files");
    assert_eq!((&spec["root"]["path"], &spec["process"]["user"]), (&json!(absolute), &user));
    assert_eq!(tree(&folder.join("a")), ["config.json 600"]);

    let printed = run_in(&folder, &[&["render"][..], &rest, &["--rootfs", "files"]].concat());
    let spec: Value = serde_json::from_str(&printed.stdout).expect("JSON");
    assert_eq!((&spec["root"]["path"], &spec["process"]["user"]), (&json!("rootfs"), &user));

    write(&folder, "b/rootfs/etc/passwd", "app:x:7:8::/:/bin/sh\n");
    let own = run_in(&folder, &[&["bundle"][..], &rest, &["--out", "b"]].concat());
    assert_eq!(own.code, Some(0), "{}", own.stderr);
    let spec = json_of(&folder.join("b/config.json"));
    assert_eq!((&spec["root"]["path"], &spec["process"]["user"]), (&json!("rootfs"), &json!({ "uid": 7, "gid": 8 })));

    let unknown = run_in(&folder, &[&["bundle"][..], &rest, &["--out", "c"]].concat());
    assert_eq!((unknown.code, folder.join("c").exists()), (Some(1), false), "{}", unknown.stderr);
}

#[test]
fn an_empty_root_file_system_is_as_good_as_none() {
    let folder = folder("bundle-empty-rootfs");
    write(&folder, "home.yaml", HOME);
    write(&folder, "host.json", "{}");
    write(&folder, "image.json", r#"{ "User": "7" }"#);
    let rest = ["bundle", "home.yaml", "--host", "host.json", "--image", "image.json", "--out", "b"];
    let config = || fs::read(folder.join("b/config.json")).expect("a file");
    assert_eq!(run_in(&folder, &rest).code, Some(0));
    let first = config();
    assert_eq!(run_in(&folder, &[&rest[..], &["--force"]].concat()).code, Some(0));
    assert_eq!(config(), first);
    assert_eq!(json_of(&folder.join("b/config.json"))["process"]["user"], json!({ "uid": 7, "gid": 7 }));
}

#[test]
fn config_only_and_remove_leave_what_is_not_theirs() {
    let folder = short_folder("remove");
    write(&folder, "home.yaml", HOME);
    write(&folder, "host.json", "{}");
    write(&folder, "b/notes", "mine");
    write(&folder, "b/rootfs/bin/sh", "");
    let parts = ["bundle", "home.yaml", "--host", "host.json", "--out", "b", "--config-only"];
    assert_eq!(run_in(&folder, &parts).code, Some(0));
    assert!(folder.join("b/config.json").exists());
    let removed = run_in(&folder, &["bundle", "--remove", "--out", "b"]);
    assert_eq!((removed.code, removed.stdout.as_str()), (Some(0), ""));
    let mut absolute = vec![removed, run_in(&folder, &["bundle", "--out", "nothing/here", "--remove"])];
    assert!(folder.join("b/notes").exists() && folder.join("b/rootfs/bin/sh").exists());
    assert!(!folder.join("b/config.json").exists());
    fs::remove_dir_all(folder.join("b")).expect("a folder");
    assert_eq!(run_in(&folder, &["bundle", "home.yaml", "--host", "host.json", "--out", "b"]).code, Some(0));
    absolute.push(run_in(&folder, &["bundle", "--remove", "--out", "b"]));
    assert!(!folder.join("b").exists());
    snapshot("bundle-remove", &short(&folder, absolute));
}

#[test]
fn bad_bundles() {
    let folder = short_folder("bundles");
    write(&folder, "two.yaml", TWO);
    write(&folder, "host.json", "{}");
    write(&folder, "named.json", r#"{ "User": "app" }"#);
    write(&folder, "full/config.json", "{}");
    write(&folder, "foreign/notes", "mine");
    fs::create_dir_all(folder.join("led/etc")).expect("a folder");
    symlink("/etc/passwd", folder.join("led/etc/passwd")).expect("a link");
    symlink("full", folder.join("link")).expect("a link");
    let before = tree(&folder);
    let web = "bundle two.yaml --host host.json --service web";
    let lines = [
        format!("{web} --out full"),
        format!("{web} --out foreign"),
        format!("{web} --out link --force"),
        format!("{web} --out two.yaml"),
        format!("{web} --out two.yaml/below"),
        format!("{web} --out /"),
        format!("{web} --out /proc/bundle"),
        format!("{web} --out new --config-only"),
        format!("{web} --out new --rootfs nowhere --image missing.json"),
        format!("{web} --out new --rootfs led --image named.json"),
        format!("{web} --out new --image named.json"),
        "bundle two.yaml --host host.json --out new".to_owned(),
        "bundle two.yaml --host host.json --out new/deeper --service db".to_owned(),
        "bundle --remove --out two.yaml".to_owned(),
        "bundle --remove --out link".to_owned(),
    ];
    let runs = lines.iter().map(|line| refused(&folder, line)).collect();
    assert_eq!(tree(&folder), before);
    assert_eq!(fs::read_to_string(folder.join("full/config.json")).expect("a file"), "{}");
    snapshot("bad-bundles", &short(&folder, runs));
}

#[test]
fn a_read_only_disk_keeps_the_old_bundle() {
    // Mounting takes what starting a container takes.
    Kind::Runc.with(|_| read_only_disk());
}

fn read_only_disk() {
    let folder = short_folder("disk");
    write(&folder, "home.yaml", HOME);
    write(&folder, "host.json", "{}");
    let disk = folder.join("disk");
    fs::create_dir(&disk).expect("a folder");
    let mount = |options: &str| {
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&disk).status();
        assert!(done.expect("it starts").success());
    };
    mount("size=64k");
    let bundle = "bundle home.yaml --host host.json --out disk/b";
    let written = run_in(&folder, &bundle.split(' ').collect::<Vec<_>>());
    let before = fs::read(disk.join("b/config.json"));
    mount("remount,ro");
    let specs = "render home.yaml --host host.json --out disk/specs";
    let option = "--option hostname=front --force";
    let lines = [format!("{bundle} {option}"), specs.to_owned(), "bundle --remove --out disk/b".to_owned()];
    let runs: Vec<Run> = lines.iter().map(|line| refused(&folder, line)).collect();
    let after = (fs::read(disk.join("b/config.json")), tree(&disk));
    assert!(Command::new("umount").arg(&disk).status().expect("it starts").success());
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    assert_eq!(after.0.expect("a file"), before.expect("a file"));
    assert_eq!(after.1, ["b 700", "b/config.json 600", "b/rootfs 755"]);
    snapshot("read-only", &short(&folder, runs));
}
