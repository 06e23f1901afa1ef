//! What paths of the output have to do with each other: which sets must be within which, which rules open which
//! nodes, which paths take the place of mounts.

/// A set whose elements must all be in another one.
#[derive(Debug)]
pub struct Subset {
    /// The path of the set.
    pub small: &'static str,
    /// The path of the set that must have all of its elements.
    pub large: &'static str,
    /// What becomes of an element that it does not have.
    pub otherwise: &'static str,
}

/// capabilities(7), "Thread capability sets".
pub static SUBSETS: &[&Subset] =
    &[&EFFECTIVE_IN_PERMITTED, &AMBIENT_IN_PERMITTED, &AMBIENT_IN_INHERITABLE, &PERMITTED_IN_BOUNDING];

/// What is effective is permitted.
pub static EFFECTIVE_IN_PERMITTED: Subset = Subset {
    small: "process.capabilities.effective",
    large: "process.capabilities.permitted",
    otherwise: "the kernel makes nothing effective that is not permitted, and the container does not start",
};

/// What is ambient is permitted.
pub static AMBIENT_IN_PERMITTED: Subset = Subset {
    small: "process.capabilities.ambient",
    large: "process.capabilities.permitted",
    otherwise: "the kernel keeps nothing ambient that is not permitted",
};

/// What is ambient is inheritable.
pub static AMBIENT_IN_INHERITABLE: Subset = Subset {
    small: "process.capabilities.ambient",
    large: "process.capabilities.inheritable",
    otherwise: "the kernel keeps nothing ambient that is not inheritable",
};

/// What is permitted is in the bounding set.
pub static PERMITTED_IN_BOUNDING: Subset = Subset {
    small: "process.capabilities.permitted",
    large: "process.capabilities.bounding",
    otherwise: "a program that is started gets nothing that is outside the bounding set",
};

/// What is inheritable is in the bounding set.
pub static INHERITABLE_IN_BOUNDING: Subset = Subset {
    small: "process.capabilities.inheritable",
    large: "process.capabilities.bounding",
    otherwise: "the kernel makes nothing inheritable that is outside the bounding set, and the container does not start",
};

/// Nodes, and the rules without which they cannot be opened.
#[derive(Debug)]
pub struct Nodes {
    /// The path of the nodes: records with `type`, `major` and `minor`.
    pub nodes: &'static str,
    /// The path of the rules: records with `allow`, `type`, `major`, `minor` and `access`.
    pub rules: &'static str,
    /// The types of nodes that need a rule, each with the type that rules call it.
    pub types: &'static [(&'static str, &'static str)],
    /// The type of a rule for all of them.
    pub any: &'static str,
    /// Type, major and, if not all of them, minor of what runtimes allow without a rule.
    pub supplied: &'static [(&'static str, i128, Option<i128>)],
}

/// `config-linux.md#allowed-device-list`, `config-linux.md#default-devices`
pub static NODES: Nodes = Nodes {
    nodes: "linux.devices",
    rules: "linux.resources.devices",
    types: &[("c", "c"), ("u", "c"), ("b", "b")],
    any: "a",
    supplied: &[
        ("c", 1, Some(3)),
        ("c", 1, Some(5)),
        ("c", 1, Some(7)),
        ("c", 1, Some(8)),
        ("c", 1, Some(9)),
        ("c", 5, Some(0)),
        ("c", 5, Some(1)),
        ("c", 5, Some(2)),
        ("c", 136, None),
    ],
};

/// Paths that take the place of mounts, which are there before them.
#[derive(Debug)]
pub struct Veil {
    /// The path of the mounts: records with `options`, by where they are.
    pub mounts: &'static str,
    /// The path of the set of paths.
    pub paths: &'static str,
    /// Whether mounts below such a path are concerned as well.
    pub below: bool,
    /// Options of mounts that are not concerned.
    pub unless: &'static [&'static str],
    /// What becomes of such a mount.
    pub becomes: &'static str,
}

/// `config-linux.md#masked-paths`, `config-linux.md#readonly-paths`. What is mounted below a read-only path stays as it
/// is.
pub static VEILS: &[Veil] = &[
    Veil { mounts: "mounts", paths: "linux.maskedPaths", below: true, unless: &[], becomes: "hidden" },
    Veil { mounts: "mounts", paths: "linux.readonlyPaths", below: false, unless: &["ro", "rro"], becomes: "read-only" },
];

/// What an element of a collection is called, where its shape has no name for it.
pub static NOUNS: &[(&str, &str)] = &[
    ("annotations", "annotation"),
    ("files", "side file"),
    ("linux.intelRdt.schemata", "schema line"),
    ("linux.maskedPaths", "path"),
    ("linux.readonlyPaths", "path"),
    ("linux.resources.unified", "cgroup file"),
    ("linux.sysctl", "sysctl"),
    ("process.env", "variable"),
    ("process.user.additionalGids", "group"),
];
