//! Rows go from one ticket to another and, if that was wrong, back. Which rows
//! went is written down; nothing of them changes but the ticket they are on.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sea_orm::{DatabaseTransaction, Value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::id::{MailId, MoveId, TicketId};
use crate::domain::work::{Move, MoveKind, Moved, WorkDecision};
use crate::store::apply::insert_rows;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, get, get_word, lock_clause, micros, one, placeholders, values};
use crate::store::ticket_row;

/// Tables whose rows go along, all with an id of their own.
const TABLES: [&str; 7] = ["mail", "matter", "clock", "task", "outbox", "escalation", "notice"];

/// Which rows went.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Rows {
    /// By table.
    ids: BTreeMap<String, Vec<Uuid>>,
    /// Handles of reply tokens, in hex.
    tokens: Vec<String>,
}

impl Store {
    /// A move that was not undone, and whose ticket is one of its two.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_move(&self, ticket: TicketId) -> Result<Option<Moved>, StoreError> {
        let text = "SELECT id, kind, source, target FROM ticket_move WHERE undone_at IS NULL \
                    AND (source = $1 OR target = $1) ORDER BY moved_at DESC, id DESC LIMIT 1";
        let row = one(self.readers(), text, values![ticket.0]).await?;
        row.map(|row| {
            Ok(Moved {
                id: MoveId(get(&row, "id")?),
                kind: get_word(&row, "kind", MoveKind::from_word)?,
                source: TicketId(get(&row, "source")?),
                target: TicketId(get(&row, "target")?),
            })
        })
        .transpose()
    }
}

/// Moves rows, or moves them back. `new_ticket` is the row of a ticket that a
/// split makes.
pub(super) async fn apply(
    tx: &DatabaseTransaction,
    moved: &Move,
    new_ticket: Option<Vec<Value>>,
    decision: &WorkDecision,
    at: Timestamp,
) -> Result<(), StoreError> {
    let by = actor(decision)?;
    match moved {
        Move::Merge { id, from, into } => {
            let rows = take_all(tx, *from, *into).await?;
            write_down(tx, (*id, MoveKind::Merge), (*from, *into), by, at, &rows).await
        }
        Move::Split { id, from, ticket, mails } => {
            let row = new_ticket.ok_or(StoreError::Absent("ticket"))?;
            insert_rows(tx, "ticket", ticket_row::COLUMNS, vec![row], "").await?;
            let text = "INSERT INTO ticket_flag (ticket_id, flag, raised_at) \
                        SELECT $2, flag, raised_at FROM ticket_flag WHERE ticket_id = $1";
            sql::run(tx, text, values![from.0, ticket.id.0]).await?;
            let rows = take_some(tx, *from, ticket.id, mails).await?;
            write_down(tx, (*id, MoveKind::Split), (*from, ticket.id), by, at, &rows).await
        }
        Move::Undo { id } => give_back(tx, *id, by, at).await,
    }
}

/// The person of the decision's events.
fn actor(decision: &WorkDecision) -> Result<Uuid, StoreError> {
    let named = decision.events.first().and_then(|event| event.actor.strip_prefix("person:"));
    named
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| StoreError::Refused("only a person joins or parts tickets".to_owned()))
}

async fn take_all(
    tx: &DatabaseTransaction,
    from: TicketId,
    into: TicketId,
) -> Result<Rows, StoreError> {
    let mut rows = Rows::default();
    for table in TABLES {
        let text = format!("UPDATE {table} SET ticket_id = $2 WHERE ticket_id = $1 RETURNING id");
        let ids = ids(tx, &text, values![from.0, into.0]).await?;
        rows.ids.insert(table.to_owned(), ids);
    }
    let text = "UPDATE reply_token SET ticket_id = $2 WHERE ticket_id = $1 RETURNING handle";
    for row in sql::all(tx, text, values![from.0, into.0]).await? {
        rows.tokens.push(data_encoding::HEXLOWER.encode(&get::<Vec<u8>>(&row, "handle")?));
    }
    Ok(rows)
}

