//! The command line: one file per command. Data goes to standard output,
//! everything else to standard error; the exit status says what kind of end
//! it was.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

pub mod arguments;
pub mod exit;
pub mod output;
pub mod secret;

mod audit;
mod backtest;
mod calendar;
mod check;
mod clock;
mod clocks;
mod completions;
pub mod compose;
mod decision;
mod demo;
mod doctor;
mod evaluate;
mod forecast;
mod identity;
mod ingest;
pub mod jobs;
mod key;
mod letters;
mod loans;
mod mail;
mod migrate;
mod outbox;
mod person;
mod policy;
mod print;
mod progress;
mod reconcile;
mod reference;
mod reload;
mod report;
mod requester;
mod rules;
mod run;
pub mod serve;
mod templates;
mod ticket;
mod work;

use crate::config::{self, Config};
use crate::telemetry;
use exit::{CliError, Exit, OrExit as _};
use output::{Colour, Output};

const EXIT_STATUSES: &str = "\
Exit status: 0 done · 1 problems were found · 2 wrong usage · 3 wrong configuration ·
4 a database or server cannot be reached · 5 refused by policy · 70 a fault of the program

Examples:
  tierline demo
  tierline config reference > tierline.toml
  tierline --config tierline.toml check --offline
  tierline --config tierline.toml run
  tierline ingest --dry-run mail.eml
  tierline completions bash > /etc/bash_completion.d/tierline";

/// Tickets, clocks and letters from a mortgage servicer's mail.
#[derive(Debug, Parser)]
#[command(name = "tierline", version, after_help = EXIT_STATUSES, max_term_width = 100)]
pub struct Arguments {
    /// Configuration file; without it, the built-in defaults
    #[arg(long, global = true, env = "TIERLINE_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Answers as JSON, one object a line
    #[arg(long, global = true)]
    pub json: bool,
    /// When to use colour; `NO_COLOR` switches it off in auto
    #[arg(long, global = true, value_enum, default_value_t = ColourChoice::Auto, value_name = "WHEN")]
    pub color: ColourChoice,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What `--color` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColourChoice {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Work until SIGTERM: poll mailboxes, send letters, watch clocks
    Run(arguments::Run),
    /// Show a day of invented mail on a database of its own
    Demo(arguments::Demo),
    /// Take in mail from files or standard input
    Ingest(arguments::Ingest),
    /// Say everything that is wrong with configuration, rules, templates, key and schema
    Check(arguments::Check),
    /// Try every connection and say what would not work
    Doctor(arguments::Doctor),
    /// Bring the database to this program's schema
    Migrate,
    /// Ask every server afresh and compare it with the ledger
    Reconcile(arguments::Reconcile),
    /// The rule files: test, explain, lint, fit
    #[command(subcommand)]
    Rules(arguments::Rules),
    /// The policy: drafts, approval, and from when it is in force
    #[command(subcommand)]
    Policy(arguments::Policy),
    /// Replay mail against another policy and say what would change
    Backtest(arguments::Backtest),
    /// The letter templates and their approval
    #[command(subcommand)]
    Templates(arguments::Templates),
    /// The tickets
    #[command(subcommand)]
    Ticket(arguments::Ticket),
    /// The mails and their fates
    #[command(subcommand)]
    Mail(arguments::Mail),
    /// What was sent, byte for byte, and why
    #[command(subcommand)]
    Letters(arguments::Letters),
    /// Receipts in writing, from the printer to the mail
    #[command(subcommand)]
    Print(arguments::Print),
    /// The letters and where they stand
    #[command(subcommand)]
    Outbox(arguments::Outbox),
    /// The loan book: who is on which loan, by which address
    #[command(subcommand)]
    Loans(arguments::Loans),
    /// What is kept about those who write: the language they are written to
    #[command(subcommand)]
    Requester(arguments::Requester),
    /// When somebody is there: opening hours, holidays, closures
    #[command(subcommand)]
    Calendar(arguments::Calendar),
    /// The catalogue of clocks of the law and of the house
    #[command(subcommand)]
    Clocks(arguments::Clocks),
    /// A clock and its due date
    #[command(subcommand)]
    Clock(arguments::Clock),
    /// Figures for supervisors and examiners
    #[command(subcommand)]
    Report(arguments::Report),
    /// What the next days bring: arrivals, hours of work, promises at risk
    Forecast(arguments::Forecast),
    /// The record
    #[command(subcommand)]
    Audit(arguments::Audit),
    /// Who may do what
    #[command(subcommand, visible_alias = "user")]
    Person(arguments::Person),
    /// How well the rules understand labelled mail
    Evaluate(arguments::Evaluate),
    /// The vault's key file
    #[command(subcommand)]
    Key(arguments::Key),
    /// The configuration file
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

/// What can be asked about the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the complete, commented configuration with its defaults
    Reference,
}

/// Runs the command line `arguments` (the program's name first).
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers, not errors; a closed pipe is neither.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Done };
        }
    };
    let mut output = Output::standard(arguments.json, colour(arguments.color));
    let outcome = execute(&arguments, &mut output);
    outcome.unwrap_or_else(|error| {
        if error.is_closed_pipe() {
            return Exit::Done;
        }
        output.fault(&error);
        error.exit
    })
}

