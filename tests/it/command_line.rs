//! The built program: what it prints where, and how it ends.

mod clock_acts;
mod clocks;
mod contact;
mod desk;
mod doctor;
mod forecasting;
mod ingest;
mod letters;
mod loans;
mod policy;
mod postgres;
mod reconcile;
mod reload;
mod rules;
mod sweeping;
mod templates;
mod work;

use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

use jiff::{SignedDuration, Timestamp};

use crate::harness::desk::noon;

fn tierline(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tierline"));
    command.args(arguments).env_clear().stdin(std::process::Stdio::null());
    command.env("TIERLINE_CLOCK_OFFSET", clock_offset().as_secs().to_string());
    command
}

/// By how much the program's clock is off here: it began at noon in New York on
/// 2026-11-24, on whatever day the tests run.
fn clock_offset() -> SignedDuration {
    static OFFSET: OnceLock<SignedDuration> = OnceLock::new();
    *OFFSET.get_or_init(|| noon().duration_since(Timestamp::now()))
}

/// Now, as the program sees it.
fn now() -> Timestamp {
    Timestamp::now() + clock_offset()
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
fn the_defaults_want_only_a_key() {
    let dir = tempfile::tempdir().unwrap();
    let in_dir =
        |arguments: &[&str]| texts(tierline(arguments).current_dir(dir.path()).output().unwrap());
    let (status, out, err) = in_dir(&["check", "--offline"]);
    assert_eq!((status, err.as_str()), (Some(3), ""));
    assert!(out.contains("✓ configuration: built-in defaults\n"), "{out}");
    assert!(out.contains("vault.key_file") && out.contains("tierline key create"), "{out}");
    assert_eq!(in_dir(&["key", "create"]).0, Some(0));
    assert_eq!(in_dir(&["check", "--offline"]).0, Some(0));
    let (status, out, _) = in_dir(&["check"]);
    assert_eq!(status, Some(3), "there is no database yet");
    assert!(out.contains("tierline migrate"), "{out}");
    assert_eq!(in_dir(&["migrate"]).0, Some(0));
    assert_eq!(in_dir(&["check"]).0, Some(0));
}

#[test]
fn a_wrong_configuration_ends_with_3_and_names_everything() {
    let dir = tempfile::tempdir().unwrap();
    let path = config(dir.path(), "[limits]\nmax_mail_bytes = 0\n[smtp]\npassword = \"hunter2\"\n");
    let (status, out, _) = run(&["--config", &path, "check"]);
    assert_eq!(status, Some(3), "{out}");
    assert!(out.contains(&format!("✗ {path}:2: limits.max_mail_bytes")), "{out}");
    assert!(out.contains(&format!("✗ {path}:4: smtp.password")), "{out}");
    assert!(!out.contains("hunter2") && !out.contains('\u{1b}'), "{out}");
}

#[test]
fn wrong_rules_templates_and_key_are_named_together() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("queues.toml"), "[[queue]]\nid = 7\n").unwrap();
    let mut command = tierline(&["check", "--offline"]);
    command
        .current_dir(dir.path())
        .env("TIERLINE__RULES__DIR", dir.path())
        .env("TIERLINE__TEMPLATES__DIR", dir.path().join("nowhere"));
    let (status, out, _) = texts(command.output().unwrap());
    assert_eq!(status, Some(3));
    for wrong in ["✗ rules/queues.toml:", "✗ templates/", "vault.key_file"] {
        assert!(out.contains(wrong), "{wrong}: {out}");
    }
}

#[test]
fn a_mailbox_may_not_have_the_name_of_another_door() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["file", "letter", "phone", "walk-in"] {
        let text = format!(
            "[[mailbox]]\nname = \"{name}\"\nkind = \"maildir\"\npath = \"m\"\n\
             addresses = [\"care@example.com\"]\n"
        );
        let path = config(dir.path(), &text);
        let (status, out, _) = run(&["--config", &path, "check", "--offline"]);
        assert_eq!(status, Some(3));
        assert!(out.contains(":2: mailbox[0].name"), "{out}");
    }
}

