//! The forecast: loads history, queues, people and record, and lets the core
//! live the next days through. Nothing is written.

mod house;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::App;
use crate::domain::forecast::accuracy::{self, Accuracy, Spread};
use crate::domain::forecast::arrival::Arrivals;
use crate::domain::forecast::band::Band;
use crate::domain::forecast::chance::Chance;
use crate::domain::forecast::handling::Handling;
use crate::domain::forecast::history::{History, MOST_DAYS};
use crate::domain::forecast::outlook::{Outlook, outlook};
use crate::domain::forecast::what_if::{WhatIf, WhatIfProblem};
use crate::store::StoreError;

/// Lives of one forecast.
const LIVES: u32 = 200;
/// Tickets that wait and are looked at.
const MOST_WAITING: u64 = 3_000;
/// Recent tickets that those to come are like.
const MOST_RECENT: u64 = 2_000;
/// Events of the record that are looked at.
const MOST_EVENTS: u64 = 300_000;
/// Tickets at risk that are told.
const MOST_TOLD: usize = 20;

/// Why there is no forecast.
#[derive(Debug, thiserror::Error)]
pub enum ForecastError {
    /// The what-if cannot be lived through.
    #[error(transparent)]
    WhatIf(#[from] WhatIfProblem),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The computation ended early.
    #[error("the forecast was not finished")]
    Broken,
}

/// What the next days bring.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// When it was made.
    pub as_of: Timestamp,
    /// By day.
    pub days: Vec<DayForecast>,
    /// Broken promises of all days, nine of ten times in the band.
    pub breaches: Band,
    /// Tickets whose next promise is likely to be broken, the likeliest first.
    pub tickets: Vec<AtRisk>,
    /// How good the model was on weeks it had not seen.
    pub accuracy: Option<Accuracy>,
    /// What else there would be.
    pub what_if: Option<WhatIfResult>,
    /// What the forecast rests on, or lacks, in words.
    pub remarks: Vec<String>,
}

/// One day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DayForecast {
    /// Which.
    pub date: Date,
    /// Tickets that come, four of five times in the band.
    pub arrivals: Band,
    /// Hours of work that come; on the first day with those that wait.
    pub work_hours: f64,
    /// Hours of people.
    pub people_hours: f64,
    /// Promises due on this day that are broken.
    pub breaches: Band,
}

/// A ticket whose promise may be broken.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AtRisk {
    /// Its number.
    pub ticket: String,
    /// Its queue.
    pub queue: String,
    /// When its next promise is due.
    pub due_at: Timestamp,
    /// How likely it is broken, from 0 to 1.
    pub chance: f64,
}

/// The same days with other people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WhatIfResult {
    /// As it was asked.
    pub asked: String,
    /// Broken promises then.
    pub breaches: Band,
    /// Hours of people then.
    pub people_hours: f64,
}

/// Forecasts from what is on record, under `seed`; with the same work and other
/// people, when `what_if` says so.
///
/// # Errors
/// When the what-if cannot be lived through, or the database does not answer.
pub async fn forecast(
    app: &App,
    what_if: Option<&str>,
    seed: u64,
) -> Result<Forecast, ForecastError> {
    let asked = what_if.map(|text| WhatIf::parse(text).map(|asked| (text.to_owned(), asked)));
    let asked = asked.transpose()?;
    let loaded = load(app).await?;
    let standing = app.standing();
    let computed =
        tokio::task::spawn_blocking(move || computed(&loaded, &standing.desk.policy, asked, seed));
    Ok(computed.await.map_err(|_| ForecastError::Broken)??)
}

/// Everything that was read.
struct Loaded {
    now: Timestamp,
    hours: Vec<(Timestamp, u64)>,
    waiting: Vec<crate::store::view::WaitingTicket>,
    recent: Vec<crate::store::view::RecentTicket>,
    handling: Handling,
    workers: Vec<(String, crate::domain::assign::Worker)>,
}

async fn load(app: &App) -> Result<Loaded, StoreError> {
    let (now, store) = (app.now(), &app.store);
    let span = SignedDuration::from_hours(24 * MOST_DAYS as i64);
    let from = now.checked_sub(span).unwrap_or(Timestamp::MIN);
    let names: std::collections::HashMap<_, _> =
        store.persons().await?.into_iter().map(|person| (person.id, person.name)).collect();
    let named = |worker: crate::domain::assign::Worker| {
        names.get(&worker.person).map(|name| (name.clone(), worker))
    };
    Ok(Loaded {
        now,
        hours: store.arrivals_by_hour(from, now).await?,
        waiting: store.waiting_tickets(MOST_WAITING).await?,
        recent: store.recent_tickets(MOST_RECENT).await?,
        handling: Handling::of(&store.person_acts(MOST_EVENTS).await?),
        workers: store.workers().await?.into_iter().filter_map(named).collect(),
    })
}

fn computed(
    loaded: &Loaded,
    policy: &crate::domain::policy::Policy,
    asked: Option<(String, WhatIf)>,
    seed: u64,
) -> Result<Forecast, WhatIfProblem> {
    let calendar = policy.clocks.servicer();
    let history = History::of(&loaded.hours, calendar, calendar.local_date(loaded.now));
    let model = Arrivals::fit(history.days());
    let spread = Spread::learned(&history);
    let mut house = house::of(loaded, policy, model.as_ref(), spread);
    let found = outlook(&house, LIVES, seed);
    let people_hours = |outlook: &Outlook| outlook.days.iter().map(|day| day.people_hours).sum();
    let remarks = house::remarks(loaded, policy, model.is_some(), house.hands.len());
    let tickets = at_risk(loaded, &found);
    let days = house.days.iter().zip(&found.days).map(|(day, found)| DayForecast {
        date: day.date,
        arrivals: found.arrivals,
        work_hours: found.work_hours,
        people_hours: found.people_hours,
        breaches: found.breaches,
    });
    let days = days.collect();
    let what_if = match asked {
        None => None,
        Some((asked, change)) => {
            house::apply(&change, &mut house, policy)?;
            let then = outlook(&house, LIVES, seed);
            let people_hours = people_hours(&then);
            Some(WhatIfResult { asked, breaches: then.breaches, people_hours })
        }
    };
    Ok(Forecast {
        as_of: loaded.now,
        days,
        breaches: found.breaches,
        tickets,
        accuracy: accuracy::accuracy(&history, &mut Chance::new(seed)),
        what_if,
        remarks,
    })
}

fn at_risk(loaded: &Loaded, found: &Outlook) -> Vec<AtRisk> {
    let mut tickets: Vec<AtRisk> = loaded
        .waiting
        .iter()
        .zip(&found.tickets)
        .filter_map(|(ticket, chance)| {
            let chance = chance.filter(|chance| *chance > 0.0)?;
            let due_at = ticket.next_due_at?;
            let (number, queue) = (ticket.number.to_string(), ticket.queue.clone());
            Some(AtRisk { ticket: number, queue, due_at, chance })
        })
        .collect();
    tickets.sort_by(|a, b| b.chance.total_cmp(&a.chance).then(a.due_at.cmp(&b.due_at)));
    tickets.truncate(MOST_TOLD);
    tickets
}
