//! The life of a clock on a ticket: what persons, letters and time make of it,
//! what is refused, and that the record tells the same as the row.

use std::sync::OnceLock;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use tierline::domain::actor::Role;
use tierline::domain::catalogue::{ClockBook, Deed, StartInput};
use tierline::domain::clock::settle::{self, Settled};
use tierline::domain::clock::{Clock, ClockState, Refusal, history};
use tierline::domain::clock_act::{By, ClockAct, ClockView, Ground, act};
use tierline::domain::decision::ClockChange;
use tierline::domain::event::{Event, ticket_stream};
use tierline::domain::id::{FreshIds, LetterId, PersonId, TicketId};
use tierline::domain::policy::{Policy, PolicyFiles};
use tierline::domain::sweep::{DueTicket, after_change, sweep};
use tierline::domain::ticket::{Priority, Status, Tier};
use uuid::Uuid;

use super::{at, day, understood};

const ANA: By = By { id: PersonId(Uuid::from_u128(1)), role: Role::Agent };
const SAM: By = By { id: PersonId(Uuid::from_u128(2)), role: Role::Supervisor };
const CORA: By = By { id: PersonId(Uuid::from_u128(3)), role: Role::Compliance };
const OTTO: By = By { id: PersonId(Uuid::from_u128(4)), role: Role::Operator };

fn files() -> PolicyFiles {
    tierline::app::shipped::rules(None).unwrap()
}

fn policy() -> &'static Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    POLICY.get_or_init(|| Policy::load(files()).unwrap())
}

/// The same rules, with Saturdays open to the public.
fn with_saturdays() -> &'static Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    POLICY.get_or_init(|| {
        let mut files = files();
        let text = files.get_mut("calendars.toml").unwrap();
        let weekdays = "open_to_public = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]";
        assert!(text.contains(weekdays));
        *text = text.replace(weekdays, &weekdays.replace("]", ", \"sat\"]"));
        Policy::load(files).unwrap()
    })
}

/// A ticket with its clocks and its record.
#[derive(Clone)]
struct Folder {
    view: ClockView,
    events: Vec<Event>,
    acts: u8,
}

impl Folder {
    /// What a mail that means `words`, received at `received`, starts.
    fn new(words: &str, received: &str) -> Self {
        let received_at = at(received);
        let mut ids = FreshIds::new(received_at, [9; 32]);
        let id = TicketId(ids.uuid());
        let understanding = understood(words);
        let input = StartInput {
            ticket_id: id,
            matter_id: None,
            understanding: &understanding,
            priority: Priority::Normal,
            tier: Tier::One,
            received_at,
            now: received_at,
            loan_state: None,
            is_reply: false,
            named_on: None,
            policy_revision: &policy().revision,
        };
        let clocks: Vec<Clock> =
            policy().clocks.start(&input, &mut ids).into_iter().map(|one| one.clock).collect();
        let told = |clock: &Clock| {
            let particulars = serde_json::json!({
                "clock": clock.id, "kind": clock.kind, "frozen": clock,
            });
            Event::by_engine(ticket_stream(id), "clock_started", received_at, particulars)
        };
        let events = clocks.iter().map(told).collect();
        let view = ClockView {
            id,
            version: 1,
            priority: Priority::Normal,
            tier: Tier::One,
            received_at,
            clocks,
            deeds: Vec::new(),
            understanding: Some(understanding),
        };
        Self { view, events, acts: 0 }
    }

    fn clock(&self, kind: &str) -> &Clock {
        let mut found = self.view.clocks.iter().filter(|clock| clock.kind == kind);
        let one = found.next().unwrap_or_else(|| panic!("no {kind}"));
        assert!(found.next().is_none(), "several {kind}");
        one
    }

    fn state(&self, kind: &str) -> ClockState {
        self.clock(kind).state
    }

    fn try_act(
        &mut self,
        policy: &Policy,
        wanted: &ClockAct,
        by: By,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.acts += 1;
        let mut ids = FreshIds::new(now, [self.acts; 32]);
        let decision = act(policy, &self.view, wanted, by, &mut ids, now)?;
        if let ClockAct::Record { deed, .. } = wanted {
            self.view.deeds.push(deed.clone());
        }
        self.take(&decision.clocks, decision.events);
        Ok(())
    }

