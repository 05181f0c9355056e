//! Dates beside words that say what happens on them: a foreclosure sale, an
//! answer that is asked for.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::bytes::Regex;

use super::{MOST_OF_A_KIND, compiled, date};

/// Words that a foreclosure sale is called by, folded.
const SALE: &str = r"(?-u:\b)(?:foreclosure (?:sale|auction)|(?:sheriff|trustee|marshal|referee|commissioner)'? ?s? sale|sale date|auction(?:ed)?(?: date)?|(?:set|scheduled|going|up|put) (?:up )?for (?:foreclosure )?sale|scheduled to be sold|(?:will|to) be sold|(?:you|they|bank|lender|servicer|trustee|sheriff) (?:\w{1,8} ){0,4}sell(?:ing)? (?:my|our|the) (?:house|home|property)|foreclos(?:e|ing|ure)|subasta(?:r|do|da|n|ran)?|remat(?:e|ar|an|aran)|venta (?:judicial|de la ejecucion|por ejecucion)|(?:van a vender|quieren vender|vendan|venden|venderan) (?:mi|la|nuestra) (?:casa|propiedad|vivienda)|ejecucion hipotecaria)(?-u:\b)";
const ANSWER_BY: &str = r"(?-u:\b)(?:(?:respond|reply|answer|response|get back to me|hear (?:back )?from you|resolve (?:this|it)|responder|respondan|respuesta|contest(?:ar|en|acion))(?-u:\b)[^.?!]{0,50}(?-u:\b)(?:by|before|no later than|within|in|antes del?|a mas tardar|dentro de|en)|deadline (?:is|of)|fecha limite (?:es)?)(?-u:\b)";

static IS_SALE: LazyLock<Option<Regex>> = LazyLock::new(|| compiled(SALE));
static IS_ANSWER_BY: LazyLock<Option<Regex>> = LazyLock::new(|| compiled(ANSWER_BY));

/// Stems without which neither pattern can match: one quick pass decides
/// where the patterns are tried at all.
const STEMS: &[&str] = &[
    "foreclos",
    "sale",
    "auction",
    "sold",
    "sell",
    "subasta",
    "remat",
    "venta",
    "vend",
    "ejecucion",
    "respo",
    "reply",
    "answer",
    "get back",
    "hear",
    "resolve",
    "contest",
    "deadline",
    "fecha limite",
];
static HAS_STEM: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(STEMS).ok());
/// Folded bytes around a stem in which a whole pattern lies.
const REACH: usize = 120;

/// Fact, value and folded byte range of each such date.
pub(super) fn find(
    text: &[u8],
    calendar: &date::Reader,
) -> Vec<(&'static str, String, usize, usize)> {
    let windows = windows(text);
    let mut found = near_dates(text, &windows, &IS_SALE, (90, 110), calendar, "sale_date");
    found.extend(near_dates(text, &windows, &IS_ANSWER_BY, (0, 45), calendar, "answer_by"));
    found
}

/// Stretches of the text around stems, merged where they touch.
fn windows(text: &[u8]) -> Vec<(usize, usize)> {
    let Some(stems) = HAS_STEM.as_ref() else { return vec![(0, text.len())] };
    let mut windows: Vec<(usize, usize)> = Vec::new();
    for hit in stems.find_iter(text) {
        let (from, to) = (hit.start().saturating_sub(REACH), (hit.end() + REACH).min(text.len()));
        match windows.last_mut() {
            Some(last) if from <= last.1 => last.1 = to,
            _ => windows.push((from, to)),
        }
    }
    windows
}

fn near_dates(
    text: &[u8],
    windows: &[(usize, usize)],
    words: &Option<Regex>,
    (before, after): (usize, usize),
    calendar: &date::Reader,
    fact: &'static str,
) -> Vec<(&'static str, String, usize, usize)> {
    let mut found: Vec<(&'static str, String, usize, usize)> = Vec::new();
    let Some(words) = words else { return found };
    let hits = windows.iter().flat_map(|&(from, to)| {
        let window = text.get(from..to).unwrap_or_default();
        words.find_iter(window).map(move |hit| (from + hit.start())..(from + hit.end()))
    });
    for hit in hits.take(64) {
        let from = hit.start.saturating_sub(before);
        let to = (hit.end + after).min(text.len());
        let Some(window) = text.get(from..to) else { continue };
        for (on, start, end) in calendar.find(window) {
            let place = (from + start, from + end);
            let is_seen = found.iter().any(|one| (one.2, one.3) == place);
            if !is_seen && found.len() < MOST_OF_A_KIND {
                found.push((fact, on.to_string(), place.0, place.1));
            }
        }
    }
    found
}
