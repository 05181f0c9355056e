//! What can go wrong with a mailbox server, as codes. A server's own words
//! reach an error only where they cannot hold a borrower's: at the greeting,
//! the login and the choice of a folder, shortened and cleaned.

use std::fmt;
use std::io;

use super::guard::Rule;
use super::guarded::Violation;
use super::options::OptionsFault;
use crate::mailbox::oauth::OAuthError;

/// What the session was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the IMAP command or phase of that name")]
pub enum Step {
    Connect,
    Handshake,
    Greeting,
    StartTls,
    Login,
    Capability,
    Select,
    List,
    Fetch,
    Create,
    Move,
    Copy,
    Store,
    Expunge,
    Idle,
    Append,
    Status,
    Noop,
    Logout,
}

impl Step {
    /// Stable lower-case name.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Handshake => "handshake",
            Self::Greeting => "greeting",
            Self::StartTls => "starttls",
            Self::Login => "login",
            Self::Capability => "capability",
            Self::Select => "select",
            Self::List => "list",
            Self::Fetch => "fetch",
            Self::Create => "create",
            Self::Move => "move",
            Self::Copy => "copy",
            Self::Store => "store",
            Self::Expunge => "expunge",
            Self::Idle => "idle",
            Self::Append => "append",
            Self::Status => "status",
            Self::Noop => "noop",
            Self::Logout => "logout",
        }
    }

    /// Whether the server's words at this step are about the account only.
    fn is_quotable(self) -> bool {
        matches!(self, Self::Greeting | Self::StartTls | Self::Login | Self::Select)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Why a TLS connection was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFault {
    /// The certificate is signed by nobody we trust.
    UnknownIssuer,
    /// The certificate is for another host name.
    WrongName,
    /// The certificate is expired or not yet valid.
    NotInDate,
    /// The CA file is missing, unreadable or holds no certificate.
    CaFile,
    /// The bytes were not TLS, or another alert.
    Other,
}

/// A number the server gave to a mail that does not fit what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UidFault {
    /// A mail that was not asked for.
    Unasked,
    /// The same mail twice.
    Twice,
    /// A mail without its UID, or with UID 0.
    Missing,
}

/// A failed step. After any error but [`ImapError::Refused`] the session is
/// unusable and must be dropped.
#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    /// The options contradict themselves.
    #[error("the mailbox options are unusable: {0}")]
    Options(#[from] OptionsFault),
    /// No TCP connection.
    #[error("no connection to the mail server ({0:?})")]
    Unreachable(io::ErrorKind),
    /// No TLS connection.
    #[error("no TLS connection to the mail server: {0:?}")]
    Tls(TlsFault),
    /// A step took too long.
    #[error("the mail server was silent during {0}")]
    TimedOut(Step),
    /// The server closed the connection.
    #[error("the mail server closed the connection during {0}")]
    ConnectionLost(Step),
    /// The server said BYE.
    #[error("the mail server said goodbye during {step}{}", quoted(.said))]
    Bye {
        /// When.
        step: Step,
        /// Its words, cleaned, where they may be shown.
        said: Option<String>,
    },
    /// The server said NO.
    #[error("the mail server refused {step}{}", quoted(.said))]
    Refused {
        /// What it refused.
        step: Step,
        /// Its words, cleaned, where they may be shown.
        said: Option<String>,
    },
    /// The server said BAD: it does not understand us.
    #[error("the mail server did not understand {step}{}", quoted(.said))]
    Bad {
        /// What it did not understand.
        step: Step,
        /// Its words, cleaned, where they may be shown.
        said: Option<String>,
    },
    /// The server did not accept the user with this credential.
    #[error("the mail server refused the login{}", quoted(.said))]
    LoginRefused {
        /// Its words, cleaned.
        said: Option<String>,
    },
    /// No access token.
    #[error("no access token for the mailbox: {0}")]
    OAuth(#[from] OAuthError),
    /// Bytes that no server sends in good faith.
    #[error("the mail server sent hostile bytes: {rule}")]
    Hostile {
        /// The rule they broke.
        rule: Rule,
    },
    /// A reply that is not IMAP, or not to our command.
    #[error("the mail server's reply to {0} makes no sense")]
    Nonsense(Step),
    /// A folder without a usable UIDVALIDITY: its UIDs mean nothing.
    #[error("the folder has no UIDVALIDITY; its mails cannot be told apart")]
    NoUidValidity,
    /// UIDs that do not fit what was asked.
    #[error("the mail server answered {step} with a UID problem: {fault:?}")]
    Uid {
        /// During which step.
        step: Step,
        /// What is wrong.
        fault: UidFault,
    },
    /// The session failed before.
    #[error("the session failed before and must be dropped")]
    Poisoned,
}

fn quoted(said: &Option<String>) -> String {
    said.as_ref().map_or_else(String::new, |said| format!(" (\"{said}\")"))
}

impl ImapError {
    /// Stable code for logs, metrics and health.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Options(_) => "imap_options",
            Self::Unreachable(_) => "imap_unreachable",
            Self::Tls(_) => "imap_tls",
            Self::TimedOut(_) => "imap_timed_out",
            Self::ConnectionLost(_) => "imap_connection_lost",
            Self::Bye { .. } => "imap_bye",
            Self::Refused { .. } => "imap_refused",
            Self::Bad { .. } => "imap_bad",
            Self::LoginRefused { .. } => "imap_login_refused",
            Self::OAuth(_) => "imap_oauth",
            Self::Hostile { .. } => "imap_hostile",
            Self::Nonsense(_) => "imap_nonsense",
            Self::NoUidValidity => "imap_no_uidvalidity",
            Self::Uid { .. } => "imap_uid",
            Self::Poisoned => "imap_poisoned",
        }
    }

    /// Whether a person has to act before another attempt can succeed.
    #[must_use]
    pub fn needs_operator(&self) -> bool {
        match self {
            Self::Options(_) | Self::LoginRefused { .. } | Self::NoUidValidity => true,
            Self::Tls(fault) => *fault != TlsFault::Other,
            Self::OAuth(error) => error.needs_operator(),
            Self::Hostile { .. } | Self::Refused { step: Step::Select, .. } => true,
            _ => false,
        }
    }
}

