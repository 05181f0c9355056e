//! A letter that cannot be written, because nobody has approved its wording, is
//! work for a person from that moment on, and not only when it expires.

use jiff::Timestamp;
use jiff::civil::Date;

use super::open;
use crate::domain::clock::ClockClass;
use crate::domain::decision::{ClockChange, Decision};
use crate::domain::digest::Digest;
use crate::domain::id::{FreshIds, TaskId};
use crate::domain::letter::{LetterIntent, Task};

/// Kind of the task; it is done when the letter is released.
pub const APPROVE_TEMPLATE: &str = "approve_template";

/// Adds the task, due on the day of the clock that the letter would have met:
/// one of the law first (12 CFR 1024.35(d), 1024.36(c)), then the earliest of
/// ours, else `today`.
pub fn ask_for_wording(
    decision: &mut Decision,
    letter: &LetterIntent,
    today: Date,
    now: Timestamp,
) {
    let clock = decision
        .clocks
        .iter()
        .filter_map(|change| match change {
            ClockChange::Start(clock) if letter.meets.contains(&clock.kind) => Some(clock),
            _ => None,
        })
        .min_by_key(|clock| (clock.class != ClockClass::Statutory, clock.internal_due_on));
    let seed = Digest::of_fields(&[b"approve_template", letter.id.0.as_bytes()]);
    let task = Task {
        id: TaskId(FreshIds::new(now, seed.0).uuid()),
        ticket_id: letter.ticket_id,
        kind: APPROVE_TEMPLATE.to_owned(),
        due_on: clock.map_or(today, |clock| clock.internal_due_on),
        clock_kind: clock.map(|clock| clock.kind.clone()),
    };
    decision.events.push(open::task_made(&task, now));
    decision.tasks.push(task);
}
