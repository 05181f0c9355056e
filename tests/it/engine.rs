//! The whole engine, from a mail in a real mailbox to a letter at a real relay,
//! on both databases. A desk that ends a case with books out of balance, a
//! broken record, or another state than its twin on the other database fails.

mod batching;
mod clock_acts;
mod clocks;
mod disk;
mod folders;
mod handing_over;
mod holding;
mod law;
mod machines;
mod poison;
mod receiving;
mod replying;
mod server_faults;
mod sweeping;
mod trust;
mod two_desks;
