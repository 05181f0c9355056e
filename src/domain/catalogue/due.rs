//! When a clock counted in days falls due, and the arithmetic behind it.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;

use super::{ClockBook, ClockDefinition, CountedFrom, Measure};
use crate::domain::calendar::{Calendar, CountingUnit, DayLine, add_days, count_days};
use crate::domain::clock::{Basis, Clock};

/// A due date with everything that led to it; the same page for the console,
/// the command line and an examiner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Id of the row.
    pub clock: String,
    /// Its name.
    pub name: String,
    /// Its source in the law.
    pub citation: String,
    /// Counting unit.
    pub unit: CountingUnit,
    /// Days to count.
    pub target: i16,
    /// Local date of receipt in the servicer's zone.
    pub received_on: Date,
    /// Date of the foreclosure sale, where the row asks for one.
    pub sale_on: Option<Date>,
    /// Due date of the law.
    pub due_on: Date,
    /// Last instant of that date.
    pub due_at: Timestamp,
    /// Last staffed day on or before it: when the work must be done.
    pub internal_due_on: Date,
    /// One line a day.
    pub days: Vec<DayLine>,
    /// What else bore on the date, in sentences.
    pub notes: Vec<String>,
}

impl Explanation {
    /// The days and notes as lines of text.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let days = self.days.iter().map(ToString::to_string);
        days.chain(self.notes.iter().cloned()).collect()
    }
}

/// Why there is nothing to explain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoExplanation {
    /// No such row.
    #[error("no clock is called {kind}; the catalogue has: {known}")]
    Unknown {
        /// Asked for.
        kind: String,
        /// Ids there are.
        known: String,
    },
    /// A clock counted in hours.
    #[error("{kind} is counted in open hours by priority and tier, not in days")]
    CountedInHours {
        /// Asked for.
        kind: String,
    },
    /// A clock counted from the sale, and no sale date.
    #[error("{kind} is counted from a date such as the foreclosure sale; give the sale date")]
    NoSaleDate {
        /// Asked for.
        kind: String,
    },
}

/// What the sale date did to a counted date.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SaleEffect {
    NotAsked,
    Unknown,
    Past,
    Later,
    Earlier,
    /// No day is left between the receipt and the sale.
    AtReceipt,
}

impl ClockBook {
    /// The due date of row `kind` for a mail received at `received_at`, with
    /// its arithmetic.
    ///
    /// # Errors
    /// When there is no such row, it is counted in hours, or it is counted
    /// from a sale and no sale date is given.
    pub fn explain(
        &self,
        kind: &str,
        received_at: Timestamp,
        sale_on: Option<Date>,
    ) -> Result<Explanation, NoExplanation> {
        let definition = self.find_definition(kind).ok_or_else(|| {
            let known: Vec<&str> = self.definitions.iter().map(|row| row.id.as_str()).collect();
            NoExplanation::Unknown { kind: kind.to_owned(), known: known.join(", ") }
        })?;
        self.explained(definition, self.local_date(received_at), sale_on)
    }

    /// The due date alone, without its arithmetic; allocates nothing. `None`
    /// where [`ClockBook::explain`] has nothing to explain.
    #[must_use]
    pub fn due_on(
        &self,
        definition: &ClockDefinition,
        received_on: Date,
        sale_on: Option<Date>,
    ) -> Option<Date> {
        let basis = basis(definition, received_on, sale_on).ok()?;
        Some(due_of(&basis, self.calendar_of(definition)))
    }

    /// Last staffed day on or before `due_on`, but never before the receipt.
    #[must_use]
    pub fn internal_due_on(&self, due_on: Date, received_on: Date) -> Date {
        self.servicer().last_staffed_day_on_or_before(due_on).max(received_on).min(due_on)
    }

    pub(super) fn explained(
        &self,
        definition: &ClockDefinition,
        received_on: Date,
        sale_on: Option<Date>,
    ) -> Result<Explanation, NoExplanation> {
        Ok(self.explained_on(definition, &basis(definition, received_on, sale_on)?))
    }

    /// The arithmetic of a clock that runs or ran, from what its due date
    /// rests on; `None` for one counted in hours, or no longer in the rules.
    #[must_use]
    pub fn explain_clock(&self, clock: &Clock) -> Option<Explanation> {
        Some(self.explained_on(self.row_of(clock)?, clock.life.basis.as_ref()?))
    }

