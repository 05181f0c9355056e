//! Decides, byte by byte, whether what an IMAP server sends may reach the
//! parser. It holds a few counters and never a byte of mail.
//!
//! The parser behind it recurses on nested parentheses, reserves memory for
//! whatever size a literal announces, and reads a long line again with every
//! packet. It also skips attributes it does not know without regard to quotes
//! and literals, so counting alone could be led astray. Tierline never asks
//! for a nested structure; so the guard admits in a `FETCH` reply only what a
//! reply to our own commands contains, and there it and the parser agree on
//! where each string starts and ends.

mod rule;

pub use rule::Rule;

/// What a server may send.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Largest literal in bytes.
    pub(super) literal: u64,
    /// Most bytes of one response outside its literals.
    pub(super) line: u32,
    /// Most opening parentheses in one response, nested or not.
    pub(super) parens: u32,
    /// Most literals in one response.
    pub(super) literals: u32,
}

impl Limits {
    /// The limits with the given literal size.
    pub(super) fn with_literal(literal: u64) -> Self {
        Self { literal, line: 64 * 1024, parens: 32, literals: 4 }
    }
}

/// What kind of response the line is, as far as its first bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// `* 12 FETCH (…)`, `* 3 EXISTS`: strict.
    Numbered,
    /// `* LIST …`, `* SEARCH …`: no literals.
    Named,
    /// `* OK …`, `A1 NO …`, `+ …`: free text, nothing in it nests.
    Text,
}

