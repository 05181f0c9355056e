//! The evidence of a scorecard as lines: rule, weight, place, matched words.

use crate::domain::classify::{Evidence, Field, Span};
use crate::domain::mail::InboundMail;

/// Longest quotation, in characters.
const MOST_QUOTED: usize = 60;

/// One line for each place; evidence without a place has one all the same.
pub(super) fn lines(evidence: &[Evidence], mail: &InboundMail) -> Vec<String> {
    let mut lines = Vec::new();
    for one in evidence {
        let head = format!("  {:+} {}", one.weight, one.rule);
        if one.spans.is_empty() {
            lines.push(head);
            continue;
        }
        lines.extend(one.spans.iter().map(|span| match words(span, mail) {
            Some(words) => format!("{head} {} \"{words}\"", place(span)),
            None => format!("{head} {}", place(span)),
        }));
    }
    lines
}

/// `new_text 12..40`: bytes in the part it names.
pub(in crate::cli) fn place(span: &Span) -> String {
    format!("{} {}..{}", span.field, span.start, span.end)
}

/// The words themselves, on one line; of subject and body only.
fn words(span: &Span, mail: &InboundMail) -> Option<String> {
    let text = match span.field {
        Field::Subject => &mail.subject,
        Field::NewText | Field::QuotedText => &mail.text,
        Field::Attachments | Field::Sender => return None,
    };
    let words = text.get(span.start as usize..span.end as usize)?;
    let one_line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown: String = one_line.chars().filter(|c| !c.is_control()).take(MOST_QUOTED).collect();
    Some(shown)
}
