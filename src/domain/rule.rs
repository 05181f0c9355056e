//! The rule book: categories, flags, kinds, queues and routing, loaded from
//! `rules/`, checked, and ready to say what a mail means and where it goes.

mod build;
mod check;
mod file;
mod line;
mod lint;
mod self_test;
mod source;

use jiff::civil::Date;

use super::classify::Understanding;
use super::loan::{KnownLoans, LoanSign};
use super::mail::InboundMail;
use super::policy::{PolicyFiles, PolicyProblem};
use super::receive::OwnAddresses;
use super::route::{self, Route, RouteRule, Routed};
use super::scorecard::{Hits, Matcher, Probe, Scorecard};
use super::ticket::Tier;
use super::understand;

/// Where tickets wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Id of the policy.
    pub id: String,
    /// Name to show.
    pub name: String,
    /// Level of skill and authority.
    pub tier: Tier,
    /// Skills an agent needs for it.
    pub skills: Vec<String>,
    /// ISO 639-1 codes of the languages it answers in.
    pub languages: Vec<String>,
    /// Tickets that one agent may hold from it.
    pub capacity: u32,
    /// Id of its business calendar.
    pub calendar: String,
}

/// A category and when it comes first.
#[derive(Clone, Debug, PartialEq)]
pub struct Category {
    /// Its evidence.
    pub card: Scorecard,
    /// Name to show.
    pub name: String,
    /// What label sets call it; empty when they have no word for it.
    pub label: String,
    /// Factor on its score when matters are put in order.
    pub lead: f64,
    /// Flags that put it before all other matters.
    pub leads_with: Vec<String>,
    /// What the loan book may add to what the words say.
    pub loan: Vec<LoanEvidence>,
}

/// Weight for what is on file, beside the words: alone it makes no matter.
#[derive(Clone, Debug, PartialEq)]
pub struct LoanEvidence {
    /// Any of these.
    pub any: Vec<LoanSign>,
    /// Weight it adds once; negative speaks against.
    pub weight: f64,
}

/// A flag and what raises it besides its evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct FlagRule {
    /// Its evidence.
    pub card: Scorecard,
    /// Name to show.
    pub name: String,
    /// What label sets call it; empty when they have no word for it.
    pub label: String,
    /// Raised when a sale date lies at most this many days ahead.
    pub sale_within_days: Option<u16>,
    /// Raised when secrets are found.
    pub is_of_secrets: bool,
}

/// What else speaks for a statutory kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// Any of these matters …
    pub categories: Vec<String>,
    /// … or flags …
    pub flags: Vec<String>,
    /// … or kinds declared earlier.
    pub kinds: Vec<String>,
    /// Only the leading matter counts.
    pub is_leading: bool,
    /// Weight it adds once.
    pub weight: f64,
}

/// A finer kind.
#[derive(Clone, Debug, PartialEq)]
pub struct SubKindRule {
    /// Its evidence; any line is enough.
    pub card: Scorecard,
    /// The law.
    pub citation: String,
    /// Matters that imply it.
    pub categories: Vec<String>,
}

/// A statutory kind: what starts a clock of the law.
#[derive(Clone, Debug, PartialEq)]
pub struct KindRule {
    /// Its evidence; the threshold starts the clock.
    pub card: Scorecard,
    /// Name to show.
    pub name: String,
    /// What label sets call it; empty when they have no word for it.
    pub label: String,
    /// The law.
    pub citation: String,
    /// Below this score a person must confirm.
    pub sure: f64,
    /// What else speaks for it.
    pub context: Vec<Context>,
    /// Finer kinds, strictest first.
    pub sub_kinds: Vec<SubKindRule>,
}

/// How scores become matters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Margin {
    /// A matter needs this share of the best score.
    pub share: f64,
    /// Matters of one mail.
    pub most: usize,
}

/// All rules of the understanding.
#[derive(Debug)]
pub struct RuleBook {
    pub(super) matcher: Matcher,
    pub(super) categories: Vec<Category>,
    pub(super) flags: Vec<FlagRule>,
    pub(super) kinds: Vec<KindRule>,
    pub(super) margin: Margin,
    queues: Vec<Queue>,
    routes: Vec<RouteRule>,
    tests: Vec<self_test::SelfTest>,
    places: Vec<lint::RulePlace>,
    written: Vec<lint::PatternPlace>,
    card_places: Vec<lint::RulePlace>,
    queue_places: Vec<lint::RulePlace>,
    route_places: Vec<lint::RulePlace>,
}

