//! Reading the folder: what is there, and the bytes of chosen mails. Nothing
//! here marks a mail as seen.

use std::collections::HashSet;

use async_imap::imap_proto::{AttributeValue, MessageSection, Response, SectionPath};
use jiff::Timestamp;
use jiff::fmt::strtime;

use super::command::{Part, uid_sets};
use super::error::{ImapError, Step, UidFault};
use super::session::ImapSession;

/// How many mails [`ImapSession::list`] asks for at a time.
const WINDOW: u32 = 500;
/// Most mails in one window, so that its reply stays within what a command may
/// receive.
const LARGEST_WINDOW: u32 = 2000;
/// Longest set of UIDs in one command; servers take 8 KiB lines at least.
pub(super) const SET_BYTES: usize = 6000;

/// One mail in the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its UID, never 0.
    pub uid: u32,
    /// Bytes, as the server says.
    pub size: u32,
    /// When the server received it (INTERNALDATE); `None` when the server's
    /// date cannot be read.
    pub internal_date: Option<Timestamp>,
}

/// A part of the folder's listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The mails, by ascending UID.
    pub rows: Vec<Listed>,
    /// How many mails the server passed over. They may be gone; they count as
    /// unseen until a later listing shows them or has fewer mails.
    pub missing: u32,
    /// Sequence number where the next window starts; `None` at the end.
    pub next: Option<u32>,
}

/// The bytes of one mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its UID, one of those asked for.
    pub uid: u32,
    /// The whole mail.
    pub raw: Vec<u8>,
    /// As in [`Listed`].
    pub internal_date: Option<Timestamp>,
}

impl std::fmt::Debug for Fetched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetched")
            .field("uid", &self.uid)
            .field("bytes", &self.raw.len())
            .field("internal_date", &self.internal_date)
            .finish()
    }
}

impl ImapSession {
    /// Lists up to `count` mails, 2000 at most, from sequence number `first` (the oldest is 1).
    ///
    /// Sequence numbers hold still while only this is called: a server must not
    /// report mails as gone during `FETCH` (RFC 3501 §7.4.1). New mails come
    /// at the end and are part of a later window.
    ///
    /// # Errors
    /// See [`ImapError`]; a UID twice or a mail outside the window is one.
    pub async fn list_window(&mut self, first: u32, count: u32) -> Result<Window, ImapError> {
        let exists = self.wire.exists;
        let (first, count) = (first.max(1), count.min(LARGEST_WINDOW));
        if first > exists || count == 0 {
            return Ok(Window { rows: Vec::new(), missing: 0, next: None });
        }
        let last = first.saturating_add(count - 1).min(exists);
        let command = format!("FETCH {first}:{last} (UID RFC822.SIZE INTERNALDATE)");
        let mut rows: Vec<Listed> = Vec::new();
        let mut numbers = HashSet::new();
        self.wire
            .run(Step::List, &command, &mut |response| {
                let Some((number, row)) = listed(response) else { return Ok(()) };
                let fault = |fault| Err(ImapError::Uid { step: Step::List, fault });
                match row.uid {
                    0 => return fault(UidFault::Missing),
                    _ if !(first..=last).contains(&number) => return fault(UidFault::Unasked),
                    _ if !numbers.insert(number) => return fault(UidFault::Twice),
                    _ => rows.push(row),
                }
                Ok(())
            })
            .await?
            .or_refused(Step::List)?;
        rows.sort_unstable_by_key(|row| row.uid);
        if rows.windows(2).any(|pair| matches!(pair, [a, b] if a.uid == b.uid)) {
            return Err(ImapError::Uid { step: Step::List, fault: UidFault::Twice });
        }
        let came = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let missing = (last - first + 1).saturating_sub(came);
        let next = last.checked_add(1).filter(|next| *next <= self.wire.exists);
        self.wire.has_news &= next.is_some();
        Ok(Window { rows, missing, next })
    }

    /// Lists all mails with a UID of at least `from_uid`, by ascending UID.
    /// 24 bytes of memory a mail.
    ///
    /// # Errors
    /// As [`list_window`](Self::list_window).
    pub async fn list(&mut self, from_uid: u32) -> Result<Vec<Listed>, ImapError> {
        let mut all: Vec<Listed> = Vec::new();
        let mut next = Some(1);
        while let Some(first) = next {
            let window = self.list_window(first, WINDOW).await?;
            all.extend(window.rows.into_iter().filter(|row| row.uid >= from_uid));
            next = window.next;
        }
        all.sort_unstable_by_key(|row| row.uid);
        if all.windows(2).any(|pair| matches!(pair, [a, b] if a.uid == b.uid)) {
            return Err(ImapError::Uid { step: Step::List, fault: UidFault::Twice });
        }
        Ok(all)
    }

