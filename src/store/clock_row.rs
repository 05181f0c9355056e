//! Clocks as rows, and the only ways in which they change.

use jiff::civil::Date;
use sea_orm::{DatabaseTransaction, QueryResult, Value};
use uuid::Uuid;

use super::error::StoreError;
use super::sql::{self, find_instant, get, get_date, get_instant, get_word, micros, values};
use crate::domain::clock::{Clock, ClockClass, ClockState, Life, WarningPoint};
use crate::domain::decision::ClockChange;
use crate::domain::id::{ClockId, MatterId, TicketId};
use crate::domain::sweep::after_change;

/// Columns in the order of [`row`].
pub(super) const COLUMNS: &[&str] = &[
    "id",
    "ticket_id",
    "matter_id",
    "kind",
    "class",
    "citation",
    "state",
    "started_at",
    "due_at",
    "due_on",
    "internal_due_on",
    "warnings",
    "next_at",
    "met_at",
    "breached_at",
    "is_to_confirm",
    "policy_revision",
    "life",
];

/// The row of a new clock.
pub(super) fn row(clock: &Clock) -> Result<Vec<Value>, StoreError> {
    Ok(values![
        clock.id.0,
        clock.ticket_id.0,
        clock.matter_id.map(|id| id.0),
        clock.kind.as_str(),
        clock.class.word(),
        clock.citation.as_str(),
        clock.state.word(),
        micros(clock.started_at),
        micros(clock.due_at),
        clock.due_on.to_string(),
        clock.internal_due_on.to_string(),
        warnings_text(&clock.warnings)?,
        clock.next_at.filter(|_| clock.state == ClockState::Running).map(micros),
        clock.met_at.map(micros),
        clock.breached_at.map(micros),
        clock.is_to_confirm,
        clock.policy_revision.as_str(),
        life_text(&clock.life)?,
    ])
}

/// The clock of a row.
pub(super) fn read(row: &QueryResult) -> Result<Clock, StoreError> {
    let warnings: String = get(row, "warnings")?;
    let life: String = get(row, "life")?;
    Ok(Clock {
        id: ClockId(get(row, "id")?),
        ticket_id: TicketId(get(row, "ticket_id")?),
        matter_id: get::<Option<Uuid>>(row, "matter_id")?.map(MatterId),
        kind: get(row, "kind")?,
        class: get_word(row, "class", ClockClass::from_word)?,
        citation: get(row, "citation")?,
        state: get_word(row, "state", ClockState::from_word)?,
        started_at: get_instant(row, "started_at")?,
        due_at: get_instant(row, "due_at")?,
        due_on: get_date(row, "due_on")?,
        internal_due_on: get_date(row, "internal_due_on")?,
        warnings: serde_json::from_str(&warnings).map_err(|_| StoreError::Malformed("warnings"))?,
        next_at: find_instant(row, "next_at")?,
        met_at: find_instant(row, "met_at")?,
        breached_at: find_instant(row, "breached_at")?,
        is_to_confirm: get(row, "is_to_confirm")?,
        policy_revision: get(row, "policy_revision")?,
        life: serde_json::from_str(&life).map_err(|_| StoreError::Malformed("life"))?,
    })
}

/// Applies a change to a clock that already runs. A clock that was met or
/// ended since the decision was taken makes the decision stale.
pub(super) async fn change(
    tx: &DatabaseTransaction,
    change: &ClockChange,
) -> Result<(), StoreError> {
    let touched = match change {
        ClockChange::Start(_) => return Ok(()),
        ClockChange::Warn { id, warnings, next_at, .. } => {
            let text = "UPDATE clock SET warnings = $2, next_at = $3 \
                        WHERE id = $1 AND state = 'running'";
            let values = values![id.0, warnings_text(warnings)?, next_at.map(micros)];
            sql::run(tx, text, values).await?
        }
        ClockChange::Breach { id, .. } => return breach(tx, &[id.0]).await,
        other => return whole(tx, other).await,
    };
    if touched == 1 { Ok(()) } else { Err(changed()) }
}

/// Breaches running clocks, each at its own due instant.
pub(super) async fn breach(tx: &DatabaseTransaction, ids: &[Uuid]) -> Result<(), StoreError> {
    for part in ids.chunks(sql::MOST_KEYS) {
        let text = format!(
            "UPDATE clock SET state = 'breached', breached_at = due_at, next_at = NULL, \
             warnings = '[]' WHERE state = 'running' AND id IN ({})",
            sql::placeholders(1, part.len())
        );
        let values = part.iter().map(|id| (*id).into()).collect();
        if sql::run(tx, &text, values).await? != part.len() as u64 {
            return Err(changed());
        }
    }
    Ok(())
}

