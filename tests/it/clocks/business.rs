//! Business time: exact inverses in every zone, on the nights of the change too.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use tierline::domain::calendar::{Calendar, load_calendars};

use super::book;

const ZONES: [&str; 4] =
    ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"];

/// A calendar in `zone` with the same `hours` on every day.
fn office(zone: &str, hours: &str) -> Calendar {
    let days: String = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        .iter()
        .map(|day| format!("{day} = [{hours}]\n"))
        .collect();
    let text = format!(
        "servicer = \"office\"\n[[calendar]]\nid = \"office\"\nzone = \"{zone}\"\n\
         federal_holidays = \"ignored\"\n[calendar.hours]\n{days}"
    );
    let files = [("calendars.toml".to_owned(), text)].into();
    let mut problems = Vec::new();
    let calendars = load_calendars(&files, &mut problems);
    assert_eq!(problems, []);
    calendars.servicer().clone()
}

fn local(zone: &str, text: &str) -> Timestamp {
    let local: jiff::civil::DateTime = text.parse().unwrap();
    local.in_tz(zone).unwrap().timestamp()
}

#[test]
fn a_night_that_skips_an_hour_has_an_hour_less_in_every_zone() {
    for zone in ZONES {
        let around_the_clock = office(zone, "\"00:00-24:00\"");
        let (start, end) = (local(zone, "2026-03-08T00:00"), local(zone, "2026-03-09T00:00"));
        assert_eq!(around_the_clock.business_between(start, end), SignedDuration::from_hours(23));
        let due = around_the_clock.add_business(start, SignedDuration::from_hours(23));
        assert_eq!(due, end, "{zone}");
        let nights = office(zone, "\"02:00-02:30\", \"02:30-04:00\"");
        assert_eq!(
            nights.business_between(start, end),
            SignedDuration::from_hours(1),
            "of the hours 2 to 4 only 3 to 4 exists in {zone}"
        );
    }
}

#[test]
fn a_night_that_repeats_an_hour_has_an_hour_more_in_every_zone() {
    for zone in ZONES {
        let around_the_clock = office(zone, "\"00:00-24:00\"");
        let (start, end) = (local(zone, "2026-11-01T00:00"), local(zone, "2026-11-02T00:00"));
        assert_eq!(around_the_clock.business_between(start, end), SignedDuration::from_hours(25));
        let nights = office(zone, "\"00:00-01:30\", \"01:30-02:00\"");
        assert_eq!(
            nights.business_between(start, end),
            SignedDuration::from_hours(3),
            "the hours 0 to 2 last three hours in {zone}"
        );
    }
}

#[test]
fn an_ordinary_day_keeps_its_hours_when_the_offset_changes_overnight() {
    for zone in ZONES {
        let days = office(zone, "\"08:00-18:00\"");
        for (from, to) in
            [("2026-03-07T17:00", "2026-03-08T09:00"), ("2026-10-31T17:00", "2026-11-01T09:00")]
        {
            let due = days.add_business(local(zone, from), SignedDuration::from_hours(2));
            assert_eq!(due, local(zone, to), "{zone}");
        }
    }
}

#[test]
fn time_counted_out_at_closing_ends_at_closing_and_not_at_the_next_opening() {
    let office = book().servicer().clone();
    let zone = "America/New_York";
    let friday = local(zone, "2026-05-22T16:00");
    let two = SignedDuration::from_hours(2);
    assert_eq!(office.add_business(friday, two), local(zone, "2026-05-22T18:00"));
    let a_second_more = two + SignedDuration::from_secs(1);
    assert_eq!(office.add_business(friday, a_second_more), local(zone, "2026-05-26T08:00:01"));
}

#[test]
fn a_legal_day_ends_a_microsecond_before_the_next_whatever_midnight_does() {
    for zone in ["America/New_York", "America/Havana", "Asia/Beirut", "America/Sao_Paulo"] {
        let office = office(zone, "\"08:00-18:00\"");
        for day in jiff::civil::date(2018, 1, 1).series(jiff::ToSpan::day(1)).take(1_500) {
            let last = office.last_instant_of(day);
            let after = last.checked_add(jiff::ToSpan::microsecond(1)).unwrap();
            assert_eq!(office.local_date(last), day, "{zone}");
            assert_eq!(office.local_date(after), day.tomorrow().unwrap(), "{zone}");
        }
    }
}

#[test]
fn instants_at_the_ends_of_time_give_an_answer() {
    let office = book().servicer().clone();
    let day = SignedDuration::from_hours(24);
    assert!(office.add_business(Timestamp::MAX, day) >= Timestamp::MAX);
    assert!(office.add_business(Timestamp::MIN, day) > Timestamp::MIN);
    assert!(office.business_between(Timestamp::MIN, Timestamp::MAX).is_positive());
    assert_eq!(office.add_business(Timestamp::UNIX_EPOCH, -day), Timestamp::UNIX_EPOCH);
}

const HOURS: [&str; 4] = [
    "\"08:00-18:00\"",
    "\"00:00-24:00\"",
    "\"09:00-12:00\", \"13:00-17:30\"",
    "\"00:30-02:15\", \"02:15-03:00\", \"22:00-24:00\"",
];

fn any_office() -> impl Strategy<Value = Calendar> {
    (proptest::sample::select(&ZONES[..]), proptest::sample::select(&HOURS[..]))
        .prop_map(|(zone, hours)| office(zone, hours))
}

/// Instants near the nights of the change, and anywhere in six years; to the
/// microsecond.
fn any_instant() -> impl Strategy<Value = Timestamp> {
    let anywhere = 1_735_707_600_i64..1_925_000_000;
    let spring = 1_772_928_000_i64..1_773_014_400;
    let autumn = 1_793_491_200_i64..1_793_577_600;
    (prop_oneof![anywhere, spring, autumn], 0_i64..1_000_000)
        .prop_map(|(s, micros)| Timestamp::from_microsecond(s * 1_000_000 + micros).unwrap())
}

proptest! {
    #[test]
    fn what_was_added_is_what_lies_between(
        office in any_office(), start in any_instant(), secs in 0_i64..2_000_000,
    ) {
        let open = SignedDuration::from_secs(secs);
        let due = office.add_business(start, open);
        prop_assert_eq!(office.business_between(start, due), open);
        prop_assert_eq!(office.business_between(due, start), -open);
    }

    #[test]
    fn what_lies_between_leads_back_to_an_open_instant(
        office in any_office(), a in any_instant(), b in any_instant(),
    ) {
        let (a, b) = (a.min(b), a.max(b));
        prop_assume!(office.is_open_at(b) && office.is_open_at(a));
        // leading back means no more than one closed gap at b's opening
        let back = office.add_business(a, office.business_between(a, b));
        prop_assert!(back <= b);
        prop_assert_eq!(office.business_between(back, b), SignedDuration::ZERO);
    }

    #[test]
    fn adding_in_two_parts_is_adding_at_once(
        office in any_office(), start in any_instant(), a in 1_i64..500_000, b in 1_i64..500_000,
    ) {
        let in_parts = office.add_business(
            office.add_business(start, SignedDuration::from_secs(a)),
            SignedDuration::from_secs(b),
        );
        prop_assert_eq!(in_parts, office.add_business(start, SignedDuration::from_secs(a + b)));
    }
}
