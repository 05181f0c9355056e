//! One ticket with all that belongs to it, and why it is as it is.

use jiff::{Timestamp, civil::Date};
use sea_orm::QueryResult;
use uuid::Uuid;

use crate::domain::clock::Clock;
use crate::domain::decision::{Disposition, Matter, Trace};
use crate::domain::digest::Digest;
use crate::domain::event::Event;
use crate::domain::id::{LetterId, MailId, MatterId, TaskId, TicketNumber};
use crate::domain::identity::Proof;
use crate::domain::letter::LetterState;
use crate::domain::ticket::Ticket;
use crate::store::apply::TRACE;
use crate::store::connection::Store;
use crate::store::draft::DraftLine;
use crate::store::error::StoreError;
use crate::store::head::{self, MailHead};
use crate::store::letter_row::open_intent;
use crate::store::record::ticket_stream;
use crate::store::sql::{
    self, find_instant, get, get_count, get_date, get_instant, get_word, values,
};
use crate::store::ticket_row;

/// A ticket with everything on it.
#[derive(Clone, Debug, PartialEq)]
pub struct TicketDetail {
    /// The ticket.
    pub ticket: Ticket,
    /// Its mails, oldest first.
    pub mails: Vec<MailLine>,
    /// Its matters, the leading one first.
    pub matters: Vec<Matter>,
    /// Its clocks, earliest due first.
    pub clocks: Vec<Clock>,
    /// Its letters, oldest first.
    pub letters: Vec<LetterLine>,
    /// Work for persons, earliest due first.
    pub tasks: Vec<TaskLine>,
    /// Proofs of who the requester is, the longest believed first.
    pub proofs: Vec<Proof>,
    /// Letters that somebody is writing.
    pub drafts: Vec<DraftLine>,
    /// Its record.
    pub events: Vec<EventLine>,
}

/// A mail on a ticket.
#[derive(Clone, Debug, PartialEq)]
pub struct MailLine {
    /// Its id.
    pub id: MailId,
    /// Its fate.
    pub disposition: Disposition,
    /// When it was received.
    pub received_at: Timestamp,
    /// What it says.
    pub head: MailHead,
    /// Why it was understood as it was.
    pub trace: Option<Trace>,
}

/// A letter on a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterLine {
    /// Its id.
    pub id: LetterId,
    /// Template name.
    pub template: String,
    /// Locale.
    pub locale: String,
    /// To whom.
    pub recipient: String,
    /// Where it stands.
    pub state: LetterState,
    /// Why it is held or discarded.
    pub reason: Option<String>,
    /// Attempts so far.
    pub attempts: u64,
    /// When it was written.
    pub written_at: Timestamp,
    /// When it was handed over.
    pub handed_over_at: Option<Timestamp>,
    /// Clock kinds it meets when handed over.
    pub meets: Vec<String>,
    /// When its bounce came back.
    pub bounced_at: Option<Timestamp>,
}

/// A task on a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskLine {
    /// Its id.
    pub id: TaskId,
    /// What to do.
    pub kind: String,
    /// By when.
    pub due_on: Date,
    /// Clock kind it would meet.
    pub clock_kind: Option<String>,
    /// When it was done.
    pub done_at: Option<Timestamp>,
}

/// One line of the record, with its place in the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct EventLine {
    /// Its number in the stream.
    pub seq: u64,
    /// What happened.
    pub event: Event,
    /// Its hash in the chain.
    pub hash: Digest,
}

