//! A stranger's HTML as it may be shown in a sealed frame: words, lists and
//! tables; no picture, style, script, form or frame; links dead, with the host
//! they really lead to beside them.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use ammonia::Builder;
use url::Url;

use super::token::{Token, Tokens};
use crate::mailbox::mime::MimeLimits;

/// What may be shown.
const TAGS: [&str; 28] = [
    "p",
    "br",
    "div",
    "span",
    "b",
    "i",
    "u",
    "em",
    "strong",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "thead",
    "tbody",
    "tr",
    "td",
    "th",
    "blockquote",
    "a",
    "pre",
    "h1",
    "h2",
    "h3",
    "hr",
];
/// Closed by what follows them: they nest only inside of what is counted.
const SELF_CLOSING: [&str; 10] = ["p", "br", "hr", "li", "dt", "dd", "tr", "td", "th", "tbody"];
/// Longest address of a link that is shown, in characters.
const MAX_TARGET: usize = 300;

/// The page made safe; `None` when it is larger, nested deeper or has more
/// attributes on one tag than `limits` allow.
#[must_use]
pub fn safe(page: &str, limits: &MimeLimits) -> Option<String> {
    if page.len() > limits.max_html_bytes.saturating_mul(4) {
        return None;
    }
    let counted = counted(page, limits)?;
    let clean = || cleaner().clean(&counted).to_string();
    // A cleaner that gives up is a page that is not shown, never one shown raw.
    let cleaned = catch_unwind(AssertUnwindSafe(clean)).ok()?;
    Some(dead_links(&cleaned))
}

fn cleaner() -> Builder<'static> {
    let mut builder = Builder::new();
    builder
        .tags(HashSet::from(TAGS))
        .generic_attributes(HashSet::new())
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href"])),
            ("td", HashSet::from(["colspan", "rowspan"])),
            ("th", HashSet::from(["colspan", "rowspan"])),
        ]))
        .allowed_classes(HashMap::new())
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .link_rel(Some("noopener noreferrer nofollow"));
    builder
}

/// The page written again from its own tokens, so that the tree which the
/// cleaner builds is exactly as deep as was counted here.
fn counted(page: &str, limits: &MimeLimits) -> Option<String> {
    let mut out = String::with_capacity(page.len());
    let mut depth = 0_usize;
    for token in Tokens::new(page, limits.max_html_attributes) {
        match token {
            Token::Text(text) => out.push_str(&text.replace('<', "&lt;")),
            Token::Open(name, attributes) => {
                let Some(tag) = known(name) else { continue };
                depth += usize::from(!SELF_CLOSING.contains(&tag));
                if depth > limits.max_html_depth {
                    return None;
                }
                open(&mut out, tag, &attributes);
            }
            Token::Close(name) => {
                let Some(tag) = known(name) else { continue };
                depth = depth.saturating_sub(usize::from(!SELF_CLOSING.contains(&tag)));
                out.push_str("</");
                out.push_str(tag);
                out.push('>');
            }
            Token::TooManyAttributes => return None,
        }
    }
    Some(out)
}

fn known(name: &str) -> Option<&'static str> {
    TAGS.iter().find(|tag| name.eq_ignore_ascii_case(tag)).copied()
}

fn open(out: &mut String, tag: &str, attributes: &[(&str, &str)]) {
    out.push('<');
    out.push_str(tag);
    for (name, value) in attributes {
        let kept = ["href", "colspan", "rowspan"];
        let Some(name) = kept.iter().find(|one| name.eq_ignore_ascii_case(one)) else { continue };
        let value = value.replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;");
        out.push_str(&format!(" {name}=\"{value}\""));
    }
    out.push('>');
}

