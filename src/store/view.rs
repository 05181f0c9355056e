//! Read models for pages and commands. They change nothing.

mod detail;
mod letters;
mod links;
mod list;
mod mails;
mod report;
mod search;
mod sent;
mod work_list;

pub use detail::{EventLine, LetterLine, MailLine, TaskLine, TicketDetail};
pub use letters::LetterEntry;
pub use links::MoveLine;
pub use list::{TicketFilter, TicketLine};
pub use mails::MailEntry;
pub use report::{ClockFigures, LadderFigures};
pub use search::Searcher;
pub use sent::{SentLetter, SentTo};
pub use work_list::{QueueFigures, Stretch, WorkFilter, WorkLine};
