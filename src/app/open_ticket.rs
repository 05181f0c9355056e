//! A letter on paper, a call or a visit becomes a ticket by the same decision
//! as a mail: the contact is written down as one and taken in.

mod wrap;

use jiff::Timestamp;

use super::App;
use super::intake::{self, Arrived, IntakeError, Taken, Via};
use crate::domain::channel::Channel;
use crate::domain::digest::Digest;
use crate::domain::id::PersonId;
use crate::domain::mail::Completeness;

/// What a person holds in their hands.
#[derive(Clone, Debug)]
pub struct Contact {
    /// How it came.
    pub channel: Channel,
    /// When: statutory clocks start here.
    pub received_at: Timestamp,
    /// One line.
    pub subject: String,
    /// Name of the sender, empty when unknown.
    pub from_name: String,
    /// Mail address of the sender; without one nothing is answered by e-mail.
    pub from_address: Option<String>,
    /// What it says, and its scans.
    pub papers: Vec<Paper>,
    /// Who opens the ticket.
    pub by: PersonId,
}

/// One file of a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// File name, to show.
    pub name: String,
    /// All bytes; UTF-8 without NUL is text, anything else is an attachment.
    pub bytes: Vec<u8>,
}

/// Takes the contact in under the name of its channel. The same contact again
/// is recognised by its bytes and makes no second ticket.
///
/// # Errors
/// When the database is out of reach.
pub async fn open_ticket(app: &App, contact: &Contact) -> Result<Option<Taken>, IntakeError> {
    let standing = app.standing();
    let raw = wrap::wrap(contact, &standing.sender.from_address);
    let mailbox = app.store.open_mailbox(contact.channel.word(), app.now()).await?;
    let via = Via {
        mailbox_id: mailbox.id,
        name: mailbox.name,
        epoch: mailbox.epoch,
        uidvalidity: 0,
        own_mx_hosts: Vec::new(),
        by: Some(contact.by),
    };
    let arrived = Arrived {
        source_key: Digest::of(&raw).hex(),
        size: raw.len() as u64,
        internal_at: None,
        raw,
        completeness: Completeness::Whole,
        received_at: Some(contact.received_at),
    };
    let taken = intake::intake(app, &via, vec![arrived]).await?;
    let ids: Vec<i64> = taken.iter().map(|taken| taken.source_ref_id).collect();
    app.store.mark_put_away(&ids).await?;
    Ok(taken.into_iter().next())
}
