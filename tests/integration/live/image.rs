//! Configurations of images in files, layouts and archives.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll::diagnostics::{Code, code};
use plimsoll::facts::image_source::{Choice, read};
use plimsoll::facts::request::Request;
use plimsoll::schema::facts::FactSchema;
use serde_json::{Value, json};

use super::folder::Folder;
use crate::facts::{fail, flatten};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// A digest like no other, and its blob's file.
fn digest(number: u64) -> (String, String) {
    (format!("sha256:{number:064x}"), format!("blobs/sha256/{number:064x}"))
}

/// A blob with a descriptor of it.
fn blob(folder: &Folder, number: u64, media_type: &str, content: &Value) -> Value {
    let (digest, file) = digest(number);
    folder.file(&file, content.to_string());
    json!({ "mediaType": media_type, "digest": digest, "size": content.to_string().len() })
}

/// An image whose working directory tells it from others.
fn image(folder: &Folder, number: u64, dir: &str) -> Value {
    let config = json!({ "architecture": "amd64", "os": "linux", "config": { "WorkingDir": dir }, "rootfs": {} });
    let config = blob(folder, number, CONFIG, &config);
    blob(folder, number + 1, MANIFEST, &json!({ "schemaVersion": 2, "config": config, "layers": [] }))
}

fn with(mut descriptor: Value, key: &str, value: Value) -> Value {
    descriptor[key] = value;
    descriptor
}

fn named(descriptor: Value, name: &str) -> Value {
    with(descriptor, "annotations", json!({ "org.opencontainers.image.ref.name": name }))
}

fn built_for(descriptor: Value, arch: &str) -> Value {
    with(descriptor, "platform", json!({ "architecture": arch, "os": "linux" }))
}

fn layout(folder: &Folder, manifests: Value) {
    folder.file("oci-layout", r#"{"imageLayoutVersion": "1.0.0"}"#);
    folder.file("index.json", json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests }).to_string());
}

/// The working directory of what is read, as a rule would see it.
fn working_dir(path: &Path, choice: Choice<'_>) -> String {
    let config = read(path, choice).unwrap_or_else(|diagnostic| panic!("{diagnostic:?}"));
    let deployment = "{version: v1, deployment: test, services: {web: {image: {name: a}}}}";
    let request = Request::builder("deployment", deployment).image(config.name, config.json);
    let facts = request.build(&FactSchema::standard()).and_then(|request| request.facts()).unwrap_or_else(fail);
    let mut out = String::new();
    let shape = plimsoll::schema::shape::Shape::Record(FactSchema::standard().image);
    flatten(&mut out, "image", &shape, &facts.image, false);
    let dir = out.lines().find_map(|line| line.strip_prefix("image.workingDir = \"")?.strip_suffix('"'));
    dir.unwrap_or_default().to_owned()
}

/// What is said, with the folder's name taken out, and the help.
fn refused(folder: &Folder, path: &Path, choice: Choice<'_>) -> (Code, String, Option<String>) {
    let diagnostic = read(path, choice).expect_err("no image");
    let message = diagnostic.message.replace(&*folder.path().to_string_lossy(), "TEMP");
    (diagnostic.code, message, diagnostic.help)
}

fn tar(folder: &Folder, of: &str, format: &str) -> PathBuf {
    let archive = folder.path().join(format!("{}.{format}.tar", of.replace('/', "_")));
    let mut command = Command::new("tar");
    command.arg("-C").arg(folder.path().join(of)).arg(format!("--format={format}")).arg("-cf").arg(&archive).arg(".");
    assert!(command.status().expect("tar is installed").success());
    archive
}

