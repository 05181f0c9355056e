//! Who acts: persons with roles, and what each role may do.

pub mod permission;

use serde::{Deserialize, Serialize};

use self::permission::Permission;
use super::command::Refusal;
use super::id::PersonId;
use super::ticket::words;

words! {
    /// What a person is here for.
    Role {
        /// Works tickets.
        Agent = "agent",
        /// Watches tiers.
        Supervisor = "supervisor",
        /// Approves letters, faces examiners.
        Compliance = "compliance",
        /// Runs the system; sees no content.
        Operator = "operator",
        /// Reads the record only.
        Auditor = "auditor",
    }
}

/// A proven person who gives a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Who.
    pub person: PersonId,
    /// The name their letters are signed with.
    pub name: String,
    /// As what.
    pub role: Role,
}

impl Actor {
    /// Whether they may, or the refusal that names what it takes.
    ///
    /// # Errors
    /// When the permission table has no cross for their role.
    pub const fn needs(&self, permission: Permission) -> Result<(), Refusal> {
        if self.role.may(permission) {
            return Ok(());
        }
        Err(Refusal::NotAllowed { role: self.role, permission })
    }

    /// As the record names them.
    #[must_use]
    pub fn named(&self) -> String {
        format!("person:{}", self.person)
    }
}
