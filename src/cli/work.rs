//! `tierline ticket take`, `reply`, `resolve` …: every act of a person on a
//! ticket, proven by their secret.

mod draft;
mod letter;
pub(super) mod person;

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use serde_json::json;

use super::arguments::work::{Act, By, On, OnWithReason};
use super::compose::{self, database_error};
use super::exit::{CliError, Exit, OrExit as _};
use super::identity;
use super::output::Output;
use crate::app::App;
use crate::app::work::{self, Done, Wish, WorkError};
use crate::config::Config;
use crate::domain::actor::Actor;
use crate::domain::actor::permission::Permission;
use crate::domain::command::Handover;
use crate::domain::id::{EscalationId, LetterId, MailId, PersonId, TicketNumber};

/// Bytes of a text that a person hands in.
const MOST_BYTES: u64 = 1 << 20;

/// Does one act.
pub(super) async fn run(config: &Config, act: &Act, output: &mut Output) -> Result<Exit, CliError> {
    let app = compose::app_beside(config).await?;
    match act {
        Act::Next { queue, by } => next(&app, queue.as_deref(), by, output).await,
        Act::Notes(on) => notes(&app, on, output).await,
        Act::Escalations { limit } => escalations(&app, *limit, output).await,
        Act::Reply(reply) if reply.dry_run => letter::check(&app, reply, output).await,
        Act::Draft(draft) => draft::run(&app, draft, output).await,
        Act::ReleaseLetter { letter, by } => {
            let actor = actor(&app, by).await?;
            work::release_letter(&app, LetterId(*letter), &actor).await.map_err(failed)?;
            letter_said(output, "released", *letter)
        }
        Act::TakeBack { letter, by } => {
            let actor = actor(&app, by).await?;
            work::take_back_letter(&app, LetterId(*letter), &actor).await.map_err(failed)?;
            letter_said(output, "taken back", *letter)
        }
        _ => {
            let (on, wish) = wish(&app, act).await?;
            let number = number(&on.number)?;
            let actor = actor(&app, &on.by).await?;
            let done = work::act(&app, &number, &actor, on.seen, &wish).await.map_err(failed)?;
            said(&done, output)
        }
    }
}

async fn wish<'a>(app: &App, act: &'a Act) -> Result<(&'a On, Wish), CliError> {
    let with = |on: &'a OnWithReason, wish: fn(String) -> Wish| {
        Ok::<_, CliError>((&on.on, wish(text(&on.reason_file)?)))
    };
    Ok(match act {
        Act::Take(on) => (on, Wish::Take),
        Act::Assign { on, to } => {
            let to = match to {
                Some(name) => Some(person_called(app, name).await?),
                None => None,
            };
            (on, Wish::Assign(to))
        }
        Act::Return(on) => with(on, Wish::Return)?,
        Act::Requeue { on, queue } => {
            (&on.on, Wish::Requeue(queue.clone(), text(&on.reason_file)?))
        }
        Act::Prioritize { on, priority } => {
            (&on.on, Wish::Prioritize(*priority, text(&on.reason_file)?))
        }
        Act::Reclassify { on, category, queue } => {
            let reason = text(&on.reason_file)?;
            (&on.on, Wish::Reclassify(category.clone(), queue.clone(), reason))
        }
        Act::Escalate { on, queue, handover } => {
            let note: Handover = toml::from_str(&text(handover)?).or_exit(Exit::Usage)?;
            (on, Wish::Escalate(queue.clone(), note))
        }
        Act::Reply(reply) => (&reply.on, Wish::Reply(letter::letter(reply)?)),
        Act::VerifyIdentity { on, how, checked } => (on, Wish::Prove(how.clone(), checked.clone())),
        Act::Done { on, deed, at } => (on, Wish::Done(deed.clone(), *at)),
        Act::Note { on, file } => (on, Wish::Note(text(file)?)),
        Act::Pend(on) => with(on, Wish::Pend)?,
        Act::Release(on) => with(on, Wish::Release)?,
        Act::Resolve(on) => with(on, Wish::Resolve)?,
        Act::Close(on) => (on, Wish::Close),
        Act::Reopen(on) => with(on, Wish::Reopen)?,
        Act::Raise { on, flag } => (on, Wish::Raise(flag.clone())),
        Act::Cause { on, person } => (on, Wish::Cause(person_called(app, person).await?)),
        Act::Merge { on, into } => (on, Wish::Merge(number(into)?)),
        Act::Split { on, mails } => (on, Wish::Split(mails.iter().copied().map(MailId).collect())),
        Act::Undo(on) => (on, Wish::Undo),
        Act::Claim { on, escalation } => (on, Wish::Claim(EscalationId(*escalation))),
        Act::Refuse { on, escalation } => {
            (&on.on, Wish::Refuse(EscalationId(*escalation), text(&on.reason_file)?))
        }
        Act::Next { .. }
        | Act::Notes(_)
        | Act::Draft(_)
        | Act::Escalations { .. }
        | Act::ReleaseLetter { .. }
        | Act::TakeBack { .. } => {
            return Err(CliError::new(Exit::Fault, anyhow!("not an act on one ticket")));
        }
    })
}

async fn next(
    app: &App,
    queue: Option<&str>,
    by: &By,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let actor = actor(app, by).await?;
    let taken = work::take_next(app, &actor, queue).await.map_err(failed)?;
    let text = match &taken {
        Some(number) => format!("{number} is yours"),
        None => "nothing waits that fits".to_owned(),
    };
    output.answer(&text, &json!({ "ticket": taken }))?;
    Ok(Exit::Done)
}

