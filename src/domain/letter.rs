//! Which letter goes to whom, with which context. The bytes are made by
//! `postage/render`; nothing the sender wrote is ever part of a context.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::id::{LetterId, TicketId};
use super::ticket::words;

words! {
    /// Where an outbox row stands.
    LetterState {
        /// May be sent.
        Available = "available",
        /// A sender has it under lease.
        Sending = "sending",
        /// The server said 250 after the final dot.
        HandedOver = "handed_over",
        /// Refused for now; tried again at `not_before_at`.
        Retryable = "retryable",
        /// The connection died from the payload on: nobody can know.
        Uncertain = "uncertain",
        /// Stopped for a named reason: no approved template, a limit, a flag.
        Held = "held",
        /// Given up with a reason; a person must look.
        Discarded = "discarded",
    }
}

impl LetterState {
    /// Whether a person may send it once more. What waited for a second person or
    /// for its wording when it was given up, or was taken back, is written anew:
    /// sending it again would pass by what it waited for.
    #[must_use]
    pub fn goes_again(self, reason: Option<&str>) -> bool {
        let reason = reason.unwrap_or_default();
        let is_let_go = ["expired", "by_a_person", "did_not_arrive", "bounced"].contains(&reason)
            || reason.starts_with("refused_at_");
        match self {
            Self::Retryable => true,
            Self::Discarded => is_let_go,
            _ => false,
        }
    }
}

/// Typed context of an acknowledgment: all a template can mention.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcknowledgmentContext {
    /// `TL-4821-0973-5522`.
    pub ticket_number: String,
    /// Local date of receipt in the servicer's zone, in words of the locale.
    pub received_on: String,
    /// Latest date for an answer, in words of the locale.
    pub answer_by: String,
    /// Servicer's public name.
    pub servicer_name: String,
    /// Servicer's telephone number.
    pub servicer_phone: String,
    /// Opening hours in words of the locale.
    pub servicer_hours: String,
    /// Servicer's web address.
    pub servicer_url: String,
    /// Postal address for notices of error and requests for information.
    pub servicer_address: String,
    /// Whether the loan is covered by the FDCPA: mini-Miranda and opt-out line.
    pub is_fdcpa_covered: bool,
    /// What a person filled in, by the names that the template gives its fields.
    #[serde(flatten)]
    pub fields: BTreeMap<String, String>,
}

/// A file that goes with a letter: what it is by its bytes, not by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachedFile {
    /// Name shown to whoever gets it.
    pub name: String,
    /// Media type of the bytes.
    pub media_type: String,
    /// The bytes.
    pub content: Vec<u8>,
}

/// A letter the core wants sent. Rendered between decide and apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LetterIntent {
    /// Its id.
    pub id: LetterId,
    /// The ticket it belongs to.
    pub ticket_id: TicketId,
    /// Template name, e.g. `ack_notice_of_error`.
    pub template: String,
    /// `en` or `es`.
    pub locale: String,
    /// The one recipient.
    pub recipient: String,
    /// At most one row per key ever: `ack:<canonical sha>`.
    pub dedupe_key: String,
    /// Message-ID without brackets; deterministic, carries the reply token.
    pub message_id: String,
    /// Reply address with the same token.
    pub reply_to: String,
    /// Envelope sender (VERP) that accepts bounces only.
    pub envelope_from: String,
    /// Message-ID of the mail answered.
    pub in_reply_to: Option<String>,
    /// References of the letter, oldest first.
    pub references: Vec<String>,
    /// What the template may mention.
    pub context: AcknowledgmentContext,
    /// Date header, fixed now.
    pub written_at: Timestamp,
    /// After this instant it is discarded and a person is told.
    pub expires_at: Timestamp,
    /// Clock kinds it meets when handed over, e.g. `INT_ACK`; empty for a courtesy.
    pub meets: Vec<String>,
    /// Reason to hold it at once, if any.
    pub hold: Option<String>,
}

words! {
    /// Which letters leave first when many wait.
    Lane {
        /// Codes and warnings that are worthless in an hour.
        Security = "security",
        /// Letters that a clock of the law waits for.
        Legal = "legal",
        /// Receipts that we promised, and answers by a person.
        Acknowledgment = "acknowledgment",
        /// All the rest.
        Digest = "digest",
    }
}

impl Lane {
    /// Its place in the order, from 0.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Security => 0,
            Self::Legal => 1,
            Self::Acknowledgment => 2,
            Self::Digest => 3,
        }
    }
}

impl LetterIntent {
    /// The lane it leaves by: what it meets says how much hangs on it.
    #[must_use]
    pub fn lane(&self) -> Lane {
        let is_legal = self.meets.iter().any(|clock| clock != "INT_ACK");
        match () {
            () if self.dedupe_key.starts_with("code:") => Lane::Security,
            () if is_legal => Lane::Legal,
            () if ["ack:", "reply:"].iter().any(|kind| self.dedupe_key.starts_with(kind)) => {
                Lane::Acknowledgment
            }
            () => Lane::Digest,
        }
    }
}

/// A letter with its bytes fixed: what an outbox row holds.
#[derive(Clone, Debug, PartialEq)]
pub struct FrozenLetter {
    /// What was wanted.
    pub intent: LetterIntent,
    /// Content hash of the template version used.
    pub template_version: Digest,
    /// Exact bytes, CRLF line ends; empty while held without approval.
    pub bytes: Vec<u8>,
    /// `Available` or `Held`.
    pub state: LetterState,
    /// Why it is held.
    pub held_reason: Option<String>,
}

/// Something a person must do by a date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its id.
    pub id: super::id::TaskId,
    /// The ticket it belongs to.
    pub ticket_id: TicketId,
    /// What to do: `send_written_acknowledgment`, `confirm_statutory_kind` …
    pub kind: String,
    /// Legal or internal date.
    pub due_on: Date,
    /// Clock kind it would meet, if any.
    pub clock_kind: Option<String>,
}

/// `date` in words of `locale`, as a letter writes it: `November 25, 2026`,
/// `25 de noviembre de 2026`. Any other locale is written like `en`.
#[must_use]
pub fn date_in_words(date: Date, locale: &str) -> String {
    const ENGLISH: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const SPANISH: [&str; 12] = [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ];
    let (day, year) = (date.day(), date.year());
    let month = usize::from(date.month().unsigned_abs()).saturating_sub(1).min(11);
    match locale {
        "es" => format!("{day} de {} de {year}", SPANISH[month]),
        _ => format!("{} {day}, {year}", ENGLISH[month]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_as_a_borrower_reads_it() {
        let date = jiff::civil::date(2026, 11, 5);
        assert_eq!(date_in_words(date, "en"), "November 5, 2026");
        assert_eq!(date_in_words(date, "es"), "5 de noviembre de 2026");
        assert_eq!(date_in_words(jiff::civil::date(2027, 1, 31), "es"), "31 de enero de 2027");
        assert_eq!(date_in_words(jiff::civil::date(2027, 12, 1), "vi"), "December 1, 2027");
    }
}
