//! What the record says about a mail that opens no ticket, and how streams are named.

use serde_json::json;

use super::{Reading, open};
use crate::domain::decision::{Decision, Disposition, MailRecord};
use crate::domain::event::Event;
use crate::domain::id::{FreshIds, TaskId, TicketId, TicketNumber};
use crate::domain::letter::Task;
use crate::domain::origin::BounceOutcome;

/// A mail that opens no ticket: one line in the stream of its mailbox, so that
/// the ticket it may hang on is not changed by a machine. A bounce is the
/// exception: it proves that a letter of ours did not arrive.
pub(super) fn keep_aside(
    reading: &Reading<'_>,
    disposition: Disposition,
    ticket_id: Option<TicketId>,
    ids: &mut FreshIds,
) -> Decision {
    let bounce = reading.understanding.origin.bounce();
    let outcome =
        bounce.map(|bounce| bounce.outcome).filter(|_| disposition == Disposition::Bounce);
    // An automatic answer names our letter too, and proves that it arrived.
    let letter = reading.known.bounced_letter.map(|(letter_id, _)| letter_id);
    let named = |wanted| letter.filter(|_| outcome == Some(wanted));
    let mut decision = reading.blank_decision(MailRecord {
        id: reading.mail_id,
        disposition,
        duplicate_of: reading.known.duplicate.map(|(mail_id, _)| mail_id),
        bounced_letter: named(BounceOutcome::Failed),
        ticket_id,
    });
    decision.delayed_letter = named(BounceOutcome::Delayed);
    decision.trace.letter = format!("none: {disposition} mail is never acknowledged");
    decision.events.push(Event::by_engine(
        format!("mailbox:{}", reading.via),
        "mail_kept_aside",
        reading.now,
        json!({
            "mail": reading.mail_id,
            "disposition": disposition,
            "ticket": ticket_id,
            "raw_sha": reading.mail.raw_sha,
            "signals": reading.understanding.origin.signals,
        }),
    ));
    if let (Some(BounceOutcome::Failed), Some(ticket_id)) = (outcome, ticket_id) {
        undo_the_letter(reading, ticket_id, &mut decision, ids);
    }
    decision
}

/// The letter did not arrive. The clocks of the law that it met are owed again
/// (whoever applies the bounce reopens them): a person sends the paper by their
/// own dates, and reaches the borrower another way.
fn undo_the_letter(
    reading: &Reading<'_>,
    ticket_id: TicketId,
    decision: &mut Decision,
    ids: &mut FreshIds,
) {
    for clock in &reading.known.met_by_letter {
        decision.tasks.push(open::task(ids, ticket_id, "send_written_acknowledgment", clock));
    }
    decision.tasks.push(Task {
        id: TaskId(ids.uuid()),
        ticket_id,
        kind: "reach_borrower_another_way".to_owned(),
        due_on: reading.desk.policy.clocks.local_date(reading.now),
        clock_kind: None,
    });
}

/// A ticket number with a good check digit in a subject. A hint for agents:
/// numbers are printed on letters and prove nothing.
pub(super) fn ticket_number_in(subject: &str) -> Option<String> {
    let start = subject.find("TL-")?;
    let candidate: String = subject[start..].chars().take(17).collect();
    TicketNumber::parse(&candidate).map(|number| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_number_in_a_subject_is_read_only_with_its_check_digit() {
        let number = TicketNumber::from_serial(123).to_string();
        assert_eq!(ticket_number_in(&format!("Re: [{number}] my loan")), Some(number.clone()));
        let wrong = number.replace("0000", "9000");
        assert_eq!(ticket_number_in(&wrong), None);
        assert_eq!(ticket_number_in("TL-é"), None);
        assert_eq!(ticket_number_in("about TL"), None);
    }
}
