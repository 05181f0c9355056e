//! `tierline templates`: wording is released by another person than its author.

use super::desk::{Answer, Desk, NOTICE};

fn version(desk: &Desk, name: &str, locale: &str) -> serde_json::Value {
    let listed = desk.run(&["templates", "list", "--json"]).ended(0).lines();
    let found = listed.into_iter().find(|one| one["name"] == name && one["locale"] == locale);
    found.unwrap_or_else(|| panic!("{name} {locale} is not listed"))
}

fn act(desk: &Desk, what: &str, hash: &str, by: &str) -> Answer {
    let secret = format!("{by}.secret");
    let mut arguments = vec!["templates", what, "ack_notice_of_error", "--version", hash];
    arguments.extend(["--locale", "en", "--by", by, "--secret-file", &secret]);
    if what == "approve" {
        arguments.push("--alone");
    }
    desk.run(&arguments)
}

/// A second compliance officer.
fn with_dora(desk: &Desk) {
    desk.write("dora.secret", b"dora keeps a long secret\n");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(desk.path().join("dora.secret"), private).unwrap();
    let add = ["person", "add", "dora", "--role", "compliance", "--secret-file", "dora.secret"];
    desk.run(&[&add[..], &["--by", "cora", "--by-secret-file", "cora.secret"]].concat()).ended(0);
}

#[test]
fn a_letter_waits_until_somebody_else_than_the_author_approves() {
    let desk = Desk::staffed();
    desk.write("notice.eml", NOTICE.as_bytes());
    desk.run(&["ingest", "notice.eml"]).ended(0);
    let import = ["templates", "import", "--json", "--by", "cora", "--secret-file", "cora.secret"];
    let imported = desk.run(&import).ended(0).json();
    assert!(imported["imported"].as_u64().unwrap() >= 20, "{imported}");
    assert_eq!(desk.run(&import).ended(0).json()["imported"], 0, "the same wording is kept once");
    let hash = version(&desk, "ack_notice_of_error", "en")["version"].as_str().unwrap().to_owned();
    act(&desk, "approve", &hash, "cora").ended(5);
    act(&desk, "approve", &hash, "ana").ended(5);
    let held = desk.run(&["outbox", "list", "--json"]).ended(0).json();
    assert_eq!(held["state"], "held");
    with_dora(&desk);
    let approved = act(&desk, "approve", &hash[..12], "dora").ended(0);
    assert!(approved.out.contains("may leave now: 1"), "{}", approved.out);
    let listed = version(&desk, "ack_notice_of_error", "en");
    assert_eq!((&listed["author"], &listed["approved_by"]), (&"cora".into(), &"dora".into()));
    let free = desk.run(&["outbox", "list", "--json"]).ended(0).json();
    assert_eq!(
        (&free["state"], &free["template_version"]),
        (&"available".into(), &hash.as_str().into())
    );
    act(&desk, "withdraw", &hash, "ana").ended(5);
    act(&desk, "withdraw", &hash, "otto").ended(0);
    let stopped = desk.run(&["outbox", "list", "--json"]).ended(0).json();
    assert_eq!(
        (&stopped["state"], &stopped["reason"]),
        (&"held".into(), &"template_retired".into())
    );
    desk.run(&["audit", "verify"]).ended(0);
}

#[test]
fn an_approval_names_a_version_that_is_there() {
    let desk = Desk::staffed();
    desk.run(&["templates", "import", "--by", "ana", "--secret-file", "ana.secret"]).ended(0);
    assert!(act(&desk, "approve", "0000", "cora").ended(2).err.contains("8 digits"));
    act(&desk, "approve", "00000000", "cora").ended(1);
    let hash = version(&desk, "ack_general", "en")["version"].as_str().unwrap().to_owned();
    act(&desk, "approve", &hash, "cora").ended(1);
}

#[test]
fn wording_that_does_not_load_is_not_imported() {
    let desk = Desk::staffed();
    desk.write("wording/ack_general/template.toml", b"purpose = \"x\"\n");
    desk.write("wording/ack_general/en.txt.hbs", b"{{borrower_name}}\n");
    let import = ["templates", "import", "wording", "--by", "ana", "--secret-file", "ana.secret"];
    let refused = desk.run(&import).ended(3);
    assert!(refused.err.contains("ack_general/"), "{}", refused.err);
    assert_eq!(desk.run(&["templates", "list", "--json"]).ended(0).out, "");
}

#[test]
fn every_shipped_letter_renders_in_every_locale() {
    let (status, out, err) = super::run(&["templates", "check", "--json"]);
    assert_eq!(status, Some(0), "{out}{err}");
    let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(answer["rendered"].as_u64().unwrap() >= 40, "{out}");
}

fn compliance(desk: &Desk, arguments: &[&str]) -> Answer {
    desk.run(&[arguments, &["--by", "cora", "--secret-file", "cora.secret"]].concat())
}

