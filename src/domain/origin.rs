//! Who wrote a mail: a person, a machine, a bounce, a list, or we ourselves.

use serde::{Deserialize, Serialize};

use super::mail::InboundMail;
use super::receive::OwnAddresses;
use super::ticket::words;

mod bounce;
mod signal;

pub use bounce::{Bounce, BounceOutcome};

words! {
    /// Where a mail comes from. Only `person` is ever acknowledged.
    Origin {
        /// Written by a person, as far as the headers tell.
        Person = "person",
        /// Written by a person, but marked as automatic by a ticket system or
        /// rule that also marks human mail: a ticket, no acknowledgment.
        PersonMarkedAutomatic = "person_marked_automatic",
        /// Out-of-office and other automatic answers (RFC 3834).
        AutoReply = "auto_reply",
        /// Delivery status notification (RFC 3464).
        Bounce = "bounce",
        /// Disposition notification (RFC 8098) or feedback report (RFC 5965):
        /// about a letter of ours, but no failure.
        Receipt = "receipt",
        /// Mailing list or bulk mail (RFC 2369, RFC 2919).
        List = "list",
        /// Our own mail come back.
        Own = "own",
        /// Our own probe that mail still arrives.
        Canary = "canary",
    }
}

/// Origin with the header evidence for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginEvidence {
    /// The verdict.
    pub origin: Origin,
    /// Names of the signals that fired, e.g. `auto-submitted`, `null-return-path`.
    pub signals: Vec<String>,
}

impl OriginEvidence {
    /// Whether a letter may be sent in answer at all.
    #[must_use]
    pub fn may_be_answered(&self) -> bool {
        self.origin == Origin::Person
    }

    /// What a bounce says about the letter it returns; `None` for other mail.
    #[must_use]
    pub fn bounce(&self) -> Option<Bounce> {
        let has = |name: &str| self.signals.iter().any(|signal| signal == name);
        let is_it = |outcome: &&BounceOutcome| has(&format!("bounce-{outcome}"));
        let status = self.signals.iter().find_map(|signal| signal.strip_prefix("status-"));
        (self.origin == Origin::Bounce).then(|| Bounce {
            outcome: BounceOutcome::ALL
                .iter()
                .find(is_it)
                .copied()
                .unwrap_or(BounceOutcome::Failed),
            is_hard: has("bounce-hard"),
            status: status.map(str::to_owned),
        })
    }

    /// Whether the mail makes a ticket of its own.
    #[must_use]
    pub fn is_from_a_person(&self) -> bool {
        matches!(self.origin, Origin::Person | Origin::PersonMarkedAutomatic)
    }
}

/// Who wrote `mail`, from every header signal known to mark automatic mail.
///
/// Sources: RFC 3834 (automatic answers), RFC 5230 (vacation), RFC 3464
/// (delivery status), RFC 8098 (disposition), RFC 5965 (feedback reports),
/// RFC 2369 and RFC 2919 (lists). A feedback report is a `receipt`: it says
/// something about a letter of ours, but not that it failed. A bounce names
/// its action (`dsn-action-failed`, `dsn-action-delayed` …) in the signals.
#[must_use]
pub fn judge(mail: &InboundMail, own: &OwnAddresses) -> OriginEvidence {
    let signals = signal::collect(mail, own);
    let has = |name: &str| signals.contains(&name);
    let origin = if has("canary") {
        Origin::Canary
    } else if has("feedback-report") || has("disposition-notification") {
        Origin::Receipt
    } else if is_bounce(&signals) {
        Origin::Bounce
    } else if has("own-message-id") {
        Origin::Own
    } else if is_auto_reply(&signals) {
        Origin::AutoReply
    } else if has("list-header") || has("precedence-bulk") {
        Origin::List
    } else if signals.is_empty() {
        Origin::Person
    } else {
        Origin::PersonMarkedAutomatic
    };
    let mut evidence =
        OriginEvidence { origin, signals: signals.into_iter().map(str::to_owned).collect() };
    if origin == Origin::Bounce {
        evidence.signals.extend(bounce_signals(&bounce::read(mail)));
    }
    evidence
}

