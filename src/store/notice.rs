//! Who must be told, leased to one teller at a time.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::connection::Store;
use super::error::StoreError;
use super::sql::{self, get, get_count, lock_clause, micros, values};
use super::work::{LeavingLetter, letter_values, letters};
use crate::domain::id::{LetterId, NoticeId, PersonId, TicketId, TicketNumber};

/// A notice under lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedNotice {
    /// Its id.
    pub id: NoticeId,
    /// The ticket it is about.
    pub ticket_id: TicketId,
    /// Number of that ticket.
    pub number: TicketNumber,
    /// Person to write to, when it goes by mail.
    pub person: Option<PersonId>,
    /// Endpoint to call, when it goes by webhook.
    pub endpoint: Option<String>,
    /// Ladder that wants it.
    pub ladder: String,
    /// Place of the step.
    pub step: u64,
    /// Whether a clock of the law is behind it.
    pub is_statutory: bool,
    /// Attempts before this one.
    pub attempts: u64,
    /// Proof of the lease.
    pub fence: u64,
}

impl Store {
    /// Leases notices that are due, the earliest first. Whoever died with one
    /// loses it when the lease runs out.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn claim_notices(
        &self,
        via: &str,
        limit: u64,
        now: Timestamp,
        lease: SignedDuration,
    ) -> Result<Vec<ClaimedNotice>, StoreError> {
        let tx = self.begin_write().await?;
        let until = now.saturating_add(lease).unwrap_or(Timestamp::MAX);
        let claimed = async {
            let text = format!(
                "UPDATE notice SET state = 'sending', lease_until_at = $2, fence = fence + 1 \
                 WHERE id IN (SELECT id FROM notice WHERE via = $3 AND \
                 ((state = 'waiting' AND not_before_at <= $1) OR \
                 (state = 'sending' AND lease_until_at <= $1)) \
                 ORDER BY not_before_at, id LIMIT {limit} {}) RETURNING id",
                lock_clause(&tx, "FOR UPDATE SKIP LOCKED")
            );
            let rows = sql::all(&tx, &text, values![micros(now), micros(until), via]).await?;
            let ids: Vec<Uuid> = rows.iter().map(|row| get(row, "id")).collect::<Result<_, _>>()?;
            if ids.is_empty() {
                return Ok(Vec::new());
            }
            let text = format!(
                "SELECT notice.id, notice.ticket_id, number, person_id, endpoint, ladder, \
                 notice.step, notice.is_statutory, attempts, fence FROM notice \
                 JOIN ticket ON ticket.id = notice.ticket_id \
                 JOIN escalation ON escalation.id = notice.escalation_id \
                 WHERE notice.id IN ({}) ORDER BY not_before_at, notice.ticket_id, notice.id",
                sql::placeholders(1, ids.len())
            );
            let rows = sql::all(&tx, &text, ids.into_iter().map(Into::into).collect()).await?;
            rows.iter().map(read).collect()
        }
        .await;
        sql::end(tx, claimed).await
    }

    /// The notices were told: by `letter`, when they went into one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn notices_sent(
        &self,
        notices: &[ClaimedNotice],
        letter: Option<LetterId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            for notice in notices {
                let text = "UPDATE notice SET state = 'sent', sent_at = $3, letter_id = $4, \
                            attempts = attempts + 1, lease_until_at = NULL \
                            WHERE id = $1 AND fence = $2 AND state = 'sending'";
                let values = values![
                    notice.id.0,
                    sql::count(notice.fence),
                    micros(now),
                    letter.map(|letter| letter.0)
                ];
                sql::run(&tx, text, values).await?;
            }
            Ok(())
        }
        .await;
        sql::end(tx, written).await
    }

    /// The notices go into one letter: its row and theirs change together, so
    /// that nobody is told twice, or never.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tell_by_letter(
        &self,
        notices: &[ClaimedNotice],
        letter: &LeavingLetter,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let row = letter_values(self.vault(), letter)?;
        let tx = self.begin_write().await?;
        let written = async {
            let mut kept = Vec::new();
            for notice in notices {
                let text = "UPDATE notice SET state = 'sent', sent_at = $3, letter_id = $4, \
                            attempts = attempts + 1, lease_until_at = NULL \
                            WHERE id = $1 AND fence = $2 AND state = 'sending'";
                let id = letter.letter.intent.id.0;
                let values = values![notice.id.0, sql::count(notice.fence), micros(now), id];
                kept.push(sql::run(&tx, text, values).await? == 1);
            }
            // A lease that ran out: whoever has it now tells them.
            if !kept.into_iter().all(|is_ours| is_ours) {
                return Err(StoreError::Stale("a notice was told elsewhere"));
            }
            letters(&tx, vec![row]).await
        }
        .await;
        sql::end(tx, written).await
    }

    /// It could not be told: again at `retry_at`, or never.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn notice_failed(
        &self,
        notice: &ClaimedNotice,
        reason: &str,
        retry_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let text = "UPDATE notice SET state = $3, reason = $4, attempts = attempts + 1, \
                    not_before_at = COALESCE($5, not_before_at), lease_until_at = NULL \
                    WHERE id = $1 AND fence = $2 AND state = 'sending'";
        let state = if retry_at.is_some() { "waiting" } else { "discarded" };
        let values =
            values![notice.id.0, sql::count(notice.fence), state, reason, retry_at.map(micros)];
        let written = sql::run(&tx, text, values).await.map(|_| ());
        sql::end(tx, written).await
    }
}

fn read(row: &sea_orm::QueryResult) -> Result<ClaimedNotice, StoreError> {
    Ok(ClaimedNotice {
        id: NoticeId(get(row, "id")?),
        ticket_id: TicketId(get(row, "ticket_id")?),
        number: TicketNumber::parse(&get::<String>(row, "number")?)
            .ok_or(StoreError::Malformed("number"))?,
        person: get::<Option<Uuid>>(row, "person_id")?.map(PersonId),
        endpoint: get(row, "endpoint")?,
        ladder: get(row, "ladder")?,
        step: get_count(row, "step")?,
        is_statutory: get(row, "is_statutory")?,
        attempts: get_count(row, "attempts")?,
        fence: get_count(row, "fence")?,
    })
}
