//! Signs letters for the sending domain (DKIM, RFC 6376; RFC 8463 for Ed25519),
//! so that the receiving server can tell ours from a forged one. The signature
//! is part of the fixed bytes: a second attempt sends the same one.

use std::fmt;

use mail_auth::common::crypto::{Ed25519Key, RsaKey, Sha256};
use mail_auth::common::headers::HeaderWriter as _;
use mail_auth::dkim::{DkimSigner, Done};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;

/// What a receiver must not see changed. Those a letter does not have are left out.
const SIGNED: [&str; 12] = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Sender",
];
/// Name of the header, as it begins a signed letter.
const HEADER: &[u8] = b"DKIM-Signature:";

/// Why there is no signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The file holds no private key that can sign.
    #[error("holds no RSA (2048 bits or more) or Ed25519 private key in PEM")]
    Key,
    /// The letter cannot be signed.
    #[error("the letter cannot be signed")]
    Letter,
}

/// A key of the sending domain.
pub struct Signer {
    key: Key,
}

enum Key {
    Rsa(Box<DkimSigner<RsaKey<Sha256>, Done>>),
    Ed25519(Box<DkimSigner<Ed25519Key, Done>>),
}

impl fmt::Debug for Signer {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    /// A signer for `domain`, whose public key is at `<selector>._domainkey.<domain>`.
    ///
    /// # Errors
    /// When `pem` holds no key that can sign.
    pub fn new(pem: &[u8], domain: &str, selector: &str) -> Result<Self, SignError> {
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| SignError::Key)?;
        let ed25519 = match &key {
            PrivateKeyDer::Pkcs8(der) => {
                Ed25519Key::from_pkcs8_maybe_unchecked_der(der.secret_pkcs8_der()).ok()
            }
            _ => None,
        };
        if let Some(key) = ed25519 {
            let signer =
                DkimSigner::from_key(key).domain(domain).selector(selector).headers(SIGNED);
            return Ok(Self { key: Key::Ed25519(Box::new(signer)) });
        }
        let key = RsaKey::<Sha256>::from_key_der(key).map_err(|_| SignError::Key)?;
        let signer = DkimSigner::from_key(key).domain(domain).selector(selector).headers(SIGNED);
        Ok(Self { key: Key::Rsa(Box::new(signer)) })
    }

    /// `bytes` with their signature in front.
    ///
    /// # Errors
    /// When there is nothing to sign.
    pub fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignError> {
        let signature = match &self.key {
            Key::Rsa(signer) => signer.sign(bytes),
            Key::Ed25519(signer) => signer.sign(bytes),
        };
        let header = signature.map_err(|_| SignError::Letter)?.to_header();
        let mut signed = header.into_bytes();
        signed.extend_from_slice(bytes);
        Ok(signed)
    }
}

/// The letter as it was before it was signed.
#[must_use]
pub fn without_signature(bytes: &[u8]) -> &[u8] {
    if !bytes.starts_with(HEADER) {
        return bytes;
    }
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if at > 0 && !line.starts_with(b" ") && !line.starts_with(b"\t") {
            break;
        }
        at += line.len();
    }
    bytes.get(at..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_taken_off_with_its_folded_lines() {
        let letter = b"From: a@example.com\r\n\r\nDKIM-Signature: x\r\n";
        let signed = [&b"DKIM-Signature: v=1;\r\n\th=From;\r\n b=abc\r\n"[..], letter].concat();
        assert_eq!(without_signature(&signed), letter);
        assert_eq!(without_signature(letter), letter);
        assert_eq!(without_signature(b"DKIM-Signature: v=1"), b"");
    }

    #[test]
    fn what_is_no_key_signs_nothing() {
        for pem in [&b""[..], b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            assert_eq!(Signer::new(pem, "example.com", "a").err(), Some(SignError::Key));
        }
    }
}