/// What a bounce says, as signals: `bounce-failed`, `bounce-hard`,
/// `status-5.1.1`.
fn bounce_signals(bounce: &Bounce) -> Vec<String> {
    let permanence = if bounce.is_hard { "bounce-hard" } else { "bounce-soft" };
    let mut signals = vec![format!("bounce-{}", bounce.outcome), permanence.to_owned()];
    signals.extend(bounce.status.as_ref().map(|status| format!("status-{status}")));
    signals
}

fn is_bounce(signals: &[&str]) -> bool {
    let has = |name: &str| signals.contains(&name);
    let is_from_a_mail_system =
        has("mailer-daemon") || has("postmaster") || has("null-return-path");
    has("delivery-status")
        || has("bounce-transcript")
        || has("failed-recipients-header")
        || has("mailer-daemon") && !has("auto-replied")
        || has("bounce-subject")
            && (is_from_a_mail_system || has("no-reply-sender") || has("bounce-text"))
        || has("bounce-text") && (is_from_a_mail_system || has("report"))
}

fn is_auto_reply(signals: &[&str]) -> bool {
    let has = |name: &str| signals.contains(&name);
    has("auto-replied")
        || has("auto-reply-prefix")
        || has("precedence-auto-reply")
        || has("vendor-auto-reply")
        || has("null-return-path")
        || has("report")
        || has("auto-reply-subject") && (has("auto-submitted") || has("response-suppressed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mail::{Address, Header};

    fn own() -> OwnAddresses {
        OwnAddresses {
            addresses: ["help@servicer.example".to_owned()].into(),
            domains: ["servicer.example".to_owned()].into(),
            mail_host: "mail.servicer.example".into(),
        }
    }

    fn mail(headers: &[(&str, &str)]) -> InboundMail {
        let address = |text: &str| Address { name: String::new(), address: text.into() };
        InboundMail {
            from: vec![address("rosa@example.com")],
            to: vec![address("help@servicer.example")],
            return_path: Some("rosa@example.com".into()),
            headers: headers
                .iter()
                .map(|(name, value)| Header { name: (*name).into(), value: (*value).into() })
                .collect(),
            ..InboundMail::default()
        }
    }

    fn origin_of(mail: &InboundMail) -> Origin {
        judge(mail, &own()).origin
    }

    #[test]
    fn a_borrower_is_a_person() {
        let plain =
            judge(&mail(&[("Auto-Submitted", "no"), ("Precedence", "first-class")]), &own());
        assert_eq!((plain.origin, plain.signals.len()), (Origin::Person, 0));
    }

    #[test]
    fn an_automatic_answer_is_never_answered() {
        for header in [
            ("Auto-Submitted", "auto-replied (vacation)"),
            ("Precedence", "auto_reply"),
            ("X-Autoreply", "yes"),
            ("X-Autorespond", "1"),
        ] {
            let judged = judge(&mail(&[header]), &own());
            assert_eq!(judged.origin, Origin::AutoReply, "{header:?}");
            assert!(!judged.may_be_answered() && !judged.is_from_a_person());
        }
    }

    #[test]
    fn a_mark_that_ticket_systems_put_on_human_mail_only_stops_the_answer() {
        for header in [
            ("Auto-Submitted", "auto-generated"),
            ("X-Auto-Response-Suppress", "All"),
            ("X-Loop", "somewhere"),
            ("Feedback-ID", "1:2"),
        ] {
            let judged = judge(&mail(&[header]), &own());
            assert!(judged.is_from_a_person() && !judged.may_be_answered(), "{header:?}");
        }
    }

    #[test]
    fn lists_bounces_and_receipts_are_told_apart() {
        assert_eq!(origin_of(&mail(&[("List-Id", "<news.example.com>")])), Origin::List);
        assert_eq!(origin_of(&mail(&[("Precedence", "bulk")])), Origin::List);
        let mut bounce = mail(&[("Content-Type", "multipart/report; report-type=delivery-status")]);
        bounce.media_type = "multipart/report".into();
        bounce.reports = vec!["Final-Recipient: rfc822; x@example.com\nAction: delayed".into()];
        let judged = judge(&bounce, &own());
        assert_eq!(judged.origin, Origin::Bounce);
        assert!(judged.signals.contains(&"dsn-action-delayed".to_owned()));
        let mut receipt = bounce.clone();
        receipt.headers[0].value = "multipart/report; report-type=disposition-notification".into();
        receipt.reports = vec!["Disposition: manual-action/MDN-sent-manually; displayed".into()];
        assert_eq!(origin_of(&receipt), Origin::Receipt);
    }

    #[test]
    fn a_null_return_path_is_a_machine() {
        let mut machine = mail(&[]);
        machine.return_path = Some(String::new());
        assert_eq!(origin_of(&machine), Origin::AutoReply);
        machine.subject = "Undelivered Mail Returned to Sender".into();
        assert_eq!(origin_of(&machine), Origin::Bounce);
    }

    #[test]
    fn a_bounce_without_any_header_is_known_by_its_transcript_a_forwarded_one_is_a_persons() {
        let mut bounce = mail(&[]);
        bounce.subject = "Delivery Failure".into();
        bounce.text = "Failed Recipient: x@example.com\nReason: 550 unknown user".into();
        assert_eq!(origin_of(&bounce), Origin::Bounce);
        bounce.subject = "Fwd: Delivery Failure".into();
        assert!(judge(&bounce, &own()).is_from_a_person());
        bounce.subject = "My check was returned undeliverable".into();
        bounce.text = "The post office sent it back. Please tell me the address.".into();
        assert_eq!(origin_of(&bounce), Origin::Person);
        let mut nameless = mail(&[("From", "MAILER-DAEMON <>")]);
        nameless.from.clear();
        assert_eq!(origin_of(&nameless), Origin::Bounce);
    }

    #[test]
    fn programs_that_set_no_header_are_known_by_their_subject() {
        let mut away = mail(&[]);
        away.subject = "Automatic reply: Your escrow analysis".into();
        assert_eq!(origin_of(&away), Origin::AutoReply);
        away.subject = "Re: Automatic reply: Your escrow analysis".into();
        assert!(judge(&away, &own()).is_from_a_person());
    }

    #[test]
    fn our_own_mail_come_back_is_ours_a_forged_sender_is_not() {
        let mut ours = mail(&[]);
        ours.from[0].address = "help@servicer.example".into();
        let forged = judge(&ours, &own());
        assert!(forged.is_from_a_person() && !forged.may_be_answered());
        ours.message_id = Some("x.y@mail.servicer.example".into());
        assert_eq!(origin_of(&ours), Origin::Own);
    }

    #[test]
    fn a_canary_comes_from_us_and_names_us() {
        let mut probe = mail(&[("X-Tierline-Canary", "help@servicer.example")]);
        assert_ne!(origin_of(&probe), Origin::Canary, "anybody can write a header");
        probe.from[0].address = "help@servicer.example".into();
        assert_eq!(origin_of(&probe), Origin::Canary);
    }

    #[test]
    fn a_blind_copy_becomes_a_ticket_without_an_answer() {
        let mut copy = mail(&[]);
        copy.to[0].address = "other@example.com".into();
        assert_eq!(origin_of(&copy), Origin::PersonMarkedAutomatic);
        copy.cc.push(Address { name: String::new(), address: "reply+abc@servicer.example".into() });
        assert_eq!(origin_of(&copy), Origin::Person);
    }
}
