//! `tierline ticket reply`: a letter from a file, sent or only looked at.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::json;

use super::{actor, failed, number, text};
use crate::app::App;
use crate::app::work;
use crate::cli::arguments::draft::Words;
use crate::cli::arguments::work::ReplyTo;
use crate::cli::exit::{CliError, Exit, OrExit as _};
use crate::cli::output::Output;
use crate::domain::command::{Checked, FilledForm, Reply};

/// The letter of the command line.
pub(super) fn letter(reply: &ReplyTo) -> Result<Reply, CliError> {
    Ok(Reply {
        release: reply.release_file.as_deref().map(text).transpose()?,
        confirmed: reply.confirm.clone(),
        undo: SignedDuration::from_secs(i64::from(reply.undo_seconds)),
        ..of_words(&reply.words)?
    })
}

/// Words alone: free ones, or what is filled into an approved wording.
pub(super) fn of_words(words: &Words) -> Result<Reply, CliError> {
    let form = match &words.template {
        Some(template) => {
            let typed = match &words.fields {
                Some(file) => toml::from_str(&text(file)?).or_exit(Exit::Usage)?,
                None => BTreeMap::new(),
            };
            Some(FilledForm { template: template.clone(), typed })
        }
        None => None,
    };
    Ok(Reply {
        kind: words.kind.clone(),
        subject: words.subject.clone(),
        text: words.file.as_deref().map(text).transpose()?.unwrap_or_default(),
        release: None,
        confirmed: Vec::new(),
        undo: SignedDuration::ZERO,
        form,
        draft: None,
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
