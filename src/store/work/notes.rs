//! Notes and hand-over notes of a ticket, and letters that wait for a second
//! person.

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::apply::NOTE;
use crate::domain::event::Event;
use crate::domain::id::{LetterId, NoteId, PersonId, TicketId};
use crate::domain::work::{NoteKind, SECOND_REVIEW};
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::outbox::wording_in_force;
use crate::store::record;
use crate::store::sql::{self, get, get_instant, get_word, micros, one, values};

/// A note as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteLine {
    /// Its id.
    pub id: NoteId,
    /// What it is.
    pub kind: NoteKind,
    /// Name of its author.
    pub author: String,
    /// When it was written.
    pub written_at: Timestamp,
    /// The words.
    pub text: String,
}

/// A letter of a person that has not left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterInHand {
    /// Which.
    pub id: LetterId,
    /// The approved wording, or `reply`.
    pub template: String,
    /// Who wrote it.
    pub author: PersonId,
    /// Their name.
    pub author_name: String,
    /// When.
    pub written_at: Timestamp,
    /// When it leaves.
    pub not_before_at: Timestamp,
    /// Why it waits.
    pub reason: Option<String>,
}

impl Store {
    /// Notes of a ticket, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn notes_of(&self, ticket: TicketId) -> Result<Vec<NoteLine>, StoreError> {
        let text = "SELECT note.id, note.kind, person.name, written_at, sealed_text FROM note \
                    JOIN person ON person.id = note.author WHERE ticket_id = $1 \
                    ORDER BY written_at, note.id";
        let rows = sql::all(self.readers(), text, values![ticket.0]).await?;
        rows.iter()
            .map(|row| {
                let id: Uuid = get(row, "id")?;
                let sealed: Vec<u8> = get(row, "sealed_text")?;
                let words = self.vault().open(NOTE, id.as_bytes(), &sealed)?;
                Ok(NoteLine {
                    id: NoteId(id),
                    kind: get_word(row, "kind", NoteKind::from_word)?,
                    author: get(row, "name")?,
                    written_at: get_instant(row, "written_at")?,
                    text: String::from_utf8(words)
                        .map_err(|_| StoreError::Malformed("sealed_text"))?,
                })
            })
            .collect()
    }

    /// A second person lets a letter go that waits for one. `false`: it does
    /// not wait for a second person, its wording is no longer in force, or this
    /// is the one who wrote it or caused the error it is about.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn release_reviewed(
        &self,
        letter: LetterId,
        by: PersonId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let text = format!(
                "UPDATE outbox SET state = 'available', reason = NULL, not_before_at = $3 \
                 WHERE id = $1 AND state = 'held' AND reason = $4 AND author <> $2 \
                 AND sealed_bytes IS NOT NULL AND {} AND NOT EXISTS (SELECT 1 FROM ticket \
                 WHERE ticket.id = outbox.ticket_id AND ticket.caused_by = $2) \
                 RETURNING ticket_id",
                wording_in_force("$3"),
            );
            let values = values![letter.0, by.0, micros(now), SECOND_REVIEW];
            let Some(row) = one(&tx, &text, values).await? else { return Ok(false) };
            let event = Event {
                stream: record::ticket_stream(get::<Uuid>(&row, "ticket_id")?),
                at: now,
                actor: format!("person:{by}"),
                kind: "letter_reviewed".to_owned(),
                particulars: json!({ "letter": letter }),
            };
            record::append_one(&tx, &event).await?;
            Ok(true)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Letters of persons on a ticket that have not left, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn letters_to_take_back(
        &self,
        ticket: TicketId,
    ) -> Result<Vec<LetterInHand>, StoreError> {
        let text = "SELECT outbox.id, template, author, person.name, written_at, not_before_at, \
                    reason FROM outbox JOIN person ON person.id = outbox.author \
                    WHERE ticket_id = $1 AND outbox.state IN ('available','held') \
                    AND attempts = 0 ORDER BY written_at, outbox.id";
        let rows = sql::all(self.readers(), text, values![ticket.0]).await?;
        rows.iter()
            .map(|row| {
                Ok(LetterInHand {
                    id: LetterId(get(row, "id")?),
                    template: get(row, "template")?,
                    author: PersonId(get(row, "author")?),
                    author_name: get(row, "name")?,
                    written_at: get_instant(row, "written_at")?,
                    not_before_at: get_instant(row, "not_before_at")?,
                    reason: get(row, "reason")?,
                })
            })
            .collect()
    }

    /// Takes a person's letter back that no sender has claimed yet. `false`: it
    /// is too late.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn take_back(
        &self,
        letter: LetterId,
        by: PersonId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let text = "UPDATE outbox SET state = 'discarded', reason = 'taken_back' \
                        WHERE id = $1 AND state IN ('available','held') AND attempts = 0 \
                        AND author IS NOT NULL RETURNING ticket_id";
            let Some(row) = one(&tx, text, values![letter.0]).await? else { return Ok(false) };
            let event = Event {
                stream: record::ticket_stream(get::<Uuid>(&row, "ticket_id")?),
                at: now,
                actor: format!("person:{by}"),
                kind: "letter_taken_back".to_owned(),
                particulars: json!({ "letter": letter }),
            };
            record::append_one(&tx, &event).await?;
            Ok(true)
        }
        .await;
        sql::end(tx, written).await
    }
}
