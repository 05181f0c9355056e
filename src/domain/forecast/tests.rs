//! The forecast against worlds that are not made like its model.

use jiff::SignedDuration;
use jiff::civil::{Date, date};

use super::accuracy::{Spread, accuracy};
use super::arrival::Arrivals;
use super::chance::Chance;
use super::handling::{Handling, PersonAct};
use super::history::{Day, History};
use super::outlook::{Allowed, DayAhead, House, LiveWork, RecentWork, outlook};
use super::simulate::{Hand, Piece, simulate};
use crate::domain::catalogue::ClockBook;
use crate::domain::id::{PersonId, TicketId};
use crate::domain::policy::PolicyFiles;

const OFFICE: &str = "servicer = \"office\"\n\n[[calendar]]\nid = \"office\"\n\
    zone = \"America/New_York\"\nfederal_holidays = \"observed\"\n\
    open_to_public = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]\nclosures = []\n\n\
    [calendar.hours]\nmon = [\"08:00-18:00\"]\ntue = [\"08:00-18:00\"]\nwed = [\"08:00-18:00\"]\n\
    thu = [\"08:00-18:00\"]\nfri = [\"08:00-18:00\"]\n";

fn book() -> ClockBook {
    let files = PolicyFiles::from([("calendars.toml".to_owned(), OFFICE.to_owned())]);
    ClockBook::load(&files, &mut Vec::new())
}

/// Days of a world with waves instead of a straight trend, moods that last for
/// days, bursts when a letter went out to many, and no month ends.
fn world(seed: u64, count: usize) -> Vec<Day> {
    let mut chance = Chance::new(seed);
    let (mut mood, mut day) = (0.0_f64, date(2025, 1, 6));
    let mut days = Vec::with_capacity(count);
    for number in 0..count {
        mood = 0.6 * mood + 0.12 * chance.normal();
        let wave = 1.0 + 0.25 * (number as f64 / 90.0).sin();
        let burst = if chance.unit() < 0.02 { 1.6 } else { 1.0 };
        let weekday = [1.3, 1.1, 1.0, 1.0, 0.9, 0.25, 0.15][number % 7];
        let level = 60.0 * wave * mood.exp() * burst * weekday;
        let mut hours = [0; 24];
        for (hour, cell) in hours.iter_mut().enumerate() {
            let shape = ((hour as f64 - 3.0) / 24.0 * std::f64::consts::TAU).sin().max(-0.8) + 0.9;
            // clusters of one to three mails instead of single ones
            let clusters = chance.count(level * shape / 24.0 / 1.8);
            *cell = (0..clusters).map(|_| 1 + (chance.unit() * 2.6) as u32).sum();
        }
        days.push(Day { date: day, hours, is_holiday: false });
        day = day.tomorrow().unwrap();
    }
    days
}

#[test]
fn four_of_five_days_of_another_process_lie_in_the_band_that_says_so() {
    let (mut inside, mut all, mut error, mut baseline) = (0_u32, 0_u32, 0.0, 0.0);
    for seed in 1..=6 {
        let days = world(seed, 52 * 7);
        for week in 0..10 {
            let (known, rest) = days.split_at(days.len() - (10 - week) * 7);
            let history = History::of_days(known.to_vec());
            let (model, spread) = (Arrivals::fit(known).unwrap(), Spread::learned(&history));
            let mut chance = Chance::new(seed);
            for (place, day) in rest.iter().take(7).enumerate() {
                let expected = model.expected_total(day);
                inside += u32::from(spread.band(expected, &mut chance).has(day.total()));
                all += 1;
                error += (day.total() - expected).abs();
                baseline += (day.total() - known[known.len() - 7 + place].total()).abs();
            }
        }
    }
    let share = f64::from(inside) / f64::from(all);
    assert!((0.72..=0.9).contains(&share), "{share} of {all} days lie in the band");
    assert!(error < 0.95 * baseline, "{error} is no better than a week before, {baseline}");
}

#[test]
fn accuracy_is_told_of_weeks_that_were_held_out() {
    let days = world(9, 40 * 7);
    let told = accuracy(&History::of_days(days.clone()), &mut Chance::new(1)).unwrap();
    assert_eq!(told.days, 28);
    assert!(told.error > 0.0 && told.baseline_error > 0.0 && told.in_band > 0.4, "{told:?}");
    let short = History::of_days(days[..50].to_vec());
    assert_eq!(accuracy(&short, &mut Chance::new(1)), None);
    assert_eq!(Arrivals::fit(&days[..20]), None);
}

