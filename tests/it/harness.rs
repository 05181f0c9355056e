//! Private real servers on loopback, and scripted peers for their faults.

pub mod chromium;
pub mod database;
pub mod desk;
pub mod dovecot;
pub mod imap_peer;
pub mod postgres;
pub mod smtp_peer;
pub mod smtp_receiver;
