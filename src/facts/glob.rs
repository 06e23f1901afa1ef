//! Paths and globs over them, the same on a recording and on this machine.

use std::borrow::Cow;

/// A path as the kernel would read it: without doubled, trailing and `.` components.
pub(super) fn normal(path: &str) -> Cow<'_, str> {
    // Nearly every path is one already. A component that only begins with a dot is not looked at closely.
    let plain = |path: &str| !path.ends_with('/') && !path.contains("//") && !path.contains("/.");
    if path.starts_with('/') && plain(path) {
        return Cow::Borrowed(path);
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let root = if path.starts_with('/') { "/" } else { "" };
    Cow::Owned(format!("{root}{}", parts.join("/")))
}

/// Whether a path matches a glob whose `*` and `?` stand for anything but `/`.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let (patterns, parts) = (pattern.split('/'), path.split('/'));
    patterns.clone().count() == parts.clone().count() && patterns.zip(parts).all(|(glob, part)| component(glob, part))
}

/// Remembers only the last `*`, so that time is bounded by the product of both lengths.
pub(super) fn component(glob: &str, part: &str) -> bool {
    let (mut glob, mut part) = (glob.chars(), part.chars());
    let mut star: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let (mut next_glob, mut next_part) = (glob.clone(), part.clone());
        match (next_glob.next(), next_part.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                star = Some((next_glob.clone(), part.clone()));
                glob = next_glob;
                continue;
            }
            (Some(expected), Some(found)) if expected == '?' || expected == found => {
                (glob, part) = (next_glob, next_part);
                continue;
            }
            _ => {}
        }
        let Some((after, mut rest)) = star.take() else { return false };
        if rest.next().is_none() {
            return false;
        }
        (glob, part) = (after.clone(), rest.clone());
        star = Some((after, rest));
    }
}
