//! Where mail comes from, and its bytes made into `domain::mail`.

pub mod file;
pub mod imap;
pub mod maildir;
pub mod mime;
pub mod oauth;
