//! Read models for pages and commands. They change nothing.

mod aside;
mod board;
mod clocks;
mod detail;
mod forecast;
mod letters;
mod links;
mod list;
mod mails;
mod people;
mod report;
mod search;
mod sent;
mod work_list;

pub use aside::AsideMail;
pub use board::{BoardCard, BoardFilter, Holder, LaneCards, MOST_COUNTED, Workload};
mod record;

pub use clocks::{ClockFilter, ClockLine, ClockPlace};
pub use detail::{EventLine, LetterLine, MailLine, TaskLine, TicketDetail};
pub use forecast::{RecentTicket, WaitingTicket};
pub use letters::LetterEntry;
pub use links::MoveLine;
pub use list::{TicketFilter, TicketLine};
pub use mails::MailEntry;
pub use people::PersonLine;
pub use record::{RecordFilter, RecordLine};
pub use report::{ClockFigures, LadderFigures};
pub use search::Searcher;
pub use sent::{SentLetter, SentTo};
pub use work_list::{QueueFigures, Stretch, WorkFilter, WorkLine};
