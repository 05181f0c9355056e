//! What if there were more people, or fewer, at some hours: read from words,
//! and applied to the roster of a simulation.

use super::roster::DAYS;
use super::simulate::Hand;

/// Most people that a what-if adds or takes.
const MOST: i32 = 50;

/// More people, or fewer, at some hours of some weekdays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatIf {
    /// Who can work in this queue; without one, in all.
    pub queue: Option<String>,
    /// How many more; fewer when negative.
    pub people: i32,
    /// Weekdays, 0 for Monday.
    pub days: Vec<usize>,
    /// First minute of the day.
    pub from: u16,
    /// The minute after the last.
    pub until: u16,
}

/// Why a what-if cannot be lived through.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhatIfProblem {
    /// It cannot be read.
    #[error(
        "`{0}` is no what-if; write QUEUE/agents=+N DAY HOUR-HOUR, e.g. \
             'escrow/agents=+1 mon 9-12' or 'agents=-2 mon-fri 13-17'"
    )]
    Words(String),
    /// The queue is not there.
    #[error("there is no queue called `{0}`; see rules/queues.toml")]
    Queue(String),
    /// Nobody is there at these hours.
    #[error(
        "nobody is there at these hours: the calendar `{calendar}` of rules/calendars.toml is \
             closed; choose hours at which it is open"
    )]
    Closed {
        /// Calendar id.
        calendar: String,
    },
    /// The hours have passed in the days that are looked at.
    #[error("these hours do not come in the days that are looked at")]
    NotAhead,
    /// There are fewer people than are taken away.
    #[error("only {0} people who can do this are there at these hours; take away fewer")]
    NotSoMany(usize),
}

impl WhatIf {
    /// Reads `escrow/agents=+1 mon 9-12`.
    ///
    /// # Errors
    /// When the words are none.
    pub fn parse(text: &str) -> Result<Self, WhatIfProblem> {
        Self::read(text).ok_or_else(|| WhatIfProblem::Words(text.chars().take(80).collect()))
    }

    fn read(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let (who, days, hours) = (words.next()?, words.next()?, words.next()?);
        let (what, number) = who.split_once('=')?;
        let queue = match what.split_once('/') {
            Some((queue, "agents")) if !queue.is_empty() => Some(queue.to_owned()),
            None if what == "agents" => None,
            _ => return None,
        };
        let people: i32 = number.parse().ok()?;
        let is_number = number.starts_with(['+', '-']) && people != 0 && people.abs() <= MOST;
        let (from, until) = hours.split_once('-')?;
        let (from, until) = (minute(from)?, minute(until)?);
        let is_whole = words.next().is_none() && is_number && from < until;
        is_whole.then_some(Self { queue, people, days: days_of(days)?, from, until })
    }

    /// Applies it to `hands`: `windows` are its hours in the simulation,
    /// `queues` the ones that a new person could work in.
    ///
    /// # Errors
    /// When there are fewer people than are taken away.
    pub fn apply(
        &self,
        hands: &mut Vec<Hand>,
        windows: &[(i64, i64)],
        queues: &[bool],
        languages: usize,
    ) -> Result<(), WhatIfProblem> {
        let count = usize::try_from(self.people.unsigned_abs()).unwrap_or(0);
        if self.people > 0 {
            let one = Hand {
                queues: queues.to_vec(),
                languages: vec![true; languages],
                spans: windows.to_vec(),
            };
            hands.extend(std::iter::repeat_n(one, count));
            return Ok(());
        }
        let can = |hand: &Hand| {
            let is_able = hand.queues.iter().zip(queues).any(|(can, wanted)| *can && *wanted);
            let is_there =
                windows.iter().any(|(from, until)| hand.minutes_within(*from, *until) > 0);
            is_able && is_there
        };
        let able = hands.iter().filter(|hand| can(hand)).count();
        if able < count {
            return Err(WhatIfProblem::NotSoMany(able));
        }
        for hand in hands.iter_mut().filter(|hand| can(hand)).take(count) {
            for window in windows {
                hand.spans = without(&hand.spans, *window);
            }
        }
        Ok(())
    }
}

/// The parts of `spans` outside of `window`.
fn without(spans: &[(i64, i64)], (from, until): (i64, i64)) -> Vec<(i64, i64)> {
    let parts =
        spans.iter().flat_map(|(start, end)| [(*start, from.min(*end)), (until.max(*start), *end)]);
    parts.filter(|(start, end)| start < end).collect()
}

/// `mon` or `mon-fri`.
fn days_of(text: &str) -> Option<Vec<usize>> {
    let place = |word: &str| DAYS.iter().position(|day| *day == word);
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (place(first)?, place(last)?);
    (first <= last).then(|| (first..=last).collect())
}

/// `9` or `9:30`.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':').unwrap_or((text, "00"));
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour <= 24 && minute < 60 && hour * 60 + minute <= 1_440).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_people_at_hours() {
        let read = WhatIf::parse("escrow/agents=+1 mon 9-12").unwrap();
        assert_eq!(
            (read.queue.as_deref(), read.people, &read.days[..]),
            (Some("escrow"), 1, &[0][..])
        );
        assert_eq!((read.from, read.until), (540, 720));
        let read = WhatIf::parse("agents=-2  tue-thu 13:30-17").unwrap();
        assert_eq!((read.queue, read.people, read.days, read.from), (None, -2, vec![1, 2, 3], 810));
    }

    #[test]
    fn what_cannot_be_read_is_shown_how_to_write() {
        for text in [
            "",
            "agents=+1",
            "agents=1 mon 9-12",
            "agents=+0 mon 9-12",
            "agents=+99 mon 9-12",
            "people=+1 mon 9-12",
            "/agents=+1 mon 9-12",
            "agents=+1 moon 9-12",
            "agents=+1 fri-mon 9-12",
            "agents=+1 mon 12-9",
            "agents=+1 mon 9-25",
            "agents=+1 mon 9-12 twice",
        ] {
            let problem = WhatIf::parse(text).unwrap_err();
            assert!(problem.to_string().contains("escrow/agents=+1 mon 9-12"), "{text}");
        }
    }

    #[test]
    fn fewer_people_are_taken_from_those_who_are_there() {
        let hand = |can| Hand {
            queues: vec![can],
            languages: vec![true],
            spans: vec![(0, 100), (200, 300)],
        };
        let mut hands = vec![hand(false), hand(true), hand(true)];
        let fewer = WhatIf::parse("agents=-1 mon 9-12").unwrap();
        fewer.apply(&mut hands, &[(50, 250)], &[true], 1).unwrap();
        let spans: Vec<_> = hands.iter().map(|hand| hand.spans.clone()).collect();
        assert_eq!(
            spans,
            [vec![(0, 100), (200, 300)], vec![(0, 50), (250, 300)], vec![(0, 100), (200, 300)],]
        );
        let many = WhatIf::parse("agents=-5 mon 9-12").unwrap();
        let problem = many.apply(&mut hands, &[(50, 250)], &[true], 1).unwrap_err();
        assert_eq!(problem, WhatIfProblem::NotSoMany(1));
        let more = WhatIf::parse("agents=+2 mon 9-12").unwrap();
        more.apply(&mut hands, &[(50, 250)], &[true], 1).unwrap();
        assert_eq!(hands.len(), 5);
    }
}