    fn acts(&mut self, wanted: &ClockAct, by: By, now: &str) -> Result<(), Refusal> {
        self.try_act(policy(), wanted, by, at(now))
    }

    fn letter(&mut self, settled: Settled) {
        self.take(&settled.changes, settled.events);
    }

    fn sweep(&mut self, now: Timestamp) {
        let due = DueTicket {
            id: self.view.id,
            version: 1,
            status: Status::Open,
            priority: Priority::Normal,
            queue: "research".to_owned(),
            tier: Tier::One,
            clocks: self.view.clocks.clone(),
        };
        if let Some(decision) = sweep(&due, now) {
            self.take(&decision.clocks, decision.events);
        }
    }

    fn take(&mut self, changes: &[ClockChange], events: Vec<Event>) {
        for change in changes {
            if let ClockChange::Start(clock) = change {
                self.view.clocks.push(clock.as_ref().clone());
            }
            for clock in &mut self.view.clocks {
                *clock = after_change(clock, change);
            }
        }
        self.events.extend(events);
    }

    /// The record, told again, gives the rows.
    fn is_told(&self) {
        for clock in &self.view.clocks {
            let told = history::fold(&self.events, clock.id);
            assert_eq!(told.as_ref(), Some(clock), "{}", clock.kind);
        }
    }

    fn last(&self, kind: &str) -> &Event {
        self.events.iter().rev().find(|event| event.kind == kind).unwrap()
    }
}

fn record(what: &str, when: &str, is_in_writing: bool) -> ClockAct {
    let deed = Deed { what: what.to_owned(), at: at(when), is_in_writing };
    ClockAct::Record { deed, named_on: None }
}

fn extend(clock: &str) -> ClockAct {
    ClockAct::Extend { clock: clock.to_owned(), reason: "records of a prior servicer".to_owned() }
}

const RECEIVED: &str = "2026-05-20T10:00";

#[test]
fn an_answer_gets_fifteen_more_days_only_by_a_notice_in_writing_sent_in_time() {
    let mut folder = Folder::new("noe/b2", RECEIVED);
    let refused = folder.acts(&extend("NOE_RESP"), SAM, "2026-06-20T09:00").unwrap_err();
    assert!(matches!(refused, Refusal::NoNotice { .. }), "{refused}");
    let by_mail = record("letter:extension-notice", "2026-07-01T09:00", false);
    folder.acts(&by_mail, ANA, "2026-07-01T09:00").unwrap();
    let refused = folder.acts(&extend("NOE_RESP"), SAM, "2026-07-01T10:00").unwrap_err();
    assert!(refused.to_string().contains("in writing"), "{refused}");
    let on_paper = record("letter:extension-notice", "2026-07-02T09:00", true);
    folder.acts(&on_paper, ANA, "2026-07-02T09:30").unwrap();
    assert_eq!(folder.state("NOE_EXT_NOTICE"), ClockState::Met);
    assert_eq!(
        folder.clock("NOE_RESP").due_on,
        day("2026-07-03"),
        "the notice alone moves nothing"
    );
    folder.acts(&extend("NOE_RESP"), SAM, "2026-07-02T10:00").unwrap();
    let extended = folder.clock("NOE_RESP");
    // forty-five days after the receipt, worked out in the table of the law
    assert_eq!(extended.due_on, day("2026-07-24"));
    assert_eq!(extended.due_at, at("2026-07-24T23:59:59.999999"));
    assert_eq!(extended.state, ClockState::Running);
    let told = &folder.last("clock_extended").particulars;
    assert_eq!(
        (&told["old_due_on"], &told["due_on"]),
        (&"2026-07-03".into(), &"2026-07-24".into())
    );
    let again = folder.acts(&extend("NOE_RESP"), SAM, "2026-07-03T10:00").unwrap_err();
    assert!(matches!(again, Refusal::ExtendedBefore { .. }), "{again}");
    folder.is_told();
}

