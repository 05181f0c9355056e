//! What rules may ask about the loans behind a mail.

use super::{LoanParty, NamedLoan, PartyRole};
use crate::domain::ticket::words;

words! {
    /// One thing that the loan book tells about a mail.
    LoanSign {
        /// The mail names the number of a loan in the book.
        Named = "named",
        /// The sender's address is on file for a loan.
        OnFile = "on-file",
        /// Neither: the book tells nothing.
        Unknown = "unknown",
        /// The sender is on file as an attorney.
        Attorney = "attorney",
        /// The sender is on file as a confirmed successor (12 CFR 1024.31).
        Successor = "successor",
        /// The sender is on file as an authorised third party.
        ThirdParty = "third-party",
        /// The sender's loan has an attorney for its borrower.
        Represented = "represented",
        /// The sender's loan is in an open bankruptcy case (11 USC 362).
        Bankruptcy = "bankruptcy",
        /// We collect the sender's loan as a debt collector (15 USC 1692a(6)).
        Fdcpa = "fdcpa",
    }
}

/// What the loan book tells about one mail. That a stranger names a loan tells
/// nothing but that: what is on file is for an address on file only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownLoans {
    /// What holds.
    pub signs: Vec<LoanSign>,
    /// States of the properties of the sender's loans, two letters.
    pub states: Vec<String>,
}

impl KnownLoans {
    /// Of the loans that the sender is a party of and those that the mail
    /// names. A sender who is not believed (`is_believed`) is nobody's party.
    #[must_use]
    pub fn of(parties: &[LoanParty], named: &[NamedLoan], is_believed: bool) -> Self {
        let parties = if is_believed { parties } else { &[] };
        let any = |is: fn(&LoanParty) -> bool| parties.iter().any(is);
        let holds = |sign: &LoanSign| match sign {
            LoanSign::Named => !named.is_empty(),
            LoanSign::OnFile => !parties.is_empty(),
            LoanSign::Unknown => named.is_empty() && parties.is_empty(),
            LoanSign::Attorney => any(|party| party.role == PartyRole::Attorney),
            LoanSign::Successor => any(|party| party.role == PartyRole::Successor),
            LoanSign::ThirdParty => any(|party| party.role == PartyRole::ThirdParty),
            LoanSign::Represented => any(|party| party.loan.is_represented),
            LoanSign::Bankruptcy => any(|party| party.loan.is_in_bankruptcy),
            LoanSign::Fdcpa => any(|party| party.loan.is_fdcpa_covered),
        };
        let states = parties.iter().map(|party| party.loan.state.clone());
        Self {
            signs: LoanSign::ALL.iter().copied().filter(holds).collect(),
            states: states.filter(|state| !state.is_empty()).collect(),
        }
    }

    /// The first of `asked` that holds.
    #[must_use]
    pub fn first_of(&self, asked: &[LoanSign]) -> Option<LoanSign> {
        asked.iter().copied().find(|sign| self.signs.contains(sign))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::LoanId;
    use crate::domain::loan::LoanFacts;

    fn in_bankruptcy() -> LoanFacts {
        LoanFacts {
            id: LoanId(uuid::Uuid::nil()),
            state: "NY".into(),
            language: String::new(),
            is_fdcpa_covered: false,
            is_represented: false,
            is_in_bankruptcy: true,
        }
    }

    #[test]
    fn a_stranger_who_names_a_loan_learns_nothing_of_its_file() {
        let named = [NamedLoan { loan: in_bankruptcy(), is_partys_name: true }];
        let known = KnownLoans::of(&[], &named, true);
        assert_eq!((known.signs, known.states.len()), (vec![LoanSign::Named], 0));
        let party = LoanParty {
            loan: in_bankruptcy(),
            role: PartyRole::Borrower,
            has_esign_consent: false,
        };
        let known = KnownLoans::of(std::slice::from_ref(&party), &[], true);
        assert_eq!(known.signs, [LoanSign::OnFile, LoanSign::Bankruptcy]);
        assert_eq!(known.states, ["NY"]);
        let forged = KnownLoans::of(&[party], &[], false);
        assert_eq!(forged.signs, [LoanSign::Unknown]);
    }
}
