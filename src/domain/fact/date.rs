//! Dates as borrowers write them in English and Spanish, on folded text.

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use regex::bytes::{Captures, Regex};

use super::compiled;

const DATES: &str = concat!(
    r"(?-u:\b)(?:",
    r"(?P<iy>20\d\d)-(?P<im>\d\d?)-(?P<id>\d\d?)",
    r"|(?P<sa>\d\d?)[/.-](?P<sb>\d\d?)(?:[/.-](?P<sy>20\d\d|\d\d))?",
    r"|(?P<nm>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)\.? (?P<nd>\d\d?)(?:st|nd|rd|th)?(?:,? (?:de |del )?(?P<ny>20\d\d))?",
    r"|(?P<dd>\d\d?)(?:st|nd|rd|th)?(?: of| de)? (?P<dm>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)\.?(?:,? (?:de |del )?(?P<dy>20\d\d))?",
    r"|(?:in|within|en|dentro de|only|just|solo) (?:less than |menos de |the next |los proximos )?(?P<rn>\d\d?|one|two|three|four|five|six|seven|eight|nine|ten|a|uno?|una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez) (?:more |business |calendar )?(?P<ru>days?|weeks?|dias?|semanas?)",
    r"|(?P<an>\d\d?|one|two|three|four|five|six|seven|eight|nine|ten) (?P<au>days?|weeks?) (?:away|from (?:now|today))",
    r"|(?P<t>today|tonight|tomorrow|hoy|manana)",
    r"|(?:next|this|on|coming|el|este|proximo|the) (?P<w>monday|tuesday|wednesday|thursday|friday|saturday|sunday|lunes|martes|miercoles|jueves|viernes|sabado|domingo)",
    r")(?-u:\b)",
);
static IS_DATE: LazyLock<Option<Regex>> = LazyLock::new(|| compiled(DATES));

/// Reads dates relative to the day of receipt.
pub(super) struct Reader {
    pub(super) received_on: Date,
    pub(super) is_spanish: bool,
}

impl Reader {
    /// Every date in the folded text with its byte range.
    pub(super) fn find(&self, text: &[u8]) -> Vec<(Date, usize, usize)> {
        let Some(pattern) = IS_DATE.as_ref() else { return Vec::new() };
        pattern
            .captures_iter(text)
            .take(16)
            .filter_map(|found| {
                let whole = found.get(0)?;
                Some((self.read(&found)?, whole.start(), whole.end()))
            })
            .collect()
    }

    fn read(&self, found: &Captures<'_>) -> Option<Date> {
        let text =
            |name: &str| found.name(name).and_then(|m| std::str::from_utf8(m.as_bytes()).ok());
        let number = |name: &str| text(name).and_then(|digits| digits.parse::<i16>().ok());
        if let (Some(year), Some(month), Some(day)) = (number("iy"), number("im"), number("id")) {
            return self.on(Some(year), month, day);
        }
        if let (Some(first), Some(second)) = (number("sa"), number("sb")) {
            let year = number("sy").map(|year| if year < 100 { 2000 + year } else { year });
            return self.slashed(year, first, second);
        }
        for (month, day, year) in [("nm", "nd", "ny"), ("dm", "dd", "dy")] {
            if let (Some(month), Some(day)) = (text(month).and_then(month_of), number(day)) {
                return self.on(number(year), month, day);
            }
        }
        for (count, unit) in [("rn", "ru"), ("an", "au")] {
            if let (Some(count), Some(unit)) = (text(count).and_then(count_of), text(unit)) {
                let days = if unit.starts_with(['w', 's']) { count * 7 } else { count };
                return self.received_on.checked_add(days.days()).ok();
            }
        }
        if let Some(word) = text("t") {
            let days = i64::from(matches!(word, "tomorrow" | "manana"));
            return self.received_on.checked_add(days.days()).ok();
        }
        // the nearest such day: when in doubt, earlier
        self.received_on.nth_weekday(1, text("w").and_then(weekday_of)?).ok()
    }

    /// US order, month first; in Spanish texts the day may come first, and
    /// when both can be, the earlier day that is still to come.
    fn slashed(&self, year: Option<i16>, first: i16, second: i16) -> Option<Date> {
        let month_first = self.on(year, first, second);
        let day_first = self.on(year, second, first);
        match (month_first, day_first) {
            (Some(one), Some(other)) if self.is_spanish => {
                let (early, late) = (one.min(other), one.max(other));
                Some(if early >= self.received_on { early } else { late })
            }
            (one, other) => one.or(other),
        }
    }

    /// Without a year: the next such day, or this year's if it just passed.
    fn on(&self, year: Option<i16>, month: i16, day: i16) -> Option<Date> {
        let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        if let Some(year) = year {
            return Date::new(year, month, day).ok();
        }
        let this_year = Date::new(self.received_on.year(), month, day).ok();
        let recent = self.received_on.checked_sub(30.days()).ok()?;
        match this_year {
            Some(on) if on >= recent => Some(on),
            _ => Date::new(self.received_on.year().checked_add(1)?, month, day).ok(),
        }
    }
}

fn month_of(word: &str) -> Option<i16> {
    let months = [
        ["jan", "ene"],
        ["feb", "feb"],
        ["mar", "mar"],
        ["apr", "abr"],
        ["may", "may"],
        ["jun", "jun"],
        ["jul", "jul"],
        ["aug", "ago"],
        ["sep", "sep"],
        ["oct", "oct"],
        ["nov", "nov"],
        ["dec", "dic"],
    ];
    let head = word.get(..3)?;
    let at = months.iter().position(|names| names.contains(&head))?;
    i16::try_from(at + 1).ok()
}

fn count_of(word: &str) -> Option<i64> {
    let names = [
        ["a", "un", "una"],
        ["two", "dos", "dos"],
        ["three", "tres", "tres"],
        ["four", "cuatro", "cuatro"],
        ["five", "cinco", "cinco"],
        ["six", "seis", "seis"],
        ["seven", "siete", "siete"],
        ["eight", "ocho", "ocho"],
        ["nine", "nueve", "nueve"],
        ["ten", "diez", "diez"],
    ];
    if matches!(word, "one" | "uno") {
        return Some(1);
    }
    let named = names
        .iter()
        .position(|names| names.contains(&word))
        .and_then(|at| i64::try_from(at + 1).ok());
    named.or_else(|| word.parse().ok())
}

fn weekday_of(word: &str) -> Option<Weekday> {
    Some(match word {
        "monday" | "lunes" => Weekday::Monday,
        "tuesday" | "martes" => Weekday::Tuesday,
        "wednesday" | "miercoles" => Weekday::Wednesday,
        "thursday" | "jueves" => Weekday::Thursday,
        "friday" | "viernes" => Weekday::Friday,
        "saturday" | "sabado" => Weekday::Saturday,
        "sunday" | "domingo" => Weekday::Sunday,
        _ => return None,
    })
}
