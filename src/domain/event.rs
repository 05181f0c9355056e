//! One line of the record. Append-only, hash-chained per stream; holds spans
//! and digests, never a borrower's words.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::digest::Digest;
use super::id::TicketId;

/// Stream of a ticket's events.
#[must_use]
pub fn ticket_stream(id: TicketId) -> String {
    format!("ticket:{id}")
}

/// An event before it has its place in a chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Stream, e.g. `ticket:<uuid>`, `mailbox:support`, `template:ack_general`.
    pub stream: String,
    /// When it happened (not when it was written).
    pub at: Timestamp,
    /// Who did it: `engine`, or `person:<uuid>`.
    pub actor: String,
    /// What happened, e.g. `ticket_opened`, `clock_started`, `clock_breached`.
    pub kind: String,
    /// Particulars: ids, spans, digests, dates. No private words.
    pub particulars: Value,
}

impl Event {
    /// An act of the engine itself.
    #[must_use]
    pub fn by_engine(stream: String, kind: &str, at: Timestamp, particulars: Value) -> Self {
        Self { stream, at, actor: "engine".to_owned(), kind: kind.to_owned(), particulars }
    }

    /// Hash of this event as number `seq` (from 1) of its stream, after the
    /// event whose hash is `previous` (all zeros for the first).
    #[must_use]
    pub fn chained(&self, seq: u64, previous: Digest) -> Digest {
        self.chained_as(seq, previous, &self.particulars_text())
    }

    /// The particulars as they are kept and hashed.
    #[must_use]
    pub fn particulars_text(&self) -> String {
        // serde_json writes object keys in sorted order (no `preserve_order`),
        // which makes this text canonical.
        self.particulars.to_string()
    }

    /// The same hash over particulars that are already text: a stored event is
    /// checked as it stands, because reading a number back may round it.
    #[must_use]
    pub fn chained_as(&self, seq: u64, previous: Digest, particulars: &str) -> Digest {
        Digest::of_fields(&[
            &previous.0,
            &seq.to_be_bytes(),
            self.stream.as_bytes(),
            &self.at.as_microsecond().to_be_bytes(),
            self.actor.as_bytes(),
            self.kind.as_bytes(),
            particulars.as_bytes(),
        ])
    }
}
