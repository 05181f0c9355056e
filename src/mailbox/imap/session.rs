//! A logged-in connection to one mailbox: choose the folder, count, append,
//! leave. Reading, putting away and waiting stand in files of their own.

use async_imap::imap_proto::{MailboxDatum, Response, ResponseCode, StatusAttribute};
use jiff::Timestamp;

use super::command::{Part, folder};
use super::connect::{Offers, connect};
use super::error::{ImapError, Step};
use super::options::ImapOptions;
use super::wire::{Ended, Wire};

/// A logged-in connection. After any error but [`ImapError::Refused`], and
/// after a dropped call, it is unusable: drop it and connect again.
#[derive(Debug)]
pub struct ImapSession {
    pub(super) wire: Wire,
    pub(super) offers: Offers,
    pub(super) options: ImapOptions,
    /// Whether the selected folder keeps keywords of our own making.
    pub(super) keeps_keywords: bool,
}

/// The selected folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folder {
    /// While this stays the same, a UID means the same mail; never 0.
    pub uidvalidity: u32,
    /// The UID the next mail will get, if the server tells.
    pub uidnext: Option<u32>,
    /// How many mails there are.
    pub exists: u32,
    /// Mails can be read but not put away.
    pub is_read_only: bool,
}

#[derive(Default)]
struct Seen {
    exists: bool,
    uidvalidity: Option<u32>,
    uidnext: Option<u32>,
    is_read_only: bool,
    keeps_keywords: bool,
}

impl ImapSession {
    /// Connects, logs in and asks what the server can do. `now` decides
    /// whether a cached access token is still good.
    ///
    /// # Errors
    /// Whatever stood in the way; see [`ImapError::needs_operator`].
    pub async fn connect(options: &ImapOptions, now: Timestamp) -> Result<Self, ImapError> {
        let (wire, offers) = connect(options, now).await?;
        Ok(Self { wire, offers, options: options.clone(), keeps_keywords: false })
    }

    /// Whether the server offers `capability`, e.g. `MOVE`.
    #[must_use]
    pub fn offers(&self, capability: &str) -> bool {
        self.offers.contains(&capability.to_ascii_uppercase())
    }

    /// Whether an earlier call broke off, so that every later one fails.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.wire.is_poisoned()
    }

    /// Mails in the folder as of the last reply.
    #[must_use]
    pub fn exists(&self) -> u32 {
        self.wire.exists
    }

    /// Selects the folder of the options, or selects it anew.
    ///
    /// # Errors
    /// [`ImapError::NoUidValidity`] when its UIDs mean nothing (RFC 3501
    /// §2.3.1.1), [`ImapError::Refused`] when there is no such folder.
    pub async fn select(&mut self) -> Result<Folder, ImapError> {
        let step = Step::Select;
        let command = format!("SELECT {}", folder(&self.options.folder));
        let mut seen = Seen::default();
        self.wire.exists = 0;
        self.wire
            .run(step, &command, &mut |response| {
                seen.take(response);
                Ok(())
            })
            .await?
            .or_refused(step)?;
        self.keeps_keywords = seen.keeps_keywords;
        self.wire.has_news = false;
        let uidvalidity =
            seen.uidvalidity.filter(|validity| *validity != 0).ok_or(ImapError::NoUidValidity)?;
        if !seen.exists {
            return Err(ImapError::Nonsense(step));
        }
        Ok(Folder {
            uidvalidity,
            uidnext: seen.uidnext,
            exists: self.wire.exists,
            is_read_only: seen.is_read_only,
        })
    }

    /// Lets the server report what has changed; afterwards
    /// [`exists`](Self::exists) is current.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn noop(&mut self) -> Result<(), ImapError> {
        self.wire.run(Step::Noop, "NOOP", &mut |_| Ok(())).await?.or_refused(Step::Noop)
    }

    /// Puts a mail into a folder.
    ///
    /// # Errors
    /// [`ImapError::Refused`] when the folder is missing or full.
    pub async fn append(&mut self, name: &str, raw: &[u8]) -> Result<(), ImapError> {
        let command = format!("APPEND {} ", folder(name));
        let parts = [Part::Text(&command), Part::Literal(raw)];
        self.wire
            .run_parts(Step::Append, &parts, 0, &mut |_| Ok(()))
            .await?
            .or_refused(Step::Append)
    }

    /// How many mails a folder holds. Of the selected folder ask
    /// [`exists`](Self::exists) instead.
    ///
    /// # Errors
    /// [`ImapError::Refused`] when there is no such folder.
    pub async fn count_messages(&mut self, name: &str) -> Result<u32, ImapError> {
        let step = Step::Status;
        let command = format!("STATUS {} (MESSAGES)", folder(name));
        let mut count = None;
        self.wire
            .run(step, &command, &mut |response| {
                if let Response::MailboxData(MailboxDatum::Status { status, .. }) = response {
                    for attribute in status {
                        if let StatusAttribute::Messages(messages) = attribute {
                            count = Some(*messages);
                        }
                    }
                }
                Ok(())
            })
            .await?
            .or_refused(step)?;
        count.ok_or(ImapError::Nonsense(step))
    }

    /// Makes a folder; that it exists already is no error.
    pub(super) async fn create(&mut self, name: &str) -> Result<(), ImapError> {
        let command = format!("CREATE {}", folder(name));
        match self.wire.run(Step::Create, &command, &mut |_| Ok(())).await? {
            Ended::Ok | Ended::No(_) => Ok(()),
        }
    }

    /// Says goodbye and closes the connection.
    ///
    /// # Errors
    /// When the server does not answer; the connection is closed all the same.
    pub async fn logout(mut self) -> Result<(), ImapError> {
        self.wire.run(Step::Logout, "LOGOUT", &mut |_| Ok(())).await?.or_refused(Step::Logout)
    }
}

impl Seen {
    fn take(&mut self, response: &Response<'_>) {
        self.exists |= matches!(response, Response::MailboxData(MailboxDatum::Exists(_)));
        let Response::Data { outcome, .. } = response else { return };
        match &outcome.code {
            Some(ResponseCode::UidValidity(validity)) => self.uidvalidity = Some(*validity),
            Some(ResponseCode::UidNext(next)) => self.uidnext = Some(*next),
            Some(ResponseCode::ReadOnly) => self.is_read_only = true,
            Some(ResponseCode::PermanentFlags(flags)) => {
                self.keeps_keywords = flags.iter().any(|flag| flag == "\\*" || flag == "$Ingested");
            }
            _ => {}
        }
    }
}
