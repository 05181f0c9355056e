//! Every mail of `tests/corpus` reads as the file beside it says.

use super::*;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    about: String,
    from: Vec<String>,
    subject: String,
    text: String,
    source: TextSource,
    #[serde(default)]
    reply_to: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    return_path: Option<String>,
    #[serde(default)]
    sent_at: Option<Timestamp>,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    reports_hold: Vec<String>,
    #[serde(default)]
    attachments: Vec<ExpectedAttachment>,
    defects: Vec<Defect>,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct ExpectedAttachment {
    name: String,
    declared: String,
    sniffed: String,
    size: u64,
}

#[test]
fn every_mail_of_the_corpus_reads_as_its_expectation_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut failures = String::new();
    let mut count = 0;
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths.iter().filter(|p| p.extension().is_some_and(|e| e == "eml")) {
        count += 1;
        let written = std::fs::read_to_string(path.with_extension("toml")).unwrap();
        let expected: Expected =
            toml::from_str(&written).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let mail = parse(std::fs::read(path).unwrap());
        assert_bounded(&mail);
        if let Err(difference) = compare(&mail, &expected) {
            writeln!(failures, "{} ({}):\n{difference}", path.display(), expected.about).unwrap();
        }
    }
    assert!(count >= 15, "the corpus holds only {count} mails");
    assert!(failures.is_empty(), "{failures}");
}

fn compare(mail: &InboundMail, expected: &Expected) -> Result<(), String> {
    let addresses = |list: &[tierline::domain::mail::Address]| {
        list.iter().map(|a| a.address.clone()).collect::<Vec<_>>()
    };
    let attachments: Vec<_> = mail
        .attachments
        .iter()
        .map(|a| ExpectedAttachment {
            name: a.name.clone(),
            declared: a.declared_type.clone(),
            sniffed: a.sniffed_type.clone(),
            size: a.size,
        })
        .collect();
    let mut wrong = String::new();
    let mut same = |what: &str, is: String, should: String| {
        if is != should {
            let _ = writeln!(wrong, "  {what} is     {is}\n  {what} should {should}");
        }
    };
    macro_rules! same {
        ($what:literal, $is:expr, $should:expr) => {
            same($what, format!("{:?}", $is), format!("{:?}", $should))
        };
    }
    same!("from", addresses(&mail.from), expected.from);
    same!("reply_to", addresses(&mail.reply_to), expected.reply_to);
    same!("subject", mail.subject, expected.subject);
    same!("text", mail.text, expected.text.trim_end());
    same!("source", mail.text_source, expected.source);
    same!("return_path", mail.return_path, expected.return_path);
    same!("references", mail.references, expected.references);
    same!("attachments", attachments, expected.attachments);
    same!("defects", mail.defects, expected.defects);
    if expected.sent_at.is_some() {
        same!("sent_at", mail.sent_at, expected.sent_at);
    }
    if !expected.names.is_empty() {
        let names: Vec<_> = mail.from.iter().map(|a| a.name.clone()).collect();
        same!("names", names, expected.names);
    }
    for wanted in &expected.reports_hold {
        let is_held = mail.reports.iter().any(|report| report.contains(wanted));
        same!("reports", (is_held, wanted), (true, wanted));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}
