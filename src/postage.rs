//! How a letter gets its bytes and how it leaves.

pub mod directory;
pub mod render;
pub mod smtp;
