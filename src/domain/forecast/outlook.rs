//! Many lives of the next days: how likely each promise is broken, and how much
//! work stands against how many people.

use jiff::Timestamp;
use jiff::civil::Date;

use super::accuracy::Spread;
use super::band::Band;
use super::chance::Chance;
use super::handling::Handling;
use super::simulate::{Hand, Piece, simulate};
use crate::domain::calendar::Calendar;

/// Share of a band of broken promises.
pub const SHARE: f64 = 0.9;

/// One day ahead, in minutes from the beginning.
#[derive(Clone, Debug, PartialEq)]
pub struct DayAhead {
    /// Which.
    pub date: Date,
    /// First minute; not before the beginning.
    pub from: i64,
    /// The minute after the last.
    pub until: i64,
    /// First minute of each hour that is still to come, and what is expected in it.
    pub hours: Vec<(i64, f64)>,
}

/// A ticket that is there.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveWork {
    /// As it waits; how long it takes is drawn.
    pub piece: Piece,
    /// Its category.
    pub category: String,
    /// When its next promise is due, if that lies ahead.
    pub due: Option<i64>,
}

/// What a ticket of the last weeks was like: the tickets to come are like these.
#[derive(Clone, Debug, PartialEq)]
pub struct RecentWork {
    /// As it would come now.
    pub piece: Piece,
    /// Its category.
    pub category: String,
    /// The time its first promise allowed.
    pub allowed: Allowed,
}

/// How a promise of a ticket to come is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// None was given.
    Nothing,
    /// In open time.
    Open(jiff::SignedDuration),
    /// As the sun goes: what the law counts in days, near enough over so few.
    Plain(jiff::SignedDuration),
}

/// Everything that is known at the beginning.
pub struct House<'a> {
    /// The beginning.
    pub start: Timestamp,
    /// Open time.
    pub calendar: &'a Calendar,
    /// Days ahead, without a gap.
    pub days: Vec<DayAhead>,
    /// How far arrivals lie from what is expected.
    pub spread: Spread,
    /// People.
    pub hands: Vec<Hand>,
    /// Tickets that wait.
    pub live: Vec<LiveWork>,
    /// Tickets of the last weeks.
    pub recent: Vec<RecentWork>,
    /// How long tickets take.
    pub handling: &'a Handling,
}

/// One day of an outlook.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DayOutlook {
    /// Tickets that come.
    pub arrivals: Band,
    /// Hours of work that come, on the first day with those that wait.
    pub work_hours: f64,
    /// Hours of people.
    pub people_hours: f64,
    /// Promises due on this day that are broken.
    pub breaches: Band,
}

/// What many lives came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// By day.
    pub days: Vec<DayOutlook>,
    /// Broken promises of all days.
    pub breaches: Band,
    /// How likely the promise of each waiting ticket is broken; `None`: it is
    /// not due in these days.
    pub tickets: Vec<Option<f64>>,
}

struct Life {
    pieces: Vec<Piece>,
    dues: Vec<Option<i64>>,
    come: Vec<f64>,
}

