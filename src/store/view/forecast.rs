//! Rows behind the forecast: work that waits, what recent work was like, and
//! what persons did. They name no borrower.

use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::clock::ClockClass;
use crate::domain::forecast::handling::PersonAct;
use crate::domain::id::{PersonId, TicketId, TicketNumber};
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, find_instant, get, get_instant, get_word, one, values};

/// A ticket that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingTicket {
    /// Its number.
    pub number: TicketNumber,
    /// Its queue.
    pub queue: String,
    /// Its language.
    pub language: String,
    /// Its category.
    pub category: String,
    /// Who has it.
    pub assignee: Option<PersonId>,
    /// Earliest due instant of what the law asks.
    pub law_due_at: Option<Timestamp>,
    /// Earliest due instant of our own promises.
    pub ours_due_at: Option<Timestamp>,
    /// Earliest due instant that is not broken yet.
    pub next_due_at: Option<Timestamp>,
}

/// What one recent ticket was like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecentTicket {
    /// Its queue.
    pub queue: String,
    /// Its language.
    pub language: String,
    /// Its category.
    pub category: String,
    /// Class, start and due instant of its first promise.
    pub promise: Option<(ClockClass, Timestamp, Timestamp)>,
}

impl Store {
    /// Tickets on which somebody must work, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn waiting_tickets(&self, limit: u64) -> Result<Vec<WaitingTicket>, StoreError> {
        let due = |class: &str, states: &str| {
            format!(
                "(SELECT MIN(due_at) FROM clock WHERE clock.ticket_id = ticket.id \
                 AND clock.class IN ({class}) AND clock.state IN ({states}))"
            )
        };
        let text = format!(
            "SELECT number, queue, language, category, assignee, {} AS law, {} AS ours, \
             {} AS next FROM ticket WHERE status <> 'closed' AND status IN ('new','open') \
             ORDER BY received_at, id LIMIT $1",
            due("'statutory'", "'running','breached'"),
            due("'service'", "'running','breached'"),
            due("'statutory','service'", "'running'"),
        );
        let rows = sql::all(self.readers(), &text, values![sql::count(limit)]).await?;
        rows.iter()
            .map(|row| {
                let number: String = get(row, "number")?;
                Ok(WaitingTicket {
                    number: TicketNumber::parse(&number).ok_or(StoreError::Malformed("number"))?,
                    queue: get(row, "queue")?,
                    language: get(row, "language")?,
                    category: get(row, "category")?,
                    assignee: get::<Option<Uuid>>(row, "assignee")?.map(PersonId),
                    law_due_at: find_instant(row, "law")?,
                    ours_due_at: find_instant(row, "ours")?,
                    next_due_at: find_instant(row, "next")?,
                })
            })
            .collect()
    }

    /// What the latest tickets were like.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn recent_tickets(&self, limit: u64) -> Result<Vec<RecentTicket>, StoreError> {
        let text = "SELECT queue, language, category, clock.class, clock.started_at, clock.due_at \
                    FROM (SELECT id, queue, language, category, received_at FROM ticket \
                    WHERE merged_into IS NULL ORDER BY received_at DESC LIMIT $1) AS ticket \
                    LEFT JOIN clock ON clock.id = (SELECT first.id FROM clock AS first \
                    WHERE first.ticket_id = ticket.id AND first.class IN ('statutory','service') \
                    ORDER BY first.due_at, first.id LIMIT 1)";
        let rows = sql::all(self.readers(), text, values![sql::count(limit)]).await?;
        rows.iter()
            .map(|row| {
                let promise = match find_instant(row, "started_at")? {
                    Some(start) => {
                        let class = get_word(row, "class", ClockClass::from_word)?;
                        Some((class, start, get_instant(row, "due_at")?))
                    }
                    None => None,
                };
                Ok(RecentTicket {
                    queue: get(row, "queue")?,
                    language: get(row, "language")?,
                    category: get(row, "category")?,
                    promise,
                })
            })
            .collect()
    }

    /// What persons did on tickets, among the latest `events` of the record.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn person_acts(&self, events: u64) -> Result<Vec<PersonAct>, StoreError> {
        let last = one(self.readers(), "SELECT MAX(id) AS last FROM event", values![]).await?;
        let last: Option<i64> = last.map_or(Ok(None), |row| get(&row, "last"))?;
        let after = last.unwrap_or(0).saturating_sub(sql::count(events));
        let text = "SELECT actor, stream, at FROM event WHERE id > $1 \
                    AND actor LIKE 'person:%' AND stream LIKE 'ticket:%'";
        let rows = sql::all(self.readers(), text, values![after]).await?;
        let mut acts = Vec::with_capacity(rows.len());
        for row in &rows {
            let (actor, stream): (String, String) = (get(row, "actor")?, get(row, "stream")?);
            let person = actor.strip_prefix("person:").and_then(|id| id.parse().ok());
            let ticket = stream.strip_prefix("ticket:").and_then(|id| id.parse().ok());
            if let (Some(person), Some(ticket)) = (person, ticket) {
                acts.push((PersonId(person), TicketId(ticket), get_instant(row, "at")?));
            }
        }
        let ids: Vec<Uuid> = acts.iter().map(|(_, ticket, _)| ticket.0).collect();
        let categories = self.categories_of(&ids).await?;
        Ok(acts
            .into_iter()
            .filter_map(|(person, ticket, at)| {
                let category = categories.get(&ticket.0)?.clone();
                Some(PersonAct { person, ticket, category, at })
            })
            .collect())
    }

    async fn categories_of(
        &self,
        ids: &[Uuid],
    ) -> Result<std::collections::HashMap<Uuid, String>, StoreError> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let mut found = std::collections::HashMap::with_capacity(ids.len());
        for part in ids.chunks(sql::MOST_KEYS) {
            let keys: Vec<sea_orm::Value> = part.iter().map(|id| (*id).into()).collect();
            let keys = sql::padded(&keys);
            let places = sql::placeholders(1, keys.len());
            let text = format!("SELECT id, category FROM ticket WHERE id IN ({places})");
            for row in sql::all(self.readers(), &text, keys).await? {
                found.insert(get(&row, "id")?, get(&row, "category")?);
            }
        }
        Ok(found)
    }
}
