//! Cuts HTML into tags and text the way browsers do (WHATWG HTML §13.2.5), as
//! far as reading the text needs it. One pass, no tree.

/// One piece of a page. Names and values are as written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'x> {
    /// Text with its character references; may hold a lone `<`.
    Text(&'x str),
    /// A start tag with its attributes, first of a name counts.
    Open(&'x str, Vec<(&'x str, &'x str)>),
    /// An end tag.
    Close(&'x str),
    /// A tag with more attributes than allowed; nothing after it is read.
    TooManyAttributes,
}

/// The tokens of a page; comments, declarations and the content of elements
/// that show nothing are left out.
pub(super) struct Tokens<'x> {
    rest: &'x str,
    max_attributes: usize,
}

impl<'x> Tokens<'x> {
    pub(super) fn new(page: &'x str, max_attributes: usize) -> Self {
        Self { rest: page, max_attributes }
    }

    fn split(&mut self, at: usize) -> &'x str {
        let (head, tail) = self.rest.split_at(self.rest.floor_char_boundary(at));
        self.rest = tail;
        head
    }

    /// Goes past the next `mark`; a page that ends first is over, as in a
    /// browser.
    fn skip_past(&mut self, from: usize, mark: &str) {
        self.rest = self
            .rest
            .get(from..)
            .and_then(|rest| rest.split_once(mark))
            .map_or("", |(_, after)| after);
    }

    fn open_tag(&mut self) -> Option<Token<'x>> {
        let mut tag = Tag { text: self.rest, at: 1 };
        let name = tag.word(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>'));
        let mut attributes: Vec<(&str, &str)> = Vec::new();
        let mut count = 0;
        while let Some(attribute) = tag.attribute() {
            count += 1;
            if count > self.max_attributes {
                self.rest = "";
                return Some(Token::TooManyAttributes);
            }
            if !attributes.iter().any(|(name, _)| name.eq_ignore_ascii_case(attribute.0)) {
                attributes.push(attribute);
            }
        }
        if tag.peek() != Some(b'>') {
            self.rest = "";
            return None;
        }
        self.rest = self.rest.get(tag.at + 1..).unwrap_or_default();
        if shows_nothing(name) {
            self.skip_raw_text(name);
        }
        Some(Token::Open(name, attributes))
    }

    fn skip_raw_text(&mut self, name: &str) {
        while let Some(at) = self.rest.find("</") {
            let after = self.rest.get(at + 2..).unwrap_or_default();
            if after.get(..name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name)) {
                self.rest = self.rest.get(at..).unwrap_or_default();
                return;
            }
            self.rest = after;
        }
        self.rest = "";
    }
}

impl<'x> Iterator for Tokens<'x> {
    type Item = Token<'x>;

    fn next(&mut self) -> Option<Token<'x>> {
        loop {
            let bytes = self.rest.as_bytes();
            let letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphabetic);
            match bytes {
                [] => return None,
                [b'<', b'!', b'-', b'-', ..] => self.skip_past(2, "-->"),
                [b'<', b'!' | b'?', ..] => self.skip_past(1, ">"),
                [b'<', b'/', ..] if letter(2) => {
                    let end = bytes.iter().position(|b| *b == b'>').unwrap_or(bytes.len());
                    let tag = self.split(end + 1);
                    let name = Tag { text: tag, at: 2 }
                        .word(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>'));
                    return Some(Token::Close(name));
                }
                [b'<', b'/', ..] => self.skip_past(1, ">"),
                [b'<', ..] if letter(1) => return self.open_tag(),
                [first, tail @ ..] => {
                    debug_assert!(*first != b'<' || !letter(1));
                    let end = tail.iter().position(|b| *b == b'<').map_or(bytes.len(), |at| at + 1);
                    return Some(Token::Text(self.split(end)));
                }
            }
        }
    }
}

/// Elements whose content is raw text that a reader of mail never sees.
fn shows_nothing(name: &str) -> bool {
    ["script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"]
        .iter()
        .any(|raw| name.eq_ignore_ascii_case(raw))
}

/// A reader inside one tag. Every stop is at an ASCII byte, so that slices
/// never split a character.
struct Tag<'x> {
    text: &'x str,
    at: usize,
}

impl<'x> Tag<'x> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Everything up to the first byte that `ends`.
    fn word(&mut self, ends: impl Fn(u8) -> bool) -> &'x str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.bytes().position(ends).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn attribute(&mut self) -> Option<(&'x str, &'x str)> {
        self.word(|b| !b.is_ascii_whitespace() && b != b'/');
        if matches!(self.peek(), None | Some(b'>')) {
            return None;
        }
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'='));
        self.word(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>' | b'='));
        let name = self.text.get(start..self.at).unwrap_or_default();
        self.word(|b| !b.is_ascii_whitespace());
        if self.peek() != Some(b'=') {
            return Some((name, ""));
        }
        self.at += 1;
        self.word(|b| !b.is_ascii_whitespace());
        let value = match self.peek() {
            Some(quote @ (b'"' | b'\'')) => {
                self.at += 1;
                let value = self.word(|b| b == quote);
                self.at += 1;
                value
            }
            _ => self.word(|b| b.is_ascii_whitespace() || b == b'>'),
        };
        Some((name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(page: &str) -> Vec<Token<'_>> {
        Tokens::new(page, 4).collect()
    }

    #[test]
    fn tags_text_and_attributes_are_told_apart() {
        assert_eq!(
            tokens("a <B title='x>y' href=\"u\" hidden>é</b > 1 < 2<br/>"),
            [
                Token::Text("a "),
                Token::Open("B", vec![("title", "x>y"), ("href", "u"), ("hidden", "")]),
                Token::Text("é"),
                Token::Close("b"),
                Token::Text(" 1 "),
                Token::Text("< 2"),
                Token::Open("br", vec![]),
            ]
        );
    }

    #[test]
    fn what_shows_nothing_is_left_out() {
        let page = "<!-- <p> --><!doctype html><?x ?></3><style>p<!--{}</p></style><!-->x";
        assert_eq!(
            tokens(page),
            [Token::Open("style", vec![]), Token::Close("style"), Token::Text("x")]
        );
        assert_eq!(tokens("<script>never closed <p>"), [Token::Open("script", vec![])]);
        assert_eq!(tokens("<a href=\"never closed > <p>"), []);
        assert_eq!(tokens("<!-- never closed"), []);
    }

    #[test]
    fn too_many_attributes_end_the_reading() {
        assert_eq!(tokens("x<a 1 2 3 4>y")[0], Token::Text("x"));
        assert_eq!(tokens("<a 1 2 3 4 5>y"), [Token::TooManyAttributes]);
    }
}
