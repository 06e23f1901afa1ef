//! `service.storage`: what is mounted into a container.

use super::build::*;
use crate::schema::shape::{FieldShape, Shape};

pub(super) fn shape() -> Shape {
    tagged(
        "storage",
        "type",
        "Where the files come from.",
        vec![
            ("bind", vec![source(), target(), readonly()]),
            ("named", vec![name(), target(), readonly(), tier(), size()]),
            ("anonymous", vec![target(), tier()]),
            ("tmpfs", vec![target(), limit(), mode()]),
            ("s3", vec![bucket(), prefix(), target(), readonly(), endpoint(), credentials()]),
        ],
    )
}

fn source() -> FieldShape {
    field("source", TEXT, REQUIRED, "The path on the host, absolute.")
}

fn target() -> FieldShape {
    field("target", TEXT, REQUIRED, "The path in the container, absolute.")
}

fn readonly() -> FieldShape {
    field("readonly", BOOL, default_bool(false), "Whether it cannot be written.")
}

fn name() -> FieldShape {
    field("name", TEXT, REQUIRED, "The volume's name, a key of `options.volumes`.")
}

fn tier() -> FieldShape {
    choice("tier", &["local", "cached", "network"], "What kind of disk it is on.")
}

/// Whoever makes the volume reads its size; nobody here does.
fn size() -> FieldShape {
    field("size", TEXT, OPTIONAL, "A volume's size, as written; a tmpfs' limit, in decimal bytes or as a percentage.")
}

fn limit() -> FieldShape {
    FieldShape { shape: TMPFS_SIZE, ..size() }
}

fn mode() -> FieldShape {
    field("mode", FILE_MODE, OPTIONAL, "The permissions of the tmpfs' root.")
}

fn bucket() -> FieldShape {
    field("bucket", TEXT, REQUIRED, "The bucket's name.")
}

fn prefix() -> FieldShape {
    field("prefix", TEXT, OPTIONAL, "The part of the bucket that is mounted.")
}

fn endpoint() -> FieldShape {
    field("endpoint", TEXT, OPTIONAL, "The address of the store.")
}

fn credentials() -> FieldShape {
    field("credentials", TEXT, OPTIONAL, "Where the store's credentials are.")
}