    fn explained_on(&self, definition: &ClockDefinition, basis: &Basis) -> Explanation {
        let Basis { received_on, sale_on, .. } = *basis;
        let calendar = self.calendar_of(definition);
        let (origin, mut days) = match basis.after {
            Some((unit, days)) => add_days(unit, basis.origin, days, calendar),
            None => (basis.origin, Vec::new()),
        };
        let (counted, counted_days) = add_days(basis.unit, origin, basis.target, calendar);
        days.extend(counted_days);
        let (due_on, effect) = limited(basis, counted);
        let internal_due_on = self.internal_due_on(due_on, received_on);
        let mut notes = Vec::new();
        if let Some((unit, days)) = basis.after {
            notes.push(format!("a letter is assumed to arrive after {days} {unit}, on {origin}"));
        }
        notes.extend(sale_note(effect, sale_on, counted, due_on));
        if internal_due_on < due_on {
            notes.push(format!(
                "nobody works on {due_on}: inside the house due on {internal_due_on}"
            ));
        }
        let source = Some(definition.citation.as_str()).filter(|source| !source.is_empty());
        notes.push(format!("due on {due_on}: {}", source.unwrap_or("our own promise")));
        Explanation {
            clock: definition.id.clone(),
            name: definition.name.clone(),
            citation: definition.citation.clone(),
            unit: basis.unit,
            target: basis.target,
            received_on,
            sale_on,
            due_on,
            due_at: self.servicer().last_instant_of(due_on),
            internal_due_on,
            days,
            notes,
        }
    }
}

/// What the due date of a row rests on.
pub(super) fn basis(
    definition: &ClockDefinition,
    received_on: Date,
    sale_on: Option<Date>,
) -> Result<Basis, NoExplanation> {
    let kind = || definition.id.clone();
    let Measure::Days { unit, target, from, days_before_sale, after } = definition.measure else {
        return Err(NoExplanation::CountedInHours { kind: kind() });
    };
    let origin = match from {
        CountedFrom::Start | CountedFrom::Receipt => received_on,
        CountedFrom::Sale | CountedFrom::Named => {
            sale_on.ok_or_else(|| NoExplanation::NoSaleDate { kind: kind() })?
        }
    };
    let is_from_sale = from == CountedFrom::Sale;
    Ok(Basis { unit, target, origin, is_from_sale, days_before_sale, after, received_on, sale_on })
}

/// The due date that follows from `basis`. Allocates nothing.
pub(super) fn due_of(basis: &Basis, calendar: &Calendar) -> Date {
    let origin = match basis.after {
        Some((unit, days)) => count_days(unit, basis.origin, days, calendar),
        None => basis.origin,
    };
    limited(basis, count_days(basis.unit, origin, basis.target, calendar)).0
}

/// Applies the sale date. A sale that is past limits nothing: 12 CFR
/// 1024.35(e)(3)(i)(B) speaks of answering before a sale to come. Nothing is
/// ever due before it was received.
fn limited(basis: &Basis, counted: Date) -> (Date, SaleEffect) {
    let received_on = basis.received_on;
    if counted < received_on {
        return (received_on, SaleEffect::AtReceipt);
    }
    let Some(days) = basis.days_before_sale else {
        return (counted, SaleEffect::NotAsked);
    };
    let Some(sale) = basis.sale_on else {
        return (counted, SaleEffect::Unknown);
    };
    if sale < received_on {
        return (counted, SaleEffect::Past);
    }
    let limit = sale.checked_sub(i32::from(days).days()).unwrap_or(received_on);
    if limit >= counted {
        (counted, SaleEffect::Later)
    } else if limit < received_on {
        (received_on, SaleEffect::AtReceipt)
    } else {
        (limit, SaleEffect::Earlier)
    }
}

fn sale_note(
    effect: SaleEffect,
    sale_on: Option<Date>,
    counted: Date,
    due_on: Date,
) -> Option<String> {
    let sale = sale_on.map(|sale| sale.to_string()).unwrap_or_default();
    match effect {
        SaleEffect::NotAsked => None,
        SaleEffect::Unknown => Some(
            "no sale date is known: a person must look for one, it may come earlier".to_owned(),
        ),
        SaleEffect::Past => {
            Some(format!("the sale date {sale} is before the receipt and limits nothing"))
        }
        SaleEffect::Later => Some(format!("the sale on {sale} comes later and changes nothing")),
        SaleEffect::Earlier => {
            Some(format!("the sale is on {sale}: due before it, on {due_on} instead of {counted}"))
        }
        SaleEffect::AtReceipt => {
            Some(format!("the sale on {sale} leaves no day before it: due at once, on {due_on}"))
        }
    }
}