/// Lives `house` through `lives` times. What comes and how long it takes depends
/// on `seed` only, so that two houses that differ in people meet the same work.
#[must_use]
pub fn outlook(house: &House<'_>, lives: u32, seed: u64) -> Outlook {
    let days = house.days.len();
    let (mut come, mut broken) = (vec![Vec::new(); days], vec![Vec::new(); days]);
    let (mut work, mut all) = (vec![0.0; days], Vec::new());
    let mut late = vec![0_u32; house.live.len()];
    for number in 0..lives {
        let mut chance = Chance::new(seed ^ (u64::from(number) << 32 | u64::from(number)));
        let life = house.life(&mut chance);
        let done = simulate(&house.hands, &life.pieces);
        let mut breaches = vec![0.0; days];
        for (place, (due, done)) in life.dues.iter().zip(&done).enumerate() {
            let Some(due) = due else { continue };
            if done.is_some_and(|done| done <= *due) {
                continue;
            }
            let Some(day) = house.day_of(*due) else { continue };
            add(&mut breaches, day, 1.0);
            if let Some(count) = late.get_mut(place) {
                *count += 1;
            }
        }
        for piece in &life.pieces {
            let day = house.day_of(piece.arrives).unwrap_or(0);
            add(&mut work, day, piece.minutes as f64 / 60.0 / f64::from(lives));
        }
        all.push(breaches.iter().sum());
        for (day, count) in breaches.into_iter().enumerate() {
            if let (Some(broken), Some(come)) = (broken.get_mut(day), come.get_mut(day)) {
                broken.push(count);
                come.push(life.come.get(day).copied().unwrap_or(0.0));
            }
        }
    }
    let shown = house.days.iter().zip(come).zip(broken).zip(work);
    Outlook {
        days: shown
            .map(|(((day, come), broken), work_hours)| DayOutlook {
                arrivals: Band::of(come, super::accuracy::SHARE),
                work_hours,
                people_hours: house.people_hours(day),
                breaches: Band::of(broken, SHARE),
            })
            .collect(),
        breaches: Band::of(all, SHARE),
        tickets: house
            .live
            .iter()
            .zip(late)
            .map(|(live, late)| {
                let is_near = live.due.is_some_and(|due| house.day_of(due).is_some());
                is_near.then(|| f64::from(late) / f64::from(lives.max(1)))
            })
            .collect(),
    }
}

impl House<'_> {
    /// The tickets that wait, and one draw of those to come.
    fn life(&self, chance: &mut Chance) -> Life {
        let mut life = Life { pieces: Vec::new(), dues: Vec::new(), come: Vec::new() };
        for live in &self.live {
            let minutes = self.minutes(&live.category, chance);
            life.pieces.push(Piece { minutes, ..live.piece });
            life.dues.push(live.due);
        }
        let week = chance.factor(self.spread.week);
        for day in &self.days {
            let factor = week * chance.factor(self.spread.day);
            let mut come = 0;
            for (start, expected) in &day.hours {
                let count = chance.count(expected * factor);
                come += count;
                for _ in 0..count {
                    let arrives = start + (chance.unit() * 60.0) as i64;
                    let Some(like) = chance.one_of(&self.recent) else { break };
                    let due = self.due(like.allowed, arrives);
                    let minutes = self.minutes(&like.category, chance);
                    let urgent = due.unwrap_or(i64::MAX);
                    life.pieces.push(Piece {
                        arrives,
                        minutes,
                        urgent,
                        holder: None,
                        ..like.piece
                    });
                    life.dues.push(due);
                }
            }
            life.come.push(f64::from(come));
        }
        life
    }

    fn minutes(&self, category: &str, chance: &mut Chance) -> i64 {
        chance.one_of(self.handling.minutes(category)).map_or(1, |minutes| i64::from(*minutes))
    }

    fn due(&self, allowed: Allowed, arrives: i64) -> Option<i64> {
        let at = self.start.saturating_add(jiff::SignedDuration::from_mins(arrives)).ok()?;
        match allowed {
            Allowed::Nothing => None,
            Allowed::Plain(time) => Some(arrives + time.as_mins()),
            Allowed::Open(time) => {
                let due = self.calendar.add_business(at, time);
                Some(due.duration_since(self.start).as_mins())
            }
        }
    }

    fn day_of(&self, minute: i64) -> Option<usize> {
        self.days.iter().position(|day| day.from <= minute && minute < day.until)
    }

    fn people_hours(&self, day: &DayAhead) -> f64 {
        let minutes: i64 =
            self.hands.iter().map(|hand| hand.minutes_within(day.from, day.until)).sum();
        minutes as f64 / 60.0
    }
}

fn add(cells: &mut [f64], place: usize, value: f64) {
    if let Some(cell) = cells.get_mut(place) {
        *cell += value;
    }
}
