//! Policies of any size.

use std::fmt::Write as _;

/// Rules of mixed guards, most of which write one of a few places.
pub(crate) fn many(rules: usize) -> String {
    let mut text = String::new();
    for n in 0..rules {
        let (guard, write) = match n % 5 {
            0 => (format!("container.service == \"s{n}\""), format!("hostname = \"h{n}\"")),
            1 => (
                format!("service.resources.gpu is set and service.resources.gpu.count == {n}"),
                format!("linux.resources.pids.limit = {n}"),
            ),
            2 => (
                format!("service.env[\"TEAM\"] == \"t{n}\" and service.privileged"),
                format!("annotations[\"team\"] = \"t{n}\""),
            ),
            3 => (
                format!("service.image.name like \"house{n}/*\" or service.rtype == \"job\""),
                format!("annotations[\"n{n}\"] = \"x\""),
            ),
            _ => (
                format!("container.service == \"s{n}\" and \"SYS_ADMIN\" in service.capabilities"),
                "process.cwd = \"/srv\"".to_owned(),
            ),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "rule r{n} when {guard} {{ {write} }}");
    }
    text
}
