//! The whole engine, from a mail in a real mailbox to a letter at a real relay,
//! on both databases.

mod receiving;
