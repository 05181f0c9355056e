//! The IMAP source: one mailbox, read without marking, by UID, over a guarded
//! connection that is destroyed at the first thing that does not fit.
//!
//! `options` says what is needed, `connect` gets in, `session` chooses the
//! folder, `read` lists and fetches, `put_away` moves what is in the database,
//! `idle` waits. Below them `wire` runs one command, `guard` watches the bytes.

mod command;
mod connect;
mod error;
mod guard;
mod guarded;
mod idle;
mod options;
mod put_away;
mod read;
mod session;
pub(in crate::mailbox) mod tls;
mod wire;

pub use error::{ImapError, Step, TlsFault, UidFault};
pub use guard::Rule;
pub use idle::IdleEnd;
pub use options::{Credential, ImapOptions, OptionsFault, Security};
pub use put_away::{INGESTED, PutAway};
pub use read::{Fetched, Listed, Window};
pub use session::{Folder, ImapSession};

pub(in crate::mailbox) use options::is_loopback;