/// Links of a cleaned page become words with their true host behind them:
/// nothing on the page leads anywhere.
fn dead_links(cleaned: &str) -> String {
    let mut out = String::with_capacity(cleaned.len());
    let mut rest = cleaned;
    let mut hosts: Vec<String> = Vec::new();
    let next = |rest: &str| ["<a ", "<a>", "</a>"].iter().filter_map(|tag| rest.find(tag)).min();
    while let Some(at) = next(rest) {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let end = tag.find('>').map_or(tag.len(), |end| end + 1);
        let (tag, after) = tag.split_at(end);
        if tag.starts_with("</") {
            out.push_str("</u>");
            out.push_str(&hosts.pop().unwrap_or_default());
        } else {
            out.push_str("<u>");
            hosts.push(target(tag));
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Where a link leads, as words.
fn target(tag: &str) -> String {
    let href = tag.split_once("href=\"").and_then(|(_, rest)| rest.split('"').next());
    let Some(href) = href else { return String::new() };
    let plain = href.replace("&amp;", "&").replace("&quot;", "\"");
    let told = match Url::parse(plain.trim()) {
        Ok(url) => match (url.host_str(), url.scheme()) {
            (Some(host), _) => format!("{host}: {url}"),
            (None, scheme) => format!("{scheme}: {}", url.path()),
        },
        Err(_) => return " [leads nowhere]".to_owned(),
    };
    let told: String = told.chars().take(MAX_TARGET).collect();
    format!(" <code>[{}]</code>", escaped(&told))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(page: &str) -> String {
        safe(page, &MimeLimits::default()).unwrap()
    }

    #[test]
    fn nothing_that_runs_loads_or_disguises_is_left() {
        for page in [
            "<script>alert(1)</script>hi",
            "<img src=x onerror=alert(1)>hi",
            "<p onclick=alert(1) style='position:fixed' class=x id=y>hi",
            "<svg><animate onbegin=alert(1)></svg>hi",
            "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>hi",
            "<form action=https://evil.example><input name=a></form>hi",
            "<iframe src=https://evil.example></iframe>hi",
            "<a href='javascript:alert(1)'>hi</a>",
            "<a href='java\nscript:alert(1)'>hi</a>",
            "<a href='data:text/html,<script>1</script>'>hi</a>",
            "<style>@import 'https://evil.example'</style>hi",
            "<link rel=stylesheet href=https://evil.example>hi",
            "<meta http-equiv=refresh content='0;url=https://evil.example'>hi",
            "<base href=https://evil.example>hi",
            "<object data=x></object><embed src=x>hi",
            "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>hi",
            "<p hx-get=/account hx-trigger=load>hi",
            "<!--><img src=x onerror=alert(1)>-->hi",
            "<b <script>alert(1)</script>>hi",
            "&lt;script&gt;alert(1)&lt;/script&gt;hi",
        ] {
            let made = made(page);
            let lower = made.to_lowercase();
            for word in [
                "<script", "onerror", "onclick", "onbegin", "<img", "<svg", "<iframe", "<form",
                "style", "class=", "hx-", "href", "<meta", "<link", "<base", "src=",
            ] {
                // What was text stays text: only markup counts.
                let is_there = lower.split('<').skip(1).any(|tag| {
                    let inside = tag.split('>').next().unwrap_or_default();
                    format!("<{inside}").contains(word)
                });
                assert!(!is_there, "{word} in {made} of {page}");
            }
        }
    }

    #[test]
    fn a_link_is_dead_and_names_its_true_host() {
        assert_eq!(
            made("<a href=\"https://bank.example@evil.example/x?a=1&amp;b=2\">bank.example</a>"),
            "<u>bank.example</u> <code>[evil.example: \
             https://bank.example@evil.example/x?a=1&amp;b=2]</code>"
        );
        assert!(made("<a href=https://xn--e1awd7f.example>x</a>").contains("[xn--e1awd7f.example"));
        assert!(made("<a href='https://еvil.example'>x</a>").contains("[xn--"), "as ASCII");
        assert_eq!(
            made("<a href=mailto:a@b.example>x</a>"),
            "<u>x</u> <code>[mailto: a@b.example]</code>"
        );
        assert_eq!(made("<a href=/local>x</a>"), "<u>x</u> [leads nowhere]");
        assert_eq!(
            made("<a>x</a>").replace(" rel=\"noopener noreferrer nofollow\"", ""),
            "<u>x</u>"
        );
    }

    #[test]
    fn words_lists_and_tables_are_kept() {
        let page = "<p>Hello <b>Ana</b><ul><li>one<li>two</ul><table><tr><td colspan=2>x</table>";
        let made = made(page);
        for part in ["<p>Hello <b>Ana</b>", "<li>one</li>", "<td colspan=\"2\">x</td>"] {
            assert!(made.contains(part), "{made}");
        }
        assert_eq!(self::made("a < b & c"), "a &lt; b &amp; c");
    }

    #[test]
    fn a_bomb_is_not_shown() {
        let limits = MimeLimits::default();
        assert_eq!(safe(&"<div>".repeat(100_000), &limits), None);
        assert_eq!(safe(&"<b><i>".repeat(10_000), &limits), None);
        assert!(safe(&"<p>x".repeat(10_000), &limits).is_some());
        assert_eq!(safe(&"x".repeat(limits.max_html_bytes * 4 + 1), &limits), None);
        let many = (0..1_000).map(|n| format!(" a{n}=1")).collect::<String>();
        assert_eq!(safe(&format!("<p{many}>"), &limits), None);
    }
}
