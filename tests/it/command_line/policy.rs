//! `tierline policy` and `tierline backtest`: another policy is replayed,
//! approved by a second person and taken up by the running engine.

use std::process::Command;

use super::desk::{Answer, Desk, NOTICE, answer};
use super::reload::Engine;
use super::rules::{changed, copied};

/// The command with the rules folder of the desk.
fn with_rules(desk: &Desk, arguments: &[&str]) -> Answer {
    let mut command: Command = desk.command(arguments);
    command.env("TIERLINE__RULES__DIR", desk.path().join("rules"));
    answer(command)
}

fn by<'a>(arguments: &[&'a str], name: &'a str, secret: &'a str) -> Vec<&'a str> {
    [arguments, &["--by", name, "--secret-file", secret]].concat()
}

/// A staffed desk that took one notice of error in, with a copy of its rules.
fn with_a_notice() -> Desk {
    let desk = Desk::staffed();
    copied(&desk.path().join("rules"));
    desk.write("notice.eml", NOTICE.as_bytes());
    desk.run(&["ingest", "notice.eml"]).ended(0);
    desk
}

fn in_force(desk: &Desk) -> String {
    let lines = desk.run(&["policy", "history", "--json"]).ended(0).lines();
    let found = lines.iter().find(|one| one["is_in_force"] == true).unwrap();
    found["revision"].as_str().unwrap().to_owned()
}

/// Rules by which a notice of error starts no clock of its acknowledgment.
fn without_notices(desk: &Desk) {
    changed(
        &desk.path().join("rules"),
        "clocks.toml",
        "when = [{ kinds = [\"noe\"] }, {",
        "when = [{ kinds = [\"rfi\"] }, {",
    );
}

#[test]
fn another_policy_is_backtested_approved_by_a_second_person_and_taken_up_by_the_engine() {
    let desk = with_a_notice();
    let first = in_force(&desk);
    let mut engine = Engine::start(&desk);
    assert_eq!(engine.said("begins")["policy"], first.as_str());
    changed(&desk.path().join("rules"), "queues.toml", "[[queue]]", "# a note\n[[queue]]");
    let draft = by(&["policy", "draft", "rules", "--json"], "cora", "cora.secret");
    let drafted = desk.run(&draft).ended(0).json();
    let revision = drafted["revision"].as_str().unwrap().to_owned();
    let diff = with_rules(&desk, &["policy", "diff"]).ended(0).out;
    assert!(diff.contains("+++ b/queues.toml") && diff.contains("+# a note"), "{diff}");
    let approve =
        |name, secret| desk.run(&by(&["policy", "approve", &revision[..12]], name, secret));
    assert!(approve("cora", "cora.secret").ended(5).err.contains("of their own"));
    assert!(approve("ana", "ana.secret").ended(5).err.contains("compliance officer"));
    add_dora(&desk);
    assert!(approve("dora", "dora.secret").ended(5).err.contains("not backtested"));
    let activate = by(&["policy", "activate", &revision], "otto", "otto.secret");
    assert!(desk.run(&activate).ended(5).err.contains("not approved"));
    let replayed =
        desk.run(&["backtest", "--policy", "rules", "--record", "--json"]).ended(0).json();
    assert_eq!((&replayed["mails"], &replayed["changed"]), (&1.into(), &0.into()));
    approve("dora", "ana.secret").ended(5);
    approve("dora", "dora.secret").ended(0);
    desk.run(&activate).ended(0);
    assert_eq!(engine.said("another policy is in force")["policy"], revision.as_str());
    engine.end();
    assert_eq!(in_force(&desk), revision);
    desk.run(&["audit", "verify"]).ended(0);
    desk.run(&["policy", "export", &first, "was"]).ended(0);
    let was = std::fs::read_to_string(desk.path().join("was/queues.toml")).unwrap();
    assert!(!was.contains("# a note"));
    desk.run(&by(&["policy", "activate", &first], "otto", "otto.secret")).ended(0);
    assert_eq!(in_force(&desk), first, "the way back");
}

fn add_dora(desk: &Desk) {
    let path = desk.write("dora.secret", b"dora keeps a long secret\n");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(path, private).unwrap();
    let add = ["person", "add", "dora", "--role", "compliance", "--secret-file", "dora.secret"];
    desk.run(&[&add[..], &["--by", "cora", "--by-secret-file", "cora.secret"]].concat()).ended(0);
}

