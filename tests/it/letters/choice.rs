//! The letter table that ships, and the questions asked before it.

use tierline::domain::authentication::Source;
use tierline::domain::classify::{Flag, StatutoryKind, Understanding};
use tierline::domain::letter_choice::{ChoiceInput, LetterBook, LetterChoice, TaskWanted};
use tierline::domain::origin::{Origin, OriginEvidence};
use tierline::domain::policy::{PolicyFiles, PolicyProblem};
use tierline::domain::receive::Known;
use tierline::domain::ticket::Tier;
use tierline::domain::trust::Trust;

const SHIPPED: &str = include_str!("../../../rules/letters.toml");

fn load(text: &str) -> (LetterBook, Vec<PolicyProblem>) {
    let files = PolicyFiles::from([("letters.toml".to_owned(), text.to_owned())]);
    let mut problems = Vec::new();
    let book = LetterBook::load(&files, &mut problems);
    (book, problems)
}

fn shipped() -> LetterBook {
    let (book, problems) = load(SHIPPED);
    assert_eq!(problems, []);
    book
}

fn seen(kinds: &[&str], flags: &[&str]) -> Understanding {
    Understanding {
        origin: OriginEvidence { origin: Origin::Person, signals: Vec::new() },
        language: "en".to_owned(),
        matters: Vec::new(),
        runner_up: None,
        kinds: kinds
            .iter()
            .map(|kind| StatutoryKind {
                kind: (*kind).to_owned(),
                sub_kind: String::new(),
                is_to_confirm: false,
                evidence: Vec::new(),
            })
            .collect(),
        flags: flags
            .iter()
            .map(|flag| Flag { flag: (*flag).to_owned(), evidence: Vec::new() })
            .collect(),
        facts: Vec::new(),
        new_text: Vec::new(),
    }
}

fn choose(understanding: &Understanding, trust: Trust, known: &Known) -> LetterChoice {
    shipped().choose(&ChoiceInput {
        understanding,
        trust,
        known,
        queue: "triage",
        tier: Tier::One,
        has_recipient: true,
        is_follow_up: false,
    })
}

fn reason(choice: &LetterChoice) -> &str {
    match choice {
        LetterChoice::Withhold { reason, .. } => reason,
        LetterChoice::Send { template, .. } => panic!("sent {template}"),
    }
}

fn written(clock: &str) -> TaskWanted {
    TaskWanted {
        kind: "send_written_acknowledgment".to_owned(),
        clock_kind: Some(clock.to_owned()),
    }
}

#[test]
fn the_shipped_table_loads_and_passes_its_own_cases() {
    let book = shipped();
    assert_eq!(book.limits().address_per_day, 4);
    assert_eq!(book.citation("NOE_ACK"), Some("12 CFR 1024.35(d)"));
    assert!(book.templates().contains("ack_general"));
}

#[test]
fn a_case_that_fails_names_its_line() {
    let broken = SHIPPED.replacen("letter = \"ack_payoff\"", "letter = \"ack_general\"", 1);
    let (_, problems) = load(&broken);
    let [problem] = problems.as_slice() else { panic!("{problems:?}") };
    let line = broken.lines().nth(problem.line - 1).unwrap();
    assert_eq!(line, "[[test]]");
    assert!(problem.key.contains("payoff request"), "{problem}");
    assert!(problem.message.contains("ack_payoff"), "{problem}");
}

#[test]
fn mistakes_in_the_table_are_named_with_their_line() {
    for (from, to, says) in [
        ("address_per_day = 4", "address_per_day = 0", "a limit of 0"),
        ("default = \"en\"", "default = \"fr\"", "locales.written"),
        ("id = \"payoff\"", "id = \"notice_of_error\"", "used twice"),
        ("states_receipt_of = [\"rfi\"]", "states_receipt_of = [\"rfy\"]", "`rfy`"),
        ("address_per_week = 10", "address_per_weak = 10", "address_per_weak"),
        ("kinds_any = [\"qwr\"]", "kinds_any = []", "make it the last"),
    ] {
        let (_, problems) = load(&SHIPPED.replacen(from, to, 1));
        assert!(
            problems.iter().any(|problem| problem.to_string().contains(says)),
            "{says}: {problems:?}"
        );
    }
    let mut problems = Vec::new();
    LetterBook::load(&PolicyFiles::new(), &mut problems);
    assert_eq!(problems.len(), 1);
}

