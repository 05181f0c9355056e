//! What is asked about calendars, the clock catalogue and due dates, and what
//! persons do to clocks.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;

use super::{Secret, date, instant};

/// `calendar`: when somebody is there.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  tierline calendar show 2027
  tierline calendar show 2027 --calendar nights --json
  tierline calendar check")]
pub enum Calendar {
    /// Print the holidays, closures and half days of a year, and its open hours
    Show {
        /// Year, e.g. 2027
        #[arg(value_name = "YEAR", value_parser = clap::value_parser!(i16).range(1900..=2200))]
        year: i16,
        /// Calendar id; the servicer's own without it
        #[arg(long, value_name = "ID")]
        calendar: Option<String>,
    },
    /// Say what looks wrong this year and the next: no holidays loaded, weeks without anybody
    Check,
}

/// `clocks`: the catalogue.
#[derive(Debug, Subcommand)]
pub enum Clocks {
    /// List every clock there is, with its source, unit, target and what ends it
    #[command(after_help = "\
Examples:
  tierline clocks list
  tierline clocks list --class statutory --json")]
    List {
        /// Only this class
        #[arg(long, value_parser = ["service", "statutory", "internal", "hold"])]
        class: Option<String>,
    },
}

/// `clock`: due dates, and what persons do to them.
#[derive(Debug, Subcommand)]
pub enum Clock {
    /// Print each counted and each skipped day up to the due date
    #[command(after_help = "\
Examples:
  tierline clock explain --kind NOE_ACK --received 2026-11-20T16:02-05:00
  tierline clock explain --kind NOE_RESP --received 2026-11-20T16:02-05:00 --state NC
  tierline clock explain --kind NOE_FCL --received 2026-11-20T16:02-05:00 --sale-date 2026-12-15")]
    Explain {
        /// Clock kind of the catalogue, e.g. `NOE_RESP`
        #[arg(long, value_name = "KIND")]
        kind: String,
        /// Receipt, e.g. 2026-11-20T16:02-05:00
        #[arg(long, value_name = "INSTANT", value_parser = instant)]
        received: Timestamp,
        /// State of the loan, e.g. NY: its own clocks for the same matter are shown beside
        #[arg(long, value_name = "STATE", value_parser = state)]
        state: Option<String>,
        /// Date of the foreclosure sale, e.g. 2026-12-15
        #[arg(long, value_name = "DATE", value_parser = date)]
        sale_date: Option<Date>,
    },
    /// List the clocks of a ticket, and whether the record tells the same as the rows
    List {
        /// Ticket number
        #[arg(value_name = "TICKET")]
        ticket: String,
    },
    /// Write down a letter sent or an act done: it meets and starts the clocks that wait for it
    Record(Record),
    /// Let a service clock stand still while we wait for the borrower
    Pause(One),
    /// Let it run again
    Resume(One),
    /// Take the longer term the law gives, once its notice has been sent
    Extend(WithReason),
    /// Ask that a clock which should never have run is ended; it runs on until a second person agrees
    Void(WithReason),
    /// Agree, as the second person, that a clock is ended
    ConfirmVoid(One),
    /// Work a due date out again, on another sale date or on the rules in force
    Recompute(Recompute),
    /// Say in which state the loan is: its own clocks run beside the others
    State {
        /// Ticket number
        #[arg(value_name = "TICKET")]
        ticket: String,
        /// State in two letters, e.g. NY
        #[arg(value_name = "STATE", value_parser = state)]
        state: String,
        /// Who says so
        #[command(flatten)]
        by: Acting,
    },
}

/// Who acts, with their proof.
#[derive(Debug, Args)]
pub struct Acting {
    /// Who acts (a person's name)
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// Proof of that person
    #[command(flatten)]
    pub secret: Secret,
}

/// One clock of a ticket, and who acts on it.
#[derive(Debug, Args)]
pub struct One {
    /// Ticket number
    #[arg(value_name = "TICKET")]
    pub ticket: String,
    /// Clock kind, or its id where several of a kind are open
    #[arg(value_name = "CLOCK")]
    pub clock: String,
    /// Who
    #[command(flatten)]
    pub by: Acting,
}

/// The same with a reason, which is kept in the record.
#[derive(Debug, Args)]
pub struct WithReason {
    /// Which, by whom
    #[command(flatten)]
    pub one: One,
    /// Why
    #[arg(long, value_name = "WORDS")]
    pub reason: String,
}

/// `clock recompute`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("ground").required(true).multiple(false))]
#[command(after_help = "\
Examples:
  tierline clock recompute TL-4821-0973-5522 NOE_FCL --sale-date 2027-01-12 --reason 'sale postponed' --by sam
  tierline clock recompute TL-4821-0973-5522 NOE_RESP --rules --reason 'counsel: row was wrong' --by cora")]
pub struct Recompute {
    /// Which, by whom, why
    #[command(flatten)]
    pub clock: WithReason,
    /// On this date of the foreclosure sale
    #[arg(long, value_name = "DATE", value_parser = date, group = "ground")]
    pub sale_date: Option<Date>,
    /// No sale is planned any more
    #[arg(long, group = "ground")]
    pub no_sale: bool,
    /// On the rules and calendars in force now
    #[arg(long, group = "ground")]
    pub rules: bool,
}

/// `clock record`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tierline clock record TL-4821-0973-5522 letter:extension-notice --at 2026-12-28T15:00-05:00 --on-paper --by ana
  tierline clock record TL-4821-0973-5522 act:escrow-closure-planned --date 2027-02-01 --by ana")]
pub struct Record {
    /// Ticket number
    #[arg(value_name = "TICKET")]
    pub ticket: String,
    /// letter:…, act:… or event:… as the catalogue names it; see `tierline clocks list`
    #[arg(value_name = "DEED")]
    pub what: String,
    /// When it was done; now without it
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub at: Option<Timestamp>,
    /// Done in writing: on paper, or by e-mail to somebody whose consent is on record
    #[arg(long)]
    pub on_paper: bool,
    /// Date that the act names, e.g. of a planned closure
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub date: Option<Date>,
    /// Who
    #[command(flatten)]
    pub by: Acting,
}

/// Two letters, as the post office writes a state.
fn state(text: &str) -> Result<String, String> {
    let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_code
        .then(|| text.to_ascii_uppercase())
        .ok_or_else(|| "write a state in two letters, e.g. NY".to_owned())
}
