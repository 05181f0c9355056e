//! From a read model to the words on a page: dates in the instance's zone,
//! clocks with how near they are. No markup.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::page::{EventLine, LetterLine, TicketHead, TicketLine, TicketPage, TicketWords};
use super::ticket_words::{ShownWords, shown_words};
use crate::domain::classify::{Evidence, Field};
use crate::domain::clock::{Clock, ClockClass, ClockState};
use crate::domain::decision::{Matter, Trace};

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

#[derive(Serialize)]
pub(crate) struct ShownTicket {
    head: ShownHead,
    words: Option<ShownWords>,
    may_see_record: bool,
    clocks: Vec<ShownClock>,
    matters: Vec<ShownMatter>,
    traces: Vec<ShownTrace>,
    letters: Vec<ShownLetter>,
    tasks: Vec<ShownTask>,
    events: Vec<ShownEvent>,
}

#[derive(Serialize)]
struct ShownMatter {
    category: String,
    score: String,
    is_primary: bool,
    is_to_confirm: bool,
    kinds: String,
}

#[derive(Serialize)]
struct ShownTrace {
    mail: usize,
    origin: String,
    trust: String,
    thread: String,
    maybe_related: String,
    letter: String,
    rules: String,
    evidence: Vec<ShownEvidence>,
    arithmetic: Vec<ShownArithmetic>,
}

#[derive(Serialize)]
struct ShownEvidence {
    about: String,
    rule: String,
    weight: String,
    places: String,
}

#[derive(Serialize)]
struct ShownArithmetic {
    kind: String,
    lines: Vec<String>,
}

#[derive(Serialize)]
struct ShownLetter {
    template: String,
    locale: String,
    state: String,
    reason: String,
    attempts: u32,
    written_at: ShownInstant,
    handed_over_at: Option<ShownInstant>,
    meets: String,
}

#[derive(Serialize)]
struct ShownTask {
    kind: String,
    due_on: String,
    clock_kind: String,
}

#[derive(Serialize)]
struct ShownEvent {
    seq: u64,
    at: ShownInstant,
    actor: String,
    kind: String,
    particulars: String,
    hash: String,
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

    /// Everything about one ticket that the viewer may see; clocks in the order
    /// in which they are due.
    pub(crate) fn ticket(
        &self,
        page: &TicketPage,
        words: Option<&TicketWords>,
        may_see_record: bool,
    ) -> ShownTicket {
        let mut clocks: Vec<&Clock> = page.clocks.iter().collect();
        clocks.sort_by_key(|clock| (clock.state != ClockState::Breached, clock.due_at));
        let tasks = page.tasks.iter().map(|task| ShownTask {
            kind: task.kind.clone(),
            due_on: task.due_on.to_string(),
            clock_kind: task.clock_kind.clone().unwrap_or_default(),
        });
        ShownTicket {
            head: self.head(&page.head),
            words: words.map(|words| shown_words(self, words)),
            may_see_record,
            clocks: clocks.into_iter().map(|clock| self.clock(clock)).collect(),
            matters: page.matters.iter().map(matter).collect(),
            traces: page.traces.iter().enumerate().map(trace).collect(),
            letters: page.letters.iter().map(|letter| self.letter(letter)).collect(),
            tasks: tasks.collect(),
            events: match may_see_record {
                true => page.events.iter().map(|event| self.event(event)).collect(),
                false => Vec::new(),
            },
        }
    }

    fn head(&self, head: &TicketHead) -> ShownHead {
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
        let local = at.to_zoned(self.zone.clone());
        ShownInstant {
            iso: at.strftime("%FT%TZ").to_string(),
            words: local.strftime("%b %-d, %Y, %-I:%M %p %Z").to_string(),
        }
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

    fn letter(&self, letter: &LetterLine) -> ShownLetter {
        ShownLetter {
            template: letter.template.clone(),
            locale: letter.locale.clone(),
            state: letter.state.to_string(),
            reason: letter.reason.clone(),
            attempts: letter.attempts,
            written_at: self.instant(letter.written_at),
            handed_over_at: letter.handed_over_at.map(|at| self.instant(at)),
            meets: letter.meets.join(", "),
        }
    }

    fn event(&self, event: &EventLine) -> ShownEvent {
        ShownEvent {
            seq: event.seq,
            at: self.instant(event.at),
            actor: event.actor.clone(),
            kind: event.kind.clone(),
            particulars: event.particulars.to_string(),
            hash: event.hash.chars().take(16).collect(),
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

fn matter(matter: &Matter) -> ShownMatter {
    ShownMatter {
        category: matter.category.clone(),
        score: format!("{:.1}", matter.score),
        is_primary: matter.is_primary,
        is_to_confirm: matter.is_to_confirm,
        kinds: matter.kinds.join(", "),
    }
}

fn trace((index, trace): (usize, &Trace)) -> ShownTrace {
    let seen = &trace.understanding;
    let about = |name: String, list: &[Evidence]| -> Vec<ShownEvidence> {
        list.iter().map(|one| evidence(&name, one)).collect()
    };
    let scored = seen.matters.iter().flat_map(|scored| {
        let name = format!("{} {:.1} of {:.1}", scored.category, scored.score, scored.threshold);
        about(name, &scored.evidence)
    });
    let second = seen.runner_up.iter().flat_map(|scored| {
        let (score, threshold) = (scored.score, scored.threshold);
        let name = format!("{} {score:.1} of {threshold:.1}, not reached", scored.category);
        about(name, &scored.evidence)
    });
    let kinds = seen.kinds.iter().flat_map(|kind| about(kind.kind.clone(), &kind.evidence));
    let flags = seen.flags.iter().flat_map(|flag| about(flag.flag.clone(), &flag.evidence));
    let lines = |(kind, lines): &(String, Vec<String>)| ShownArithmetic {
        kind: kind.clone(),
        lines: lines.clone(),
    };
    ShownTrace {
        mail: index + 1,
        origin: with_signals(seen.origin.origin.word(), &seen.origin.signals),
        trust: with_signals(trace.trust.word(), &trace.trust_signals),
        thread: trace.thread.clone(),
        maybe_related: trace.maybe_related.clone().unwrap_or_default(),
        letter: trace.letter.clone(),
        rules: trace.route.as_ref().map(|route| route.rules.join(", ")).unwrap_or_default(),
        evidence: scored.chain(second).chain(kinds).chain(flags).collect(),
        arithmetic: trace.arithmetic.iter().map(lines).collect(),
    }
}

fn with_signals(word: &str, signals: &[String]) -> String {
    if signals.is_empty() { word.to_owned() } else { format!("{word} ({})", signals.join(", ")) }
}

fn evidence(about: &str, evidence: &Evidence) -> ShownEvidence {
    let place = |field: Field, start: u32, end: u32| format!("{field} {start}–{end}");
    let places = evidence.spans.iter().map(|span| place(span.field, span.start, span.end));
    ShownEvidence {
        about: about.to_owned(),
        rule: evidence.rule.clone(),
        weight: format!("{:+.1}", evidence.weight),
        places: places.collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests;
