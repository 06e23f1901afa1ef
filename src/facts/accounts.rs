//! Who the files `/etc/passwd` and `/etc/group` know.
//!
//! Lines are read as the C library reads them, so that a container runs as whom its own programs would say. Passed
//! over are: blank lines and comments (`#`); lines with a name that is empty or starts with `+` or `-` (of NIS); lines
//! without a number where one is due, or with one that is no decimal number up to 4294967294; lines that are not UTF-8
//! or hold NUL. Passwords, and what stands behind a user's group, are not looked at. Of two lines with one name, and of
//! two users with one number, the first counts. Stricter than the C library: a number with a sign or blanks is none.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use super::limits;
use crate::diagnostics::{Diagnostic, code};
use crate::facts::datum::{Datum, Kind};

const PASSWD: &str = "etc/passwd";
const GROUP: &str = "etc/group";
/// The last number means "no id" to the kernel.
const ID_MAX: u32 = u32::MAX - 1;

/// By name, in the order of the file.
type Accounts = IndexMap<Box<str>, Datum>;

/// The accounts of a root file system, as [`FactSchema::accounts`](crate::schema::facts::FactSchema::accounts) and
/// the users once more by their numbers. A file that is not there lists nobody: the root file system was given
/// all the same, so that a user whom it does not list has group 0.
///
/// # Errors
///
/// If the folder or one of the files cannot be read, is no regular file, is a link that leads out of the folder, or is
/// too large.
pub fn of_rootfs(rootfs: &Path) -> Result<Datum, Diagnostic> {
    let read = |file: &str| {
        let refused = |why: String| {
            let shown = super::text::shown(&rootfs.to_string_lossy()).into_owned();
            Diagnostic::new(code::BAD_ACCOUNTS, format!("`/{file}` of the root file system `{shown}` {why}"))
        };
        let bytes = super::live::read_within(rootfs, file, limits::ACCOUNTS_BYTES);
        let bytes = bytes.map_err(|why| refused(why.said()))?.unwrap_or_default();
        let accounts = if file == PASSWD { users(&bytes) } else { groups(&bytes) };
        accounts.ok_or_else(|| refused(format!("lists more than {} names", limits::ACCOUNTS)))
    };
    Ok(super::image::known(Datum::new(Kind::Map(read(PASSWD)?.into())), Datum::new(Kind::Map(read(GROUP)?.into()))))
}

/// `{ uid, gid }` by name; none if there are more than anybody has.
fn users(passwd: &[u8]) -> Option<Accounts> {
    let mut users = Accounts::new();
    for line in lines(passwd) {
        let mut fields = line.split(':');
        let Some(name) = fields.next().filter(|name| is_name(name)) else { continue };
        let (Some(uid), Some(gid)) = (fields.nth(1).and_then(id), fields.next().and_then(id)) else { continue };
        let user = || Datum::new(Kind::Record(Arc::new([uid, gid].map(int))));
        users.entry(name.into()).or_insert_with(user);
        if users.len() > limits::ACCOUNTS {
            return None;
        }
    }
    Some(users)
}

/// `{ gid, members }` by name; none if there are more than anybody has.
pub(super) fn groups(group: &[u8]) -> Option<Accounts> {
    let (mut groups, mut size) = (Accounts::new(), 0);
    for line in lines(group) {
        let mut fields = line.split(':');
        let Some(name) = fields.next().filter(|name| is_name(name)) else { continue };
        let Some(gid) = fields.nth(1).and_then(id) else { continue };
        if groups.contains_key(name) {
            continue;
        }
        let members = fields.next().unwrap_or_default().split(',').map(str::trim_start);
        let members = members.filter(|member| !member.is_empty()).take(limits::ACCOUNTS + 1);
        let members: Vec<Datum> = members.map(Datum::text).collect();
        size += members.len() + 1;
        if size > limits::ACCOUNTS {
            return None;
        }
        groups.insert(
            name.into(),
            Datum::new(Kind::Record(Arc::new([int(gid), Datum::new(Kind::List(members.into()))]))),
        );
    }
    Some(groups)
}

/// The names of the users who have a number.
pub(super) fn names_of(passwd: &[u8], uid: u32) -> Vec<String> {
    let named = lines(passwd).filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| is_name(name))?;
        (fields.nth(1).and_then(id)? == uid).then(|| name.to_owned())
    });
    named.take(limits::ACCOUNTS).collect()
}

/// The lines that say something.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &str> {
    let lines = bytes.split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
    lines.map(str::trim_ascii_start).filter(|line| !line.is_empty() && !line.starts_with('#') && !line.contains('\0'))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with(['+', '-'])
}

/// A number of a user or group.
pub(super) fn id(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().filter(|id| *id <= ID_MAX)
}

fn int(id: u32) -> Datum {
    Datum::new(Kind::Int(id.into()))
}
