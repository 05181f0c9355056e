//! Who may come in: persons are invited, lose a second factor, and are signed
//! out by others, each by somebody who may.

use super::App;
use super::sign_in::{self, Token};
use crate::domain::actor::permission::Permission;
use crate::domain::actor::{Actor, Role};
use crate::domain::command::Refusal;
use crate::domain::id::PersonId;
use crate::store::StoreError;
use crate::store::person::Person;

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// The role does not have the permission.
    #[error(transparent)]
    NotAllowed(#[from] Refusal),
    /// Compliance officers make compliance officers.
    #[error("there is a compliance officer: only they make another")]
    OfficerIsHere,
    /// Not one plain word.
    #[error("a name is one word of letters, digits, '.', '_' and '-', of at most 60 letters")]
    Name,
    /// Somebody has the name.
    #[error("a person called {0} is here already")]
    NameInUse(String),
    /// Nobody resets their own.
    #[error("another person resets your second factor, not you")]
    Own,
    /// Nobody is called that.
    #[error("there is no such person")]
    Nobody,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

const LONGEST_NAME: usize = 60;

/// Invites `name` as `role`: the token of the link on which they choose a secret.
///
/// # Errors
/// The rule that forbids it, or the database.
pub async fn invite(app: &App, by: &Actor, name: &str, role: Role) -> Result<Token, PeopleError> {
    by.needs(Permission::AddPersons)?;
    let persons = app.store.persons().await?;
    check_grant(by.role, role, &persons)?;
    let is_word = name.chars().all(|c| c.is_alphanumeric() || "._-".contains(c));
    if name.is_empty() || !is_word || name.chars().count() > LONGEST_NAME {
        return Err(PeopleError::Name);
    }
    if persons.iter().any(|person| person.name == name) {
        return Err(PeopleError::NameInUse(name.to_owned()));
    }
    let (_, token) = sign_in::invite(&app.store, name, role, &by.named(), app.now()).await?;
    Ok(token)
}

/// Takes a second factor away: at the next sign-in they set up another.
///
/// # Errors
/// The rule that forbids it, or the database.
pub async fn reset_second_factor(app: &App, by: &Actor, of: PersonId) -> Result<(), PeopleError> {
    by.needs(Permission::AddPersons)?;
    if by.person == of {
        return Err(PeopleError::Own);
    }
    let person = found(app, of).await?;
    check_grant(by.role, person.role, &app.store.persons().await?)?;
    Ok(app.store.reset_second_factor(of, &by.named(), app.now()).await?)
}

/// Ends every session of a person; how many.
///
/// # Errors
/// The rule that forbids it, or the database.
pub async fn end_sessions(app: &App, by: &Actor, of: PersonId) -> Result<u64, PeopleError> {
    by.needs(Permission::AddPersons)?;
    found(app, of).await?;
    Ok(app.store.end_sessions_of(of, &by.named(), app.now()).await?)
}

/// Whether somebody who is `giver` may make, or make anew, somebody `role`.
fn check_grant(giver: Role, role: Role, persons: &[Person]) -> Result<(), PeopleError> {
    let has_officer = persons.iter().any(|person| person.role == Role::Compliance);
    if giver.may_grant(role, has_officer) { Ok(()) } else { Err(PeopleError::OfficerIsHere) }
}

async fn found(app: &App, id: PersonId) -> Result<Person, PeopleError> {
    let persons = app.store.persons().await?;
    persons.into_iter().find(|person| person.id == id).ok_or(PeopleError::Nobody)
}
