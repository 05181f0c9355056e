//! Tickets that a search finds: conditions on their rows, and words of their
//! mails in the index, which holds no secret.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sea_orm::Value;

use super::work_list::{Stretch, WorkLine};
use crate::domain::id::PersonId;
use crate::domain::search::{Term, What};
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{get_count, micros, one, values};

/// A clock that is open, of the ticket.
const OPEN_CLOCK: &str = "clock.ticket_id = ticket.id \
                          AND clock.state IN ('running','paused','breached')";

/// Who searches, and when and where that is.
#[derive(Clone, Debug)]
pub struct Searcher {
    /// Who.
    pub person: PersonId,
    /// When.
    pub now: Timestamp,
    /// Zone in which a day begins.
    pub zone: TimeZone,
}

impl Store {
    /// What a search finds, by the next due instant, and how many that are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn search(
        &self,
        terms: &[Term],
        by: &Searcher,
        stretch: Stretch,
    ) -> Result<(Vec<WorkLine>, u64), StoreError> {
        let mut values = Vec::new();
        let wheres = self.conditions_of(terms, by, &mut values);
        let text = format!("SELECT COUNT(*) AS n FROM ticket WHERE {wheres}");
        let row = one(self.readers(), &text, values).await?;
        let count = get_count(&row.ok_or(StoreError::Absent("count"))?, "n")?;
        let mut values = values![by.person.0];
        let wheres = self.conditions_of(terms, by, &mut values);
        Ok((self.lines_where(&wheres, values, stretch).await?, count))
    }

    fn conditions_of(&self, terms: &[Term], by: &Searcher, values: &mut Vec<Value>) -> String {
        let wheres = terms.iter().map(|term| {
            let (text, value) = self.condition(&term.what, by);
            let text = match value {
                Some(value) => {
                    values.push(value);
                    text.replace("{}", &format!("${}", values.len()))
                }
                None => text,
            };
            if term.is_excluded { format!("NOT COALESCE({text}, FALSE)") } else { text }
        });
        wheres.collect::<Vec<_>>().join(" AND ")
    }

    fn condition(&self, what: &What, by: &Searcher) -> (String, Option<Value>) {
        let equal =
            |column: &str, value: &str| (format!("ticket.{column} = {{}}"), Some(value.into()));
        let due_by = |at: Timestamp| {
            let text =
                format!("EXISTS (SELECT 1 FROM clock WHERE {OPEN_CLOCK} AND due_at <= {{}})");
            (text, Some(micros(at).into()))
        };
        match what {
            What::Is(status) => equal("status", status.word()),
            What::Late => due_by(by.now),
            What::Mine => ("ticket.assignee = {}".to_owned(), Some(by.person.0.into())),
            What::Waiting => ("ticket.assignee IS NULL".to_owned(), None),
            What::Queue(id) => equal("queue", id),
            What::Tier(tier) => equal("tier", tier.word()),
            What::Language(code) => equal("language", code),
            What::Category(id) => equal("category", id),
            What::Clock(kind) => (
                format!("EXISTS (SELECT 1 FROM clock WHERE {OPEN_CLOCK} AND clock.kind = {{}})"),
                Some(kind.as_str().into()),
            ),
            What::Due(within) => due_by(by.now.saturating_add(*within).unwrap_or(Timestamp::MAX)),
            What::Before(on) => {
                ("ticket.received_at < {}".to_owned(), Some(begin(*on, &by.zone).into()))
            }
            What::After(on) => {
                ("ticket.received_at >= {}".to_owned(), Some(begin(*on, &by.zone).into()))
            }
            What::Number(number) => equal("number", number.as_str()),
            What::Words(words) => self.of_words(words),
        }
    }

    /// Words that stand one after another in a mail of the ticket.
    fn of_words(&self, words: &str) -> (String, Option<Value>) {
        let (matches, value) = if self.is_postgres() {
            let matches = "to_tsvector('simple', words) @@ phraseto_tsquery('simple', {})";
            (matches, words.to_owned())
        } else {
            ("mail_text MATCH {}", format!("\"{words}\""))
        };
        let text = format!(
            "ticket.id IN (SELECT mail.ticket_id FROM mail_text \
             JOIN mail ON mail.id = mail_text.mail_id WHERE {matches})"
        );
        (text, Some(value.into()))
    }
}

/// When a day begins, in epoch microseconds.
fn begin(on: Date, zone: &TimeZone) -> i64 {
    let at = on.to_zoned(zone.clone()).map(|zoned| zoned.timestamp());
    micros(at.unwrap_or(Timestamp::MAX))
}
