//! Business time: moving an instant by open hours, and measuring open hours
//! between two instants. The two are exact inverses, also on nights when the
//! zone changes its offset.

use jiff::civil::{Date, DateTime, time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::{Calendar, Period};

/// Minutes of a day on the wall.
const DAY_MINUTES: u16 = 1_440;
/// Longest reach of one computation: a hundred years of days.
const REACH_DAYS: u32 = 36_525;

impl Calendar {
    /// The instant at which `open` of business time has passed since `at`.
    /// `at` itself when `open` is not positive. Time that ends with a period
    /// ends at the period's last instant, not at the next opening.
    #[must_use]
    pub fn add_business(&self, at: Timestamp, open: SignedDuration) -> Timestamp {
        if !open.is_positive() {
            return at;
        }
        let mut left = open;
        let mut date = self.first_shift_day(at);
        for _ in 0..REACH_DAYS {
            for (start, end) in self.open_spans(date) {
                let start = start.max(at);
                let span = end.duration_since(start);
                if span >= left {
                    return start.checked_add(left).unwrap_or(Timestamp::MAX);
                }
                if span.is_positive() {
                    left -= span;
                }
            }
            match date.tomorrow() {
                Ok(next) => date = next,
                Err(_) => return Timestamp::MAX,
            }
        }
        self.last_instant_of(date)
    }

    /// Business time between `a` and `b`; negative when `b` is the earlier.
    #[must_use]
    pub fn business_between(&self, a: Timestamp, b: Timestamp) -> SignedDuration {
        if b < a {
            return -self.business_between(b, a);
        }
        let last = self.local_date(b);
        let mut date = self.first_shift_day(a);
        let mut total = SignedDuration::ZERO;
        for _ in 0..REACH_DAYS {
            for (start, end) in self.open_spans(date) {
                let open = end.min(b).duration_since(start.max(a));
                if open.is_positive() {
                    total += open;
                }
            }
            match date.tomorrow() {
                Ok(next) if next <= last => date = next,
                _ => break,
            }
        }
        total
    }

    /// First opening on `date`; `None` when no shift begins that day.
    #[must_use]
    pub fn opening_on(&self, date: Date) -> Option<Timestamp> {
        self.open_spans(date).map(|(start, _)| start).next()
    }

    /// The day before the local day of `at`: a night shift that began on it may
    /// still be at work.
    fn first_shift_day(&self, at: Timestamp) -> Date {
        let date = self.local_date(at);
        date.yesterday().unwrap_or(date)
    }

    /// The instant of a minute (0 to 1440) of a local day; on a spring night a
    /// skipped minute is the moment of the change, on an autumn night a
    /// repeated one is its first coming.
    #[must_use]
    pub fn instant_on(&self, date: Date, minute: u16) -> Timestamp {
        instant(&self.zone, date, minute.min(1440))
    }

    /// Whether somebody is there at `at`.
    #[must_use]
    pub fn is_open_at(&self, at: Timestamp) -> bool {
        let days = [self.first_shift_day(at), self.local_date(at)];
        days.into_iter()
            .flat_map(|day| self.open_spans(day))
            .any(|(start, end)| start <= at && at < end)
    }

    /// Open time of an ordinary week, without holidays and closures.
    #[must_use]
    pub fn weekly_open(&self) -> SignedDuration {
        let minutes: u32 =
            self.week.iter().flatten().map(|period| u32::from(period.end - period.start)).sum();
        SignedDuration::from_secs(i64::from(minutes) * 60)
    }

    /// Open spans of the shifts that begin on a local day, for whoever plans by them.
    #[must_use]
    pub fn spans_on(&self, date: Date) -> Vec<(Timestamp, Timestamp)> {
        self.open_spans(date).collect()
    }

    /// Open spans of the shifts that begin on a local day, in order.
    pub(super) fn open_spans(&self, date: Date) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let periods: &[Period] =
            if self.is_staffed_on(date) { self.periods_on(date.weekday()) } else { &[] };
        let until = self.half_days.get(&date).map_or(u16::MAX, |(until, _)| *until);
        periods.iter().filter(move |period| period.start < until).map(move |period| {
            let end = period.end.min(until);
            (instant(&self.zone, date, period.start), instant(&self.zone, date, end))
        })
    }
}

/// The instant of a local minute. Never decreasing in `minute`, so that periods
/// that don't overlap on the wall don't overlap in time: a minute that a
/// spring night skips is the moment of the change, one that an autumn night
/// repeats is its first coming.
fn instant(zone: &TimeZone, date: Date, minute: u16) -> Timestamp {
    let local = local_minute(date, minute);
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let is_skipped = matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. });
    let Ok(earlier) = ambiguous.earlier() else {
        return Timestamp::MAX;
    };
    if is_skipped {
        return zone.following(earlier).next().map_or(earlier, |change| change.timestamp());
    }
    earlier
}

fn local_minute(date: Date, minute: u16) -> DateTime {
    if minute >= DAY_MINUTES {
        return match date.tomorrow() {
            Ok(next) => local_minute(next, minute - DAY_MINUTES),
            Err(_) => DateTime::MAX,
        };
    }
    let hour = i8::try_from(minute / 60).unwrap_or(0);
    let minute = i8::try_from(minute % 60).unwrap_or(0);
    date.to_datetime(time(hour, minute, 0, 0))
}
