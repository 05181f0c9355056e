//! Dates as a letter says them.

use jiff::civil::Date;

const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const MONTHS_ES: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

/// `November 25, 2026`, or `25 de noviembre de 2026` for the locale `es`.
#[must_use]
pub fn date_in_words(date: Date, locale: &str) -> String {
    let month = usize::try_from(date.month() - 1).unwrap_or(0).min(11);
    match locale {
        "es" => format!("{} de {} de {}", date.day(), MONTHS_ES[month], date.year()),
        _ => format!("{} {}, {}", MONTHS_EN[month], date.day(), date.year()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_said_in_the_letters_language() {
        let date = jiff::civil::date(2026, 11, 5);
        assert_eq!(date_in_words(date, "en"), "November 5, 2026");
        assert_eq!(date_in_words(date, "es"), "5 de noviembre de 2026");
    }
}
