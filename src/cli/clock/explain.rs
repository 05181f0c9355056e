//! `tierline clock explain`: a due date, day by day, and the clocks of the
//! loan's state beside it.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

use crate::cli::compose;
use crate::cli::exit::{CliError, Exit, OrExit as _};
use crate::cli::output::Output;
use crate::config::Config;
use crate::domain::catalogue::{ClockBook, Explanation};

/// What is asked.
pub(super) struct Asked<'a> {
    pub(super) kind: &'a str,
    pub(super) received: Timestamp,
    pub(super) state: Option<&'a str>,
    pub(super) sale_date: Option<Date>,
}

/// Explains one clock on the catalogue in force.
pub(super) fn run(
    config: &Config,
    asked: &Asked<'_>,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let Asked { kind, received, state, sale_date } = *asked;
    let policy = compose::policy(config)?;
    let explained = policy.clocks.explain(kind, received, sale_date).or_exit(Exit::Usage)?;
    let Some(state) = state else {
        output.answer(&text(&explained), &explained)?;
        return Ok(Exit::Done);
    };
    let beside = beside(&policy.clocks, kind, state, received, sale_date);
    let leading = std::iter::once(&explained).chain(&beside).min_by_key(|one| one.due_at);
    let leading = leading.map_or(kind.to_owned(), |one| one.clock.clone());
    let mut lines = vec![text(&explained)];
    lines.extend(beside.iter().map(|one| format!("\n{}", text(one))));
    lines.push(match beside.len() {
        0 => format!("\n{state} has no clock of its own for this in the catalogue"),
        _ => format!("\n{leading} leads: it is due first; all run"),
    });
    let mut value = serde_json::to_value(&explained).unwrap_or_default();
    value["state"] = json!(state);
    value["state_clocks"] = json!(beside);
    value["leading"] = json!(leading);
    output.answer(&lines.join("\n"), &value)?;
    Ok(Exit::Done)
}

/// The state's own clocks for what starts `kind`; those that need what is not
/// given here (a sale date, say) are left out.
fn beside(
    book: &ClockBook,
    kind: &str,
    state: &str,
    received: Timestamp,
    sale_date: Option<Date>,
) -> Vec<Explanation> {
    let rows = book.find_definition(kind).map(|row| book.overlay(row, state)).unwrap_or_default();
    let explained = |id: &str| book.explain(id, received, sale_date).ok();
    rows.iter().filter_map(|row| explained(&row.id)).collect()
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
