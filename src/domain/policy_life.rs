//! The life of a policy revision: draft, backtested, approved by a second
//! person, in force from an instant. Says which step may follow which.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::actor::Role;
use super::actor::permission::Permission;
use super::digest::Digest;
use super::id::PersonId;
use super::ticket::words;

words! {
    /// How far a revision has come.
    PolicyStage {
        /// Loaded or written, and nothing more.
        Draft = "draft",
        /// Replayed over mail, beside the revision in force.
        Backtested = "backtested",
        /// A second person said yes.
        Approved = "approved",
    }
}

words! {
    /// How an activation came about.
    ActivationOrigin {
        /// The first policy of a database: there was none to compare it with.
        Bootstrap = "bootstrap",
        /// A person activated an approved revision.
        Person = "person",
    }
}

/// What the last recorded backtest of a draft found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacktestMark {
    /// When it ended.
    pub at: Timestamp,
    /// Revision it was compared with.
    pub base: Digest,
    /// Mails that were replayed.
    pub mails: u64,
    /// Statutory clocks that would no longer start.
    pub lost: u64,
}

/// A revision that is not in force, or was not when it was drafted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyDraft {
    /// Its revision.
    pub hash: Digest,
    /// When it was first seen.
    pub drafted_at: Timestamp,
    /// Who stands for it; nobody yet when the engine found it in its folder.
    pub author: Option<PersonId>,
    /// The last backtest that was recorded.
    pub backtest: Option<BacktestMark>,
    /// Who approved it, and when.
    pub approved: Option<(PersonId, Timestamp)>,
}

/// One line of the history: from when a revision is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyActivation {
    /// Order in which they were recorded.
    pub seq: i64,
    /// The revision.
    pub hash: Digest,
    /// How it came about.
    pub origin: ActivationOrigin,
    /// In force from then, until the next one.
    pub from_at: Timestamp,
    /// Who activated it; nobody at the bootstrap.
    pub by: Option<PersonId>,
    /// When that was recorded.
    pub recorded_at: Timestamp,
}

impl PolicyDraft {
    /// How far it has come.
    #[must_use]
    pub const fn stage(&self) -> PolicyStage {
        match (&self.approved, &self.backtest) {
            (Some(_), _) => PolicyStage::Approved,
            (None, Some(_)) => PolicyStage::Backtested,
            (None, None) => PolicyStage::Draft,
        }
    }

    /// Whether `approver` may approve it while `in_force` is in force;
    /// `despite` is a reason to go on although the backtest found lost
    /// statutory clocks or had no mail.
    ///
    /// # Errors
    /// Why not, and what to do first.
    pub fn may_approve(
        &self,
        (approver, role): (PersonId, Role),
        in_force: Option<Digest>,
        despite: Option<&str>,
    ) -> Result<(), String> {
        if !role.may(Permission::Approve) {
            return Err("only a compliance officer approves policies".into());
        }
        if self.approved.is_some() {
            return Err("the revision is approved already".into());
        }
        match self.author {
            None => {
                return Err("nobody stands for this revision: its author runs \
                            `tierline policy draft --by NAME` first"
                    .into());
            }
            Some(author) if author == approver => {
                return Err("nobody approves a policy of their own".into());
            }
            Some(_) => {}
        }
        let Some(backtest) = self.backtest else {
            return Err(
                "it was not backtested: `tierline backtest --policy DIR --record` first".into()
            );
        };
        if Some(backtest.base) != in_force {
            return Err("it was backtested against a revision that is no longer in force; \
                        backtest it again"
                .into());
        }
        let is_reasoned = despite.is_some_and(|reason| !reason.trim().is_empty());
        if backtest.lost > 0 && !is_reasoned {
            return Err(format!(
                "its backtest lost {} statutory clocks; approve it only with \
                 --despite REASON, which is recorded",
                backtest.lost
            ));
        }
        if backtest.mails == 0 && !is_reasoned {
            return Err("its backtest had no mail to replay; give it some with --maildir or \
                        --jsonl, or approve it with --despite REASON, which is recorded"
                .into());
        }
        Ok(())
    }
}

/// Whether somebody of `role` may put a revision in force from `from_at`;
/// `was_in_force`: it has been before, which makes it a way back.
///
/// # Errors
/// Why not, and what to do first.
pub fn may_activate(
    draft: Option<&PolicyDraft>,
    was_in_force: bool,
    role: Role,
    from_at: Timestamp,
    now: Timestamp,
) -> Result<(), String> {
    if !role.may(Permission::ActivatePolicies) {
        return Err("only a compliance officer or an operator activates policies".into());
    }
    if from_at < now {
        return Err("a policy is never in force from an instant that has passed".into());
    }
    if !was_in_force && draft.is_none_or(|draft| draft.approved.is_none()) {
        return Err("the revision is not approved: `tierline policy approve` first".into());
    }
    Ok(())
}

