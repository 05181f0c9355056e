//! `tierline rules` and `tierline clock`: what an author of rules sees.

use std::path::Path;

use super::desk::{NOTICE, RECEIVED};
use super::{run, texts, tierline};

/// The shipped rules in a folder of their own.
pub fn copied(into: &Path) {
    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let target = to.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                copy(&entry.path(), &target);
            } else {
                std::fs::copy(entry.path(), target).unwrap();
            }
        }
    }
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), into);
}

/// Changes one file of the copied rules.
pub fn changed(rules: &Path, file: &str, from: &str, to: &str) {
    let path = rules.join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} does not say {from}");
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}

fn on(rules: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    texts(tierline(arguments).env("TIERLINE__RULES__DIR", rules).output().unwrap())
}

#[test]
fn the_shipped_rules_pass_their_own_tests() {
    let (status, out, _) = run(&["rules", "test", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((status, &answer["ok"]), (Some(0), &true.into()), "{out}");
    assert!(answer["tests"].as_u64().unwrap() > 50, "{out}");
}

#[test]
fn a_failing_test_names_its_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    copied(dir.path());
    let path = dir.path().join("clocks.toml");
    let mut text = std::fs::read_to_string(&path).unwrap();
    let line = text.lines().count() + 2;
    text.push_str(
        "\n[[test]]\nclock = \"NOE_ACK\"\nreceived = \"2026-11-20\"\ndue = \"2026-11-27\"\n",
    );
    std::fs::write(&path, text).unwrap();
    let (status, out, _) = on(dir.path(), &["rules", "test"]);
    assert_eq!(status, Some(1), "{out}");
    assert!(
        out.contains(&format!("✗ clocks.toml:{line}: test.NOE_ACK: due on 2026-11-30")),
        "{out}"
    );
    let (status, out, _) = on(dir.path(), &["check", "--offline"]);
    assert_eq!(status, Some(3));
    assert!(out.contains(&format!("✗ rules/clocks.toml:{line}")), "{out}");
}

#[test]
fn rules_that_do_not_load_are_a_wrong_configuration() {
    let dir = tempfile::tempdir().unwrap();
    copied(dir.path());
    std::fs::write(dir.path().join("queues.toml"), "[[queue]]\nid = 7\n").unwrap();
    let (status, _, err) = on(dir.path(), &["rules", "test"]);
    assert_eq!(status, Some(3));
    assert!(err.contains("queues.toml:"), "{err}");
}

#[test]
fn lint_names_a_rule_that_no_test_hits() {
    let dir = tempfile::tempdir().unwrap();
    copied(dir.path());
    let path = dir.path().join("categories/escrow.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let untested: Vec<&str> =
        text.split("\n[[").filter(|block| !block.starts_with("test]]")).collect();
    std::fs::write(&path, untested.join("\n[[")).unwrap();
    let (status, out, _) = on(dir.path(), &["rules", "lint"]);
    assert_eq!(status, Some(1), "{out}");
    assert!(out.contains("✗ categories/escrow.toml:"), "{out}");
    assert!(out.contains("fires in no test"), "{out}");
}

#[test]
fn an_explanation_shows_evidence_weights_places_and_days() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("notice.eml"), NOTICE).unwrap();
    let mut command = tierline(&["rules", "explain", "notice.eml"]);
    command.args(RECEIVED).current_dir(dir.path());
    let (status, out, err) = texts(command.output().unwrap());
    assert_eq!((status, err.as_str()), (Some(0), ""));
    for said in [
        "kind       noe",
        "subject 0..15 \"Notice of error\"",
        "trust      unverified",
        "thread     none",
        "clock      NOE_ACK due on 2026-11-30 (statutory) 12 CFR 1024.35(d)",
        "2026-11-26 Thu not counted: Thanksgiving Day",
        "letter     ack_notice_of_error (en)",
    ] {
        assert!(out.contains(said), "{said}:\n{out}");
    }
}

#[test]
fn a_due_date_is_explained_day_by_day() {
    let explain = |kind: &str, more: &[&str]| {
        run(&[&["clock", "explain", "--json", "--kind", kind, RECEIVED[0], RECEIVED[1]], more]
            .concat())
    };
    let (status, out, _) = explain("NOE_RESP", &[]);
    let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((status, &answer["due_on"]), (Some(0), &"2027-01-06".into()));
    assert_eq!(answer["received_on"], "2026-11-20");
    let counted = answer["days"].as_array().unwrap().len();
    assert_eq!(counted, 48, "every day from the receipt to the due date has its line");
    let (_, before_sale, _) = explain("NOE_FCL", &["--sale-date", "2026-12-15"]);
    let answer: serde_json::Value = serde_json::from_str(&before_sale).unwrap();
    assert_eq!(answer["due_on"], "2026-12-14");
    let (status, _, err) = explain("NOE_NEVER", &[]);
    assert_eq!(status, Some(2));
    assert!(err.contains("NOE_ACK"), "the kinds there are: {err}");
}