#[test]
fn a_key_without_effect_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let gone = ["limits.batch", "limits.max_strikes", "outbox.batch", "jobs.prune"];
    for key in gone {
        let (section, name) = key.split_once('.').unwrap();
        let path = config(dir.path(), &format!("[{section}]\n{name} = 1\n"));
        let (status, out, _) = run(&["--config", &path, "check", "--offline"]);
        assert_eq!(status, Some(3), "{key}");
        assert!(out.contains(&format!(":2: {key}")), "{key}: {out}");
    }
}

#[test]
fn json_is_one_object_with_the_problems() {
    let dir = tempfile::tempdir().unwrap();
    let path = config(dir.path(), "[jobs]\naudit_check = \"*/5 * * * * * *\"\n");
    let (status, out, _) = run(&["check", "--offline", "--json", "--config", &path]);
    let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((status, answer["ok"].as_bool()), (Some(3), Some(false)));
    assert_eq!(answer["schema"], 1);
    assert_eq!(answer["problems"][0]["key"], "jobs.audit_check");
}

#[test]
fn the_environment_names_the_file_and_overrides_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = config(dir.path(), "[smtp]\nport = 25\n");
    let mut command = tierline(&["check", "--offline"]);
    command.env("TIERLINE_CONFIG", &path).env("TIERLINE__SMTP__PORT", "0");
    let (status, out, _) = texts(command.output().unwrap());
    assert_eq!(status, Some(3));
    assert!(out.contains("TIERLINE__SMTP__PORT: smtp.port"), "{out}");
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
    let key = dir.path().join("tierline.key");
    let in_dir = |arguments: &[&str]| {
        let mut command = tierline(arguments);
        command.env("TIERLINE_CONFIG", &path).env("TIERLINE__VAULT__KEY_FILE", &key);
        texts(command.output().unwrap())
    };
    assert_eq!(in_dir(&["key", "create"]).0, Some(0));
    let (status, out, _) = in_dir(&["check", "--offline"]);
    assert_eq!(status, Some(0), "{out}");
}

#[test]
fn the_quick_start_of_the_readme_is_a_configuration() {
    let readme = include_str!("../../README.md");
    let sample = readme.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = config(dir.path(), sample);
    let key = dir.path().join("tierline.key");
    let in_dir = |arguments: &[&str]| {
        let mut command = tierline(arguments);
        command.env("TIERLINE_CONFIG", &path).env("TIERLINE__VAULT__KEY_FILE", &key);
        texts(command.output().unwrap())
    };
    assert_eq!(in_dir(&["key", "create"]).0, Some(0));
    let (status, out, _) = in_dir(&["check", "--offline"]);
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
    let check = ["check", "--offline"];
    assert!(run(&[&check[..], &["--color", "always"]].concat()).1.contains('\u{1b}'));
    assert!(!run(&check).1.contains('\u{1b}'));
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

#[test]
fn every_command_has_help_and_every_leaf_is_reachable() {
    let commands: &[&[&str]] = &[
        &["run"],
        &["demo"],
        &["ingest"],
        &["check"],
        &["doctor"],
        &["migrate"],
        &["reconcile"],
        &["rules", "test"],
        &["rules", "explain"],
        &["rules", "lint"],
        &["rules", "fit"],
        &["policy", "draft"],
        &["policy", "diff"],
        &["policy", "approve"],
        &["policy", "activate"],
        &["policy", "history"],
        &["policy", "export"],
        &["backtest"],
        &["templates", "list"],
        &["templates", "check"],
        &["templates", "import"],
        &["templates", "approve"],
        &["templates", "withdraw"],
        &["ticket", "list"],
        &["ticket", "show"],
        &["ticket", "open"],
        &["person", "add"],
        &["person", "list"],
        &["mail", "list"],
        &["outbox", "list"],
        &["outbox", "show"],
        &["clock", "explain"],
        &["audit", "verify"],
        &["key", "create"],
        &["config", "reference"],
        &["completions"],
    ];
    for command in commands {
        let (status, out, err) = run(&[command, &["--help"][..]].concat());
        assert_eq!((status, err.as_str()), (Some(0), ""), "{command:?}");
        assert!(out.contains(&format!("Usage: tierline {}", command.join(" "))), "{out}");
    }
}

#[test]
fn a_reopening_command_does_not_exist_yet() {
    assert_eq!(run(&["ticket", "reopen", "TL-4821-0973-5522"]).0, Some(2));
}
