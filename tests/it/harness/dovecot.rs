//! A private Dovecot on loopback: its own directory, ports and certificates;
//! any user name exists, password `secret`, and nothing survives the test.

#![allow(dead_code, reason = "each test takes what it needs")]

mod certificate;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};

use data_encoding::{BASE64, BASE64URL_NOPAD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::SecretString;
use sha2::Sha256;
use tempfile::TempDir;
use tierline::mailbox::imap::{Credential, ImapOptions, ImapSession, Security};

pub use certificate::TestCa;

const JWT_KEY: &[u8] = b"a key that only this test server knows";
const DOVECOT: &str = "/usr/sbin/dovecot";

/// Installs the one TLS provider; every test that speaks TLS calls it first.
pub fn install_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Whom the server runs as: the caller, or `dovecot` when the caller is root,
/// because Dovecot serves no mail as root.
struct Account {
    name: String,
    uid: u32,
    gid: u32,
    is_root: bool,
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program} cannot be run: {error}"));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

impl Account {
    fn find() -> Self {
        let is_root = output("id", &["-u"]) == "0";
        let name = if is_root { "dovecot".to_owned() } else { output("id", &["-un"]) };
        let number = |flag| {
            output("id", &[flag, &name])
                .parse()
                .unwrap_or_else(|_| panic!("there is no user {name}; install dovecot-imapd"))
        };
        Self { uid: number("-u"), gid: number("-g"), is_root, name }
    }
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

/// The whole group, at once: on SIGTERM Dovecot takes seconds and keeps the port.
fn kill_group(child: &mut Child) {
    let group = format!("-{}", child.id());
    if child.try_wait().is_ok_and(|status| status.is_none()) {
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
    }
    let _ = child.wait();
}

fn require_2_3() {
    let version = output(DOVECOT, &["--version"]);
    assert!(
        version.starts_with("2.3."),
        "these tests need Dovecot 2.3 (package dovecot-imapd), whose configuration syntax they \
         write; found {version:?}"
    );
}

fn free_ports() -> (u16, u16) {
    let bind = || std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (first, second) = (bind(), bind());
    (first.local_addr().unwrap().port(), second.local_addr().unwrap().port())
}

fn log(dir: &Path) -> String {
    fs::read_to_string(dir.join("dovecot.log")).unwrap_or_default()
}

fn lay_out(dir: &Path, account: &Account) {
    let tls = TestCa::new();
    for sub in ["run", "mail", "tls", "keys/default/HS256"] {
        fs::create_dir_all(dir.join(sub)).unwrap();
    }
    fs::write(dir.join("tls/ca.pem"), tls.ca).unwrap();
    fs::write(dir.join("tls/server.pem"), tls.certificate).unwrap();
    fs::write(dir.join("tls/server.key"), tls.key).unwrap();
    fs::write(dir.join("keys/default/HS256/default"), BASE64.encode(JWT_KEY)).unwrap();
    let oauth = format!(
        "introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={}/keys/\n\
         username_attribute = email\n",
        dir.display()
    );
    fs::write(dir.join("oauth2.conf"), oauth).unwrap();
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).unwrap();
    if account.is_root {
        let owner = format!("{}:{}", account.uid, account.gid);
        output("chown", &["-R", &owner, &dir.display().to_string()]);
    }
}

/// Runs the server in a process group of its own, to be killed by the kernel
/// should the test die first, and waits until it listens.
fn launch(dir: &Path, account: &Account) -> Result<Child, ()> {
    let _ = fs::remove_file(dir.join("dovecot.log"));
    let mut command = Command::new("setpriv");
    if account.is_root {
        command.arg(format!("--reuid={}", account.uid)).arg(format!("--regid={}", account.gid));
        command.arg("--clear-groups");
    }
    command.args(["--pdeathsig", "KILL", DOVECOT, "-F", "-c"]).arg(dir.join("dovecot.conf"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn().expect("setpriv (package util-linux) cannot be run");
    let deadline = Instant::now() + Duration::from_secs(20);
    // its own log, because the port may be somebody else's
    while !log(dir).contains("starting up") {
        if child.try_wait().unwrap().is_some() || Instant::now() > deadline {
            kill_group(&mut child);
            let mut said = String::new();
            let _ = child.stderr.take().map(|mut pipe| pipe.read_to_string(&mut said));
            let note = format!("{}\n{said}", log(dir));
            fs::write(dir.join("dovecot.log"), note).unwrap();
            return Err(());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(child)
}

fn write_configuration(dir: &Path, account: &Account, imap: u16, imaps: u16) {
    let Account { name, uid, gid, .. } = account;
    let text = include_str!("dovecot/dovecot-2.3.conf")
        .replace("@DIR@", &dir.display().to_string())
        .replace("@USER@", name)
        .replace("@GROUP@", &output("id", &["-gn", name]))
        .replace("@UID@", &uid.to_string())
        .replace("@GID@", &gid.to_string())
        .replace("@IMAP@", &imap.to_string())
        .replace("@IMAPS@", &imaps.to_string());
    fs::write(dir.join("dovecot.conf"), text).unwrap();
}
