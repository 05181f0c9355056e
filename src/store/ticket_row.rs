//! Tickets as rows: requester and subject sealed, the rest in clear.

use std::collections::BTreeMap;

use sea_orm::{DatabaseTransaction, QueryResult, Value};

use super::error::StoreError;
use super::sql::{self, get, get_count, get_instant, get_word, micros, values};
use super::vault::{Place, Vault};
use crate::domain::decision::TicketUpdate;
use crate::domain::id::{TicketId, TicketNumber};
use crate::domain::ticket::{Priority, Status, Ticket, Tier};
use crate::domain::trust::Trust;
use crate::domain::work::WorkUpdate;

const REQUESTER: Place = Place { table: "ticket", column: "sealed_requester" };
const SUBJECT: Place = Place { table: "ticket", column: "sealed_subject" };

/// Columns in the order of [`row`].
pub(super) const COLUMNS: &[&str] = &[
    "id",
    "number",
    "status",
    "held_reason",
    "queue",
    "tier",
    "priority",
    "category",
    "language",
    "trust",
    "requester_index",
    "sealed_requester",
    "sealed_subject",
    "received_at",
    "opened_at",
    "updated_at",
    "version",
    "policy_revision",
];

/// The row of a new ticket.
pub(super) fn row(vault: &Vault, ticket: &Ticket) -> Result<Vec<Value>, StoreError> {
    let id = ticket.id.0.as_bytes();
    Ok(values![
        ticket.id.0,
        ticket.number.as_str(),
        ticket.status.word(),
        ticket.held_reason.clone(),
        ticket.queue.as_str(),
        ticket.tier.word(),
        ticket.priority.word(),
        ticket.category.as_str(),
        ticket.language.as_str(),
        ticket.trust.word(),
        vault.blind_index(&ticket.requester).to_vec(),
        vault.seal(REQUESTER, id, ticket.requester.as_bytes())?,
        vault.seal(SUBJECT, id, ticket.subject.as_bytes())?,
        micros(ticket.received_at),
        micros(ticket.opened_at),
        micros(ticket.updated_at),
        sql::count(ticket.version),
        ticket.policy_revision.as_str(),
    ])
}

/// The ticket of a row.
pub(super) fn read(vault: &Vault, row: &QueryResult) -> Result<Ticket, StoreError> {
    let id: uuid::Uuid = get(row, "id")?;
    let unseal = |place: Place| -> Result<String, StoreError> {
        let sealed: Vec<u8> = get(row, place.column)?;
        String::from_utf8(vault.open(place, id.as_bytes(), &sealed)?)
            .map_err(|_| StoreError::Malformed(place.column))
    };
    Ok(Ticket {
        id: TicketId(id),
        number: TicketNumber::parse(&get::<String>(row, "number")?)
            .ok_or(StoreError::Malformed("number"))?,
        status: get_word(row, "status", Status::from_word)?,
        held_reason: get(row, "held_reason")?,
        queue: get(row, "queue")?,
        tier: get_word(row, "tier", Tier::from_word)?,
        priority: get_word(row, "priority", Priority::from_word)?,
        category: get(row, "category")?,
        language: get(row, "language")?,
        trust: get_word(row, "trust", Trust::from_word)?,
        requester: unseal(REQUESTER)?,
        subject: unseal(SUBJECT)?,
        received_at: get_instant(row, "received_at")?,
        opened_at: get_instant(row, "opened_at")?,
        updated_at: get_instant(row, "updated_at")?,
        version: get_count(row, "version")?,
        policy_revision: get(row, "policy_revision")?,
    })
}

/// Changes a ticket that is still at the version the decision was taken on;
/// its version grows by one.
pub(super) async fn update(
    tx: &DatabaseTransaction,
    change: &TicketUpdate,
) -> Result<(), StoreError> {
    let touched = sql::run(
        tx,
        "UPDATE ticket SET version = version + 1, updated_at = $3, \
         held_reason = CASE WHEN COALESCE($4, status) = 'held' THEN held_reason END, \
         pending_until_at = CASE WHEN status = 'pending' AND COALESCE($4, status) <> 'pending' \
         THEN $3 ELSE pending_until_at END, \
         reopened = CASE WHEN status IN ('resolved','closed') AND $4 = 'open' \
         THEN reopened + 1 ELSE reopened END, \
         status = COALESCE($4, status), priority = COALESCE($5, priority) \
         WHERE id = $1 AND version = $2",
        values![
            change.id.0,
            sql::count(change.expected_version),
            micros(change.at),
            change.status.map(|status| status.word().to_owned()),
            change.priority.map(|priority| priority.word().to_owned()),
        ],
    )
    .await?;
    if touched == 1 { Ok(()) } else { Err(StoreError::Stale("the ticket changed")) }
}

