//! Rule files that could not be kept are refused, with file, line and fix.

use std::collections::BTreeMap;

use tierline::domain::catalogue::{ClockBook, NamedId};

use super::{book, shipped};

fn problems(files: &BTreeMap<String, String>) -> Vec<String> {
    let mut problems = Vec::new();
    let _ = ClockBook::load(files, &mut problems);
    problems.iter().map(ToString::to_string).collect()
}

/// The shipped files with one place of `file` written differently.
fn changed(file: &str, from: &str, to: &str) -> Vec<String> {
    let mut files = shipped();
    let text = files.get_mut(file).unwrap();
    assert!(text.contains(from), "{from}");
    *text = text.replacen(from, to, 1);
    problems(&files)
}

fn line_of(file: &str, text: &str) -> usize {
    let files = shipped();
    let before = files[file].split(text).next().unwrap();
    before.lines().count() + usize::from(before.ends_with('\n') || before.is_empty())
}

#[test]
fn each_mistake_in_a_calendar_is_named_with_its_fix() {
    let table = [
        ("America/New_York\"\nfed", "America/New_Amsterdam\"\nfed", "no IANA time zone"),
        ("\"observed\"\n#", "\"maybe\"\n#", "write ignored, actual or observed"),
        ("mon = [\"08:00-18:00\"]", "mon = [\"08:00-12:00\", \"11:00-18:00\"]", "overlap"),
        ("mon = [\"08:00-18:00\"]", "mon = [\"22:00-09:00\"]", "overlaps the next day's hours"),
        ("mon = [\"08:00-18:00\"]", "mon = [\"08:00-08:00\"]", "is empty; write hours as"),
        ("mon = [\"08:00-18:00\"]", "mon = [\"8-18\"]", "no time of day"),
        ("mon = [\"08:00-18:00\"]", "mon = [\"08:00-24:01\"]", "no time of day"),
        ("mon = [\"08:00-18:00\"]", "monday = [\"08:00-18:00\"]", "write mon, tue"),
        (
            "servicer = \"office\"",
            "servicer = \"attic\"",
            "names no calendar; write one of: office",
        ),
        ("closures = []", "closures = [{ from = \"2026-11-31\", reason = \"x\" }]", "no date"),
        ("closures = []", "closures = [{ from = \"2026-11-27\", reason = \" \" }]", "a reason"),
        (
            "closures = []",
            "closures = [{ from = \"2026-11-27\", to = \"2026-11-26\", reason = \"x\" }]",
            "before it begins",
        ),
        (
            "closures = []",
            "closures = [{ from = \"2026-11-27\", to = \"9999-12-31\", reason = \"x\" }]",
            "longer than 366 days",
        ),
        (
            "open_to_public = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]",
            "open_to_public = []",
            "BD_OPEN could never count",
        ),
        ("closures = []", "closure = []", "unknown field `closure`"),
        (
            "closures = []",
            "half_days = [{ on = \"2026-12-24\", until = \"1 pm\", reason = \"x\" }]",
            "write it as 13:00",
        ),
        (
            "closures = []",
            "half_days = [{ on = \"2026-12-24\", until = \"13:00\", reason = \"\" }]",
            "needs a reason",
        ),
        (
            "closures = []",
            "extra_holidays = [{ name = \"Patriots' Day\", on = \"6 mon apr\" }]",
            "write 03-31, 3 mon apr",
        ),
    ];
    for (from, to, part) in table {
        let found = changed("calendars.toml", from, to);
        assert!(found.iter().any(|problem| problem.contains(part)), "{to}: {found:?}");
        assert!(found.iter().all(|problem| problem.starts_with("calendars.toml:")), "{found:?}");
    }
}

#[test]
fn a_calendar_without_open_hours_is_refused() {
    let mut files = shipped();
    let text = files.get_mut("calendars.toml").unwrap();
    let cut = text.find("mon = [").unwrap();
    text.truncate(cut);
    let found = problems(&files);
    assert!(found.iter().any(|p| p.contains("less than one open hour a week")), "{found:?}");
}

