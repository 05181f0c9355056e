//! `tierline clock explain`: a due date, day by day.

use anyhow::anyhow;
use jiff::civil::Date;
use jiff::{Timestamp, Zoned, civil};

use super::arguments::Clock;
use super::exit::{CliError, Exit, OrExit as _};
use super::output::Output;
use super::policy;
use crate::config::Config;
use crate::domain::catalogue::ClockBook;

/// Prints the arithmetic of one row for one receipt.
pub(super) fn run(command: &Clock, config: &Config, output: &mut Output) -> Result<Exit, CliError> {
    let Clock::Explain { kind, received, sale_on } = command;
    let book = policy::load(config)?.clocks;
    let received_at = instant(received, &book).or_exit(Exit::Usage)?;
    let sale_on = sale_on.as_deref().map(date).transpose().or_exit(Exit::Usage)?;
    let found = book.explain(kind, received_at, sale_on).or_exit(Exit::Usage)?;
    let mut lines = vec![format!("{} {} ({})", found.clock, found.name, found.citation)];
    lines.extend(found.lines());
    lines.push(format!("due {} (staffed {})", found.due_on, found.internal_due_on));
    output.answer(&lines.join("\n"), &found)?;
    Ok(Exit::Done)
}

// With an offset or a zone it is an instant; without, it is read in the
// servicer's zone; a date alone is its first instant there.
fn instant(text: &str, book: &ClockBook) -> anyhow::Result<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    if let Ok(zoned) = text.parse::<Zoned>() {
        return Ok(zoned.timestamp());
    }
    let wall: civil::DateTime = text.parse().map_err(|_| {
        anyhow!("{text:?} is no instant; write e.g. 2026-11-20T16:02-05:00 or 2026-11-20")
    })?;
    Ok(book.zone().to_timestamp(wall)?)
}

fn date(text: &str) -> anyhow::Result<Date> {
    text.parse().map_err(|_| anyhow!("{text:?} is no date; write e.g. 2026-12-01"))
}
