//! The warning points of a row.

use toml::Spanned;

use super::words;
use crate::domain::calendar::read_minute;
use crate::domain::calendar::source::Source;
use crate::domain::catalogue::load::key;
use crate::domain::catalogue::shape::PointShape;
use crate::domain::catalogue::{Point, PointAt, Told};

pub(super) fn read(
    id: &str,
    shapes: &[Spanned<PointShape>],
    source: &mut Source<'_>,
) -> Vec<Point> {
    let mut points = Vec::new();
    for shape in shapes {
        match point(shape.get_ref()) {
            Ok(point) => points.push(point),
            Err(message) => source.problem(&shape.span(), key(id, "warnings"), message),
        }
    }
    points
}

fn point(shape: &PointShape) -> Result<Point, String> {
    let tell = Told::from_word(&shape.tell).ok_or_else(|| {
        format!("tell = `{}` is nobody; write one of: {}", shape.tell, words(Told::ALL))
    })?;
    let mut given = Vec::new();
    if shape.at_once == Some(true) {
        given.push(PointAt::AtOnce);
    }
    if let Some(day) = shape.day {
        given.push(PointAt::Day(within(day, 1, 1_826)?));
    }
    if let Some(days) = shape.every_days {
        given.push(PointAt::EveryDays(within(days, 1, 365)?));
    }
    if let Some(days) = shape.days_before_sale {
        given.push(PointAt::DaysBeforeSale(within(days, 0, 365)?));
    }
    if let Some(time) = &shape.due_day {
        let minute = read_minute(time).filter(|minute| *minute < 1_440);
        let fix = || format!("due_day = `{time}` is no time of day; write it as 12:00");
        given.push(PointAt::DueDay(minute.ok_or_else(fix)?));
    }
    if let Some(days) = shape.days_before_due {
        given.push(PointAt::DaysBeforeDue(within(days, 1, 365)?));
    }
    if let Some(minutes) = shape.open_minutes {
        given.push(PointAt::OpenMinutes(within(minutes, 1, 1_440)?));
    }
    if let Some(hours) = shape.open_hours {
        given.push(PointAt::OpenHours(within(hours, 1, 2_000)?));
    }
    if let Some(hours) = shape.every_open_hours {
        given.push(PointAt::EveryOpenHours(within(hours, 1, 2_000)?));
    }
    if let Some(percent) = shape.percent {
        given.push(PointAt::Percent(within(percent, 1, 99)?));
    }
    match given.as_slice() {
        [at] => Ok(Point { at: *at, tell }),
        _ => Err("give exactly one of at_once, day, every_days, days_before_sale, \
                  days_before_due, due_day, open_minutes, open_hours, every_open_hours, percent"
            .to_owned()),
    }
}

fn within<T: TryFrom<i64>>(value: i64, least: i64, most: i64) -> Result<T, String> {
    let message = || format!("{value} is out of range; write {least} to {most}");
    let value = Some(value).filter(|value| (least..=most).contains(value)).ok_or_else(message)?;
    T::try_from(value).map_err(|_| message())
}