fn execute(arguments: &Arguments, output: &mut Output) -> Result<Exit, CliError> {
    match &arguments.command {
        Command::Run(run) => {
            let config = load_config(arguments)?;
            telemetry::start_log(&config.log).or_exit(Exit::Config)?;
            on_runtime(run::run(&config, run))
        }
        Command::Evaluate(command) => evaluate::run(command, &load_config(arguments)?, output),
        Command::Demo(demo) => on_runtime(demo::run(demo, output)),
        Command::Ingest(ingest) => {
            on_runtime(ingest::run(&load_config(arguments)?, ingest, output))
        }
        Command::Check(check) => on_runtime(check::run(arguments.config.as_deref(), check, output)),
        Command::Doctor(doctor) => {
            on_runtime(doctor::run(&load_config(arguments)?, doctor, output))
        }
        Command::Migrate => on_runtime(migrate::run(&load_config(arguments)?, output)),
        Command::Reconcile(reconcile) => {
            on_runtime(reconcile::run(&load_config(arguments)?, reconcile, output))
        }
        Command::Rules(rules) => on_runtime(rules::run(&load_config(arguments)?, rules, output)),
        Command::Policy(policy) => {
            on_runtime(policy::run(&load_config(arguments)?, policy, output))
        }
        Command::Backtest(backtest) => {
            on_runtime(backtest::run(&load_config(arguments)?, backtest, output))
        }
        Command::Templates(templates) => {
            on_runtime(templates::run(&load_config(arguments)?, templates, output))
        }
        Command::Ticket(ticket) => {
            on_runtime(ticket::run(&load_config(arguments)?, ticket, output))
        }
        Command::Mail(mail) => on_runtime(mail::run(&load_config(arguments)?, mail, output)),
        Command::Outbox(outbox) => {
            on_runtime(outbox::run(&load_config(arguments)?, outbox, output))
        }
        Command::Calendar(calendar) => calendar::run(&load_config(arguments)?, calendar, output),
        Command::Clocks(clocks) => clocks::run(&load_config(arguments)?, clocks, output),
        Command::Print(print) => on_runtime(print::run(&load_config(arguments)?, print, output)),
        Command::Letters(letters) => {
            on_runtime(letters::run(&load_config(arguments)?, letters, output))
        }
        Command::Clock(clock) => on_runtime(clock::run(&load_config(arguments)?, clock, output)),
        Command::Report(report) => {
            on_runtime(report::run(&load_config(arguments)?, report, output))
        }
        Command::Forecast(forecast) => {
            on_runtime(forecast::run(&load_config(arguments)?, forecast, output))
        }
        Command::Audit(audit) => on_runtime(audit::run(&load_config(arguments)?, audit, output)),
        Command::Person(person) => {
            on_runtime(person::run(&load_config(arguments)?, person, output))
        }
        Command::Loans(loans) => on_runtime(loans::run(&load_config(arguments)?, loans, output)),
        Command::Requester(requester) => {
            on_runtime(requester::run(&load_config(arguments)?, requester, output))
        }
        Command::Key(arguments::Key::Create) => key::create(&load_config(arguments)?, output),
        Command::Key(arguments::Key::Rotate) => key::rotate(&load_config(arguments)?, output),
        Command::Config(ConfigCommand::Reference) => reference::run(output),
        Command::Completions { shell } => completions::run(*shell, output),
    }
}

/// Runs an async command to its end.
fn on_runtime(command: impl Future<Output = Result<Exit, CliError>>) -> Result<Exit, CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.or_exit(Exit::Fault)?.block_on(command)
}

/// The configuration, for commands that cannot go on without it.
///
/// # Errors
/// With exit status 3 and every problem in the message.
pub fn load_config(arguments: &Arguments) -> Result<Config, CliError> {
    Config::load(arguments.config.as_deref(), config::environment()).or_exit(Exit::Config)
}

fn colour(choice: ColourChoice) -> Colour {
    let is_forbidden =
        || config::environment().any(|(name, value)| name == "NO_COLOR" && !value.is_empty());
    match choice {
        ColourChoice::Always => Colour::Always,
        ColourChoice::Never => Colour::Never,
        ColourChoice::Auto if is_forbidden() => Colour::Never,
        ColourChoice::Auto => Colour::OnTerminal,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_and_argument_is_explained() {
        fn check(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {argument}", command.get_name());
            }
            command.get_subcommands().for_each(check);
        }
        check(&Arguments::command());
    }
}
