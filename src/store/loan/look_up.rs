//! Who is on file for what: by the sender's address, and by loan number.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use super::{SealedLoan, SealedParty, id_of};
use crate::domain::loan::{LoanFacts, LoanParty, PartyRole};
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, get, values};

/// Loans of one address that a decision looks at. A law firm may be on file
/// for thousands; the first ones stand for the rest.
const MOST_PARTIES: usize = 100;
/// Parties of one loan that are looked at.
const MOST_OF_LOAN: usize = 50;

/// A loan with its parties, in clear: for eyes that mask it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoanOnFile {
    /// What the desk must heed.
    pub facts: LoanFacts,
    /// Its number.
    pub number: String,
    /// Address of the property.
    pub property_address: String,
    /// Who is on it.
    pub parties: Vec<FiledParty>,
}

/// A party in clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FiledParty {
    /// Mail address.
    pub email: String,
    /// Name; may be empty.
    pub name: String,
    /// What it is on the loan.
    pub role: PartyRole,
    /// Day of consent under 15 USC 7001(c).
    pub esign_consent_on: Option<jiff::civil::Date>,
}

/// Parties by the blind index of their address.
pub(in crate::store) type Parties = HashMap<Vec<u8>, Vec<LoanParty>>;
/// Loans by normalised number, with the names of their parties.
pub(in crate::store) type Numbered = HashMap<String, (LoanFacts, Vec<String>)>;

impl Store {
    /// The loan with this number, however it is written.
    ///
    /// # Errors
    /// When the database does not answer or a seal is broken.
    pub async fn find_loan(&self, number: &str) -> Result<Option<LoanOnFile>, StoreError> {
        let id = id_of(self.vault(), &crate::domain::loan::normal_number(number)).0;
        let text = "SELECT sealed FROM loan WHERE id = $1";
        let Some(row) = sql::one(self.readers(), text, values![id]).await? else {
            return Ok(None);
        };
        let sealed: Vec<u8> = get(&row, "sealed")?;
        let loan = SealedLoan::open(self.vault(), id, &sealed)?;
        let parties = self.parties_of(BTreeSet::from([id])).await?;
        let filed = |party: SealedParty| FiledParty {
            email: party.email,
            name: party.name,
            role: party.role,
            esign_consent_on: party.esign_consent_on,
        };
        Ok(Some(LoanOnFile {
            facts: loan.facts(id),
            number: loan.number,
            property_address: loan.property_address,
            parties: parties.into_iter().map(|(_, party)| filed(party)).collect(),
        }))
    }

    /// Loans that each of the addresses (blind indexes) is on file for.
    pub(in crate::store) async fn parties(
        &self,
        addresses: BTreeSet<Vec<u8>>,
    ) -> Result<Parties, StoreError> {
        let text = "SELECT loan_id, address_index, party_sealed, sealed FROM ( \
                    SELECT loan_id, address_index, loan_party.sealed AS party_sealed, loan.sealed, \
                    ROW_NUMBER() OVER (PARTITION BY address_index ORDER BY loan_id) AS place \
                    FROM loan_party JOIN loan ON loan.id = loan_party.loan_id \
                    WHERE address_index IN";
        let tail = format!(") AS ranked WHERE place <= {MOST_PARTIES} ORDER BY loan_id");
        let mut parties: Parties = HashMap::new();
        for row in self.listed(text, &tail, addresses).await? {
            let id: Uuid = get(&row, "loan_id")?;
            let address: Vec<u8> = get(&row, "address_index")?;
            let loan = SealedLoan::open(self.vault(), id, &get::<Vec<u8>>(&row, "sealed")?)?;
            let sealed: Vec<u8> = get(&row, "party_sealed")?;
            let party = SealedParty::open(self.vault(), id, &address, &sealed)?;
            parties.entry(address).or_default().push(LoanParty {
                loan: loan.facts(id),
                role: party.role,
                has_esign_consent: party.esign_consent_on.is_some(),
            });
        }
        Ok(parties)
    }

    /// Loans with these normalised numbers.
    pub(in crate::store) async fn numbered_loans(
        &self,
        numbers: BTreeSet<&str>,
    ) -> Result<Numbered, StoreError> {
        let ids: HashMap<Uuid, &str> =
            numbers.into_iter().map(|number| (id_of(self.vault(), number).0, number)).collect();
        let keys: BTreeSet<Uuid> = ids.keys().copied().collect();
        let mut loans = Numbered::new();
        for row in self.listed("SELECT id, sealed FROM loan WHERE id IN", "", keys.clone()).await? {
            let id: Uuid = get(&row, "id")?;
            let loan = SealedLoan::open(self.vault(), id, &get::<Vec<u8>>(&row, "sealed")?)?;
            loans.insert(loan.number.clone(), (loan.facts(id), Vec::new()));
        }
        if !loans.is_empty() {
            for (id, party) in self.parties_of(keys).await? {
                let loan = ids.get(&id).and_then(|number| loans.get_mut(*number));
                if let Some((_, names)) = loan {
                    names.push(party.name);
                }
            }
        }
        Ok(loans)
    }

    pub(super) async fn parties_of(
        &self,
        loans: BTreeSet<Uuid>,
    ) -> Result<Vec<(Uuid, SealedParty)>, StoreError> {
        let text = "SELECT loan_id, address_index, sealed FROM ( \
                    SELECT loan_id, address_index, sealed, \
                    ROW_NUMBER() OVER (PARTITION BY loan_id ORDER BY address_index) AS place \
                    FROM loan_party WHERE loan_id IN";
        let tail = format!(") AS ranked WHERE place <= {MOST_OF_LOAN}");
        let rows = self.listed(text, &tail, loans).await?;
        rows.iter()
            .map(|row| {
                let (id, address): (Uuid, Vec<u8>) =
                    (get(row, "loan_id")?, get(row, "address_index")?);
                let sealed: Vec<u8> = get(row, "sealed")?;
                Ok((id, SealedParty::open(self.vault(), id, &address, &sealed)?))
            })
            .collect()
    }
}
