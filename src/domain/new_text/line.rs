//! What kind of line each line of a mail is.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

use crate::domain::fold::fold;

/// What a line looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Words.
    Plain,
    /// Begins with `>`, `|` or initials and `>`.
    Quoted,
    /// `On … wrote:` in one of several languages; also its further lines.
    Attribution,
    /// `-----Original Message-----`, `Begin forwarded message:`.
    Separator,
    /// First line of a copied header.
    HeaderBlock,
    /// Further lines of it.
    HeaderField,
    /// `--` alone: a signature follows.
    Dashes,
    /// Only punctuation.
    Rule,
    /// `Sent from my phone`.
    Footer,
    /// Begins a confidentiality notice.
    Disclaimer,
}

/// One line with its place, line end included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
    pub(super) is_blank: bool,
    pub(super) is_underscores: bool,
    pub(super) is_new: bool,
}

impl Line {
    pub(super) fn text<'a>(&self, whole: &'a str) -> &'a str {
        whole.get(self.start..self.end).unwrap_or_default()
    }

    pub(super) fn has_words(&self, whole: &str) -> bool {
        self.text(whole).contains(char::is_alphanumeric)
    }

    pub(super) fn length(&self) -> usize {
        self.end - self.start
    }
}

/// Longest line that is examined; longer ones are words.
const LONGEST_EXAMINED: usize = 400;

const WROTE: &str = r"(?i)^[\s>*_]*(?:(?:on|am|le|el|em|il|op|den|den\s|dne|w\s+dniu|il\s+giorno|at)\b.{0,250}\S|[\p{L}]+,?\s+\d{1,2}\b.{0,250}|\d{1,4}[-/. ].{4,250}|.{0,120}<[^<>@\s]{1,64}@[^<>\s]{1,120}>)\s*(?:wrote|writes|escribi[oó]|a\s+[eé]crit|schrieb.{0,120}|geschreven|schreef.{0,80}|ha\s+scritto|napisa[lł]\(?a?\)?|escreveu|написал.{0,3}|写道|skrev.{0,160}|kirjoitti)\s?[:：]\s*$";
const DATED: &str =
    r"^\s*\d{4}[-/]\d{1,2}[-/]\d{1,2}\b.{0,160}<[^<>]{0,120}@[^<>]{1,120}>\s?:?\s*$";
const SEPARATOR: &str = r"(?i)^[\s>*]*(?:[-_=]{2,}\s*(?:original message|original appointment|forwarded message|forwarded by .{1,80}|mensaje original|mensaje reenviado|message d'origine|message original|message transf[eé]r[eé]|urspr[uü]ngliche (?:nachricht|mail)|weitergeleitete nachricht|reply message|reply above this line|messaggio originale|oprindelig meddelelse|mensagem original)\b[^\n]{0,40}|begin forwarded message:|inicio del mensaje reenviado:|d[eé]but du message r[eé]exp[eé]di[eé] ?:|anfang der weitergeleiteten nachricht:)\s*$";
const HEADER: &str =
    r"(?i)^[\s>*_]*(?:from|de|von|expéditeur|från|van|da|desde)\s?\*?\s?[:：]\*?\s*\S";
