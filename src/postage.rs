//! How a letter gets its bytes and how it leaves.

pub mod clean;
pub mod directory;
pub mod fit;
pub mod inspect;
pub mod paper;
pub mod render;
pub mod sign;
pub mod smtp;
pub mod webhook;

use directory::DirectorySink;
use smtp::SmtpOptions;

/// Where letters go.
#[derive(Clone, Debug)]
pub enum MailSink {
    /// An SMTP server.
    Smtp(SmtpOptions),
    /// A directory of `.eml` files, for the demo and for tests.
    Directory(DirectorySink),
}
