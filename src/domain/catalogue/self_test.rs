//! The worked dates written beside the rows, run against them.

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, Unit};
use toml::Spanned;

use super::load::place;
use super::shape::TestShape;
use super::{ClockBook, ClockDefinition, Measure, Work};
use crate::domain::calendar::source::Source;
use crate::domain::policy::PolicyProblem;
use crate::domain::ticket::{Priority, Tier};

/// The tests of all files, with their places.
#[derive(Clone, Debug, Default)]
pub(super) struct Written(Vec<(String, usize, TestShape)>);

impl Written {
    pub(super) fn add(&mut self, source: &Source<'_>, tests: Vec<Spanned<TestShape>>) {
        for test in tests {
            let (file, line) = place(source, test.span().start);
            self.0.push((file, line, test.into_inner()));
        }
    }
}

/// What came of the tests in the rule files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SelfTests {
    /// How many were run.
    pub run: usize,
    /// Those that failed, with place and both dates, and rows without a test.
    pub failures: Vec<PolicyProblem>,
}

impl ClockBook {
    /// Runs every `[[test]]` of the clock and service files. A row without a
    /// test counts as a failure.
    #[must_use]
    pub fn self_tests(&self) -> SelfTests {
        let mut outcome = SelfTests::default();
        for (file, line, test) in &self.tests.0 {
            outcome.run += 1;
            if let Err(message) = self.run_test(test) {
                outcome.failures.push(PolicyProblem {
                    file: file.clone(),
                    line: *line,
                    key: format!("test.{}", test.clock),
                    message,
                });
            }
        }
        outcome.failures.extend(self.untested().map(|row| PolicyProblem {
            file: row.place.0.clone(),
            line: row.place.1,
            key: format!("clock.{}", row.id),
            message: "has no [[test]]; write one with a date worked out by hand".to_owned(),
        }));
        outcome
    }

    fn untested(&self) -> impl Iterator<Item = &ClockDefinition> {
        let is_tested =
            |row: &ClockDefinition| self.tests.0.iter().any(|(_, _, test)| test.clock == row.id);
        self.definitions.iter().filter(move |row| !is_tested(row))
    }

    fn run_test(&self, test: &TestShape) -> Result<(), String> {
        let row = self.find_definition(&test.clock).ok_or("names no clock of the catalogue")?;
        match row.measure {
            Measure::Days { .. } => self.run_days(row, test),
            Measure::Hours { .. } => self.run_hours(row, test),
        }
    }

    fn run_days(&self, row: &ClockDefinition, test: &TestShape) -> Result<(), String> {
        let received_at = self.instant(&test.received)?;
        let sale_on = test.sale_date.as_deref().map(date).transpose()?;
        let found = self.explain(&row.id, received_at, sale_on).map_err(|none| none.to_string())?;
        let due = date(&test.due)?;
        if found.due_on != due {
            return Err(format!("due on {}, the test says {due}", found.due_on));
        }
        let staffed = test.staffed.as_deref().map(date).transpose()?;
        match staffed.filter(|day| *day != found.internal_due_on) {
            None => Ok(()),
            Some(day) => Err(format!("staffed by {}, the test says {day}", found.internal_due_on)),
        }
    }

    fn run_hours(&self, row: &ClockDefinition, test: &TestShape) -> Result<(), String> {
        let word = |word: &Option<String>, default: &str| {
            word.clone().unwrap_or_else(|| default.to_owned())
        };
        let priority = Priority::from_word(&word(&test.priority, "normal"))
            .ok_or("priority: write low, normal, high or urgent")?;
        let tier = Tier::from_word(&word(&test.tier, "1")).ok_or("tier: write 1, 2, 3 or 4")?;
        let work = Work {
            tier,
            priority,
            language: test.language.as_deref().unwrap_or("en"),
            categories: &test.category.as_deref().map_or(Vec::new(), |id| vec![id]),
        };
        let hours = row.hours(&work).ok_or("has no target for that priority")?;
        let found = self.due_after_hours(row, self.instant(&test.received)?, hours);
        let due = self.instant(&test.due)?;
        if found == due {
            return Ok(());
        }
        let local = self.zone().to_datetime(found).round(Unit::Second).unwrap_or_default();
        Err(format!("due at {local}, the test says {}", test.due))
    }

    /// `2026-05-20` (noon) or `2026-05-20T17:30`, in the servicer's zone.
    fn instant(&self, text: &str) -> Result<Timestamp, String> {
        let fix = || format!("`{text}`: write 2026-05-20 or 2026-05-20T17:30");
        let local = match text.parse::<Date>() {
            Ok(date) if !text.contains('T') => date.at(12, 0, 0, 0),
            _ => text.parse::<DateTime>().map_err(|_| fix())?,
        };
        self.zone().to_timestamp(local).map_err(|_| fix())
    }
}

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("`{text}` is no date; write it as 2026-05-20"))
}
