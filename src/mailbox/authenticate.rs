//! Checks who really sent a mail, before anything is decided about it: by our
//! mail server's word, by our own look at the signatures, or both.

mod key_cache;
mod signature;

pub use signature::{SignatureChecker, SignatureError};

use std::collections::BTreeMap;
use std::sync::Arc;

use super::mime;
use crate::domain::authentication::{Authentication, Source, Verdict};

/// The door of mails that come as files.
const FILES: &str = "file";

/// What senders are checked by. Nothing, unless configured: then every sender
/// is unverified.
#[derive(Clone, Default)]
pub struct SenderChecks {
    /// Mailbox name → name by which its mail server signs its
    /// `Authentication-Results` (RFC 8601 §2.5).
    pub authserv_ids: BTreeMap<String, String>,
    /// Our own look at DKIM signatures.
    pub signatures: Option<Arc<SignatureChecker>>,
}

impl SenderChecks {
    /// What the mail server of `mailbox` wrote on top of a mail. A mail that
    /// came as a file may have come by any of our servers.
    #[must_use]
    pub fn by_server(&self, mailbox: &str, raw: &[u8], own_hosts: &[String]) -> Authentication {
        let read = |id: &String| mime::authentication_results(raw, own_hosts, id);
        match self.authserv_ids.get(mailbox) {
            Some(id) => read(id),
            None if mailbox == FILES => {
                let mut all = self.authserv_ids.values().map(read);
                all.find(|one| one.from != Source::None).unwrap_or_default()
            }
            None => Authentication::default(),
        }
    }
}

/// Both opinions as one. The server saw the connection and can say that DMARC
/// failed; our own look can only add that a signature is good.
#[must_use]
pub fn merged(server: Authentication, own: Authentication) -> Authentication {
    let is_settled = matches!(server.dmarc.verdict, Verdict::Pass | Verdict::Fail);
    let is_enforcing = server.dmarc.is_enforcing || own.dmarc.is_enforcing;
    let (mut main, other) =
        if is_settled || own.from == Source::None { (server, own) } else { (own, server) };
    main.dkim.extend(other.dkim);
    main.dkim.truncate(16);
    main.dmarc.is_enforcing = is_enforcing;
    main
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::authentication::{Alignment, DkimCheck, DmarcCheck};

    fn said(from: Source, verdict: Verdict, signer: Option<&str>) -> Authentication {
        let dkim = |domain: &str| DkimCheck { domain: domain.into(), verdict: Verdict::Pass };
        Authentication {
            dkim: signer.into_iter().map(dkim).collect(),
            dmarc: DmarcCheck { verdict, ..DmarcCheck::default() },
            from,
        }
    }

    #[test]
    fn the_servers_verdict_stands_and_ours_only_fills_a_gap() {
        use Source::{OwnVerification, TrustedServer};
        let ours = said(OwnVerification, Verdict::Pass, Some("example.com"));
        for (server, wanted) in [
            (said(TrustedServer, Verdict::Fail, None), Alignment::Failed),
            (said(TrustedServer, Verdict::Pass, None), Alignment::ByDmarc),
            (said(TrustedServer, Verdict::None, None), Alignment::ByDmarc),
            (said(TrustedServer, Verdict::TempError, None), Alignment::ByDmarc),
            (Authentication::default(), Alignment::ByDmarc),
        ] {
            let both = merged(server.clone(), ours.clone());
            assert_eq!(both.alignment("example.com"), wanted, "{server:?}");
            let alone = merged(server.clone(), Authentication::default());
            assert_eq!(alone.alignment("example.com"), server.alignment("example.com"));
        }
    }
}
