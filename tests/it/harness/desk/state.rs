//! The whole state of a store as one text: no ids, no random numbers, in an
//! order that follows from the mails alone, so that two desks that met the same
//! mails say the same.

use std::fmt::Write as _;

use tierline::domain::ticket::Status;
use tierline::store::Store;
use tierline::store::view::{LetterLine, MailEntry, MailLine, TicketDetail, TicketFilter};

/// Everything: tickets with matters, clocks, letters, tasks and events; mails
/// with their fate; the books of each mailbox.
pub async fn state_of(store: &Store) -> String {
    let mut state = String::new();
    let mut blocks: Vec<String> = details(store).await.iter().map(ticket).collect();
    blocks.sort();
    state.extend(blocks);
    for mailbox in store.mailboxes().await.unwrap() {
        let books = store.conservation(mailbox.id).await.unwrap();
        let fates = books.by_disposition.iter().filter(|(_, count)| **count > 0);
        let fates: Vec<String> = fates.map(|(fate, count)| format!("{fate} {count}")).collect();
        let _ = writeln!(
            state,
            "mailbox {}: seen {} = {} + pending {} + refused {}",
            mailbox.name,
            books.seen,
            fates.join(" + "),
            books.pending,
            books.refused
        );
        let mails = store.mail_list(mailbox.id, 100_000, 0).await.unwrap();
        let mut lines: Vec<String> = mails.iter().map(|entry| mail(&entry.mail)).collect();
        lines.sort();
        state.extend(lines);
        let events = store.events_of(&format!("mailbox:{}", mailbox.name)).await.unwrap();
        let mut kinds: Vec<String> = events.into_iter().map(|line| line.event.kind).collect();
        kinds.sort();
        let _ = writeln!(state, "  events {}", kinds.join(" "));
    }
    state
}

/// Every ticket of any status with all that belongs to it.
pub async fn details(store: &Store) -> Vec<TicketDetail> {
    let mut details = Vec::new();
    for status in Status::ALL {
        let filter =
            TicketFilter { status: Some(*status), limit: 100_000, ..TicketFilter::default() };
        for line in store.ticket_list(&filter).await.unwrap() {
            details.push(store.ticket_detail(&line.ticket.number).await.unwrap().unwrap());
        }
    }
    details.sort_by_cached_key(ticket);
    details
}

/// Every mail with its fate, mailbox by mailbox.
pub async fn entries(store: &Store) -> Vec<MailEntry> {
    let mut entries = Vec::new();
    for mailbox in store.mailboxes().await.unwrap() {
        entries.extend(store.mail_list(mailbox.id, 100_000, 0).await.unwrap());
    }
    entries
}

fn ticket(detail: &TicketDetail) -> String {
    let ticket = &detail.ticket;
    let mut block = format!(
        "ticket {:?} of {}: {} {} tier {} {} {} {} {} received {}\n",
        ticket.subject,
        ticket.requester,
        ticket.status,
        ticket.queue,
        ticket.tier,
        ticket.priority,
        ticket.category,
        ticket.language,
        ticket.trust.word(),
        ticket.received_at,
    );
    if let Some(reason) = &ticket.held_reason {
        let _ = writeln!(block, "  held {reason}");
    }
    let mut lines: Vec<String> = detail.mails.iter().map(mail).collect();
    for matter in &detail.matters {
        let kinds = matter.kinds.join(" ");
        lines.push(format!("  matter {} {:.2} [{kinds}]\n", matter.category, matter.score));
    }
    for clock in &detail.clocks {
        lines.push(format!(
            "  clock {} {} started {} due {} ({}) next {:?} met {:?} breached {:?} ahead {}\n",
            clock.kind,
            clock.state,
            clock.started_at,
            clock.due_at,
            clock.due_on,
            clock.next_at.map(|at| at.to_string()),
            clock.met_at.map(|at| at.to_string()),
            clock.breached_at.map(|at| at.to_string()),
            clock.warnings.len(),
        ));
    }
    lines.extend(detail.letters.iter().map(letter));
    for task in &detail.tasks {
        let clock = task.clock_kind.as_deref().unwrap_or("-");
        let is_done = task.done_at.is_some();
        lines.push(format!("  task {} {} by {} done {is_done}\n", task.kind, clock, task.due_on));
    }
    lines.sort();
    block.extend(lines);
    let mut kinds: Vec<&str> = detail.events.iter().map(|line| line.event.kind.as_str()).collect();
    kinds.sort_unstable();
    let _ = writeln!(block, "  version {} events {}", ticket.version, kinds.join(" "));
    block
}

fn letter(letter: &LetterLine) -> String {
    format!(
        "  letter {} {} to {}: {} {:?} attempts {} meets [{}] bounced {}\n",
        letter.template,
        letter.locale,
        letter.recipient,
        letter.state,
        letter.reason,
        letter.attempts,
        letter.meets.join(" "),
        letter.bounced_at.is_some(),
    )
}

fn mail(mail: &MailLine) -> String {
    let from: Vec<&str> = mail.head.from.iter().map(|from| from.address.as_str()).collect();
    let (thread, letter) = mail
        .trace
        .as_ref()
        .map_or(("", ""), |trace| (trace.thread.as_str(), trace.letter.as_str()));
    format!(
        "  mail {:?} from {}: {} received {} {:?} thread {thread} letter {letter}\n",
        mail.head.subject,
        from.join(" "),
        mail.disposition,
        mail.received_at,
        mail.head.completeness,
    )
}
