//! What one IMAP mailbox needs to be reached: the shape the configuration maps
//! onto, and which combinations are refused before a packet is sent.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use crate::mailbox::oauth::TokenSource;

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Security {
    /// TLS from the first byte, usually port 993 (RFC 8314).
    #[default]
    ImplicitTls,
    /// TLS after `STARTTLS`, usually port 143; never goes on without it.
    StartTls,
    /// No TLS: only to a server on this machine.
    Plain,
}

/// How the mailbox is unlocked.
#[derive(Clone, Debug)]
pub enum Credential {
    /// `LOGIN` with a password.
    Password(SecretString),
    /// `AUTHENTICATE XOAUTH2` with an access token.
    OAuth(TokenSource),
}

/// One mailbox on one server.
#[derive(Clone, Debug)]
pub struct ImapOptions {
    /// Host name or address; the certificate must be valid for it.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// PEM file with the roots to trust instead of Mozilla's.
    pub ca_file: Option<PathBuf>,
    /// Whose mailbox.
    pub user: String,
    /// How it is unlocked.
    pub credential: Credential,
    /// The folder that is the queue.
    pub folder: String,
    /// Where mails go once they are in the database.
    pub processed_folder: String,
    /// For the TCP connection and the TLS handshake, each.
    pub connect_timeout: Duration,
    /// A command ends within this time, or brings 64 KiB in each such span.
    pub command_timeout: Duration,
    /// Largest piece of a reply, bytes; at least `max_mail_bytes`.
    pub max_literal_bytes: u64,
    /// Mails above this are not fetched whole, bytes.
    pub max_mail_bytes: u64,
    /// All replies to one command together, bytes. Bounds memory: one
    /// [`fetch`](super::ImapSession::fetch) never brings more.
    pub max_reply_bytes: u64,
}

/// An option that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionsFault {
    /// Plain to another machine.
    #[error("security = plain is only for a server on this machine; use implicit_tls or starttls")]
    PlainOverNetwork,
    /// Host, user or folder is empty or holds control characters.
    #[error("host, user and folder names must not be empty nor hold control characters")]
    BadName,
    /// The two folders are the same.
    #[error("the processed folder must not be the folder that is read")]
    SameFolder,
    /// Port 0, or limits that contradict each other.
    #[error(
        "port must not be 0, and max_mail_bytes <= max_literal_bytes <= max_reply_bytes, 4 GiB at most"
    )]
    BadLimits,
}

const MIB: u64 = 1024 * 1024;

impl ImapOptions {
    /// Options with the usual limits: port 993, TLS, mails up to 35 MiB.
    #[must_use]
    pub fn new(host: &str, user: &str, credential: Credential) -> Self {
        Self {
            host: host.to_owned(),
            port: 993,
            security: Security::ImplicitTls,
            ca_file: None,
            user: user.to_owned(),
            credential,
            folder: "INBOX".to_owned(),
            processed_folder: "Processed".to_owned(),
            connect_timeout: Duration::from_secs(10),
            command_timeout: Duration::from_secs(60),
            max_literal_bytes: 36 * MIB,
            max_mail_bytes: 35 * MIB,
            max_reply_bytes: 128 * MIB,
        }
    }

    /// Refuses what would be unsafe or can never work.
    ///
    /// # Errors
    /// The first fault found.
    pub fn check(&self) -> Result<(), OptionsFault> {
        let names = [&self.host, &self.user, &self.folder, &self.processed_folder];
        if names.iter().any(|name| name.is_empty() || name.chars().any(char::is_control)) {
            return Err(OptionsFault::BadName);
        }
        if self.folder == self.processed_folder {
            return Err(OptionsFault::SameFolder);
        }
        if self.security == Security::Plain && !is_loopback(&self.host) {
            return Err(OptionsFault::PlainOverNetwork);
        }
        let limits = [self.max_mail_bytes, self.max_literal_bytes, self.max_reply_bytes];
        if self.port == 0 || !limits.is_sorted() || self.max_reply_bytes > 4096 * MIB {
            return Err(OptionsFault::BadLimits);
        }
        Ok(())
    }
}

/// Whether `host` names this machine: `localhost` or a loopback address.
pub(in crate::mailbox) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> ImapOptions {
        let password = Credential::Password(SecretString::from("secret"));
        ImapOptions::new("imap.example.com", "care@example.com", password)
    }

    #[test]
    fn the_defaults_are_usable() {
        assert_eq!(options().check(), Ok(()));
    }

    #[test]
    fn plain_is_refused_unless_the_server_is_on_this_machine() {
        let mut options = options();
        options.security = Security::Plain;
        assert_eq!(options.check(), Err(OptionsFault::PlainOverNetwork));
        for host in ["localhost.example.com", "127.0.0.1.example.com", "10.0.0.1"] {
            options.host = host.to_owned();
            assert_eq!(options.check(), Err(OptionsFault::PlainOverNetwork), "{host}");
        }
        for host in ["localhost", "127.0.0.1", "::1", "[::1]"] {
            options.host = host.to_owned();
            assert_eq!(options.check(), Ok(()), "{host}");
        }
    }

    #[test]
    fn names_that_could_smuggle_a_command_are_refused() {
        let mut options = options();
        options.processed_folder = "Done\r\nT9 DELETE INBOX".to_owned();
        assert_eq!(options.check(), Err(OptionsFault::BadName));
        options.processed_folder = "INBOX".to_owned();
        assert_eq!(options.check(), Err(OptionsFault::SameFolder));
    }
}
