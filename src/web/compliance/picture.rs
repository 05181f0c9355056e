//! Where the points of a clock's life stand in its picture: numbers only, drawn
//! by the page's template.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::app::clock_story::ClockStory;
use crate::domain::clock::timeline::PointKind;
use crate::web::shown::Moment;

/// Width of the drawing, in its own units.
const WIDTH: f64 = 800.0;
/// Room left and right.
const MARGIN: f64 = 60.0;
/// Most days that are hatched.
const MOST_DAYS: usize = 750;
/// Rows of labels, below the line.
const ROWS: usize = 4;

/// The drawing of one clock.
#[derive(Serialize)]
pub(super) struct Picture {
    line: Bar,
    hatched: Vec<Bar>,
    pauses: Vec<Bar>,
    extensions: Vec<Bar>,
    marks: Vec<Mark>,
}

#[derive(Serialize)]
struct Bar {
    x: String,
    width: String,
}

#[derive(Serialize)]
struct Mark {
    x: String,
    label_x: String,
    label_y: usize,
    class: &'static str,
    glyph: &'static str,
    label: &'static str,
}

/// How instants become places.
struct Scale {
    from: Timestamp,
    span: f64,
}

impl Scale {
    fn x(&self, at: Timestamp) -> f64 {
        let since = at.duration_since(self.from).as_secs_f64();
        MARGIN + (since / self.span).clamp(0.0, 1.0) * (WIDTH - 2.0 * MARGIN)
    }

    fn bar(&self, from: Timestamp, to: Timestamp) -> Bar {
        let (from, to) = (self.x(from), self.x(to));
        Bar { x: place(from), width: place((to - from).max(1.0)) }
    }
}

/// The drawing of `story`.
pub(super) fn picture(story: &ClockStory, moment: &Moment) -> Picture {
    let (clock, timeline) = (&story.clock, &story.timeline);
    let from = timeline.points.first().map_or(clock.started_at, |point| point.at);
    let to = timeline.points.last().map_or(clock.due_at, |point| point.at);
    let scale = Scale { from, span: to.duration_since(from).as_secs_f64().max(3_600.0) };
    let skipped = story.explanation.as_ref().map(|one| one.days.as_slice()).unwrap_or_default();
    let hatched = skipped
        .iter()
        .filter(|day| !day.counted && day.reason != "day 0")
        .take(MOST_DAYS)
        .filter_map(|day| whole_day(day.date, moment))
        .map(|(from, to)| scale.bar(from, to))
        .collect();
    let stretches = |is_pause: bool| {
        let wanted = timeline.stretches.iter().filter(move |one| one.is_pause == is_pause);
        wanted.map(|one| scale.bar(one.from, one.to)).collect()
    };
    let marks = timeline.points.iter().enumerate().map(|(at, point)| {
        let x = scale.x(point.at);
        let (class, glyph) = drawn(point.kind);
        Mark {
            x: place(x),
            label_x: place(x),
            label_y: 84 + 16 * (at % ROWS),
            class,
            glyph,
            label: point.kind.word(),
        }
    });
    Picture {
        line: scale.bar(clock.started_at, clock.met_at.unwrap_or(clock.due_at)),
        hatched,
        pauses: stretches(true),
        extensions: stretches(false),
        marks: marks.collect(),
    }
}

fn place(x: f64) -> String {
    format!("{x:.1}")
}

fn whole_day(date: Date, moment: &Moment) -> Option<(Timestamp, Timestamp)> {
    let start = |date: Date| Some(date.to_zoned(moment.zone.clone()).ok()?.timestamp());
    Some((start(date)?, start(date.tomorrow().ok()?)?))
}

/// Class name and glyph: never colour alone.
const fn drawn(kind: PointKind) -> (&'static str, &'static str) {
    match kind {
        PointKind::Started => ("muted", "●"),
        PointKind::Warned => ("soon", "◷"),
        PointKind::WarningAhead => ("muted", "◷"),
        PointKind::Due => ("statutory", "⚖"),
        PointKind::FormerDue => ("muted", "◇"),
        PointKind::Breached => ("breach", "!"),
        PointKind::Met => ("ok", "✓"),
        PointKind::Paused => ("paused", "‖"),
        PointKind::Resumed => ("paused", "▸"),
        PointKind::Extended | PointKind::Recomputed => ("statutory", "→"),
        PointKind::Reopened => ("risk", "↺"),
        PointKind::VoidAsked | PointKind::Voided | PointKind::Superseded => ("paused", "–"),
        PointKind::Now => ("accent", "▾"),
    }
}
