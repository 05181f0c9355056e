//! Hands letters over to an SMTP server, one recipient at a time. What became
//! of a letter is told by the phase the conversation had reached, never by the
//! kind of error: only that says whether the server can have the letter.

mod backoff;
mod connect;
mod deliver;
mod wire;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

pub use backoff::next_attempt;
pub use connect::{ConnectFailed, SmtpConnection};

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (RFC 8314), usually port 465.
    ImplicitTls,
    /// STARTTLS (RFC 3207), required: a server that does not offer it is refused.
    StartTls,
    /// None: refused unless the server is on this machine.
    Plain,
}

/// Who we are to the server.
#[derive(Clone, Debug, Default)]
pub enum SmtpCredentials {
    /// The server asks for nothing.
    #[default]
    None,
    /// AUTH PLAIN or LOGIN.
    Password {
        /// User name.
        user: String,
        /// Its password.
        password: SecretString,
    },
    /// AUTH XOAUTH2: the token must be fresh at each connect.
    OAuth2 {
        /// User name.
        user: String,
        /// Access token.
        token: SecretString,
    },
}

/// Longest wait in each phase; the defaults are those of RFC 5321 §4.5.3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmtpTimeouts {
    /// TCP connection and TLS handshake.
    pub connect: Duration,
    /// Each of: greeting, EHLO, STARTTLS, AUTH, MAIL, RCPT.
    pub command: Duration,
    /// The answer to DATA.
    pub data: Duration,
    /// Writing the letter.
    pub payload: Duration,
    /// The answer after the final dot: the server may be scanning.
    pub after_dot: Duration,
}

impl Default for SmtpTimeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            command: Duration::from_mins(5),
            data: Duration::from_mins(2),
            payload: Duration::from_mins(3),
            after_dot: Duration::from_mins(10),
        }
    }
}

/// Where and how to hand over.
#[derive(Clone, Debug)]
pub struct SmtpOptions {
    /// Host name; also the name its certificate must carry.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Protection of the connection.
    pub security: Security,
    /// PEM file of the only roots to trust; `None` = Mozilla's.
    pub ca_file: Option<PathBuf>,
    /// Who we are.
    pub credentials: SmtpCredentials,
    /// Name said in EHLO.
    pub client_id: String,
    /// Longest waits.
    pub timeouts: SmtpTimeouts,
}

/// Parts of the conversation, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Name look-up, TCP.
    Connect,
    /// Waiting for 220.
    Greeting,
    /// EHLO before STARTTLS, and STARTTLS itself.
    StartTls,
    /// TLS handshake.
    Tls,
    /// EHLO.
    Ehlo,
    /// AUTH.
    Auth,
    /// MAIL FROM.
    MailFrom,
    /// RCPT TO.
    RcptTo,
    /// DATA, before its 354.
    Data,
    /// The answer to the final dot.
    AfterDot,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connect",
            Self::Greeting => "greeting",
            Self::StartTls => "starttls",
            Self::Tls => "tls",
            Self::Ehlo => "ehlo",
            Self::Auth => "auth",
            Self::MailFrom => "mail_from",
            Self::RcptTo => "rcpt_to",
            Self::Data => "data",
            Self::AfterDot => "after_dot",
        })
    }
}

/// One letter on its way: one recipient, so that one refusal concerns one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// Bounces go here; empty = the null path.
    pub from: &'a str,
    /// The one recipient.
    pub to: &'a str,
    /// Exact bytes, as frozen in the outbox row.
    pub bytes: &'a [u8],
}

/// What became of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandOver {
    /// 2xx after the dot: the server has it.
    HandedOver {
        /// Reply code.
        code: u16,
        /// What the server said, cleaned.
        reply: String,
    },
    /// The server (or our own check, before a byte was sent) said no.
    Refused {
        /// When.
        phase: Phase,
        /// Reply code.
        code: u16,
        /// What the server said, cleaned.
        reply: String,
        /// 5xx: trying again is useless.
        is_permanent: bool,
    },
    /// The conversation broke before the first byte of the letter: try again.
    BrokenBefore {
        /// When.
        phase: Phase,
        /// How.
        reason: String,
    },
    /// It broke from the first byte of the letter on: nobody can know.
    Uncertain {
        /// How.
        reason: String,
    },
    /// The row is somebody else's now: not a byte of the letter was sent.
    LostLease,
}
