//! `--allow`, `--warn` and `--deny`: what findings weigh in this run.

use clap::{Arg, ArgAction, ArgMatches, Command};
use plimsoll::levels::{LEVELS, Level, Levels, Subject};

/// Levels as they were given, the last one of a name going before the others.
#[derive(Clone, Debug, Default)]
pub(super) struct LevelArgs(pub(super) Levels);

impl clap::Args for LevelArgs {
    fn augment_args(command: Command) -> Command {
        LEVELS.iter().fold(command, |command, (name, level)| command.arg(arg(name, *level)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn arg(name: &'static str, level: Level) -> Arg {
    let help = match level {
        Level::Allow => "Leave out the warnings of a code such as P0208, or all `warnings`",
        Level::Warn => "Only warn of them, whatever a `plimsoll.toml` says",
        Level::Deny => "Take them for errors",
    };
    Arg::new(name)
        .long(name)
        .value_name("CODE")
        .help(help)
        .help_heading("Levels")
        .action(ArgAction::Append)
        .value_delimiter(',')
        .value_parser(subject)
}

impl clap::FromArgMatches for LevelArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = LEVELS.iter().flat_map(|(name, level)| {
            let subjects = matches.get_many::<Subject>(name).unwrap_or_default().copied();
            let indices = matches.indices_of(name).unwrap_or_default();
            indices.zip(subjects).map(move |(index, subject)| (index, subject, *level))
        });
        let mut given: Vec<_> = given.collect();
        given.sort_by_key(|(index, _, _)| *index);
        let levels = given.into_iter().fold(Levels::new(), |levels, (_, subject, level)| levels.with(subject, level));
        Ok(Self(levels))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn subject(written: &str) -> Result<Subject, String> {
    Subject::parse(written).map_err(|error| match Subject::near(written) {
        Some(near) if near != written => format!("{error}; did you mean `{near}`?"),
        _ => error.to_string(),
    })
}
