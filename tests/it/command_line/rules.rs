//! `tierline rules` and `tierline clock`: what an author of rules sees.

use std::path::Path;

use super::desk::{Desk, NOTICE, RECEIVED};
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
fn a_ticket_is_explained_by_the_trace_that_was_kept() {
    let desk = Desk::empty();
    desk.write("notice.eml", NOTICE.as_bytes());
    let taken = desk.run(&["ingest", "--json", RECEIVED[0], RECEIVED[1], "notice.eml"]).ended(0);
    let number = taken.json()["ticket"].as_str().unwrap().to_owned();
    let out = desk.run(&["rules", "explain", &number]).ended(0).out;
    for said in [
        number.as_str(),
        "kind       noe",
        "margin +",
        "subject 0..15",
        "trust      unverified",
        "thread     none",
        "routing    ",
        "NOE_ACK running due on 2026-11-30 (statutory) 12 CFR 1024.35(d)",
        "2026-11-26 Thu not counted: Thanksgiving Day",
        "letter     ack_notice_of_error (en)",
    ] {
        assert!(out.contains(said), "{said}:\n{out}");
    }
    assert!(!out.contains("rosa") && !out.contains("November payment"), "no words: {out}");
    let json = desk.run(&["rules", "explain", &number, "--json"]).ended(0).json();
    assert_eq!(json["mails"][0]["trace"]["understanding"]["kinds"][0]["kind"], "noe");
    desk.run(&["rules", "explain", "TL-0000-0000-0000"]).ended(1);
}

/// Texts in which one line of evidence speaks too softly.
fn labels() -> String {
    let line = |key: usize, matters: &[&str], text: &str| {
        let primary = matters.first().copied().unwrap_or_default();
        let label = serde_json::json!({ "key": format!("t{key}"), "matters": matters,
            "primary": primary, "statutory": [], "flags": [], "text": text });
        label.to_string()
    };
    let texts = (0..60).map(|key| match key % 3 {
        0 => line(key, &["alpha"], "about the zebra crossing"),
        1 => line(key, &[], "about the yak and nothing else"),
        _ => line(key, &[], "an ordinary day"),
    });
    texts.collect::<Vec<_>>().join("\n")
}

#[test]
fn weights_are_proposed_as_a_diff_and_nothing_is_changed() {
    let dir = tempfile::tempdir().unwrap();
    let rules = dir.path().join("rules");
    copied(&rules);
    let card = "[[category]]\nid = \"alpha\"\nname = \"Alpha\"\n\n# What speaks for it.\n\
                [[category.evidence]]\nid = \"alpha.zebra\"\nweight = 0.6 # too soft\n\
                any = [\"zebra\"]\n\n[[category.evidence]]\nid = \"alpha.yak\"\nweight = 1.0\n\
                any = [\"yak\"]\n";
    std::fs::write(rules.join("categories/alpha.toml"), card).unwrap();
    let labels_file = dir.path().join("labels.jsonl");
    std::fs::write(&labels_file, labels()).unwrap();
    let labels_file = labels_file.to_str().unwrap();
    let diff_file = dir.path().join("weights.diff");
    let arguments = ["rules", "fit", labels_file, "--json", "--diff", diff_file.to_str().unwrap()];
    let (status, out, err) = on(&rules, &arguments);
    assert_eq!(status, Some(0), "{err}");
    let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
    let alpha = &answer["fitted"][0];
    assert_eq!((&alpha["id"], &alpha["is_proposed"]), (&"alpha".into(), &true.into()), "{out}");
    assert!(alpha["gain"].as_f64().unwrap() > 0.5, "{out}");
    let diff = std::fs::read_to_string(&diff_file).unwrap();
    assert!(diff.starts_with("--- a/categories/alpha.toml\n"), "{diff}");
    assert!(
        diff.contains("-weight = 0.6 # too soft") && diff.contains(" # too soft\n any"),
        "{diff}"
    );
    assert_eq!(std::fs::read_to_string(rules.join("categories/alpha.toml")).unwrap(), card);
    let (status, out, _) = on(&rules, &["rules", "fit", labels_file]);
    assert_eq!(status, Some(0));
    assert!(out.contains("held out") && out.contains("not fitted: "), "{out}");
    std::fs::write(dir.path().join("bad.jsonl"), "{\n").unwrap();
    let bad = dir.path().join("bad.jsonl");
    assert_eq!(on(&rules, &["rules", "fit", bad.to_str().unwrap()]).0, Some(1));
}

#[test]
fn lint_names_a_letter_without_a_template() {
    let dir = tempfile::tempdir().unwrap();
    copied(dir.path());
    // The tests beside the rows name it too.
    let path = dir.path().join("letters.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"ack_general\"", "\"ack_nowhere\"")).unwrap();
    let (status, out, _) = on(dir.path(), &["rules", "lint"]);
    assert_eq!(status, Some(1), "{out}");
    assert!(out.contains("✗ letters.toml:") && out.contains("ack_nowhere: no template"), "{out}");
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
