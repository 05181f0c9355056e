//! Days unlike the others: half days, and holidays of states and of the house.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::{key, read_minute};
use crate::domain::calendar::extra::{ExtraHoliday, ExtraShape};
use crate::domain::calendar::source::Source;

/// Most extra holidays and half days one calendar may have.
const AT_MOST: usize = 400;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HalfDayShape {
    on: String,
    until: String,
    reason: String,
}

pub(super) fn read_half_days(
    id: &str,
    shapes: &[Spanned<HalfDayShape>],
    source: &mut Source<'_>,
) -> BTreeMap<Date, (u16, String)> {
    let mut days = BTreeMap::new();
    for shape in shapes.iter().take(AT_MOST) {
        match half_day(shape.get_ref()) {
            Ok((date, until)) => {
                days.insert(date, (until, shape.get_ref().reason.trim().to_owned()));
            }
            Err(message) => source.problem(&shape.span(), key(id, "half_days"), message),
        }
    }
    if let Some(extra) = shapes.get(AT_MOST) {
        let message = format!("more than {AT_MOST} half days; remove past ones");
        source.problem(&extra.span(), key(id, "half_days"), message);
    }
    days
}

fn half_day(shape: &HalfDayShape) -> Result<(Date, u16), String> {
    let date = shape.on.parse::<Date>();
    let date = date.map_err(|_| format!("`{}` is no date; write it as 2026-12-24", shape.on))?;
    let until = read_minute(&shape.until)
        .filter(|until| (1..1440).contains(until))
        .ok_or_else(|| format!("until = `{}` is no time of day; write it as 13:00", shape.until))?;
    if shape.reason.trim().is_empty() {
        return Err("needs a reason: it is shown with the calendar".to_owned());
    }
    Ok((date, until))
}

pub(super) fn read_extra(
    id: &str,
    shapes: &[Spanned<ExtraShape>],
    source: &mut Source<'_>,
) -> Vec<ExtraHoliday> {
    let mut holidays = Vec::new();
    for shape in shapes.iter().take(AT_MOST) {
        match ExtraHoliday::read(shape.get_ref()) {
            Ok(holiday) => holidays.push(holiday),
            Err(message) => source.problem(&shape.span(), key(id, "extra_holidays"), message),
        }
    }
    if let Some(extra) = shapes.get(AT_MOST) {
        let message = format!("more than {AT_MOST} extra holidays; remove some");
        source.problem(&extra.span(), key(id, "extra_holidays"), message);
    }
    holidays
}
