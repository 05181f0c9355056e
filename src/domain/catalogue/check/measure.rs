//! How far away a clock is due: days in a unit, or hours by priority and tier.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;

use super::words;
use crate::domain::calendar::source::Source;
use crate::domain::calendar::{CalendarSet, CountingUnit};
use crate::domain::catalogue::load::key;
use crate::domain::catalogue::shape::{AfterShape, ClockShape, LevelShape};
use crate::domain::catalogue::{CountedFrom, Level, Measure};
use crate::domain::ticket::{Priority, Tier};

/// Most days a target may have, forward or back: five years.
const TARGET_DAYS: i64 = 1_826;
/// Most hours a target may have.
const TARGET_HOURS: i64 = 2_000;

pub(super) fn read(
    id: &str,
    shape: &ClockShape,
    span: &Range<usize>,
    calendars: &CalendarSet,
    calendar: &str,
    source: &mut Source<'_>,
) -> Measure {
    let has_day_keys = shape.unit.is_some()
        || shape.target.is_some()
        || shape.counted_from.is_some()
        || shape.after.is_some()
        || shape.days_before_sale.is_some();
    match &shape.hours {
        None => days(id, shape, span, source),
        Some(hours) if has_day_keys => {
            let message = "give either hours, or unit and target, not both";
            source.problem(&hours.span(), key(id, "hours"), message);
            days(id, shape, span, source)
        }
        Some(hours) => {
            let measure = Measure::Hours {
                by_priority: by_priority(id, hours, source),
                levels: levels(id, shape, source),
            };
            check_reach(id, &measure, calendars, calendar, &hours.span(), source);
            measure
        }
    }
}

fn days(id: &str, shape: &ClockShape, span: &Range<usize>, source: &mut Source<'_>) -> Measure {
    if !shape.tier_hours.is_empty() || !shape.levels.is_empty() {
        let message = "belong to a clock counted in hours; remove them";
        source.problem(span, key(id, "levels"), message);
    }
    let target = match &shape.target {
        Some(target) => small(id, "target", target, -TARGET_DAYS..=TARGET_DAYS, source),
        None => {
            source.problem(span, key(id, "target"), "is missing: how many days?");
            0
        }
    };
    Measure::Days {
        unit: unit(id, shape.unit.as_ref(), span, source),
        target,
        from: counted_from(id, shape.counted_from.as_ref(), source),
        days_before_sale: shape
            .days_before_sale
            .as_ref()
            .map(|days| small(id, "days_before_sale", days, 0..=TARGET_DAYS, source)),
        after: shape.after.as_ref().and_then(|after| read_after(id, after, source)),
    }
}

/// Days a letter is assumed to take before the count begins.
fn read_after(
    id: &str,
    after: &Spanned<AfterShape>,
    source: &mut Source<'_>,
) -> Option<(CountingUnit, i16)> {
    let shape = after.get_ref();
    let days = i16::try_from(shape.days).ok().filter(|days| (1..=30).contains(days));
    let unit = CountingUnit::from_word(&shape.unit);
    if days.is_none() || unit.is_none() {
        let known = words(CountingUnit::ALL);
        let message = format!("write {{ days = 1 to 30, unit = one of {known} }}");
        source.problem(&after.span(), key(id, "after"), message);
    }
    unit.zip(days)
}

fn unit(
    id: &str,
    word: Option<&Spanned<String>>,
    span: &Range<usize>,
    source: &mut Source<'_>,
) -> CountingUnit {
    let known = words(CountingUnit::ALL);
    let read = word.and_then(|word| CountingUnit::from_word(word.get_ref()));
    read.unwrap_or_else(|| {
        let (place, message) = match word {
            Some(word) => {
                (word.span(), format!("`{}` is no unit; write one of: {known}", word.get_ref()))
            }
            None => (span.clone(), format!("is missing; write one of: {known}")),
        };
        source.problem(&place, key(id, "unit"), message);
        CountingUnit::Cd
    })
}

fn counted_from(id: &str, word: Option<&Spanned<String>>, source: &mut Source<'_>) -> CountedFrom {
    let Some(word) = word else {
        return CountedFrom::Start;
    };
    CountedFrom::from_word(word.get_ref()).unwrap_or_else(|| {
        let message = format!("`{}`: write one of: {}", word.get_ref(), words(CountedFrom::ALL));
        source.problem(&word.span(), key(id, "counted_from"), message);
        CountedFrom::Start
    })
}

