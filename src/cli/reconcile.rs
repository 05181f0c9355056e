//! `tierline reconcile`: does the ledger have every mail that the servers show?

use anyhow::anyhow;

use super::arguments::Reconcile;
use super::compose;
use super::exit::{CliError, Exit, OrExit as _};
use super::output::Output;
use super::progress;
use crate::app::reconcile::{self, Reconciled};
use crate::config::Config;

/// Keys that are named before the rest is only counted.
const MOST_NAMED: usize = 10;

/// Asks every server afresh; changes nothing.
pub(super) async fn run(
    config: &Config,
    arguments: &Reconcile,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let mut mailboxes = compose::mailboxes(config)?;
    if let Some(only) = &arguments.mailbox {
        mailboxes.retain(|composed| composed.mailbox.name == *only);
        if mailboxes.is_empty() {
            let text = format!("no mailbox is called {only}");
            return Err(CliError::new(Exit::Usage, anyhow!(text)));
        }
    }
    let app = compose::app_beside(config).await?;
    let bar = progress::bar(mailboxes.len(), "reconciling");
    let mut exit = Exit::Done;
    for composed in &mut mailboxes {
        let asked = reconcile::reconcile(&app, &mut composed.mailbox).await;
        if let Some(tokens) = &composed.tokens {
            tokens.keep().await.or_exit(Exit::Unavailable)?;
        }
        let reconciled = asked.or_exit(Exit::Unavailable)?;
        bar.inc(1);
        bar.suspend(|| show(&reconciled, output))?;
        if !reconciled.is_good() {
            exit = Exit::ProblemsFound;
        }
    }
    bar.finish_and_clear();
    Ok(exit)
}

fn show(reconciled: &Reconciled, output: &mut Output) -> Result<(), CliError> {
    if output.is_json() {
        let mut value = serde_json::to_value(reconciled).map_err(anyhow::Error::from)?;
        value["ok"] = reconciled.is_good().into();
        output.answer("", &value)?;
        return Ok(());
    }
    let counted = format!(
        "{}: server says {}, we have {}",
        reconciled.mailbox, reconciled.server_has, reconciled.ledger_has
    );
    if reconciled.is_good() {
        output.passed(&format!("{counted}: good"))?;
        return Ok(());
    }
    let mut wrong = Vec::new();
    if !reconciled.unknown.is_empty() {
        let named: Vec<&str> =
            reconciled.unknown.iter().take(MOST_NAMED).map(String::as_str).collect();
        wrong.push(format!(
            "not in the ledger: {} ({})",
            reconciled.unknown.len(),
            named.join(", ")
        ));
    }
    if !reconciled.is_balanced {
        wrong.push(format!("{} seen do not add up with their fates", reconciled.seen));
    }
    output.failed(&format!("{counted}: {}", wrong.join("; ")))?;
    Ok(())
}
