//! The built program is killed where it hurts, and at random, and nothing is
//! lost and nothing happens twice: real binary, real Dovecot, real SMTP server,
//! both databases. Needs the feature `faults`, which puts the points in.
#![cfg(feature = "faults")]

mod checker;
mod controls;
mod mails;
mod points;
mod process;
mod random;
mod stage;
mod state;
mod strikes;
