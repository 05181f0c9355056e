//! What is kept but not yet decided on, with its bytes.

use jiff::Timestamp;

use super::raw::open_chunks;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, find_instant, get, get_count, values};

/// A mail between the two transactions of intake.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingRaw {
    /// IMAP UID in decimal, or file name.
    pub source_key: String,
    /// Epoch it was seen in.
    pub epoch: u64,
    /// UIDVALIDITY it was seen under.
    pub uidvalidity: u32,
    /// Size the source stated.
    pub size: u64,
    /// INTERNALDATE the source stated.
    pub internal_at: Option<Timestamp>,
    /// The bytes that were kept.
    pub raw: Vec<u8>,
}

impl Store {
    /// The oldest undecided mails of a mailbox, over all its epochs; the ones the
    /// engine died over come last.
    ///
    /// # Errors
    /// When the database does not answer, or kept bytes were changed.
    pub async fn pending_raw(
        &self,
        mailbox_id: i64,
        limit: u64,
    ) -> Result<Vec<PendingRaw>, StoreError> {
        let rows = sql::all(
            self.readers(),
            "SELECT source_key, epoch, uidvalidity, size, internal_at, raw_key FROM source_ref \
             WHERE mailbox_id = $1 AND state = 'stored' ORDER BY strikes, id LIMIT $2",
            values![mailbox_id, sql::count(limit)],
        )
        .await?;
        let mut pending = Vec::with_capacity(rows.len());
        for row in &rows {
            let key: Vec<u8> = get(row, "raw_key")?;
            let key = key.try_into().map_err(|_| StoreError::Malformed("raw_key"))?;
            pending.push(PendingRaw {
                source_key: get(row, "source_key")?,
                epoch: get_count(row, "epoch")?,
                uidvalidity: u32::try_from(get_count(row, "uidvalidity")?).unwrap_or(0),
                size: get_count(row, "size")?,
                internal_at: find_instant(row, "internal_at")?,
                raw: open_chunks(self, &key).await?,
            });
        }
        Ok(pending)
    }
}
