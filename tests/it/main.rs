//! The one integration binary: real databases, a real Dovecot, a real SMTP
//! receiver, and scripted peers only for faults that real ones cannot make.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, clippy::disallowed_methods)]

mod harness;

mod agent;
mod architecture;
mod clocks;
mod command_line;
mod compliance;
mod consoles;
mod crash;
mod engine;
mod evaluate;
mod imap;
mod letters;
mod lint;
mod mime;
mod oauth;
mod reading;
mod rules;
mod sign_in;
mod smtp;
mod store;
mod web;
mod work;
