//! The letter that answers a mail at once, or the reason why there is none.

use jiff::SignedDuration;
use jiff::civil::Date;
use serde_json::json;

use super::{Reading, open};
use crate::domain::channel::Channel;
use crate::domain::clock::{Clock, ClockState};
use crate::domain::decision::{ClockChange, Decision};
use crate::domain::event::{Event, ticket_stream};
use crate::domain::id::{FreshIds, LetterId, TicketId, TicketNumber};
use crate::domain::letter::{AcknowledgmentContext, LetterIntent, date_in_words};
use crate::domain::letter_choice::{ChoiceInput, LetterChoice, TaskWanted};
use crate::domain::thread;
use crate::domain::ticket::{Ticket, Tier};

/// An acknowledgment that has not left after two days says the wrong dates.
const LIFETIME: SignedDuration = SignedDuration::from_hours(48);

/// What an acknowledgment is about.
pub(super) struct Acknowledging<'a> {
    pub(super) ticket: Ticketed<'a>,
    pub(super) clocks: &'a [Clock],
    /// False while a person must look at the mail first.
    pub(super) may_answer: bool,
    /// Whether the mail reopens a closed ticket.
    pub(super) is_follow_up: bool,
    /// Local date of the decision.
    pub(super) today: Date,
}

/// What a letter needs of the ticket it belongs to.
#[derive(Clone, Copy)]
pub(super) struct Ticketed<'a> {
    pub(super) id: TicketId,
    pub(super) number: &'a TicketNumber,
    pub(super) queue: &'a str,
    pub(super) tier: Tier,
}

impl<'a> Ticketed<'a> {
    pub(super) fn of(ticket: &'a Ticket) -> Self {
        Self { id: ticket.id, number: &ticket.number, queue: &ticket.queue, tier: ticket.tier }
    }
}

/// Writes the letter into the decision, or withholds it and says why; a
/// receipt that the law wants becomes a task either way unless the letter
/// itself meets the clock.
pub(super) fn acknowledge(
    reading: &Reading<'_>,
    about: &Acknowledging<'_>,
    decision: &mut Decision,
    ids: &mut FreshIds,
) {
    let choice = reading.desk.policy.letters.choose(&ChoiceInput {
        understanding: reading.understanding,
        trust: reading.trust,
        known: reading.known,
        queue: about.ticket.queue,
        tier: about.ticket.tier,
        has_recipient: reading.mail.single_sender().is_some(),
        is_follow_up: about.is_follow_up,
    });
    decision.trace.letter = choice.explain();
    want_tasks(about, choice.tasks(), decision, ids);
    // Who wrote on paper or called, and left no mail address, is answered by
    // a person.
    let is_unanswerable = reading.mail.single_sender().is_none();
    if is_unanswerable && Channel::from_word(reading.via).is_some() && choice.tasks().is_empty() {
        decision.tasks.push(open::task_today(ids, about, "acknowledge_without_mail"));
    }
    match choice {
        LetterChoice::Send { template, locale, meets, .. } if about.may_answer => {
            let intent = write(reading, about, &template, &locale, meets, ids);
            let particulars = json!({
                "letter": intent.id, "template": template, "locale": locale, "meets": intent.meets,
            });
            decision.events.push(event(reading, about, "letter_written", particulars));
            decision.letters.push(intent);
        }
        LetterChoice::Send { meets, .. } => {
            decision.trace.letter = "withheld: a person looks first".to_owned();
            // What the letter would have met is now owed by a person.
            let owed = about.clocks.iter().filter(|clock| meets.contains(&clock.kind));
            for clock in owed {
                let task = open::task(ids, about.ticket.id, "send_acknowledgment", clock);
                decision.tasks.push(task);
            }
            let particulars = json!({ "reason": "review_first" });
            decision.events.push(event(reading, about, "letter_withheld", particulars));
        }
        LetterChoice::Withhold { reason, meets, .. } => {
            let particulars = json!({ "reason": reason });
            decision.events.push(event(reading, about, "letter_withheld", particulars));
            meet_by_record(reading, about, &meets, decision);
        }
    }
}

