//! To whom a person's letter goes: names, addresses and numbers that it may
//! name, and numbers in it that are of other loans.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::SealedLoan;
use crate::domain::loan::{LinkBasis, normal_number};
use crate::domain::send_guard::{Addressee, numbers_in};
use crate::domain::ticket::Ticket;
use crate::domain::trust::Trust;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, get, get_word, values};

/// Mails whose names and numbers count, the latest ones.
const MOST_MAILS: usize = 50;

impl Store {
    /// What a letter on `ticket` may name. `numbers` stand in the letter; those
    /// that the loan book has for other loans are named back.
    ///
    /// # Errors
    /// When the database does not answer or a seal is broken.
    pub async fn addressee(
        &self,
        ticket: &Ticket,
        numbers: &BTreeSet<String>,
    ) -> Result<Addressee, StoreError> {
        let mut addressee =
            Addressee { addresses: vec![ticket.requester.clone()], ..Addressee::default() };
        self.as_they_sign(ticket, &mut addressee).await?;
        self.on_file_for(ticket, &mut addressee).await?;
        let named = numbers.iter().map(String::as_str).collect();
        let others = self.numbered_loans(named).await?.into_keys();
        addressee.other_loans =
            others.filter(|number| !addressee.loan_numbers.contains(number)).collect();
        Ok(addressee)
    }

    /// Names and numbers in the requester's own mails: repeating them tells
    /// nobody anything new. A mail of anybody else on the ticket says nothing
    /// about the requester.
    async fn as_they_sign(
        &self,
        ticket: &Ticket,
        addressee: &mut Addressee,
    ) -> Result<(), StoreError> {
        let mails = self.mails_of(ticket.id.0).await?;
        for mail in mails.iter().rev().take(MOST_MAILS) {
            let senders = mail.head.from.iter().filter(|from| from.address == ticket.requester);
            let names: Vec<String> = senders.map(|from| from.name.clone()).collect();
            if names.is_empty() {
                continue;
            }
            addressee.names.extend(names);
            addressee.loan_numbers.extend(numbers_in(&mail.head.subject));
            addressee.loan_numbers.extend(numbers_in(&mail.head.text));
        }
        addressee.names.retain(|name| !name.is_empty());
        Ok(())
    }

    /// Numbers of the ticket's loans; and the names of their parties, where the
    /// requester is one of them: a stranger who names a loan learns no name.
    async fn on_file_for(
        &self,
        ticket: &Ticket,
        addressee: &mut Addressee,
    ) -> Result<(), StoreError> {
        let text = "SELECT loan.id, loan.sealed, basis FROM ticket_loan \
                    JOIN loan ON loan.id = ticket_loan.loan_id WHERE ticket_id = $1";
        let mut of_party = BTreeSet::new();
        for row in sql::all(self.readers(), text, values![ticket.id.0]).await? {
            let id: Uuid = get(&row, "id")?;
            let loan = SealedLoan::open(self.vault(), id, &get::<Vec<u8>>(&row, "sealed")?)?;
            addressee.loan_numbers.push(normal_number(&loan.number));
            if get_word(&row, "basis", LinkBasis::from_word)? == LinkBasis::Party {
                addressee.is_fdcpa_covered |= loan.facts(id).is_fdcpa_covered;
                of_party.insert(id);
            }
        }
        if !of_party.is_empty() && ticket.trust > Trust::Suspicious {
            for (_, party) in self.parties_of(of_party).await? {
                addressee.names.push(party.name);
            }
        }
        Ok(())
    }
}
