//! Work that goes on by itself: who runs it, and when the clock says so.

pub mod scheduler;
pub mod supervisor;