#[test]
fn what_the_law_does_not_extend_nobody_extends() {
    let mut folder = Folder::new("noe/b2 payoff-request", RECEIVED);
    let on_paper = record("letter:extension-notice", "2026-05-21T09:00", true);
    folder.acts(&on_paper, ANA, "2026-05-21T09:30").unwrap();
    for kind in ["NOE_ACK", "PAYOFF", "INT_TRIAGE", "first_response"] {
        let refused = folder.acts(&extend(kind), CORA, "2026-05-21T10:00").unwrap_err();
        assert!(matches!(refused, Refusal::NotExtendable { .. }), "{kind}: {refused}");
    }
    let late = folder.acts(&extend("NOE_RESP"), CORA, "2026-07-04T00:00").unwrap_err();
    assert!(
        matches!(late, Refusal::PastDue { .. }),
        "the notice was in time, the act is not: {late}"
    );
    let by_agent = folder.acts(&extend("NOE_RESP"), ANA, "2026-05-21T10:00").unwrap_err();
    assert!(matches!(by_agent, Refusal::NotByRole { .. }), "{by_agent}");
    folder.is_told();
}

#[test]
fn a_notice_sent_after_the_due_date_extends_nothing() {
    let mut folder = Folder::new("rfi", RECEIVED);
    let late = record("letter:extension-notice", "2026-07-04T09:00", true);
    let refused = folder.acts(&late, ANA, "2026-07-04T09:00");
    assert_eq!(folder.state("RFI_EXT_NOTICE"), ClockState::Running, "{refused:?}");
    folder.view.clocks.iter_mut().for_each(|clock| clock.warnings.clear());
    let refused = folder.acts(&extend("RFI_RESP"), SAM, "2026-07-03T23:00").unwrap_err();
    assert!(matches!(refused, Refusal::NoNotice { .. }), "{refused}");
}

#[test]
fn an_error_corrected_within_five_days_leaves_the_other_clocks_without_object() {
    let corrected = record("letter:correction-notice", "2026-05-28T16:00", true);
    let mut folder = Folder::new("noe/b2", RECEIVED);
    folder.acts(&corrected, ANA, "2026-05-28T16:05").unwrap();
    assert_eq!(folder.state("NOE_EARLY_FIX"), ClockState::Met);
    for kind in ["NOE_ACK", "NOE_RESP", "NOE_EXT_NOTICE"] {
        assert_eq!(folder.state(kind), ClockState::Superseded, "{kind}");
        assert_eq!(folder.clock(kind).next_at, None);
    }
    assert_eq!(folder.state("NOE_CRA_HOLD"), ClockState::Running, "the reporting hold goes on");
    folder.is_told();
    let mut late = Folder::new("noe/b2", RECEIVED);
    let corrected = record("letter:correction-notice", "2026-05-29T09:00", true);
    late.acts(&corrected, ANA, "2026-05-29T09:05").unwrap_err();
    assert_eq!(late.state("NOE_RESP"), ClockState::Running, "the sixth day is too late");
}

#[test]
fn a_clock_is_voided_by_two_persons_and_runs_until_the_second_agrees() {
    let mut folder = Folder::new("noe/b2", RECEIVED);
    let clock = || "NOE_RESP".to_owned();
    let void =
        ClockAct::Void { clock: clock(), reason: "an opt-out, no notice of error".to_owned() };
    let confirm = ClockAct::ConfirmVoid { clock: clock() };
    let early = folder.acts(&confirm, CORA, "2026-05-21T09:00").unwrap_err();
    assert!(matches!(early, Refusal::NobodyAsked { .. }), "{early}");
    let silent = ClockAct::Void { clock: clock(), reason: "  ".to_owned() };
    let refused = folder.acts(&silent, SAM, "2026-05-21T09:00").unwrap_err();
    assert!(matches!(refused, Refusal::NoReason { .. }), "{refused}");
    folder.acts(&void, SAM, "2026-05-21T09:00").unwrap();
    assert_eq!(folder.state("NOE_RESP"), ClockState::Running);
    let alone = folder.acts(&confirm, SAM, "2026-05-21T09:10").unwrap_err();
    assert!(alone.to_string().contains("two different persons"), "{alone}");
    let agent = folder.acts(&confirm, ANA, "2026-05-21T09:10").unwrap_err();
    assert!(matches!(agent, Refusal::NotByRole { .. }), "{agent}");
    folder.acts(&confirm, CORA, "2026-05-21T10:00").unwrap();
    assert_eq!(folder.state("NOE_RESP"), ClockState::Voided);
    let told = folder.last("clock_voided");
    assert_eq!(told.actor, format!("person:{}", CORA.id));
    assert_eq!(told.particulars["asked_by"], serde_json::json!(SAM.id));
    assert_eq!(told.particulars["reason"], "an opt-out, no notice of error");
    folder.is_told();
}

