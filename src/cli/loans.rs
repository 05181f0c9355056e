//! `tierline loans`: put the servicing system's loan book on file, and look at
//! one loan with everything private masked.

use std::path::Path;

use anyhow::anyhow;
use serde_json::{Value, json};

use super::arguments::{Loans, Secret};
use super::compose::{self, database_error};
use super::exit::{CliError, Exit};
use super::identity;
use super::output::Output;
use crate::app::loan_book::{self, LoanBookError};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::actor::Role;
use crate::domain::loan::{masked_address, masked_name, masked_number};
use crate::store::loan::LoanOnFile;

/// Imports, checks or shows.
pub(super) async fn run(
    config: &Config,
    loans: &Loans,
    output: &mut Output,
) -> Result<Exit, CliError> {
    match loans {
        Loans::Import { file, check: true, .. } => check(config, file, output),
        Loans::Import { file, by, secret, check: false } => {
            import(config, file, by.as_deref(), secret, output).await
        }
        Loans::Show { number } => show(config, number, output).await,
    }
}

fn check(config: &Config, file: &Path, output: &mut Output) -> Result<Exit, CliError> {
    let policy = compose::policy(config)?;
    let today = policy.clocks.local_date(SystemClock.now());
    match loan_book::check(file, today) {
        Ok(checked) => {
            let text = format!("{} rows about {} loans are right", checked.rows, checked.loans);
            let answer = json!({ "ok": true, "rows": checked.rows, "loans": checked.loans });
            output.answer(&text, &answer)?;
            Ok(Exit::Done)
        }
        Err(error) => refused(error, output),
    }
}

async fn import(
    config: &Config,
    file: &Path,
    by: Option<&str>,
    secret: &Secret,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let app = compose::app_beside(config).await?;
    let person = match by {
        None => None,
        Some(by) => {
            let secret_file = secret.secret_file.as_deref();
            let person = identity::proven(&app.store, by, secret_file).await?;
            if !matches!(person.role, Role::Operator | Role::Compliance) {
                let text = format!("an {} puts no loan book on file", person.role);
                return Err(CliError::new(Exit::Refused, anyhow!(text)));
            }
            Some(person.id)
        }
    };
    match loan_book::import(&app, file, person).await {
        Ok((checked, count)) => {
            let text = format!(
                "{} rows about {} loans: {} addresses on file, {} taken off",
                count.rows, checked.loans, count.on_file, count.taken_off
            );
            let answer = json!({
                "ok": true, "rows": count.rows, "loans": checked.loans,
                "on_file": count.on_file, "taken_off": count.taken_off,
            });
            output.answer(&text, &answer)?;
            Ok(Exit::Done)
        }
        Err(error) => refused(error, output),
    }
}

/// Bad rows one by one, then the summary.
fn refused(error: LoanBookError, output: &mut Output) -> Result<Exit, CliError> {
    let summary = error.to_string();
    match error {
        LoanBookError::Store(error) => Err(database_error(error)),
        LoanBookError::File { .. } => Err(CliError::new(Exit::Usage, anyhow!(summary))),
        LoanBookError::Reader(_) => Err(CliError::new(Exit::Fault, anyhow!(summary))),
        LoanBookError::Rows { bad, total, rows, .. } => {
            for row in &bad {
                output.failed(&format!("line {}: {}", row.line, row.problem))?;
            }
            output.failed(&summary)?;
            let listed: Vec<Value> =
                bad.iter().map(|row| json!({ "line": row.line, "problem": row.problem })).collect();
            if output.is_json() {
                let answer = json!({ "ok": false, "rows": rows, "wrong": total, "bad": listed });
                output.answer("", &answer)?;
            }
            Ok(Exit::ProblemsFound)
        }
        LoanBookError::Columns { .. } | LoanBookError::Changed(_) => {
            output.failed(&summary)?;
            if output.is_json() {
                output.answer("", &json!({ "ok": false, "problem": summary }))?;
            }
            Ok(Exit::ProblemsFound)
        }
    }
}

async fn show(config: &Config, number: &str, output: &mut Output) -> Result<Exit, CliError> {
    let store = compose::store_beside(config).await?;
    let found = store.find_loan(number).await.map_err(database_error)?;
    let loan = found.ok_or_else(|| {
        CliError::new(Exit::ProblemsFound, anyhow!("no loan with that number is on file"))
    })?;
    output.answer(&text(&loan), &value(&loan))?;
    Ok(Exit::Done)
}

fn value(loan: &LoanOnFile) -> Value {
    let parties = loan.parties.iter().map(|party| {
        json!({
            "role": party.role, "name": masked_name(&party.name),
            "email": masked_address(&party.email), "esign_consent_on": party.esign_consent_on,
        })
    });
    json!({
        "loan": loan.facts.id, "number": masked_number(&loan.number),
        "has_property_address": !loan.property_address.is_empty(),
        "state": loan.facts.state, "language": loan.facts.language,
        "fdcpa_covered": loan.facts.is_fdcpa_covered, "represented": loan.facts.is_represented,
        "bankruptcy": loan.facts.is_in_bankruptcy, "parties": parties.collect::<Vec<_>>(),
    })
}

fn text(loan: &LoanOnFile) -> String {
    let facts = &loan.facts;
    let or_none = |text: &str| if text.is_empty() { "-" } else { text }.to_owned();
    let flags: Vec<&str> = [
        (facts.is_fdcpa_covered, "fdcpa_covered"),
        (facts.is_represented, "represented"),
        (facts.is_in_bankruptcy, "bankruptcy"),
    ]
    .iter()
    .filter_map(|(is_set, word)| is_set.then_some(*word))
    .collect();
    let mut lines = vec![
        format!("loan {}", masked_number(&loan.number)),
        format!("  state {} · language {}", or_none(&facts.state), or_none(&facts.language)),
        format!("  flags {}", or_none(&flags.join(", "))),
    ];
    for party in &loan.parties {
        let consent = party
            .esign_consent_on
            .map_or_else(|| "no consent to e-mail".to_owned(), |on| format!("consent of {on}"));
        let name = or_none(&masked_name(&party.name));
        lines.push(format!(
            "  {:<12} {name} · {} · {consent}",
            party.role.word(),
            masked_address(&party.email)
        ));
    }
    lines.join("\n")
}
