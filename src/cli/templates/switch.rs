//! `tierline templates stop` and `start`: the switch that stops a whole
//! template at once.

use anyhow::anyhow;
use serde_json::json;

use crate::app::approve;
use crate::cli::arguments::Secret;
use crate::cli::compose::{self, database_error};
use crate::cli::exit::{CliError, Exit};
use crate::cli::identity;
use crate::cli::output::Output;
use crate::config::Config;
use crate::domain::actor::Role;

pub(super) async fn stop(
    config: &Config,
    name: &str,
    reason: &str,
    (by, secret): (&str, &Secret),
    output: &mut Output,
) -> Result<Exit, CliError> {
    let app = compose::app_beside(config).await?;
    let person = identity::proven(&app.store, by, secret.secret_file.as_deref()).await?;
    // Stopping letters is no release: an operator may do it at night.
    if !matches!(person.role, Role::Compliance | Role::Operator) {
        let text = "only a compliance officer or an operator stops templates";
        return Err(CliError::new(Exit::Refused, anyhow!(text)));
    }
    let held = approve::stop(&app, name, reason, person.id).await.map_err(database_error)?;
    let text = format!("{name} is stopped; letters that have not left and are held: {held}");
    let answer = json!({ "name": name, "is_stopped": true, "held": held, "by": person.name });
    output.answer(&text, &answer)?;
    Ok(Exit::Done)
}

pub(super) async fn start(
    config: &Config,
    name: &str,
    (by, secret): (&str, &Secret),
    output: &mut Output,
) -> Result<Exit, CliError> {
    let app = compose::app_beside(config).await?;
    let person = identity::proven(&app.store, by, secret.secret_file.as_deref()).await?;
    let released = approve::start(&app, name, person.id).await.map_err(database_error)?;
    let text = match released {
        Some(released) => format!("{name} goes on; letters that may leave now: {released}"),
        None => format!("{name} was not stopped"),
    };
    let answer = json!({ "name": name, "is_stopped": false, "released": released });
    output.answer(&text, &answer)?;
    Ok(Exit::Done)
}
