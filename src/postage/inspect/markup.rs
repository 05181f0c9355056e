//! Reads the HTML part of a letter by a small strict grammar. What it accepts
//! is valid HTML (every element closed, in order, where it may stand) and can be
//! read by everybody: a language, a title, no images, no scripts, no colours, no
//! tables, links with words in them.

mod entity;
mod token;

use token::{Tag, Token, tokens};

/// One thing wrong.
pub(super) struct MarkupProblem {
    /// The words or the tag it is about.
    pub(super) words: String,
    /// What is wrong.
    pub(super) message: String,
}

/// Elements that hold running words, and so no block.
const PHRASES: [&str; 10] = ["p", "h1", "h2", "h3", "strong", "em", "a", "title", "span", "b"];
/// Blocks.
const BLOCKS: [&str; 7] = ["p", "h1", "h2", "h3", "ul", "ol", "div"];
/// What a style may say: nothing that hides words or depends on colour.
const STYLES: [&str; 6] =
    ["font-family", "font-size", "line-height", "max-width", "margin", "white-space"];
/// Smallest letters, in pixels.
const SMALLEST: u32 = 14;

/// The words of the body, block by block, and everything wrong.
pub(super) fn read(html: &str, locale: &str) -> (String, Vec<MarkupProblem>) {
    let mut reader = Reader { locale, ..Reader::default() };
    for token in tokens(html) {
        match token {
            Token::Doctype(text) => reader.doctype(text),
            Token::Open(tag) => reader.open(&tag),
            Token::Close(name) => reader.close(&name),
            Token::Text(text) => reader.text(text),
            Token::Wrong(words, message) => reader.wrong(words, message),
        }
    }
    reader.end();
    (reader.words, reader.problems)
}

/// Hosts of all links, each with its address.
pub(super) fn links(html: &str) -> Vec<(String, String)> {
    tokens(html)
        .into_iter()
        .filter_map(|token| match token {
            Token::Open(tag) if tag.name == "a" => tag.attribute("href").map(str::to_owned),
            _ => None,
        })
        .map(|href| {
            let rest = href.split_once("://").map_or("", |(_, rest)| rest);
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let host = authority.rsplit('@').next().unwrap_or_default();
            (host.split(':').next().unwrap_or_default().to_ascii_lowercase(), href)
        })
        .collect()
}

#[derive(Default)]
struct Reader<'a> {
    locale: &'a str,
    open: Vec<String>,
    /// Entries so far of each open list.
    entries: Vec<Option<usize>>,
    words: String,
    title: String,
    problems: Vec<MarkupProblem>,
    has_doctype: bool,
    has_charset: bool,
    has_body: bool,
    heading: usize,
    link_words: usize,
}

