//! The policy's rows against its record: a revision's files are those it is
//! named after, and every approval and activation has its event.

use std::collections::BTreeSet;

use serde_json::Value;

use super::ChainBreak;
use crate::domain::digest::Digest;
use crate::domain::event::Event;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::micros;

/// A step as both sides tell it: what, revision, who, instant in microseconds.
type Step = (&'static str, Digest, String, i64);

impl Store {
    /// The first row of the policy that is not as the record has it.
    pub(super) async fn changed_policy(&self) -> Result<Option<ChainBreak>, StoreError> {
        let broken = |what| Some(ChainBreak { stream: "policy".to_owned(), seq: 0, what });
        for hash in self.policy_revisions().await? {
            match self.load_revision(hash).await {
                Ok(_) => {}
                Err(StoreError::Malformed(_)) => {
                    return Ok(broken("the files of a revision were changed"));
                }
                Err(error) => return Err(error),
            }
        }
        let events = self.events_of("policy").await?;
        let told: BTreeSet<Step> = events.iter().filter_map(|line| step(&line.event)).collect();
        let kept = self.policy_steps().await?;
        if kept.iter().any(|step| !told.contains(step)) {
            return Ok(broken("an approval or activation has no event"));
        }
        Ok((kept.len() != told.len())
            .then(|| broken("an approval or activation is gone"))
            .flatten())
    }

    async fn policy_steps(&self) -> Result<BTreeSet<Step>, StoreError> {
        let actor =
            |id: Option<_>| id.map_or_else(|| "engine".to_owned(), |id| format!("person:{id}"));
        let mut steps = BTreeSet::new();
        for one in self.policy_activations().await? {
            steps.insert(("activated", one.hash, actor(one.by), micros(one.from_at)));
        }
        for one in self.policy_drafts().await? {
            if let Some((by, at)) = one.approved {
                steps.insert(("approved", one.hash, actor(Some(by)), micros(at)));
            }
        }
        Ok(steps)
    }
}

fn step(event: &Event) -> Option<Step> {
    let text = |key| event.particulars.get(key).and_then(Value::as_str);
    let hash = Digest::from_hex(text("revision")?)?;
    let (what, at) = match event.kind.as_str() {
        "policy_bootstrapped" => ("activated", event.at),
        "policy_activated" => ("activated", text("from_at")?.parse().ok()?),
        "policy_approved" => ("approved", event.at),
        _ => return None,
    };
    Some((what, hash, event.actor.clone(), micros(at)))
}
