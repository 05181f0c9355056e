//! Tickets that one was joined to or parted from, and the bytes of its letters.

use uuid::Uuid;

use crate::domain::id::{LetterId, TicketId, TicketNumber};
use crate::domain::work::MoveKind;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::letter_row::BYTES;
use crate::store::sql::{self, get, get_word, values};

/// A move that stands, seen from one of its two tickets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveLine {
    /// What it was.
    pub kind: MoveKind,
    /// Whether the rows came from this ticket.
    pub is_source: bool,
    /// The other ticket.
    pub other: TicketNumber,
}

impl Store {
    /// Moves of a ticket that were not undone, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn moves_of(&self, ticket: TicketId) -> Result<Vec<MoveLine>, StoreError> {
        let text = "SELECT ticket_move.kind, ticket_move.source, ticket.number FROM ticket_move \
                    JOIN ticket ON ticket.id = \
                    CASE WHEN ticket_move.source = $1 THEN ticket_move.target \
                    ELSE ticket_move.source END \
                    WHERE undone_at IS NULL AND (source = $1 OR target = $1) \
                    ORDER BY moved_at, ticket_move.id";
        let rows = sql::all(self.readers(), text, values![ticket.0]).await?;
        rows.iter()
            .map(|row| {
                let number: String = get(row, "number")?;
                Ok(MoveLine {
                    kind: get_word(row, "kind", MoveKind::from_word)?,
                    is_source: get::<Uuid>(row, "source")? == ticket.0,
                    other: TicketNumber::parse(&number)
                        .ok_or(StoreError::Malformed("ticket.number"))?,
                })
            })
            .collect()
    }

    /// The exact bytes of a ticket's letters; those without any are left out.
    /// Private: that somebody reads them must be on record.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn letter_bytes_of(
        &self,
        ticket: TicketId,
    ) -> Result<Vec<(LetterId, Vec<u8>)>, StoreError> {
        let text = "SELECT id, sealed_bytes FROM outbox \
                    WHERE ticket_id = $1 AND sealed_bytes IS NOT NULL ORDER BY written_at, id";
        let rows = sql::all(self.readers(), text, values![ticket.0]).await?;
        rows.iter()
            .map(|row| {
                let id: Uuid = get(row, "id")?;
                let sealed: Vec<u8> = get(row, "sealed_bytes")?;
                Ok((LetterId(id), self.vault().open(BYTES, id.as_bytes(), &sealed)?))
            })
            .collect()
    }
}
