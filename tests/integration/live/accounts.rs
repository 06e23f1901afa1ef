//! Accounts of root file systems, those included that try to lead out.

use std::os::unix::fs::symlink;
use std::path::Path;

use plimsoll::diagnostics::{Report, code};
use plimsoll::eval::Arena;
use plimsoll::facts::accounts::of_rootfs;
use plimsoll::facts::request::Request;
use plimsoll::output::json::Style;
use plimsoll::policy::Policy;
use plimsoll::schema::facts::FactSchema;
use plimsoll::schema::shape::Shape;
use serde_json::{Value, json};

use super::folder::Folder;
use crate::facts::flatten;

/// What is known, a line for each leaf.
fn known(folder: &Folder) -> Vec<String> {
    let accounts = of_rootfs(folder.path()).expect("accounts that can be read");
    let image = FactSchema::standard().image;
    let field = image.fields.iter().find(|field| &*field.name == "accounts").expect("a field of images");
    let (Shape::Record(_), mut out) = (&field.shape, String::new()) else { panic!("accounts are a record") };
    flatten(&mut out, "", &field.shape, &accounts, true);
    out.lines().map(str::to_owned).collect()
}

fn refused(folder: &Folder) -> String {
    let diagnostic = of_rootfs(folder.path()).expect_err("accounts that cannot be read");
    assert_eq!(diagnostic.code, code::BAD_ACCOUNTS);
    diagnostic.message.replace(&*folder.path().to_string_lossy(), "ROOTFS")
}

#[test]
fn lines_are_read_as_the_c_library_reads_them() {
    let folder = Folder::new();
    folder.file(
        "etc/passwd",
        b"root:x:0:0:root:/root:/bin/sh\n\n# no:x:1:1\n  nginx:x:101:102\nshort:x:5\n+nis:x:6:6\n-nis:x:6:6\n:x:7:7\n\
          sign:x:+8:8\nblank:x: 9:9\nhex:x:0x1:1\nlast:x:4294967294:0\nbeyond:x:4294967295:0\nbytes\xff:x:1:1\n\
          nul\0:x:1:1\nnginx:x:200:200\nalias:x:101:300\nend:x:12:13:no newline",
    );
    folder.file("etc/group", "staff:x:50:nginx, end,,\nempty:x:51:\nshort:x:52\nbad:x::nginx\nstaff:x:60:root\n");
    let expected = "\
        .users[\"root\"].uid = 0\n.users[\"root\"].gid = 0\n\
        .users[\"nginx\"].uid = 101\n.users[\"nginx\"].gid = 102\n\
        .users[\"last\"].uid = 4294967294\n.users[\"last\"].gid = 0\n\
        .users[\"alias\"].uid = 101\n.users[\"alias\"].gid = 300\n\
        .users[\"end\"].uid = 12\n.users[\"end\"].gid = 13\n\
        .groups[\"staff\"].gid = 50\n.groups[\"staff\"].members[0] = \"nginx\"\n.groups[\"staff\"].members[1] = \"end\"\n\
        .groups[\"empty\"].gid = 51\n.groups[\"empty\"].members = []\n\
        .groups[\"short\"].gid = 52\n.groups[\"short\"].members = []\n\
        .uids[\"0\"].uid = 0\n.uids[\"0\"].gid = 0\n.uids[\"0\"].name = \"root\"\n\
        .uids[\"101\"].uid = 101\n.uids[\"101\"].gid = 102\n.uids[\"101\"].name = \"nginx\"\n\
        .uids[\"4294967294\"].uid = 4294967294\n.uids[\"4294967294\"].gid = 0\n.uids[\"4294967294\"].name = \"last\"\n\
        .uids[\"12\"].uid = 12\n.uids[\"12\"].gid = 13\n.uids[\"12\"].name = \"end\"";
    assert_eq!(known(&folder), expected.lines().collect::<Vec<_>>());
}

#[test]
fn a_root_file_system_without_accounts_lists_nobody() {
    let nobody = [".users = {}", ".groups = {}", ".uids = {}"];
    let folder = Folder::new();
    assert_eq!(known(&folder), nobody);
    folder.dir("etc");
    assert_eq!(known(&folder), nobody);
    folder.file("etc/passwd", "");
    assert_eq!(known(&folder), nobody);
}

