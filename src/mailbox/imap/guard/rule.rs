//! The rules a server's bytes can break, with names that last.

use std::fmt;

/// The rule a server's bytes broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A literal larger than allowed was announced.
    LiteralTooLong,
    /// A literal where none was asked for.
    LiteralOutOfPlace,
    /// More literals in one response than any of our commands asks for.
    TooManyLiterals,
    /// A response with too many bytes outside its literals.
    LineTooLong,
    /// More parentheses than any reply to us contains.
    TooManyParens,
    /// A nested structure that was not asked for.
    StructureOutOfPlace,
    /// A quoted string where none was asked for, or one that is broken.
    QuoteOutOfPlace,
    /// All replies to one command together are larger than it allows.
    ReplyTooLong,
    /// Bytes the parser would panic on, or did.
    ParserPanic,
}

impl Rule {
    /// Stable name for logs and metrics.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::LiteralTooLong => "literal_too_long",
            Self::LiteralOutOfPlace => "literal_out_of_place",
            Self::TooManyLiterals => "too_many_literals",
            Self::LineTooLong => "line_too_long",
            Self::TooManyParens => "too_many_parens",
            Self::StructureOutOfPlace => "structure_out_of_place",
            Self::QuoteOutOfPlace => "quote_out_of_place",
            Self::ReplyTooLong => "reply_too_long",
            Self::ParserPanic => "parser_panic",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
