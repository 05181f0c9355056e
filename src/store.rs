//! The truth: one database, one writer, one `apply`. The only user of sea-orm.
//!
//! SQL is written out, once, in the words that SQLite and PostgreSQL share;
//! the places where they differ ask [`Store`] which one it is.

pub mod apply;
pub mod approved;
pub mod audit;
pub mod clock_act;
pub mod draft;
pub mod error;
pub mod head;
pub mod job;
pub mod known;
pub mod ledger;
pub mod loan;
pub mod notice;
pub mod outbox;
pub mod paper;
pub mod person;
pub mod policy;
pub mod reading;
pub mod saved_view;
pub mod search;
pub mod settings;
pub mod sign_in;
pub mod sweep;
pub mod task;
pub mod template;
pub mod vault;
pub mod view;
pub mod work;
pub mod worker;

mod clock_row;
mod connection;
mod gathered;
mod letter_row;
mod lock_file;
mod record;
mod sql;
mod ticket_row;

pub use apply::{Applied, NewReplyToken, Outcome};
pub use connection::{Store, StoreOptions};
pub use error::StoreError;
pub use vault::{Place, Purpose, Vault, VaultError};
