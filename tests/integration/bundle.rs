//! Bundles on a disk: what is written with which modes, what is refused, what is taken away, and what runc makes of it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use plimsoll::bundle::{Bundle, BundleError, Contents, Mode, write_specs};
use plimsoll::eval::Arena;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::policy::Layers;

use crate::containers::runtime::{Kind, Runtime};

mod killed;

/// A folder of its own for a test, removed with what is in it.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("plimsoll-bundle-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().canonicalize().unwrap().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The bundle at a name.
    fn bundle(&self, name: &str) -> Bundle {
        Bundle::at(self.at(name)).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn contents(config: &str, files: &[(&str, &str)]) -> Contents {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    Contents { config: config.into(), files }
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Code and message of a refusal, with the scratch folder as `…`.
fn told(scratch: &Scratch, result: Result<impl std::fmt::Debug, BundleError>) -> String {
    let error = result.unwrap_err();
    format!("{}: {error}", error.code()).replace(scratch.0.to_str().unwrap(), "…")
}

#[test]
fn a_new_bundle_has_its_parts_and_modes() {
    let scratch = Scratch::new();
    let bundle = scratch.bundle("a/b/web");
    bundle.write(&contents("{}", &[("hosts", "127.0.0.1 web\n"), ("etc/resolv.conf", "")]), Mode::New).unwrap();
    let folder = scratch.at("a/b/web");
    assert_eq!(names(&folder), [".plimsoll.json", "config.json", "etc", "hosts", "rootfs"]);
    assert_eq!(fs::read_to_string(folder.join("config.json")).unwrap(), "{}");
    assert_eq!(fs::read_to_string(folder.join("hosts")).unwrap(), "127.0.0.1 web\n");
    let modes = ["", "config.json", ".plimsoll.json", "hosts", "etc", "etc/resolv.conf", "rootfs"];
    let modes = modes.map(|name| mode(&folder.join(name)));
    assert_eq!(modes, [0o700, 0o600, 0o600, 0o644, 0o755, 0o644, 0o755]);
    assert_eq!(names(&scratch.at("a/b")), ["web"]);
}

#[test]
fn a_bundle_is_replaced_only_where_that_is_asked_for() {
    let scratch = Scratch::new();
    let bundle = scratch.bundle("web");
    bundle.write(&contents("1", &[("hosts", "1"), ("old", "1")]), Mode::New).unwrap();
    fs::write(scratch.at("web/rootfs/file"), "kept").unwrap();
    let refused = bundle.write(&contents("2", &[]), Mode::New);
    assert_eq!(told(&scratch, refused), "P0806: a bundle is at `…/web` already");
    assert_eq!(fs::read_to_string(scratch.at("web/config.json")).unwrap(), "1");

    fs::set_permissions(scratch.at("web"), fs::Permissions::from_mode(0o755)).unwrap();
    bundle.write(&contents("2", &[("hosts", "2")]), Mode::Replace).unwrap();
    assert_eq!(names(&scratch.at("web")), [".plimsoll.json", "config.json", "hosts", "rootfs"]);
    assert_eq!(fs::read_to_string(scratch.at("web/config.json")).unwrap(), "2");
    assert_eq!(fs::read_to_string(scratch.at("web/hosts")).unwrap(), "2");
    assert_eq!(fs::read_to_string(scratch.at("web/rootfs/file")).unwrap(), "kept");
    assert_eq!(mode(&scratch.at("web")), 0o700);
}

#[test]
fn a_config_alone_goes_into_a_folder_that_exists() {
    let scratch = Scratch::new();
    let bundle = scratch.bundle("web");
    let refused = bundle.write(&contents("1", &[]), Mode::ConfigOnly);
    assert_eq!(told(&scratch, refused), "P0808: no bundle is at `…/web`");
    assert!(!scratch.at("web").exists());

    fs::create_dir(scratch.at("web")).unwrap();
    fs::set_permissions(scratch.at("web"), fs::Permissions::from_mode(0o711)).unwrap();
    fs::write(scratch.at("web/other"), "mine").unwrap();
    for text in ["1", "2"] {
        bundle.write(&contents(text, &[("hosts", text)]), Mode::ConfigOnly).unwrap();
        assert_eq!(names(&scratch.at("web")), [".plimsoll.json", "config.json", "hosts", "other"]);
        assert_eq!(fs::read_to_string(scratch.at("web/config.json")).unwrap(), text);
    }
    assert_eq!((mode(&scratch.at("web")), mode(&scratch.at("web/config.json"))), (0o711, 0o600));
}

#[test]
fn a_folder_of_somebody_else_is_no_bundle() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.at("home")).unwrap();
    fs::set_permissions(scratch.at("home"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(scratch.at("home/letter"), "").unwrap();
    for how in [Mode::New, Mode::Replace] {
        let refused = scratch.bundle("home").write(&contents("1", &[]), how);
        assert_eq!(told(&scratch, refused), "P0808: `…/home` is no bundle: it holds `letter`");
    }
    assert_eq!((names(&scratch.at("home")), mode(&scratch.at("home"))), (vec!["letter".to_owned()], 0o755));
}

#[test]
fn a_root_file_system_beside_its_place_is_kept() {
    let scratch = Scratch::new();
    fs::create_dir_all(scratch.at("web/rootfs/bin")).unwrap();
    scratch.bundle("web").write(&contents("1", &[]), Mode::New).unwrap();
    assert_eq!(names(&scratch.at("web")), ["config.json", "rootfs"]);
    assert_eq!(names(&scratch.at("web/rootfs")), ["bin"]);
}

#[test]
fn a_root_file_system_elsewhere_is_named_without_links() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.at("image")).unwrap();
    fs::write(scratch.at("file"), "").unwrap();
    symlink("image", scratch.at("link")).unwrap();
    let bundle = scratch.bundle("web").with_rootfs(scratch.at("link")).unwrap();
    assert_eq!(bundle.rootfs(), scratch.at("image").to_str());
    bundle.write(&contents("1", &[]), Mode::New).unwrap();
    assert_eq!(names(&scratch.at("web")), ["config.json"]);
    let refused = |name: &str| told(&scratch, scratch.bundle("web").with_rootfs(scratch.at(name)));
    assert_eq!(refused("file"), "P0809: the root file system `…/file` cannot be used: it is no folder");
    let absent = "P0809: the root file system `…/none` cannot be used: No such file or directory (os error 2)";
    assert_eq!(refused("none"), absent);
}

