//! What persons do with tickets, in their own name: each act asks for that
//! person's secret. Words about a borrower come from a file or standard input,
//! never from an argument, which every user of the machine can read.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use uuid::Uuid;

use super::draft::{Draft, Words};
use super::{Secret, instant};
use crate::domain::ticket::Priority;

/// Who acts.
#[derive(Debug, Args)]
pub struct By {
    /// Who acts (a person's name)
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// Proof of that person
    #[command(flatten)]
    pub secret: Secret,
}

/// One ticket, and who acts on it.
#[derive(Debug, Args)]
pub struct On {
    /// Ticket number
    #[arg(value_name = "NUMBER")]
    pub number: String,
    /// Version of the ticket that was seen; refused when it has changed since
    #[arg(long, value_name = "VERSION")]
    pub seen: Option<u64>,
    /// Who acts
    #[command(flatten)]
    pub by: By,
}

/// A ticket and a reason.
#[derive(Debug, Args)]
pub struct OnWithReason {
    /// Ticket
    #[command(flatten)]
    pub on: On,
    /// File with the reason; - is standard input. It is kept as a note
    #[arg(long, value_name = "FILE")]
    pub reason_file: PathBuf,
}

/// Every act on tickets.
#[derive(Debug, Subcommand)]
pub enum Act {
    /// Take the most urgent ticket that waits and fits
    Next {
        /// Only from this queue
        #[arg(long)]
        queue: Option<String>,
        /// Who acts
        #[command(flatten)]
        by: By,
    },
    /// Take a ticket
    Take(On),
    /// Give a ticket to somebody; without --to, to whoever fits best
    Assign {
        /// Ticket
        #[command(flatten)]
        on: On,
        /// Who gets it (a person's name)
        #[arg(long, value_name = "NAME")]
        to: Option<String>,
    },
    /// Give a ticket back to its queue
    Return(OnWithReason),
    /// Move a ticket to another queue of its tier, or below
    Requeue {
        /// Ticket and reason
        #[command(flatten)]
        on: OnWithReason,
        /// Where it goes
        #[arg(long)]
        queue: String,
    },
    /// Raise the priority of a ticket; it never sinks
    #[command(after_help = "\
Example:
  tierline ticket prioritize TL-4821-0973-5522 --by ana --priority urgent \\
      --reason-file why.txt")]
    Prioritize {
        /// Ticket and reason
        #[command(flatten)]
        on: OnWithReason,
        /// normal, high or urgent
        #[arg(long, value_parser = priority)]
        priority: Priority,
    },
    /// Say what a ticket is about when the rules were wrong
    #[command(after_help = "\
Example:
  tierline ticket reclassify TL-4821-0973-5522 --by ana --category payoff \\
      --queue payments --reason-file why.txt

No clock changes by this. What was said is kept beside what the rules said.")]
    Reclassify {
        /// Ticket and reason
        #[command(flatten)]
        on: OnWithReason,
        /// A category of rules/categories
        #[arg(long)]
        category: String,
        /// Where it goes for that; it stays where it is without it
        #[arg(long)]
        queue: Option<String>,
    },
    /// Move a ticket up a tier, with a hand-over note
    #[command(after_help = "\
The hand-over note is a TOML file with three parts, none of them empty:
  tried = [\"called the bank on Monday\"]
  documents = [\"bank statement is attached\", \"the 2025 tax bill is missing\"]
  asked = \"apply the payment of 3 November\"")]
    Escalate {
        /// Ticket
        #[command(flatten)]
        on: On,
        /// Where it goes
        #[arg(long)]
        queue: String,
        /// File with the hand-over note; - is standard input
        #[arg(long, value_name = "FILE")]
        handover: PathBuf,
    },
    /// Write to the borrower, in one's own signed words
    Reply(ReplyTo),
    /// A letter that is being written
    #[command(subcommand)]
    Draft(Draft),
    /// Record how the requester has shown who they are
    #[command(after_help = "\
Example:
  tierline ticket verify-identity TL-4821-0973-5522 --by ana --how callback \\
      --checked telephone_on_file,full_name,last_payment

rules/identity.toml says which ways there are, what must be checked, and how long
it is believed. Write what was checked, never its value.")]
    VerifyIdentity {
        /// Ticket
        #[command(flatten)]
        on: On,
        /// A way of rules/identity.toml
        #[arg(long, value_name = "WAY")]
        how: String,
        /// What was checked
        #[arg(long, value_delimiter = ',', required = true, value_name = "CHECK,…")]
        checked: Vec<String>,
    },
    /// Record what was done another way: a letter on paper, an act
    Done {
        /// Ticket
        #[command(flatten)]
        on: On,
        /// In the words of satisfied_by in the clock files, e.g. letter:response
        #[arg(value_name = "DEED")]
        deed: String,
        /// When it was done
        #[arg(long, value_name = "INSTANT", value_parser = instant)]
        at: Timestamp,
    },
    /// Write a note for the house
    Note {
        /// Ticket
        #[command(flatten)]
        on: On,
        /// File with the words; - is standard input
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Show the notes of a ticket
    Notes(On),
    /// Wait for the borrower: our own clocks stand still, those of the law do not
    Pend(OnWithReason),
    /// Free a held ticket for work
    Release(OnWithReason),
    /// Every matter is answered
    Resolve(OnWithReason),
    /// It is done
    Close(On),
    /// Take it up again
    Reopen(OnWithReason),
    /// Raise a flag
    Raise {
        /// Ticket
        #[command(flatten)]
        on: On,
        /// Flag of rules/flags.toml, e.g. agent-asks-help
        #[arg(value_name = "FLAG")]
        flag: String,
    },
    /// Say who caused the error: they neither answer nor close the ticket
    Cause {
        /// Ticket
        #[command(flatten)]
        on: On,
        /// Who caused it (a person's name)
        #[arg(value_name = "NAME")]
        person: String,
    },
    /// Make a ticket part of another; every receipt time and clock goes along
    Merge {
        /// Ticket
        #[command(flatten)]
        on: On,
        /// Number of the ticket that goes on
        #[arg(long, value_name = "NUMBER")]
        into: String,
    },
    /// Make some of the mails a ticket of their own
    Split {
        /// Ticket
        #[command(flatten)]
        on: On,
        /// Mail id, as shown; may be given several times
        #[arg(long = "mail", required = true, value_name = "ID")]
        mails: Vec<Uuid>,
    },
    /// Undo the last merge or split
    Undo(On),
    /// List the escalations that nobody has claimed
    Escalations {
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// "I have it": no further step of the escalation comes
    Claim {
        /// Ticket
        #[command(flatten)]
        on: On,
        /// Escalation id, as listed
        #[arg(value_name = "ID")]
        escalation: Uuid,
    },
    /// "Not for us": the next step of the escalation comes at once
    Refuse {
        /// Ticket and reason
        #[command(flatten)]
        on: OnWithReason,
        /// Escalation id, as listed
        #[arg(value_name = "ID")]
        escalation: Uuid,
    },
    /// Let a letter go that waits for a second person
    ReleaseLetter {
        /// Letter id, as shown
        #[arg(value_name = "LETTER")]
        letter: Uuid,
        /// Who acts
        #[command(flatten)]
        by: By,
    },
    /// Take a letter back that has not left
    TakeBack {
        /// Letter id, as shown
        #[arg(value_name = "LETTER")]
        letter: Uuid,
        /// Who acts
        #[command(flatten)]
        by: By,
    },
}

/// `ticket reply`: a letter of a person.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tierline ticket reply TL-4821-0973-5522 --by ana --file answer.txt
  tierline ticket reply TL-4821-0973-5522 --by ana --file answer.txt \\
      --as notice_of_error_response
  tierline ticket reply TL-4821-0973-5522 --by ana --file answer.txt --dry-run
  tierline ticket reply TL-4821-0973-5522 --by ana --template ask_verify

What speaks against the letter (rules/send_guard.toml) stops it: `asks` until
--confirm says that it is meant, `blocks` until a supervisor releases it.")]
pub struct ReplyTo {
    /// Ticket
    #[command(flatten)]
    pub on: On,
    /// The words
    #[command(flatten)]
    pub words: Words,
    /// Look at the letter and say what speaks against it; it is not sent
    #[arg(long)]
    pub dry_run: bool,
    /// A rule of rules/send_guard.toml that asks: it is meant. May be repeated
    #[arg(long, value_name = "RULE")]
    pub confirm: Vec<String>,
    /// Why it may leave although something blocks it (supervisors): a file
    #[arg(long, value_name = "FILE")]
    pub release_file: Option<PathBuf>,
    /// Seconds in which it can still be taken back
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..86_400))]
    pub undo_seconds: u32,
}

