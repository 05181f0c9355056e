//! All of `rules/`, loaded, checked and hashed into one revision that every
//! decision names.

use std::collections::BTreeMap;
use std::fmt;

use super::catalogue::ClockBook;
use super::digest::Digest;
use super::escalate::LadderBook;
use super::forecast::roster::Roster;
use super::identity::IdentityBook;
use super::letter_choice::LetterBook;
use super::reply::ReplyBook;
use super::rule::RuleBook;
use super::send_guard::{GuardBook, Known};
use super::wording::WordingBook;

/// File name (relative to `rules/`, with `/`) → text.
pub type PolicyFiles = BTreeMap<String, String>;

/// One thing wrong with a rule file, with the place and the fix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyProblem {
    /// File, e.g. `queues.toml`.
    pub file: String,
    /// Line, from 1; 0 when the whole file is meant.
    pub line: usize,
    /// Key path or rule id, e.g. `queue.escrow.tier`.
    pub key: String,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl fmt::Display for PolicyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.file, self.line, self.key, self.message)
    }
}

/// Hash of all files: names and texts, in order.
#[must_use]
pub fn revision(files: &PolicyFiles) -> Digest {
    let fields: Vec<&[u8]> =
        files.iter().flat_map(|(name, text)| [name.as_bytes(), text.as_bytes()]).collect();
    Digest::of_fields(&fields)
}

/// What the business decides, immutable once loaded.
#[derive(Debug)]
pub struct Policy {
    /// Hash of `files`, in hex: the name of this policy in every decision.
    pub revision: String,
    /// The texts, kept so that the store can keep them.
    pub files: PolicyFiles,
    /// Categories, kinds, flags, queues, routing.
    pub rules: RuleBook,
    /// Calendars, statutory clocks, service levels.
    pub clocks: ClockBook,
    /// Which letter answers what, and when none does.
    pub letters: LetterBook,
    /// What a person's letter counts as.
    pub replies: ReplyBook,
    /// Who is called when, and what is done.
    pub ladders: LadderBook,
    /// What every letter must say and none may say.
    pub wording: WordingBook,
    /// How a requester shows who they are.
    pub identity: IdentityBook,
    /// What speaks against a person's letter.
    pub guard: GuardBook,
    /// Who works when, for the forecast.
    pub roster: Roster,
}

impl Policy {
    /// Loads and checks every file and runs the tests beside the rules.
    ///
    /// # Errors
    /// All problems at once, each with file, line and fix. A policy with a
    /// problem is never used; the running one stays.
    pub fn load(files: PolicyFiles) -> Result<Self, Vec<PolicyProblem>> {
        let mut problems = Vec::new();
        let rules = RuleBook::load(&files, &mut problems);
        let clocks = ClockBook::load(&files, &mut problems);
        let letters = LetterBook::load(&files, &mut problems);
        let replies = ReplyBook::load(&files, &clocks, &mut problems);
        let ladders = LadderBook::load(&files, &rules, &clocks, &mut problems);
        let wording = WordingBook::load(&files, &mut problems);
        let identity = IdentityBook::load(&files, &mut problems);
        let known = Known { rules: &rules, clocks: &clocks, replies: &replies, wording: &wording };
        let guard = GuardBook::load(&files, &known, &mut problems);
        let roster = Roster::load(&files, &rules, &clocks, &mut problems);
        if problems.is_empty() {
            let revision = revision(&files).hex();
            return Ok(Self {
                revision,
                files,
                rules,
                clocks,
                letters,
                replies,
                ladders,
                wording,
                identity,
                guard,
                roster,
            });
        }
        problems.sort();
        problems.dedup();
        Err(problems)
    }
}