const FIELD: &str = r"(?i)^[\s>*_]*(?:from|sent|date|to|cc|bcc|subject|reply-to|importance|attachments|de|enviado(?: el)?|fecha|para|asunto|cco|responder a|von|gesendet|an|betreff|datum|envoy[eé]|à|objet|skickat|till|ämne|data|inviato|oggetto|received|message-id|organization|organisation)\s?\*?\s?[:：]";
const FOOTER: &str = r"(?i)^[\s<(*]*(?:(?:sent|posted) (?:from|via|with|by|using|on) .{1,120}|from my (?:iphone|ipad|phone|android|mobile)\b.{0,60}|get \W{0,2}outlook for .{1,120}|download outlook for .{1,80}|obt[eé]n(?:er|ga)? outlook para .{1,80}|enviado (?:desde|con|por|mediante) .{1,100}|mandado desde mi .{1,80}|envoy[eé] (?:de|depuis|avec|à partir) .{1,80}|von mein?em .{1,60} gesendet|gesendet (?:von|mit) .{1,80}|diese nachricht wurde von .{1,80} gesendet|verzonden (?:met|vanaf|van) .{1,80}|sendt fra .{1,60}|skickat från .{1,60}|inviato da .{1,80}|.{0,30}從我的 .{1,30}|[^\n]{1,30} from mobile|yahoo mail: .{1,80}|provided by .{1,40} mail)\W*$";
const DISCLAIMER: &str = r"^\W*(?:confidentiality (?:notice|note|statement)|confidential(?:ity)?:|privileged and confidential|legal (?:notice|disclaimer)|disclaimer\b|this (?:e-?mail|message|electronic|communication|transmission)\b.{0,80}\b(?:confidential|privileged|intended (?:only|solely|for)|attachments?|may contain)|the information (?:contained )?in this (?:e-?mail|message|communication)|if you (?:have received|are not the intended)|aviso (?:de confidencialidad|legal)|este (?:mensaje|correo)\b.{0,80}\b(?:confidencial|anexos|adjuntos|dirigido|destinatario)|la informacion contenida en este|ce (?:message|courriel)\b.{0,60}confidentiel|diese e-?mail (?:enthalt|kann) vertrauliche|please consider the environment|considere el medio ambiente)";

/// Constant patterns, each compiled once; one that did not compile would
/// match nothing, which the tests of the parent module would notice.
fn compiled(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).size_limit(1 << 23).build().ok()
}

macro_rules! patterns {
    ($($name:ident = $pattern:ident;)+) => {
        $(static $name: LazyLock<Option<Regex>> = LazyLock::new(|| compiled($pattern));)+
    };
}
patterns! {
    IS_WROTE = WROTE; IS_DATED = DATED; IS_SEPARATOR = SEPARATOR; IS_HEADER = HEADER;
    IS_FIELD = FIELD; IS_FOOTER = FOOTER; IS_DISCLAIMER = DISCLAIMER;
}

fn is(pattern: &Option<Regex>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|regex| regex.is_match(text))
}

/// The lines of `text`; from the `most`th on the rest is one line.
pub(super) fn split(text: &str, most: usize) -> Vec<Line> {
    let mut at = 0;
    text.splitn(most, '\n')
        .map(|content| {
            let start = at;
            let end = (start + content.len() + 1).min(text.len());
            at = end;
            let words = content.trim();
            let is_underscores = words.len() >= 5 && words.chars().all(|c| c == '_');
            let (is_blank, is_new) = (words.is_empty(), true);
            Line { start, end, kind: single(words, is_blank), is_blank, is_underscores, is_new }
        })
        .collect()
}

/// Whether every line, without its quote marks, introduces a quote or is empty:
/// what mail programs make of an empty answer to an empty answer.
pub(super) fn is_only_attributions(text: &str, most: usize) -> bool {
    let mut seen = 0;
    for content in text.split('\n') {
        seen += 1;
        let words = content.trim_start_matches(['>', ' ', '\t']).trim_end();
        let is_attribution = words.ends_with(':') && words.len() <= LONGEST_EXAMINED;
        if seen > most || !(words.is_empty() || is_attribution && is(&IS_WROTE, words)) {
            return false;
        }
    }
    true
}

/// What the line is by itself.
fn single(words: &str, is_blank: bool) -> Kind {
    let mut letters = words.chars();
    match letters.next() {
        None => Kind::Plain,
        Some('>') => Kind::Quoted,
        Some('|') if words.len() == 1 || words.starts_with("| ") => Kind::Quoted,
        Some('-' | '\u{2014}') if matches!(words, "--" | "\u{2014}" | "---") => Kind::Dashes,
        _ if has_initials_quote(words) => Kind::Quoted,
        _ if !is_blank && words.chars().all(|c| c == '\u{1427}' || c.is_ascii_punctuation()) => {
            if words.len() >= 3 || words.starts_with('\u{1427}') {
                Kind::Rule
            } else {
                Kind::Plain
            }
        }
        _ => Kind::Plain,
    }
}

/// `JD> ` or `Richard> `: quoting with the author's name.
fn has_initials_quote(words: &str) -> bool {
    words.split_once('>').is_some_and(|(name, _)| {
        (1..=12).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphabetic())
    })
}

