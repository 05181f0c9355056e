//! What is asked about calendars, the clock catalogue and due dates.

use clap::Subcommand;
use jiff::Timestamp;
use jiff::civil::Date;

use super::{date, instant};

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

/// `clock`: one due date.
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
}

/// Two letters, as the post office writes a state.
fn state(text: &str) -> Result<String, String> {
    let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_code
        .then(|| text.to_ascii_uppercase())
        .ok_or_else(|| "write a state in two letters, e.g. NY".to_owned())
}
