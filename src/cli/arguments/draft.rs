//! Letters that are being written, and letters from an approved wording.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use uuid::Uuid;

use super::work::{By, On};

/// The words of a letter: free ones from a file, or an approved wording with its
/// fields.
#[derive(Debug, Args)]
pub struct Words {
    /// File with the words; - is standard input
    #[arg(long, value_name = "FILE", required_unless_present = "template")]
    pub file: Option<PathBuf>,
    /// An approved wording that a person may send, e.g. ask_verify
    #[arg(long, value_name = "TEMPLATE", conflicts_with_all = ["file", "subject"])]
    pub template: Option<String>,
    /// TOML file with its fields, e.g. from_on = "2026-01-01"; - is standard input
    #[arg(long, value_name = "FILE", requires = "template")]
    pub fields: Option<PathBuf>,
    /// What the letter is, by rules/replies.toml: it meets only what it may meet
    #[arg(long = "as", default_value = "answer", value_name = "KIND")]
    pub kind: String,
    /// Subject; a neutral one with the ticket's number without it
    #[arg(long)]
    pub subject: Option<String>,
}

/// What is done with a draft.
#[derive(Debug, Subcommand)]
pub enum Draft {
    /// Save it; what was saved before is replaced
    #[command(after_help = "\
Example:
  tierline ticket draft save TL-4821-0973-5522 --by ana --file answer.txt
  tierline ticket draft save TL-4821-0973-5522 --by ana --template ask_verify")]
    Save {
        /// Ticket
        #[command(flatten)]
        on: On,
        /// The words
        #[command(flatten)]
        words: Words,
        /// Version of the draft that was changed; refused when it was saved since
        #[arg(long, value_name = "VERSION")]
        changes: Option<u64>,
    },
    /// Show it, with what speaks against it
    Show(On),
    /// Put a PDF, JPEG or PNG to it; what it is is read from its bytes
    Attach {
        /// Ticket
        #[command(flatten)]
        on: On,
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Take a file from it
    Detach {
        /// Ticket
        #[command(flatten)]
        on: On,
        /// File id, as shown
        #[arg(value_name = "ID")]
        file: Uuid,
    },
    /// Throw it away
    Discard(On),
    /// Send it as it was saved
    Send {
        /// Ticket
        #[command(flatten)]
        on: On,
        /// A rule of rules/send_guard.toml that asks: it is meant. May be repeated
        #[arg(long, value_name = "RULE")]
        confirm: Vec<String>,
        /// Seconds in which it can still be taken back
        #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..86_400))]
        undo_seconds: u32,
    },
    /// Ask a supervisor to let it go although something blocks it
    AskRelease(On),
    /// Let another person's draft go, exactly as it is (supervisors)
    Release {
        /// Ticket
        #[command(flatten)]
        on: On,
        /// Whose draft (a person's name)
        #[arg(long, value_name = "NAME")]
        of: String,
        /// File with the reason; - is standard input. It is kept as a note
        #[arg(long, value_name = "FILE")]
        reason_file: PathBuf,
    },
    /// List drafts that wait for a release
    Asked {
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// Who asks
        #[command(flatten)]
        by: By,
    },
}
