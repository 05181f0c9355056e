//! What came, hour by hour, and which days are known to be unlike the others.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::calendar::Calendar;

/// Most days looked at: a little over two years.
pub const MOST_DAYS: usize = 760;

/// One local day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Which.
    pub date: Date,
    /// How many came in each hour on the wall.
    pub hours: [u32; 24],
    /// Whether the office is closed although it is open on other such weekdays.
    pub is_holiday: bool,
}

impl Day {
    /// A day on which nothing has come yet.
    #[must_use]
    pub fn empty(date: Date, calendar: &Calendar) -> Self {
        let week = [
            date.checked_sub(jiff::Span::new().days(7)),
            date.checked_add(jiff::Span::new().days(7)),
        ];
        let is_weekday = week.into_iter().flatten().any(|other| calendar.is_staffed_on(other));
        let is_holiday = is_weekday && !calendar.is_staffed_on(date);
        Self { date, hours: [0; 24], is_holiday }
    }

    /// How many came.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.hours.iter().map(|count| f64::from(*count)).sum()
    }

    /// Its weekday, 0 for Monday.
    #[must_use]
    pub fn weekday(&self) -> usize {
        usize::from(self.date.weekday().to_monday_zero_offset().unsigned_abs())
    }

    /// The last two days of a month and the first two: payments and statements.
    #[must_use]
    pub fn is_month_end(&self) -> bool {
        self.date.day() <= 2 || self.date.day() + 1 >= self.date.days_in_month()
    }

    /// From the day tax forms are due to borrowers to the day returns are.
    #[must_use]
    pub fn is_tax_season(&self) -> bool {
        let (month, day) = (self.date.month(), self.date.day());
        (month == 1 && day >= 25) || month == 2 || month == 3 || (month == 4 && day <= 20)
    }
}

/// Whole days without a gap, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History(Vec<Day>);

impl History {
    /// Of counts by the instant at which their hour begins: every whole day
    /// from the first that had any to the day before `today`.
    #[must_use]
    pub fn of(hours: &[(Timestamp, u64)], calendar: &Calendar, today: Date) -> Self {
        let local = |at: Timestamp| at.to_zoned(calendar.zone().clone());
        let earliest = today.saturating_sub(jiff::Span::new().days(MOST_DAYS as i64));
        let Some(first) =
            hours.iter().map(|(at, _)| local(*at).date()).find(|date| *date >= earliest)
        else {
            return Self::default();
        };
        let dates = std::iter::successors(Some(first), |date| date.tomorrow().ok());
        let mut days: Vec<Day> = dates
            .take_while(|date| *date < today)
            .take(MOST_DAYS)
            .map(|date| Day::empty(date, calendar))
            .collect();
        for (at, count) in hours {
            let wall = local(*at);
            let Ok(place) = days.binary_search_by_key(&wall.date(), |day| day.date) else {
                continue;
            };
            let hour = usize::from(wall.hour().unsigned_abs());
            if let Some(cell) = days.get_mut(place).and_then(|day| day.hours.get_mut(hour)) {
                *cell = cell.saturating_add(u32::try_from(*count).unwrap_or(u32::MAX));
            }
        }
        Self(days)
    }

    /// Days that are there already, without a gap.
    #[must_use]
    pub const fn of_days(days: Vec<Day>) -> Self {
        Self(days)
    }

    /// Its days.
    #[must_use]
    pub fn days(&self) -> &[Day] {
        &self.0
    }

    /// The same without its last `days`, and those.
    #[must_use]
    pub fn split(&self, days: usize) -> (&[Day], &[Day]) {
        self.0.split_at(self.0.len().saturating_sub(days))
    }
}
