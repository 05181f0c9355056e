//! A table as a file to keep: CSV that a spreadsheet opens without running
//! anything in it.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::web::guard::Allowance;

/// Letters with which a spreadsheet begins a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// `rows` under `head` as a file called `name`.
pub(super) fn csv<const N: usize>(
    name: &str,
    head: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> Response {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let written = writer
        .write_record(head)
        .and_then(|()| rows.into_iter().try_for_each(|row| writer.write_record(row.map(harmless))));
    match written.is_ok().then(|| writer.into_inner().ok()).flatten() {
        Some(bytes) => file(name, "text/csv; charset=utf-8", bytes),
        None => {
            (StatusCode::INTERNAL_SERVER_ERROR, "The file cannot be written.\n").into_response()
        }
    }
}

/// Bytes to keep under a name of ours.
pub(super) fn file(name: &str, media_type: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Allowance::Download.on((headers, bytes).into_response())
}

fn harmless(cell: String) -> String {
    if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@a", "\tx"] {
            assert_eq!(harmless(cell.to_owned()), format!("'{cell}"));
        }
        assert_eq!(harmless("NOE_ACK".to_owned()), "NOE_ACK");
    }
}
