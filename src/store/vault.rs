//! Sealed bytes: private columns are encrypted where they stand, bound to
//! their table, column and row, so that no value can be moved or changed.

mod key_file;

use std::collections::BTreeMap;
use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::clock;
use crate::domain::digest::Digest;

/// First byte of every sealed value: how the rest is laid out.
const LAYOUT: u8 = 1;
/// Layout byte and key id.
const HEADER: usize = 2;
/// Extended nonce of XChaCha20 (draft-irtf-cfrg-xchacha): safe when random.
const NONCE: usize = 24;

/// A failure of the vault. Holds no key and no plain text.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// A key file that others may read, or that cannot be read.
    #[error("key file {path}: {problem}")]
    KeyFile {
        /// Which.
        path: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// No key with the id that a sealed value names.
    #[error("key {0} is missing from the key ring")]
    MissingKey(u8),
    /// The key of that id is not the one the database was sealed with.
    #[error("key {0} of the key ring is not the key this database was sealed with")]
    WrongKey(u8),
    /// The value was changed, moved to another row, or is no sealed value.
    #[error("a sealed value of {table}.{column} was changed or moved")]
    Broken {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
    },
    /// The value could not be sealed.
    #[error("a value could not be sealed")]
    Unsealable,
    /// The operating system has no randomness to give.
    #[error("no randomness: {0}")]
    NoEntropy(#[from] getrandom::Error),
}

/// A sealed column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Table.
    pub table: &'static str,
    /// Column.
    pub column: &'static str,
}

/// One purpose, one key (HKDF-SHA-256, RFC 5869): what a derived key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Sealing values.
    Seal,
    /// Look-up of private values without storing them.
    BlindIndex,
    /// Names of raw mails.
    ContentAddress,
    /// Tags of reply tokens.
    ReplyToken,
    /// Deterministic Message-IDs.
    MessageId,
    /// Checkpoints of the record.
    Audit,
    /// Proof that a key ring belongs to a database.
    Proof,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Seal => b"tierline seal",
            Self::BlindIndex => b"tierline blind index",
            Self::ContentAddress => b"tierline content address",
            Self::ReplyToken => b"tierline reply token",
            Self::MessageId => b"tierline message id",
            Self::Audit => b"tierline audit",
            Self::Proof => b"tierline proof",
        }
    }
}

struct Key {
    secret: Zeroizing<[u8; 32]>,
    cipher: XChaCha20Poly1305,
}

/// The key ring. The newest key (greatest id) seals, every key opens. Keys
/// that must stay the same for ever (blind indexes, content addresses,
/// Message-IDs) derive from the oldest: never take that one out.
pub struct Vault {
    keys: BTreeMap<u8, Key>,
    oldest: u8,
    newest: u8,
    index: Hmac<Sha256>,
    content: Hmac<Sha256>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("kids", &self.kids()).finish_non_exhaustive()
    }
}

impl Vault {
    /// A vault over `entries` of (key id, 32 random bytes).
    ///
    /// # Errors
    /// Without any entry.
    pub fn from_entries(
        entries: impl IntoIterator<Item = (u8, [u8; 32])>,
    ) -> Result<Self, VaultError> {
        let keys: BTreeMap<u8, Key> = entries
            .into_iter()
            .map(|(kid, secret)| {
                let secret = Zeroizing::new(secret);
                let seal = expand(&secret, Purpose::Seal)?;
                let cipher = XChaCha20Poly1305::new((&*seal).into());
                Ok((kid, Key { secret, cipher }))
            })
            .collect::<Result<_, VaultError>>()?;
        let (Some((&oldest, first)), Some((&newest, _))) =
            (keys.first_key_value(), keys.last_key_value())
        else {
            return Err(VaultError::MissingKey(1));
        };
        let index = keyed(&first.secret, Purpose::BlindIndex)?;
        let content = keyed(&first.secret, Purpose::ContentAddress)?;
        Ok(Self { keys, oldest, newest, index, content })
    }