#[test]
fn nobody_pauses_the_law_and_operators_touch_no_clock() {
    let mut folder = Folder::new("noe/b2", RECEIVED);
    for by in [ANA, SAM, CORA] {
        let pause = ClockAct::Pause { clock: "NOE_ACK".to_owned() };
        let refused = folder.acts(&pause, by, "2026-05-21T09:00").unwrap_err();
        assert!(refused.to_string().contains("law 5"), "{refused}");
    }
    let pause = ClockAct::Pause { clock: "first_response".to_owned() };
    let refused = folder.acts(&pause, OTTO, "2026-05-21T09:00").unwrap_err();
    assert!(matches!(refused, Refusal::NotByRole { .. }), "{refused}");
    folder.acts(&pause, ANA, "2026-05-21T09:00").unwrap();
    folder.sweep(at("2026-05-27T09:00"));
    assert_eq!(folder.state("first_response"), ClockState::Paused, "time does not touch it");
    let resume = ClockAct::Resume { clock: "first_response".to_owned() };
    folder.acts(&resume, ANA, "2026-05-28T09:00").unwrap();
    // eight of 24 open hours were used on the first day, one on the second
    assert_eq!(folder.clock("first_response").due_at, at("2026-05-29T14:00"));
    folder.is_told();
}

#[test]
fn a_letter_that_comes_back_leaves_its_clocks_owed_again() {
    let letter = LetterId(Uuid::from_u128(77));
    let mut folder = Folder::new("noe/b2", RECEIVED);
    let kinds = ["NOE_ACK".to_owned(), "INT_ACK".to_owned()];
    let due_at = folder.clock("NOE_ACK").due_at;
    let sent = settle::handed_over(&folder.view.clocks, &kinds, letter, at("2026-05-20T10:05"));
    folder.letter(sent);
    assert_eq!(folder.state("NOE_ACK"), ClockState::Met);
    let other = LetterId(Uuid::from_u128(78));
    let nothing = settle::bounced(&folder.view.clocks, other, at("2026-05-20T11:00"));
    assert_eq!((nothing.changes.len(), nothing.events.len()), (0, 0));
    let back = settle::bounced(&folder.view.clocks, letter, at("2026-05-22T12:00"));
    folder.letter(back);
    let reopened = folder.clock("NOE_ACK");
    assert_eq!((reopened.state, reopened.due_at), (ClockState::Running, due_at));
    let ahead: Vec<&str> = reopened.warnings.iter().map(|warning| warning.point.as_str()).collect();
    assert_eq!(ahead, ["BD3", "BD4", "final"], "the second day has passed, the others are told");
    assert_eq!(reopened.next_at, Some(at("2026-05-26T08:00")));
    folder.is_told();
    folder.sweep(at("2026-06-10T08:00"));
    assert_eq!(folder.clock("NOE_ACK").breached_at, Some(due_at), "the true instant");
    folder.is_told();
}

