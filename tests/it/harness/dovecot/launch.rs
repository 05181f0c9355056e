//! Starts and kills a private Dovecot: account, directory, configuration.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use data_encoding::BASE64;

use super::{JWT_KEY, TestCa};

const DOVECOT: &str = "/usr/sbin/dovecot";

/// Whom the server runs as: the caller, or `dovecot` when the caller is root,
/// because Dovecot serves no mail as root.
pub(super) struct Account {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) is_root: bool,
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program} cannot be run: {error}"));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

impl Account {
    pub(super) fn find() -> Self {
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

/// The whole group, at once: on SIGTERM Dovecot takes seconds and keeps the port.
pub(super) fn kill_group(child: &mut Child) {
    let group = format!("-{}", child.id());
    if child.try_wait().is_ok_and(|status| status.is_none()) {
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
    }
    let _ = child.wait();
}

pub(super) fn require_2_3() {
    let version = output(DOVECOT, &["--version"]);
    assert!(
        version.starts_with("2.3."),
        "these tests need Dovecot 2.3 (package dovecot-imapd), whose configuration syntax they \
         write; found {version:?}"
    );
}

pub(super) fn free_ports() -> (u16, u16) {
    let bind = || std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (first, second) = (bind(), bind());
    (first.local_addr().unwrap().port(), second.local_addr().unwrap().port())
}

pub(super) fn log(dir: &Path) -> String {
    fs::read_to_string(dir.join("dovecot.log")).unwrap_or_default()
}

pub(super) fn lay_out(dir: &Path, account: &Account) {
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
pub(super) fn launch(dir: &Path, account: &Account) -> Result<Child, ()> {
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

pub(super) fn write_configuration(
    dir: &Path,
    account: &Account,
    (imap, imaps): (u16, u16),
    settings: &str,
) {
    let Account { name, uid, gid, .. } = account;
    let text = include_str!("dovecot-2.3.conf")
        .replace("@DIR@", &dir.display().to_string())
        .replace("@USER@", name)
        .replace("@GROUP@", &output("id", &["-gn", name]))
        .replace("@UID@", &uid.to_string())
        .replace("@GID@", &gid.to_string())
        .replace("@IMAP@", &imap.to_string())
        .replace("@IMAPS@", &imaps.to_string());
    fs::write(dir.join("dovecot.conf"), text + settings).unwrap();
}
