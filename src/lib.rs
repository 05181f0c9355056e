//! Tierline: a borrower's mail goes in at one end, is understood, becomes a
//! ticket with clocks and a letter, and every step is on record.
//!
//! Modules in reading order: the pure core first, then what surrounds it.

pub mod domain;

pub mod store;

pub mod mailbox;
pub mod postage;

pub mod app;
pub mod worker;

pub mod cli;
pub mod clock;
pub mod config;
pub mod fault;
pub mod telemetry;
pub mod web;
