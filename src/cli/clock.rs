//! `tierline clock explain`: a due date, day by day.

use super::arguments::Clock;
use super::compose;
use super::exit::{CliError, Exit, OrExit as _};
use super::output::Output;
use crate::config::Config;
use crate::domain::catalogue::Explanation;

/// Explains one clock on the catalogue in force.
pub(super) fn run(config: &Config, clock: &Clock, output: &mut Output) -> Result<Exit, CliError> {
    let Clock::Explain { kind, received, sale_date } = clock;
    let policy = compose::policy(config)?;
    let explained = policy.clocks.explain(kind, *received, *sale_date).or_exit(Exit::Usage)?;
    output.answer(&text(&explained), &explained)?;
    Ok(Exit::Done)
}

fn text(explained: &Explanation) -> String {
    let unit = serde_json::to_value(explained.unit).unwrap_or_default();
    let unit = unit.as_str().unwrap_or_default();
    let mut lines = vec![
        format!("{} {}", explained.clock, explained.name),
        format!("{} {unit} counted, received on {}", explained.target, explained.received_on),
    ];
    lines.extend(explained.lines().into_iter().map(|line| format!("  {line}")));
    lines.push(format!(
        "due on {}, in the house by {}",
        explained.due_on, explained.internal_due_on
    ));
    lines.join("\n")
}
