//! `plimsoll check`: whether a policy holds, before any service arrives.

use std::path::PathBuf;

use plimsoll::analysis::Standing;
#[cfg(not(unix))]
use plimsoll::diagnostics::Diagnostic;
use plimsoll::diagnostics::Report;
use plimsoll::ir::Rule;
use plimsoll::policy::Policy;

use super::input::Inputs;
use super::levels::LevelArgs;
use super::rules::Stacked;
use super::terminal::{Format, Terminal, print};

/// Check rules: names, types, what may be absent, conflicts
///
/// All mistakes are reported at once, on standard error. What passes cannot meet a type error when a service is
/// rendered. Without any layer, the standard policy alone is checked.
///
/// Errors refuse the policy, warnings do not. What a warning weighs is said by a comment `# plimsoll: allow P0208 reason`
/// above an item, by the table `[levels]` of a `plimsoll.toml` in a layer's folder (`P0208 = "deny"`), and by the options
/// below, which go before the file. A code goes before `warnings`, and of options for one code the last.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
pub(super) struct Args {
    #[command(flatten)]
    rules: Stacked,

    /// Tell of each invariant whether it holds for every service
    #[arg(long)]
    proofs: bool,

    /// Write a request for each finding that one shows, to a file DIR/{code}-{rules}.json: `plimsoll render --request`
    /// with the same rules is refused for the same reason
    ///
    /// An invariant that can fail has one as well, DIR/P0607-{invariant}.json, or DIR/P0609-{invariant}.json if it only
    /// warns, unless the policy is refused.
    ///
    /// The folder is made where it is absent. A file that is there already must say the same: nothing is replaced.
    #[cfg(unix)]
    #[arg(long, value_name = "DIR")]
    write_witness: Option<PathBuf>,

    #[command(flatten)]
    levels: LevelArgs,

    /// How warnings and mistakes are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(super) format: Format,
}

/// An invariant, and whether it holds.
pub(super) type Stands<'p> = (&'p Rule, Standing);

/// What is said of a standing, and which it is.
type Kind = (&'static str, fn(&Standing) -> bool);

/// Of the invariants of one standing, so many are named.
const NAMED: usize = 20;

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<(), Report> {
    let mut inputs = Inputs::with_tests();
    let layers = args.rules.read(&mut inputs);
    inputs.finish()?;
    let compiled = layers.levels(args.levels.0.clone()).compile();
    let stands: Vec<Stands<'_>> = compiled.iter().flat_map(Policy::standings).collect();
    #[cfg(unix)]
    let written = match &args.write_witness {
        Some(folder) => super::witness::write(folder, &compiled, &stands, terminal),
        None => Ok(()),
    };
    #[cfg(not(unix))]
    let written: Result<(), Diagnostic> = Ok(());
    let policy = match (&compiled, written) {
        (Ok(policy), Ok(())) => policy,
        (Ok(_), Err(refusal)) => return Err(Report::new(vec![refusal], &[])),
        (Err(report), written) => {
            let mut report = report.clone();
            report.diagnostics.extend(written.err());
            return Err(report);
        }
    };
    terminal.report(&policy.warnings());
    if args.proofs {
        proofs(&stands, args.format)?;
    }
    terminal.note(&format!(
        "checked {}, {} in {}",
        counted(policy.rules().len(), "rule"),
        counted(policy.invariants().len(), "invariant"),
        counted(policy.files(), "file"),
    ));
    if !args.proofs {
        summary(&stands).iter().for_each(|line| terminal.note(line));
    }
    let shipped = policy.locks().len().saturating_sub(args.rules.paths.len());
    for lock in policy.locks().skip(shipped).filter(|lock| lock.items > 0 && !lock.is_given) {
        let items = counted(lock.items, "item");
        let layer = lock.layer;
        terminal.note(&format!("note: `{layer}` takes over {items} of earlier layers and has no lock file; `plimsoll lock` makes one, and a change of theirs is noticed"));
    }
    Ok(())
}

/// The invariants by what is known of them, a line for each standing that one has.
fn summary(stands: &[Stands<'_>]) -> Vec<String> {
    let kinds: [Kind; 3] = [
        ("holds for every service", |it| matches!(it, Standing::Holds)),
        ("can fail (`--proofs` tells for whom)", |it| matches!(it, Standing::CanFail { .. })),
        ("unknown: checked at render", |it| matches!(it, Standing::Unknown)),
    ];
    let line = |(words, is): Kind| {
        let names: Vec<&str> = stands.iter().filter(|(_, it)| is(it)).map(|(invariant, _)| &*invariant.name).collect();
        let more = names.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let named: Vec<&str> = names.iter().take(NAMED).copied().collect();
        (!names.is_empty()).then(|| format!("  {words}: {}{more}", named.join(", ")))
    };
    kinds.into_iter().filter_map(line).collect()
}

/// A line for each invariant.
fn proofs(stands: &[Stands<'_>], format: Format) -> Result<(), Report> {
    let mut out = String::new();
    for (invariant, standing) in stands {
        let name = &invariant.name;
        out += &match format {
            Format::Json => format!("{}\n", object(name, standing)),
            _ => format!("{name}: {}\n", told(standing)),
        };
    }
    print(out.as_bytes())
}

fn told(standing: &Standing) -> String {
    match standing {
        Standing::Holds => "holds for every service".to_owned(),
        Standing::CanFail { service, .. } if service.is_empty() => "can fail".to_owned(),
        Standing::CanFail { service, .. } => format!("can fail where {}", service.join(" and ")),
        Standing::Unknown => "unknown: checked at render".to_owned(),
    }
}

fn object(name: &str, standing: &Standing) -> serde_json::Value {
    let (word, service, witness) = match standing {
        Standing::Holds => ("holds", None, None),
        Standing::CanFail { service, witness, .. } => ("can fail", Some(service), witness.as_ref()),
        Standing::Unknown => ("unknown", None, None),
    };
    let mut object = serde_json::json!({ "invariant": name, "standing": word });
    if let (Some(fields), Some(service)) = (object.as_object_mut(), service) {
        fields.insert("service".to_owned(), service.clone().into());
        let request = witness.and_then(|it| serde_json::from_str(&it.request).ok());
        fields.extend(request.map(|request| ("witness".to_owned(), request)));
    }
    object
}

/// `1 rule`, `2 rules`
pub(super) fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
