//! Tickets as persons and ladders work on them: loaded with all that a decision
//! looks at, and changed by what it wants, in one transaction.

mod apply;
mod claim;
mod due;
mod moves;
mod notes;
mod proofs;
mod view;

pub use apply::{AppliedWork, LeavingLetter};
pub(in crate::store) use apply::{insert_note, letter_values, letters};
pub use due::EscalationLine;
pub use notes::{LetterInHand, NoteLine};