    /// Fetches whole mails, by ascending UID. A mail that is gone, or that the
    /// server has no bytes for, is absent from the answer. The mails together must fit
    /// [`max_reply_bytes`](super::ImapOptions::max_reply_bytes): the caller
    /// chooses them by their listed sizes.
    ///
    /// # Errors
    /// See [`ImapError`]; a UID not asked for, or one twice, is one.
    pub async fn fetch(&mut self, uids: &[u32]) -> Result<Vec<Fetched>, ImapError> {
        let step = Step::Fetch;
        let asked: HashSet<u32> = uids.iter().copied().collect();
        let mut mails: Vec<Fetched> = Vec::new();
        let mut allowance = self.options.max_reply_bytes;
        for set in uid_sets(uids, SET_BYTES) {
            let command = format!("UID FETCH {set} (UID INTERNALDATE BODY.PEEK[])");
            let before = mails.len();
            self.wire
                .run_parts(step, &[Part::Text(&command)], allowance, &mut |response| {
                    let Some((uid, mail)) = fetched(response, Wanted::Whole) else { return Ok(()) };
                    let uid = check_asked(step, &asked, uid)?;
                    if mails.iter().any(|mail| mail.uid == uid) {
                        return Err(ImapError::Uid { step, fault: UidFault::Twice });
                    }
                    mails.push(Fetched { uid, ..mail });
                    Ok(())
                })
                .await?
                .or_refused(step)?;
            let bytes: usize = mails.iter().skip(before).map(|mail| mail.raw.len()).sum();
            allowance = allowance.saturating_sub(u64::try_from(bytes).unwrap_or(u64::MAX));
        }
        mails.sort_unstable_by_key(|mail| mail.uid);
        Ok(mails)
    }

    /// Fetches the header of one mail, cut off at `max_bytes`; `None` when the
    /// mail is gone.
    ///
    /// # Errors
    /// See [`ImapError`].
    pub async fn fetch_head(
        &mut self,
        uid: u32,
        max_bytes: u32,
    ) -> Result<Option<Vec<u8>>, ImapError> {
        let step = Step::Fetch;
        let asked = HashSet::from([uid]);
        let command = format!("UID FETCH {uid} (UID BODY.PEEK[HEADER]<0.{max_bytes}>)");
        let mut head: Option<Vec<u8>> = None;
        self.wire
            .run_parts(step, &[Part::Text(&command)], u64::from(max_bytes), &mut |response| {
                let Some((uid, mail)) = fetched(response, Wanted::Head) else { return Ok(()) };
                check_asked(step, &asked, uid)?;
                if head.replace(mail.raw).is_some() {
                    return Err(ImapError::Uid { step, fault: UidFault::Twice });
                }
                Ok(())
            })
            .await?
            .or_refused(step)?;
        if let Some(head) = &mut head {
            head.truncate(usize::try_from(max_bytes).unwrap_or(usize::MAX));
        }
        Ok(head)
    }
}

fn check_asked(step: Step, asked: &HashSet<u32>, uid: Option<u32>) -> Result<u32, ImapError> {
    match uid {
        None | Some(0) => Err(ImapError::Uid { step, fault: UidFault::Missing }),
        Some(uid) if asked.contains(&uid) => Ok(uid),
        Some(_) => Err(ImapError::Uid { step, fault: UidFault::Unasked }),
    }
}

/// A line of a listing. A report of changed flags, which may come at any time,
/// has no size and is passed over.
fn listed(response: &Response<'_>) -> Option<(u32, Listed)> {
    let Response::Fetch(number, attributes) = response else { return None };
    let size = attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Rfc822Size(size) => Some(*size),
        _ => None,
    })?;
    let uid = uid(attributes).unwrap_or(0);
    Some((*number, Listed { uid, size, internal_date: internal_date(attributes) }))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Whole,
    Head,
}

/// A response with the wanted bytes, and the UID it names.
fn fetched(response: &Response<'_>, wanted: Wanted) -> Option<(Option<u32>, Fetched)> {
    let Response::Fetch(_, attributes) = response else { return None };
    let raw = attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::BodySection { section, index, data: Some(data) } => {
            let is_head = matches!(section, Some(SectionPath::Full(MessageSection::Header)));
            let fits = match wanted {
                // a part of a mail is not the mail
                Wanted::Whole => section.is_none() && index.is_none(),
                Wanted::Head => is_head,
            };
            fits.then(|| data.to_vec())
        }
        _ => None,
    })?;
    let internal_date = internal_date(attributes);
    Some((uid(attributes), Fetched { uid: 0, raw, internal_date }))
}

fn uid(attributes: &[AttributeValue<'_>]) -> Option<u32> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Uid(uid) => Some(*uid),
        _ => None,
    })
}

fn internal_date(attributes: &[AttributeValue<'_>]) -> Option<Timestamp> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::InternalDate(text) => read_date(text),
        _ => None,
    })
}

/// `17-Jul-1996 02:44:25 -0700`, the day may be padded with a space.
fn read_date(text: &str) -> Option<Timestamp> {
    strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim()).ok()?.to_timestamp().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internal_dates_are_read_with_their_offset() {
        let expected: Timestamp = "1996-07-17T09:44:25Z".parse().unwrap();
        assert_eq!(read_date("17-Jul-1996 02:44:25 -0700"), Some(expected));
        let expected: Timestamp = "2026-02-01T00:00:00Z".parse().unwrap();
        assert_eq!(read_date(" 1-Feb-2026 00:00:00 +0000"), Some(expected));
        for nonsense in ["", "NIL", "99-Foo-2026 00:00:00 +0000", "17-Jul-1996 02:44:25"] {
            assert_eq!(read_date(nonsense), None, "{nonsense}");
        }
    }
}