/// An announcement `{123}` being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Marker {
    None,
    Digits { length: u64, any: bool, in_place: bool },
    Closed { length: u64, in_place: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quote {
    Outside,
    Inside,
    Escaped,
}

const HEAD: usize = 10;
const TAIL: usize = 8;

/// The state machine. One per connection.
#[derive(Debug)]
pub(super) struct Guard {
    limits: Limits,
    /// Bytes the current command may still receive.
    allowance: u64,
    /// Bytes still to come of the current literal.
    literal_left: u64,
    head: [u8; HEAD],
    head_len: usize,
    tail: [u8; TAIL],
    line: u32,
    parens: u32,
    /// Parentheses open now, outside strings.
    depth: u32,
    literals: u32,
    marker: Marker,
    quote: Quote,
    broken: Option<Rule>,
}

impl Guard {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            allowance: u64::from(limits.line),
            literal_left: 0,
            head: [0; HEAD],
            head_len: 0,
            tail: [0; TAIL],
            line: 0,
            parens: 0,
            depth: 0,
            literals: 0,
            marker: Marker::None,
            quote: Quote::Outside,
            broken: None,
        }
    }

    /// Sets how many bytes the server may send from here on.
    pub(super) fn allow(&mut self, bytes: u64) {
        self.allowance = bytes;
    }

    /// Whether the bytes so far end within a literal.
    pub(super) fn is_in_literal(&self) -> bool {
        self.literal_left > 0
    }

    /// Looks at the next bytes from the server.
    ///
    /// # Errors
    /// The rule they break; from then on every call fails with that rule.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), Rule> {
        if let Some(rule) = self.broken {
            return Err(rule);
        }
        let verdict = self.walk(bytes);
        self.broken = verdict.err();
        verdict
    }

    fn walk(&mut self, mut bytes: &[u8]) -> Result<(), Rule> {
        while let Some((&first, rest)) = bytes.split_first() {
            if self.literal_left > 0 {
                let there = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                let skipped = there.min(self.literal_left);
                self.spend(skipped)?;
                self.literal_left -= skipped;
                bytes = bytes.get(usize::try_from(skipped).unwrap_or(usize::MAX)..).unwrap_or(&[]);
            } else {
                self.spend(1)?;
                self.step(first)?;
                bytes = rest;
            }
        }
        Ok(())
    }

    fn spend(&mut self, bytes: u64) -> Result<(), Rule> {
        self.allowance = self.allowance.checked_sub(bytes).ok_or(Rule::ReplyTooLong)?;
        Ok(())
    }

    fn step(&mut self, byte: u8) -> Result<(), Rule> {
        self.line += 1;
        if self.line > self.limits.line {
            return Err(Rule::LineTooLong);
        }
        if let Some(slot) = self.head.get_mut(self.head_len) {
            *slot = byte;
            self.head_len += 1;
        }
        match self.quote {
            Quote::Outside => self.step_outside(byte)?,
            Quote::Inside => match byte {
                b'"' => self.quote = Quote::Outside,
                b'\\' => self.quote = Quote::Escaped,
                0 | b'\r' | b'\n' => return Err(Rule::QuoteOutOfPlace),
                _ => {}
            },
            Quote::Escaped if matches!(byte, b'"' | b'\\') => self.quote = Quote::Inside,
            Quote::Escaped => return Err(Rule::QuoteOutOfPlace),
        }
        self.tail.rotate_left(1);
        self.tail[TAIL - 1] = byte;
        Ok(())
    }

    fn step_outside(&mut self, byte: u8) -> Result<(), Rule> {
        match byte {
            b'\n' => self.end_of_line(),
            b'\r' => Ok(()),
            b'"' => {
                self.marker = Marker::None;
                self.open_quote()
            }
            b'(' => {
                self.marker = Marker::None;
                self.open_paren()
            }
            b')' => {
                self.marker = Marker::None;
                self.depth = self.depth.saturating_sub(1);
                Ok(())
            }
            _ if self.would_panic(byte) => Err(Rule::ParserPanic),
            _ => {
                self.marker = self.next_marker(byte);
                Ok(())
            }
        }
    }

    /// Two spellings the parser is known to die of: a date that is `NIL`, and
    /// a letter of several bytes right behind a response code.
    fn would_panic(&self, byte: u8) -> bool {
        match self.shape() {
            Shape::Numbered => self.follows(b"NALDATE "),
            Shape::Text => !byte.is_ascii() && self.follows(b"]"),
            Shape::Named => false,
        }
    }

    fn shape(&self) -> Shape {
        let head = self.head.get(..self.head_len).unwrap_or(&[]);
        let Some(word) = head.strip_prefix(b"* ") else {
            return Shape::Text;
        };
        let word = word.split(|byte| *byte == b' ' || *byte == b'\r').next().unwrap_or(&[]);
        let texts: [&[u8]; 5] = [b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH"];
        if texts.iter().any(|text| word.eq_ignore_ascii_case(text)) {
            Shape::Text
        } else if word.first().is_some_and(u8::is_ascii_digit) {
            Shape::Numbered
        } else {
            Shape::Named
        }
    }

    fn follows(&self, word: &[u8]) -> bool {
        let start = TAIL.saturating_sub(word.len());
        self.tail.get(start..).is_some_and(|tail| tail.eq_ignore_ascii_case(word))
    }

    /// After `BODY[…] ` or `BODY[…]<0> `: where a mail's bytes stand. Not
    /// within a list such as the flags: of a list it cannot read, the parser
    /// skips everything up to the next `)`, strings or not.
    fn follows_section(&self) -> bool {
        self.depth == 1 && (self.follows(b"] ") || self.follows(b"> "))
    }

    /// After `INTERNALDATE `, likewise.
    fn follows_date(&self) -> bool {
        self.depth == 1 && self.follows(b"NALDATE ")
    }

    /// After the name of one of the two lists a reply to us may hold.
    fn follows_list(&self) -> bool {
        self.depth == 1 && (self.follows(b"FLAGS ") || self.follows(b"MODSEQ "))
    }

    fn open_quote(&mut self) -> Result<(), Rule> {
        match self.shape() {
            Shape::Text => {}
            Shape::Named => self.quote = Quote::Inside,
            Shape::Numbered if self.follows_date() || self.follows_section() => {
                self.quote = Quote::Inside;
            }
            Shape::Numbered => return Err(Rule::QuoteOutOfPlace),
        }
        Ok(())
    }

    fn open_paren(&mut self) -> Result<(), Rule> {
        self.parens += 1;
        let is_in_place = match self.shape() {
            Shape::Text => return Ok(()),
            Shape::Named => true,
            Shape::Numbered => self.parens == 1 && self.follows(b"FETCH ") || self.follows_list(),
        };
        self.depth += 1;
        if self.parens > self.limits.parens {
            return Err(Rule::TooManyParens);
        }
        if is_in_place { Ok(()) } else { Err(Rule::StructureOutOfPlace) }
    }

    fn next_marker(&self, byte: u8) -> Marker {
        match (self.marker, byte) {
            (_, b'{') => Marker::Digits { length: 0, any: false, in_place: self.follows_section() },
            (Marker::Digits { length, in_place, .. }, b'0'..=b'9') => Marker::Digits {
                length: length.saturating_mul(10).saturating_add(u64::from(byte - b'0')),
                any: true,
                in_place,
            },
            (Marker::Digits { length, any: true, in_place }, b'}') => {
                Marker::Closed { length, in_place }
            }
            _ => Marker::None,
        }
    }

    /// A line feed either ends the response or, after `{n}`, starts a literal.
    fn end_of_line(&mut self) -> Result<(), Rule> {
        let Marker::Closed { length, in_place } = self.marker else {
            self.start_response();
            return Ok(());
        };
        if length > self.limits.literal {
            return Err(Rule::LiteralTooLong);
        }
        if !in_place || self.shape() != Shape::Numbered || !self.follows(b"}\r") {
            return Err(Rule::LiteralOutOfPlace);
        }
        self.literals += 1;
        if self.literals > self.limits.literals {
            return Err(Rule::TooManyLiterals);
        }
        self.literal_left = length;
        self.marker = Marker::None;
        Ok(())
    }

    fn start_response(&mut self) {
        self.head_len = 0;
        self.tail = [0; TAIL];
        self.line = 0;
        self.parens = 0;
        self.depth = 0;
        self.literals = 0;
        self.marker = Marker::None;
    }
}

#[cfg(test)]
mod tests;