/// A server's words at `step`, if they may be shown.
pub(super) fn said(step: Step, text: Option<&str>) -> Option<String> {
    let text = text.filter(|_| step.is_quotable())?;
    let cleaned: Vec<String> = text.split_whitespace().take(30).map(clean_word).collect();
    let line: String = cleaned.join(" ").chars().take(120).collect();
    (!line.is_empty()).then_some(line)
}

/// Without addresses, long numbers, and characters that could deceive a reader.
fn clean_word(word: &str) -> String {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if word.contains('@') || digits >= 4 {
        return "…".to_owned();
    }
    word.chars().filter(|letter| letter.is_ascii_graphic() && *letter != '"').take(40).collect()
}

/// An I/O error while reading or writing at `step`, without its text: the
/// parser's error texts quote the mail they failed on.
pub(super) fn from_io(step: Step, error: &io::Error) -> ImapError {
    let inner = error.get_ref();
    if let Some(Violation(rule)) = inner.and_then(|inner| inner.downcast_ref::<Violation>()) {
        return ImapError::Hostile { rule: *rule };
    }
    if error.kind() == io::ErrorKind::Other && error.raw_os_error().is_none() {
        return ImapError::Nonsense(step);
    }
    ImapError::ConnectionLost(step)
}

/// Why the TLS handshake failed.
pub(super) fn from_handshake(error: &io::Error) -> ImapError {
    use rustls::CertificateError as Bad;
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let fault = match inner {
        Some(rustls::Error::InvalidCertificate(bad)) => match bad {
            // a root of the same name and another key
            Bad::UnknownIssuer | Bad::BadSignature => TlsFault::UnknownIssuer,
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => TlsFault::WrongName,
            Bad::Expired
            | Bad::ExpiredContext { .. }
            | Bad::NotValidYet
            | Bad::NotValidYetContext { .. } => TlsFault::NotInDate,
            _ => TlsFault::Other,
        },
        _ => TlsFault::Other,
    };
    ImapError::Tls(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_words_lose_addresses_numbers_and_controls() {
        let text = "Login for rosa@example.com\u{202e} failed, loan 0012345678 \"call\" us";
        let shown = said(Step::Login, Some(text)).unwrap();
        assert_eq!(shown, "Login for … failed, loan … call us");
        assert_eq!(said(Step::Fetch, Some(text)), None);
        assert!(said(Step::Login, Some(&"word ".repeat(500))).unwrap().len() <= 120);
    }
}
