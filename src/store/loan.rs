//! The loan book as kept: sealed rows, found by blind index only.
//!
//! A loan's id is made from the blind index of its number: the same number is
//! the same row, whoever imports it, and no look-up is needed to write it.

mod addressee;
mod import;
pub(super) mod look_up;
pub(super) mod requester;

pub use import::{BookImport, ImportCount};
pub use look_up::{FiledParty, LoanOnFile};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::StoreError;
use super::vault::{Place, Vault};
use crate::domain::id::LoanId;
use crate::domain::loan::{BookRow, LoanFacts, PartyRole};

const LOAN: Place = Place { table: "loan", column: "sealed" };
const PARTY: Place = Place { table: "loan_party", column: "sealed" };

/// What is sealed in a row of `loan`.
#[derive(Serialize, Deserialize)]
struct SealedLoan {
    number: String,
    property_address: String,
    state: String,
    language: String,
    fdcpa_covered: bool,
    represented: bool,
    bankruptcy: bool,
}

/// What is sealed in a row of `loan_party`.
#[derive(Serialize, Deserialize)]
struct SealedParty {
    email: String,
    name: String,
    role: PartyRole,
    esign_consent_on: Option<Date>,
}

/// Id of the loan with this normalised number.
fn id_of(vault: &Vault, number: &str) -> LoanId {
    // The prefix keeps a number from ever being looked up as an address.
    LoanId(
        uuid::Builder::from_custom_bytes(vault.blind_index(&format!("loan:{number}"))).into_uuid(),
    )
}

/// Row of a party, as its seal is bound to it.
fn party_row(loan: Uuid, address_index: &[u8]) -> Vec<u8> {
    [loan.as_bytes().as_slice(), address_index].concat()
}

impl SealedLoan {
    fn of(row: &BookRow) -> Self {
        Self {
            number: row.number.clone(),
            property_address: row.property_address.clone(),
            state: row.state.clone(),
            language: row.language.clone(),
            fdcpa_covered: row.is_fdcpa_covered,
            represented: row.is_represented,
            bankruptcy: row.is_in_bankruptcy,
        }
    }

    fn open(vault: &Vault, id: Uuid, sealed: &[u8]) -> Result<Self, StoreError> {
        let json = vault.open(LOAN, id.as_bytes(), sealed)?;
        serde_json::from_slice(&json).map_err(|_| StoreError::Malformed("loan.sealed"))
    }

    fn facts(&self, id: Uuid) -> LoanFacts {
        LoanFacts {
            id: LoanId(id),
            state: self.state.clone(),
            language: self.language.clone(),
            is_fdcpa_covered: self.fdcpa_covered,
            is_represented: self.represented,
            is_in_bankruptcy: self.bankruptcy,
        }
    }
}

impl SealedParty {
    fn of(row: &BookRow) -> Self {
        Self {
            email: row.email.clone(),
            name: row.name.clone(),
            role: row.role,
            esign_consent_on: row.esign_consent_on,
        }
    }

    fn open(
        vault: &Vault,
        loan: Uuid,
        address_index: &[u8],
        sealed: &[u8],
    ) -> Result<Self, StoreError> {
        let json = vault.open(PARTY, &party_row(loan, address_index), sealed)?;
        serde_json::from_slice(&json).map_err(|_| StoreError::Malformed("loan_party.sealed"))
    }
}
