//! "Not right": a person says what a ticket is about. No clock changes by that:
//! what the law owes is owed whatever a ticket is called.

use serde_json::json;

use super::{Deciding, Refusal};

impl Deciding<'_> {
    /// The leading category becomes `category`, and the ticket goes to `queue`
    /// when one is named. What the rules said stays in the trace; the event is
    /// what they can be fitted to.
    pub(super) fn reclassify(
        &mut self,
        category: &str,
        queue: Option<&str>,
        reason: &str,
    ) -> Result<(), Refusal> {
        let categories = self.desk.policy.rules.categories();
        if !categories.iter().any(|one| one.card.id == category) {
            return Err(Refusal::NoSuchCategory { category: category.to_owned() });
        }
        if category == self.ticket().category && queue.is_none() {
            return Err(Refusal::SameCategory { category: category.to_owned() });
        }
        self.update.category = Some(category.to_owned());
        self.record(
            "ticket_reclassified",
            json!({
                "from": self.ticket().category, "to": category,
                "queue": self.ticket().queue, "revision": self.ticket().policy_revision,
            }),
        );
        match queue.filter(|queue| *queue != self.ticket().queue) {
            Some(queue) => self.requeue(queue, reason),
            None => self.reason(reason),
        }
    }
}
