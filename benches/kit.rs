//! What the benches share.
#![allow(dead_code, reason = "each bench takes what it needs")]

pub mod engine;
pub mod mails;
pub mod measure;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
