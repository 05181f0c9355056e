//! From a written row to a definition; refuses what could not be kept: no
//! citation, an unknown unit, a target without end, a row nothing starts.

mod measure;
mod points;

use std::ops::Range;

use toml::Spanned;

use super::load::{EXTENSION, is_deed, is_id, is_starter, key, place};
use super::shape::{ClockShape, ExtensionShape};
use super::{ClockDefinition, Extension, Measure};
use crate::domain::calendar::source::Source;
use crate::domain::calendar::{CalendarSet, CountingUnit};
use crate::domain::clock::{ClockClass, Terms};
use crate::domain::ticket::{Status, Tier};

/// Checks one row; each thing wrong is noted, the rest still read.
pub(super) fn definition(
    shape: ClockShape,
    span: &Range<usize>,
    calendars: &CalendarSet,
    source: &mut Source<'_>,
) -> ClockDefinition {
    let id = shape.id.get_ref().clone();
    if !is_id(&id) {
        let message = "must be letters, digits and underscores, such as NOE_ACK";
        source.problem(&shape.id.span(), key(&id, "id"), message);
    }
    let class = read_class(&id, &shape.class, source);
    let calendar = read_calendar(&id, shape.calendar.as_ref(), calendars, source);
    let row = ClockDefinition {
        measure: measure::read(&id, &shape, span, calendars, &calendar, source),
        terms: read_terms(&id, class, &shape, span, source),
        extension: read_extension(&id, shape.extension.as_ref(), source),
        supersedes: shape.supersedes.iter().map(|kind| kind.get_ref().clone()).collect(),
        pauses_in: read_pauses(&id, class, shape.pauses_in.as_ref(), source),
        points: points::read(&id, &shape.warnings, source),
        owners: read_owners(&id, &shape.owners, source),
        id,
        class,
        name: shape.name,
        citation: shape.citation.trim().to_owned(),
        starts_at: shape.starts_at.get_ref().clone(),
        is_answer: shape.is_answer,
        triggers: shape.when.into_iter().map(Spanned::into_inner).collect(),
        calendar,
        place: place(source, span.start),
    };
    check_source_of_law(&row, span, source);
    check_start(&row, span, source);
    check_measure_fits_class(&row, span, source);
    row
}

fn read_class(id: &str, word: &Spanned<String>, source: &mut Source<'_>) -> ClockClass {
    ClockClass::from_word(word.get_ref()).unwrap_or_else(|| {
        let message =
            format!("`{}` is no class; write one of: {}", word.get_ref(), words(ClockClass::ALL));
        source.problem(&word.span(), key(id, "class"), message);
        ClockClass::Internal
    })
}

fn read_calendar(
    id: &str,
    word: Option<&Spanned<String>>,
    calendars: &CalendarSet,
    source: &mut Source<'_>,
) -> String {
    let Some(word) = word else {
        return calendars.servicer().id().to_owned();
    };
    // without any calendar that file's own problem is the one to mend
    if calendars.find_calendar(word.get_ref()).is_none() && !calendars.is_empty() {
        let message =
            format!("`{}` is no calendar; write one of: {}", word.get_ref(), calendars.ids());
        source.problem(&word.span(), key(id, "calendar"), message);
    }
    word.get_ref().clone()
}

fn read_terms(
    id: &str,
    class: ClockClass,
    shape: &ClockShape,
    span: &Range<usize>,
    source: &mut Source<'_>,
) -> Terms {
    let deeds = &shape.satisfied_by;
    if deeds.get_ref().is_empty() {
        let message = "is empty: nothing could ever meet the clock; name letters or acts";
        source.problem(&deeds.span(), key(id, "satisfied_by"), message);
    }
    for deed in deeds.get_ref().iter().filter(|deed| !is_deed(deed)) {
        let message = format!("`{deed}`: write letter:<kind> or act:<kind>, in lower case");
        source.problem(&deeds.span(), key(id, "satisfied_by"), message);
    }
    if class == ClockClass::Statutory && shape.requires_writing.is_none() {
        let message = "is missing: say whether the law asks for writing (E-SIGN, 15 USC 7001(c))";
        source.problem(span, key(id, "requires_writing"), message);
    }
    Terms {
        satisfied_by: deeds.get_ref().clone(),
        requires_writing: shape.requires_writing.unwrap_or(false),
    }
}

fn read_extension(
    id: &str,
    shape: Option<&Spanned<ExtensionShape>>,
    source: &mut Source<'_>,
) -> Option<Extension> {
    let shape = shape?;
    let ExtensionShape { to, with } = shape.get_ref();
    if !is_deed(with) {
        let message = format!("with = `{with}`: write letter:<kind> or act:<kind>");
        source.problem(&shape.span(), key(id, "extension"), message);
    }
    Some(Extension { to: to.clone(), with: with.clone() })
}

