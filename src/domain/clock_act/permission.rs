//! Which role may act on clocks. Moving a date or voiding a clock needs more
//! than working a ticket does.

use super::{By, ClockAct};
use crate::domain::actor::Role;
use crate::domain::clock::Refusal;

const WORKERS: &str = "agents, supervisors and compliance may";

/// Works tickets, and so pauses clocks and records what was done.
const fn may_work(role: Role) -> bool {
    matches!(role, Role::Agent | Role::Supervisor | Role::Compliance)
}

/// May move a due date, where the law lets anybody do it.
const fn may_move(role: Role) -> bool {
    matches!(role, Role::Supervisor | Role::Compliance)
}

/// Refuses who may not. The second word on a void is a supervisor's or
/// compliance's, so that no two agents end a clock of the law among themselves.
pub(super) fn check(wanted: &ClockAct, by: By) -> Result<(), Refusal> {
    let refused = |what, who| Err(Refusal::NotByRole { role: by.role, what, who });
    match wanted {
        ClockAct::Extend { .. } | ClockAct::Recompute { .. } if !may_move(by.role) => {
            refused("move a due date", "a supervisor or compliance may")
        }
        ClockAct::ConfirmVoid { .. } if !may_move(by.role) => {
            refused("confirm that a clock is voided", "a supervisor or compliance may")
        }
        _ if !may_work(by.role) => refused("act on clocks", WORKERS),
        _ => Ok(()),
    }
}
