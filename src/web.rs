//! Health, metrics, sign-in and ticket pages. The only user of axum.
//!
//! A page is behind a gate that knows whom it is for. Ticket pages show what
//! the engine knows and why: clocks, matters, evidence, letters, events.

mod account;
mod agent;
mod assets;
mod chart;
mod compliance;
mod conversation;
mod device;
mod filled_form;
mod gate;
mod guard;
mod navigation;
mod operator;
mod passage;
mod render;
mod router;
mod session_cookie;
mod shell;
mod shown;
mod shown_ticket;
mod shown_trace;
mod sign_in;
mod signed_in;
mod site;
mod step_up;
mod supervisor;
mod ticket_page;
mod ticket_words;
mod viewer;
mod work_problem;

pub mod page;

pub use gate::Need;
pub use render::{PageError, Pages};
pub use router::{router, routes, serve};
pub use shell::Shell;
pub use site::Route;