/// What is in force at `now`: of the activations whose instant has come the
/// latest, and of two for one instant the one recorded last.
#[must_use]
pub fn in_force(activations: &[PolicyActivation], now: Timestamp) -> Option<&PolicyActivation> {
    activations.iter().filter(|one| one.from_at <= now).max_by_key(|one| (one.from_at, one.seq))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(byte: u8) -> PersonId {
        PersonId(uuid::Uuid::from_bytes([byte; 16]))
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + minute * 60).unwrap()
    }

    fn backtested() -> PolicyDraft {
        let base = Digest::of(b"in force");
        PolicyDraft {
            hash: Digest::of(b"draft"),
            drafted_at: at(0),
            author: Some(person(1)),
            backtest: Some(BacktestMark { at: at(1), base, mails: 10, lost: 0 }),
            approved: None,
        }
    }

    fn refusal(draft: &PolicyDraft, by: u8, role: Role) -> String {
        let in_force = Some(Digest::of(b"in force"));
        draft.may_approve((person(by), role), in_force, None).unwrap_err()
    }

    #[test]
    fn nobody_approves_a_policy_of_their_own() {
        let draft = backtested();
        assert!(refusal(&draft, 1, Role::Compliance).contains("of their own"));
        assert!(refusal(&draft, 2, Role::Operator).contains("compliance officer"));
        let in_force = Some(Digest::of(b"in force"));
        assert_eq!(draft.may_approve((person(2), Role::Compliance), in_force, None), Ok(()));
        let nobodys = PolicyDraft { author: None, ..draft };
        assert!(refusal(&nobodys, 2, Role::Compliance).contains("nobody stands for"));
    }

    #[test]
    fn what_was_not_backtested_against_the_policy_in_force_is_not_approved() {
        let never = PolicyDraft { backtest: None, ..backtested() };
        assert!(refusal(&never, 2, Role::Compliance).contains("not backtested"));
        let draft = backtested();
        let other = Some(Digest::of(b"newer"));
        let stale = draft.may_approve((person(2), Role::Compliance), other, None).unwrap_err();
        assert!(stale.contains("no longer in force"), "{stale}");
    }

    #[test]
    fn a_lost_statutory_clock_needs_a_reason() {
        let mut draft = backtested();
        let mark = draft.backtest.unwrap();
        draft.backtest = Some(BacktestMark { lost: 2, ..mark });
        assert!(refusal(&draft, 2, Role::Compliance).contains("lost 2 statutory clocks"));
        let approve =
            |despite| draft.may_approve((person(2), Role::Compliance), Some(mark.base), despite);
        assert!(approve(Some("  ")).is_err());
        assert_eq!(approve(Some("spam was taken for a notice")), Ok(()));
        draft.backtest = Some(BacktestMark { mails: 0, ..mark });
        assert!(refusal(&draft, 2, Role::Compliance).contains("no mail"));
    }

    #[test]
    fn only_the_approved_or_what_was_in_force_before_is_activated() {
        let draft = backtested();
        let now = at(10);
        assert!(may_activate(Some(&draft), false, Role::Compliance, now, now).is_err());
        let approved = PolicyDraft { approved: Some((person(2), at(2))), ..draft };
        assert_eq!(may_activate(Some(&approved), false, Role::Operator, now, now), Ok(()));
        assert!(may_activate(Some(&approved), false, Role::Agent, now, now).is_err());
        assert!(may_activate(Some(&approved), false, Role::Operator, at(9), now).is_err());
        assert_eq!(may_activate(None, true, Role::Operator, at(11), now), Ok(()));
        assert!(may_activate(None, false, Role::Operator, at(11), now).is_err());
    }

    #[test]
    fn the_latest_activation_whose_instant_has_come_is_in_force() {
        let activation = |seq, from| PolicyActivation {
            seq,
            hash: Digest::of(&[u8::try_from(seq).unwrap()]),
            origin: ActivationOrigin::Person,
            from_at: at(from),
            by: Some(person(1)),
            recorded_at: at(0),
        };
        let all = [activation(1, 0), activation(2, 30), activation(3, 10), activation(4, 30)];
        let seq = |minute| in_force(&all, at(minute)).map(|one| one.seq);
        assert_eq!(
            [seq(-1), seq(5), seq(10), seq(29), seq(30)],
            [None, Some(1), Some(3), Some(3), Some(4)]
        );
    }
}
