//! Raw bytes first: sealed, named by their content, claimed in one transaction
//! for a whole batch.

use std::collections::HashMap;

use jiff::Timestamp;
use sea_orm::{DatabaseTransaction, QueryResult, Value};
use serde_json::json;
use uuid::Uuid;

use crate::domain::digest::Digest;
use crate::domain::event::Event;
use crate::domain::id::MailId;
use crate::fault;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::ledger::strike::STRIKE;
use crate::store::record;
use crate::store::sql::{self, Rows, get, get_count, micros, placeholders, values};
use crate::store::vault::Place;

/// One sealed piece of a raw mail.
const CHUNK: usize = 512 * 1024;
/// Sealed bytes of one INSERT.
const MOST_BYTES: usize = 8 * 1024 * 1024;

pub(super) const SEALED: Place = Place { table: "raw_chunk", column: "sealed" };

const REF_COLUMNS: &[&str] = &[
    "mailbox_id",
    "epoch",
    "uidvalidity",
    "source_key",
    "size",
    "internal_at",
    "raw_key",
    "state",
    "strikes",
];

/// Place of `state` among them.
const STATE_AT: usize = 7;

/// One mail as the source hands it over. Not printable: its bytes are private.
#[derive(Clone, Copy)]
pub struct RawMail<'a> {
    /// The mailbox.
    pub mailbox_id: i64,
    /// Its epoch.
    pub epoch: u64,
    /// UIDVALIDITY of the folder; 0 for a Maildir.
    pub uidvalidity: u32,
    /// IMAP UID in decimal, or Maildir file name.
    pub source_key: &'a str,
    /// Size the server gave, in bytes.
    pub size: u64,
    /// INTERNALDATE, when there is one.
    pub internal_at: Option<Timestamp>,
    /// The bytes: the whole mail, or its header when it is over the size limit.
    pub raw: &'a [u8],
}

/// What became of a [`RawMail`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Id of its source reference.
    pub source_ref_id: i64,
    /// Digest of its bytes.
    pub raw_sha: Digest,
    /// What speaks against reading it, see [`STRIKE`](super::STRIKE); 0 for a
    /// mail that was never begun before.
    pub strikes: u32,
    /// The mail with the same bytes in the same mailbox that is committed
    /// already: nothing is left to do but put the server copy away.
    pub already: Option<MailId>,
}

type RefKey = (i64, u64, String);

impl Store {
    /// Keeps the bytes, in one transaction. A mail that was begun before and
    /// comes alone this time gets a strike, and nothing else changes. Answers
    /// in the order of `batch`.
    ///
    /// # Errors
    /// When the database does not answer; then nothing was kept.
    pub async fn store_raw(&self, batch: &[RawMail<'_>]) -> Result<Vec<Stored>, StoreError> {
        let shas: Vec<Digest> = batch.iter().map(|mail| Digest::of(mail.raw)).collect();
        let keys: Vec<[u8; 32]> = shas.iter().map(|sha| self.vault().content_key(sha)).collect();
        let chunks = self.seal_chunks(batch, &keys)?;
        let tx = self.begin_write().await?;
        let written = async {
            for rows in chunks {
                rows.insert(&tx, "ON CONFLICT (raw_key, seq) DO NOTHING").await?;
            }
            let refs = upsert_refs(&tx, batch, &keys).await?;
            let mails = mails_with(&tx, batch, &keys).await?;
            link_known(&tx, batch, &keys, &refs, &mails).await?;
            fault::point("c3");
            Ok((refs, mails))
        }
        .await;
        let (refs, mails) = sql::end(tx, written).await?;
        let answer = |((mail, sha), key): ((&RawMail<'_>, &Digest), &[u8; 32])| {
            let (id, strikes, linked) = refs
                .get(&(mail.mailbox_id, mail.epoch, mail.source_key.to_owned()))
                .copied()
                .ok_or(StoreError::Absent("source reference"))?;
            let already = linked.or_else(|| mails.get(&(mail.mailbox_id, key.to_vec())).copied());
            Ok(Stored { source_ref_id: id, raw_sha: *sha, strikes, already: already.map(MailId) })
        };
        batch.iter().zip(&shas).zip(&keys).map(answer).collect()
    }

    /// The wire guard would not fetch this mail: it is in the books, its server
    /// copy stays where it is, and a person can look. `mail.raw` is not kept;
    /// `reason` is one of our own words. `false`: the key is known already.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_refused(
        &self,
        mail: &RawMail<'_>,
        reason: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let mut row = ref_row(mail, &[0; 32]);
            if let Some(state) = row.get_mut(STATE_AT) {
                *state = Value::from("refused");
            }
            let mut rows = Rows::new("source_ref", REF_COLUMNS);
            rows.push(row);
            let tail = "ON CONFLICT (mailbox_id, epoch, source_key) DO NOTHING";
            if rows.insert(&tx, tail).await? == 0 {
                return Ok(false);
            }
            let text = "SELECT name FROM mailbox WHERE id = $1";
            let row = sql::one(&tx, text, values![mail.mailbox_id]).await?;
            let name: String = get(&row.ok_or(StoreError::Absent("mailbox"))?, "name")?;
            let particulars = json!({"key": mail.source_key, "size": mail.size, "reason": reason});
            let event =
                Event::by_engine(format!("mailbox:{name}"), "mail_refused", now, particulars);
            record::append_one(&tx, &event).await?;
            Ok(true)
        }
        .await;
        sql::end(tx, written).await
    }

