//! The composition root: configuration in, a whole engine out. Nothing else
//! builds an [`App`].

mod mailboxes;
mod sink;

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::SignedDuration;

use crate::app::explain::Looking;
use crate::app::letters::LetterShelf;
use crate::app::notify::Telling;
use crate::app::policy::{self as app_policy, PolicyError};
use crate::app::{App, Leases, Standing, gate, shipped};
use crate::clock::{Clock, SystemClock};
use crate::config::notify::Webhook;
use crate::config::{Config, database::Database};
use crate::domain::digest::Digest;
use crate::domain::policy::{Policy, PolicyFiles, PolicyProblem, revision};
use crate::domain::receive::{Desk, OwnAddresses, Servicer};
use crate::domain::thread::ReplyKeys;
use crate::mailbox::authenticate::{SenderChecks, SignatureChecker};
use crate::postage::render::SenderIdentity;
use crate::postage::sign::Signer;
use crate::postage::webhook::{EndpointOptions, Endpoints};
use crate::store::{Purpose, Store, StoreError, StoreOptions, Vault, VaultError};

use super::exit::{CliError, Exit, OrExit as _};

pub use mailboxes::{ComposedMailbox, TokenKeeper, mailboxes};
pub use sink::sink;

/// The engine over the configured database, with the policy in force there.
/// What the rules folder has besides becomes a draft.
///
/// # Errors
/// With the exit status of the kind: configuration, policy, or a database that
/// cannot be reached.
pub async fn app(config: &Config) -> Result<App, CliError> {
    let vault = vault(config)?;
    let options = present(config)?;
    let store = Store::open(&options, vault).await.map_err(database_error)?;
    let app = over(config, store).await?;
    match draft_folder(&app, config).await {
        Ok(Some(draft)) => tracing::warn!(
            draft,
            "the rules folder differs from the policy in force: see `tierline policy diff`"
        ),
        Ok(None) => {}
        // A folder that is wrong stops nothing: another policy is in force.
        Err(error) => tracing::error!(%error, "the rules folder was not loaded"),
    }
    Ok(app)
}

/// The same beside a running engine, for a command that makes one change.
///
/// # Errors
/// As [`app`].
pub async fn app_beside(config: &Config) -> Result<App, CliError> {
    let store = store_beside(config).await?;
    over(config, store).await
}

async fn over(config: &Config, store: Store) -> Result<App, CliError> {
    let now = SystemClock.now();
    let policy = match store.find_policy_in_force(now).await.map_err(database_error)? {
        Some(revision) => kept(&store, revision).await?,
        None => bootstrapped(config, &store).await?,
    };
    let standing = standing_on(policy, config, store.vault())?;
    let mut app = App::new(store, Arc::new(SystemClock), owner(config)?, standing);
    app.leases = leases(config);
    app.letters = LetterShelf::signing(signer(config)?);
    app.checks = checks(config)?;
    app.telling = telling(config, &app)?;
    Ok(app)
}

/// The first policy of a database: the rules folder, once it passed the gate.
async fn bootstrapped(config: &Config, store: &Store) -> Result<Policy, CliError> {
    let policy = gated(policy(config)?)?;
    let now = SystemClock.now();
    let revision = Digest::from_hex(&policy.revision).unwrap_or_default();
    let is_first = store.bootstrap_policy(revision, &policy.files, now).await;
    if is_first.map_err(database_error)? {
        return Ok(policy);
    }
    // Another program was faster, perhaps with another folder.
    let found = store.find_policy_in_force(SystemClock.now()).await.map_err(database_error)?;
    match found {
        Some(other) if other != revision => kept(store, other).await,
        _ => Ok(policy),
    }
}

/// A revision of the store, loaded.
///
/// # Errors
/// With status 3 when this program cannot use it.
pub async fn kept(store: &Store, revision: Digest) -> Result<Policy, CliError> {
    match app_policy::load(store, revision).await {
        Ok(policy) => Ok(policy),
        Err(PolicyError::Store(error)) => Err(database_error(error)),
        Err(error) => Err(CliError::new(Exit::Config, error)),
    }
}

