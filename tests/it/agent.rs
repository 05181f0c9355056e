//! An agent's work in a browser: over a real socket, on both databases.

mod acting;
mod day;
mod house;
mod lists;
mod refusing;
mod searching;
