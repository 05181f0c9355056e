//! The clocks of a ticket with their lives: what happened to each, how its due
//! date was counted, and whether the record tells the same as the row.

use std::collections::BTreeMap;

use super::{App, policy};
use crate::domain::catalogue::{ClockBook, Explanation};
use crate::domain::clock::timeline::{Timeline, timeline};
use crate::domain::clock::{Clock, ClockClass, history};
use crate::domain::digest::Digest;
use crate::domain::event::Event;
use crate::store::StoreError;
use crate::store::view::TicketDetail;

/// One clock and its life.
#[derive(Debug)]
pub struct ClockStory {
    /// The clock.
    pub clock: Clock,
    /// Its points and stretches.
    pub timeline: Timeline,
    /// The arithmetic of its due date, by the revision that dated it; `None`
    /// for a clock counted in hours, or when that revision is not usable here.
    pub explanation: Option<Explanation>,
    /// Whether its events, told again, make its row.
    pub is_as_told: bool,
}

/// The clocks of `detail`, those of the law first, each group by due instant.
///
/// # Errors
/// When the database does not answer.
pub async fn stories(app: &App, detail: &TicketDetail) -> Result<Vec<ClockStory>, StoreError> {
    let standing = app.standing();
    let own = &standing.desk.policy;
    let mut books: BTreeMap<&str, Option<ClockBook>> = BTreeMap::new();
    for clock in &detail.clocks {
        let revision = clock.policy_revision.as_str();
        if revision != own.revision && !books.contains_key(revision) {
            books.insert(revision, book(app, revision).await?);
        }
    }
    let events: Vec<&Event> = detail.events.iter().map(|line| &line.event).collect();
    let mut stories: Vec<ClockStory> = detail
        .clocks
        .iter()
        .map(|clock| {
            let kept = books.get(clock.policy_revision.as_str()).and_then(Option::as_ref);
            let is_own = clock.policy_revision == own.revision;
            let book = if is_own { Some(&own.clocks) } else { kept };
            let told = history::fold(events.iter().copied(), clock.id);
            ClockStory {
                timeline: timeline(clock, events.iter().copied(), app.now()),
                explanation: book.and_then(|book| book.explain_clock(clock)),
                // A clock that an older version started did not tell how it began.
                is_as_told: told.is_none_or(|told| told == *clock),
                clock: clock.clone(),
            }
        })
        .collect();
    stories.sort_by_key(|one| (one.clock.class != ClockClass::Statutory, one.clock.due_at));
    Ok(stories)
}

/// The catalogue of a revision that is not in force here now.
async fn book(app: &App, revision: &str) -> Result<Option<ClockBook>, StoreError> {
    let Some(revision) = Digest::from_hex(revision) else { return Ok(None) };
    match policy::load(&app.store, revision).await {
        Ok(policy) => Ok(Some(policy.clocks)),
        Err(policy::PolicyError::Store(StoreError::Absent(_))) => Ok(None),
        Err(policy::PolicyError::Store(error)) => Err(error),
        Err(policy::PolicyError::Unusable { .. }) => Ok(None),
    }
}
