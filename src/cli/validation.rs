//! Whether specs are held against what runtimes ask of one.

/// What is asked of specs before anybody gets them.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(super) struct Validation {
    /// Give out specs that no runtime would start
    ///
    /// Without it each spec is held against what runc, crun, youki and the kernel ask of one: namespaces and what needs
    /// them, capability sets, device rules, limits, and what the host's version of control groups has. What they would
    /// refuse is an error (P0610), what they would drop in silence a warning (P0611); both name who says so, and the rule.
    #[arg(long)]
    pub(super) no_validate: bool,
}
