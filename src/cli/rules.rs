//! The rules of a run: shipped layers and those of the command line.

use std::path::PathBuf;

use clap::ArgGroup;
use plimsoll::diagnostics::{Report, nearest};
use plimsoll::policy::{Layers, Policy, STANDARD};

use super::input::Inputs;

/// Which rules a service is rendered with.
#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("on_top").multiple(true)), next_help_heading = "Rules")]
pub(super) struct Rules {
    #[command(flatten)]
    shipped: Shipped,

    /// A layer of your own rules: a `.plim` file or a folder of them; may be given several times
    ///
    /// Each stands on the one before, the first of them on the shipped layers.
    #[arg(long, value_name = "LAYER", group = "on_top")]
    rules: Vec<PathBuf>,

    /// Leave out the standard policy
    #[arg(long, requires = "on_top")]
    no_standard: bool,

    /// All rules from a file that `plimsoll compile` wrote, which takes no time to check
    #[arg(long, value_name = "FILE", conflicts_with = "on_top")]
    policy: Option<PathBuf>,
}

/// What the rules of a run come from, read and not compiled yet.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// To be compiled.
    Layers(Layers),
    /// A compiled policy: what messages call its file, and the bytes.
    Compiled(String, Vec<u8>),
}

impl Source {
    pub(super) fn compile(self) -> Result<Policy, Report> {
        match self {
            Self::Layers(layers) => layers.compile(),
            Self::Compiled(name, bytes) => Policy::from_bytes(&name, &bytes),
        }
    }

    /// As [`Source::compile`], without a look at what conditions can do.
    pub(super) fn compile_unanalysed(self) -> Result<Policy, Report> {
        match self {
            Self::Layers(layers) => layers.unanalysed().compile(),
            compiled => compiled.compile(),
        }
    }
}

/// Layers that come with plimsoll, on top of the standard policy.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Shipped {
    /// A layer that comes with plimsoll, such as hardened; may be given several times
    ///
    /// Shipped layers stand on the standard policy in the order in which they are given, and below all of your own,
    /// wherever they are on the command line.
    #[arg(long = "layer", value_name = "NAME", value_parser = shipped, group = "on_top")]
    layers: Vec<String>,
}

/// The layers that a command is about.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(group(ArgGroup::new("on_top").multiple(true)))]
pub(super) struct Stacked {
    /// Layers of rules: `.plim` files or folders of them, each on top of the one before
    ///
    /// A folder stands for all its `.plim` files, but for hidden ones and those of folders in it.
    #[arg(value_name = "PATH", group = "on_top")]
    pub(super) paths: Vec<PathBuf>,

    #[command(flatten)]
    shipped: Shipped,

    /// Take the layers alone instead of on top of the standard policy
    #[arg(long, requires = "on_top")]
    no_standard: bool,
}

impl Rules {
    pub(super) fn read(&self, inputs: &mut Inputs) -> Source {
        if let Some(path) = &self.policy {
            let (name, bytes) = inputs.compiled(path);
            return Source::Compiled(name, bytes);
        }
        let shipped = self.shipped.on(!self.no_standard);
        // Tests have looked at what the conditions of shipped layers can do.
        Source::Layers(if self.rules.is_empty() { shipped.unanalysed() } else { inputs.layers(shipped, &self.rules) })
    }
}

impl Stacked {
    pub(super) fn read(&self, inputs: &mut Inputs) -> Layers {
        inputs.layers(self.base(), &self.paths)
    }

    /// What the layers of the command line stand on.
    pub(super) fn base(&self) -> Layers {
        self.shipped.on(!self.no_standard)
    }
}

impl Shipped {
    /// Whether none was asked for.
    pub(super) const fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// Those that were asked for.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.layers.iter().cloned()
    }

    /// The standard policy, unless it is left out, and each of these layers once.
    pub(super) fn on(&self, standard: bool) -> Layers {
        let base = if standard { Layers::standard() } else { Layers::new() };
        let first = |(index, name): &(usize, &String)| !self.layers.iter().take(*index).any(|before| before == *name);
        let named = self.layers.iter().enumerate().filter(first);
        named.fold(base, |layers, (_, name)| layers.shipped(name))
    }
}

fn shipped(written: &str) -> Result<String, String> {
    let names = || Layers::shipped_names().filter(|name| *name != STANDARD);
    match nearest(written, names()) {
        _ if names().any(|name| name == written) => Ok(written.to_owned()),
        _ if written == STANDARD => Err("the standard policy is there without being named".to_owned()),
        Some(near) => Err(format!("no such layer comes with plimsoll; did you mean `{near}`?")),
        None => Err(format!("no such layer comes with plimsoll; there is {}", names().collect::<Vec<_>>().join(", "))),
    }
}
