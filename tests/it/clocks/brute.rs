//! Business time against a counter that looks at every minute: offices in four
//! zones, with nights, half days, closures and observed holidays.
//!
//! Ten thousand cases in the tests; a million with
//! `BUSINESS_CASES=1000000 cargo nextest run --release --features faults brute`.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tierline::domain::calendar::{Calendar, load_calendars};

use super::day;

const ZONES: [&str; 4] =
    ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"];

/// Opening hours by name, as written and in minutes; a night ends beyond 1440.
/// No shift begins or ends inside the hour that autumn repeats: which of the two
/// is meant is a rule of its own, tried in `business`.
const HOURS: [(&str, &[(i32, i32)]); 5] = [
    ("\"08:00-18:00\"", &[(480, 1080)]),
    ("\"00:00-24:00\"", &[(0, 1440)]),
    ("\"09:00-12:00\", \"13:00-17:30\"", &[(540, 720), (780, 1050)]),
    ("\"22:00-06:00\"", &[(1320, 1800)]),
    ("\"00:30-02:15\", \"02:15-03:00\", \"20:00-24:00\"", &[(30, 135), (135, 180), (1200, 1440)]),
];

/// Days on which the offices are closed for a federal holiday or its
/// observance, from the tables of the law, by hand.
const CLOSED: [&str; 28] = [
    "2026-01-01",
    "2026-01-19",
    "2026-02-16",
    "2026-05-25",
    "2026-06-19",
    "2026-07-03",
    "2026-07-04",
    "2026-09-07",
    "2026-10-12",
    "2026-11-11",
    "2026-11-26",
    "2026-12-25",
    "2027-01-01",
    "2027-01-18",
    "2027-02-15",
    "2027-05-31",
    "2027-06-18",
    "2027-06-19",
    "2027-07-04",
    "2027-07-05",
    "2027-09-06",
    "2027-10-11",
    "2027-11-11",
    "2027-11-25",
    "2027-12-24",
    "2027-12-25",
    "2027-12-31",
    "2028-01-01",
];
/// A closure of the house and a half day.
const MOVED: &str = "2026-03-09";
const HALF: &str = "2026-12-24";
const HALF_UNTIL: i32 = 780;

/// First and last instant that the counter knows.
const FROM: &str = "2026-01-05T00:00:00Z";
const TO: &str = "2027-12-20T00:00:00Z";

struct Office {
    calendar: Calendar,
    start: Timestamp,
    /// Open minutes before the nth minute since `start`.
    open: Vec<u32>,
}

impl Office {
    /// Weekdays have `hours`, Saturdays the same, Sundays none.
    fn new(zone: &str, hours: usize) -> Self {
        let (written, minutes) = HOURS[hours];
        let days: String = ["mon", "tue", "wed", "thu", "fri", "sat"]
            .iter()
            .map(|day| format!("{day} = [{written}]\n"))
            .collect();
        let text = format!(
            "servicer = \"office\"\n[[calendar]]\nid = \"office\"\nzone = \"{zone}\"\n\
             federal_holidays = \"observed\"\n\
             closures = [{{ from = \"{MOVED}\", reason = \"move\" }}]\n\
             half_days = [{{ on = \"{HALF}\", until = \"13:00\", reason = \"Christmas Eve\" }}]\n\
             [calendar.hours]\n{days}"
        );
        let mut problems = Vec::new();
        let calendars =
            load_calendars(&[("calendars.toml".to_owned(), text)].into(), &mut problems);
        assert_eq!(problems, []);
        let (start, end): (Timestamp, Timestamp) = (FROM.parse().unwrap(), TO.parse().unwrap());
        let open = counted(&TimeZone::get(zone).unwrap(), minutes, start, end);
        Self { calendar: calendars.servicer().clone(), start, open }
    }

    fn at(&self, minute: usize) -> Timestamp {
        self.start + SignedDuration::from_mins(i64::try_from(minute).unwrap())
    }
}

/// Open minutes before each minute, by looking at every one of them.
fn counted(zone: &TimeZone, hours: &[(i32, i32)], start: Timestamp, end: Timestamp) -> Vec<u32> {
    let closed: Vec<Date> = CLOSED.iter().copied().chain([MOVED]).map(day).collect();
    let is_staffed =
        |date: Date| date.weekday() != jiff::civil::Weekday::Sunday && !closed.contains(&date);
    let half_day = day(HALF);
    let mut open = vec![0];
    let mut at = start;
    while at < end {
        // no zone here changes its offset but on a quarter of an hour
        let local = zone.to_datetime(at);
        let (today, yesterday) = (local.date(), local.date().yesterday().unwrap());
        let staffed = [is_staffed(today), is_staffed(yesterday)];
        for quarter in 0..15 {
            let minute = i32::from(local.hour()) * 60 + i32::from(local.minute()) + quarter;
            let within = |date: Date, minute: i32| {
                let until = if date == half_day { HALF_UNTIL } else { i32::MAX };
                hours.iter().any(|(from, to)| (*from..(*to).min(until)).contains(&minute))
            };
            let is_open = staffed[0] && within(today, minute)
                || staffed[1] && within(yesterday, minute + 1440);
            open.push(open[open.len() - 1] + u32::from(is_open));
        }
        at += SignedDuration::from_mins(15);
    }
    open
}

/// A small generator of its own, so that a case can be named by its number.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

#[test]
fn business_time_is_what_a_counter_of_minutes_says() {
    let cases: usize = std::env::var("BUSINESS_CASES").map_or(10_000, |text| text.parse().unwrap());
    let mut random = Random(20_261_125);
    let offices: Vec<Office> = ZONES
        .iter()
        .flat_map(|zone| (0..HOURS.len()).map(|hours| Office::new(zone, hours)))
        .collect();
    for case in 0..cases {
        let office = &offices[random.below(offices.len())];
        let minutes = office.open.len() - 1;
        // a third of them near the nights of the change
        let from = match random.below(6) {
            0 => 88_000 + random.below(3_000),
            1 => 430_500 + random.below(3_000),
            _ => random.below(minutes - 60_000),
        };
        let to = from + random.below(15_000);
        let expected = i64::from(office.open[to] - office.open[from]);
        let (start, end) = (office.at(from), office.at(to));
        let open = office.calendar.business_between(start, end);
        assert_eq!(open, SignedDuration::from_mins(expected), "case {case}: {start} to {end}");
        assert_eq!(office.calendar.business_between(end, start), -open, "case {case}");
        if expected == 0 {
            continue;
        }
        let wanted = 1 + random.below(usize::try_from(expected).unwrap());
        let target = office.open[from] + u32::try_from(wanted).unwrap();
        let reached = office.open.partition_point(|open| *open < target);
        let length = SignedDuration::from_mins(i64::try_from(wanted).unwrap());
        let due = office.calendar.add_business(start, length);
        assert_eq!(due, office.at(reached), "case {case}: {start} + {wanted} open minutes");
        assert_eq!(office.calendar.business_between(start, due), length, "case {case}: inverse");
    }
}
