//! `tierline run`: what it refuses to start on, and SIGHUP.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::Value;

use super::desk::{Desk, NOTICE};
use super::rules::{changed, copied};

/// A running engine, whose log is read line by line.
pub struct Engine {
    child: Child,
    log: std::io::Lines<BufReader<ChildStderr>>,
    seen: Vec<String>,
}

impl Engine {
    pub fn start(desk: &Desk) -> Self {
        let mut command = desk.command(&["run"]);
        let rules = desk.path().join("rules");
        command.env("TIERLINE__RULES__DIR", rules).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, log, seen: Vec::new() }
    }

    /// The next line of the log whose message is `message`.
    pub fn said(&mut self, message: &str) -> Value {
        for line in self.log.by_ref() {
            let line = line.unwrap();
            self.seen.push(line.clone());
            let value: Value = serde_json::from_str(&line).unwrap();
            if value["message"] == message {
                return value;
            }
        }
        panic!("the log ended without {message:?}: {:#?}", self.seen)
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// Ends it in order; everything it ever logged.
    pub fn end(mut self) -> String {
        self.signal("-TERM");
        self.seen.extend(self.log.by_ref().map(Result::unwrap));
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{:#?}", self.seen);
        std::mem::take(&mut self.seen).join("\n")
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_bad_rule_file_refuses_to_load_and_the_running_policy_stays() {
    let desk = Desk::empty();
    let rules = desk.path().join("rules");
    copied(&rules);
    let mut engine = Engine::start(&desk);
    let began = engine.said("begins")["policy"].clone();
    engine.said("SIGHUP loads the rules again");
    let queues = std::fs::read_to_string(rules.join("queues.toml")).unwrap();
    std::fs::write(rules.join("queues.toml"), format!("{queues}\n[[queue]]\nid = 7\n")).unwrap();
    engine.signal("-HUP");
    // Ladders and routes miss the queues of a file that cannot be read: each is told.
    let mut refused = engine.said("the rules were not loaded; the policy in force stays");
    while !refused["problem"].as_str().unwrap().starts_with("queues.toml:") {
        refused = engine.said("the rules were not loaded; the policy in force stays");
    }
    std::fs::write(rules.join("queues.toml"), queues).unwrap();
    engine.signal("-HUP");
    engine.said("the rules have not changed");
    changed(&rules, "queues.toml", "[[queue]]", "# a note\n[[queue]]");
    engine.signal("-HUP");
    let draft = engine.said("other rules are a draft; `tierline policy diff`")["draft"].clone();
    assert_ne!(began, draft);
    let history = desk.run(&["policy", "history", "--json"]).ended(0).lines();
    assert_eq!((&history[0]["what"], &history[0]["revision"]), (&"activation".into(), &began));
    assert_eq!((&history[1]["stage"], &history[1]["revision"]), (&"draft".into(), &draft));
    engine.end();
}

#[test]
fn the_log_tells_the_fate_of_a_mail_and_none_of_its_words() {
    let desk = Desk::empty();
    copied(&desk.path().join("rules"));
    desk.write("mail/new/1.rosa", NOTICE.as_bytes());
    let mut engine = Engine::start(&desk);
    let decided = engine.said("a mail is decided");
    assert_eq!(
        (&decided["mailbox.name"], &decided["disposition"]),
        (&"care".into(), &"new".into())
    );
    let log = engine.end();
    for private in ["rosa@", "Delgado", "not credited", "November", "borrowers.example.com"] {
        assert!(!log.contains(private), "{private}: {log}");
    }
}

#[test]
fn an_engine_does_not_start_on_rules_whose_tests_fail() {
    let desk = Desk::empty();
    let rules = desk.path().join("rules");
    copied(&rules);
    let clocks = std::fs::read_to_string(rules.join("clocks.toml")).unwrap();
    let wrong = "[[test]]\nclock = \"NOE_ACK\"\nreceived = \"2026-11-20\"\ndue = \"2026-11-27\"\n";
    std::fs::write(rules.join("clocks.toml"), format!("{clocks}\n{wrong}")).unwrap();
    let mut command = desk.command(&["run", "--once"]);
    command.env("TIERLINE__RULES__DIR", &rules);
    let refused = super::desk::answer(command).ended(3);
    assert!(refused.err.contains("rules/clocks.toml:"), "{}", refused.err);
}
