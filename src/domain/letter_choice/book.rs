//! The letter table, loaded and checked, and the choice itself.

use std::collections::BTreeSet;

use crate::domain::authentication::Source;
use crate::domain::origin::Origin;
use crate::domain::policy::{PolicyFiles, PolicyProblem};
use crate::domain::trust::Trust;

use super::check::{FILE, check, line_at, problem};
use super::file::{LetterRow, LettersFile, ReceiptRow, WithholdRow};
use super::{ChoiceInput, LetterChoice, TaskWanted, selftest};

/// The task that makes up for a receipt which an e-mail cannot give.
const WRITTEN_ACKNOWLEDGMENT: &str = "send_written_acknowledgment";

/// The sender's address bounced for good; somebody must find another way.
const UNDELIVERABLE: &str = "undeliverable";

/// Most automatic letters, against loops with other robots and against being
/// used to flood a stranger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// To one address in 24 hours.
    pub address_per_day: u32,
    /// To one address in seven days.
    pub address_per_week: u32,
    /// To an address that the check of senders does not prove, in 24 hours.
    pub unverified_per_day: u32,
    /// The same in seven days.
    pub unverified_per_week: u32,
    /// To anybody in one hour.
    pub all_per_hour: u32,
}

/// Which letter answers what: `rules/letters.toml`, loaded.
#[derive(Clone, Debug, Default)]
pub struct LetterBook {
    limits: Limits,
    default_locale: String,
    locales: Vec<String>,
    internal_clock: String,
    follow_up: String,
    receipts: Vec<ReceiptRow>,
    withholds: Vec<WithholdRow>,
    letters: Vec<LetterRow>,
}

impl LetterBook {
    /// Reads the table and runs the tests beside it. What is wrong goes into
    /// `problems`; a policy with problems is never used.
    pub fn load(files: &PolicyFiles, problems: &mut Vec<PolicyProblem>) -> Self {
        let Some(text) = files.get(FILE) else {
            problems.push(problem(0, FILE, "the file is missing; letters need it"));
            return Self::default();
        };
        let file: LettersFile = match toml::from_str(text) {
            Ok(file) => file,
            Err(error) => {
                let line = error.span().map_or(0, |span| line_at(text, span.start));
                problems.push(problem(line, FILE, error.message()));
                return Self::default();
            }
        };
        let before = problems.len();
        check(&file, text, problems);
        let book = Self {
            limits: Limits {
                address_per_day: file.limits.address_per_day,
                address_per_week: file.limits.address_per_week,
                unverified_per_day: file.limits.unverified_per_day,
                unverified_per_week: file.limits.unverified_per_week,
                all_per_hour: file.limits.all_per_hour,
            },
            default_locale: file.locales.default.clone(),
            locales: file.locales.written.clone(),
            internal_clock: file.internal.clock.clone(),
            follow_up: file.follow_up.template.clone(),
            receipts: file.receipt.into_iter().map(|row| row.into_inner()).collect(),
            withholds: file.withhold.into_iter().map(|row| row.into_inner()).collect(),
            letters: file.letter.into_iter().map(|row| row.into_inner()).collect(),
        };
        if problems.len() == before {
            for case in &file.test {
                let line = line_at(text, case.span().start);
                selftest::run(&book, case.get_ref(), line, problems);
            }
        }
        book
    }

    /// Limits on automatic letters.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Every template the table can choose, sorted: each must exist. Also those
    /// that only a person sends.
    #[must_use]
    pub fn templates(&self) -> BTreeSet<&str> {
        let kept = self.withholds.iter().flat_map(|row| [&row.instead, &row.by_a_person]);
        let kept = kept.flatten().map(String::as_str);
        let letters = self.letters.iter().map(|row| row.template.as_str());
        letters.chain(kept).chain([self.follow_up.as_str()]).collect()
    }

    /// Locales that letters are written in.
    #[must_use]
    pub fn locales(&self) -> &[String] {
        &self.locales
    }

    /// Section of the law that asks for the receipt which ends `clock_kind`.
    #[must_use]
    pub fn citation(&self, clock_kind: &str) -> Option<&str> {
        let asked = self.receipts.iter().find(|row| row.clock == clock_kind);
        asked.map(|row| row.citation.as_str())
    }

