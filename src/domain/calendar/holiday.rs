//! The legal public holidays of 5 USC 6103(a), worked out by rule, and the days
//! on which federal offices observe them.

use jiff::civil::{Date, Weekday};

use crate::domain::ticket::words;

words! {
    /// A legal public holiday (5 USC 6103(a)).
    Holiday {
        /// 1 January.
        NewYear = "New Year's Day",
        /// Third Monday in January.
        King = "Birthday of Martin Luther King, Jr.",
        /// Third Monday in February.
        Washington = "Washington's Birthday",
        /// Last Monday in May.
        Memorial = "Memorial Day",
        /// 19 June, from 2021 on (Pub. L. 117-17).
        Juneteenth = "Juneteenth National Independence Day",
        /// 4 July.
        Independence = "Independence Day",
        /// First Monday in September.
        Labor = "Labor Day",
        /// Second Monday in October.
        Columbus = "Columbus Day",
        /// 11 November.
        Veterans = "Veterans Day",
        /// Fourth Thursday in November.
        Thanksgiving = "Thanksgiving Day",
        /// 25 December.
        Christmas = "Christmas Day",
    }
}

impl Holiday {
    /// The holiday whose own date is `date`. Exact from 1986 on; Inauguration
    /// Day (6103(c)) is left out: it binds federal offices around Washington
    /// only.
    #[must_use]
    pub fn on(date: Date) -> Option<Self> {
        let weekday = date.weekday();
        let nth = (date.day() - 1) / 7 + 1;
        match (date.month(), date.day()) {
            (1, 1) => Some(Self::NewYear),
            (6, 19) if date.year() >= 2021 => Some(Self::Juneteenth),
            (7, 4) => Some(Self::Independence),
            (11, 11) => Some(Self::Veterans),
            (12, 25) => Some(Self::Christmas),
            (11, _) if weekday == Weekday::Thursday && nth == 4 => Some(Self::Thanksgiving),
            (month, day) if weekday == Weekday::Monday => match (month, nth) {
                (1, 3) => Some(Self::King),
                (2, 3) => Some(Self::Washington),
                (5, _) if day > 24 => Some(Self::Memorial),
                (9, 1) => Some(Self::Labor),
                (10, 2) => Some(Self::Columbus),
                _ => None,
            },
            _ => None,
        }
    }

    /// The holiday that federal offices observe on `date` because its own date
    /// is a Saturday (the Friday before, 5 USC 6103(b)(1)) or a Sunday (the
    /// Monday after, E.O. 11582 §3(a)). These days matter for staffing only; a
    /// statutory count treats them as ordinary days.
    #[must_use]
    pub fn observed_on(date: Date) -> Option<Self> {
        match date.weekday() {
            Weekday::Friday => Self::on(date.tomorrow().ok()?),
            Weekday::Monday => Self::on(date.yesterday().ok()?),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;

    fn of_year(year: i16, find: fn(Date) -> Option<Holiday>) -> Vec<(i8, i8, Holiday)> {
        date(year, 1, 1)
            .series(1.day())
            .take_while(|day| day.year() == year)
            .filter_map(|day| find(day).map(|holiday| (day.month(), day.day(), holiday)))
            .collect()
    }

    /// Days of the Monday and Thursday holidays, as published.
    #[test]
    fn moving_holidays_fall_on_their_published_dates() {
        let published = [
            (2026, [(1, 19), (2, 16), (5, 25), (9, 7), (10, 12), (11, 26)]),
            (2027, [(1, 18), (2, 15), (5, 31), (9, 6), (10, 11), (11, 25)]),
            (2028, [(1, 17), (2, 21), (5, 29), (9, 4), (10, 9), (11, 23)]),
        ];
        let moving = [
            Holiday::King,
            Holiday::Washington,
            Holiday::Memorial,
            Holiday::Labor,
            Holiday::Columbus,
            Holiday::Thanksgiving,
        ];
        for (year, days) in published {
            for ((month, day), holiday) in days.into_iter().zip(moving) {
                assert_eq!(Holiday::on(date(year, month, day)), Some(holiday), "{year}");
            }
        }
    }

    #[test]
    fn weekend_holidays_are_observed_on_the_nearest_weekday_even_across_a_year() {
        let observed = |year| of_year(year, Holiday::observed_on);
        for year in [2025, 2030, 2031] {
            assert_eq!(observed(year), [], "{year}");
        }
        assert_eq!(observed(2026), [(7, 3, Holiday::Independence)]);
        assert_eq!(
            observed(2027),
            [
                (6, 18, Holiday::Juneteenth),
                (7, 5, Holiday::Independence),
                (12, 24, Holiday::Christmas),
                (12, 31, Holiday::NewYear),
            ]
        );
        assert_eq!(observed(2028), [(11, 10, Holiday::Veterans)]);
        assert_eq!(observed(2029), [(11, 12, Holiday::Veterans)]);
    }

    /// A second reading of 6103(a), counting Mondays from the end or the start
    /// of the month instead of dividing days.
    #[test]
    fn each_year_has_its_holidays_where_the_statute_puts_them() {
        for year in 2000..=2040 {
            let mut expected = vec![
                (date(year, 1, 1), Holiday::NewYear),
                (nth(year, 1, 3, Weekday::Monday), Holiday::King),
                (nth(year, 2, 3, Weekday::Monday), Holiday::Washington),
                (nth(year, 5, -1, Weekday::Monday), Holiday::Memorial),
                (date(year, 7, 4), Holiday::Independence),
                (nth(year, 9, 1, Weekday::Monday), Holiday::Labor),
                (nth(year, 10, 2, Weekday::Monday), Holiday::Columbus),
                (date(year, 11, 11), Holiday::Veterans),
                (nth(year, 11, 4, Weekday::Thursday), Holiday::Thanksgiving),
                (date(year, 12, 25), Holiday::Christmas),
            ];
            if year >= 2021 {
                expected.push((date(year, 6, 19), Holiday::Juneteenth));
            }
            expected.sort();
            let expected: Vec<_> =
                expected.into_iter().map(|(day, name)| (day.month(), day.day(), name)).collect();
            assert_eq!(of_year(year, Holiday::on), expected, "{year}");
        }
    }

    fn nth(year: i16, month: i8, nth: i8, weekday: Weekday) -> Date {
        date(year, month, 1).nth_weekday_of_month(nth, weekday).unwrap()
    }
}
