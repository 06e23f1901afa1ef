//! The files of a tar archive by name: where each begins and how long it is. An archive of an image is mostly layers,
//! which are stepped over.
//!
//! No crate reads one of these in bounded memory without also dropping the sizes of files beyond 8 GiB: what names or
//! sizes do not fit a header comes in an entry before it, of any length.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};

/// Offset and size by name.
pub(super) type Entries = BTreeMap<String, (u64, u64)>;

/// Headers and contents begin at multiples of it.
pub(super) const BLOCK: u64 = 512;
/// Bytes of an entry about the next one.
const LONGEST: u64 = 1 << 16;

/// What an entry before a file says of it.
#[derive(Default)]
struct Said {
    name: Option<String>,
    size: Option<u64>,
}

/// The regular files; of two of one name the last counts, as when they are unpacked.
pub(super) fn entries(file: &mut (impl Read + Seek), most: usize) -> Result<Entries, String> {
    let end = file.seek(SeekFrom::End(0)).map_err(|error| error.to_string())?;
    let (mut entries, mut said, mut at) = (Entries::new(), Said::default(), 0);
    for _ in 0..most {
        let header = take(file, at, BLOCK)?;
        if header.iter().all(|byte| *byte == 0) {
            return Ok(entries);
        }
        if !is_header(&header) {
            return Err(format!("there is no header at byte {at}"));
        }
        let kind = header.get(156).copied().unwrap_or_default();
        let about_next = matches!(kind, b'x' | b'L');
        let size = said.size.filter(|_| !about_next).or_else(|| number(header.get(124..136)?));
        let content = at + BLOCK;
        let next = size.and_then(|size| content.checked_add(size)).filter(|next| *next <= end);
        let (Some(size), Some(next)) = (size, next) else {
            return Err(format!("the entry at byte {at} ends beyond it"));
        };
        match kind {
            b'x' | b'L' if size > LONGEST => return Err(format!("the entry at byte {at} has too long a name")),
            b'x' => extended(&take(file, content, size)?, &mut said),
            b'L' => said.name = text(&take(file, content, size)?),
            b'g' => {}
            _ => {
                let name = std::mem::take(&mut said).name.or_else(|| name(&header));
                if let (b'0' | b'7' | 0, Some(name)) = (kind, name.filter(|name| may_matter(name))) {
                    entries.insert(name.trim_start_matches("./").to_owned(), (content, size));
                }
            }
        }
        at = next.checked_next_multiple_of(BLOCK).unwrap_or(u64::MAX);
        if at >= end {
            return Ok(entries);
        }
    }
    Err(format!("it has more than {most} entries"))
}

/// Whether a block is a header: its sum is right.
pub(super) fn is_header(block: &[u8]) -> bool {
    let sum = |at: usize, byte: u8| if (148..156).contains(&at) { u64::from(b' ') } else { u64::from(byte) };
    let sum: u64 = block.iter().enumerate().map(|(at, byte)| sum(at, *byte)).sum();
    block.len() as u64 == BLOCK && block.get(148..156).and_then(number) == Some(sum) && block.first() != Some(&0)
}

fn take(file: &mut (impl Read + Seek), at: u64, size: u64) -> Result<Vec<u8>, String> {
    file.seek(SeekFrom::Start(at)).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(size).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 == size { Ok(bytes) } else { Err(format!("it ends within the entry at byte {at}")) }
}

/// Octal digits, or with the first bit set a number in base 256.
fn number(field: &[u8]) -> Option<u64> {
    if let Some((0x80, rest)) = field.split_first() {
        return rest.iter().try_fold(0_u64, |number, byte| number.checked_mul(256)?.checked_add(u64::from(*byte)));
    }
    let digits = std::str::from_utf8(field).ok()?.trim_matches([' ', '\0']);
    u64::from_str_radix(digits, 8).ok()
}

/// A text up to the first NUL.
fn text(field: &[u8]) -> Option<String> {
    let text = field.split(|byte| *byte == 0).next()?;
    String::from_utf8(text.to_vec()).ok()
}

/// The name, after the prefix that POSIX has for long ones.
fn name(header: &[u8]) -> Option<String> {
    let name = text(header.get(..100)?)?;
    let prefix = header.get(257..263).filter(|magic| *magic == b"ustar\0").and_then(|_| text(header.get(345..500)?));
    match prefix {
        Some(prefix) if !prefix.is_empty() => Some(format!("{prefix}/{name}")),
        _ => Some(name),
    }
}

/// Records `LENGTH KEY=VALUE\n`; what cannot be read says nothing.
fn extended(mut records: &[u8], said: &mut Said) {
    while let Some(blank) = records.iter().position(|byte| *byte == b' ') {
        let length = records.get(..blank).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        let Some((record, rest)) = length.and_then(|length: usize| records.split_at_checked(length)) else { return };
        let record = record.get(blank + 1..).and_then(|record| std::str::from_utf8(record).ok()?.strip_suffix('\n'));
        match record.and_then(|record| record.split_once('=')) {
            Some(("path", path)) => said.name = Some(path.to_owned()),
            Some(("size", size)) => said.size = size.parse().ok(),
            _ => {}
        }
        if rest.len() == records.len() {
            return;
        }
        records = rest;
    }
}

/// Layers of old archives lie beside what leads to the configuration.
fn may_matter(name: &str) -> bool {
    let name = name.trim_start_matches("./");
    name.len() <= 256 && (name.ends_with(".json") || name.starts_with("blobs/"))
}
