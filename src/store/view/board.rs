//! Rows behind the board: cards of one lane, and what each person holds. They
//! name no borrower.
//!
//! A lane is a range of `clock_owed` (class, due instant), which holds only what
//! is owed; `clock_paused` is the same for what waits. Each card then costs one
//! look-up of its ticket. `CROSS JOIN` keeps that order in SQLite, which takes it
//! literally; to PostgreSQL it is any join.

use jiff::Timestamp;
use sea_orm::Value;
use uuid::Uuid;

use crate::domain::actor::Role;
use crate::domain::board::{Bounds, Lane};
use crate::domain::clock::{Clock, ClockClass};
use crate::domain::id::{PersonId, TicketNumber};
use crate::domain::ticket::Tier;
use crate::store::clock_row;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, find_instant, get, get_count, get_word, micros, one, values};

/// Cards of one lane that are shown.
pub(super) const MOST_CARDS: usize = 50;
/// A lane with more is not counted further.
pub const MOST_COUNTED: u64 = 10_000;

/// Who has a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// It waits in its queue.
    Nobody,
    /// This person.
    Person(PersonId),
}

/// Which cards to show; `None` means any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BoardFilter {
    /// Only this queue.
    pub queue: Option<String>,
    /// Only this tier.
    pub tier: Option<Tier>,
    /// Only theirs.
    pub holder: Option<Holder>,
}

/// One promise and the ticket it is on.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardCard {
    /// The promise.
    pub clock: Clock,
    /// Number of the ticket.
    pub number: TicketNumber,
    /// Its version: a change made on the board is made on this one.
    pub version: u64,
    /// Its queue.
    pub queue: String,
    /// Its tier.
    pub tier: Tier,
    /// Who has it.
    pub holder: Holder,
}

/// The cards of one lane, the most urgent first.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneCards {
    /// Which.
    pub lane: Lane,
    /// How many there are, at most [`MOST_COUNTED`].
    pub count: u64,
    /// The first [`MOST_CARDS`] of them.
    pub cards: Vec<BoardCard>,
}

/// What one person holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Who.
    pub person: PersonId,
    /// The name they sign in with.
    pub name: String,
    /// Tickets they can hold.
    pub capacity: u32,
    /// When they are away.
    pub away: Option<(Timestamp, Timestamp)>,
    /// Tickets they have that are neither resolved nor closed.
    pub open: u64,
    /// Of these, tickets with a promise that is past due.
    pub breached: u64,
    /// Of these, tickets with a promise due until midnight.
    pub due_today: u64,
}

impl Store {
    /// The lanes of one class of clocks, each with its first cards.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn board(
        &self,
        class: ClockClass,
        bounds: &Bounds,
        filter: &BoardFilter,
    ) -> Result<Vec<LaneCards>, StoreError> {
        let mut lanes = Vec::with_capacity(Lane::ALL.len());
        for lane in Lane::ALL {
            let (tail, values) = conditions(class, *lane, bounds, filter);
            let mut cards = self.cards(&tail, values.clone()).await?;
            let count = if cards.len() > MOST_CARDS {
                self.count_cards(&tail, values).await?
            } else {
                cards.len() as u64
            };
            cards.truncate(MOST_CARDS);
            lanes.push(LaneCards { lane: *lane, count, cards });
        }
        Ok(lanes)
    }

    /// What everybody holds who works tickets, by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn workloads(&self, bounds: &Bounds) -> Result<Vec<Workload>, StoreError> {
        let text = "SELECT person.id, name, capacity, away_from_at, away_until_at, \
                    COALESCE(open, 0) AS open, COALESCE(breached, 0) AS breached, \
                    COALESCE(due_today, 0) AS due_today FROM person LEFT JOIN (\
                    SELECT ticket.assignee AS holder, COUNT(DISTINCT ticket.id) AS open, \
                    COUNT(DISTINCT CASE WHEN clock.due_at < $1 THEN ticket.id END) AS breached, \
                    COUNT(DISTINCT CASE WHEN clock.due_at >= $1 AND clock.due_at < $2 \
                    THEN ticket.id END) AS due_today FROM ticket LEFT JOIN clock \
                    ON clock.ticket_id = ticket.id AND clock.state IN ('running','breached') \
                    AND clock.class <> 'hold' WHERE ticket.assignee IS NOT NULL \
                    AND ticket.status IN ('new','open','pending','held') \
                    GROUP BY ticket.assignee) AS held ON held.holder = person.id \
                    WHERE role IN ($3, $4, $5) ORDER BY name, person.id";
        let (now, _) = bounds.span(Lane::Hour);
        let values = values![
            micros(now),
            micros(bounds.end_of_today()),
            Role::Agent.word(),
            Role::Supervisor.word(),
            Role::Compliance.word(),
        ];
        let rows = sql::all(self.readers(), text, values).await?;
        rows.iter()
            .map(|row| {
                let away = find_instant(row, "away_from_at")?;
                Ok(Workload {
                    person: PersonId(get(row, "id")?),
                    name: get(row, "name")?,
                    capacity: u32::try_from(get::<i64>(row, "capacity")?).unwrap_or(u32::MAX),
                    away: away.zip(find_instant(row, "away_until_at")?),
                    open: get_count(row, "open")?,
                    breached: get_count(row, "breached")?,
                    due_today: get_count(row, "due_today")?,
                })
            })
            .collect()
    }

    async fn cards(&self, tail: &str, values: Vec<Value>) -> Result<Vec<BoardCard>, StoreError> {
        let columns: Vec<String> =
            clock_row::COLUMNS.iter().map(|column| format!("clock.{column}")).collect();
        let text = format!(
            "SELECT {}, number, version, queue, tier, assignee {tail} \
             ORDER BY clock.due_at, clock.id LIMIT {}",
            columns.join(", "),
            MOST_CARDS + 1,
        );
        let rows = sql::all(self.readers(), &text, values).await?;
        rows.iter()
            .map(|row| {
                let number: String = get(row, "number")?;
                let assignee: Option<Uuid> = get(row, "assignee")?;
                Ok(BoardCard {
                    clock: clock_row::read(row)?,
                    number: TicketNumber::parse(&number).ok_or(StoreError::Malformed("number"))?,
                    version: get_count(row, "version")?,
                    queue: get(row, "queue")?,
                    tier: get_word(row, "tier", Tier::from_word)?,
                    holder: assignee.map_or(Holder::Nobody, |id| Holder::Person(PersonId(id))),
                })
            })
            .collect()
    }

    async fn count_cards(&self, tail: &str, values: Vec<Value>) -> Result<u64, StoreError> {
        let text = format!(
            "SELECT COUNT(*) AS n FROM (SELECT 1 AS card {tail} LIMIT {MOST_COUNTED}) AS c"
        );
        let row = one(self.readers(), &text, values).await?;
        get_count(&row.ok_or(StoreError::Absent("count"))?, "n")
    }
}

