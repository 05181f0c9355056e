//! What a person does to a clock: proven first, then decided by the core.

use serde_json::{Value, json};

use super::list::ticket;
use crate::app::clock_act::{ActError, act};
use crate::cli::arguments::{Acting, Recompute, Record};
use crate::cli::compose::{self, database_error};
use crate::cli::exit::{CliError, Exit};
use crate::cli::identity;
use crate::cli::output::Output;
use crate::config::Config;
use crate::domain::catalogue::Deed;
use crate::domain::clock_act::{By, ClockAct, Ground};
use crate::domain::event::Event;

/// A letter or act is written down.
pub(super) async fn record(
    config: &Config,
    record: &Record,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let app = compose::app_beside(config).await?;
    let deed = Deed {
        what: record.what.clone(),
        at: record.at.unwrap_or_else(|| app.now()),
        is_in_writing: record.on_paper,
    };
    let wanted = ClockAct::Record { deed, named_on: record.date };
    run(config, &record.ticket, &record.by, wanted, output).await
}

/// A date is worked out again.
pub(super) async fn recompute(
    config: &Config,
    asked: &Recompute,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let one = &asked.clock.one;
    let on = if asked.rules { Ground::Rules } else { Ground::Sale(asked.sale_date) };
    let (clock, reason) = (one.clock.clone(), asked.clock.reason.clone());
    let wanted = ClockAct::Recompute { clock, on, reason };
    run(config, &one.ticket, &one.by, wanted, output).await
}

/// Any act: what it changed, a line each.
pub(super) async fn run(
    config: &Config,
    number: &str,
    by: &Acting,
    wanted: ClockAct,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let app = compose::app_beside(config).await?;
    let person = identity::proven(&app.store, &by.by, by.secret.secret_file.as_deref()).await?;
    let ticket = ticket(&app.store, number).await?;
    let by = By { id: person.id, role: person.role };
    let decision = act(&app, ticket.id, &wanted, by).await.map_err(refused)?;
    let lines: Vec<String> = decision.events.iter().map(line).collect();
    let events: Vec<Value> = decision.events.iter().map(|event| json!(event)).collect();
    let answer = json!({ "ticket": ticket.number, "by": person.name, "events": events });
    output.answer(&lines.join("\n"), &answer)?;
    Ok(Exit::Done)
}

fn refused(error: ActError) -> CliError {
    match error {
        ActError::Refused(refusal) => CliError::new(Exit::Refused, refusal),
        ActError::Store(error) => database_error(error),
    }
}

/// `clock_recomputed NOE_FCL: due 2026-12-14 → 2027-01-06`
fn line(event: &Event) -> String {
    let text = |key: &str| event.particulars.get(key).and_then(Value::as_str);
    let mut line = event.kind.clone();
    if let Some(name) = text("kind").or_else(|| text("act")).or_else(|| text("state")) {
        line = format!("{line} {name}");
    }
    match (text("old_due_on"), text("due_on")) {
        (Some(old), Some(new)) => format!("{line}: due {old} → {new}"),
        (None, Some(due)) => format!("{line}: due {due}"),
        _ => line,
    }
}