#[test]
fn each_mistake_in_a_clock_is_named_with_its_fix() {
    let table = [
        ("citation = \"12 CFR 1024.35(d)\"\n", "", "needs its source in the law"),
        ("unit = \"BD_REGX\"", "unit = \"BD\"", "`BD` is no unit; write one of: BD_REGX, CD"),
        ("unit = \"BD_REGX\"\n", "", "clock.NOE_ACK.unit: is missing"),
        ("target = 5", "target = 5000", "write -1826 to 1826"),
        ("target = 5\n", "", "how many days?"),
        ("class = \"statutory\"", "class = \"legal\"", "write one of: service, statutory"),
        (
            "class = \"statutory\"",
            "class = \"service\"",
            "service clocks are counted in open hours",
        ),
        ("requires_writing = true\n", "", "whether the law asks for writing"),
        ("owners = [\"1\", \"3\", \"4\"]", "owners = [\"5\"]", "`5` is no tier"),
        ("owners = [\"1\", \"3\", \"4\"]", "owners = []", "name the tiers that own it"),
        (
            "\"letter:acknowledgment\", ",
            "\"Acknowledgment\", ",
            "write letter:<kind> or act:<kind>",
        ),
        (
            "satisfied_by = [\"letter:acknowledgment\", \"letter:response\"]",
            "satisfied_by = []",
            "nothing could ever meet",
        ),
        ("{ day = 2, tell", "{ day = 2, percent = 5, tell", "exactly one of"),
        (
            "{ day = 2, tell = \"assignee\" }",
            "{ day = 2, tell = \"boss\" }",
            "tell = `boss` is nobody",
        ),
        ("{ due_day = \"12:00\"", "{ due_day = \"24:00\"", "no time of day"),
        ("{ day = 2,", "{ day = 0,", "0 is out of range"),
        ("id = \"NOE_RESP\"", "id = \"NOE_ACK\"", "already; give it another id"),
        ("id = \"NOE_RESP\"", "id = \"NOE RESP\"", "letters, digits and underscores"),
        (
            "unit = \"BD_REGX\"",
            "unit = \"BD_REGX\"\ncalendar = \"x\"",
            "no calendar; write one of: office",
        ),
        (
            "unit = \"BD_REGX\"",
            "unit = \"BD_REGX\"\npauses_in = [\"pending\"]",
            "never pauses (law 5)",
        ),
        (
            "unit = \"BD_REGX\"",
            "unit = \"BD_REGX\"\nstarts_at = \"friday\"",
            "write receipt, letter:",
        ),
        ("unit = \"BD_REGX\"", "unit = \"BD_REGX\"\nstarts_at = \"act:x\"", "remove them"),
        (
            "unit = \"BD_REGX\"",
            "unit = \"BD_REGX\"\ncounted_from = \"easter\"",
            "start, receipt, sale",
        ),
        (
            "when = [{ kinds = [\"noe\"] }, ",
            "when = [{ sub_kinds = [\"b1\"] }, ",
            "beside sub_kinds",
        ),
        ("{ kinds = [\"noe\"] }", "{ kind = [\"noe\"] }", "unknown field `kind`"),
        ("target = 5", "target = 5\ntargett = 6", "unknown field `targett`"),
        ("\n[[clock]]\n", "\n[[clock\n", "clocks.toml:"),
    ];
    for (from, to, part) in table {
        let found = changed("clocks.toml", from, to);
        assert!(found.iter().any(|problem| problem.contains(part)), "{to}: {found:?}");
    }
}

#[test]
fn each_mistake_in_a_service_level_is_named_with_its_fix() {
    let hours = "hours = { urgent = 4, high = 8, normal = 24, low = 48 }";
    let table = [
        ("hours = { urgent = 4, high = 8, normal = 24 }", "no target for priority low"),
        ("hours = { urgent = 4, high = 8, normal = 24, low = 0 }", "low: write 1 to 2000 hours"),
        ("hours = { urgent = 4, high = 8, normal = 24, later = 9 }", "`later` is no priority"),
        ("hours = { urgent = 4, high = 8, normal = 24, low = 48 }\nunit = \"CD\"", "not both"),
        ("unit = \"CD\"\ntarget = 1", "counted in open hours"),
    ];
    for (to, part) in table {
        let found = changed("service.toml", hours, to);
        assert!(found.iter().any(|problem| problem.contains(part)), "{to}: {found:?}");
    }
}

#[test]
fn a_target_that_opening_hours_never_reach_in_time_is_refused() {
    let mut files = shipped();
    let calendars = files.get_mut("calendars.toml").unwrap();
    for weekday in ["tue", "wed", "thu", "fri"] {
        *calendars = calendars.replace(&format!("{weekday} = [\"08:00-18:00\"]\n"), "");
    }
    *calendars = calendars.replace("mon = [\"08:00-18:00\"]", "mon = [\"08:00-09:00\"]");
    let found = problems(&files);
    assert!(found.iter().any(|p| p.contains("more than two years")), "{found:?}");
}

#[test]
fn a_problem_names_the_line_it_is_on() {
    let found = changed("clocks.toml", "unit = \"BD_OPEN\"", "unit = \"BD_OPENED\"");
    let line = line_of("clocks.toml", "unit = \"BD_OPEN\"");
    assert!(found[0].starts_with(&format!("clocks.toml:{line}: clock.PAYOFF.unit:")), "{found:?}");
}

#[test]
fn missing_files_are_named() {
    let found = problems(&BTreeMap::new());
    for file in ["calendars.toml", "clocks.toml", "service.toml"] {
        assert!(found.iter().any(|p| p.starts_with(&format!("{file}:0: file: is missing"))));
    }
}

#[test]
fn the_ids_that_rows_rely_on_can_be_checked_against_the_rules() {
    let book = book();
    let named: std::collections::BTreeSet<_> = book.named().map(|(_, id)| id).collect();
    for kind in ["noe", "rfi", "qwr", "payoff-request", "lossmit-application"] {
        assert!(named.contains(&NamedId::Kind(kind)), "{kind}");
    }
    assert!(named.contains(&NamedId::Flag("dissatisfaction")));
}
