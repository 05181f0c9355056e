//! Chooses and builds the readable text of a mail out of its parts.

use std::collections::BTreeSet;

use super::clean::{clean_text, cut};
use super::part::Part;
use super::{MimeLimits, charset, flowed, transfer};
use crate::domain::mail::{Defect, TextSource};
use crate::mailbox::html;

/// The text, where it came from, and which parts it used up.
#[derive(Default)]
pub(super) struct Readable {
    pub(super) text: String,
    pub(super) source: TextSource,
    /// One flag a part: it is the text, or another form of the same text.
    pub(super) is_used: Vec<bool>,
}

struct Reader<'p, 'x> {
    parts: &'p [Part<'x>],
    children: Vec<Vec<usize>>,
    is_used: Vec<bool>,
    limits: MimeLimits,
    /// Bytes of HTML that may still be read: many small pages cost what one
    /// large page does.
    html_left: usize,
    defects: &'p mut BTreeSet<Defect>,
}

#[derive(Default)]
struct Piece {
    text: String,
    source: TextSource,
}

impl Piece {
    fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// Reads the text: of alternatives the plain one, unless it is empty or only
/// says that there is another; of mixed parts all inline texts in order.
pub(super) fn read(
    parts: &[Part<'_>],
    limits: &MimeLimits,
    defects: &mut BTreeSet<Defect>,
) -> Readable {
    let mut children = vec![Vec::new(); parts.len()];
    for (at, part) in parts.iter().enumerate() {
        if let Some(siblings) = part.parent.and_then(|parent| children.get_mut(parent)) {
            siblings.push(at);
        }
    }
    let is_used = vec![false; parts.len()];
    let html_left = limits.max_html_bytes;
    let mut reader = Reader { parts, children, is_used, limits: *limits, html_left, defects };
    let mut piece = reader.piece(0);
    if piece.is_blank() {
        piece = reader.named_text().unwrap_or(piece);
    }
    if cut(&mut piece.text, limits.max_text_bytes) {
        reader.defects.insert(Defect::TextTooLong);
    }
    let source = if piece.text.is_empty() { TextSource::Absent } else { piece.source };
    Readable { text: piece.text, source, is_used: reader.is_used }
}

impl Reader<'_, '_> {
    /// Text of one part and what it holds. Depth is that of the part tree,
    /// which `max_depth` bounds.
    fn piece(&mut self, at: usize) -> Piece {
        let Some(part) = self.parts.get(at) else { return Piece::default() };
        if !part.entity.is_multipart() || part.is_opaque {
            return if self.is_inline_text(at) { self.leaf(at) } else { Piece::default() };
        }
        let children = self.children[at].clone();
        match part.entity.media() {
            "multipart/alternative" => self.alternative(&children),
            "multipart/related" => self.related(&children),
            _ => self.joined(&children),
        }
    }

    fn alternative(&mut self, children: &[usize]) -> Piece {
        let (plain, rich): (Vec<usize>, Vec<usize>) =
            children.iter().copied().partition(|at| self.begins_plain(*at));
        let mut chosen = self.joined(&plain);
        if chosen.is_blank() || is_placeholder(&chosen.text) {
            for at in rich.iter().rev() {
                let richer = self.piece(*at);
                if !richer.is_blank() {
                    chosen = richer;
                    break;
                }
            }
        }
        if !chosen.is_blank() && !self.defects.contains(&Defect::HtmlTooComplex) {
            for at in children {
                self.use_other_forms(*at);
            }
        }
        chosen
    }

    /// Whether the first text within a part is plain.
    fn begins_plain(&self, at: usize) -> bool {
        let mut at = at;
        while let Some(first) = self.children[at].first() {
            at = *first;
        }
        self.parts[at].entity.media() == "text/plain" && self.is_inline_text(at)
    }

    /// Other forms of a text that was chosen are no attachments.
    fn use_other_forms(&mut self, at: usize) {
        let part = &self.parts[at];
        let media = part.entity.media();
        // an invitation is no form of the text; the other text types are
        let is_text = media.starts_with("text/") && media != "text/calendar" && !part.is_opaque;
        if is_text && !part.entity.is_attachment && part.entity.name.is_none() {
            self.is_used[at] = true;
        }
        let reach = match media {
            "multipart/related" => 1,
            "multipart/alternative" => usize::MAX,
            _ => 0,
        };
        let inner: Vec<usize> = self.children[at].iter().copied().take(reach).collect();
        for child in inner {
            self.use_other_forms(child);
        }
    }

    /// The first part is the root; the others are what it shows (RFC 2387).
    fn related(&mut self, children: &[usize]) -> Piece {
        let Some((first, others)) = children.split_first() else { return Piece::default() };
        let piece = self.piece(*first);
        if piece.is_blank() { self.joined(others) } else { piece }
    }

    fn joined(&mut self, children: &[usize]) -> Piece {
        let mut joined = Piece::default();
        for at in children {
            let piece = self.piece(*at);
            if piece.is_blank() {
                continue;
            }
            if joined.text.len() > self.limits.max_text_bytes {
                self.defects.insert(Defect::TextTooLong);
                break;
            }
            if joined.is_blank() {
                joined = piece;
                continue;
            }
            joined.text.push_str("\n\n");
            joined.text.push_str(&piece.text);
            if piece.source == TextSource::Plain {
                joined.source = TextSource::Plain;
            }
        }
        joined
    }

    /// A text part meant to be read where it stands. A file name makes it an
    /// attachment, except for the whole mail.
    fn is_inline_text(&self, at: usize) -> bool {
        let Some(part) = self.parts.get(at) else { return false };
        let media = part.entity.media();
        let is_text = media == "text/html" || is_readable(media);
        is_text
            && !part.is_opaque
            && (at == 0 || (!part.entity.is_attachment && part.entity.name.is_none()))
    }

    /// When nothing else is there: the first plain part with a name, as some
    /// clients name even the text itself.
    fn named_text(&mut self) -> Option<Piece> {
        let at = self.parts.iter().position(|part| {
            !part.is_opaque && !part.entity.is_attachment && part.entity.media() == "text/plain"
        })?;
        if self.is_used[at] { None } else { Some(self.leaf(at)) }
    }

    fn leaf(&mut self, at: usize) -> Piece {
        let part = &self.parts[at];
        let bytes = transfer::decode(part.body, part.entity.encoding, self.defects);
        if part.entity.media() == "text/html" {
            return self.html_leaf(at, &bytes);
        }
        // up to four bytes make one character, so this cuts no more than the
        // limit on characters does
        let reach = bytes.len().min(self.limits.max_text_bytes.saturating_mul(4));
        if reach < bytes.len() {
            self.defects.insert(Defect::TextTooLong);
        }
        let bytes = bytes.get(..reach).unwrap_or_default();
        let mut text = charset::body(bytes, part.entity.charset.as_deref(), self.defects);
        if part.entity.is_flowed {
            text = flowed::join(&text, part.entity.deletes_space);
        }
        self.is_used[at] = true;
        Piece { text: clean_text(&text), source: TextSource::Plain }
    }

    fn html_leaf(&mut self, at: usize, bytes: &[u8]) -> Piece {
        let text = if bytes.len() > self.html_left {
            None
        } else {
            self.html_left -= bytes.len();
            let named = self.parts[at].entity.charset.clone().or_else(|| charset::of_html(bytes));
            html::to_text(&charset::body(bytes, named.as_deref(), self.defects), &self.limits)
        };
        match text {
            Some(text) => {
                self.is_used[at] = true;
                Piece { text, source: TextSource::Html }
            }
            None => {
                self.defects.insert(Defect::HtmlTooComplex);
                Piece::default()
            }
        }
    }
}

/// Types whose bytes are words for a reader, with little or no markup.
fn is_readable(media: &str) -> bool {
    matches!(
        media,
        "text/plain" | "text/markdown" | "text/x-markdown" | "text/enriched" | "text/richtext"
    )
}

/// A plain part that only says "look at the other part".
fn is_placeholder(text: &str) -> bool {
    if text.len() > 300 {
        return false;
    }
    let lower = text.to_lowercase();
    let names_html = lower.contains("html") || lower.contains("rich text");
    let names_reader = [
        "support", "view", "display", "client", "reader", "format", "version", "enable", "admite",
        "cliente", "formato", "ver ",
    ]
    .iter()
    .any(|word| lower.contains(word));
    let is_mime_note = lower.contains("multi-part message in mime format");
    (names_html && names_reader) || is_mime_note
}

#[cfg(test)]
mod tests {
    use super::is_placeholder;

    #[test]
    fn a_note_about_html_is_no_text_of_its_own() {
        assert!(is_placeholder("Your e-mail client does not support HTML."));
        assert!(is_placeholder("This is a multi-part message in MIME format."));
        assert!(!is_placeholder("I support my claim with the attached letter."));
        assert!(!is_placeholder("My escrow went up and nobody told me."));
    }
}
