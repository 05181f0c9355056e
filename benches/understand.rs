//! How fast one core reads mail: parsing, understanding and routing, against
//! mail-parser alone; then whole decisions, due dates, and rendered letters.
//!
//! `UNDERSTAND_MAILS` (3000) and `UNDERSTAND_RUNS` (5) change what is measured.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, clippy::disallowed_methods)]

#[path = "kit"]
mod kit {
    pub mod desk;
    pub mod mails;
    pub mod measure;
    pub mod timing;
    pub mod wording;
}

use std::hint::black_box;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use kit::measure::{load, median, rate, setting};
use kit::timing::timed;
use kit::{desk, mails, wording};
use tierline::app::Standing;
use tierline::domain::decision::Decision;
use tierline::domain::id::FreshIds;
use tierline::domain::letter::LetterIntent;
use tierline::domain::loan::KnownLoans;
use tierline::domain::mail::InboundMail;
use tierline::domain::receive::{self, Desk, Known};
use tierline::domain::route::Routed;
use tierline::domain::trust;
use tierline::mailbox::mime::{self, MimeLimits};
use tierline::postage::render::Renderer;

fn main() {
    let count = setting("UNDERSTAND_MAILS", 3_000);
    let runs = setting("UNDERSTAND_RUNS", 5);
    let raws: Vec<Vec<u8>> = (0..count).map(mails::mail).collect();
    let standing = desk::standing();
    println!("understanding {count} mails of {} bytes on one core, load {}", mails::BYTES, load());
    let now: Timestamp = "2026-11-25T15:00:00Z".parse().unwrap();

    let bare =
        show("mail-parser alone", count, runs, || raws.iter().for_each(|raw| bare_parse(raw)));
    let parse = show("parse", count, runs, || raws.iter().for_each(|raw| drop(read(raw, now))));
    let understand = show("parse + understand + route", count, runs, || {
        raws.iter().for_each(|raw| understand(&standing.desk, raw, now));
    });
    println!(
        "  ratio to mail-parser alone: parse {:.2}, parse + understand + route {:.2}",
        parse / bare,
        understand / bare
    );

    let parsed: Vec<InboundMail> = raws.iter().map(|raw| read(raw, now)).collect();
    show("decide (understood, routed, clocks started)", count, runs, || {
        parsed.iter().for_each(|mail| drop(decide(&standing, mail, now)));
    });
    let intents: Vec<LetterIntent> =
        parsed.iter().flat_map(|mail| decide(&standing, mail, now).letters).collect();
    letters(&standing, &wording::renderer(), &intents, runs);
    due_dates(&standing.desk, runs, now);
}

/// Runs `work` several times; its median rate.
fn show(what: &str, count: usize, runs: usize, mut work: impl FnMut()) -> f64 {
    let rates = (0..runs).map(|_| rate(count, timed(&mut work).1)).collect();
    let rate = median(rates);
    println!("  {what}: {rate:.0}/s ({:.0} µs)", 1e6 / rate);
    rate
}

fn bare_parse(raw: &[u8]) {
    let mail = mail_parser::MessageParser::default().parse(raw).unwrap();
    black_box((mail.subject(), mail.body_text(0)));
}

fn read(raw: &[u8], now: Timestamp) -> InboundMail {
    mime::parse(raw, now, &MimeLimits::default())
}

fn understand(desk: &Desk, raw: &[u8], now: Timestamp) {
    let mail = read(raw, now);
    let received_on = desk.policy.clocks.local_date(now);
    let understanding = desk.policy.rules.understand(&mail, &desk.own, received_on);
    let loans = KnownLoans::default();
    let (understanding, trust) = (&understanding, trust::Trust::Unverified);
    let routed = Routed { understanding, trust, loans: &loans, received_on };
    black_box(desk.policy.rules.route(routed));
}

fn decide(standing: &Standing, mail: &InboundMail, now: Timestamp) -> Decision {
    let ids = FreshIds::new(now, [5; 32]);
    receive::receive(&standing.desk, &Known::default(), mail, "care", ids, now)
}

fn letters(standing: &Standing, renderer: &Renderer, intents: &[LetterIntent], runs: usize) {
    show("letters rendered", intents.len(), runs, || {
        for intent in intents {
            let version = renderer.version(&intent.template, &intent.locale).unwrap();
            black_box(renderer.render(intent, version, &standing.sender).unwrap());
        }
    });
}

/// Every row of the catalogue that counts days, on each day of a year: the
/// date alone, and with its arithmetic day by day.
fn due_dates(desk: &Desk, runs: usize, now: Timestamp) {
    let book = &desk.policy.clocks;
    let days: Vec<Date> =
        (0..365).map(|day| book.local_date(now).checked_add(day.days()).unwrap()).collect();
    let rows = book.definitions();
    let dates = rows.len() * days.len();
    show("due dates", dates, runs, || {
        for row in rows {
            days.iter().for_each(|day| {
                black_box(book.due_on(row, *day, None));
            });
        }
    });
    let instants: Vec<Timestamp> =
        (0..365i64).map(|day| now.checked_add((day * 24).hours()).unwrap()).collect();
    show("due dates explained day by day", dates, runs, || {
        for row in rows {
            instants.iter().for_each(|at| drop(black_box(book.explain(&row.id, *at, None))));
        }
    });
}
