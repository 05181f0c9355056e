//! What the loan book says about the sender, heeded: flags, language, links.

use std::borrow::Cow;

use super::{Known, Reading};
use crate::domain::classify::{Evidence, Flag, Understanding};
use crate::domain::loan::{LinkBasis, LoanLink};
use crate::domain::trust::Trust;

/// Flags that the file of a loan raises, by the rule that is named as evidence.
const REPRESENTED: (&str, &str) = ("attorney", "loan_book.represented");
const IN_BANKRUPTCY: (&str, &str) = ("bankruptcy", "loan_book.bankruptcy");

/// Raises what is on file for the sender's loans. Only for an address that is
/// on file: a stranger who names a loan must not learn from our silence that
/// its borrower is bankrupt.
pub(super) fn file_of_sender(
    known: &Known,
    trust: Trust,
    understanding: &mut Cow<'_, Understanding>,
    signals: &mut Vec<String>,
) {
    let loans = || known.parties.iter().map(|party| &party.loan);
    if loans().any(|loan| loan.is_represented) {
        raise(understanding.to_mut(), REPRESENTED);
    }
    if loans().any(|loan| loan.is_in_bankruptcy) {
        raise(understanding.to_mut(), IN_BANKRUPTCY);
    }
    // Whoever writes in another language than English is answered in it; a
    // wish on file counts where the mail itself doesn't tell. It is a fact of
    // the loan, so an unproven sender is not shown it.
    let wished = loans().map(|loan| loan.language.as_str()).find(|wished| !wished.is_empty());
    if trust == Trust::Verified
        && understanding.language == "en"
        && let Some(wished) = wished.filter(|wished| *wished != "en")
    {
        wished.clone_into(&mut understanding.to_mut().language);
        signals.push("language-on-file".to_owned());
    }
}

fn raise(understanding: &mut Understanding, (flag, rule): (&str, &str)) {
    let evidence = Evidence { rule: rule.to_owned(), weight: 1.0, spans: Vec::new() };
    match understanding.flags.iter_mut().find(|raised| raised.flag == flag) {
        Some(raised) => raised.evidence.push(evidence),
        None => {
            understanding.flags.push(Flag { flag: flag.to_owned(), evidence: vec![evidence] });
        }
    }
}

/// Loans the ticket is about, each once; an address on file is the better reason.
pub(super) fn links(reading: &Reading<'_>) -> Vec<LoanLink> {
    let known = reading.known;
    let is_believed = reading.trust > Trust::Suspicious;
    let parties = known.parties.iter().filter(|_| is_believed).map(|party| party.loan.id);
    let mut links: Vec<LoanLink> =
        parties.map(|loan_id| LoanLink { loan_id, basis: LinkBasis::Party }).collect();
    for loan in &known.named_loans {
        if !links.iter().any(|link| link.loan_id == loan.id) {
            links.push(LoanLink { loan_id: loan.id, basis: LinkBasis::Named });
        }
    }
    links
}
