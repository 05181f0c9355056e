//! The send guard as a table: each rule finds what it should, at its place, and
//! nothing in a letter without it.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tierline::app::shipped;
use tierline::domain::policy::{Policy, PolicyFiles, PolicyProblem};
use tierline::domain::send_guard::{Addressee, Outcome, Outgoing, Situation, examine, numbers_in};

fn files() -> PolicyFiles {
    shipped::rules(None).unwrap()
}

fn policy() -> Policy {
    Policy::load(files()).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn rosa() -> Situation {
    Situation {
        ticket: "TL-0000-0000-0000".to_owned(),
        language: "en".to_owned(),
        own_domains: vec!["servicer.example".to_owned()],
        addressee: Addressee {
            names: vec!["Rosa Delgado".to_owned(), "Ana Ruiz".to_owned()],
            addresses: vec!["rosa@example.com".to_owned()],
            loan_numbers: vec!["0012345678".to_owned()],
            other_loans: vec!["0099887766".to_owned()],
            is_fdcpa_covered: false,
        },
        ..Situation::default()
    }
}

fn letter(text: &str) -> Outgoing<'_> {
    Outgoing { kind: "answer", subject: "", text, attachments: 0 }
}

/// Rules that fire, each with the words at its first place.
fn found<'t>(policy: &Policy, text: &'t str, situation: &Situation) -> Vec<(String, &'t str)> {
    let findings = examine(&policy.guard, &policy.wording, &letter(text), situation);
    let words = |place: &tierline::domain::classify::Span| {
        text.get(place.start as usize..place.end as usize).expect("a place inside the letter")
    };
    findings
        .iter()
        .map(|finding| (finding.rule.clone(), finding.places.first().map_or("", words)))
        .collect()
}

#[test]
fn each_finding_stands_at_its_words_however_they_are_written() {
    let policy = policy();
    let unproven = rosa();
    for (text, rule, words) in [
        ("Dear John Miller,\nplease call.", "other_name", "John Miller"),
        ("Hi JOHN, please call.", "other_name", "JOHN"),
        ("Estimado señor Muñoz:\nllámenos.", "other_name", "señor Muñoz"),
        ("As we told Mrs. Miller, call.", "other_name", "Miller"),
        ("We moved it to 00-9988-7766.", "other_loan", "00-9988-7766"),
        ("It is on \u{ff10}\u{ff10}99887766 now.", "other_loan", "\u{ff10}\u{ff10}99887766"),
        ("See 5551 0099887766 please.", "other_loan", "0099887766"),
        ("See 0012345678/0099887766 please.", "other_loan", "0099887766"),
        ("See 0012345678-00-9988-7766.", "other_loan", "00-9988-7766"),
        ("See 0011223344 0055667788 0099887766.", "other_loan", "0099887766"),
        ("See _0099887766_ please.", "other_loan", "0099887766"),
        ("See ref0099887766 please.", "other_loan", "0099887766"),
        ("Your loan # 0044332211 is it.", "other_loan", "0044332211"),
        ("The account ending in 7766.", "other_loan", "7766"),
        ("Your loan xxxx7766.", "other_loan", "7766"),
        ("Su préstamo que termina en 7766.", "other_loan", "7766"),
        ("Ask Miller@Example.org about it.", "other_address", "Miller@Example.org"),
        ("Your ticket is TL-4821-0973-5522.", "other_ticket", "TL-4821-0973-5522"),
        ("Your SSN 000 12 3456 is here.", "secret", "000 12 3456"),
        ("Card 4111-1111-1111-1111.", "secret", "4111-1111-1111-1111"),
        ("You owe us.", "loan_fact", "You owe"),
        ("It is $5.", "loan_fact", "$5"),
        ("Your BALANCE\nrose.", "loan_fact", "BALANCE"),
        ("El SALDO subió.", "loan_fact", "SALDO"),
        ("Call us on [date].", "unfilled", "[date]"),
        ("Call us on {{date}}.", "unfilled", "{{"),
        ("Call ____ for it.", "unfilled", "____"),
        ("Please find ATTACHED the form.", "attachment", "ATTACHED"),
        ("Le enviamos el formulario adjunto.", "attachment", "adjunto"),
        ("We promise to call.", "promise", "We promise"),
        ("This is the FINAL notice.", "threat", "FINAL notice"),
        ("You should sue.", "legal_advice", "You should sue"),
        ("Refinance with us.", "marketing", "Refinance"),
    ] {
        let got = found(&policy, text, &unproven);
        let hit = got.iter().find(|(one, _)| one == rule);
        assert_eq!(hit.map(|(_, at)| *at), Some(words), "{text}: {got:?}");
    }
}

#[test]
fn more_numbers_than_are_looked_up_stop_a_letter() {
    let policy = policy();
    let list = |count: usize| {
        let lines = (0..count).map(|at| format!("x\n{}", 100_000 + at));
        lines.collect::<Vec<_>>().join("\n")
    };
    let hidden = format!("{}\n0099887766", list(300));
    assert_eq!(found(&policy, &hidden, &rosa()), [("other_loan".to_owned(), "0099887766")]);
    assert!(numbers_in(&hidden).contains("0099887766"), "it is looked up");
    assert_eq!(found(&policy, &list(4096), &rosa()), []);
    let endless = list(4097);
    assert_eq!(found(&policy, &endless, &rosa()), [("other_loan".to_owned(), "104096")]);
}

