//! The relay that takes letters.

use std::path::PathBuf;
use std::time::Duration;

use super::mailbox::{Security, is_address, port, security};
use super::reader::Section;
use super::secret::SecretSource;

/// `[smtp]`
#[derive(Clone, Debug)]
pub struct Smtp {
    /// Relay; empty when letters go into a folder.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept private.
    pub security: Security,
    /// PEM file of the authority; `None`: Mozilla's roots.
    pub ca_file: Option<PathBuf>,
    /// Login, with its secret; `None`: no login.
    pub login: Option<(String, SecretSource)>,
    /// Name of the sender.
    pub from_name: String,
    /// Address of the sender, lower case.
    pub from_address: String,
    /// To connect, TLS included.
    pub connect_timeout: Duration,
    /// For each command.
    pub command_timeout: Duration,
    /// For the answer to the final dot.
    pub data_timeout: Duration,
}

impl Smtp {
    /// Longest wait for the answer to DATA (RFC 5321 §4.5.3.2.4 gives 2 minutes).
    #[must_use]
    pub fn data_wait(&self) -> Duration {
        self.command_timeout.min(Duration::from_mins(2))
    }

    /// Longest time to write a letter (RFC 5321 §4.5.3.2.5: 3 minutes a block).
    #[must_use]
    pub fn payload_wait(&self) -> Duration {
        self.data_timeout.min(Duration::from_mins(3))
    }

    /// From the payload's first byte to the answer to the final dot: no lease
    /// may end within it.
    #[must_use]
    pub fn longest_payload(&self) -> Duration {
        self.payload_wait() + self.data_timeout
    }

    /// Longest time of one letter: connect, MAIL, RCPT, DATA, payload, dot.
    #[must_use]
    pub fn longest_attempt(&self) -> Duration {
        self.connect_timeout + 2 * self.command_timeout + self.data_wait() + self.longest_payload()
    }

    pub(crate) fn read(section: &Section<'_>, is_relayed: bool) -> Self {
        let host = match is_relayed {
            true => section.required_text("host"),
            false => section.optional_text("host").unwrap_or_default(),
        };
        let smtp = Self {
            port: port(section),
            security: security(section, &host),
            ca_file: section.optional_path("ca_file"),
            login: login(section),
            from_name: section.text("from_name"),
            from_address: section.text("from_address").to_lowercase(),
            connect_timeout: section.duration("connect_timeout"),
            command_timeout: section.duration("command_timeout"),
            data_timeout: section.duration("data_timeout"),
            host,
        };
        if !is_address(&smtp.from_address) {
            section.problem("from_address", "is no address", "write name@host");
        }
        section.end();
        smtp
    }
}

fn login(section: &Section<'_>) -> Option<(String, SecretSource)> {
    match (section.optional_text("user"), section.secret("password")) {
        (Some(user), Some(password)) => Some((user, password)),
        (None, None) => None,
        (Some(_), None) => {
            let fix = "give password_file or password_env";
            section.problem("user", "has no password beside it", fix);
            None
        }
        (None, Some(_)) => {
            section.problem("user", "must be given beside a password", "write the account's name");
            None
        }
    }
}
