//! Time passes: clocks that reached a warning or their due instant become
//! events and a raised priority, each once and with its true time.

use jiff::{SignedDuration, Timestamp};

use super::App;
use crate::domain::decision::SweepDecision;
use crate::domain::sweep::{self, DueTicket};
use crate::store::StoreError;
use crate::store::sweep::TicketClocks;

/// Tickets of one transaction.
const TICKETS: u64 = 100;

/// Sweeps what is due now, one transaction's worth: how many tickets changed.
///
/// # Errors
/// When the database is out of reach.
pub async fn sweep(app: &App) -> Result<usize, StoreError> {
    let now = app.now();
    let due = app.store.due_tickets(now, TICKETS).await?;
    if let Some(oldest) =
        due.iter().flat_map(|ticket| &ticket.clocks).filter_map(|clock| clock.next_at).min()
    {
        let lag = now.duration_since(oldest).max(SignedDuration::ZERO);
        metrics::gauge!("tierline_clock_lag_seconds").set(lag.as_secs_f64());
    } else {
        metrics::gauge!("tierline_clock_lag_seconds").set(0.0);
    }
    let decisions: Vec<SweepDecision> =
        due.into_iter().filter_map(|due| sweep::sweep(&due_ticket(due), now)).collect();
    if decisions.is_empty() {
        return Ok(0);
    }
    match app.store.apply_sweeps(&decisions).await {
        Ok(()) => Ok(decisions.len()),
        Err(error) if error.is_unavailable() => Err(error),
        Err(_) => one_by_one(app, &decisions).await,
    }
}

/// Another process was faster with some of them: the rest still counts.
async fn one_by_one(app: &App, decisions: &[SweepDecision]) -> Result<usize, StoreError> {
    let mut swept = 0;
    for decision in decisions {
        match app.store.apply_sweep(decision).await {
            Ok(()) => swept += 1,
            Err(error) if error.is_stale() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(swept)
}

/// When the sweeper must look next.
///
/// # Errors
/// When the database is out of reach.
pub async fn next_at(app: &App) -> Result<Option<Timestamp>, StoreError> {
    app.store.next_due_at().await
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
