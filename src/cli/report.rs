//! `tierline report`: figures as a table, as JSON, or as CSV for a spreadsheet.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

use super::arguments::Report;
use super::compose::{self, database_error};
use super::exit::{CliError, Exit, OrExit as _};
use super::output::Output;
use crate::app::App;
use crate::app::report::{self, Period};
use crate::config::Config;

pub(super) async fn run(
    config: &Config,
    report: &Report,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let app = compose::app_beside(config).await?;
    let is_csv = report.period().csv;
    let period = period(&app, report.period().from, report.period().until)?;
    match report {
        Report::Clocks(_) => {
            let lines = report::clocks(&app, period).await.map_err(database_error)?;
            let heads =
                ["clock", "class", "started", "met", "met_late", "breached", "open", "ended"];
            show(heads, &lines, is_csv, output)
        }
        Report::Responses(_) => {
            let lines = report::responses(&app, period).await.map_err(database_error)?;
            let heads = ["clock", "count", "p50_minutes", "p90_minutes", "p99_minutes"];
            show(heads, &lines, is_csv, output)
        }
        Report::Backlog(_) => {
            let lines = report::backlog(&app).await.map_err(database_error)?;
            let flat: Vec<Value> = lines
                .iter()
                .map(|line| {
                    let [day, three, week, two_weeks, month, older] = line.ages;
                    serde_json::json!({
                        "queue": line.queue, "under_1_day": day, "under_3": three,
                        "under_7": week, "under_14": two_weeks, "under_30": month,
                        "older": older,
                    })
                })
                .collect();
            let heads =
                ["queue", "under_1_day", "under_3", "under_7", "under_14", "under_30", "older"];
            show(heads, &flat, is_csv, output)
        }
        Report::Escalations(_) => {
            let lines = report::escalations(&app, period).await.map_err(database_error)?;
            let heads = ["ladder", "begun", "claimed", "refused", "ended", "running", "superseded"];
            show(heads, &lines, is_csv, output)
        }
        Report::Recurring(_) => {
            let lines = report::recurring_issues(&app, period).await.map_err(database_error)?;
            show(["category", "month", "count", "change"], &lines, is_csv, output)
        }
    }
}

/// Whole days in the servicer's zone; without dates the last thirty.
fn period(app: &App, from: Option<Date>, until: Option<Date>) -> Result<Period, CliError> {
    let standing = app.standing();
    let zone = standing.desk.policy.clocks.zone();
    let today = app.now().to_zoned(zone.clone()).date();
    let start = |date: Date| -> Result<Timestamp, CliError> {
        date.to_zoned(zone.clone()).map(|zoned| zoned.timestamp()).or_exit(Exit::Usage)
    };
    let last = until.unwrap_or(today);
    let first = match from {
        Some(from) => from,
        None => last.checked_sub(jiff::Span::new().days(29)).or_exit(Exit::Usage)?,
    };
    if first > last {
        let text = "--from comes after --until";
        return Err(CliError::new(Exit::Usage, anyhow::anyhow!(text)));
    }
    let after = last.tomorrow().or_exit(Exit::Usage)?;
    Ok(Period { from: start(first)?, until: start(after)? })
}

/// The fields called `heads` of each line.
fn show<const N: usize>(
    heads: [&str; N],
    lines: &[impl Serialize],
    is_csv: bool,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let values: Vec<Value> =
        lines.iter().map(serde_json::to_value).collect::<Result<_, _>>().or_exit(Exit::Fault)?;
    let cell = |value: &Value, head: &str| match value.get(head) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let rows: Vec<[String; N]> =
        values.iter().map(|value| heads.map(|head| cell(value, head))).collect();
    if is_csv {
        output.raw(csv(&heads, &rows).as_bytes())?;
    } else {
        output.table(heads.map(|head| head), &rows, &values)?;
    }
    Ok(Exit::Done)
}

/// RFC 4180. A cell that a spreadsheet would take for a formula gets a quote
/// before it.
fn csv<const N: usize>(heads: &[&str; N], rows: &[[String; N]]) -> String {
    let field = |text: &str| {
        let is_number = text.parse::<i64>().is_ok();
        let is_formula = !is_number && text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let text = if is_formula { format!("'{text}") } else { text.to_owned() };
        if text.contains(['"', ',', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text
        }
    };
    let mut lines = vec![heads.join(",")];
    for row in rows {
        lines.push(row.iter().map(|cell| field(cell)).collect::<Vec<_>>().join(","));
    }
    lines.join("\r\n") + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_gets_no_formula_and_no_broken_line() {
        let rows =
            [["=1+1".to_owned(), "-5".to_owned()], ["a,\"b\"".to_owned(), "x\ny".to_owned()]];
        assert_eq!(
            csv(&["one", "two"], &rows),
            "one,two\r\n'=1+1,-5\r\n\"a,\"\"b\"\"\",\"x\ny\"\r\n"
        );
    }
}
