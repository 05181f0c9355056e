//! Rewrites a stranger's HTML as a small, well-formed page that holds only its
//! text and its line structure. What the renderer is then given is nested
//! exactly as deep as was counted here: no stray end tag, comment or quote can
//! make it see another page.

use super::element::{hides, indents, is_block};
use super::token::{Token, Tokens};
use crate::mailbox::mime::MimeLimits;

/// Lists and quotes deeper than this are not indented further.
const MAX_INDENT: usize = 8;
/// Lines of one page. The renderer needs about 15 µs for each, and a page with
/// more is no letter.
const MAX_LINES: usize = 20_000;
/// Longest link target shown.
const MAX_TARGET: usize = 300;

struct Element {
    name: String,
    /// Tag written for it.
    written: Option<&'static str>,
    is_hidden: bool,
    /// Target of a link, and where its text begins in the output.
    link: Option<(String, usize)>,
}

#[derive(Default)]
struct Page {
    out: String,
    open: Vec<Element>,
    hidden: usize,
    indents: usize,
    paragraphs: usize,
    lines: usize,
}

/// The simplified page; `None` when the limits on depth, attributes or lines
/// are exceeded.
pub(super) fn simplify(html: &str, limits: &MimeLimits) -> Option<String> {
    let mut page = Page { out: String::with_capacity(html.len() / 2), ..Page::default() };
    for token in Tokens::new(html, limits.max_html_attributes) {
        match token {
            Token::Text(text) => page.text(text),
            Token::Open(name, attributes) => {
                page.start(&name.to_ascii_lowercase(), &attributes);
                if page.open.len() > limits.max_html_depth || page.lines > MAX_LINES {
                    return None;
                }
            }
            Token::Close(name) => page.end(&name.to_ascii_lowercase()),
            Token::TooManyAttributes => return None,
        }
    }
    while !page.open.is_empty() {
        page.pop();
    }
    Some(page.out)
}

impl Page {
    fn text(&mut self, text: &str) {
        if self.hidden > 0 {
            return;
        }
        for (at, piece) in text.split('<').enumerate() {
            if at > 0 {
                self.out.push_str("&lt;");
            }
            self.out.push_str(piece);
        }
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let value = |wanted: &str| {
            attributes.iter().find(|(n, _)| n.eq_ignore_ascii_case(wanted)).map(|(_, value)| *value)
        };
        match name {
            "br" | "hr" | "img" => return self.void(name, value("alt").unwrap_or_default()),
            "input" | "meta" | "link" | "area" | "base" | "col" | "embed" | "source" | "track"
            | "wbr" | "param" => return,
            _ => {}
        }
        self.close_implied(name);
        let is_hidden = value("hidden").is_some()
            || value("style").is_some_and(hides)
            || matches!(name, "head" | "noframes" | "template");
        self.hidden += usize::from(is_hidden);
        let written = if self.hidden > 0 { None } else { self.written_as(name) };
        if let Some(tag) = written {
            self.lines += 1;
            self.out.push('<');
            self.out.push_str(tag);
            self.out.push('>');
            self.indents += usize::from(indents(tag));
        } else if matches!(name, "td" | "th") && self.hidden == 0 {
            self.out.push(' ');
        }
        self.paragraphs += usize::from(name == "p");
        let target = value("href").filter(|_| name == "a" && self.hidden == 0);
        let link = target.map(|target| (target.trim().to_owned(), self.out.len()));
        self.open.push(Element { name: name.to_owned(), written, is_hidden, link });
    }

    fn void(&mut self, name: &str, alt: &str) {
        if self.hidden > 0 {
            return;
        }
        self.lines += usize::from(name != "img");
        match name {
            "br" => self.out.push_str("<br>"),
            "hr" => self.out.push_str("<div>---</div>"),
            _ if !alt.trim().is_empty() => {
                self.out.push('[');
                self.text(alt.trim());
                self.out.push(']');
            }
            _ => {}
        }
    }

