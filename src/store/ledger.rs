//! The ledger: every mail a mailbox ever showed, its raw bytes, and its fate.
//! Raw bytes are kept and claimed before anything tries to understand them.

mod books;
mod mailbox;
mod pending;
mod raw;
mod replay;
mod strike;

use std::collections::HashMap;

use jiff::Timestamp;

use super::connection::Store;
use super::error::StoreError;
use super::sql::{self, MOST_KEYS, find_instant, get, get_count, get_word, placeholders, values};
use crate::domain::id::MailId;
use crate::domain::ticket::words;

pub use books::Books;
pub use mailbox::MailboxRow;
pub use pending::PendingRaw;
pub(super) use raw::commit_refs;
pub use raw::{RawMail, Stored};
pub use replay::KeptMail;
pub use strike::STRIKE;

words! {
    /// Where a source reference (one mail as a server shows it) stands.
    SourceState {
        /// Raw bytes are kept; not yet understood.
        Stored = "stored",
        /// Part of a committed decision; the server copy is still in place.
        Committed = "committed",
        /// Committed, and the server copy was moved away.
        PutAway = "put_away",
        /// The wire guard refused to fetch it.
        Refused = "refused",
    }
}

/// What the ledger knows about one key of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownRef {
    /// Id of the source reference.
    pub id: i64,
    /// Where it stands.
    pub state: SourceState,
    /// Size the server gave.
    pub size: u64,
    /// INTERNALDATE the server gave.
    pub internal_at: Option<Timestamp>,
    /// The mail it became.
    pub mail_id: Option<MailId>,
    /// What speaks against reading it, see [`STRIKE`].
    pub strikes: u32,
    /// Content key of the bytes that are kept, see [`Vault::content_key`](super::Vault::content_key).
    pub raw_key: Vec<u8>,
}

/// A mail whose server copy should be moved away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwedRef {
    /// Id of the source reference.
    pub id: i64,
    /// IMAP UID in decimal, or Maildir file name.
    pub source_key: String,
}

impl Store {
    /// What is known of `keys` in one epoch of a mailbox; absent keys are new.
    /// Any number of keys.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn known_keys(
        &self,
        mailbox_id: i64,
        epoch: u64,
        keys: &[String],
    ) -> Result<HashMap<String, KnownRef>, StoreError> {
        let mut known = HashMap::with_capacity(keys.len());
        for part in keys.chunks(MOST_KEYS) {
            let text = format!(
                "SELECT id, source_key, state, size, internal_at, mail_id, strikes, raw_key \
                 FROM source_ref WHERE mailbox_id = $1 AND epoch = $2 AND source_key IN ({})",
                placeholders(3, part.len())
            );
            let mut values = values![mailbox_id, sql::count(epoch)];
            values.extend(part.iter().map(|key| key.as_str().into()));
            for row in sql::all(self.readers(), &text, values).await? {
                let found = KnownRef {
                    id: get(&row, "id")?,
                    state: get_word(&row, "state", SourceState::from_word)?,
                    size: get_count(&row, "size")?,
                    internal_at: find_instant(&row, "internal_at")?,
                    mail_id: get::<Option<_>>(&row, "mail_id")?.map(MailId),
                    strikes: u32::try_from(get_count(&row, "strikes")?).unwrap_or(u32::MAX),
                    raw_key: get(&row, "raw_key")?,
                };
                known.insert(get(&row, "source_key")?, found);
            }
        }
        Ok(known)
    }

    /// Committed mails of an epoch whose server copies still wait to be moved
    /// away, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn refs_to_put_away(
        &self,
        mailbox_id: i64,
        epoch: u64,
        limit: u64,
    ) -> Result<Vec<OwedRef>, StoreError> {
        let rows = sql::all(
            self.readers(),
            "SELECT id, source_key FROM source_ref WHERE mailbox_id = $1 AND epoch = $2 \
             AND state = 'committed' ORDER BY id LIMIT $3",
            values![mailbox_id, sql::count(epoch), sql::count(limit)],
        )
        .await?;
        rows.iter()
            .map(|row| Ok(OwedRef { id: get(row, "id")?, source_key: get(row, "source_key")? }))
            .collect()
    }

    /// Their server copies were moved away.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn mark_put_away(&self, ids: &[i64]) -> Result<u64, StoreError> {
        if ids.is_empty() {
            return Ok(0);
        }
        let tx = self.begin_write().await?;
        let mut marked = 0;
        for part in ids.chunks(MOST_KEYS) {
            let text = format!(
                "UPDATE source_ref SET state = 'put_away' WHERE state = 'committed' AND id IN ({})",
                placeholders(1, part.len())
            );
            marked += sql::run(&tx, &text, part.iter().map(|id| (*id).into()).collect()).await?;
        }
        tx.commit().await?;
        Ok(marked)
    }
}
