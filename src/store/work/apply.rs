//! What a command or a ladder wants becomes rows, all of it or nothing.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sea_orm::{DatabaseTransaction, Value};

use super::{moves, proofs};
use crate::domain::decision::ClockChange;
use crate::domain::escalate::{EscalationChange, Notice, Via};
use crate::domain::event::Event;
use crate::domain::id::PersonId;
use crate::domain::letter::FrozenLetter;
use crate::domain::work::{Look, Move, Note, WorkDecision, WorkUpdate};
use crate::store::apply::{FLAG, NewReplyToken, TOKEN, insert_rows, insert_task, token_row};
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, get, lock_clause, micros, one, values};
use crate::store::vault::{Place, Vault};
use crate::store::{clock_row, draft, letter_row, record, ticket_row};

/// Where the words of a note stand.
pub(super) const NOTE: Place = Place { table: "note", column: "sealed_text" };
/// Where the reason of a refused escalation stands.
const REASON: Place = Place { table: "escalation", column: "sealed_reason" };

const NOTE_COLUMNS: &[&str] = &["id", "ticket_id", "kind", "author", "written_at", "sealed_text"];
const NOTICE_COLUMNS: &[&str] = &[
    "id",
    "escalation_id",
    "ticket_id",
    "step",
    "place",
    "via",
    "person_id",
    "endpoint",
    "is_statutory",
    "state",
    "not_before_at",
];

/// A decision of a person or a ladder, with its letters as they will leave.
#[derive(Clone, Copy)]
pub struct AppliedWork<'a> {
    /// What is wanted.
    pub decision: &'a WorkDecision,
    /// Its letters, rendered.
    pub letters: &'a [LeavingLetter],
    /// Reply tokens of those letters.
    pub reply_tokens: &'a [NewReplyToken],
    /// When it was decided.
    pub at: Timestamp,
}

/// A letter of a command or a ladder, rendered.
#[derive(Clone, Debug, PartialEq)]
pub struct LeavingLetter {
    /// Its bytes.
    pub letter: FrozenLetter,
    /// Who wrote it, when that is a person.
    pub author: Option<PersonId>,
    /// Until then it can be taken back.
    pub not_before_at: Timestamp,
}

/// Rows sealed before the lock is taken: no one waits for the cipher.
pub(super) struct SealedWork {
    notes: Vec<Vec<Value>>,
    letters: Vec<Vec<Value>>,
    tokens: Vec<Vec<Value>>,
    ticket: Option<Vec<Value>>,
    reasons: Vec<Option<Vec<u8>>>,
}

impl Store {
    /// Applies what a command or a ladder wants.
    ///
    /// # Errors
    /// `Stale` when a ticket, clock or escalation changed since the decision was
    /// taken, or a person would hold more than they can: nothing was written;
    /// load and decide again.
    pub async fn apply_work(&self, work: AppliedWork<'_>) -> Result<(), StoreError> {
        self.apply_works(&[work]).await
    }

