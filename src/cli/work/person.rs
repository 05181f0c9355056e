//! `tierline person set` and `away`: what a person can do, and when they are
//! not here.

use anyhow::anyhow;
use serde_json::json;

use super::{actor, person_called};
use crate::app::App;
use crate::cli::arguments::work::{Away, By, SetPerson};
use crate::cli::compose::{self, database_error};
use crate::cli::exit::{CliError, Exit};
use crate::cli::output::Output;
use crate::config::Config;
use crate::domain::actor::permission::Permission;
use crate::domain::id::PersonId;
use crate::store::worker::WorkerChange;

pub(in crate::cli) async fn set(
    config: &Config,
    set: &SetPerson,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let app = compose::app_beside(config).await?;
    if let Some(address) = &set.address
        && !crate::postage::clean::is_plain_address(address)
    {
        return Err(CliError::new(Exit::Usage, anyhow!("--address: write name@host")));
    }
    let change = WorkerChange {
        skills: set.skills.clone(),
        languages: set.languages.clone(),
        capacity: set.capacity,
        away: None,
        address: set.address.as_ref().map(|address| address.to_lowercase()),
    };
    // Nobody gives themselves a skill or more room.
    let person = changed(&app, &set.name, &set.by, &change, false).await?;
    output.answer(&format!("{} is changed", set.name), &json!({ "person": person }))?;
    Ok(Exit::Done)
}

pub(in crate::cli) async fn away(
    config: &Config,
    away: &Away,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let app = compose::app_beside(config).await?;
    let period = away.from.zip(away.until);
    if period.is_some_and(|(from, until)| from >= until) {
        return Err(CliError::new(Exit::Usage, anyhow!("--until must come after --from")));
    }
    let change = WorkerChange { away: Some(period), ..WorkerChange::default() };
    let person = changed(&app, &away.name, &away.by, &change, true).await?;
    let text = match period {
        Some((from, until)) => format!("{} is away from {from} until {until}", away.name),
        None => format!("{} is here", away.name),
    };
    output.answer(&text, &json!({ "person": person, "away": period }))?;
    Ok(Exit::Done)
}

async fn changed(
    app: &App,
    name: &str,
    by: &By,
    change: &WorkerChange,
    is_own_to_change: bool,
) -> Result<PersonId, CliError> {
    let whom = person_called(app, name).await?;
    let actor = actor(app, by).await?;
    let is_own = is_own_to_change && actor.person == whom;
    if !is_own && !actor.role.may(Permission::PlanPersons) {
        let text = "only a supervisor or a compliance officer plans persons";
        return Err(CliError::new(Exit::Refused, anyhow!(text)));
    }
    let now = app.now();
    app.store.change_worker(whom, change, &actor.named(), now).await.map_err(database_error)?;
    Ok(whom)
}