/// `FROM … WHERE …` of a lane. The words after `state` are those of the partial
/// indexes: SQLite uses one only for a condition that says the same.
fn conditions(
    class: ClockClass,
    lane: Lane,
    bounds: &Bounds,
    filter: &BoardFilter,
) -> (String, Vec<Value>) {
    let state = match lane {
        Lane::Paused => "clock.state = 'paused'",
        _ => "clock.state IN ('running','breached')",
    };
    let (from, until) = bounds.span(lane);
    let mut values = values![class.word(), micros(from), micros(until)];
    let mut tail = format!(
        "FROM clock CROSS JOIN ticket WHERE ticket.id = clock.ticket_id AND clock.class = $1 \
         AND {state} AND clock.due_at >= $2 AND clock.due_at < $3"
    );
    let mut also = |column: &str, value: Value| {
        values.push(value);
        tail.push_str(&format!(" AND {column} = ${}", values.len()));
    };
    if let Some(queue) = &filter.queue {
        also("ticket.queue", queue.as_str().into());
    }
    if let Some(tier) = filter.tier {
        also("ticket.tier", tier.word().into());
    }
    match filter.holder {
        Some(Holder::Person(person)) => also("ticket.assignee", person.0.into()),
        Some(Holder::Nobody) => tail.push_str(" AND ticket.assignee IS NULL"),
        None => {}
    }
    (tail, values)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::store::{StoreOptions, Vault};

    /// Every lane, with and without a filter, is a range of its own index and
    /// then one look-up a card, in the order in which they are shown.
    #[tokio::test]
    async fn a_lane_costs_what_it_shows() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("tierline.db").display());
        let options = StoreOptions { url, allow_unsafe_durability: true, max_connections: 2 };
        Store::migrate(&options).await.unwrap();
        let vault = Vault::from_entries([(1, [7; 32])]).unwrap();
        let store = Store::open(&options, vault).await.unwrap();
        let bounds = Bounds::at(Timestamp::UNIX_EPOCH, &TimeZone::UTC);
        let one_queue = BoardFilter { queue: Some("escrow".to_owned()), ..BoardFilter::default() };
        for filter in [BoardFilter::default(), one_queue] {
            for lane in Lane::ALL {
                let (tail, values) = conditions(ClockClass::Statutory, *lane, &bounds, &filter);
                let order = "ORDER BY clock.due_at, clock.id LIMIT 51";
                let text = format!("EXPLAIN QUERY PLAN SELECT number {tail} {order}");
                let rows = sql::all(store.readers(), &text, values).await.unwrap();
                let plan: Vec<String> =
                    rows.iter().map(|row| get(row, "detail").unwrap()).collect();
                let index = if *lane == Lane::Paused { "clock_paused" } else { "clock_owed" };
                assert!(plan.len() == 2, "nothing is sorted: {plan:?}");
                assert!(plan[0].contains(index) && plan[0].contains("due_at>"), "{plan:?}");
                assert!(plan[1].contains("SEARCH ticket"), "{plan:?}");
            }
        }
        store.close().await.unwrap();
    }
}
