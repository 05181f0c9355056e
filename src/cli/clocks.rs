//! `tierline clocks`: the catalogue as it is loaded.

use serde_json::{Value, json};

use super::arguments::{self, Clocks};
use super::compose;
use super::exit::{CliError, Exit};
use super::output::Output;
use crate::config::Config;
use crate::domain::catalogue::{ClockDefinition, Level, Measure};
use crate::domain::clock::ClockClass;

/// Lists the rows of the catalogue in force.
pub(super) fn run(config: &Config, clocks: &Clocks, output: &mut Output) -> Result<Exit, CliError> {
    let Clocks::List { class } = clocks;
    let class = arguments::word(class.as_ref(), ClockClass::from_word);
    let policy = compose::policy(config)?;
    let listed: Vec<&ClockDefinition> = policy
        .clocks
        .definitions()
        .iter()
        .filter(|row| class.is_none_or(|class| row.class == class))
        .collect();
    let rows: Vec<[String; 6]> = listed.iter().map(|row| line(row)).collect();
    let values: Vec<Value> = listed.iter().map(|row| value(row)).collect();
    output.table(
        ["clock", "class", "due after", "starts at", "ends by", "source"],
        &rows,
        &values,
    )?;
    Ok(Exit::Done)
}

fn line(row: &ClockDefinition) -> [String; 6] {
    [
        row.id.clone(),
        row.class.to_string(),
        due_after(row),
        row.starts_at.clone(),
        row.terms.satisfied_by.join(" "),
        row.citation.clone(),
    ]
}

fn due_after(row: &ClockDefinition) -> String {
    match &row.measure {
        Measure::Days { unit, target, days_before_sale, .. } => match days_before_sale {
            Some(days) => format!("{target} {unit}, sale-{days}"),
            None => format!("{target} {unit}"),
        },
        Measure::Hours { by_priority, .. } => {
            let hours: Vec<String> = by_priority.values().rev().map(u16::to_string).collect();
            format!("{} open hours", hours.join("/"))
        }
    }
}

fn value(row: &ClockDefinition) -> Value {
    let mut value = json!({
        "clock": row.id, "class": row.class, "name": row.name, "citation": row.citation,
        "starts_at": row.starts_at, "satisfied_by": row.terms.satisfied_by,
        "requires_writing": row.terms.requires_writing, "owners": row.owners,
        "calendar": row.calendar, "pauses_in": row.pauses_in, "is_answer": row.is_answer,
        "supersedes": row.supersedes, "file": row.place.0, "line": row.place.1,
        "extension": row.extension.as_ref().map(|found| json!({
            "to": found.to, "with": found.with,
        })),
        "warnings": row.points.iter().map(|point| json!({
            "point": row.point_name(point.at), "tell": point.tell,
        })).collect::<Vec<_>>(),
    });
    match &row.measure {
        Measure::Days { unit, target, from, days_before_sale, after } => {
            value["unit"] = json!(unit);
            value["target"] = json!(target);
            value["counted_from"] = json!(from);
            value["days_before_sale"] = json!(days_before_sale);
            value["after"] = json!(after);
        }
        Measure::Hours { by_priority, levels } => {
            value["hours"] = json!(by_priority);
            value["levels"] = levels.iter().map(level).collect();
        }
    }
    value
}

fn level(level: &Level) -> Value {
    json!({
        "categories": level.categories, "tiers": level.tiers, "languages": level.languages,
        "hours": level.hours,
    })
}
