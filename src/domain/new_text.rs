//! Which part of a mail's text is new: not quoted, not forwarded, not a
//! signature, disclaimer or footer. When in doubt, text is kept: nothing may
//! hide a borrower's only words.

mod line;

use line::{Kind, Line};

/// A signature is short; what is longer after `-- ` was written to be read.
const LONGEST_SIGNATURE: usize = 900;
/// Lines that are looked at; the rest of a longer text is kept as it is.
const MOST_LINES: usize = 20_000;

/// Byte ranges of `text` that are new, in order, not touching.
///
/// If nothing would be left, the whole text is new, unless it holds nothing but
/// `On … wrote:` lines that quote each other.
#[must_use]
pub fn visible(text: &str) -> Vec<(u32, u32)> {
    let mut lines = line::split(text, MOST_LINES);
    line::mark(text, &mut lines);
    cut_quotes(text, &mut lines);
    cut_signature(text, &mut lines);
    cut_paragraphs(text, &mut lines);
    trim_edges(&mut lines);
    let ranges = ranges(text, &lines);
    if !ranges.is_empty() {
        ranges
    } else if line::is_only_attributions(text, MOST_LINES) {
        Vec::new()
    } else {
        whole(text)
    }
}

/// What `visible` left out, in order: the quoted text.
#[must_use]
pub fn quoted(text: &str, visible: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let mut gaps = Vec::new();
    let mut at = 0;
    for &(start, end) in visible {
        if start > at {
            gaps.push((at, start));
        }
        at = end;
    }
    let length = offset(text.len());
    if length > at {
        gaps.push((at, length));
    }
    gaps
}

