//! What a bounce says about the letter it returns: did it fail for good, is it
//! only late, did it arrive; and will the address ever work (RFC 3464, RFC 3463).

use crate::domain::fold::fold;
use crate::domain::mail::InboundMail;
use crate::domain::ticket::words;

words! {
    /// What became of the letter.
    BounceOutcome {
        /// Given up by a mail server: the letter did not arrive.
        Failed = "failed",
        /// A mail server still tries.
        Delayed = "delayed",
        /// Delivered, relayed or expanded.
        Arrived = "arrived",
    }
}

/// A bounce, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// What became of the letter.
    pub outcome: BounceOutcome,
    /// The address itself is wrong: no letter to it will ever arrive. A full
    /// mailbox or a refused content is not that.
    pub is_hard: bool,
    /// Enhanced status code (RFC 3463), e.g. `5.1.1`.
    pub status: Option<String>,
}

/// Text that is looked at, bytes.
const REACH: usize = 32 * 1024;

/// Codes that say that address or domain does not exist (RFC 3463 §3.2 and the
/// IANA registry of enhanced status codes).
const HARD_CODES: &[&str] =
    &["5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10", "5.4.4", "5.5.0"];
/// Codes that the words beside them must explain.
const VAGUE_CODES: &[&str] = &["5.0.0", "5.1.0", "5.4.4", "5.5.0"];

/// Wording, folded, by which servers say that address or domain does not exist.
const HARD: &[&str] = &[
    "user unknown",
    "unknown user",
    "unknown recipient",
    "recipient unknown",
    "unknown local-part",
    "unknown local part",
    "unknown or illegal alias",
    "no such user",
    "no such mailbox",
    "no such recipient",
    "no such address",
    "no such person",
    "no such account",
    "no such domain",
    "no such host",
    "no mailbox here by that name",
    "no mailbox by that name",
    "not a known user",
    "not a valid recipient",
    "not a valid mailbox",
    "not listed in",
    "does not exist",
    "doesn't exist",
    "doesn't have a ",
    "does not have a ",
    "not exist",
    "not found",
    "invalid mailbox",
    "invalid recipient",
    "invalid address",
    "invalid user",
    "mailbox unknown",
    "account unknown",
    "address unknown",
    "unknown address",
    "bad destination mailbox",
    "bad address",
    "unrouteable address",
    "unroutable address",
    "undeliverable address",
    "unknown host",
    "host unknown",
    "name or service not known",
    "domain name not found",
    "couldn't find any host",
    "can't find",
    "cannot find your recipient",
    "has moved",
    "no longer on server",
    "no longer available",
    "does not accept mail",
    "nullmx",
    "null mx",
    "user is unknown",
    "recipient is not",
    "this user doesn't",
    "is not a member",
    "no account by that name",
];
/// Wording of refusals that another day or another text may not meet.
const SOFT: &[&str] = &[
    "quota",
    "mailbox full",
    "mailbox is full",
    "mailfolder is full",
    "full mailbox",
    "insufficient disk",
    "spam",
    "blocked",
    "blacklist",
    "block list",
    "denied by",
    "policy",
    "too large",
    "too big",
    "size limit",
    "exceeds",
    "virus",
    "relay",
    "rate limit",
    "too many",
    "dmarc",
    "spf ",
    "dkim",
    "reverse dns",
    "ptr",
    "timed out",
    "timeout",
    "try again",
    "greylist",
    "suspended",
    "disabled",
    "inactive",
    "loop",
    "reputation",
];
/// Wording of servers that still try.
const LATE: &[&str] = &[
    "will keep trying",
    "will continue to",
    "will be retried",
    "will retry",
    "still being retried",
    "still trying",
    "delivery is delayed",
    "has been delayed",
    "delayed mail",
    "not yet been delivered",
    "has not been delivered yet",
    "do not need to resend",
    "no action is required on your part",
    "warning message only",
    "this is a warning",
    "attempts to deliver the message will continue",
];

/// Reads a bounce. Without any sign of another outcome the letter failed: that
/// is what bounces are for, and a clock must rather run too long.
#[must_use]
pub(super) fn read(mail: &InboundMail) -> Bounce {
    let fields = Fields::of(mail);
    let text = fold(mail.text.get(..mail.text.floor_char_boundary(REACH)).unwrap_or_default());
    let subject = fold(&mail.subject);
    let said = format!("{subject}\n{text}\n{}", fields.diagnostics);
    let status =
        fields.status.clone().or_else(|| code_in(&fields.diagnostics)).or_else(|| code_in(&text));
    let outcome = outcome(&fields, &subject, &text, status.as_deref());
    let is_hard = outcome == BounceOutcome::Failed && is_hard(&said, &fields, status.as_deref());
    Bounce { outcome, is_hard, status }
}

fn outcome(fields: &Fields, subject: &str, text: &str, status: Option<&str>) -> BounceOutcome {
    let has = |action: &str| fields.actions.iter().any(|found| found == action);
    if has("failed") {
        return BounceOutcome::Failed;
    }
    if has("delayed") {
        return BounceOutcome::Delayed;
    }
    if has("delivered") || has("relayed") || has("expanded") {
        return BounceOutcome::Arrived;
    }
    if status.is_some_and(|status| status.starts_with('2')) {
        return BounceOutcome::Arrived;
    }
    let is_late = LATE.iter().any(|wording| text.contains(wording) || subject.contains(wording));
    if is_late && !status.is_some_and(|status| status.starts_with('5')) {
        return BounceOutcome::Delayed;
    }
    BounceOutcome::Failed
}

