//! Read models for pages and commands. They change nothing.

mod clocks;
mod detail;
mod letters;
mod list;
mod mails;
mod record;
mod report;
mod sent;

pub use clocks::{ClockFilter, ClockLine, ClockPlace};
pub use detail::{EventLine, LetterLine, MailLine, TaskLine, TicketDetail};
pub use letters::LetterEntry;
pub use list::{TicketFilter, TicketLine};
pub use mails::MailEntry;
pub use record::{RecordFilter, RecordLine};
pub use report::{ClockFigures, LadderFigures};
pub use sent::{SentLetter, SentTo};