fn whole(text: &str) -> Vec<(u32, u32)> {
    if text.trim().is_empty() { Vec::new() } else { vec![(0, offset(text.len()))] }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Quoted lines go; from an unquoted copy of an older mail on everything goes,
/// unless nothing was written above it (a forward, an answer below).
fn cut_quotes(text: &str, lines: &mut [Line]) {
    let mut has_words_above = false;
    let mut at = 0;
    while let Some(kind) = lines.get(at).map(|line| line.kind) {
        match kind {
            Kind::Quoted | Kind::HeaderField => drop_line(lines, at),
            Kind::Attribution if !has_words_above || is_followed_by_quote(lines, at) => {
                drop_line(lines, at);
            }
            Kind::Separator if !has_words_above => drop_line(lines, at),
            Kind::Attribution | Kind::Separator => {
                for line in lines.iter_mut().skip(at) {
                    line.is_new = false;
                }
                return;
            }
            Kind::HeaderBlock if has_words_above => {
                let first = line_above_rule(lines, at);
                for line in lines.iter_mut().skip(first) {
                    line.is_new = false;
                }
                return;
            }
            Kind::HeaderBlock => drop_line(lines, at),
            Kind::Plain | Kind::Dashes | Kind::Rule | Kind::Footer | Kind::Disclaimer => {
                has_words_above |=
                    kind == Kind::Plain && lines.get(at).is_some_and(|line| line.has_words(text));
            }
        }
        at += 1;
    }
}

fn drop_line(lines: &mut [Line], at: usize) {
    if let Some(line) = lines.get_mut(at) {
        line.is_new = false;
    }
}

/// A quote follows the attribution, or lies below what continues it.
fn is_followed_by_quote(lines: &[Line], at: usize) -> bool {
    lines
        .iter()
        .skip(at + 1)
        .find(|line| !line.is_blank && line.kind != Kind::Attribution)
        .is_some_and(|line| line.kind == Kind::Quoted)
}

/// The rule that mail programs draw above a copied header belongs to it.
fn line_above_rule(lines: &[Line], at: usize) -> usize {
    let above = lines.iter().take(at).rposition(|line| !line.is_blank);
    above
        .filter(|&above| lines.get(above).is_some_and(|line| line.kind == Kind::Rule))
        .unwrap_or(at)
}

/// From `-- ` or an underscore rule on, when what follows is short and
/// something was written above.
fn cut_signature(text: &str, lines: &mut [Line]) {
    let dashes = lines.iter().position(|line| {
        line.is_new && (line.kind == Kind::Dashes || line.kind == Kind::Rule && line.is_underscores)
    });
    let Some(dashes) = dashes else { return };
    let has_words = |lines: &[Line]| lines.iter().any(|line| line.is_new && line.has_words(text));
    let (above, below) = lines.split_at(dashes);
    let length: usize = below.iter().filter(|line| line.is_new).map(Line::length).sum();
    if has_words(above) && length <= LONGEST_SIGNATURE {
        for line in lines.iter_mut().skip(dashes) {
            line.is_new = false;
        }
    }
}

/// Footers of phones go as lines, disclaimers as paragraphs.
fn cut_paragraphs(text: &str, lines: &mut [Line]) {
    let mut is_in_disclaimer = false;
    let mut has_words_above = false;
    for line in lines.iter_mut().filter(|line| line.is_new) {
        if line.is_blank {
            is_in_disclaimer = false;
        }
        is_in_disclaimer |= line.kind == Kind::Disclaimer && has_words_above;
        if line.kind == Kind::Footer || is_in_disclaimer {
            line.is_new = false;
        } else {
            has_words_above |= line.has_words(text);
        }
    }
}

/// Blank lines and rules at both ends say nothing.
fn trim_edges(lines: &mut [Line]) {
    let is_noise = |line: &Line| line.is_blank || matches!(line.kind, Kind::Rule | Kind::Dashes);
    let first = lines.iter().position(|line| line.is_new && !is_noise(line));
    let last = lines.iter().rposition(|line| line.is_new && !is_noise(line));
    let (Some(first), Some(last)) = (first, last) else {
        lines.iter_mut().for_each(|line| line.is_new = false);
        return;
    };
    for (at, line) in lines.iter_mut().enumerate() {
        line.is_new &= (first..=last).contains(&at);
    }
}

fn ranges(text: &str, lines: &[Line]) -> Vec<(u32, u32)> {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for line in lines.iter().filter(|line| line.is_new) {
        match ranges.last_mut() {
            Some(last) if last.1 == line.start => last.1 = line.end,
            _ => ranges.push((line.start, line.end)),
        }
    }
    ranges
        .into_iter()
        .filter_map(|(start, end)| {
            let part = text.get(start..end)?;
            let first = end - part.trim_start().len();
            let last = start + part.trim_end().len();
            (first < last).then(|| (offset(first), offset(last)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let ranges = visible(text);
        ranges.iter().map(|&(s, e)| &text[s as usize..e as usize]).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn a_reply_above_a_quote_is_all_that_is_new() {
        let text = "Yes, please do.\n\nOn Mon, Nov 2, 2026 at 9:00 AM Help\n<help@example.com> wrote:\n\n> Shall we?\n> Regards";
        assert_eq!(shown(text), "Yes, please do.");
        let text = "Sí, por favor.\n\nEl lun, 2 nov 2026 a las 9:00, Ayuda (<help@example.com>) escribió:\n> ¿Lo hacemos?";
        assert_eq!(shown(text), "Sí, por favor.");
    }

    #[test]
    fn inline_answers_are_kept() {
        let text = "On 2 Nov 2026, Help wrote:\n> Your name?\nRosa\n> Your loan?\nI do not know";
        assert_eq!(shown(text), "Rosa|I do not know");
    }

    #[test]
    fn a_copied_header_in_either_language_ends_the_new_text() {
        let text = "See below.\n\n________________________________\nFrom: Help <help@example.com>\nSent: Monday\nTo: Rosa\nSubject: Escrow\n\nOld words";
        assert_eq!(shown(text), "See below.");
        let text = "Vea abajo.\n\nDe: Ayuda <help@example.com>\nEnviado: lunes\nPara: Rosa\nAsunto: Escrow\n\nPalabras viejas";
        assert_eq!(shown(text), "Vea abajo.");
    }

    #[test]
    fn a_forward_without_a_word_keeps_what_was_forwarded() {
        let text = "---------- Forwarded message ---------\nFrom: Rosa <rosa@example.com>\nDate: Mon\nSubject: Escrow\nTo: help\n\nMy escrow is wrong.";
        assert_eq!(shown(text), "My escrow is wrong.");
    }

    #[test]
    fn signatures_footers_and_disclaimers_go_but_never_the_only_words() {
        assert_eq!(shown("Thanks\n-- \nRosa Example\n555-0100"), "Thanks");
        assert_eq!(shown("Where is it?\n\nSent from my iPhone"), "Where is it?");
        assert_eq!(shown("¿Dónde está?\n\nEnviado desde mi iPhone"), "¿Dónde está?");
        let text = "Call me.\n\nCONFIDENTIALITY NOTICE: this mail is private.\nDelete it.\n\nRosa";
        assert_eq!(shown(text), "Call me.|Rosa");
        assert_eq!(shown("> only a quote"), "> only a quote");
        assert_eq!(shown("-- \nRosa"), "-- \nRosa".replace("-- \n", ""));
        let story = "words ".repeat(300);
        assert!(shown(&format!("Hi\n--\n{story}")).contains("words"));
    }

    #[test]
    fn what_is_new_and_what_is_quoted_cover_the_text() {
        let text = "New\n> old\nmore\n> older";
        let new = visible(text);
        let total: u32 = new.iter().chain(&quoted(text, &new)).map(|(s, e)| e - s).sum();
        assert_eq!(total as usize, text.len());
    }

    #[test]
    fn any_text_is_cut_at_character_boundaries() {
        for text in [
            "",
            "\n\n",
            ">é",
            "On é wrote:",
            "Отправлено: ñ\r\n> x\r\né",
            "--",
            "\u{1f600}\n-- \n\u{1f600}",
        ] {
            for (start, end) in visible(text) {
                assert!(text.get(start as usize..end as usize).is_some(), "{text:?}");
            }
        }
    }
}
