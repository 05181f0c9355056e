//! Letters are signed for the sending domain; dkimpy, which shares no code with
//! us, finds the signature good.

use std::io::Write as _;
use std::process::{Command, Stdio};

use tierline::postage::fit::fit_to_send;
use tierline::postage::sign::{Signer, without_signature};

use super::rendering::{intent, renderer_once, sender};

/// What dkimpy says of the mail on standard input, with the public key given.
const VERIFIER: &str = "\
import sys, dkim
key = sys.argv[1]
name = sys.argv[2].encode()
def look_up(asked, timeout=5):
    return ('v=DKIM1; k=rsa; p=' + key).encode() if asked.rstrip(b'.') == name else b''
print('good' if dkim.verify(sys.stdin.buffer.read(), dnsfunc=look_up) else 'bad')
";

fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}");
    output.stdout
}

fn verified(bytes: &[u8], public_key: &str) -> String {
    let mut child = Command::new("/usr/bin/python3")
        .args(["-c", VERIFIER, public_key, "tierline._domainkey.example.com"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn letter() -> Vec<u8> {
    let intent = intent("ack_general", "es");
    let version = renderer_once().version("ack_general", "es").unwrap();
    renderer_once().render(&intent, version, &sender()).unwrap()
}

#[test]
fn an_independent_verifier_finds_the_signature_good_and_any_change_bad() {
    let pem = openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], b"");
    let der = openssl(&["pkey", "-pubout", "-outform", "DER"], &pem);
    let public_key = data_encoding::BASE64.encode(&der);
    let signer = Signer::new(&pem, "example.com", "tierline").unwrap();
    let letter = letter();
    let signed = signer.sign(&letter).unwrap();
    fit_to_send(&signed).unwrap();
    assert_eq!(without_signature(&signed), letter);
    assert_eq!(verified(&signed, &public_key), "good");
    let text = String::from_utf8(signed).unwrap();
    for (from, to) in
        [("Recibimos", "Perdimos"), ("To: rosa@", "To: eve@"), ("Subject: ", "Subject: X ")]
    {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        assert_eq!(verified(changed.as_bytes(), &public_key), "bad", "{from}");
    }
    assert!(!format!("{signer:?}").contains("PRIVATE"));
}

#[test]
fn an_ed25519_key_signs_too() {
    let pem = openssl(&["genpkey", "-algorithm", "ED25519"], b"");
    let signer = Signer::new(&pem, "example.com", "tierline").unwrap();
    let letter = letter();
    let signed = signer.sign(&letter).unwrap();
    fit_to_send(&signed).unwrap();
    assert!(signed.starts_with(b"DKIM-Signature: v=1; a=ed25519-sha256;"));
    assert_eq!(without_signature(&signed), letter);
}
