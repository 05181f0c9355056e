//! `tierline doctor`: what is well, what is wrong, what does not answer.

use super::desk::{Desk, answer};

#[test]
fn a_healthy_desk_has_a_line_for_everything() {
    let desk = Desk::empty();
    let healthy = desk.run(&["doctor", "--json"]).ended(0);
    let said = healthy.lines();
    for what in [
        "key file",
        "zone data",
        "database sqlite_version",
        "database journal_mode",
        "database synchronous",
        "disk of",
        "mailbox care",
        "letters folder",
    ] {
        let found = said.iter().find(|one| one["what"].as_str().unwrap().starts_with(what));
        assert_eq!(found.unwrap_or_else(|| panic!("{what}"))["verdict"], "good", "{what}");
    }
}

#[test]
fn a_server_that_does_not_answer_ends_with_4() {
    let desk = Desk::empty();
    // A port that was free a moment ago and that nobody listens on.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let relay = |command: &mut std::process::Command| {
        command
            .env("TIERLINE__OUTBOX__SINK", "smtp")
            .env("TIERLINE__SMTP__HOST", "127.0.0.1")
            .env("TIERLINE__SMTP__PORT", port.to_string())
            .env("TIERLINE__SMTP__SECURITY", "plain");
    };
    let mut command = desk.command(&["doctor"]);
    relay(&mut command);
    let down = answer(command).ended(4);
    assert!(down.out.contains(&format!("✗ relay 127.0.0.1:{port}: ")), "{}", down.out);
    let mut command = desk.command(&["doctor", "--offline"]);
    relay(&mut command);
    answer(command).ended(0);
}

#[test]
fn a_database_that_may_lose_a_commit_is_wrong() {
    let desk = Desk::empty();
    let mut command = desk.command(&["doctor"]);
    command.env("TIERLINE__DATABASE__ALLOW_UNSAFE_DURABILITY", "true");
    let unsafe_one = answer(command).ended(3);
    assert!(unsafe_one.out.contains("✗ database synchronous: NORMAL"), "{}", unsafe_one.out);
}

#[test]
fn a_key_that_others_can_read_is_wrong() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::empty();
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(desk.path().join("tierline.key"), open).unwrap();
    let wrong = desk.run(&["doctor"]).ended(3);
    assert!(wrong.out.contains("✗ key file") && wrong.out.contains("chmod 600"), "{}", wrong.out);
    let wrong = desk.run(&["check", "--json"]).ended(3).json();
    assert_eq!(wrong["problems"][0]["key"], "vault.key_file");
}