fn is_hard(said: &str, fields: &Fields, status: Option<&str>) -> bool {
    let near =
        if fields.diagnostics.trim().is_empty() { said } else { fields.diagnostics.as_str() };
    let speaks = |words: &[&str]| words.iter().any(|wording| near.contains(wording));
    match status {
        Some(code) if HARD_CODES.contains(&code) && !VAGUE_CODES.contains(&code) => !speaks(SOFT),
        Some(code) if code.starts_with('4') => false,
        _ => speaks(HARD) && !speaks(SOFT),
    }
}

/// What the machine-readable parts say.
#[derive(Default)]
struct Fields {
    actions: Vec<String>,
    /// Of the first recipient that failed, else of the first.
    status: Option<String>,
    /// Folded.
    diagnostics: String,
}

impl Fields {
    fn of(mail: &InboundMail) -> Self {
        let mut fields = Self::default();
        for report in &mail.reports {
            for line in report.lines() {
                fields.take(line);
            }
        }
        fields
    }

    fn take(&mut self, line: &str) {
        let is_folded = line.starts_with([' ', '\t']);
        let Some((name, value)) = line.split_once(':').filter(|_| !is_folded) else {
            // The rest of a long diagnostic; anything else does no harm there.
            if is_folded && !self.diagnostics.is_empty() && self.diagnostics.len() < REACH {
                self.diagnostics.push_str(&fold(line));
            }
            return;
        };
        let value = fold(value.get(..value.floor_char_boundary(1000)).unwrap_or_default());
        match name.trim().to_ascii_lowercase().as_str() {
            "action" if self.actions.len() < 100 => {
                let word = value.split_whitespace().next().unwrap_or_default();
                self.actions.push(word.trim_matches(['(', ')', ';']).to_owned());
            }
            "status" => {
                let found = code_in(&value);
                let is_better = self.status.as_ref().is_none_or(|old| !old.starts_with('5'));
                if found.is_some() && is_better {
                    self.status = found;
                }
            }
            "diagnostic-code" if self.diagnostics.len() < REACH => {
                self.diagnostics.push('\n');
                self.diagnostics.push_str(value.trim());
            }
            _ => {}
        }
    }
}

/// The first enhanced status code in `text`: class 2, 4 or 5, then two numbers
/// of at most three digits, with nothing like a number around it.
fn code_in(text: &str) -> Option<String> {
    let is_code_char = |c: char| c.is_ascii_digit() || c == '.';
    text.split(|c: char| !is_code_char(c)).take(4000).find_map(|run| {
        let run = run.trim_matches('.');
        let parts: Vec<&str> = run.split('.').collect();
        let is_number = |part: &&str| (1..=3).contains(&part.len());
        match parts.as_slice() {
            [class @ ("2" | "4" | "5"), subject, detail]
                if is_number(subject) && is_number(detail) =>
            {
                Some(format!("{class}.{subject}.{detail}"))
            }
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounce(text: &str, report: &str) -> Bounce {
        let reports = if report.is_empty() { Vec::new() } else { vec![report.to_owned()] };
        read(&InboundMail { text: text.into(), reports, ..InboundMail::default() })
    }

    #[test]
    fn a_report_says_what_became_of_the_letter() {
        let unknown = bounce(
            "",
            "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown",
        );
        assert_eq!((unknown.outcome, unknown.is_hard), (BounceOutcome::Failed, true));
        assert_eq!(unknown.status.as_deref(), Some("5.1.1"));
        let full =
            bounce("", "Action: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 mailbox full");
        assert_eq!((full.outcome, full.is_hard), (BounceOutcome::Failed, false));
        let late = bounce("", "Action: delayed\nStatus: 4.4.7");
        assert_eq!((late.outcome, late.is_hard), (BounceOutcome::Delayed, false));
        let there = bounce("", "Action: delivered\nStatus: 2.0.0");
        assert_eq!(there.outcome, BounceOutcome::Arrived);
        let both = bounce("", "Action: delivered\nStatus: 2.0.0\n\nAction: failed\nStatus: 5.1.1");
        assert_eq!((both.outcome, both.is_hard), (BounceOutcome::Failed, true));
    }

    #[test]
    fn a_bounce_without_a_report_is_read_by_its_words_and_counts_as_failed() {
        let unknown = bounce("550 5.1.1 <x@example.com>: no such user here", "");
        assert_eq!((unknown.outcome, unknown.is_hard), (BounceOutcome::Failed, true));
        let late = bounce("Your mail has not been delivered yet. The server will keep trying.", "");
        assert_eq!(late.outcome, BounceOutcome::Delayed);
        assert_eq!(bounce("", "").outcome, BounceOutcome::Failed);
    }

    #[test]
    fn a_code_is_no_part_of_an_address_or_a_version() {
        for (text, wanted) in [
            ("550 5.7.1 refused", Some("5.7.1")),
            ("from 5.1.1.9 and 1.5.1.1", None),
            ("version 5.1.1234", None),
            ("(5.1.1).", Some("5.1.1")),
            ("5..1", None),
            ("", None),
        ] {
            assert_eq!(code_in(text).as_deref(), wanted, "{text}");
        }
    }
}
