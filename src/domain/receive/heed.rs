//! What the loan book says about the sender, heeded: flags, language, links.

use std::borrow::Cow;

use super::{Known, Reading};
use crate::domain::classify::{Evidence, Flag, Understanding};
use crate::domain::loan::{LinkBasis, LoanLink, SeenLoan};
use crate::domain::requester::LanguageSource;
use crate::domain::trust::Trust;

/// Flags that the file of a loan raises, by the rule that is named as evidence.
const REPRESENTED: (&str, &str) = ("attorney", "loan_book.represented");
const IN_BANKRUPTCY: (&str, &str) = ("bankruptcy", "loan_book.bankruptcy");

/// Raises what is on file for the sender's loans. Only for an address that is
/// on file: a stranger who names a loan must not learn from our silence that
/// its borrower is bankrupt.
pub(super) fn file_of_sender(known: &Known, understanding: &mut Cow<'_, Understanding>) {
    let loans = || known.parties.iter().map(|party| &party.loan);
    if loans().any(|loan| loan.is_represented) {
        raise(understanding.to_mut(), REPRESENTED);
    }
    if loans().any(|loan| loan.is_in_bankruptcy) {
        raise(understanding.to_mut(), IN_BANKRUPTCY);
    }
}

/// The language the requester is answered in. What a person chose for them
/// comes first; then the mail's own words when they are not English; then the
/// wish on file of a proven borrower, which nobody else is shown; then what
/// an earlier mail told, where this one says nothing.
pub(super) fn language(
    known: &Known,
    trust: Trust,
    is_told: bool,
    understanding: &mut Cow<'_, Understanding>,
    signals: &mut Vec<String>,
) {
    if trust == Trust::Suspicious {
        return;
    }
    let on_file = |source| known.language.as_ref().filter(|one| one.source == source);
    let wishes = known.parties.iter().map(|party| party.loan.language.as_str());
    let wish = wishes.into_iter().find(|wish| trust == Trust::Verified && !wish.is_empty());
    let (language, signal) = if let Some(chosen) = on_file(LanguageSource::Chosen) {
        (chosen.language.as_str(), "language-chosen")
    } else if is_told && understanding.language != "en" {
        return;
    } else if let Some(wish) = wish {
        (wish, "language-on-file")
    } else if let Some(seen) = on_file(LanguageSource::Seen).filter(|_| !is_told) {
        (seen.language.as_str(), "language-seen-before")
    } else {
        return;
    };
    if understanding.language != language {
        language.clone_into(&mut understanding.to_mut().language);
        signals.push(signal.to_owned());
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

/// Loans the mail has to do with, each once; an address on file is the better
/// reason. A suspicious sender is nobody's party.
pub(super) fn loans(reading: &Reading<'_>) -> Vec<SeenLoan> {
    let known = reading.known;
    let is_believed = reading.trust > Trust::Suspicious;
    let parties = known.parties.iter().filter(|_| is_believed).map(|party| SeenLoan {
        loan: party.loan.clone(),
        basis: LinkBasis::Party,
        role: Some(party.role),
        has_esign_consent: party.has_esign_consent,
    });
    let mut loans: Vec<SeenLoan> = parties.collect();
    for named in &known.named_loans {
        if !loans.iter().any(|seen| seen.loan.id == named.loan.id) {
            let basis = if named.is_partys_name && is_believed {
                LinkBasis::NamedWithName
            } else {
                LinkBasis::Named
            };
            let (loan, role) = (named.loan.clone(), None);
            loans.push(SeenLoan { loan, basis, role, has_esign_consent: false });
        }
    }
    loans
}

/// Loans the ticket is linked to. A sender who is a party of many loans and
/// names some of them is linked to those only.
pub(super) fn links(reading: &Reading<'_>) -> Vec<LoanLink> {
    let seen = loans(reading);
    let is_named =
        |loan: &SeenLoan| reading.known.named_loans.iter().any(|one| one.loan.id == loan.loan.id);
    let names_own = seen.iter().any(|loan| loan.basis == LinkBasis::Party && is_named(loan));
    seen.iter()
        .filter(|loan| !names_own || is_named(loan))
        .map(|loan| LoanLink { loan_id: loan.loan.id, basis: loan.basis })
        .collect()
}
