//! A mail opens a ticket, or is added to the one its reply token proves.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::Reading;
use super::acknowledge::{self, Acknowledging, Ticketed};
use super::heed;
use crate::domain::catalogue::StartInput;
use crate::domain::clock::{Clock, ClockClass};
use crate::domain::decision::{
    ClockChange, Decision, Disposition, MailRecord, Matter, TicketChange, TicketUpdate,
};
use crate::domain::event::{Event, ticket_stream};
use crate::domain::id::{FreshIds, MatterId, TaskId, TicketId};
use crate::domain::letter::Task;
use crate::domain::loan::LoanLink;
use crate::domain::route::Route;
use crate::domain::ticket::{Priority, Status, Ticket};
use crate::domain::trust::Trust;

/// Older mail is not acknowledged by itself.
const ACKNOWLEDGED_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Opens a ticket with matters, clocks, and the letter that acknowledges it.
pub(super) fn open(
    reading: &Reading<'_>,
    disposition: Disposition,
    hold: Option<&'static str>,
    ids: &mut FreshIds,
) -> Decision {
    let policy = &reading.desk.policy;
    let received_on = policy.clocks.local_date(reading.mail.received_at);
    let route = policy.rules.route(reading.routed(received_on));
    let ticket_id = TicketId(ids.uuid());
    let mut decision = reading.blank_decision(record(reading, disposition, ticket_id));
    decision.matters = matters(reading, &route, ids);
    let held_reason = hold.map(str::to_owned).or_else(|| route.hold.clone());
    decision.loans = heed::links(reading);
    decision.language_seen.clone_from(&reading.language_seen);
    let ticket = new_ticket(reading, &route, ticket_id, held_reason, ids);
    let opened = opened(reading, &ticket, disposition, &decision.loans);
    decision.events.push(opened);
    let clocks = start_clocks(reading, &route, ticket_id, &mut decision, ids, false);
    let today = policy.clocks.local_date(reading.now);
    let may_answer = hold.is_none() && is_recent(reading);
    let about = Acknowledging {
        ticket: Ticketed::of(&ticket),
        clocks: &clocks,
        may_answer,
        is_follow_up: false,
        today,
    };
    acknowledge::acknowledge(reading, &about, &mut decision, ids);
    ask_a_person(&about, ticket.held_reason.as_deref(), &mut decision, ids);
    record_tasks(reading, &mut decision);
    decision.trace.route = Some(route);
    decision.ticket = TicketChange::Open(Box::new(ticket));
    decision
}

/// A receipt for last month's mail, found when a mailbox is read for the first
/// time, would only confuse; a person decides what its sender is told.
fn is_recent(reading: &Reading<'_>) -> bool {
    reading.now.duration_since(reading.mail.received_at) <= ACKNOWLEDGED_WITHIN
}

/// Adds the mail to a ticket. What it asks starts its own clocks: an answer can
/// be a new notice of error, and the borrower waits for the next response. The
/// clocks of the ticket go on as they are.
pub(super) fn append(
    reading: &Reading<'_>,
    ticket_id: TicketId,
    status: Status,
    version: u64,
    ids: &mut FreshIds,
) -> Decision {
    let policy = &reading.desk.policy;
    let received_on = policy.clocks.local_date(reading.mail.received_at);
    let route = policy.rules.route(reading.routed(received_on));
    let mut decision = reading.blank_decision(record(reading, Disposition::Append, ticket_id));
    decision.matters = matters(reading, &route, ids);
    decision.loans = heed::links(reading);
    decision.language_seen.clone_from(&reading.language_seen);
    if reading.trust < Trust::Verified {
        // The token came back from the address it was written to; nothing else
        // proves the sender, and whoever explains the ticket must see that.
        decision.trace.trust_signals.push("appended-by-token-alone".to_owned());
    }
    let reopened = matches!(status, Status::Pending | Status::Resolved | Status::Closed);
    decision.events.push(Event::by_engine(
        ticket_stream(ticket_id),
        "mail_appended",
        reading.mail.received_at,
        json!({ "mail": reading.mail_id, "raw_sha": reading.mail.raw_sha, "reopened": reopened, "status_before": status }),
    ));
    let clocks = start_clocks(reading, &route, ticket_id, &mut decision, ids, true);
    decision.trace.letter = "none: a reply is not acknowledged again".to_owned();
    if let (Status::Closed, Some(number)) = (status, &reading.known.thread_number) {
        let ticket = Ticketed { id: ticket_id, number, queue: &route.queue, tier: route.tier };
        let about = Acknowledging {
            ticket,
            clocks: &clocks,
            may_answer: is_recent(reading),
            is_follow_up: true,
            today: policy.clocks.local_date(reading.now),
        };
        acknowledge::acknowledge(reading, &about, &mut decision, ids);
    }
    owe_receipts(&clocks, ticket_id, &mut decision, ids);
    record_tasks(reading, &mut decision);
    let is_of_law = |clock: &Clock| clock.class == ClockClass::Statutory;
    let is_urgent = clocks.iter().any(is_of_law) || route.priority >= Priority::High;
    decision.ticket = TicketChange::Update(TicketUpdate {
        id: ticket_id,
        expected_version: version,
        status: reopened.then_some(Status::Open),
        priority: is_urgent.then_some(route.priority.max(Priority::High)),
        at: reading.now,
    });
    decision.trace.route = Some(route);
    decision
}