/// `person set`: what a person can do.
#[derive(Debug, Args)]
pub struct SetPerson {
    /// Whom
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Skills, as queues ask for them; replaces the old ones
    #[arg(long, value_delimiter = ',', value_name = "SKILL,…")]
    pub skills: Option<Vec<String>>,
    /// Languages they write, e.g. en,es; replaces the old ones
    #[arg(long, value_delimiter = ',', value_name = "CODE,…")]
    pub languages: Option<Vec<String>>,
    /// Tickets they can hold at once
    #[arg(long, value_parser = clap::value_parser!(u32).range(..=500))]
    pub capacity: Option<u32>,
    /// Mail address where ladders tell them
    #[arg(long, value_name = "ADDRESS")]
    pub address: Option<String>,
    /// Who acts
    #[command(flatten)]
    pub by: By,
}

/// `person away`: out of office.
#[derive(Debug, Args)]
pub struct Away {
    /// Whom
    #[arg(value_name = "NAME")]
    pub name: String,
    /// From when
    #[arg(long, value_name = "INSTANT", value_parser = instant, requires = "until")]
    pub from: Option<Timestamp>,
    /// Until when
    #[arg(long, value_name = "INSTANT", value_parser = instant, requires = "from")]
    pub until: Option<Timestamp>,
    /// Who acts: the person, or a supervisor
    #[command(flatten)]
    pub by: By,
}

fn priority(text: &str) -> Result<Priority, String> {
    Priority::from_word(text).ok_or_else(|| "one of low, normal, high, urgent".to_owned())
}
