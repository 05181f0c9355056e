//! What a list shows, as its address says it: a view is a URL. Only ids and
//! words of ours stand in it, so that no address ever names a borrower.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::form::Field;
use super::wish::Problem;
use crate::domain::id::PersonId;
use crate::domain::policy::Policy;
use crate::domain::ticket::{Status, Tier};
use crate::store::view::WorkFilter;

/// Longest time ahead that a list can be asked for.
const MOST_HOURS: i64 = 24 * 366;
/// Languages that a filter offers.
const LANGUAGES: &[(&str, &str)] = &[("en", "English"), ("es", "Spanish")];
/// What can be asked for, in the order of the form.
const KEYS: &[&str] = &["status", "tier", "language", "category", "clock", "due", "assignee"];

/// A list's address, read.
pub(super) struct ListQuery {
    /// Which tickets.
    pub(super) filter: WorkFilter,
    /// Which page, from 0.
    pub(super) page: u32,
    /// What cannot be asked for.
    pub(super) problem: Option<Problem>,
    typed: BTreeMap<&'static str, String>,
}

impl ListQuery {
    /// Reads what follows the question mark.
    pub(super) fn read(query: &str, me: PersonId, policy: &Policy, now: Timestamp) -> Self {
        let mut read =
            Self { filter: WorkFilter::default(), page: 0, problem: None, typed: BTreeMap::new() };
        for (key, word) in form_urlencoded::parse(query.as_bytes()).take(KEYS.len() * 2) {
            if word.is_empty() {
                continue;
            }
            let found = match KEYS.iter().find(|known| **known == key) {
                Some(known) => {
                    read.typed.insert(known, word.chars().take(60).collect());
                    read.ask(known, &word, me, policy, now)
                }
                None if key == "page" => read.turn_to(&word),
                None => Err(Problem::at("", "The address asks for something that no list knows.")),
            };
            read.problem = read.problem.take().or(found.err());
        }
        read
    }

    fn turn_to(&mut self, word: &str) -> Result<(), Problem> {
        let page = word.parse::<u32>().map_err(|_| Problem::at("", "A page has a number."))?;
        self.page = page.min(1_000_000);
        Ok(())
    }

    fn ask(
        &mut self,
        key: &'static str,
        word: &str,
        me: PersonId,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let filter = &mut self.filter;
        let unknown = |what: &str| Problem::at(key, &format!("There is no such {what}."));
        match key {
            "status" => {
                filter.status = Some(Status::from_word(word).ok_or_else(|| unknown("status"))?);
            }
            "tier" => filter.tier = Some(Tier::from_word(word).ok_or_else(|| unknown("tier"))?),
            "language" => {
                let is_code = (2..=3).contains(&word.len())
                    && word.bytes().all(|byte| byte.is_ascii_lowercase());
                filter.language = Some(word.to_owned()).filter(|_| is_code);
                filter.language.as_ref().ok_or_else(|| unknown("language"))?;
            }
            "category" => {
                let known = policy.rules.categories().iter().any(|one| one.card.id == word);
                filter.category = Some(word.to_owned()).filter(|_| known);
                filter.category.as_ref().ok_or_else(|| unknown("category"))?;
            }
            "clock" => {
                let known = policy.clocks.find_definition(word).is_some();
                filter.clock = Some(word.to_owned()).filter(|_| known);
                filter.clock.as_ref().ok_or_else(|| unknown("clock"))?;
            }
            "due" => {
                let hours = word.parse().ok().filter(|hours| (0..=MOST_HOURS).contains(hours));
                let text = "Give a number of hours, at most a year.";
                let hours = hours.ok_or_else(|| Problem::at(key, text))?;
                let ahead = SignedDuration::from_hours(hours);
                filter.due_by_at = Some(now.saturating_add(ahead).unwrap_or(Timestamp::MAX));
            }
            _ => {
                filter.assignee = Some(match word {
                    "me" => Some(me),
                    "nobody" => None,
                    _ => return Err(Problem::at(key, "A list is of me or of nobody.")),
                });
            }
        }
        Ok(())
    }

    /// The address of a page of the same list.
    pub(super) fn address(&self, path: &str, page: u32) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for key in KEYS {
            if let Some(word) = self.typed.get(key) {
                query.append_pair(key, word);
            }
        }
        if page > 0 {
            query.append_pair("page", &page.to_string());
        }
        match query.finish() {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    /// Its form, as it was filled in; without `but`.
    pub(super) fn fields(&self, policy: &Policy, but: &str) -> Vec<Field> {
        let same = |word: &str| (word.to_owned(), word.to_owned());
        let fields = [
            ("status", Field::choice("status", "Status", words(Status::ALL, Status::word))),
            ("tier", Field::choice("tier", "Tier", words(Tier::ALL, Tier::word))),
            (
                "language",
                Field::choice(
                    "language",
                    "Language",
                    LANGUAGES.iter().map(|(id, name)| ((*id).into(), (*name).into())).collect(),
                ),
            ),
            (
                "category",
                Field::choice(
                    "category",
                    "Category",
                    policy
                        .rules
                        .categories()
                        .iter()
                        .map(|one| (one.card.id.clone(), one.name.clone()))
                        .collect(),
                ),
            ),
            (
                "clock",
                Field::choice(
                    "clock",
                    "Clock",
                    policy.clocks.definitions().iter().map(|row| same(&row.id)).collect(),
                ),
            ),
            ("due", Field::line("due", "Due within hours")),
            (
                "assignee",
                Field::choice(
                    "assignee",
                    "Who has it",
                    vec![("me".into(), "me".into()), ("nobody".into(), "nobody".into())],
                ),
            ),
        ];
        fields
            .into_iter()
            .filter(|(key, _)| *key != but)
            .map(|(key, field)| {
                let typed = self.typed.get(key).map_or("", String::as_str);
                field.or("any").filled("filter", typed, self.problem.as_ref())
            })
            .collect()
    }
}

fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<(String, String)> {
    all.iter().map(|one| (word(*one).to_owned(), word(*one).to_owned())).collect()
}
