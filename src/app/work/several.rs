//! The same wish for several tickets: first what it would do to each, then each
//! with a decision of its own.

use super::{App, Done, Wish, WorkError, act, changed, resolve};
use crate::domain::actor::Actor;
use crate::domain::command;
use crate::domain::id::{FreshIds, TicketNumber};

/// One of several tickets, in the state that the person saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticked {
    /// Which.
    pub number: TicketNumber,
    /// Its version when it was seen.
    pub seen: u64,
}

/// What a wish did, or would do, to one ticket.
#[derive(Debug)]
pub struct Outcome<T> {
    /// Which ticket, as it was seen.
    pub ticked: Ticked,
    /// Done, or what speaks against it.
    pub answer: Result<T, WorkError>,
}

/// What the wish would do to each; nothing is done.
///
/// # Errors
/// When the database does not answer.
pub async fn try_several(
    app: &App,
    several: &[Ticked],
    by: &Actor,
    wish: &Wish,
) -> Result<Vec<Outcome<()>>, WorkError> {
    let mut outcomes = Vec::with_capacity(several.len());
    for ticked in several {
        let answer = trial(app, ticked, by, wish).await;
        outcomes.push(outcome(ticked, answer)?);
    }
    Ok(outcomes)
}

/// Does it to each that it can be done to.
///
/// # Errors
/// When the database does not answer; those before are done.
pub async fn act_several(
    app: &App,
    several: &[Ticked],
    by: &Actor,
    wish: &Wish,
) -> Result<Vec<Outcome<Done>>, WorkError> {
    let mut outcomes = Vec::with_capacity(several.len());
    for ticked in several {
        let answer = act(app, &ticked.number, by, Some(ticked.seen), wish).await;
        outcomes.push(outcome(ticked, answer)?);
    }
    Ok(outcomes)
}

fn outcome<T>(ticked: &Ticked, answer: Result<T, WorkError>) -> Result<Outcome<T>, WorkError> {
    match answer {
        Err(WorkError::Store(error)) => Err(WorkError::Store(error)),
        answer => Ok(Outcome { ticked: ticked.clone(), answer }),
    }
}

async fn trial(app: &App, ticked: &Ticked, by: &Actor, wish: &Wish) -> Result<(), WorkError> {
    let found = app.store.find_view(&ticked.number).await?;
    let view = found.ok_or_else(|| WorkError::NoSuchTicket(ticked.number.clone()))?;
    if view.ticket.version != ticked.seen {
        return Err(changed(app, &view).await?);
    }
    let (now, standing) = (app.now(), app.standing());
    let cmd = resolve::command(app, &view, wish, by, now).await?;
    // its ids are thrown away: they need no entropy
    let ids = FreshIds::new(now, [0; 32]);
    command::command(&standing.desk, &view, &cmd, by, ids, now)?;
    Ok(())
}
