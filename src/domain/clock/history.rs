//! The record told again: what the events of a ticket make of one clock. Equal
//! to its row, or the row was changed by something that left no event.

use jiff::Timestamp;
use serde_json::Value;

use super::{Clock, ClockState};
use crate::domain::event::Event;
use crate::domain::id::ClockId;

/// What met a hold that ended by itself.
pub const BY_TIME: &str = "time";

/// The clock `id` after `events`, in their order; `None` when none of them
/// starts it. Events of other clocks and other kinds change nothing.
#[must_use]
pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>, id: ClockId) -> Option<Clock> {
    let mut clock: Option<Clock> = None;
    for event in events.into_iter().filter(|event| is_about(&event.particulars, id)) {
        match &mut clock {
            None if event.kind == "clock_started" => clock = started(&event.particulars),
            None => {}
            Some(clock) => apply(clock, event),
        }
    }
    clock
}

fn started(particulars: &Value) -> Option<Clock> {
    serde_json::from_value(particulars.get("frozen")?.clone()).ok()
}

/// Whether an event is about the clock `id`. The sweep names the id
/// `clock_id`, because `clock` is its kind there.
pub(super) fn is_about(particulars: &Value, id: ClockId) -> bool {
    let id = id.to_string();
    let names = |key: &str| particulars.get(key).and_then(Value::as_str) == Some(id.as_str());
    names("clock_id") || names("clock")
}

fn apply(clock: &mut Clock, event: &Event) {
    match event.kind.as_str() {
        "clock_warned" => warned(clock, event),
        "clock_breached" => {
            clock.state = ClockState::Breached;
            clock.breached_at = Some(event.at);
            clock.warnings.clear();
        }
        "clock_met" => met(clock, event.at, text(event, "by")),
        "hold_ended" => met(clock, event.at, Some(BY_TIME.to_owned())),
        "clock_paused" => {
            clock.state = ClockState::Paused;
            clock.life.paused_at = Some(event.at);
        }
        "clock_resumed" | "clock_extended" | "clock_recomputed" | "clock_reopened"
        | "clock_void_asked" | "clock_voided" | "clock_superseded" => {
            let after = event.particulars.get("after").cloned();
            if let Some(after) = after.and_then(|after| serde_json::from_value(after).ok()) {
                *clock = after;
            }
        }
        _ => {}
    }
    clock.next_at = clock.next_look();
}

fn met(clock: &mut Clock, at: Timestamp, by: Option<String>) {
    clock.state = ClockState::Met;
    clock.met_at = Some(at);
    if by.as_deref() == Some(BY_TIME) {
        clock.warnings.clear();
    }
    clock.life.met_by = by;
}

fn warned(clock: &mut Clock, event: &Event) {
    let point = text(event, "point").unwrap_or_default();
    let reached = clock.warnings.iter().position(|w| w.point == point && w.at == event.at);
    if let Some(place) = reached {
        clock.warnings.drain(..=place);
    }
}

fn text(event: &Event, key: &str) -> Option<String> {
    event.particulars.get(key).and_then(Value::as_str).map(str::to_owned)
}