/// Some promises are kept by writing down why no letter goes out.
fn meet_by_record(
    reading: &Reading<'_>,
    about: &Acknowledging<'_>,
    kinds: &[String],
    decision: &mut Decision,
) {
    for change in &mut decision.clocks {
        let ClockChange::Start(clock) = change else { continue };
        if !kinds.contains(&clock.kind) {
            continue;
        }
        clock.state = ClockState::Met;
        clock.met_at = Some(reading.now);
        clock.life.met_by = Some("letter_withheld".to_owned());
        clock.next_at = None;
        let particulars = json!({ "clock": clock.id, "kind": clock.kind, "by": "letter_withheld" });
        decision.events.push(event(reading, about, "clock_met", particulars));
    }
}

fn event(
    reading: &Reading<'_>,
    about: &Acknowledging<'_>,
    kind: &str,
    particulars: serde_json::Value,
) -> Event {
    Event::by_engine(ticket_stream(about.ticket.id), kind, reading.now, particulars)
}

/// A task for a clock has the clock's date, and is made only if it runs;
/// any other has the day of the decision.
fn want_tasks(
    about: &Acknowledging<'_>,
    wanted: &[TaskWanted],
    decision: &mut Decision,
    ids: &mut FreshIds,
) {
    for task in wanted {
        let made = match &task.clock_kind {
            Some(kind) => {
                let clock = about.clocks.iter().find(|clock| clock.kind == *kind);
                clock.map(|clock| open::task(ids, about.ticket.id, &task.kind, clock))
            }
            None => Some(open::task_today(ids, about, &task.kind)),
        };
        decision.tasks.extend(made);
    }
}

fn write(
    reading: &Reading<'_>,
    about: &Acknowledging<'_>,
    template: &str,
    locale: &str,
    meets: Vec<String>,
    ids: &mut FreshIds,
) -> LetterIntent {
    let desk = reading.desk;
    let mail = reading.mail;
    let recipient = mail.single_sender().map(|from| from.address.clone()).unwrap_or_default();
    let token = thread::mint(&desk.reply_keys, mail.canonical_sha, "ack", &recipient);
    let host = &desk.own.mail_host;
    let mut references = mail.references.clone();
    references.extend(mail.message_id.clone());
    LetterIntent {
        id: LetterId(ids.uuid()),
        ticket_id: about.ticket.id,
        template: template.to_owned(),
        locale: locale.to_owned(),
        message_id: thread::message_id(&desk.reply_keys, &token, host),
        reply_to: thread::reply_address(&token, host),
        envelope_from: thread::bounce_address(&token, host),
        recipient,
        dedupe_key: format!("ack:{}", mail.canonical_sha),
        in_reply_to: mail.message_id.clone(),
        references,
        context: context(reading, about, locale),
        written_at: reading.now,
        expires_at: reading.now.saturating_add(LIFETIME).unwrap_or(jiff::Timestamp::MAX),
        meets,
        hold: None,
    }
}

/// Nothing here comes from the sender; nothing here is about the loan.
fn context(
    reading: &Reading<'_>,
    about: &Acknowledging<'_>,
    locale: &str,
) -> AcknowledgmentContext {
    let servicer = &reading.desk.servicer;
    let clocks = &reading.desk.policy.clocks;
    let received_on = clocks.local_date(reading.mail.received_at);
    let answer_by = clocks.answer_by(about.clocks).unwrap_or(received_on);
    AcknowledgmentContext {
        ticket_number: about.ticket.number.to_string(),
        received_on: date_in_words(received_on, locale),
        answer_by: date_in_words(answer_by, locale),
        servicer_name: servicer.name.clone(),
        servicer_phone: servicer.phone.clone(),
        servicer_hours: if locale == "es" { &servicer.hours_es } else { &servicer.hours_en }
            .clone(),
        servicer_url: servicer.url.clone(),
        servicer_address: servicer.address.clone(),
        // 15 USC 1692e(11) speaks of the consumer: only an address on file gets it.
        is_fdcpa_covered: reading.known.parties.iter().any(|party| party.loan.is_fdcpa_covered),
        fields: std::collections::BTreeMap::new(),
    }
}
