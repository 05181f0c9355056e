//! A table as a file for spreadsheets.

/// RFC 4180. A cell that a spreadsheet would take for a formula gets a quote
/// before it.
#[must_use]
pub fn csv<H: AsRef<str>, R: AsRef<[String]>>(heads: &[H], rows: &[R]) -> String {
    let heads: Vec<String> = heads.iter().map(|head| field(head.as_ref())).collect();
    let mut lines = vec![heads.join(",")];
    for row in rows {
        lines.push(row.as_ref().iter().map(|cell| field(cell)).collect::<Vec<_>>().join(","));
    }
    lines.join("\r\n") + "\r\n"
}

fn field(text: &str) -> String {
    let is_number = text.parse::<f64>().is_ok_and(f64::is_finite);
    let is_formula = !is_number && text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_gets_no_formula_and_no_broken_line() {
        let rows =
            [["=1+1".to_owned(), "-5".to_owned()], ["a,\"b\"".to_owned(), "x\ny".to_owned()]];
        assert_eq!(
            csv(&["one", "two"], &rows),
            "one,two\r\n'=1+1,-5\r\n\"a,\"\"b\"\"\",\"x\ny\"\r\n"
        );
    }
}
