//! What the database says about each borrower in the end, as lines that do not
//! depend on when or how often the engine died.

use std::collections::BTreeMap;

use tierline::domain::ticket::Status;
use tierline::store::Store;
use tierline::store::view::{TicketDetail, TicketFilter};

/// What became of one borrower's mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Mails with their fates, tickets, matters, clocks with due dates, letters.
    pub lines: Vec<String>,
    /// How clocks, letters and tasks stand, which an uncertain letter changes.
    pub standing: Vec<String>,
    /// Mails in the ledger.
    pub mails: usize,
    /// Tickets.
    pub tickets: usize,
    /// Letters in the outbox.
    pub letters: usize,
    /// Of these, uncertain for good: a person was told.
    pub uncertain: usize,
}

/// What became of everybody's mail, by address.
pub async fn outcomes(store: &Store) -> BTreeMap<String, Outcome> {
    let mut outcomes: BTreeMap<String, Outcome> = BTreeMap::new();
    for mailbox in store.mailboxes().await.unwrap() {
        for entry in store.mail_list(mailbox.id, 100_000, 0).await.unwrap() {
            let mail = entry.mail;
            let from = mail.head.from.first().map(|from| from.address.clone()).unwrap_or_default();
            let outcome = outcomes.entry(from).or_default();
            outcome.mails += 1;
            let line = format!(
                "mail {:?} {} {} ticket {}",
                mail.head.subject,
                mail.disposition,
                mail.received_at,
                entry.ticket.is_some()
            );
            outcome.lines.push(line);
        }
    }
    for status in Status::ALL {
        let filter =
            TicketFilter { status: Some(*status), limit: 100_000, ..TicketFilter::default() };
        for line in store.ticket_list(&filter).await.unwrap() {
            let detail = store.ticket_detail(&line.ticket.number).await.unwrap().unwrap();
            add(outcomes.entry(detail.ticket.requester.clone()).or_default(), &detail);
        }
    }
    for outcome in outcomes.values_mut() {
        outcome.lines.sort();
        outcome.standing.sort();
    }
    outcomes
}

fn add(outcome: &mut Outcome, detail: &TicketDetail) {
    let ticket = &detail.ticket;
    outcome.tickets += 1;
    outcome.lines.push(format!(
        "ticket {:?} {} {} tier {} {} {} {}",
        ticket.subject,
        ticket.status,
        ticket.queue,
        ticket.tier,
        ticket.priority,
        ticket.category,
        ticket.received_at
    ));
    for matter in &detail.matters {
        let kinds = matter.kinds.join(" ");
        outcome.lines.push(format!("matter {} {:.3} [{kinds}]", matter.category, matter.score));
    }
    for clock in &detail.clocks {
        let due = format!("clock {} from {} due {}", clock.kind, clock.started_at, clock.due_at);
        outcome.standing.push(format!("{due} is {}", clock.state));
        outcome.lines.push(due);
    }
    for letter in &detail.letters {
        outcome.letters += 1;
        outcome.uncertain += usize::from(letter.state.word() == "uncertain");
        outcome.lines.push(format!("letter {} {}", letter.template, letter.locale));
        outcome.standing.push(format!("letter {} is {}", letter.template, letter.state));
    }
    for task in &detail.tasks {
        // The day of a task without a clock is the day on which it was made.
        let due = task.clock_kind.as_ref().map(|kind| format!("{kind} {}", task.due_on));
        outcome.standing.push(format!("task {} {due:?}", task.kind));
    }
}
