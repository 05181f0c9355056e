//! The ticket list: what is most urgent stands first.

use jiff::Timestamp;
use sea_orm::Value;

use crate::domain::id::TicketId;
use crate::domain::ticket::{Status, Ticket};
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, find_instant, get_count, one, values};
use crate::store::ticket_row;

/// Which tickets to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TicketFilter {
    /// Only this status; closed ones are left out otherwise.
    pub status: Option<Status>,
    /// Only this queue.
    pub queue: Option<String>,
    /// Only this requester's address.
    pub requester: Option<String>,
    /// At most so many; 0 means 100.
    pub limit: u64,
    /// Leave out so many first.
    pub offset: u64,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketLine {
    /// The ticket.
    pub ticket: Ticket,
    /// Earliest due instant of its open clocks.
    pub next_due_at: Option<Timestamp>,
}

impl Store {
    /// Tickets by urgency: priority, then earliest due instant, then age.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ticket_list(&self, filter: &TicketFilter) -> Result<Vec<TicketLine>, StoreError> {
        let (wheres, mut values) = self.conditions(filter);
        let limit = if filter.limit == 0 { 100 } else { filter.limit };
        values.extend(values![sql::count(limit), sql::count(filter.offset)]);
        let columns: Vec<String> =
            ticket_row::COLUMNS.iter().map(|column| format!("ticket.{column}")).collect();
        let text = format!(
            "SELECT {}, (SELECT MIN(due_at) FROM clock WHERE clock.ticket_id = ticket.id \
             AND clock.state IN ('running','paused','breached')) AS next_due_at \
             FROM ticket WHERE {wheres} \
             ORDER BY CASE priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 \
             WHEN 'normal' THEN 2 ELSE 3 END, next_due_at, received_at, ticket.id \
             LIMIT ${} OFFSET ${}",
            columns.join(","),
            values.len() - 1,
            values.len(),
        );
        let rows = sql::all(self.readers(), &text, values).await?;
        rows.iter()
            .map(|row| {
                Ok(TicketLine {
                    ticket: ticket_row::read(self.vault(), row)?,
                    next_due_at: find_instant(row, "next_due_at")?,
                })
            })
            .collect()
    }

    /// How many tickets there are, of any status.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ticket_count(&self) -> Result<u64, StoreError> {
        let row = one(self.readers(), "SELECT COUNT(*) AS n FROM ticket", values![]).await?;
        get_count(&row.ok_or(StoreError::Absent("count"))?, "n")
    }

    /// The ticket, if there is one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        Ok(self.tickets_by_id(&[id.0]).await?.remove(&id.0))
    }

    fn conditions(&self, filter: &TicketFilter) -> (String, Vec<Value>) {
        let mut wheres = Vec::new();
        let mut values = Vec::new();
        match filter.status {
            Some(status) => {
                values.push(Value::from(status.word()));
                wheres.push(format!("status = ${}", values.len()));
            }
            None => wheres.push("status <> 'closed'".to_owned()),
        }
        if let Some(queue) = &filter.queue {
            values.push(Value::from(queue.as_str()));
            wheres.push(format!("queue = ${}", values.len()));
        }
        if let Some(requester) = &filter.requester {
            values.push(Value::from(self.vault().blind_index(requester).to_vec()));
            wheres.push(format!("requester_index = ${}", values.len()));
        }
        (wheres.join(" AND "), values)
    }
}
