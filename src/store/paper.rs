//! Letters on paper: what was printed for whom, and who mailed it when. A mailed
//! letter meets the clocks of the law that it was printed for (12 CFR 1024.11).

use jiff::{Timestamp, civil::Date};
use sea_orm::DatabaseTransaction;
use serde_json::json;
use uuid::Uuid;

use super::connection::Store;
use super::error::StoreError;
use super::sql::{self, get, get_date, get_instant, get_word, micros, one, values};
use super::vault::Place;
use super::{clock_row, record};
use crate::domain::clock::settle::handed_over;
use crate::domain::digest::Digest;
use crate::domain::event::Event;
use crate::domain::id::{LetterId, PersonId, TaskId, TicketId, TicketNumber};
use crate::domain::ticket::words;

const ADDRESS: Place = Place { table: "paper_letter", column: "sealed_address" };
const PDF: Place = Place { table: "paper_letter", column: "sealed_pdf" };

words! {
    /// Where a letter on paper stands.
    PaperState {
        /// Printed, or about to be.
        Exported = "exported",
        /// Mailed.
        Sent = "sent",
    }
}

/// A letter to print, for the tasks it does.
#[derive(Clone, Debug)]
pub struct NewPaper<'a> {
    /// Its id.
    pub id: Uuid,
    /// The ticket it belongs to.
    pub ticket_id: TicketId,
    /// The task that asks for it.
    pub task_id: TaskId,
    /// The clock it meets once it is mailed.
    pub clock_kind: &'a str,
    /// Template name.
    pub template: &'a str,
    /// Locale.
    pub locale: &'a str,
    /// Version used.
    pub template_version: Digest,
    /// Recipient, line by line.
    pub address: &'a [String],
    /// The bytes to print.
    pub pdf: &'a [u8],
}

/// One printed letter, without its private parts.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PaperLine {
    /// Its id.
    pub id: Uuid,
    /// The ticket it belongs to.
    pub ticket: TicketNumber,
    /// Template name.
    pub template: String,
    /// Locale.
    pub locale: String,
    /// Version used.
    pub template_version: Digest,
    /// The clock it meets.
    pub clock_kind: String,
    /// Where it stands.
    pub state: PaperState,
    /// Digest of the bytes.
    pub pdf_sha: Digest,
    /// When it was printed.
    pub exported_at: Timestamp,
    /// When it was mailed.
    pub sent_on: Option<Date>,
    /// By whom.
    pub sent_by: Option<String>,
}

impl Store {
    /// Keeps printed letters with their bytes. Printed again before it was
    /// mailed, a letter replaces the former one.
    ///
    /// # Errors
    /// `Refused` when a letter for that task was mailed already.
    pub async fn keep_papers(
        &self,
        papers: &[NewPaper<'_>],
        by: PersonId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            for paper in papers {
                self.keep_paper(&tx, paper, by, now).await?;
            }
            Ok(())
        }
        .await;
        sql::end(tx, written).await
    }

    async fn keep_paper(
        &self,
        tx: &DatabaseTransaction,
        paper: &NewPaper<'_>,
        by: PersonId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let text = "DELETE FROM paper_letter WHERE task_id = $1 AND state = 'exported'";
        sql::run(tx, text, values![paper.task_id.0]).await?;
        let sha = Digest::of(paper.pdf);
        let row = paper.id.as_bytes();
        let text = "INSERT INTO paper_letter (id, ticket_id, task_id, template, locale, \
                    template_version, clock_kind, state, sealed_address, sealed_pdf, pdf_sha, \
                    exported_at, exported_by) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, 'exported', $8, $9, $10, $11, $12) \
                    ON CONFLICT (task_id) DO NOTHING";
        let values = values![
            paper.id,
            paper.ticket_id.0,
            paper.task_id.0,
            paper.template,
            paper.locale,
            paper.template_version.0.to_vec(),
            paper.clock_kind,
            self.vault().seal(ADDRESS, row, paper.address.join("\n").as_bytes())?,
            self.vault().seal(PDF, row, paper.pdf)?,
            sha.0.to_vec(),
            micros(now),
            by.0,
        ];
        if sql::run(tx, text, values).await? == 0 {
            return Err(StoreError::Refused("that letter was mailed already".to_owned()));
        }
        let particulars = json!({
            "paper": paper.id.to_string(), "task": paper.task_id, "template": paper.template,
            "version": paper.template_version, "clock_kind": paper.clock_kind, "sha256": sha,
        });
        tell(tx, paper.ticket_id, ("paper_exported", by), now, particulars).await
    }

