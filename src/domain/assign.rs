//! Who gets a ticket: skill, language and free capacity; the least loaded first,
//! then whoever waited longest. And which waiting ticket comes next.

mod why;

use jiff::{SignedDuration, Timestamp};

use super::actor::Role;
use super::clock::{Clock, ClockClass};
use super::command::Refusal;
use super::id::PersonId;
use super::rule::Queue;
use super::work::TicketView;

pub use why::{Why, why};

/// After so long a ticket waits with those of the law, however small it is.
pub const PROMOTED_AFTER: SignedDuration = SignedDuration::from_hours(72);

/// A person as assignment sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    /// Who.
    pub person: PersonId,
    /// As what.
    pub role: Role,
    /// What they know.
    pub skills: Vec<String>,
    /// ISO 639-1 codes of the languages they write.
    pub languages: Vec<String>,
    /// Tickets they can hold.
    pub capacity: u32,
    /// Tickets they hold, by queue; pending ones are not counted.
    pub held: Vec<(String, u32)>,
    /// When they are away, if that is known.
    pub away: Option<(Timestamp, Timestamp)>,
    /// When they last got a ticket.
    pub last_assigned_at: Timestamp,
}

impl Worker {
    /// Tickets they hold.
    #[must_use]
    pub fn load(&self) -> u32 {
        self.held.iter().map(|(_, count)| count).sum()
    }

    /// Whether they are away at `now`.
    #[must_use]
    pub fn is_away(&self, now: Timestamp) -> bool {
        self.away.is_some_and(|(from, until)| from <= now && now < until)
    }

    /// Whether they can work in `queue` at all.
    #[must_use]
    pub fn has_skills(&self, queue: &Queue) -> bool {
        queue.skills.iter().all(|skill| self.skills.contains(skill))
    }

    /// Whether a ticket of `queue` in `language` may be theirs now.
    ///
    /// # Errors
    /// What is missing: a skill, the language, room, or the person.
    pub fn may_have(&self, queue: &Queue, language: &str, now: Timestamp) -> Result<(), Refusal> {
        if let Some((_, until)) = self.away.filter(|_| self.is_away(now)) {
            return Err(Refusal::Away { until });
        }
        if let Some(skill) = queue.skills.iter().find(|skill| !self.skills.contains(skill)) {
            return Err(Refusal::NoSkill { queue: queue.id.clone(), skill: skill.clone() });
        }
        if !self.writes(queue, language) {
            return Err(Refusal::NoLanguage { language: language.to_owned() });
        }
        let in_queue = self.held.iter().find(|(id, _)| *id == queue.id).map_or(0, |held| held.1);
        if self.load() >= self.capacity {
            return Err(Refusal::Full { load: self.load(), capacity: self.capacity });
        }
        if in_queue >= queue.capacity {
            return Err(Refusal::Full { load: in_queue, capacity: queue.capacity });
        }
        Ok(())
    }

    /// A language that the queue does not answer in is nobody's: anyone may
    /// have the ticket.
    #[must_use]
    pub fn writes(&self, queue: &Queue, language: &str) -> bool {
        let is_answered = queue.languages.iter().any(|one| one == language);
        !is_answered || self.languages.iter().any(|one| one == language)
    }
}

/// Who gets a ticket of `queue` in `language`: of those who may have it, the
/// least loaded for their capacity, then whoever waited longest for one.
#[must_use]
pub fn choose<'a>(
    queue: &Queue,
    language: &str,
    workers: &'a [Worker],
    not: Option<PersonId>,
    now: Timestamp,
) -> Option<&'a Worker> {
    workers
        .iter()
        .filter(|worker| Some(worker.person) != not && matches!(worker.role, Role::Agent))
        .filter(|worker| worker.may_have(queue, language, now).is_ok())
        .min_by_key(|worker| {
            // in thousandths, so that equal shares compare as equal
            let share = u64::from(worker.load()) * 1_000 / u64::from(worker.capacity.max(1));
            (share, worker.last_assigned_at, worker.person)
        })
}