fn read_pauses(
    id: &str,
    class: ClockClass,
    statuses: Option<&Spanned<Vec<String>>>,
    source: &mut Source<'_>,
) -> Vec<Status> {
    let Some(statuses) = statuses else {
        return Vec::new();
    };
    if class != ClockClass::Service {
        let message = format!("a {class} clock never pauses (law 5); remove the key");
        source.problem(&statuses.span(), key(id, "pauses_in"), message);
        return Vec::new();
    }
    let mut read = Vec::new();
    for word in statuses.get_ref() {
        match Status::from_word(word) {
            Some(status) => read.push(status),
            None => source.problem(
                &statuses.span(),
                key(id, "pauses_in"),
                format!("`{word}` is no status; write one of: {}", words(Status::ALL)),
            ),
        }
    }
    read
}

fn read_owners(id: &str, tiers: &Spanned<Vec<String>>, source: &mut Source<'_>) -> Vec<Tier> {
    let mut owners = Vec::new();
    for word in tiers.get_ref() {
        match Tier::from_word(word) {
            Some(tier) => owners.push(tier),
            None => source.problem(
                &tiers.span(),
                key(id, "owners"),
                format!("`{word}` is no tier; write one of: {}", words(Tier::ALL)),
            ),
        }
    }
    if owners.is_empty() {
        source.problem(&tiers.span(), key(id, "owners"), "is empty: name the tiers that own it");
    }
    owners
}

fn check_source_of_law(row: &ClockDefinition, span: &Range<usize>, source: &mut Source<'_>) {
    let is_ours = matches!(row.class, ClockClass::Service | ClockClass::Internal);
    if row.citation.is_empty() && !is_ours {
        let message = format!(
            "a {} clock needs its source in the law, such as 12 CFR 1024.35(d); \
             a promise of our own is class internal or service",
            row.class
        );
        source.problem(span, key(&row.id, "citation"), message);
    }
}

fn check_start(row: &ClockDefinition, span: &Range<usize>, source: &mut Source<'_>) {
    let is_known = row.starts_at == "receipt" || row.starts_at == EXTENSION;
    if !is_known && !is_starter(&row.starts_at) {
        let message = format!(
            "`{}`: write receipt, letter:<kind>, act:<kind>, event:<kind> or extension",
            row.starts_at
        );
        source.problem(span, key(&row.id, "starts_at"), message);
    }
    if row.starts_at == "receipt" && row.triggers.is_empty() {
        let message = "is missing: nothing would ever start the clock; name kinds or flags";
        source.problem(span, key(&row.id, "when"), message);
    }
    if row.starts_at != "receipt" && !row.triggers.is_empty() {
        let message = "a clock that a mail does not start has no triggers; remove them";
        source.problem(span, key(&row.id, "when"), message);
    }
    let states = row.triggers.iter().flat_map(|trigger| &trigger.states);
    for state in states.filter(|state| !is_state(state)) {
        let message = format!("`{state}` is no state; write two capital letters, such as NY");
        source.problem(span, key(&row.id, "when"), message);
    }
    for trigger in row.triggers.iter().filter(|trigger| trigger.is_empty()) {
        let finer = if trigger.sub_kinds.is_empty() { "" } else { " beside sub_kinds" };
        let message = format!("needs kinds, flags, categories, every_mail or every_reply{finer}");
        source.problem(span, key(&row.id, "when"), message);
    }
}

fn check_measure_fits_class(row: &ClockDefinition, span: &Range<usize>, source: &mut Source<'_>) {
    let is_observed = matches!(row.measure, Measure::Days { unit: CountingUnit::BdObserved, .. });
    if is_observed && row.class != ClockClass::Internal {
        let message = "BD_OBSERVED is later than the law counts; use it for internal clocks only";
        source.problem(span, key(&row.id, "unit"), message);
    }
    let is_in_hours = matches!(row.measure, Measure::Hours { .. });
    if is_in_hours == (row.class == ClockClass::Service) {
        return;
    }
    let message = if is_in_hours {
        "only service clocks are counted in hours; give unit and target"
    } else {
        "service clocks are counted in open hours; give hours by priority"
    };
    source.problem(span, key(&row.id, "unit"), message);
}

/// Postal abbreviation of a state or territory, by its shape.
fn is_state(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// The words of a closed set, for messages.
fn words<T: std::fmt::Display>(all: &[T]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
