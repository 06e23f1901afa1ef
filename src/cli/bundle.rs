//! `plimsoll bundle`: a service of a deployment in, an OCI bundle on disk out.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ArgGroup;
use plimsoll::bundle::{Bundle, BundleError, Contents, Mode, ROOTFS};
use plimsoll::diagnostics::Report;
use plimsoll::eval::Arena;
use plimsoll::facts::datum::Datum;
use plimsoll::output::json::Style;

use super::given::{self, Given};
use super::input::Inputs;
use super::interrupt;
use super::machine;
use super::rules::Rules;
use super::terminal::Terminal;
use super::validation::Validation;

/// Write the OCI bundle of a service, or take it away
///
/// A bundle is a folder (mode 0700) with the spec as config.json (0600), the files that the spec mounts from it, and
/// `rootfs`, unless the root file system is elsewhere. It is written whole or not at all: whatever goes wrong, what was
/// there before is there still. Links are not followed at the bundle's place or below it. Nothing is on standard output.
#[derive(Debug, clap::Args)]
#[command(override_usage = USAGE, after_help = super::EXIT_CODES)]
#[command(group(ArgGroup::new("input").args(["deployment", "request", "remove"]).required(true)))]
pub(super) struct Args {
    #[command(flatten)]
    given: Given,

    /// Which of the service's replicas [default: 1]
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        conflicts_with_all = ["request", "remove"],
        help_heading = "What is rendered"
    )]
    replica: Option<u32>,

    #[command(flatten)]
    rules: Rules,

    #[command(flatten)]
    validation: Validation,

    /// The bundle's folder; those above it are made where they are absent
    #[arg(long, value_name = "DIR", help_heading = "Bundle")]
    out: PathBuf,

    /// A root file system elsewhere: `root.path` is its absolute path
    ///
    /// Without it that is the folder `rootfs` of the bundle, made empty where it is absent. Names of users and groups are
    /// looked up in its /etc/passwd and /etc/group, in the bundle's own if there is anything in it.
    #[arg(long, value_name = "DIR", conflicts_with = "remove", help_heading = "Bundle")]
    rootfs: Option<PathBuf>,

    /// Replace a bundle that exists; its `rootfs` stays as it is
    #[arg(long, conflicts_with = "remove", help_heading = "Bundle")]
    force: bool,

    /// Write only config.json, and the files that it mounts, into a folder that exists
    #[arg(long, conflicts_with_all = ["force", "remove"], help_heading = "Bundle")]
    config_only: bool,

    /// Take away what a bundle consists of, and nothing else; that nothing is there is no mistake
    ///
    /// These are config.json, the files written with it, `rootfs` if it is empty, and the folder if it is empty then.
    #[arg(long, conflicts_with_all = ["parts", "request", "on_top", "no_standard", "no_validate"], help_heading = "Bundle")]
    remove: bool,
}

const USAGE: &str = "\
plimsoll bundle [OPTIONS] --out <DIR> <DEPLOYMENT|->
       plimsoll bundle [OPTIONS] --out <DIR> --request <FILE|->
       plimsoll bundle --out <DIR> --remove";

impl Args {
    const fn mode(&self) -> Mode {
        match self {
            Self { config_only: true, .. } => Mode::ConfigOnly,
            Self { force: true, .. } => Mode::Replace,
            _ => Mode::New,
        }
    }

    /// The bundle's place; without one, that is reported with all else that cannot be read.
    fn bundle(&self, inputs: &mut Inputs) -> Option<Bundle> {
        let place = Bundle::at(&self.out);
        let bundle = match &self.rootfs {
            Some(rootfs) => place.and_then(|bundle| bundle.with_rootfs(rootfs)),
            None => place,
        };
        bundle.map_err(|error| inputs.refuse(error.diagnostic())).ok()
    }
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<(), Report> {
    if args.remove {
        return remove(&args.out, terminal).map_err(|error| report(&error));
    }
    let mut inputs = Inputs::default();
    let layers = args.rules.read(&mut inputs);
    let texts = args.given.read(&mut inputs);
    let place = args.bundle(&mut inputs);
    let accounts = place.as_ref().and_then(|bundle| bundle.rootfs());
    let accounts = given::accounts(accounts.map(Path::new), &mut inputs);
    inputs.finish()?;
    // Without a place there was a mistake.
    let Some(bundle) = place else { return Ok(()) };
    let policy = layers.compile()?;
    terminal.report(&policy.warnings());
    let schema = policy.schema();
    let (mut request, machine) = texts.request(schema, accounts)?;
    terminal.report(&Report::new(request.warnings().to_vec(), &[request.sources()]));
    if !request.has_accounts(schema)
        && let Some(accounts) = own_accounts(&bundle)?
    {
        request = request.with_accounts(schema, accounts);
    }
    let request = request.in_bundle(schema, bundle.path(), bundle.rootfs());
    let replica = args.replica.unwrap_or_else(|| request.replica());
    let (facts, arena) = (request.facts_of_replica(request.service()?, replica)?, Arena::new());
    let rendered = policy.render(&facts, &arena);
    given::warn_of(machine.as_deref(), terminal);
    let rendered = rendered?;
    terminal.report(&rendered.warnings());
    if !args.validation.no_validate {
        terminal.report(&rendered.validate()?);
    }
    let contents = Contents::of(&rendered, Style::Pretty)?;
    let _whole = interrupt::hold();
    bundle.write(&contents, args.mode()).map_err(|error| report(&error))?;
    terminal.note(&format!("wrote {}", bundle.path()));
    Ok(())
}

/// The accounts of the bundle's own root file system. One with nothing in it is as good as none: it is made so.
fn own_accounts(bundle: &Bundle) -> Result<Option<Datum>, Report> {
    let rootfs = Path::new(bundle.path()).join(ROOTFS);
    let is_folder = fs::symlink_metadata(&rootfs).is_ok_and(|rootfs| rootfs.is_dir());
    if !is_folder || fs::read_dir(&rootfs).is_ok_and(|mut entries| entries.next().is_none()) {
        return Ok(None);
    }
    machine::accounts(&rootfs).map(Some).map_err(|diagnostic| Report::new(vec![diagnostic], &[]))
}

fn remove(folder: &Path, terminal: &Terminal) -> Result<(), BundleError> {
    let bundle = Bundle::at(folder)?;
    let _whole = interrupt::hold();
    let left = bundle.remove()?;
    let left: Vec<_> = left.iter().take(20).map(|path| format!("`{}`", path.display())).collect();
    terminal.note(&match left.is_empty() {
        true => format!("no bundle is left at {}", bundle.path()),
        false => format!("no bundle is left at {}; still there: {}", bundle.path(), left.join(", ")),
    });
    Ok(())
}

fn report(error: &BundleError) -> Report {
    Report::new(vec![error.diagnostic()], &[])
}
