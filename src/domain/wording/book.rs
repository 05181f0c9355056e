//! The table of required and forbidden wording, loaded, and the inspection of
//! one sample by it.

use regex::Regex;

use super::check::{FILE, check, line_at, problem};
use super::file::{ForbidRow, ReadingRow, RequireRow, WordingFile};
use super::phrase::Searched;
use super::{LetterChannel, SampleWords, WordingFinding, grade, link};
use crate::domain::policy::{PolicyFiles, PolicyProblem};

/// What every letter must say and none may say: `rules/letters-wording.toml`.
#[derive(Clone, Debug, Default)]
pub struct WordingBook {
    reading: ReadingRow,
    requires: Vec<RequireRow>,
    forbids: Vec<(ForbidRow, Vec<Regex>)>,
}

impl WordingBook {
    /// Reads the table. What is wrong goes into `problems`.
    pub fn load(files: &PolicyFiles, problems: &mut Vec<PolicyProblem>) -> Self {
        let Some(text) = files.get(FILE) else {
            problems.push(problem(0, FILE, "the file is missing; letters are checked by it"));
            return Self::default();
        };
        let file: WordingFile = match toml::from_str(text) {
            Ok(file) => file,
            Err(error) => {
                let line = error.span().map_or(0, |span| line_at(text, span.start));
                problems.push(problem(line, FILE, error.message()));
                return Self::default();
            }
        };
        check(&file, text, problems);
        let compiled = |row: ForbidRow| {
            let patterns = row.patterns.iter().filter_map(|one| Regex::new(one).ok()).collect();
            (row, patterns)
        };
        Self {
            reading: file.reading,
            requires: file.require.into_iter().map(|row| row.into_inner()).collect(),
            forbids: file.forbid.into_iter().map(|row| compiled(row.into_inner())).collect(),
        }
    }

    /// Everything wrong with one sample, sorted.
    #[must_use]
    pub fn inspect(&self, sample: &SampleWords<'_>) -> Vec<WordingFinding> {
        let (subject, text) = (Searched::new(sample.subject), Searched::new(sample.text));
        let mut findings = Vec::new();
        for row in self.requires.iter().filter(|row| applies(row, sample)) {
            findings.extend(missing(row, sample, &text));
        }
        for (row, patterns) in self.forbids.iter().filter(|(row, _)| concerns(row, sample)) {
            for (is_in_subject, part) in [(true, &subject), (false, &text)] {
                findings.extend(present(row, patterns, sample, part, is_in_subject));
            }
        }
        for (is_in_subject, part) in [(true, sample.subject), (false, sample.text)] {
            findings.extend(foreign_links(part, is_in_subject, sample.own_hosts));
        }
        findings.extend(self.too_hard(sample));
        findings.sort();
        findings.dedup();
        findings
    }

    /// Every id of a row, for tests that each one can fail.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let requires = self.requires.iter().map(|row| row.id.as_str());
        requires.chain(self.forbids.iter().map(|(row, _)| row.id.as_str()))
    }

    /// What of the required phrases a wording has: what it says, and why.
    pub(super) fn said_in(&self, sample: &SampleWords<'_>) -> impl Iterator<Item = (&str, &str)> {
        let text = Searched::new(sample.text);
        let phrases = |row: &RequireRow| match sample.locale {
            "es" => row.es.clone(),
            _ => row.en.clone(),
        };
        let said: Vec<&RequireRow> = self
            .requires
            .iter()
            .filter(|row| applies(row, sample) && !phrases(row).is_empty())
            .filter(|row| phrases(row).iter().all(|phrase| text.has(phrase)))
            .collect();
        said.into_iter().map(|row| (row.says.as_str(), row.because.as_str()))
    }

    /// Folded places in `text` of the words that the row `id` forbids in
    /// `locale`, whoever the letter goes to.
    pub(in crate::domain) fn places(
        &self,
        id: &str,
        locale: &str,
        text: &Searched<'_>,
    ) -> Vec<(usize, usize)> {
        let row = self.forbids.iter().find(|(row, _)| row.id == id);
        let Some((row, patterns)) = row else { return Vec::new() };
        let matched = patterns.iter().flat_map(|pattern| pattern.find_iter(text.folded()));
        let matched = matched.map(|found| (found.start(), found.end()));
        said(row, locale, text).chain(matched).collect()
    }

    fn too_hard(&self, sample: &SampleWords<'_>) -> Option<WordingFinding> {
        let message = if sample.locale == "es" {
            let reading = grade::read_spanish(sample.text)?;
            let least = self.reading.es_index_at_least;
            (reading.index < least).then(|| {
                format!(
                    "reads at {:.1} of the Szigriszt-Pazos index, at least {least} is wanted; \
                     write shorter sentences and words",
                    reading.index
                )
            })?
        } else {
            let reading = grade::read_english(sample.text)?;
            let most = self.reading.en_grade_at_most;
            (reading.index > most).then(|| {
                format!(
                    "reads at school grade {:.1}, at most {most} is wanted; \
                     write shorter sentences and words",
                    reading.index
                )
            })?
        };
        let rule = "reading".to_owned();
        Some(WordingFinding { is_in_subject: false, rule, words: String::new(), message })
    }
}

