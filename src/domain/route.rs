//! Where a ticket goes: queue, tier, priority, and why.

use serde::{Deserialize, Serialize};

use jiff::civil::Date;

use super::classify::Understanding;
use super::loan::{KnownLoans, LoanSign};
use super::rule::Queue;
use super::ticket::{Priority, Tier};
use super::trust::Trust;
use super::understand::days_to_sale;

/// The outcome of routing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Queue id of the policy.
    pub queue: String,
    /// Tier of that queue.
    pub tier: Tier,
    /// How soon.
    pub priority: Priority,
    /// Leading category, `triage` when the rules abstained.
    pub category: String,
    /// Reason to hold the ticket for a person at once, if any.
    pub hold: Option<String>,
    /// Ids of the routing rules that fired, in order of effect.
    pub rules: Vec<String>,
}

/// What a routing rule asks for; empty lists ask for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// The leading matter is one of these.
    pub lead: Vec<String>,
    /// Any matter is one of these.
    pub matter: Vec<String>,
    /// Any of these flags is raised.
    pub flag: Vec<String>,
    /// Any of these kinds was seen; `noe/b10` asks for the finer kind.
    pub kind: Vec<String>,
    /// None of these flags is raised.
    pub not_flag: Vec<String>,
    /// Trust is one of these.
    pub trust: Vec<Trust>,
    /// Language is one of these.
    pub language: Vec<String>,
    /// Any of these is known about the loan.
    pub loan: Vec<LoanSign>,
    /// The property lies in one of these states, two letters.
    pub state: Vec<String>,
    /// A sale lies at most this many days ahead.
    pub sale_within_days: Option<u16>,
    /// No matter passed.
    pub is_abstained: bool,
}

/// A tier a ticket never falls below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Floor {
    /// The tier.
    pub tier: Tier,
    /// Where a ticket goes whose queue is below.
    pub queue: String,
}

/// One routing rule. The first that matches and names a queue decides it;
/// priorities, holds and floors of all that match count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteRule {
    /// Its id.
    pub id: String,
    /// What it asks for.
    pub when: When,
    /// Queue to go to.
    pub queue: Option<String>,
    /// Least priority.
    pub priority: Option<Priority>,
    /// Reason to hold.
    pub hold: Option<String>,
    /// Least tier.
    pub floor: Option<Floor>,
}

/// What a mail is routed by.
#[derive(Clone, Copy, Debug)]
pub struct Routed<'a> {
    /// What it means.
    pub understanding: &'a Understanding,
    /// What its sender's evidence is worth.
    pub trust: Trust,
    /// What the loan book tells about it.
    pub loans: &'a KnownLoans,
    /// The day it was received on, in the servicer's zone.
    pub received_on: Date,
}

/// Queue of what no rule decides.
pub const TRIAGE: &str = "triage";

/// Applies the rules in order, then the floors: the highest wins.
#[must_use]
pub(super) fn choose(rules: &[RouteRule], queues: &[Queue], mail: Routed<'_>) -> Route {
    let seen = mail.understanding;
    let matching: Vec<&RouteRule> = rules.iter().filter(|rule| rule.when.is_met(mail)).collect();
    let tier_of =
        |id: &str| queues.iter().find(|queue| queue.id == id).map_or(Tier::One, |one| one.tier);
    let decisive =
        matching.iter().find_map(|rule| rule.queue.as_ref().map(|queue| (queue, &rule.id)));
    let mut queue = decisive.map_or(TRIAGE, |(queue, _)| queue).to_owned();
    let mut fired: Vec<String> = decisive.map(|(_, id)| id.clone()).into_iter().collect();
    let floor = matching
        .iter()
        .filter_map(|rule| rule.floor.as_ref().map(|floor| (floor, &rule.id)))
        .filter(|(floor, _)| floor.tier > tier_of(&queue))
        .reduce(|best, next| if next.0.tier > best.0.tier { next } else { best });
    let least_tier = floor.map(|(floor, _)| floor.tier);
    if let Some((floor, id)) = floor {
        queue.clone_from(&floor.queue);
        fired.push(id.clone());
    }
    let others = matching.iter().filter(|rule| rule.priority.is_some() || rule.hold.is_some());
    for rule in others {
        if !fired.contains(&rule.id) {
            fired.push(rule.id.clone());
        }
    }
    Route {
        tier: least_tier.map_or(tier_of(&queue), |tier| tier.max(tier_of(&queue))),
        priority: matching
            .iter()
            .filter_map(|rule| rule.priority)
            .max()
            .unwrap_or(Priority::Normal),
        category: seen.matters.first().map_or(TRIAGE, |lead| lead.category.as_str()).to_owned(),
        hold: matching.iter().find_map(|rule| rule.hold.clone()),
        queue,
        rules: fired,
    }
}

impl When {
    fn is_met(&self, mail: Routed<'_>) -> bool {
        let (seen, loans) = (mail.understanding, mail.loans);
        let days_to_sale = days_to_sale(&seen.facts, mail.received_on);
        let has_kind = |wanted: &String| {
            let (kind, sub_kind) = wanted.split_once('/').unwrap_or((wanted, ""));
            seen.kinds
                .iter()
                .any(|one| one.kind == kind && (sub_kind.is_empty() || one.sub_kind == sub_kind))
        };
        let leads = seen.matters.first().map(|lead| &lead.category);
        (self.lead.is_empty() || leads.is_some_and(|lead| self.lead.contains(lead)))
            && (self.matter.is_empty()
                || seen.matters.iter().any(|one| self.matter.contains(&one.category)))
            && (self.flag.is_empty() || self.flag.iter().any(|flag| seen.has_flag(flag)))
            && !self.not_flag.iter().any(|flag| seen.has_flag(flag))
            && (self.kind.is_empty() || self.kind.iter().any(has_kind))
            && (self.trust.is_empty() || self.trust.contains(&mail.trust))
            && (self.language.is_empty() || self.language.contains(&seen.language))
            && (self.loan.is_empty() || loans.first_of(&self.loan).is_some())
            && (self.state.is_empty() || loans.states.iter().any(|one| self.state.contains(one)))
            && self
                .sale_within_days
                .is_none_or(|most| days_to_sale.is_some_and(|days| days <= i32::from(most)))
            && (!self.is_abstained || seen.matters.is_empty())
    }
}
