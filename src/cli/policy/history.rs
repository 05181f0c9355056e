//! `policy history`: every draft with how far it came, and from when each
//! revision was in force.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::act::short;
use super::named;
use crate::cli::compose::database_error;
use crate::cli::exit::{CliError, Exit};
use crate::cli::output::Output;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::id::PersonId;
use crate::domain::policy_life::{self, PolicyActivation, PolicyDraft};
use crate::store::person::Person;

/// A line with the instant it is sorted by.
type Line = (Timestamp, [String; 5], Value);

pub(super) async fn run(config: &Config, output: &mut Output) -> Result<Exit, CliError> {
    let store = named::store(config).await?;
    let drafts = store.policy_drafts().await.map_err(database_error)?;
    let activations = store.policy_activations().await.map_err(database_error)?;
    let persons = store.persons().await.map_err(database_error)?;
    let in_force = policy_life::in_force(&activations, SystemClock.now()).map(|one| one.seq);
    let mut lines: Vec<Line> = drafts.iter().map(|one| draft(one, &persons)).collect();
    lines
        .extend(activations.iter().map(|one| activation(one, in_force == Some(one.seq), &persons)));
    lines.sort_by_key(|line| line.0);
    let rows: Vec<[String; 5]> = lines.iter().map(|line| line.1.clone()).collect();
    let values: Vec<Value> = lines.into_iter().map(|line| line.2).collect();
    output.table(["at", "revision", "what", "by", "particulars"], &rows, &values)?;
    Ok(Exit::Done)
}

fn name(id: Option<PersonId>, persons: &[Person]) -> Option<&str> {
    persons.iter().find(|person| Some(person.id) == id).map(|person| person.name.as_str())
}

fn draft(one: &PolicyDraft, persons: &[Person]) -> Line {
    let author = name(one.author, persons);
    let approver = name(one.approved.map(|(id, _)| id), persons);
    let mut particulars = Vec::new();
    if let Some(mark) = &one.backtest {
        particulars.push(format!(
            "backtested over {} mails against {}, {} statutory clocks lost",
            mark.mails,
            short(mark.base),
            mark.lost
        ));
    }
    if let Some((_, at)) = one.approved {
        particulars.push(format!("approved by {} on {}", approver.unwrap_or("?"), day(at)));
    }
    let row = [
        second(one.drafted_at),
        short(one.hash),
        one.stage().to_string(),
        author.unwrap_or("engine").to_owned(),
        particulars.join("; "),
    ];
    let value = json!({
        "at": one.drafted_at, "revision": one.hash, "what": "draft", "stage": one.stage(),
        "author": author, "backtest": one.backtest, "approved_by": approver,
        "approved_at": one.approved.map(|(_, at)| at),
    });
    (one.drafted_at, row, value)
}

fn activation(one: &PolicyActivation, is_in_force: bool, persons: &[Person]) -> Line {
    let by = name(one.by, persons);
    let row = [
        second(one.from_at),
        short(one.hash),
        if is_in_force { "in force".to_owned() } else { "activated".to_owned() },
        by.unwrap_or("engine").to_owned(),
        format!("{}, recorded {}", one.origin, second(one.recorded_at)),
    ];
    let value = json!({
        "at": one.from_at, "revision": one.hash, "what": "activation", "origin": one.origin,
        "by": by, "recorded_at": one.recorded_at, "is_in_force": is_in_force,
    });
    (one.from_at, row, value)
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
