//! A database of its own with the three who run a house: otto, ana, cora.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::{texts, tierline};

/// What a command answered.
pub struct Answer {
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Answer {
    /// The first line as JSON.
    pub fn json(&self) -> Value {
        self.lines().into_iter().next().unwrap_or_else(|| panic!("nothing said: {}", self.err))
    }

    /// Every line as JSON.
    pub fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Itself, when it ended with `status`.
    pub fn ended(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "out: {}\nerr: {}", self.out, self.err);
        self
    }
}

/// A folder with configuration, key and database.
pub struct Desk {
    dir: TempDir,
}

impl Desk {
    /// A migrated database, and nobody in it.
    pub fn empty() -> Self {
        Self::on("url = \"sqlite:tierline.db\"")
    }

    /// The same on another database; `database` is the configuration's section.
    pub fn on(database: &str) -> Self {
        let desk = Self { dir: tempfile::tempdir().unwrap() };
        let text = format!(
            "[instance]\nmail_host = \"mail.example.com\"\n\
             [database]\n{database}\n[smtp]\nfrom_address = \"care@example.com\"\n\
             [web]\nlisten = \"127.0.0.1:0\"\n[log]\nformat = \"json\"\n\
             [[mailbox]]\nname = \"care\"\nkind = \"maildir\"\npath = \"mail\"\n\
             addresses = [\"care@example.com\"]\npoll_interval = \"1s\"\n"
        );
        desk.write("tierline.toml", text.as_bytes());
        desk.run(&["key", "create"]).ended(0);
        desk.run(&["migrate"]).ended(0);
        desk
    }

    /// With otto the operator, ana the agent and cora the compliance officer.
    pub fn staffed() -> Self {
        Self::empty().with_staff()
    }

    /// Adds the three.
    pub fn with_staff(self) -> Self {
        let desk = self;
        for name in ["otto", "ana", "cora"] {
            let secret = format!("{name} keeps a long secret\n");
            let path = desk.write(&format!("{name}.secret"), secret.as_bytes());
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        let add = ["person", "add"];
        let by = ["--by", "otto", "--by-secret-file", "otto.secret"];
        desk.run(&["person", "add", "otto", "--role", "operator", "--secret-file", "otto.secret"])
            .ended(0);
        for (name, role, secret) in
            [("ana", "agent", "ana.secret"), ("cora", "compliance", "cora.secret")]
        {
            let who = [name, "--role", role, "--secret-file", secret];
            desk.run(&[&add[..], &who[..], &by[..]].concat()).ended(0);
        }
        desk
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// A command in the folder, not run yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = tierline(arguments);
        command.current_dir(self.path()).env("TIERLINE_CONFIG", "tierline.toml");
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Answer {
        answer(self.command(arguments))
    }
}

pub fn answer(mut command: Command) -> Answer {
    let (status, out, err) = texts(command.output().unwrap());
    Answer { status, out, err }
}

/// Rosa's notice of error, received at 16:02 on a Friday.
pub const NOTICE: &str = "From: Rosa Delgado <rosa@example.com>\r\nTo: care@example.com\r\n\
    Subject: Notice of error: payment not credited\r\nMessage-ID: <1@borrowers.example.com>\r\n\r\n\
    I sent my November payment and you did not credit it to my account.\r\n\
    This is a notice of error. Please correct the error.\r\n\r\nRosa Delgado\r\n";
pub const RECEIVED: [&str; 2] = ["--received", "2026-11-20T16:02-05:00"];

#[test]
fn the_first_person_is_added_without_proof_and_nobody_after_that() {
    let desk = Desk::staffed();
    let eve = ["person", "add", "eve", "--role", "compliance", "--secret-file", "ana.secret"];
    let refused = desk.run(&eve).ended(2);
    assert!(refused.err.contains("--by"), "{}", refused.err);
    let by = |name, secret| [&eve[..], &["--by", name, "--by-secret-file", secret]].concat();
    desk.run(&by("otto", "ana.secret")).ended(5);
    desk.run(&by("nobody", "ana.secret")).ended(5);
    desk.run(&by("ana", "ana.secret")).ended(5);
    let listed = desk.run(&["person", "list", "--json"]).ended(0);
    let names: Vec<String> =
        listed.lines().iter().map(|line| line["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["ana", "cora", "otto"]);
    assert!(!listed.out.contains("secret"), "{}", listed.out);
}

#[test]
fn a_secret_is_never_read_from_a_pipe_or_an_open_file() {
    let desk = Desk::empty();
    let asked = desk.run(&["person", "add", "otto", "--role", "operator"]).ended(2);
    assert!(asked.err.contains("--secret-file"), "{}", asked.err);
    let path = desk.write("open.secret", b"otto keeps a long secret\n");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let add = ["person", "add", "otto", "--role", "operator", "--secret-file", "open.secret"];
    let refused = desk.run(&add).ended(2);
    assert!(refused.err.contains("chmod 600"), "{}", refused.err);
}
