//! What a clock keeps besides its state: what its due date was counted from,
//! and what was done to it since it started.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::domain::calendar::CountingUnit;
use crate::domain::id::{ClockId, PersonId};

/// What a due date counted in days rests on, frozen when the clock starts.
/// Rules and calendars that change later do not touch it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// Which days count.
    pub unit: CountingUnit,
    /// How many; negative counts back.
    pub target: i16,
    /// Day 0: the receipt, the act, or the sale.
    pub origin: Date,
    /// Whether `origin` is the sale, and moves with it.
    pub is_from_sale: bool,
    /// At the latest this many calendar days before the sale.
    pub days_before_sale: Option<i16>,
    /// Counted only from so many days after `origin`.
    pub after: Option<(CountingUnit, i16)>,
    /// Nothing is due before this date.
    pub received_on: Date,
    /// Date of the sale it was limited by, or of the act's own date.
    pub sale_on: Option<Date>,
}

impl Basis {
    /// Whether another sale date would change anything.
    #[must_use]
    pub const fn depends_on_sale(&self) -> bool {
        self.is_from_sale || self.days_before_sale.is_some()
    }

    /// The same with another sale date, or with none where the count does not
    /// begin at the sale.
    #[must_use]
    pub fn with_sale(&self, sale_on: Option<Date>) -> Option<Self> {
        let origin = match (self.is_from_sale, sale_on) {
            (true, None) => return None,
            (true, Some(sale)) => sale,
            (false, _) => self.origin,
        };
        Some(Self { origin, sale_on, ..*self })
    }
}

/// One person's word that a clock should never have run; ends nothing alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoidAsked {
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// What was done to a clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Life {
    /// What its due date rests on; `None` for a clock counted in open hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// Since when it stands still.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_at: Option<Timestamp>,
    /// What met it: `letter:<id>` of the outbox, the act, or `time` for a hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub met_by: Option<String>,
    /// Row of the catalogue that dates it since it was extended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extended_as: Option<String>,
    /// Kinds that are without object once this clock is met in time, from its
    /// row: an error corrected within five days (12 CFR 1024.35(f)(1)).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supersedes: Vec<String>,
    /// The clock whose end left this one without object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<ClockId>,
    /// The first of the two persons who void it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub void_asked: Option<VoidAsked>,
}
