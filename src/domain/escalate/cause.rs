//! What on a ticket begins a ladder, with the true instant of it; and whether a
//! cause still stands when the next step comes.

use jiff::{SignedDuration, Timestamp, ToSpan};

use super::{Escalation, Ladder, Only, Point, Trigger};
use crate::domain::catalogue::ClockBook;
use crate::domain::clock::{Clock, ClockClass, ClockState};
use crate::domain::fold::fold;
use crate::domain::ticket::{Status, Ticket};
use crate::domain::work::TicketView;

/// One thing that begins a ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cause {
    /// Names it among all causes of all tickets.
    pub(super) key: String,
    /// When it happened, or will.
    pub(super) at: Timestamp,
    /// Whether a clock of the law is behind it.
    pub(super) is_statutory: bool,
    /// A warning that is found together with the breach of its clock.
    pub(super) is_superseded: bool,
}

/// Every cause that `view` gives `ladder`, those ahead too.
pub(super) fn causes(
    ladder: &Ladder,
    view: &TicketView,
    clocks: &ClockBook,
    now: Timestamp,
) -> Vec<Cause> {
    if !ladder.only.is_met(view) {
        return Vec::new();
    }
    if let Trigger::Clock { class, kinds, is_answer, point } = &ladder.trigger {
        return view
            .clocks
            .iter()
            .filter(|clock| class.is_none_or(|class| clock.class == class))
            .filter(|clock| kinds.is_empty() || kinds.contains(&clock.kind))
            .filter(|clock| !is_answer || answers(clock, clocks))
            .filter_map(|clock| of_clock(clock, *point, clocks, now))
            .collect();
    }
    if is_over(&view.ticket) {
        return Vec::new();
    }
    let ticket = view.ticket.id;
    let cause = |key: String, at: Timestamp| Cause {
        key,
        at,
        is_statutory: ladder.is_statutory,
        is_superseded: false,
    };
    match &ladder.trigger {
        Trigger::Clock { .. } => Vec::new(),
        Trigger::Flag(flags) => view
            .flags
            .iter()
            .filter(|raised| flags.contains(&raised.flag))
            .map(|raised| cause(format!("flag:{ticket}:{}", raised.flag), raised.at))
            .collect(),
        Trigger::Subject(words) => {
            let subject = fold(&view.ticket.subject);
            let is_named = words.iter().any(|word| has_word(&subject, word));
            is_named
                .then(|| cause(format!("subject:{ticket}"), view.ticket.opened_at))
                .into_iter()
                .collect()
        }
        Trigger::Unanswered(count) => {
            let is_unanswered =
                |at: &Timestamp| view.answered_at.is_none_or(|answered| *at > answered);
            let place = usize::try_from(*count).unwrap_or(usize::MAX).saturating_sub(1);
            let mut waiting = view.mails.iter().filter(|(_, at)| is_unanswered(at));
            waiting
                .nth(place)
                .map(|(mail, at)| cause(format!("unanswered:{mail}"), *at))
                .into_iter()
                .collect()
        }
        Trigger::Age(age) => {
            let at = view.ticket.received_at.saturating_add(*age).unwrap_or(Timestamp::MAX);
            vec![cause(format!("age:{ticket}:{}", age.as_hours()), at)]
        }
        Trigger::Reopened(count) => (view.work.reopened >= *count)
            .then(|| cause(format!("reopened:{ticket}:{count}"), view.ticket.updated_at))
            .into_iter()
            .collect(),
        Trigger::Bounced => view
            .bounced
            .iter()
            .filter(|letter| letter.is_legal)
            .map(|letter| cause(format!("bounced:{}", letter.id), letter.at))
            .collect(),
    }
}

fn answers(clock: &Clock, clocks: &ClockBook) -> bool {
    clocks.find_definition(&clock.kind).is_some_and(|row| row.is_answer)
}