#[test]
fn a_correction_that_comes_back_reopens_all_that_it_had_ended() {
    let letter = LetterId(Uuid::from_u128(79));
    let mut folder = Folder::new("noe/b2", RECEIVED);
    let kinds = ["NOE_EARLY_FIX".to_owned()];
    let sent = settle::handed_over(&folder.view.clocks, &kinds, letter, at("2026-05-22T09:00"));
    folder.letter(sent);
    assert_eq!(folder.state("NOE_RESP"), ClockState::Superseded);
    let back = settle::bounced(&folder.view.clocks, letter, at("2026-06-08T09:00"));
    folder.letter(back);
    for kind in ["NOE_EARLY_FIX", "NOE_ACK", "NOE_RESP", "NOE_EXT_NOTICE"] {
        assert_eq!(folder.state(kind), ClockState::Running, "{kind}");
    }
    folder.is_told();
    folder.sweep(at("2026-06-08T09:00"));
    assert_eq!(folder.state("NOE_ACK"), ClockState::Breached, "its day was 28 May");
    assert_eq!(folder.state("NOE_EARLY_FIX"), ClockState::Met, "a hold ends by itself");
    folder.is_told();
}

#[test]
fn a_letter_after_the_due_instant_meets_a_clock_and_leaves_its_breach_on_record() {
    let letter = LetterId(Uuid::from_u128(80));
    let mut folder = Folder::new("noe/b2", RECEIVED);
    let kinds = ["NOE_ACK".to_owned()];
    let sent = settle::handed_over(&folder.view.clocks, &kinds, letter, at("2026-05-29T08:00"));
    folder.letter(sent);
    let late = folder.clock("NOE_ACK");
    assert_eq!((late.state, late.breached_at), (ClockState::Met, Some(late.due_at)));
    assert_eq!(folder.last("clock_breached").at, late.due_at);
    folder.is_told();
    let back = settle::bounced(&folder.view.clocks, letter, at("2026-06-01T08:00"));
    folder.letter(back);
    assert_eq!(folder.state("NOE_ACK"), ClockState::Breached);
    folder.is_told();
}

#[test]
fn another_sale_date_moves_the_clocks_that_look_at_one() {
    let mut folder = Folder::new("noe/b9 sale=2026-06-15", RECEIVED);
    assert_eq!(folder.clock("NOE_FCL").due_on, day("2026-06-14"));
    let to = |date: Option<&str>| ClockAct::Recompute {
        clock: "NOE_FCL".to_owned(),
        on: Ground::Sale(date.map(day)),
        reason: "the sale was postponed".to_owned(),
    };
    folder.acts(&to(Some("2026-06-20")), SAM, "2026-06-01T09:00").unwrap();
    assert_eq!(folder.clock("NOE_FCL").due_on, day("2026-06-19"));
    folder.acts(&to(Some("2026-09-01")), SAM, "2026-06-01T10:00").unwrap();
    assert_eq!(folder.clock("NOE_FCL").due_on, day("2026-07-03"), "never beyond thirty days");
    folder.acts(&to(Some("2026-06-03")), SAM, "2026-06-01T11:00").unwrap();
    assert_eq!(folder.clock("NOE_FCL").due_on, day("2026-06-02"));
    folder.acts(&to(None), SAM, "2026-06-01T12:00").unwrap();
    assert_eq!(folder.clock("NOE_FCL").due_on, day("2026-07-03"));
    let told = &folder.last("clock_recomputed").particulars;
    assert_eq!(
        (&told["old_due_on"], &told["due_on"]),
        (&"2026-06-02".into(), &"2026-07-03".into())
    );
    assert_eq!(told["reason"], "the sale was postponed");
    let ack = ClockAct::Recompute {
        clock: "NOE_ACK".to_owned(),
        on: Ground::Sale(None),
        reason: "x".to_owned(),
    };
    let refused = folder.acts(&ack, SAM, "2026-06-01T12:00").unwrap_err();
    assert!(matches!(refused, Refusal::NoSale { .. }), "{refused}");
    folder.is_told();
}

