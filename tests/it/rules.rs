//! The shipped rule files hold what they promise, and a wrong rule file is
//! told exactly where and why.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use jiff::civil::date;
use tierline::domain::classify::{Field, Understanding};
use tierline::domain::loan::KnownLoans;
use tierline::domain::mail::{Address, InboundMail};
use tierline::domain::policy::{PolicyFiles, PolicyProblem};
use tierline::domain::receive::OwnAddresses;
use tierline::domain::route::{Route, Routed};
use tierline::domain::rule::RuleBook;
use tierline::domain::ticket::Tier;
use tierline::domain::trust::Trust;

static SHIPPED: LazyLock<RuleBook> = LazyLock::new(|| {
    let mut problems = Vec::new();
    let book = RuleBook::load(&shipped_files(), &mut problems);
    assert!(problems.is_empty(), "{}", shown(&problems));
    book
});

fn shipped_files() -> PolicyFiles {
    fn read(folder: &Path, root: &Path, files: &mut PolicyFiles) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, root, files);
            } else if path.extension().is_some_and(|kind| kind == "toml") {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                files.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut files = BTreeMap::new();
    read(&root, &root, &mut files);
    files
}

fn shown(problems: &[PolicyProblem]) -> String {
    problems.iter().map(|one| format!("{one}\n")).collect()
}

fn mail(subject: &str, text: &str) -> InboundMail {
    InboundMail {
        from: vec![Address { name: "Rosa Example".into(), address: "rosa@example.com".into() }],
        subject: subject.into(),
        text: text.into(),
        ..InboundMail::default()
    }
}

fn understood(subject: &str, text: &str) -> Understanding {
    SHIPPED.understand(&mail(subject, text), &OwnAddresses::default(), date(2026, 11, 25))
}

fn routed(seen: &Understanding) -> Route {
    routed_from(seen, Trust::Unverified)
}

fn routed_from(understanding: &Understanding, trust: Trust) -> Route {
    let (loans, received_on) = (KnownLoans::default(), date(2026, 11, 25));
    SHIPPED.route(Routed { understanding, trust, loans: &loans, received_on })
}

/// Problems of a policy that consists of one file.
fn problems_of(name: &str, text: &str) -> Vec<PolicyProblem> {
    let mut problems = Vec::new();
    let files = PolicyFiles::from([(name.to_owned(), text.to_owned())]);
    drop(RuleBook::load(&files, &mut problems));
    problems
}

#[test]
fn every_mail_beside_the_shipped_rules_becomes_what_it_should() {
    let failures = SHIPPED.self_tests();
    assert!(failures.is_empty(), "{}", shown(&failures));
    assert!(SHIPPED.self_test_count() >= 100);
}

#[test]
fn every_shipped_category_has_three_test_mails_and_one_of_them_is_spanish() {
    let texts = shipped_files();
    for category in SHIPPED.categories() {
        let lead = format!("expect_matters = [\"{}\"", category.card.id);
        let blocks = texts.values().flat_map(|text| text.split("[[test]]"));
        let own: Vec<&str> = blocks.filter(|block| block.contains(&lead)).collect();
        assert!(own.len() >= 3, "{} has {} test mails", category.card.id, own.len());
        let is_spanish = |block: &&&str| block.contains("expect_language = \"es\"");
        assert!(own.iter().any(|block| is_spanish(&block)), "{} has no Spanish", category.card.id);
    }
}

#[test]
fn the_shipped_rules_give_the_linter_nothing_to_say() {
    let findings = SHIPPED.lint();
    assert!(findings.is_empty(), "{}", shown(&findings));
}

#[test]
fn a_broken_self_test_is_reported_with_its_file_and_line() {
    let mut files = shipped_files();
    let test = "\n[[test]]\nname = \"impossible\"\ntext = \"What is the balance of my loan?\"\n\
                expect_matters = [\"pmi\"]\nexpect_queue = \"compliance\"\n";
    let file = files.get_mut("categories/payments.toml").unwrap();
    let line = file.lines().count() + 3;
    file.push_str(test);
    let mut problems = Vec::new();
    let failures = RuleBook::load(&files, &mut problems).self_tests();
    assert_eq!(failures.len(), 2, "{}", shown(&failures));
    assert_eq!((failures[0].file.as_str(), failures[0].line), ("categories/payments.toml", line));
}

