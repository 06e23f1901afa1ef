//! Where an image's configuration is kept on disk: a JSON file, an OCI image layout, or an archive of images.
//!
//! A layout or archive is as untrusted as the image in it: no link in it is followed out of it, what is read is bounded,
//! and names lead to nothing but its blobs. Digests are not computed: whoever fetched the image did that.

mod format;
mod store;
mod tar;

use std::borrow::Cow;
use std::path::Path;

use self::format::{Descriptor, Index, Kind, Manifest, Saved};
use self::store::{Opened, Store};
use super::limits;
use crate::diagnostics::{Code, Diagnostic, code};
use crate::facts::text::shown;

/// Which image is meant, where a layout or archive holds several.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choice<'c> {
    /// Its name there: `org.opencontainers.image.ref.name` of a layout, a tag of an archive.
    pub name: Option<&'c str>,
    /// Its processor, as image indices spell it: `amd64`.
    pub arch: Option<&'c str>,
}

/// An image's configuration, for `image` of [`Request::builder`](super::request::Request::builder).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageConfig {
    /// What messages call it: the file, and what was read in it.
    pub name: String,
    /// The `config` object, or the whole that has one.
    pub json: String,
}

/// Reads the configuration of an image from a JSON file, the folder of an OCI image layout, or an archive that
/// `docker save` or an OCI tool wrote. Compressed archives are not read.
///
/// # Errors
///
/// If there is no image, or several and no choice among them; if a file is missing, too large, or not of the type it
/// should be of.
pub fn read(path: &Path, choice: Choice<'_>) -> Result<ImageConfig, Diagnostic> {
    let shown = shown(&path.to_string_lossy()).into_owned();
    let opened = store::open(path);
    match opened.map_err(|why| Diagnostic::new(why.code(), format!("`{shown}` {}", why.said())))? {
        Opened::Text(bytes) => plain(&shown, bytes),
        Opened::Compressed(with) => {
            let message = format!("`{shown}` is compressed with {with}");
            Err(bad(message).help(format!("unpack it first: `{with} -d`")))
        }
        Opened::Store(store) => Image { shown, store, choice }.config(),
    }
}

fn bad(message: String) -> Diagnostic {
    Diagnostic::new(code::BAD_IMAGE, message)
}

/// A configuration by itself. What people take for one is said to be something else, because a configuration may have any
/// key: nothing would be read of it, and nobody told.
fn plain(shown: &str, bytes: Vec<u8>) -> Result<ImageConfig, Diagnostic> {
    let json = String::from_utf8(bytes)
        .map_err(|_| Diagnostic::new(code::NOT_UTF8, format!("`{shown}` is neither JSON in UTF-8 nor an archive")))?;
    match format::mistaken(&json) {
        Some((what, help)) => Err(bad(format!("`{shown}` is {what}, not an image's configuration")).help(help)),
        None => Ok(ImageConfig { name: shown.to_owned(), json }),
    }
}

/// A digest, whole, since its end may be what tells it from another; anything longer as other texts are shown.
fn label(file: &str) -> Cow<'_, str> {
    let plain = file.len() <= 160 && file.chars().all(|c| c.is_ascii_graphic());
    if plain { Cow::Borrowed(file) } else { shown(file) }
}

/// A layout or archive that is open.
struct Image<'c> {
    shown: String,
    store: Store,
    choice: Choice<'c>,
}

/// Indices inside of indices.
const DEPTH: usize = 4;

