//! What a sender's evidence is worth. Until authentication results are
//! evaluated, every sender is `unverified` or worse.

use std::collections::BTreeSet;

use super::fold::{Folded, fold};
use super::mail::{Address, InboundMail};
use super::origin::{Origin, OriginEvidence};
use super::receive::OwnAddresses;
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

/// Wording that a diverted payment comes with, folded.
const DIVERSION: &[&str] = &[
    "new wire instructions",
    "updated wire instructions",
    "new wiring instructions",
    "updated wiring instructions",
    "change of bank account",
    "changed our bank",
    "new bank account",
    "new account details",
    "updated bank details",
    "new bank details",
    "update the bank account",
    "update my bank account",
    "change my direct deposit",
    "new routing number",
    "wire the funds to",
    "wire the payoff to",
    "send the payment to the new",
    "nueva cuenta bancaria",
    "nuevos datos bancarios",
    "nuevas instrucciones de transferencia",
    "nuevas instrucciones para la transferencia",
    "cambio de cuenta bancaria",
];

/// How far the sender of `mail` may be believed, with the reasons.
///
/// Authentication results are not evaluated yet: nobody is better than
/// `unverified`. The signs of a forged sender make it `suspicious`.
#[must_use]
pub fn judge(
    mail: &InboundMail,
    own: &OwnAddresses,
    origin: &OriginEvidence,
) -> (Trust, Vec<String>) {
    if matches!(origin.origin, Origin::Own | Origin::Canary) {
        return (Trust::Unverified, vec!["sender-not-authenticated".to_owned()]);
    }
    let mut reasons: Vec<&str> = Vec::new();
    let from_headers = mail.headers_named("From").take(2).count();
    match mail.single_sender() {
        None if mail.from.len() > 1 => reasons.push("several-senders"),
        None => reasons.push("no-sender"),
        Some(_) if from_headers > 1 => reasons.push("several-from-headers"),
        Some(sender) => judge_sender(mail, own, sender, &mut reasons),
    }
    if reasons.is_empty() {
        (Trust::Unverified, vec!["sender-not-authenticated".to_owned()])
    } else {
        (Trust::Suspicious, reasons.into_iter().map(str::to_owned).collect())
    }
}

fn judge_sender(
    mail: &InboundMail,
    own: &OwnAddresses,
    sender: &Address,
    reasons: &mut Vec<&'static str>,
) {
    let domain = sender.domain();
    if is_within(domain, &own.domains) || own.addresses.contains(&sender.address) {
        reasons.push("our-domain-from-outside");
    } else if own.domains.iter().any(|ours| looks_like(domain, ours)) {
        reasons.push("look-alike-domain");
    }
    if names_another_address(&sender.name, &sender.address) {
        reasons.push("address-in-display-name");
    }
    let replies_elsewhere =
        mail.reply_to.iter().any(|to| registrable(to.domain()) != registrable(domain));
    if replies_elsewhere && speaks_of_diversion(mail) {
        reasons.push("reply-to-elsewhere-with-payment-diversion");
    }
}

/// Whether `domain` is one of `domains` or below one.
fn is_within(domain: &str, domains: &BTreeSet<String>) -> bool {
    domains.iter().any(|ours| {
        domain
            .strip_suffix(ours.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

fn speaks_of_diversion(mail: &InboundMail) -> bool {
    let folded = Folded::new(&mail.text, 64 * 1024);
    let text = std::str::from_utf8(folded.bytes()).unwrap_or_default();
    let subject = fold(&mail.subject);
    DIVERSION.iter().any(|wording| text.contains(wording) || subject.contains(wording))
}

/// The display name carries an address that is not the sender's.
fn names_another_address(name: &str, address: &str) -> bool {
    name.to_lowercase()
        .split(|c: char| c.is_whitespace() || "<>()[]\"',;:".contains(c))
        .filter_map(|word| word.trim_matches('.').split_once('@').map(|at| (word, at)))
        .any(|(word, (local, domain))| {
            !local.is_empty() && domain.contains('.') && word.trim_matches('.') != address
        })
}

/// The last two labels; three below the common two-part suffixes. Enough to
/// compare two addresses of one organisation.
fn registrable(domain: &str) -> &str {
    let labels: Vec<usize> = domain.rmatch_indices('.').map(|(at, _)| at).take(3).collect();
    let second_level = match (labels.first(), labels.get(1)) {
        (Some(&last), Some(&before)) => domain.get(before + 1..last).unwrap_or_default(),
        _ => "",
    };
    let keep =
        if matches!(second_level, "co" | "com" | "org" | "net" | "gov" | "ac") { 2 } else { 1 };
    labels.get(keep).and_then(|&at| domain.get(at + 1..)).unwrap_or(domain)
}

/// One edit away, or the same once look-alike characters are folded. A domain
/// equal to ours is no look-alike of it.
fn looks_like(domain: &str, ours: &str) -> bool {
    let (theirs, ours) = (registrable(domain), registrable(ours));
    if theirs == ours || theirs.is_empty() {
        return false;
    }
    skeleton(theirs) == skeleton(ours) || is_one_edit_apart(theirs.as_bytes(), ours.as_bytes())
}

/// Characters that look alike become one.
fn skeleton(domain: &str) -> String {
    let shaped: String = fold(domain)
        .chars()
        .filter(|c| *c != '-')
        .map(|c| match c {
            '0' => 'o',
            '1' | 'i' | '|' => 'l',
            '5' => 's',
            '3' => 'e',
            other => other,
        })
        .collect();
    shaped.replace("rn", "m").replace("vv", "w").replace("cl", "d")
}

/// One insertion, deletion, substitution or swap of neighbours.
fn is_one_edit_apart(one: &[u8], other: &[u8]) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let (short, long) =
        (short.get(same..).unwrap_or_default(), long.get(same..).unwrap_or_default());
    match (short, long) {
        ([], [_]) => true,
        (_, [_, tail @ ..]) if tail == short => true,
        ([_, a @ ..], [_, b @ ..]) if a == b => true,
        ([a, b, rest @ ..], [c, d, tail @ ..]) => a == d && b == c && rest == tail,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let person = OriginEvidence { origin: Origin::Person, signals: Vec::new() };
        judge(mail, &own(), &person)
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