#[test]
fn a_careful_letter_has_nothing_against_it() {
    let policy = policy();
    for text in [
        "Dear Rosa,\n\nyour county raised the taxes. Call us at (800) 555-0142.\n\nAna Ruiz",
        "Dear Ms. Delgado,\n\nthank you for your letter of November 20, 2026.",
        "Hello,\n\nwe received your question and look into it.",
        "Good morning Rosa! Your loan number 0012345678, ending in 5678, is on our list.",
        "Write to care@servicer.example, or to us from rosa@example.com, at any time.",
        "Hi there,\n\nplease tell us when we may call.",
        "Dear borrower,\n\nplease tell us when we may call.",
        "",
        "\u{202e}\0\u{200b}",
    ] {
        assert_eq!(found(&policy, text, &rosa()), [], "{text}");
    }
}

#[test]
fn what_is_proven_attached_or_written_as_what_it_is_passes() {
    let policy = policy();
    let proven = Situation { is_proven: true, ..rosa() };
    assert_eq!(found(&policy, "Your balance is $5, and you owe no late fee.", &proven), []);
    let attached = Outgoing { attachments: 1, ..letter("The form is attached.") };
    assert_eq!(examine(&policy.guard, &policy.wording, &attached, &rosa()), []);
    let owed = Situation { clocks: vec!["NOE_RESP".to_owned()], ..rosa() };
    let got = found(&policy, "There was no error.", &owed);
    assert_eq!(got, [("error_answered_in_passing".to_owned(), "no error")]);
    let response = Outgoing {
        kind: "notice_of_error_response",
        ..letter("We corrected it, effective November 20, 2026.")
    };
    assert_eq!(examine(&policy.guard, &policy.wording, &response, &owed), []);
    let nameless = Situation { addressee: Addressee::default(), ..rosa() };
    assert_eq!(found(&policy, "Dear John,\nplease call.", &nameless), [], "no name is known");
}

#[test]
fn every_rule_is_expected_by_a_letter_beside_it_and_what_blocks_comes_first() {
    let files = files();
    let text = &files["send_guard.toml"];
    let policy = policy();
    let expected: BTreeSet<&str> = text
        .split("[[test]]")
        .skip(1)
        .filter_map(|case| case.split("expect = [").nth(1)?.split(']').next())
        .flat_map(|list| list.split('"').skip(1).step_by(2))
        .collect();
    for id in policy.guard.ids() {
        assert!(expected.contains(id), "no letter beside the rules expects {id}");
    }
    let both = "Dear John,\n\nyour balance is $5.";
    let findings = examine(&policy.guard, &policy.wording, &letter(both), &rosa());
    let outcomes: Vec<Outcome> = findings.iter().map(|finding| finding.outcome).collect();
    assert_eq!(outcomes, [Outcome::Blocks, Outcome::Asks]);
    assert_eq!((findings[0].line(both), findings[1].line(both)), (Some(3), Some(1)));
    let kept = serde_json::to_string(&findings).unwrap();
    assert!(!kept.contains("John") && !kept.contains("balance"), "no words: {kept}");
}

/// Problems of the shipped rules with `from` replaced in the guard's table.
fn changed(from: &str, to: &str) -> Vec<PolicyProblem> {
    let mut files = files();
    let text = files.get_mut("send_guard.toml").unwrap();
    assert!(text.contains(from), "{from}");
    *text = text.replacen(from, to, 1);
    Policy::load(files).expect_err(from)
}

#[test]
fn a_wrong_table_is_refused_with_file_line_and_fix() {
    for (from, to, key, message) in [
        ("id = \"other_name\"", "id = \"other_loan\"", "rule.other_loan.id", "is used twice"),
        ("outcome = \"blocks\"", "outcome = \"shrugs\"", "file", "unknown variant"),
        ("flags_any = [\"attorney\"]", "flags_any = [\"x\"]", "flag_attorney.flags_any", "no `x`"),
        ("wording = [\"threat\"]", "wording = [\"x\"]", "rule.threat.wording", "there is no `x`"),
        ("clocks_any = [\"RFI_RESP\"", "clocks_any = [\"X\"", "in_passing.clocks_any", "no `X`"),
        ("kinds = [\"payoff_statement\"]", "kinds = [\"x\"]", "rule.payoff_contents.kinds", "`x`"),
        ("patterns = ['\\{\\{'", "patterns = ['('", "rule.unfilled.patterns", "there is no `(`"),
        ("wording = [\"marketing\"]\n", "", "rule.marketing.wording", "is missing"),
        ("looks_for = \"secret\"\n", "looks_for = \"secret\"\nen = [\"a\"]\n", "secret", "never"),
        ("flags_any = [\"attorney\"]\n", "", "rule.flag_attorney.flags_any", "every letter"),
        ("expect = [\"language\"]", "expect = []", "test.the wrong language", "found language"),
        ("expect = [\"language\"]", "expect = [\"x\"]", "wrong language.expect", "no rule `x`"),
    ] {
        let problems = changed(from, to);
        let hit =
            problems.iter().find(|one| one.key.contains(key) && one.message.contains(message));
        let hit = hit.unwrap_or_else(|| panic!("{to}: {problems:#?}"));
        assert!(hit.file == "send_guard.toml" && hit.line > 0, "{hit}");
    }
    let mut files = files();
    files.remove("send_guard.toml");
    let problems = Policy::load(files).expect_err("missing");
    assert!(problems[0].message.contains("is missing"), "{problems:?}");
}

proptest! {
    #[test]
    fn no_text_breaks_the_guard_and_every_place_is_inside_it(
        text in prop_oneof!["\\PC{0,300}", "(Dear |\\$|[0-9 -]{0,30}|@|\\{|TL-|\n|é|\u{202e}){0,60}"],
    ) {
        let policy = &*POLICY;
        for (_, words) in found(policy, &text, &rosa()) {
            prop_assert!(words.len() <= text.len());
        }
        prop_assert!(numbers_in(&text).len() <= 4096);
    }
}

static POLICY: std::sync::LazyLock<Policy> = std::sync::LazyLock::new(policy);
