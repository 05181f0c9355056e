//! What a sender's evidence is worth: authentication results, the address on
//! file for a loan, and the signs of a forgery.

mod likeness;
mod sign;
mod wording;

use super::authentication::Alignment;
use super::loan::NamedLoan;
use super::mail::InboundMail;
use super::origin::{Origin, OriginEvidence};
use super::receive::{Known, OwnAddresses};
use super::ticket::words;

words! {
    /// Levels of trust, least first.
    Trust {
        /// Several senders, our own domain from outside, a look-alike.
        Suspicious = "suspicious",
        /// No authenticated evidence.
        Unverified = "unverified",
        /// Aligned authentication, an address nobody on a loan is known by.
        Authenticated = "authenticated",
        /// Aligned authentication, an address known for a party of the loan.
        Verified = "verified",
    }
}

/// Forged or altered tokens under one address within 24 hours, from which on
/// mail from it that proves nothing is suspicious.
pub const MOST_BAD_TOKENS: u32 = 10;

/// Signs in the mail itself that it is not from whom it says, most telling
/// first: several senders, our own name or a look-alike, another address in
/// the display name, a reply address elsewhere with payment diversion.
#[must_use]
pub fn signs_of_forgery(
    mail: &InboundMail,
    own: &OwnAddresses,
    servicer_name: &str,
) -> Vec<&'static str> {
    sign::of_forgery(mail, own, servicer_name)
}

