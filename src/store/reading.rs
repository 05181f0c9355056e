//! Who read what borrowers wrote: a stream of its own for each reader, so that
//! reading never makes a ticket's record longer.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::connection::Store;
use super::error::StoreError;
use super::record;
use super::sql::{self, get, micros, values};
use crate::domain::event::Event;
use crate::domain::id::{MailId, PersonId, TicketId};

/// The same again within so long is the same reading.
const ONE_READING: SignedDuration = SignedDuration::from_mins(15);
/// Readings looked at to find the same one.
const LATEST: u64 = 50;

impl Store {
    /// Records that `reader` reads the words on a ticket.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_reading(
        &self,
        reader: PersonId,
        ticket: TicketId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.note_read(reader, "words_read", json!({ "ticket": ticket }), now).await
    }

    /// Records that `reader` reads the subjects of these tickets in a list.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_subjects_read(
        &self,
        reader: PersonId,
        tickets: &[TicketId],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if tickets.is_empty() {
            return Ok(());
        }
        self.note_read(reader, "subjects_read", json!({ "tickets": tickets }), now).await
    }

    async fn note_read(
        &self,
        reader: PersonId,
        kind: &str,
        particulars: Value,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let event = Event {
            stream: format!("reading:{reader}"),
            at: now,
            actor: format!("person:{reader}"),
            kind: kind.to_owned(),
            particulars,
        };
        if self.is_noted(&event).await? {
            return Ok(());
        }
        let tx = self.begin_write().await?;
        let written = record::append_one(&tx, &event).await;
        sql::end(tx, written).await
    }

    /// Records that `reader` looks at a mail as it came, each time: `kind` says
    /// at what of it; attachments are numbered from 1.
    ///
    /// # Errors
    /// When the database does not answer: then nothing is shown.
    pub async fn note_look(
        &self,
        reader: PersonId,
        kind: &str,
        mail: MailId,
        attachment: usize,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let particulars = match attachment {
            0 => json!({ "mail": mail }),
            number => json!({ "mail": mail, "attachment": number }),
        };
        let event = Event {
            stream: format!("reading:{reader}"),
            at: now,
            actor: format!("person:{reader}"),
            kind: kind.to_owned(),
            particulars,
        };
        let tx = self.begin_write().await?;
        let written = record::append_one(&tx, &event).await;
        sql::end(tx, written).await
    }

    async fn is_noted(&self, event: &Event) -> Result<bool, StoreError> {
        let text = "SELECT at, particulars FROM event WHERE stream = $1 ORDER BY seq DESC LIMIT $2";
        let values = values![event.stream.clone(), sql::count(LATEST)];
        let since = micros(event.at.checked_sub(ONE_READING).unwrap_or(Timestamp::MIN));
        let particulars = event.particulars_text();
        for row in sql::all(self.readers(), text, values).await? {
            if get::<i64>(&row, "at")? > since && get::<String>(&row, "particulars")? == particulars
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
