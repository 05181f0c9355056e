//! The lanes of the board: how much time is left until a promise is due.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::clock::ClockState;
use super::ticket::words;

words! {
    /// How much time is left.
    Lane {
        /// The due instant has passed.
        Overdue = "overdue",
        /// Less than an hour.
        Hour = "hour",
        /// Less than four hours.
        FourHours = "four_hours",
        /// Until midnight in the servicer's zone.
        Today = "today",
        /// Until the midnight after it.
        Tomorrow = "tomorrow",
        /// More than that.
        Later = "later",
        /// It does not run while the borrower is asked.
        Paused = "paused",
    }
}

/// Where the lanes of one instant end. A lane may be empty: at eleven in the
/// evening nothing is left of today after four hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    now: Timestamp,
    hour: Timestamp,
    four_hours: Timestamp,
    today: Timestamp,
    tomorrow: Timestamp,
}

impl Bounds {
    /// The lanes at `now`; days are those of `zone`.
    #[must_use]
    pub fn at(now: Timestamp, zone: &TimeZone) -> Self {
        let after =
            |hours| now.checked_add(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MAX);
        let today = now.to_zoned(zone.clone()).date();
        let midnight = |days: i64| {
            let date = today.saturating_add(jiff::Span::new().days(days));
            date.to_zoned(zone.clone()).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
        };
        let four_hours = after(4);
        let today = midnight(1).max(four_hours);
        Self { now, hour: after(1), four_hours, today, tomorrow: midnight(2).max(today) }
    }

    /// First due instant of the lane, and the first after it; a due instant is
    /// the last at which a promise is still kept.
    #[must_use]
    pub const fn span(&self, lane: Lane) -> (Timestamp, Timestamp) {
        match lane {
            Lane::Overdue => (Timestamp::MIN, self.now),
            Lane::Hour => (self.now, self.hour),
            Lane::FourHours => (self.hour, self.four_hours),
            Lane::Today => (self.four_hours, self.today),
            Lane::Tomorrow => (self.today, self.tomorrow),
            Lane::Later => (self.tomorrow, Timestamp::MAX),
            Lane::Paused => (Timestamp::MIN, Timestamp::MAX),
        }
    }

    /// The lane of a clock; `None` when nothing is owed any more.
    #[must_use]
    pub fn lane(&self, state: ClockState, due_at: Timestamp) -> Option<Lane> {
        match state {
            ClockState::Paused => Some(Lane::Paused),
            ClockState::Running | ClockState::Breached => {
                let timed = Lane::ALL.iter().filter(|lane| **lane != Lane::Paused);
                timed.copied().find(|lane| due_at < self.span(*lane).1)
            }
            ClockState::Met | ClockState::Voided | ClockState::Superseded => None,
        }
    }

    /// The first instant after today.
    #[must_use]
    pub const fn end_of_today(&self) -> Timestamp {
        self.today
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(now: &str) -> Bounds {
        Bounds::at(now.parse().unwrap(), &TimeZone::get("America/New_York").unwrap())
    }

    fn lane(now: &str, due: &str) -> Option<Lane> {
        bounds(now).lane(ClockState::Running, due.parse().unwrap())
    }

    /// Noon of Tuesday, December 1, in New York is 17:00 in UTC.
    #[test]
    fn a_clock_is_in_the_lane_of_the_time_that_is_left() {
        let noon = "2026-12-01T17:00:00Z";
        let expected = [
            ("2026-12-01T16:59:59.999999Z", Lane::Overdue),
            ("2026-12-01T17:00:00Z", Lane::Hour),
            ("2026-12-01T17:59:59Z", Lane::Hour),
            ("2026-12-01T18:00:00Z", Lane::FourHours),
            ("2026-12-01T20:59:59Z", Lane::FourHours),
            ("2026-12-01T21:00:00Z", Lane::Today),
            ("2026-12-02T04:59:59Z", Lane::Today),
            ("2026-12-02T05:00:00Z", Lane::Tomorrow),
            ("2026-12-03T04:59:59Z", Lane::Tomorrow),
            ("2026-12-03T05:00:00Z", Lane::Later),
            ("2031-01-01T00:00:00Z", Lane::Later),
        ];
        for (due, expected) in expected {
            assert_eq!(lane(noon, due), Some(expected), "{due}");
        }
    }

    #[test]
    fn late_in_the_evening_nothing_is_left_of_today() {
        let late = "2026-12-02T03:30:00Z"; // 10:30 in the evening of December 1
        let (from, until) = bounds(late).span(Lane::Today);
        assert_eq!(from, until);
        assert_eq!(lane(late, "2026-12-02T07:29:00Z"), Some(Lane::FourHours));
        assert_eq!(lane(late, "2026-12-02T07:30:00Z"), Some(Lane::Tomorrow));
    }

    /// On November 1, 2026, a day in New York has 25 hours.
    #[test]
    fn a_day_ends_at_midnight_however_long_it_is() {
        let morning = "2026-11-01T12:00:00Z";
        assert_eq!(lane(morning, "2026-11-02T04:59:59Z"), Some(Lane::Today));
        assert_eq!(lane(morning, "2026-11-02T05:00:00Z"), Some(Lane::Tomorrow));
    }

    #[test]
    fn what_is_paused_waits_apart_and_what_is_met_is_in_no_lane() {
        let bounds = bounds("2026-12-01T17:00:00Z");
        let due: Timestamp = "2026-12-01T16:00:00Z".parse().unwrap();
        assert_eq!(bounds.lane(ClockState::Paused, due), Some(Lane::Paused));
        assert_eq!(bounds.lane(ClockState::Breached, due), Some(Lane::Overdue));
        assert_eq!(bounds.lane(ClockState::Met, due), None);
    }

    proptest::proptest! {
        /// No clock is in two lanes, and none is in no lane.
        #[test]
        fn the_lanes_are_one_line_without_a_gap(now in 0i64..4_000_000_000) {
            let now = Timestamp::from_second(now).unwrap();
            let bounds = Bounds::at(now, &TimeZone::get("America/New_York").unwrap());
            let timed: Vec<_> = Lane::ALL.iter().filter(|lane| **lane != Lane::Paused).collect();
            for pair in timed.windows(2) {
                proptest::prop_assert_eq!(bounds.span(*pair[0]).1, bounds.span(*pair[1]).0);
                let (from, until) = bounds.span(*pair[0]);
                proptest::prop_assert!(from <= until);
            }
        }
    }
}
