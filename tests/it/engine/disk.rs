//! The built program on a disk that is full, and two programs on one file.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tierline::store::{Store, StoreOptions, Vault};

use crate::harness::desk::{details, mail};

/// A small disk of its own, unmounted when dropped.
struct SmallDisk {
    path: tempfile::TempDir,
}

impl SmallDisk {
    fn mount(mebibytes: u32) -> Self {
        let path = tempfile::tempdir().unwrap();
        let size = format!("size={mebibytes}m,mode=0700");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tierline-test"])
            .arg(path.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&mounted.stderr).into_owned();
        assert!(mounted.status.success(), "mounting a tmpfs needs root: {said}");
        Self { path }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.path.path()).status();
    }
}

/// The program with everything it writes in one directory.
struct Program {
    root: PathBuf,
    config: PathBuf,
    _home: tempfile::TempDir,
}

impl Program {
    /// Configured and migrated; its database, mail and letters lie in `root`.
    fn new(root: &Path) -> Self {
        let home = tempfile::tempdir().unwrap();
        let key = home.path().join("tierline.key");
        Vault::create_key_file(&key).unwrap();
        let at = |name: &str| root.join(name).display().to_string();
        let text = format!(
            "[instance]\nname = \"disk\"\nmail_host = \"mail.example.com\"\n\
             [database]\nurl = \"sqlite:{}\"\n[vault]\nkey_file = \"{}\"\n\
             [outbox]\nsink = \"directory\"\npath = \"{}\"\n\
             [[mailbox]]\nname = \"care\"\nkind = \"maildir\"\npath = \"{}\"\n\
             addresses = [\"care@example.com\"]\n",
            at("tierline.db"),
            key.display(),
            at("outbox"),
            at("mail"),
        );
        let config = home.path().join("tierline.toml");
        std::fs::write(&config, text).unwrap();
        let program = Self { root: root.to_owned(), config, _home: home };
        for folder in ["tmp", "new", "cur"] {
            std::fs::create_dir_all(program.root.join("mail").join(folder)).unwrap();
        }
        let migrated = program.run(&["migrate"]);
        assert!(migrated.status.success(), "{migrated:?}");
        program
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_tierline"))
            .arg("--config")
            .arg(&self.config)
            .args(arguments)
            .env_clear()
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn options(&self) -> StoreOptions {
        StoreOptions {
            url: format!("sqlite:{}", self.root.join("tierline.db").display()),
            allow_unsafe_durability: false,
            max_connections: 2,
        }
    }

    fn vault(&self) -> Vault {
        Vault::from_file(&self.config.with_file_name("tierline.key")).unwrap()
    }

    fn deliver(&self, name: &str, raw: &[u8]) {
        std::fs::write(self.root.join("mail/new").join(name), raw).unwrap();
    }

    fn waiting(&self) -> usize {
        std::fs::read_dir(self.root.join("mail/new")).unwrap().count()
    }
}

/// Fills the disk up; removing the file makes room again.
fn fill(root: &Path) -> PathBuf {
    let ballast = root.join("ballast");
    let mut file = std::fs::File::create(&ballast).unwrap();
    let block = [0; 4096];
    while std::io::Write::write_all(&mut file, &block).is_ok() {}
    ballast
}

#[tokio::test]
async fn a_full_disk_is_an_error_that_loses_nothing_and_passes() {
    let disk = SmallDisk::mount(24);
    let program = Program::new(disk.path.path());
    for number in 0..30 {
        let sender = format!("p{number}@example.net");
        let text = format!("Question {number} about escrow.\n{}", "word ".repeat(4000));
        program.deliver(
            &format!("{number:03}.first"),
            &mail(&format!("Mail {number}"), &text).from(&sender).raw(),
        );
    }
    let ballast = fill(disk.path.path());
    for _ in 0..2 {
        let failed = program.run(&["run", "--once"]);
        assert!(!failed.status.success(), "{failed:?}");
        assert!(!failed.stderr.is_empty(), "it says so");
    }
    assert_eq!(program.waiting(), 30, "no mail leaves the folder before its commit");

    std::fs::remove_file(ballast).unwrap();
    let done = program.run(&["run", "--once"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(program.waiting(), 0);
    let store = Store::open_beside(&program.options(), program.vault()).await.unwrap();
    assert_eq!(details(&store).await.len(), 30);
    assert_eq!(store.verify(None).await.unwrap().first_break, None);
    let books = store.conservation(store.mailboxes().await.unwrap()[0].id).await.unwrap();
    assert!(books.are_balanced() && books.pending == 0, "{books:?}");
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_second_program_on_one_file_is_refused_and_told_who_has_it() {
    let dir = tempfile::tempdir().unwrap();
    let program = Program::new(dir.path());
    program.deliver("one", &mail("Waits", "This one waits.").raw());
    let holder = Store::open(&program.options(), program.vault()).await.unwrap();
    let refused = program.run(&["run", "--once"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success(), "{said}");
    assert!(said.contains(&format!("process {}", std::process::id())), "{said}");
    assert_eq!(program.waiting(), 1);
    holder.close().await.unwrap();
    let done = program.run(&["run", "--once"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(program.waiting(), 0);
}
