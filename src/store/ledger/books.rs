//! The conservation law: every mail a mailbox showed has one fate.

use std::collections::{BTreeMap, HashSet};

use sea_orm::QueryResult;

use crate::domain::decision::Disposition;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::ledger::SourceState;
use crate::store::sql::{self, get, get_count, get_word, values};

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

    /// A key that is committed without a mail is seen and nothing else: that
    /// is what unbalances the books.
    fn enter(&mut self, row: &QueryResult) -> Result<(), StoreError> {
        let n = get_count(row, "n")?;
        let state: String = get(row, "state")?;
        let disposition: Option<String> = get(row, "disposition")?;
        if state == "orphan" {
            self.orphans += n;
            return Ok(());
        }
        self.seen += n;
        match (SourceState::from_word(&state), disposition) {
            (Some(SourceState::Stored), _) => self.pending += n,
            (Some(SourceState::Refused), _) => self.refused += n,
            (_, Some(word)) => {
                let fate =
                    Disposition::from_word(&word).ok_or(StoreError::Malformed("disposition"))?;
                *self.by_disposition.entry(fate).or_default() += n;
            }
            (_, None) => {}
        }
        Ok(())
    }
}

impl Store {
    /// The books of one mailbox.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn conservation(&self, mailbox_id: i64) -> Result<Books, StoreError> {
        // One statement, one snapshot: a write in between would unbalance the books.
        let rows = sql::all(
            self.readers(),
            "SELECT source_ref.state AS state, disposition, COUNT(*) AS n \
             FROM source_ref LEFT JOIN mail ON mail.id = source_ref.mail_id \
             WHERE source_ref.mailbox_id = $1 GROUP BY source_ref.state, disposition \
             UNION ALL SELECT 'orphan' AS state, NULL AS disposition, COUNT(*) AS n FROM mail \
             WHERE mail.mailbox_id = $1 AND NOT EXISTS \
             (SELECT 1 FROM source_ref AS owner WHERE owner.mail_id = mail.id)",
            values![mailbox_id],
        )
        .await?;
        let mut books = Books {
            by_disposition: Disposition::ALL.iter().map(|fate| (*fate, 0)).collect(),
            ..Books::default()
        };
        for row in &rows {
            books.enter(row)?;
        }
        Ok(books)
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