#[test]
fn a_wrong_rule_file_is_refused_with_the_line_the_key_and_the_fix() {
    let category = |rest: &str| {
        format!(
            "[[category]]\nid = \"a\"\nname = \"A\"\n[[category.evidence]]\nid = \"a.x\"\n{rest}\n"
        )
    };
    for (text, line, says) in [
        (category("any = [\"(late\"]"), 6, "regular expression"),
        (category("any = [\"Late fee\"]"), 6, "lower case"),
        (category("any = [\"late .* fee\"]"), 6, "600 bytes"),
        (category("any = []"), 5, "can never fire"),
        (category("any = [\"fee\"]\nweight = 0.5"), 2, "can never reach its threshold"),
        (category("any = [\"fee\"]\nall_of = [\"b.y\"]"), 7, "no evidence has this id"),
        (category("any = [\"fee\"]\nin = [\"body\"]"), 7, "not a part of a mail"),
        (category("any = [\"fee\"]\ncolour = 1"), 7, "unknown field"),
        (category("any = [\"<nowhere>\"]"), 6, "no file defines"),
        (
            "[[category]]\nid = \"a\"\nname = \"A\"\nleads_with = [\"b\"]".into(),
            4,
            "no flag is called",
        ),
        ("[[flag]]\nid = \"a\"\nname = \"A\"".into(), 2, "can never be raised"),
        ("[[route]]\nid = \"r\"\nqueue = \"nowhere\"".into(), 3, "no queue is called"),
        (
            "[[route]]\nid = \"r\"\nwhen = { lead = [\"b\"] }\nhold = \"x\"".into(),
            3,
            "no category is called",
        ),
        ("[[route]]\nid = \"r\"".into(), 2, "decides nothing"),
        ("[[route]]\nid = \"R r\"\nhold = \"x\"".into(), 2, "hyphens"),
        ("[words]\nx = [\"Y\"]".into(), 2, "lower case"),
        ("this is no toml".into(), 1, "toml"),
    ] {
        let found = problems_of("categories/a.toml", &text);
        let is_told = found.iter().any(|one| one.line == line && one.to_string().contains(says));
        assert!(is_told, "{text}\nshould say `{says}` at line {line}, says\n{}", shown(&found));
    }
}

#[test]
fn every_problem_of_every_file_is_told_at_once() {
    let bad = "[[queue]]\nid = \"q\"\nname = \"Q\"\ntier = 9\nlanguages = [\"en\"]\ncapacity = 1\ncalendar = \"c\"\n";
    let files = PolicyFiles::from([
        ("queues.toml".to_owned(), format!("{bad}{bad}")),
        ("flags.toml".to_owned(), "nonsense".to_owned()),
    ]);
    let mut problems = Vec::new();
    drop(RuleBook::load(&files, &mut problems));
    let text = shown(&problems);
    assert!(text.contains("flags.toml:1"), "{text}");
    assert!(text.contains("tier 9 does not exist") && text.contains("id is used twice"), "{text}");
}

#[test]
fn a_rule_file_too_large_is_refused_unread() {
    let found = problems_of("flags.toml", &"# ".repeat(600_000));
    assert!(shown(&found).contains("split it by topic"));
}

#[test]
fn spans_point_at_the_words_of_the_original_text() {
    let text = "Señores:\n\n¿Por qué subió mi LIQUIDACIÓN? Saludos";
    let seen = understood("", text);
    let payoff = seen.matters.iter().find(|one| one.category == "payoff").unwrap();
    let span = payoff.evidence[0].spans[0];
    assert_eq!(span.field, Field::NewText);
    assert_eq!(&text[span.start as usize..span.end as usize], "LIQUIDACIÓN");
}

#[test]
fn our_own_quoted_words_are_no_evidence() {
    let text = "Thank you!\n\nOn Mon, Nov 2, 2026 at 9:00 AM Help <help@example.com> wrote:\n\
                > Your foreclosure sale is on December 1, 2026. Your escrow shortage is due.";
    let seen = understood("Re: hello", text);
    assert!(seen.matters.is_empty() && seen.flags.is_empty(), "{seen:?}");
    assert_eq!(routed(&seen).queue, "triage");
}

#[test]
fn a_sale_within_seven_days_never_falls_below_tier_three_whatever_leads() {
    for text in [
        "I forgot my password and cannot log in. The foreclosure sale is on December 1, 2026.",
        "What is my balance? My home goes to auction in 3 days.",
        "Necesito el formulario 1098. La subasta de mi casa es mañana.",
    ] {
        let seen = understood("", text);
        let route = routed(&seen);
        assert!(route.tier >= Tier::Three, "{text}: {route:?}");
        assert_eq!(route.priority.word(), "urgent", "{text}");
    }
}

#[test]
fn a_doubtful_notice_of_error_runs_its_clock_and_waits_for_confirmation() {
    let doubtful = understood("", "There is a problem with my escrow account.");
    let kind = doubtful.kinds.iter().find(|one| one.kind == "noe").expect("starts the clock");
    assert!(kind.is_to_confirm, "{kind:?}");
    let plain = understood(
        "Notice of error",
        "This is a notice of error. You refused my payment, which is wrong.",
    );
    let kind = plain.kinds.iter().find(|one| one.kind == "noe").expect("starts the clock");
    assert!(!kind.is_to_confirm, "{kind:?}");
}

