//! The compliance officers' console over a real socket, on both databases.

mod clocks;
mod letters;
mod originals;
mod policies;
mod record;
mod reviewing;
