//! Mail made to stop a parser: deep, wide, endless.

use super::*;

#[test]
fn a_hundred_thousand_mails_within_each_other_are_one_attachment() {
    let level = "Content-Type: message/rfc822\r\n\r\n";
    let mail = parse(format!("{ROSA}{}innermost", level.repeat(100_000)));
    assert_bounded(&mail);
    assert_eq!((mail.attachments.len(), mail.text_source), (1, TextSource::Absent));
    assert_eq!(mail.attachments[0].sniffed_type, "message/rfc822");
}

#[test]
fn three_thousand_encoded_mails_within_each_other_are_one_attachment() {
    // a true base64 wrapping grows by a third a level, so most of the levels
    // stand beside the first ones, as in the mail that ends other parsers
    let mut inner = b"Subject: innermost\r\n\r\nx".to_vec();
    for _ in 0..24 {
        let head = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n";
        inner = [&head[..], data_encoding::BASE64.encode(&inner).as_bytes()].concat();
    }
    let level = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
    let bomb = format!("{}{}", level.repeat(3000), String::from_utf8_lossy(&inner));
    let wrapped = data_encoding::BASE64.encode(bomb.as_bytes());
    let mail = parse(format!(
        "{ROSA}Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{wrapped}"
    ));
    assert_bounded(&mail);
    assert_eq!(mail.attachments.len(), 1);
    assert_eq!(mail.attachments[0].size, bomb.len() as u64);
}

#[test]
fn ten_thousand_multiparts_within_each_other_stop_at_the_limit() {
    let mut body = String::new();
    for level in 0..10_000 {
        write!(body, "Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n")
            .unwrap();
    }
    body.push_str("Content-Type: text/plain\r\n\r\ndeep\r\n");
    let mail = parse(format!("{ROSA}{body}"));
    assert_bounded(&mail);
    assert!(mail.defects.contains(&Defect::TooDeep), "{:?}", mail.defects);
    assert_eq!(mail.attachments.len(), 1, "what is deeper stays together");
}

#[test]
fn a_hundred_thousand_parts_stop_at_the_limit_and_the_first_text_is_kept() {
    let parts = "--x\r\n\r\np\r\n".repeat(100_000);
    let mail = parse(format!(
        "{ROSA}Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nmy question\r\n{parts}"
    ));
    assert_bounded(&mail);
    assert!(mail.text.starts_with("my question\n\np"));
    assert!(mail.defects.contains(&Defect::TooManyParts));
    assert_eq!(mail.attachments.len(), 1, "the rest is one lump");
    assert!(mail.attachments[0].size > 800_000);
}

#[test]
fn of_two_hundred_thousand_references_the_last_fifty_are_kept() {
    let ids: String = (0..200_000).map(|n| format!("<{n}@example.com>\r\n ")).collect();
    let mail = parse(format!("{ROSA}References: {ids}\r\n\r\nhi"));
    assert_bounded(&mail);
    assert_eq!(mail.references.len(), 50);
    assert_eq!(mail.references[49], "199999@example.com");
    assert_eq!(mail.text, "hi");
    assert!(mail.defects.contains(&Defect::HeaderTooLong));
}

#[test]
fn two_hundred_thousand_nested_comments_in_from_hide_nothing_else() {
    let mail = parse(format!(
        "From: {}rosa@example.com\r\nSubject: still here\r\n\r\nhi",
        "(".repeat(200_000)
    ));
    assert_bounded(&mail);
    assert_eq!((mail.subject.as_str(), mail.text.as_str()), ("still here", "hi"));
    assert!(mail.defects.contains(&Defect::NoSender));
}

#[test]
fn a_display_name_with_encoded_line_breaks_and_nul_is_one_clean_line() {
    let mail = parse(
        "From: =?utf-8?q?Evil=0D=0ABcc:_victim@example.com=00?= <e@example.com>\r\n\
         Subject: =?utf-8?b?SGkNCkJjYzogeAA=?=\r\n\r\nhi",
    );
    assert_bounded(&mail);
    assert_eq!(mail.from[0].name, "Evil Bcc: victim@example.com");
    assert_eq!(mail.from[0].address, "e@example.com");
    assert_eq!(mail.subject, "Hi Bcc: x");
}

