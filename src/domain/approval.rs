//! Who may release which wording: two persons, one of them a compliance
//! officer, and never the author.

use jiff::Timestamp;

use super::actor::Role;
use super::actor::permission::Permission;
use super::id::PersonId;
use super::ticket::words;

words! {
    /// Life of a template version.
    TemplateState {
        /// With its author: being written, or sent back with comments.
        Draft = "draft",
        /// Waiting for an approval.
        InReview = "in_review",
        /// Released.
        Approved = "approved",
        /// No longer used.
        Retired = "retired",
    }
}

/// How wording is released.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// From when letters use it; at once without it.
    pub from_at: Option<Timestamp>,
    /// Until when; until it is withdrawn without it.
    pub to_at: Option<Timestamp>,
}

/// What the decision is about: a version as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reviewed {
    /// Who wrote it.
    pub author: PersonId,
    /// Where it stands.
    pub state: TemplateState,
}

/// Why `approver` may not release `version`; `None`: they may.
#[must_use]
pub fn refusal(
    version: Reviewed,
    (approver, role): (PersonId, Role),
    release: Release,
    now: Timestamp,
) -> Option<&'static str> {
    if !role.may(Permission::Approve) {
        return Some("only a compliance officer approves templates");
    }
    if version.author == approver {
        return Some("nobody approves wording of their own");
    }
    match version.state {
        TemplateState::InReview => {}
        TemplateState::Approved => return Some("the version is approved already"),
        TemplateState::Draft => return Some("the version is with its author; submit it first"),
        TemplateState::Retired => return Some("the version is withdrawn"),
    }
    let begins_at = release.from_at.unwrap_or(now).max(now);
    (release.to_at.is_some_and(|to_at| to_at <= begins_at))
        .then_some("it would end before it begins")
}

/// Why `reviewer` may not send `version` back; `None`: they may.
#[must_use]
pub fn rejection_refusal(version: Reviewed, role: Role, comment: &str) -> Option<&'static str> {
    if !role.may(Permission::Approve) {
        return Some("only a compliance officer sends wording back");
    }
    if version.state != TemplateState::InReview {
        return Some("the version is not in review");
    }
    comment.trim().is_empty().then_some("say what is wrong")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const AUTHOR: PersonId = PersonId(Uuid::from_u128(1));
    const OTHER: PersonId = PersonId(Uuid::from_u128(2));

    fn refused(by: (PersonId, Role), state: TemplateState, release: Release) -> bool {
        let now = Timestamp::UNIX_EPOCH;
        refusal(Reviewed { author: AUTHOR, state }, by, release, now).is_some()
    }

    #[test]
    fn only_another_compliance_officer_releases_what_is_in_review() {
        let open = Release::default();
        for role in Role::ALL {
            for person in [AUTHOR, OTHER] {
                for state in TemplateState::ALL {
                    let may = *role == Role::Compliance
                        && person == OTHER
                        && *state == TemplateState::InReview;
                    assert_eq!(refused((person, *role), *state, open), !may, "{role} {state}");
                }
            }
        }
    }

    #[test]
    fn a_release_ends_after_it_begins() {
        let by = (OTHER, Role::Compliance);
        let at = |second| Timestamp::from_second(second).ok();
        for (from_at, to_at, is_refused) in [
            (None, None, false),
            (at(10), at(20), false),
            (at(10), at(10), true),
            (at(20), at(10), true),
            (None, at(0), true),
            (at(-9), at(-5), true),
        ] {
            let release = Release { from_at, to_at };
            assert_eq!(refused(by, TemplateState::InReview, release), is_refused, "{release:?}");
        }
    }

    #[test]
    fn wording_is_sent_back_with_words() {
        let version = Reviewed { author: AUTHOR, state: TemplateState::InReview };
        assert!(rejection_refusal(version, Role::Compliance, "too long").is_none());
        assert!(rejection_refusal(version, Role::Compliance, " ").is_some());
        assert!(rejection_refusal(version, Role::Agent, "too long").is_some());
        let draft = Reviewed { state: TemplateState::Draft, ..version };
        assert!(rejection_refusal(draft, Role::Compliance, "too long").is_some());
    }
}
