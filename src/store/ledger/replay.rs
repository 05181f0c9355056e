//! Kept mail, read again in the order of receipt, in pages of bounded size.

use std::collections::HashMap;

use jiff::Timestamp;
use sea_orm::Value;
use uuid::Uuid;

use super::raw::{SEALED, chunk_row};
use crate::domain::decision::Disposition;
use crate::domain::id::MailId;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{
    self, get, get_count, get_instant, get_word, micros, placeholders, values,
};

/// Mails of one page.
const PAGE: i64 = 512;
/// Bytes of one page, but for one mail that is larger.
const MOST_BYTES: u64 = 32 << 20;

/// One mail as it came in.
#[derive(Clone)]
pub struct KeptMail {
    /// Its id.
    pub id: MailId,
    /// Mailbox, or another door.
    pub mailbox: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// Its fate then.
    pub disposition: Disposition,
    /// Size on the wire, bytes.
    pub size: u64,
    /// The bytes, or the header of a mail over the size limit.
    pub raw: Vec<u8>,
}

struct Row {
    mail: KeptMail,
    raw_key: Vec<u8>,
}

impl Store {
    /// The next mails received from `since` on, after the last one read.
    ///
    /// # Errors
    /// When the database does not answer, or kept bytes were changed.
    pub async fn kept_mails(
        &self,
        since: Timestamp,
        after: Option<&KeptMail>,
    ) -> Result<Vec<KeptMail>, StoreError> {
        let text = "SELECT mail.id, mailbox.name, mail.received_at, mail.disposition, mail.size, \
                    mail.raw_key FROM mail JOIN mailbox ON mailbox.id = mail.mailbox_id \
                    WHERE mail.received_at >= $1 \
                    AND (mail.received_at > $2 OR (mail.received_at = $2 AND mail.id > $3)) \
                    ORDER BY mail.received_at, mail.id LIMIT $4";
        let (last_at, last_id) =
            after.map_or((i64::MIN, Uuid::nil()), |mail| (micros(mail.received_at), mail.id.0));
        let values = values![micros(since), last_at, last_id, PAGE];
        let mut rows = Vec::new();
        let mut bytes = 0;
        for row in sql::all(self.readers(), text, values).await? {
            let row = read(&row)?;
            bytes += row.mail.size;
            if bytes > MOST_BYTES && !rows.is_empty() {
                break;
            }
            rows.push(row);
        }
        self.with_bytes(rows).await
    }

    async fn with_bytes(&self, rows: Vec<Row>) -> Result<Vec<KeptMail>, StoreError> {
        let mut pieces: HashMap<Vec<u8>, Vec<u8>> = HashMap::new();
        let keys: Vec<Value> = rows.iter().map(|row| Value::from(row.raw_key.clone())).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let text = format!(
            "SELECT raw_key, seq, sealed FROM raw_chunk WHERE raw_key IN ({}) ORDER BY raw_key, seq",
            placeholders(1, keys.len())
        );
        for row in sql::all(self.readers(), &text, keys).await? {
            let key: Vec<u8> = get(&row, "raw_key")?;
            let name: [u8; 32] =
                key.as_slice().try_into().map_err(|_| StoreError::Malformed("raw_key"))?;
            let place = chunk_row(&name, get_count(&row, "seq")?);
            let piece = self.vault().open(SEALED, &place, &get::<Vec<u8>>(&row, "sealed")?)?;
            pieces.entry(key).or_default().extend(piece);
        }
        let whole = |row: Row| {
            // Two mailboxes may have the same bytes: neither takes them away.
            let raw = pieces.get(&row.raw_key).cloned().ok_or(StoreError::Absent("raw mail"))?;
            Ok(KeptMail { raw, ..row.mail })
        };
        rows.into_iter().map(whole).collect()
    }
}

fn read(row: &sea_orm::QueryResult) -> Result<Row, StoreError> {
    let mail = KeptMail {
        id: MailId(get(row, "id")?),
        mailbox: get(row, "name")?,
        received_at: get_instant(row, "received_at")?,
        disposition: get_word(row, "disposition", Disposition::from_word)?,
        size: get_count(row, "size")?,
        raw: Vec::new(),
    };
    Ok(Row { mail, raw_key: get(row, "raw_key")? })
}
