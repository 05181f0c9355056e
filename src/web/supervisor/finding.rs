//! What a report says in one sentence, and the picture that shows it.

use serde_json::Value;

use crate::app::report::Table;
use crate::domain::report::{HourOfWeek, ReportName};
use crate::web::chart::{self, Bars, Lie, ShownBars, ShownHeat};

/// The picture of a report.
pub(super) enum Picture {
    /// Nothing happened.
    Nothing,
    /// Bars.
    Bars(ShownBars),
    /// The hours of a week.
    Heat(ShownHeat),
}

const DAYS: [&str; 7] =
    ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];

/// Title and description.
pub(super) const fn words_of(name: ReportName) -> (&'static str, &'static str) {
    match name {
        ReportName::Clocks => (
            "Clocks: met and breached",
            "Clocks that started in these days, by kind, and what became of them.",
        ),
        ReportName::Responses => (
            "Response times",
            "How long our own promises took that were met in these days, in open time: half of \
             them (p50), nine of ten (p90) and 99 of 100 (p99) took at most so long.",
        ),
        ReportName::Backlog => {
            ("Backlog", "How old the tickets are that are neither resolved nor closed, by queue.")
        }
        ReportName::Escalations => (
            "Escalations by ladder",
            "Escalations that began in these days, and what became of them.",
        ),
        ReportName::Recurring => (
            "What keeps coming",
            "Tickets by category and month, with the change against the month before.",
        ),
        ReportName::Arrivals => (
            "Arrivals by hour and weekday",
            "Tickets that came in each hour of the week, as a mean of the weeks of these days, \
             in the servicer's zone.",
        ),
    }
}

/// The picture of a table.
pub(super) fn bars(name: ReportName, table: &Table) -> Picture {
    if table.rows.is_empty() {
        return Picture::Nothing;
    }
    let sum = |column: &str| {
        rows_of(table, &[column]).iter().map(|(_, row)| row.iter().sum::<f64>()).sum::<f64>()
    };
    let (title, series, columns, lie): (String, Vec<&'static str>, &[&str], Lie) = match name {
        ReportName::Clocks => {
            let (met, rest) = (sum("met"), sum("met_late") + sum("breached"));
            let title = format!("{met} of {} clocks that ended were met in time", met + rest);
            let series = vec!["met in time", "met late", "breached", "open"];
            (title, series, &["met", "met_late", "breached", "open"], Lie::Stacked)
        }
        ReportName::Responses => {
            let title = "Minutes of open time".to_owned();
            let columns = &["p50_minutes", "p90_minutes", "p99_minutes"];
            (title, vec!["p50", "p90", "p99"], columns, Lie::Apart)
        }
        ReportName::Backlog => {
            let columns = &["under_1_day", "under_3", "under_7", "under_14", "under_30", "older"];
            let all: f64 = columns.iter().map(|column| sum(column)).sum();
            let title = format!("{all} tickets are open, {} for 30 days or more", sum("older"));
            let series = vec![
                "under 1 day",
                "under 3 days",
                "under 7 days",
                "under 14 days",
                "under 30 days",
                "older",
            ];
            (title, series, columns, Lie::Stacked)
        }
        ReportName::Escalations => {
            let title =
                format!("{} escalations began, {} were claimed", sum("begun"), sum("claimed"));
            let series = vec!["claimed", "refused", "ended", "running", "superseded"];
            let columns = &["claimed", "refused", "ended", "running", "superseded"];
            (title, series, columns, Lie::Stacked)
        }
        ReportName::Recurring | ReportName::Arrivals => return recurring(table),
    };
    Picture::Bars(Bars { title, series, lie, rows: rows_of(table, columns) }.shown())
}

/// The categories of the last month, the most frequent first.
fn recurring(table: &Table) -> Picture {
    let column = |name: &str| table.heads.iter().position(|(head, _)| *head == name);
    let (Some(month), Some(count)) = (column("month"), column("count")) else {
        return Picture::Nothing;
    };
    let month_of = |row: &Vec<Value>| row.get(month).and_then(Value::as_str).map(str::to_owned);
    let Some(last) = table.rows.iter().filter_map(month_of).max() else { return Picture::Nothing };
    let of_last = table.rows.iter().filter(|row| month_of(row).as_ref() == Some(&last));
    let mut rows: Vec<(String, Vec<f64>)> =
        of_last.map(|row| (label(row), vec![figure(row.get(count))])).collect();
    rows.sort_by(|a, b| b.1.partial_cmp(&a.1).unwrap_or(std::cmp::Ordering::Equal));
    let title = format!("Tickets of {last} by category");
    Picture::Bars(Bars { title, series: vec!["tickets"], lie: Lie::Stacked, rows }.shown())
}

/// The hours of a week.
pub(super) fn heat(week: &HourOfWeek) -> Picture {
    let Some((day, hour, count)) = week.peak() else { return Picture::Nothing };
    let day = DAYS.get(day).copied().unwrap_or_default();
    let share = (count as f64 * 100.0 / week.total() as f64).round();
    let title = format!("{day} from {hour}:00 to {}:00 bring {share} % of the tickets", hour + 1);
    Picture::Heat(chart::heat(title, week))
}

fn rows_of(table: &Table, columns: &[&str]) -> Vec<(String, Vec<f64>)> {
    let place = |name: &&str| table.heads.iter().position(|(head, _)| head == name);
    let places: Vec<usize> = columns.iter().filter_map(place).collect();
    let row = |row: &Vec<Value>| {
        (label(row), places.iter().map(|place| figure(row.get(*place))).collect())
    };
    table.rows.iter().map(row).collect()
}

fn label(row: &[Value]) -> String {
    row.first().and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn figure(value: Option<&Value>) -> f64 {
    value.and_then(Value::as_f64).unwrap_or(0.0)
}
