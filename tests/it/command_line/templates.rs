//! `tierline templates`: wording is released by another person than its author.

use super::desk::{Answer, Desk, NOTICE};

fn version(desk: &Desk, name: &str, locale: &str) -> serde_json::Value {
    let listed = desk.run(&["templates", "list", "--json"]).ended(0).lines();
    let found = listed.into_iter().find(|one| one["name"] == name && one["locale"] == locale);
    found.unwrap_or_else(|| panic!("{name} {locale} is not listed"))
}

fn act(desk: &Desk, what: &str, hash: &str, by: &str) -> Answer {
    let secret = format!("{by}.secret");
    desk.run(&[
        "templates",
        what,
        "ack_notice_of_error",
        "--version",
        hash,
        "--locale",
        "en",
        "--by",
        by,
        "--secret-file",
        &secret,
    ])
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
    desk.write("dora.secret", b"dora keeps a long secret\n");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(desk.path().join("dora.secret"), private).unwrap();
    desk.run(&[
        "person",
        "add",
        "dora",
        "--role",
        "compliance",
        "--secret-file",
        "dora.secret",
        "--by",
        "cora",
        "--by-secret-file",
        "cora.secret",
    ])
    .ended(0);
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