    /// The letter for one mail, or why there is none.
    #[must_use]
    pub fn choose(&self, input: &ChoiceInput<'_>) -> LetterChoice {
        if let Some((reason, because)) = self.no_letter_at_all(input) {
            return self.withhold(input, reason, because);
        }
        // One reason without a neutral wording silences the others.
        let silent = self.reasons_for_silence(input).find(|row| row.instead.is_none());
        if let Some(row) = silent {
            return self.withhold(input, &row.reason, &row.citation);
        }
        if let Some(because) = self.limit_reached(input) {
            return self.withhold(input, "limit", &because);
        }
        if let Some(row) = self.reasons_for_silence(input).next() {
            return self.neutral(input, row);
        }
        if input.is_follow_up && self.receipts_owed(input).next().is_none() {
            return self.answered_again(input);
        }
        match self.letters.iter().find(|row| fits(row, input)) {
            Some(row) => self.send(input, row),
            None => self.withhold(input, "no_letter_row", "rules/letters.toml"),
        }
    }

    fn no_letter_at_all(&self, input: &ChoiceInput<'_>) -> Option<(&'static str, &'static str)> {
        if input.understanding.origin.origin != Origin::Person {
            Some(("automatic", "RFC 3834 section 2: never answer automatic mail"))
        } else if !input.has_recipient {
            Some(("no_recipient", "no single address to write to"))
        } else if input.known.is_suppressed {
            Some((UNDELIVERABLE, "12 CFR 1006.42: what bounces is not sent"))
        } else if input.trust == Trust::Suspicious {
            Some(("suspicious", "the sender may be forged; a letter could reach a stranger"))
        } else if input.trust == Trust::Unverified && input.known.authentication.dmarc.is_enforcing
        {
            Some(("unauthenticated", "the domain asks to refuse mail that it did not sign"))
        } else {
            None
        }
    }

    fn limit_reached(&self, input: &ChoiceInput<'_>) -> Option<String> {
        let known = input.known;
        let over = |count: u32, most: u32, what: &str| {
            (count >= most).then(|| format!("{count} of {most} automatic letters {what}"))
        };
        let limits = self.limits;
        // Where nobody checks senders, an unproven one is the normal case.
        let is_checked = known.authentication.from != Source::None;
        let (per_day, per_week) = if is_checked && input.trust <= Trust::Unverified {
            (limits.unverified_per_day, limits.unverified_per_week)
        } else {
            (limits.address_per_day, limits.address_per_week)
        };
        over(known.acknowledged_in_day, per_day, "to this address in 24 h")
            .or_else(|| {
                let most = per_week;
                over(known.acknowledged_in_week, most, "to this address in 7 d")
            })
            .or_else(|| {
                let most = self.limits.all_per_hour;
                over(known.acknowledged_by_all_in_hour, most, "to anybody in one hour")
            })
    }

    /// Receipts the law asks for in answer to this mail.
    fn receipts_owed(&self, input: &ChoiceInput<'_>) -> impl Iterator<Item = &ReceiptRow> {
        let has = |kind: &String| input.understanding.has_kind(kind);
        self.receipts.iter().filter(move |row| has(&row.kind) && !row.without_kinds.iter().any(has))
    }

    fn reasons_for_silence(&self, input: &ChoiceInput<'_>) -> impl Iterator<Item = &WithholdRow> {
        self.withholds.iter().filter(|row| raises(input, &row.flags_any))
    }

