//! The clocks of the law over all tickets, by due instant, page by page.

use jiff::Timestamp;
use sea_orm::Value;

use crate::domain::clock::{Clock, ClockState};
use crate::domain::id::{ClockId, TicketNumber};
use crate::domain::ticket::Status;
use crate::store::clock_row;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, get, get_word, micros, values};

/// A place in the list: what stands behind it comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockPlace {
    /// Due instant.
    pub due_at: Timestamp,
    /// The clock.
    pub id: ClockId,
}

/// Which clocks to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClockFilter {
    /// Only these states; all when empty.
    pub states: Vec<ClockState>,
    /// Only this kind.
    pub kind: Option<String>,
    /// Only those due at this instant or later.
    pub due_from: Option<Timestamp>,
    /// Only those due before this instant.
    pub due_before: Option<Timestamp>,
    /// Only those behind this place.
    pub after: Option<ClockPlace>,
    /// At most so many.
    pub limit: u64,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockLine {
    /// The clock.
    pub clock: Clock,
    /// Number of its ticket.
    pub ticket: TicketNumber,
    /// Where that stands.
    pub status: Status,
    /// Its queue.
    pub queue: String,
}

impl Store {
    /// Statutory clocks, the earliest due first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn statutory_clocks(
        &self,
        filter: &ClockFilter,
    ) -> Result<Vec<ClockLine>, StoreError> {
        let columns: Vec<String> =
            clock_row::COLUMNS.iter().map(|column| format!("clock.{column}")).collect();
        let (wheres, values) = conditions(filter);
        let text = format!(
            "SELECT {}, ticket.number, ticket.status AS ticket_status, ticket.queue \
             FROM clock JOIN ticket ON ticket.id = clock.ticket_id \
             WHERE clock.class = 'statutory' {wheres} \
             ORDER BY clock.due_at, clock.id LIMIT $1",
            columns.join(","),
        );
        let rows = sql::all(self.readers(), &text, values).await?;
        rows.iter()
            .map(|row| {
                let number: String = get(row, "number")?;
                Ok(ClockLine {
                    clock: clock_row::read(row)?,
                    ticket: TicketNumber::parse(&number)
                        .ok_or(StoreError::Malformed("ticket.number"))?,
                    status: get_word(row, "ticket_status", Status::from_word)?,
                    queue: get(row, "queue")?,
                })
            })
            .collect()
    }
}

fn conditions(filter: &ClockFilter) -> (String, Vec<Value>) {
    let mut values = values![sql::count(filter.limit)];
    let mut wheres = String::new();
    let mut with = |condition: &str, mut more: Vec<Value>| {
        let first = values.len() + 1;
        wheres.push_str(" AND ");
        wheres.push_str(
            &condition
                .replace("$a", &format!("${first}"))
                .replace("$b", &format!("${}", first + 1)),
        );
        values.append(&mut more);
    };
    if !filter.states.is_empty() {
        // Words of ours, never a text from outside.
        let states: Vec<String> =
            filter.states.iter().map(|state| format!("'{}'", state.word())).collect();
        with(&format!("clock.state IN ({})", states.join(",")), Vec::new());
    }
    if let Some(kind) = &filter.kind {
        with("clock.kind = $a", values![kind.as_str()]);
    }
    if let Some(from) = filter.due_from {
        with("clock.due_at >= $a", values![micros(from)]);
    }
    if let Some(before) = filter.due_before {
        with("clock.due_at < $a", values![micros(before)]);
    }
    if let Some(place) = filter.after {
        with(
            "(clock.due_at > $a OR (clock.due_at = $a AND clock.id > $b))",
            values![micros(place.due_at), place.id.0],
        );
    }
    (wheres, values)
}
