//! What texts must be, given where they go.

use std::borrow::Cow;

use super::shape::TextForm;

/// Longest host name that Linux takes, in bytes (`HOST_NAME_MAX`).
const HOST_NAME_MAX: usize = 64;

/// Longest component of a path, in bytes (`NAME_MAX`).
const NAME_MAX: usize = 255;

impl TextForm {
    /// The text in its place's normal form.
    ///
    /// # Errors
    ///
    /// What the place asks for: a noun and what belongs to it, to be read after "expected".
    pub fn check(self, text: &str) -> Result<Cow<'_, str>, &'static str> {
        if text.as_bytes().contains(&0) {
            return Err("a text without NUL");
        }
        let sound = match self {
            Self::Any => Ok(()),
            Self::NotEmpty => wants(!text.is_empty(), "a text that is not empty"),
            Self::AbsolutePath => wants(text.starts_with('/'), "an absolute path"),
            Self::PlainPath => wants(
                text.starts_with('/') && components(text).all(|part| part != ".."),
                "an absolute path without `..`",
            ),
            Self::CleanPath => return clean_path(text),
            Self::MountOption => wants(!text.is_empty() && !text.contains(','), "one mount option, without a comma"),
            Self::VariableName => {
                wants(!text.is_empty() && !text.contains('='), "a name that is not empty and has no `=`")
            }
            Self::HostName => host_name(text),
            Self::SysctlKey => wants(is_sysctl_key(text), "words joined by single dots or slashes"),
            Self::FileName => {
                wants(is_file_name(text), "a relative path without `.` and `..`, other than `config.json`")
            }
            Self::DeviceAccess => wants(is_access(text), "some of `r`, `w` and `m`, none twice"),
            Self::NumberList => wants(is_number_list(text), "numbers and ranges such as `0-3,7`"),
            Self::PageSize => wants(is_page_size(text), "a size of huge pages such as `2MB`"),
            Self::BandwidthLine => {
                wants(text.starts_with("MB:") && !text.contains(['\n', '\r']), "one line that starts with `MB:`")
            }
            Self::Line => wants(!text.is_empty() && !text.contains(['\n', '\r']), "one line that is not empty"),
        };
        sound.map(|()| Cow::Borrowed(text))
    }
}

fn wants(holds: bool, otherwise: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(otherwise) }
}

/// The components of a path that say something.
fn components(text: &str) -> impl Iterator<Item = &str> {
    text.split('/').filter(|part| !part.is_empty() && *part != ".")
}

fn clean_path(text: &str) -> Result<Cow<'_, str>, &'static str> {
    wants(text.starts_with('/'), "an absolute path")?;
    wants(components(text).all(|part| part != ".."), "an absolute path without `..`, other than `/`")?;
    wants(components(text).next().is_some(), "an absolute path without `..`, other than `/`")?;
    let rest = text.strip_prefix('/').unwrap_or(text);
    if rest.split('/').all(|part| !part.is_empty() && part != ".") {
        return Ok(Cow::Borrowed(text));
    }
    let mut clean = String::with_capacity(text.len());
    for part in components(text) {
        clean.push('/');
        clean.push_str(part);
    }
    Ok(Cow::Owned(clean))
}

fn host_name(text: &str) -> Result<(), &'static str> {
    let is_inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(is_inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    wants(text.len() <= HOST_NAME_MAX, "a host name of at most 64 bytes")?;
    wants(
        text.split('.').all(is_label),
        "labels of letters, digits, `-` and `_` without `-` first or last, joined by single dots",
    )
}

fn is_sysctl_key(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_graphic());
    text.split(['.', '/']).all(is_word)
}

fn is_file_name(text: &str) -> bool {
    let parts = || text.split('/');
    text != "config.json" && parts().all(|part| !matches!(part, "" | "." | "..") && part.len() <= NAME_MAX)
}

fn is_access(text: &str) -> bool {
    let once = |c: char| text.matches(c).count() <= 1;
    !text.is_empty() && text.chars().all(|c| "rwm".contains(c) && once(c))
}

fn is_number_list(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let is_range =
        |part: &str| part.split_once('-').map_or_else(|| is_number(part), |(a, b)| is_number(a) && is_number(b));
    text.split(',').all(is_range)
}

fn is_page_size(text: &str) -> bool {
    let number = ["KB", "MB", "GB"].iter().find_map(|unit| text.strip_suffix(unit));
    number.is_some_and(|n| !n.is_empty() && !n.starts_with('0') && n.bytes().all(|b| b.is_ascii_digit()))
}
