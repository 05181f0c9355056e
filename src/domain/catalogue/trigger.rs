//! What starts a clock: statutory kinds, flags and categories of a mail, and
//! how near a foreclosure sale is.

use jiff::civil::Date;
use serde::Deserialize;

use crate::domain::classify::{StatutoryKind, Understanding};

/// One way to start a clock. Every list that is not empty must match; within a
/// list one is enough.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Trigger {
    /// Every mail from a person that opens a ticket.
    pub every_mail: bool,
    /// Every mail from a person on a ticket that is there.
    pub every_reply: bool,
    /// Statutory kinds.
    pub kinds: Vec<String>,
    /// Finer kinds that a kind must have; `""` is a kind without one.
    pub sub_kinds: Vec<String>,
    /// Finer kinds that a kind must not have.
    pub except_sub_kinds: Vec<String>,
    /// Kinds that must not have been seen beyond doubt.
    pub without_kinds: Vec<String>,
    /// Flags.
    pub flags: Vec<String>,
    /// Categories among the matters.
    pub categories: Vec<String>,
    /// States of the loan, e.g. `NY`; a loan whose state is not known has none.
    pub states: Vec<String>,
    /// A sale is known, not past, and at most so many calendar days after
    /// receipt.
    pub sale_within: Option<i16>,
    /// No sale is known, or it is past, or at least so many calendar days
    /// after receipt.
    pub sale_at_least: Option<i16>,
    /// A person must confirm a clock started this way.
    pub confirm: bool,
}

/// That a trigger fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fired {
    /// Whether a person must confirm.
    pub(super) is_to_confirm: bool,
}

impl Trigger {
    /// Whether anything could ever match.
    pub(super) fn is_empty(&self) -> bool {
        let has_no_list =
            self.kinds.is_empty() && self.flags.is_empty() && self.categories.is_empty();
        has_no_list && !self.every_mail && !self.every_reply
    }

    /// Whether `understanding` of a mail received on `received_on` starts the
    /// clock. `sale_on` is the sale date the mail or the loan names, `state` the
    /// loan's.
    pub(super) fn fires(
        &self,
        understanding: &Understanding,
        received_on: Date,
        sale_on: Option<Date>,
        state: Option<&str>,
    ) -> Option<Fired> {
        if self.is_empty() || !self.is_near_sale(received_on, sale_on) || !self.is_for(state) {
            return None;
        }
        let is_excluded =
            |kind: &StatutoryKind| !kind.is_to_confirm && self.without_kinds.contains(&kind.kind);
        if understanding.kinds.iter().any(is_excluded) {
            return None;
        }
        if !self.flags.is_empty() && !self.flags.iter().any(|flag| understanding.has_flag(flag)) {
            return None;
        }
        let has_category = |id: &String| understanding.matters.iter().any(|m| m.category == *id);
        if !self.categories.is_empty() && !self.categories.iter().any(has_category) {
            return None;
        }
        let is_doubtful = if self.kinds.is_empty() { false } else { self.doubt(understanding)? };
        Some(Fired { is_to_confirm: self.confirm || is_doubtful })
    }

    /// Whether the law of `state` is meant; no state in the rule means any.
    pub(super) fn is_for(&self, state: Option<&str>) -> bool {
        self.states.is_empty() || state.is_some_and(|state| self.states.iter().any(|s| s == state))
    }

    /// Whether a mail could fire both: they share a kind, a flag or a category.
    pub(super) fn is_about_what(&self, other: &Self) -> bool {
        let shares = |ours: &[String], theirs: &[String]| ours.iter().any(|id| theirs.contains(id));
        shares(&self.kinds, &other.kinds)
            || shares(&self.flags, &other.flags)
            || shares(&self.categories, &other.categories)
    }

    /// `None` when no kind matches, else whether each that does is doubtful.
    fn doubt(&self, understanding: &Understanding) -> Option<bool> {
        let matches = |kind: &&StatutoryKind| {
            self.kinds.contains(&kind.kind)
                && (self.sub_kinds.is_empty() || self.sub_kinds.contains(&kind.sub_kind))
                && !self.except_sub_kinds.contains(&kind.sub_kind)
        };
        understanding
            .kinds
            .iter()
            .filter(matches)
            .map(|kind| kind.is_to_confirm)
            .reduce(|all, one| all && one)
    }

    fn is_near_sale(&self, received_on: Date, sale_on: Option<Date>) -> bool {
        let ahead = sale_on.and_then(|sale| days_ahead(received_on, sale));
        let is_within = |most: i16| ahead.is_some_and(|days| days <= i32::from(most));
        let is_beyond = |least: i16| ahead.is_none_or(|days| days >= i32::from(least));
        self.sale_within.is_none_or(is_within) && self.sale_at_least.is_none_or(is_beyond)
    }
}

/// Calendar days from `received_on` to `sale`; `None` when it is past.
fn days_ahead(received_on: Date, sale: Date) -> Option<i32> {
    let days = received_on.until(sale).ok()?.get_days();
    (days >= 0).then_some(days)
}

/// The sale date to go by among those a mail names: the earliest that is not
/// past, else the last past one.
pub(super) fn sale_on(understanding: &Understanding, received_on: Date) -> Option<Date> {
    let dates = || {
        let facts = understanding.facts.iter().filter(|fact| fact.fact == "sale_date");
        facts.filter_map(|fact| fact.value.parse::<Date>().ok())
    };
    dates().filter(|date| *date >= received_on).min().or_else(|| dates().max())
}