#[test]
fn the_most_urgent_matter_leads() {
    let seen = understood(
        "Loan modification, hardship, forbearance",
        "I applied for a loan modification and sent my hardship letter and pay stubs. \
         The foreclosure sale is scheduled for December 3, 2026.",
    );
    assert_eq!(seen.matters[0].category, "foreclosure");
    assert!(seen.matters.iter().any(|one| one.category == "loss-mitigation"));
}

#[test]
fn a_suspicious_sender_is_held() {
    let seen = understood("Balance", "What is my current balance?");
    let route = routed_from(&seen, Trust::Suspicious);
    assert_eq!(route.hold.as_deref(), Some("suspicious-sender"));
}

#[test]
fn the_same_mail_is_always_understood_the_same() {
    let text = "You charged a late fee, my escrow is wrong and I want a payoff quote.";
    assert_eq!(understood("Hi", text), understood("Hi", text));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]

    #[test]
    fn any_hostile_mail_is_understood_within_bounds(
        few in proptest::collection::vec(proptest::sample::select(HOSTILE), 1..5),
        other in proptest::sample::select(HOSTILE),
        every in 2usize..40,
    ) {
        let mut text = String::new();
        for piece in (0..).map(|n: usize| if n.is_multiple_of(every) { other } else { few[n % few.len()] }) {
            if text.len() > 100_000 {
                break;
            }
            text.push_str(piece);
        }
        let subject: String = text.chars().take(500).collect();
        let begun = tierline::clock::thread_time();
        let seen = understood(&subject, &text);
        let spent = tierline::clock::thread_time().saturating_sub(begun);
        // An unoptimised build is some twenty times slower than a bench.
        proptest::prop_assert!(spent.as_secs() < 20, "{spent:?}");
        for span in seen.matters.iter().flat_map(|one| &one.evidence).flat_map(|one| &one.spans) {
            let whole = if span.field == Field::Subject { &subject } else { &text };
            proptest::prop_assert!(whole.get(span.start as usize..span.end as usize).is_some());
        }
    }
}

const HOSTILE: &[&str] = &[
    "pay ",
    "payoff wrong ",
    "foreclosure sale on ",
    "12/12 ",
    "1",
    "4111 1111 1111 111",
    "é",
    "> ",
    "\n",
    "On Mon, Ana wrote:\n",
    "From: a\nTo: b\nSubject: c\n",
    "not ",
    "did not ",
    "notice of ",
    "my attorney ",
    "-- \n",
    "\u{202e}",
    "\u{0}",
    "escrow ",
    "ejecución ",
    "<td>",
    "$1,",
    "a.",
    "http://",
    "loan number ",
    "000-00-000",
    "never receive ",
    "December ",
    "\t",
];

#[test]
fn five_thousand_rules_load_and_find_what_they_should() {
    let mut text = String::from("[[category]]\nid = \"many\"\nname = \"M\"\n");
    for n in 0..5_000 {
        text.push_str(&format!(
            "[[category.evidence]]\nid = \"many.x{n}\"\nweight = 0.5\nany = [\"marker {n} (?:one|two) paper\"]\n"
        ));
    }
    let files = PolicyFiles::from([("categories/many.toml".to_owned(), text)]);
    let mut problems = Vec::new();
    let book = RuleBook::load(&files, &mut problems);
    assert!(problems.is_empty(), "{}", shown(&problems));
    let on = date(2026, 11, 25);
    let mail = mail("", "marker 17 two paper, marker 4999 one paper");
    let seen = book.understand(&mail, &OwnAddresses::default(), on);
    let fired: Vec<&str> = seen.matters[0].evidence.iter().map(|one| one.rule.as_str()).collect();
    assert_eq!(fired, ["many.x17", "many.x4999"]);
}

#[test]
fn a_hostile_text_is_bounded_and_never_panics() {
    let bombs = [
        "pay ".repeat(64 * 1024),
        "payoff wrong ".repeat(20_000),
        "é".repeat(100_000),
        "> ".repeat(100_000),
        "a\n".repeat(120_000),
        "On 1 wrote:\n".repeat(10_000),
        "From: a\nTo: b\nSubject: c\n".repeat(5_000),
        "1".repeat(200_000),
        "12/12 ".repeat(30_000),
        "foreclosure sale on ".repeat(10_000),
        "\u{202e}\u{0}\u{1b}[31m".repeat(20_000),
    ];
    for bomb in &bombs {
        let head: String = bomb.chars().take(12).collect();
        let started = std::time::Instant::now();
        let seen = understood(&head, bomb);
        for span in seen.matters.iter().flat_map(|one| &one.evidence).flat_map(|one| &one.spans) {
            let whole = if span.field == Field::Subject { &head } else { bomb };
            assert!(whole.get(span.start as usize..span.end as usize).is_some());
        }
        assert!(started.elapsed().as_secs() < 20, "{head:?} took {:?}", started.elapsed());
    }
}
