//! `tierline forecast` and `report arrivals`: figures for whoever plans, from
//! the built program.

use super::desk::{Desk, NOTICE, RECEIVED};

#[test]
fn a_forecast_says_what_it_rests_on_and_refuses_what_it_cannot_reckon() {
    let desk = Desk::staffed();
    let file = desk.write("notice.eml", NOTICE.as_bytes());
    let file = file.to_str().unwrap();
    desk.run(&[&["ingest", file], &RECEIVED[..]].concat()).ended(0);
    let made = desk.run(&["forecast", "--json"]).ended(0).json();
    assert!(made["days"].as_array().unwrap().len() >= 5, "{made}");
    assert_eq!(made["accuracy"], serde_json::Value::Null, "{made}");
    assert!(made["remarks"].to_string().contains("Fewer than four weeks of history"), "{made}");
    let asked = desk.run(&["forecast", "--what-if", "agents=+2 mon-fri 8-18"]).ended(0);
    assert!(asked.out.contains("agents=+2 mon-fri 8-18: broken promises"), "{}", asked.out);
    assert!(!asked.out.contains("Rosa") && !asked.out.contains("rosa@"), "{}", asked.out);
    for (what_if, fix) in [
        ("more people", "write QUEUE/agents=+N"),
        ("agents=+1 sun 9-12", "rules/calendars.toml"),
        ("agents=-40 mon-fri 8-18", "take away fewer"),
    ] {
        let refused = desk.run(&["forecast", "--what-if", what_if]).ended(2);
        // a Monday morning's five days have no Sunday
        let is_told = refused.err.contains(fix) || refused.err.contains("do not come in the days");
        assert!(is_told, "{}", refused.err);
    }
}

#[test]
fn arrivals_are_a_table_of_hours_and_weekdays() {
    let desk = Desk::staffed();
    let file = desk.write("notice.eml", NOTICE.as_bytes());
    let file = file.to_str().unwrap();
    desk.run(&[&["ingest", file], &RECEIVED[..]].concat()).ended(0);
    let days = ["--from", "2026-11-16", "--until", "2026-11-22"];
    let table = desk.run(&[&["report", "arrivals", "--csv"], &days[..]].concat()).ended(0).out;
    // Friday, November 20, two minutes past four
    assert!(table.starts_with("hour,mon,tue,wed,thu,fri,sat,sun\r\n00:00,"), "{table}");
    assert!(table.contains("\r\n16:00,0.0,0.0,0.0,0.0,1.0,0.0,0.0\r\n"), "{table}");
    let clocks = desk.run(&[&["report", "clocks", "--json"], &days[..]].concat()).ended(0);
    let lines = clocks.lines();
    let notice = lines.iter().find(|line| line["clock"] == "NOE_ACK").unwrap();
    assert_eq!((&notice["class"], &notice["started"]), (&"statutory".into(), &1.into()));
    desk.run(&["report", "clocks", "--from", "2026-12-02", "--until", "2026-12-01"]).ended(2);
}