/// How far the sender of `mail` may be believed, with the reasons.
///
/// One sign of a forgery outweighs everything. Then an aligned result makes
/// the sender `authenticated`, and `verified` when the address is on file for
/// a party of a loan. An address on file alone is nothing: anybody can write
/// one.
#[must_use]
pub fn weigh(
    mail: &InboundMail,
    origin: &OriginEvidence,
    forgery: &[&'static str],
    known: &Known,
) -> (Trust, Vec<String>) {
    let unverified = || (Trust::Unverified, vec!["sender-not-authenticated".to_owned()]);
    if matches!(origin.origin, Origin::Own | Origin::Canary) {
        return unverified();
    }
    let domain = mail.single_sender().map_or("", |sender| sender.domain());
    let alignment = known.authentication.alignment(domain);
    let failed = (alignment == Alignment::Failed).then_some("dmarc-failed");
    let against: Vec<String> = forgery.iter().copied().chain(failed).map(str::to_owned).collect();
    if !against.is_empty() {
        return (Trust::Suspicious, against);
    }
    let evidence = match alignment {
        Alignment::ByDmarc => "dmarc-passed",
        Alignment::ByDkim => "dkim-aligned",
        // Somebody who guesses tokens under this address; a sender who proves
        // the address is not punished for it.
        Alignment::Failed | Alignment::Unknown if known.bad_tokens_in_day >= MOST_BAD_TOKENS => {
            return (Trust::Suspicious, vec!["forged-tokens".to_owned()]);
        }
        Alignment::Failed | Alignment::Unknown => return unverified(),
    };
    let mut reasons = vec![evidence.to_owned(), format!("said-by-{}", known.authentication.from)];
    let Some(party) = known.parties.first() else {
        return (Trust::Authenticated, reasons);
    };
    let is_own = |named: &NamedLoan| known.parties.iter().any(|one| one.loan.id == named.loan.id);
    if !known.named_loans.is_empty() && !known.named_loans.iter().any(is_own) {
        // Proven to be somebody, but nobody on the loan the mail is about.
        reasons.push("names-a-loan-of-others".to_owned());
        return (Trust::Authenticated, reasons);
    }
    reasons.push(format!("known-{}", party.role));
    (Trust::Verified, reasons)
}

/// Whether the sender claims to be one of us. Such a mail is always forged or
/// sent around the console.
#[must_use]
pub fn is_staff_spoof(mail: &InboundMail, own: &OwnAddresses) -> bool {
    mail.from.iter().any(|from| sign::is_ours(from, own))
}

/// Whether the mail is a service's answer to somebody who signed up with our
/// address: from a robot, and about a code or a confirmation. A borrower who
/// asks where their code is has no robot's marks.
#[must_use]
pub fn is_confirmation(mail: &InboundMail, origin: &OriginEvidence) -> bool {
    let has = |name: &str| origin.signals.iter().any(|signal| signal == name);
    (has("no-reply-sender") || has("auto-submitted"))
        && origin.is_from_a_person()
        && wording::speaks_of_confirmation(mail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::authentication::{Authentication, DmarcCheck, Source, Verdict};
    use crate::domain::id::LoanId;
    use crate::domain::loan::{LoanFacts, LoanParty, PartyRole};
    use crate::domain::mail::Address;

    fn own() -> OwnAddresses {
        OwnAddresses {
            addresses: ["help@servicer.example".to_owned()].into(),
            domains: ["servicer.example".to_owned()].into(),
            mail_host: "mail.servicer.example".into(),
        }
    }

    fn from(name: &str, address: &str) -> InboundMail {
        InboundMail {
            from: vec![Address { name: name.into(), address: address.into() }],
            ..InboundMail::default()
        }
    }

    fn judged(mail: &InboundMail) -> (Trust, Vec<String>) {
        judged_with(mail, &Known::default())
    }

    fn judged_with(mail: &InboundMail, known: &Known) -> (Trust, Vec<String>) {
        let person = OriginEvidence { origin: Origin::Person, signals: Vec::new() };
        let servicer_name = "Example Mortgage Servicing";
        weigh(mail, &person, &signs_of_forgery(mail, &own(), servicer_name), known)
    }

    fn checked(dmarc: Verdict, is_party: bool) -> Known {
        let loan = LoanFacts {
            id: LoanId(uuid::Uuid::nil()),
            state: "NY".into(),
            language: String::new(),
            is_fdcpa_covered: false,
            is_represented: false,
            is_in_bankruptcy: false,
        };
        let party = LoanParty { loan, role: PartyRole::Borrower, has_esign_consent: false };
        Known {
            authentication: Authentication {
                dmarc: DmarcCheck { verdict: dmarc, ..DmarcCheck::default() },
                from: Source::TrustedServer,
                ..Authentication::default()
            },
            parties: if is_party { vec![party] } else { Vec::new() },
            ..Known::default()
        }
    }

    #[test]
    fn the_level_follows_from_alignment_and_the_address_on_file() {
        let rosa = from("Rosa Example", "rosa@example.com");
        for (dmarc, is_party, wanted) in [
            (Verdict::Pass, true, Trust::Verified),
            (Verdict::Pass, false, Trust::Authenticated),
            (Verdict::None, true, Trust::Unverified),
            (Verdict::None, false, Trust::Unverified),
            (Verdict::TempError, true, Trust::Unverified),
            (Verdict::PermError, true, Trust::Unverified),
            (Verdict::Fail, true, Trust::Suspicious),
            (Verdict::Fail, false, Trust::Suspicious),
        ] {
            let (trust, reasons) = judged_with(&rosa, &checked(dmarc, is_party));
            assert_eq!(trust, wanted, "{dmarc} {is_party}: {reasons:?}");
        }
        let (_, reasons) = judged_with(&rosa, &checked(Verdict::Pass, true));
        assert_eq!(reasons, ["dmarc-passed", "said-by-trusted_server", "known-borrower"]);
    }

    #[test]
    fn a_sign_of_forgery_outweighs_a_good_signature() {
        let proven = checked(Verdict::Pass, true);
        for mail in [
            from("", "ceo@servicer.example"),
            from("", "pay@serv1cer.example"),
            from("help@servicer.example", "x@evil.example.net"),
            from("Example Mortgage Servicing", "x@evil.example.net"),
        ] {
            assert_eq!(judged_with(&mail, &proven).0, Trust::Suspicious, "{:?}", mail.from);
        }
    }

    #[test]
    fn a_robots_confirmation_is_told_from_a_borrower_who_waits_for_a_code() {
        let mut mail = from("", "no-reply@service.example.net");
        mail.subject = "Your verification code".into();
        let robot = |signal: &str| OriginEvidence {
            origin: Origin::PersonMarkedAutomatic,
            signals: vec![signal.to_owned()],
        };
        assert!(is_confirmation(&mail, &robot("no-reply-sender")));
        assert!(is_confirmation(&mail, &robot("auto-submitted")));
        let person = OriginEvidence { origin: Origin::Person, signals: Vec::new() };
        assert!(!is_confirmation(&mail, &person));
        mail.subject = "My escrow".into();
        assert!(!is_confirmation(&mail, &robot("no-reply-sender")));
        mail.text = "Código de verificación: 123456".into();
        assert!(is_confirmation(&mail, &robot("no-reply-sender")));
    }

    #[test]
    fn an_ordinary_sender_is_unverified_and_never_better() {
        assert_eq!(judged(&from("Rosa Example", "rosa@example.com")).0, Trust::Unverified);
    }

    #[test]
    fn our_own_domain_from_outside_is_suspicious() {
        for address in ["ceo@servicer.example", "x@staff.servicer.example"] {
            assert_eq!(judged(&from("", address)).1, ["our-domain-from-outside"], "{address}");
        }
        assert_eq!(judged(&from("", "x@notservicer.example")).0, Trust::Unverified);
    }

    #[test]
    fn look_alikes_of_our_domain_are_suspicious() {
        for domain in
            ["servicerr.example", "serv1cer.example", "sevricer.example", "ser-vicer.example"]
        {
            let mail = from("", &format!("pay@{domain}"));
            assert_eq!(judged(&mail).1, ["look-alike-domain"], "{domain}");
        }
    }

    #[test]
    fn an_address_in_the_name_must_be_the_senders() {
        let forged = from("help@servicer.example", "x@evil.example.net");
        assert_eq!(judged(&forged).1, ["address-in-display-name"]);
        assert_eq!(judged(&from("rosa@example.com", "rosa@example.com")).0, Trust::Unverified);
        assert_eq!(judged(&from("Rosa @ home", "rosa@example.com")).0, Trust::Unverified);
    }

    #[test]
    fn several_or_no_senders_are_suspicious() {
        let mut mail = from("", "rosa@example.com");
        mail.from.push(Address { name: String::new(), address: "b@example.com".into() });
        assert_eq!(judged(&mail).1, ["several-senders"]);
        assert_eq!(judged(&InboundMail::default()).1, ["no-sender"]);
    }

    #[test]
    fn another_reply_address_alone_is_normal_with_bank_details_it_is_not() {
        let mut mail = from("", "rosa@example.com");
        mail.reply_to = vec![Address { name: String::new(), address: "r@example.net".into() }];
        assert_eq!(judged(&mail).0, Trust::Unverified);
        mail.text = "Please use these NEW WIRE\ninstructions for the payoff.".into();
        assert_eq!(judged(&mail).1, ["reply-to-elsewhere-with-payment-diversion"]);
    }
}