#[test]
fn html_that_is_too_deep_or_too_wide_is_kept_as_an_attachment() {
    let deep = "<div>".repeat(40_000);
    let wide: String = (0..100_000).map(|n| format!(" a{n}=1")).collect();
    let big = "<p>words</p>".repeat(60_000);
    for page in [deep, format!("<p{wide}>x"), big] {
        let mail = parse(format!("{ROSA}Content-Type: text/html\r\n\r\n{page}"));
        assert_bounded(&mail);
        assert_eq!(mail.text_source, TextSource::Absent);
        assert_eq!(mail.defects, [Defect::HtmlTooComplex]);
        assert_eq!(mail.attachments[0].declared_type, "text/html");
        assert_eq!(mail.attachments[0].size, page.len() as u64);
    }
}

#[test]
fn misnested_formatting_tags_within_the_limits_are_read_quickly() {
    let fonts: String = (0..200).map(|n| format!("<font a={n}>")).collect();
    let page = format!("<p>{fonts}</p>{}", "<p>x</p>".repeat(15_000));
    let mail = parse(format!("{ROSA}Content-Type: text/html\r\n\r\n{page}"));
    assert_bounded(&mail);
    assert_eq!(mail.text_source, TextSource::Html);
}

#[test]
fn plain_text_is_read_even_when_its_html_twin_is_a_bomb() {
    let page = "<div>".repeat(40_000);
    let mail = parse(format!(
        "{ROSA}Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\r\nplain words\r\n\
         --x\r\nContent-Type: text/html\r\n\r\n{page}\r\n--x--\r\n"
    ));
    assert_eq!((mail.text.as_str(), mail.text_source), ("plain words", TextSource::Plain));
}

#[test]
fn a_pile_of_trace_headers_hides_neither_sender_nor_subject() {
    let trace = "Received: from a by b; Tue, 4 Mar 2025 10:00:00 +0000\r\n".repeat(20_000);
    let mail = parse(format!("{trace}{ROSA}\r\nhi"));
    assert_bounded(&mail);
    assert_eq!(mail.single_sender().unwrap().address, "rosa@example.com");
    assert_eq!((mail.subject.as_str(), mail.text.as_str()), ("My loan", "hi"));
    assert_eq!(mail.defects, [Defect::TooManyHeaders]);
}

#[test]
fn text_over_the_limit_is_cut_between_characters() {
    let mail = parse(format!("{ROSA}\r\nx{}", "é".repeat(400_000)));
    assert_bounded(&mail);
    assert_eq!(mail.defects, [Defect::TextTooLong]);
    assert_eq!(mail.text.len(), 256 * 1024 - 1);
}

#[test]
fn many_small_pages_cost_no_more_than_one_large_page() {
    let page = format!("--x\r\nContent-Type: text/html\r\n\r\n{}\r\n", "<p> </p>".repeat(128));
    let body = format!("{}--x--\r\n", page.repeat(100));
    let raw = format!("{ROSA}Content-Type: multipart/mixed; boundary=x\r\n\r\n{body}");
    let limits = MimeLimits { max_html_bytes: 8 * 1024, ..MimeLimits::default() };
    let mail = mime::parse(raw.as_bytes(), Timestamp::UNIX_EPOCH, &limits);
    assert_eq!(mail.defects, [Defect::HtmlTooComplex]);
    assert_eq!(mail.attachments.len(), 92, "eight pages of 1 KB were read, the others are kept");
}

#[test]
fn a_page_of_endless_lines_is_kept_as_an_attachment() {
    let mail = parse(format!("{ROSA}Content-Type: text/html\r\n\r\n{}", "x<br>".repeat(30_000)));
    assert_eq!(mail.defects, [Defect::HtmlTooComplex]);
}
