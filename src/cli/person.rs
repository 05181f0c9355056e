//! `tierline person`: who may do what. The first person of a database needs no
//! proof, since nobody is there to ask; from then on a person is added by an
//! operator or a compliance officer with their own secret.

use anyhow::anyhow;
use serde_json::json;

use super::arguments::Person;
use super::compose::{self, database_error};
use super::exit::{CliError, Exit};
use super::output::Output;
use super::{identity, secret};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::actor::Role;
use crate::store::Store;

/// Adds or lists persons.
pub(super) async fn run(
    config: &Config,
    person: &Person,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let store = compose::store_beside(config).await?;
    match person {
        Person::List => list(&store, output).await,
        Person::Add { name, role, secret_file, by, by_secret_file } => {
            let role = Role::from_word(role).ok_or_else(|| usage("there is no such role"))?;
            if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || "._-".contains(c)) {
                return Err(usage("a name is one word of letters, digits, '.', '_' and '-'"));
            }
            let actor = actor(&store, by.as_deref(), by_secret_file.as_deref()).await?;
            if store.find_person(name).await.map_err(database_error)?.is_some() {
                let text = format!("a person called {name} is here already");
                return Err(CliError::new(Exit::Refused, anyhow!(text)));
            }
            let chosen = secret::ask_new(&format!("New secret of {name}"), secret_file.as_deref())?;
            let now = SystemClock.now();
            let id =
                store.add_person(name, role, &chosen, &actor, now).await.map_err(database_error)?;
            let answer = json!({ "person": id, "name": name, "role": role });
            output.answer(&format!("{name} is here as {role}"), &answer)?;
            Ok(Exit::Done)
        }
    }
}

/// Who adds, as the record names them.
async fn actor(
    store: &Store,
    by: Option<&str>,
    secret_file: Option<&std::path::Path>,
) -> Result<String, CliError> {
    let is_first = store.persons().await.map_err(database_error)?.is_empty();
    let Some(by) = by else {
        return if is_first {
            Ok("first_person".to_owned())
        } else {
            Err(usage("there are persons already: name an operator or compliance officer (--by)"))
        };
    };
    let person = identity::proven(store, by, secret_file).await?;
    if !matches!(person.role, Role::Operator | Role::Compliance) {
        let text = "only an operator or a compliance officer adds persons";
        return Err(CliError::new(Exit::Refused, anyhow!(text)));
    }
    Ok(format!("person:{}", person.id))
}

async fn list(store: &Store, output: &mut Output) -> Result<Exit, CliError> {
    let persons = store.persons().await.map_err(database_error)?;
    let rows: Vec<[String; 3]> = persons
        .iter()
        .map(|person| {
            let added = person.added_at.strftime("%Y-%m-%d").to_string();
            [person.name.clone(), person.role.to_string(), added]
        })
        .collect();
    let values: Vec<_> = persons
        .iter()
        .map(|person| {
            json!({
                "person": person.id, "name": person.name, "role": person.role,
                "added_at": person.added_at,
            })
        })
        .collect();
    output.table(["name", "role", "added"], &rows, &values)?;
    Ok(Exit::Done)
}

fn usage(text: &'static str) -> CliError {
    CliError::new(Exit::Usage, anyhow!(text))
}
