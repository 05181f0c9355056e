//! Read models for pages and commands. They change nothing.

mod aside;
mod board;
mod clocks;
mod detail;
mod forecast;
mod letters;
mod list;
mod mails;
mod people;
mod report;
mod sent;

pub use aside::AsideMail;
pub use board::{BoardCard, BoardFilter, Holder, LaneCards, MOST_COUNTED, Workload};
mod record;

pub use clocks::{ClockFilter, ClockLine, ClockPlace};
pub use detail::{EventLine, LetterLine, MailLine, TaskLine, TicketDetail};
pub use forecast::{RecentTicket, WaitingTicket};
pub use letters::LetterEntry;
pub use list::{TicketFilter, TicketLine};
pub use mails::MailEntry;
pub use people::PersonLine;
pub use record::{RecordFilter, RecordLine};
pub use report::{ClockFigures, LadderFigures};
pub use sent::{SentLetter, SentTo};
