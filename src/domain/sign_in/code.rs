//! Codes that a person carries: six digits that change every 30 seconds
//! (RFC 6238), and recovery codes for the day the telephone is lost.

use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use totp_rs::{Builder, Totp};

use crate::domain::digest::Digest;

/// Bytes of the shared seed (RFC 4226 §4 R6 recommends 160 bits).
pub const SEED: usize = 20;
/// Recovery codes a person gets at once.
pub const RECOVERY_CODES: usize = 10;

/// The 30-second step whose code `code` is, if it is one of the present step
/// or the one before or after (RFC 6238 §5.2). The caller accepts each step
/// once only.
#[must_use]
pub fn matched_step(seed: &[u8; SEED], code: &str, now: Timestamp) -> Option<u64> {
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    authenticator(seed).check(&digits, u64::try_from(now.as_second()).ok()?)
}

/// The code of the step that `now` is in.
#[must_use]
pub fn present_code(seed: &[u8; SEED], now: Timestamp) -> String {
    authenticator(seed).generate(u64::try_from(now.as_second()).unwrap_or(0)).to_string()
}

/// The seed as a person types it into an app: groups of four letters.
#[must_use]
pub fn typed_seed(seed: &[u8; SEED]) -> String {
    let text = BASE32_NOPAD.encode(seed);
    let groups: Vec<&str> = (0..text.len()).step_by(4).filter_map(|i| text.get(i..i + 4)).collect();
    groups.join(" ")
}

/// What the picture to scan holds: `otpauth://totp/Issuer:name?secret=…`.
#[must_use]
pub fn provisioning_uri(seed: &[u8; SEED], name: &str, issuer: &str) -> String {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric() || " .-_".contains(*c)).collect()
    };
    let encode = |text: String| text.replace(' ', "%20");
    let (issuer, name) = (encode(plain(issuer)), encode(plain(name)));
    format!("otpauth://totp/{issuer}:{name}?secret={}&issuer={issuer}", BASE32_NOPAD.encode(seed))
}

/// Ten codes of 128 bits each out of 32 random bytes, written in groups.
#[must_use]
pub fn recovery_codes(entropy: [u8; 32]) -> Vec<String> {
    (0..RECOVERY_CODES as u64)
        .map(|n| {
            let random = Digest::of_fields(&[b"recovery", &entropy, &n.to_be_bytes()]);
            let text = BASE32_NOPAD.encode(&random.0[..16]).to_lowercase();
            [&text[..7], &text[7..13], &text[13..19], &text[19..26]].join("-")
        })
        .collect()
}

/// What is kept of a recovery code: letter case, dashes and blanks don't count.
#[must_use]
pub fn recovery_digest(code: &str) -> Digest {
    let plain: String =
        code.chars().filter(|c| c.is_ascii_alphanumeric()).take(64).collect::<String>();
    Digest::of_fields(&[b"recovery code", plain.to_ascii_lowercase().as_bytes()])
}

fn authenticator(seed: &[u8; SEED]) -> Totp {
    Builder::new().with_secret(seed.to_vec()).build_noncompliant()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seed and codes of RFC 6238 appendix B (the last six of its eight digits).
    const SEED_OF_THE_RFC: &[u8; SEED] = b"12345678901234567890";

    #[test]
    fn the_codes_are_those_of_the_rfc() {
        for (second, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924")]
        {
            let now = Timestamp::from_second(second).unwrap();
            assert_eq!(present_code(SEED_OF_THE_RFC, now), code);
            let step = u64::try_from(second).unwrap() / 30;
            assert_eq!(matched_step(SEED_OF_THE_RFC, code, now), Some(step));
        }
    }

    #[test]
    fn a_code_counts_one_step_early_or_late_and_no_more() {
        let made = Timestamp::from_second(1_111_111_110).unwrap();
        let code = present_code(SEED_OF_THE_RFC, made);
        let after = |seconds: i64| Timestamp::from_second(1_111_111_110 + seconds).unwrap();
        assert!(matched_step(SEED_OF_THE_RFC, &code, after(-1)).is_some());
        assert!(matched_step(SEED_OF_THE_RFC, &code, after(59)).is_some());
        assert!(matched_step(SEED_OF_THE_RFC, &code, after(60)).is_none());
        assert!(matched_step(SEED_OF_THE_RFC, &code, after(-31)).is_none());
    }

    #[test]
    fn only_six_digits_are_a_code() {
        let now = Timestamp::from_second(59).unwrap();
        assert!(matched_step(SEED_OF_THE_RFC, "287 082", now).is_some());
        for code in ["", "28708", "2870822", "28708x", "２８７０８２", "-87082"] {
            assert!(matched_step(SEED_OF_THE_RFC, code, now).is_none(), "{code}");
        }
    }

    #[test]
    fn recovery_codes_differ_and_may_be_typed_loosely() {
        let codes = recovery_codes([7; 32]);
        assert_eq!(codes.iter().collect::<std::collections::BTreeSet<_>>().len(), 10);
        let typed = codes[0].to_uppercase().replace('-', " ");
        assert_eq!(recovery_digest(&typed), recovery_digest(&codes[0]));
        assert_ne!(recovery_digest(&codes[1]), recovery_digest(&codes[0]));
    }

    #[test]
    fn a_hostile_name_adds_nothing_to_the_picture() {
        let uri = provisioning_uri(SEED_OF_THE_RFC, "ana?secret=AAAA&x", "Example: Servicing");
        assert_eq!(
            uri,
            "otpauth://totp/Example%20Servicing:anasecretAAAAx\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example%20Servicing"
        );
    }
}
