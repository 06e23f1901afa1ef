//! As whom it runs.

use super::{Case, each, row, service};

const ACCOUNTS: &str = r#"{
    "users": {"root": {"uid": 0, "gid": 0}, "nginx": {"uid": 101, "gid": 102}, "twin": {"uid": 101, "gid": 7},
              "app.user": {"uid": 1000, "gid": 50}},
    "groups": {"root": {"gid": 0, "members": ["root"]}, "wheel": {"gid": 10, "members": ["root", "nginx"]},
               "staff": {"gid": 50, "members": ["app.user"]}, "adm": {"gid": 4, "members": ["nginx", "twin"]},
               "twins": {"gid": 77, "members": ["twin"]}, "nginx": {"gid": 102, "members": ["nginx"]},
               "again": {"gid": 10, "members": ["nginx"]}, "nobody": {"gid": 99}}}"#;

fn user(text: &str) -> Case {
    service("").image(&format!(r#"{{"User": "{text}"}}"#))
}

fn known(text: &str) -> Case {
    user(text).with("accounts", ACCOUNTS)
}

fn is(case: Case, uid: u32, gid: u32, more: &[u32]) -> Case {
    let more = if more.is_empty() { String::new() } else { format!(r#", "additionalGids": {more:?}"#) };
    case.has("process.user", format!(r#"{{"uid": {uid}, "gid": {gid}{more}}}"#))
}

#[test]
fn without_a_root_file_system() {
    row(
        "`process.user`: numbers as they are, a lone uid has its own number as group",
        [
            is(service(""), 0, 0, &[]),
            is(user(""), 0, 0, &[]),
            is(service("").image(r#"{"User": null}"#), 0, 0, &[]),
            is(user("0"), 0, 0, &[]),
            is(user("1000"), 1000, 1000, &[]),
            is(user("01000"), 1000, 1000, &[]),
            is(user("1000:5"), 1000, 5, &[]),
            is(user("0:5"), 0, 5, &[]),
            is(user("5:0"), 5, 0, &[]),
            is(user("4294967294"), 4294967294, 4294967294, &[]),
            is(user("0:4294967294"), 0, 4294967294, &[]),
            is(user("root"), 0, 0, &[]),
        ],
    );
}

#[test]
fn refused() {
    each(
        "`process.user`: names need the root file system",
        ["nginx", "nginx:nginx", "nginx:5", "nobody:65534", "Root", "toor", "root:root", "root:5"]
            .map(|text| user(text).refused("is not known"))
            .into_iter()
            .chain(["5:wheel", "0:Root", "root:wheel", "5:root"].map(|text| user(text).refused("group `"))),
    );
    each(
        "`process.user`: a name that cannot be resolved",
        [
            known("nobody").refused("user `nobody`"),
            known("nginx:nogroup").refused("group `nogroup`"),
            known("5:nogroup").refused("group `nogroup`"),
            known("wheel").refused("user `wheel`"),
            known("root:app.user").refused("group `app.user`"),
            known("0x10").refused("user `0x10`"),
            known("10a").refused("user `10a`"),
            known("٣").refused("user `٣`"),
            user("nginx").with("accounts", "{}").refused("user `nginx`"),
            user("nginx").with("accounts", r#"{"users": {"nginx": {"uid": 4294967295, "gid": 0}}}"#).refused("uid"),
        ],
    );
    let above = ["4294967295", "0:4294967295", "4294967296", "99999999999999999999", "1000:18446744073709551616"];
    each("`process.user`: numbers", above.map(|text| user(text).refused("above 4294967294")));
    let signs = ["+5", "-1", "5:-1", "5:+1", "-root", "+"];
    each("`process.user`: a sign", signs.map(|text| user(text).refused("sign")));
    let blanks = [" 5", "5 ", "5: 5", "5 :5", " ", "ro ot", r"5\n", r"\t", r"5\u00a0"];
    each("`process.user`: a blank", blanks.map(|text| user(text).refused("blank")));
    let halves = [":", "5:", ":5", ":root", "root:"];
    each("`process.user`: an empty half", halves.map(|text| user(text).refused("nobody")));
    let thirds = ["1:2:3", "::", "1:2:", ":1:2", "root:root:root"];
    each("`process.user`: a third part", thirds.map(|text| user(text).refused("more than a user and a group")));
}

#[test]
fn with_a_root_file_system() {
    row(
        "`process.user`: names are looked up, a lone uid has the group that passwd gives it",
        [
            is(known("nginx:5"), 101, 5, &[]),
            is(known("nginx:staff"), 101, 50, &[]),
            is(known("nginx:101"), 101, 101, &[]),
            is(known("5:staff"), 5, 50, &[]),
            is(known("1000:staff"), 1000, 50, &[]),
            is(known("5"), 5, 0, &[]),
            is(known("4294967294"), 4294967294, 0, &[]),
            is(known("twin"), 101, 7, &[4, 77]),
            is(known("app.user"), 1000, 50, &[50]),
            is(user("root").with("accounts", "{}"), 0, 0, &[]),
            is(user("5").with("accounts", "{}"), 5, 0, &[]),
            is(user("5").with("accounts", "null"), 5, 5, &[]),
            is(service("").with("accounts", "{}"), 0, 0, &[]),
        ],
    );
    row(
        "`additionalGids`: the groups that list the user, ascending, where `User` names no group",
        [
            is(known("nginx"), 101, 102, &[4, 10, 102]),
            // The first name of a number is the user's, as for a runtime that reads passwd from the top.
            is(known("101"), 101, 102, &[4, 10, 102]),
            is(known("root"), 0, 0, &[0, 10]),
            is(known("0"), 0, 0, &[0, 10]),
            // No `User` is root, and names no group either.
            is(known(""), 0, 0, &[0, 10]),
            is(service("").with("accounts", ACCOUNTS), 0, 0, &[0, 10]),
            is(known("root:root"), 0, 0, &[]),
            is(known("0:0"), 0, 0, &[]),
            is(known("nginx:nginx"), 101, 102, &[]),
            is(known("101:wheel"), 101, 10, &[]),
        ],
    );
}
