//! Letters that are being written: sealed, one a person and ticket, saved
//! against the version that was last seen.

mod files;
mod release;

use jiff::Timestamp;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use serde_json::json;

use super::connection::Store;
use super::error::StoreError;
use super::record;
use super::sql::{self, find_instant, get, get_count, get_instant, micros, values};
use super::vault::{Place, Vault};
use crate::domain::digest::Digest;
use crate::domain::draft::{Draft, DraftRelease, DraftWords};
use crate::domain::event::{Event, ticket_stream};
use crate::domain::id::{PersonId, TicketId};
use crate::domain::work::EndedDraft;

pub use files::{Attached, FileLine};
pub use release::AskedRelease;

/// Where the words stand.
const WORDS: Place = Place { table: "letter_draft", column: "sealed_words" };

const COLUMNS: &str = "ticket_id, person, version, seen_version, sealed_words, begun_at, \
                       saved_at, asked_at, released_by, released_at, released_rules, \
                       released_wording";

/// A draft as a ticket names it: who, since when, and no word of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftLine {
    /// Who writes.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// When it was last saved.
    pub saved_at: Timestamp,
    /// When a release was asked for.
    pub asked_at: Option<Timestamp>,
    /// Whether it was released.
    pub is_released: bool,
}

/// A draft to be kept.
#[derive(Clone, Copy, Debug)]
pub struct SavedDraft<'a> {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Who writes.
    pub person: PersonId,
    /// The version they changed: 0 for a new draft.
    pub changes: u64,
    /// Version of the ticket that they saw.
    pub seen_version: u64,
    /// The words.
    pub words: &'a DraftWords,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Keeps a draft; its new version. Other words than before lose their release.
    ///
    /// # Errors
    /// `Stale` when it was saved elsewhere since: nothing was overwritten.
    pub async fn save_draft(&self, draft: SavedDraft<'_>) -> Result<u64, StoreError> {
        let sealed = seal(self.vault(), &draft)?;
        let tx = self.begin_write().await?;
        let written = match draft.changes {
            0 => begin(&tx, &draft, sealed).await,
            _ => change(&tx, &draft, sealed).await,
        };
        sql::end(tx, written).await
    }

    /// The draft of a person on a ticket.
    ///
    /// # Errors
    /// When the database does not answer or a seal is broken.
    pub async fn find_draft(
        &self,
        ticket: TicketId,
        person: PersonId,
    ) -> Result<Option<Draft>, StoreError> {
        let text =
            format!("SELECT {COLUMNS} FROM letter_draft WHERE ticket_id = $1 AND person = $2");
        let row = sql::one(self.readers(), &text, values![ticket.0, person.0]).await?;
        row.map(|row| read(self.vault(), &row)).transpose()
    }

    /// Who is writing on a ticket, the first to begin first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn drafts_of(&self, ticket: TicketId) -> Result<Vec<DraftLine>, StoreError> {
        let text = "SELECT letter_draft.person, person.name, begun_at, saved_at, asked_at, \
                    released_at FROM letter_draft JOIN person ON person.id = letter_draft.person \
                    WHERE ticket_id = $1 ORDER BY begun_at, person.name";
        let rows = sql::all(self.readers(), text, values![ticket.0]).await?;
        rows.iter()
            .map(|row| {
                Ok(DraftLine {
                    person: PersonId(get(row, "person")?),
                    name: get(row, "name")?,
                    begun_at: get_instant(row, "begun_at")?,
                    saved_at: get_instant(row, "saved_at")?,
                    asked_at: find_instant(row, "asked_at")?,
                    is_released: find_instant(row, "released_at")?.is_some(),
                })
            })
            .collect()
    }

    /// Throws a person's draft away. `false`: there was none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn discard_draft(
        &self,
        ticket: TicketId,
        person: PersonId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let text = "DELETE FROM letter_draft WHERE ticket_id = $1 AND person = $2";
            if sql::run(&tx, text, values![ticket.0, person.0]).await? == 0 {
                return Ok(false);
            }
            let event = told(ticket, person, "draft_discarded", at, json!({}));
            record::append_one(&tx, &event).await?;
            Ok(true)
        }
        .await;
        sql::end(tx, written).await
    }
}

/// The draft became a letter and is no more. `Stale` when its words, its files or
/// its release are others since: the letter does not leave.
pub(super) async fn end(tx: &DatabaseTransaction, ended: &EndedDraft) -> Result<(), StoreError> {
    let text = "DELETE FROM letter_draft WHERE ticket_id = $1 AND person = $2 AND version = $3";
    let version = sql::count(ended.version);
    match sql::run(tx, text, values![ended.ticket_id.0, ended.person.0, version]).await? {
        0 => Err(StoreError::Stale("the draft was saved elsewhere")),
        _ => Ok(()),
    }
}