/// The mails, the matters they brought, the clocks of those matters, and the
/// escalations of those clocks.
async fn take_some(
    tx: &DatabaseTransaction,
    from: TicketId,
    into: TicketId,
    mails: &[MailId],
) -> Result<Rows, StoreError> {
    let mut rows = Rows::default();
    let mail_ids: Vec<Uuid> = mails.iter().map(|mail| mail.0).collect();
    let mut owners = mail_ids.clone();
    for (table, owner) in [("mail", "id"), ("matter", "mail_id"), ("clock", "matter_id")] {
        let moved = if owners.is_empty() {
            Vec::new()
        } else {
            let text = format!(
                "UPDATE {table} SET ticket_id = $2 WHERE ticket_id = $1 AND {owner} IN ({}) \
                 RETURNING id",
                placeholders(3, owners.len())
            );
            let mut values = values![from.0, into.0];
            values.extend(owners.iter().map(|id| Value::from(*id)));
            ids(tx, &text, values).await?
        };
        if table == "mail" && moved.len() != mail_ids.len() {
            return Err(StoreError::Stale("a mail went elsewhere"));
        }
        owners = if table == "mail" { mail_ids.clone() } else { moved.clone() };
        rows.ids.insert(table.to_owned(), moved);
    }
    let mut escalations = Vec::new();
    for clock in rows.ids.get("clock").into_iter().flatten() {
        let text = "UPDATE escalation SET ticket_id = $2 WHERE ticket_id = $1 AND cause LIKE $3 \
                    RETURNING id";
        escalations
            .extend(ids(tx, text, values![from.0, into.0, format!("clock:{clock}:%")]).await?);
    }
    rows.ids.insert("escalation".to_owned(), escalations);
    Ok(rows)
}

async fn give_back(
    tx: &DatabaseTransaction,
    id: MoveId,
    by: Uuid,
    at: Timestamp,
) -> Result<(), StoreError> {
    let text = format!(
        "SELECT source, moved FROM ticket_move WHERE id = $1 AND undone_at IS NULL {}",
        lock_clause(tx, "FOR UPDATE")
    );
    let row = one(tx, &text, values![id.0]).await?.ok_or(StoreError::Stale("it was undone"))?;
    let source: Uuid = get(&row, "source")?;
    let rows: Rows = serde_json::from_str(&get::<String>(&row, "moved")?)
        .map_err(|_| StoreError::Malformed("moved"))?;
    for (table, ids) in &rows.ids {
        // Only tables of ours are written down; a changed list moves nothing else.
        let Some(table) = TABLES.iter().find(|known| *known == table) else {
            return Err(StoreError::Malformed("moved"));
        };
        for part in ids.chunks(sql::MOST_KEYS) {
            let text = format!(
                "UPDATE {table} SET ticket_id = $1 WHERE id IN ({})",
                placeholders(2, part.len())
            );
            let mut values = values![source];
            values.extend(part.iter().map(|id| Value::from(*id)));
            sql::run(tx, &text, values).await?;
        }
    }
    for token in &rows.tokens {
        let handle = data_encoding::HEXLOWER
            .decode(token.as_bytes())
            .map_err(|_| StoreError::Malformed("moved"))?;
        let text = "UPDATE reply_token SET ticket_id = $2 WHERE handle = $1";
        sql::run(tx, text, values![handle, source]).await?;
    }
    let text = "UPDATE ticket_move SET undone_at = $2, undone_by = $3 WHERE id = $1";
    sql::run(tx, text, values![id.0, micros(at), by]).await.map(|_| ())
}

async fn write_down(
    tx: &DatabaseTransaction,
    (id, kind): (MoveId, MoveKind),
    (source, target): (TicketId, TicketId),
    by: Uuid,
    at: Timestamp,
    rows: &Rows,
) -> Result<(), StoreError> {
    let moved = serde_json::to_string(rows).map_err(|_| StoreError::Malformed("moved"))?;
    let text = "INSERT INTO ticket_move (id, kind, source, target, moved_at, moved_by, moved) \
                VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = values![id.0, kind.word(), source.0, target.0, micros(at), by, moved];
    sql::run(tx, text, values).await.map(|_| ())
}

async fn ids(
    tx: &DatabaseTransaction,
    text: &str,
    values: Vec<Value>,
) -> Result<Vec<Uuid>, StoreError> {
    sql::all(tx, text, values).await?.iter().map(|row| get(row, "id")).collect()
}
