//! The `[[test]]` mails of the rule files: rules are released only when every
//! mail beside them still becomes what it should.

use jiff::civil::Date;
use serde_spanned::Spanned;

use super::RuleBook;
use super::file::Test;
use super::source::Source;
use crate::domain::classify::Understanding;
use crate::domain::digest::Digest;
use crate::domain::loan::{KnownLoans, LoanSign};
use crate::domain::mail::{Address, Attachment, InboundMail, TextSource};
use crate::domain::policy::PolicyProblem;
use crate::domain::receive::{Known, OwnAddresses};
use crate::domain::route::{Route, Routed};
use crate::domain::trust;

/// A day for tests that do not name one: a Wednesday.
const DAY: Date = jiff::civil::date(2026, 11, 4);

/// One test mail with its place.
#[derive(Debug)]
pub(super) struct SelfTest {
    file: String,
    line: usize,
    test: Test,
}

impl SelfTest {
    pub(super) fn of(source: &Source) -> Vec<Self> {
        let of_test = |test: &Test| Self {
            file: source.name.clone(),
            line: source.line(&test.name),
            test: test.clone(),
        };
        source.rules.test.iter().map(of_test).collect()
    }

    /// The mail as it would come in.
    pub(super) fn mail(&self) -> InboundMail {
        let address = |text: &str| Address { name: String::new(), address: text.to_owned() };
        let attach = |name: &String| Attachment {
            name: name.clone(),
            declared_type: "application/octet-stream".into(),
            sniffed_type: "application/octet-stream".into(),
            size: 1,
            sha: Digest::default(),
        };
        InboundMail {
            from: vec![address(self.test.from.as_deref().unwrap_or("rosa@example.com"))],
            subject: self.test.subject.clone(),
            text: self.test.text.clone(),
            text_source: TextSource::Plain,
            attachments: self.test.attachments.iter().map(attach).collect(),
            ..InboundMail::default()
        }
    }

    pub(super) fn understood(&self, book: &RuleBook) -> Result<(Understanding, Date), String> {
        let received_on = match &self.test.received_on {
            Some(day) => day
                .parse()
                .map_err(|_| format!("received_on `{day}` is not a date like 2026-11-04"))?,
            None => DAY,
        };
        let own = OwnAddresses::default();
        let (seen, hits) = book.understand_and_keep(&self.mail(), &own, received_on);
        let with_loans = book.with_loans(&seen, &hits, &self.loans()?);
        Ok((with_loans.unwrap_or(seen), received_on))
    }

    /// What the loan book is to tell.
    fn loans(&self) -> Result<KnownLoans, String> {
        let sign = |word: &Spanned<String>| {
            let word = word.get_ref();
            LoanSign::from_word(word).ok_or_else(|| format!("no sign of the loan book is `{word}`"))
        };
        Ok(KnownLoans {
            signs: self.test.loan.iter().map(sign).collect::<Result<_, _>>()?,
            states: self.test.state.clone().into_iter().collect(),
        })
    }

    /// One problem for each expectation that is not met.
    pub(super) fn run(&self, book: &RuleBook) -> Vec<PolicyProblem> {
        let mut wrong = Vec::new();
        match self.understood(book) {
            Err(message) => wrong.push(message),
            Ok((seen, received_on)) => {
                let own = OwnAddresses::default();
                let mail = self.mail();
                let forgery = trust::signs_of_forgery(&mail, &own, "");
                let (trust, _) = trust::weigh(&mail, &seen.origin, &forgery, &Known::default());
                let loans = self.loans().unwrap_or_default();
                let routed = Routed { understanding: &seen, trust, loans: &loans, received_on };
                let route = book.route(routed);
                self.compare_matters(&seen, &mut wrong);
                self.compare_kinds(&seen, &mut wrong);
                self.compare_flags(&seen, &mut wrong);
                self.compare_rest(&seen, &route, &mut wrong);
            }
        }
        let key = format!("test `{}`", self.test.name.get_ref());
        let place = |message| PolicyProblem {
            file: self.file.clone(),
            line: self.line,
            key: key.clone(),
            message,
        };
        wrong.into_iter().map(place).collect()
    }

    fn compare_matters(&self, seen: &Understanding, wrong: &mut Vec<String>) {
        let found: Vec<&str> = seen.matters.iter().map(|one| one.category.as_str()).collect();
        let scores = || {
            let scored = seen.matters.iter().chain(&seen.runner_up);
            scored
                .map(|one| format!("{} {}", one.category, one.score))
                .collect::<Vec<_>>()
                .join(", ")
        };
        if let Some(wanted) = &self.test.expect_matters {
            let is_met = wanted.iter().all(|one| found.contains(&one.as_str()))
                && wanted.first().map(String::as_str) == found.first().copied();
            if !is_met {
                wrong.push(format!("matters should be {wanted:?}, are [{}]", scores()));
            }
        }
        for unwanted in
            self.test.expect_no_matters.iter().filter(|one| found.contains(&one.as_str()))
        {
            wrong.push(format!("matter {unwanted} should not be there: [{}]", scores()));
        }
    }

    fn compare_kinds(&self, seen: &Understanding, wrong: &mut Vec<String>) {
        let found: Vec<String> =
            seen.kinds.iter().map(|one| format!("{}/{}", one.kind, one.sub_kind)).collect();
        let has = |wanted: &str| {
            found.iter().any(|one| one == wanted || one.split('/').next() == Some(wanted))
        };
        expect(
            "kinds",
            self.test.expect_kinds.as_deref(),
            &self.test.expect_no_kinds,
            &found,
            has,
            wrong,
        );
    }

    fn compare_flags(&self, seen: &Understanding, wrong: &mut Vec<String>) {
        let found: Vec<String> = seen.flags.iter().map(|one| one.flag.clone()).collect();
        let has = |wanted: &str| seen.has_flag(wanted);
        expect(
            "flags",
            self.test.expect_flags.as_deref(),
            &self.test.expect_no_flags,
            &found,
            has,
            wrong,
        );
    }

    fn compare_rest(&self, seen: &Understanding, route: &Route, wrong: &mut Vec<String>) {
        let test = &self.test;
        let mut same = |what: &str, wanted: Option<String>, is: &str| {
            if let Some(wanted) = wanted.filter(|wanted| wanted != is) {
                wrong.push(format!("{what} should be {wanted}, is {is} by {:?}", route.rules));
            }
        };
        same("queue", test.expect_queue.clone(), &route.queue);
        same("tier", test.expect_tier.map(|tier| tier.to_string()), route.tier.word());
        same("priority", test.expect_priority.clone(), route.priority.word());
        same("language", test.expect_language.clone(), &seen.language);
        same("hold", test.expect_hold.clone(), route.hold.as_deref().unwrap_or_default());
        for (fact, value) in &test.expect_facts {
            let found = seen.fact(fact).map_or("absent", |found| found.value.as_str());
            same(fact, Some(value.clone()), found);
        }
    }
}

fn expect(
    what: &str,
    wanted: Option<&[String]>,
    unwanted: &[String],
    found: &[String],
    has: impl Fn(&str) -> bool,
    wrong: &mut Vec<String>,
) {
    if let Some(wanted) = wanted
        && (!wanted.iter().all(|one| has(one)) || wanted.is_empty() && !found.is_empty())
    {
        wrong.push(format!("{what} should be {wanted:?}, are {found:?}"));
    }
    for one in unwanted.iter().filter(|one| has(one)) {
        wrong.push(format!("{what} should not hold {one}: {found:?}"));
    }
}
