//! `tierline calendar`, `clocks` and `clock explain`: what can be asked about
//! dates without a database.

use serde_json::Value;

use super::rules::{changed, copied};
use super::{run, texts, tierline};

fn json(arguments: &[&str]) -> Value {
    let (status, out, err) = run(&[arguments, &["--json"]].concat());
    assert_eq!((status, err.as_str()), (Some(0), ""));
    serde_json::from_str(&out).unwrap()
}

#[test]
fn a_year_is_shown_with_actual_and_observed_holidays_and_its_open_hours() {
    let year = json(&["calendar", "show", "2027"]);
    // 261 weekdays, twelve of them closed, ten hours each
    assert_eq!(year["open_minutes"], 249 * 600);
    let days = year["days"].as_array().unwrap();
    let closed: Vec<&str> = days
        .iter()
        .filter(|day| !day["is_staffed"].as_bool().unwrap())
        .map(|day| day["date"].as_str().unwrap())
        .collect();
    assert_eq!(
        closed,
        [
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
        ]
    );
    let legal: Vec<&str> = days
        .iter()
        .filter(|day| day["is_legal_holiday"].as_bool().unwrap())
        .map(|day| day["date"].as_str().unwrap())
        .collect();
    assert!(legal.contains(&"2027-12-25") && !legal.contains(&"2027-12-24"), "{legal:?}");
    let (status, out, _) = run(&["calendar", "show", "2027"]);
    assert_eq!(status, Some(0));
    assert!(
        out.starts_with("calendar office (America/New_York) in 2027: open 2490 hours\n"),
        "{out}"
    );
    assert!(out.contains("2027-12-31  Friday"), "{out}");
    let (status, _, err) = run(&["calendar", "show", "2027", "--calendar", "moon"]);
    assert_eq!(status, Some(2));
    assert!(err.contains("no calendar is called moon; there are: office"), "{err}");
}

#[test]
fn a_calendar_without_next_years_holidays_is_found() {
    assert_eq!(json(&["calendar", "check"])["ok"], true);
    let dir = tempfile::tempdir().unwrap();
    copied(dir.path());
    changed(
        dir.path(),
        "calendars.toml",
        "\nfederal_holidays = \"observed\"",
        "\nfederal_holidays = \"ignored\"",
    );
    let mut command = tierline(&["calendar", "check"]);
    let (status, out, _) = texts(command.env("TIERLINE__RULES__DIR", dir.path()).output().unwrap());
    assert_eq!(status, Some(1));
    assert!(out.contains("✗ office: no holidays are loaded for"), "{out}");
    assert!(out.contains("federal_holidays = \"observed\""), "the fix: {out}");
}

#[test]
fn the_catalogue_is_listed_with_source_unit_and_what_ends_each_clock() {
    let (status, out, _) = run(&["clocks", "list", "--json"]);
    assert_eq!(status, Some(0));
    let rows: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(rows.len() >= 70, "{}", rows.len());
    let is_sound = |row: &Value| {
        let needs_source = ["statutory", "hold"].contains(&row["class"].as_str().unwrap());
        let has_source = !row["citation"].as_str().unwrap().is_empty();
        (!needs_source || has_source) && row["line"].as_u64().unwrap() > 0
    };
    assert!(rows.iter().all(is_sound), "{out}");
    let ack = rows.iter().find(|row| row["clock"] == "NOE_ACK").unwrap();
    assert_eq!((&ack["unit"], &ack["target"]), (&"BD_REGX".into(), &5.into()));
    assert_eq!(ack["warnings"][3]["point"], "final 12:00");
    let (_, out, _) = run(&["clocks", "list", "--class", "service"]);
    assert!(out.contains("first_response") && !out.contains("NOE_ACK"), "{out}");
}

#[test]
fn the_clocks_of_a_state_stand_beside_the_federal_one_and_the_stricter_leads() {
    let explain = |state: &str, kind: &str| {
        json(&[
            "clock",
            "explain",
            "--kind",
            kind,
            "--received",
            "2026-11-20T16:02-05:00",
            "--state",
            state,
        ])
    };
    let answer = explain("nc", "NOE_RESP");
    assert_eq!(answer["due_on"], "2027-01-06");
    // ten weekdays after Friday 20 November, Thanksgiving left out
    assert_eq!(answer["state_clocks"][0]["clock"], "NC_STATEMENT");
    assert_eq!(answer["state_clocks"][0]["due_on"], "2026-12-07");
    assert_eq!(answer["leading"], "NC_STATEMENT");
    let answer = explain("WA", "NOE_ACK");
    assert_eq!(answer["leading"], "NOE_ACK", "all run, the earlier leads");
    assert_eq!(answer["state_clocks"][0]["clock"], "WA_STATEMENT");
    let answer = explain("TX", "NOE_RESP");
    assert_eq!(
        (answer["state_clocks"].as_array().unwrap().len(), &answer["leading"]),
        (0, &"NOE_RESP".into())
    );
}
