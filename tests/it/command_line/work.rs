//! Persons act on tickets from the command line: each with their own secret, each
//! refusal with its rule and its exit status.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use super::desk::{Desk, NOTICE, RECEIVED};

const BY_ANA: [&str; 4] = ["--by", "ana", "--secret-file", "ana.secret"];
const BY_CORA: [&str; 4] = ["--by", "cora", "--secret-file", "cora.secret"];

fn ticket(desk: &Desk, act: &str, rest: &[&str], by: &[&str], status: i32) -> Value {
    let done = desk.run(&[&["ticket", act][..], rest, by, &["--json"]].concat()).ended(status);
    if status == 0 { done.json() } else { Value::String(done.err) }
}

/// A desk with Rosa's notice of error; its number.
fn with_notice() -> (Desk, String) {
    let desk = Desk::staffed();
    desk.write("notice.eml", NOTICE.as_bytes());
    let taken =
        desk.run(&[&["ingest", "--json"][..], &RECEIVED, &["notice.eml"]].concat()).ended(0);
    let number = taken.json()["ticket"].as_str().map(str::to_owned).unwrap_or_else(|| {
        let listed = desk.run(&["ticket", "list", "--json"]).ended(0);
        listed.json()["ticket"].as_str().unwrap().to_owned()
    });
    (desk, number)
}

#[test]
fn an_agent_takes_answers_and_may_not_resolve_what_the_law_still_wants() {
    let (desk, number) = with_notice();
    let number = number.as_str();
    let refused = ticket(&desk, "take", &[number], &BY_ANA, 5);
    assert!(refused.as_str().unwrap().contains("asks for the skill"), "{refused}");
    let set = ["person", "set", "ana", "--skills", "payments", "--languages", "en,es"];
    desk.run(&[&set[..], &BY_ANA].concat()).ended(5);
    desk.run(&[&set[..], &BY_CORA].concat()).ended(0);
    let next = ticket(&desk, "next", &[], &BY_ANA, 0);
    assert_eq!(next["ticket"], number);
    assert_eq!(ticket(&desk, "next", &[], &BY_ANA, 0)["ticket"], Value::Null);
    desk.write("answer.txt", b"Dear Rosa,\n\nwe look into it.\n");
    let reply = ticket(&desk, "reply", &[number, "--file", "answer.txt"], &BY_ANA, 0);
    assert_eq!(reply["meets"], serde_json::json!(["first_response"]));
    let wrong = [number, "--file", "answer.txt", "--as", "love_letter"];
    let refused = ticket(&desk, "reply", &wrong, &BY_ANA, 5);
    assert!(refused.as_str().unwrap().contains("notice_of_error_response"), "{refused}");
    desk.write("why.txt", b"It is answered.");
    let refused = ticket(&desk, "resolve", &[number, "--reason-file", "why.txt"], &BY_ANA, 5);
    assert!(refused.as_str().unwrap().contains("12 CFR 1024.35"), "{refused}");
    let why = [number, "--reason-file", "why.txt"];
    ticket(&desk, "pend", &why, &BY_ANA, 0);
    let notes = desk.run(&[&["ticket", "notes", number][..], &BY_ANA, &["--json"]].concat());
    assert_eq!(notes.ended(0).json()["text"], "It is answered.");
    let shown = desk.run(&["ticket", "show", number]).ended(0);
    assert!(!shown.out.contains("It is answered."), "notes are private: {}", shown.out);
    desk.run(&["audit", "verify"]).ended(0);
}

#[test]
fn nobody_acts_with_another_s_secret_or_as_an_operator() {
    let (desk, number) = with_notice();
    let number = number.as_str();
    desk.write("why.txt", b"Because.");
    let why = [number, "--reason-file", "why.txt"];
    ticket(&desk, "pend", &why, &["--by", "ana", "--secret-file", "cora.secret"], 5);
    let refused = ticket(&desk, "pend", &why, &["--by", "otto", "--secret-file", "otto.secret"], 5);
    assert!(refused.as_str().unwrap().contains("operator may not work_tickets"), "{refused}");
    ticket(&desk, "close", &["TL-0000-0000-0001"], &BY_ANA, 2);
    let up = [number, "--queue", "escalations", "--handover", "note.toml"];
    desk.write("note.toml", b"tried = []\ndocuments = [\"none\"]\nasked = \"Decide.\"\n");
    let refused = ticket(&desk, "escalate", &up, &BY_ANA, 5);
    assert!(refused.as_str().unwrap().contains("`tried` is empty"), "{refused}");
    desk.write(
        "note.toml",
        b"tried = [\"Called.\"]\ndocuments = [\"none\"]\nasked = \"Decide.\"\n",
    );
    ticket(&desk, "escalate", &up, &BY_ANA, 0);
    let shown = desk.run(&["ticket", "show", number, "--json"]).ended(0).json();
    assert_eq!((shown["queue"].as_str(), shown["tier"].as_str()), (Some("escalations"), Some("3")));
}

