//! What is read out of a mail: evidence in every form that a rule may take,
//! the new text of HTML mails, and secrets that nobody is shown.

use std::process::Command;

use jiff::civil::date;
use tierline::domain::classify::Understanding;
use tierline::domain::digest::Digest;
use tierline::domain::mail::{Address, Attachment, InboundMail};
use tierline::domain::new_text;
use tierline::domain::policy::PolicyFiles;
use tierline::domain::receive::OwnAddresses;
use tierline::domain::rule::RuleBook;
use tierline::mailbox::html;
use tierline::mailbox::mime::MimeLimits;

/// A policy of one category `a` with the given evidence.
fn book(evidence: &str) -> RuleBook {
    let text = format!("[[category]]\nid = \"a\"\nname = \"A\"\n{evidence}");
    let files = PolicyFiles::from([("categories/a.toml".to_owned(), text)]);
    let mut problems = Vec::new();
    let book = RuleBook::load(&files, &mut problems);
    assert!(problems.is_empty(), "{problems:?}");
    book
}

fn line(id: &str, rest: &str) -> String {
    format!("[[category.evidence]]\nid = \"a.{id}\"\n{rest}\n")
}

fn understood(book: &RuleBook, mail: &InboundMail) -> Understanding {
    book.understand(mail, &OwnAddresses::default(), date(2026, 11, 25))
}

fn score(book: &RuleBook, text: &str) -> f64 {
    let mail = InboundMail { text: text.into(), ..InboundMail::default() };
    let seen = understood(book, &mail);
    seen.matters.first().or(seen.runner_up.as_ref()).map_or(0.0, |one| one.score)
}

/// Words that push what follows out of the opening, which counts more.
fn later(text: &str) -> String {
    format!("{}{text}", "words and more words. ".repeat(40))
}

#[test]
fn near_and_not_look_at_what_stands_around_a_match() {
    let near = book(&line("near", "any = [\"fee\"]\nnear = [\"late\"]\nwithin = 10"));
    assert!(score(&near, "the late fee") > 0.0);
    assert_eq!(score(&near, "the fee was charged, and I was not late"), 0.0);
    let not = book(&line("not", "any = [\"fee\"]\nnot = [\"no\"]\nwithin = 5"));
    assert!(score(&not, "a fee") > 0.0);
    assert_eq!(score(&not, "there was no fee"), 0.0);
}

#[test]
fn a_line_may_depend_on_all_any_or_none_of_the_others() {
    let base = line("one", "any = [\"alpha\"]\nweight = 0.1")
        + &line("two", "any = [\"beta\"]\nweight = 0.1");
    let with =
        |rest: &str| book(&(base.clone() + &line("x", &format!("any = [\"omega\"]\n{rest}"))));
    let fires = |book: &RuleBook, text: &str| score(book, &later(text)) >= 1.0;
    let all = with("all_of = [\"a.one\", \"a.two\"]");
    assert!(fires(&all, "alpha beta omega") && !fires(&all, "alpha omega"));
    let any = with("any_of = [\"a.one\", \"a.two\"]");
    assert!(fires(&any, "beta omega") && !fires(&any, "omega"));
    let none = with("none_of = [\"a.one\"]");
    assert!(fires(&none, "beta omega") && !fires(&none, "alpha omega"));
}

#[test]
fn repeated_matches_stop_at_the_cap_and_evidence_may_speak_against() {
    let evidence = line("for", "any = [\"fee\"]\nweight = 1.0\ncap = 2.5")
        + &line("against", "any = [\"thanks\"]\nweight = -0.5");
    let book = book(&evidence);
    assert_eq!(score(&book, &later("fee, fee, fee, fee")), 2.5);
    assert_eq!(score(&book, &later("fee thanks")), 0.5);
}

