//! `tierline clock list|record|extend|void|confirm-void|recompute|state`: what
//! persons do to the clocks of a ticket, each with their own secret.

use jiff::ToSpan;
use serde_json::Value;

use super::desk::{Answer, Desk, NOTICE};

/// A desk with sam the supervisor and one ticket, received an hour ago.
fn with_ticket() -> (Desk, String) {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::staffed();
    let path = desk.write("sam.secret", b"sam keeps a long secret\n");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    desk.run(&[
        "person",
        "add",
        "sam",
        "--role",
        "supervisor",
        "--secret-file",
        "sam.secret",
        "--by",
        "otto",
        "--by-secret-file",
        "otto.secret",
    ])
    .ended(0);
    desk.write("notice.eml", NOTICE.as_bytes());
    let received = (super::now() - 1.hour()).to_string();
    desk.run(&["ingest", "--received", &received, "notice.eml"]).ended(0);
    let listed = desk.run(&["ticket", "list", "--json"]).ended(0);
    let number = listed.json()["ticket"].as_str().unwrap().to_owned();
    (desk, number)
}

fn clock(desk: &Desk, ticket: &str, kind: &str) -> Value {
    let listed = desk.run(&["clock", "list", ticket, "--json"]).ended(0);
    listed.lines().into_iter().find(|clock| clock["kind"] == kind).unwrap()
}

fn does(desk: &Desk, arguments: &[&str], who: &str) -> Answer {
    let secret = format!("{who}.secret");
    desk.run(&[&["clock"], arguments, &["--by", who, "--secret-file", &secret]].concat())
}

#[test]
fn an_answer_is_extended_only_once_its_notice_is_on_record() {
    let (desk, ticket) = with_ticket();
    let before = clock(&desk, &ticket, "NOE_RESP");
    assert_eq!(before["record_agrees"], true);
    let extend = ["extend", &ticket, "NOE_RESP", "--reason", "records of a prior servicer"];
    let refused = does(&desk, &extend, "sam").ended(5);
    assert!(refused.err.contains("is extended only by letter:extension-notice"), "{}", refused.err);
    let record = ["record", &ticket, "letter:extension-notice", "--on-paper"];
    does(&desk, &record, "ana").ended(0);
    let refused = does(&desk, &extend, "ana").ended(5);
    assert!(refused.err.contains("a supervisor or compliance may"), "{}", refused.err);
    let moved = does(&desk, &extend, "sam").ended(0);
    let old = before["due_on"].as_str().unwrap();
    assert!(moved.out.contains(&format!("clock_extended NOE_RESP: due {old} → ")), "{}", moved.out);
    let after = clock(&desk, &ticket, "NOE_RESP");
    assert!(after["due_on"].as_str().unwrap() > old);
    assert_eq!(after["record_agrees"], true);
    desk.run(&["audit", "verify"]).ended(0);
}

#[test]
fn a_clock_is_voided_by_two_who_show_their_secrets() {
    let (desk, ticket) = with_ticket();
    let void = ["void", &ticket, "NOE_CRA_HOLD", "--reason", "no payment is disputed"];
    desk.run(&[&["clock"], &void[..], &["--by", "sam", "--secret-file", "ana.secret"]].concat())
        .ended(5);
    does(&desk, &void, "sam").ended(0);
    assert_eq!(clock(&desk, &ticket, "NOE_CRA_HOLD")["state"], "running");
    let confirm = ["confirm-void", &ticket, "NOE_CRA_HOLD"];
    let alone = does(&desk, &confirm, "sam").ended(5);
    assert!(alone.err.contains("two different persons"), "{}", alone.err);
    does(&desk, &confirm, "cora").ended(0);
    assert_eq!(clock(&desk, &ticket, "NOE_CRA_HOLD")["state"], "voided");
}

#[test]
fn nobody_pauses_the_law_and_a_recompute_says_old_and_new() {
    let (desk, ticket) = with_ticket();
    let refused = does(&desk, &["pause", &ticket, "NOE_ACK"], "cora").ended(5);
    assert!(refused.err.contains("law 5"), "{}", refused.err);
    let again = ["recompute", &ticket, "NOE_ACK", "--rules", "--reason", "counsel asked"];
    let moved = does(&desk, &again, "cora").ended(0);
    let due = clock(&desk, &ticket, "NOE_ACK")["due_on"].as_str().unwrap().to_owned();
    assert!(moved.out.contains(&format!("due {due} → {due}")), "{}", moved.out);
    let no_ground = ["recompute", &ticket, "NOE_ACK", "--reason", "counsel asked"];
    does(&desk, &no_ground, "cora").ended(2);
    does(&desk, &["state", &ticket, "nc"], "ana").ended(0);
    let state_clock = clock(&desk, &ticket, "NC_STATEMENT");
    assert_eq!(
        (&state_clock["state"], &state_clock["class"]),
        (&"running".into(), &"statutory".into())
    );
}