/// A clock that was met, paused or ended calls nobody.
fn of_clock(clock: &Clock, point: Point, clocks: &ClockBook, now: Timestamp) -> Option<Cause> {
    if !matches!(clock.state, ClockState::Running | ClockState::Breached) {
        return None;
    }
    let at = instant(clock, point, clocks);
    let is_ahead_of_due = at <= clock.due_at;
    let word = match point {
        Point::Percent(part) => format!("{part}%"),
        Point::FromDue(by) => format!("{}m", by.as_mins()),
    };
    Some(Cause {
        // With the due instant: an extended clock warns again.
        key: format!("clock:{}:{word}:{}", clock.id, clock.due_at.as_microsecond()),
        at,
        is_statutory: clock.class == ClockClass::Statutory,
        is_superseded: is_ahead_of_due && now > clock.due_at,
    })
}

/// When the point of the clock is. A breach is the microsecond after the due
/// instant, which is the last at which the clock is still met.
fn instant(clock: &Clock, point: Point, clocks: &ClockBook) -> Timestamp {
    match point {
        Point::FromDue(by) => {
            let past_due = if by.is_negative() {
                clock.due_at
            } else {
                clock.due_at.checked_add(1.microsecond()).unwrap_or(Timestamp::MAX)
            };
            past_due.saturating_add(by).unwrap_or(Timestamp::MAX)
        }
        Point::Percent(part) => {
            let share = |whole: SignedDuration| {
                SignedDuration::from_secs(
                    whole.as_secs() / 100 * i64::from(part)
                        + whole.as_secs() % 100 * i64::from(part) / 100,
                )
            };
            let row = clocks.find_definition(&clock.kind);
            match row.filter(|_| clock.class == ClockClass::Service) {
                Some(row) => {
                    let hours = clocks.calendar_of(row);
                    let open = hours.business_between(clock.started_at, clock.due_at);
                    hours.add_business(clock.started_at, share(open))
                }
                None => {
                    let whole = clock.due_at.duration_since(clock.started_at);
                    clock.started_at.saturating_add(share(whole)).unwrap_or(clock.due_at)
                }
            }
        }
    }
}

/// Whole words only: `sue` is not in `issue`.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|tail| tail.chars().next());
        !is_part(before) && !is_part(after)
    })
}

/// Whether the cause of `escalation` still stands: its clock is owed, its
/// letters are unanswered, its ticket is not done.
pub(super) fn stands(escalation: &Escalation, view: &TicketView) -> bool {
    let (kind, rest) = escalation.cause.split_once(':').unwrap_or_default();
    match kind {
        "clock" => {
            let id = rest.split(':').next().unwrap_or_default();
            let clock = view.clocks.iter().find(|clock| clock.id.to_string() == id);
            clock.is_some_and(|clock| {
                matches!(clock.state, ClockState::Running | ClockState::Breached)
            })
        }
        "unanswered" => {
            let mail = view.mails.iter().find(|(mail, _)| mail.to_string() == rest);
            let is_waiting =
                mail.is_some_and(|(_, at)| view.answered_at.is_none_or(|answered| *at > answered));
            is_waiting && !is_over(&view.ticket)
        }
        _ => !is_over(&view.ticket),
    }
}

fn is_over(ticket: &Ticket) -> bool {
    matches!(ticket.status, Status::Resolved | Status::Closed)
}

impl Only {
    fn is_met(&self, view: &TicketView) -> bool {
        let ticket = &view.ticket;
        (self.categories.is_empty() || self.categories.contains(&ticket.category))
            && (self.queues.is_empty() || self.queues.contains(&ticket.queue))
            && self.priority.is_none_or(|least| ticket.priority >= least)
            && !self.without_flags.iter().any(|flag| view.has_flag(flag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_the_subject_is_a_whole_word() {
        assert!(has_word("i will sue you", "sue"));
        assert!(has_word("sue", "sue"));
        assert!(!has_word("an issue", "sue") && !has_word("pursue", "sue"));
        assert!(!has_word("suede", "sue"));
    }
}
