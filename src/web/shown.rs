//! From a read model to the words on a page: dates in the instance's zone,
//! clocks with how near they are. No markup.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::page::{TicketHead, TicketLine};
use crate::domain::clock::{Clock, ClockClass, ClockState};

/// What is needed to show an instant: now, and the zone of legal dates.
pub(crate) struct Moment {
    pub(crate) now: Timestamp,
    pub(crate) zone: TimeZone,
}

/// An instant for `<time datetime>`, in words beside it.
#[derive(Serialize)]
pub(crate) struct ShownInstant {
    iso: String,
    words: String,
}

#[derive(Serialize)]
pub(crate) struct ShownClock {
    kind: String,
    class: String,
    citation: String,
    is_statutory: bool,
    is_to_confirm: bool,
    // Class name of the badge, its glyph and its word: state never by colour alone.
    badge: &'static str,
    glyph: &'static str,
    word: &'static str,
    left: String,
    started_at: ShownInstant,
    due_at: ShownInstant,
}

#[derive(Serialize)]
pub(crate) struct ShownHead {
    number: String,
    status: String,
    held_reason: String,
    queue: String,
    tier: String,
    priority: String,
    category: String,
    language: String,
    trust: String,
    received_at: ShownInstant,
    opened_at: ShownInstant,
    policy_revision: String,
}

#[derive(Serialize)]
pub(crate) struct ShownList {
    lines: Vec<ShownLine>,
    is_empty: bool,
    page: u32,
    previous: Option<u32>,
    next: Option<u32>,
}

#[derive(Serialize)]
struct ShownLine {
    head: ShownHead,
    clock: Option<ShownClock>,
}

impl Moment {
    /// One page of the list; `lines` may hold one more than `size`.
    pub(crate) fn list(&self, mut lines: Vec<TicketLine>, page: u32, size: u32) -> ShownList {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let has_more = lines.len() > size;
        lines.truncate(size);
        let shown: Vec<ShownLine> = lines
            .iter()
            .map(|line| ShownLine {
                head: self.head(&line.head),
                clock: line.next_clock.as_ref().map(|clock| self.clock(clock)),
            })
            .collect();
        ShownList {
            is_empty: shown.is_empty(),
            lines: shown,
            page: page.saturating_add(1),
            previous: page.checked_sub(1),
            next: has_more.then(|| page.saturating_add(1)),
        }
    }

    pub(crate) fn head(&self, head: &TicketHead) -> ShownHead {
        ShownHead {
            number: head.number.to_string(),
            status: head.status.to_string(),
            held_reason: head.held_reason.clone().unwrap_or_default(),
            queue: head.queue.clone(),
            tier: head.tier.to_string(),
            priority: head.priority.to_string(),
            category: head.category.clone(),
            language: head.language.clone(),
            trust: head.trust.to_string(),
            received_at: self.instant(head.received_at),
            opened_at: self.instant(head.opened_at),
            policy_revision: head.policy_revision.chars().take(12).collect(),
        }
    }

    pub(crate) fn instant(&self, at: Timestamp) -> ShownInstant {
        ShownInstant { iso: at.strftime("%FT%TZ").to_string(), words: self.words(at) }
    }

    /// An instant in the instance's zone.
    pub(crate) fn words(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%b %-d, %Y, %-I:%M %p %Z").to_string()
    }

    pub(crate) fn clock(&self, clock: &Clock) -> ShownClock {
        let (badge, glyph, word) = badge(clock, self.now);
        ShownClock {
            kind: clock.kind.clone(),
            class: clock.class.to_string(),
            citation: clock.citation.clone(),
            is_statutory: clock.class == ClockClass::Statutory,
            is_to_confirm: clock.is_to_confirm,
            badge,
            glyph,
            word,
            left: match clock.state {
                ClockState::Running | ClockState::Breached => left(clock.due_at, self.now),
                _ => String::new(),
            },
            started_at: self.instant(clock.started_at),
            due_at: self.instant(clock.due_at),
        }
    }
}

/// Badge class, glyph and word. A running clock is at risk in its last 15 %,
/// soon in its last half.
fn badge(clock: &Clock, now: Timestamp) -> (&'static str, &'static str, &'static str) {
    let whole = clock.due_at.duration_since(clock.started_at).as_millis();
    let ahead = clock.due_at.duration_since(now).as_millis();
    match clock.state {
        ClockState::Met => ("ok", "✓", "met"),
        ClockState::Breached => ("breach", "!", "breached"),
        ClockState::Paused => ("paused", "‖", "paused"),
        ClockState::Voided => ("paused", "–", "voided"),
        ClockState::Superseded => ("paused", "–", "superseded"),
        ClockState::Running if ahead < 0 => ("breach", "!", "due instant passed"),
        ClockState::Running if ahead.saturating_mul(100) <= whole.saturating_mul(15) => {
            ("risk", "◷", "at risk")
        }
        ClockState::Running if ahead.saturating_mul(2) <= whole => ("soon", "◷", "due soon"),
        ClockState::Running => ("ok", "◷", "running"),
    }
}

/// `2 d 3 h left`, `2 h 10 min over`: the two greatest units.
fn left(due_at: Timestamp, now: Timestamp) -> String {
    let distance: SignedDuration = due_at.duration_since(now);
    let minutes = distance.as_secs().unsigned_abs() / 60;
    let (days, hours, rest) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    let amount = match (days, hours) {
        (0, 0) => format!("{rest} min"),
        (0, _) => format!("{hours} h {rest} min"),
        _ => format!("{days} d {hours} h"),
    };
    format!("{amount} {}", if distance.is_negative() { "over" } else { "left" })
}

#[cfg(test)]
mod tests;
