//! The composition root: configuration in, a whole engine out. Nothing else
//! builds an [`App`].

mod mailboxes;
mod sink;

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::SignedDuration;

use crate::app::explain::Looking;
use crate::app::{App, Leases, Standing, shipped};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, database::Database};
use crate::domain::digest::Digest;
use crate::domain::policy::{Policy, PolicyProblem};
use crate::domain::receive::{Desk, OwnAddresses, Servicer};
use crate::domain::thread::ReplyKeys;
use crate::mailbox::authenticate::{SenderChecks, SignatureChecker};
use crate::postage::render::SenderIdentity;
use crate::store::{Purpose, Store, StoreError, StoreOptions, Vault, VaultError};

use super::exit::{CliError, Exit, OrExit as _};

pub use mailboxes::{ComposedMailbox, TokenKeeper, mailboxes};
pub use sink::sink;

/// The engine over the configured database, in force as configured.
///
/// # Errors
/// With the exit status of the kind: configuration, policy, or a database that
/// cannot be reached.
pub async fn app(config: &Config) -> Result<App, CliError> {
    let vault = vault(config)?;
    let standing = standing(config, &vault)?;
    let options = present(config)?;
    let store = Store::open(&options, vault).await.map_err(database_error)?;
    over(config, store, standing).await
}

/// The same beside a running engine, for a command that makes one change.
///
/// # Errors
/// As [`app`].
pub async fn app_beside(config: &Config) -> Result<App, CliError> {
    let standing = standing(config, &vault(config)?)?;
    let store = store_beside(config).await?;
    over(config, store, standing).await
}

async fn over(config: &Config, store: Store, standing: Standing) -> Result<App, CliError> {
    let mut app = App::new(store, Arc::new(SystemClock), owner(config)?, standing);
    app.leases = leases(config);
    app.checks = checks(config)?;
    let now = app.now();
    let standing = app.standing();
    let policy = &standing.desk.policy;
    let revision = Digest::from_hex(&policy.revision).unwrap_or_default();
    app.store.keep_revision(revision, &policy.files, now).await.map_err(database_error)?;
    Ok(app)
}

fn leases(config: &Config) -> Leases {
    // No duration of a configuration is near the end of time.
    let signed = |time| SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
    Leases {
        mailbox: signed(config.limits.poll_lease),
        letter: signed(config.outbox.lease),
        attempt: signed(config.smtp.longest_attempt()),
        payload: signed(config.smtp.longest_payload()),
        uncertain: signed(config.outbox.uncertain_after),
    }
}

/// What senders are checked by, as configured.
///
/// # Errors
/// With exit status 3 when the resolver cannot be set up.
pub fn checks(config: &Config) -> Result<SenderChecks, CliError> {
    let ids = config
        .mailboxes
        .iter()
        .filter_map(|mailbox| mailbox.authserv_id.clone().map(|id| (mailbox.name.clone(), id)));
    let trust = &config.trust;
    let signatures = trust
        .verify_signatures
        .then(|| SignatureChecker::new(trust.resolver, trust.lookup_timeout))
        .transpose()
        .or_exit(Exit::Config)?;
    Ok(SenderChecks { authserv_ids: ids.collect(), signatures: signatures.map(Arc::new) })
}

/// What a dry run rests on: the configured database where there is one, else
/// keys that nobody keeps and nothing known.
///
/// # Errors
/// With status 3 when the rules do not load.
pub async fn looking(config: &Config) -> Result<Looking, CliError> {
    let checks = checks(config)?;
    // No key or no database is nothing wrong here.
    if let Ok(vault) = vault(config)
        && let Ok(store) = store_beside(config).await
    {
        let standing = standing(config, &vault)?;
        return Ok(Looking { standing, checks, store: Some(store) });
    }
    let key = crate::clock::entropy().or_exit(Exit::Unavailable)?;
    let vault = Vault::from_entries([(1, key)]).or_exit(Exit::Fault)?;
    Ok(Looking { standing: standing(config, &vault)?, checks, store: None })
}

/// Brings the configured database to this program's schema.
///
/// # Errors
/// As [`app`].
pub async fn migrate(config: &Config) -> Result<(), CliError> {
    Store::migrate(&store_options(&config.database)?).await.map_err(database_error)
}

/// Opens the database beside a running engine, to look or for one change.
///
/// # Errors
/// As [`app`].
pub async fn store_beside(config: &Config) -> Result<Store, CliError> {
    let options = present(config)?;
    Store::open_beside(&options, vault(config)?).await.map_err(database_error)
}

/// The database's options, when there is a database at all: SQLite would only
/// say that it cannot open a file.
fn present(config: &Config) -> Result<StoreOptions, CliError> {
    if let Some(path) = sqlite_file(&config.database)
        && !path.exists()
    {
        let text = format!("there is no database {}: run `tierline migrate`", path.display());
        return Err(CliError::new(Exit::Config, anyhow::anyhow!(text)));
    }
    store_options(&config.database)
}

/// File of an SQLite database; `None` for PostgreSQL.
#[must_use]
pub fn sqlite_file(database: &Database) -> Option<&Path> {
    let rest = database.url.strip_prefix("sqlite:")?;
    Some(Path::new(rest.strip_prefix("//").unwrap_or(rest)))
}

