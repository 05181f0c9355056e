//! The books: what a server shows now against what the ledger has, and the
//! conservation law over everything that was ever seen.

use serde::Serialize;

use super::App;
use super::poll::{PollError, PolledMailbox};
use crate::store::ledger::Books;

/// Mails of one listing.
const WINDOW: u32 = 500;

/// Outcome for one mailbox.
#[derive(Clone, Debug, Serialize)]
pub struct Reconciled {
    /// Name of the mailbox.
    pub mailbox: String,
    /// Mails the server shows in the folder now.
    pub server_has: u64,
    /// How many of them the ledger knows.
    pub ledger_has: u64,
    /// Keys the ledger does not know; the next poll takes them in.
    pub unknown: Vec<String>,
    /// Keys ever seen.
    pub seen: u64,
    /// Of these, stored and not decided yet.
    pub pending: u64,
    /// Whether every key has one fate and every mail a key.
    pub is_balanced: bool,
}

impl Reconciled {
    /// Whether the server shows nothing that the ledger has not, and the books
    /// are balanced.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.unknown.is_empty() && self.is_balanced
    }
}

/// Asks the server afresh and checks the books of one mailbox. Changes nothing.
///
/// # Errors
/// When the server or the database is out of reach.
pub async fn reconcile(app: &App, mailbox: &mut PolledMailbox) -> Result<Reconciled, PollError> {
    let row = app.store.open_mailbox(&mailbox.name, app.now()).await?;
    let uidvalidity = mailbox.source.select(app.now()).await?;
    let is_same_folder = row.uidvalidity.is_none_or(|known| known == uidvalidity);
    let mut keys = Vec::new();
    let mut position = Some(1);
    while let Some(first) = position {
        let window = mailbox.source.list_window(first, WINDOW).await?;
        keys.extend(window.rows.into_iter().map(|row| row.key));
        position = window.next;
    }
    // Under another UIDVALIDITY no UID of the ledger means anything.
    let unknown = match is_same_folder {
        true => app.store.reconcile(row.id, row.epoch, &keys).await?,
        false => keys.clone(),
    };
    let books = app.store.conservation(row.id).await?;
    Ok(reconciled(mailbox, &keys, unknown, &books))
}

fn reconciled(
    mailbox: &PolledMailbox,
    keys: &[String],
    unknown: Vec<String>,
    books: &Books,
) -> Reconciled {
    Reconciled {
        mailbox: mailbox.name.clone(),
        server_has: keys.len() as u64,
        ledger_has: (keys.len() - unknown.len()) as u64,
        unknown,
        seen: books.seen,
        pending: books.pending,
        is_balanced: books.are_balanced(),
    }
}

/// The conservation law over every mailbox of the database: names of those
/// whose books do not balance.
///
/// # Errors
/// When the database is out of reach.
pub async fn unbalanced(app: &App) -> Result<Vec<String>, crate::store::StoreError> {
    let mut names = Vec::new();
    for mailbox in app.store.mailboxes().await? {
        if !app.store.conservation(mailbox.id).await?.are_balanced() {
            names.push(mailbox.name);
        }
    }
    Ok(names)
}