#[test]
fn a_machine_is_never_answered_and_asks_nobody_for_anything() {
    for origin in Origin::ALL.iter().filter(|origin| **origin != Origin::Person) {
        let mut mail = seen(&[], &[]);
        mail.origin.origin = *origin;
        let choice = choose(&mail, Trust::Verified, &Known::default());
        assert_eq!(reason(&choice), "automatic", "{origin}");
        assert_eq!(choice.tasks(), []);
    }
}

#[test]
fn a_persons_notice_marked_automatic_still_gets_its_written_receipt() {
    let mut mail = seen(&["noe"], &[]);
    mail.origin.origin = Origin::PersonMarkedAutomatic;
    let choice = choose(&mail, Trust::Verified, &Known::default());
    assert_eq!(reason(&choice), "automatic");
    assert_eq!(choice.tasks(), [written("NOE_ACK")]);
}

#[test]
fn a_suspicious_sender_gets_no_letter_but_the_law_gets_its_task() {
    let choice = choose(&seen(&["rfi"], &[]), Trust::Suspicious, &Known::default());
    assert_eq!(reason(&choice), "suspicious");
    assert_eq!(choice.tasks(), [written("RFI_ACK")]);
    assert!(choice.explain().contains("RFI_ACK"), "{}", choice.explain());
}

#[test]
fn without_an_address_there_is_no_letter() {
    let understanding = seen(&[], &[]);
    let choice = shipped().choose(&ChoiceInput {
        understanding: &understanding,
        trust: Trust::Unverified,
        known: &Known::default(),
        queue: "triage",
        tier: Tier::One,
        has_recipient: false,
        is_follow_up: false,
    });
    assert_eq!(reason(&choice), "no_recipient");
}

#[test]
fn each_limit_withholds_exactly_when_it_is_reached() {
    let at = |day, week, hour| Known {
        acknowledged_in_day: day,
        acknowledged_in_week: week,
        acknowledged_by_all_in_hour: hour,
        ..Known::default()
    };
    let mail = seen(&["noe"], &[]);
    let below = choose(&mail, Trust::Authenticated, &at(3, 9, 499));
    assert!(matches!(below, LetterChoice::Send { .. }), "{below:?}");
    for reached in [at(4, 4, 4), at(0, 10, 10), at(0, 0, 500)] {
        let choice = choose(&mail, Trust::Authenticated, &reached);
        assert_eq!(reason(&choice), "limit");
        assert_eq!(choice.tasks(), [written("NOE_ACK")]);
    }
    let checked = |mut known: Known| {
        known.authentication.from = Source::OwnVerification;
        known
    };
    let below = choose(&mail, Trust::Unverified, &checked(at(1, 4, 499)));
    assert!(matches!(below, LetterChoice::Send { .. }), "{below:?}");
    for reached in [at(2, 2, 2), at(0, 5, 5), at(0, 0, 500)] {
        let choice = choose(&mail, Trust::Unverified, &checked(reached));
        assert_eq!(reason(&choice), "limit", "half of it");
    }
    let unchecked = choose(&mail, Trust::Unverified, &at(3, 9, 499));
    assert!(matches!(unchecked, LetterChoice::Send { .. }), "nobody checks: {unchecked:?}");
}

#[test]
fn an_unproven_sender_of_a_domain_that_enforces_dmarc_gets_no_letter() {
    let mail = seen(&["noe"], &[]);
    let mut known = Known::default();
    known.authentication.dmarc.is_enforcing = true;
    let choice = choose(&mail, Trust::Unverified, &known);
    assert_eq!(reason(&choice), "unauthenticated");
    assert_eq!(choice.tasks(), [written("NOE_ACK")], "the law's receipt is still owed");
    let proven = choose(&mail, Trust::Authenticated, &known);
    assert!(matches!(proven, LetterChoice::Send { .. }), "{proven:?}");
}

#[test]
fn consent_turns_a_courtesy_into_the_receipt_the_law_asks_for() {
    let mail = seen(&["noe", "rfi", "lossmit-application"], &[]);
    let outcome = |has_esign_consent| {
        let known = Known { has_esign_consent, ..Known::default() };
        match choose(&mail, Trust::Verified, &known) {
            LetterChoice::Send { meets, tasks, .. } => (meets, tasks),
            LetterChoice::Withhold { reason, .. } => panic!("{reason}"),
        }
    };
    let (meets, tasks) = outcome(false);
    assert_eq!(meets, ["INT_ACK"]);
    assert_eq!(tasks, [written("LM_ACK"), written("NOE_ACK"), written("RFI_ACK")]);
    let (meets, tasks) = outcome(true);
    assert_eq!(meets, ["INT_ACK", "NOE_ACK", "RFI_ACK"]);
    assert_eq!(tasks, [written("LM_ACK")], "only a person says whether it is complete");
}
