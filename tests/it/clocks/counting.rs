//! Counting days: each worked example of the law, and the laws of counting.

use std::sync::OnceLock;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};
use proptest::prelude::*;
use tierline::domain::calendar::{Calendar, CountingUnit, Holiday, add_days, count_days};

use super::{at, book, book_of, day, shipped};

/// The office, closed on 2026-06-10 as well, and open to the public on Saturdays.
fn saturday_office() -> &'static Calendar {
    static OFFICE: OnceLock<Calendar> = OnceLock::new();
    OFFICE.get_or_init(|| {
        let mut files = shipped();
        let calendars = files.get_mut("calendars.toml").unwrap();
        *calendars = calendars
            .replace("\"fri\"]", "\"fri\", \"sat\"]")
            .replace("closures = []", "closures = [{ from = \"2026-06-10\", reason = \"move\" }]");
        book_of(&files).servicer().clone()
    })
}

#[test]
fn the_examples_of_the_official_commentary_come_out() {
    let office = book().servicer();
    let examples = [
        (CountingUnit::BdRegx, "2019-10-01", 5, "2019-10-08", "41(k)(2)(ii)-1"),
        (CountingUnit::BdRegx, "2019-10-08", 10, "2019-10-23", "41(k)(2)(ii)-1"),
        (CountingUnit::Cd, "2019-10-23", 30, "2019-11-22", "41(k)(2)(ii)-1"),
        (CountingUnit::Cd, "2026-01-01", 36, "2026-02-06", "39(a)-1.i.A"),
        (CountingUnit::Cd, "2026-01-01", 45, "2026-02-15", "39(b)(1)-1"),
        (CountingUnit::Cd, "2026-04-15", 180, "2026-10-12", "39(b)(1)-2"),
    ];
    for (unit, from, n, due, comment) in examples {
        assert_eq!(count_days(unit, day(from), n, office), day(due), "{comment}");
    }
}

#[test]
fn statutory_days_are_counted_by_the_dates_of_the_statute_not_by_their_observance() {
    let office = book().servicer();
    let table = [
        ("2026-05-20", 5, "2026-05-28"),
        ("2026-05-20", 7, "2026-06-01"),
        ("2026-05-20", 10, "2026-06-04"),
        ("2026-05-20", 15, "2026-06-11"),
        ("2026-05-20", 30, "2026-07-03"),
        ("2026-05-20", 45, "2026-07-24"),
        ("2026-06-29", 5, "2026-07-06"),
        ("2026-06-29", 30, "2026-08-10"),
        ("2026-07-04", 5, "2026-07-10"),
        ("2026-11-07", 5, "2026-11-16"),
        ("2026-12-18", 5, "2026-12-28"),
        ("2026-12-18", 30, "2027-02-03"),
        ("2027-06-16", 5, "2027-06-23"),
        ("2027-06-30", 5, "2027-07-07"),
        ("2027-12-22", 5, "2027-12-29"),
        ("2027-12-27", 5, "2028-01-03"),
    ];
    for unit in [CountingUnit::BdRegx, CountingUnit::BdRegf, CountingUnit::BdUndef] {
        for (from, n, due) in table {
            assert_eq!(count_days(unit, day(from), n, office), day(due), "{unit} {from} + {n}");
        }
    }
}

/// The same table counted on days the office is open: observed days fall out.
#[test]
fn open_days_follow_the_office_which_closes_on_observed_holidays() {
    let office = book().servicer();
    let table = [
        ("2026-05-20", 30, "2026-07-06"),
        ("2026-05-20", 45, "2026-07-27"),
        ("2026-06-29", 5, "2026-07-07"),
        ("2026-06-29", 30, "2026-08-11"),
        ("2026-07-04", 5, "2026-07-10"),
        ("2027-06-16", 5, "2027-06-24"),
        ("2027-06-30", 5, "2027-07-08"),
        ("2027-12-22", 5, "2027-12-30"),
        ("2027-12-27", 5, "2028-01-04"),
    ];
    for (from, n, due) in table {
        let found = count_days(CountingUnit::BdOpen, day(from), n, office);
        assert_eq!(found, day(due), "{from} + {n}");
    }
}

#[test]
fn saturdays_count_where_the_wording_says_so() {
    let office = book().servicer();
    let friday = day("2026-05-22");
    assert_eq!(count_days(CountingUnit::BdSpecific, friday, 1, office), day("2026-05-23"));
    assert_eq!(count_days(CountingUnit::BdSpecific, friday, 2, office), day("2026-05-26"));
    assert_eq!(count_days(CountingUnit::BdOpen, friday, 1, office), day("2026-05-26"));
    let open_on_saturdays = saturday_office();
    assert_eq!(count_days(CountingUnit::BdOpen, friday, 1, open_on_saturdays), day("2026-05-23"));
}

