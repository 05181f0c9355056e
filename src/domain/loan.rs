//! Loans as far as mail needs them: who is a party, by which address, and
//! what must be heeded when we write to them. Balances live elsewhere.

use serde::{Deserialize, Serialize};

use super::classify::{Fact, Field};
use super::fold::fold;
use super::id::LoanId;
use super::mail::InboundMail;
use super::ticket::words;

mod known;
mod row;

pub use known::{KnownLoans, LoanSign};
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
        /// The same, and its sender goes by the name of a party: a better
        /// hint, and still no proof.
        NamedWithName = "named_with_name",
    }
}

/// A loan whose number a mail names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedLoan {
    /// The loan.
    pub loan: LoanFacts,
    /// The sender goes by the name of a party.
    pub is_partys_name: bool,
}

/// A ticket is about a loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanLink {
    /// The loan.
    pub loan_id: LoanId,
    /// Why.
    pub basis: LinkBasis,
}

/// A loan number for eyes: its last four characters.
#[must_use]
pub fn masked_number(number: &str) -> String {
    let tail: Vec<char> = number.chars().rev().take(4).collect();
    let shown: String = tail.into_iter().rev().collect();
    // A short number would be guessed from its tail.
    if number.chars().count() < 8 {
        "••••".to_owned()
    } else {
        format!("••••{shown}")
    }
}

/// A mail address for eyes: its first letter and its domain.
#[must_use]
pub fn masked_address(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}•••@{domain}")
}

/// A name for eyes: the initials of its words.
#[must_use]
pub fn masked_name(name: &str) -> String {
    let initials = name.split_whitespace().filter_map(|word| word.chars().next());
    initials.take(4).map(|initial| format!("{initial}.")).collect::<Vec<_>>().join(" ")
}

/// What the trace keeps about a loan in the book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenLoan {
    /// Its facts.
    pub loan: LoanFacts,
    /// Why it was looked at.
    pub basis: LinkBasis,
    /// What the sender is on it, when the address is on file.
    pub role: Option<PartyRole>,
    /// Consent to records by e-mail is on file (15 USC 7001(c)).
    pub has_esign_consent: bool,
}

/// Loan numbers of one mail that are looked up.
const MOST_NUMBERS: usize = 8;

/// A loan number as it is compared: letters and digits only, upper case.
#[must_use]
pub fn normal_number(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// Whether a display name and a name on file are one person's: the same words,
/// in any order, letter case and accents aside.
#[must_use]
pub fn is_same_name(shown: &str, on_file: &str) -> bool {
    let words = |name: &str| {
        let folded = fold(name);
        let mut words: Vec<String> = folded
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        words.sort_unstable();
        words
    };
    let (shown, on_file) = (words(shown), words(on_file));
    on_file.len() >= 2 && shown == on_file
}

/// Loan numbers that subject and new text of `mail` name, normalised, by the
/// `facts` found there. Private: for a look-up only, never for a trace or a log.
#[must_use]
pub fn numbers_in(mail: &InboundMail, facts: &[Fact]) -> Vec<String> {
    let mut numbers: Vec<String> = Vec::new();
    for fact in facts.iter().filter(|fact| fact.fact == "loan_number") {
        let text = match fact.span.field {
            Field::Subject => &mail.subject,
            Field::NewText => &mail.text,
            Field::QuotedText | Field::Attachments | Field::Sender => continue,
        };
        let (start, end) = (fact.span.start as usize, fact.span.end as usize);
        let number = normal_number(text.get(start..end).unwrap_or_default());
        if !number.is_empty() && !numbers.contains(&number) && numbers.len() < MOST_NUMBERS {
            numbers.push(number);
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fact;
    use crate::domain::fold::Folded;

    #[test]
    fn a_loan_number_is_found_however_it_is_written() {
        let mail = InboundMail {
            subject: "Loan # 00-1234-5678".into(),
            text: "Préstamo número 0012345678 y mi teléfono es (202) 555-0142.\n\
                   My account 9900112233 too.\n"
                .into(),
            ..InboundMail::default()
        };
        let day = jiff::civil::date(2026, 11, 25);
        let find = |field, original: &str| {
            let folded = Folded::new(original, 1000);
            fact::find(fact::Part { field, original, folded: &folded }, false, day).facts
        };
        let mut facts = find(Field::Subject, &mail.subject);
        facts.extend(find(Field::NewText, &mail.text));
        assert_eq!(numbers_in(&mail, &facts), ["0012345678", "9900112233"]);
        assert!(numbers_in(&InboundMail::default(), &facts).is_empty(), "spans that fit nothing");
    }

    #[test]
    fn a_name_is_the_same_in_any_order_and_a_first_name_is_nobodys() {
        assert!(is_same_name("EXAMPLE, Rosa", "Rosa Exámple"));
        assert!(!is_same_name("Rosa", "Rosa"), "too little to tell");
        assert!(!is_same_name("Rosa B. Example", "Rosa Example"));
        assert!(!is_same_name("", ""));
    }

    #[test]
    fn eyes_see_neither_number_nor_address_nor_name() {
        assert_eq!(masked_number("0012345678"), "••••5678");
        assert_eq!(masked_number("12345"), "••••");
        assert_eq!(masked_address("rosa@example.com"), "r•••@example.com");
        assert_eq!(masked_name("Rosa María Example"), "R. M. E.");
        assert_eq!((masked_address(""), masked_name("")), ("•••@".to_owned(), String::new()));
    }

    #[test]
    fn numbers_are_compared_without_their_dashes() {
        assert_eq!(normal_number(" ab-12 34.5 "), "AB12345");
    }
}
