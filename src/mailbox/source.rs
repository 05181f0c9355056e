//! The doors mail comes through, one shape for all of them: list what is
//! there, fetch bytes, put away what is in the database, wait for more.

use std::time::Duration;

use jiff::Timestamp;

use super::Listed;
use super::imap::{Credential, ImapError, ImapOptions, ImapSession, PutAway, Step};
use super::maildir::{MaildirError, MaildirSource};
use super::oauth::TokenHealth;

/// A part of a folder's listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceWindow {
    /// The mails, oldest first.
    pub rows: Vec<Listed>,
    /// Position of the next window; `None` at the end.
    pub next: Option<u32>,
}

/// Bytes of one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceMail {
    /// As listed.
    pub key: String,
    /// The whole mail, or as much of its header as was asked for.
    pub raw: Vec<u8>,
}

/// Why a source could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The IMAP server.
    #[error(transparent)]
    Imap(#[from] ImapError),
    /// The directory.
    #[error(transparent)]
    Maildir(#[from] MaildirError),
}

impl SourceError {
    /// Stable code for logs, metrics and health.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Imap(error) => error.code(),
            Self::Maildir(_) => "maildir",
        }
    }

    /// Whether the server said NO: a reason that may pass.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Imap(ImapError::Refused { .. }))
    }

    /// Whether one mail may be the cause, so that fetching mails one by one
    /// finds it: bytes that break a bound, or a server that cannot read a mail
    /// of its own and says NO to every fetch that includes it.
    #[must_use]
    pub fn may_be_one_mail(&self) -> bool {
        matches!(
            self,
            Self::Imap(
                ImapError::Hostile { .. }
                    | ImapError::Nonsense(_)
                    | ImapError::Uid { .. }
                    | ImapError::Refused { step: Step::Fetch, .. }
            )
        )
    }
}

/// A folder of mail.
#[derive(Debug)]
pub enum MailSource {
    /// A folder on an IMAP server.
    Imap(Box<ImapSource>),
    /// A Maildir on this machine.
    Maildir(MaildirSource),
}

/// An IMAP folder with its connection, if it is open.
pub struct ImapSource {
    options: ImapOptions,
    session: Option<ImapSession>,
}

impl std::fmt::Debug for ImapSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImapSource").field("is_connected", &self.session.is_some()).finish()
    }
}

impl ImapSource {
    /// A folder that is connected to on first use.
    #[must_use]
    pub fn new(options: ImapOptions) -> Self {
        Self { options, session: None }
    }

    async fn session(&mut self, now: Timestamp) -> Result<&mut ImapSession, ImapError> {
        if self.session.as_ref().is_none_or(ImapSession::is_poisoned) {
            self.session = None;
            self.session = Some(ImapSession::connect(&self.options, now).await?);
        }
        self.session.as_mut().ok_or(ImapError::Poisoned)
    }

    fn open(&mut self) -> Result<&mut ImapSession, ImapError> {
        self.session.as_mut().ok_or(ImapError::Poisoned)
    }
}

impl MailSource {
    /// Opens the folder afresh: its UIDVALIDITY, 0 where there is none.
    ///
    /// # Errors
    /// When the server or directory is out of reach.
    pub async fn select(&mut self, now: Timestamp) -> Result<u32, SourceError> {
        match self {
            Self::Imap(source) => Ok(source.session(now).await?.select().await?.uidvalidity),
            Self::Maildir(_) => Ok(0),
        }
    }

    /// Lists up to `count` mails from position `first` (the oldest is 1).
    ///
    /// # Errors
    /// When the server or directory is out of reach.
    pub async fn list_window(
        &mut self,
        first: u32,
        count: u32,
    ) -> Result<SourceWindow, SourceError> {
        match self {
            Self::Imap(source) => {
                let window = source.open()?.list_window(first, count).await?;
                let rows = window.rows.into_iter().map(|row| Listed {
                    key: row.uid.to_string(),
                    size: u64::from(row.size),
                    received_at: row.internal_date,
                });
                Ok(SourceWindow { rows: rows.collect(), next: window.next })
            }
            Self::Maildir(source) => Ok(cut(source.list().await?, first, count)),
        }
    }

