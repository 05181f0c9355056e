//! Who has shown who they are, on which ticket, and until when it is believed.

use sea_orm::{ConnectionTrait, QueryResult, Value};

use crate::domain::id::{PersonId, ProofId, TicketId};
use crate::domain::identity::Proof;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, get, get_instant, micros, values};

pub(super) const COLUMNS: &[&str] =
    &["id", "ticket_id", "way", "checked", "proven_by", "proven_at", "expires_at"];

impl Store {
    /// Proofs on a ticket, the one that is believed longest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn proofs_of(&self, ticket: TicketId) -> Result<Vec<Proof>, StoreError> {
        proofs(self.readers(), ticket).await
    }
}

pub(super) async fn proofs<C: ConnectionTrait>(
    conn: &C,
    ticket: TicketId,
) -> Result<Vec<Proof>, StoreError> {
    let text = format!(
        "SELECT {} FROM identity_proof WHERE ticket_id = $1 ORDER BY expires_at DESC, id",
        COLUMNS.join(",")
    );
    sql::all(conn, &text, values![ticket.0]).await?.iter().map(read).collect()
}

pub(super) fn row(proof: &Proof) -> Result<Vec<Value>, StoreError> {
    Ok(values![
        proof.id.0,
        proof.ticket_id.0,
        proof.way.as_str(),
        serde_json::to_string(&proof.checked).map_err(|_| StoreError::Malformed("checked"))?,
        proof.by.0,
        micros(proof.proven_at),
        micros(proof.expires_at),
    ])
}

fn read(row: &QueryResult) -> Result<Proof, StoreError> {
    Ok(Proof {
        id: ProofId(get(row, "id")?),
        ticket_id: TicketId(get(row, "ticket_id")?),
        way: get(row, "way")?,
        checked: serde_json::from_str(&get::<String>(row, "checked")?)
            .map_err(|_| StoreError::Malformed("checked"))?,
        by: PersonId(get(row, "proven_by")?),
        proven_at: get_instant(row, "proven_at")?,
        expires_at: get_instant(row, "expires_at")?,
    })
}
