//! Clocks as shipped: the worked dates of the law, which mail starts which
//! clock, and what a sweep does after the machine was down.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use tierline::domain::calendar::{Calendar, CountingUnit, add_days, count_days};
use tierline::domain::catalogue::ClockBook;

fn shipped() -> BTreeMap<String, String> {
    ["calendars.toml", "clocks.toml", "service.toml"]
        .into_iter()
        .map(|name| {
            let path = format!("{}/rules/{name}", env!("CARGO_MANIFEST_DIR"));
            (name.to_owned(), std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

fn book() -> ClockBook {
    let mut problems = Vec::new();
    let book = ClockBook::load(&shipped(), &mut problems);
    assert_eq!(problems, [], "the shipped rules load without a problem");
    book
}

#[test]
fn every_worked_date_in_the_shipped_rules_holds() {
    let outcome = book().self_tests();
    assert_eq!(outcome.failures, []);
    assert!(outcome.run >= 25, "{}", outcome.run);
}