#[test]
fn a_closure_of_the_house_moves_open_days_only() {
    let office = saturday_office();
    let (open, lines) = add_days(CountingUnit::BdOpen, day("2026-06-09"), 1, office);
    assert_eq!(open, day("2026-06-11"));
    assert_eq!(lines[1].reason, "office closed: move");
    assert_eq!(
        count_days(CountingUnit::BdRegx, day("2026-06-09"), 1, office),
        day("2026-06-10"),
        "nobody pauses the law"
    );
}

#[test]
fn days_before_a_date_are_counted_back() {
    let office = book().servicer();
    assert_eq!(count_days(CountingUnit::Cd, day("2026-03-01"), -1, office), day("2026-02-28"));
    assert_eq!(count_days(CountingUnit::Cd, day("2028-03-01"), -1, office), day("2028-02-29"));
    assert_eq!(
        count_days(CountingUnit::BdSpecific, day("2026-05-27"), -3, office),
        day("2026-05-22"),
        "Tuesday, Saturday, Friday: Sunday and Memorial Day fall out"
    );
}

#[test]
fn leap_days_and_year_ends_are_days_like_others() {
    let office = book().servicer();
    assert_eq!(count_days(CountingUnit::Cd, day("2028-02-28"), 1, office), day("2028-02-29"));
    assert_eq!(count_days(CountingUnit::Cd, day("2027-02-28"), 1, office), day("2027-03-01"));
    assert_eq!(count_days(CountingUnit::BdRegx, day("2028-02-28"), 2, office), day("2028-03-01"));
    assert_eq!(count_days(CountingUnit::BdRegx, day("2026-12-31"), 1, office), day("2027-01-04"));
}

#[test]
fn the_arithmetic_names_each_day_and_why_it_did_not_count() {
    let office = book().servicer();
    let (_, lines) = add_days(CountingUnit::BdRegx, day("2026-05-22"), 1, office);
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "2026-05-22 Fri day 0",
            "2026-05-23 Sat not counted: Saturday",
            "2026-05-24 Sun not counted: Sunday",
            "2026-05-25 Mon not counted: Memorial Day, 5 USC 6103(a)",
            "2026-05-26 Tue day 1",
        ]
    );
}

#[test]
fn the_last_staffed_day_is_before_an_observed_holiday() {
    let office = book().servicer();
    assert_eq!(office.last_staffed_day_on_or_before(day("2026-07-03")), day("2026-07-02"));
    assert_eq!(office.last_staffed_day_on_or_before(day("2026-07-02")), day("2026-07-02"));
    assert_eq!(office.last_staffed_day_on_or_before(day("2027-12-26")), day("2027-12-23"));
}

#[test]
fn counting_stops_at_the_ends_of_the_calendar_instead_of_failing() {
    let office = book().servicer();
    assert_eq!(count_days(CountingUnit::Cd, Date::MAX, i16::MAX, office), Date::MAX);
    assert_eq!(count_days(CountingUnit::BdRegx, Date::MIN, i16::MIN, office), Date::MIN);
}

#[test]
fn an_explanation_reads_as_json_and_never_differs_from_the_clock() {
    let book = book();
    let found = book.explain("NOE_RESP", at("2026-05-20T23:30"), None).unwrap();
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["due_on"], "2026-07-03");
    assert_eq!(json["internal_due_on"], "2026-07-02");
    assert_eq!(json["unit"], "BD_REGX");
    assert_eq!(json["days"][0]["counted"], false);
    assert_eq!(json["days"].as_array().unwrap().len(), 45);
    assert!(
        found
            .notes
            .contains(&"nobody works on 2026-07-03: inside the house due on 2026-07-02".to_owned())
    );
    for (kind, part) in [("NOE", "NOE_ACK"), ("first_response", "open hours")] {
        let refused = book.explain(kind, at("2026-05-20T12:00"), None).unwrap_err().to_string();
        assert!(refused.contains(part), "{refused}");
    }
    let refused = book.explain("NOE_FCL_LATE", at("2026-05-20T12:00"), None).unwrap_err();
    assert!(refused.to_string().contains("give the sale date"));
}

fn any_unit() -> impl Strategy<Value = CountingUnit> {
    proptest::sample::select(CountingUnit::ALL)
}

fn any_date() -> impl Strategy<Value = Date> {
    (0_i32..14_975).prop_map(|days| date(2000, 1, 1).checked_add(days.days()).unwrap())
}