fn small(
    id: &str,
    field: &str,
    number: &Spanned<i64>,
    allowed: std::ops::RangeInclusive<i64>,
    source: &mut Source<'_>,
) -> i16 {
    let value = Some(*number.get_ref()).filter(|value| allowed.contains(value));
    value.and_then(|value| i16::try_from(value).ok()).unwrap_or_else(|| {
        let message = format!(
            "{} is out of range; write {} to {}",
            number.get_ref(),
            allowed.start(),
            allowed.end()
        );
        source.problem(&number.span(), key(id, field), message);
        0
    })
}

/// The levels as written, then those of `tier_hours`.
fn levels(id: &str, shape: &ClockShape, source: &mut Source<'_>) -> Vec<Level> {
    let mut levels: Vec<Level> =
        shape.levels.iter().map(|level| read_level(id, level, source)).collect();
    for (word, hours) in &shape.tier_hours {
        let tiers = tier(id, "tier_hours", word, &hours.span(), source).into_iter().collect();
        let hours = by_priority(id, hours, source);
        levels.push(Level { categories: Vec::new(), tiers, languages: Vec::new(), hours });
    }
    levels
}

fn read_level(id: &str, level: &Spanned<LevelShape>, source: &mut Source<'_>) -> Level {
    let (span, shape) = (level.span(), level.get_ref());
    if shape.categories.is_empty() && shape.tiers.is_empty() && shape.languages.is_empty() {
        let message = "names no categories, tiers or languages: the targets belong in hours";
        source.problem(&span, key(id, "levels"), message);
    }
    let is_code = |word: &&String| word.len() == 2 && word.bytes().all(|b| b.is_ascii_lowercase());
    for word in shape.languages.iter().filter(|word| !is_code(word)) {
        let message = format!("`{word}` is no language; write two letters, such as es");
        source.problem(&span, key(id, "levels"), message);
    }
    let tiers = shape.tiers.iter().filter_map(|word| tier(id, "levels", word, &span, source));
    Level {
        tiers: tiers.collect(),
        categories: shape.categories.clone(),
        languages: shape.languages.clone(),
        hours: by_priority(id, &shape.hours, source),
    }
}

fn tier(
    id: &str,
    field: &str,
    word: &str,
    span: &Range<usize>,
    source: &mut Source<'_>,
) -> Option<Tier> {
    let tier = Tier::from_word(word);
    if tier.is_none() {
        let message = format!("`{word}` is no tier; write one of: {}", words(Tier::ALL));
        source.problem(span, key(id, field), message);
    }
    tier
}

fn by_priority(
    id: &str,
    hours: &Spanned<BTreeMap<String, i64>>,
    source: &mut Source<'_>,
) -> BTreeMap<Priority, u16> {
    let mut read = BTreeMap::new();
    for (word, value) in hours.get_ref() {
        let value = Some(*value).filter(|value| (1..=TARGET_HOURS).contains(value));
        match (Priority::from_word(word), value.and_then(|value| u16::try_from(value).ok())) {
            (Some(priority), Some(value)) => {
                read.insert(priority, value);
            }
            (Some(_), None) => {
                let message = format!("{word}: write 1 to {TARGET_HOURS} hours");
                source.problem(&hours.span(), key(id, "hours"), message);
            }
            (None, _) => {
                let message =
                    format!("`{word}` is no priority; write one of: {}", words(Priority::ALL));
                source.problem(&hours.span(), key(id, "hours"), message);
            }
        }
    }
    for missing in Priority::ALL.iter().filter(|one| !read.contains_key(one)) {
        let message = format!("has no target for priority {missing}; give all four");
        source.problem(&hours.span(), key(id, "hours"), message);
    }
    read
}

/// A target that a calendar reaches only after years is a mistake.
fn check_reach(
    id: &str,
    measure: &Measure,
    calendars: &CalendarSet,
    calendar: &str,
    span: &Range<usize>,
    source: &mut Source<'_>,
) {
    let Measure::Hours { by_priority, levels } = measure else {
        return;
    };
    let all = by_priority.values().chain(levels.iter().flat_map(|level| level.hours.values()));
    let most = all.max().copied().map_or(0, i64::from);
    let calendar = calendars.find_calendar(calendar).unwrap_or_else(|| calendars.servicer());
    let weekly = (calendar.weekly_open().as_secs() / 3_600).max(1);
    if most / weekly > 104 {
        let message = format!(
            "{most} hours take more than two years at {weekly} open hours a week; \
             lower the target or open longer"
        );
        source.problem(span, key(id, "hours"), message);
    }
}
