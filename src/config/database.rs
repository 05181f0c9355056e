//! Where the truth is kept.

use super::reader::{Section, without_password};
use super::secret::SecretSource;

/// `[database]`
#[derive(Clone, Debug)]
pub struct Database {
    /// `sqlite:<path>` or `postgres://…` without a password.
    pub url: String,
    /// Password of the PostgreSQL role.
    pub password: Option<SecretSource>,
    /// Readers on SQLite, all connections on PostgreSQL.
    pub max_connections: u32,
    /// Set by test harnesses only: the last commits may be lost in a power cut.
    pub allow_unsafe_durability: bool,
}

impl Database {
    pub(crate) fn read(section: &Section<'_>) -> Self {
        let url = section.text("url");
        let is_known = ["sqlite:", "postgres://", "postgresql://"];
        if !is_known.iter().any(|scheme| url.starts_with(scheme)) {
            section.problem("url", "is no database we know", "write sqlite:<path> or postgres://…");
        }
        if without_password(&url) != url || url.contains("password=") {
            let fix = "take it out and use password_file or password_env";
            section.problem("url", "has a password in it", fix);
        }
        let database = Self {
            url,
            password: section.secret("password"),
            max_connections: section.integer("max_connections", 2, 200),
            allow_unsafe_durability: section.flag("allow_unsafe_durability"),
        };
        section.end();
        database
    }
}
