//! A letter that somebody is writing: one a person and ticket, saved again and
//! again, and what a second person released of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::id::{PersonId, TicketId};

/// The words of a draft, as typed. Private: kept sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftWords {
    /// What the letter is: an id of `rules/replies.toml`.
    pub kind: String,
    /// The approved wording it is written from; free words without one.
    pub template: Option<String>,
    /// Subject; the neutral one without it.
    pub subject: Option<String>,
    /// Free words.
    pub text: String,
    /// What was typed into the fields of the wording.
    pub fields: BTreeMap<String, String>,
}

impl DraftWords {
    /// Names exactly these words: a release is of them and no others.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut parts: Vec<&[u8]> = vec![self.kind.as_bytes(), self.text.as_bytes()];
        parts.push(self.template.as_deref().unwrap_or("\0").as_bytes());
        parts.push(self.subject.as_deref().unwrap_or("\0").as_bytes());
        for (name, value) in &self.fields {
            parts.extend([name.as_bytes(), value.as_bytes()]);
        }
        Digest::of_fields(&parts)
    }
}

/// A draft as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Who writes it.
    pub person: PersonId,
    /// Counts how often it was saved, from 1.
    pub version: u64,
    /// Version of the ticket that its writer saw.
    pub seen_version: u64,
    /// The words.
    pub words: DraftWords,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// When it was last saved.
    pub saved_at: Timestamp,
    /// When its writer asked for a release.
    pub asked_at: Option<Timestamp>,
    /// What a second person released of exactly these words.
    pub release: Option<DraftRelease>,
}

/// A second person let blocked words go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftRelease {
    /// Who. Never whoever writes.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// Rules of the send guard whose findings were let go.
    pub rules: Vec<String>,
    /// Version of the approved wording that they read; free words have none.
    pub wording: Option<Digest>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_change_of_the_words_is_another_digest() {
        let words = DraftWords {
            kind: "answer".into(),
            template: None,
            subject: None,
            text: "ab".into(),
            fields: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
        };
        let others = [
            DraftWords { kind: "answera".into(), text: "b".into(), ..words.clone() },
            DraftWords { template: Some(String::new()), ..words.clone() },
            DraftWords { subject: Some(String::new()), ..words.clone() },
            DraftWords { fields: BTreeMap::from([("ab".into(), String::new())]), ..words.clone() },
            DraftWords { fields: BTreeMap::new(), ..words.clone() },
        ];
        assert_eq!(words.digest(), words.clone().digest());
        for other in others {
            assert_ne!(words.digest(), other.digest(), "{other:?}");
        }
    }
}
