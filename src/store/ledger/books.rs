//! The conservation law: every mail a mailbox showed has one fate.

use std::collections::{BTreeMap, HashSet};

use crate::domain::decision::Disposition;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, get, get_count, get_word, one, values};

/// The books of one mailbox, over all its epochs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// Keys the server ever showed.
    pub seen: u64,
    /// Keys by the fate of their mail.
    pub by_disposition: BTreeMap<Disposition, u64>,
    /// Keys kept but not yet decided on.
    pub pending: u64,
    /// Keys the wire guard refused to fetch.
    pub refused: u64,
    /// Mails that no key points to; never more than none.
    pub orphans: u64,
}

impl Books {
    /// Whether every key has exactly one fate and every mail a key.
    #[must_use]
    pub fn are_balanced(&self) -> bool {
        let decided: u64 = self.by_disposition.values().sum();
        self.seen == decided + self.pending + self.refused && self.orphans == 0
    }
}

impl Store {
    /// The books of one mailbox.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn conservation(&self, mailbox_id: i64) -> Result<Books, StoreError> {
        // One statement each, one snapshot for all: a write in between would unbalance them.
        let row = one(
            self.readers(),
            "SELECT COUNT(*) AS seen, \
             COUNT(CASE WHEN state = 'stored' THEN 1 END) AS pending, \
             COUNT(CASE WHEN state = 'refused' THEN 1 END) AS refused, \
             (SELECT COUNT(*) FROM mail WHERE mail.mailbox_id = $1 AND NOT EXISTS \
                (SELECT 1 FROM source_ref r WHERE r.mail_id = mail.id)) AS orphans, \
             COUNT(CASE WHEN disposition = 'new' THEN 1 END) AS d0, \
             COUNT(CASE WHEN disposition = 'append' THEN 1 END) AS d1, \
             COUNT(CASE WHEN disposition = 'held' THEN 1 END) AS d2, \
             COUNT(CASE WHEN disposition = 'duplicate' THEN 1 END) AS d3, \
             COUNT(CASE WHEN disposition = 'machine' THEN 1 END) AS d4, \
             COUNT(CASE WHEN disposition = 'bounce' THEN 1 END) AS d5, \
             COUNT(CASE WHEN disposition = 'oversize' THEN 1 END) AS d6, \
             COUNT(CASE WHEN disposition = 'unparseable' THEN 1 END) AS d7, \
             COUNT(CASE WHEN disposition = 'hostile' THEN 1 END) AS d8, \
             COUNT(CASE WHEN disposition = 'flood' THEN 1 END) AS d9, \
             COUNT(CASE WHEN disposition = 'canary' THEN 1 END) AS d10 \
             FROM source_ref LEFT JOIN mail ON mail.id = source_ref.mail_id \
             WHERE source_ref.mailbox_id = $1",
            values![mailbox_id],
        )
        .await?
        .ok_or(StoreError::Absent("mailbox"))?;
        let columns = ["d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9", "d10"];
        let mut by_disposition = BTreeMap::new();
        for (disposition, column) in Disposition::ALL.iter().zip(columns) {
            by_disposition.insert(*disposition, get_count(&row, column)?);
        }
        Ok(Books {
            seen: get_count(&row, "seen")?,
            by_disposition,
            pending: get_count(&row, "pending")?,
            refused: get_count(&row, "refused")?,
            orphans: get_count(&row, "orphans")?,
        })
    }

    /// Mails of a mailbox by their fate (each mail once, however many keys).
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn dispositions(
        &self,
        mailbox_id: i64,
    ) -> Result<BTreeMap<Disposition, u64>, StoreError> {
        let rows = sql::all(
            self.readers(),
            "SELECT disposition, COUNT(*) AS n FROM mail WHERE mailbox_id = $1 \
             GROUP BY disposition",
            values![mailbox_id],
        )
        .await?;
        rows.iter()
            .map(|row| {
                Ok((get_word(row, "disposition", Disposition::from_word)?, get_count(row, "n")?))
            })
            .collect()
    }

    /// Which of the keys a server shows now the ledger has never seen.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn reconcile(
        &self,
        mailbox_id: i64,
        epoch: u64,
        server_keys: &[String],
    ) -> Result<Vec<String>, StoreError> {
        let known: HashSet<String> =
            self.known_keys(mailbox_id, epoch, server_keys).await?.into_keys().collect();
        Ok(server_keys.iter().filter(|key| !known.contains(*key)).cloned().collect())
    }

    /// Keys of an epoch that are kept but not yet decided on, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn pending_keys(
        &self,
        mailbox_id: i64,
        epoch: u64,
        limit: u64,
    ) -> Result<Vec<String>, StoreError> {
        let rows = sql::all(
            self.readers(),
            "SELECT source_key FROM source_ref WHERE mailbox_id = $1 AND state = 'stored' \
             AND epoch = $2 ORDER BY id LIMIT $3",
            values![mailbox_id, sql::count(epoch), sql::count(limit)],
        )
        .await?;
        rows.iter().map(|row| get(row, "source_key")).collect()
    }
}
