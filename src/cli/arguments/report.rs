//! What `tierline report` takes.

use clap::{Args, Subcommand};
use jiff::civil::Date;

use super::date;

/// `report`: figures for supervisors and examiners.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Days are those of the servicer's zone. No report names a borrower.

Examples:
  tierline report clocks --from 2026-11-01 --until 2026-11-30
  tierline report recurring --from 2026-01-01 --csv > recurring.csv")]
pub enum Report {
    /// Met and breached by clock kind
    Clocks(Days),
    /// How long our own promises took, in open time: half, nine of ten, 99 of 100
    Responses(Days),
    /// How old the open tickets of each queue are
    Backlog(Days),
    /// Escalations by ladder, and what became of them
    Escalations(Days),
    /// Tickets by category and month, with the change against the month before
    Recurring(Days),
    /// Tickets by hour and weekday, as a mean of the weeks; eight weeks without days
    Arrivals(Days),
}

/// Which days, and how to show them.
#[derive(Debug, Args)]
pub struct Days {
    /// First day; thirty days without it (of arrivals: eight weeks)
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub from: Option<Date>,
    /// Last day; today without it
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub until: Option<Date>,
    /// As CSV (RFC 4180)
    #[arg(long)]
    pub csv: bool,
}

impl Report {
    /// Its days.
    #[must_use]
    pub fn period(&self) -> &Days {
        match self {
            Self::Clocks(days)
            | Self::Responses(days)
            | Self::Backlog(days)
            | Self::Escalations(days)
            | Self::Recurring(days)
            | Self::Arrivals(days) => days,
        }
    }
}

/// `forecast`: what the next days bring.
#[derive(Debug, Args)]
#[command(after_help = "\
Who works when stands in rules/roster.toml. No line names a borrower.

Examples:
  tierline forecast
  tierline forecast --what-if 'escrow/agents=+1 mon 9-12' --json")]
pub struct Forecast {
    /// The same with more people, or fewer: QUEUE/agents=+N DAY HOUR-HOUR
    #[arg(long, value_name = "PEOPLE")]
    pub what_if: Option<String>,
    /// The same seed gives the same forecast of the same queues
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}