#[test]
fn links_are_never_followed() {
    let scratch = Scratch::new();
    let new = || contents("new", &[("hosts", "new"), ("etc/passwd", "new")]);
    fs::create_dir_all(scratch.at("host/etc")).unwrap();
    fs::write(scratch.at("host/etc/passwd"), "host").unwrap();
    fs::write(scratch.at("host/hosts"), "host").unwrap();
    symlink("host", scratch.at("link")).unwrap();
    for how in [Mode::New, Mode::Replace, Mode::ConfigOnly] {
        let refused = scratch.bundle("link").write(&new(), how);
        assert_eq!(told(&scratch, refused), "P0807: `…/link` is a symbolic link, not a folder");
        assert!(Bundle::at(format!("{}/", scratch.at("link").display())).unwrap().write(&new(), how).is_err());
    }
    assert_eq!(told(&scratch, scratch.bundle("link").remove()), "P0807: `…/link` is a symbolic link, not a folder");
    for (name, target) in
        [("config.json", "../host/hosts"), ("hosts", "../host/hosts"), ("etc", "../host/etc"), ("rootfs", "../host")]
    {
        let folder = scratch.at(&format!("bundle-{name}"));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("config.json"), "old").unwrap();
        let _ = fs::remove_file(folder.join(name));
        symlink(target, folder.join(name)).unwrap();
        let refused = Bundle::at(&folder).unwrap().write(&new(), Mode::Replace).unwrap_err();
        assert!(matches!(&refused, BundleError::Obstructed { path, .. } if *path == folder.join(name)), "{refused}");
    }
    assert_eq!(fs::read_to_string(scratch.at("host/hosts")).unwrap(), "host");
    assert_eq!(fs::read_to_string(scratch.at("host/etc/passwd")).unwrap(), "host");
}