    /// The printed letters of a ticket are in the mail since `sent_on`: their
    /// clocks are met at `met_at`, their tasks done. Which clocks; none when
    /// nothing was printed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn mail_papers(
        &self,
        ticket_id: TicketId,
        (sent_on, met_at): (Date, Timestamp),
        by: PersonId,
        now: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        let tx = self.begin_write().await?;
        let written = mail(&tx, ticket_id, (sent_on, met_at), by, now).await;
        sql::end(tx, written).await
    }

    /// Printed letters, newest first; only those not mailed yet with `is_waiting`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn papers(&self, is_waiting: bool) -> Result<Vec<PaperLine>, StoreError> {
        let only = if is_waiting { "WHERE paper_letter.state = 'exported'" } else { "" };
        let text = format!(
            "SELECT paper_letter.id, number, template, locale, template_version, clock_kind, \
             paper_letter.state, pdf_sha, exported_at, sent_on, person.name AS sent_by_name \
             FROM paper_letter JOIN ticket ON ticket.id = paper_letter.ticket_id \
             LEFT JOIN person ON person.id = paper_letter.sent_by {only} \
             ORDER BY exported_at DESC, paper_letter.id"
        );
        let rows = sql::all(self.readers(), &text, values![]).await?;
        rows.iter().map(read).collect()
    }

    /// The bytes of a printed letter.
    ///
    /// # Errors
    /// `Absent` when there is no such letter.
    pub async fn load_paper(&self, id: Uuid) -> Result<Vec<u8>, StoreError> {
        let text = "SELECT sealed_pdf FROM paper_letter WHERE id = $1";
        let row = one(self.readers(), text, values![id]).await?;
        let sealed: Vec<u8> = get(&row.ok_or(StoreError::Absent("printed letter"))?, "sealed_pdf")?;
        Ok(self.vault().open(PDF, id.as_bytes(), &sealed)?)
    }
}

async fn mail(
    tx: &DatabaseTransaction,
    ticket_id: TicketId,
    (sent_on, met_at): (Date, Timestamp),
    by: PersonId,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let text = "UPDATE paper_letter SET state = 'sent', sent_on = $2, sent_at = $3, sent_by = $4 \
                WHERE ticket_id = $1 AND state = 'exported' RETURNING id, task_id, clock_kind";
    let values = values![ticket_id.0, sent_on.to_string(), micros(now), by.0];
    let (mut papers, mut kinds) = (Vec::new(), Vec::new());
    for row in sql::all(tx, text, values).await? {
        let (paper, task): (Uuid, Uuid) = (get(&row, "id")?, get(&row, "task_id")?);
        let kind: String = get(&row, "clock_kind")?;
        let done = "UPDATE task SET done_at = $2, done_by = $3 WHERE id = $1 AND done_at IS NULL";
        sql::run(tx, done, values![task, micros(now), format!("person:{by}")]).await?;
        let particulars = json!({
            "paper": paper.to_string(), "task": task.to_string(),
            "sent_on": sent_on.to_string(), "clock_kind": kind,
        });
        tell(tx, ticket_id, ("paper_sent", by), now, particulars).await?;
        papers.push(paper);
        kinds.push(kind);
    }
    let Some(paper) = papers.first() else { return Ok(kinds) };
    let clocks = clock_row::of_ticket(tx, ticket_id.0).await?;
    let settled = handed_over(&clocks, &kinds, LetterId(*paper), met_at);
    for change in &settled.changes {
        clock_row::change(tx, change).await?;
    }
    let events: Vec<&Event> = settled.events.iter().collect();
    record::append(tx, &events, &std::collections::BTreeSet::new()).await?;
    let text = "UPDATE ticket SET version = version + 1, updated_at = $2 WHERE id = $1";
    sql::run(tx, text, values![ticket_id.0, micros(now)]).await?;
    kinds.sort();
    Ok(kinds)
}

async fn tell(
    tx: &DatabaseTransaction,
    ticket_id: TicketId,
    (kind, by): (&str, PersonId),
    at: Timestamp,
    particulars: serde_json::Value,
) -> Result<(), StoreError> {
    let event = Event {
        stream: record::ticket_stream(ticket_id),
        at,
        actor: format!("person:{by}"),
        kind: kind.to_owned(),
        particulars,
    };
    record::append_one(tx, &event).await
}

fn read(row: &sea_orm::QueryResult) -> Result<PaperLine, StoreError> {
    let digest = |column| -> Result<Digest, StoreError> {
        Digest::from_slice(&get::<Vec<u8>>(row, column)?).ok_or(StoreError::Malformed(column))
    };
    let number: String = get(row, "number")?;
    let is_sent = get::<Option<String>>(row, "sent_on")?.is_some();
    Ok(PaperLine {
        id: get(row, "id")?,
        ticket: TicketNumber::parse(&number).ok_or(StoreError::Malformed("ticket.number"))?,
        template: get(row, "template")?,
        locale: get(row, "locale")?,
        template_version: digest("template_version")?,
        clock_kind: get(row, "clock_kind")?,
        state: get_word(row, "state", PaperState::from_word)?,
        pdf_sha: digest("pdf_sha")?,
        exported_at: get_instant(row, "exported_at")?,
        sent_on: is_sent.then(|| get_date(row, "sent_on")).transpose()?,
        sent_by: get(row, "sent_by_name")?,
    })
}
