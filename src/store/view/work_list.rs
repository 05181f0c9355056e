//! Tickets as those who work on them look for them: by what is due next, with
//! who has each, and whether there is something on it that one has not read.

use jiff::Timestamp;
use sea_orm::{QueryResult, Value};

use crate::domain::id::{PersonId, TicketId};
use crate::domain::ticket::{Status, Ticket, Tier};
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, find_instant, get, get_count, micros, one, values};
use crate::store::ticket_row;

/// The earliest due instant of a ticket's open clocks.
const NEXT_DUE: &str = "(SELECT MIN(due_at) FROM clock WHERE clock.ticket_id = ticket.id \
                        AND clock.state IN ('running','paused','breached'))";

/// Which tickets; what is not asked for does not matter. Without a status
/// those that are resolved or closed are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkFilter {
    /// Where it stands.
    pub status: Option<Status>,
    /// Where it waits.
    pub queue: Option<String>,
    /// Its tier.
    pub tier: Option<Tier>,
    /// Its requester's language.
    pub language: Option<String>,
    /// Its leading category.
    pub category: Option<String>,
    /// Kind of a clock that is open on it.
    pub clock: Option<String>,
    /// Something of it is due by then.
    pub due_by_at: Option<Timestamp>,
    /// Who has it; `Some(None)`: nobody.
    pub assignee: Option<Option<PersonId>>,
}

/// Which part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// At most so many.
    pub limit: u64,
    /// After so many.
    pub offset: u64,
}

/// One ticket of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkLine {
    /// The ticket.
    pub ticket: Ticket,
    /// Name of who has it.
    pub assignee: Option<String>,
    /// Whether mails are on it that the reader has not seen.
    pub is_unread: bool,
}

/// A queue in figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueFigures {
    /// Its id.
    pub queue: String,
    /// Tickets that are neither resolved nor closed.
    pub open: u64,
    /// Of those, what nobody has.
    pub waiting: u64,
    /// Of those that are open, with an open clock whose due instant has passed.
    pub late: u64,
    /// The next due instant in it.
    pub next_due_at: Option<Timestamp>,
}