async fn notes(app: &App, on: &On, output: &mut Output) -> Result<Exit, CliError> {
    let actor = actor(app, &on.by).await?;
    if !actor.role.may(Permission::WorkTickets) {
        let text = format!("an {} reads no notes", actor.role);
        return Err(CliError::new(Exit::Refused, anyhow!(text)));
    }
    let number = number(&on.number)?;
    let view = app.store.find_view(&number).await.map_err(database_error)?;
    let view = view.ok_or_else(|| failed(WorkError::NoSuchTicket(number)))?;
    let notes = app.store.notes_of(view.ticket.id).await.map_err(database_error)?;
    if output.is_json() {
        for note in &notes {
            let value = json!({
                "note": note.id, "kind": note.kind, "by": note.author,
                "written_at": note.written_at, "text": note.text,
            });
            output.answer("", &value)?;
        }
        return Ok(Exit::Done);
    }
    for note in &notes {
        let head = format!("{} · {} by {}", note.written_at, note.kind, note.author);
        output.answer(&format!("{head}\n{}\n", note.text), &json!({}))?;
    }
    Ok(Exit::Done)
}

async fn escalations(app: &App, limit: u32, output: &mut Output) -> Result<Exit, CliError> {
    let lines = app.store.open_escalations(u64::from(limit)).await.map_err(database_error)?;
    let rows: Vec<[String; 6]> = lines
        .iter()
        .map(|line| {
            let one = &line.escalation;
            [
                line.number.to_string(),
                line.queue.clone(),
                one.ladder.clone(),
                one.step.to_string(),
                one.begun_at.to_string(),
                one.id.to_string(),
            ]
        })
        .collect();
    let values: Vec<_> = lines
        .iter()
        .map(|line| {
            let one = &line.escalation;
            json!({
                "ticket": line.number, "queue": line.queue, "ladder": one.ladder,
                "cause": one.cause, "step": one.step, "begun_at": one.begun_at,
                "next_at": one.next_at, "claim_by_at": one.claim_by_at,
                "is_statutory": one.is_statutory, "escalation": one.id,
            })
        })
        .collect();
    output.table(["ticket", "queue", "ladder", "steps", "begun", "escalation"], &rows, &values)?;
    Ok(Exit::Done)
}

fn said(done: &Done, output: &mut Output) -> Result<Exit, CliError> {
    let events: Vec<String> = done.events.iter().map(|kind| kind.replace('_', " ")).collect();
    let mut text = format!("{}: {}", done.number, events.join(", "));
    for letter in &done.letters {
        text.push_str(&format!("\nletter {letter}"));
    }
    if !done.meets.is_empty() {
        text.push_str(&format!("\nmeets when handed over: {}", done.meets.join(", ")));
    }
    if let Some(made) = &done.made {
        text.push_str(&format!("\nnew ticket {made}"));
    }
    let value = json!({
        "ticket": done.number, "events": done.events, "letters": done.letters,
        "meets": done.meets, "tasks": done.tasks, "made": done.made,
    });
    output.answer(&text, &value)?;
    Ok(Exit::Done)
}

fn letter_said(output: &mut Output, what: &str, letter: uuid::Uuid) -> Result<Exit, CliError> {
    output.answer(&format!("letter {letter} is {what}"), &json!({ "letter": letter }))?;
    Ok(Exit::Done)
}

/// The person who acts, once they have shown their secret.
async fn actor(app: &App, by: &By) -> Result<Actor, CliError> {
    let file = by.secret.secret_file.as_deref();
    let person = identity::proven(&app.store, &by.by, file).await?;
    Ok(Actor { person: person.id, name: person.name, role: person.role })
}

async fn person_called(app: &App, name: &str) -> Result<PersonId, CliError> {
    let found = app.store.find_person(name).await.map_err(database_error)?;
    let found = found.ok_or_else(|| {
        CliError::new(Exit::ProblemsFound, anyhow!("nobody here is called {name}"))
    })?;
    Ok(found.id)
}

fn number(text: &str) -> Result<TicketNumber, CliError> {
    TicketNumber::parse(text).ok_or_else(|| {
        let text = format!("{text} is no ticket number: a digit is wrong or missing");
        CliError::new(Exit::Usage, anyhow!(text))
    })
}

/// Words from a file, or from standard input for `-`.
fn text(path: &Path) -> Result<String, CliError> {
    let read = || -> anyhow::Result<String> {
        let mut bytes = Vec::new();
        if path == Path::new("-") {
            std::io::stdin().take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        } else {
            let file = std::fs::File::open(path)?;
            file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        }
        anyhow::ensure!(bytes.len() as u64 <= MOST_BYTES, "is larger than 1 MiB");
        Ok(String::from_utf8(bytes)?)
    };
    read().with_context(|| path.display().to_string()).or_exit(Exit::Usage)
}

/// An error of an act with the exit status of its kind.
fn failed(error: WorkError) -> CliError {
    match error {
        WorkError::Store(error) => database_error(error),
        WorkError::NoSuchTicket(_) => CliError::new(Exit::ProblemsFound, error),
        WorkError::NotRenderable(_) | WorkError::Unfilled(_) => CliError::new(Exit::Usage, error),
        _ => CliError::new(Exit::Refused, error),
    }
}
