//! Reading files: each whole, as UTF-8 and never more of it than its limit; all that cannot be read is reported at
//! once.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use plimsoll::diagnostics::{Diagnostic, Report, code, nearest};
use plimsoll::levels::SETTINGS;
use plimsoll::policy::{Layers, TESTS};
use plimsoll::source::{SourceMap, Span};

use super::machine;
use super::rewrite::changed;

/// Bytes of one file of rules.
pub(super) const RULES_BYTES: usize = 1 << 20;
/// Bytes of all files of rules together.
const LAYERS_BYTES: usize = 64 << 20;
/// Bytes of a compiled policy, which holds its rules and about as much again.
const COMPILED_BYTES: usize = 4 * LAYERS_BYTES;
/// Names of a folder that are looked through for one that may have been meant.
const NEIGHBOURS: usize = 1000;

/// A document and what diagnostics call it.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) name: String,
    pub(super) text: String,
}

/// The files of a run. What could not be read is empty until [`Inputs::finish`] says why.
#[derive(Debug)]
pub(super) struct Inputs {
    found: Vec<Diagnostic>,
    /// Texts that diagnostics point into; of files that are not UTF-8, as much as can be shown.
    pub(super) shown: SourceMap,
    /// Bytes of rules that may still be read; none once there were too many.
    room: Option<usize>,
    /// Whether files that hold only tests are read as well.
    tests: bool,
}

impl Default for Inputs {
    fn default() -> Self {
        Self { found: Vec::new(), shown: SourceMap::for_policy(), room: Some(LAYERS_BYTES), tests: false }
    }
}

impl Inputs {
    /// Files of layers that hold only tests are read too.
    pub(super) fn with_tests() -> Self {
        Self { tests: true, ..Self::default() }
    }

    /// Everything that could not be read, if there is any.
    pub(super) fn finish(self) -> Result<(), Report> {
        if self.found.is_empty() { Ok(()) } else { Err(Report::new(self.found, &[&self.shown])) }
    }

    /// Reads layers of rules, and the lock files that stand beside them, on top of others.
    pub(super) fn layers(&mut self, base: Layers, paths: &[PathBuf]) -> Layers {
        paths.iter().fold(base, |layers, path| {
            let layers = self.rules_of(layers, path);
            let lock = lock_file(path);
            if fs::symlink_metadata(&lock).is_err() {
                return layers;
            }
            let Document { name, text } = self.document(&lock, plimsoll::lock::MAX_BYTES);
            layers.lock(name, text)
        })
    }

    /// Reads layers of rules on top of others, whatever stands beside them.
    pub(super) fn unlocked_layers(&mut self, base: Layers, paths: &[PathBuf]) -> Layers {
        paths.iter().fold(base, |layers, path| self.rules_of(layers, path))
    }

    fn rules_of(&mut self, layers: Layers, path: &Path) -> Layers {
        if !path.is_dir() {
            let file = self.rules(path);
            return layers.layer(name(path), [(file.name, file.text)]);
        }
        let read = |it: &mut Self| it.folder(path).iter().map(|path| it.rules(path)).collect::<Vec<_>>();
        let files = self.settled(path, read);
        layers.layer(name(path), files.into_iter().map(|file| (file.name, file.text)))
    }

    /// Reads a folder of rules, which must not change meanwhile: half of the old rules and half of the new are neither.
    fn settled<T>(&mut self, folder: &Path, read: impl FnOnce(&mut Self) -> T) -> T {
        let (before, known) = (stamps(folder), self.found.len());
        let result = read(self);
        if stamps(folder) != before {
            // What was found is of a folder that never was.
            self.found.truncate(known);
            self.refuse(changed(folder));
        }
        result
    }

    /// Reads a file of at most `limit` bytes; `-` is standard input.
    pub(super) fn document_or_stdin(&mut self, path: &Path, limit: usize) -> Document {
        if path == Path::new("-") {
            let read = read(io::stdin().lock(), limit);
            return self.decode(path, "<stdin>".to_owned(), read, limit);
        }
        self.document(path, limit)
    }

    /// Reads a file of at most `limit` bytes.
    pub(super) fn document(&mut self, path: &Path, limit: usize) -> Document {
        let read = File::open(path).and_then(|file| read(file, limit));
        self.decode(path, name(path), read, limit)
    }

    /// Reads an image's configuration; `name` and `arch` choose where there are several.
    pub(super) fn image(&mut self, path: &Path, image: Option<&str>, arch: Option<&str>) -> Document {
        if let Err(error) = fs::metadata(path) {
            self.refuse(unreadable(path, &name(path), &error));
            return Document::default();
        }
        match machine::image(path, image, arch) {
            Ok(document) if document.text.trim().is_empty() => {
                self.refuse(empty(&document.name));
                document
            }
            Ok(document) => document,
            Err(diagnostic) => {
                self.refuse(diagnostic);
                Document::default()
            }
        }
    }

