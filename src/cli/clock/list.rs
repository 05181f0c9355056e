//! `tierline clock list`: every clock of a ticket, and whether the record tells
//! the same as the rows.

use anyhow::anyhow;
use serde_json::{Value, json};

use crate::cli::compose::{self, database_error};
use crate::cli::exit::{CliError, Exit};
use crate::cli::output::Output;
use crate::config::Config;
use crate::domain::catalogue::ClockBook;
use crate::domain::clock::{Clock, history};
use crate::domain::id::TicketNumber;
use crate::domain::ticket::Ticket;
use crate::store::Store;

pub(super) async fn run(
    config: &Config,
    number: &str,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let store = compose::store_beside(config).await?;
    let ticket = ticket(&store, number).await?;
    let found = store.find_ticket_clocks(ticket.id).await.map_err(database_error)?;
    let clocks = found.map(|found| found.clocks).unwrap_or_default();
    let events = store.ticket_events(ticket.id).await.map_err(database_error)?;
    // a clock that an older version started did not tell how it began
    let agrees = |clock: &Clock| history::fold(&events, clock.id).is_none_or(|told| told == *clock);
    let leading = ClockBook::leading(&clocks).map(|clock| clock.id);
    let rows: Vec<[String; 6]> = clocks
        .iter()
        .map(|clock| {
            let leads = if Some(clock.id) == leading { "leads" } else { "" };
            let told = if agrees(clock) { leads } else { "THE RECORD SAYS OTHERWISE" };
            [
                clock.kind.clone(),
                clock.class.to_string(),
                clock.state.to_string(),
                clock.due_on.to_string(),
                clock.internal_due_on.to_string(),
                told.to_owned(),
            ]
        })
        .collect();
    let values: Vec<Value> = clocks
        .iter()
        .map(|clock| {
            let mut value = json!(clock);
            value["leads"] = json!(Some(clock.id) == leading);
            value["record_agrees"] = json!(agrees(clock));
            value
        })
        .collect();
    output.table(["clock", "class", "state", "due", "in the house", ""], &rows, &values)?;
    let is_whole = clocks.iter().all(agrees);
    Ok(if is_whole { Exit::Done } else { Exit::ProblemsFound })
}

/// The ticket with that number.
pub(super) async fn ticket(store: &Store, number: &str) -> Result<Ticket, CliError> {
    let number = TicketNumber::parse(number).ok_or_else(|| {
        let text = format!("{number} is no ticket number: a digit is wrong or missing");
        CliError::new(Exit::Usage, anyhow!(text))
    })?;
    let found = store.ticket_detail(&number).await.map_err(database_error)?;
    let detail = found.ok_or_else(|| {
        CliError::new(Exit::ProblemsFound, anyhow!("there is no ticket {number}"))
    })?;
    Ok(detail.ticket)
}