/// How urgent a waiting ticket is; the least value comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Urgency {
    /// 0 with a foreclosure sale ahead, 1 with a clock of the law or after
    /// [`PROMOTED_AFTER`], 2 otherwise.
    pub class: u8,
    /// The instant that counts: the earliest due one of that class.
    pub due_at: Timestamp,
    /// When it was received.
    pub received_at: Timestamp,
}

/// How urgent the ticket in `view` is at `now`. A ticket that waited for
/// [`PROMOTED_AFTER`] stands with those of the law, as due when that time was
/// over; so nothing waits for ever.
#[must_use]
pub fn urgency(view: &TicketView, now: Timestamp) -> Urgency {
    let earliest = |is_wanted: &dyn Fn(&Clock) -> bool| {
        view.clocks
            .iter()
            .filter(|clock| clock.is_open() && is_wanted(clock))
            .map(|clock| clock.due_at)
            .min()
    };
    let of_law = earliest(&|clock| clock.class == ClockClass::Statutory);
    let ours = earliest(&|clock| clock.class == ClockClass::Service);
    let received_at = view.ticket.received_at;
    let promoted_at = received_at.saturating_add(PROMOTED_AFTER).unwrap_or(Timestamp::MAX);
    let promoted = (promoted_at <= now).then_some(promoted_at);
    let with_law = [of_law, promoted].into_iter().flatten().min();
    let (class, due_at) = match (view.work.sale_on, with_law) {
        (Some(_), _) => (0, with_law.or(ours)),
        (None, Some(due_at)) => (1, Some(due_at)),
        (None, None) => (2, ours),
    };
    Urgency { class, due_at: due_at.unwrap_or(Timestamp::MAX), received_at }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ticket::Tier;

    fn queue() -> Queue {
        Queue {
            id: "escrow".into(),
            name: "Escrow".into(),
            tier: Tier::Two,
            skills: vec!["escrow".into()],
            languages: vec!["en".into(), "es".into()],
            capacity: 3,
            calendar: "business".into(),
        }
    }

    fn worker(number: u128, held: u32) -> Worker {
        Worker {
            person: PersonId(uuid::Uuid::from_u128(number)),
            role: Role::Agent,
            skills: vec!["escrow".into()],
            languages: vec!["en".into()],
            capacity: 10,
            held: vec![("payments".into(), held)],
            away: None,
            last_assigned_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn chosen(workers: &[Worker], language: &str) -> Option<u128> {
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(10);
        choose(&queue(), language, workers, None, now).map(|found| found.person.0.as_u128())
    }

    #[test]
    fn the_least_loaded_with_skill_and_language_gets_it() {
        let mut unskilled = worker(1, 0);
        unskilled.skills.clear();
        let mut away = worker(2, 0);
        away.away = Some((Timestamp::UNIX_EPOCH, Timestamp::MAX));
        let mut full_of_queue = worker(3, 0);
        full_of_queue.held.push(("escrow".into(), 3));
        let mut small = worker(4, 2);
        small.capacity = 2;
        let mut bilingual = worker(5, 9);
        bilingual.languages.push("es".into());
        let all = [unskilled, away, full_of_queue, small, bilingual, worker(6, 4), worker(7, 5)];
        assert_eq!(chosen(&all, "en"), Some(6));
        assert_eq!(chosen(&all, "es"), Some(5), "only one of them writes Spanish");
        assert_eq!(chosen(&all, "vi"), Some(6), "the queue answers nobody in Vietnamese");
        assert_eq!(chosen(&all[..4], "en"), None);
    }

    #[test]
    fn equals_take_turns() {
        let mut workers = [worker(1, 2), worker(2, 2), worker(3, 2)];
        let mut turns = Vec::new();
        for round in 1..=6 {
            let next = chosen(&workers, "en").unwrap();
            turns.push(next);
            let at = usize::try_from(next).unwrap() - 1;
            workers[at].last_assigned_at = Timestamp::from_second(round).unwrap();
        }
        assert_eq!(turns, [1, 2, 3, 1, 2, 3]);
    }
}
