//! The evidence of a scorecard as lines: rule, weight, place, matched words.

use crate::domain::classify::{Evidence, Field, Span};
use crate::domain::fact::Mask;
use crate::domain::mail::InboundMail;

/// Longest quotation, in characters.
const MOST_QUOTED: usize = 60;

/// One line for each place; evidence without a place has one all the same.
pub(super) fn lines(evidence: &[Evidence], mail: &InboundMail) -> Vec<String> {
    let masks = (Mask::of(&mail.subject), Mask::of(&mail.text));
    let mut lines = Vec::new();
    for one in evidence {
        let head = format!("  {:+} {}", one.weight, one.rule);
        if one.spans.is_empty() {
            lines.push(head);
            continue;
        }
        lines.extend(one.spans.iter().map(|span| match words(span, mail, &masks) {
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

/// The words themselves, on one line, secrets hidden; of subject and body only.
fn words(span: &Span, mail: &InboundMail, masks: &(Mask, Mask)) -> Option<String> {
    let (text, mask) = match span.field {
        Field::Subject => (&mail.subject, &masks.0),
        Field::NewText | Field::QuotedText => (&mail.text, &masks.1),
        Field::Attachments | Field::Sender => return None,
    };
    let words = mask.slice(text, span.start as usize, span.end as usize)?;
    let one_line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown: String = one_line.chars().filter(|c| !c.is_control()).take(MOST_QUOTED).collect();
    Some(shown)
}
