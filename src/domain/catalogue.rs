//! Which promises there are and when each falls due: the clock catalogue, read
//! from `clocks*.toml`, `service.toml` and `calendars.toml`.

mod change;
mod check;
mod due;
mod load;
mod point;
mod self_test;
mod shape;
mod start;
mod trigger;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::calendar::{Calendar, CalendarSet, CountingUnit};
use super::clock::{Act, Clock, ClockClass, ClockState, Refusal, Terms};
use super::ticket::{Priority, Tier, words};

pub use change::Deed;
pub use due::{Explanation, NoExplanation};
pub use point::{Point, PointAt};
pub use self_test::SelfTests;
pub use start::{StartInput, StartedClock};
pub use trigger::Trigger;

words! {
    /// Who is told at a warning point.
    Told {
        /// Whoever has the ticket, or its queue.
        Assignee = "assignee",
        /// The supervisor of its tier.
        Supervisor = "supervisor",
        /// Compliance.
        Compliance = "compliance",
        /// Legal.
        Legal = "legal",
    }
}

words! {
    /// What a counted due date is counted from.
    CountedFrom {
        /// The local date on which the clock starts: of receipt, or of the act
        /// that starts it.
        Start = "start",
        /// The local date of receipt of the ticket's mail, also when an act
        /// starts the clock (an extension under 12 CFR 1024.35(e)(3)(ii)).
        Receipt = "receipt",
        /// The date of the foreclosure sale.
        Sale = "sale",
        /// A date that the act names, such as a planned closure.
        Named = "named",
    }
}

/// How far away the due instant is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Counted in days; due at the end of the last one.
    Days {
        /// Which days count.
        unit: CountingUnit,
        /// How many; negative counts back.
        target: i16,
        /// From which day.
        from: CountedFrom,
        /// At the latest this many calendar days before the foreclosure sale.
        days_before_sale: Option<i16>,
        /// Counted only from so many days after the start: the time a letter is
        /// assumed to take (12 CFR 1006.34(b)(5)).
        after: Option<(CountingUnit, i16)>,
    },
    /// Counted in open hours of a calendar, by what the work is and by priority.
    Hours {
        /// Where no level says otherwise.
        by_priority: BTreeMap<Priority, u16>,
        /// What is promised otherwise; the first that is meant counts.
        levels: Vec<Level>,
    },
}

/// Another promise for some of the work. Every list that is not empty must
/// match; within a list one is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// Categories among the matters.
    pub categories: Vec<String>,
    /// Tiers.
    pub tiers: Vec<Tier>,
    /// Languages of the requester, ISO 639-1.
    pub languages: Vec<String>,
    /// Hours by priority, all four.
    pub hours: BTreeMap<Priority, u16>,
}

/// What a service level looks at.
#[derive(Clone, Copy, Debug)]
pub struct Work<'a> {
    /// Tier of the queue.
    pub tier: Tier,
    /// How soon.
    pub priority: Priority,
    /// Language of the requester; empty when unknown.
    pub language: &'a str,
    /// Categories of its matters.
    pub categories: &'a [&'a str],
}

impl Level {
    fn is_for(&self, work: &Work<'_>) -> bool {
        let has_category = |id: &String| work.categories.contains(&id.as_str());
        (self.categories.is_empty() || self.categories.iter().any(has_category))
            && (self.tiers.is_empty() || self.tiers.contains(&work.tier))
            && (self.languages.is_empty() || self.languages.iter().any(|l| l == work.language))
    }
}

/// How a clock may be given more time, once, where the law allows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Row that dates the clock afterwards.
    pub to: String,
    /// What must have been done in time: the notice to the borrower, say.
    pub with: String,
}

/// One row of the catalogue.
#[derive(Clone, Debug)]
pub struct ClockDefinition {
    /// Its id, e.g. `NOE_ACK`.
    pub id: String,
    /// Whose promise.
    pub class: ClockClass,
    /// Name shown.
    pub name: String,
    /// Source in the law; empty for our own promises.
    pub citation: String,
    /// `receipt`; `act:<kind>`, `letter:<kind>` or `event:<kind>` for a clock that
    /// an act, a letter or a recorded event starts; `extension` for a row that
    /// only gives another clock more time.
    pub starts_at: String,
    /// How far away it is due.
    pub measure: Measure,
    /// What ends it.
    pub terms: Terms,
    /// How it may be extended; `None` when the law allows no more time.
    pub extension: Option<Extension>,
    /// Clocks that it makes void of object when it is met in time: an error
    /// corrected within five days needs no acknowledgment (12 CFR 1024.35(f)(1)).
    pub supersedes: Vec<String>,
    /// Whether meeting it answers the matter: its due date may be named to the
    /// borrower as the date of an answer.
    pub is_answer: bool,
    /// Statuses of the ticket in which it pauses; service clocks only.
    pub pauses_in: Vec<super::ticket::Status>,
    /// Warning points.
    pub points: Vec<Point>,
    /// Tiers that own it, from the first to the one that owns the breach.
    pub owners: Vec<Tier>,
    /// What starts it; any one is enough.
    pub triggers: Vec<Trigger>,
    /// Id of the calendar it runs on.
    pub calendar: String,
    /// File and line of the row.
    pub place: (String, usize),
}