/// Finds what takes more than one line or a pattern to see.
pub(super) fn mark(text: &str, lines: &mut [Line]) {
    for at in 0..lines.len() {
        let Some(line) = lines.get(at).copied() else { break };
        if line.is_blank || line.length() > LONGEST_EXAMINED && line.kind == Kind::Plain {
            mark_long(text, lines, at);
            continue;
        }
        if !matches!(line.kind, Kind::Plain | Kind::Rule) {
            continue;
        }
        let words = line.text(text).trim();
        if may_introduce(words) && is(&IS_SEPARATOR, words) {
            set(lines, at, Kind::Separator);
        } else if line.kind == Kind::Plain
            && words.contains([':', '：'])
            && mark_header(text, lines, at)
        {
        } else if line.kind == Kind::Plain {
            mark_plain(text, lines, at, words);
        }
    }
}

fn may_introduce(words: &str) -> bool {
    words.starts_with(['-', '_', '=', '*', '>']) || words.ends_with(':')
}

fn mark_long(text: &str, lines: &mut [Line], at: usize) {
    let Some(line) = lines.get(at).copied().filter(|line| !line.is_blank) else { return };
    let words = line.text(text);
    let head = words.get(..words.floor_char_boundary(200)).unwrap_or_default();
    if is(&IS_DISCLAIMER, &fold(head)) {
        set(lines, at, Kind::Disclaimer);
    }
}

fn mark_plain(text: &str, lines: &mut [Line], at: usize, words: &str) {
    if let Some(length) = attribution(text, lines, at) {
        (at..at + length).for_each(|line| set(lines, line, Kind::Attribution));
    } else if words.len() <= 160 && is(&IS_FOOTER, words) {
        set(lines, at, Kind::Footer);
    } else if is(&IS_DISCLAIMER, &fold(words)) {
        set(lines, at, Kind::Disclaimer);
    }
}

/// How many lines an attribution that begins here has.
fn attribution(text: &str, lines: &[Line], at: usize) -> Option<usize> {
    let mut joined = String::new();
    // the name in a signature above an attribution is not part of it
    if !lines.get(at)?.text(text).contains(|c: char| c.is_ascii_digit() || "<\"@".contains(c)) {
        return None;
    }
    for length in 1..=5 {
        let line = lines.get(at + length - 1)?;
        if line.is_blank && length > 1 {
            continue;
        }
        let is_tail = line.text(text).trim_end().ends_with(':');
        if length > 1 && matches!(line.kind, Kind::Quoted | Kind::Separator) && !is_tail {
            return None;
        }
        joined.push_str(line.text(text).trim_end());
        joined.push(' ');
        if joined.len() > LONGEST_EXAMINED {
            return None;
        }
        let words = joined.trim();
        let ends = words.ends_with([':', '：']);
        if ends && is(&IS_WROTE, words) || (ends || words.ends_with('>')) && is(&IS_DATED, words) {
            return Some(length);
        }
        // words that end a sentence do not begin an attribution
        if words.ends_with(['.', '!', '?']) && !words.ends_with("m.") {
            return None;
        }
    }
    None
}

/// Marks a copied header that begins here: two more fields within six lines.
fn mark_header(text: &str, lines: &mut [Line], at: usize) -> bool {
    let Some(first) = lines.get(at) else { return false };
    if !is(&IS_HEADER, first.text(text)) {
        return false;
    }
    let fields: Vec<usize> = (at + 1..(at + 9).min(lines.len()))
        .take_while(|&next| lines.get(next).is_some_and(|line| !line.is_blank))
        .filter(|&next| lines.get(next).is_some_and(|line| is(&IS_FIELD, line.text(text))))
        .collect();
    let Some(&last) = fields.last().filter(|_| fields.len() >= 2) else { return false };
    set(lines, at, Kind::HeaderBlock);
    (at + 1..=last).for_each(|line| set(lines, line, Kind::HeaderField));
    // a folded last field
    let mut after = last + 1;
    while lines.get(after).is_some_and(|line| !line.is_blank) && after <= last + 2 {
        set(lines, after, Kind::HeaderField);
        after += 1;
    }
    true
}

fn set(lines: &mut [Line], at: usize, kind: Kind) {
    if let Some(line) = lines.get_mut(at) {
        line.kind = kind;
    }
}
