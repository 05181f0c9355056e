//! Clocks as rows, and the only ways in which they change.

use jiff::{Timestamp, civil::Date};
use sea_orm::{DatabaseTransaction, QueryResult, Value};
use uuid::Uuid;

use super::error::StoreError;
use super::sql::{self, find_instant, get, get_date, get_instant, get_word, micros, values};
use crate::domain::clock::{Clock, ClockClass, ClockState, WarningPoint};
use crate::domain::decision::ClockChange;
use crate::domain::id::{ClockId, MatterId, TicketId};

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
    ])
}

/// The clock of a row.
pub(super) fn read(row: &QueryResult) -> Result<Clock, StoreError> {
    let warnings: String = get(row, "warnings")?;
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
        ClockChange::Breach { id, at } => {
            let text = "UPDATE clock SET state = 'breached', breached_at = $2, next_at = NULL, \
                        warnings = '[]' WHERE id = $1 AND state = 'running'";
            sql::run(tx, text, values![id.0, micros(*at)]).await?
        }
        ClockChange::Reopen { id, met_at, state, next_at } => {
            let text = "UPDATE clock SET state = $3, met_at = NULL, next_at = $4 \
                        WHERE id = $1 AND state = 'met' AND met_at = $2";
            let values = values![id.0, micros(*met_at), state.word(), next_at.map(micros)];
            let touched = sql::run(tx, text, values).await?;
            // Whoever acts on the ticket meanwhile must see the clock again.
            let text = "UPDATE ticket SET version = version + 1 \
                        WHERE id = (SELECT ticket_id FROM clock WHERE id = $1)";
            sql::run(tx, text, values![id.0]).await?;
            touched
        }
        ClockChange::Meet { id, at } => {
            let text = "UPDATE clock SET state = 'met', met_at = $2, next_at = NULL, \
                        warnings = '[]' WHERE id = $1 AND state IN ('running','paused','breached')";
            sql::run(tx, text, values![id.0, micros(*at)]).await?
        }
    };
    if touched == 1 { Ok(()) } else { Err(StoreError::Stale("a clock changed")) }
}

/// Meets the open clocks of the given kinds on a ticket; their ids and kinds.
pub(super) async fn meet_kinds(
    tx: &DatabaseTransaction,
    ticket_id: Uuid,
    kinds: &[String],
    at: Timestamp,
) -> Result<Vec<(Uuid, String)>, StoreError> {
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "UPDATE clock SET state = 'met', met_at = $2, next_at = NULL, warnings = '[]' \
         WHERE ticket_id = $1 AND state IN ('running','paused','breached') AND kind IN ({}) RETURNING id, kind",
        sql::placeholders(3, kinds.len())
    );
    let mut values = values![ticket_id, micros(at)];
    values.extend(kinds.iter().map(|kind| Value::from(kind.as_str())));
    let rows = sql::all(tx, &text, values).await?;
    rows.iter().map(|row| Ok((get(row, "id")?, get(row, "kind")?))).collect()
}

fn warnings_text(warnings: &[WarningPoint]) -> Result<String, StoreError> {
    serde_json::to_string(warnings).map_err(|_| StoreError::Malformed("warnings"))
}

/// Marks the breach of open clocks of the given kinds whose due instant passed
/// before `now` and that no sweep has seen yet; their ids, kinds and due instants.
pub(super) async fn breach_late(
    tx: &DatabaseTransaction,
    ticket_id: Uuid,
    kinds: &[String],
    now: Timestamp,
) -> Result<Vec<(Uuid, String, Timestamp)>, StoreError> {
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "UPDATE clock SET breached_at = due_at WHERE ticket_id = $1 AND due_at < $2 \
         AND state = 'running' AND breached_at IS NULL AND kind IN ({}) \
         RETURNING id, kind, due_at",
        sql::placeholders(3, kinds.len())
    );
    let mut values = values![ticket_id, micros(now)];
    values.extend(kinds.iter().map(|kind| Value::from(kind.as_str())));
    let rows = sql::all(tx, &text, values).await?;
    rows.iter()
        .map(|row| Ok((get(row, "id")?, get(row, "kind")?, get_instant(row, "due_at")?)))
        .collect()
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
