//! What may be done to a clock, and what is refused.

use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;
use tierline::domain::clock::{Act, Clock, ClockClass, ClockState, Refusal};
use tierline::domain::id::PersonId;
use tierline::domain::ticket::Priority;
use uuid::Uuid;

use super::{at, book, started, started_by};

fn one(kind: &str) -> Clock {
    let all = started("noe/b2 rfi payoff-request #dissatisfaction", "2026-05-20T10:00");
    all.into_iter().find(|one| one.clock.kind == kind).unwrap().clock
}

fn person(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(number))
}

fn written(what: &str, at: Timestamp) -> Act<'_> {
    Act { what, at, is_in_writing: true }
}

#[test]
fn nobody_pauses_the_law() {
    for kind in ["NOE_ACK", "RFI_RESP", "PAYOFF", "INT_COMPLAINT"] {
        let refused = one(kind).pause(at("2026-05-21T10:00")).unwrap_err();
        assert!(refused.to_string().contains("law 5"), "{refused}");
        let mut forced = one(kind);
        forced.state = ClockState::Paused;
        let hours = book().servicer().clone();
        let now = at("2026-05-21T10:00");
        assert!(forced.resume(now, now, &hours, &hours).is_err(), "{kind}");
    }
}

#[test]
fn a_service_clock_waits_for_the_borrower_and_keeps_its_open_time() {
    let clock = one("first_response");
    assert_eq!(clock.due_at, at("2026-05-22T14:00"));
    let paused = clock.pause(at("2026-05-20T12:00")).unwrap();
    assert_eq!((paused.state, paused.next_at), (ClockState::Paused, None));
    let office = book().servicer().clone();
    let resumed =
        paused.resume(at("2026-05-20T12:00"), at("2026-05-21T12:00"), &office, &office).unwrap();
    assert_eq!(resumed.due_at, at("2026-05-26T14:00"), "ten open hours later");
    assert_eq!(resumed.due_on, super::day("2026-05-26"));
    assert_eq!(resumed.internal_due_on, super::day("2026-05-26"));
    assert_eq!(resumed.next_at, Some(at("2026-05-22T12:00")), "half of it, ten hours later");
    assert!(matches!(
        paused.pause(at("2026-05-20T13:00")),
        Err(Refusal::WrongState { change: "paused", .. })
    ));
    assert!(matches!(clock.pause(at("2026-05-22T14:01")), Err(Refusal::PastDue { .. })));
    assert!(matches!(
        paused.resume(at("2026-05-20T12:00"), at("2026-05-20T11:00"), &office, &office),
        Err(Refusal::TooEarly { change: "resumed", .. })
    ));
}

#[test]
fn an_acknowledgment_meets_its_own_clock_and_never_a_first_response() {
    let book = book();
    let terms = |kind: &str| book.find_definition(kind).unwrap().terms.clone();
    let sent = at("2026-05-20T10:05");
    let met = one("NOE_ACK").meet(&terms("NOE_ACK"), &written("letter:acknowledgment", sent));
    let met = met.unwrap();
    assert_eq!((met.state, met.met_at, met.next_at), (ClockState::Met, Some(sent), None));
    assert_eq!(met.breached_at, None);
    for kind in ["first_response", "resolution", "NOE_RESP", "RFI_RESP", "PAYOFF"] {
        let act = written("letter:acknowledgment", sent);
        let refused = one(kind).meet(&terms(kind), &act).unwrap_err();
        assert!(matches!(refused, Refusal::NotAccepted { .. }), "{kind}");
    }
}

#[test]
fn without_e_sign_consent_an_e_mail_meets_no_clock_that_asks_for_writing() {
    let terms = book().find_definition("NOE_ACK").unwrap().terms.clone();
    let e_mail =
        Act { what: "letter:acknowledgment", at: at("2026-05-20T10:05"), is_in_writing: false };
    let refused = one("NOE_ACK").meet(&terms, &e_mail).unwrap_err();
    assert!(refused.to_string().contains("E-SIGN"), "{refused}");
}

