//! Parts as they stand in real and in broken mail.

use super::*;

fn read(media: &str, body: &str, limits: MimeLimits) -> (Vec<(String, String)>, Vec<Defect>) {
    let mut defects = BTreeSet::new();
    let header = format!("Content-Type: {media}\n");
    let root = Entity::read(header.as_bytes(), &mut defects);
    let parts = walk(root, body.as_bytes(), &limits, &mut defects)
        .iter()
        .map(|p| (p.entity.media().to_owned(), String::from_utf8_lossy(p.body).into_owned()))
        .collect();
    (parts, defects.into_iter().collect())
}

fn pair(media: &str, body: &str) -> (String, String) {
    (media.to_owned(), body.to_owned())
}

const NESTED: &str = "preamble\r\n--a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n\
    --b\r\n\r\nplain\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>\r\n--b--\r\n\
    --a \r\nContent-Type: image/png\r\n\r\nPNG\r\n--a--\r\nepilogue";

#[test]
fn nested_parts_come_out_in_order_without_the_boundary_line_ends() {
    let (parts, defects) = read("multipart/mixed; boundary=a", NESTED, MimeLimits::default());
    assert_eq!(
        parts,
        [
            pair("multipart/mixed", ""),
            pair("multipart/alternative", ""),
            pair("text/plain", "plain"),
            pair("text/html", "<p>"),
            pair("image/png", "PNG"),
        ]
    );
    assert!(defects.is_empty());
}

#[test]
fn a_missing_last_boundary_loses_no_text() {
    let (parts, defects) =
        read("multipart/mixed; boundary=x", "--x\n\nbody kept\n", MimeLimits::default());
    assert_eq!(parts[1], pair("text/plain", "body kept\n"));
    assert_eq!(defects, [Defect::BrokenMultipart]);
}

#[test]
fn a_multipart_whose_boundary_never_comes_is_read_as_text() {
    for media in ["multipart/mixed; boundary=x", "multipart/mixed"] {
        let (parts, defects) = read(media, "--y\n\nhello\n", MimeLimits::default());
        assert_eq!(parts, [pair("text/plain", "--y\n\nhello\n")]);
        assert_eq!(defects, [Defect::BrokenMultipart]);
    }
}

#[test]
fn a_boundary_that_is_named_wrongly_is_found_by_its_looks() {
    let body = "--b42\nContent-Type: text/plain\n\nhello\n--b42--\n";
    for media in ["multipart/mixed; boundary=B42", "multipart/mixed"] {
        let (parts, defects) = read(media, body, MimeLimits::default());
        assert_eq!(parts[1], pair("text/plain", "hello"));
        assert_eq!(defects, [Defect::BrokenMultipart]);
    }
}

#[test]
fn an_outer_boundary_ends_the_inner_parts() {
    let body = "--a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--a\n\ntwo\n--a--\n";
    let (parts, _) = read("multipart/mixed; boundary=a", body, MimeLimits::default());
    assert_eq!(parts[2], pair("text/plain", "one"));
    assert_eq!(parts[3], pair("text/plain", "two"));
}

#[test]
fn what_is_over_a_limit_stays_together_as_one_opaque_part() {
    let limits = MimeLimits { max_parts: 3, ..MimeLimits::default() };
    let body = "--x\n\n1\n--x\n\n2\n--x\n\n3\n--x--\n";
    let (parts, defects) = read("multipart/mixed; boundary=x", body, limits);
    assert_eq!(parts[1], pair("text/plain", "1"));
    assert_eq!(parts[2], pair("application/octet-stream", "2\n--x\n\n3\n--x--\n"));
    assert_eq!((parts.len(), defects), (3, vec![Defect::TooManyParts]));

    let limits = MimeLimits { max_depth: 1, ..MimeLimits::default() };
    let (parts, defects) = read("multipart/mixed; boundary=a", NESTED, limits);
    assert!(parts[1].1.starts_with("--b\r\n"));
    assert_eq!((parts.len(), defects), (3, vec![Defect::TooDeep]));
}