#[test]
fn a_lost_statutory_clock_fails_the_gate() {
    let desk = with_a_notice();
    without_notices(&desk);
    let report = desk
        .run(&["backtest", "--policy", "rules", "--json", "--html", "report.html"])
        .ended(1)
        .json();
    assert_eq!(report["ok"], false, "{report}");
    assert_eq!(report["statutory_lost"], 1, "{report}");
    assert_eq!(report["changes"][0]["lost"], serde_json::json!(["NOE_ACK"]), "{report}");
    assert!(!report.to_string().contains("rosa"), "no word of the mail");
    let said = desk.run(&["backtest", "--policy", "rules"]).ended(1).out;
    assert!(said.contains("✗ statutory clocks") && said.contains("NOE_ACK lost"), "{said}");
    let page = std::fs::read_to_string(desk.path().join("report.html")).unwrap();
    assert!(page.contains("fails the gate") && !page.contains("<script"), "{page}");
}

#[test]
fn given_mail_and_texts_are_replayed_without_a_database_and_the_page_is_escaped() {
    let dir = tempfile::tempdir().unwrap();
    let rules = dir.path().join("rules");
    copied(&rules);
    let run = |arguments: &[&str]| {
        let mut command = super::tierline(arguments);
        command.current_dir(dir.path());
        answer(command)
    };
    std::fs::create_dir(dir.path().join("mail")).unwrap();
    std::fs::write(dir.path().join("mail/<img src=x onerror=alert(1)>.eml"), NOTICE).unwrap();
    std::fs::write(dir.path().join("mail/.hidden"), NOTICE).unwrap();
    let text = r#"{"key":"one","text":"What is my balance?","label":"ignored"}"#;
    std::fs::write(dir.path().join("texts.jsonl"), text).unwrap();
    changed(
        &rules,
        "routing.toml",
        "[[route]]",
        "[[route]]\nid = \"all-urgent\"\npriority = \"urgent\"\n\n[[route]]",
    );
    let base = ["backtest", "--policy", "rules", "--json"];
    let report = run(&[&base[..], &["--jsonl", "texts.jsonl"]].concat()).ended(0).json();
    assert_eq!((&report["mails"], &report["changes"][0]["key"]), (&1.into(), &"one".into()));
    assert_eq!(report["priorities"]["normal"]["urgent"], 1, "{report}");
    let mails = [&base[..], &["--maildir", "mail", "--html", "page.html"]].concat();
    let report = run(&mails).ended(0).json();
    assert_eq!(report["mails"], 1, "{report}");
    let page = std::fs::read_to_string(dir.path().join("page.html")).unwrap();
    assert!(page.contains("&lt;img src=x") && !page.contains("<img"), "{page}");
    std::fs::write(dir.path().join("texts.jsonl"), format!("{text}\n{{")).unwrap();
    let refused = run(&[&base[..], &["--jsonl", "texts.jsonl"]].concat()).ended(1);
    assert!(refused.err.contains("texts.jsonl:2: "), "{}", refused.err);
    run(&["backtest", "--policy", "nowhere", "--jsonl", "texts.jsonl"]).ended(2);
}

#[test]
fn an_engine_starts_on_the_policy_in_force_whatever_its_folder_says() {
    let desk = with_a_notice();
    let first = in_force(&desk);
    let rules = desk.path().join("rules");
    changed(&rules, "queues.toml", "[[queue]]", "[[queue]]\nid = 7\n[[queue]]");
    let mut engine = Engine::start(&desk);
    engine.said("the rules folder was not loaded");
    assert_eq!(engine.said("begins")["policy"], first.as_str());
    engine.end();
}

#[test]
fn a_policy_with_a_wrong_rule_is_no_draft() {
    let desk = with_a_notice();
    let rules = desk.path().join("rules");
    changed(&rules, "queues.toml", "[[queue]]", "[[queue]]\nid = 7\n[[queue]]");
    let refused = desk.run(&by(&["policy", "draft", "rules"], "ana", "ana.secret")).ended(3);
    assert!(refused.err.contains("rules/queues.toml:"), "{}", refused.err);
    assert_eq!(desk.run(&["policy", "history", "--json"]).ended(0).lines().len(), 1);
}
