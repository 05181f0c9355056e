//! `tierline migrate`: the database gets this program's schema.

use super::compose;
use super::exit::{CliError, Exit};
use super::output::Output;
use crate::config::Config;

/// Safe to repeat; one process at a time does the work.
pub(super) async fn run(config: &Config, output: &mut Output) -> Result<Exit, CliError> {
    compose::migrate(config).await?;
    output.passed("the database has this program's schema")?;
    if output.is_json() {
        output.answer("", &serde_json::json!({ "ok": true }))?;
    }
    Ok(Exit::Done)
}
