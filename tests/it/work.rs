//! Persons work on tickets: by the same functions as the command line and the
//! consoles, on both databases, with letters that really leave.

mod answering;
mod attaching;
mod drafting;
mod giving;
mod guarding;
mod house;
mod joining;
mod ladders;
mod second_person;