impl ClockDefinition {
    /// Whether it runs by the law of `state` only.
    #[must_use]
    pub fn is_of_state(&self, state: &str) -> bool {
        let own = |trigger: &Trigger| !trigger.states.is_empty() && trigger.is_for(Some(state));
        self.triggers.iter().any(own)
    }

    /// Hours promised for `work`; `None` when counted in days.
    #[must_use]
    pub fn hours(&self, work: &Work<'_>) -> Option<u16> {
        match &self.measure {
            Measure::Days { .. } => None,
            Measure::Hours { by_priority, levels } => {
                let level = levels.iter().find(|level| level.is_for(work));
                let hours = level.map_or(by_priority, |level| &level.hours);
                hours.get(&work.priority).copied()
            }
        }
    }
}

/// The catalogue with its calendars.
#[derive(Clone, Debug)]
pub struct ClockBook {
    calendars: CalendarSet,
    definitions: Vec<ClockDefinition>,
    tests: self_test::Written,
}

impl ClockBook {
    /// The servicer's calendar.
    #[must_use]
    pub fn servicer(&self) -> &Calendar {
        self.calendars.servicer()
    }

    /// The servicer's zone.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        self.servicer().zone()
    }

    /// Date of `at` in the servicer's zone: the date of receipt.
    #[must_use]
    pub fn local_date(&self, at: Timestamp) -> Date {
        self.servicer().local_date(at)
    }

    /// The row `kind`.
    #[must_use]
    pub fn find_definition(&self, kind: &str) -> Option<&ClockDefinition> {
        self.definitions.iter().find(|definition| definition.id == kind)
    }

    /// All rows, in the order of the files.
    #[must_use]
    pub fn definitions(&self) -> &[ClockDefinition] {
        &self.definitions
    }

    /// The calendar that `definition` runs on.
    #[must_use]
    pub fn calendar_of(&self, definition: &ClockDefinition) -> &Calendar {
        self.calendars.find_calendar(&definition.calendar).unwrap_or_else(|| self.servicer())
    }

    /// Earliest due date among the clocks that are still owed and whose end
    /// answers the matter: the date a letter may name.
    #[must_use]
    pub fn answer_by(&self, clocks: &[Clock]) -> Option<Date> {
        let is_owed = |clock: &&Clock| {
            matches!(clock.state, ClockState::Running | ClockState::Paused)
                && self.find_definition(&clock.kind).is_some_and(|found| found.is_answer)
        };
        clocks.iter().filter(is_owed).map(|clock| clock.due_on).min()
    }

    /// The one that leads among the clocks of the law still owed: the stricter
    /// wins, all are kept.
    #[must_use]
    pub fn leading(clocks: &[Clock]) -> Option<&Clock> {
        let is_owed = |clock: &&Clock| clock.is_open() && clock.class == ClockClass::Statutory;
        clocks.iter().filter(is_owed).min_by_key(|clock| clock.due_at)
    }

    /// The rows of `state`'s own law that may run beside `row`, since one mail can
    /// start both.
    #[must_use]
    pub fn overlay(&self, row: &ClockDefinition, state: &str) -> Vec<&ClockDefinition> {
        let is_beside = |other: &&ClockDefinition| {
            let of_state = |own: &&Trigger| !own.states.is_empty() && own.is_for(Some(state));
            other.id != row.id
                && other
                    .triggers
                    .iter()
                    .filter(of_state)
                    .any(|own| row.triggers.iter().any(|trigger| own.is_about_what(trigger)))
        };
        self.definitions.iter().filter(is_beside).collect()
    }

    /// What `act` does to `clocks`: a letter that was handed over, an act that
    /// was recorded. Clocks that it does not concern are left out.
    #[must_use]
    pub fn met_by(&self, clocks: &[Clock], act: &Act<'_>) -> MetBy {
        let mut met_by = MetBy::default();
        for clock in clocks {
            let Some(definition) = self.find_definition(&clock.kind) else {
                continue;
            };
            match clock.meet(&definition.terms, act) {
                Ok(met) => met_by.met.push(met),
                Err(Refusal::NotInWriting { .. }) => met_by.asks_for_writing.push(clock.clone()),
                Err(_) => {}
            }
        }
        met_by
    }

    /// Every kind, flag and category that a trigger names, with the row's
    /// place, so that a loader can refuse ids that no rule produces.
    pub fn named(&self) -> impl Iterator<Item = (&ClockDefinition, NamedId<'_>)> {
        self.definitions.iter().flat_map(|definition| {
            definition.triggers.iter().flat_map(move |trigger| {
                let kinds = trigger.kinds.iter().chain(&trigger.without_kinds);
                kinds
                    .map(|id| NamedId::Kind(id))
                    .chain(trigger.flags.iter().map(|id| NamedId::Flag(id)))
                    .chain(trigger.categories.iter().map(|id| NamedId::Category(id)))
                    .map(move |id| (definition, id))
            })
        })
    }
}

/// What an act did to the clocks of a ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetBy {
    /// Clocks it met, as they are now.
    pub met: Vec<Clock>,
    /// Clocks it would have met on paper: they run on, and somebody needs a
    /// task with their date.
    pub asks_for_writing: Vec<Clock>,
}

/// An id of the classifying rules that the catalogue relies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NamedId<'a> {
    /// A statutory kind.
    Kind(&'a str),
    /// A flag.
    Flag(&'a str),
    /// A category.
    Category(&'a str),
}
