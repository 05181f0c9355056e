//! Time passes: which tickets have a clock that is due, and what the sweep
//! decided about them.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use sea_orm::DatabaseTransaction;
use serde_json::json;
use uuid::Uuid;

use super::connection::Store;
use super::error::StoreError;
use super::sql::{
    self, find_instant, get, get_count, get_instant, micros, one, placeholders, values,
};
use super::{clock_row, record, ticket_row};
use crate::domain::clock::Clock;
use crate::domain::decision::{ClockChange, SweepDecision, TicketUpdate};
use crate::domain::event::Event;
use crate::domain::id::TicketId;
use crate::domain::ticket::Ticket;
use crate::fault;

/// A ticket with all its clocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketClocks {
    /// The ticket, at the version a decision must name.
    pub ticket: Ticket,
    /// Its clocks, earliest due first.
    pub clocks: Vec<Clock>,
}

/// What the sweepers of one database remember together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepMark {
    /// Latest instant at which a sweep looked, to the minute.
    pub high_at: Timestamp,
    /// Version of the zone data that dates are counted with.
    pub tzdata: String,
}

/// Stream of what concerns the sweep itself.
const STREAM: &str = "sweeper";
/// How often the mark is moved on.
const MARK_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// The decisions whose tickets are still as they were loaded and in nobody
/// else's hands, now locked, in the order of their ids, so that two processes
/// never wait for each other.
async fn claim<'d>(
    tx: &DatabaseTransaction,
    decisions: &'d [SweepDecision],
) -> Result<Vec<&'d SweepDecision>, StoreError> {
    let mut versions: HashMap<Uuid, u64> = HashMap::new();
    for part in decisions.chunks(sql::MOST_KEYS) {
        let text = format!(
            "SELECT id, version FROM ticket WHERE id IN ({}) ORDER BY id {}",
            placeholders(1, part.len()),
            sql::lock_clause(tx, "FOR UPDATE SKIP LOCKED")
        );
        let values = part.iter().map(|decision| decision.ticket.id.0.into()).collect();
        for row in sql::all(tx, &text, values).await? {
            versions.insert(get(&row, "id")?, get_count(&row, "version")?);
        }
    }
    let is_current = |decision: &&SweepDecision| {
        versions.get(&decision.ticket.id.0) == Some(&decision.ticket.expected_version)
    };
    let mut claimed: Vec<&SweepDecision> = decisions.iter().filter(is_current).collect();
    claimed.sort_by_key(|decision| decision.ticket.id);
    Ok(claimed)
}

/// Statements that are alike for many rows are one: a sweep after a long
/// downtime writes thousands.
async fn write(tx: &DatabaseTransaction, decisions: &[&SweepDecision]) -> Result<(), StoreError> {
    let updates: Vec<&TicketUpdate> = decisions.iter().map(|decision| &decision.ticket).collect();
    ticket_row::update_many(tx, &updates).await?;
    let changes = || decisions.iter().flat_map(|decision| &decision.clocks);
    let started: Vec<&Clock> = decisions.iter().flat_map(|decision| started(decision)).collect();
    clock_row::insert(tx, &started).await?;
    let breaches: Vec<Uuid> = changes().filter_map(breached).collect();
    clock_row::breach(tx, &breaches).await?;
    for change in changes().filter(|change| breached(change).is_none()) {
        clock_row::change(tx, change).await?;
    }
    let events: Vec<&Event> = decisions.iter().flat_map(|decision| &decision.events).collect();
    record::append(tx, &events, &BTreeSet::new()).await
}

