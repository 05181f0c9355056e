//! What was found out about a sender before the decision: DKIM and DMARC, as
//! values. Whoever found it out (a mail server of ours, or our own check)
//! stands outside the core.

use serde::{Deserialize, Serialize};

use super::ticket::words;

words! {
    /// Who evaluated the mail.
    #[derive(Default)]
    Source {
        /// Nobody whose word counts.
        #[default]
        None = "none",
        /// `Authentication-Results` of the configured server (RFC 8601).
        TrustedServer = "trusted_server",
        /// Our own check of the signatures on the raw bytes.
        OwnVerification = "own_verification",
    }
}

words! {
    /// The outcome of one check.
    #[derive(Default)]
    Verdict {
        /// Nothing to check, or no policy.
        #[default]
        None = "none",
        /// Could not be decided: a name server did not answer.
        TempError = "temperror",
        /// A record or signature that cannot be used.
        PermError = "permerror",
        /// It failed.
        Fail = "fail",
        /// It passed.
        Pass = "pass",
    }
}

/// One DKIM signature (RFC 6376).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DkimCheck {
    /// Signing domain (`d=`), lower case.
    pub domain: String,
    /// Its outcome.
    pub verdict: Verdict,
}

/// DMARC (RFC 7489, RFC 9989) for the From domain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DmarcCheck {
    /// The From domain that was checked, lower case; empty when not said.
    pub domain: String,
    /// Its outcome.
    pub verdict: Verdict,
    /// The domain's owner asks for `quarantine` or `reject`.
    pub is_enforcing: bool,
}

/// All that is known about who really sent a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// Signatures, at most 16.
    pub dkim: Vec<DkimCheck>,
    /// Policy of the From domain.
    pub dmarc: DmarcCheck,
    /// Who says so.
    pub from: Source,
}

/// What the checks say about one From domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// Nothing either way.
    Unknown,
    /// DMARC failed.
    Failed,
    /// DMARC passed.
    ByDmarc,
    /// No DMARC policy, but a good signature of the same domain.
    ByDkim,
}

impl Authentication {
    /// What the checks say about mail from `domain` (lower case).
    #[must_use]
    pub fn alignment(&self, domain: &str) -> Alignment {
        if self.from == Source::None || domain.is_empty() {
            return Alignment::Unknown;
        }
        // A result for another From than the one we read is about another mail.
        let is_about_it = self.dmarc.domain.is_empty() || self.dmarc.domain == domain;
        let is_signed = || {
            let passed = self.dkim.iter().filter(|one| one.verdict == Verdict::Pass);
            passed.into_iter().any(|one| is_aligned(&one.domain, domain))
        };
        match self.dmarc.verdict {
            Verdict::Pass if is_about_it => Alignment::ByDmarc,
            Verdict::Fail if is_about_it => Alignment::Failed,
            Verdict::None if is_signed() => Alignment::ByDkim,
            _ => Alignment::Unknown,
        }
    }
}

/// Whether a signature of `signer` speaks for `from`: the same domain, or one
/// above the other. Two neighbours below one registered domain need the
/// owner's DMARC record to be the same, since only that says where the
/// organisation begins.
fn is_aligned(signer: &str, from: &str) -> bool {
    let is_below = |lower: &str, upper: &str| {
        upper.contains('.')
            && lower.strip_suffix(upper).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    !signer.is_empty() && (is_below(from, signer) || is_below(signer, from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(dmarc: Verdict, dkim: &[(&str, Verdict)]) -> Authentication {
        Authentication {
            dkim: dkim
                .iter()
                .map(|(domain, verdict)| DkimCheck { domain: (*domain).into(), verdict: *verdict })
                .collect(),
            dmarc: DmarcCheck { verdict: dmarc, ..DmarcCheck::default() },
            from: Source::TrustedServer,
        }
    }

    #[test]
    fn dmarc_decides_and_without_a_policy_a_signature_of_the_same_domain_does() {
        use Verdict::{Fail, None, Pass, TempError};
        for (dmarc, dkim, wanted) in [
            (Pass, vec![], Alignment::ByDmarc),
            (Fail, vec![("example.com", Pass)], Alignment::Failed),
            (None, vec![("example.com", Pass)], Alignment::ByDkim),
            (None, vec![("com", Pass)], Alignment::Unknown),
            (None, vec![("mail.example.com", Pass)], Alignment::ByDkim),
            (None, vec![("notexample.com", Pass)], Alignment::Unknown),
            (None, vec![("evil.example", Pass)], Alignment::Unknown),
            (None, vec![("example.com", Fail)], Alignment::Unknown),
            (None, vec![("example.com", TempError)], Alignment::Unknown),
            (TempError, vec![("example.com", Pass)], Alignment::Unknown),
            (None, vec![], Alignment::Unknown),
        ] {
            let found = checked(dmarc, &dkim).alignment("example.com");
            assert_eq!(found, wanted, "{dmarc} {dkim:?}");
        }
    }

    #[test]
    fn a_result_without_a_source_or_for_another_sender_says_nothing() {
        let mut passed = checked(Verdict::Pass, &[]);
        passed.dmarc.domain = "evil.example".into();
        assert_eq!(passed.alignment("example.com"), Alignment::Unknown);
        passed.dmarc.domain = "example.com".into();
        assert_eq!(passed.alignment("example.com"), Alignment::ByDmarc);
        passed.from = Source::None;
        assert_eq!(passed.alignment("example.com"), Alignment::Unknown);
    }
}
