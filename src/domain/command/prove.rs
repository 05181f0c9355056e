//! A person records how the requester has shown who they are.

use serde_json::json;

use super::{Deciding, Refusal};
use crate::domain::id::ProofId;
use crate::domain::identity::Proof;

impl Deciding<'_> {
    /// It counts for this ticket alone, and only until it expires.
    pub(super) fn prove(&mut self, way: &str, checked: &[String]) -> Result<(), Refusal> {
        let book = &self.desk.policy.identity;
        let expires_at = book.believed_until(way, checked, self.now)?;
        let mut checked = checked.to_vec();
        checked.sort();
        checked.dedup();
        let proof = Proof {
            id: ProofId(self.ids.uuid()),
            ticket_id: self.ticket().id,
            way: way.to_owned(),
            checked,
            by: self.by.person,
            proven_at: self.now,
            expires_at,
        };
        self.record(
            "identity_proven",
            json!({
                "proof": proof.id, "way": proof.way, "checked": proof.checked,
                "expires_at": proof.expires_at,
            }),
        );
        self.wanted.proofs.push(proof);
        Ok(())
    }
}
