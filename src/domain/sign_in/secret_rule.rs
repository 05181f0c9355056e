//! What a secret must be like: long, and not among those that are tried first.
//! No demands on letters or digits and no expiry (NIST SP 800-63B-4 §3.1.1.2).

use zxcvbn::{Score, zxcvbn};

/// A secret also proves a person at the command line, where it is the only
/// factor: then NIST SP 800-63B-4 §3.1.1.2 asks for 15 characters.
pub const SHORTEST: usize = 15;
/// Longer ones are refused, so that hashing has a bounded cost.
pub const LONGEST: usize = 128;

/// Why a secret will not do. Holds nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretProblem {
    /// Too few characters.
    #[error("a secret needs at least 15 characters: four or five words do well")]
    TooShort,
    /// Too many.
    #[error("a secret has at most 128 characters")]
    TooLong,
    /// In lists of common secrets, or soon found by trying.
    #[error(
        "this secret would soon be guessed: take words that don't belong together, \
         and none of your name or of this company's"
    )]
    Guessable,
}

/// Whether `secret` will do for the person called `name` at `company`: words
/// of either make it weaker.
///
/// # Errors
/// With what is wrong with it.
pub fn check(secret: &str, name: &str, company: &str) -> Result<(), SecretProblem> {
    match secret.chars().count() {
        0..SHORTEST => return Err(SecretProblem::TooShort),
        SHORTEST..=LONGEST => {}
        _ => return Err(SecretProblem::TooLong),
    }
    let mut known = vec![name, company, "tierline", "mortgage", "servicing"];
    known.extend(company.split_whitespace());
    if zxcvbn(secret, &known).score() < Score::Three {
        return Err(SecretProblem::Guessable);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(secret: &str, expected: SecretProblem) {
        assert_eq!(check(secret, "ana.lopez", "Example Servicing"), Err(expected), "{secret}");
    }

    #[test]
    fn a_secret_is_long_and_hard_to_guess() {
        refused("h7#kQ!v9", SecretProblem::TooShort);
        refused(&"violet anvil ".repeat(12), SecretProblem::TooLong);
        refused("passwordpassword", SecretProblem::Guessable);
        refused("123456789012345", SecretProblem::Guessable);
        refused("qwertyuiopasdfgh", SecretProblem::Guessable);
        refused("ana.lopezana.lopez", SecretProblem::Guessable);
        refused("ExampleServicing", SecretProblem::Guessable);
        assert_eq!(check("violet anvil marmot quay", "ana.lopez", "Example"), Ok(()));
        assert_eq!(check("corazón lámpara río 7 nube", "ana.lopez", "Example"), Ok(()));
    }
}
