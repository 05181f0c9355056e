//! What the next days bring: pictures and tables of the forecast, and a form
//! that asks what other people at other hours would change.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::app::forecast::{self, AtRisk, DayForecast, Forecast, ForecastError};
use crate::domain::forecast::band::Band;
use crate::web::chart::{Bars, Lie, ShownBars};
use crate::web::shell::Shared;
use crate::web::shown::{Moment, ShownInstant};
use crate::web::signed_in::SignedIn;

/// Every look at the same queues shows the same forecast.
const SEED: u64 = 1;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    what_if: String,
}

#[derive(Serialize)]
struct ForecastPage {
    problem: String,
    asked: String,
    breaches: String,
    what_if: Option<ShownWhatIf>,
    bars: ShownBars,
    days: Vec<ShownDay>,
    tickets: Vec<ShownRisk>,
    accuracy: String,
    remarks: Vec<String>,
    as_of: ShownInstant,
}

#[derive(Serialize)]
struct ShownWhatIf {
    asked: String,
    breaches: String,
    people_hours: String,
}

#[derive(Serialize)]
struct ShownDay {
    date: String,
    weekday: String,
    arrivals: String,
    work: String,
    people: String,
    is_short: bool,
    breaches: String,
}

#[derive(Serialize)]
struct ShownRisk {
    ticket: String,
    queue: String,
    due_at: ShownInstant,
    percent: String,
    badge: &'static str,
    word: &'static str,
}

/// `GET /board/forecast?what_if=`
pub(super) async fn show<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    who: SignedIn,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let asked = asked.map(|Query(asked)| asked.what_if).unwrap_or_default();
    let asked = asked.trim();
    let what_if = (!asked.is_empty()).then_some(asked);
    let (made, problem) = match forecast::forecast(&who.app, what_if, SEED).await {
        Err(ForecastError::WhatIf(problem)) => {
            (forecast::forecast(&who.app, None, SEED).await, format!("Not reckoned: {problem}."))
        }
        made => (made, String::new()),
    };
    match made {
        Ok(made) => {
            let status = match problem.as_str() {
                "" => StatusCode::OK,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            let page = shown(&shell.moment(), &made, asked, problem);
            shell.page(&who.viewer, status, "forecast", "What the next days bring", &page)
        }
        Err(error) => shell.broken(&who.viewer, &error.into()),
    }
}

fn shown(moment: &Moment, made: &Forecast, asked: &str, problem: String) -> ForecastPage {
    ForecastPage {
        problem,
        asked: asked.to_owned(),
        breaches: band(made.breaches),
        what_if: made.what_if.as_ref().map(|then| ShownWhatIf {
            asked: then.asked.clone(),
            breaches: band(then.breaches),
            people_hours: format!("{:.1}", then.people_hours),
        }),
        bars: bars(made),
        days: made.days.iter().map(shown_day).collect(),
        tickets: made.tickets.iter().map(|risk| shown_risk(moment, risk)).collect(),
        accuracy: made.accuracy.map_or_else(
            || "The history is too short to say how good this is.".to_owned(),
            |accuracy| {
                format!(
                    "On {} days it had not seen, the forecast was {:.1} tickets off a day; the \
                     same day of the week before was {:.1} off. {:.0} % of those days lay in the \
                     band that promises 80 %.",
                    accuracy.days,
                    accuracy.error,
                    accuracy.baseline_error,
                    accuracy.in_band * 100.0
                )
            },
        ),
        remarks: made.remarks.clone(),
        as_of: moment.instant(made.as_of),
    }
}

fn bars(made: &Forecast) -> ShownBars {
    let sum = |hours: &dyn Fn(&DayForecast) -> f64| made.days.iter().map(hours).sum::<f64>();
    let (work, people) = (sum(&|day| day.work_hours), sum(&|day| day.people_hours));
    let label = |day: &DayForecast| format!("{} {}", day.date.strftime("%a"), day.date);
    let row = |day: &DayForecast| (label(day), vec![day.work_hours, day.people_hours]);
    Bars {
        title: format!("{work:.0} hours of work against {people:.0} hours of people"),
        series: vec!["hours of work", "hours of people"],
        lie: Lie::Apart,
        rows: made.days.iter().map(row).collect(),
    }
    .shown()
}

fn shown_day(day: &DayForecast) -> ShownDay {
    ShownDay {
        date: day.date.to_string(),
        weekday: day.date.strftime("%A").to_string(),
        arrivals: band(day.arrivals),
        work: format!("{:.1}", day.work_hours),
        people: format!("{:.1}", day.people_hours),
        is_short: day.people_hours > 0.0 && day.work_hours > day.people_hours,
        breaches: band(day.breaches),
    }
}

fn shown_risk(moment: &Moment, risk: &AtRisk) -> ShownRisk {
    let (badge, word) = match risk.chance {
        chance if chance >= 0.5 => ("breach", "likely broken"),
        chance if chance >= 0.15 => ("risk", "at risk"),
        _ => ("soon", "may be broken"),
    };
    ShownRisk {
        ticket: risk.ticket.clone(),
        queue: risk.queue.clone(),
        due_at: moment.instant(risk.due_at),
        percent: format!("{:.0} %", risk.chance * 100.0),
        badge,
        word,
    }
}

/// `7.2 (4 to 11)`.
fn band(band: Band) -> String {
    format!("{:.1} ({:.0} to {:.0})", band.mean, band.low, band.high)
}