/// The clock that a change breaches. A late deed breaches first, then meets.
fn breached(change: &ClockChange) -> Option<Uuid> {
    match change {
        ClockChange::Breach { id, .. } => Some(id.0),
        _ => None,
    }
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
        let ids = self.due_ids(now, limit).await?;
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

    /// The same tickets, by their ids alone.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn due_ticket_ids(
        &self,
        now: Timestamp,
        limit: u64,
    ) -> Result<Vec<TicketId>, StoreError> {
        Ok(self.due_ids(now, limit).await?.into_iter().map(TicketId).collect())
    }

    async fn due_ids(&self, now: Timestamp, limit: u64) -> Result<Vec<Uuid>, StoreError> {
        // The index gives them in order, so that the look stops at the limit.
        let rows = sql::all(
            self.readers(),
            "SELECT ticket_id FROM clock WHERE next_at IS NOT NULL AND next_at <= $1 \
             ORDER BY next_at LIMIT $2",
            values![micros(now), sql::count(limit.min(sql::MOST_KEYS as u64))],
        )
        .await?;
        let mut ids: Vec<Uuid> = Vec::with_capacity(rows.len());
        let mut seen = HashSet::new();
        for row in &rows {
            let id: Uuid = get(row, "ticket_id")?;
            if seen.insert(id) {
                ids.push(id);
            }
        }
        Ok(ids)
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
        let tx = self.begin_write().await?;
        let written = write(&tx, &[decision]).await;
        sql::end(tx, written).await
    }

    /// Applies several in one transaction, or none: how many tickets changed.
    /// Tickets that changed since they were loaded, or that another process has
    /// in hand at this moment, are left out: they are looked at again.
    ///
    /// # Errors
    /// When any of the others cannot be written; then try them one by one.
    pub async fn apply_sweeps(&self, decisions: &[SweepDecision]) -> Result<usize, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let claimed = claim(&tx, decisions).await?;
            write(&tx, &claimed).await?;
            fault::point("c14");
            Ok(claimed.len())
        }
        .await;
        sql::end(tx, written).await
    }

    /// What the sweepers of this database remember together.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sweep_mark(&self) -> Result<SweepMark, StoreError> {
        let text = "SELECT high_at, tzdata FROM sweep_mark WHERE id = 1";
        let row = one(self.readers(), text, values![]).await?;
        let row = row.ok_or(StoreError::Absent("sweep mark"))?;
        Ok(SweepMark { high_at: get_instant(&row, "high_at")?, tzdata: get(&row, "tzdata")? })
    }

    /// Moves the mark on, at most once a minute, and records another version of
    /// the zone data. Clocks that run keep their dates: only a person's
    /// recompute moves them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn move_sweep_mark(
        &self,
        mark: &SweepMark,
        now: Timestamp,
        tzdata: &str,
    ) -> Result<(), StoreError> {
        let is_other = mark.tzdata != tzdata;
        if !is_other && now.duration_since(mark.high_at) < MARK_EVERY {
            return Ok(());
        }
        let tx = self.begin_write().await?;
        let written = async {
            let text = "UPDATE sweep_mark SET high_at = $1, tzdata = $2 \
                        WHERE id = 1 AND (high_at < $1 OR tzdata <> $2)";
            let moved = sql::run(&tx, text, values![micros(now), tzdata]).await?;
            if is_other && moved == 1 {
                let particulars = json!({ "old": mark.tzdata, "new": tzdata });
                let event = Event::by_engine(STREAM.to_owned(), "tzdata_changed", now, particulars);
                record::append_one(&tx, &event).await?;
            }
            Ok(())
        }
        .await;
        match sql::end(tx, written).await {
            // another process was faster
            Err(error) if error.is_stale() => Ok(()),
            other => other,
        }
    }

    /// Writes down that the wall clock jumped.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn record_clock_jump(
        &self,
        jump: SignedDuration,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let particulars = json!({ "seconds": jump.as_secs() });
        let event = Event::by_engine(STREAM.to_owned(), "clock_jump", now, particulars);
        let tx = self.begin_write().await?;
        let written = record::append_one(&tx, &event).await;
        sql::end(tx, written).await
    }

    /// What the database's own clock says; `None` where it has the same one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn database_now(&self) -> Result<Option<Timestamp>, StoreError> {
        if !self.is_postgres() {
            return Ok(None);
        }
        let text = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) AS at";
        let row = one(self.readers(), text, values![]).await?;
        row.map_or(Ok(None), |row| find_instant(&row, "at"))
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
