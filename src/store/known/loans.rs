//! What the loan book knows of a mail: the sender's loans, and those it names.

use super::KnownQuery;
use crate::domain::loan::{self, LoanParty, NamedLoan};
use crate::store::loan::look_up::{Numbered, Parties};

pub(super) fn of_sender(parties: &Parties, sender: &[u8], has_sender: bool) -> Vec<LoanParty> {
    parties.get(sender).filter(|_| has_sender).cloned().unwrap_or_default()
}

/// The loans a mail names, by loan id.
pub(super) fn named(loans: &Numbered, query: &KnownQuery) -> Vec<NamedLoan> {
    let found = query.loan_numbers.iter().filter_map(|number| loans.get(number));
    let mut named: Vec<NamedLoan> = found
        .map(|(loan, names)| NamedLoan {
            loan: loan.clone(),
            is_partys_name: names.iter().any(|name| loan::is_same_name(&query.sender_name, name)),
        })
        .collect();
    named.sort_by_key(|named| named.loan.id.0);
    named
}
