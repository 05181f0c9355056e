//! What each command takes. The commands themselves are one file each; what
//! persons do in their own name is in `desk`.

mod clock;
mod desk;
pub mod draft;
mod letters;
mod loan;
mod policy;
mod report;
pub mod work;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;

pub use policy::{Backtest, Policy};

pub use clock::{Acting, Calendar, Clock, Clocks, Recompute, Record};
pub use desk::{Channel, GivenBy, OpenTicket, Person, Secret, Ticket};
pub use letters::{Letters, Named, OnLetter, Outbox, Print, Templates, Version};
pub use loan::{Loans, Requester};
pub use report::{Forecast, Report};

/// `run`: work until SIGTERM.
#[derive(Debug, Args)]
#[command(after_help = "\
SIGTERM and SIGINT end it in order, SIGHUP loads the rule files again.

Examples:
  tierline --config tierline.toml run
  tierline run --once")]
pub struct Run {
    /// Do everything that is due once, then end
    #[arg(long)]
    pub once: bool,
}

/// `demo`: show a day of mail on a database of its own.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tierline demo
  tierline demo --once --dir /tmp/tierline-demo")]
pub struct Demo {
    /// Do not serve the ticket pages; end when everything is done
    #[arg(long)]
    pub once: bool,
    /// Folder for database, mail and letters, kept at the end; a temporary one without it
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// `ingest`: take in mail files as if a mailbox had them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tierline ingest mail.eml
  tierline ingest --received 2026-11-20T16:02-05:00 found-in-the-archive.eml
  tierline ingest --dry-run --json - < mail.eml")]
pub struct Ingest {
    /// Mail files (RFC 5322); - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// When a server or person of ours first had them; the file's own time without it
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub received: Option<Timestamp>,
    /// Decide and show the decision, but change nothing; needs no database and no key
    #[arg(long)]
    pub dry_run: bool,
}

/// `check`: everything that is wrong, at once.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tierline --config tierline.toml check
  tierline --config tierline.toml check --offline --json")]
pub struct Check {
    /// Leave the database out
    #[arg(long)]
    pub offline: bool,
}

/// `doctor`: try every connection and say what would not work.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tierline doctor
  tierline doctor --offline --json")]
pub struct Doctor {
    /// Leave out everything that needs a network
    #[arg(long)]
    pub offline: bool,
}

/// `reconcile`: compare each mailbox with the ledger.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tierline reconcile
  tierline reconcile --mailbox care --json")]
pub struct Reconcile {
    /// Only this mailbox
    #[arg(long, value_name = "NAME")]
    pub mailbox: Option<String>,
}

/// `rules`: test, explain, lint.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  tierline rules test
  tierline rules explain --received 2026-11-20T16:02-05:00 mail.eml
  TIERLINE__RULES__DIR=./rules tierline rules lint")]
pub enum Rules {
    /// Run the tests beside the rules
    Test,
    /// Say why a mail would be understood and routed as it is, or why a ticket was
    Explain {
        /// Mail file; - is standard input. Or the number of a ticket: why it is as it is
        #[arg(value_name = "MAIL|TICKET")]
        file: PathBuf,
        /// When it was received; the file's own time without it
        #[arg(long, value_name = "INSTANT", value_parser = instant)]
        received: Option<Timestamp>,
    },
    /// Say what works but should be looked at in the rule files
    Lint,
    /// Propose weights for existing evidence from labelled texts; changes nothing
    Fit {
        /// Labelled texts, as `evaluate` takes them
        #[arg(value_name = "LABELS.jsonl")]
        labels: PathBuf,
        /// Write the proposal as a diff of the rule files, for `patch -p1`
        #[arg(long, value_name = "FILE")]
        diff: Option<PathBuf>,
        /// Strength of the regularisation
        #[arg(long, default_value_t = 1.0, value_name = "NUMBER", value_parser = positive)]
        l2: f64,
        /// Parts of the cross-validation
        #[arg(long, default_value_t = 5, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(2..=20))]
        folds: u8,
        /// Held-out gain in F1 from which on weights are proposed
        #[arg(long, default_value_t = 0.01, value_name = "NUMBER")]
        least_gain: f64,
    },
}

/// `audit`: the record.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Recompute every hash chain and name the first event that was changed
    #[command(after_help = "\
Examples:
  tierline audit verify
  tierline audit verify --stream mailbox:care")]
    Verify {
        /// Only this stream, e.g. ticket:0190…
        #[arg(long)]
        stream: Option<String>,
    },
}

/// `mail`: every mail that ever came in, with its fate.
#[derive(Debug, Subcommand)]
pub enum Mail {
    /// List mails, also those that made no ticket
    #[command(after_help = "\
Examples:
  tierline mail list --mailbox care
  tierline mail list --disposition machine --json")]
    List {
        /// Only this mailbox; file, letter, phone and walk-in are names too
        #[arg(long, value_name = "NAME")]
        mailbox: Option<String>,
        /// Only this fate
        #[arg(long, value_parser = ["new", "append", "held", "duplicate", "machine", "bounce", "oversize", "unparseable", "hostile", "flood", "canary"])]
        disposition: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 200)]
        limit: u32,
    },
}

/// `key`: the vault's master key.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Make a new key file (mode 0600); never overwrites one
    Create,
    /// Add a key to the file: it seals and signs from the next start on, the former
    /// ones still open and verify; stop every engine first and start it after
    Rotate,
}

/// Reads an instant with its offset: a local time alone would be a guess.
fn instant(text: &str) -> Result<Timestamp, String> {
    text.parse()
        .map(crate::clock::in_micros)
        .map_err(|_| "write an instant with its offset, e.g. 2026-11-20T16:02-05:00".to_owned())
}

/// A finite number above zero.
fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "write a number above 0".to_owned())
}

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "write a date like 2026-12-15".to_owned())
}

/// What a word of `words` the value parser let through stands for.
pub(super) fn word<T>(text: Option<&String>, from_word: fn(&str) -> Option<T>) -> Option<T> {
    text.and_then(|text| from_word(text))
}

/// `evaluate`: measure the rules against labels.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tierline evaluate labels.jsonl --json
  tierline evaluate --origin mails/
  tierline evaluate --trim replies.jsonl")]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(false))]
pub struct Evaluate {
    /// Labelled texts, one JSON object a line: key, matters, primary, statutory, flags, text
    #[arg(value_name = "LABELS.jsonl", group = "what")]
    pub labels: Option<PathBuf>,
    /// Folder of mails with an expected.jsonl (file, label): measure the origin
    #[arg(long, value_name = "DIR", group = "what")]
    pub origin: Option<PathBuf>,
    /// Replies cut by hand (id, body, visible): measure the cutting of new text
    #[arg(long, value_name = "FILE", group = "what")]
    pub trim: Option<PathBuf>,
    /// Worst texts to show, with what fired
    #[arg(long, default_value_t = 5, value_name = "NUMBER")]
    pub worst: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_without_an_offset_is_no_instant() {
        assert!(instant("2026-11-20T16:02").is_err());
        assert!(instant("2026-11-20").is_err());
        assert_eq!(instant("2026-11-20T16:02-05:00"), instant("2026-11-20T21:02:00Z"));
    }
}