    fn send(&self, input: &ChoiceInput<'_>, row: &LetterRow) -> LetterChoice {
        let mut meets = BTreeSet::from([self.internal_clock.clone()]);
        let mut tasks = BTreeSet::new();
        for receipt in self.receipts_owed(input) {
            // 15 USC 7001(c): an e-mail stands for writing only with consent.
            let is_met = input.known.has_consent()
                && receipt.is_met_by_consented_letter
                && row.states_receipt_of.contains(&receipt.kind);
            if is_met {
                meets.insert(receipt.clock.clone());
            } else {
                tasks.insert(written(&receipt.clock));
            }
        }
        // One clock may be asked for by two kinds: a met one needs no task.
        tasks.retain(|task| task.clock_kind.as_ref().is_none_or(|clock| !meets.contains(clock)));
        LetterChoice::Send {
            template: row.template.clone(),
            locale: self.locale_for(&input.understanding.language).to_owned(),
            meets: meets.into_iter().collect(),
            tasks: tasks.into_iter().collect(),
            rule: row.id.clone(),
        }
    }

    /// A receipt that says nothing of the matter, and the tasks all the same:
    /// should nobody have approved the wording, a person is asked in any case.
    fn neutral(&self, input: &ChoiceInput<'_>, row: &WithholdRow) -> LetterChoice {
        let mut tasks: BTreeSet<TaskWanted> =
            self.receipts_owed(input).map(|receipt| written(&receipt.clock)).collect();
        let asked = self.reasons_for_silence(input).filter_map(|row| row.task.clone());
        tasks.extend(asked.map(|kind| TaskWanted { kind, clock_kind: None }));
        LetterChoice::Send {
            template: row.instead.clone().unwrap_or_default(),
            locale: self.locale_for(&input.understanding.language).to_owned(),
            meets: vec![self.internal_clock.clone()],
            tasks: tasks.into_iter().collect(),
            rule: format!("withhold.{} ({})", row.reason, row.citation),
        }
    }

    fn answered_again(&self, input: &ChoiceInput<'_>) -> LetterChoice {
        LetterChoice::Send {
            template: self.follow_up.clone(),
            locale: self.locale_for(&input.understanding.language).to_owned(),
            meets: vec![self.internal_clock.clone()],
            tasks: Vec::new(),
            rule: "follow_up".to_owned(),
        }
    }

    fn withhold(&self, input: &ChoiceInput<'_>, reason: &str, because: &str) -> LetterChoice {
        let mut tasks: BTreeSet<TaskWanted> = BTreeSet::new();
        // Automatic mail starts no clock, so it asks for no receipt either,
        // unless a person may have written it.
        if input.understanding.origin.is_from_a_person() {
            tasks.extend(self.receipts_owed(input).map(|receipt| written(&receipt.clock)));
            let asked = self.reasons_for_silence(input).filter_map(|row| row.task.clone());
            tasks.extend(asked.map(|kind| TaskWanted { kind, clock_kind: None }));
            if reason == UNDELIVERABLE {
                let kind = "reach_borrower_another_way".to_owned();
                tasks.insert(TaskWanted { kind, clock_kind: None });
            }
        }
        LetterChoice::Withhold {
            reason: reason.to_owned(),
            meets: vec![self.internal_clock.clone()],
            tasks: tasks.into_iter().collect(),
            because: because.to_owned(),
        }
    }

    fn locale_for(&self, language: &str) -> &str {
        let written = self.locales.iter().find(|locale| *locale == language);
        written.unwrap_or(&self.default_locale)
    }
}

fn written(clock: &str) -> TaskWanted {
    TaskWanted { kind: WRITTEN_ACKNOWLEDGMENT.to_owned(), clock_kind: Some(clock.to_owned()) }
}

fn raises(input: &ChoiceInput<'_>, flags: &[String]) -> bool {
    flags.iter().any(|flag| input.understanding.has_flag(flag))
}

/// An empty condition holds always.
fn fits(row: &LetterRow, input: &ChoiceInput<'_>) -> bool {
    let seen = input.understanding;
    let has_category =
        |id: &String| seen.matters.iter().any(|matter| matter.category.as_str() == id.as_str());
    row.kinds_all.iter().all(|kind| seen.has_kind(kind))
        && (row.kinds_any.is_empty() || row.kinds_any.iter().any(|kind| seen.has_kind(kind)))
        && (row.flags_any.is_empty() || raises(input, &row.flags_any))
        && (row.categories_any.is_empty() || row.categories_any.iter().any(has_category))
        && (row.queues_any.is_empty() || row.queues_any.iter().any(|queue| queue == input.queue))
}
