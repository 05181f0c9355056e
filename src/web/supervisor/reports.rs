//! The reports as pages and as files for spreadsheets, their days in the address.

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::finding::{self, Picture};
use crate::app::report::{self, Period, Table};
use crate::domain::report::ReportName;
use crate::store::StoreError;
use crate::web::chart::{ShownBars, ShownHeat};
use crate::web::shell::{Shared, Shell};
use crate::web::signed_in::SignedIn;

/// First and last day as the address has them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Days {
    from: String,
    until: String,
}

#[derive(Serialize)]
struct ReportsPage {
    reports: Vec<ReportLine>,
}

#[derive(Serialize)]
struct ReportLine {
    name: &'static str,
    title: &'static str,
    about: &'static str,
}

#[derive(Serialize)]
struct ReportPage {
    problem: String,
    name: &'static str,
    about: &'static str,
    has_period: bool,
    from: String,
    until: String,
    days: String,
    csv: String,
    bars: Option<ShownBars>,
    heat: Option<ShownHeat>,
    is_empty: bool,
    heads: Vec<&'static str>,
    rows: Vec<ShownRow>,
}

#[derive(Serialize)]
struct ShownRow {
    first: String,
    cells: Vec<String>,
}

/// `GET /reports`
pub(super) async fn list<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    who: SignedIn,
) -> Response {
    let line = |name: &ReportName| {
        let (title, about) = finding::words_of(*name);
        ReportLine { name: name.word(), title, about }
    };
    let page = ReportsPage { reports: ReportName::ALL.iter().map(line).collect() };
    shell.page(&who.viewer, StatusCode::OK, "reports", "Reports", &page)
}

/// `GET /reports/{report}`: a page, or a file when the name ends in `.csv`.
pub(super) async fn show<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    who: SignedIn,
    name: Result<Path<String>, axum::extract::rejection::PathRejection>,
    days: Result<Query<Days>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let text = name.map(|Path(text)| text).unwrap_or_default();
    let (word, is_file) = match text.strip_suffix(".csv") {
        Some(word) => (word, true),
        None => (text.as_str(), false),
    };
    let Some(name) = ReportName::from_word(word) else { return shell.missing(&who.viewer) };
    let days = days.map(|Query(days)| days).unwrap_or_default();
    let (period, problem) = period(&shell, name, &days);
    let Some(period) = period else {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        return shell.notice(&who.viewer, status, "No such days", &problem);
    };
    if is_file {
        return match problem.as_str() {
            "" => file(&shell, &who, name, period).await,
            text => {
                shell.notice(&who.viewer, StatusCode::UNPROCESSABLE_ENTITY, "No such days", text)
            }
        };
    }
    let status = match problem.as_str() {
        "" => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    match page(&shell, &who, name, period, problem).await {
        Ok(page) => shell.page(&who.viewer, status, "report", finding::words_of(name).0, &page),
        Err(error) => shell.broken(&who.viewer, &error.into()),
    }
}

/// The days asked for; with the default ones, what was wrong with those.
fn period<P>(shell: &Shell<P>, name: ReportName, days: &Days) -> (Option<Period>, String) {
    let now = shell.clock.now();
    let of = |from, until| Period::of_last_days(&shell.zone, now, (from, until), name.days());
    let date = |text: &str| match text {
        "" => Ok(None),
        text => text.parse::<Date>().map(Some),
    };
    match (date(&days.from), date(&days.until)) {
        (Ok(from), Ok(until)) => match of(from, until) {
            Ok(period) => (Some(period), String::new()),
            Err(problem) => {
                let text = format!("These days are no period: {problem}. Others are shown.");
                (of(None, None).ok(), text)
            }
        },
        _ => {
            let text = "A day is written like 2026-11-30. Other days are shown.".to_owned();
            (of(None, None).ok(), text)
        }
    }
}

async fn file<P>(shell: &Shell<P>, who: &SignedIn, name: ReportName, period: Period) -> Response {
    match report::table(&who.app, name, period).await {
        Ok(table) => {
            let (first, last) = dates(shell, period);
            let place = format!("attachment; filename=\"{name}-{first}-{last}.csv\"");
            let headers = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, place),
            ];
            (headers, table.csv()).into_response()
        }
        Err(error) => shell.broken(&who.viewer, &error.into()),
    }
}

async fn page<P>(
    shell: &Shell<P>,
    who: &SignedIn,
    name: ReportName,
    period: Period,
    problem: String,
) -> Result<ReportPage, StoreError> {
    let (picture, table) = match name {
        ReportName::Arrivals => {
            let week = report::arrivals(&who.app, period).await?;
            (finding::heat(&week), report::arrivals_table(&week))
        }
        _ => {
            let table = report::table(&who.app, name, period).await?;
            (finding::bars(name, &table), table)
        }
    };
    let (bars, heat) = match picture {
        Picture::Bars(bars) => (Some(bars), None),
        Picture::Heat(heat) => (None, Some(heat)),
        Picture::Nothing => (None, None),
    };
    let (first, last) = dates(shell, period);
    let has_period = name != ReportName::Backlog;
    Ok(ReportPage {
        problem,
        name: name.word(),
        about: finding::words_of(name).1,
        has_period,
        days: if has_period { format!("From {first} to {last}.") } else { String::new() },
        csv: format!("/reports/{name}.csv?from={first}&until={last}"),
        from: first,
        until: last,
        is_empty: bars.is_none() && heat.is_none(),
        bars,
        heat,
        heads: table.heads.iter().map(|(_, words)| *words).collect(),
        rows: rows(&table),
    })
}

fn rows(table: &Table) -> Vec<ShownRow> {
    let row = |cells: Vec<String>| {
        let mut cells = cells.into_iter();
        ShownRow { first: cells.next().unwrap_or_default(), cells: cells.collect() }
    };
    table.cells().into_iter().map(row).collect()
}

/// First and last day of the period.
fn dates<P>(shell: &Shell<P>, period: Period) -> (String, String) {
    let first = period.from.to_zoned(shell.zone.clone()).date();
    let after = period.until.to_zoned(shell.zone.clone()).date();
    (first.to_string(), after.yesterday().unwrap_or(after).to_string())
}
