//! The IMAP source against a real Dovecot, and against a scripted peer for the
//! faults that Dovecot cannot make.

mod dovecot;
mod hostile;
mod peer;
mod put_away;
