//! The text of an HTML mail, within bounds. The renderer is quadratic in
//! nesting and in attributes and was written for honest pages, so it is only
//! ever given a page that was rewritten within the limits.

mod element;
mod safe;
mod simplify;
mod token;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use safe::safe;

use super::mime::{MimeLimits, clean_text};

/// No line is wrapped: paragraphs are evidence, and rules match across words.
const WIDTH: usize = 1_000_000;

/// What a reader of the page would see, one line a paragraph, link targets in
/// angle brackets behind their text. `None` when the page is larger, nested
/// deeper or has more attributes on one tag than `limits` allow.
#[must_use]
pub fn to_text(page: &str, limits: &MimeLimits) -> Option<String> {
    if page.len() > limits.max_html_bytes.saturating_mul(4) {
        return None;
    }
    let simple = simplify::simplify(page, limits)?;
    let render = || {
        html2text::config::plain_no_decorate()
            .allow_width_overflow()
            .string_from_read(simple.as_bytes(), WIDTH)
    };
    // a renderer that gives up is a page without text, never a lost mail
    let rendered = catch_unwind(AssertUnwindSafe(render)).ok()?.ok()?;
    Some(tidy(&clean_text(&rendered)))
}

/// No white space at line ends and no more than one empty line in a row.
fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut blanks = 0;
    for line in text.lines().map(str::trim_end) {
        if line.trim().is_empty() {
            blanks += 1;
            continue;
        }
        if !tidy.is_empty() {
            tidy.push_str(if blanks > 0 { "\n\n" } else { "\n" });
        }
        tidy.push_str(line);
        blanks = 0;
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(page: &str) -> String {
        to_text(page, &MimeLimits::default()).unwrap()
    }

    #[test]
    fn a_page_reads_like_a_letter() {
        let page = "<html><head><style>p{}</style></head><body><p>Dear&nbsp;Sam,</p>\n\
            <p>I paid <b>twice</b>:\n  see</p><ul><li>March<li>April</ul>\
            <blockquote>You wrote &lt;x&gt;</blockquote>Rosa<br>Borrower</body></html>";
        assert_eq!(
            read(page),
            "Dear Sam,\n\nI paid twice: see\n* March\n* April\n\n> You wrote <x>\n\nRosa\nBorrower"
        );
    }

    #[test]
    fn invisible_padding_leaves_no_empty_lines() {
        let page = format!("<p>a</p><p>{}</p><p>b</p>", "&nbsp;&zwnj;".repeat(200));
        assert_eq!(read(&page), "a\n\nb");
    }

    #[test]
    fn a_long_paragraph_stays_one_line() {
        let page = format!("<p>{}</p>", "word ".repeat(2000));
        assert_eq!(read(&page).lines().count(), 1);
    }

    #[test]
    fn a_page_over_a_limit_has_no_text() {
        let limits = MimeLimits::default();
        assert_eq!(to_text(&"<div>".repeat(40_000), &limits), None);
        assert_eq!(to_text(&format!("<p {}>x", "a=1 ".repeat(100_000)), &limits), None);
        assert_eq!(to_text(&"x".repeat(3 << 20), &limits), None);
    }
}
