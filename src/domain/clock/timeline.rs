//! What happened to one clock and what lies ahead, as points and stretches of
//! time: what a picture draws and its table says.

use jiff::Timestamp;
use serde_json::Value;

use super::history::is_about;
use super::{Clock, ClockState};
use crate::domain::event::Event;
use crate::domain::ticket::words;

words! {
    /// What a point in the life of a clock is.
    PointKind {
        /// It began to count.
        Started = "started",
        /// Somebody was told before it was due.
        Warned = "warning",
        /// Somebody will be told.
        WarningAhead = "warning ahead",
        /// The last instant at which it is met.
        Due = "due",
        /// The due instant before it was moved.
        FormerDue = "former due",
        /// The due instant passed and it was still owed.
        Breached = "breach",
        /// Met.
        Met = "met",
        /// It stood still from then.
        Paused = "paused",
        /// It went on.
        Resumed = "resumed",
        /// The law gave more time.
        Extended = "extended",
        /// A person had it counted again.
        Recomputed = "recomputed",
        /// Owed again: what met it did not arrive.
        Reopened = "reopened",
        /// One person said that it should never have run.
        VoidAsked = "void asked",
        /// Two did.
        Voided = "voided",
        /// Without object since another was met.
        Superseded = "superseded",
        /// Now.
        Now = "now",
    }
}

/// One point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: PointKind,
    /// Which warning, what met it, why it was moved.
    pub about: String,
    /// Who did it, as the record names them; empty for time itself.
    pub by: String,
}

/// From when to when something held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// From.
    pub from: Timestamp,
    /// Until.
    pub to: Timestamp,
    /// Whether time stood still; an extension otherwise.
    pub is_pause: bool,
}

/// The life of one clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// Its points, by time.
    pub points: Vec<Point>,
    /// Pauses and extensions.
    pub stretches: Vec<Stretch>,
}

/// The life of `clock` as the events of its ticket tell it, with what is ahead
/// at `now`.
#[must_use]
pub fn timeline<'a>(
    clock: &Clock,
    events: impl IntoIterator<Item = &'a Event>,
    now: Timestamp,
) -> Timeline {
    let mut told = Timeline::default();
    told.point(clock.started_at, PointKind::Started, &clock.citation, "");
    for event in events.into_iter().filter(|event| is_about(&event.particulars, clock.id)) {
        told.event(event);
    }
    for warning in &clock.warnings {
        told.point(warning.at, PointKind::WarningAhead, &warning.point, "");
    }
    told.point(clock.due_at, PointKind::Due, &clock.due_on.to_string(), "");
    if let Some(since) = clock.life.paused_at.filter(|_| clock.state == ClockState::Paused) {
        told.stretches.push(Stretch { from: since, to: now.max(since), is_pause: true });
    }
    told.point(now, PointKind::Now, "", "");
    told.points.sort_by_key(|point| point.at);
    told
}

impl Timeline {
    fn point(&mut self, at: Timestamp, kind: PointKind, about: &str, by: &str) {
        self.points.push(Point { at, kind, about: about.to_owned(), by: by.to_owned() });
    }

    fn event(&mut self, event: &Event) {
        let text =
            |key: &str| event.particulars.get(key).and_then(Value::as_str).unwrap_or_default();
        let instant = |key: &str| text(key).parse::<Timestamp>().ok();
        let (kind, about) = match event.kind.as_str() {
            "clock_warned" => (PointKind::Warned, text("point")),
            "clock_breached" => (PointKind::Breached, ""),
            "clock_met" => (PointKind::Met, text("by")),
            "hold_ended" => (PointKind::Met, "time"),
            "clock_paused" => (PointKind::Paused, ""),
            "clock_resumed" => (PointKind::Resumed, ""),
            "clock_extended" => (PointKind::Extended, text("reason")),
            "clock_recomputed" => (PointKind::Recomputed, text("reason")),
            "clock_reopened" => (PointKind::Reopened, text("met_by")),
            "clock_void_asked" => (PointKind::VoidAsked, text("reason")),
            "clock_voided" => (PointKind::Voided, text("reason")),
            "clock_superseded" => (PointKind::Superseded, text("by")),
            _ => return,
        };
        self.point(event.at, kind, about, &event.actor);
        match kind {
            PointKind::Resumed => self.stood_still(event.at),
            PointKind::Extended | PointKind::Recomputed => {
                let (Some(old), Some(new)) = (instant("old_due_at"), instant("due_at")) else {
                    return;
                };
                self.point(old, PointKind::FormerDue, text("old_due_on"), "");
                if kind == PointKind::Extended {
                    self.stretches.push(Stretch { from: old, to: new.max(old), is_pause: false });
                }
            }
            _ => {}
        }
    }

