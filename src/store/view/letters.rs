//! The outbox as a list, and one letter of it: states and times, no bytes.

use jiff::Timestamp;
use sea_orm::{QueryResult, Value};

use crate::domain::digest::Digest;
use crate::domain::id::{LetterId, TicketId, TicketNumber};
use crate::domain::letter::LetterState;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, find_instant, get, get_count, get_instant, get_word, one, values};

const SELECT: &str = "SELECT outbox.id, outbox.ticket_id, ticket.number, template, locale, \
                      template_version, state, reason, attempts, meets, last_code, written_at, \
                      not_before_at, expires_at, handed_over_at, bounced_at \
                      FROM outbox JOIN ticket ON ticket.id = outbox.ticket_id";

/// Where one letter stands.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct LetterEntry {
    /// Its id.
    pub id: LetterId,
    /// The ticket it belongs to.
    pub ticket_id: TicketId,
    /// That ticket's number.
    pub ticket: TicketNumber,
    /// Template name.
    pub template: String,
    /// Locale.
    pub locale: String,
    /// Content hash of the version; zeros while none is approved.
    pub template_version: Digest,
    /// Where it stands.
    pub state: LetterState,
    /// Why it is held or discarded.
    pub reason: Option<String>,
    /// Attempts so far.
    pub attempts: u64,
    /// Clock kinds it meets when handed over.
    pub meets: Vec<String>,
    /// Last reply code of the relay.
    pub last_code: Option<i64>,
    /// When it was written.
    pub written_at: Timestamp,
    /// When it may be sent next.
    pub not_before_at: Timestamp,
    /// When it is given up.
    pub expires_at: Timestamp,
    /// When it was handed over.
    pub handed_over_at: Option<Timestamp>,
    /// When its bounce came back.
    pub bounced_at: Option<Timestamp>,
}

impl Store {
    /// Letters, newest first; all states without `state`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn letter_list(
        &self,
        state: Option<LetterState>,
        limit: u64,
    ) -> Result<Vec<LetterEntry>, StoreError> {
        let mut values = values![sql::count(limit)];
        let mut only = "";
        if let Some(state) = state {
            values.push(Value::from(state.word()));
            only = "WHERE outbox.state = $2";
        }
        let text = format!("{SELECT} {only} ORDER BY written_at DESC, outbox.id LIMIT $1");
        sql::all(self.readers(), &text, values).await?.iter().map(read).collect()
    }

    /// The letter with this id, if there is one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_letter(&self, id: LetterId) -> Result<Option<LetterEntry>, StoreError> {
        let text = format!("{SELECT} WHERE outbox.id = $1");
        let row = one(self.readers(), &text, values![id.0]).await?;
        row.map(|row| read(&row)).transpose()
    }
}

fn read(row: &QueryResult) -> Result<LetterEntry, StoreError> {
    let number: String = get(row, "number")?;
    let meets: String = get(row, "meets")?;
    Ok(LetterEntry {
        id: LetterId(get(row, "id")?),
        ticket_id: TicketId(get(row, "ticket_id")?),
        ticket: TicketNumber::parse(&number).ok_or(StoreError::Malformed("ticket.number"))?,
        template: get(row, "template")?,
        locale: get(row, "locale")?,
        template_version: Digest::from_slice(&get::<Vec<u8>>(row, "template_version")?)
            .unwrap_or_default(),
        state: get_word(row, "state", LetterState::from_word)?,
        reason: get(row, "reason")?,
        attempts: get_count(row, "attempts")?,
        meets: serde_json::from_str(&meets).map_err(|_| StoreError::Malformed("meets"))?,
        last_code: get(row, "last_code")?,
        written_at: get_instant(row, "written_at")?,
        not_before_at: get_instant(row, "not_before_at")?,
        expires_at: get_instant(row, "expires_at")?,
        handed_over_at: find_instant(row, "handed_over_at")?,
        bounced_at: find_instant(row, "bounced_at")?,
    })
}
