//! Which tickets the ladders must look at: those that changed since the last
//! look, and those for which an instant has come. The cost follows what is due.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sea_orm::QueryResult;
use uuid::Uuid;

use super::view::{ESCALATION, read_escalation, understand, views};
use crate::domain::escalate::Escalation;
use crate::domain::id::{EscalationId, TicketNumber};
use crate::domain::work::TicketView;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, find_instant, get, micros, one, values};

/// An escalation with the number of its ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EscalationLine {
    /// The escalation.
    pub escalation: Escalation,
    /// Number of its ticket.
    pub number: TicketNumber,
    /// Queue it waits in.
    pub queue: String,
}

impl Store {
    /// Tickets to look at by `now`, at most `limit` of each kind.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tickets_to_look_at(
        &self,
        now: Timestamp,
        limit: u64,
    ) -> Result<Vec<TicketView>, StoreError> {
        let mut ids: Vec<Uuid> = Vec::new();
        let mut seen = BTreeSet::new();
        for text in [
            "SELECT id FROM ticket WHERE looked_version <> version AND updated_at <= $1 \
             ORDER BY updated_at LIMIT $2",
            "SELECT id FROM ticket WHERE look_at <= $1 ORDER BY look_at LIMIT $2",
            "SELECT ticket_id AS id FROM escalation WHERE next_at <= $1 ORDER BY next_at LIMIT $2",
        ] {
            let values = values![micros(now), sql::count(limit)];
            for row in sql::all(self.readers(), text, values).await? {
                let id: Uuid = get(&row, "id")?;
                if seen.insert(id) {
                    ids.push(id);
                }
            }
        }
        // in the order of their ids, so that two processes never wait for each other
        ids.sort_unstable();
        let mut views = views(self.readers(), self.vault(), &ids).await?;
        for view in &mut views {
            // only where a promise may have to start anew
            if view.work.reopened > 0 {
                understand(self.readers(), self.vault(), view).await?;
            }
        }
        Ok(views)
    }

    /// When the ladders must look next by time alone.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn next_look_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut next: Option<Timestamp> = None;
        for text in [
            "SELECT MIN(look_at) AS next FROM ticket WHERE look_at IS NOT NULL",
            "SELECT MIN(next_at) AS next FROM escalation WHERE next_at IS NOT NULL",
        ] {
            let row = one(self.readers(), text, values![]).await?;
            let at = row.map_or(Ok(None), |row| find_instant(&row, "next"))?;
            next = match (next, at) {
                (Some(known), Some(at)) => Some(known.min(at)),
                (known, at) => known.or(at),
            };
        }
        Ok(next)
    }

    /// Escalations that nobody has claimed, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open_escalations(&self, limit: u64) -> Result<Vec<EscalationLine>, StoreError> {
        let text = format!("{} ORDER BY begun_at, escalation.id LIMIT $1", open_escalation());
        let rows = sql::all(self.readers(), &text, values![sql::count(limit)]).await?;
        rows.iter().map(line).collect()
    }

    /// One that nobody has claimed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_open_escalation(
        &self,
        id: EscalationId,
    ) -> Result<Option<EscalationLine>, StoreError> {
        let text = format!("{} AND escalation.id = $1", open_escalation());
        let row = one(self.readers(), &text, values![id.0]).await?;
        row.as_ref().map(line).transpose()
    }
}

fn open_escalation() -> String {
    let columns: Vec<String> =
        ESCALATION.split(", ").map(|column| format!("escalation.{}", column.trim())).collect();
    format!(
        "SELECT {}, number, queue FROM escalation JOIN ticket \
         ON ticket.id = escalation.ticket_id WHERE (escalation.state = 'running' \
         OR (escalation.state = 'ended' AND claim_by_at IS NOT NULL))",
        columns.join(", ")
    )
}

fn line(row: &QueryResult) -> Result<EscalationLine, StoreError> {
    Ok(EscalationLine {
        escalation: read_escalation(row)?,
        number: TicketNumber::parse(&get::<String>(row, "number")?)
            .ok_or(StoreError::Malformed("number"))?,
        queue: get(row, "queue")?,
    })
}
