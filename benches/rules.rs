//! How the understanding grows: 100 to 5,000 rules, a mail of 10 MB, hostile
//! mails, and a backtest on all cores.
//!
//! `RULES_MAILS` (500) and `RULES_RUNS` (3) change what is measured.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, clippy::disallowed_methods)]

#[path = "kit"]
mod kit {
    pub mod desk;
    pub mod hostile;
    pub mod mails;
    pub mod measure;
    pub mod timing;
}

use std::hint::black_box;
use std::time::Duration;

use jiff::Timestamp;
use kit::measure::{load, median, rate, setting};
use kit::timing::timed;
use kit::{desk, mails};
use tierline::app::Standing;
use tierline::app::backtest::{Backtest, GivenText};
use tierline::domain::loan::KnownLoans;
use tierline::domain::mail::InboundMail;
use tierline::domain::policy::PolicyFiles;
use tierline::domain::receive::OwnAddresses;
use tierline::domain::route::Routed;
use tierline::domain::rule::RuleBook;
use tierline::domain::trust::Trust;
use tierline::mailbox::mime::{self, MimeLimits};

const WORDS: &[&str] = &[
    "payment",
    "escrow",
    "letter",
    "statement",
    "branch",
    "window",
    "garden",
    "account",
    "paper",
    "interest",
    "county",
    "insurance",
    "signature",
    "answer",
    "balance",
    "morning",
    "kitchen",
    "notice",
    "mortgage",
    "servicer",
    "balcony",
    "folder",
    "envelope",
    "telephone",
    "neighbor",
];

fn main() {
    let count = setting("RULES_MAILS", 500);
    let runs = setting("RULES_RUNS", 3);
    let now: Timestamp = "2026-11-25T15:00:00Z".parse().unwrap();
    let parsed: Vec<InboundMail> = (0..count).map(|n| read(&mails::mail(n), now)).collect();
    println!("rules over {count} mails of {} bytes on one core, load {}", mails::BYTES, load());
    curve(&parsed, runs, now);
    let standing = desk::standing();
    large_mail(&standing, runs, now);
    hostile_mails(&standing, now);
    backtest(&standing, now);
}

fn read(raw: &[u8], now: Timestamp) -> InboundMail {
    mime::parse(raw, now, &MimeLimits::default())
}

/// Origin to route by one book.
fn understand(book: &RuleBook, mail: &InboundMail, now: Timestamp) {
    let on = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let seen = book.understand(mail, &OwnAddresses::default(), on);
    let loans = KnownLoans::default();
    let (understanding, trust, received_on) = (&seen, Trust::Unverified, on);
    black_box(book.route(Routed { understanding, trust, loans: &loans, received_on }));
}

fn curve(mails: &[InboundMail], runs: usize, now: Timestamp) {
    let mut shipped = 0.0;
    for rules in [0, 100, 500, 1_000, 2_000, 5_000] {
        let book = if rules == 0 { shipped_book() } else { made_book(rules) };
        let work = || mails.iter().for_each(|mail| understand(&book, mail, now));
        let rates = (0..runs).map(|_| rate(mails.len(), timed(work).1)).collect();
        let rate = median(rates);
        if rules == 0 {
            shipped = rate;
            println!("  shipped rules: {rate:.0}/s ({:.0} µs)", 1e6 / rate);
        } else {
            println!(
                "  {rules} rules: {rate:.0}/s ({:.0} µs), {:.2} of the shipped",
                1e6 / rate,
                rate / shipped
            );
        }
    }
}

fn shipped_book() -> RuleBook {
    book(&desk::policy().files)
}

fn book(files: &PolicyFiles) -> RuleBook {
    let mut problems = Vec::new();
    let book = RuleBook::load(files, &mut problems);
    assert!(problems.is_empty(), "{problems:?}");
    book
}

/// Rules as people write them: a few words, a gap, an alternative, a weight.
fn made_book(rules: usize) -> RuleBook {
    let mut text = String::new();
    let word = |n: usize| WORDS[n % WORDS.len()];
    for card in 0..rules.div_ceil(20) {
        text.push_str(&format!(
            "[[category]]\nid = \"made-{card}\"\nname = \"M\"\nthreshold = 2.0\n"
        ));
        for line in 0..20.min(rules - card * 20) {
            let n = card * 20 + line;
            let (a, b, c) = (word(n), word(n / 3 + 7), word(n / 11 + 3));
            text.push_str(&format!(
                "[[category.evidence]]\nid = \"made-{card}.{line}\"\nweight = 0.5\n\
                 any = [\"{a}{n} {b}\", \"{a} (?:{b}|{c}) number {n}\", \"{c} ~ {a} {n}\"]\n"
            ));
        }
    }
    book(&PolicyFiles::from([("categories/made.toml".to_owned(), text)]))
}

fn large_mail(standing: &Standing, runs: usize, now: Timestamp) {
    let mut raw = mails::mail(1);
    let line = b"My escrow account is wrong and the payment was not credited, again and again.\r\n";
    while raw.len() < 10_000_000 {
        raw.extend_from_slice(line);
    }
    let work = || understand(&standing.desk.policy.rules, &read(&raw, now), now);
    let took = (0..runs).map(|_| timed(work).1.as_secs_f64()).collect();
    println!("  a mail of 10 MB, read and understood: {:.1} ms", median(took) * 1e3);
}

fn hostile_mails(standing: &Standing, now: Timestamp) {
    let mut worst = (Duration::ZERO, 0);
    for seed in 0..400u64 {
        let mail = kit::hostile::mail(seed);
        let (_, took) = timed(|| understand(&standing.desk.policy.rules, &mail, now));
        worst = worst.max((took, seed));
    }
    println!(
        "  worst of 400 hostile mails: {:.1} ms (seed {})",
        worst.0.as_secs_f64() * 1e3,
        worst.1
    );
}

fn backtest(standing: &Standing, now: Timestamp) {
    let text = |n: usize| {
        let mail = read(&mails::mail(n), now);
        GivenText {
            key: n.to_string(),
            text: mail.text,
            subject: mail.subject,
            from: None,
            received_at: Some(now),
        }
    };
    let texts: Vec<GivenText> = (0..2_000).map(text).collect();
    let mut backtest = Backtest::new(standing, standing, 0);
    let (_, took) = timed(|| backtest.replay_texts(&texts, now));
    let minute = rate(texts.len(), took) * 60.0;
    println!("  backtest of texts on all cores: {minute:.0} mails a minute");
}