#[test]
fn names_cannot_lead_out_of_a_bundle() {
    let scratch = Scratch::new();
    let as_deep_as_may_be = "a/".repeat(31) + "b";
    assert!(scratch.bundle("deep").write(&contents("1", &[(&as_deep_as_may_be, "")]), Mode::New).is_ok());
    let too_deep = "a/".repeat(32) + "b";
    for name in ["../evil", "/evil", "", ".", "a/../../evil", "a//b", "config.json", "rootfs/x", ".plimsoll.new/x"]
        .into_iter()
        .chain([".plimsoll.json", "a\0b", &too_deep])
    {
        let refused = scratch.bundle("web").write(&contents("1", &[(name, "")]), Mode::New).unwrap_err();
        assert!(matches!(refused, BundleError::Name { .. }), "{name}: {refused}");
        let refused = write_specs(scratch.at("specs"), [(name, &b""[..])]);
        assert!(refused.is_err() || !name.contains(['.', '/', '\0']) || name.ends_with(".json"), "{name}");
    }
    let refused = scratch.bundle("web").write(&contents("1", &[("a", ""), ("a/b", "")]), Mode::New);
    assert_eq!(told(&scratch, refused), "P0810: no file in `…/web` can be named `a/b`");
    assert!(!scratch.at("evil").exists() && !scratch.at("web").exists());
    for path in ["/", "/..", "no/such/../folder"] {
        assert!(Bundle::at(path).is_err(), "{path}");
    }
}

/// Whoever reports with `miette` gets the code and the advice too.
#[test]
fn errors_are_diagnostics_of_the_library() {
    let told = |error: &BundleError| {
        let miette: &dyn miette::Diagnostic = error;
        (miette.code().map(|it| it.to_string()), miette.help().map(|it| it.to_string()))
    };
    let name = BundleError::Name { path: "web".into(), name: "../x".to_owned() };
    let advice = "a name leads to a file below its folder, and to none that has another use there";
    assert_eq!(told(&name), (Some("P0810".to_owned()), Some(advice.to_owned())));
    let busy = BundleError::Busy { path: "web".into() };
    assert_eq!(told(&busy), (Some(busy.code().to_string()), Some("try again when it is done".to_owned())));
}

#[test]
fn removing_takes_a_bundle_and_nothing_else() {
    let scratch = Scratch::new();
    let bundle = scratch.bundle("web");
    assert!(bundle.remove().unwrap().is_empty());
    let new = contents("1", &[("hosts", ""), ("etc/resolv.conf", "")]);
    bundle.write(&new, Mode::New).unwrap();
    assert!(bundle.remove().unwrap().is_empty());
    assert!(names(&scratch.0).is_empty());

    bundle.write(&new, Mode::New).unwrap();
    fs::create_dir(scratch.at("host")).unwrap();
    fs::write(scratch.at("host/resolv.conf"), "host").unwrap();
    fs::write(scratch.at("web/rootfs/file"), "").unwrap();
    fs::write(scratch.at("web/mine"), "").unwrap();
    fs::remove_dir_all(scratch.at("web/etc")).unwrap();
    symlink("../host", scratch.at("web/etc")).unwrap();
    let left: Vec<PathBuf> = bundle.remove().unwrap();
    assert_eq!(left, ["etc", "mine", "rootfs"].map(|name| scratch.at("web").join(name)));
    assert_eq!(fs::read_to_string(scratch.at("host/resolv.conf")).unwrap(), "host");
    assert_eq!(names(&scratch.at("web/rootfs")), ["file"]);
    assert_eq!(bundle.remove().unwrap().len(), 3);
}

