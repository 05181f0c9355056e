//! Loans as far as mail needs them: who is a party, by which address, and
//! what must be heeded when we write to them. Balances live elsewhere.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::classify::Field;
use super::fact;
use super::fold::Folded;
use super::id::LoanId;
use super::mail::InboundMail;
use super::new_text;
use super::ticket::words;
use super::understand::MOST_TEXT;

mod row;

pub use row::{BookRow, Columns, MOST_FIELD, RowProblem};

words! {
    /// What somebody is on a loan.
    PartyRole {
        /// Signed the note.
        Borrower = "borrower",
        /// Signed it as well.
        CoBorrower = "co-borrower",
        /// Confirmed successor in interest (12 CFR 1024.31).
        Successor = "successor",
        /// Represents a borrower.
        Attorney = "attorney",
        /// Authorised by a borrower.
        ThirdParty = "third-party",
    }
}

/// What the desk must heed about one loan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanFacts {
    /// Which.
    pub id: LoanId,
    /// State of the property, two letters; empty when not on file.
    pub state: String,
    /// Language the borrower asked for (ISO 639-1); empty when not on file.
    pub language: String,
    /// We collect it as a debt collector (15 USC 1692a(6)).
    pub is_fdcpa_covered: bool,
    /// The borrower has an attorney (12 CFR 1006.6(b)(2)).
    pub is_represented: bool,
    /// A bankruptcy case is open (11 USC 362).
    pub is_in_bankruptcy: bool,
}

/// The sender's address is on file for a loan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanParty {
    /// The loan.
    pub loan: LoanFacts,
    /// What the sender is there.
    pub role: PartyRole,
    /// Consent to records by e-mail is on file (15 USC 7001(c)).
    pub has_esign_consent: bool,
}

words! {
    /// Why a ticket is linked to a loan.
    LinkBasis {
        /// The sender's address is on file for it.
        Party = "party",
        /// The mail names its number: a hint, no proof.
        Named = "named",
    }
}

/// A ticket is about a loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanLink {
    /// The loan.
    pub loan_id: LoanId,
    /// Why.
    pub basis: LinkBasis,
}

/// Loan numbers of one mail that are looked up.
const MOST_NUMBERS: usize = 8;

/// A loan number as it is compared: letters and digits only, upper case.
#[must_use]
pub fn normal_number(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// Loan numbers that subject and new text of `mail` name, normalised. Private:
/// for a look-up only, never for a trace or a log.
#[must_use]
pub fn numbers_in(mail: &InboundMail) -> Vec<String> {
    let mut numbers: Vec<String> = Vec::new();
    let visible = new_text::visible(&mail.text);
    let parts = [
        (Field::Subject, &mail.subject, Folded::new(&mail.subject, MOST_TEXT)),
        (Field::NewText, &mail.text, Folded::of_ranges(&mail.text, &visible, MOST_TEXT)),
    ];
    for (field, text, folded) in parts {
        if !folded.bytes().iter().any(u8::is_ascii_digit) {
            continue;
        }
        // The day bears on dates only, and no date is looked at here.
        let found = fact::find(field, &folded, false, Date::ZERO);
        for fact in found.facts.iter().filter(|fact| fact.fact == "loan_number") {
            let (start, end) = (fact.span.start as usize, fact.span.end as usize);
            let number = normal_number(text.get(start..end).unwrap_or_default());
            if !number.is_empty() && !numbers.contains(&number) && numbers.len() < MOST_NUMBERS {
                numbers.push(number);
            }
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loan_number_is_found_however_it_is_written() {
        let mail = InboundMail {
            subject: "Loan # 00-1234-5678".into(),
            text: "Préstamo número 0012345678 y mi teléfono es (202) 555-0142.\n\
                   My account 9900112233 too.\n"
                .into(),
            ..InboundMail::default()
        };
        assert_eq!(numbers_in(&mail), ["0012345678", "9900112233"]);
        assert!(numbers_in(&InboundMail::default()).is_empty());
    }

    #[test]
    fn numbers_are_compared_without_their_dashes() {
        assert_eq!(normal_number(" ab-12 34.5 "), "AB12345");
    }
}
