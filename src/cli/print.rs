//! `tierline print`: receipts that must be had in writing, from the printer to
//! the mail.

use anyhow::anyhow;
use jiff::civil::Date;
use serde_json::json;

use super::arguments::{Print, Secret};
use super::compose::{self, database_error};
use super::exit::{CliError, Exit, OrExit as _};
use super::identity;
use super::output::Output;
use crate::app::paper::{self, PrintError, WRITTEN_ACKNOWLEDGMENT};
use crate::config::Config;
use crate::domain::id::TicketNumber;

/// Open tasks that are looked at.
const MOST_TASKS: u64 = 10_000;

/// Lists, prints, records.
pub(super) async fn run(
    config: &Config,
    print: &Print,
    output: &mut Output,
) -> Result<Exit, CliError> {
    match print {
        Print::List => list(config, output).await,
        Print::Export { ticket, lines, out, by, secret } => {
            let app = compose::app_beside(config).await?;
            let person = identity::proven(&app.store, by, secret.secret_file.as_deref()).await?;
            let number = number(ticket)?;
            let printed =
                paper::export(&app, &number, lines, person.id).await.map_err(print_error)?;
            std::fs::write(out, &printed.pdf).or_exit(Exit::Unavailable)?;
            let text = format!(
                "{} {} for {number} is in {}; mail it, then: tierline print sent {number} --on DATE",
                printed.template,
                printed.locale,
                out.display()
            );
            let answer = json!({
                "ticket": number, "template": printed.template, "locale": printed.locale,
                "meets": printed.meets, "file": out.display().to_string(),
            });
            output.answer(&text, &answer)?;
            Ok(Exit::Done)
        }
        Print::Sent { ticket, on, by, secret } => {
            sent(config, ticket, *on, (by, secret), output).await
        }
    }
}

async fn list(config: &Config, output: &mut Output) -> Result<Exit, CliError> {
    let store = compose::store_beside(config).await?;
    let printed_on =
        |at: jiff::Timestamp| at.to_zoned(config.instance.timezone.clone()).date().to_string();
    let printed = store.papers(true).await.map_err(database_error)?;
    let tasks = store.open_tasks(MOST_TASKS).await.map_err(database_error)?;
    let tasks: Vec<_> =
        tasks.into_iter().filter(|task| task.kind == WRITTEN_ACKNOWLEDGMENT).collect();
    let state = |number: &TicketNumber, clock: Option<&str>| {
        let found = printed
            .iter()
            .find(|paper| paper.ticket == *number && Some(paper.clock_kind.as_str()) == clock);
        found.map_or("to print", |_| "printed, to mail")
    };
    let rows: Vec<[String; 4]> = tasks
        .iter()
        .map(|task| {
            [
                task.number.to_string(),
                task.due_on.to_string(),
                task.clock_kind.clone().unwrap_or_default(),
                state(&task.number, task.clock_kind.as_deref()).to_owned(),
            ]
        })
        .collect();
    let values: Vec<_> = tasks
        .iter()
        .map(|task| {
            json!({
                "ticket": task.number, "due_on": task.due_on.to_string(),
                "clock_kind": task.clock_kind,
                "state": state(&task.number, task.clock_kind.as_deref()),
                "printed_on": printed
                    .iter()
                    .find(|paper| paper.ticket == task.number)
                    .map(|paper| printed_on(paper.exported_at)),
            })
        })
        .collect();
    output.table(["ticket", "due", "clock", "state"], &rows, &values)?;
    Ok(Exit::Done)
}

async fn sent(
    config: &Config,
    ticket: &str,
    on: Date,
    (by, secret): (&str, &Secret),
    output: &mut Output,
) -> Result<Exit, CliError> {
    let app = compose::app_beside(config).await?;
    let person = identity::proven(&app.store, by, secret.secret_file.as_deref()).await?;
    let number = number(ticket)?;
    let met = paper::sent(&app, &number, on, person.id).await.map_err(print_error)?;
    let text = format!("{number}: mailed on {on} by {}; met: {}", person.name, met.join(", "));
    let answer = json!({ "ticket": number, "sent_on": on.to_string(), "met": met });
    output.answer(&text, &answer)?;
    Ok(Exit::Done)
}

fn number(text: &str) -> Result<TicketNumber, CliError> {
    TicketNumber::parse(text).ok_or_else(|| {
        let text = format!("{text} is no ticket number: a digit is wrong or missing");
        CliError::new(Exit::Usage, anyhow!(text))
    })
}

fn print_error(error: PrintError) -> CliError {
    match error {
        PrintError::Store(error) => database_error(error),
        PrintError::NoTicket(_) | PrintError::NothingOwed(_) => {
            CliError::new(Exit::ProblemsFound, error)
        }
        PrintError::NoWording(..) => CliError::new(Exit::Refused, error),
        PrintError::Paper(_) => CliError::new(Exit::Usage, error),
        PrintError::Words(_) => CliError::new(Exit::Fault, error),
    }
}
