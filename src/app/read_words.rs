//! A person reads what was written about a ticket, and that they did is on
//! record.

use std::collections::HashMap;

use super::App;
use crate::domain::id::{LetterId, PersonId, TicketId, TicketNumber};
use crate::mailbox::mime::{self, MimeLimits};
use crate::store::StoreError;
use crate::store::view::TicketDetail;
use crate::store::work::NoteLine;

/// A ticket with everything that was written about it.
pub struct ReadTicket {
    /// The ticket, with the words of its mails.
    pub detail: TicketDetail,
    /// Notes of the house, oldest first.
    pub notes: Vec<NoteLine>,
    /// Subject and text of its letters that have bytes.
    pub letters: HashMap<LetterId, (String, String)>,
}

/// The ticket with all words, once the record says who reads them; the same
/// ticket again within a quarter of an hour is the same reading.
///
/// # Errors
/// When the database does not answer: then nothing is shown.
pub async fn read_words(
    app: &App,
    number: &TicketNumber,
    reader: PersonId,
) -> Result<Option<ReadTicket>, StoreError> {
    let Some(detail) = app.store.ticket_detail(number).await? else { return Ok(None) };
    let (ticket, now) = (detail.ticket.id, app.now());
    app.store.note_reading(reader, ticket, now).await?;
    app.store.note_seen(reader, ticket, detail.mails.len() as u64, now).await?;
    let notes = app.store.notes_of(ticket).await?;
    let letters = app.store.letter_bytes_of(ticket).await?.into_iter().map(|(id, bytes)| {
        let mail = mime::parse(&bytes, now, &MimeLimits::default());
        (id, (mail.subject, mail.text))
    });
    Ok(Some(ReadTicket { letters: letters.collect(), notes, detail }))
}

/// Puts on record that `reader` reads the subjects of these tickets in a list.
///
/// # Errors
/// When the database does not answer: then nothing is shown.
pub async fn read_subjects(
    app: &App,
    tickets: &[TicketId],
    reader: PersonId,
) -> Result<(), StoreError> {
    app.store.note_subjects_read(reader, tickets, app.now()).await
}
