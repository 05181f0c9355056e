//! From rows and rules to a house that can be lived through: people with their
//! hours, tickets that wait and tickets like those to come, days ahead.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::Loaded;
use crate::domain::actor::Role;
use crate::domain::assign::Worker;
use crate::domain::calendar::Calendar;
use crate::domain::clock::ClockClass;
use crate::domain::forecast::accuracy::Spread;
use crate::domain::forecast::arrival::Arrivals;
use crate::domain::forecast::handling::ASSUMED_MINUTES;
use crate::domain::forecast::history::Day;
use crate::domain::forecast::outlook::{Allowed, DayAhead, House, LiveWork, RecentWork};
use crate::domain::forecast::roster::Rostered;
use crate::domain::forecast::simulate::{Hand, Piece};
use crate::domain::forecast::what_if::{WhatIf, WhatIfProblem};
use crate::domain::id::PersonId;
use crate::domain::policy::Policy;
use crate::domain::rule::Queue;
use crate::store::view::{RecentTicket, WaitingTicket};

/// Days on which somebody works that are looked at.
const STAFFED_DAYS: usize = 5;
/// And days at most, however long the office is closed.
const MOST_DAYS: usize = 14;

/// The house of what was loaded.
pub(super) fn of<'a>(
    loaded: &'a Loaded,
    policy: &'a Policy,
    model: Option<&Arrivals>,
    spread: Spread,
) -> House<'a> {
    let calendar = policy.clocks.servicer();
    let days = days(loaded, calendar, model);
    let languages = languages(loaded);
    let (names, hands) = hands(loaded, policy, &days, &languages);
    let holders = holders(loaded, &names, &hands);
    let place = Places { policy, languages: &languages, holders, now: loaded.now };
    House {
        start: loaded.now,
        calendar,
        live: loaded.waiting.iter().map(|ticket| place.live(ticket)).collect(),
        recent: loaded.recent.iter().map(|ticket| place.recent(ticket, calendar)).collect(),
        days,
        spread,
        hands,
        handling: &loaded.handling,
    }
}

/// What the forecast rests on, or lacks.
pub(super) fn remarks(
    loaded: &Loaded,
    policy: &Policy,
    has_model: bool,
    hands: usize,
) -> Vec<String> {
    let mut remarks = Vec::new();
    if !has_model {
        let text = "Fewer than four weeks of history: no new tickets are reckoned with.";
        remarks.push(text.to_owned());
    }
    remarks.push(match loaded.handling.observed() {
        0 => format!("No handling time is on record: {ASSUMED_MINUTES} minutes are assumed."),
        count => format!("Handling times are those of {count} tickets on record."),
    });
    remarks.push(match (policy.roster.people().len(), hands) {
        (0, 0) => "Nobody works: there is no roster, and no agent is in the database.".to_owned(),
        (0, agents) => {
            format!("No roster is written: {agents} agents at the hours of the calendar.")
        }
        (_, people) => format!("The roster has {people} people."),
    });
    if loaded.waiting.len() as u64 == super::MOST_WAITING {
        remarks.push(format!("Only the oldest {} tickets are looked at.", super::MOST_WAITING));
    }
    remarks
}

/// Lets `change` come true in `house`.
pub(super) fn apply(
    change: &WhatIf,
    house: &mut House<'_>,
    policy: &Policy,
) -> Result<(), WhatIfProblem> {
    let queues = policy.rules.queues();
    let wanted: Vec<bool> = match &change.queue {
        None => vec![true; queues.len()],
        Some(id) => {
            let queue = policy.rules.find_queue(id);
            let queue = queue.ok_or_else(|| WhatIfProblem::Queue(id.clone()))?;
            queues.iter().map(|other| other.id == queue.id).collect()
        }
    };
    let (mut windows, mut is_open) = (Vec::new(), false);
    let ahead = house.days.iter().filter(|day| {
        let weekday = day.date.weekday().to_monday_zero_offset().unsigned_abs();
        change.days.contains(&usize::from(weekday))
    });
    for day in ahead {
        let from = house.calendar.instant_on(day.date, change.from);
        let until = house.calendar.instant_on(day.date, change.until);
        is_open |= !house.calendar.business_between(from, until).is_zero();
        let window = (minute(house.start, from).max(0), minute(house.start, until));
        if window.0 < window.1 {
            windows.push(window);
        }
    }
    if windows.is_empty() {
        return Err(WhatIfProblem::NotAhead);
    }
    if !is_open {
        return Err(WhatIfProblem::Closed { calendar: house.calendar.id().to_owned() });
    }
    let languages = languages_of(house);
    change.apply(&mut house.hands, &windows, &wanted, languages)
}

