//! Typed ids and the ticket number, made from entropy that the caller brings.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::digest::Digest;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

id! {
    /// One inbound mail as the ledger knows it.
    MailId,
    /// One ticket.
    TicketId,
    /// One thing a mail is about.
    MatterId,
    /// One running promise.
    ClockId,
    /// One outbox row.
    LetterId,
    /// One task for a person.
    TaskId,
    /// One loan of the loan book.
    LoanId,
    /// One person with a role and a secret.
    PersonId,
    /// Words of a person about a ticket.
    NoteId,
    /// Rows that went from one ticket to another.
    MoveId,
    /// One ladder on one ticket for one cause.
    EscalationId,
    /// One telling of one person or endpoint.
    NoticeId,
    /// One record that a requester has shown who they are.
    ProofId,
    /// One browser in which a person signed in.
    SessionId,
    /// One list that a person keeps.
    ViewId,
    /// One search with words of mails in it.
    SearchId,
}

/// Ids for one decision, all derived from `now` and 32 random bytes, so that
/// the same inputs give the same decision (UUID version 7, RFC 9562 §5.7).
#[derive(Clone, Debug)]
pub struct FreshIds {
    millis: u64,
    entropy: [u8; 32],
    taken: u64,
}

impl FreshIds {
    /// Ids stamped with `now`; `entropy` must come from the operating system
    /// outside tests.
    #[must_use]
    pub fn new(now: Timestamp, entropy: [u8; 32]) -> Self {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Self { millis, entropy, taken: 0 }
    }

    /// The next id.
    pub fn uuid(&mut self) -> Uuid {
        let random = Digest::of_fields(&[&self.entropy, &self.taken.to_be_bytes()]);
        self.taken += 1;
        let mut tail = [0u8; 10];
        tail.copy_from_slice(&random.0[..10]);
        uuid::Builder::from_unix_timestamp_millis(self.millis, &tail).into_uuid()
    }

    /// The next ticket number: eleven random digits and a check digit.
    pub fn ticket_number(&mut self) -> TicketNumber {
        let random = Digest::of_fields(&[b"number", &self.entropy, &self.taken.to_be_bytes()]);
        self.taken += 1;
        let mut head = [0u8; 8];
        head.copy_from_slice(&random.0[..8]);
        TicketNumber::from_serial(u64::from_be_bytes(head) % 100_000_000_000)
    }
}

/// What a person reads out on the telephone: `TL-4821-0973-5522`, the last
/// digit checks the others (Luhn, ISO/IEC 7812-1 annex B). It opens nothing:
/// a number in a subject line is only a hint.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TicketNumber(String);

impl TicketNumber {
    /// The number of `serial` (taken modulo 10¹¹).
    #[must_use]
    pub fn from_serial(serial: u64) -> Self {
        let digits = format!("{:011}", serial % 100_000_000_000);
        let all = format!("{digits}{}", luhn_digit(&digits));
        Self(format!("TL-{}-{}-{}", &all[..4], &all[4..8], &all[8..]))
    }

    /// Reads a number with or without its dashes and prefix; `None` when the
    /// check digit is wrong.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if digits.len() != 12 {
            return None;
        }
        let number = Self::from_serial(digits[..11].parse().ok()?);
        number.0.ends_with(&digits[11..]).then_some(number)
    }

    /// As printed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TicketNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn luhn_digit(digits: &str) -> u32 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            match (place % 2, digit * 2) {
                (0, doubled) if doubled > 9 => doubled - 9,
                (0, doubled) => doubled,
                _ => digit,
            }
        })
        .sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_digit_or_a_swap_is_not_a_ticket_number() {
        let number = TicketNumber::from_serial(48_210_973_552);
        assert_eq!(TicketNumber::parse(number.as_str()).as_ref(), Some(&number));
        let digits: Vec<char> = number.as_str().chars().collect();
        for at in [3, 5, 9, 13] {
            let mut wrong = digits.clone();
            wrong[at] = if wrong[at] == '9' { '0' } else { '9' };
            let wrong: String = wrong.into_iter().collect();
            assert_eq!(TicketNumber::parse(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_same_entropy_gives_the_same_ids() {
        let make = || {
            let mut ids = FreshIds::new(Timestamp::UNIX_EPOCH, [7; 32]);
            (ids.uuid(), ids.uuid(), ids.ticket_number())
        };
        assert_eq!(make(), make());
        assert_ne!(make().0, make().1);
    }
}
