//! "Give me the next one": the most urgent waiting ticket that fits a person is
//! chosen and taken in one transaction, however many ask at once.

use jiff::Timestamp;
use sea_orm::Value;
use uuid::Uuid;

use super::apply::{AppliedWork, seal, write};
use super::view::views;
use crate::domain::assign::{PROMOTED_AFTER, Worker};
use crate::domain::id::TicketNumber;
use crate::domain::rule::Queue;
use crate::domain::work::{TicketView, WorkDecision};
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, get, lock_clause, micros, one, placeholders, values};
use crate::store::worker;

/// Order of [`crate::domain::assign::urgency`], in SQL.
fn order(now: Timestamp) -> String {
    let now = micros(now);
    let promoted = i64::try_from(PROMOTED_AFTER.as_micros()).unwrap_or(i64::MAX);
    let earliest = |class: &str| {
        format!(
            "(SELECT MIN(due_at) FROM clock WHERE clock.ticket_id = ticket.id \
             AND clock.class = '{class}' AND clock.state IN ('running','paused','breached'))"
        )
    };
    let (law, ours) = (earliest("statutory"), earliest("service"));
    let last = i64::MAX;
    // What the law wants, or what waited so long that it counts like it.
    let with_law = format!(
        "CASE WHEN received_at + {promoted} <= {now} AND received_at + {promoted} \
         <= COALESCE({law}, {last}) THEN received_at + {promoted} ELSE {law} END"
    );
    format!(
        "CASE WHEN sale_on IS NOT NULL THEN 0 WHEN ({with_law}) IS NOT NULL THEN 1 ELSE 2 END, \
         COALESCE({with_law}, {ours}, {last}), received_at, ticket.id"
    )
}

impl Store {
    /// Waiting tickets of `queues` in the order in which they will be taken.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn waiting(
        &self,
        queues: &[&str],
        now: Timestamp,
        limit: u64,
    ) -> Result<Vec<TicketNumber>, StoreError> {
        if queues.is_empty() {
            return Ok(Vec::new());
        }
        let text = format!(
            "SELECT number FROM ticket WHERE assignee IS NULL AND status IN ('new','open') \
             AND queue IN ({}) ORDER BY {} LIMIT {limit}",
            placeholders(1, queues.len()),
            order(now)
        );
        let values = queues.iter().map(|queue| Value::from(*queue)).collect();
        let rows = sql::all(self.readers(), &text, values).await?;
        rows.iter()
            .map(|row| {
                TicketNumber::parse(&get::<String>(row, "number")?)
                    .ok_or(StoreError::Malformed("number"))
            })
            .collect()
    }

    /// Takes the most urgent waiting ticket of `queues` for `worker` and writes
    /// what `decide` wants of it; `None` when nothing waits that fits, or the
    /// worker holds as much as they can.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn claim_next(
        &self,
        person: &Worker,
        queues: &[&Queue],
        now: Timestamp,
        decide: impl Fn(&TicketView, &Worker) -> Option<WorkDecision>,
    ) -> Result<Option<TicketView>, StoreError> {
        let tx = self.begin_write().await?;
        let claimed = async {
            let lock = lock_clause(&tx, "FOR UPDATE");
            let text = format!("SELECT id FROM person WHERE id = $1 {lock}");
            one(&tx, &text, values![person.person.0]).await?.ok_or(StoreError::Absent("person"))?;
            // Loaded again under the lock: a second claim of theirs waits here.
            let Some(worker) = worker::load(&tx, person.person.0).await? else { return Ok(None) };
            let mut open: Vec<&Queue> = queues.to_vec();
            while !open.is_empty() {
                let Some(view) = candidate(&tx, self, &worker, &open, now).await? else {
                    return Ok(None);
                };
                if let Some(decision) = decide(&view, &worker) {
                    let work = AppliedWork {
                        decision: &decision,
                        letters: &[],
                        reply_tokens: &[],
                        at: now,
                    };
                    let sealed = seal(self.vault(), &work)?;
                    write(&tx, work, sealed).await?;
                    return Ok(Some(view));
                }
                // This queue has nothing for them: full, or a conflict of duty.
                open.retain(|queue| queue.id != view.ticket.queue);
            }
            Ok(None)
        }
        .await;
        sql::end(tx, claimed).await
    }
}

/// The first waiting ticket that no other claim has locked.
async fn candidate(
    tx: &sea_orm::DatabaseTransaction,
    store: &Store,
    worker: &Worker,
    queues: &[&Queue],
    now: Timestamp,
) -> Result<Option<TicketView>, StoreError> {
    let mut values: Vec<Value> = vec![Value::from(worker.person.0)];
    let mut fits = Vec::new();
    for queue in queues {
        values.push(Value::from(queue.id.as_str()));
        let at = values.len();
        // Languages the queue answers in and the worker does not write.
        let foreign: Vec<&String> =
            queue.languages.iter().filter(|one| !worker.languages.contains(one)).collect();
        if foreign.is_empty() {
            fits.push(format!("queue = ${at}"));
        } else {
            let list = placeholders(at + 1, foreign.len());
            fits.push(format!("(queue = ${at} AND language NOT IN ({list}))"));
            values.extend(foreign.into_iter().map(|one| Value::from(one.as_str())));
        }
    }
    let text = format!(
        "SELECT ticket.id AS id FROM ticket WHERE assignee IS NULL AND status IN ('new','open') \
         AND (caused_by IS NULL OR caused_by <> $1) AND ({}) ORDER BY {} LIMIT 1 {}",
        fits.join(" OR "),
        order(now),
        lock_clause(tx, "FOR UPDATE OF ticket SKIP LOCKED"),
    );
    let Some(row) = one(tx, &text, values).await? else { return Ok(None) };
    let id: Uuid = get(&row, "id")?;
    Ok(views(tx, store.vault(), &[id]).await?.pop())
}