async fn begin(
    tx: &DatabaseTransaction,
    draft: &SavedDraft<'_>,
    sealed: Vec<u8>,
) -> Result<u64, StoreError> {
    let text = "INSERT INTO letter_draft (ticket_id, person, version, seen_version, sealed_words, \
                words_sha, begun_at, saved_at) VALUES ($1, $2, 1, $3, $4, $5, $6, $6) \
                ON CONFLICT DO NOTHING";
    let values = values![
        draft.ticket_id.0,
        draft.person.0,
        sql::count(draft.seen_version),
        sealed,
        draft.words.digest().0.to_vec(),
        micros(draft.at),
    ];
    if sql::run(tx, text, values).await? == 0 {
        return Err(StoreError::Stale("the draft was begun elsewhere"));
    }
    let event = told(draft.ticket_id, draft.person, "draft_begun", draft.at, json!({}));
    record::append_one(tx, &event).await?;
    Ok(1)
}

async fn change(
    tx: &DatabaseTransaction,
    draft: &SavedDraft<'_>,
    sealed: Vec<u8>,
) -> Result<u64, StoreError> {
    let kept = |column: &str| format!("{column} = CASE WHEN words_sha = $6 THEN {column} END");
    let text = format!(
        "UPDATE letter_draft SET version = version + 1, seen_version = $4, sealed_words = $5, \
         words_sha = $6, saved_at = $7, {}, {}, {}, {}, {} \
         WHERE ticket_id = $1 AND person = $2 AND version = $3",
        kept("asked_at"),
        kept("released_by"),
        kept("released_at"),
        kept("released_rules"),
        kept("released_wording"),
    );
    let values = values![
        draft.ticket_id.0,
        draft.person.0,
        sql::count(draft.changes),
        sql::count(draft.seen_version),
        sealed,
        draft.words.digest().0.to_vec(),
        micros(draft.at),
    ];
    match sql::run(tx, &text, values).await? {
        1 => Ok(draft.changes + 1),
        _ => Err(StoreError::Stale("the draft was saved elsewhere")),
    }
}

fn told(
    ticket: TicketId,
    person: PersonId,
    kind: &str,
    at: Timestamp,
    particulars: serde_json::Value,
) -> Event {
    Event {
        stream: ticket_stream(ticket),
        at,
        actor: format!("person:{person}"),
        kind: kind.to_owned(),
        particulars,
    }
}

/// The row that words belong to.
fn owner(ticket: TicketId, person: PersonId) -> Vec<u8> {
    [ticket.0.as_bytes().as_slice(), person.0.as_bytes()].concat()
}

fn seal(vault: &Vault, draft: &SavedDraft<'_>) -> Result<Vec<u8>, StoreError> {
    let json =
        serde_json::to_vec(draft.words).map_err(|_| StoreError::Malformed("sealed_words"))?;
    Ok(vault.seal(WORDS, &owner(draft.ticket_id, draft.person), &json)?)
}

fn read(vault: &Vault, row: &QueryResult) -> Result<Draft, StoreError> {
    let (ticket_id, person) = (TicketId(get(row, "ticket_id")?), PersonId(get(row, "person")?));
    let sealed: Vec<u8> = get(row, "sealed_words")?;
    let json = vault.open(WORDS, &owner(ticket_id, person), &sealed)?;
    let released_by: Option<uuid::Uuid> = get(row, "released_by")?;
    let release = match (released_by, find_instant(row, "released_at")?) {
        (Some(by), Some(at)) => Some(DraftRelease {
            by: PersonId(by),
            at,
            rules: serde_json::from_str(&get::<String>(row, "released_rules")?)
                .map_err(|_| StoreError::Malformed("released_rules"))?,
            wording: find_wording(row)?,
        }),
        _ => None,
    };
    Ok(Draft {
        ticket_id,
        person,
        version: get_count(row, "version")?,
        seen_version: get_count(row, "seen_version")?,
        words: serde_json::from_slice(&json).map_err(|_| StoreError::Malformed("sealed_words"))?,
        begun_at: get_instant(row, "begun_at")?,
        saved_at: get_instant(row, "saved_at")?,
        asked_at: find_instant(row, "asked_at")?,
        release,
    })
}

fn find_wording(row: &QueryResult) -> Result<Option<Digest>, StoreError> {
    let bytes: Option<Vec<u8>> = get(row, "released_wording")?;
    let digest = |bytes: Vec<u8>| {
        Digest::from_slice(&bytes).ok_or(StoreError::Malformed("released_wording"))
    };
    bytes.map(digest).transpose()
}

/// Whether there is such a draft, locked until the transaction ends.
async fn locked<C: ConnectionTrait>(
    conn: &C,
    ticket: TicketId,
    person: PersonId,
    version: u64,
) -> Result<bool, StoreError> {
    let text = format!(
        "SELECT 1 AS one FROM letter_draft WHERE ticket_id = $1 AND person = $2 AND version = $3 {}",
        sql::lock_clause(conn, "FOR UPDATE")
    );
    let values = values![ticket.0, person.0, sql::count(version)];
    Ok(sql::one(conn, &text, values).await?.is_some())
}
