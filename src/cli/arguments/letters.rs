//! What the commands about wording and letters take.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;

use super::{Secret, date, instant};

/// `templates`: wording from its import to its end.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  tierline templates check templates/mail
  tierline templates import --by ana
  tierline templates show ack_general --version 3f9a0c11d2e4 --locale en
  tierline templates approve ack_general --version 3f9a0c11d2e4 --locale en \\
      --pair 77b01e5a90cd --by cora
  tierline templates stop ack_general --reason 'wrong telephone number' --by otto")]
pub enum Templates {
    /// List template versions and who wrote and approved them
    List,
    /// Load every template strictly, render every sample, and say what is wrong with the words
    Check {
        /// Folder of templates; the configured ones without it
        #[arg(value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Take templates in for review, all of them or none; those built in when no folder is named
    Import {
        /// Folder of templates
        #[arg(value_name = "DIR")]
        dir: Option<PathBuf>,
        /// Who wrote them (a person's name)
        #[arg(long, value_name = "NAME")]
        by: String,
        /// Proof of that person
        #[command(flatten)]
        secret: Secret,
    },
    /// Show one version: its words, what the checks say, how it differs from the one in force
    Show(Named),
    /// Release a version for sending, and the letters that waited for it
    Approve {
        /// Which
        #[command(flatten)]
        version: Version,
        /// Version of the other language, released together with this one
        #[arg(
            long,
            value_name = "HASH",
            conflicts_with = "alone",
            required_unless_present = "alone"
        )]
        pair: Option<String>,
        /// Release this language alone
        #[arg(long)]
        alone: bool,
        /// From when letters use it; at once without it
        #[arg(long, value_name = "INSTANT", value_parser = instant)]
        from: Option<Timestamp>,
        /// Until when letters use it
        #[arg(long, value_name = "INSTANT", value_parser = instant)]
        to: Option<Timestamp>,
    },
    /// Send a version back to its author with what is wrong
    Reject {
        /// Which
        #[command(flatten)]
        version: Version,
        /// What is wrong
        #[arg(long, value_name = "TEXT")]
        comment: String,
    },
    /// Ask for a review again, of a version that was sent back
    Submit(Version),
    /// Take a version out of use at once; its letters that have not left are held
    Withdraw(Version),
    /// Stop every letter of a template, in every version and language
    Stop {
        /// Template name
        #[arg(value_name = "NAME")]
        name: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Who acts: a compliance officer or an operator
        #[arg(long, value_name = "NAME")]
        by: String,
        /// Proof of that person
        #[command(flatten)]
        secret: Secret,
    },
    /// Let a stopped template go on
    Start {
        /// Template name
        #[arg(value_name = "NAME")]
        name: String,
        /// Who acts: a compliance officer
        #[arg(long, value_name = "NAME")]
        by: String,
        /// Proof of that person
        #[command(flatten)]
        secret: Secret,
    },
    /// Write the versions in force into a folder, as they could be imported
    Export {
        /// The folder; files of the same name are replaced
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
}

/// One template version.
#[derive(Debug, Args)]
pub struct Named {
    /// Template name
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Content hash of the version, or its first digits (8 at least)
    #[arg(long, value_name = "HASH")]
    pub version: String,
    /// Locale
    #[arg(long)]
    pub locale: String,
}

/// One template version, and who acts on it.
#[derive(Debug, Args)]
pub struct Version {
    /// Which
    #[command(flatten)]
    pub named: Named,
    /// Who acts: for an approval a compliance officer who did not write it
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// Proof of that person
    #[command(flatten)]
    pub secret: Secret,
}

/// `letters`: what was sent, and why.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  tierline letters why TL-4821-0973-5522
  tierline letters show TL-4821-0973-5522 --by cora
  tierline letters show --borrower rosa@example.com --at 2026-11-25 --by cora
  tierline letters show TL-4821-0973-5522 --raw --by cora > letter.eml")]