    /// Fetches whole mails. One that is gone by now is absent from the answer.
    ///
    /// # Errors
    /// When the server or directory is out of reach or breaks a bound.
    pub async fn fetch(
        &mut self,
        keys: &[String],
        most_bytes: u64,
    ) -> Result<Vec<SourceMail>, SourceError> {
        match self {
            Self::Imap(source) => {
                let fetched = source.open()?.fetch(&uids(keys)).await?;
                let mails = fetched
                    .into_iter()
                    .map(|mail| SourceMail { key: mail.uid.to_string(), raw: mail.raw });
                Ok(mails.collect())
            }
            Self::Maildir(source) => {
                let mut mails = Vec::with_capacity(keys.len());
                for key in keys {
                    let raw = found(source.fetch(key, most_bytes).await)?;
                    mails.extend(raw.map(|raw| SourceMail { key: key.clone(), raw }));
                }
                Ok(mails)
            }
        }
    }

    /// The first `most` bytes of a mail's header; `None` when it is gone.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn fetch_head(
        &mut self,
        key: &str,
        most: u32,
    ) -> Result<Option<Vec<u8>>, SourceError> {
        match self {
            Self::Imap(source) => {
                let Some(uid) = key.parse().ok() else { return Ok(None) };
                Ok(source.open()?.fetch_head(uid, most).await?)
            }
            Self::Maildir(source) => found(source.fetch_head(key, u64::from(most)).await),
        }
    }

    /// Takes mails out of the folder, or marks them: whether they are still
    /// listed afterwards. A mail that is gone already is a success.
    ///
    /// # Errors
    /// When the server or directory refuses.
    pub async fn put_away(&mut self, keys: &[String]) -> Result<bool, SourceError> {
        if keys.is_empty() {
            return Ok(false);
        }
        match self {
            Self::Imap(source) => {
                let way = source.open()?.put_away(&uids(keys)).await?;
                Ok(matches!(way, PutAway::Marked | PutAway::LeftInPlace))
            }
            Self::Maildir(source) => {
                for key in keys {
                    source.put_away(key).await?;
                }
                Ok(false)
            }
        }
    }

    /// Whether what was put away is no longer listed. Unknown without a
    /// connection, then `false`.
    #[must_use]
    pub fn moves_mail(&self) -> bool {
        match self {
            Self::Imap(source) => source.session.as_ref().is_some_and(ImapSession::moves_mail),
            Self::Maildir(_) => true,
        }
    }

    /// Waits until there may be more mail, at most `at_most`; returns at once
    /// when the source has no way to tell.
    ///
    /// # Errors
    /// When the connection died meanwhile.
    pub async fn wait(&mut self, at_most: Duration) -> Result<Waited, SourceError> {
        let Self::Imap(source) = self else { return Ok(Waited::CannotTell) };
        let session = source.open()?;
        if !session.offers_idle() {
            return Ok(Waited::CannotTell);
        }
        session.idle(at_most).await?;
        Ok(Waited::Waited)
    }

    /// How the access tokens of the mailbox fare; `None` when it needs none.
    #[must_use]
    pub fn token_health(&self) -> Option<TokenHealth> {
        let Self::Imap(source) = self else { return None };
        match &source.options.credential {
            Credential::OAuth(tokens) => Some(tokens.health()),
            Credential::Password(_) => None,
        }
    }

    /// Drops the connection, if there is one.
    pub fn disconnect(&mut self) {
        if let Self::Imap(source) = self {
            source.session = None;
        }
    }
}

/// Whether [`MailSource::wait`] did wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// It did: look again now.
    Waited,
    /// The source cannot tell when mail comes: the caller polls.
    CannotTell,
}

fn uids(keys: &[String]) -> Vec<u32> {
    keys.iter().filter_map(|key| key.parse().ok()).collect()
}

/// A mail that another program took meanwhile is absent, not an error.
fn found(raw: Result<Vec<u8>, MaildirError>) -> Result<Option<Vec<u8>>, SourceError> {
    match raw {
        Ok(raw) => Ok(Some(raw)),
        Err(MaildirError::Gone { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn cut(all: Vec<Listed>, first: u32, count: u32) -> SourceWindow {
    let skipped = first.saturating_sub(1) as usize;
    let has_more = all.len().saturating_sub(skipped) > count as usize;
    SourceWindow {
        rows: all.into_iter().skip(skipped).take(count as usize).collect(),
        next: has_more.then(|| first.saturating_add(count)),
    }
}
