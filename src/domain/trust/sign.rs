//! Signs of a forged sender in the header of a mail.

use std::collections::BTreeSet;

use super::likeness::{looks_like, passes_for, registrable};
use super::wording::speaks_of_diversion;
use crate::domain::mail::{Address, InboundMail};
use crate::domain::receive::OwnAddresses;

/// Every sign that `mail` is not from whom it says, most telling first.
pub(super) fn of_forgery(
    mail: &InboundMail,
    own: &OwnAddresses,
    servicer_name: &str,
) -> Vec<&'static str> {
    let mut reasons: Vec<&str> = Vec::new();
    let from_headers = mail.headers_named("From").take(2).count();
    match mail.single_sender() {
        None if mail.from.len() > 1 => reasons.push("several-senders"),
        None => reasons.push("no-sender"),
        Some(_) if from_headers > 1 => reasons.push("several-from-headers"),
        Some(sender) => judge_sender(mail, own, servicer_name, sender, &mut reasons),
    }
    reasons
}

fn judge_sender(
    mail: &InboundMail,
    own: &OwnAddresses,
    servicer_name: &str,
    sender: &Address,
    reasons: &mut Vec<&'static str>,
) {
    let domain = sender.domain();
    if is_ours(sender, own) {
        reasons.push("our-domain-from-outside");
    } else if own.domains.iter().any(|ours| looks_like(domain, ours)) {
        reasons.push("look-alike-domain");
    }
    if sender.name.is_empty() {
        // Nothing is claimed.
    } else if passes_for(&sender.name, servicer_name) && !is_ours(sender, own) {
        reasons.push("our-name-from-outside");
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

/// Our own domain or one of our addresses. Agents work in the console only, so
/// that mail in their name from outside is never theirs.
pub(super) fn is_ours(sender: &Address, own: &OwnAddresses) -> bool {
    is_within(sender.domain(), &own.domains) || own.addresses.contains(&sender.address)
}

/// Whether `domain` is one of `domains` or below one.
fn is_within(domain: &str, domains: &BTreeSet<String>) -> bool {
    domains.iter().any(|ours| {
        domain
            .strip_suffix(ours.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
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
