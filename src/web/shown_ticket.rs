//! Everything about one ticket as its page shows it.

use serde::Serialize;

use super::agent::shown_acts::ShownActs;
use super::conversation::{ShownEntry, conversation};
use super::page::{EventLine, LetterLine, TicketPage, TicketWords};
use super::shown::{Moment, ShownClock, ShownHead, ShownInstant};
use super::shown_trace::{ShownTrace, trace};
use super::ticket_words::{ShownWords, shown_words};
use crate::domain::clock::{Clock, ClockState};
use crate::domain::decision::Matter;

/// A ticket's page.
#[derive(Serialize)]
pub(crate) struct ShownTicket {
    head: ShownHead,
    words: Option<ShownWords>,
    acts: Option<ShownActs>,
    may_see_record: bool,
    clocks: Vec<ShownClock>,
    matters: Vec<ShownMatter>,
    traces: Vec<ShownTrace>,
    conversation: Vec<ShownEntry>,
    letters: Vec<ShownLetter>,
    links: Vec<ShownLink>,
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
struct ShownLink {
    words: &'static str,
    number: String,
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
    /// Everything about one ticket that the viewer may see; clocks in the order
    /// in which they are due.
    pub(crate) fn ticket(
        &self,
        page: &TicketPage,
        words: Option<&TicketWords>,
        may_see_record: bool,
        acts: Option<ShownActs>,
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
            words: words.map(shown_words),
            acts,
            may_see_record,
            clocks: clocks.into_iter().map(|clock| self.clock(clock)).collect(),
            matters: page.matters.iter().map(matter).collect(),
            traces: page.traces.iter().enumerate().map(trace).collect(),
            conversation: words.map(|words| conversation(self, page, words)).unwrap_or_default(),
            letters: match words {
                Some(_) => Vec::new(),
                None => page.letters.iter().map(|letter| self.letter(letter)).collect(),
            },
            links: links(page),
            tasks: tasks.collect(),
            events: match may_see_record {
                true => page.events.iter().map(|event| self.event(event)).collect(),
                false => Vec::new(),
            },
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

/// Tickets that have to do with this one: what was joined and parted, and what
/// a mail may belong to besides.
fn links(page: &TicketPage) -> Vec<ShownLink> {
    let moved = page.links.iter().map(|link| (link.kind.words(), link.number.to_string()));
    let maybe = page.traces.iter().filter_map(|trace| trace.maybe_related.clone());
    let maybe = maybe.map(|number| ("may belong to", number));
    let mut links: Vec<ShownLink> = Vec::new();
    for (words, number) in moved.chain(maybe) {
        if !links.iter().any(|one| one.words == words && one.number == number) {
            links.push(ShownLink { words, number });
        }
    }
    links
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
