//! `tierline ticket show`: one ticket with everything on it but private words.

use anyhow::anyhow;
use serde_json::{Value, json};

use crate::cli::compose::{self, database_error};
use crate::cli::exit::{CliError, Exit};
use crate::cli::output::Output;
use crate::config::Config;
use crate::domain::id::TicketNumber;
use crate::domain::ticket::Ticket;
use crate::store::view::TicketDetail;

pub(super) async fn run(
    config: &Config,
    number: &str,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let number = TicketNumber::parse(number).ok_or_else(|| {
        let text = format!("{number} is no ticket number: a digit is wrong or missing");
        CliError::new(Exit::Usage, anyhow!(text))
    })?;
    let store = compose::store_beside(config).await?;
    let found = store.ticket_detail(&number).await.map_err(database_error)?;
    let detail = found.ok_or_else(|| {
        CliError::new(Exit::ProblemsFound, anyhow!("there is no ticket {number}"))
    })?;
    output.answer(&text(&detail), &value(&detail))?;
    Ok(Exit::Done)
}

/// A ticket without its private columns.
pub(super) fn head(ticket: &Ticket) -> Value {
    json!({
        "ticket": ticket.number, "status": ticket.status, "held": ticket.held_reason,
        "queue": ticket.queue, "tier": ticket.tier, "priority": ticket.priority,
        "category": ticket.category, "language": ticket.language, "trust": ticket.trust,
        "received_at": ticket.received_at, "opened_at": ticket.opened_at,
        "updated_at": ticket.updated_at, "version": ticket.version,
        "policy": ticket.policy_revision,
    })
}

fn value(detail: &TicketDetail) -> Value {
    let mut value = head(&detail.ticket);
    value["matters"] = json!(detail.matters);
    value["clocks"] = json!(detail.clocks);
    let mails = detail.mails.iter().map(|mail| {
        json!({
            "mail": mail.id, "disposition": mail.disposition, "received_at": mail.received_at,
            "trace": mail.trace,
        })
    });
    value["mails"] = mails.collect();
    let letters = detail.letters.iter().map(|letter| {
        json!({
            "letter": letter.id, "template": letter.template, "locale": letter.locale,
            "state": letter.state, "reason": letter.reason, "attempts": letter.attempts,
            "written_at": letter.written_at, "handed_over_at": letter.handed_over_at,
            "meets": letter.meets, "bounced_at": letter.bounced_at,
        })
    });
    value["letters"] = letters.collect();
    let tasks = detail.tasks.iter().map(|task| {
        json!({
            "task": task.id, "kind": task.kind, "due_on": task.due_on,
            "clock": task.clock_kind, "done_at": task.done_at,
        })
    });
    value["tasks"] = tasks.collect();
    value["identity"] = json!(detail.proofs);
    let drafts = detail.drafts.iter().map(|draft| {
        json!({
            "writer": draft.name, "begun_at": draft.begun_at, "saved_at": draft.saved_at,
            "asked_at": draft.asked_at, "is_released": draft.is_released,
        })
    });
    value["drafts"] = drafts.collect();
    let events = detail.events.iter().map(|line| {
        json!({
            "seq": line.seq, "at": line.event.at, "actor": line.event.actor,
            "kind": line.event.kind, "particulars": line.event.particulars, "hash": line.hash,
        })
    });
    value["events"] = events.collect();
    value
}

fn text(detail: &TicketDetail) -> String {
    let ticket = &detail.ticket;
    let held = ticket.held_reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let mut lines = vec![
        format!("{}  {}{held}", ticket.number, ticket.status),
        format!("  queue {} · tier {} · {}", ticket.queue, ticket.tier, ticket.priority),
        format!("  {} · {} · sender {}", ticket.category, ticket.language, ticket.trust),
        format!("  received {} · opened {}", ticket.received_at, ticket.opened_at),
    ];
    for matter in &detail.matters {
        let kinds = matter.kinds.join(" ");
        lines.push(format!("  matter  {} {} {kinds}", matter.category, matter.score));
    }
    for clock in &detail.clocks {
        let due = format!("{} due on {}", clock.kind, clock.due_on);
        lines.push(format!("  clock   {due} · {} · {}", clock.state, clock.citation));
    }
    for letter in &detail.letters {
        let reason = letter.reason.as_deref().unwrap_or_default();
        let named = format!("{} {} {}", letter.template, letter.locale, letter.state);
        lines.push(format!("  letter  {named} {reason}"));
    }
    for task in &detail.tasks {
        let done = if task.done_at.is_some() { "done" } else { "open" };
        lines.push(format!("  task    {} by {} · {done}", task.kind, task.due_on));
    }
    for draft in &detail.drafts {
        lines.push(format!("  draft   {} is writing since {}", draft.name, draft.begun_at));
    }
    for proof in &detail.proofs {
        let checked = proof.checked.join(", ");
        lines.push(format!("  proven  {} until {} · {checked}", proof.way, proof.expires_at));
    }
    for line in &detail.events {
        let event = &line.event;
        lines.push(format!("  {:>5}  {} {} by {}", line.seq, event.at, event.kind, event.actor));
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}