    /// Seals `plain` for `row` of `place`: layout, key id, nonce, ciphertext.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn seal(&self, place: Place, row: &[u8], plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let key = self.key(self.newest)?;
        let random = clock::entropy()?;
        let mut sealed = Vec::with_capacity(HEADER + NONCE + plain.len() + 16);
        sealed.extend_from_slice(&[LAYOUT, self.newest]);
        sealed.extend_from_slice(&random[..NONCE]);
        let nonce = XNonce::try_from(&random[..NONCE]).map_err(|_| VaultError::Unsealable)?;
        let aad = binding(place, row);
        let body = key
            .cipher
            .encrypt(&nonce, Payload { msg: plain, aad: &aad })
            .map_err(|_| VaultError::Unsealable)?;
        sealed.extend_from_slice(&body);
        Ok(sealed)
    }

    /// Opens what [`Vault::seal`] made for the same row and place.
    ///
    /// # Errors
    /// When its key is missing, or the value was changed or moved.
    pub fn open(&self, place: Place, row: &[u8], sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let broken = VaultError::Broken { table: place.table, column: place.column };
        let (Some(&[LAYOUT, kid]), Some(nonce), Some(body)) = (
            sealed.get(..HEADER).and_then(|head| head.first_chunk::<HEADER>()),
            sealed.get(HEADER..HEADER + NONCE),
            sealed.get(HEADER + NONCE..),
        ) else {
            return Err(broken);
        };
        let Ok(nonce) = XNonce::try_from(nonce) else { return Err(broken) };
        let aad = binding(place, row);
        self.key(kid)?.cipher.decrypt(&nonce, Payload { msg: body, aad: &aad }).map_err(|_| broken)
    }

    /// The same text gives the same 16 bytes, which tell nobody without the
    /// key what it was. Letter case and surrounding space don't matter.
    #[must_use]
    pub fn blind_index(&self, text: &str) -> [u8; 16] {
        first_half(self.index.clone(), text.trim().to_lowercase().as_bytes())
    }

    /// Name under which the raw bytes with this digest are kept.
    #[must_use]
    pub fn content_key(&self, raw_sha: &Digest) -> [u8; 32] {
        let mut mac = self.content.clone();
        mac.update(&raw_sha.0);
        mac.finalize().into_bytes().into()
    }

    /// Key ids, oldest first.
    #[must_use]
    pub fn kids(&self) -> Vec<u8> {
        self.keys.keys().copied().collect()
    }

    /// Id of the key in use.
    #[must_use]
    pub const fn newest_kid(&self) -> u8 {
        self.newest
    }

    /// Key of `purpose` under key `kid`, e.g. for the reply tokens it signed.
    ///
    /// # Errors
    /// When the ring has no such key.
    pub fn derive(&self, kid: u8, purpose: Purpose) -> Result<[u8; 32], VaultError> {
        Ok(*expand(&self.key(kid)?.secret, purpose)?)
    }

    /// Key of `purpose` that stays the same when newer keys are added.
    ///
    /// # Errors
    /// Never, in practice: the oldest key is always there.
    pub fn derive_lasting(&self, purpose: Purpose) -> Result<[u8; 32], VaultError> {
        self.derive(self.oldest, purpose)
    }

    fn key(&self, kid: u8) -> Result<&Key, VaultError> {
        self.keys.get(&kid).ok_or(VaultError::MissingKey(kid))
    }
}

/// Table, column and row, each preceded by its length.
fn binding(place: Place, row: &[u8]) -> Vec<u8> {
    let mut aad = Vec::with_capacity(64);
    for field in [place.table.as_bytes(), place.column.as_bytes(), row] {
        aad.extend_from_slice(&(field.len() as u64).to_be_bytes());
        aad.extend_from_slice(field);
    }
    aad
}

fn expand(secret: &[u8; 32], purpose: Purpose) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, secret)
        .expand(purpose.label(), key.as_mut_slice())
        .map_err(|_| VaultError::Unsealable)?;
    Ok(key)
}

fn keyed(secret: &[u8; 32], purpose: Purpose) -> Result<Hmac<Sha256>, VaultError> {
    let key = expand(secret, purpose)?;
    <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key.as_slice())
        .map_err(|_| VaultError::Unsealable)
}

fn first_half(mut mac: Hmac<Sha256>, text: &[u8]) -> [u8; 16] {
    mac.update(text);
    let whole: [u8; 32] = mac.finalize().into_bytes().into();
    let mut half = [0; 16];
    half.copy_from_slice(&whole[..16]);
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { table: "ticket", column: "sealed_subject" };

    fn vault(kids: &[u8]) -> Vault {
        Vault::from_entries(kids.iter().map(|kid| (*kid, [*kid; 32]))).unwrap()
    }

    #[test]
    fn a_sealed_value_opens_only_where_it_stands() {
        let vault = vault(&[1]);
        let sealed = vault.seal(PLACE, b"row 1", b"escrow shortage").unwrap();
        assert_eq!(vault.open(PLACE, b"row 1", &sealed).unwrap(), b"escrow shortage");
        let other = Place { table: "ticket", column: "sealed_requester" };
        assert!(vault.open(PLACE, b"row 2", &sealed).is_err(), "another row");
        assert!(vault.open(other, b"row 1", &sealed).is_err(), "another column");
        assert!(!sealed.windows(6).any(|part| part == b"escrow"));
    }

    #[test]
    fn any_changed_byte_and_any_cut_is_noticed() {
        let vault = vault(&[1]);
        let sealed = vault.seal(PLACE, b"r", b"plain").unwrap();
        for at in 0..sealed.len() {
            let mut wrong = sealed.clone();
            wrong[at] ^= 1;
            assert!(vault.open(PLACE, b"r", &wrong).is_err(), "byte {at}");
            assert!(vault.open(PLACE, b"r", &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_newer_key_seals_and_the_older_still_opens() {
        let before = vault(&[1]);
        let old = before.seal(PLACE, b"r", b"plain").unwrap();
        let after = vault(&[1, 2]);
        assert_eq!(after.open(PLACE, b"r", &old).unwrap(), b"plain");
        let new = after.seal(PLACE, b"r", b"plain").unwrap();
        assert!(matches!(before.open(PLACE, b"r", &new), Err(VaultError::MissingKey(2))));
        assert_eq!(before.blind_index("Rosa@Example.com"), after.blind_index("rosa@example.com "));
        assert_ne!(old, new);
    }

    #[test]
    fn no_two_purposes_share_a_key() {
        let vault = vault(&[1]);
        let keys = [
            Purpose::Seal,
            Purpose::BlindIndex,
            Purpose::ContentAddress,
            Purpose::ReplyToken,
            Purpose::MessageId,
            Purpose::Audit,
            Purpose::Proof,
        ]
        .map(|purpose| vault.derive(1, purpose).unwrap());
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
    }
}