#[test]
fn what_lists_the_side_files_cannot_lead_elsewhere() {
    let scratch = Scratch::new();
    scratch.bundle("web").write(&contents("1", &[("hosts", "")]), Mode::New).unwrap();
    fs::write(scratch.at("precious"), "").unwrap();
    let list = format!("[\"../precious\", \"{}\", \"rootfs/file\"]", scratch.at("precious").display());
    fs::write(scratch.at("web/.plimsoll.json"), list).unwrap();
    fs::write(scratch.at("web/rootfs/file"), "").unwrap();
    let left = scratch.bundle("web").remove().unwrap();
    assert_eq!(left, ["hosts", "rootfs"].map(|name| scratch.at("web").join(name)));
    assert!(scratch.at("precious").exists() && scratch.at("web/rootfs/file").exists());
}

#[test]
fn a_disk_that_refuses_is_told_with_the_path() {
    let scratch = Scratch::new();
    fs::write(scratch.at("file"), "").unwrap();
    let refused = Bundle::at(scratch.at("file/a/web")).and_then(|bundle| bundle.write(&contents("1", &[]), Mode::New));
    assert_eq!(told(&scratch, refused), "P0811: cannot look at `…/file/a`: Not a directory (os error 20)");
    let refused = scratch.bundle("file").write(&contents("1", &[]), Mode::New);
    assert_eq!(told(&scratch, refused), "P0807: `…/file` is a file, not a folder");
    let refused = Bundle::at("/proc/self/plimsoll/web").unwrap().write(&contents("1", &[]), Mode::New).unwrap_err();
    assert!(matches!(refused, BundleError::Io { .. }), "{refused}");
}

#[test]
fn a_full_disk_leaves_nothing_and_a_read_only_one_the_old_bundle() {
    // Mounting takes what starting a container takes.
    Kind::Runc.with(|_| full_and_read_only_disks());
}

fn full_and_read_only_disks() {
    let scratch = Scratch::new();
    let disk = scratch.at("disk");
    fs::create_dir(&disk).unwrap();
    let mount = |options: &str| {
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&disk).status().unwrap();
        assert!(done.success());
    };
    mount("size=64k");
    let large = "x".repeat(100_000);
    let bundle = Bundle::at(disk.join("a/web")).unwrap();
    let full = bundle.write(&contents(&large, &[]), Mode::New);
    let left = names(&disk);
    bundle.write(&contents("old", &[("hosts", "old")]), Mode::New).unwrap();
    let replaced = bundle.write(&contents("new", &[("hosts", "new"), ("large", &large)]), Mode::Replace);
    let after = (names(&disk.join("a/web")), fs::read_to_string(disk.join("a/web/hosts")).unwrap());
    mount("remount,ro");
    let read_only = bundle.write(&contents("new", &[]), Mode::Replace);
    let config = fs::read_to_string(disk.join("a/web/config.json"));
    assert!(Command::new("umount").arg(&disk).status().unwrap().success());
    let no_room = "No space left on device (os error 28)";
    assert_eq!(told(&scratch, full), format!("P0811: cannot write `…/disk/a/web/config.json`: {no_room}"));
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(told(&scratch, replaced), format!("P0811: cannot write `…/disk/a/web/large`: {no_room}"));
    let old = [".plimsoll.json", "config.json", "hosts", "rootfs"].map(str::to_owned).to_vec();
    assert_eq!(after, (old, "old".to_owned()));
    assert!(told(&scratch, read_only).ends_with("Read-only file system (os error 30)"));
    assert_eq!(config.unwrap(), "old");
}

#[test]
fn another_writer_is_waited_for_by_the_caller() {
    let scratch = Scratch::new();
    let bundle = scratch.bundle("web");
    bundle.write(&contents("1", &[]), Mode::New).unwrap();
    let other = fs::File::open(scratch.at("web")).unwrap();
    other.lock().unwrap();
    let busy = "P0812: another process is writing `…/web`";
    assert_eq!(told(&scratch, bundle.write(&contents("2", &[]), Mode::Replace)), busy);
    assert_eq!(told(&scratch, bundle.remove()), busy);
    drop(other);
    bundle.write(&contents("2", &[]), Mode::Replace).unwrap();
}