/// Changes what persons and ladders may change; its version grows by one.
pub(super) async fn work(tx: &DatabaseTransaction, change: &WorkUpdate) -> Result<(), StoreError> {
    let (has_assignee, assignee) = match change.assignee {
        Some(assignee) => (true, assignee.map(|person| person.0)),
        None => (false, None),
    };
    let (has_merged, merged) = match change.merged_into {
        Some(into) => (true, into.map(|ticket| ticket.0)),
        None => (false, None),
    };
    let touched = sql::run(
        tx,
        "UPDATE ticket SET version = version + 1, updated_at = $3, \
         held_reason = CASE WHEN COALESCE($4, status) = 'held' THEN held_reason END, \
         pending_since_at = CASE WHEN $4 = 'pending' THEN $3 ELSE pending_since_at END, \
         pending_until_at = CASE WHEN status = 'pending' AND COALESCE($4, status) <> 'pending' \
         THEN $3 ELSE pending_until_at END, \
         status = COALESCE($4, status), priority = COALESCE($5, priority), \
         queue = COALESCE($6, queue), tier = COALESCE($7, tier), \
         assignee = CASE WHEN $8 THEN $9 ELSE assignee END, \
         assigned_at = CASE WHEN $8 AND $9 IS NOT NULL THEN $3 \
         WHEN $8 THEN NULL ELSE assigned_at END, \
         merged_into = CASE WHEN $10 THEN $11 ELSE merged_into END, \
         caused_by = COALESCE($12, caused_by), \
         reopened = reopened + $13, category = COALESCE($14, category) \
         WHERE id = $1 AND version = $2",
        values![
            change.id.0,
            sql::count(change.expected_version),
            micros(change.at),
            change.status.map(|status| status.word().to_owned()),
            change.priority.map(|priority| priority.word().to_owned()),
            change.queue.clone(),
            change.tier.map(|tier| tier.word().to_owned()),
            has_assignee,
            assignee,
            has_merged,
            merged,
            change.caused_by.map(|person| person.0),
            i64::from(change.is_reopened),
            change.category.clone(),
        ],
    )
    .await?;
    if touched == 1 { Ok(()) } else { Err(StoreError::Stale("the ticket changed")) }
}

/// The same for many, a statement for those that change alike.
pub(super) async fn update_many(
    tx: &DatabaseTransaction,
    changes: &[&TicketUpdate],
) -> Result<(), StoreError> {
    type Alike = (Option<Status>, Option<Priority>, jiff::Timestamp);
    let mut alike: BTreeMap<Alike, Vec<&TicketUpdate>> = BTreeMap::new();
    for change in changes {
        alike.entry((change.status, change.priority, change.at)).or_default().push(change);
    }
    for group in alike.into_values() {
        let [first, _, ..] = group.as_slice() else {
            for change in group {
                update(tx, change).await?;
            }
            continue;
        };
        for part in group.chunks(sql::MOST_KEYS / 2) {
            let rows: Vec<String> = (0..part.len())
                .map(|row| format!("(id = ${} AND version = ${})", row * 2 + 4, row * 2 + 5))
                .collect();
            let text = format!(
                "UPDATE ticket SET updated_at = $1, \
                 held_reason = CASE WHEN COALESCE($2, status) = 'held' THEN held_reason END, \
                 status = COALESCE($2, status), priority = COALESCE($3, priority), \
                 version = version + 1 WHERE {}",
                rows.join(" OR ")
            );
            let mut values = values![
                micros(first.at),
                first.status.map(|status| status.word().to_owned()),
                first.priority.map(|priority| priority.word().to_owned()),
            ];
            for change in part {
                values.push(change.id.0.into());
                values.push(sql::count(change.expected_version).into());
            }
            if sql::run(tx, &text, values).await? != part.len() as u64 {
                return Err(StoreError::Stale("the ticket changed"));
            }
        }
    }
    Ok(())
}