/// The key ring of the configuration.
///
/// # Errors
/// With exit status 3 when the file is missing, malformed or open to others.
pub fn vault(config: &Config) -> Result<Vault, CliError> {
    Vault::from_file(&config.vault.key_file)
        .map_err(anyhow::Error::from)
        .with_context(|| {
            format!(
                "vault.key_file = {}: make one with `tierline key create`",
                config.vault.key_file.display()
            )
        })
        .or_exit(Exit::Config)
}

/// Policy and identities in force.
///
/// # Errors
/// With exit status 3 and every problem when the rules do not load.
pub fn standing(config: &Config, vault: &Vault) -> Result<Standing, CliError> {
    standing_on(policy(config)?, config, vault)
}

/// The same, and only if every test beside the rules passes: nothing else may
/// be put in force.
///
/// # Errors
/// As [`standing`]; failing tests are problems too.
pub fn tested_standing(config: &Config, vault: &Vault) -> Result<Standing, CliError> {
    let policy = policy(config)?;
    let mut failures = policy.rules.self_tests();
    failures.extend(policy.clocks.self_tests().failures);
    if !failures.is_empty() {
        return Err(CliError::new(Exit::Config, PolicyRefused(failures)));
    }
    standing_on(policy, config, vault)
}

fn standing_on(policy: Policy, config: &Config, vault: &Vault) -> Result<Standing, CliError> {
    let mail_host = config.instance.mail_host.to_lowercase();
    let addresses = config.mailboxes.iter().flat_map(|mailbox| mailbox.addresses.iter().cloned());
    let mut addresses: std::collections::BTreeSet<String> = addresses.collect();
    addresses.insert(config.smtp.from_address.to_lowercase());
    let domains = std::iter::once(mail_host.clone()).collect();
    Ok(Standing {
        desk: Desk {
            policy,
            own: OwnAddresses { addresses, domains, mail_host: mail_host.clone() },
            servicer: servicer(config),
            reply_keys: reply_keys(vault).or_exit(Exit::Config)?,
        },
        sender: SenderIdentity {
            from_name: config.smtp.from_name.clone(),
            from_address: config.smtp.from_address.clone(),
            mail_host,
        },
    })
}

/// The rules of the configuration, or those built in.
///
/// # Errors
/// With exit status 3 and every problem.
pub fn policy(config: &Config) -> Result<Policy, CliError> {
    let files = shipped::rules(config.rules_dir.as_deref()).or_exit(Exit::Config)?;
    Policy::load(files).map_err(|problems| CliError::new(Exit::Config, PolicyRefused(problems)))
}

/// Every problem of a policy, a line each.
#[derive(Debug, thiserror::Error)]
#[error("the rules were not loaded:\n{}", lines(.0))]
pub struct PolicyRefused(pub Vec<PolicyProblem>);

fn lines(problems: &[PolicyProblem]) -> String {
    problems.iter().map(|problem| format!("  {problem}")).collect::<Vec<_>>().join("\n")
}

fn servicer(config: &Config) -> Servicer {
    let servicer = &config.servicer;
    Servicer {
        name: servicer.name.clone(),
        phone: servicer.phone.clone(),
        hours_en: servicer.hours_en.clone(),
        hours_es: servicer.hours_es.clone(),
        url: servicer.url.clone(),
        address: servicer.postal_address.clone(),
    }
}

/// The newest key signs new tokens; every key of the ring still reads.
fn reply_keys(vault: &Vault) -> Result<ReplyKeys, VaultError> {
    let mut keys = Vec::new();
    for kid in vault.kids() {
        keys.push((kid, vault.derive(kid, Purpose::ReplyToken)?));
    }
    let current = keys.pop().ok_or(VaultError::MissingKey(0))?;
    Ok(ReplyKeys { current, accepted: keys })
}

/// Where the database is, with its password in place.
///
/// # Errors
/// With exit status 3 when the password cannot be had.
pub fn store_options(database: &Database) -> Result<StoreOptions, CliError> {
    Ok(StoreOptions {
        url: database.url_with_password().or_exit(Exit::Config)?,
        allow_unsafe_durability: database.allow_unsafe_durability,
        max_connections: database.max_connections,
    })
}

/// A name no other process has: several engines may share one database.
fn owner(config: &Config) -> Result<String, CliError> {
    let now = SystemClock.now();
    let mut ids = crate::clock::fresh_ids(now).or_exit(Exit::Unavailable)?;
    Ok(format!("{}-{}-{}", config.instance.name, std::process::id(), ids.uuid().simple()))
}

/// A database that is wrong for us is a matter of configuration; one that does
/// not answer may answer later.
pub fn database_error(error: StoreError) -> CliError {
    let exit = match &error {
        StoreError::UnsafeDurability { .. }
        | StoreError::BadUrl
        | StoreError::SchemaBehind(_)
        | StoreError::OldSqlite(_)
        | StoreError::Vault(_) => Exit::Config,
        StoreError::Refused(_) => Exit::Refused,
        StoreError::Absent(_) => Exit::ProblemsFound,
        _ => Exit::Unavailable,
    };
    CliError::new(exit, error)
}