#[test]
fn other_rules_never_move_a_running_clock_until_a_person_says_so() {
    let mut folder = Folder::new("payoff-request", RECEIVED);
    let before = folder.clock("PAYOFF").clone();
    assert_eq!(before.due_on, day("2026-06-01"), "seven open days, Memorial Day left out");
    folder.sweep(at("2026-05-20T10:01"));
    let untouched = ClockAct::Pause { clock: "first_response".to_owned() };
    folder.try_act(with_saturdays(), &untouched, ANA, at("2026-05-20T11:00")).unwrap();
    assert_eq!(folder.clock("PAYOFF").due_on, before.due_on);
    let recompute = |reason: &str| ClockAct::Recompute {
        clock: "PAYOFF".to_owned(),
        on: Ground::Rules,
        reason: reason.to_owned(),
    };
    let now = at("2026-05-21T09:00");
    let silent = folder.try_act(with_saturdays(), &recompute(""), CORA, now).unwrap_err();
    assert!(matches!(silent, Refusal::NoReason { .. }), "{silent}");
    let wanted = recompute("the payoff desk works on Saturdays");
    folder.try_act(with_saturdays(), &wanted, CORA, now).unwrap();
    // 21, 22, 23, 26, 27, 28 and 29 May
    assert_eq!(folder.clock("PAYOFF").due_on, day("2026-05-29"));
    let told = &folder.last("clock_recomputed").particulars;
    assert_eq!(
        (&told["old_due_on"], &told["due_on"]),
        (&"2026-06-01".into(), &"2026-05-29".into())
    );
    assert_eq!(told["old_policy"], policy().revision.as_str());
    assert_eq!(told["policy"], with_saturdays().revision.as_str());
    assert_eq!(folder.clock("PAYOFF").policy_revision, with_saturdays().revision);
    folder.is_told();
}

#[test]
fn the_clocks_of_a_state_run_from_the_receipt_beside_the_federal_ones() {
    let mut folder = Folder::new("noe/b2", RECEIVED);
    let before = folder.view.clocks.len();
    let in_nc = ClockAct::LoanState { state: "NC".to_owned() };
    folder.acts(&in_nc, ANA, "2026-05-22T09:00").unwrap();
    // ten weekdays after 20 May, Memorial Day left out
    assert_eq!(folder.clock("NC_STATEMENT").due_on, day("2026-06-04"));
    assert_eq!(folder.clock("NC_STATEMENT").started_at, at(RECEIVED));
    assert_eq!(folder.view.clocks.len(), before + 1, "all are kept");
    folder.acts(&in_nc, ANA, "2026-05-22T10:00").unwrap();
    assert_eq!(folder.view.clocks.len(), before + 1, "said twice, started once");
    let acknowledged = record("letter:acknowledgment", "2026-05-22T11:00", true);
    folder.acts(&acknowledged, ANA, "2026-05-22T11:00").unwrap();
    let leading = ClockBook::leading(&folder.view.clocks).unwrap();
    assert_eq!(leading.kind, "NC_STATEMENT", "stricter than the federal answer");
    folder.is_told();
}

#[test]
fn an_act_that_concerns_nothing_or_has_not_happened_is_refused() {
    let mut folder = Folder::new("noe/b2", RECEIVED);
    let now = "2026-05-21T09:00";
    let unknown = folder.acts(&record("act:nothing-of-the-kind", now, true), ANA, now).unwrap_err();
    assert!(matches!(unknown, Refusal::UnknownAct { .. }), "{unknown}");
    let idle = folder.acts(&record("letter:payoff-statement", now, true), ANA, now);
    assert_eq!(idle, Ok(()), "it is a first human letter");
    let again = folder.acts(&record("letter:payoff-statement", now, true), ANA, now).unwrap_err();
    assert!(matches!(again, Refusal::Idle { .. }), "{again}");
    let ahead = record("letter:response", "2026-05-22T09:00", true);
    let refused = folder.acts(&ahead, ANA, now).unwrap_err();
    assert!(matches!(refused, Refusal::InFuture { .. }), "{refused}");
    let by_mail = record("letter:appeal-decision", now, false);
    assert!(folder.acts(&by_mail, ANA, now).is_err());
    let no_date =
        folder.acts(&record("act:escrow-closure-planned", now, true), ANA, now).unwrap_err();
    assert!(matches!(no_date, Refusal::NoDate { .. }), "{no_date}");
    let none = ClockAct::Pause { clock: "NO_SUCH".to_owned() };
    let refused = folder.acts(&none, ANA, now).unwrap_err();
    assert!(refused.to_string().contains("NOE_RESP"), "what there is: {refused}");
    folder.is_told();
}

