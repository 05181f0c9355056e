//! `tierline ticket draft`: a letter that is being written, saved again and
//! again, released by a second person, sent as it was saved.

use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use jiff::SignedDuration;
use serde_json::json;

use super::{actor, failed, letter, number, person_called, said, text};
use crate::app::App;
use crate::app::work::{self, SendDraft};
use crate::cli::arguments::draft::{Draft, Words};
use crate::cli::arguments::work::{By, On};
use crate::cli::compose::database_error;
use crate::cli::exit::{CliError, Exit, OrExit as _};
use crate::cli::output::Output;
use crate::domain::actor::Actor;
use crate::domain::actor::permission::Permission;
use crate::domain::attached_file::MOST_BYTES;
use crate::domain::id::TicketNumber;

pub(super) async fn run(app: &App, draft: &Draft, output: &mut Output) -> Result<Exit, CliError> {
    match draft {
        Draft::Save { on, words, changes } => save(app, (on, words, *changes), output).await,
        Draft::Show(on) => show(app, on, output).await,
        Draft::Attach { on, file } => attach(app, on, file, output).await,
        Draft::Detach { on, file } => {
            let (number, by) = who(app, on).await?;
            work::detach_file(app, &number, &by, *file).await.map_err(failed)?;
            told(output, "the file goes no more with the draft", &number)
        }
        Draft::Discard(on) => {
            let (number, by) = who(app, on).await?;
            work::discard_draft(app, &number, &by).await.map_err(failed)?;
            told(output, "the draft is thrown away", &number)
        }
        Draft::Send { on, confirm, undo_seconds } => {
            let (number, by) = who(app, on).await?;
            let send = SendDraft {
                draft_version: None,
                seen: on.seen,
                confirmed: confirm.clone(),
                undo: SignedDuration::from_secs(i64::from(*undo_seconds)),
            };
            let done = work::send_draft(app, &number, &by, &send).await.map_err(failed)?;
            said(&done, output)
        }
        Draft::AskRelease(on) => {
            let (number, by) = who(app, on).await?;
            work::ask_release(app, &number, &by).await.map_err(failed)?;
            told(output, "a supervisor is asked to release the draft", &number)
        }
        Draft::Release { on, of, reason_file } => {
            let (number, by) = who(app, on).await?;
            let writer = person_called(app, of).await?;
            let reason = text(reason_file)?;
            let rules = work::release_draft(app, &number, (&by, writer), None, &reason).await;
            let rules = rules.map_err(failed)?;
            let line = format!("{number}: the draft of {of} may leave: {}", rules.join(", "));
            output.answer(&line, &json!({ "ticket": number, "released": rules }))?;
            Ok(Exit::Done)
        }
        Draft::Asked { limit, by } => asked(app, *limit, by, output).await,
    }
}

async fn who(app: &App, on: &On) -> Result<(TicketNumber, Actor), CliError> {
    Ok((number(&on.number)?, actor(app, &on.by).await?))
}

fn told(output: &mut Output, what: &str, number: &TicketNumber) -> Result<Exit, CliError> {
    output.answer(&format!("{number}: {what}"), &json!({ "ticket": number }))?;
    Ok(Exit::Done)
}

async fn attach(app: &App, on: &On, file: &Path, output: &mut Output) -> Result<Exit, CliError> {
    let (number, by) = who(app, on).await?;
    let named = || file.display().to_string();
    let opened = std::fs::File::open(file).with_context(named).or_exit(Exit::Usage)?;
    let mut content = Vec::new();
    let most = MOST_BYTES as u64 + 1;
    opened.take(most).read_to_end(&mut content).with_context(named).or_exit(Exit::Usage)?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    let name = work::attach_file(app, &number, &by, (&name, content)).await.map_err(failed)?;
    let line = format!("{number}: {name} goes with the draft");
    output.answer(&line, &json!({ "ticket": number, "file": name }))?;
    Ok(Exit::Done)
}

async fn save(
    app: &App,
    (on, words, changes): (&On, &Words, Option<u64>),
    output: &mut Output,
) -> Result<Exit, CliError> {
    let (number, by) = who(app, on).await?;
    let reply = letter::of_words(words)?;
    let changes = match changes {
        Some(changes) => changes,
        None => {
            let found = work::find_draft(app, &number, &by).await.map_err(failed)?;
            found.map_or(0, |draft| draft.version)
        }
    };
    let saved = work::save_draft(app, &number, &by, (changes, on.seen), &reply).await;
    let version = saved.map_err(failed)?;
    let line = format!("{number}: draft saved, version {version}");
    output.answer(&line, &json!({ "ticket": number, "version": version }))?;
    Ok(Exit::Done)
}

async fn show(app: &App, on: &On, output: &mut Output) -> Result<Exit, CliError> {
    let (number, by) = who(app, on).await?;
    let found = work::find_draft(app, &number, &by).await.map_err(failed)?;
    let Some(draft) = found else {
        output.answer("there is no draft", &json!({ "ticket": number, "draft": null }))?;
        return Ok(Exit::Done);
    };
    let words = &draft.words;
    let mut lines = vec![format!(
        "version {} · begun {} · saved {}",
        draft.version, draft.begun_at, draft.saved_at
    )];
    if let Some(release) = &draft.release {
        lines.push(format!("released at {}: {}", release.at, release.rules.join(", ")));
    }
    match &words.template {
        Some(template) => {
            lines.push(format!("from {template}"));
            lines.extend(words.fields.iter().map(|(name, value)| format!("{name}: {value}")));
        }
        None => lines.push(format!("as {}\n\n{}", words.kind, words.text)),
    }
    let files = work::files(app, &number, &by).await.map_err(failed)?;
    for file in &files {
        lines.push(format!("file {}  {}, {} bytes", file.id, file.name, file.size));
    }
    let files: Vec<_> = files
        .iter()
        .map(|file| {
            json!({
                "file": file.id, "name": file.name, "media_type": file.media_type,
                "size": file.size,
            })
        })
        .collect();
    let value = json!({
        "files": files,
        "ticket": number, "version": draft.version, "begun_at": draft.begun_at,
        "saved_at": draft.saved_at, "asked_at": draft.asked_at, "draft": words,
        "release": draft.release,
    });
    output.answer(&lines.join("\n"), &value)?;
    Ok(Exit::Done)
}

async fn asked(app: &App, limit: u32, by: &By, output: &mut Output) -> Result<Exit, CliError> {
    let by = actor(app, by).await?;
    by.needs(Permission::WriteGuarded).map_err(|refusal| CliError::new(Exit::Refused, refusal))?;
    let asked = app.store.asked_releases(u64::from(limit)).await.map_err(database_error)?;
    let rows: Vec<[String; 3]> = asked
        .iter()
        .map(|one| [one.number.to_string(), one.name.clone(), one.asked_at.to_string()])
        .collect();
    let values: Vec<_> = asked
        .iter()
        .map(|one| json!({ "ticket": one.number, "writer": one.name, "asked_at": one.asked_at }))
        .collect();
    output.table(["ticket", "writer", "asked"], &rows, &values)?;
    Ok(Exit::Done)
}