fn languages_of(house: &House<'_>) -> usize {
    let of_pieces = house.live.iter().map(|live| live.piece.language + 1);
    let of_recent = house.recent.iter().map(|recent| recent.piece.language + 1);
    let of_hands = house.hands.iter().map(|hand| hand.languages.len());
    of_pieces.chain(of_recent).chain(of_hands).max().unwrap_or(1)
}

/// From today until five days with somebody are over.
fn days(loaded: &Loaded, calendar: &Calendar, model: Option<&Arrivals>) -> Vec<DayAhead> {
    let today = calendar.local_date(loaded.now);
    let dates = std::iter::successors(Some(today), |date| date.tomorrow().ok()).take(MOST_DAYS);
    let (mut days, mut staffed) = (Vec::new(), 0);
    for date in dates {
        if staffed == STAFFED_DAYS {
            break;
        }
        let closes_at = calendar.instant_on(date, 24 * 60);
        let is_left = !calendar.business_between(loaded.now, closes_at).is_zero();
        staffed += usize::from(calendar.is_staffed_on(date) && is_left);
        days.push(day(loaded.now, date, calendar, model));
    }
    days
}

fn day(now: Timestamp, date: Date, calendar: &Calendar, model: Option<&Arrivals>) -> DayAhead {
    let from = minute(now, calendar.instant_on(date, 0)).max(0);
    let until = minute(now, calendar.instant_on(date, 24 * 60));
    let expected = model.map(|model| model.expected(&Day::empty(date, calendar)));
    let mut hours = Vec::new();
    for (hour, count) in (0_u16..24).zip(expected.unwrap_or([0.0; 24])) {
        let start = minute(now, calendar.instant_on(date, hour * 60));
        if start >= 0 && count > 0.0 {
            hours.push((start, count));
        }
    }
    DayAhead { date, from, until, hours }
}

/// Every language of a ticket, each once.
fn languages(loaded: &Loaded) -> Vec<String> {
    let waiting = loaded.waiting.iter().map(|ticket| &ticket.language);
    let recent = loaded.recent.iter().map(|ticket| &ticket.language);
    let mut all: Vec<String> = waiting.chain(recent).cloned().collect();
    all.push("en".to_owned());
    all.sort_unstable();
    all.dedup();
    all
}

/// People with their names, as the roster has them, or the database.
fn hands(
    loaded: &Loaded,
    policy: &Policy,
    days: &[DayAhead],
    languages: &[String],
) -> (Vec<String>, Vec<Hand>) {
    let known = |name: &str| loaded.workers.iter().find(|(other, _)| other == name).map(|(_, w)| w);
    let roster = policy.roster.people();
    let people: Vec<(String, Option<&Rostered>, Option<&Worker>)> = if roster.is_empty() {
        let agents = loaded.workers.iter().filter(|(_, worker)| worker.role == Role::Agent);
        agents.map(|(name, worker)| (name.clone(), None, Some(worker))).collect()
    } else {
        roster.iter().map(|one| (one.name.clone(), Some(one), known(&one.name))).collect()
    };
    let hand = |(_, rostered, worker): &(String, Option<&Rostered>, Option<&Worker>)| {
        let skills = rostered.and_then(|one| one.skills.clone());
        let skills = skills.or_else(|| worker.map(|worker| worker.skills.clone()));
        let skills = skills.unwrap_or_default();
        let spoken = rostered.and_then(|one| one.languages.clone());
        let spoken = spoken.or_else(|| worker.map(|worker| worker.languages.clone()));
        let spoken = spoken.unwrap_or_else(|| vec!["en".to_owned()]);
        let queues = policy.rules.queues().iter();
        Hand {
            queues: queues
                .map(|queue| queue.skills.iter().all(|skill| skills.contains(skill)))
                .collect(),
            languages: languages.iter().map(|one| spoken.contains(one)).collect(),
            spans: spans(loaded.now, policy.clocks.servicer(), days, *rostered, *worker),
        }
    };
    let hands = people.iter().map(hand).collect();
    (people.into_iter().map(|(name, _, _)| name).collect(), hands)
}