/// A receipt that no letter of this decision gives is a person's task.
fn owe_receipts(
    clocks: &[Clock],
    ticket_id: TicketId,
    decision: &mut Decision,
    ids: &mut FreshIds,
) {
    for clock in clocks.iter().filter(|clock| clock.kind.ends_with("_ACK")) {
        let is_met = decision.letters.iter().any(|letter| letter.meets.contains(&clock.kind));
        let is_asked =
            decision.tasks.iter().any(|task| task.clock_kind.as_ref() == Some(&clock.kind));
        if !is_met && !is_asked {
            decision.tasks.push(task(ids, ticket_id, "send_written_acknowledgment", clock));
        }
    }
}

fn record(reading: &Reading<'_>, disposition: Disposition, ticket_id: TicketId) -> MailRecord {
    MailRecord {
        id: reading.mail_id,
        disposition,
        duplicate_of: None,
        bounced_letter: None,
        ticket_id: Some(ticket_id),
    }
}

fn new_ticket(
    reading: &Reading<'_>,
    route: &Route,
    id: TicketId,
    held_reason: Option<String>,
    ids: &mut FreshIds,
) -> Ticket {
    let mail = reading.mail;
    Ticket {
        id,
        number: ids.ticket_number(),
        status: if held_reason.is_some() { Status::Held } else { Status::New },
        held_reason,
        queue: route.queue.clone(),
        tier: route.tier,
        priority: route.priority,
        category: route.category.clone(),
        language: reading.understanding.language.clone(),
        trust: reading.trust,
        requester: mail.from.first().map(|from| from.address.clone()).unwrap_or_default(),
        subject: mail.subject.clone(),
        received_at: mail.received_at,
        opened_at: reading.now,
        updated_at: reading.now,
        version: 1,
        policy_revision: reading.desk.policy.revision.clone(),
    }
}

/// The matters of the mail; the leading category carries the statutory kinds.
/// When the rules abstained but saw a kind, the matter is the kind's own.
fn matters(reading: &Reading<'_>, route: &Route, ids: &mut FreshIds) -> Vec<Matter> {
    let understanding = reading.understanding;
    let kinds: Vec<String> = understanding.kinds.iter().map(|kind| kind.kind.clone()).collect();
    let is_to_confirm = understanding.kinds.iter().any(|kind| kind.is_to_confirm);
    let mut matters: Vec<Matter> = understanding
        .matters
        .iter()
        .map(|scored| Matter {
            id: MatterId(ids.uuid()),
            category: scored.category.clone(),
            score: scored.score,
            is_primary: scored.category == route.category,
            kinds: Vec::new(),
            is_to_confirm: false,
        })
        .collect();
    if matters.is_empty() {
        matters.push(Matter {
            id: MatterId(ids.uuid()),
            category: route.category.clone(),
            score: 0.0,
            is_primary: true,
            kinds: Vec::new(),
            is_to_confirm: false,
        });
    }
    if !matters.iter().any(|matter| matter.is_primary) {
        matters[0].is_primary = true;
    }
    if let Some(leading) = matters.iter_mut().find(|matter| matter.is_primary) {
        leading.kinds = kinds;
        leading.is_to_confirm = is_to_confirm;
    }
    matters
}