#[test]
fn an_engine_whose_ladder_calls_an_unknown_endpoint_does_not_start() {
    let desk = Desk::staffed();
    desk.write("rules/x", b"");
    let copied = std::process::Command::new("cp")
        .args(["-r", concat!(env!("CARGO_MANIFEST_DIR"), "/rules/."), "rules/"])
        .current_dir(desk.path())
        .status()
        .unwrap();
    assert!(copied.success());
    let path = desk.path().join("rules/escalation.toml");
    let ladders = std::fs::read_to_string(&path).unwrap();
    let paged = ladders.replacen("notify = [", "pages = [\"pager\"]\nnotify = [", 1);
    std::fs::write(&path, paged).unwrap();
    let mut command = desk.command(&["ticket", "escalations"]);
    command.env("TIERLINE__RULES__DIR", desk.path().join("rules"));
    let refused = super::desk::answer(command).ended(3);
    assert!(refused.err.contains("webhook pager"), "{}", refused.err);
    let secret = desk.write("pager.secret", b"a secret of the pager\n");
    std::fs::set_permissions(secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    let config = std::fs::read_to_string(desk.path().join("tierline.toml")).unwrap();
    let webhook = "[[webhook]]\nname = \"pager\"\nurl = \"https://hooks.example.com/a\"\n\
                   secret_file = \"pager.secret\"\n";
    desk.write("tierline.toml", format!("{config}{webhook}").as_bytes());
    let mut command = desk.command(&["ticket", "escalations"]);
    command.env("TIERLINE__RULES__DIR", desk.path().join("rules"));
    let refused = super::desk::answer(command).ended(3);
    assert!(refused.err.contains("allowed_hosts"), "{}", refused.err);
    let allowed = "[notify]\nallowed_hosts = [\"hooks.example.com\"]\n";
    desk.write("tierline.toml", format!("{config}{webhook}{allowed}").as_bytes());
    let mut command = desk.command(&["ticket", "escalations"]);
    command.env("TIERLINE__RULES__DIR", desk.path().join("rules"));
    super::desk::answer(command).ended(0);
}

#[test]
fn a_ladder_that_names_what_is_not_there_is_refused_with_its_line() {
    let desk = Desk::empty();
    desk.write("rules/x", b"");
    let copied = std::process::Command::new("cp")
        .args(["-r", concat!(env!("CARGO_MANIFEST_DIR"), "/rules/."), "rules/"])
        .current_dir(desk.path())
        .status()
        .unwrap();
    assert!(copied.success());
    let wrong = "[[ladder]]\nid = \"x\"\nname = \"X\"\non = { flags = [\"no-such-flag\"] }\n\
                 [[ladder.step]]\nafter_minutes = 0\nqueue = \"no-such-queue\"\n\
                 [[ladder.step]]\nafter_minutes = 5\n";
    desk.write("rules/escalation-x.toml", wrong.as_bytes());
    let mut command = desk.command(&["check", "--offline"]);
    command.env("TIERLINE__RULES__DIR", desk.path().join("rules"));
    let refused = super::desk::answer(command).ended(3);
    for said in [
        "rules/escalation-x.toml:4: ladder.x.on",
        "no-such-flag",
        "rules/escalation-x.toml:5: ladder.x.step",
        "no-such-queue",
        "does nothing",
    ] {
        assert!(refused.out.contains(said), "{said}: {}", refused.out);
    }
}

#[test]
fn reports_are_tables_json_and_csv_without_a_borrower() {
    let (desk, _) = with_notice();
    let days = ["--from", "2026-11-01", "--until", "2026-11-30"];
    let clocks = desk.run(&[&["report", "clocks", "--csv"][..], &days].concat()).ended(0);
    assert!(clocks.out.starts_with("clock,class,started,met,met_late,breached,open,ended\r\n"));
    assert!(clocks.out.contains("NOE_RESP,statutory,1,0,0,"), "{}", clocks.out);
    let recurring = desk.run(&[&["report", "recurring", "--json"][..], &days].concat()).ended(0);
    assert_eq!(recurring.json()["month"], "2026-11");
    for report in ["responses", "backlog", "escalations"] {
        let out = desk.run(&[&["report", report][..], &days].concat()).ended(0).out;
        assert!(!out.to_lowercase().contains("rosa"), "{out}");
    }
    desk.run(&["report", "clocks", "--from", "2026-12-01", "--until", "2026-11-01"]).ended(2);
}
