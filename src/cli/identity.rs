//! Who gives a command: a name counts only with that person's secret.

use std::path::Path;

use anyhow::anyhow;

use super::compose::database_error;
use super::exit::{CliError, Exit};
use super::secret;
use crate::store::Store;
use crate::store::person::Person;

/// The person called `name`, once they have shown their secret.
///
/// # Errors
/// With status 5 when name or secret is wrong: which of the two is not said.
pub(super) async fn proven(
    store: &Store,
    name: &str,
    secret_file: Option<&Path>,
) -> Result<Person, CliError> {
    let secret = secret::ask(&format!("Secret of {name}"), secret_file)?;
    let person = store.check_secret(name, &secret).await.map_err(database_error)?;
    person.ok_or_else(|| {
        CliError::new(Exit::Refused, anyhow!("no person here has that name and that secret"))
    })
}
