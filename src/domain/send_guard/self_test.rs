//! Runs the letters written beside the rules of the send guard.

use toml::Spanned;

use super::file::TestRow;
use super::{Addressee, GuardBook, Outgoing, Situation, examine};
use crate::domain::calendar::source::Source;
use crate::domain::wording::WordingBook;

pub(super) fn run(
    book: &GuardBook,
    wording: &WordingBook,
    case: &Spanned<TestRow>,
    source: &mut Source<'_>,
) {
    let (span, case) = (case.span(), case.get_ref());
    let letter = Outgoing {
        kind: &case.kind,
        subject: &case.subject,
        text: &case.text,
        attachments: case.attachments,
    };
    let findings = examine(book, wording, &letter, &situation(case));
    let mut got: Vec<&str> = findings.iter().map(|finding| finding.rule.as_str()).collect();
    let mut wanted: Vec<&str> = case.expect.iter().map(String::as_str).collect();
    got.sort_unstable();
    wanted.sort_unstable();
    if got != wanted {
        let got = if got.is_empty() { "nothing".to_owned() } else { got.join(", ") };
        let message = format!("expected otherwise, found {got}");
        source.problem(&span, format!("test.{}", case.name), message);
    }
}

fn situation(case: &TestRow) -> Situation {
    Situation {
        ticket: "TL-0000-0000-0000".to_owned(),
        language: case.language.clone(),
        flags: case.flags.clone(),
        clocks: case.clocks.clone(),
        is_proven: case.proven,
        own_domains: vec!["servicer.example".to_owned()],
        addressee: Addressee {
            names: case.names.clone(),
            addresses: vec!["rosa@example.com".to_owned()],
            loan_numbers: case.loan_numbers.clone(),
            other_loans: case.other_loans.clone(),
            is_fdcpa_covered: false,
        },
    }
}
