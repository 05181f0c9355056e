//! A real SMTP server (aiosmtpd) in a process of its own, on a loopback port.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::Value;
use tempfile::TempDir;

/// How the receiver is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    #[default]
    None,
    /// By STARTTLS.
    Upgraded,
    Implicit,
}

/// A running receiver; the process ends with the value, or with the test.
pub struct SmtpReceiver {
    pub port: u16,
    directory: TempDir,
    process: Child,
}

impl Drop for SmtpReceiver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl SmtpReceiver {
    /// `auth` is `user:secret`.
    pub fn start(tls: Tls, auth: Option<&str>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        write_certificates(directory.path());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/harness/smtp_receiver.py");
        let mut command = Command::new("setpriv");
        // Debian's Python: a virtual environment's would not have aiosmtpd.
        command.args(["--pdeathsig", "KILL", "/usr/bin/python3", script]);
        command.arg(directory.path());
        if tls != Tls::None {
            let word = if tls == Tls::Upgraded { "starttls" } else { "implicit" };
            command.args(["--tls", word]);
            command.arg("--cert").arg(directory.path().join("server.pem"));
            command.arg("--key").arg(directory.path().join("server.key"));
        }
        if let Some(auth) = auth {
            command.args(["--auth", auth]);
        }
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().expect("python3-aiosmtpd is installed and says its port");
        Self { port, directory, process }
    }

    /// PEM file of the CA that signed the receiver's certificate.
    pub fn ca_file(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// PEM file of a CA that did not.
    pub fn other_ca_file(&self) -> PathBuf {
        self.directory.path().join("other-ca.pem")
    }

    /// Ledger lines, in order of acceptance.
    pub fn ledger(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.directory.path().join("ledger.jsonl"));
        let text = text.unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The bytes of the mail that a ledger line names.
    pub fn mail(&self, line: &Value) -> Vec<u8> {
        std::fs::read(self.directory.path().join(line["file"].as_str().unwrap())).unwrap()
    }
}

fn write_certificates(directory: &std::path::Path) {
    let authority = || {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    };
    let ca = authority();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let server = server.signed_by(&key, &ca).unwrap();
    let write = |name: &str, text: String| std::fs::write(directory.join(name), text).unwrap();
    write("ca.pem", ca.pem());
    write("other-ca.pem", authority().pem());
    write("server.pem", server.pem());
    write("server.key", key.serialize_pem());
}
