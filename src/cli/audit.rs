//! `tierline audit verify`: has anybody changed the record?

use serde_json::json;

use super::arguments::Audit;
use super::compose::{self, database_error};
use super::exit::{CliError, Exit};
use super::output::Output;
use super::progress;
use crate::config::Config;

/// Recomputes the hash chains and stops at the first break.
pub(super) async fn run(
    config: &Config,
    audit: &Audit,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let Audit::Verify { stream } = audit;
    let store = compose::store_beside(config).await?;
    let spinner = progress::spinner("verifying the record");
    let report = store.verify(stream.as_deref()).await.map_err(database_error)?;
    spinner.finish_and_clear();
    let counted = format!("{} events in {} streams", report.events, report.streams);
    let first_break = report
        .first_break
        .as_ref()
        .map(|found| json!({ "stream": found.stream, "seq": found.seq, "what": found.what }));
    match &report.first_break {
        None => output.passed(&format!("the record is whole: {counted}"))?,
        Some(found) if found.seq == 0 => {
            output.failed(&format!("{}: {}", found.stream, found.what))?;
        }
        Some(found) => {
            output.failed(&format!("{} event {}: {}", found.stream, found.seq, found.what))?;
        }
    }
    let is_good = report.first_break.is_none();
    if output.is_json() {
        let answer = json!({
            "ok": is_good, "streams": report.streams, "events": report.events,
            "first_break": first_break,
        });
        output.answer("", &answer)?;
    }
    Ok(if is_good { Exit::Done } else { Exit::ProblemsFound })
}
