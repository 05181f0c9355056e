//! A private Dovecot on loopback: its own directory, ports and certificates;
//! any user name exists, password `secret`, and nothing survives the test.

#![allow(dead_code, reason = "each test takes what it needs")]

mod certificate;
mod launch;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::SecretString;
use sha2::Sha256;
use tempfile::TempDir;
use tierline::mailbox::imap::{Credential, ImapOptions, ImapSession, Security};

pub use certificate::TestCa;
use launch::{
    Account, free_ports, kill_group, launch, lay_out, log, require_2_3, write_configuration,
};

const JWT_KEY: &[u8] = b"a key that only this test server knows";

/// Installs the one TLS provider; every test that speaks TLS calls it first.
pub fn install_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The running server. Dropping it kills it.
pub struct Dovecot {
    dir: TempDir,
    account: Account,
    child: Child,
    pub imap_port: u16,
    pub imaps_port: u16,
    delivered: AtomicU32,
}

impl Dovecot {
    /// Starts a server and waits until it listens.
    pub fn start() -> Self {
        require_2_3();
        let account = Account::find();
        let dir = tempfile::Builder::new().prefix("tl-dovecot-").tempdir_in("/tmp").unwrap();
        lay_out(dir.path(), &account);
        for _ in 0..3 {
            let (imap_port, imaps_port) = free_ports();
            write_configuration(dir.path(), &account, imap_port, imaps_port);
            if let Ok(child) = launch(dir.path(), &account) {
                let delivered = AtomicU32::new(0);
                return Self { dir, account, child, imap_port, imaps_port, delivered };
            }
        }
        panic!("Dovecot did not start three times; its log says:\n{}", log(dir.path()));
    }

    /// Kills the server without a word and starts it on the same ports.
    pub fn restart(&mut self) {
        self.kill();
        self.child = launch(self.dir.path(), &self.account)
            .unwrap_or_else(|()| panic!("Dovecot did not restart:\n{}", log(self.dir.path())));
    }

    /// Kills the server and all its children.
    pub fn kill(&mut self) {
        kill_group(&mut self.child);
    }

    /// The PEM file that makes its certificate trusted.
    pub fn ca_file(&self) -> PathBuf {
        self.dir.path().join("tls/ca.pem")
    }

    /// How `user` reaches the server: implicit TLS, password.
    pub fn options(&self, user: &str) -> ImapOptions {
        let password = Credential::Password(SecretString::from("secret"));
        ImapOptions {
            port: self.imaps_port,
            ca_file: Some(self.ca_file()),
            command_timeout: Duration::from_secs(20),
            ..ImapOptions::new("localhost", user, password)
        }
    }

    /// The same without TLS.
    pub fn plain_options(&self, user: &str) -> ImapOptions {
        ImapOptions {
            host: "127.0.0.1".to_owned(),
            port: self.imap_port,
            security: Security::Plain,
            ca_file: None,
            ..self.options(user)
        }
    }

    /// A logged-in session of `user`.
    pub async fn session(&self, user: &str) -> ImapSession {
        ImapSession::connect(&self.plain_options(user), Timestamp::UNIX_EPOCH).await.unwrap()
    }

    /// Puts one mail into a folder through IMAP.
    pub async fn append(&self, user: &str, folder: &str, raw: &[u8]) {
        let mut session = self.session(user).await;
        session.append(folder, raw).await.unwrap();
        session.logout().await.unwrap();
    }

