//! Time passes: which tickets have a clock that is due, and what the sweep
//! decided about them.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use uuid::Uuid;

use super::connection::Store;
use super::error::StoreError;
use super::sql::{self, find_instant, get, micros, one, placeholders, values};
use super::{clock_row, record, ticket_row};
use crate::domain::clock::Clock;
use crate::domain::decision::{ClockChange, SweepDecision};
use crate::domain::event::Event;
use crate::domain::id::TicketId;
use crate::domain::ticket::Ticket;

/// A ticket with all its clocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketClocks {
    /// The ticket, at the version a decision must name.
    pub ticket: Ticket,
    /// Its clocks, earliest due first.
    pub clocks: Vec<Clock>,
}

/// Clocks that an act started.
fn started(decision: &SweepDecision) -> impl Iterator<Item = &Clock> {
    decision.clocks.iter().filter_map(|change| match change {
        ClockChange::Start(clock) => Some(clock.as_ref()),
        _ => None,
    })
}

impl Store {
    /// Tickets with a clock that must be looked at by `now`, most overdue
    /// first. The cost follows what is due, not what exists.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn due_tickets(
        &self,
        now: Timestamp,
        limit: u64,
    ) -> Result<Vec<TicketClocks>, StoreError> {
        let rows = sql::all(
            self.readers(),
            "SELECT ticket_id FROM clock WHERE next_at <= $1 \
             GROUP BY ticket_id ORDER BY MIN(next_at), ticket_id LIMIT $2",
            values![micros(now), sql::count(limit.min(sql::MOST_KEYS as u64))],
        )
        .await?;
        let ids: Vec<Uuid> =
            rows.iter().map(|row| get(row, "ticket_id")).collect::<Result<_, _>>()?;
        let tickets = self.tickets_by_id(&ids).await?;
        let mut clocks = self.clocks_of(&ids).await?;
        Ok(ids
            .iter()
            .filter_map(|id| tickets.get(id))
            .map(|ticket| TicketClocks {
                ticket: ticket.clone(),
                clocks: clocks.remove(&ticket.id.0).unwrap_or_default(),
            })
            .collect())
    }

    /// When the sweeper must look next; `None` when no clock runs.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn next_due_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let text = "SELECT MIN(next_at) AS next FROM clock WHERE next_at IS NOT NULL";
        let row = one(self.readers(), text, values![]).await?;
        row.map_or(Ok(None), |row| find_instant(&row, "next"))
    }

    /// Applies what a sweep decided on one ticket.
    ///
    /// # Errors
    /// `Stale` when the ticket or a clock changed meanwhile, or another
    /// process swept it first: nothing was written.
    pub async fn apply_sweep(&self, decision: &SweepDecision) -> Result<(), StoreError> {
        self.apply_sweeps(std::slice::from_ref(decision)).await
    }

    /// Applies several in one transaction, or none.
    ///
    /// # Errors
    /// As for [`Store::apply_sweep`]; then try them one by one.
    pub async fn apply_sweeps(&self, decisions: &[SweepDecision]) -> Result<(), StoreError> {
        let mut ordered: Vec<&SweepDecision> = decisions.iter().collect();
        // In order, so that two processes never wait for each other.
        ordered.sort_by_key(|decision| decision.ticket.id);
        let tx = self.begin_write().await?;
        let written = async {
            for decision in &ordered {
                ticket_row::update(&tx, &decision.ticket).await?;
                let started: Vec<&Clock> = started(decision).collect();
                clock_row::insert(&tx, &started).await?;
                for change in &decision.clocks {
                    clock_row::change(&tx, change).await?;
                }
            }
            let events: Vec<&Event> =
                ordered.iter().flat_map(|decision| &decision.events).collect();
            record::append(&tx, &events, &BTreeSet::new()).await
        }
        .await;
        sql::end(tx, written).await
    }

    /// The ticket with its clocks.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_ticket_clocks(
        &self,
        id: TicketId,
    ) -> Result<Option<TicketClocks>, StoreError> {
        let mut tickets = self.tickets_by_id(&[id.0]).await?;
        let mut clocks = self.clocks_of(&[id.0]).await?;
        Ok(tickets.remove(&id.0).map(|ticket| TicketClocks {
            ticket,
            clocks: clocks.remove(&id.0).unwrap_or_default(),
        }))
    }

    pub(super) async fn tickets_by_id(
        &self,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, Ticket>, StoreError> {
        let mut tickets = HashMap::new();
        for part in ids.chunks(sql::MOST_KEYS) {
            let text = format!(
                "SELECT {} FROM ticket WHERE id IN ({})",
                ticket_row::COLUMNS.join(","),
                placeholders(1, part.len())
            );
            let values = part.iter().map(|id| (*id).into()).collect();
            for row in sql::all(self.readers(), &text, values).await? {
                let ticket = ticket_row::read(self.vault(), &row)?;
                tickets.insert(ticket.id.0, ticket);
            }
        }
        Ok(tickets)
    }

    /// All clocks of some tickets, earliest due first, by ticket.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn clocks_by_ticket(
        &self,
        ids: &[TicketId],
    ) -> Result<HashMap<TicketId, Vec<Clock>>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let clocks = self.clocks_of(&ids).await?;
        Ok(clocks.into_iter().map(|(id, clocks)| (TicketId(id), clocks)).collect())
    }

    pub(super) async fn clocks_of(
        &self,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, Vec<Clock>>, StoreError> {
        let mut clocks: HashMap<Uuid, Vec<Clock>> = HashMap::new();
        for part in ids.chunks(sql::MOST_KEYS) {
            let text = format!(
                "SELECT {} FROM clock WHERE ticket_id IN ({}) ORDER BY due_at, id",
                clock_row::COLUMNS.join(","),
                placeholders(1, part.len())
            );
            let values = part.iter().map(|id| (*id).into()).collect();
            for row in sql::all(self.readers(), &text, values).await? {
                let clock = clock_row::read(&row)?;
                clocks.entry(clock.ticket_id.0).or_default().push(clock);
            }
        }
        Ok(clocks)
    }
}
