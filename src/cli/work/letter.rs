//! `tierline ticket reply`: a letter from a file, sent or only looked at.

use jiff::SignedDuration;
use serde_json::json;

use super::{actor, failed, number, text};
use crate::app::App;
use crate::app::work;
use crate::cli::arguments::work::ReplyTo;
use crate::cli::exit::{CliError, Exit};
use crate::cli::output::Output;
use crate::domain::command::{Checked, Reply};

/// The letter of the command line.
pub(super) fn letter(reply: &ReplyTo) -> Result<Reply, CliError> {
    Ok(Reply {
        kind: reply.kind.clone(),
        subject: reply.subject.clone(),
        text: text(&reply.file)?,
        release: reply.release_file.as_deref().map(text).transpose()?,
        confirmed: reply.confirm.clone(),
        undo: SignedDuration::from_secs(i64::from(reply.undo_seconds)),
    })
}

/// What speaks against the letter; it is not sent.
pub(super) async fn check(
    app: &App,
    reply: &ReplyTo,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let ticket = number(&reply.on.number)?;
    let actor = actor(app, &reply.on.by).await?;
    let letter = letter(reply)?;
    let checked = work::check_reply(app, &ticket, &actor, &letter).await.map_err(failed)?;
    said(&checked, output)?;
    Ok(if checked.findings.is_empty() { Exit::Done } else { Exit::ProblemsFound })
}

fn said(checked: &Checked, output: &mut Output) -> Result<(), CliError> {
    if checked.findings.is_empty() {
        output.answer("nothing speaks against it", &json!({ "finding": null }))?;
    }
    for finding in &checked.findings {
        let line = finding.line(&checked.text);
        let place = line.map(|line| format!(", line {line}")).unwrap_or_default();
        let (rule, outcome) = (&finding.rule, finding.outcome);
        let text = format!("{outcome} {rule}{place}: {}; {}", finding.says, finding.fix);
        let value = json!({
            "finding": rule, "outcome": outcome, "line": line, "places": finding.places,
            "says": finding.says, "fix": finding.fix,
        });
        output.answer(&text, &value)?;
    }
    Ok(())
}
