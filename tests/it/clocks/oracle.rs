//! Dates that something else than the program has worked out: Python's own
//! calendar, the package `holidays` of Debian, and a count by hand.

use std::collections::BTreeMap;
use std::process::Command;

use jiff::civil::Date;
use tierline::domain::calendar::Holiday;
use tierline::domain::catalogue::{
    ClockDefinition, CountedFrom, Measure, StartInput, StartedClock, Trigger,
};
use tierline::domain::clock::{Act, ClockState};
use tierline::domain::id::{FreshIds, TicketId};
use tierline::domain::ticket::{Priority, Tier};

use super::{at, book, day, nothing_understood, understood};

/// Every clock that the research of the law came to.
const CATALOGUE: [&str; 71] = [
    "NOE_ACK",
    "NOE_EARLY_FIX",
    "NOE_RESP",
    "NOE_EXT_NOTICE",
    "NOE_RESP_EXT",
    "NOE_PAYOFF",
    "NOE_FCL",
    "NOE_FCL_LATE",
    "NOE_NOT_REQ",
    "NOE_DOCS",
    "NOE_CRA_HOLD",
    "RFI_ACK",
    "RFI_OWNER",
    "RFI_RESP",
    "RFI_RESP_EXT",
    "RFI_NOT_REQ",
    "SII_ACK",
    "SII_DOCLIST",
    "SII_DECISION",
    "PAYOFF",
    "PAYOFF_MD",
    "ESCROW_REFUND",
    "LM_ACK",
    "LM_ACK_XFER",
    "LM_COMPLETE_NOTICE",
    "LM_REASONABLE_DATE",
    "LM_EVAL",
    "LM_EVAL_XFER",
    "LM_APPEAL_WINDOW",
    "LM_APPEAL",
    "LM_PLAN_NOTICE",
    "LM_FCL_STOP",
    "LM_LATE_SALE",
    "FPI_CANCEL",
    "ESCROW_SURPLUS",
    "ESCROW_CLOSE_NOTICE",
    "NONCONFORM_PAY",
    "XFER_GRACE",
    "STMT_BK_REQ",
    "BK_STOP",
    "ATTY_STOP",
    "CEASE_STOP",
    "OPTOUT",
    "VALIDATION_NOTICE",
    "VALIDATION_END",
    "DEBT_DISPUTE_HOLD",
    "SCRA_REVIEW",
    "SCRA_TAIL",
    "FCRA_DISPUTE",
    "FCRA_FRIVOLOUS",
    "IDT_MORE_INFO",
    "IDT_RECORDS",
    "CFPB_15",
    "CFPB_60",
    "REG_OTHER",
    "ECOA_ACTION",
    "PMI_DENIAL",
    "SERVICING_FILE",
    "BREACH_FTC",
    "NY_OWNER",
    "NY_HISTORY",
    "CA_LM_ACK",
    "CA_SPOC",
    "MD_COMPLAINT",
    "NC_STATEMENT",
    "NC_LM_ACK",
    "WA_STATEMENT",
    "INT_ACK",
    "INT_TRIAGE",
    "INT_COMPLAINT",
    "INT_SUPERVISOR",
];

/// What a script in `tests/oracle` prints, by Debian's Python.
fn oracle(script: &str, arguments: &[&str]) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    let output = Command::new("/usr/bin/python3")
        .arg(format!("{root}/tests/oracle/{script}"))
        .args(arguments)
        .output()
        .unwrap();
    let (out, err) = (output.stdout, String::from_utf8_lossy(&output.stderr).into_owned());
    assert!(output.status.success(), "is python3-holidays installed? {err}");
    String::from_utf8(out).unwrap()
}

#[test]
fn federal_holidays_are_those_of_an_independent_list() {
    let listed = oracle("federal_holidays.py", &[]);
    let mut actual: BTreeMap<Date, String> = BTreeMap::new();
    let mut observed: BTreeMap<Date, String> = BTreeMap::new();
    for line in listed.lines() {
        let (date, name) = line.split_once('\t').unwrap();
        let list = if name.contains("(Observed)") { &mut observed } else { &mut actual };
        list.insert(day(date), name.to_owned());
    }
    assert!(actual.len() >= 41 * 10, "{}", actual.len());
    let knows_juneteenth = actual.contains_key(&day("2023-06-19"));
    let is_juneteenth = |date: Date| Holiday::on(date) == Some(Holiday::Juneteenth);
    let mut checked = 0;
    for date in day("2000-01-01").series(jiff::ToSpan::days(1)).take_while(|d| d.year() <= 2040) {
        checked += 1;
        if is_juneteenth(date) && !knows_juneteenth {
            assert!(date.year() >= 2021 && (date.month(), date.day()) == (6, 19), "{date}");
            continue;
        }
        assert_eq!(Holiday::on(date).is_some(), actual.contains_key(&date), "{date}");
        let ours = Holiday::observed_on(date);
        if ours == Some(Holiday::Juneteenth) && !knows_juneteenth {
            continue;
        }
        assert_eq!(ours.is_some(), observed.contains_key(&date), "{date} observed");
    }
    assert_eq!(checked, 14_976, "41 years");
    // what the package is too old for, by hand
    for (year, seen) in [
        (2021, "06-18"),
        (2022, "06-20"),
        (2027, "06-18"),
        (2032, "06-18"),
        (2033, "06-20"),
        (2038, "06-18"),
        (2039, "06-20"),
    ] {
        let date = day(&format!("{year}-{seen}"));
        assert_eq!(Holiday::observed_on(date), Some(Holiday::Juneteenth), "{date}");
    }
}