#[test]
fn a_file_holds_the_object_or_the_whole() {
    let folder = Folder::new();
    let file = folder.path().join("image.json");
    for json in [
        json!({ "WorkingDir": "/srv" }),
        json!({ "architecture": "amd64", "config": { "WorkingDir": "/srv" } }),
        json!({ "Config": {}, "config": { "WorkingDir": "/srv" } }),
    ] {
        folder.file("image.json", json.to_string());
        assert_eq!(working_dir(&file, Choice::default()), "/srv", "{json}");
    }
    folder.file("image.json", r#"{"architecture": "amd64", "config": null}"#);
    assert_eq!(working_dir(&file, Choice::default()), "");
    assert_eq!(read(&file, Choice::default()).expect("a file").name, file.to_string_lossy());
}

#[test]
fn what_is_taken_for_a_configuration_is_refused() {
    let folder = Folder::new();
    let file = folder.path().join("image.json");
    for (content, code, message) in [
        (" [{}]".into(), code::BAD_IMAGE, "`TEMP/image.json` is a list, not an image's configuration"),
        (
            json!({ "manifests": [] }).to_string(),
            code::BAD_IMAGE,
            "`TEMP/image.json` is an image index, not an image's configuration",
        ),
        (
            json!({ "config": {}, "layers": [] }).to_string(),
            code::BAD_IMAGE,
            "`TEMP/image.json` is an image manifest, not an image's configuration",
        ),
        (
            json!({ "Id": "", "Config": {} }).to_string(),
            code::BAD_IMAGE,
            "`TEMP/image.json` is what an inspection of an image prints, not an image's configuration",
        ),
    ] {
        folder.file("image.json", content);
        let (found, said, help) = refused(&folder, &file, Choice::default());
        assert_eq!((found, &*said), (code, message));
        assert!(help.is_some());
    }
    folder.file("image.json", b"\xff\xfe");
    let (code, message, _) = refused(&folder, &file, Choice::default());
    assert_eq!((code, &*message), (code::NOT_UTF8, "`TEMP/image.json` is neither JSON in UTF-8 nor an archive"));
    folder.file("image.json", b"\x1f\x8b\x08\x00");
    let (code, message, help) = refused(&folder, &file, Choice::default());
    assert_eq!((code, &*message), (code::BAD_IMAGE, "`TEMP/image.json` is compressed with gzip"));
    assert_eq!(help.as_deref(), Some("unpack it first: `gzip -d`"));
    folder.sparse("image.json", 100 << 20);
    let (code, message, _) = refused(&folder, &file, Choice::default());
    assert_eq!((code, &*message), (code::TOO_LARGE, "`TEMP/image.json` is larger than 4 MiB"));
    let (code, message, _) = refused(&folder, &folder.path().join("none"), Choice::default());
    let expected = "`TEMP/none` cannot be read: No such file or directory (os error 2)";
    assert_eq!((code, &*message), (code::UNREADABLE, expected));
}

/// A value of the wrong type inside of a configuration is said of the file that it is in.
#[test]
fn a_configuration_of_the_wrong_type_is_refused_where_it_is() {
    let folder = Folder::new();
    let config = blob(&folder, 1, CONFIG, &json!({ "config": { "Env": "A=1" } }));
    layout(&folder, json!([blob(&folder, 2, MANIFEST, &json!({ "config": config, "layers": [] }))]));
    let config = read(folder.path(), Choice::default()).expect("a layout");
    assert_eq!(config.name, format!("{}/{}", folder.path().display(), digest(1).1));
    let request = Request::builder("d", "{version: v1, deployment: test, services: {web: {image: {name: a}}}}");
    let report = request.image("image", config.json).build(&FactSchema::standard()).expect_err("a wrong type");
    assert_eq!(report.diagnostics[0].code, code::WRONG_INPUT_TYPE);
    assert_eq!(report.diagnostics[0].message, "`image.config.Env` takes a list, not text");
}

#[test]
fn a_layout_leads_to_its_configuration() {
    let folder = Folder::new();
    layout(&folder, json!([image(&folder, 1, "/one")]));
    assert_eq!(working_dir(folder.path(), Choice::default()), "/one");
    for format in ["ustar", "gnu", "pax"] {
        let inner = Folder::new();
        layout(&inner, json!([image(&inner, 1, "/archived")]));
        inner.dir("in");
        for part in ["index.json", "oci-layout", "blobs"] {
            std::fs::rename(inner.path().join(part), inner.path().join("in").join(part)).expect("a new name");
        }
        assert_eq!(working_dir(&tar(&inner, "in", format), Choice::default()), "/archived", "{format}");
    }
}

#[test]
fn one_of_several_is_chosen_by_name_and_processor() {
    let folder = Folder::new();
    let (amd, arm) = (built_for(image(&folder, 1, "/amd"), "amd64"), built_for(image(&folder, 3, "/arm"), "arm64"));
    let companion = with(
        image(&folder, 5, "/companion"),
        "annotations",
        json!({ "vnd.docker.reference.type": "attestation-manifest" }),
    );
    let windows = with(image(&folder, 7, "/windows"), "platform", json!({ "architecture": "amd64", "os": "windows" }));
    let many = blob(&folder, 9, INDEX, &json!({ "manifests": [amd, arm, companion, windows] }));
    layout(&folder, json!([named(many, "many"), named(image(&folder, 11, "/single"), "single")]));
    let choice = |name, arch| Choice { name, arch };
    assert_eq!(working_dir(folder.path(), choice(Some("many"), Some("amd64"))), "/amd");
    assert_eq!(working_dir(folder.path(), choice(Some("many"), Some("arm64"))), "/arm");
    assert_eq!(working_dir(folder.path(), choice(Some("single"), Some("riscv64"))), "/single");
    let several = "`TEMP` holds several images and none of them is chosen".to_owned();
    let refused = |name, arch| refused(&folder, folder.path(), choice(name, arch));
    let help = |names: &str| Some(format!("choose one of {names}"));
    assert_eq!(refused(None, None), (code::BAD_IMAGE, several.clone(), help("`many`, `single`")));
    assert_eq!(refused(Some("many"), None), (code::BAD_IMAGE, several, help("`amd64`, `arm64`")));
    assert_eq!(refused(Some("none"), None), (code::BAD_IMAGE, "`TEMP` holds no image `none`".to_owned(), None));
    let message = "`TEMP` holds no image `many` `s390x`".to_owned();
    assert_eq!(refused(Some("many"), Some("s390x")), (code::BAD_IMAGE, message, None));
}

#[test]
fn a_saved_archive_leads_to_its_configuration() {
    let folder = Folder::new();
    folder.file("in/a.json", json!({ "config": { "WorkingDir": "/a" } }).to_string());
    folder.file("in/blobs/sha256/b", json!({ "config": { "WorkingDir": "/b" } }).to_string());
    folder.file("in/layer.tar", vec![7_u8; 5000]);
    let images = json!([
        { "Config": "a.json", "RepoTags": ["a:1", "a:2"], "Layers": ["layer.tar"] },
        { "Config": "blobs/sha256/b", "RepoTags": null, "Layers": [] },
    ]);
    folder.file("in/manifest.json", images.to_string());
    let long = format!("in/{}/{}", "d".repeat(90), "f".repeat(90));
    folder.file(&long, "a name that fits no header of the oldest kind");
    for format in ["ustar", "gnu", "pax"] {
        let archive = tar(&folder, "in", format);
        assert_eq!(working_dir(&archive, Choice { name: Some("a:2"), arch: None }), "/a", "{format}");
        let (code, message, _) = refused(&folder, &archive, Choice::default());
        let expected = format!("`TEMP/in.{format}.tar` holds several images and none of them is chosen");
        assert_eq!((code, message), (code::BAD_IMAGE, expected));
    }
    folder.file("in/manifest.json", json!([{ "Config": "blobs/sha256/b" }]).to_string());
    assert_eq!(working_dir(&tar(&folder, "in", "pax"), Choice::default()), "/b");
    assert_eq!(working_dir(&folder.path().join("in"), Choice::default()), "/b", "unpacked");
}

#[test]
fn nothing_outside_is_read() {
    let folder = Folder::new();
    let (outside, layout_path) = (folder.path().join("outside.json"), folder.path().join("in"));
    folder.file("outside.json", r#"{"config": {"WorkingDir": "/outside"}}"#);
    folder.dir("in");
    for config in ["../outside.json", "/etc/passwd", &*outside.to_string_lossy()] {
        folder.file("in/manifest.json", json!([{ "Config": config }]).to_string());
        let (code, message, _) = refused(&folder, &layout_path, Choice::default());
        assert_eq!(code, code::UNREADABLE, "{config}");
        assert!(message.ends_with("is not in `TEMP/in`"), "{message}");
    }
    symlink(&outside, layout_path.join("link.json")).expect("a new link");
    folder.file("in/manifest.json", json!([{ "Config": "link.json" }]).to_string());
    let (code, message, _) = refused(&folder, &layout_path, Choice::default());
    let expected = "`link.json` of `TEMP/in` is a link that leads nowhere inside of it";
    assert_eq!((code, &*message), (code::UNREADABLE, expected));
    folder.remove("in/manifest.json");
    for digest in ["sha256:../../../outside.json", "sha256", "sha256:", ":ab", "sha256:a/b"] {
        folder.file("in/index.json", json!({ "manifests": [{ "mediaType": MANIFEST, "digest": digest }] }).to_string());
        let (code, message, _) = refused(&folder, &layout_path, Choice::default());
        assert_eq!((code, message), (code::BAD_IMAGE, format!("`{digest}` in `TEMP/in` is no digest")));
    }
}

#[test]
fn layouts_that_are_broken_are_refused() {
    let refuse = |make: &dyn Fn(&Folder)| {
        let folder = Folder::new();
        make(&folder);
        let (code, message, _) = refused(&folder, folder.path(), Choice::default());
        (code, message)
    };
    let bad = |message: &str| (code::BAD_IMAGE, message.to_owned());
    assert_eq!(refuse(&|_| ()), bad("`TEMP` holds no image"));
    assert_eq!(refuse(&|folder| layout(folder, json!([]))), bad("`TEMP` holds no image"));
    let index = |text: &'static str| move |folder: &Folder| folder.file("index.json", text);
    let shows = "`index.json` of `TEMP` is no image index, as line 1, column";
    assert_eq!(refuse(&index("[]")), bad(&format!("{shows} 2 shows")));
    assert_eq!(refuse(&index(r#"{"manifests": 1}"#)), bad(&format!("{shows} 15 shows")));
    assert_eq!(refuse(&index("{")), bad(&format!("{shows} 1 shows")));
    let helm = "application/vnd.cncf.helm.config.v1+json";
    let artifact = |folder: &Folder| {
        let config = blob(folder, 1, helm, &json!({}));
        layout(folder, json!([blob(folder, 2, MANIFEST, &json!({ "config": config }))]));
    };
    let (code, message) = refuse(&artifact);
    assert_eq!(code, code::BAD_IMAGE);
    assert!(message.ends_with(&format!("in `TEMP` has the type `{helm}`, which is no image's")), "{message}");
    let missing = |folder: &Folder| layout(folder, json!([{ "mediaType": MANIFEST, "digest": "sha256:ab" }]));
    assert_eq!(refuse(&missing), (code::UNREADABLE, "`blobs/sha256/ab` is not in `TEMP`".to_owned()));
    let nested = |folder: &Folder| {
        let own = json!({ "mediaType": INDEX, "digest": digest(1).0 });
        blob(folder, 1, INDEX, &json!({ "manifests": [own] }));
        layout(folder, json!([own]));
    };
    assert_eq!(refuse(&nested), (code::TOO_DEEP, "`TEMP` has indices nested more than 4 deep".to_owned()));
    let large = |folder: &Folder| folder.sparse("index.json", 100 << 20);
    assert_eq!(refuse(&large), (code::TOO_LARGE, "`index.json` of `TEMP` is larger than 4 MiB".to_owned()));
}

#[test]
fn archives_that_are_broken_are_refused() {
    let folder = Folder::new();
    folder.file("in/manifest.json", json!([{ "Config": "a.json" }]).to_string());
    folder.file("in/a.json", "x".repeat(2000));
    let archive = tar(&folder, "in", "ustar");
    let whole = std::fs::read(&archive).expect("an archive that was just made");
    let refuse = |bytes: &[u8]| {
        std::fs::write(&archive, bytes).expect("an archive that was just made");
        let (code, message, _) = refused(&folder, &archive, Choice::default());
        (code, message.replace("`TEMP/in.ustar.tar` is a damaged archive: ", ""))
    };
    for cut in [700, 1200, 2600] {
        let (code, message) = refuse(&whole[..cut]);
        assert!(code == code::BAD_IMAGE && message.contains(" at byte "), "{cut}: {message}");
    }
    let mut changed = whole.clone();
    changed[512 + 124] ^= 1;
    assert_eq!(refuse(&changed), (code::BAD_IMAGE, "there is no header at byte 512".to_owned()));
    // Every byte of the first headers, changed: never more than a diagnostic, and never a hang.
    for at in 0..1536 {
        let mut changed = whole.clone();
        changed[at] = changed[at].wrapping_add(1);
        std::fs::write(&archive, &changed).expect("an archive that was just made");
        let _ = read(&archive, Choice::default());
    }
}
