//! `tierline forecast`: what the next days bring, and what other people at
//! other hours would change.

use super::arguments::Forecast;
use super::compose::{self, database_error};
use super::exit::{CliError, Exit};
use super::output::Output;
use crate::app::forecast::{self, ForecastError};
use crate::config::Config;
use crate::domain::forecast::band::Band;

pub(super) async fn run(
    config: &Config,
    arguments: &Forecast,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let app = compose::app_beside(config).await?;
    let made = forecast::forecast(&app, arguments.what_if.as_deref(), arguments.seed).await;
    let made = made.map_err(|error| match error {
        ForecastError::WhatIf(problem) => CliError::new(Exit::Usage, problem),
        ForecastError::Store(error) => database_error(error),
        ForecastError::Broken => CliError::new(Exit::Fault, error),
    })?;
    if output.is_json() {
        output.answer("", &made)?;
        return Ok(Exit::Done);
    }
    let rows: Vec<[String; 5]> = made
        .days
        .iter()
        .map(|day| {
            [
                format!("{} {}", day.date, day.date.strftime("%a")),
                band(day.arrivals),
                format!("{:.1}", day.work_hours),
                format!("{:.1}", day.people_hours),
                band(day.breaches),
            ]
        })
        .collect();
    let heads = ["day", "tickets (80 %)", "hours of work", "of people", "broken promises (90 %)"];
    output.table(heads, &rows, &made.days)?;
    output.answer(&words(&made), &())?;
    Ok(Exit::Done)
}

fn words(made: &forecast::Forecast) -> String {
    let mut lines = vec![String::new()];
    let now = band(made.breaches);
    lines.push(match &made.what_if {
        None => format!("broken promises in these days: {now}"),
        Some(then) => format!("{}: broken promises {now} -> {}", then.asked, band(then.breaches)),
    });
    for risk in &made.tickets {
        let percent = risk.chance * 100.0;
        lines.push(format!("{} due {}: broken with {percent:.0} %", risk.ticket, risk.due_at));
    }
    if let Some(accuracy) = made.accuracy {
        lines.push(format!(
            "on {} days it had not seen: {:.1} tickets off a day, the same day a week before {:.1}; \
             {:.0} % of the days lay in the 80 % band",
            accuracy.days,
            accuracy.error,
            accuracy.baseline_error,
            accuracy.in_band * 100.0
        ));
    }
    lines.extend(made.remarks.iter().cloned());
    lines.join("\n")
}

/// `7 (4-11)`.
fn band(band: Band) -> String {
    format!("{:.1} ({:.0}-{:.0})", band.mean, band.low, band.high)
}
