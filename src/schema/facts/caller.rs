//! `container`, `image` and `options`: what the caller says beside the deployment.

use super::build::*;
use crate::schema::shape::{FieldShape, RecordShape, Shape};

/// Ids of users and groups; the last 32-bit number means "no id" to the kernel.
pub(super) const ID: Shape = Shape::Int { min: 0, max: u32::MAX as i128 - 1 };

pub(super) fn container() -> RecordShape {
    record(
        "container",
        vec![
            field("id", TEXT, REQUIRED, "`{service}-rep-{replica}`."),
            field("service", TEXT, REQUIRED, "The service's name."),
            field("replica", U32, REQUIRED, "Which of its replicas this is."),
            field("deployment", TEXT, REQUIRED, "The deployment's name."),
        ],
    )
}

pub(super) fn image() -> RecordShape {
    record(
        "image",
        vec![
            list("entrypoint", TEXT, "The image's entrypoint."),
            list("cmd", TEXT, "The image's arguments."),
            map("env", TEXT, "The image's environment."),
            field("workingDir", FILLED, OPTIONAL, "The image's working directory."),
            optional_group("user", user(), "Whom the image runs as."),
            map("labels", TEXT, "The image's labels."),
            field("accounts", Shape::Record(known_accounts().into()), OPTIONAL, "Who the image's file system knows."),
        ],
    )
}

/// A user is a number or a name, and so is the group beside it.
fn user() -> Vec<FieldShape> {
    vec![
        field("uid", ID, OPTIONAL, "The user's number, if that is written."),
        field("gid", ID, OPTIONAL, "The group's number, if that is written."),
        field("name", TEXT, OPTIONAL, "The user's name, if that is written."),
        field("group", TEXT, OPTIONAL, "The group's name, if that is written."),
    ]
}

/// What a root file system, or a request, lists.
pub(super) fn accounts() -> RecordShape {
    let groups = vec![
        field("gid", ID, REQUIRED, "The group's number."),
        list("members", TEXT, "The names of the users whom the group lists."),
    ];
    record(
        "accounts",
        vec![
            map("users", record_of("user", account()), "Users by name."),
            map("groups", record_of("group", groups), "Groups by name."),
        ],
    )
}

/// The same, and the users once more by their numbers.
fn known_accounts() -> RecordShape {
    let mut shape = accounts();
    let mut by_number = account();
    by_number.push(field("name", TEXT, REQUIRED, "The first name that has this number."));
    shape.fields.push(map("uids", record_of("user", by_number), "Users by number, written in decimal."));
    shape
}

fn account() -> Vec<FieldShape> {
    vec![field("uid", ID, REQUIRED, "The user's number."), field("gid", ID, REQUIRED, "The user's first group.")]
}

/// What is read of an image's configuration, in its own names.
pub(super) fn image_config() -> RecordShape {
    record(
        "image configuration",
        vec![
            list("Entrypoint", TEXT, "The command."),
            list("Cmd", TEXT, "Its arguments."),
            list("Env", TEXT, "`NAME=value` entries."),
            field("WorkingDir", FILLED, OPTIONAL, "The working directory."),
            field("User", FILLED, OPTIONAL, "`uid`, `uid:gid`, `name` or `name:group`."),
            map("Labels", TEXT, "Labels."),
        ],
    )
}

/// What a request holds beside the deployment and the image, which have readers of their own.
pub(super) fn request() -> RecordShape {
    record(
        "request",
        vec![
            field("deployment", Shape::Json, REQUIRED, "The deployment: YAML text, or an object."),
            field("service", TEXT, REQUIRED, "The service that is rendered."),
            field("replica", U32, default_int(1), "Which of its replicas."),
            field("image", Shape::Json, OPTIONAL, "The image's configuration."),
            field("host", Shape::Record(super::host::recording().into()), OPTIONAL, "A recording of the host."),
            field("accounts", Shape::Record(accounts().into()), OPTIONAL, "The accounts of the root file system."),
            field("options", Shape::Json, OPTIONAL, "What the caller asks for."),
        ],
    )
}

/// What a request's `options` hold: those that rules read without those that only a bundle has, and secrets.
pub(super) fn request_options(options: &RecordShape) -> RecordShape {
    let mut shape = options.clone();
    shape.fields.retain(|field| !BUNDLE_OPTIONS.contains(&&*field.name));
    shape.fields.push(map("secrets", TEXT, "Secrets by reference, without `$S:` and without a field."));
    shape
}

/// Options that are no caller's to give but follow from where a bundle is made.
const BUNDLE_OPTIONS: &[&str] = &["rootfs", "bundle"];

pub(super) fn options() -> RecordShape {
    let index = Shape::Int { min: 0, max: 1023 };
    record(
        "options",
        vec![
            field("hostname", FILLED, OPTIONAL, "A host name that goes before the service's."),
            field("cwd", FILLED, OPTIONAL, "A working directory that goes before the service's."),
            field("args", Shape::list(TEXT), OPTIONAL, "A command line that goes before the service's."),
            map("env", TEXT, "Variables that go before the service's."),
            map("volumes", TEXT, "Where on the host each volume is."),
            field("host_network", BOOL, default_bool(false), "Whether it shares the host's network."),
            field("socket", TEXT, OPTIONAL, "The agent's socket on the host."),
            field("gpu_indices", Shape::list(index), OPTIONAL, "Which GPUs it gets."),
            field("rootfs", TEXT, OPTIONAL, "The root file system of the bundle."),
            field("bundle", TEXT, OPTIONAL, "The folder of the bundle."),
        ],
    )
}
