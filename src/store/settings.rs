//! What the database itself says about its version and its durability.

use super::connection::Store;
use super::error::StoreError;
use super::sql::{get, one, values};

/// One setting, and whether a committed mail is safe under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name, e.g. `synchronous`.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// Whether it keeps what was committed when the power fails.
    pub is_safe: bool,
}

impl Store {
    /// Version first, then each setting that durability rests on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn settings(&self) -> Result<Vec<Setting>, StoreError> {
        if self.is_postgres() {
            let mut settings = vec![self.postgres("server_version", &[]).await?];
            settings.push(self.postgres("fsync", &["on"]).await?);
            settings.push(self.postgres("full_page_writes", &["on"]).await?);
            settings.push(self.postgres("synchronous_commit", &["on", "remote_apply"]).await?);
            return Ok(settings);
        }
        let row = one(self.readers(), "SELECT sqlite_version() AS v", values![]).await?;
        let version: String = get(&row.ok_or(StoreError::Absent("version"))?, "v")?;
        let row = one(self.readers(), "PRAGMA journal_mode", values![]).await?;
        let journal: String = get(&row.ok_or(StoreError::Absent("setting"))?, "journal_mode")?;
        let row = one(self.readers(), "PRAGMA synchronous", values![]).await?;
        let level: i64 = get(&row.ok_or(StoreError::Absent("setting"))?, "synchronous")?;
        let synchronous = match level {
            0 => "OFF",
            1 => "NORMAL",
            2 => "FULL",
            _ => "EXTRA",
        };
        Ok(vec![
            Setting { name: "sqlite_version", value: version, is_safe: true },
            Setting { name: "journal_mode", is_safe: journal == "wal", value: journal },
            Setting { name: "synchronous", value: synchronous.to_owned(), is_safe: level >= 2 },
        ])
    }

    async fn postgres(&self, name: &'static str, safe: &[&str]) -> Result<Setting, StoreError> {
        let text = "SELECT current_setting($1) AS setting";
        let row = one(self.readers(), text, values![name]).await?;
        let value: String = get(&row.ok_or(StoreError::Absent("setting"))?, "setting")?;
        let is_safe = safe.is_empty() || safe.contains(&value.as_str());
        Ok(Setting { name, value, is_safe })
    }
}