#[test]
fn specs_of_a_deployment_are_files_of_a_folder() {
    let scratch = Scratch::new();
    let folder = scratch.at("specs");
    write_specs(&folder, [("web-rep-1.json", &b"1"[..]), ("api-rep-1.json", b"1")]).unwrap();
    assert_eq!((mode(&folder), mode(&folder.join("web-rep-1.json"))), (0o700, 0o600));
    fs::write(folder.join("notes"), "").unwrap();
    write_specs(&folder, [("web-rep-1.json", &b"2"[..]), ("db-rep-1.json", b"2")]).unwrap();
    assert_eq!(names(&folder), ["api-rep-1.json", "db-rep-1.json", "notes", "web-rep-1.json"]);
    assert_eq!(fs::read_to_string(folder.join("web-rep-1.json")).unwrap(), "2");
    symlink("../host", folder.join("log-rep-1.json")).unwrap();
    let refused = write_specs(&folder, [("log-rep-1.json", &b"3"[..]), ("web-rep-1.json", b"3")]);
    let link = "P0807: `…/specs/log-rep-1.json` is a symbolic link, not a file";
    assert_eq!(told(&scratch, refused), link);
    assert_eq!(fs::read_to_string(folder.join("web-rep-1.json")).unwrap(), "2");
}

#[test]
fn what_is_written_is_not_shown_by_debug() {
    let shown = format!("{:?}", contents("hunter2", &[("hosts", "hunter2")]));
    assert_eq!(shown, r#"Contents { config: 7, files: [("hosts", 7)] }"#);
}

/// Renders a service for a bundle, with a layer that mounts a side file of it.
fn render(bundle: &Bundle) -> Contents {
    let layer = r#"
let bundle = options.bundle else "."

rule greeting {
  files["greeting"] = "hello from {container.id}\n"
  mounts += { destination: "/greeting", type: "bind", source: "{bundle}/greeting", options: ["bind", "ro"] }
}
"#;
    let policy = Layers::standard().layer("site", [("greeting.plim", layer)]).compile().unwrap();
    let deployment = r#"
version: v1
deployment: shop
services:
  web:
    image: { name: busybox }
    command: { entrypoint: [/bin/sh, -c], args: ["cat /greeting; hostname"] }
"#;
    let request = Request::builder("shop.yaml", deployment);
    // No capability, so that it starts wherever runc may start anything.
    let request = request.recording("host.json", r#"{"capabilities": []}"#).build(policy.schema()).unwrap();
    let request = request.in_bundle(policy.schema(), bundle.path(), bundle.rootfs());
    let (facts, arena) = (request.facts().unwrap(), Arena::new());
    Contents::of(&policy.render(&facts, &arena).unwrap(), Style::Pretty).unwrap()
}

#[test]
fn runc_starts_what_is_written() {
    Kind::Runc.with(start_what_is_written);
}

#[test]
fn youki_starts_what_is_written() {
    Kind::Youki.with(start_what_is_written);
}

fn start_what_is_written(runtime: &Runtime) {
    let scratch = Scratch::new();
    runtime.root_file_system(&scratch.at("image"));
    symlink("image", scratch.at("link")).unwrap();
    let own = scratch.bundle("own");
    own.write(&render(&own), Mode::New).unwrap();
    runtime.root_file_system(&scratch.at("own/rootfs"));
    let elsewhere = scratch.bundle("elsewhere").with_rootfs(scratch.at("link")).unwrap();
    elsewhere.write(&render(&elsewhere), Mode::New).unwrap();
    for bundle in [own, elsewhere] {
        let printed = runtime.start(Path::new(bundle.path())).output();
        assert_eq!(printed, "hello from web-rep-1\nweb-rep-1\n");
    }
}