/// Keeps the rules folder as a draft when it differs from the policy in force
/// and passes the gate: its revision, `None` when it does not differ.
///
/// # Errors
/// With status 3 and every problem when the rules do not load.
pub async fn draft_folder(app: &App, config: &Config) -> Result<Option<String>, CliError> {
    let files = shipped::rules(config.rules_dir.as_deref()).or_exit(Exit::Config)?;
    let hash = revision(&files);
    if hash.hex() == app.standing().desk.policy.revision {
        return Ok(None);
    }
    let policy = gated(loaded(files)?)?;
    let drafted = app.store.draft_policy(hash, &policy.files, None, app.now()).await;
    drafted.map_err(database_error)?;
    Ok(Some(policy.revision))
}

/// The key that signs letters, when there is one.
///
/// # Errors
/// With exit status 3 when the file cannot be read or holds no key.
pub fn signer(config: &Config) -> Result<Option<Signer>, CliError> {
    let Some(dkim) = &config.dkim else { return Ok(None) };
    let named = || format!("dkim.key_file = {}", dkim.key_file.display());
    let pem = std::fs::read(&dkim.key_file).with_context(named).or_exit(Exit::Config)?;
    let signer = Signer::new(&pem, &dkim.domain, &dkim.selector).map_err(anyhow::Error::from);
    signer.with_context(named).or_exit(Exit::Config).map(Some)
}

/// How ladders tell people; every endpoint that a ladder names must be there.
fn telling(config: &Config, app: &App) -> Result<Telling, CliError> {
    let load = |webhook: &Webhook| {
        Ok::<_, CliError>(EndpointOptions {
            name: webhook.name.clone(),
            url: webhook.url.clone(),
            secret: webhook.secret.load().or_exit(Exit::Config)?,
        })
    };
    let options = config.webhooks.iter().map(load).collect::<Result<Vec<_>, _>>()?;
    let endpoints = Endpoints::new(options, &config.notify.allowed_hosts).or_exit(Exit::Config)?;
    let standing = app.standing();
    let wanted = standing.desk.policy.ladders.endpoints();
    let known: Vec<&str> = endpoints.names().collect();
    if let Some(missing) = wanted.iter().find(|name| !known.contains(&name.as_str())) {
        let text = format!("a ladder calls the webhook {missing}; add it as [[webhook]]");
        return Err(CliError::new(Exit::Config, anyhow::anyhow!(text)));
    }
    Ok(Telling { endpoints, ticket_url: config.notify.ticket_url.clone() })
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

/// The same policy, once it passed the gate: its tests, and what it costs.
///
/// # Errors
/// With status 3 and every problem.
pub fn gated(policy: Policy) -> Result<Policy, CliError> {
    let problems = gate::problems(&policy);
    if problems.is_empty() {
        return Ok(policy);
    }
    Err(CliError::new(Exit::Config, PolicyRefused(problems)))
}

/// Policy and identities together.
///
/// # Errors
/// With exit status 3 when the key ring cannot sign.
pub fn standing_on(policy: Policy, config: &Config, vault: &Vault) -> Result<Standing, CliError> {
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
    loaded(shipped::rules(config.rules_dir.as_deref()).or_exit(Exit::Config)?)
}

/// The rules of a folder.
///
/// # Errors
/// With exit status 3 and every problem.
pub fn policy_in(folder: &Path) -> Result<Policy, CliError> {
    loaded(shipped::rules(Some(folder)).or_exit(Exit::Config)?)
}

/// A policy of these files.
///
/// # Errors
/// With exit status 3 and every problem.
pub fn loaded(files: PolicyFiles) -> Result<Policy, CliError> {
    Policy::load(files).map_err(|problems| CliError::new(Exit::Config, PolicyRefused(problems)))
}

/// Every problem of a policy, a line each.
#[derive(Debug, thiserror::Error)]
#[error("the rules were not loaded:\n{}", lines(.0))]
pub struct PolicyRefused(pub Vec<PolicyProblem>);

fn lines(problems: &[PolicyProblem]) -> String {
    problems.iter().map(|problem| format!("  rules/{problem}")).collect::<Vec<_>>().join("\n")
}

pub(super) fn servicer(config: &Config) -> Servicer {
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
