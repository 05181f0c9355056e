//! What is wrong with a configuration: key, place, value, fix.

use std::fmt;

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ConfigProblem {
    /// Key path, e.g. `mailbox[0].port`; empty when the whole file is meant.
    pub key: String,
    /// `config.toml:12`, or `TIERLINE__SMTP__PORT` for the environment.
    pub place: String,
    /// The value as written; `(hidden)` when the key looks like a secret's.
    pub value: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub fix: String,
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{}", self.message)?;
        if let Some(value) = &self.value {
            write!(f, " (found {value})")?;
        }
        if !self.fix.is_empty() {
            write!(f, "; {}", self.fix)?;
        }
        Ok(())
    }
}

/// All problems of one configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
pub struct ConfigProblems(pub Vec<ConfigProblem>);

impl ConfigProblems {
    pub(crate) fn unreadable(name: &str, error: &std::io::Error) -> Self {
        Self(vec![ConfigProblem {
            key: String::new(),
            place: name.to_owned(),
            value: None,
            message: format!("cannot be read: {error}"),
            fix: "give the path of a configuration file with --config".to_owned(),
        }])
    }
}

impl fmt::Display for ConfigProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

/// Whether the value under `key` must not be shown.
pub(crate) fn is_secret_like(key: &str) -> bool {
    let last = key.rsplit('.').next().unwrap_or(key).to_ascii_lowercase();
    let names_a_place = last.ends_with("_file") || last.ends_with("_env");
    let words = ["password", "secret", "token", "key", "passphrase", "credential"];
    !names_a_place && last != "token_endpoint" && words.iter().any(|word| last.contains(word))
}