    fn rules(&mut self, path: &Path) -> Document {
        let Some(room) = self.room else { return Document::default() };
        let file = self.document(path, RULES_BYTES);
        self.room = room.checked_sub(file.text.len());
        if self.room.is_none() {
            let message =
                format!("with `{}`, the rules are larger than {} MiB together", file.name, LAYERS_BYTES >> 20);
            self.refuse(Diagnostic::new(code::TOO_LARGE, message));
        }
        file
    }

    /// The files of rules of a folder, and its settings.
    fn folder(&mut self, path: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(path).and_then(|entries| entries.map(|it| Ok(it?.path())).collect());
        let mut files: Vec<PathBuf> = match entries {
            Ok(entries) => entries,
            Err(error) => {
                self.refuse(unreadable(path, &name(path), &error));
                return Vec::new();
            }
        };
        let is_read = |file: &Path| is_rules(file) && (self.tests || !file.to_string_lossy().ends_with(TESTS));
        files.retain(|file| is_read(file) || is_settings(file));
        files.sort();
        if !files.iter().any(|file| is_rules(file)) {
            let message = format!("`{}` holds no `.plim` file", name(path));
            self.refuse(
                Diagnostic::new(code::UNREADABLE, message)
                    .help("a layer is a `.plim` file or a folder of them; folders inside it are not looked into"),
            );
        }
        // Opening a pipe would wait for somebody to write to it.
        let (files, others): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|file| fs::metadata(file).map_or(true, |file| file.is_file() || file.is_dir()));
        for other in others {
            let message = format!("`{}` cannot be read: it is no regular file", name(&other));
            self.refuse(Diagnostic::new(code::UNREADABLE, message));
        }
        files
    }

    /// Reads a compiled policy: what messages call its file, and the bytes.
    pub(super) fn compiled(&mut self, path: &Path) -> (String, Vec<u8>) {
        let name = name(path);
        let bytes = File::open(path).and_then(|file| read(file, COMPILED_BYTES));
        let bytes = bytes.map_err(|error| unreadable(path, &name, &error)).and_then(|bytes| match bytes.len() {
            0 => Err(empty(&name)),
            1..=COMPILED_BYTES => Ok(bytes),
            _ => Err(too_large(&name, COMPILED_BYTES)),
        });
        let bytes = bytes.unwrap_or_else(|diagnostic| {
            self.refuse(diagnostic);
            Vec::new()
        });
        (name, bytes)
    }

    fn decode(&mut self, path: &Path, name: String, read: io::Result<Vec<u8>>, limit: usize) -> Document {
        let text = match read {
            Err(error) => Err(unreadable(path, &name, &error)),
            Ok(bytes) if bytes.len() > limit => Err(too_large(&name, limit)),
            Ok(bytes) => String::from_utf8(bytes).map_err(|error| {
                let at = error.utf8_error().valid_up_to();
                self.not_utf8(&name, error.as_bytes(), at)
            }),
        };
        let text = text.and_then(|text| if text.trim().is_empty() { Err(empty(&name)) } else { Ok(text) });
        let text = text.unwrap_or_else(|diagnostic| {
            self.refuse(diagnostic);
            String::new()
        });
        Document { name, text }
    }

    /// Shows the first byte that is not UTF-8 among those that are.
    fn not_utf8(&mut self, name: &str, bytes: &[u8], at: usize) -> Diagnostic {
        let byte = bytes.get(at).copied().unwrap_or_default();
        let text = String::from_utf8_lossy(bytes);
        let end = at + char::REPLACEMENT_CHARACTER.len_utf8();
        let source = self.shown.add(name, text);
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Diagnostic::new(code::NOT_UTF8, format!("`{name}` is not UTF-8: byte {at} is 0x{byte:02x}"))
            .label(Span::new(source, offset(at), offset(end)), "not UTF-8 from here")
            .help("save it as UTF-8")
    }

    pub(super) fn refuse(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }
}

/// What shows that a folder of rules has changed: each file's length, and when it was written.
fn stamps(folder: &Path) -> BTreeMap<PathBuf, Option<(u64, SystemTime)>> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let stamp = |file: &Path| fs::metadata(file).and_then(|file| Ok((file.len(), file.modified()?))).ok();
    entries.filter(|file| is_rules(file) || is_settings(file)).map(|file| (file.clone(), stamp(&file))).collect()
}

