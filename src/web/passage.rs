//! The words of one mail as a page shows them: what is new apart from what is
//! quoted, what the rules matched marked, what should never have been sent
//! hidden.

use serde::Serialize;

/// Most places that are marked or hidden in one mail.
const MOST_PLACES: usize = 1_000;
/// What stands for a secret.
const HIDDEN: &str = "••••";

/// A byte range of a text.
pub(crate) type Range = (u32, u32);

/// A run of new or of quoted text.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Passage {
    is_quoted: bool,
    parts: Vec<Part>,
}

/// A run of letters that are shown alike.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Part {
    text: String,
    is_mark: bool,
    is_secret: bool,
}

/// Cuts `text` where one of the ranges begins or ends. Ranges may overlap,
/// touch, or lie beside the text: what is hidden stays hidden.
pub(crate) fn passages(
    text: &str,
    new: &[Range],
    marks: &[Range],
    secrets: &[Range],
) -> Vec<Passage> {
    let mut cuts: Vec<usize> = [new, marks, secrets]
        .into_iter()
        .flat_map(|ranges| ranges.iter().take(MOST_PLACES))
        .flat_map(|&(start, end)| [start as usize, end as usize])
        .map(|at| text.floor_char_boundary(at))
        .chain([0, text.len()])
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut passages: Vec<Passage> = Vec::new();
    for pair in cuts.windows(2) {
        let &[start, end] = pair else { continue };
        let Some(run) = text.get(start..end) else { continue };
        let within = |ranges: &[Range]| {
            ranges.iter().any(|&(from, to)| (from as usize) < end && (to as usize) > start)
        };
        let is_quoted = !within(new);
        let is_secret = within(secrets);
        let part = Part {
            text: if is_secret { HIDDEN.to_owned() } else { run.to_owned() },
            is_mark: within(marks) && !is_secret,
            is_secret,
        };
        match passages.last_mut() {
            Some(passage) if passage.is_quoted == is_quoted => passage.parts.push(part),
            _ => passages.push(Passage { is_quoted, parts: vec![part] }),
        }
    }
    passages.retain(|passage| passage.parts.iter().any(|part| !part.text.trim().is_empty()));
    passages
}

/// A line of text with its secrets hidden.
pub(crate) fn hidden(text: &str, secrets: &[Range]) -> String {
    let whole = [(0, u32::try_from(text.len()).unwrap_or(u32::MAX))];
    let parts = passages(text, &whole, &[], secrets).into_iter().flat_map(|one| one.parts);
    parts.map(|part| part.text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(passages: &[Passage]) -> String {
        passages
            .iter()
            .map(|passage| {
                let parts = passage.parts.iter().map(|part| match (part.is_mark, part.is_secret) {
                    (_, true) => format!("<{}>", part.text),
                    (true, _) => format!("[{}]", part.text),
                    _ => part.text.clone(),
                });
                let text: String = parts.collect();
                if passage.is_quoted { format!("> {text}") } else { text }
            })
            .collect::<Vec<_>>()
            .join("|")
    }

    #[test]
    fn new_words_quoted_words_matches_and_secrets_are_told_apart() {
        let text = "My SSN is 000-12-3456 and escrow rose\n> Dear Rosa";
        let passages = passages(text, &[(0, 38)], &[(26, 32)], &[(10, 21)]);
        assert_eq!(written(&passages), "My SSN is <••••> and [escrow] rose\n|> > Dear Rosa");
    }

    #[test]
    fn a_secret_within_a_match_stays_hidden() {
        let passages = passages("card 4111111111111111 ok", &[(0, 24)], &[(0, 24)], &[(5, 21)]);
        assert_eq!(written(&passages), "[card ]<••••>[ ok]");
    }

    #[test]
    fn ranges_that_cut_letters_or_lie_outside_harm_nothing() {
        let passages = passages("ñandú", &[(0, 99)], &[(1, 1), (6, 3)], &[(1, 4)]);
        let text = written(&passages);
        assert!(!text.contains('ñ') || !text.contains("an"), "{text}");
        assert_eq!(written(&super::passages("", &[(0, 5)], &[], &[])), "");
    }

    #[test]
    fn a_mail_without_ranges_is_all_quoted_and_still_shown() {
        assert_eq!(written(&passages("only words", &[], &[], &[])), "> only words");
    }
}
