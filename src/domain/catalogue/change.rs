//! A running clock gets another date: extended where the law gives more time,
//! moved with its sale, or computed again because a person says so. Nothing
//! else ever moves it.

use jiff::Timestamp;
use jiff::civil::Date;

use super::due::{basis, due_of};
use super::point::{Frame, warnings};
use super::{ClockBook, ClockDefinition};
use crate::domain::clock::{Basis, Clock, ClockState, Refusal};

/// Something done on a ticket and written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// `letter:extension-notice`, `act:documents-requested` …
    pub what: String,
    /// When it was done.
    pub at: Timestamp,
    /// Whether it counts as writing (15 USC 7001(c)).
    pub is_in_writing: bool,
}

impl ClockBook {
    /// The row that dates `clock` now.
    #[must_use]
    pub fn row_of(&self, clock: &Clock) -> Option<&ClockDefinition> {
        self.find_definition(clock.life.extended_as.as_deref().unwrap_or(&clock.kind))
    }

    /// `clock` with the longer term of the row it may be extended to.
    ///
    /// # Errors
    /// Refused where the law gives no more time or gave it before, for a clock
    /// that is not running or is past due, and without the notice on record, in
    /// writing where the row asks for writing, at or before the due instant.
    pub fn extend(&self, clock: &Clock, deeds: &[Deed], now: Timestamp) -> Result<Clock, Refusal> {
        let kind = || clock.kind.clone();
        if clock.life.extended_as.is_some() {
            return Err(Refusal::ExtendedBefore { kind: kind(), due_on: clock.due_on });
        }
        let row = self.find_definition(&clock.kind);
        let extension = row.and_then(|row| row.extension.as_ref());
        let extension = extension.ok_or_else(|| Refusal::NotExtendable { kind: kind() })?;
        clock.only_in(&[ClockState::Running], "extended")?;
        if now > clock.due_at {
            return Err(Refusal::PastDue { kind: kind(), due_at: clock.due_at });
        }
        let asks_for_writing =
            extension.with.starts_with("letter:") && row.is_some_and(|r| r.terms.requires_writing);
        let is_notice = |deed: &&Deed| {
            deed.what == extension.with
                && (clock.started_at..=clock.due_at).contains(&deed.at)
                && (deed.is_in_writing || !asks_for_writing)
        };
        if !deeds.iter().any(|deed| is_notice(&deed)) {
            let (with, due_on) = (extension.with.clone(), clock.due_on);
            return Err(Refusal::NoNotice { kind: kind(), with, due_on });
        }
        let to = self.find_definition(&extension.to);
        let to = to.ok_or_else(|| Refusal::NotExtendable { kind: kind() })?;
        let frozen = clock.life.basis.ok_or_else(|| Refusal::NotExtendable { kind: kind() })?;
        let basis = self.rebased(clock, to, frozen.received_on, frozen.sale_on)?;
        let mut extended = self.redated(clock, to, basis, now);
        extended.life.extended_as = Some(to.id.clone());
        Ok(extended)
    }

    /// `clock` under another sale date, by the definition it started with.
    ///
    /// # Errors
    /// Refused for a clock that is not running or does not look at a sale.
    pub fn move_sale(
        &self,
        clock: &Clock,
        sale_on: Option<Date>,
        now: Timestamp,
    ) -> Result<Clock, Refusal> {
        clock.only_in(&[ClockState::Running], "moved")?;
        let no_sale = || Refusal::NoSale { kind: clock.kind.clone() };
        let frozen = clock.life.basis.filter(Basis::depends_on_sale).ok_or_else(no_sale)?;
        let basis = frozen.with_sale(sale_on).ok_or_else(no_sale)?;
        let row = self.row_of(clock).ok_or_else(|| not_in_rules(clock))?;
        Ok(self.redated(clock, row, basis, now))
    }

    /// `clock` as the rules and calendars in force would have started it, from
    /// the same receipt and sale.
    ///
    /// # Errors
    /// Refused for a clock that is not running, or is no longer counted in days.
    pub fn recompute(
        &self,
        clock: &Clock,
        policy_revision: &str,
        now: Timestamp,
    ) -> Result<Clock, Refusal> {
        clock.only_in(&[ClockState::Running], "computed again")?;
        let row = self.row_of(clock).ok_or_else(|| not_in_rules(clock))?;
        let frozen = clock.life.basis.ok_or_else(|| not_in_days(clock))?;
        let basis = self.rebased(clock, row, frozen.received_on, frozen.sale_on)?;
        let mut again = self.redated(clock, row, basis, now);
        again.citation.clone_from(&row.citation);
        again.policy_revision = policy_revision.to_owned();
        Ok(again)
    }

    fn rebased(
        &self,
        clock: &Clock,
        row: &ClockDefinition,
        received_on: Date,
        sale_on: Option<Date>,
    ) -> Result<Basis, Refusal> {
        basis(row, received_on, sale_on).map_err(|why| Refusal::NotComputable {
            kind: clock.kind.clone(),
            why: why.to_string(),
        })
    }

    /// The dates that follow from `basis`; warnings that are past are not given
    /// again.
    fn redated(&self, clock: &Clock, row: &ClockDefinition, basis: Basis, now: Timestamp) -> Clock {
        let mut changed = clock.clone();
        changed.due_on = due_of(&basis, self.calendar_of(row));
        changed.due_at = self.servicer().last_instant_of(changed.due_on);
        changed.internal_due_on = self.internal_due_on(changed.due_on, basis.received_on);
        changed.warnings = warnings(&Frame {
            definition: row,
            hours: self.calendar_of(row),
            servicer: self.servicer(),
            started_at: clock.started_at,
            received_on: basis.received_on,
            due_at: changed.due_at,
            due_on: changed.due_on,
            internal_due_on: changed.internal_due_on,
            sale_on: basis.sale_on,
        });
        changed.warnings.retain(|warning| warning.at > now);
        changed.life.basis = Some(basis);
        changed.next_at = changed.next_look();
        changed
    }
}

fn not_in_rules(clock: &Clock) -> Refusal {
    let why = "the rules in force have no such row".to_owned();
    Refusal::NotComputable { kind: clock.kind.clone(), why }
}

fn not_in_days(clock: &Clock) -> Refusal {
    let why = "it is counted in open hours; pause and resume it instead".to_owned();
    Refusal::NotComputable { kind: clock.kind.clone(), why }
}