/// A change of more than the state: the row is read, changed by the core's own
/// rule, and written back.
async fn whole(tx: &DatabaseTransaction, change: &ClockChange) -> Result<(), StoreError> {
    let Some((id, from)) = changes_from(change) else { return Ok(()) };
    let text = format!(
        "SELECT {} FROM clock WHERE id = $1 {}",
        COLUMNS.join(","),
        sql::lock_clause(tx, "FOR UPDATE")
    );
    let row = sql::one(tx, &text, values![id.0]).await?.ok_or_else(changed)?;
    let before = read(&row)?;
    if !from.contains(&before.state) {
        return Err(changed());
    }
    let after = after_change(&before, change);
    let text = "UPDATE clock SET state = $2, citation = $3, due_at = $4, due_on = $5, \
                internal_due_on = $6, warnings = $7, next_at = $8, met_at = $9, \
                breached_at = $10, policy_revision = $11, life = $12 WHERE id = $1";
    let values = values![
        id.0,
        after.state.word(),
        after.citation.as_str(),
        micros(after.due_at),
        after.due_on.to_string(),
        after.internal_due_on.to_string(),
        warnings_text(&after.warnings)?,
        after.next_at.filter(|_| after.state == ClockState::Running).map(micros),
        after.met_at.map(micros),
        after.breached_at.map(micros),
        after.policy_revision.as_str(),
        life_text(&after.life)?,
    ];
    let touched = sql::run(tx, text, values).await?;
    if touched == 1 { Ok(()) } else { Err(changed()) }
}

/// Which clock, and the states the change may come from.
fn changes_from(change: &ClockChange) -> Option<(ClockId, &'static [ClockState])> {
    use ClockState::{Breached, Met, Paused, Running, Superseded};
    match change {
        ClockChange::Start(_) | ClockChange::Warn { .. } | ClockChange::Breach { .. } => None,
        ClockChange::Meet { id, .. } => Some((*id, &[Running, Paused, Breached])),
        ClockChange::Pause { id, .. } => Some((*id, &[Running])),
        ClockChange::Resume(clock) => Some((clock.id, &[Paused])),
        ClockChange::Extend(clock) | ClockChange::Recompute(clock) => Some((clock.id, &[Running])),
        ClockChange::AskVoid(clock) | ClockChange::End(clock) => {
            Some((clock.id, &[Running, Paused, Breached]))
        }
        ClockChange::Reopen(clock) => Some((clock.id, &[Met, Superseded])),
    }
}

fn changed() -> StoreError {
    StoreError::Stale("a clock changed")
}

/// All clocks of a ticket, read inside the transaction that changes them.
pub(super) async fn of_ticket(
    tx: &DatabaseTransaction,
    ticket_id: Uuid,
) -> Result<Vec<Clock>, StoreError> {
    let text = format!(
        "SELECT {} FROM clock WHERE ticket_id = $1 ORDER BY due_at, id {}",
        COLUMNS.join(","),
        sql::lock_clause(tx, "FOR UPDATE")
    );
    sql::all(tx, &text, values![ticket_id]).await?.iter().map(read).collect()
}

/// Inserts clocks that an act on a ticket started.
pub(super) async fn insert(tx: &DatabaseTransaction, clocks: &[&Clock]) -> Result<(), StoreError> {
    let mut rows = sql::Rows::new("clock", COLUMNS);
    for clock in clocks {
        rows.push(row(clock)?);
    }
    rows.insert(tx, "").await.map(|_| ())
}

fn life_text(life: &Life) -> Result<String, StoreError> {
    serde_json::to_string(life).map_err(|_| StoreError::Malformed("life"))
}

fn warnings_text(warnings: &[WarningPoint]) -> Result<String, StoreError> {
    serde_json::to_string(warnings).map_err(|_| StoreError::Malformed("warnings"))
}

/// Earliest last staffed day of the open clocks of the given kinds.
pub(super) async fn first_due_on(
    tx: &DatabaseTransaction,
    ticket_id: Uuid,
    kinds: &[String],
) -> Result<Option<Date>, StoreError> {
    if kinds.is_empty() {
        return Ok(None);
    }
    let text = format!(
        "SELECT internal_due_on FROM clock WHERE ticket_id = $1 \
         AND state IN ('running','paused','breached') AND kind IN ({}) \
         ORDER BY internal_due_on LIMIT 1",
        sql::placeholders(2, kinds.len())
    );
    let mut values = values![ticket_id];
    values.extend(kinds.iter().map(|kind| Value::from(kind.as_str())));
    let row = sql::one(tx, &text, values).await?;
    row.map(|row| get_date(&row, "internal_due_on")).transpose()
}
