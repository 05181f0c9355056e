//! Monitored mailboxes: their epoch, their lease, and how they fare.

use jiff::Timestamp;
use sea_orm::{DatabaseTransaction, QueryResult};
use serde_json::json;

use crate::domain::event::Event;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::record;
use crate::store::sql::{self, find_instant, get, get_count, micros, one, values};

const COLUMNS: &str = "id, name, uidvalidity, epoch, lease_owner, lease_until_at, fence, \
                       last_success_at, last_error, oldest_unread_at";

/// One monitored mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxRow {
    /// Its id.
    pub id: i64,
    /// Its name in the configuration.
    pub name: String,
    /// UIDVALIDITY last seen.
    pub uidvalidity: Option<u32>,
    /// Counts the times its UIDs began to mean something else.
    pub epoch: u64,
    /// Who polls it.
    pub lease_owner: Option<String>,
    /// Until when.
    pub lease_until_at: Option<Timestamp>,
    /// Counts the leases, and who asked for one in vain.
    pub fence: u64,
    /// Last poll that went well.
    pub last_success_at: Option<Timestamp>,
    /// What went wrong since, if anything.
    pub last_error: Option<String>,
    /// Receipt of the oldest mail not yet committed.
    pub oldest_unread_at: Option<Timestamp>,
}

impl Store {
    /// The mailbox called `name`, made when it is new.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open_mailbox(&self, name: &str, now: Timestamp) -> Result<MailboxRow, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let made = sql::run(
                &tx,
                "INSERT INTO mailbox (name) VALUES ($1) ON CONFLICT (name) DO NOTHING",
                values![name],
            )
            .await?;
            if made > 0 {
                append(&tx, name, "mailbox_opened", now, json!({})).await?;
            }
            let text = format!("SELECT {COLUMNS} FROM mailbox WHERE name = $1");
            let row = one(&tx, &text, values![name]).await?.ok_or(StoreError::Absent("mailbox"))?;
            read(&row)
        }
        .await;
        sql::end(tx, written).await
    }

    /// All mailboxes by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn mailboxes(&self) -> Result<Vec<MailboxRow>, StoreError> {
        let text = format!("SELECT {COLUMNS} FROM mailbox ORDER BY name");
        sql::all(self.readers(), &text, values![]).await?.iter().map(read).collect()
    }

    /// Takes or renews the right to poll: the fence, or `None` while somebody
    /// else has it, who learns of the wish when they give it back. It saves work
    /// only; the keys keep it right.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn claim_lease(
        &self,
        mailbox_id: i64,
        owner: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let taken = one(
                &tx,
                "UPDATE mailbox SET fence = fence + CASE WHEN lease_owner = $2 \
                 AND lease_until_at > $4 THEN 0 ELSE 1 END, lease_owner = $2, \
                 lease_until_at = $3 WHERE id = $1 AND \
                 (lease_until_at IS NULL OR lease_until_at <= $4 OR lease_owner = $2) \
                 RETURNING fence",
                values![mailbox_id, owner, micros(until), micros(now)],
            )
            .await?;
            if taken.is_none() {
                let wish = "UPDATE mailbox SET fence = fence + 1 WHERE id = $1";
                sql::run(&tx, wish, values![mailbox_id]).await?;
            }
            Ok(taken)
        }
        .await;
        sql::end(tx, written).await?.map(|row| get_count(&row, "fence")).transpose()
    }

    /// Gives the lease back early: the fence as it stands now, which is another
    /// than before when somebody asked for the mailbox meanwhile. `None`: it was
    /// lost already.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn release_lease(
        &self,
        mailbox_id: i64,
        owner: &str,
    ) -> Result<Option<u64>, StoreError> {
        let tx = self.begin_write().await?;
        let written = one(
            &tx,
            "UPDATE mailbox SET lease_owner = NULL, lease_until_at = NULL \
             WHERE id = $1 AND lease_owner = $2 RETURNING fence",
            values![mailbox_id, owner],
        )
        .await;
        sql::end(tx, written).await?.map(|row| get_count(&row, "fence")).transpose()
    }

    /// The epoch under `uidvalidity`: one more, with an event, when the server
    /// changed it (RFC 9051 §2.3.1.1), so that no UID is taken for an old one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_folder(
        &self,
        mailbox_id: i64,
        uidvalidity: u32,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let mailbox = lock(&tx, mailbox_id).await?;
            let epoch = match mailbox.uidvalidity {
                Some(old) if old == uidvalidity => return Ok(mailbox.epoch),
                Some(_) => mailbox.epoch + 1,
                None => mailbox.epoch,
            };
            set_epoch(&tx, mailbox_id, Some(uidvalidity), epoch).await?;
            let particulars =
                json!({"from": mailbox.uidvalidity, "to": uidvalidity, "epoch": epoch});
            append(&tx, &mailbox.name, "uidvalidity_noted", now, particulars).await?;
            Ok(epoch)
        }
        .await;
        sql::end(tx, written).await
    }

    /// A known UID showed another size or date: its folder was rebuilt behind
    /// our back. The next epoch begins; mails are told apart by their bytes.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn bump_epoch(
        &self,
        mailbox_id: i64,
        reason: &str,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let mailbox = lock(&tx, mailbox_id).await?;
            let epoch = mailbox.epoch + 1;
            set_epoch(&tx, mailbox_id, mailbox.uidvalidity, epoch).await?;
            let particulars = json!({"reason": reason, "epoch": epoch});
            append(&tx, &mailbox.name, "epoch_bumped", now, particulars).await?;
            Ok(epoch)
        }
        .await;
        sql::end(tx, written).await
    }

    /// How the last poll went: `problem` is a reason without private words.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_poll(
        &self,
        mailbox_id: i64,
        problem: Option<&str>,
        oldest_unread_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let success = problem.is_none().then(|| micros(now));
        let written = sql::run(
            &tx,
            "UPDATE mailbox SET last_error = $2, oldest_unread_at = $3, \
             last_success_at = COALESCE($4, last_success_at) WHERE id = $1",
            values![mailbox_id, problem, oldest_unread_at.map(micros), success],
        )
        .await;
        sql::end(tx, written).await.map(|_| ())
    }
}