/// One thing that may happen to a ticket.
#[derive(Clone, Debug)]
enum Happening {
    Act(ClockAct, By),
    Sent(u8, Vec<String>),
    Back(u8),
    Sweep,
}

fn happening() -> impl Strategy<Value = Happening> {
    let kind = || {
        prop::sample::select(vec![
            "NOE_ACK",
            "NOE_RESP",
            "NOE_EARLY_FIX",
            "NOE_EXT_NOTICE",
            "RFI_ACK",
            "RFI_RESP",
            "first_response",
            "resolution",
            "INT_ACK",
            "NOE_FCL",
        ])
        .prop_map(str::to_owned)
    };
    let by = prop::sample::select(vec![ANA, SAM, CORA]);
    let letter = prop::sample::select(vec![
        "letter:extension-notice",
        "letter:response",
        "letter:correction-notice",
        "letter:acknowledgment",
        "act:resolved",
        "act:documents-requested",
    ]);
    let reason = || "why".to_owned();
    let wanted = prop_oneof![
        kind().prop_map(|clock| ClockAct::Pause { clock }),
        kind().prop_map(|clock| ClockAct::Resume { clock }),
        kind().prop_map(move |clock| ClockAct::Extend { clock, reason: reason() }),
        kind().prop_map(move |clock| ClockAct::Void { clock, reason: reason() }),
        kind().prop_map(|clock| ClockAct::ConfirmVoid { clock }),
        kind().prop_map(move |clock| ClockAct::Recompute {
            clock,
            on: Ground::Rules,
            reason: reason()
        }),
        (kind(), 0_i64..120).prop_map(move |(clock, days)| ClockAct::Recompute {
            clock,
            on: Ground::Sale(Some(day("2026-05-10") + SignedDuration::from_hours(24 * days))),
            reason: reason()
        }),
        (letter, any::<bool>()).prop_map(|(what, is_in_writing)| ClockAct::Record {
            // the instant is set when it happens
            deed: Deed { what: what.to_owned(), at: Timestamp::UNIX_EPOCH, is_in_writing },
            named_on: None,
        }),
        Just(ClockAct::LoanState { state: "MD".to_owned() }),
    ];
    prop_oneof![
        6 => (wanted, by).prop_map(|(wanted, by)| Happening::Act(wanted, by)),
        2 => (0_u8..4, prop::collection::vec(kind(), 1..4))
            .prop_map(|(letter, kinds)| Happening::Sent(letter, kinds)),
        1 => (0_u8..4).prop_map(Happening::Back),
        2 => Just(Happening::Sweep),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_record_tells_the_same_as_the_rows(
        happenings in prop::collection::vec((0_i64..60 * 72, happening()), 1..24),
    ) {
        let mut folder = Folder::new("noe/b2 noe/b9 rfi sale=2026-06-25", RECEIVED);
        let mut now = at(RECEIVED);
        for (minutes, happening) in happenings {
            now += SignedDuration::from_mins(minutes);
            // a sweep before each act, as the sweeper does it
            folder.sweep(now);
            match happening {
                Happening::Act(mut wanted, by) => {
                    if let ClockAct::Record { deed, .. } = &mut wanted {
                        deed.at = now;
                    }
                    // a refusal changes nothing
                    let _ = folder.try_act(policy(), &wanted, by, now);
                }
                Happening::Sent(letter, kinds) => {
                    let letter = LetterId(Uuid::from_u128(u128::from(letter)));
                    folder.letter(settle::handed_over(&folder.view.clocks, &kinds, letter, now));
                }
                Happening::Back(letter) => {
                    let letter = LetterId(Uuid::from_u128(u128::from(letter)));
                    folder.letter(settle::bounced(&folder.view.clocks, letter, now));
                }
                Happening::Sweep => folder.sweep(now),
            }
            folder.is_told();
            for clock in &folder.view.clocks {
                prop_assert_eq!(clock.next_at, clock.next_look());
                prop_assert!(clock.breached_at.is_none_or(|breached| breached == clock.due_at));
            }
        }
    }
}