    /// Tag that keeps the line structure of `name`, if it has any. Tables
    /// become lines: their columns are layout far more often than data.
    fn written_as(&self, name: &str) -> Option<&'static str> {
        match name {
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Some("p"),
            "ul" | "ol" | "menu" | "dir" | "blockquote" if self.indents >= MAX_INDENT => {
                Some("div")
            }
            "ul" | "menu" | "dir" => Some("ul"),
            "ol" => Some("ol"),
            "blockquote" => Some("blockquote"),
            "li" => match self.open.iter().rev().find_map(|e| e.written.filter(|w| *w != "p")) {
                Some("ul" | "ol") => Some("li"),
                _ => Some("div"),
            },
            "pre" => Some("pre"),
            _ => is_block(name).then_some("div"),
        }
    }

    /// Start tags that end an earlier element (WHATWG HTML §13.1.2.4).
    fn close_implied(&mut self, name: &str) {
        let top = self.open.last().map(|e| e.name.as_str());
        let ends_top = matches!(
            (name, top),
            ("li", Some("li"))
                | ("option", Some("option"))
                | ("dt" | "dd", Some("dt" | "dd"))
                | ("td" | "th" | "tr", Some("td" | "th"))
                | ("tr", Some("tr"))
        );
        if ends_top {
            self.pop();
            if name == "tr" && self.open.last().is_some_and(|e| e.name == "tr") {
                self.pop();
            }
        } else if self.paragraphs > 0 && is_block(name) {
            self.end("p");
        } else if name == "a" && self.open.iter().any(|e| e.name == "a") {
            self.end("a");
        }
    }

    /// Ends the innermost element of that name and all within; a stray end tag
    /// does nothing.
    fn end(&mut self, name: &str) {
        let Some(at) = self.open.iter().rposition(|e| e.name == name) else { return };
        while self.open.len() > at {
            self.pop();
        }
    }

    fn pop(&mut self) {
        let Some(element) = self.open.pop() else { return };
        self.hidden -= usize::from(element.is_hidden).min(self.hidden);
        self.paragraphs -= usize::from(element.name == "p").min(self.paragraphs);
        if let Some((target, from)) = element.link {
            self.show_target(&target, from);
        }
        if let Some(tag) = element.written {
            self.out.push_str("</");
            self.out.push_str(tag);
            self.out.push('>');
            self.indents -= usize::from(indents(tag)).min(self.indents);
        }
    }

    /// Writes where a link leads, unless its text says so: what a link shows
    /// and where it goes are two things in the mail of a deceiver.
    fn show_target(&mut self, target: &str, from: usize) {
        let lower =
            target.get(..target.floor_char_boundary(8)).unwrap_or_default().to_ascii_lowercase();
        let is_shown =
            ["http://", "https://", "mailto:", "tel:"].iter().any(|s| lower.starts_with(s));
        let shown = self.out.get(from..).unwrap_or_default();
        let core = target
            .trim_start_matches("mailto:")
            .trim_start_matches("tel:")
            .trim_start_matches("http://")
            .trim_start_matches("https://")
            .trim_end_matches('/');
        if !is_shown || core.is_empty() || shown.trim().is_empty() || shown.contains(core) {
            return;
        }
        let end = target.floor_char_boundary(MAX_TARGET);
        self.out.push_str(" &lt;");
        self.text(target.get(..end).unwrap_or_default());
        self.out.push_str(if end < target.len() { "…&gt;" } else { "&gt;" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn simple(html: &str) -> String {
        simplify(html, &MimeLimits::default()).unwrap()
    }

    #[test]
    fn only_text_and_lines_are_left_and_everything_is_closed() {
        assert_eq!(
            simple("<div onclick=x><b>a</i> &amp; 1<2</b><ul><li>x<li>y"),
            "<div>a &amp; 1&lt;2<ul><li>x</li><li>y</li></ul></div>"
        );
        assert_eq!(
            simple("<table><tr><td>Due<td>$5<tr><td>x</table>"),
            "<div><div> Due $5</div><div> x</div></div>"
        );
        assert_eq!(simple("<p>a<div>b</div></p>c"), "<p>a</p><div>b</div>c");
    }

    #[test]
    fn what_cannot_be_seen_is_not_read() {
        assert_eq!(simple("lo<span style=\"font-size: 0\">zzz</span>an"), "loan");
        assert_eq!(simple("<p style='DISPLAY:none'>pre</p><p hidden>h</p>x"), "x");
        assert_eq!(simple("<span style=\"font-size:0.9em;opacity:0.9\">seen</span>"), "seen");
        assert_eq!(simple("<head><title>t</title></head><body>b"), "<div>b</div>");
    }

    #[test]
    fn a_link_says_where_it_leads_unless_its_text_does() {
        assert_eq!(
            simple("<a href='http://evil.example/x'>your servicer</a>"),
            "your servicer &lt;http://evil.example/x&gt;"
        );
        assert_eq!(simple("<a href='https://example.com/'>example.com</a>"), "example.com");
        assert_eq!(simple("<a href='javascript:x'>j</a>"), "j");
        assert_eq!(
            simple("<a href='http://a.example'>1<a href='http://b.example'>2"),
            "1 &lt;http://a.example&gt;2 &lt;http://b.example&gt;"
        );
    }

    #[test]
    fn comments_quotes_and_stray_end_tags_hide_no_depth() {
        for opener in
            ["<div></x>", "<div><!--</div>-->", "<div title=\"</div>\">", "<svg><style></style>"]
        {
            let limits = MimeLimits { max_html_depth: 20, ..MimeLimits::default() };
            assert_eq!(simplify(&opener.repeat(21), &limits), None, "{opener}");
        }
    }
}