    /// The last pause ended at `to`.
    fn stood_still(&mut self, to: Timestamp) {
        let paused = self.points.iter().rev().find(|point| point.kind == PointKind::Paused);
        if let Some(from) = paused.map(|point| point.at) {
            self.stretches.push(Stretch { from, to: to.max(from), is_pause: true });
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::domain::clock::{ClockClass, Life, WarningPoint};
    use crate::domain::id::{ClockId, TicketId};

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + hour * 3_600).unwrap()
    }

    fn clock() -> Clock {
        Clock {
            id: ClockId(Uuid::from_u128(7)),
            ticket_id: TicketId(Uuid::from_u128(8)),
            matter_id: None,
            kind: "NOE_RESP".to_owned(),
            class: ClockClass::Statutory,
            citation: "12 CFR 1024.35(e)(3)".to_owned(),
            state: ClockState::Running,
            started_at: at(0),
            due_at: at(90),
            due_on: date(2026, 9, 25),
            internal_due_on: date(2026, 9, 25),
            warnings: vec![WarningPoint { point: "BD2".to_owned(), at: at(50) }],
            next_at: None,
            met_at: None,
            breached_at: None,
            is_to_confirm: false,
            policy_revision: String::new(),
            life: Life::default(),
        }
    }

    fn event(hour: i64, kind: &str, mut particulars: Value) -> Event {
        particulars["clock"] = json!(ClockId(Uuid::from_u128(7)));
        let stream = "ticket:8".to_owned();
        Event {
            stream,
            at: at(hour),
            actor: "person:9".to_owned(),
            kind: kind.to_owned(),
            particulars,
        }
    }

    #[test]
    fn the_life_of_a_clock_is_told_in_the_order_of_time() {
        let events = [
            event(20, "clock_warned", json!({ "point": "BD5" })),
            event(
                30,
                "clock_extended",
                json!({ "old_due_at": at(60), "due_at": at(90), "reason": "notice sent" }),
            ),
            event(35, "clock_paused", json!({})),
            event(38, "clock_resumed", json!({})),
            event(39, "mail_linked", json!({})),
        ];
        let told = timeline(&clock(), &events, at(40));
        let kinds: Vec<&str> = told.points.iter().map(|point| point.kind.word()).collect();
        assert_eq!(
            kinds,
            [
                "started",
                "warning",
                "extended",
                "paused",
                "resumed",
                "now",
                "warning ahead",
                "former due",
                "due"
            ]
        );
        assert_eq!(
            told.stretches,
            [
                Stretch { from: at(60), to: at(90), is_pause: false },
                Stretch { from: at(35), to: at(38), is_pause: true },
            ]
        );
    }

    #[test]
    fn what_is_not_about_this_clock_or_cannot_be_read_is_left_out() {
        let mut other = event(20, "clock_met", json!({}));
        other.particulars["clock"] = json!("another");
        let odd = event(21, "clock_extended", json!({ "old_due_at": 7, "due_at": "never" }));
        let told = timeline(&clock(), &[other, odd], at(40));
        assert!(told.points.iter().all(|point| point.kind != PointKind::Met));
        assert_eq!(told.stretches, []);
        let paused = Clock {
            state: ClockState::Paused,
            life: Life { paused_at: Some(at(10)), ..Life::default() },
            ..clock()
        };
        let told = timeline(&paused, &[], at(40));
        assert_eq!(told.stretches, [Stretch { from: at(10), to: at(40), is_pause: true }]);
    }
}
