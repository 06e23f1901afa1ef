//! Edits made in files.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::{folder, run_in, snapshot, write};

const BROKEN: &str =
    "let idle = 1\n\nrule site.cwd when service.privilged && service.rtype = \"job\" {\n  process.cwd = \"/\"\n}\n";
const MENDED: &str = "rule site.cwd when service.privileged and service.rtype == \"job\" {\n  process.cwd = \"/\"\n}\n";

#[test]
fn fix_shows_then_writes() {
    let folder = folder("fix");
    write(&folder, "site/a.plim", BROKEN);
    write(&folder, "site/b.plim", "rule site.name { hostname = service.xyzzy }\n");
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a file");
    let fix = |rest: &[&str]| run_in(&folder, &[&["fix", "--no-standard", "site"], rest].concat());
    let dry = fix(&["--dry-run"]);
    assert_eq!((dry.code, read("site/a.plim").as_str()), (Some(0), BROKEN));
    let wet = fix(&[]);
    assert_eq!((wet.code, wet.stdout.as_str()), (Some(1), ""));
    assert!(read("site/a.plim").contains("service.privileged and service.rtype == \"job\""));
    write(&folder, "site/b.plim", "rule site.name { hostname = container.service }\n");
    let rest = fix(&[]);
    assert_eq!((rest.code, read("site/a.plim").as_str()), (Some(0), MENDED));
    let again = fix(&[]);
    assert_eq!((again.code, again.stderr.as_str()), (Some(0), "mended 0 findings; 0 left\n"));
    snapshot("fix", &[dry, wet, rest, again]);
}

#[test]
fn fix_keeps_modes_and_links() {
    let folder = folder("fix-mode");
    write(&folder, "real.plim", "let idle = 1\nrule a { hostname = \"a\" }\n");
    let (real, link) = (folder.join("real.plim"), folder.join("link.plim"));
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("a mode");
    symlink("real.plim", &link).expect("a link");
    let run = run_in(&folder, &["fix", "--no-standard", "link.plim"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(fs::read_to_string(&real).expect("a file"), "rule a { hostname = \"a\" }\n");
    assert!(fs::symlink_metadata(&link).expect("a link").is_symlink());
    assert_eq!(fs::metadata(&real).expect("a file").permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 2);
}

#[test]
fn fix_refuses_what_gets_worse() {
    let folder = folder("fix-worse");
    let worse = include_str!("../../fixtures/fix/worse.plim");
    write(&folder, "site/a.plim", worse);
    let run = run_in(&folder, &["fix", "--no-standard", "site"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.contains("error[P0831]"), "{}", run.stderr);
    assert_eq!(fs::read_to_string(folder.join("site/a.plim")).expect("a file"), worse);
}