impl Store {
    /// Tickets by their next due instant, then by age, for `reader`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn work_list(
        &self,
        filter: &WorkFilter,
        reader: PersonId,
        stretch: Stretch,
    ) -> Result<Vec<WorkLine>, StoreError> {
        let mut values = values![reader.0];
        let wheres = conditions(filter, &mut values);
        self.lines_where(&wheres, values, stretch).await
    }

    /// Tickets of which `wheres` is true; its first value is who reads.
    pub(super) async fn lines_where(
        &self,
        wheres: &str,
        mut values: Vec<Value>,
        stretch: Stretch,
    ) -> Result<Vec<WorkLine>, StoreError> {
        values.extend(values![sql::count(stretch.limit), sql::count(stretch.offset)]);
        let columns: Vec<String> =
            ticket_row::COLUMNS.iter().map(|column| format!("ticket.{column}")).collect();
        let text = format!(
            "SELECT {}, person.name AS assignee_name, \
             (SELECT COUNT(*) FROM mail WHERE mail.ticket_id = ticket.id) AS mails, \
             COALESCE(last_read.mails, 0) AS mails_read FROM ticket \
             LEFT JOIN person ON person.id = ticket.assignee \
             LEFT JOIN last_read ON last_read.ticket_id = ticket.id AND last_read.person = $1 \
             WHERE {wheres} ORDER BY COALESCE({NEXT_DUE}, {}), ticket.received_at, ticket.id \
             LIMIT ${} OFFSET ${}",
            columns.join(","),
            i64::MAX,
            values.len() - 1,
            values.len(),
        );
        let rows = sql::all(self.readers(), &text, values).await?;
        rows.iter()
            .map(|row| {
                Ok(WorkLine {
                    ticket: ticket_row::read(self.vault(), row)?,
                    assignee: get(row, "assignee_name")?,
                    is_unread: get::<i64>(row, "mails")? > get::<i64>(row, "mails_read")?,
                })
            })
            .collect()
    }

    /// How many tickets a filter finds.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn work_count(&self, filter: &WorkFilter) -> Result<u64, StoreError> {
        let mut values = Vec::new();
        let wheres = conditions(filter, &mut values);
        let text = format!("SELECT COUNT(*) AS n FROM ticket WHERE {wheres}");
        let row = one(self.readers(), &text, values).await?;
        get_count(&row.ok_or(StoreError::Absent("count"))?, "n")
    }

    /// Every queue that has open tickets, in figures.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn queue_figures(&self, now: Timestamp) -> Result<Vec<QueueFigures>, StoreError> {
        let text = format!(
            "SELECT queue, COUNT(*) AS open, \
             SUM(CASE WHEN assignee IS NULL THEN 1 ELSE 0 END) AS waiting, \
             SUM(CASE WHEN next_due_at < $1 THEN 1 ELSE 0 END) AS late, \
             MIN(next_due_at) AS next_due_at FROM (SELECT queue, assignee, {NEXT_DUE} AS \
             next_due_at FROM ticket WHERE status NOT IN ('resolved','closed')) AS waiting_ticket \
             GROUP BY queue ORDER BY queue"
        );
        let rows = sql::all(self.readers(), &text, values![micros(now)]).await?;
        rows.iter().map(read_figures).collect()
    }

    /// `reader` has seen the ticket with so many mails on it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_seen(
        &self,
        reader: PersonId,
        ticket: TicketId,
        mails: u64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let text = "SELECT mails FROM last_read WHERE person = $1 AND ticket_id = $2";
        let row = one(self.readers(), text, values![reader.0, ticket.0]).await?;
        let mails = sql::count(mails);
        if row.is_some_and(|row| get::<i64>(&row, "mails").is_ok_and(|seen| seen == mails)) {
            return Ok(());
        }
        let tx = self.begin_write().await?;
        let text = "INSERT INTO last_read (person, ticket_id, mails, read_at) \
                    VALUES ($1, $2, $3, $4) ON CONFLICT (person, ticket_id) DO UPDATE \
                    SET mails = excluded.mails, read_at = excluded.read_at";
        let written = sql::run(&tx, text, values![reader.0, ticket.0, mails, micros(now)]).await;
        sql::end(tx, written.map(drop)).await
    }
}

fn read_figures(row: &QueryResult) -> Result<QueueFigures, StoreError> {
    Ok(QueueFigures {
        queue: get(row, "queue")?,
        open: get_count(row, "open")?,
        waiting: get_count(row, "waiting")?,
        late: get_count(row, "late")?,
        next_due_at: find_instant(row, "next_due_at")?,
    })
}

/// The filter as SQL, with its values behind those that are there.
fn conditions(filter: &WorkFilter, values: &mut Vec<Value>) -> String {
    let mut wheres = Vec::new();
    let mut with = |text: &str, value: Value| {
        values.push(value);
        wheres.push(text.replace("{}", &format!("${}", values.len())));
    };
    match filter.status {
        Some(status) => with("ticket.status = {}", status.word().into()),
        None => with("ticket.status NOT IN ('closed', {})", Status::Resolved.word().into()),
    }
    let words = [
        ("ticket.queue = {}", &filter.queue),
        ("ticket.language = {}", &filter.language),
        ("ticket.category = {}", &filter.category),
        (
            "EXISTS (SELECT 1 FROM clock WHERE clock.ticket_id = ticket.id AND clock.kind = {} \
             AND clock.state IN ('running','paused','breached'))",
            &filter.clock,
        ),
    ];
    for (text, word) in words {
        if let Some(word) = word {
            with(text, word.as_str().into());
        }
    }
    if let Some(tier) = filter.tier {
        with("ticket.tier = {}", tier.word().into());
    }
    if let Some(at) = filter.due_by_at {
        let due = "EXISTS (SELECT 1 FROM clock WHERE clock.ticket_id = ticket.id \
                   AND clock.due_at <= {} AND clock.state IN ('running','paused','breached'))";
        with(due, micros(at).into());
    }
    match filter.assignee {
        Some(Some(person)) => with("ticket.assignee = {}", person.0.into()),
        Some(None) => wheres.push("ticket.assignee IS NULL".to_owned()),
        None => {}
    }
    wheres.join(" AND ")
}