/// A second way to count: list the days that count, and take the nth.
fn listed(unit: CountingUnit, from: Date, n: i16) -> Date {
    let counts = |day: &Date| match (unit, day.weekday()) {
        (CountingUnit::Cd, _) => true,
        (_, Weekday::Sunday) => false,
        (CountingUnit::BdSpecific, _) => Holiday::on(*day).is_none(),
        (_, Weekday::Saturday) => false,
        (CountingUnit::BdObserved, _) => {
            Holiday::on(*day).is_none() && Holiday::observed_on(*day).is_none()
        }
        _ => Holiday::on(*day).is_none(),
    };
    let step = if n > 0 { 1.day() } else { -1.day() };
    from.series(step).skip(1).filter(counts).nth(usize::from(n.unsigned_abs()) - 1).unwrap()
}

proptest! {
    #[test]
    fn the_fast_count_and_the_explained_one_agree(
        unit in any_unit(), from in any_date(), n in -400_i16..400,
    ) {
        let office = saturday_office();
        let (due, lines) = add_days(unit, from, n, office);
        prop_assert_eq!(count_days(unit, from, n, office), due);
        prop_assert_eq!(lines.last().map(|line| (line.date, line.day)), Some((due, n)));
        let counted = lines.iter().filter(|line| line.counted).count();
        prop_assert_eq!(counted, usize::from(n.unsigned_abs()));
    }

    #[test]
    fn every_row_explains_the_date_it_computes(
        received in any_date(), to_sale in proptest::option::of(-20_i32..80),
    ) {
        let book = book();
        let sale_on = to_sale.map(|days| received.checked_add(days.days()).unwrap());
        let noon = received.at(12, 0, 0, 0).in_tz("America/New_York").unwrap().timestamp();
        for row in book.definitions() {
            let explained = book.explain(&row.id, noon, sale_on).ok();
            let due_on = book.due_on(row, received, sale_on);
            prop_assert_eq!(explained.as_ref().map(|found| found.due_on), due_on);
            let Some(found) = explained else { continue };
            prop_assert!(found.received_on <= found.internal_due_on, "{}", row.id);
            prop_assert!(found.internal_due_on <= found.due_on, "{}", row.id);
            prop_assert_eq!(book.local_date(found.due_at), found.due_on);
            let is_ahead = |sale: &Date| *sale > received;
            if let Some(sale) = sale_on.filter(is_ahead).filter(|_| row.id.starts_with("NOE_FCL")) {
                prop_assert!(found.due_on < sale, "{} before the sale", row.id);
            }
        }
    }

    #[test]
    fn a_statutory_count_is_the_nth_day_that_counts(
        unit in any_unit().prop_filter("BD_OPEN has a calendar", |u| *u != CountingUnit::BdOpen),
        from in any_date(),
        n in (-90_i16..90).prop_filter("zero is the day itself", |n| *n != 0),
    ) {
        let office = saturday_office();
        prop_assert_eq!(count_days(unit, from, n, office), listed(unit, from, n));
    }

    #[test]
    fn a_longer_count_and_a_later_receipt_never_end_earlier(
        unit in any_unit(), from in any_date(), n in 0_i16..90,
    ) {
        let office = saturday_office();
        let due = count_days(unit, from, n, office);
        prop_assert!(count_days(unit, from, n + 1, office) > due);
        prop_assert!(count_days(unit, from.tomorrow().unwrap(), n, office) >= due);
    }

    #[test]
    fn the_strict_date_is_never_later_than_the_observed_one(from in any_date(), n in 0_i16..90) {
        let office = book().servicer();
        let strict = count_days(CountingUnit::BdRegx, from, n, office);
        prop_assert!(strict <= count_days(CountingUnit::BdOpen, from, n, office));
    }
}

#[test]
fn the_arithmetic_says_what_the_sale_did_to_the_date() {
    let table = [
        (None, "no sale date is known"),
        (Some("2026-07-04"), "comes later and changes nothing"),
        (Some("2026-07-03"), "due before it, on 2026-07-02 instead of 2026-07-03"),
        (Some("2026-05-20"), "leaves no day before it: due at once, on 2026-05-20"),
        (Some("2026-05-19"), "is before the receipt and limits nothing"),
    ];
    for (sale, part) in table {
        let found = book().explain("NOE_FCL", at("2026-05-20T10:00"), sale.map(day)).unwrap();
        assert!(found.notes[0].contains(part), "{sale:?}: {:?}", found.notes);
        assert_eq!(found.lines().len(), found.days.len() + found.notes.len());
    }
}
