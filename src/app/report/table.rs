//! Each report as a table: what pages, files for spreadsheets and the command
//! line show of it.

use jiff::SignedDuration;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Period, backlog, clocks, escalations, recurring_issues, responses};
use crate::app::App;
use crate::domain::report::{HourOfWeek, ReportName, WEEKDAYS};
use crate::store::StoreError;

/// Name and words of a column.
pub type Head = (&'static str, &'static str);

const CLOCKS: &[Head] = &[
    ("clock", "Clock"),
    ("class", "Class"),
    ("started", "Started"),
    ("met", "Met in time"),
    ("met_late", "Met late"),
    ("breached", "Breached, still owed"),
    ("open", "Running or paused"),
    ("ended", "Voided or superseded"),
];
const RESPONSES: &[Head] = &[
    ("clock", "Promise"),
    ("count", "n"),
    ("p50_minutes", "p50, minutes"),
    ("p90_minutes", "p90, minutes"),
    ("p99_minutes", "p99, minutes"),
];
const BACKLOG: &[Head] = &[
    ("queue", "Queue"),
    ("under_1_day", "Under 1 day"),
    ("under_3", "Under 3 days"),
    ("under_7", "Under 7 days"),
    ("under_14", "Under 14 days"),
    ("under_30", "Under 30 days"),
    ("older", "Older"),
];
const ESCALATIONS: &[Head] = &[
    ("ladder", "Ladder"),
    ("begun", "Begun"),
    ("claimed", "Claimed"),
    ("refused", "Refused"),
    ("ended", "Ended"),
    ("running", "Running"),
    ("superseded", "Superseded"),
];
const RECURRING: &[Head] =
    &[("category", "Category"), ("month", "Month"), ("count", "Tickets"), ("change", "Change")];
const ARRIVALS: &[Head] = &[
    ("hour", "Hour"),
    ("mon", "Mon"),
    ("tue", "Tue"),
    ("wed", "Wed"),
    ("thu", "Thu"),
    ("fri", "Fri"),
    ("sat", "Sat"),
    ("sun", "Sun"),
];

/// One report.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its columns.
    pub heads: &'static [Head],
    /// Its lines: text or numbers, one for each column.
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    /// Its cells as words.
    #[must_use]
    pub fn cells(&self) -> Vec<Vec<String>> {
        let cell = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        self.rows.iter().map(|row| row.iter().map(cell).collect()).collect()
    }

    /// Each line with its columns by name.
    #[must_use]
    pub fn objects(&self) -> Vec<Value> {
        let object = |row: &Vec<Value>| {
            let fields = self.heads.iter().zip(row);
            Value::Object(
                fields.map(|((name, _), value)| ((*name).to_owned(), value.clone())).collect(),
            )
        };
        self.rows.iter().map(object).collect()
    }

    /// As a file for a spreadsheet.
    #[must_use]
    pub fn csv(&self) -> String {
        let names: Vec<&str> = self.heads.iter().map(|(name, _)| *name).collect();
        super::csv::csv(&names, &self.cells())
    }

    /// The fields called like `heads` of each of `lines`.
    fn of<T: Serialize>(heads: &'static [Head], lines: &[T]) -> Self {
        let row = |line: &T| {
            let value = serde_json::to_value(line).unwrap_or_default();
            heads.iter().map(|(name, _)| value.get(*name).cloned().unwrap_or_default()).collect()
        };
        Self { heads, rows: lines.iter().map(row).collect() }
    }
}

/// The report called `name` over `period`.
///
/// # Errors
/// When the database is out of reach.
pub async fn table(app: &App, name: ReportName, period: Period) -> Result<Table, StoreError> {
    Ok(match name {
        ReportName::Clocks => Table::of(CLOCKS, &clocks(app, period).await?),
        ReportName::Responses => Table::of(RESPONSES, &responses(app, period).await?),
        ReportName::Backlog => {
            let lines = backlog(app).await?;
            let flat = lines.iter().map(|line| {
                let ages = line.ages.iter().map(|count| json!(count));
                std::iter::once(json!(line.queue)).chain(ages).collect()
            });
            Table { heads: BACKLOG, rows: flat.collect() }
        }
        ReportName::Escalations => Table::of(ESCALATIONS, &escalations(app, period).await?),
        ReportName::Recurring => Table::of(RECURRING, &recurring_issues(app, period).await?),
        ReportName::Arrivals => arrivals_table(&arrivals(app, period).await?),
    })
}

/// Tickets by hour and weekday, in the servicer's zone, as a mean of the weeks.
///
/// # Errors
/// When the database is out of reach.
pub async fn arrivals(app: &App, period: Period) -> Result<HourOfWeek, StoreError> {
    let hours = app.store.arrivals_by_hour(period.from, period.until).await?;
    let standing = app.standing();
    let zone = standing.desk.policy.clocks.zone();
    let length = period.until.duration_since(period.from).max(SignedDuration::from_hours(1));
    Ok(HourOfWeek::of(&hours, zone, length))
}

/// The hours of a week as a table: a line an hour.
#[must_use]
pub fn arrivals_table(week: &HourOfWeek) -> Table {
    let row = |hour: usize| {
        let tenths = |day: usize| json!((week.mean(day, hour) * 10.0).round() / 10.0);
        let days = (0..WEEKDAYS.len()).map(tenths);
        std::iter::once(json!(format!("{hour:02}:00"))).chain(days).collect()
    };
    Table { heads: ARRIVALS, rows: (0..24).map(row).collect() }
}
