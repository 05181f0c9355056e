//! `tierline ticket open`: paper and calls become tickets like mail does.

use super::desk::{Answer, Desk};

const TEXT: &[u8] = b"This is a notice of error. My November payment was not credited.\n";

fn open(desk: &Desk, more: &[&str]) -> Answer {
    let common = [
        "ticket",
        "open",
        "--json",
        "--channel",
        "letter",
        "--received",
        "2026-11-20T09:00-05:00",
        "--by",
        "ana",
        "--secret-file",
        "ana.secret",
    ];
    desk.run(&[&common[..], more].concat())
}

fn shown(desk: &Desk, opened: &serde_json::Value) -> serde_json::Value {
    desk.run(&["ticket", "show", "--json", opened["ticket"].as_str().unwrap()]).ended(0).json()
}

#[test]
fn a_notice_on_paper_starts_the_clocks_of_the_law_at_its_receipt() {
    let desk = Desk::staffed();
    desk.write("letter.txt", TEXT);
    desk.write("scan.pdf", b"%PDF-1.7\n%%EOF\n");
    let files = ["--file", "letter.txt", "--file", "scan.pdf", "--from-name", "Rosa Delgado"];
    let opened = open(&desk, &files).ended(0).json();
    assert_eq!(opened["trust"], "unverified");
    assert_eq!(opened["held"], serde_json::Value::Null, "paper is not a forged sender");
    let ticket = shown(&desk, &opened);
    assert_eq!(ticket["received_at"], "2026-11-20T14:00:00Z");
    let clocks = ticket["clocks"].as_array().unwrap();
    assert!(clocks.iter().any(|clock| clock["kind"] == "NOE_ACK" && clock["state"] == "running"));
    assert_eq!(ticket["letters"].as_array().unwrap().len(), 0, "nobody is written to by e-mail");
    assert_eq!(ticket["tasks"][0]["kind"], "send_written_acknowledgment");
    let opening = &ticket["events"][0];
    assert_eq!(opening["kind"], "ticket_opened");
    assert!(opening["actor"].as_str().unwrap().starts_with("person:"), "{opening}");
    assert_eq!(opening["particulars"]["via"], "letter");
    assert_eq!(open(&desk, &files).ended(0).json()["is_known"], true);
    desk.run(&["audit", "verify"]).ended(0);
}

#[test]
fn a_contact_without_an_address_is_acknowledged_by_a_person() {
    let desk = Desk::staffed();
    desk.write("note.txt", b"She asked what her escrow shortage is.\n");
    let opened = open(&desk, &["--file", "note.txt"]).ended(0).json();
    let tasks = shown(&desk, &opened)["tasks"].clone();
    assert_eq!(tasks[0]["kind"], "acknowledge_without_mail", "{tasks}");
}

#[test]
fn a_contact_with_an_address_is_acknowledged_by_e_mail() {
    let desk = Desk::staffed();
    desk.write("letter.txt", TEXT);
    let opened = open(&desk, &["--file", "letter.txt", "--from-address", "Rosa@example.com"])
        .ended(0)
        .json();
    let letters = shown(&desk, &opened)["letters"].clone();
    assert_eq!(letters[0]["template"], "ack_notice_of_error", "{letters}");
}

#[test]
fn nobody_opens_a_ticket_in_another_name() {
    let desk = Desk::staffed();
    desk.write("letter.txt", TEXT);
    let forged = [
        "ticket",
        "open",
        "--channel",
        "phone",
        "--received",
        "2026-11-20T09:00-05:00",
        "--by",
        "ana",
        "--secret-file",
        "otto.secret",
        "--file",
        "letter.txt",
    ];
    desk.run(&forged).ended(5);
    let by_otto: Vec<&str> = forged.map(|word| if word == "ana" { "otto" } else { word }).into();
    assert!(desk.run(&by_otto).ended(5).err.contains("operator opens no tickets"));
    open(&desk, &["--file", "letter.txt", "--from-address", "not an address"]).ended(2);
    open(&desk, &["--file", "missing.txt"]).ended(2);
    assert_eq!(desk.run(&["ticket", "list", "--json"]).ended(0).out, "");
}
