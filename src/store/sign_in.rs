//! Sign-in: sessions, second factors, invitations, and the count of wrong
//! guesses. Tokens and recovery codes are kept as digests, seeds sealed.

mod attempt;
mod invitation;
mod second_factor;
mod session;

pub use attempt::Subject;
pub use invitation::Invited;
pub use second_factor::SecondFactor;

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::event::Event;
use crate::domain::id::PersonId;

/// Stream of what a person did and what was done to their access.
fn event_of(person: PersonId, actor: &str, kind: &str, at: Timestamp, particulars: Value) -> Event {
    Event {
        stream: format!("person:{person}"),
        at,
        actor: actor.to_owned(),
        kind: kind.to_owned(),
        particulars,
    }
}

/// The person as their own events name them.
fn themself(person: PersonId) -> String {
    format!("person:{person}")
}
