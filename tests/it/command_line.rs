//! The built program: what it prints where, and how it ends.

use std::path::Path;
use std::process::{Command, Output};

fn tierline(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tierline"));
    command.args(arguments).env_clear().stdin(std::process::Stdio::null());
    command
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    texts(tierline(arguments).output().unwrap())
}

fn texts(output: Output) -> (Option<i32>, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn config(dir: &Path, text: &str) -> String {
    let path = dir.join("tierline.toml");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_defaults_pass_the_check() {
    let (status, out, err) = run(&["check"]);
    assert_eq!(
        (status, out.as_str(), err.as_str()),
        (Some(0), "✓ configuration\n✓ rules\n✓ templates\n", "")
    );
}

#[test]
fn a_wrong_configuration_ends_with_3_and_names_everything() {
    let dir = tempfile::tempdir().unwrap();
    let path =
        config(dir.path(), "[database]\nmax_connections = 0\n[smtp]\npassword = \"hunter2\"\n");
    let (status, out, _) = run(&["--config", &path, "check"]);
    assert_eq!(status, Some(3), "{out}");
    assert!(out.contains(&format!("✗ {path}:2: database.max_connections")), "{out}");
    assert!(out.contains(&format!("✗ {path}:4: smtp.password")), "{out}");
    assert!(!out.contains("hunter2") && !out.contains('\u{1b}'), "{out}");
}

#[test]
fn json_is_one_object_with_the_problems() {
    let dir = tempfile::tempdir().unwrap();
    let path = config(dir.path(), "[jobs]\naudit_check = \"*/5 * * * *\"\n");
    let (status, out, _) = run(&["check", "--json", "--config", &path]);
    let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((status, answer["ok"].as_bool()), (Some(3), Some(false)));
    assert_eq!(answer["schema"], 1);
    assert_eq!(answer["problems"][0]["key"], "jobs.audit_check");
}

#[test]
fn the_tests_beside_the_shipped_rules_pass() {
    let (status, out, err) = run(&["rules", "test"]);
    assert_eq!(status, Some(0), "{out}{err}");
    assert!(out.contains("tests beside the rules"), "{out}");
}

#[test]
fn a_broken_rule_file_is_named_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let rules = dir.path().join("rules");
    std::fs::create_dir(&rules).unwrap();
    std::fs::write(rules.join("clocks.toml"), "[[clock]]\nid = 7\n").unwrap();
    let path = config(dir.path(), &format!("[rules]\ndir = {:?}\n", rules.to_str().unwrap()));
    for command in [&["check"][..], &["rules", "lint"], &["rules", "test"]] {
        let (status, out, err) = run(&[&["--config", &path], command].concat());
        assert_eq!(status, Some(3), "{out}{err}");
        assert!(format!("{out}{err}").contains("clocks.toml:"), "{out}{err}");
    }
}

#[test]
fn a_mail_is_explained_with_its_evidence_and_its_route() {
    let dir = tempfile::tempdir().unwrap();
    let mail = dir.path().join("mail.eml");
    let text = "From: rosa@example.com\r\nTo: care@example.com\r\nSubject: Notice of error\r\n\
                \r\nThis is a notice of error. My escrow shortage is wrong.\r\n";
    std::fs::write(&mail, text).unwrap();
    let (status, out, err) = run(&["rules", "explain", mail.to_str().unwrap()]);
    assert_eq!(status, Some(0), "{err}");
    for part in ["origin    person", "language  en", "route     ", "noe"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let (_, json, _) = run(&["rules", "explain", "--json", mail.to_str().unwrap()]);
    let answer: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(answer["understanding"]["origin"]["origin"], "person");
    assert_eq!(run(&["rules", "explain", "/nonexistent.eml"]).0, Some(2));
}

#[test]
fn a_due_date_is_explained_day_by_day() {
    // Thanksgiving and a weekend lie between; 12 CFR 1024.35(d): five days.
    let received = ["--received", "2026-11-24T10:00-05:00"];
    let (status, out, err) = run(&[&["clock", "explain", "NOE_ACK"], &received[..]].concat());
    assert_eq!(status, Some(0), "{err}");
    assert!(out.contains("2026-11-26 Thu not counted") && out.contains("due 2026-12-02"), "{out}");
    let (status, _, err) = run(&[&["clock", "explain", "NO_SUCH"], &received[..]].concat());
    assert_eq!(status, Some(2));
    assert!(err.contains("NOE_ACK"), "{err}");
    assert_eq!(run(&["clock", "explain", "NOE_ACK", "--received", "soon"]).0, Some(2));
}

#[test]
fn the_environment_names_the_file_and_overrides_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = config(dir.path(), "[database]\nmax_connections = 7\n");
    let mut command = tierline(&["check"]);
    command.env("TIERLINE_CONFIG", &path).env("TIERLINE__DATABASE__MAX_CONNECTIONS", "0");
    let (status, out, _) = texts(command.output().unwrap());
    assert_eq!(status, Some(3));
    assert!(out.contains("TIERLINE__DATABASE__MAX_CONNECTIONS: database.max_connections"), "{out}");
}

#[test]
fn wrong_usage_ends_with_2_and_says_what_was_meant() {
    let (status, out, err) = run(&["chekc"]);
    assert_eq!((status, out.as_str()), (Some(2), ""));
    assert!(err.contains("'check'"), "{err}");
    assert_eq!(run(&[]).0, Some(2));
}

#[test]
fn help_is_an_answer_with_examples_and_exit_statuses() {
    let (status, out, err) = run(&["--help"]);
    assert_eq!((status, err.as_str()), (Some(0), ""));
    assert!(out.contains("Examples:") && out.contains("Exit status: 0 done"), "{out}");
    assert_eq!(run(&["--version"]).1, format!("tierline {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_printed_reference_is_a_configuration() {
    let (status, reference, _) = run(&["config", "reference"]);
    assert_eq!(status, Some(0));
    assert_eq!(reference, include_str!("../../config.toml"));
    let dir = tempfile::tempdir().unwrap();
    let path = config(dir.path(), &reference);
    assert_eq!(run(&["--config", &path, "check"]).0, Some(0));
}

#[test]
fn the_quick_start_of_the_readme_is_a_configuration() {
    let readme = include_str!("../../README.md");
    let sample = readme.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (status, out, _) = run(&["--config", &config(dir.path(), sample), "check"]);
    assert_eq!(status, Some(0), "{out}");
}

#[test]
fn the_operators_handbook_knows_every_metric_and_exit_status() {
    let handbook = include_str!("../../docs/OPERATIONS.md");
    for (name, _) in tierline::telemetry::METRICS {
        assert!(handbook.contains(name), "{name}");
    }
    for status in [0, 1, 2, 3, 4, 5, 70] {
        assert!(handbook.contains(&format!("| {status} | ")), "{status}");
    }
}

#[test]
fn colour_is_for_terminals_unless_asked_for() {
    assert!(run(&["check", "--color", "always"]).1.contains('\u{1b}'));
    assert!(!run(&["check"]).1.contains('\u{1b}'));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let script = format!(
        "{} completions bash | head -c 1 >/dev/null; echo ${{PIPESTATUS[0]}}",
        env!("CARGO_BIN_EXE_tierline")
    );
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    let (_, out, err) = texts(output);
    assert_eq!((out.trim(), err.as_str()), ("0", ""));
}

#[test]
fn every_shell_has_its_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (status, out, _) = run(&["completions", shell]);
        assert_eq!(status, Some(0), "{shell}");
        assert!(out.contains("tierline"), "{shell}");
    }
}