#[test]
fn links_lead_nowhere_but_inside() {
    const LINK: &str = "`/etc/passwd` of the root file system `ROOTFS` is a link that leads nowhere inside of it";
    let folder = Folder::new();
    folder.dir("etc");
    let passwd = folder.path().join("etc/passwd");
    let outside = folder.path().with_extension("outside");
    std::fs::write(&outside, "evil:x:0:0\n").expect("the temporary folder can be written");
    let targets = [Path::new("/etc/passwd"), Path::new("../../../../../../../etc/passwd"), &outside, Path::new("none")];
    for target in targets {
        symlink(target, &passwd).expect("a new link");
        assert_eq!(refused(&folder), LINK, "{target:?}");
        folder.remove("etc/passwd");
    }
    // Through /proc the kernel offers links that are no paths.
    symlink("/proc/self/root/etc/passwd", &passwd).expect("a new link");
    assert_eq!(refused(&folder), LINK);
    folder.remove("etc/passwd");
    std::fs::remove_file(outside).expect("a file that was just made");

    folder.file("usr/lib/passwd", "a:x:1:1\n");
    for target in ["/usr/lib/passwd", "../usr/lib/passwd", "../../../usr/lib/passwd"] {
        symlink(target, &passwd).expect("a new link");
        assert_eq!(known(&folder)[0], ".users[\"a\"].uid = 1", "{target}");
        folder.remove("etc/passwd");
    }

    let folder = Folder::new();
    symlink("/etc", folder.path().join("etc")).expect("a new link");
    assert_eq!(refused(&folder), LINK, "a folder that is a link to itself");
}

#[test]
fn what_is_no_file_or_too_large_is_refused() {
    let folder = Folder::new();
    folder.sparse("etc/passwd", 100 << 20);
    assert_eq!(refused(&folder), "`/etc/passwd` of the root file system `ROOTFS` is larger than 16 MiB");
    folder.file("etc/passwd", "a:x:1:1\n".repeat(2) + &"#\n".repeat(8 << 20));
    assert_eq!(refused(&folder), "`/etc/passwd` of the root file system `ROOTFS` is larger than 16 MiB");
    let many: String = (0..=(1 << 18)).map(|uid| format!("u{uid}:x:{uid}:1\n")).collect();
    folder.file("etc/passwd", many);
    assert_eq!(refused(&folder), "`/etc/passwd` of the root file system `ROOTFS` lists more than 262144 names");
    folder.file("etc/passwd", "");
    folder.file("etc/group", format!("a:x:1:{}\n", "b,".repeat(1 << 19)));
    assert_eq!(refused(&folder), "`/etc/group` of the root file system `ROOTFS` lists more than 262144 names");
    folder.remove("etc/group");
    folder.dir("etc/group");
    assert_eq!(refused(&folder), "`/etc/group` of the root file system `ROOTFS` is not a regular file");
    std::fs::remove_dir(folder.path().join("etc/group")).expect("an empty folder");
    // Opened for reading, a FIFO would wait for a writer.
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("etc/group")).status();
    assert!(made.expect("coreutils").success());
    assert_eq!(refused(&folder), "`/etc/group` of the root file system `ROOTFS` is not a regular file");

    let none = folder.path().join("none");
    let diagnostic = of_rootfs(&none).expect_err("a folder that is not there");
    assert!(diagnostic.message.ends_with("cannot be read: No such file or directory (os error 2)"), "{diagnostic:?}");
    let file = folder.path().join("etc/passwd");
    let diagnostic = of_rootfs(&file).expect_err("not a folder");
    assert!(diagnostic.message.ends_with("cannot be read: Not a directory (os error 20)"), "{diagnostic:?}");
}

/// `process.user` for an image's `User`.
fn user(policy: &Policy, user: &str, rootfs: &Path) -> Result<Value, Report> {
    let deployment = "{version: v1, deployment: test, services: {web: {image: {name: a}}}}";
    let request = Request::builder("deployment", deployment).rootfs_accounts(rootfs);
    let request = request.image("image", json!({ "User": user }).to_string()).build(policy.schema())?;
    let (facts, arena) = (request.facts()?, Arena::new());
    let spec = policy.render(&facts, &arena)?.json(Style::Compact)?;
    let spec: Value = serde_json::from_slice(&spec).expect("what was rendered is JSON");
    Ok(spec["process"]["user"].clone())
}

#[test]
fn users_are_looked_up_in_the_root_file_system() {
    let folder = Folder::new();
    folder.file("etc/passwd", "nginx:x:101:102::/:\n");
    folder.file("etc/group", "b:x:60:nginx\na:x:50:nginx\nother:x:70:root\n");
    let policy = Policy::standard().expect("the shipped policy");
    let user = |name: &str, rootfs: &Path| user(&policy, name, rootfs);
    let found = |name: &str| user(name, folder.path()).expect("a user who is known");
    assert_eq!(found("nginx"), json!({"uid": 101, "gid": 102, "additionalGids": [50, 60]}));
    assert_eq!(found("101"), json!({"uid": 101, "gid": 102, "additionalGids": [50, 60]}));
    assert_eq!(found("nginx:other"), json!({"uid": 101, "gid": 70}));
    assert_eq!(found("7"), json!({"uid": 7, "gid": 0}), "given, but not listed");
    let report = user("nobody", folder.path()).expect_err("not listed");
    assert_eq!(report.diagnostics[0].code, code::DENIED);

    let empty = Folder::new();
    assert_eq!(user("7", empty.path()).expect("a number"), json!({"uid": 7, "gid": 0}));
    let report = user("7", &empty.path().join("none")).expect_err("no folder");
    assert_eq!(report.diagnostics[0].code, code::BAD_ACCOUNTS);
}