impl Image<'_> {
    fn config(mut self) -> Result<ImageConfig, Diagnostic> {
        let file = match self.get("manifest.json")? {
            Some(bytes) => self.saved(&bytes)?,
            None => match self.get("index.json")? {
                Some(bytes) => self.layout(&bytes)?,
                None => {
                    let diagnostic = bad(format!("`{}` holds no image", self.shown));
                    return Err(
                        diagnostic.help("an image layout has an `index.json`, a saved archive a `manifest.json`")
                    );
                }
            },
        };
        let bytes = self.blob(&file)?;
        let name = format!("{}/{}", self.shown, label(&file));
        plain(&name, bytes).map(|config| ImageConfig { name, ..config })
    }

    /// The file of the configuration, by an archive's list of images.
    fn saved(&self, bytes: &[u8]) -> Result<String, Diagnostic> {
        let mut images: Vec<Saved> = self.parse("manifest.json", "list of saved images", bytes)?;
        if let Some(name) = self.choice.name {
            images.retain(|image| image.tags().iter().any(|tag| tag == name));
        }
        let named = images.into_iter().map(|image| (image.tags().first().cloned().unwrap_or_default(), image.config));
        self.only(named.collect())
    }

    /// The file of the configuration, by a layout's index.
    fn layout(&mut self, bytes: &[u8]) -> Result<String, Diagnostic> {
        let mut index: Index = self.parse("index.json", "image index", bytes)?;
        if let Some(name) = self.choice.name {
            index.manifests.retain(|descriptor| descriptor.is_named(name));
        }
        for _ in 0..DEPTH {
            let chosen = self.platform(index.manifests)?;
            let Some(kind @ (Kind::Index | Kind::Manifest)) = chosen.kind() else {
                return Err(self.wrong_type(&chosen));
            };
            let file = self.file_of(&chosen)?;
            let bytes = self.blob(&file)?;
            if kind == Kind::Index {
                index = self.parse(&file, "image index", &bytes)?;
                continue;
            }
            let Manifest { config } = self.parse(&file, "image manifest", &bytes)?;
            return match config.kind() {
                Some(Kind::Config) => self.file_of(&config),
                _ => Err(self.wrong_type(&config)),
            };
        }
        Err(Diagnostic::new(code::TOO_DEEP, format!("`{}` has indices nested more than {DEPTH} deep", self.shown)))
    }

    /// The one image that is meant: of the chosen processor, if there are several.
    fn platform(&self, mut found: Vec<Descriptor>) -> Result<Descriptor, Diagnostic> {
        found.retain(Descriptor::is_image);
        if found.len() > 1
            && let Some(arch) = self.choice.arch
        {
            found.retain(|descriptor| descriptor.arch().is_none_or(|own| own == arch));
        }
        let labelled = found.into_iter().map(|descriptor| (descriptor.label(), descriptor));
        self.only(labelled.collect())
    }

    fn only<T>(&self, mut found: Vec<(String, T)>) -> Result<T, Diagnostic> {
        let names: Vec<String> =
            found.iter().map(|(name, _)| name).filter(|name| !name.is_empty()).take(20).cloned().collect();
        match (found.pop(), found.is_empty()) {
            (Some((_, only)), true) => Ok(only),
            (None, _) => {
                let Choice { name, arch } = self.choice;
                let wanted = [name, arch].into_iter().flatten().map(|part| format!(" `{}`", shown(part)));
                Err(bad(format!("`{}` holds no image{}", self.shown, wanted.collect::<String>())))
            }
            (Some(_), false) => {
                let diagnostic = bad(format!("`{}` holds several images and none of them is chosen", self.shown));
                let names: Vec<String> = names.iter().map(|name| format!("`{}`", shown(name))).collect();
                Err(diagnostic.help(format!("choose one of {}", names.join(", "))))
            }
        }
    }

    fn wrong_type(&self, descriptor: &Descriptor) -> Diagnostic {
        let (digest, media_type) = (label(&descriptor.digest), shown(&descriptor.media_type));
        let message = format!("`{}` in `{}` has the type `{media_type}`, which is no image's", digest, self.shown);
        bad(message).help("it may be another kind of artifact, or of a later version")
    }

    /// Where a blob lies; a digest that is none could lead anywhere.
    fn file_of(&self, descriptor: &Descriptor) -> Result<String, Diagnostic> {
        descriptor
            .file()
            .ok_or_else(|| bad(format!("`{}` in `{}` is no digest", shown(&descriptor.digest), self.shown)))
    }

    fn blob(&mut self, file: &str) -> Result<Vec<u8>, Diagnostic> {
        match self.get(file)? {
            Some(bytes) => Ok(bytes),
            None => Err(Diagnostic::new(code::UNREADABLE, format!("`{}` is not in `{}`", label(file), self.shown))),
        }
    }

    fn get(&mut self, file: &str) -> Result<Option<Vec<u8>>, Diagnostic> {
        let read = self.store.get(file, limits::IMAGE_BYTES as u64);
        read.map_err(|why| {
            let code: Code = store::code_of(&why);
            Diagnostic::new(code, format!("`{}` of `{}` {}", label(file), self.shown, why.said()))
        })
    }

    fn parse<T: serde::de::DeserializeOwned>(&self, file: &str, what: &str, bytes: &[u8]) -> Result<T, Diagnostic> {
        serde_json::from_slice(bytes).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let file = label(file);
            bad(format!("`{file}` of `{}` is no {what}, as line {line}, column {column} shows", self.shown))
        })
    }
}
