//! `tierline requester language`: which language somebody is written to, and
//! who said so.

use anyhow::anyhow;
use serde_json::json;

use super::arguments::{Requester, Secret};
use super::compose::{self, database_error};
use super::exit::{CliError, Exit};
use super::identity;
use super::output::Output;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::actor::Role;
use crate::domain::event::Event;
use crate::domain::loan::masked_address;
use crate::domain::requester::language_code;
use crate::store::Store;

/// Shows or chooses.
pub(super) async fn run(
    config: &Config,
    requester: &Requester,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let Requester::Language { address, set, forget, by, secret } = requester;
    let address = address.trim().to_lowercase();
    if !address.contains('@') {
        return Err(CliError::new(Exit::Usage, anyhow!("write an address like name@host")));
    }
    let store = compose::store_beside(config).await?;
    if let Some(by) = by.as_deref().filter(|_| set.is_some() || *forget) {
        choose(&store, &address, set.as_deref(), by, secret).await?;
    }
    let on_file = store.find_requester_language(&address).await.map_err(database_error)?;
    let shown = masked_address(&address);
    let text = on_file.as_ref().map_or_else(
        || format!("{shown}: nothing on file, each mail tells"),
        |one| format!("{shown}: {} ({})", one.language, one.source),
    );
    let (language, source) = on_file.map(|one| (one.language, one.source)).unzip();
    output.answer(&text, &json!({ "address": shown, "language": language, "source": source }))?;
    Ok(Exit::Done)
}

async fn choose(
    store: &Store,
    address: &str,
    language: Option<&str>,
    by: &str,
    secret: &Secret,
) -> Result<(), CliError> {
    let code = language.map(|text| {
        language_code(text).ok_or_else(|| {
            CliError::new(Exit::Usage, anyhow!("--set takes two letters (ISO 639-1), e.g. es"))
        })
    });
    let code = code.transpose()?;
    let person = identity::proven(store, by, secret.secret_file.as_deref()).await?;
    if !matches!(person.role, Role::Agent | Role::Supervisor | Role::Compliance) {
        let text = format!("an {} chooses no language", person.role);
        return Err(CliError::new(Exit::Refused, anyhow!(text)));
    }
    // The record names nobody: the look-up key of the address is enough to find it.
    let index = data_encoding::HEXLOWER.encode(&store.vault().blind_index(address));
    let particulars = json!({ "language": code, "is_forgotten": code.is_none() });
    let stream = format!("requester:{index}");
    let mut told =
        Event::by_engine(stream, "requester_language_chosen", SystemClock.now(), particulars);
    told.actor = format!("person:{}", person.id);
    let written = store.choose_requester_language(address, code.as_deref(), &told).await;
    written.map_err(database_error)
}