/// Where the lock file of a layer is: in its folder, or beside its file.
pub(super) fn lock_file(layer: &Path) -> PathBuf {
    if layer.is_dir() {
        return layer.join("plimsoll.lock");
    }
    let mut path = layer.as_os_str().to_owned();
    path.push(".lock");
    path.into()
}

/// What diagnostics call a file: its path as it was given.
pub(super) fn name(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// One byte more than the limit tells that there is more.
fn read(source: impl Read, limit: usize) -> io::Result<Vec<u8>> {
    // Most files fit, and are read at once.
    let mut bytes = Vec::with_capacity(8 << 10);
    source.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether a file of a folder is one of rules.
pub(super) fn is_rules(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    !hidden && path.extension() == Some(OsStr::new("plim"))
}

fn is_settings(path: &Path) -> bool {
    path.file_name() == Some(OsStr::new(SETTINGS))
}

pub(super) fn unreadable(path: &Path, name: &str, error: &io::Error) -> Diagnostic {
    let why = match error.kind() {
        ErrorKind::NotFound => "it does not exist".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    };
    let diagnostic = Diagnostic::new(code::UNREADABLE, format!("`{name}` cannot be read: {why}"));
    match neighbour(path) {
        Some(near) if error.kind() == ErrorKind::NotFound => diagnostic.help(format!("did you mean `{near}`?")),
        _ => diagnostic,
    }
}

/// The file of the same folder whose name is nearest.
fn neighbour(path: &Path) -> Option<String> {
    let folder = path.parent()?;
    let place = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let names = fs::read_dir(place).ok()?.take(NEIGHBOURS);
    let mut names: Vec<String> = names.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    let near = nearest(path.file_name()?.to_str()?, names.iter().map(String::as_str))?;
    Some(name(&folder.join(near)))
}

fn too_large(name: &str, limit: usize) -> Diagnostic {
    Diagnostic::new(code::TOO_LARGE, format!("`{name}` is larger than {} MiB", limit >> 20))
}

fn empty(name: &str) -> Diagnostic {
    Diagnostic::new(code::EMPTY_FILE, format!("`{name}` is empty"))
        .help("a file that says nothing is often one that was cut short; write what it is to say, or leave it out")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the default is looked at with large files where the command is tested, less will do here.
    #[test]
    fn layers_are_bounded_together_to_the_byte() {
        let file = std::env::temp_dir().join(format!("plimsoll-room-{}.plim", std::process::id()));
        fs::write(&file, "rule a {}").unwrap();
        for (room, codes) in [(18, vec![]), (17, vec![code::TOO_LARGE])] {
            let mut inputs = Inputs { room: Some(room), ..Inputs::default() };
            let texts = [(); 3].map(|()| inputs.rules(&file).text.len());
            // Once there were too many, no more is read.
            let third = if room == 18 { Some(code::TOO_LARGE) } else { None };
            let found: Vec<_> = inputs.found.iter().map(|found| found.code).collect();
            assert_eq!(found, codes.into_iter().chain(third).collect::<Vec<_>>());
            assert_eq!(texts, [9, 9, if room == 18 { 9 } else { 0 }]);
        }
        fs::remove_file(file).unwrap();
    }

    #[test]
    fn a_folder_that_changes_while_it_is_read_is_told_apart_from_one_with_mistakes() {
        let folder = std::env::temp_dir().join(format!("plimsoll-input-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("a.plim");
        fs::write(&file, "rule a {}").unwrap();
        let changes: [(&str, &dyn Fn()); 5] = [
            ("grown", &|| fs::write(&file, "rule longer {}").unwrap()),
            ("new", &|| fs::write(folder.join("b.plim"), "rule b {}").unwrap()),
            ("renamed", &|| fs::rename(folder.join("b.plim"), folder.join("c.plim")).unwrap()),
            ("settings", &|| fs::write(folder.join(SETTINGS), "").unwrap()),
            ("gone", &|| fs::remove_file(&file).unwrap()),
        ];
        for (what, change) in changes {
            let mut inputs = Inputs::default();
            inputs.settled(&folder, |it| {
                change();
                it.refuse(empty("a.plim"));
            });
            let codes: Vec<_> = inputs.found.iter().map(|found| found.code).collect();
            assert_eq!(codes, [code::CHANGED_MEANWHILE], "{what}");
        }
        let mut inputs = Inputs::default();
        inputs.settled(&folder, |it| {
            fs::write(folder.join("notes.txt"), "no rules").unwrap();
            fs::write(folder.join(".c.plim.swp"), "an editor's").unwrap();
            it.refuse(empty("c.plim"));
        });
        assert_eq!(inputs.found.first().map(|found| found.code), Some(code::EMPTY_FILE));
        fs::remove_dir_all(folder).unwrap();
    }
}
