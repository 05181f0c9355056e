//! Letters exactly as they were sent: bytes, version, approver, the server's
//! answer. Private: who looks is on the record.

use jiff::Timestamp;
use sea_orm::{QueryResult, Value};
use serde_json::json;
use uuid::Uuid;

use crate::domain::digest::Digest;
use crate::domain::event::Event;
use crate::domain::id::{LetterId, PersonId, TicketNumber};
use crate::domain::letter::{LetterIntent, LetterState};
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::letter_row::{BYTES, REPLY, open_intent};
use crate::store::record;
use crate::store::sql::{self, find_instant, get, get_instant, get_word};

const SELECT: &str = "SELECT outbox.id, ticket.number, outbox.state, outbox.reason, \
    outbox.template_version, outbox.sealed_intent, outbox.sealed_bytes, outbox.sealed_reply, \
    outbox.bytes_sha, outbox.last_code, outbox.attempts, outbox.written_at, \
    outbox.handed_over_at, outbox.bounced_at, approver.name AS approved_by_name, \
    template_version.approved_at FROM outbox JOIN ticket ON ticket.id = outbox.ticket_id \
    LEFT JOIN template_version ON template_version.hash = outbox.template_version \
    LEFT JOIN person AS approver ON approver.id = template_version.approved_by";

/// One letter, whole. Not printable: it is private.
#[derive(Clone, PartialEq)]
pub struct SentLetter {
    /// Its id.
    pub id: LetterId,
    /// Number of its ticket.
    pub ticket: TicketNumber,
    /// What was wanted, the context included.
    pub intent: LetterIntent,
    /// Where it stands.
    pub state: LetterState,
    /// Why it is held or discarded.
    pub reason: Option<String>,
    /// Content hash of the version used; zeros without one.
    pub template_version: Digest,
    /// Who released that version.
    pub approved_by: Option<String>,
    /// When.
    pub approved_at: Option<Timestamp>,
    /// Exact bytes; `None` while held without them.
    pub bytes: Option<Vec<u8>>,
    /// Digest of the bytes, as written beside them.
    pub bytes_sha: Option<Digest>,
    /// Last reply code of the relay.
    pub last_code: Option<i64>,
    /// Its words.
    pub reply: Option<String>,
    /// Attempts so far.
    pub attempts: u64,
    /// When it was written.
    pub written_at: Timestamp,
    /// When the relay took it.
    pub handed_over_at: Option<Timestamp>,
    /// When its bounce came back.
    pub bounced_at: Option<Timestamp>,
}

/// Whose letters.
#[derive(Clone, Copy, Debug)]
pub enum SentTo<'a> {
    /// Those of one ticket.
    Ticket(&'a TicketNumber),
    /// Those to one address.
    Address(&'a str),
    /// One letter.
    Letter(LetterId),
}

impl Store {
    /// Letters, oldest first. The look goes on the record of reads.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sent_letters(
        &self,
        to: SentTo<'_>,
        reader: PersonId,
        now: Timestamp,
    ) -> Result<Vec<SentLetter>, StoreError> {
        let (only, key): (&str, Value) = match to {
            SentTo::Ticket(number) => ("ticket.number = $1", number.to_string().into()),
            SentTo::Address(address) => {
                let index = self.vault().blind_index(address).to_vec();
                ("outbox.recipient_index = $1", index.into())
            }
            SentTo::Letter(id) => ("outbox.id = $1", id.0.into()),
        };
        let text = format!("{SELECT} WHERE {only} ORDER BY outbox.written_at, outbox.id");
        let rows = sql::all(self.readers(), &text, vec![key]).await?;
        let letters = rows.iter().map(|row| self.read_sent(row)).collect::<Result<Vec<_>, _>>()?;
        let tx = self.begin_write().await?;
        let ids: Vec<LetterId> = letters.iter().map(|letter| letter.id).collect();
        let event = Event {
            stream: format!("reads:{reader}"),
            at: now,
            actor: format!("person:{reader}"),
            kind: "letters_read".to_owned(),
            particulars: json!({ "letters": ids }),
        };
        let written = record::append_one(&tx, &event).await;
        sql::end(tx, written).await?;
        Ok(letters)
    }

    fn read_sent(&self, row: &QueryResult) -> Result<SentLetter, StoreError> {
        let id: Uuid = get(row, "id")?;
        let open = |place, column| -> Result<Option<Vec<u8>>, StoreError> {
            let sealed: Option<Vec<u8>> = get(row, column)?;
            Ok(sealed.map(|sealed| self.vault().open(place, id.as_bytes(), &sealed)).transpose()?)
        };
        let number: String = get(row, "number")?;
        Ok(SentLetter {
            id: LetterId(id),
            ticket: TicketNumber::parse(&number).ok_or(StoreError::Malformed("ticket.number"))?,
            intent: open_intent(self.vault(), id, &get::<Vec<u8>>(row, "sealed_intent")?)?,
            state: get_word(row, "state", LetterState::from_word)?,
            reason: get(row, "reason")?,
            template_version: Digest::from_slice(&get::<Vec<u8>>(row, "template_version")?)
                .unwrap_or_default(),
            approved_by: get(row, "approved_by_name")?,
            approved_at: find_instant(row, "approved_at")?,
            bytes: open(BYTES, "sealed_bytes")?,
            bytes_sha: get::<Option<Vec<u8>>>(row, "bytes_sha")?
                .and_then(|bytes| Digest::from_slice(&bytes)),
            last_code: get(row, "last_code")?,
            reply: open(REPLY, "sealed_reply")?
                .map(|reply| String::from_utf8_lossy(&reply).into_owned()),
            attempts: sql::get_count(row, "attempts")?,
            written_at: get_instant(row, "written_at")?,
            handed_over_at: find_instant(row, "handed_over_at")?,
            bounced_at: find_instant(row, "bounced_at")?,
        })
    }
}
