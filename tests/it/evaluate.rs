//! What the rules understand, measured: the shipped rules on routine mail, and
//! the command that measures labels, mails and replies.

use std::path::Path;
use std::process::Command;

use jiff::civil::date;
use serde::Deserialize;
use serde_json::{Value, json};
use tierline::app::evaluate::{Refusal, read_labels};
use tierline::domain::mail::{Address, InboundMail};
use tierline::domain::policy::Policy;
use tierline::domain::receive::OwnAddresses;

#[derive(Deserialize)]
struct Routine {
    mails: Vec<RoutineMail>,
}

#[derive(Deserialize)]
struct RoutineMail {
    subject: String,
    text: String,
}

fn routine() -> Vec<RoutineMail> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/routine.toml");
    toml::from_str::<Routine>(&std::fs::read_to_string(file).unwrap()).unwrap().mails
}

#[test]
fn no_routine_mail_is_called_a_notice_of_error_or_goes_to_the_foreclosure_desk() {
    let policy = Policy::load(tierline::app::shipped::rules(None).unwrap()).unwrap();
    let mails = routine();
    assert!(mails.len() >= 60, "{}", mails.len());
    let mut wrong = Vec::new();
    for one in mails {
        let mail = InboundMail {
            from: vec![Address { name: String::new(), address: "rosa@example.com".into() }],
            subject: one.subject.clone(),
            text: one.text,
            ..InboundMail::default()
        };
        let on = date(2026, 11, 25);
        let seen = policy.rules.understand(&mail, &OwnAddresses::default(), on);
        if seen.has_kind("noe") || seen.has_flag("foreclosure-imminent") {
            wrong.push(format!("{}: {:?} {:?}", one.subject, seen.kinds, seen.flags));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn evaluate(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tierline"))
        .arg("evaluate")
        .args(arguments)
        .env_clear()
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn label(key: &str, matters: &[&str], flags: &[&str], text: &str) -> String {
    let primary = matters.first().copied().unwrap_or_default();
    json!({ "key": key, "matters": matters, "primary": primary, "statutory": [], "flags": flags,
        "tier": 1, "text": text })
    .to_string()
}

fn file(dir: &Path, name: &str, text: &str) -> String {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn labels_are_scored_by_label_and_the_worst_text_shows_its_trace() {
    let dir = tempfile::tempdir().unwrap();
    let password = "I forgot my password and I am locked out of the website.";
    let lines = [
        label("right", &["login-help"], &[], password),
        label("wrong", &["escrow"], &["attorney"], password),
    ];
    let path = file(dir.path(), "labels.jsonl", &lines.join("\n"));
    let (status, out, err) = evaluate(&[&path, "--json"]);
    assert_eq!((status, err.as_str()), (Some(0), ""), "{out}");
    let scores: Value = serde_json::from_str(&out).unwrap();
    let login = &scores["matters"]["per_label"]["login-help"];
    assert_eq!(
        (&login["precision"], &login["recall"], &login["support"]),
        (&json!(0.5), &json!(1.0), &json!(1))
    );
    assert_eq!(scores["primary_top1"], json!(0.5));
    assert_eq!(scores["worst"][0]["key"], "wrong");
    assert_eq!(scores["worst"][0]["missed"], json!(["matter escrow", "flag attorney"]));
    assert!(scores["worst"][0]["trace"][0]["rule"].as_str().unwrap().starts_with("login-help."));
    assert!(!out.contains("forgot"), "no words of the text are printed");
}

#[test]
fn our_finer_matters_answer_to_the_coarser_label() {
    let dir = tempfile::tempdir().unwrap();
    let text = "I want to speak with a supervisor. Please escalate this.";
    let path = file(dir.path(), "labels.jsonl", &label("one", &["customer-service"], &[], text));
    let (_, out, _) = evaluate(&[&path, "--json"]);
    let scores: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(scores["matters"]["per_label"]["customer-service"]["f1"], json!(1.0), "{out}");
}

#[test]
fn every_wrong_line_is_named_and_nothing_is_scored() {
    let dir = tempfile::tempdir().unwrap();
    let right = label("right", &["escrow"], &[], "My escrow account is short.");
    let lines = [
        right.as_str(),
        "{",
        r#"{"key": "k"}"#,
        &label("empty", &["escrow"], &[], "  "),
        r#"{"key":"k","matters":["a"],"primary":"b","statutory":[],"flags":[],"text":"x"}"#,
    ];
    let path = file(dir.path(), "labels.jsonl", &lines.join("\n"));
    let (status, out, err) = evaluate(&[&path]);
    assert_eq!((status, out.as_str()), (Some(1), ""));
    for line in [2, 3, 4, 5] {
        assert!(err.contains(&format!("{path}:{line}: ")), "{line}: {err}");
    }
    assert!(err.contains("4 of 5 lines are wrong; nothing was scored"), "{err}");
    assert_eq!(evaluate(&["/nowhere.jsonl"]).0, Some(2));
    assert_eq!(evaluate(&[]).0, Some(2));
}

#[test]
fn a_line_without_end_is_refused_without_being_held() {
    let dir = tempfile::tempdir().unwrap();
    let endless = format!("{}\n{}", "x".repeat(3 << 20), label("k", &[], &[], "text"));
    let path = file(dir.path(), "labels.jsonl", &endless);
    let Err(Refusal::Wrong { lines, read }) = read_labels(Path::new(&path)) else {
        panic!("taken")
    };
    assert_eq!((lines.len(), lines[0].line, read), (1, 1, 2));
    assert!(lines[0].message.contains("longer than"));
    let path = file(dir.path(), "nothing.jsonl", "\n\n");
    assert!(matches!(read_labels(Path::new(&path)), Err(Refusal::Wrong { .. })));
}

#[test]
fn the_origin_of_sorted_mails_is_scored_and_paths_stay_in_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let bounce = "From: MAILER-DAEMON@example.com\nSubject: Undelivered Mail Returned to Sender\n\nuser unknown\n";
    file(dir.path(), "bounce.eml", bounce);
    file(dir.path(), "rosa.eml", "From: rosa@example.com\nSubject: Escrow\n\nHello\n");
    let labels = concat!(
        r#"{"file":"bounce.eml","label":"bounce","hard":true}"#,
        "\n",
        r#"{"file":"rosa.eml","label":"human"}"#
    );
    file(dir.path(), "expected.jsonl", labels);
    let folder = dir.path().to_str().unwrap();
    let (status, out, err) = evaluate(&["--origin", folder, "--json"]);
    assert_eq!(status, Some(0), "{out}{err}");
    let scores: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&scores["bounce_recall"], &scores["human_suppressed"]), (&json!(1.0), &json!(0.0)));
    let outside =
        "{\"file\":\"../x.eml\",\"label\":\"human\"}\n{\"file\":\"rosa.eml\",\"label\":\"cat\"}";
    file(dir.path(), "expected.jsonl", outside);
    let (status, _, err) = evaluate(&["--origin", folder]);
    assert_eq!(status, Some(1));
    assert!(
        err.contains(":1: `file` ../x.eml leads out") && err.contains(":2: `label` cat"),
        "{err}"
    );
}

#[test]
fn cut_replies_are_compared_but_for_white_space() {
    let dir = tempfile::tempdir().unwrap();
    let lines = [
        json!({ "id": "cut", "body": "Yes.\n\nOn 2 Nov 2026, Help wrote:\n> Shall we?", "visible": "Yes." }),
        json!({ "id": "lost", "body": "> old", "visible": "something else" }),
        json!({ "id": "elsewhere", "eml": "x.eml", "visible": "y" }),
    ];
    let text: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let path = file(dir.path(), "trim.jsonl", &text.join("\n"));
    let (status, out, _) = evaluate(&["--trim", &path, "--json"]);
    let scores: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((status, &scores["exact"], &scores["texts"]), (Some(0), &json!(1), &json!(2)));
    assert_eq!((&scores["lost_words"], &scores["skipped"]), (&json!(["lost"]), &json!(1)));
}
