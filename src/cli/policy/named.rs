//! Which policy a person means: a folder, or the first digits of a revision.

use std::path::Path;

use anyhow::anyhow;

use crate::app::shipped;
use crate::cli::compose::{self, database_error};
use crate::cli::exit::{CliError, Exit, OrExit as _};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::digest::Digest;
use crate::domain::policy::PolicyFiles;
use crate::store::Store;

/// Fewer digits could name a revision by accident.
const FEWEST_DIGITS: usize = 8;

/// The kept revision that begins with `digits`.
///
/// # Errors
/// With status 2 when it is no name or not only one, 1 when there is none.
pub(super) async fn revision(store: &Store, digits: &str) -> Result<Digest, CliError> {
    let prefix = digits.to_lowercase();
    let usage = |text: String| Err(CliError::new(Exit::Usage, anyhow!(text)));
    if prefix.len() < FEWEST_DIGITS || !prefix.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return usage(format!("{digits}: write at least {FEWEST_DIGITS} digits of a revision"));
    }
    let all = store.policy_revisions().await.map_err(database_error)?;
    let mut found = all.into_iter().filter(|kept| kept.hex().starts_with(&prefix));
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => usage(format!("several revisions begin with {prefix}")),
        (None, _) => {
            let text = format!("no revision {prefix} is kept; see `tierline policy history`");
            Err(CliError::new(Exit::ProblemsFound, anyhow!(text)))
        }
    }
}

/// Files of a folder or of a kept revision.
///
/// # Errors
/// As [`revision`]; with status 3 when the folder cannot be read.
pub(in crate::cli) async fn find_named(
    store: Option<&Store>,
    name: &str,
) -> Result<PolicyFiles, CliError> {
    if Path::new(name).is_dir() {
        return shipped::rules(Some(Path::new(name))).or_exit(Exit::Config);
    }
    let Some(store) = store else {
        let text = format!("{name} is no folder, and without a database no revision is known");
        return Err(CliError::new(Exit::Usage, anyhow!(text)));
    };
    let hash = revision(store, name).await?;
    store.load_revision(hash).await.map_err(database_error)
}

/// The revision in force with its files.
///
/// # Errors
/// With status 1 when the database has none yet.
pub(in crate::cli) async fn in_force(store: &Store) -> Result<(Digest, PolicyFiles), CliError> {
    let found = store.find_policy_in_force(SystemClock.now()).await.map_err(database_error)?;
    let Some(hash) = found else {
        let text =
            "no policy is in force yet: the first `tierline run` puts the rules folder in force";
        return Err(CliError::new(Exit::ProblemsFound, anyhow!(text)));
    };
    Ok((hash, store.load_revision(hash).await.map_err(database_error)?))
}

/// The configured folder's files, or those built in.
///
/// # Errors
/// With status 3 when they cannot be read.
pub(in crate::cli) fn configured(config: &Config) -> Result<PolicyFiles, CliError> {
    shipped::rules(config.rules_dir.as_deref()).or_exit(Exit::Config)
}

/// The database of the configuration.
///
/// # Errors
/// As [`compose::store_beside`].
pub(super) async fn store(config: &Config) -> Result<Store, CliError> {
    compose::store_beside(config).await
}
