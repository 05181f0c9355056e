//! `tierline person` (also `user`): who may do what. The first person of a
//! database needs no proof, since nobody is there to ask; from then on a person
//! is added by an operator or a compliance officer with their own secret.

use std::path::Path;

use anyhow::anyhow;
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::arguments::{GivenBy, Person};
use super::compose::{self, database_error};
use super::exit::{CliError, Exit};
use super::output::Output;
use super::{identity, secret};
use crate::app::sign_in;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::actor::Role;
use crate::domain::actor::permission::Permission;
use crate::domain::sign_in::secret_rule;
use crate::store::{Store, person};

/// Adds, changes or lists persons.
pub(super) async fn run(
    config: &Config,
    person: &Person,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let store = compose::store_beside(config).await?;
    match person {
        Person::List => list(&store, output).await,
        Person::Add { name, role, first, invite, secret_file, by, by_secret_file } => {
            let name = name.as_deref().unwrap_or("operator");
            let role = role_named(role.as_deref().unwrap_or("operator"))?;
            let actor = match (first, by.as_deref()) {
                (true, _) | (false, None) => first_person(&store, *first).await?,
                (false, Some(by)) => granter(&store, role, by, by_secret_file.as_deref()).await?,
            };
            let new = NewPerson { name, role, actor: &actor };
            check_name(&store, name).await?;
            if *first || *invite {
                invited(config, &store, &new, output).await
            } else {
                added(config, &store, &new, secret_file.as_deref(), output).await
            }
        }
        Person::Role { name, role, by } => {
            let role = role_named(role)?;
            let actor = granter(&store, role, &by.by, by.by_secret_file.as_deref()).await?;
            let id = found(&store, name).await?.id;
            let now = SystemClock.now();
            store.change_role(id, role, &actor, now).await.map_err(database_error)?;
            let answer = json!({ "person": id, "name": name, "role": role });
            output.answer(&format!("{name} is {role} from now on"), &answer)?;
            Ok(Exit::Done)
        }
        Person::ResetMfa { name, by } => reset(&store, name, by, output).await,
    }
}

struct NewPerson<'a> {
    name: &'a str,
    role: Role,
    actor: &'a str,
}

async fn added(
    config: &Config,
    store: &Store,
    new: &NewPerson<'_>,
    secret_file: Option<&Path>,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let NewPerson { name, role, actor } = *new;
    let chosen = secret::ask_new(&format!("New secret of {name}"), secret_file)?;
    secret_rule::check(chosen.expose_secret(), name, &config.servicer.name)
        .map_err(|problem| CliError::new(Exit::Refused, anyhow!(problem)))?;
    let now = SystemClock.now();
    let id = store.add_person(name, role, &chosen, actor, now).await.map_err(database_error)?;
    let answer = json!({ "person": id, "name": name, "role": role });
    output.answer(&format!("{name} is here as {role}"), &answer)?;
    Ok(Exit::Done)
}

async fn invited(
    config: &Config,
    store: &Store,
    new: &NewPerson<'_>,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let NewPerson { name, role, actor } = *new;
    let invitation = sign_in::invite(store, name, role, actor, SystemClock.now()).await;
    let (id, token) = invitation.map_err(database_error)?;
    let here = || format!("http://{}", config.web.listen);
    let base = config.web.public_url.clone().unwrap_or_else(here);
    let link = format!("{base}/invitations/{}", token.text());
    let answer = json!({ "person": id, "name": name, "role": role, "link": link });
    let text =
        format!("{name} is invited as {role}; for a day, and once, this link works:\n{link}");
    output.answer(&text, &answer)?;
    Ok(Exit::Done)
}

async fn reset(
    store: &Store,
    name: &str,
    by: &GivenBy,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let giver = identity::proven(store, &by.by, by.by_secret_file.as_deref()).await?;
    if !giver.role.may(Permission::AddPersons) || giver.name == name {
        let text = "another person, an operator or a compliance officer, resets a second factor";
        return Err(CliError::new(Exit::Refused, anyhow!(text)));
    }
    let id = found(store, name).await?.id;
    let actor = format!("person:{}", giver.id);
    store.reset_second_factor(id, &actor, SystemClock.now()).await.map_err(database_error)?;
    let text = format!("{name} sets up another second factor at the next sign-in");
    output.answer(&text, &json!({ "person": id, "name": name }))?;
    Ok(Exit::Done)
}

async fn first_person(store: &Store, is_asked_for: bool) -> Result<String, CliError> {
    if store.persons().await.map_err(database_error)?.is_empty() {
        return Ok("first_person".to_owned());
    }
    if is_asked_for {
        let text = "there are persons already: `--first` is for an empty database";
        return Err(CliError::new(Exit::Refused, anyhow!(text)));
    }
    Err(usage("there are persons already: name an operator or compliance officer (--by)"))
}

/// Who makes somebody `role`, as the record names them.
async fn granter(
    store: &Store,
    role: Role,
    by: &str,
    secret_file: Option<&Path>,
) -> Result<String, CliError> {
    let giver = identity::proven(store, by, secret_file).await?;
    let persons = store.persons().await.map_err(database_error)?;
    let has_officer = persons.iter().any(|person| person.role == Role::Compliance);
    if !giver.role.may(Permission::AddPersons) {
        let text = "only an operator or a compliance officer adds persons";
        return Err(CliError::new(Exit::Refused, anyhow!(text)));
    }
    if !giver.role.may_grant(role, has_officer) {
        let text = "there is a compliance officer: only they make another";
        return Err(CliError::new(Exit::Refused, anyhow!(text)));
    }
    Ok(format!("person:{}", giver.id))
}

async fn check_name(store: &Store, name: &str) -> Result<(), CliError> {
    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || "._-".contains(c)) {
        return Err(usage("a name is one word of letters, digits, '.', '_' and '-'"));
    }
    if store.find_person(name).await.map_err(database_error)?.is_some() {
        let text = format!("a person called {name} is here already");
        return Err(CliError::new(Exit::Refused, anyhow!(text)));
    }
    Ok(())
}

async fn found(store: &Store, name: &str) -> Result<person::Person, CliError> {
    store.find_person(name).await.map_err(database_error)?.ok_or_else(|| {
        CliError::new(Exit::ProblemsFound, anyhow!("there is no person called {name}"))
    })
}

fn role_named(word: &str) -> Result<Role, CliError> {
    Role::from_word(word).ok_or_else(|| usage("there is no such role"))
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