    /// The bytes with this digest.
    ///
    /// # Errors
    /// When they are not kept, or were changed.
    pub async fn load_raw(&self, raw_sha: &Digest) -> Result<Vec<u8>, StoreError> {
        let raw = open_chunks(self, &self.vault().content_key(raw_sha)).await?;
        if Digest::of(&raw) == *raw_sha { Ok(raw) } else { Err(StoreError::Malformed("raw_chunk")) }
    }

    fn seal_chunks(
        &self,
        batch: &[RawMail<'_>],
        keys: &[[u8; 32]],
    ) -> Result<Vec<Rows>, StoreError> {
        let columns = &["raw_key", "seq", "sealed"];
        let mut all = Vec::new();
        let mut rows = Rows::new("raw_chunk", columns);
        let mut bytes = 0;
        for (mail, key) in batch.iter().zip(keys) {
            // An empty mail still has one, empty, piece.
            let pieces = mail.raw.chunks(CHUNK).chain(mail.raw.is_empty().then_some(&[][..]));
            for (seq, piece) in (0u64..).zip(pieces) {
                let sealed = self.vault().seal(SEALED, &chunk_row(key, seq), piece)?;
                bytes += sealed.len();
                rows.push(values![key.to_vec(), sql::count(seq), sealed]);
                if bytes > MOST_BYTES {
                    all.push(std::mem::replace(&mut rows, Rows::new("raw_chunk", columns)));
                    bytes = 0;
                }
            }
        }
        all.push(rows);
        Ok(all)
    }
}

pub(super) fn chunk_row(key: &[u8; 32], seq: u64) -> Vec<u8> {
    [key.as_slice(), &seq.to_be_bytes()].concat()
}

/// One row a source key. Who is begun a second time in company is on nobody's
/// list yet: another process may be deciding on it at this moment.
async fn upsert_refs(
    tx: &DatabaseTransaction,
    batch: &[RawMail<'_>],
    keys: &[[u8; 32]],
) -> Result<HashMap<RefKey, (i64, u32, Option<Uuid>)>, StoreError> {
    let mut rows = Rows::new("source_ref", REF_COLUMNS);
    let mut seen = std::collections::HashSet::new();
    for (mail, key) in batch.iter().zip(keys) {
        if seen.insert((mail.mailbox_id, mail.epoch, mail.source_key)) {
            rows.push(ref_row(mail, key));
        }
    }
    let strike = if batch.len() == 1 { STRIKE } else { 0 };
    let tail = format!(
        "ON CONFLICT (mailbox_id, epoch, source_key) DO UPDATE SET strikes = source_ref.strikes \
         + CASE WHEN source_ref.state = 'stored' THEN {strike} ELSE 0 END, \
         raw_key = CASE WHEN source_ref.state = 'stored' THEN excluded.raw_key \
                        ELSE source_ref.raw_key END \
         RETURNING id, mailbox_id, epoch, source_key, strikes, mail_id"
    );
    let read = |row: &QueryResult| {
        let key = (get(row, "mailbox_id")?, get_count(row, "epoch")?, get(row, "source_key")?);
        let strikes = u32::try_from(get_count(row, "strikes")?).unwrap_or(u32::MAX);
        Ok((key, (get(row, "id")?, strikes, get(row, "mail_id")?)))
    };
    rows.insert_returning(tx, &tail).await?.iter().map(read).collect()
}

fn ref_row(mail: &RawMail<'_>, key: &[u8; 32]) -> Vec<Value> {
    values![
        mail.mailbox_id,
        sql::count(mail.epoch),
        i64::from(mail.uidvalidity),
        mail.source_key,
        sql::count(mail.size),
        mail.internal_at.map(micros),
        key.to_vec(),
        "stored",
        0i64,
    ]
}

/// Committed mails with the same bytes in the same mailbox.
async fn mails_with(
    tx: &DatabaseTransaction,
    batch: &[RawMail<'_>],
    keys: &[[u8; 32]],
) -> Result<HashMap<(i64, Vec<u8>), Uuid>, StoreError> {
    let mut mails = HashMap::new();
    if fault::is_broken("forget_identity") {
        return Ok(mails);
    }
    let mut mailboxes: Vec<i64> = batch.iter().map(|mail| mail.mailbox_id).collect();
    mailboxes.sort_unstable();
    mailboxes.dedup();
    for mailbox_id in mailboxes {
        for part in keys.chunks(sql::MOST_KEYS) {
            let text = format!(
                "SELECT id, raw_key FROM mail WHERE mailbox_id = $1 AND raw_key IN ({})",
                placeholders(2, part.len())
            );
            let mut values = values![mailbox_id];
            values.extend(part.iter().map(|key| Value::from(key.to_vec())));
            for row in sql::all(tx, &text, values).await? {
                mails.insert((mailbox_id, get(&row, "raw_key")?), get(&row, "id")?);
            }
        }
    }
    Ok(mails)
}

/// A second source key of a committed mail is committed at once.
async fn link_known(
    tx: &DatabaseTransaction,
    batch: &[RawMail<'_>],
    keys: &[[u8; 32]],
    refs: &HashMap<RefKey, (i64, u32, Option<Uuid>)>,
    mails: &HashMap<(i64, Vec<u8>), Uuid>,
) -> Result<(), StoreError> {
    let mut links = Vec::new();
    for (mail, key) in batch.iter().zip(keys) {
        let key_of_ref = (mail.mailbox_id, mail.epoch, mail.source_key.to_owned());
        let owner = mails.get(&(mail.mailbox_id, key.to_vec()));
        if let (Some((id, _, None)), Some(owner)) = (refs.get(&key_of_ref), owner) {
            links.push((*id, *owner));
        }
    }
    commit_refs(tx, &links).await
}

/// Source references become part of a committed mail.
pub(in crate::store) async fn commit_refs(
    tx: &DatabaseTransaction,
    links: &[(i64, Uuid)],
) -> Result<(), StoreError> {
    for part in links.chunks(1_000) {
        let rows: Vec<String> =
            (0..part.len()).map(|at| format!("({})", placeholders(at * 2 + 1, 2))).collect();
        let text = format!(
            "WITH link (ref_id, owner) AS (VALUES {}) \
             UPDATE source_ref SET state = 'committed', mail_id = link.owner FROM link \
             WHERE source_ref.id = link.ref_id AND source_ref.state = 'stored'",
            rows.join(",")
        );
        let values =
            part.iter().flat_map(|(id, owner)| [Value::from(*id), Value::from(*owner)]).collect();
        sql::run(tx, &text, values).await?;
    }
    Ok(())
}

/// The kept bytes under a content key, opened.
pub(super) async fn open_chunks(store: &Store, key: &[u8; 32]) -> Result<Vec<u8>, StoreError> {
    let rows = sql::all(
        store.readers(),
        "SELECT seq, sealed FROM raw_chunk WHERE raw_key = $1 ORDER BY seq",
        values![key.to_vec()],
    )
    .await?;
    if rows.is_empty() {
        return Err(StoreError::Absent("raw mail"));
    }
    let mut raw = Vec::new();
    for row in &rows {
        let seq = get_count(row, "seq")?;
        let sealed: Vec<u8> = get(row, "sealed")?;
        raw.extend(store.vault().open(SEALED, &chunk_row(key, seq), &sealed)?);
    }
    Ok(raw)
}
