//! What a letter of a person counts as, from `rules/replies.toml`.

use serde::Deserialize;
use toml::Spanned;

use super::calendar::source::{Source, missing};
use super::catalogue::ClockBook;
use super::clock::{Clock, ClockClass};
use super::command::Refusal;
use super::policy::{PolicyFiles, PolicyProblem};

const FILE: &str = "replies.toml";

/// One kind of letter that a person writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyKind {
    /// Its id, as named on the command line.
    pub id: String,
    /// Name shown.
    pub name: String,
    /// What it counts as: `letter:response` …
    pub deeds: Vec<String>,
    /// Clocks of the law and of the house that it is meant to meet.
    pub clocks: Vec<String>,
    /// Whether a second person releases it before it leaves.
    pub is_reviewed: bool,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplyBook {
    kinds: Vec<ReplyKind>,
}

/// What a letter does to the clocks of its ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meets<'a> {
    /// Clock kinds it meets when it is handed over.
    pub kinds: Vec<String>,
    /// Clocks that ask for writing, where there is no consent to e-mail: they
    /// run on, and a person sends the same on paper.
    pub asks_for_writing: Vec<&'a Clock>,
}

impl ReplyKind {
    /// Which of the open `clocks` the letter meets. A service clock by what its
    /// row accepts; any other only if it is also among those named here.
    #[must_use]
    pub fn meets<'a>(
        &self,
        book: &ClockBook,
        clocks: &'a [Clock],
        has_esign_consent: bool,
    ) -> Meets<'a> {
        let mut meets = Meets::default();
        for clock in clocks.iter().filter(|clock| clock.is_open()) {
            let Some(row) = book.find_definition(&clock.kind) else { continue };
            let accepts = row.terms.satisfied_by.iter().any(|word| self.deeds.contains(word));
            let is_meant = clock.class == ClockClass::Service || self.clocks.contains(&clock.kind);
            if !accepts || !is_meant {
                continue;
            }
            if row.terms.requires_writing && !has_esign_consent {
                meets.asks_for_writing.push(clock);
            } else if !meets.kinds.contains(&clock.kind) {
                meets.kinds.push(clock.kind.clone());
            }
        }
        meets
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileShape {
    reply: Vec<Spanned<ReplyShape>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplyShape {
    id: String,
    name: String,
    deeds: Vec<String>,
    #[serde(default)]
    clocks: Vec<String>,
    #[serde(default)]
    is_reviewed: bool,
}

impl ReplyBook {
    /// Reads `replies.toml`; every clock it names must exist and accept it.
    #[must_use]
    pub fn load(
        files: &PolicyFiles,
        clocks: &ClockBook,
        problems: &mut Vec<PolicyProblem>,
    ) -> Self {
        let mut book = Self::default();
        let Some(text) = files.get(FILE) else {
            missing(FILE, "it says what a person's letter counts as", problems);
            return book;
        };
        let mut source = Source::new(FILE, text, problems);
        let Some(shape) = source.read::<FileShape>() else { return book };
        for row in shape.reply {
            let span = row.span();
            let row = row.into_inner();
            check(&row, &span, clocks, &book, &mut source);
            book.kinds.push(ReplyKind {
                id: row.id,
                name: row.name,
                deeds: row.deeds,
                clocks: row.clocks,
                is_reviewed: row.is_reviewed,
            });
        }
        book
    }

    /// The kind called `id`.
    #[must_use]
    pub fn find_kind(&self, id: &str) -> Option<&ReplyKind> {
        self.kinds.iter().find(|kind| kind.id == id)
    }

    /// The same, or the refusal that lists those there are.
    pub(super) fn load_kind(&self, id: &str) -> Result<&ReplyKind, Refusal> {
        self.find_kind(id).ok_or_else(|| {
            let known: Vec<&str> = self.kinds.iter().map(|kind| kind.id.as_str()).collect();
            Refusal::NoSuchReply { kind: id.to_owned(), known: known.join(", ") }
        })
    }

    /// All kinds, in the order of the file.
    #[must_use]
    pub fn kinds(&self) -> &[ReplyKind] {
        &self.kinds
    }
}

fn check(
    row: &ReplyShape,
    span: &std::ops::Range<usize>,
    clocks: &ClockBook,
    book: &ReplyBook,
    source: &mut Source<'_>,
) {
    let key = |field: &str| format!("reply.{}.{field}", row.id);
    if book.find_kind(&row.id).is_some() {
        source.problem(span, key("id"), "is used twice; rename one of them");
    }
    if row.deeds.is_empty() || row.deeds.iter().any(|deed| !deed.starts_with("letter:")) {
        source.problem(span, key("deeds"), "write what the letter is, e.g. letter:response");
    }
    for kind in &row.clocks {
        let Some(clock) = clocks.find_definition(kind) else {
            let message = format!("no clock is called `{kind}`; see `tierline clocks list`");
            source.problem(span, key("clocks"), message);
            continue;
        };
        if !clock.terms.satisfied_by.iter().any(|word| row.deeds.contains(word)) {
            let accepted = clock.terms.satisfied_by.join(", ");
            let message = format!("{kind} accepts none of the deeds; it accepts {accepted}");
            source.problem(span, key("clocks"), message);
        }
    }
}
