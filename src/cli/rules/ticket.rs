//! `tierline rules explain TICKET`: the trace that was kept with each mail of a
//! ticket, its clocks and its letters. Shows places, never words.

use std::path::Path;

use anyhow::anyhow;
use serde_json::json;

use crate::cli::compose::{self, database_error};
use crate::cli::decision::evidence;
use crate::cli::exit::{CliError, Exit};
use crate::cli::output::Output;
use crate::config::Config;
use crate::domain::classify::{Evidence, ScoredCategory};
use crate::domain::clock::Clock;
use crate::domain::decision::Trace;
use crate::domain::id::TicketNumber;
use crate::store::view::{MailLine, TicketDetail};

/// The ticket that is meant, when no file has that name.
pub(super) fn number(path: &Path) -> Option<TicketNumber> {
    if path.exists() {
        return None;
    }
    TicketNumber::parse(path.to_str()?)
}

pub(super) async fn explain(
    config: &Config,
    number: &TicketNumber,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let store = compose::store_beside(config).await?;
    let found = store.ticket_detail(number).await.map_err(database_error)?;
    let detail = found.ok_or_else(|| {
        CliError::new(Exit::ProblemsFound, anyhow!("there is no ticket {number}"))
    })?;
    let mails: Vec<_> = detail
        .mails
        .iter()
        .map(|mail| {
            json!({
                "mail": mail.id, "received_at": mail.received_at,
                "disposition": mail.disposition, "trace": mail.trace,
            })
        })
        .collect();
    let answer = json!({
        "ticket": detail.ticket.number, "policy": detail.ticket.policy_revision,
        "queue": detail.ticket.queue, "tier": detail.ticket.tier,
        "priority": detail.ticket.priority, "mails": mails, "clocks": detail.clocks,
    });
    output.answer(&text(&detail), &answer)?;
    Ok(Exit::Done)
}

fn text(detail: &TicketDetail) -> String {
    let ticket = &detail.ticket;
    let mut lines = vec![format!(
        "{} · {} · tier {} · {}",
        ticket.number, ticket.queue, ticket.tier, ticket.priority
    )];
    for mail in &detail.mails {
        mail_lines(mail, &mut lines);
    }
    lines.extend(detail.clocks.iter().map(clock_line));
    for letter in &detail.letters {
        say(
            &mut lines,
            "letter",
            format!("{} ({}) {}", letter.template, letter.locale, letter.state),
        );
    }
    lines.join("\n")
}

fn say(lines: &mut Vec<String>, head: &str, text: String) {
    lines.push(format!("  {head:<10} {text}"));
}

fn mail_lines(mail: &MailLine, lines: &mut Vec<String>) {
    say(lines, "mail", format!("{} {} at {}", mail.id, mail.disposition, mail.received_at));
    let Some(trace) = &mail.trace else {
        say(lines, "trace", "none was kept".to_owned());
        return;
    };
    let seen = &trace.understanding;
    say(lines, "origin", with_reasons(seen.origin.origin.word(), &seen.origin.signals));
    say(lines, "trust", with_reasons(trace.trust.word(), &trace.trust_signals));
    say(lines, "thread", trace.thread.clone());
    if let Some(number) = &trace.maybe_related {
        say(lines, "related", format!("perhaps {number}: it stands in the subject"));
    }
    say(lines, "language", seen.language.clone());
    if seen.matters.is_empty() {
        say(lines, "matter", "none: the rules abstain".to_owned());
    }
    seen.matters.iter().for_each(|matter| scored(lines, "matter", matter));
    seen.runner_up.iter().for_each(|next| scored(lines, "runner-up", next));
    for kind in &seen.kinds {
        let doubt = if kind.is_to_confirm { ", a person must confirm" } else { "" };
        let slash = if kind.sub_kind.is_empty() { "" } else { "/" };
        say(lines, "kind", format!("{}{slash}{}{doubt}", kind.kind, kind.sub_kind));
        fired(lines, &kind.evidence);
    }
    for flag in &seen.flags {
        say(lines, "flag", flag.flag.clone());
        fired(lines, &flag.evidence);
    }
    for fact in &seen.facts {
        let place = evidence::place(&fact.span);
        say(lines, "fact", format!("{} {} {place}", fact.fact, fact.value));
    }
    decided(lines, trace);
}

fn decided(lines: &mut Vec<String>, trace: &Trace) {
    if let Some(route) = &trace.route {
        let text = format!(
            "{}, tier {}, {} by {}",
            route.queue,
            route.tier,
            route.priority,
            route.rules.join(", ")
        );
        say(lines, "routing", text);
        if let Some(reason) = &route.hold {
            say(lines, "held", reason.clone());
        }
    }
    for (kind, days) in &trace.arithmetic {
        say(lines, "days", kind.clone());
        days.iter().for_each(|day| say(lines, "", format!("  {day}")));
    }
    say(lines, "letter", trace.letter.clone());
    say(lines, "policy", trace.policy_revision.clone());
}

fn scored(lines: &mut Vec<String>, head: &str, one: &ScoredCategory) {
    let margin = one.score - one.threshold;
    let text = format!("{} {} of {}, margin {margin:+.1}", one.category, one.score, one.threshold);
    say(lines, head, text);
    fired(lines, &one.evidence);
}

fn fired(lines: &mut Vec<String>, evidence: &[Evidence]) {
    for one in evidence {
        let places: Vec<String> = one.spans.iter().map(evidence::place).collect();
        say(lines, "", format!("  {:+} {} {}", one.weight, one.rule, places.join(", ")));
    }
}

fn clock_line(clock: &Clock) -> String {
    let doubt = if clock.is_to_confirm { ", to confirm" } else { "" };
    let text = format!(
        "{} {} due on {} ({}){doubt} {}",
        clock.kind, clock.state, clock.due_on, clock.class, clock.citation
    );
    format!("  {:<10} {}", "clock", text.trim_end())
}

fn with_reasons(word: &str, reasons: &[String]) -> String {
    if reasons.is_empty() { word.to_owned() } else { format!("{word} ({})", reasons.join(", ")) }
}