    /// Puts many mails into the inbox at once, as a delivery agent would: the
    /// fast way.
    pub fn deliver<'a>(&self, user: &str, mails: impl IntoIterator<Item = &'a [u8]>) {
        self.deliver_at(user, SystemTime::now(), mails);
    }

    /// The same with `at` as their INTERNALDATE.
    pub fn deliver_at<'a>(
        &self,
        user: &str,
        at: SystemTime,
        mails: impl IntoIterator<Item = &'a [u8]>,
    ) {
        let inbox = self.mail_dir(user);
        for name in ["", "tmp", "new", "cur"] {
            let path = inbox.join(name);
            if !path.exists() {
                fs::create_dir_all(&path).unwrap();
                self.give(&path);
            }
        }
        for raw in mails {
            let number = self.delivered.fetch_add(1, Ordering::Relaxed);
            let name = format!("1767225600.M{number:09}P{}.tierline", std::process::id());
            let draft = inbox.join("tmp").join(&name);
            fs::write(&draft, raw).unwrap();
            fs::File::options().write(true).open(&draft).unwrap().set_modified(at).unwrap();
            self.give(&draft);
            fs::rename(draft, inbox.join("new").join(name)).unwrap();
        }
    }

    /// How many mails each folder of `user` holds, counted on disk.
    pub fn folder_sizes(&self, user: &str) -> BTreeMap<String, usize> {
        let mut sizes =
            BTreeMap::from([("INBOX".to_owned(), self.mail_files(user, "INBOX").len())]);
        for entry in fs::read_dir(self.mail_dir(user)).into_iter().flatten() {
            let name = entry.unwrap().file_name().to_string_lossy().into_owned();
            if let Some(folder) = name.strip_prefix('.') {
                sizes.insert(folder.to_owned(), self.mail_files(user, folder).len());
            }
        }
        sizes
    }

    /// The bytes of all mails in a folder as a client gets them, in no order.
    pub fn mails(&self, user: &str, folder: &str) -> Vec<Vec<u8>> {
        self.mail_files(user, folder)
            .iter()
            .map(|file| with_crlf(&fs::read(file).unwrap()))
            .collect()
    }

    /// How many mails in a folder are marked as seen.
    pub fn seen(&self, user: &str, folder: &str) -> usize {
        let is_seen = |file: &&PathBuf| {
            let name = file.to_string_lossy().into_owned();
            name.rsplit_once(":2,").is_some_and(|(_, flags)| flags.contains('S'))
        };
        self.mail_files(user, folder).iter().filter(is_seen).count()
    }

    fn mail_files(&self, user: &str, folder: &str) -> Vec<PathBuf> {
        let mut path = self.mail_dir(user);
        if folder != "INBOX" {
            path.push(format!(".{folder}"));
        }
        let entries =
            ["new", "cur"].into_iter().filter_map(|sub| fs::read_dir(path.join(sub)).ok());
        entries.flatten().map(|entry| entry.unwrap().path()).collect()
    }

    /// An access token for `user` that the server accepts until `expires_at`.
    pub fn access_token(&self, user: &str, expires_at: Timestamp) -> String {
        let encode = |json: String| BASE64URL_NOPAD.encode(json.as_bytes());
        let header = encode(r#"{"alg":"HS256","typ":"JWT"}"#.to_owned());
        let claims = encode(format!(
            r#"{{"sub":"{user}","email":"{user}","exp":{}}}"#,
            expires_at.as_second()
        ));
        let mut mac = Hmac::<Sha256>::new_from_slice(JWT_KEY).unwrap();
        mac.update(format!("{header}.{claims}").as_bytes());
        let signature = BASE64URL_NOPAD.encode(&mac.finalize().into_bytes());
        format!("{header}.{claims}.{signature}")
    }

    /// What the server has written to its log.
    pub fn log(&self) -> String {
        log(self.dir.path())
    }

    /// Process id of the master.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    fn mail_dir(&self, user: &str) -> PathBuf {
        self.dir.path().join("mail").join(user)
    }

    fn give(&self, path: &Path) {
        if self.account.is_root {
            chown(path, Some(self.account.uid), Some(self.account.gid)).unwrap();
        }
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Dovecot keeps mails with bare LF and serves them with CRLF.
fn with_crlf(stored: &[u8]) -> Vec<u8> {
    let lines = stored.split_inclusive(|byte| *byte == b'\n');
    let served = lines.flat_map(|line| match line.strip_suffix(b"\n") {
        Some(text) => [text.strip_suffix(b"\r").unwrap_or(text), b"\r\n"],
        None => [line, b""],
    });
    served.flatten().copied().collect()
}