/// When somebody works, in minutes from the beginning.
fn spans(
    now: Timestamp,
    calendar: &Calendar,
    days: &[DayAhead],
    rostered: Option<&Rostered>,
    worker: Option<&Worker>,
) -> Vec<(i64, i64)> {
    let mut spans = Vec::new();
    for day in days {
        let of_day = match rostered {
            Some(one) => one.spans(day.date, calendar),
            None => calendar.spans_on(day.date),
        };
        for (from, until) in of_day {
            let is_away = worker
                .and_then(|worker| worker.away)
                .is_some_and(|(start, end)| start < until && from < end);
            let span = (minute(now, from).max(0), minute(now, until));
            if span.0 < span.1 && !is_away {
                spans.push(span);
            }
        }
    }
    spans
}

/// Who of the house has tickets: those who do not come leave theirs to others.
fn holders(loaded: &Loaded, names: &[String], hands: &[Hand]) -> Vec<(PersonId, usize)> {
    let place = |(name, worker): &(String, Worker)| {
        let place = names.iter().position(|other| other == name)?;
        let comes = hands.get(place).is_some_and(|hand| !hand.spans.is_empty());
        comes.then_some((worker.person, place))
    };
    loaded.workers.iter().filter_map(place).collect()
}

fn minute(now: Timestamp, at: Timestamp) -> i64 {
    at.duration_since(now).as_mins()
}

/// Where queues, languages and people stand in the house.
struct Places<'a> {
    policy: &'a Policy,
    languages: &'a [String],
    holders: Vec<(PersonId, usize)>,
    now: Timestamp,
}

impl Places<'_> {
    fn piece(&self, queue: &str, language: &str, rank: u8) -> Piece {
        let queues = self.policy.rules.queues();
        // a queue that answers nobody in a language answers in English
        let answers = |one: &Queue| one.languages.iter().any(|known| known == language);
        let is_answered = self.policy.rules.find_queue(queue).is_some_and(answers);
        let language = if is_answered { language } else { "en" };
        Piece {
            queue: queues.iter().position(|one| one.id == queue).unwrap_or(0),
            language: self.languages.iter().position(|one| one == language).unwrap_or(0),
            holder: None,
            rank,
            arrives: 0,
            urgent: i64::MAX,
            minutes: 0,
        }
    }

    fn live(&self, ticket: &WaitingTicket) -> LiveWork {
        let rank = u8::from(ticket.law_due_at.is_none());
        let urgent = ticket.law_due_at.or(ticket.ours_due_at);
        let mut piece = self.piece(&ticket.queue, &ticket.language, rank);
        piece.urgent = urgent.map_or(i64::MAX, |at| minute(self.now, at));
        let holder = self.holders.iter().find(|(person, _)| Some(*person) == ticket.assignee);
        piece.holder = holder.map(|(_, hand)| *hand);
        LiveWork {
            piece,
            category: ticket.category.clone(),
            due: ticket.next_due_at.map(|at| minute(self.now, at)),
        }
    }

    fn recent(&self, ticket: &RecentTicket, calendar: &Calendar) -> RecentWork {
        let allowed = match ticket.promise {
            None => Allowed::Nothing,
            Some((ClockClass::Statutory, start, due)) => Allowed::Plain(due.duration_since(start)),
            Some((_, start, due)) => Allowed::Open(open(calendar, start, due)),
        };
        let is_law = matches!(allowed, Allowed::Plain(_));
        RecentWork {
            piece: self.piece(&ticket.queue, &ticket.language, u8::from(!is_law)),
            category: ticket.category.clone(),
            allowed,
        }
    }
}

fn open(calendar: &Calendar, start: Timestamp, due: Timestamp) -> SignedDuration {
    calendar.business_between(start, due)
}
