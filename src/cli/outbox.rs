//! `tierline outbox`: the letters and where they stand.

mod act;

use anyhow::anyhow;
use serde_json::{Value, json};

use super::arguments::{self, Outbox};
use super::compose::{self, database_error};
use super::exit::{CliError, Exit};
use super::output::Output;
use crate::app::outbox::LetterAct;
use crate::config::Config;
use crate::domain::event::ticket_stream;
use crate::domain::id::LetterId;
use crate::domain::letter::LetterState;
use crate::store::Store;
use crate::store::view::{EventLine, LetterEntry};

/// Lists letters or shows one.
pub(super) async fn run(
    config: &Config,
    outbox: &Outbox,
    output: &mut Output,
) -> Result<Exit, CliError> {
    match outbox {
        Outbox::List { state, limit } => {
            let store = compose::store_beside(config).await?;
            let state = arguments::word(state.as_ref(), LetterState::from_word);
            let letters =
                store.letter_list(state, u64::from(*limit)).await.map_err(database_error)?;
            list(&letters, output)
        }
        Outbox::Show { letter } => {
            let store = compose::store_beside(config).await?;
            show(&store, LetterId(*letter), output).await
        }
        Outbox::Retry(on) => act::run(config, on, LetterAct::Retry, output).await,
        Outbox::Discard { on, reason } => {
            act::run(config, on, LetterAct::Discard(reason), output).await
        }
        Outbox::ResolveUncertain { on, arrived, .. } => {
            let act = if *arrived { LetterAct::Arrived } else { LetterAct::Lost };
            act::run(config, on, act, output).await
        }
        Outbox::Suppressed { address } => act::suppressed(config, address.as_deref(), output).await,
        Outbox::Unsuppress { address, by, secret } => {
            act::unsuppress(config, address, (by, secret), output).await
        }
        Outbox::TestSend { address } => act::test_send(config, address, output).await,
    }
}

fn list(letters: &[LetterEntry], output: &mut Output) -> Result<Exit, CliError> {
    let rows: Vec<[String; 7]> = letters
        .iter()
        .map(|letter| {
            [
                letter.id.to_string(),
                letter.ticket.to_string(),
                format!("{} {}", letter.template, letter.locale),
                letter.state.to_string(),
                letter.attempts.to_string(),
                letter.written_at.strftime("%Y-%m-%d %H:%MZ").to_string(),
                letter.reason.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let heads = ["letter", "ticket", "template", "state", "attempts", "written", "reason"];
    output.table(heads, &rows, letters)?;
    Ok(Exit::Done)
}

async fn show(store: &Store, id: LetterId, output: &mut Output) -> Result<Exit, CliError> {
    let found = store.find_letter(id).await.map_err(database_error)?;
    let letter = found
        .ok_or_else(|| CliError::new(Exit::ProblemsFound, anyhow!("there is no letter {id}")))?;
    let stream = ticket_stream(letter.ticket_id);
    let mut events = store.events_of(&stream).await.map_err(database_error)?;
    let name = Value::String(id.to_string());
    events.retain(|line| line.event.particulars.get("letter") == Some(&name));
    let told: Vec<Value> = events.iter().map(event).collect();
    let mut answer = serde_json::to_value(&letter).map_err(anyhow::Error::from)?;
    if let Value::Object(fields) = &mut answer {
        fields.insert("events".to_owned(), Value::Array(told));
    }
    output.answer(&text(&letter, &events), &answer)?;
    Ok(Exit::Done)
}

fn event(line: &EventLine) -> Value {
    json!({
        "seq": line.seq, "at": line.event.at, "actor": line.event.actor,
        "kind": line.event.kind, "particulars": line.event.particulars,
    })
}

fn text(letter: &LetterEntry, events: &[EventLine]) -> String {
    let at = |at: Option<jiff::Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.to_string());
    let meets =
        if letter.meets.is_empty() { "no clock".to_owned() } else { letter.meets.join(", ") };
    let mut lines = vec![
        format!("letter       {}", letter.id),
        format!("ticket       {}", letter.ticket),
        format!("template     {} {}", letter.template, letter.locale),
        format!("version      {}", letter.template_version.hex()),
        format!("state        {} {}", letter.state, letter.reason.as_deref().unwrap_or_default()),
        format!("meets        {meets}"),
        format!("attempts     {}", letter.attempts),
        format!(
            "last reply   {}",
            letter.last_code.map_or("-".to_owned(), |code| code.to_string())
        ),
        format!("written      {}", letter.written_at),
        format!("not before   {}", letter.not_before_at),
        format!("expires      {}", letter.expires_at),
        format!("handed over  {}", at(letter.handed_over_at)),
        format!("bounced      {}", at(letter.bounced_at)),
    ];
    lines.extend(
        events
            .iter()
            .map(|line| format!("  {} {} by {}", line.event.at, line.event.kind, line.event.actor)),
    );
    lines.join("\n")
}