#[test]
fn one_letter_meets_every_clock_that_accepts_it_and_leaves_the_others() {
    let book = book();
    let clocks: Vec<Clock> =
        started("noe/b2 rfi", "2026-05-20T10:00").into_iter().map(|one| one.clock).collect();
    let kinds = |clocks: &[Clock]| -> Vec<String> {
        let mut kinds: Vec<String> = clocks.iter().map(|clock| clock.kind.clone()).collect();
        kinds.sort();
        kinds
    };
    let sent = at("2026-05-20T10:05");
    let mut act = written("letter:acknowledgment", sent);
    let on_paper = book.met_by(&clocks, &act);
    assert_eq!(kinds(&on_paper.met), ["INT_ACK", "NOE_ACK", "RFI_ACK"]);
    assert!(on_paper.asks_for_writing.is_empty());
    act.is_in_writing = false;
    let by_e_mail = book.met_by(&clocks, &act);
    assert_eq!(kinds(&by_e_mail.met), ["INT_ACK"]);
    assert_eq!(kinds(&by_e_mail.asks_for_writing), ["NOE_ACK", "RFI_ACK"]);
    let answer = book.met_by(&clocks, &written("letter:response", sent));
    let answered = [
        "INT_ACK",
        "NOE_ACK",
        "NOE_EXT_NOTICE",
        "NOE_RESP",
        "RFI_ACK",
        "RFI_EXT_NOTICE",
        "RFI_RESP",
        "first_response",
    ];
    assert_eq!(kinds(&answer.met), answered);
}

#[test]
fn a_late_letter_meets_the_clock_and_leaves_the_breach_on_record() {
    let terms = book().find_definition("NOE_ACK").unwrap().terms.clone();
    let clock = one("NOE_ACK");
    let last = clock.meet(&terms, &written("letter:response", clock.due_at)).unwrap();
    assert_eq!(last.breached_at, None, "the last instant is in time");
    let late = clock.due_at + 1.microsecond();
    let met = clock.meet(&terms, &written("letter:response", late)).unwrap();
    assert_eq!((met.met_at, met.breached_at), (Some(late), Some(clock.due_at)));
    let breached = clock.breach(late).unwrap();
    let met = breached.meet(&terms, &written("letter:response", late)).unwrap();
    assert_eq!((met.state, met.breached_at), (ClockState::Met, Some(clock.due_at)));
    assert!(met.meet(&terms, &written("letter:response", late)).is_err(), "once");
    let early = clock.started_at - 1.second();
    assert!(matches!(
        clock.meet(&terms, &written("letter:response", early)),
        Err(Refusal::TooEarly { change: "met", .. })
    ));
}

#[test]
fn a_breach_needs_the_due_instant_to_have_passed() {
    let clock = one("NOE_ACK");
    assert!(matches!(clock.breach(clock.due_at), Err(Refusal::NotYetDue { .. })));
    let breached = clock.breach(clock.due_at + 30.hours()).unwrap();
    assert_eq!(breached.breached_at, Some(clock.due_at), "the true instant");
    assert_eq!(breached.next_look(), None);
    assert!(breached.is_open(), "still owed");
}

#[test]
fn two_different_persons_with_a_reason_end_a_clock_that_should_not_run() {
    let clock = one("NOE_RESP");
    let (ana, cora) = (person(1), person(2));
    assert_eq!(clock.void(ana, cora, "not a borrower").unwrap().state, ClockState::Voided);
    assert!(matches!(clock.void(ana, ana, "not a borrower"), Err(Refusal::SamePerson { .. })));
    assert!(matches!(clock.void(ana, cora, "  "), Err(Refusal::NoReason { .. })));
    let novel = "é".repeat(1_001);
    assert!(matches!(clock.void(ana, cora, &novel), Err(Refusal::NoReason { .. })));
    let voided = clock.void(ana, cora, "not a borrower").unwrap();
    assert!(matches!(voided.void(ana, cora, "again"), Err(Refusal::WrongState { .. })));
    assert!(!voided.is_open());
}

proptest! {
    #[test]
    fn a_pause_never_moves_a_due_date_or_a_warning_earlier(
        received in 0_i64..20_000_000, pause in 0_i64..2_000_000, wait in 0_i64..5_000_000,
    ) {
        let book = book();
        let received = at("2026-01-05T09:00") + SignedDuration::from_secs(received);
        let clock = started_by(book, "", received, Priority::Low)
            .into_iter()
            .find(|one| one.clock.kind == "resolution")
            .unwrap()
            .clock;
        prop_assert_eq!(clock.class, ClockClass::Service);
        let paused_at = received + SignedDuration::from_secs(pause);
        prop_assume!(paused_at <= clock.due_at);
        let resumed_at = paused_at + SignedDuration::from_secs(wait);
        let office = book.servicer();
        let resumed =
            clock.pause(paused_at).unwrap().resume(paused_at, resumed_at, office, office).unwrap();
        prop_assert!(resumed.due_at >= clock.due_at);
        for (new, old) in resumed.warnings.iter().zip(&clock.warnings) {
            prop_assert!(new.at >= old.at);
        }
        let left = office.business_between(paused_at, clock.due_at);
        prop_assert_eq!(office.business_between(resumed_at, resumed.due_at), left);
        prop_assert!(resumed.internal_due_on <= resumed.due_on);
    }
}
