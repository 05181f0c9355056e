//! The truth: one database, one writer, one `apply`. The only user of sea-orm.
//!
//! SQL is written out, once, in the words that SQLite and PostgreSQL share;
//! the places where they differ ask [`Store`] which one it is.

pub mod error;
pub mod vault;

pub mod ledger;

mod connection;
mod lock_file;
mod record;
mod sql;

pub use connection::{Store, StoreOptions};
pub use error::StoreError;
pub use vault::{Place, Purpose, Vault, VaultError};
