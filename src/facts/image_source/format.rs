//! What of an image layout or archive leads to an image's configuration (OCI image spec: `image-layout.md`,
//! `image-index.md`, `manifest.md`, `descriptor.md`). Other keys are not looked at.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// What a blob is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Index,
    Manifest,
    Config,
}

/// By media type: those of the OCI, and those of Docker that they grew from.
const KINDS: &[(&str, Kind)] = &[
    ("application/vnd.oci.image.index.v1+json", Kind::Index),
    ("application/vnd.docker.distribution.manifest.list.v2+json", Kind::Index),
    ("application/vnd.oci.image.manifest.v1+json", Kind::Manifest),
    ("application/vnd.docker.distribution.manifest.v2+json", Kind::Manifest),
    ("application/vnd.oci.image.config.v1+json", Kind::Config),
    ("application/vnd.docker.container.image.v1+json", Kind::Config),
];

/// Annotations that give an image its name.
const NAMES: &[&str] = &["org.opencontainers.image.ref.name", "io.containerd.image.name"];
/// The annotation of what only goes with an image, such as its provenance.
const COMPANION: &str = "vnd.docker.reference.type";

#[derive(Debug, Deserialize)]
pub(super) struct Index {
    pub(super) manifests: Vec<Descriptor>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Manifest {
    pub(super) config: Descriptor,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    pub(super) media_type: String,
    pub(super) digest: String,
    platform: Option<Platform>,
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
struct Platform {
    architecture: String,
    os: String,
}

/// An entry of an archive's `manifest.json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Saved {
    pub(super) config: String,
    repo_tags: Option<Vec<String>>,
}

impl Saved {
    pub(super) fn tags(&self) -> &[String] {
        self.repo_tags.as_deref().unwrap_or_default()
    }
}

impl Descriptor {
    pub(super) fn kind(&self) -> Option<Kind> {
        KINDS.iter().find(|(name, _)| *name == self.media_type).map(|(_, kind)| *kind)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let named = |name: &&str| self.annotations.as_ref()?.get(*name).map(String::as_str);
        NAMES.iter().filter_map(named)
    }

    pub(super) fn is_named(&self, name: &str) -> bool {
        self.names().any(|own| own == name)
    }

    /// Whether it is a Linux image, or does not say what it is.
    pub(super) fn is_image(&self) -> bool {
        let companion = self.annotations.as_ref().is_some_and(|annotations| annotations.contains_key(COMPANION));
        !companion && self.platform.as_ref().is_none_or(|platform| platform.os == "linux")
    }

    pub(super) fn arch(&self) -> Option<&str> {
        self.platform.as_ref().map(|platform| &*platform.architecture)
    }

    /// What tells it from its neighbours.
    pub(super) fn label(&self) -> String {
        self.names().next().or(self.arch()).unwrap_or(&self.digest).to_owned()
    }

    /// The file of the blob, in a layout.
    pub(super) fn file(&self) -> Option<String> {
        let (algorithm, hash) = self.digest.split_once(':')?;
        let word = |text: &str| (1..=128).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric());
        (word(algorithm) && word(hash)).then(|| format!("blobs/{algorithm}/{hash}"))
    }
}

/// What a JSON text is, if it is something that people take for an image's configuration, and what to do.
pub(super) fn mistaken(json: &str) -> Option<(&'static str, &'static str)> {
    const INSPECTED: &str = "give the object under `Config`";
    if json.trim_start().starts_with('[') {
        return Some(("a list", "of what `docker inspect` prints, give the object under `Config` of one element"));
    }
    let keys: BTreeMap<String, IgnoredAny> = serde_json::from_str(json).ok()?;
    let has = |key: &str| keys.contains_key(key);
    if has("manifests") {
        Some(("an image index", "give the whole image layout, or the configuration itself"))
    } else if has("layers") && has("config") {
        Some(("an image manifest", "give the whole image layout, or the blob that its `config` names"))
    } else if has("Config") && !has("config") {
        Some(("what an inspection of an image prints", INSPECTED))
    } else {
        None
    }
}
