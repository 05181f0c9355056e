//! Splits a header block into fields (RFC 5322 §2.2) without copying, and says
//! where the body begins.

/// Longest field name that counts as one.
const MAX_NAME: usize = 100;

/// One header field as it stands in the mail.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'x> {
    /// Name as written, visible ASCII without the colon.
    pub(super) name: &'x str,
    /// Everything after the colon, folds included, without the final line end.
    pub(super) value: &'x [u8],
}

impl Field<'_> {
    /// Whether this is the field `name`, in any letter case.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// Walks the fields of a header block. When it is exhausted, `body` is known.
///
/// Leniency, each for mail that really occurs: a blank before the colon or the
/// first name; a folded name; an mbox `From ` line on top; a line that is no
/// field but is followed by one is skipped, any other such line begins the body.
pub(super) struct Fields<'x> {
    raw: &'x [u8],
    at: usize,
    is_done: bool,
}

impl<'x> Fields<'x> {
    pub(super) fn new(raw: &'x [u8]) -> Self {
        Self { raw, at: 0, is_done: false }
    }

    /// Everything after the blank line; call it when the walk is over.
    pub(super) fn body(&self) -> &'x [u8] {
        self.raw.get(self.at..).unwrap_or_default()
    }

    fn end_at(&mut self, at: usize) -> Option<Field<'x>> {
        self.at = at;
        self.is_done = true;
        None
    }
}

impl<'x> Iterator for Fields<'x> {
    type Item = Field<'x>;

    fn next(&mut self) -> Option<Field<'x>> {
        while !self.is_done {
            let start = self.at;
            if start >= self.raw.len() {
                return self.end_at(start);
            }
            let mut next = next_line(self.raw, start);
            if is_blank_line(&self.raw[start..next]) {
                return self.end_at(next);
            }
            while matches!(self.raw.get(next), Some(b' ' | b'\t')) {
                next = next_line(self.raw, next);
            }
            let line = &self.raw[start..next];
            if let Some(field) = read_field(line) {
                self.at = next;
                return Some(field);
            }
            let is_envelope =
                start == 0 && (line.starts_with(b"From ") || line.starts_with(b">From "));
            if !is_envelope && !looks_like_field(&self.raw[next..]) {
                return self.end_at(start);
            }
            self.at = next;
        }
        None
    }
}

/// Offset of the line after the one that `from` is in.
pub(super) fn next_line(raw: &[u8], from: usize) -> usize {
    let rest = raw.get(from..).unwrap_or_default();
    rest.iter().position(|b| *b == b'\n').map_or(raw.len(), |at| from + at + 1)
}

/// Whether a line holds nothing but its line end.
pub(super) fn is_blank_line(line: &[u8]) -> bool {
    matches!(line, b"\n" | b"\r\n" | b"\r" | b"")
}

/// Whether the first line of `raw` begins a field.
pub(super) fn looks_like_field(raw: &[u8]) -> bool {
    let head = raw.get(..raw.len().min(MAX_NAME + 3)).unwrap_or_default();
    let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
    read_field(line).is_some()
}

fn read_field(line: &[u8]) -> Option<Field<'_>> {
    let reach = line.len().min(MAX_NAME + 3);
    let colon = line.get(..reach)?.iter().position(|b| *b == b':')?;
    let name = line.get(..colon)?.trim_ascii();
    if name.is_empty() || name.len() > MAX_NAME || !name.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    Some(Field {
        name: std::str::from_utf8(name).ok()?,
        value: line.get(colon + 1..)?.trim_ascii_end(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> (Vec<(String, String)>, String) {
        let mut fields = Fields::new(raw.as_bytes());
        let read = fields
            .by_ref()
            .map(|f| (f.name.to_owned(), String::from_utf8_lossy(f.value).trim().to_owned()))
            .collect();
        (read, String::from_utf8_lossy(fields.body()).into_owned())
    }

    #[test]
    fn a_blank_before_the_name_or_colon_and_a_folded_name_hide_no_field() {
        let (fields, body) = read(" From: a\r\nFrom : b\r\nFrom\r\n : c\r\n\r\nhi");
        let names: Vec<_> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(names, [("From", "a"), ("From", "b"), ("From", "c")]);
        assert_eq!(body, "hi");
    }

    #[test]
    fn text_without_a_header_is_all_body() {
        let text = "just text, no header\r\n\r\nmore";
        assert_eq!(read(text), (vec![], text.to_owned()));
        assert_eq!(read(""), (vec![], String::new()));
        assert_eq!(read("\r\n"), (vec![], String::new()));
    }

    #[test]
    fn a_stray_line_between_fields_is_skipped_and_one_before_text_begins_the_body() {
        let (fields, body) = read("From a@b Mon\nA: 1\nstray\nB: 2\nHello there\n\nrest");
        assert_eq!(fields.len(), 2);
        assert_eq!(body, "Hello there\n\nrest");
    }
}
