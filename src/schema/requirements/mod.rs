//! What runtimes ask of a whole spec: how its values must fit each other and the host. What a value must be by itself is
//! in the output's schema, and holds of whatever rules write.
//!
//! Each row names who refuses what breaks it, by file and function, so that it can be looked up when a runtime changes:
//! runc 1.5, crun 1.29, youki 0.7, runtime-tools 0.9, the runtime spec 1.3 and Linux 6.12.

mod mounts;
mod namespaces;
mod process;
mod resources;
mod seccomp;

use crate::schema::output::roles::Subset;

pub use mounts::{BIND, FLAGS};
pub use namespaces::{SYSCTLS, Sysctl};

/// Something that a spec must hold.
#[derive(Debug)]
pub struct Requirement {
    /// Its name, which stays: `hostname-uts`.
    pub name: &'static str,
    /// Why, to be read after the place and its value.
    pub says: &'static str,
    /// Who asks for it: program, file and function, or a section of the spec or a manual page.
    pub sources: &'static [&'static str],
    /// What becomes of a spec that does not hold it.
    pub outcome: Outcome,
    /// What must hold.
    pub demand: Demand,
}

/// What becomes of a spec that does not hold a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It does not start, or runtimes take it for something else than it says.
    Refused,
    /// It starts without that value.
    Dropped,
}

/// A value of the spec: that of a path, or a field of each element of a collection.
#[derive(Clone, Copy, Debug)]
pub struct At {
    /// The path of the value or collection.
    pub path: &'static str,
    /// The field of its elements.
    pub field: Option<&'static str>,
}

/// A layout of control groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cgroup {
    /// Version 1, or version 1 beside version 2.
    V1,
    /// Version 2 alone.
    V2,
}

/// What must hold. A value that is false or empty counts as none, and so does 0 where a row does not say otherwise.
#[derive(Debug)]
pub enum Demand {
    /// Where there is anything at a path, a namespace of this type.
    Namespace(&'static str, &'static str),
    /// For a new namespace of this type, something at a path.
    Made(&'static str, &'static str),
    /// For a namespace of this type that is joined, nothing at a path.
    Joined(&'static str, &'static str),
    /// For each sysctl of [`SYSCTLS`], its namespace.
    SysctlNamespace,
    /// No sysctl beyond [`SYSCTLS`].
    SysctlKnown,
    /// None of these sysctls.
    SysctlNever(&'static [&'static str]),
    /// One set within another.
    Subset(&'static Subset),
    /// A number that is not above another. Whether the other counts where it is 0; where it is less it never does.
    AtMost(At, At, bool),
    /// A number within a range; 0 and less are said in their own way.
    Range(At, i128, i128),
    /// Nothing where the host has control groups of this layout. Whether 0 and false count.
    Without(At, Cgroup, bool),
    /// A value only where another is one of these words; where there are none, only where there is another.
    Only(At, At, &'static [&'static str]),
    /// Where the second is one of these words, the first. Whether 0 will do.
    Needs(At, At, &'static [&'static str], bool),
    /// One of these fields in each element of a collection.
    Any(&'static str, &'static [&'static str]),
    /// An element of which any of these differs from its counterpart.
    Differs(&'static [(At, At)]),
    /// No value.
    Never(At),
    /// A text, or the keys of a collection, in a spelling.
    Spelled(At, fn(&str) -> bool),
    /// No element of a list with this word in the first field and this one in the list of the second.
    NoPair(&'static str, (&'static str, &'static str), (&'static str, &'static str)),
    /// Swap that includes memory.
    Swap,
    /// Ids that are mapped where there is a new user namespace: of a value or set, by mappings.
    Mapped(&'static str, &'static str),
    /// The same of ids in an option of mounts such as `gid=`.
    MountMapped(&'static str, &'static str),
    /// No options of file systems for bind mounts.
    BindOptions,
    /// A type for mounts that are none.
    MountType,
    /// Mappings of mounts: both or neither.
    MountMappings,
    /// Mappings only for bind mounts.
    MappedBind,
    /// Device rules for all devices without numbers.
    Wildcard,
}

impl At {
    const fn slot(path: &'static str) -> Self {
        Self { path, field: None }
    }

    const fn of(path: &'static str, field: &'static str) -> Self {
        Self { path, field: Some(field) }
    }
}

const fn refused(
    name: &'static str,
    demand: Demand,
    says: &'static str,
    sources: &'static [&'static str],
) -> Requirement {
    Requirement { name, says, sources, outcome: Outcome::Refused, demand }
}

const fn dropped(
    name: &'static str,
    demand: Demand,
    says: &'static str,
    sources: &'static [&'static str],
) -> Requirement {
    Requirement { name, says, sources, outcome: Outcome::Dropped, demand }
}

/// All of them, in the order in which they are looked at.
pub fn requirements() -> impl Iterator<Item = &'static Requirement> {
    let tables = [
        namespaces::ROWS,
        process::ROWS,
        mounts::ROWS,
        resources::DEVICES,
        resources::ROWS,
        resources::VERSIONS,
        seccomp::ROWS,
    ];
    tables.into_iter().flatten()
}
