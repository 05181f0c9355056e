//! `tierline letters`: why a mail got its letter, and what exactly was sent.

use anyhow::anyhow;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::arguments::{Letters, Secret};
use super::compose::{self, database_error};
use super::exit::{CliError, Exit};
use super::identity;
use super::output::Output;
use crate::app::App;
use crate::app::letter_proof::{self, LetterProof};
use crate::config::Config;
use crate::domain::actor::Role;
use crate::domain::id::TicketNumber;
use crate::store::view::{SentLetter, SentTo};

/// Explains or shows.
pub(super) async fn run(
    config: &Config,
    letters: &Letters,
    output: &mut Output,
) -> Result<Exit, CliError> {
    match letters {
        Letters::Why { ticket } => why(config, ticket, output).await,
        Letters::Show { ticket, borrower, at, raw, by, secret } => {
            let asked = Asked { ticket: ticket.as_deref(), borrower: borrower.as_deref(), at: *at };
            show(config, asked, *raw, (by, secret), output).await
        }
    }
}

fn number(text: &str) -> Result<TicketNumber, CliError> {
    TicketNumber::parse(text).ok_or_else(|| {
        let text = format!("{text} is no ticket number: a digit is wrong or missing");
        CliError::new(Exit::Usage, anyhow!(text))
    })
}

async fn why(config: &Config, ticket: &str, output: &mut Output) -> Result<Exit, CliError> {
    let store = compose::store_beside(config).await?;
    let number = number(ticket)?;
    let found = store.ticket_detail(&number).await.map_err(database_error)?;
    let detail = found.ok_or_else(|| {
        CliError::new(Exit::ProblemsFound, anyhow!("there is no ticket {number}"))
    })?;
    for mail in &detail.mails {
        let Some(trace) = &mail.trace else { continue };
        let text = format!("{} {}: {}", mail.received_at, mail.disposition, trace.letter);
        let answer = json!({
            "mail": mail.id, "received_at": mail.received_at, "disposition": mail.disposition,
            "language": trace.understanding.language, "trust": trace.trust,
            "kinds": trace.understanding.kinds.iter().map(|one| &one.kind).collect::<Vec<_>>(),
            "flags": trace.understanding.flags.iter().map(|one| &one.flag).collect::<Vec<_>>(),
            "letter": trace.letter, "policy": trace.policy_revision,
        });
        output.answer(&text, &answer)?;
    }
    Ok(Exit::Done)
}

#[derive(Clone, Copy)]
struct Asked<'a> {
    ticket: Option<&'a str>,
    borrower: Option<&'a str>,
    at: Option<Date>,
}

async fn show(
    config: &Config,
    asked: Asked<'_>,
    is_raw: bool,
    (by, secret): (&str, &Secret),
    output: &mut Output,
) -> Result<Exit, CliError> {
    let app = compose::app_beside(config).await?;
    let person = identity::proven(&app.store, by, secret.secret_file.as_deref()).await?;
    if person.role == Role::Operator {
        let text = "an operator runs the system and reads no letters";
        return Err(CliError::new(Exit::Refused, anyhow!(text)));
    }
    let letters = find(&app, asked, person.id).await?;
    if letters.is_empty() {
        return Err(CliError::new(Exit::ProblemsFound, anyhow!("there is no such letter")));
    }
    let mut is_whole = true;
    for letter in &letters {
        if is_raw {
            output.raw(letter.bytes.as_deref().unwrap_or_default())?;
            continue;
        }
        let proof = letter_proof::prove(&app, letter).await.map_err(database_error)?;
        is_whole &= ![proof.record, proof.rerendered].contains(&letter_proof::Compared::Different);
        output.answer(&text(letter, &proof), &value(letter, &proof))?;
    }
    Ok(if is_whole { Exit::Done } else { Exit::ProblemsFound })
}

async fn find(
    app: &App,
    asked: Asked<'_>,
    reader: crate::domain::id::PersonId,
) -> Result<Vec<SentLetter>, CliError> {
    let now = app.now();
    let of_ticket = asked.ticket.map(number).transpose()?;
    let to = match (&of_ticket, asked.borrower) {
        (Some(ticket), _) => SentTo::Ticket(ticket),
        (None, address) => SentTo::Address(address.unwrap_or_default()),
    };
    let mut letters = app.store.sent_letters(to, reader, now).await.map_err(database_error)?;
    let standing = app.standing();
    letters.retain(|letter| {
        let is_theirs = asked.borrower.is_none_or(|address| {
            letter.intent.recipient.trim().eq_ignore_ascii_case(address.trim())
        });
        let local_date = |at| standing.desk.policy.clocks.local_date(at);
        let is_then =
            asked.at.is_none_or(|date| letter.handed_over_at.map(local_date) == Some(date));
        is_theirs && is_then
    });
    Ok(letters)
}

fn value(letter: &SentLetter, proof: &LetterProof) -> Value {
    let bytes = letter.bytes.as_deref().map(String::from_utf8_lossy);
    json!({
        "letter": letter.id, "ticket": letter.ticket, "template": letter.intent.template,
        "locale": letter.intent.locale, "version": letter.template_version,
        "approved_by": letter.approved_by, "approved_at": letter.approved_at,
        "recipient": letter.intent.recipient, "context": letter.intent.context,
        "state": letter.state, "reason": letter.reason, "meets": letter.intent.meets,
        "attempts": letter.attempts, "last_code": letter.last_code, "reply": letter.reply,
        "written_at": letter.written_at, "handed_over_at": letter.handed_over_at,
        "bounced_at": letter.bounced_at, "proof": proof, "bytes": bytes,
    })
}

fn text(letter: &SentLetter, proof: &LetterProof) -> String {
    let at = |at: Option<jiff::Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.to_string());
    let approved_by = letter.approved_by.as_deref().unwrap_or("nobody");
    let code = letter.last_code.map_or("-".to_owned(), |code| code.to_string());
    let lines = [
        format!("letter       {}", letter.id),
        format!("ticket       {}", letter.ticket),
        format!("to           {}", letter.intent.recipient),
        format!("template     {} {}", letter.intent.template, letter.intent.locale),
        format!("version      {}", letter.template_version.hex()),
        format!("approved     by {approved_by} at {}", at(letter.approved_at)),
        format!("state        {} {}", letter.state, letter.reason.as_deref().unwrap_or_default()),
        format!("written      {}", letter.written_at),
        format!("handed over  {} after {} attempts", at(letter.handed_over_at), letter.attempts),
        format!("reply        {code} {}", letter.reply.as_deref().unwrap_or_default().trim()),
        format!("bounced      {}", at(letter.bounced_at)),
        format!("sha256       {}", proof.sha256.map_or("-".to_owned(), |sha| sha.hex())),
        format!("on record    {:?}", proof.record).to_lowercase(),
        format!("re-rendered  {:?}", proof.rerendered).to_lowercase(),
        String::new(),
        letter.bytes.as_deref().map(String::from_utf8_lossy).unwrap_or_default().into_owned(),
    ];
    lines.join("\n")
}
