//! What persons do with letters: send again, give up, say what became of one;
//! and the addresses that take no mail.

use anyhow::anyhow;
use serde_json::json;

use crate::app::outbox::{self, LetterAct, OutboxError};
use crate::app::{App, test_send};
use crate::cli::arguments::{OnLetter, Secret};
use crate::cli::compose::{self, database_error};
use crate::cli::exit::{CliError, Exit};
use crate::cli::identity;
use crate::cli::output::Output;
use crate::config::Config;
use crate::domain::actor::{Actor, Role};
use crate::domain::id::LetterId;
use crate::store::person::Person;

pub(super) async fn run(
    config: &Config,
    on: &OnLetter,
    act: LetterAct<'_>,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let (app, person) = prepared(config, &on.by, &on.secret).await?;
    let id = LetterId(on.letter);
    let by = Actor { person: person.id, name: person.name, role: person.role };
    let done = outbox::act(&app, id, &by, act).await.map_err(|error| match error {
        OutboxError::Refused(why) => CliError::new(Exit::Refused, why),
        OutboxError::Store(error) => database_error(error),
    });
    if !done? {
        let text = format!("letter {id} is not in a state in which that can be done");
        return Err(CliError::new(Exit::Refused, anyhow!(text)));
    }
    let what = match act {
        LetterAct::Retry => "will be sent now",
        LetterAct::Discard(_) => "is given up",
        LetterAct::Arrived => "has arrived",
        LetterAct::Lost => "did not arrive and is given up",
    };
    output.answer(&format!("letter {id} {what}"), &json!({ "letter": id, "by": by.name }))?;
    Ok(Exit::Done)
}

pub(super) async fn suppressed(
    config: &Config,
    address: Option<&str>,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let store = compose::store_beside(config).await?;
    let found = store.suppressed_addresses(address).await.map_err(database_error)?;
    let rows: Vec<[String; 3]> = found
        .iter()
        .map(|one| {
            let letter = one.letter.map(|id| id.to_string()).unwrap_or_default();
            [one.since_at.to_string(), one.reason.clone(), letter]
        })
        .collect();
    output.table(["since", "reason", "letter"], &rows, &found)?;
    Ok(Exit::Done)
}

pub(super) async fn unsuppress(
    config: &Config,
    address: &str,
    (by, secret): (&str, &Secret),
    output: &mut Output,
) -> Result<Exit, CliError> {
    let (app, person) = prepared(config, by, secret).await?;
    let was = app
        .store
        .unsuppress(address, &format!("person:{}", person.id), app.now())
        .await
        .map_err(database_error)?;
    let text = if was { "the address is written to again" } else { "the address takes mail" };
    output.answer(text, &json!({ "was_suppressed": was }))?;
    Ok(Exit::Done)
}

pub(super) async fn test_send(
    config: &Config,
    address: &str,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let (sink, signer) = (compose::sink(config)?, compose::signer(config)?);
    let letter = test_send::TestLetter {
        to: address,
        from_name: &config.smtp.from_name,
        from_address: &config.smtp.from_address,
        mail_host: &config.instance.mail_host,
    };
    let sent = test_send::send(&sink, signer.as_ref(), &letter).await;
    let reply = sent.map_err(|why| CliError::new(Exit::Unavailable, anyhow!(why)))?;
    let is_signed = signer.is_some();
    let text = format!("handed over: {reply}; signed: {}", if is_signed { "yes" } else { "no" });
    output.answer(&text, &json!({ "reply": reply, "is_signed": is_signed }))?;
    Ok(Exit::Done)
}

async fn prepared(config: &Config, by: &str, secret: &Secret) -> Result<(App, Person), CliError> {
    let app = compose::app_beside(config).await?;
    let person = identity::proven(&app.store, by, secret.secret_file.as_deref()).await?;
    if !matches!(person.role, Role::Supervisor | Role::Compliance | Role::Operator) {
        let text = "only a supervisor, a compliance officer or an operator acts on letters";
        return Err(CliError::new(Exit::Refused, anyhow!(text)));
    }
    Ok((app, person))
}