impl Store {
    /// All about the ticket with this number.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ticket_detail(
        &self,
        number: &TicketNumber,
    ) -> Result<Option<TicketDetail>, StoreError> {
        let columns = ticket_row::COLUMNS.join(",");
        let text = format!("SELECT {columns} FROM ticket WHERE number = $1");
        let Some(row) = sql::one(self.readers(), &text, values![number.as_str()]).await? else {
            return Ok(None);
        };
        let ticket = ticket_row::read(self.vault(), &row)?;
        let id = ticket.id.0;
        Ok(Some(TicketDetail {
            mails: self.mails_of(id).await?,
            matters: self.matters_of(id).await?,
            clocks: self.clocks_of(&[id]).await?.remove(&id).unwrap_or_default(),
            letters: self.letters_of(id).await?,
            tasks: self.tasks_of(id).await?,
            proofs: self.proofs_of(ticket.id).await?,
            drafts: self.drafts_of(ticket.id).await?,
            events: self.events_of(&ticket_stream(id)).await?,
            ticket,
        }))
    }

    /// The record of one stream, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn events_of(&self, stream: &str) -> Result<Vec<EventLine>, StoreError> {
        let text = "SELECT stream, seq, at, actor, kind, particulars, hash FROM event \
                    WHERE stream = $1 ORDER BY seq";
        sql::all(self.readers(), text, values![stream]).await?.iter().map(read_event).collect()
    }

    /// The latest mails of one fate, newest first: what is held, hostile or a
    /// bounce stays visible, with or without a ticket.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn mails_by_fate(
        &self,
        fate: Disposition,
        limit: u64,
    ) -> Result<Vec<MailLine>, StoreError> {
        // The index leaves new ones out; the second condition lets it be used.
        let rare = if fate == Disposition::New { "" } else { "AND disposition <> 'new'" };
        let text = format!(
            "SELECT mail.id, disposition, received_at, sealed_head, trace.sealed \
             FROM mail LEFT JOIN trace ON trace.mail_id = mail.id \
             WHERE disposition = $1 {rare} ORDER BY received_at DESC, mail.id LIMIT $2"
        );
        let values = values![fate.word(), sql::count(limit)];
        let rows = sql::all(self.readers(), &text, values).await?;
        rows.iter().map(|row| self.read_mail(row)).collect()
    }

    pub(in crate::store) async fn mails_of(
        &self,
        ticket_id: Uuid,
    ) -> Result<Vec<MailLine>, StoreError> {
        let text = "SELECT mail.id, disposition, received_at, sealed_head, trace.sealed \
                    FROM mail LEFT JOIN trace ON trace.mail_id = mail.id \
                    WHERE ticket_id = $1 ORDER BY received_at, mail.id";
        let rows = sql::all(self.readers(), text, values![ticket_id]).await?;
        rows.iter().map(|row| self.read_mail(row)).collect()
    }

    pub(super) fn read_mail(&self, row: &QueryResult) -> Result<MailLine, StoreError> {
        let id = MailId(get(row, "id")?);
        let trace = match get::<Option<Vec<u8>>>(row, "sealed")? {
            Some(sealed) => {
                let json = self.vault().open(TRACE, id.0.as_bytes(), &sealed)?;
                let trace =
                    serde_json::from_slice(&json).map_err(|_| StoreError::Malformed("trace"))?;
                Some(trace)
            }
            None => None,
        };
        Ok(MailLine {
            id,
            disposition: get_word(row, "disposition", Disposition::from_word)?,
            received_at: get_instant(row, "received_at")?,
            head: head::open(self.vault(), id, &get::<Vec<u8>>(row, "sealed_head")?)?,
            trace,
        })
    }

    async fn matters_of(&self, ticket_id: Uuid) -> Result<Vec<Matter>, StoreError> {
        let text = "SELECT id, category, score, is_primary, kinds, is_to_confirm FROM matter \
                    WHERE ticket_id = $1 ORDER BY is_primary DESC, score DESC, id";
        let rows = sql::all(self.readers(), text, values![ticket_id]).await?;
        rows.iter()
            .map(|row| {
                let kinds: String = get(row, "kinds")?;
                Ok(Matter {
                    id: MatterId(get(row, "id")?),
                    category: get(row, "category")?,
                    score: get(row, "score")?,
                    is_primary: get(row, "is_primary")?,
                    kinds: serde_json::from_str(&kinds)
                        .map_err(|_| StoreError::Malformed("kinds"))?,
                    is_to_confirm: get(row, "is_to_confirm")?,
                })
            })
            .collect()
    }

    async fn letters_of(&self, ticket_id: Uuid) -> Result<Vec<LetterLine>, StoreError> {
        let text = "SELECT id, template, locale, sealed_intent, state, reason, attempts, \
                    written_at, handed_over_at, bounced_at, meets FROM outbox \
                    WHERE ticket_id = $1 ORDER BY written_at, id";
        let rows = sql::all(self.readers(), text, values![ticket_id]).await?;
        rows.iter()
            .map(|row| {
                let id: Uuid = get(row, "id")?;
                let sealed: Vec<u8> = get(row, "sealed_intent")?;
                let meets: String = get(row, "meets")?;
                Ok(LetterLine {
                    id: LetterId(id),
                    template: get(row, "template")?,
                    locale: get(row, "locale")?,
                    recipient: open_intent(self.vault(), id, &sealed)?.recipient,
                    state: get_word(row, "state", LetterState::from_word)?,
                    reason: get(row, "reason")?,
                    attempts: get_count(row, "attempts")?,
                    written_at: get_instant(row, "written_at")?,
                    handed_over_at: find_instant(row, "handed_over_at")?,
                    meets: serde_json::from_str(&meets)
                        .map_err(|_| StoreError::Malformed("meets"))?,
                    bounced_at: find_instant(row, "bounced_at")?,
                })
            })
            .collect()
    }

    async fn tasks_of(&self, ticket_id: Uuid) -> Result<Vec<TaskLine>, StoreError> {
        let text = "SELECT id, kind, due_on, clock_kind, done_at FROM task \
                    WHERE ticket_id = $1 ORDER BY due_on, id";
        let rows = sql::all(self.readers(), text, values![ticket_id]).await?;
        rows.iter()
            .map(|row| {
                Ok(TaskLine {
                    id: TaskId(get(row, "id")?),
                    kind: get(row, "kind")?,
                    due_on: get_date(row, "due_on")?,
                    clock_kind: get(row, "clock_kind")?,
                    done_at: find_instant(row, "done_at")?,
                })
            })
            .collect()
    }
}

fn read_event(row: &QueryResult) -> Result<EventLine, StoreError> {
    let particulars: String = get(row, "particulars")?;
    let hash: Vec<u8> = get(row, "hash")?;
    Ok(EventLine {
        seq: get_count(row, "seq")?,
        event: Event {
            stream: get(row, "stream")?,
            at: get_instant(row, "at")?,
            actor: get(row, "actor")?,
            kind: get(row, "kind")?,
            particulars: serde_json::from_str(&particulars)
                .map_err(|_| StoreError::Malformed("particulars"))?,
        },
        hash: Digest::from_slice(&hash).ok_or(StoreError::Malformed("event.hash"))?,
    })
}