pub enum Letters {
    /// Say why each mail of a ticket got the letter it got, or none
    Why {
        /// Ticket number
        #[arg(value_name = "TICKET")]
        ticket: String,
    },
    /// Show exactly what was sent, byte for byte, with its version, approver and fate
    Show {
        /// Ticket number
        #[arg(value_name = "TICKET", required_unless_present = "borrower")]
        ticket: Option<String>,
        /// Address it was sent to
        #[arg(long, value_name = "ADDRESS")]
        borrower: Option<String>,
        /// Only what was handed over on this day of the servicer's zone
        #[arg(long, value_name = "DATE", value_parser = date)]
        at: Option<Date>,
        /// The bytes only, one letter after the other
        #[arg(long)]
        raw: bool,
        /// Who looks: the look is on the record
        #[arg(long, value_name = "NAME")]
        by: String,
        /// Proof of that person
        #[command(flatten)]
        secret: Secret,
    },
}

/// `print`: receipts in writing, from the printer to the mail.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  tierline print list
  tierline print export TL-4821-0973-5522 --line 'Rosa Nunez' --line '12 Main Street' \\
      --line 'Springfield, IL 62701' --out letter.pdf --by ana
  tierline print sent TL-4821-0973-5522 --on 2026-11-25 --by ana")]
pub enum Print {
    /// List receipts that are owed in writing, and what was printed and not mailed yet
    List,
    /// Print the receipt a ticket is owed, as a PDF for a window envelope
    Export {
        /// Ticket number
        #[arg(value_name = "TICKET")]
        ticket: String,
        /// Name and postal address, one line each; 2 to 5 lines of at most 40 characters
        #[arg(long = "line", required = true, value_name = "TEXT")]
        lines: Vec<String>,
        /// File to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Who prints it
        #[arg(long, value_name = "NAME")]
        by: String,
        /// Proof of that person
        #[command(flatten)]
        secret: Secret,
    },
    /// Record that what was printed for a ticket is in the mail: its clocks are met
    Sent {
        /// Ticket number
        #[arg(value_name = "TICKET")]
        ticket: String,
        /// Day it was mailed
        #[arg(long, value_name = "DATE", value_parser = date)]
        on: Date,
        /// Who mailed it
        #[arg(long, value_name = "NAME")]
        by: String,
        /// Proof of that person
        #[command(flatten)]
        secret: Secret,
    },
}

/// Who acts on one letter.
#[derive(Debug, Args)]
pub struct OnLetter {
    /// Letter id, as listed
    #[arg(value_name = "ID")]
    pub letter: uuid::Uuid,
    /// Who acts: a supervisor, a compliance officer or an operator
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// Proof of that person
    #[command(flatten)]
    pub secret: Secret,
}

/// `outbox`: letters and where they stand.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  tierline outbox list --state uncertain
  tierline outbox resolve-uncertain 0190… --arrived --by sam
  tierline outbox suppressed")]
pub enum Outbox {
    /// List letters, newest first
    #[command(after_help = "\
Examples:
  tierline outbox list --state held
  tierline outbox list --state uncertain --json")]
    List {
        /// Only this state
        #[arg(long, value_parser = ["available", "sending", "handed_over", "retryable", "uncertain", "held", "discarded"])]
        state: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Show one letter with its attempts and what the record says about it
    Show {
        /// Letter id, as listed
        #[arg(value_name = "ID")]
        letter: uuid::Uuid,
    },
    /// Send a retryable or discarded letter now, with its fixed bytes
    Retry(OnLetter),
    /// Give a letter up that has not left; a person is asked to reach the borrower
    Discard {
        /// Which
        #[command(flatten)]
        on: OnLetter,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Say what became of a letter that nobody can know about
    ResolveUncertain {
        /// Which
        #[command(flatten)]
        on: OnLetter,
        /// It arrived
        #[arg(long, conflicts_with = "lost", required_unless_present = "lost")]
        arrived: bool,
        /// It did not arrive, and is given up
        #[arg(long)]
        lost: bool,
    },
    /// Count the addresses that take no mail, or ask for one of them
    Suppressed {
        /// Only this address
        #[arg(value_name = "ADDRESS")]
        address: Option<String>,
    },
    /// Write to an address again that took no mail
    Unsuppress {
        /// The address
        #[arg(value_name = "ADDRESS")]
        address: String,
        /// Who acts
        #[arg(long, value_name = "NAME")]
        by: String,
        /// Proof of that person
        #[command(flatten)]
        secret: Secret,
    },
    /// Send a test mail by the configured way out, signed like a letter; no borrower's data
    TestSend {
        /// Address of ours to send it to
        #[arg(value_name = "ADDRESS")]
        address: String,
    },
}