impl RuleBook {
    /// Reads every rule file of the understanding. What is wrong is added to
    /// `problems`, all of it at once; the book then holds what was right.
    #[must_use]
    pub fn load(files: &PolicyFiles, problems: &mut Vec<PolicyProblem>) -> Self {
        let sources = source::read(files, problems);
        let book = build::book(&sources, problems);
        check::references(&sources, problems);
        problems.sort();
        book
    }

    /// What `mail` means. Dates are resolved against `received_on`.
    #[must_use]
    pub fn understand(
        &self,
        mail: &InboundMail,
        own: &OwnAddresses,
        received_on: Date,
    ) -> Understanding {
        understand::understand(self, mail, own, received_on).0
    }

    /// The same, and which evidence fired: what [`Self::with_loans`] weighs anew.
    #[must_use]
    pub(super) fn understand_and_keep(
        &self,
        mail: &InboundMail,
        own: &OwnAddresses,
        received_on: Date,
    ) -> (Understanding, Hits) {
        understand::understand(self, mail, own, received_on)
    }

    /// Matters and kinds of `seen` once more, now that `loans` are known;
    /// nothing when no rule asks for what is known.
    #[must_use]
    pub(super) fn with_loans(
        &self,
        seen: &Understanding,
        hits: &Hits,
        loans: &KnownLoans,
    ) -> Option<Understanding> {
        let mut asks = self.categories.iter().flat_map(|category| &category.loan);
        asks.any(|evidence| loans.first_of(&evidence.any).is_some())
            .then(|| understand::with_loans(self, seen, hits, loans))
    }

    /// Where a mail so understood goes.
    #[must_use]
    pub fn route(&self, mail: Routed<'_>) -> Route {
        route::choose(&self.routes, &self.queues, mail)
    }

    /// All queues, in the order of the file.
    #[must_use]
    pub fn queues(&self) -> &[Queue] {
        &self.queues
    }

    /// The queue called `id`.
    #[must_use]
    pub fn find_queue(&self, id: &str) -> Option<&Queue> {
        self.queues.iter().find(|queue| queue.id == id)
    }

    /// All categories.
    #[must_use]
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// All flags.
    #[must_use]
    pub fn flags(&self) -> &[FlagRule] {
        &self.flags
    }

    /// All statutory kinds.
    #[must_use]
    pub fn kinds(&self) -> &[KindRule] {
        &self.kinds
    }

    /// Runs every `[[test]]` of the rule files; returns the failures.
    #[must_use]
    pub fn self_tests(&self) -> Vec<PolicyProblem> {
        self.tests.iter().flat_map(|test| test.run(self)).collect()
    }

    /// Number of `[[test]]` mails.
    #[must_use]
    pub fn self_test_count(&self) -> usize {
        self.tests.len()
    }

    /// What each evidence line adds to its scorecard for `mail`, by number: 0
    /// where it did not fire.
    #[must_use]
    pub fn added_by_line(&self, mail: &InboundMail) -> Vec<f64> {
        let hits = understand::find_hits(self, mail);
        let lines = 0..self.matcher.lines().len();
        lines.map(|line| self.matcher.evidence(line, &hits).map_or(0.0, |one| one.weight)).collect()
    }

    /// Weight of each evidence line, by number.
    #[must_use]
    pub fn line_weights(&self) -> Vec<f64> {
        self.matcher.lines().iter().map(|line| line.weight).collect()
    }

    /// Ids of the evidence lines of a scorecard.
    #[must_use]
    pub fn line_ids(&self, card: &Scorecard) -> Vec<&str> {
        let lines = self.matcher.lines().get(card.lines.clone()).unwrap_or_default();
        lines.iter().map(|line| line.id.as_str()).collect()
    }

    /// Each pattern that is an expression, by itself, with its number.
    pub fn probes(&self) -> impl Iterator<Item = (usize, Probe<'_>)> {
        let numbered = self.matcher.patterns().iter().enumerate();
        numbered.filter_map(|(number, pattern)| Some((number, Probe::of(pattern)?)))
    }

    /// What is wrong with pattern `number`, at the place where it is written.
    #[must_use]
    pub fn problem_with_pattern(&self, number: usize, what: &str) -> PolicyProblem {
        let place = self.written.get(number);
        let text = place.map(|place| place.text.as_str()).unwrap_or_default();
        PolicyProblem {
            file: place.map(|place| place.file.clone()).unwrap_or_default(),
            line: place.map_or(0, |place| place.line),
            key: place.map(|place| place.rule.clone()).unwrap_or_default(),
            message: format!("`{text}` {what}"),
        }
    }

    /// What works but should be looked at: rules that no test hits, that can
    /// never be reached, that say the same, or that are slow.
    #[must_use]
    pub fn lint(&self) -> Vec<PolicyProblem> {
        lint::findings(self)
    }
}
