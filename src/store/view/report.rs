//! Rows behind the reports. They name no borrower.

use jiff::Timestamp;

use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, get, get_count, get_instant, micros, values};

/// What became of the clocks of one kind.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ClockFigures {
    /// Clock kind.
    pub clock: String,
    /// Its class.
    pub class: String,
    /// Clocks that started in the period.
    pub started: u64,
    /// Met in time.
    pub met: u64,
    /// Met after the due instant.
    pub met_late: u64,
    /// Past due and still owed.
    pub breached: u64,
    /// Running or paused.
    pub open: u64,
    /// Voided or superseded.
    pub ended: u64,
}

/// What became of one ladder.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct LadderFigures {
    /// Ladder id.
    pub ladder: String,
    /// Begun in the period.
    pub begun: u64,
    /// Somebody said "I have it".
    pub claimed: u64,
    /// Refused with a reason, and no step was left.
    pub refused: u64,
    /// All steps fired, or the cause went away.
    pub ended: u64,
    /// Running.
    pub running: u64,
    /// Warnings found together with their breach.
    pub superseded: u64,
}

impl Store {
    /// Met and breached by clock kind, of the clocks that started in the period.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn clock_figures(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<ClockFigures>, StoreError> {
        let text = "SELECT kind, class, COUNT(*) AS started, \
                    COUNT(CASE WHEN state = 'met' AND breached_at IS NULL THEN 1 END) AS met, \
                    COUNT(CASE WHEN state = 'met' AND breached_at IS NOT NULL THEN 1 END) AS late, \
                    COUNT(CASE WHEN state = 'breached' THEN 1 END) AS breached, \
                    COUNT(CASE WHEN state IN ('running','paused') THEN 1 END) AS open, \
                    COUNT(CASE WHEN state IN ('voided','superseded') THEN 1 END) AS ended \
                    FROM clock WHERE started_at >= $1 AND started_at < $2 \
                    GROUP BY kind, class ORDER BY class, kind";
        let rows = sql::all(self.readers(), text, values![micros(from), micros(until)]).await?;
        rows.iter()
            .map(|row| {
                Ok(ClockFigures {
                    clock: get(row, "kind")?,
                    class: get(row, "class")?,
                    started: get_count(row, "started")?,
                    met: get_count(row, "met")?,
                    met_late: get_count(row, "late")?,
                    breached: get_count(row, "breached")?,
                    open: get_count(row, "open")?,
                    ended: get_count(row, "ended")?,
                })
            })
            .collect()
    }

    /// Start and end of every service clock that was met in the period, by kind.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn met_service_clocks(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(String, Timestamp, Timestamp)>, StoreError> {
        let text = "SELECT kind, started_at, met_at FROM clock WHERE class = 'service' \
                    AND state = 'met' AND met_at >= $1 AND met_at < $2 ORDER BY kind";
        let rows = sql::all(self.readers(), text, values![micros(from), micros(until)]).await?;
        rows.iter()
            .map(|row| {
                let (start, end) = (get_instant(row, "started_at")?, get_instant(row, "met_at")?);
                Ok((get(row, "kind")?, start, end))
            })
            .collect()
    }

    /// Queue and receipt of every ticket that is neither resolved nor closed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn backlog(&self) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let text = "SELECT queue, received_at FROM ticket \
                    WHERE status NOT IN ('resolved','closed') ORDER BY queue, received_at";
        let rows = sql::all(self.readers(), text, values![]).await?;
        rows.iter().map(|row| Ok((get(row, "queue")?, get_instant(row, "received_at")?))).collect()
    }

    /// Escalations that began in the period, by ladder.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ladder_figures(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<LadderFigures>, StoreError> {
        let text = "SELECT ladder, COUNT(*) AS begun, \
                    COUNT(CASE WHEN state = 'claimed' THEN 1 END) AS claimed, \
                    COUNT(CASE WHEN state = 'refused' THEN 1 END) AS refused, \
                    COUNT(CASE WHEN state = 'ended' THEN 1 END) AS ended, \
                    COUNT(CASE WHEN state = 'running' THEN 1 END) AS running, \
                    COUNT(CASE WHEN state = 'superseded' THEN 1 END) AS superseded \
                    FROM escalation WHERE begun_at >= $1 AND begun_at < $2 \
                    GROUP BY ladder ORDER BY ladder";
        let rows = sql::all(self.readers(), text, values![micros(from), micros(until)]).await?;
        rows.iter()
            .map(|row| {
                Ok(LadderFigures {
                    ladder: get(row, "ladder")?,
                    begun: get_count(row, "begun")?,
                    claimed: get_count(row, "claimed")?,
                    refused: get_count(row, "refused")?,
                    ended: get_count(row, "ended")?,
                    running: get_count(row, "running")?,
                    superseded: get_count(row, "superseded")?,
                })
            })
            .collect()
    }

    /// Category and receipt of every ticket received in the period.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn received_categories(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let text = "SELECT category, received_at FROM ticket \
                    WHERE received_at >= $1 AND received_at < $2 AND merged_into IS NULL";
        let rows = sql::all(self.readers(), text, values![micros(from), micros(until)]).await?;
        rows.iter()
            .map(|row| Ok((get(row, "category")?, get_instant(row, "received_at")?)))
            .collect()
    }

    /// How many tickets were received in each hour of the period that had any,
    /// by the instant at which the hour begins. Hours are those of UTC: zones
    /// that differ from it by part of an hour are not those of a US servicer.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn arrivals_by_hour(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(Timestamp, u64)>, StoreError> {
        let text = "SELECT received_at / 3600000000 * 3600000000 AS hour, COUNT(*) AS n \
                    FROM ticket WHERE received_at >= $1 AND received_at < $2 \
                    AND merged_into IS NULL GROUP BY 1 ORDER BY 1";
        let rows = sql::all(self.readers(), text, values![micros(from), micros(until)]).await?;
        rows.iter().map(|row| Ok((get_instant(row, "hour")?, get_count(row, "n")?))).collect()
    }
}