impl Reader<'_> {
    fn wrong(&mut self, words: &str, message: &str) {
        self.problems.push(MarkupProblem { words: words.to_owned(), message: message.to_owned() });
    }

    fn doctype(&mut self, text: &str) {
        if self.has_doctype
            || !self.open.is_empty()
            || !text.eq_ignore_ascii_case("<!doctype html>")
        {
            self.wrong(text, "write <!doctype html> once, at the beginning");
        }
        self.has_doctype = true;
    }

    fn open(&mut self, tag: &Tag<'_>) {
        let parent = self.open.last().map(String::as_str).unwrap_or_default().to_owned();
        if let Some(message) = misplaced(&tag.name, &parent) {
            self.wrong(tag.text, &message);
        }
        self.attributes(tag);
        match tag.name.as_str() {
            "br" => return self.words.push('\n'),
            // The last four are refused above, and never closed.
            "meta" | "img" | "input" | "hr" | "link" => return,
            "html" if !self.has_doctype => self.wrong(tag.text, "<!doctype html> is missing"),
            "body" => self.has_body = true,
            "ul" => self.entries.push(None),
            "ol" => self.entries.push(Some(0)),
            "li" => self.entry(),
            "a" => self.link_words = self.words.len(),
            "h1" | "h2" | "h3" => self.heading(tag),
            _ => {}
        }
        self.open.push(tag.name.clone());
    }

    fn entry(&mut self) {
        let mark = match self.entries.last_mut() {
            Some(Some(count)) => {
                *count += 1;
                format!("{count}. ")
            }
            _ => "- ".to_owned(),
        };
        self.words.push_str(&mark);
    }

    fn heading(&mut self, tag: &Tag<'_>) {
        let level = tag.name.trim_start_matches('h').parse().unwrap_or(1);
        if level > self.heading + 1 {
            self.wrong(tag.text, "a heading skips a level; begin with <h1>");
        }
        self.heading = level;
    }

    fn attributes(&mut self, tag: &Tag<'_>) {
        for (name, value) in &tag.attributes {
            let message = match (tag.name.as_str(), name.as_str()) {
                ("html", "lang") => (value != self.locale)
                    .then(|| format!("the language must be `{}`", self.locale)),
                ("meta", "charset") => {
                    self.has_charset = true;
                    (!value.eq_ignore_ascii_case("utf-8"))
                        .then(|| "the charset must be utf-8".to_owned())
                }
                ("a", "href") => (!value.starts_with("https://"))
                    .then(|| "a link must begin with https://".to_owned()),
                (_, "style") => style(value),
                (_, name) => Some(format!("the attribute `{name}` is not allowed here")),
            };
            if let Some(message) = message {
                self.wrong(tag.text, &message);
            }
        }
        if tag.name == "html" && tag.attribute("lang").is_none() {
            self.wrong(tag.text, "say the language: <html lang=\"…\">");
        }
        if tag.name == "a" && tag.attribute("href").is_none() {
            self.wrong(tag.text, "a link without href leads nowhere");
        }
    }

    fn close(&mut self, name: &str) {
        match self.open.pop() {
            Some(last) if last == name => {}
            Some(last) => {
                self.wrong(
                    &format!("</{name}>"),
                    &format!("<{last}> is still open; close it first"),
                );
            }
            None => self.wrong(&format!("</{name}>"), "closes what was never opened"),
        }
        match name {
            "p" | "h1" | "h2" | "h3" | "li" | "div" => self.words.push('\n'),
            "ul" | "ol" => {
                self.entries.pop();
            }
            "a" if self.words[self.link_words.min(self.words.len())..].trim().is_empty() => {
                self.wrong("</a>", "a link without words says nothing to a screen reader");
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        let (decoded, unknown) = entity::decode(text);
        for entity in unknown {
            self.wrong(&entity, "an unknown or open entity; write &amp; for a plain &");
        }
        let parent = self.open.last().map(String::as_str).unwrap_or_default();
        if parent == "title" {
            return self.title.push_str(&decoded);
        }
        let may_hold_words = PHRASES.contains(&parent) || ["li", "div"].contains(&parent);
        if !decoded.trim().is_empty() && !may_hold_words {
            let words = decoded.trim().to_owned();
            return self.wrong(&words, "words must stand in a paragraph, a heading or a list");
        }
        self.words.push_str(&decoded);
    }

    fn end(&mut self) {
        let left = std::mem::take(&mut self.open);
        for name in &left {
            self.wrong(&format!("<{name}"), "is never closed");
        }
        for (is_there, words, message) in [
            (self.has_charset, "<head>", "say the charset: <meta charset=\"utf-8\">"),
            (!self.title.trim().is_empty(), "<title>", "the title is missing or empty"),
            (self.has_body, "<html", "the body is missing"),
        ] {
            if !is_there {
                self.wrong(words, message);
            }
        }
    }
}

fn misplaced(name: &str, parent: &str) -> Option<String> {
    let is_at_home = match name {
        "html" => parent.is_empty(),
        "head" | "body" => parent == "html",
        "meta" | "title" => parent == "head",
        "li" => parent == "ul" || parent == "ol",
        "br" | "strong" | "em" | "b" | "span" | "a" => {
            (PHRASES.contains(&parent) && parent != "title" && !(name == "a" && parent == "a"))
                || parent == "li"
                || parent == "div"
        }
        _ if BLOCKS.contains(&name) => ["body", "div", "li"].contains(&parent),
        _ => return Some(format!("<{name}> is not allowed in a letter")),
    };
    (!is_at_home).then(|| format!("<{name}> may not stand in <{parent}>"))
}

fn style(value: &str) -> Option<String> {
    for rule in value.split(';').map(str::trim).filter(|rule| !rule.is_empty()) {
        let (name, amount) = rule.split_once(':').unwrap_or((rule, ""));
        if !STYLES.contains(&name.trim()) {
            return Some(format!("the style `{}` is not allowed", name.trim()));
        }
        let pixels = amount.trim().strip_suffix("px").and_then(|n| n.parse::<u32>().ok());
        if name.trim() == "font-size" && pixels.is_none_or(|pixels| pixels < SMALLEST) {
            return Some(format!("letters must be {SMALLEST}px high or more"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
                        <title>X</title></head><body>";

    fn problems(body: &str) -> Vec<String> {
        let html = format!("{HEAD}{body}</body></html>");
        read(&html, "en").1.into_iter().map(|found| found.message).collect()
    }

    #[test]
    fn a_plain_letter_is_right_and_its_words_are_read() {
        let html = format!(
            "{HEAD}<p>Hello &amp; <strong>good</strong> day,<br>\nRosa</p>\n<ol><li>one</li>\n\
             <li>two</li></ol></body></html>\n"
        );
        let (words, problems) = read(&html, "en");
        assert!(problems.is_empty(), "{:?}", problems[0].message);
        let words: Vec<&str> = words.split_whitespace().collect();
        assert_eq!(words.join(" "), "Hello & good day, Rosa 1. one 2. two");
    }

    #[test]
    fn what_is_not_valid_or_cannot_be_read_by_everybody_is_named() {
        for (body, says) in [
            ("<p>a<p>b</p></p>", "may not stand in <p>"),
            ("<p>a", "still open"),
            ("<p>a</p></p>", "still open"),
            ("a", "in a paragraph"),
            ("<img src=\"x\">", "not allowed"),
            ("<script>x</script>", "not allowed"),
            ("<table></table>", "not allowed"),
            ("<p onclick=\"x\">a</p>", "`onclick`"),
            ("<p style=\"color: red\">a</p>", "`color`"),
            ("<p style=\"font-size: 9px\">a</p>", "14px"),
            ("<p style=\"display: none\">a</p>", "`display`"),
            ("<li>a</li>", "may not stand in <body>"),
            ("<h2>a</h2>", "skips a level"),
            ("<p>a & b</p>", "entity"),
            ("<p>&bogus;</p>", "entity"),
            ("<p><a href=\"https://example.com\"></a></p>", "without words"),
            ("<p><a href=\"http://example.com\">x</a></p>", "https://"),
            ("<p><a>x</a></p>", "leads nowhere"),
            ("<p class=x>a</p>", "quotes"),
            ("<!-- note --><p>a</p>", "comment"),
            ("<p>1 < 2</p>", "&lt;"),
            ("<P>a</P>", "lower case"),
        ] {
            let found = problems(body);
            assert!(found.iter().any(|message| message.contains(says)), "{body}: {found:?}");
        }
    }

    #[test]
    fn a_letter_says_its_language_charset_and_title() {
        for (html, says) in [
            ("<html lang=\"en\"></html>", "doctype"),
            ("<!doctype html><html></html>", "say the language"),
            ("<!doctype html><html lang=\"es\"></html>", "must be `en`"),
            ("<!doctype html><html lang=\"en\"></html>", "charset"),
            ("<!doctype html><html lang=\"en\"></html>", "title"),
            ("<!doctype html><html lang=\"en\"></html>", "body"),
        ] {
            let (_, found) = read(html, "en");
            assert!(found.iter().any(|one| one.message.contains(says)), "{says}");
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic() {
        for html in ["<", "<<>", "</>", "<p", "&", "&#x;", "&#99999999;", "<a href=\"", "é<é>é</é>"]
        {
            read(html, "en");
            links(html);
        }
        read(&"<p>".repeat(50_000), "en");
    }
}