async fn lock(tx: &DatabaseTransaction, mailbox_id: i64) -> Result<MailboxRow, StoreError> {
    let clause = sql::lock_clause(tx, "FOR UPDATE");
    let text = format!("SELECT {COLUMNS} FROM mailbox WHERE id = $1 {clause}");
    read(&one(tx, &text, values![mailbox_id]).await?.ok_or(StoreError::Absent("mailbox"))?)
}

async fn set_epoch(
    tx: &DatabaseTransaction,
    mailbox_id: i64,
    uidvalidity: Option<u32>,
    epoch: u64,
) -> Result<(), StoreError> {
    sql::run(
        tx,
        "UPDATE mailbox SET uidvalidity = $2, epoch = $3 WHERE id = $1",
        values![mailbox_id, uidvalidity.map(i64::from), sql::count(epoch)],
    )
    .await
    .map(|_| ())
}

async fn append(
    tx: &DatabaseTransaction,
    name: &str,
    kind: &str,
    now: Timestamp,
    particulars: serde_json::Value,
) -> Result<(), StoreError> {
    let event = Event::by_engine(format!("mailbox:{name}"), kind, now, particulars);
    record::append_one(tx, &event).await
}

fn read(row: &QueryResult) -> Result<MailboxRow, StoreError> {
    let uidvalidity: Option<i64> = get(row, "uidvalidity")?;
    Ok(MailboxRow {
        id: get(row, "id")?,
        name: get(row, "name")?,
        uidvalidity: uidvalidity
            .map(|value| u32::try_from(value).map_err(|_| StoreError::Malformed("uidvalidity")))
            .transpose()?,
        epoch: get_count(row, "epoch")?,
        lease_owner: get(row, "lease_owner")?,
        lease_until_at: find_instant(row, "lease_until_at")?,
        fence: get_count(row, "fence")?,
        last_success_at: find_instant(row, "last_success_at")?,
        last_error: get(row, "last_error")?,
        oldest_unread_at: find_instant(row, "oldest_unread_at")?,
    })
}
