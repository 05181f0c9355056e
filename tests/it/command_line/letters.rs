//! What was sent, byte for byte; receipts on paper; what persons do with letters.

use super::desk::{Desk, NOTICE};

const CORA: [&str; 4] = ["--by", "cora", "--secret-file", "cora.secret"];
const ANA: [&str; 4] = ["--by", "ana", "--secret-file", "ana.secret"];

/// A notice of error whose receipt is approved; the ticket's number.
fn noticed(desk: &Desk) -> String {
    desk.run(&[&["templates", "import"], &ANA[..]].concat()).ended(0);
    let listed = desk.run(&["templates", "list", "--json"]).ended(0).lines();
    let hash = |locale: &str| {
        let found = listed
            .iter()
            .find(|one| one["name"] == "ack_notice_of_error" && one["locale"] == locale);
        found.unwrap()["version"].as_str().unwrap().to_owned()
    };
    let (en, es) = (hash("en"), hash("es"));
    let one = ["templates", "approve", "ack_notice_of_error", "--version", &en, "--locale", "en"];
    desk.run(&[&one[..], &["--pair", &es], &CORA].concat()).ended(0);
    desk.write("notice.eml", NOTICE.as_bytes());
    desk.run(&["ingest", "notice.eml"]).ended(0);
    let letter = desk.run(&["outbox", "list", "--json"]).ended(0).json();
    letter["ticket"].as_str().unwrap().to_owned()
}

#[test]
fn what_a_borrower_got_is_shown_byte_for_byte_and_proven() {
    let desk = Desk::staffed();
    let ticket = noticed(&desk);
    desk.run(&["run", "--once"]).ended(0);
    let show = ["letters", "show", ticket.as_str()];
    let shown = desk.run(&[&show[..], &["--json"], &CORA].concat()).ended(0).json();
    assert_eq!((&shown["state"], &shown["approved_by"]), (&"handed_over".into(), &"cora".into()));
    assert_eq!(shown["proof"]["record"], "same", "{shown}");
    assert_eq!(shown["proof"]["rerendered"], "same", "{shown}");
    let raw = desk.run(&[&show[..], &["--raw"], &CORA].concat()).ended(0).out;
    assert_eq!(shown["bytes"], raw.as_str());
    let file = std::fs::read_dir(desk.path().join("outbox"))
        .unwrap()
        .filter_map(|entry| Some(entry.unwrap().path()).filter(|path| path.extension().is_some()))
        .find(|path| path.extension().unwrap() == "eml")
        .unwrap();
    assert_eq!(std::fs::read_to_string(file).unwrap(), raw, "as it left");
    let recipient = shown["recipient"].as_str().unwrap().to_uppercase();
    let by_address = ["letters", "show", "--borrower", &recipient];
    desk.run(&[&by_address[..], &CORA].concat()).ended(0);
    desk.run(&[&by_address[..], &["--at", "2001-01-01"], &CORA].concat()).ended(1);
    let otto = ["--by", "otto", "--secret-file", "otto.secret"];
    desk.run(&[&show[..], &otto].concat()).ended(5);
    let why = desk.run(&["letters", "why", &ticket, "--json"]).ended(0).json();
    let told = why["letter"].as_str().unwrap();
    assert!(told.contains("ack_notice_of_error (en) by row notice_of_error"), "{why}");
    desk.run(&["audit", "verify"]).ended(0);
}

#[test]
fn a_receipt_on_paper_meets_the_clock_that_an_email_could_not() {
    let desk = Desk::staffed();
    let ticket = noticed(&desk);
    let owed = desk.run(&["print", "list", "--json"]).ended(0).json();
    assert_eq!((&owed["clock_kind"], &owed["state"]), (&"NOE_ACK".into(), &"to print".into()));
    let sent = ["print", "sent", &ticket, "--on", "2001-01-02"];
    desk.run(&[&sent[..], &ANA].concat()).ended(1);
    let export =
        ["print", "export", &ticket, "--out", "letter.pdf", "--line", "Rosa N\u{fa}\u{f1}ez"];
    desk.run(&[&export[..], &ANA].concat()).ended(2);
    let lines = ["--line", "12 Main Street", "--line", "Springfield, IL 62701"];
    let printed = desk.run(&[&export[..], &lines, &["--json"], &ANA].concat()).ended(0).json();
    assert_eq!(printed["meets"], serde_json::json!(["NOE_ACK"]));
    let pdf = std::fs::read(desk.path().join("letter.pdf")).unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    let owed = desk.run(&["print", "list", "--json"]).ended(0).json();
    assert_eq!(owed["state"], "printed, to mail");
    let clock = |desk: &Desk| {
        let shown = desk.run(&["ticket", "show", &ticket, "--json"]).ended(0).json();
        let clocks = shown["clocks"].as_array().unwrap().clone();
        clocks.into_iter().find(|clock| clock["kind"] == "NOE_ACK").unwrap()
    };
    assert_ne!(clock(&desk)["state"], "met", "printing is not mailing");
    desk.run(&[&["print", "sent", &ticket, "--on", "2999-01-01"], &ANA[..]].concat()).ended(5);
    desk.run(&[&sent[..], &ANA].concat()).ended(5);
    let printed = desk.run(&["print", "list", "--json"]).ended(0).json();
    let on = printed["printed_on"].as_str().unwrap().to_owned();
    let mailed = desk.run(&[&["print", "sent", &ticket, "--on", &on, "--json"], &ANA[..]].concat());
    assert_eq!(mailed.ended(0).json()["met"], serde_json::json!(["NOE_ACK"]));
    assert_eq!(clock(&desk)["state"], "met");
    assert_eq!(desk.run(&["print", "list", "--json"]).ended(0).out, "");
    desk.run(&["audit", "verify"]).ended(0);
}

#[test]
fn a_letter_is_given_up_and_sent_again_by_a_person_with_a_say() {
    let desk = Desk::staffed();
    noticed(&desk);
    let listed = || desk.run(&["outbox", "list", "--json"]).ended(0).json();
    let id = listed()["id"].as_str().unwrap().to_owned();
    let otto = ["--by", "otto", "--secret-file", "otto.secret"];
    let discard = ["outbox", "discard", &id, "--reason", "the borrower called"];
    desk.run(&[&discard[..], &ANA].concat()).ended(5);
    desk.run(&[&discard[..], &otto].concat()).ended(0);
    assert_eq!(listed()["state"], "discarded");
    desk.run(&[&discard[..], &otto].concat()).ended(5);
    let resolve = ["outbox", "resolve-uncertain", &id, "--arrived"];
    desk.run(&[&resolve[..], &otto].concat()).ended(5);
    desk.run(&[&["outbox", "retry", &id], &otto[..]].concat()).ended(0);
    assert_eq!(listed()["state"], "available");
    desk.run(&["run", "--once"]).ended(0);
    assert_eq!(listed()["state"], "handed_over");
    assert_eq!(desk.run(&["outbox", "suppressed", "--json"]).ended(0).out, "");
    let test = desk.run(&["outbox", "test-send", "care@example.com", "--json"]).ended(0).json();
    assert_eq!(test["is_signed"], false);
    desk.run(&["outbox", "test-send", "nobody"]).ended(4);
    desk.run(&["audit", "verify"]).ended(0);
}