    /// Applies several in one transaction, or none.
    ///
    /// # Errors
    /// As for [`Store::apply_work`]; then try them one by one.
    pub async fn apply_works(&self, works: &[AppliedWork<'_>]) -> Result<(), StoreError> {
        let mut sealed = Vec::with_capacity(works.len());
        for work in works {
            sealed.push((*work, seal(self.vault(), work)?));
        }
        let tx = self.begin_write().await?;
        let written = async {
            for (work, sealed) in sealed {
                write(&tx, work, sealed).await?;
            }
            Ok(())
        }
        .await;
        sql::end(tx, written).await
    }
}

pub(super) fn seal(vault: &Vault, work: &AppliedWork<'_>) -> Result<SealedWork, StoreError> {
    let notes = work.decision.notes.iter().map(|note| note_row(vault, note));
    let letters = work.letters.iter().map(|leaving| letter_values(vault, leaving));
    let ticket = match &work.decision.moved {
        Some(Move::Split { ticket, .. }) => Some(ticket_row::row(vault, ticket)?),
        _ => None,
    };
    let reasons = work.decision.escalations.iter().map(|change| match change {
        EscalationChange::Settle { id, reason: Some(reason), .. } => {
            Ok(Some(vault.seal(REASON, id.0.as_bytes(), reason.as_bytes())?))
        }
        _ => Ok(None),
    });
    Ok(SealedWork {
        notes: notes.collect::<Result<_, StoreError>>()?,
        letters: letters.collect::<Result<_, StoreError>>()?,
        tokens: work.reply_tokens.iter().map(|token| token_row(vault, token)).collect(),
        ticket,
        reasons: reasons.collect::<Result<_, StoreError>>()?,
    })
}

pub(super) async fn write(
    tx: &DatabaseTransaction,
    work: AppliedWork<'_>,
    sealed: SealedWork,
) -> Result<(), StoreError> {
    let decision = work.decision;
    tickets(tx, &decision.tickets).await?;
    if let Some(look) = &decision.looked {
        looked(tx, look, &decision.tickets).await?;
    }
    for change in &decision.clocks {
        if let ClockChange::Start(clock) = change {
            insert_rows(tx, "clock", clock_row::COLUMNS, vec![clock_row::row(clock)?], "").await?;
        } else {
            clock_row::change(tx, change).await?;
        }
    }
    if let Some(moved) = &decision.moved {
        moves::apply(tx, moved, sealed.ticket, decision, work.at).await?;
    }
    letters(tx, sealed.letters).await?;
    insert_rows(tx, "reply_token", TOKEN, sealed.tokens, "ON CONFLICT DO NOTHING").await?;
    insert_rows(tx, "note", NOTE_COLUMNS, sealed.notes, "").await?;
    let rows = decision.proofs.iter().map(proofs::row).collect::<Result<_, StoreError>>()?;
    insert_rows(tx, "identity_proof", proofs::COLUMNS, rows, "").await?;
    for ended in &decision.drafts_ended {
        draft::end(tx, ended).await?;
    }
    for task in &decision.tasks {
        insert_task(tx, task, micros(work.at)).await?;
    }
    let flags = decision
        .flags
        .iter()
        .map(|(ticket, flag)| values![ticket.0, flag.as_str(), micros(work.at)])
        .collect();
    insert_rows(tx, "ticket_flag", FLAG, flags, "ON CONFLICT DO NOTHING").await?;
    for (change, reason) in decision.escalations.iter().zip(sealed.reasons) {
        escalation(tx, change, reason).await?;
    }
    let notices = decision.notices.iter().map(notice_row).collect();
    insert_rows(tx, "notice", NOTICE_COLUMNS, notices, "").await?;
    let events: Vec<&Event> = decision.events.iter().collect();
    record::append(tx, &events, &BTreeSet::new()).await
}

async fn tickets(tx: &DatabaseTransaction, changes: &[WorkUpdate]) -> Result<(), StoreError> {
    let mut ordered: Vec<&WorkUpdate> = changes.iter().collect();
    // In order, so that two transactions never wait for each other.
    ordered.sort_by_key(|change| change.id);
    for change in ordered {
        ticket_row::work(tx, change).await?;
        if let Some(Some(person)) = change.assignee {
            has_room(tx, person, change.at).await?;
        }
    }
    Ok(())
}

/// Nobody ever holds more than they can, however many assign at once: the
/// person's row is locked while their tickets are counted.
async fn has_room(
    tx: &DatabaseTransaction,
    person: PersonId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let text =
        format!("SELECT capacity FROM person WHERE id = $1 {}", lock_clause(tx, "FOR UPDATE"));
    let row = one(tx, &text, values![person.0]).await?.ok_or(StoreError::Absent("person"))?;
    let capacity: i64 = get(&row, "capacity")?;
    let text = "SELECT COUNT(*) AS held FROM ticket WHERE assignee = $1 \
                AND status IN ('new','open','held')";
    let row = one(tx, text, values![person.0]).await?.ok_or(StoreError::Absent("count"))?;
    if get::<i64>(&row, "held")? > capacity {
        return Err(StoreError::Stale("the person holds as much as they can"));
    }
    let text = "UPDATE person SET last_assigned_at = $2 WHERE id = $1";
    sql::run(tx, text, values![person.0, micros(at)]).await.map(|_| ())
}

/// A look counts for the version it saw. When the ladders changed the ticket
/// themselves, the version has moved on and they look once more.
async fn looked(
    tx: &DatabaseTransaction,
    look: &Look,
    changes: &[WorkUpdate],
) -> Result<(), StoreError> {
    let changed = changes.iter().any(|change| change.id == look.ticket_id);
    let version = look.version + u64::from(changed);
    let text = "UPDATE ticket SET looked_version = $2, look_at = $3 WHERE id = $1 AND version = $4";
    let values = values![
        look.ticket_id.0,
        sql::count(look.version),
        look.next_at.map(micros),
        sql::count(version)
    ];
    match sql::run(tx, text, values).await? {
        1 => Ok(()),
        _ => Err(StoreError::Stale("the ticket changed")),
    }
}

/// Values of a letter's row and its author's id.
pub(in crate::store) fn letter_values(
    vault: &Vault,
    leaving: &LeavingLetter,
) -> Result<Vec<Value>, StoreError> {
    let mut row = letter_row::row(vault, &leaving.letter)?;
    let mut columns = letter_row::COLUMNS.iter().zip(&mut row);
    if let Some((_, not_before_at)) = columns.find(|(column, _)| **column == "not_before_at") {
        *not_before_at = micros(leaving.not_before_at).into();
    }
    row.push(leaving.author.map(|person| person.0).into());
    Ok(row)
}

pub(in crate::store) async fn letters(
    tx: &DatabaseTransaction,
    rows: Vec<Vec<Value>>,
) -> Result<(), StoreError> {
    let mut columns = letter_row::COLUMNS.to_vec();
    columns.push("author");
    for row in rows {
        let text = format!(
            "INSERT INTO outbox ({}) VALUES ({}) ON CONFLICT DO NOTHING RETURNING id",
            columns.join(","),
            sql::placeholders(1, columns.len())
        );
        let Some(inserted) = one(tx, &text, row).await? else { continue };
        // A version that nobody approved, or that was retired since it was
        // rendered, waits for a person; a person's own words have no version.
        sql::run(
            tx,
            "UPDATE outbox SET state = 'held', reason = 'template_not_approved' \
             WHERE id = $1 AND state = 'available' AND template <> 'reply' AND NOT EXISTS \
             (SELECT 1 FROM template_version WHERE hash = outbox.template_version \
             AND template_version.state = 'approved')",
            values![get::<uuid::Uuid>(&inserted, "id")?],
        )
        .await?;
    }
    Ok(())
}

async fn escalation(
    tx: &DatabaseTransaction,
    change: &EscalationChange,
    reason: Option<Vec<u8>>,
) -> Result<(), StoreError> {
    let touched = match change {
        EscalationChange::Begin(begun) => {
            let text = "INSERT INTO escalation (id, ticket_id, ladder, cause, begun_at, state, \
                        is_statutory, step, next_at, policy_revision) \
                        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
            let values = values![
                begun.id.0,
                begun.ticket_id.0,
                begun.ladder.as_str(),
                begun.cause.as_str(),
                micros(begun.begun_at),
                begun.state.word(),
                begun.is_statutory,
                i64::from(begun.step),
                begun.next_at.map(micros),
                begun.policy_revision.as_str(),
            ];
            sql::run(tx, text, values).await?
        }
        EscalationChange::Fire { after, step, due_at, fired_at } => {
            let text = "INSERT INTO escalation_step (escalation_id, step, due_at, fired_at) \
                        VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
            let values = values![after.id.0, i64::from(*step), micros(*due_at), micros(*fired_at)];
            if sql::run(tx, text, values).await? == 0 {
                return Err(StoreError::Stale("a step fired elsewhere"));
            }
            let text = "UPDATE escalation SET step = $2, next_at = $3, state = $4, \
                        claim_by_at = $5 WHERE id = $1 AND state = 'running' AND step = $6";
            let values = values![
                after.id.0,
                i64::from(after.step),
                after.next_at.map(micros),
                after.state.word(),
                after.claim_by_at.map(micros),
                i64::from(*step),
            ];
            sql::run(tx, text, values).await?
        }
        EscalationChange::End(id) => {
            let text = "UPDATE escalation SET state = 'ended', next_at = NULL, claim_by_at = NULL \
                        WHERE id = $1 AND state = 'running'";
            sql::run(tx, text, values![id.0]).await?
        }
        EscalationChange::Settle { id, state, next_at, by, at, .. } => {
            let text = "UPDATE escalation SET state = $2, next_at = $3, settled_by = $4, \
                        settled_at = $5, sealed_reason = COALESCE($6, sealed_reason), \
                        claim_by_at = NULL WHERE id = $1 AND state IN ('running','ended')";
            let values =
                values![id.0, state.word(), next_at.map(micros), by.0, micros(*at), reason];
            sql::run(tx, text, values).await?
        }
    };
    if touched == 1 { Ok(()) } else { Err(StoreError::Stale("an escalation changed")) }
}

fn notice_row(notice: &Notice) -> Vec<Value> {
    let (via, person, endpoint) = match &notice.via {
        Via::Mail(person) => ("mail", Some(person.0), None),
        Via::Webhook(name) => ("webhook", None, Some(name.clone())),
    };
    values![
        notice.id.0,
        notice.escalation_id.0,
        notice.ticket_id.0,
        i64::from(notice.step),
        i64::from(notice.place),
        via,
        person,
        endpoint,
        notice.is_statutory,
        "waiting",
        micros(notice.not_before_at),
    ]
}

/// One note in a transaction of its own kind.
pub(in crate::store) async fn insert_note(
    tx: &DatabaseTransaction,
    vault: &Vault,
    note: &Note,
) -> Result<(), StoreError> {
    insert_rows(tx, "note", NOTE_COLUMNS, vec![note_row(vault, note)?], "").await
}

fn note_row(vault: &Vault, note: &Note) -> Result<Vec<Value>, StoreError> {
    Ok(values![
        note.id.0,
        note.ticket_id.0,
        note.kind.word(),
        note.author.0,
        micros(note.written_at),
        vault.seal(NOTE, note.id.0.as_bytes(), note.text.as_bytes())?,
    ])
}
