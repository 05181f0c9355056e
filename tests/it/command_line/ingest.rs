//! `tierline ingest`, and the lists that show what it did.

use std::io::Write as _;
use std::process::Stdio;

use super::desk::{Answer, Desk, NOTICE, RECEIVED};
use super::{texts, tierline};

#[test]
fn a_dry_run_needs_no_database_and_no_key_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("notice.eml"), NOTICE).unwrap();
    let mut command = tierline(&["ingest", "--dry-run", "--json"]);
    command.args(RECEIVED).arg("notice.eml").current_dir(dir.path());
    let (status, out, err) = texts(command.output().unwrap());
    assert_eq!((status, err.as_str()), (Some(0), ""));
    let decided: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(decided["origin"], "person");
    assert_eq!(decided["trust"], "unverified");
    assert_eq!(decided["disposition"], "new");
    assert_eq!(decided["ticket"], serde_json::Value::Null);
    assert_eq!(decided["kinds"][0]["kind"], "noe");
    let matter = &decided["matters"][0];
    assert!(matter["score"].as_f64().unwrap() >= matter["threshold"].as_f64().unwrap());
    assert!(matter["evidence"][0]["spans"][0]["end"].as_u64().unwrap() > 0);
    assert!(decided["queue"].is_string() && decided["priority"].is_string());
    let clocks = decided["clocks"].as_array().unwrap();
    let due = |kind: &str| {
        let clock = clocks.iter().find(|clock| clock["kind"] == kind).unwrap();
        clock["due_on"].as_str().unwrap().to_owned()
    };
    // Five and thirty business days of Regulation X, Thanksgiving left out.
    assert_eq!((due("NOE_ACK").as_str(), due("NOE_RESP").as_str()), ("2026-11-30", "2027-01-06"));
    assert!(decided["letter"].as_str().unwrap().starts_with("ack_notice_of_error"));
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "only the mail itself");
}

#[test]
fn standard_input_is_a_mail_too() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = tierline(&["ingest", "--dry-run", "-"]);
    command.current_dir(dir.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(NOTICE.as_bytes()).unwrap();
    let (status, out, _) = texts(child.wait_with_output().unwrap());
    assert_eq!(status, Some(0));
    assert!(out.starts_with("-: new · "), "{out}");
    assert!(out.contains("not counted: Saturday"), "{out}");
}

#[test]
fn a_mail_from_a_file_becomes_a_ticket_once() {
    let desk = Desk::empty();
    desk.write("notice.eml", NOTICE.as_bytes());
    let ingest = ["ingest", "--json", RECEIVED[0], RECEIVED[1], "notice.eml"];
    let first = desk.run(&ingest).ended(0).json();
    let number = first["ticket"].as_str().unwrap().to_owned();
    assert_eq!(desk.run(&ingest).ended(0).json()["is_known"], true);
    let listed = desk.run(&["ticket", "list", "--json"]).ended(0).lines();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["ticket"], number.as_str());
    let shown = desk.run(&["ticket", "show", &number, "--json"]).ended(0);
    assert_eq!(shown.json()["received_at"], "2026-11-20T21:02:00Z");
    assert_eq!(shown.json()["letters"][0]["state"], "held", "nothing is approved yet");
    for private in ["rosa", "Rosa", "payment not credited", "November payment"] {
        assert!(!shown.out.contains(private), "{private} is shown");
    }
    let mails = desk.run(&["mail", "list", "--mailbox", "file", "--json"]).ended(0).lines();
    assert_eq!((mails.len(), mails[0]["disposition"].as_str()), (1, Some("new")));
    let held = desk.run(&["outbox", "list", "--state", "held", "--json"]).ended(0).lines();
    assert_eq!(held[0]["reason"], "no_approved_template");
    let letter = held[0]["id"].as_str().unwrap();
    let letter = desk.run(&["outbox", "show", letter, "--json"]).ended(0).json();
    assert_eq!(letter["events"][0]["kind"], "letter_written");
    assert_eq!(desk.run(&["outbox", "list", "--state", "uncertain", "--json"]).out, "");
}

#[test]
fn one_file_that_cannot_be_read_stops_no_other() {
    let desk = Desk::empty();
    desk.write("notice.eml", NOTICE.as_bytes());
    let taken = desk.run(&["ingest", "missing.eml", "notice.eml"]).ended(1);
    assert!(taken.out.contains("✗ cannot read missing.eml"), "{}", taken.out);
    assert!(taken.out.contains("notice.eml: new TL-"), "{}", taken.out);
}

#[test]
fn an_automatic_mail_is_listed_with_its_signal_and_makes_no_ticket() {
    let desk = Desk::empty();
    let away = NOTICE.replace("Subject:", "Auto-Submitted: auto-replied\r\nSubject:");
    desk.write("away.eml", away.as_bytes());
    assert_eq!(
        desk.run(&["ingest", "--json", "away.eml"]).ended(0).json()["disposition"],
        "machine"
    );
    let listed = desk.run(&["mail", "list", "--disposition", "machine", "--json"]).ended(0).lines();
    assert_eq!(listed[0]["signals"][0], "auto-replied");
    assert_eq!(listed[0]["ticket"], serde_json::Value::Null);
    assert_eq!(desk.run(&["ticket", "list", "--json"]).ended(0).out, "");
}

#[test]
fn a_receipt_lies_in_the_past_and_has_an_offset() {
    let desk = Desk::empty();
    desk.write("notice.eml", NOTICE.as_bytes());
    let with = |received: &str| -> Answer {
        desk.run(&["ingest", "--dry-run", "--received", received, "notice.eml"])
    };
    assert!(with("2026-11-20T16:02").ended(2).err.contains("offset"));
    assert!(with("2999-01-01T00:00Z").ended(2).err.contains("future"));
}

#[test]
fn a_ticket_that_is_not_there_is_a_problem_and_a_wrong_number_is_wrong_usage() {
    let desk = Desk::empty();
    desk.run(&["ticket", "show", "TL-4821-0973-5522"]).ended(1);
    desk.run(&["ticket", "show", "TL-4821-0973-5528"]).ended(2);
    desk.run(&["ticket", "list", "--status", "asleep"]).ended(2);
}

#[test]
fn a_changed_event_is_named_by_stream_and_number() {
    let desk = Desk::empty();
    desk.write("notice.eml", NOTICE.as_bytes());
    desk.run(&["ingest", "notice.eml"]).ended(0);
    let whole = desk.run(&["audit", "verify", "--json"]).ended(0).json();
    assert!(whole["events"].as_u64().unwrap() > 3, "{whole}");
    super::reconcile::alter(
        &desk,
        &[
            "DROP TRIGGER event_keeps_its_text",
            "UPDATE event SET actor = 'nobody' WHERE seq = 2 AND stream LIKE 'ticket:%'",
        ],
    );
    let broken = desk.run(&["audit", "verify", "--json"]).ended(1).json();
    assert_eq!(broken["first_break"]["seq"], 2);
    assert!(broken["first_break"]["stream"].as_str().unwrap().starts_with("ticket:"));
    let stream = broken["first_break"]["stream"].as_str().unwrap();
    desk.run(&["audit", "verify", "--stream", stream]).ended(1);
    desk.run(&["audit", "verify", "--stream", "mailbox:file"]).ended(0);
}
