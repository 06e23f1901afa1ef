//! What is read of this machine, of root file systems and of images on disk: files made for the test, at each limit and one past it.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use plimsoll::diagnostics::{Code, Diagnostic, code};
use plimsoll::facts::accounts::of_rootfs;
use plimsoll::facts::datum::Kind;
use plimsoll::facts::host::Host as _;
use plimsoll::facts::image_source::{Choice, read};
use plimsoll::facts::limits;
use plimsoll::facts::live::LiveHost;
use plimsoll::schema::facts::HostField;
use serde_json::json;

use crate::live::folder::Folder;

/// Holds that a size says nothing, and one more says this alone.
fn exact(what: &str, limit: usize, message: &str, told: impl Fn(usize) -> Vec<String>) {
    assert_eq!(told(limit), [""; 0], "{what} of {limit}");
    assert_eq!(told(limit + 1), [message], "{what} of {limit} and one more");
}

fn told(host: &LiveHost) -> Vec<String> {
    host.problems().into_iter().map(|problem| problem.message).collect()
}

/// So many names of users.
fn users(count: usize) -> String {
    (0..count).fold(String::new(), |mut text, uid| {
        writeln!(text, "u{uid}:x:{uid}:1").unwrap();
        text
    })
}

/// A group, and so many names in all.
fn group(count: usize) -> String {
    format!("a:x:1:{}\n", "b,".repeat(count - 1))
}

#[test]
fn of_accounts() {
    let large = limits::ACCOUNTS_BYTES as usize;
    for (file, small, many) in [("passwd", "a:x:1:1\n", users as fn(usize) -> String), ("group", "a:x:1:\n", group)] {
        let folder = Folder::new();
        folder.dir("etc");
        let told = |text: String| {
            folder.file(&format!("etc/{file}"), text);
            let refused = of_rootfs(folder.path()).err();
            refused.map(|it| it.message.replace(&*folder.path().to_string_lossy(), "ROOTFS")).into_iter().collect()
        };
        let says = |what: &str| format!("`/etc/{file}` of the root file system `ROOTFS` {what}");
        let padded = |size: usize| format!("{small}{}", "#".repeat(size - small.len()));
        exact(file, large, &says("is larger than 16 MiB"), |size| told(padded(size)));
        exact(file, limits::ACCOUNTS, &says("lists more than 262144 names"), |count| told(many(count)));
    }
}

#[test]
fn of_files_of_the_host() {
    let large = limits::HOST_FILE_BYTES as usize;
    let folder = Folder::new();
    let first = "Character devices:\n  1 mem\n\n";
    let drivers = |size: usize| {
        folder.file("proc/devices", format!("{first}{}", " ".repeat(size - first.len())));
        let host = LiveHost::under(folder.path(), []);
        assert_eq!(host.major("mem").is_some(), size == large);
        told(&host)
    };
    exact("drivers", large, "`/proc/devices` is larger than 16 MiB", drivers);
    let groups = |text: String| {
        folder.file("etc/group", text);
        let host = LiveHost::under(folder.path(), []);
        assert!(matches!(host.field(HostField::Groups).kind, Kind::Map(_)));
        told(&host)
    };
    let padded = |size: usize| format!("a:x:1:\n{}", "#".repeat(size - 7));
    exact("groups", large, "`/etc/group` is larger than 16 MiB", |size| groups(padded(size)));
    let many = "`/etc/group` lists more than 262144 names";
    exact("names of groups", limits::ACCOUNTS, many, |count| groups(group(count)));
}

/// Two folders are looked at, then 256 names of the one and 254 of the other, and for each folder among them its own again.
#[test]
fn of_globs() {
    let folder = Folder::new();
    (0..254).for_each(|name| drop(folder.dir(&format!("dev/a/{name}"))));
    ["x", "y"].iter().for_each(|name| folder.file(&format!("dev/a/{name}"), ""));
    (0..254).for_each(|name| folder.file(&format!("dev/b/{name}"), ""));
    assert_eq!(2 + 256 + 254 * 256 + 254, limits::GLOB);
    let glob = || {
        let host = LiveHost::under(folder.path(), []);
        (host.glob("/dev/?/*/../*").len(), told(&host))
    };
    assert_eq!(glob(), (254 * 256, Vec::new()));
    folder.file("dev/b/more", "");
    assert_eq!(glob().1, ["`/dev/?/*/../*` matches in folders of more than 65536 names"]);
}

/// What reading an image says, with the folder's name taken out.
fn image(folder: &Folder, path: &Path) -> Vec<(Code, String)> {
    let told = |it: Diagnostic| (it.code, it.message.replace(&*folder.path().to_string_lossy(), "TEMP"));
    read(path, Choice::default()).err().map(told).into_iter().collect()
}