fn starts_with_one(name: &str, beginnings: &[String]) -> bool {
    beginnings.is_empty() || beginnings.iter().any(|one| name.starts_with(one.as_str()))
}

fn has_word(words: &[String], word: &str) -> bool {
    words.is_empty() || words.iter().any(|one| one == word)
}

fn applies(row: &RequireRow, sample: &SampleWords<'_>) -> bool {
    starts_with_one(sample.template, &row.templates)
        && !row.except.iter().any(|name| name == sample.template)
        && has_word(&row.audiences, sample.audience.word())
        && has_word(&row.channels, sample.channel.word())
        && (!row.when_fdcpa || sample.is_fdcpa_covered)
}

fn concerns(row: &ForbidRow, sample: &SampleWords<'_>) -> bool {
    starts_with_one(sample.template, &row.templates)
        && has_word(&row.audiences, sample.audience.word())
}

fn missing(row: &RequireRow, sample: &SampleWords<'_>, text: &Searched<'_>) -> Vec<WordingFinding> {
    let phrases = if sample.locale == "es" { &row.es } else { &row.en };
    // On paper nobody received an "email".
    let phrases = phrases.iter().filter(|phrase| {
        sample.channel == LetterChannel::Mail
            || !(phrase.contains("email") || phrase.contains("correo"))
    });
    let phrases = phrases
        .filter(|phrase| !text.has(phrase))
        .map(|phrase| format!("must say {}: \u{201c}{phrase}\u{201d} ({})", row.says, row.because));
    let values = row
        .values
        .iter()
        .filter(|field| {
            let value = sample.values.get(*field).map(String::as_str).unwrap_or_default();
            !text.has(&value.replace('|', " "))
        })
        .map(|field| format!("must say {}: {{{{{field}}}}} ({})", row.says, row.because));
    phrases
        .chain(values)
        .map(|message| WordingFinding {
            is_in_subject: false,
            rule: row.id.clone(),
            words: String::new(),
            message,
        })
        .collect()
}

/// Folded places of the forbidden phrases, but for those inside an allowed one.
fn said<'a>(
    row: &'a ForbidRow,
    locale: &str,
    text: &'a Searched<'_>,
) -> impl Iterator<Item = (usize, usize)> + use<'a> {
    let (phrases, allowed) = match locale {
        "es" => (&row.es, &row.unless_es),
        _ => (&row.en, &row.unless_en),
    };
    let excused: Vec<(usize, usize)> =
        allowed.iter().flat_map(|phrase| text.places(phrase)).collect();
    phrases
        .iter()
        .flat_map(|phrase| phrase.split('|'))
        .flat_map(|phrase| text.places(phrase))
        .filter(move |place| !excused.iter().any(|long| long.0 <= place.0 && place.1 <= long.1))
}

fn present(
    row: &ForbidRow,
    patterns: &[Regex],
    sample: &SampleWords<'_>,
    text: &Searched<'_>,
    is_in_subject: bool,
) -> Vec<WordingFinding> {
    let mut places: Vec<(usize, usize)> = said(row, sample.locale, text).collect();
    for pattern in patterns {
        let found = pattern.find_iter(text.folded()).map(|found| (found.start(), found.end()));
        // A value of ours that looks like a number is no wording.
        places.extend(found.filter(|&(start, end)| {
            let words = text.original(start, end);
            !sample.values.values().any(|value| value.contains(&words))
        }));
    }
    places
        .into_iter()
        .map(|(start, end)| WordingFinding {
            is_in_subject,
            rule: row.id.clone(),
            words: text.original(start, end),
            message: format!("must not say {} ({})", row.says, row.because),
        })
        .collect()
}

fn foreign_links(text: &str, is_in_subject: bool, own_hosts: &[String]) -> Vec<WordingFinding> {
    link::hosts_in(text)
        .into_iter()
        .filter(|(host, _)| !link::is_own_host(host, own_hosts))
        .map(|(host, words)| WordingFinding {
            is_in_subject,
            rule: "link".to_owned(),
            words,
            message: format!("leads to `{host}`, which is not ours; link only to our own hosts"),
        })
        .collect()
}