#[test]
fn month_ends_holidays_and_growth_are_learned() {
    let book = book();
    let mut days = Vec::new();
    let mut on = date(2025, 1, 6);
    for number in 0..(60 * 7) {
        let mut day = Day::empty(on, book.servicer());
        let growth = 1.005_f64.powf(number as f64 / 7.0);
        let weekday = if day.weekday() < 5 { 40.0 } else { 4.0 };
        let peak = match (day.is_holiday, day.is_month_end()) {
            (true, _) => 0.2,
            (false, true) => 1.5,
            (false, false) => 1.0,
        };
        day.hours[10] = (weekday * growth * peak).round() as u32;
        days.push(day);
        on = on.tomorrow().unwrap();
    }
    let model = Arrivals::fit(&days).unwrap();
    let expected = |on: Date| model.expected_total(&Day::empty(on, book.servicer()));
    // the history ends on March 1, 2026; the 4th is an ordinary Wednesday
    let ordinary = expected(date(2026, 3, 4));
    assert!((ordinary / (40.0 * 1.005_f64.powi(60)) - 1.0).abs() < 0.08, "{ordinary}");
    let month_end = expected(date(2026, 3, 31));
    assert!((1.25..1.7).contains(&(month_end / ordinary)), "{month_end} {ordinary}");
    let holiday = expected(date(2026, 5, 25));
    assert!(holiday / ordinary < 0.5, "Memorial Day: {holiday} {ordinary}");
    let hours = model.expected(&Day::empty(date(2026, 3, 4), book.servicer()));
    assert!(hours[10] > 0.99 * ordinary && hours[3] < 0.01 * ordinary, "{hours:?}");
}

/// Observed handling times: `count` tickets, each worked on once.
fn observed(draw: &mut impl FnMut() -> i64, count: u128) -> Handling {
    let start: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut acts = Vec::new();
    for number in 0..count {
        let at = start + SignedDuration::from_hours(2 * i64::try_from(number).unwrap());
        let act = |at| PersonAct {
            person: PersonId(uuid::Uuid::from_u128(1)),
            ticket: TicketId(uuid::Uuid::from_u128(number)),
            category: "escrow".to_owned(),
            at,
        };
        acts.push(act(at));
        acts.push(act(at + SignedDuration::from_mins(draw())));
    }
    Handling::of(&acts)
}

fn piece(arrives: i64, urgent: i64, minutes: i64) -> Piece {
    Piece { queue: 0, language: 0, holder: None, rank: 1, arrives, urgent, minutes }
}

/// In the world behind, handling times are of two kinds of tickets, and mails
/// come in bursts; the forecast knows neither, only what was observed.
#[test]
fn of_promises_that_are_called_unlikely_to_hold_about_so_many_are_broken() {
    let book = book();
    let mut buckets = [(0.0, 0.0, 0_u32); 4];
    for seed in 0..60 {
        let mut world = Chance::new(1_000 + seed);
        let mut minutes =
            move || if world.unit() < 0.7 { 6 + (world.unit() * 8.0) as i64 } else { 35 };
        let handling = observed(&mut minutes, 150);
        let mut dice = Chance::new(5_000 + seed);
        let live: Vec<i64> = (0..30).map(|_| 20 + (dice.unit() * 560.0) as i64).collect();
        let hands = vec![Hand { queues: vec![true], languages: vec![true], spans: vec![(0, 600)] }];
        let hours: Vec<(i64, f64)> = (0..10).map(|hour| (hour * 60, 1.2)).collect();
        let house = House {
            start: "2026-03-03T13:00:00Z".parse().unwrap(),
            calendar: book.servicer(),
            days: vec![DayAhead { date: date(2026, 3, 3), from: 0, until: 600, hours }],
            spread: Spread::default(),
            hands: hands.clone(),
            live: live
                .iter()
                .map(|due| LiveWork {
                    piece: piece(0, *due, 0),
                    category: "escrow".to_owned(),
                    due: Some(*due),
                })
                .collect(),
            recent: vec![RecentWork {
                piece: piece(0, 0, 0),
                category: "escrow".to_owned(),
                allowed: Allowed::Open(SignedDuration::from_hours(4)),
            }],
            handling: &handling,
        };
        let told = outlook(&house, 120, seed);
        let mut true_pieces: Vec<Piece> =
            live.iter().map(|due| piece(0, *due, minutes())).collect();
        for _ in 0..dice.count(6.0) {
            let at = (dice.unit() * 600.0) as i64;
            for _ in 0..2 {
                true_pieces.push(piece(at, at + 240, minutes()));
            }
        }
        let done = simulate(&hands, &true_pieces);
        for ((due, chance), done) in live.iter().zip(&told.tickets).zip(&done) {
            let chance = chance.unwrap();
            let is_broken = done.is_none_or(|done| done > *due);
            let bucket = &mut buckets[((chance * 4.0) as usize).min(3)];
            bucket.0 += chance;
            bucket.1 += f64::from(u8::from(is_broken));
            bucket.2 += 1;
        }
    }
    for (told, broken, count) in buckets {
        let count = f64::from(count);
        assert!(count > 60.0, "{buckets:?}");
        assert!((told / count - broken / count).abs() < 0.12, "{buckets:?}");
    }
}