/// An entry of a tar archive, as POSIX has it, without what pads its content to whole blocks.
fn entry(name: &str, kind: u8, size: usize) -> [u8; 512] {
    let mut header = [0; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    header[148..156].fill(b' ');
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

fn with_content(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = [&entry(name, kind, content.len()), content].concat();
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

/// An archive of an image, behind other entries.
fn archive(folder: &Folder, entries: &[u8]) -> Vec<(Code, String)> {
    let path = folder.path().join("image.tar");
    let mut file = File::create(&path).unwrap();
    file.write_all(entries).unwrap();
    file.write_all(&with_content("manifest.json", b'0', json!([{ "Config": "a.json" }]).to_string().as_bytes()))
        .unwrap();
    file.write_all(&with_content("a.json", b'0', b"{}")).unwrap();
    file.write_all(&[0; 1024]).unwrap();
    drop(file);
    image(folder, &path)
}

#[test]
fn of_archives() {
    let folder = Folder::new();
    let damaged = |why: &str| vec![(code::BAD_IMAGE, format!("`TEMP/image.tar` is a damaged archive: {why}"))];
    // Two more are the image, and the end is looked for where one more could stand.
    let folders = entry("d/", b'5', 0);
    assert_eq!(archive(&folder, &folders.repeat(limits::ARCHIVE_ENTRIES - 3)), []);
    let many = damaged("it has more than 262144 entries");
    assert_eq!(archive(&folder, &folders.repeat(limits::ARCHIVE_ENTRIES - 2)), many);
    let long = |length: usize| with_content("././@LongLink", b'L', &vec![b'a'; length]);
    assert_eq!(archive(&folder, &[long(1 << 16), folders.to_vec()].concat()), []);
    let too_long = damaged("the entry at byte 0 has too long a name");
    assert_eq!(archive(&folder, &[long((1 << 16) + 1), folders.to_vec()].concat()), too_long);
}

/// A file, a file of a folder and one of an archive.
#[test]
fn of_configurations_on_disk() {
    let folder = Folder::new();
    let config = |size: usize| format!("{{}}{}", " ".repeat(size - 2));
    let told = |name: &str| vec![(code::TOO_LARGE, format!("`{name}` is larger than 4 MiB"))];
    for size in [limits::IMAGE_BYTES, limits::IMAGE_BYTES + 1] {
        let fits = size == limits::IMAGE_BYTES;
        folder.file("image.json", config(size));
        let found = image(&folder, &folder.path().join("image.json"));
        assert_eq!(found, if fits { Vec::new() } else { told("TEMP/image.json") });
        folder.file("saved/manifest.json", json!([{ "Config": "a.json" }]).to_string());
        folder.file("saved/a.json", config(size));
        let of = |store: &str| vec![(code::TOO_LARGE, format!("`a.json` of `TEMP/{store}` is larger than 4 MiB"))];
        let found = image(&folder, &folder.path().join("saved"));
        assert_eq!(found, if fits { Vec::new() } else { of("saved") });
        // The last of two with one name counts: here that is the small one, whatever the first is.
        assert_eq!(archive(&folder, &with_content("a.json", b'0', config(size).as_bytes())), []);
        let path = folder.path().join("large.tar");
        let manifest = json!([{ "Config": "a.json" }]).to_string();
        let parts = [
            with_content("a.json", b'0', config(size).as_bytes()),
            with_content("manifest.json", b'0', manifest.as_bytes()),
        ];
        std::fs::write(&path, parts.concat()).unwrap();
        assert_eq!(image(&folder, &path), if fits { Vec::new() } else { of("large.tar") });
    }
}

/// Indices in indices, the last of which leads to an image.
#[test]
fn of_indices() {
    const INDEX: &str = "application/vnd.oci.image.index.v1+json";
    const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
    let told = |levels: usize| {
        let folder = Folder::new();
        let blob = |number: usize, media_type: &str, content: serde_json::Value| {
            folder.file(&format!("blobs/sha256/{number:064x}"), content.to_string());
            json!({ "mediaType": media_type, "digest": format!("sha256:{number:064x}"), "size": 0 })
        };
        let config = blob(100, CONFIG, json!({ "config": {} }));
        let manifest = blob(101, MANIFEST, json!({ "config": config, "layers": [] }));
        let nest = |inner, number| blob(number, INDEX, json!({ "manifests": [inner] }));
        // `index.json` is the first.
        let outermost = (1..levels).fold(manifest, nest);
        folder.file("index.json", json!({ "manifests": [outermost] }).to_string());
        image(&folder, folder.path())
    };
    assert_eq!(told(4), []);
    assert_eq!(told(5), [(code::TOO_DEEP, "`TEMP` has indices nested more than 4 deep".to_owned())]);
}
