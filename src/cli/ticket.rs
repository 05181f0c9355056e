//! `tierline ticket`: list, show, open. Lists and pages name no borrower and
//! quote no mail.

mod open;
mod show;

use serde_json::json;

use super::arguments::{self, Ticket};
use super::compose::{self, database_error};
use super::exit::{CliError, Exit};
use super::output::Output;
use crate::config::Config;
use crate::domain::ticket::Status;
use crate::store::view::TicketFilter;

/// Lists, shows or opens.
pub(super) async fn run(
    config: &Config,
    ticket: &Ticket,
    output: &mut Output,
) -> Result<Exit, CliError> {
    match ticket {
        Ticket::List { queue, status, limit } => {
            let filter = TicketFilter {
                status: arguments::word(status.as_ref(), Status::from_word),
                queue: queue.clone(),
                limit: u64::from(*limit).max(1),
                ..TicketFilter::default()
            };
            list(config, &filter, output).await
        }
        Ticket::Show { number } => show::run(config, number, output).await,
        Ticket::Open(open) => open::run(config, open, output).await,
    }
}

async fn list(
    config: &Config,
    filter: &TicketFilter,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let store = compose::store_beside(config).await?;
    let lines = store.ticket_list(filter).await.map_err(database_error)?;
    let rows: Vec<[String; 7]> = lines
        .iter()
        .map(|line| {
            let ticket = &line.ticket;
            let due = line.next_due_at.map(|at| at.strftime("%Y-%m-%d %H:%MZ").to_string());
            [
                ticket.number.to_string(),
                ticket.status.to_string(),
                ticket.priority.to_string(),
                ticket.queue.clone(),
                ticket.tier.to_string(),
                ticket.category.clone(),
                due.unwrap_or_default(),
            ]
        })
        .collect();
    let values: Vec<_> = lines
        .iter()
        .map(|line| {
            let mut value = show::head(&line.ticket);
            value["next_due_at"] = json!(line.next_due_at);
            value
        })
        .collect();
    let heads = ["ticket", "status", "priority", "queue", "tier", "category", "next due"];
    output.table(heads, &rows, &values)?;
    Ok(Exit::Done)
}