#[test]
fn evidence_may_look_at_any_part_of_a_mail() {
    let with = |part: &str, word: &str| {
        book(&line("part", &format!("any = [\"{word}\"]\nin = [\"{part}\"]")))
    };
    let mail = InboundMail {
        from: vec![Address { name: String::new(), address: "payoffs@title.example.com".into() }],
        subject: "Urgent".into(),
        text: "Hello\n\n> our old letter".into(),
        attachments: vec![Attachment {
            name: "Hardship Letter.PDF".into(),
            declared_type: "application/octet-stream".into(),
            sniffed_type: "application/pdf".into(),
            size: 1,
            sha: Digest::default(),
        }],
        ..InboundMail::default()
    };
    for (part, word) in [
        ("subject", "urgent"),
        ("new_text", "hello"),
        ("quoted_text", "old letter"),
        ("attachments", "hardship letter"),
        ("attachments", "application/pdf"),
        ("sender", "payoffs"),
    ] {
        assert_eq!(understood(&with(part, word), &mail).matters.len(), 1, "{word} in {part}");
    }
    for (part, word) in [("new_text", "old letter"), ("subject", "hello"), ("sender", "urgent")] {
        assert!(understood(&with(part, word), &mail).matters.is_empty(), "{word} in {part}");
    }
}

#[test]
fn the_new_text_of_html_mails_is_found_whoever_quotes() {
    let old = "<blockquote><div>Your foreclosure sale is set.</div></blockquote>";
    let header = |from: &str, sent: &str, to: &str, subject: &str| {
        format!(
            "<p>My escrow is short.</p><div style=\"border-top:solid\"><p><b>{from}</b> Help \
             &lt;help@example.com&gt;<br><b>{sent}</b> 2.11.2026<br><b>{to}</b> Rosa<br>\
             <b>{subject}</b> Old</p></div><p>Your foreclosure sale is set.</p>"
        )
    };
    let attribution =
        |line: &str| format!("<div>My escrow is short.</div><br><div>{line}</div>{old}");
    for page in [
        attribution(
            "On Mon, Nov 2, 2026 at 9:00 AM Help &lt;<a href=\"mailto:help@example.com\">\
             help@example.com</a>&gt; wrote:<br>",
        ),
        attribution("El lun, 2 nov 2026 a las 9:00, Ayuda (&lt;help@example.com&gt;) escribió:"),
        attribution("Le 2 nov. 2026 à 09:00, Aide &lt;help@example.com&gt; a écrit :"),
        attribution("Am 02.11.2026 um 09:00 schrieb Hilfe &lt;help@example.com&gt;:"),
        header("From:", "Sent:", "To:", "Subject:"),
        header("De:", "Enviado:", "Para:", "Asunto:"),
        header("De :", "Envoyé :", "À :", "Objet :"),
        header("Von:", "Gesendet:", "An:", "Betreff:"),
        format!(
            "<div>On Mon, Nov 2, 2026, Help &lt;h@example.com&gt; wrote:</div>{old}<div>My escrow is short.</div>"
        ),
    ] {
        let text = html::to_text(&page, &MimeLimits::default()).unwrap();
        let shown: Vec<&str> = new_text::visible(&text)
            .into_iter()
            .filter_map(|(start, end)| text.get(start as usize..end as usize))
            .collect();
        assert_eq!(shown, ["My escrow is short."], "{text}");
    }
}

#[test]
fn nobody_is_shown_a_secret_in_an_explanation() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mail.eml");
    let text = "From: rosa@example.com\r\nSubject: SSN 000-12-3456\r\n\r\nMy SSN is 000 12 3456 and \
                my card is 4111 1111 1111 1111. My password is hunter22. Why the late fee?\r\n";
    std::fs::write(&path, text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_tierline"))
        .args(["rules", "explain", path.to_str().unwrap()])
        .env_clear()
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{shown}");
    assert!(shown.contains("contains-secrets.ssn") && shown.contains("contains-secrets.card"));
    // digits of an instant or a hash are no secret
    let is_said = |line: &&str| !line.contains("received") && !line.contains("policy");
    let said: String = shown.lines().filter(is_said).collect();
    for secret in ["3456", "1111", "hunter22"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}