#[test]
fn two_languages_are_released_together_and_exported_as_they_came() {
    let desk = Desk::staffed();
    let import = ["templates", "import", "--by", "ana", "--secret-file", "ana.secret"];
    desk.run(&import).ended(0);
    let hash =
        |locale| version(&desk, "ack_payoff", locale)["version"].as_str().unwrap().to_owned();
    let (en, es) = (hash("en"), hash("es"));
    let one = ["templates", "approve", "ack_payoff", "--version", &en, "--locale", "en"];
    compliance(&desk, &one).ended(2);
    compliance(&desk, &[&one[..], &["--pair", &en]].concat()).ended(1);
    compliance(&desk, &[&one[..], &["--pair", &es[..10]]].concat()).ended(0);
    for locale in ["en", "es"] {
        assert_eq!(version(&desk, "ack_payoff", locale)["state"], "approved");
    }
    let exported = desk.run(&["templates", "export", "out", "--json"]).ended(0).json();
    assert_eq!((&exported["versions"], &exported["files"]), (&2.into(), &7.into()));
    let again = desk.run(&[&import[..2], &["out"], &import[2..], &["--json"]].concat());
    assert_eq!(again.ended(0).json()["imported"], 0, "what was exported is what was imported");
    desk.run(&["audit", "verify"]).ended(0);
}

#[test]
fn wording_is_sent_back_with_comments_and_submitted_again() {
    let desk = Desk::staffed();
    desk.run(&["templates", "import", "--by", "ana", "--secret-file", "ana.secret"]).ended(0);
    let hash = version(&desk, "ack_payoff", "en")["version"].as_str().unwrap().to_owned();
    let named = ["ack_payoff", "--version", hash.as_str(), "--locale", "en"];
    let with = |what: &str, more: &[&str]| {
        compliance(&desk, &[&["templates", what], &named[..], more].concat())
    };
    with("reject", &["--comment", " "]).ended(5);
    with("reject", &["--comment", "say by when"]).ended(0);
    let back = version(&desk, "ack_payoff", "en");
    assert_eq!((&back["state"], &back["rejection"]), (&"draft".into(), &"say by when".into()));
    with("approve", &["--alone"]).ended(5);
    with("submit", &[]).ended(5);
    let by_ana = ["--by", "ana", "--secret-file", "ana.secret"];
    desk.run(&[&["templates", "submit"], &named[..], &by_ana].concat()).ended(0);
    with(
        "approve",
        &["--alone", "--from", "2030-01-01T00:00-05:00", "--to", "2029-01-01T00:00-05:00"],
    )
    .ended(5);
    with("approve", &["--alone"]).ended(0);
    let shown = desk.run(&[&["templates", "show"], &named[..]].concat()).ended(0);
    assert!(shown.out.contains("The checks found nothing"), "{}", shown.out);
    desk.run(&["audit", "verify"]).ended(0);
}

#[test]
fn a_stopped_template_holds_its_letters_until_it_goes_on() {
    let desk = Desk::staffed();
    desk.run(&["templates", "import", "--by", "ana", "--secret-file", "ana.secret"]).ended(0);
    let hash = version(&desk, "ack_notice_of_error", "en")["version"].as_str().unwrap().to_owned();
    act(&desk, "approve", &hash, "cora").ended(0);
    desk.write("notice.eml", NOTICE.as_bytes());
    desk.run(&["ingest", "notice.eml"]).ended(0);
    let stop = ["templates", "stop", "ack_notice_of_error", "--reason", "wrong number", "--json"];
    desk.run(&[&stop[..], &["--by", "ana", "--secret-file", "ana.secret"]].concat()).ended(5);
    let stopped =
        desk.run(&[&stop[..], &["--by", "otto", "--secret-file", "otto.secret"]].concat());
    assert_eq!(stopped.ended(0).json()["held"], 1);
    let held = desk.run(&["outbox", "list", "--json"]).ended(0).json();
    assert_eq!((&held["state"], &held["reason"]), (&"held".into(), &"template_stopped".into()));
    let start = ["templates", "start", "ack_notice_of_error", "--json"];
    desk.run(&[&start[..], &["--by", "otto", "--secret-file", "otto.secret"]].concat()).ended(5);
    assert_eq!(compliance(&desk, &start).ended(0).json()["released"], 1);
    let free = desk.run(&["outbox", "list", "--json"]).ended(0).json();
    assert_eq!(free["state"], "available");
    desk.run(&["audit", "verify"]).ended(0);
}

#[test]
fn wording_with_a_forbidden_phrase_is_not_imported_at_all() {
    let desk = Desk::staffed();
    desk.run(&["templates", "import", "--by", "ana", "--secret-file", "ana.secret"]).ended(0);
    let hash =
        |locale| version(&desk, "ack_payoff", locale)["version"].as_str().unwrap().to_owned();
    let pair = ["--locale", "en", "--pair", &hash("es")];
    let one = ["templates", "approve", "ack_payoff", "--version", &hash("en")];
    compliance(&desk, &[&one[..], &pair].concat()).ended(0);
    desk.run(&["templates", "export", "out"]).ended(0);
    let path = desk.path().join("out/ack_payoff/en.txt.hbs");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("Hello,", "We guarantee it.", 1)).unwrap();
    let checked = desk.run(&["templates", "check", "out"]).ended(3);
    assert!(checked.out.contains("ack_payoff/en.txt.hbs:1: promise"), "{}", checked.out);
    let count = || desk.run(&["templates", "list", "--json"]).ended(0).lines().len();
    let before = count();
    let import = ["templates", "import", "out", "--by", "ana", "--secret-file", "ana.secret"];
    assert!(desk.run(&import).ended(3).err.contains("nothing was imported"));
    assert_eq!(count(), before);
}
