//! Health, metrics and read-only ticket pages. The only user of axum.
//!
//! The pages show what the engine knows and why: clocks, matters, evidence,
//! letters, events. They show none of a borrower's words, names or addresses,
//! because nobody logs in yet.

mod assets;
mod guard;
mod render;
mod router;
mod shown;

pub mod page;

pub use render::{PageError, Pages};
pub use router::{Shell, router, serve};