#[test]
fn every_worked_date_comes_out_of_a_script_that_knows_nothing_of_the_program() {
    let rules = format!("{}/rules", env!("CARGO_MANIFEST_DIR"));
    let said = oracle("worked_dates.py", &[&rules]);
    assert!(said.lines().all(|line| line.starts_with("ok ")), "{said}");
    for kind in CATALOGUE {
        let is_of_kind = |line: &&str| line.split(' ').nth(1) == Some(kind);
        assert!(said.lines().any(|line| is_of_kind(&line)), "{kind} has a worked date");
    }
}

/// A mail that fires `trigger`.
fn mail_for(trigger: &Trigger) -> String {
    let mut words = Vec::new();
    if let Some(kind) = trigger.kinds.first() {
        let sub = trigger.sub_kinds.iter().find(|sub| !sub.is_empty());
        words.push(sub.map_or_else(|| kind.clone(), |sub| format!("{kind}/{sub}")));
    }
    words.extend(trigger.flags.first().map(|flag| format!("#{flag}")));
    words.extend(trigger.categories.first().map(|category| format!("@{category}")));
    if trigger.sale_within.is_some() {
        words.push("sale=2026-05-25".to_owned());
    }
    words.join(" ")
}

/// Starts one row by what it says starts it.
fn start(row: &ClockDefinition) -> Option<StartedClock> {
    let received_at = at("2026-05-20T10:00");
    let mut ids = FreshIds::new(received_at, [5; 32]);
    let blank = nothing_understood();
    let input = StartInput {
        ticket_id: TicketId(ids.uuid()),
        matter_id: None,
        understanding: &blank,
        priority: Priority::Normal,
        tier: Tier::One,
        received_at,
        now: received_at,
        loan_state: None,
        named_on: Some(day("2026-07-01")),
        is_reply: false,
        policy_revision: "revision",
    };
    let Some(trigger) = row.triggers.first() else {
        let started = book().start_by_act(&row.starts_at, received_at, &input, &mut ids);
        return started.into_iter().find(|one| one.clock.kind == row.id);
    };
    let understanding = understood(&mail_for(trigger));
    let input = StartInput {
        understanding: &understanding,
        loan_state: trigger.states.first().map(String::as_str),
        is_reply: trigger.every_reply,
        ..input
    };
    book().start(&input, &mut ids).into_iter().find(|one| one.clock.kind == row.id)
}

#[test]
fn every_clock_of_the_catalogue_can_be_started_and_met() {
    let known: Vec<&str> = book().definitions().iter().map(|row| row.id.as_str()).collect();
    for kind in CATALOGUE {
        assert!(known.contains(&kind), "{kind} is in the catalogue");
    }
    for row in book().definitions() {
        if row.starts_at == "extension" {
            let extends = |other: &&ClockDefinition| {
                other.extension.as_ref().is_some_and(|extension| extension.to == row.id)
            };
            assert!(book().definitions().iter().any(|other| extends(&other)), "{}", row.id);
            continue;
        }
        let clock = start(row).unwrap_or_else(|| panic!("{} was not started", row.id)).clock;
        assert_eq!(clock.state, ClockState::Running, "{}", row.id);
        if let Measure::Days { from: CountedFrom::Start, .. } = row.measure {
            let on = book().due_on(row, day("2026-05-20"), clock.life.basis.unwrap().sale_on);
            assert_eq!(Some(clock.due_on), on, "{}", row.id);
        }
        for deed in &row.terms.satisfied_by {
            let act = Act { what: deed, at: clock.started_at, is_in_writing: true };
            let met = clock.meet(&row.terms, &act).unwrap();
            assert_eq!(met.state, ClockState::Met, "{} by {deed}", row.id);
            assert_eq!(met.life.met_by.as_ref(), Some(deed));
        }
        let other = Act { what: "act:sun-rose", at: clock.started_at, is_in_writing: true };
        assert!(clock.meet(&row.terms, &other).is_err(), "{}", row.id);
    }
}
