//! Work for persons: what is open, and who did it.

use jiff::{Timestamp, civil::Date};
use serde_json::json;
use uuid::Uuid;

use super::connection::Store;
use super::error::StoreError;
use super::record;
use super::sql::{self, get, get_date, micros, one, values};
use crate::domain::event::Event;
use crate::domain::id::{TaskId, TicketId, TicketNumber};

/// A task that nobody has done yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenTask {
    /// Its id.
    pub id: TaskId,
    /// The ticket it is on.
    pub ticket_id: TicketId,
    /// Number of that ticket.
    pub number: TicketNumber,
    /// What to do.
    pub kind: String,
    /// By when.
    pub due_on: Date,
    /// Clock kind it would meet.
    pub clock_kind: Option<String>,
}

impl Store {
    /// Open tasks, earliest due first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open_tasks(&self, limit: u64) -> Result<Vec<OpenTask>, StoreError> {
        let text = "SELECT task.id, ticket_id, number, kind, due_on, clock_kind FROM task \
                    JOIN ticket ON ticket.id = task.ticket_id WHERE done_at IS NULL \
                    ORDER BY due_on, task.id LIMIT $1";
        let rows = sql::all(self.readers(), text, values![sql::count(limit)]).await?;
        rows.iter()
            .map(|row| {
                Ok(OpenTask {
                    id: TaskId(get(row, "id")?),
                    ticket_id: TicketId(get(row, "ticket_id")?),
                    number: TicketNumber::parse(&get::<String>(row, "number")?)
                        .ok_or(StoreError::Malformed("number"))?,
                    kind: get(row, "kind")?,
                    due_on: get_date(row, "due_on")?,
                    clock_kind: get(row, "clock_kind")?,
                })
            })
            .collect()
    }

    /// A person did it. `false`: it was done before. It meets no clock by
    /// itself: that takes a decision with the recorded act.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn finish_task(
        &self,
        id: TaskId,
        actor: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let text = "UPDATE task SET done_at = $2, done_by = $3 \
                        WHERE id = $1 AND done_at IS NULL RETURNING ticket_id, kind";
            let Some(row) = one(&tx, text, values![id.0, micros(now), actor]).await? else {
                return Ok(false);
            };
            let event = Event {
                stream: record::ticket_stream(get::<Uuid>(&row, "ticket_id")?),
                at: now,
                actor: actor.to_owned(),
                kind: "task_done".to_owned(),
                particulars: json!({"task": id, "kind": get::<String>(&row, "kind")?}),
            };
            record::append_one(&tx, &event).await?;
            Ok(true)
        }
        .await;
        sql::end(tx, written).await
    }
}
