//! What the machine needs, read from `config.toml` and the environment.
//!
//! The file at the root of the repository is the reference and the defaults at
//! once. Reading reports all problems together, each with its key, place,
//! value and fix. Nothing else in the program reads the environment.

use std::path::Path;

mod problem;
mod reader;
mod secret;
mod setting;
mod source;
mod unit;

pub mod database;
pub mod dkim;
pub mod instance;
pub mod jobs;
pub mod limits;
pub mod log;
pub mod mailbox;
pub mod notify;
pub mod outbox;
pub mod smtp;
pub mod trust;
pub mod vault;
pub mod web;

pub use problem::{ConfigProblem, ConfigProblems};
pub use secret::{SecretError, SecretSource};
pub use setting::Setting;

use reader::Reader;
use source::Source;

/// The complete, commented configuration: reference and defaults.
pub const REFERENCE: &str = include_str!("../config.toml");

/// Everything read. Sections are handed down one by one; nobody takes the whole.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who we are.
    pub instance: instance::Instance,
    /// What letters say about the servicer.
    pub servicer: instance::Servicer,
    /// Where the truth is kept.
    pub database: database::Database,
    /// What seals it.
    pub vault: vault::Vault,
    /// Where mail comes from.
    pub mailboxes: Vec<mailbox::Mailbox>,
    /// How letters leave.
    pub outbox: outbox::Outbox,
    /// The relay.
    pub smtp: smtp::Smtp,
    /// How ladders tell people.
    pub notify: notify::Notify,
    /// Endpoints that ladders call.
    pub webhooks: Vec<notify::Webhook>,
    /// What signs letters; `None`: nothing does.
    pub dkim: Option<dkim::Dkim>,
    /// How senders are checked.
    pub trust: trust::Trust,
    /// Bounds.
    pub limits: limits::Limits,
    /// When periodic work runs.
    pub jobs: jobs::Jobs,
    /// Health, metrics, pages.
    pub web: web::Web,
    /// Logs.
    pub log: log::Log,
    /// Folder of rule files; `None`: built in.
    pub rules_dir: Option<std::path::PathBuf>,
    /// Folder of letter templates; `None`: built in.
    pub templates_dir: Option<std::path::PathBuf>,
    /// Every setting as it was read, without secrets.
    pub settings: Vec<Setting>,
}

impl Config {
    /// Reads `path` (nothing but the defaults when `None`), then the
    /// `TIERLINE__…` variables of `environment`.
    ///
    /// # Errors
    /// Every problem found, in the order of the file.
    pub fn load(
        path: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigProblems> {
        let (name, text) = match path {
            None => ("built-in defaults".to_owned(), String::new()),
            Some(path) => {
                let name = path.display().to_string();
                let text = std::fs::read_to_string(path)
                    .map_err(|error| ConfigProblems::unreadable(&name, &error))?;
                (name, text)
            }
        };
        Self::parse(&name, &text, environment)
    }

    /// Reads `text`; `name` is the file's name in problems.
    ///
    /// # Errors
    /// Every problem found.
    pub fn parse(
        name: &str,
        text: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigProblems> {
        let reader = Reader::new(Source::read(name, text, environment)?)?;
        let config = Self::from_reader(&reader);
        reader.finish(config)
    }

    fn from_reader(reader: &Reader) -> Self {
        let root = reader.root();
        let outgoing = root.table("outbox");
        let sink = outbox::sink(&outgoing);
        let smtp = smtp::Smtp::read(&root.table("smtp"), sink == outbox::SinkKind::Smtp);
        let mut config = Self {
            instance: instance::Instance::read(&root.table("instance")),
            servicer: instance::Servicer::read(&root.table("servicer")),
            database: database::Database::read(&root.table("database")),
            vault: vault::Vault::read(&root.table("vault")),
            mailboxes: mailbox::read_all(&root),
            outbox: outbox::Outbox::read(&outgoing, sink, &smtp),
            dkim: dkim::Dkim::read(&root.table("dkim"), &smtp.from_address),
            smtp,
            notify: notify::Notify::read(&root.table("notify")),
            webhooks: notify::webhooks(&root),
            trust: trust::Trust::read(&root.table("trust")),
            limits: limits::Limits::read(&root.table("limits")),
            jobs: jobs::Jobs::read(&root.table("jobs")),
            web: web::Web::read(&root.table("web")),
            log: log::Log::read(&root.table("log")),
            rules_dir: root.table("rules").folder("dir"),
            templates_dir: root.table("templates").folder("dir"),
            settings: Vec::new(),
        };
        root.end();
        config.settings = reader.settings();
        config
    }
}

/// The process's environment, for [`Config::load`].
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

#[cfg(test)]
mod tests;