fn opened(
    reading: &Reading<'_>,
    ticket: &Ticket,
    disposition: Disposition,
    loans: &[LoanLink],
) -> Event {
    Event::by_engine(
        ticket_stream(ticket.id),
        "ticket_opened",
        reading.now,
        json!({
            "number": ticket.number,
            "mail": reading.mail_id,
            "raw_sha": reading.mail.raw_sha,
            "via": reading.via,
            "received_at": reading.mail.received_at,
            "disposition": disposition,
            "queue": ticket.queue,
            "tier": ticket.tier,
            "priority": ticket.priority,
            "category": ticket.category,
            "held": ticket.held_reason,
            "loans": loans,
            "policy": ticket.policy_revision,
        }),
    )
}

fn start_clocks(
    reading: &Reading<'_>,
    route: &Route,
    ticket_id: TicketId,
    decision: &mut Decision,
    ids: &mut FreshIds,
    is_reply: bool,
) -> Vec<Clock> {
    let policy = &reading.desk.policy;
    let primary = decision.matters.iter().find(|matter| matter.is_primary);
    let input = StartInput {
        ticket_id,
        matter_id: primary.map(|matter| matter.id),
        understanding: reading.understanding,
        priority: route.priority,
        tier: route.tier,
        received_at: reading.mail.received_at,
        now: reading.now,
        // no connection to the loan system yet
        loan_state: None,
        named_on: None,
        is_reply,
        policy_revision: &policy.revision,
    };
    let mut clocks = Vec::new();
    for started in policy.clocks.start(&input, ids) {
        decision.events.push(clock_started(&started.clock, reading));
        if !started.arithmetic.is_empty() {
            decision.trace.arithmetic.push((started.clock.kind.clone(), started.arithmetic));
        }
        decision.clocks.push(ClockChange::Start(Box::new(started.clock.clone())));
        clocks.push(started.clock);
    }
    clocks
}

fn clock_started(clock: &Clock, reading: &Reading<'_>) -> Event {
    Event::by_engine(
        ticket_stream(clock.ticket_id),
        "clock_started",
        reading.now,
        json!({
            "clock": clock.id,
            "kind": clock.kind,
            "class": clock.class,
            "citation": clock.citation,
            "started_at": clock.started_at,
            "due_at": clock.due_at,
            "due_on": clock.due_on.to_string(),
            "to_confirm": clock.is_to_confirm,
            "frozen": clock,
        }),
    )
}

/// Work that only a person can do on a new ticket.
fn ask_a_person(
    about: &Acknowledging<'_>,
    held_reason: Option<&str>,
    decision: &mut Decision,
    ids: &mut FreshIds,
) {
    let doubtful = about.clocks.iter().filter(|clock| clock.is_to_confirm);
    if let Some(clock) = doubtful.min_by_key(|clock| clock.due_at) {
        decision.tasks.push(task(ids, about.ticket.id, "confirm_statutory_kind", clock));
    }
    if let Some(reason) = held_reason {
        decision.tasks.push(task_today(ids, about, &format!("review_{reason}")));
    }
}

pub(super) fn task_today(ids: &mut FreshIds, about: &Acknowledging<'_>, kind: &str) -> Task {
    Task {
        id: TaskId(ids.uuid()),
        ticket_id: about.ticket.id,
        kind: kind.to_owned(),
        due_on: about.today,
        clock_kind: None,
    }
}

pub(super) fn task(ids: &mut FreshIds, ticket_id: TicketId, kind: &str, clock: &Clock) -> Task {
    Task {
        id: TaskId(ids.uuid()),
        ticket_id,
        kind: kind.to_owned(),
        due_on: clock.internal_due_on,
        clock_kind: Some(clock.kind.clone()),
    }
}

fn record_tasks(reading: &Reading<'_>, decision: &mut Decision) {
    let made: Vec<Event> = decision.tasks.iter().map(|task| task_made(task, reading.now)).collect();
    decision.events.extend(made);
}

pub(super) fn task_made(task: &Task, now: Timestamp) -> Event {
    Event::by_engine(
        ticket_stream(task.ticket_id),
        "task_made",
        now,
        json!({ "task": task.id, "kind": task.kind, "due_on": task.due_on.to_string(), "clock_kind": task.clock_kind }),
    )
}
