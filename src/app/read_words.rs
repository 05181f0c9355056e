//! A person reads what a borrower wrote, and that they did is on record.

use super::App;
use crate::domain::id::{PersonId, TicketNumber};
use crate::store::StoreError;
use crate::store::view::TicketDetail;

/// The ticket with its mails' words, once the record says who reads them; the
/// same ticket again within a quarter of an hour is the same reading.
///
/// # Errors
/// When the database does not answer: then nothing is shown.
pub async fn read_words(
    app: &App,
    number: &TicketNumber,
    reader: PersonId,
) -> Result<Option<TicketDetail>, StoreError> {
    let Some(detail) = app.store.ticket_detail(number).await? else { return Ok(None) };
    app.store.note_reading(reader, detail.ticket.id, app.now()).await?;
    Ok(Some(detail))
}