#[test]
fn more_people_break_fewer_promises_and_the_same_seed_says_the_same() {
    let book = book();
    let handling = observed(&mut || 20, 20);
    let hand = Hand { queues: vec![true], languages: vec![true], spans: vec![(0, 600)] };
    let house = |people: usize| House {
        start: "2026-03-03T13:00:00Z".parse().unwrap(),
        calendar: book.servicer(),
        days: vec![DayAhead { date: date(2026, 3, 3), from: 0, until: 600, hours: vec![(0, 4.0)] }],
        spread: Spread { week: 0.01, day: 0.02 },
        hands: vec![hand.clone(); people],
        live: (1..=30)
            .map(|due| LiveWork {
                piece: piece(0, due * 12, 0),
                category: "escrow".to_owned(),
                due: Some(due * 12),
            })
            .collect(),
        recent: vec![RecentWork {
            piece: piece(0, 0, 0),
            category: "escrow".to_owned(),
            allowed: Allowed::Plain(SignedDuration::from_hours(2)),
        }],
        handling: &handling,
    };
    let (one, two, four) =
        (outlook(&house(1), 50, 3), outlook(&house(2), 50, 3), outlook(&house(4), 50, 3));
    assert!(one.breaches.mean > two.breaches.mean && two.breaches.mean > four.breaches.mean);
    assert_eq!(one, outlook(&house(1), 50, 3));
    let day = one.days.first().unwrap();
    assert!((day.people_hours - 10.0).abs() < 1e-9 && (9.0..13.0).contains(&day.work_hours));
    assert!((day.arrivals.mean - 4.0).abs() < 1.2, "{day:?}");
}

/// The shipped rules with this roster.
fn with_roster(text: &str) -> Result<crate::domain::policy::Policy, Vec<String>> {
    let mut files = crate::app::shipped::rules(None).unwrap();
    files.insert("roster.toml".to_owned(), text.to_owned());
    let loaded = crate::domain::policy::Policy::load(files);
    loaded.map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

#[test]
fn a_roster_says_who_works_when_and_its_tests_are_run() {
    let text = "[[person]]\nname = \"ana\"\nskills = [\"escrow\"]\n\
                hours = { thu = [\"08:00-12:00\", \"13:00-17:00\"], fri = [\"08:00-12:00\"] }\n\
                absences = [{ from = \"2026-12-24\", to = \"2026-12-31\" }]\n\n\
                [[test]]\nperson = \"ana\"\non = \"2026-12-03\"\nhours = 8\n\n\
                [[test]]\nperson = \"ana\"\non = \"2026-12-24\"\nhours = 0\n\n\
                [[test]]\nperson = \"ana\"\non = \"2026-11-26\"\nhours = 0\n";
    let policy = with_roster(text).unwrap();
    let ana = policy.roster.people().first().unwrap();
    assert_eq!((ana.name.as_str(), policy.roster.self_test_count()), ("ana", 3));
    let spans = ana.spans(date(2026, 12, 4), policy.clocks.servicer());
    let hours: Vec<String> = spans.iter().map(|(from, until)| format!("{from} {until}")).collect();
    assert_eq!(hours, ["2026-12-04T13:00:00Z 2026-12-04T17:00:00Z"]);
    assert_eq!(with_roster("").unwrap().roster.people(), []);
}

#[test]
fn a_broken_roster_is_reported_with_file_line_and_fix() {
    let person = |rest: &str| format!("# one\n[[person]]\nname = \"ana\"\n{rest}\n");
    let test = "\n[[test]]\nperson = \"ana\"\non = \"2026-12-03\"\nhours = 3\n";
    let good = "hours = { thu = [\"08:00-12:00\"] }";
    for (text, fix) in [
        (person("hours = { moon = [\"08:00-12:00\"] }"), "write mon, tue"),
        (person("hours = { thu = [\"8-12\"] }"), "write 09:00-17:00"),
        (person("hours = { thu = [\"08:00-12:00\", \"11:00-13:00\"] }"), "join them into one"),
        (person(&format!("{good}\nskills = [\"dancing\"]")), "see rules/queues.toml"),
        (
            person(&format!(
                "{good}\nabsences = [{{ from = \"2026-12-31\", to = \"2026-12-24\" }}]"
            )),
            "write a first",
        ),
        (person(good) + &person(good), "join the two"),
        (person(good) + test, "works 4 hours on 2026-12-03, not 3"),
        (person("hour = 1"), "unknown field"),
    ] {
        let told = with_roster(&text).unwrap_err();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("roster.toml:") && !told[0].starts_with("roster.toml:0"),
            "{told:?}"
        );
        assert!(told[0].contains(fix), "{told:?}");
    }
}
