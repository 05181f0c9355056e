//! The checks before review: each row of the table can fail, with file and line.

use std::collections::BTreeSet;

use tierline::domain::policy::{Policy, PolicyFiles};
use tierline::domain::wording::WordingBook;
use tierline::postage::inspect::{Inspected, SampleServicer, TemplateFinding, inspect};
use tierline::postage::render::{Renderer, SenderIdentity, TemplateSources};

use super::rendering::shipped;

const TABLE: &str = include_str!("../../../rules/letters-wording.toml");

fn book() -> WordingBook {
    let files = PolicyFiles::from([("letters-wording.toml".to_owned(), TABLE.to_owned())]);
    let mut problems = Vec::new();
    let book = WordingBook::load(&files, &mut problems);
    assert_eq!(problems, []);
    book
}

fn servicer() -> SampleServicer {
    SampleServicer {
        name: "Example Home Loans".to_owned(),
        phone: "(800) 555-0142".to_owned(),
        hours_en: "Monday to Friday, 8 a.m. to 8 p.m. Eastern".to_owned(),
        hours_es: "de lunes a viernes, de 8 a. m. a 8 p. m., hora del este".to_owned(),
        url: "https://www.example.com".to_owned(),
        address: "PO Box 555, Springfield, IL 62700".to_owned(),
        own_hosts: vec!["example.com".to_owned()],
    }
}

fn inspected(sources: &TemplateSources) -> Vec<TemplateFinding> {
    let renderer = Renderer::load(sources).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let sender = SenderIdentity {
        from_name: "Example Home Loans".to_owned(),
        from_address: "help@mail.example.com".to_owned(),
        mail_host: "mail.example.com".to_owned(),
    };
    let book = book();
    renderer
        .versions()
        .flat_map(|version| {
            let Inspected { rendered, findings } =
                inspect(&renderer, version, &book, &servicer(), &sender);
            assert!(rendered >= 4 || !findings.is_empty(), "{}", version.name);
            findings
        })
        .collect()
}

/// The shipped texts of one template, with `from` replaced in every part of a locale.
fn changed(name: &str, locale: &str, from: &str, to: &str) -> Vec<TemplateFinding> {
    let mut sources = shipped();
    sources.retain(|file, _| file.starts_with(&format!("{name}/")));
    let mut count = 0;
    // A phrase may stand on two lines.
    let words: Vec<String> = from.split(' ').map(regex::escape).collect();
    let from_anywhere = regex::Regex::new(&words.join(r"\s+")).unwrap();
    for (file, text) in &mut sources {
        if file.starts_with(&format!("{name}/{locale}.")) && from_anywhere.is_match(text) {
            *text = from_anywhere.replace_all(text, regex::NoExpand(to)).into_owned();
            count += 1;
        }
    }
    assert!(count > 0, "{name}/{locale} has no {from:?}");
    inspected(&sources)
}

fn rules(findings: &[TemplateFinding]) -> BTreeSet<&str> {
    findings.iter().map(|found| found.rule.as_str()).collect()
}

#[test]
fn every_shipped_letter_passes_every_check() {
    let findings = inspected(&shipped());
    assert!(findings.is_empty(), "{}", findings[0]);
}

/// One change for each row of the table, and the row it must be caught by.
const CHANGES: &[(&str, &str, &str, &str, &str)] = &[
    ("receipt", "ack_general", "en", "We received your email", "Your email is here"),
    ("receipt", "ack_general", "es", "Recibimos su correo", "Su correo est\u{e1} aqu\u{ed}"),
    ("ticket_number", "ack_payoff", "en", "Your ticket number is", "Number:"),
    ("person", "ack_general", "es", "Para hablar con una persona, llame", "Llame"),
    ("escalate", "ack_complaint", "en", "ask for a supervisor", "ask again"),
    ("no_secrets", "ack_login_help", "en", "Please do not send", "You may send"),
    ("automatic", "ack_general", "en", "It does not decide anything", "It decides a lot"),
    ("mini_miranda", "ack_general", "en", "from a debt collector", "from us"),
    ("mini_miranda", "ack_payoff", "es", "intento de cobrar", "recordatorio de"),
    ("mini_miranda_neutral", "ack_bankruptcy", "en", "from a debt collector", "from us"),
    ("opt_out", "ack_general", "es", "con la palabra STOP", "por tel\u{e9}fono"),
    ("bankruptcy_informational", "ack_bankruptcy", "es", "No es un intento de", "No queremos"),
    ("represented_attorney", "ack_represented", "en", "write to your attorney", "write to you"),
    ("account_number", "ack_general", "en", "A person will", "Account 123-45-6789. We will"),
    ("amount", "ack_payoff", "en", "A person will", "You owe $12. A person will"),
    ("promise", "ack_general", "en", "A person will", "We guarantee that a person will"),
    ("admission", "ack_notice_of_error", "es", "Una persona", "Fue nuestro error. Una persona"),
    (
        "completeness",
        "ack_loss_mitigation",
        "en",
        "A person will",
        "Your file is complete. We will",
    ),
    ("marketing", "ack_general", "en", "A person will", "Refinance now. A person will"),
    ("threat", "ack_general", "es", "Una persona", "Es el \u{fa}ltimo aviso. Una persona"),
    ("legal_advice", "ack_general", "en", "A person will", "You should sue. A person will"),
    ("note_to_ourselves", "ack_general", "en", "A person will", "TODO. A person will"),
    ("collection_in_bankruptcy", "ack_bankruptcy", "en", "Hello,", "Please pay."),
    ("link", "ack_general", "en", "A person will", "See https://evil.example. We will"),
    (
        "reading",
        "ack_general",
        "en",
        "A person will",
        "Notwithstanding contradictory representations, comprehensive administrative \
      consideration necessitates documentation, determination, verification, reconciliation, \
      communication, authorization, investigation, substantiation, clarification, \
      administration, documentation and rehabilitation of aforementioned particulars, \
      notwithstanding contradictory documentation, representations and communications, and \
      consequently an administrative representative necessarily will",
    ),
    (
        "reading",
        "ack_general",
        "es",
        "Una persona lo",
        "No obstante cualquier representaci\u{f3}n contradictoria, la consideraci\u{f3}n \
      administrativa comprensiva necesariamente requiere documentaci\u{f3}n, determinaci\u{f3}n, \
      verificaci\u{f3}n, reconciliaci\u{f3}n, comunicaci\u{f3}n, autorizaci\u{f3}n, \
      investigaci\u{f3}n, clarificaci\u{f3}n, administraci\u{f3}n, rehabilitaci\u{f3}n, \
      individualizaci\u{f3}n, responsabilizaci\u{f3}n y correspondientemente un \
      representante administrativo lo",
    ),
];

#[test]
fn each_rule_catches_the_change_it_is_for() {
    let mut caught = BTreeSet::new();
    for (rule, name, locale, from, to) in CHANGES {
        let findings = changed(name, locale, from, to);
        let found = findings.iter().find(|found| found.rule == *rule);
        let found = found.unwrap_or_else(|| panic!("{rule}: {:?}", rules(&findings)));
        assert!(found.line >= 1 && found.file.starts_with(&format!("{name}/{locale}.")), "{found}");
        caught.insert(*rule);
    }
    let excused = ["answer_by", "debt_to_third_party"];
    for rule in book().ids() {
        assert!(caught.contains(rule) || excused.contains(&rule), "no change is for {rule}");
    }
}

#[test]
fn a_third_party_is_not_told_of_a_debt_and_a_date_must_be_named() {
    let mut sources = shipped();
    sources.retain(|file, _| file.starts_with("ack_general/"));
    let about = sources.get_mut("ack_general/template.toml").unwrap();
    about.push_str("audience = \"third-party\"\n");
    assert!(rules(&inspected(&sources)).contains("debt_to_third_party"));
    let mut sources = shipped();
    sources.retain(|file, _| file.starts_with("ack_general/"));
    for (file, text) in &mut sources {
        *text = text.replace("\"answer_by\", ", "").replace("{{answer_by}}", "soon");
        assert!(!file.is_empty());
    }
    assert!(rules(&inspected(&sources)).contains("answer_by"));
}

#[test]
fn a_forbidden_phrase_is_named_with_its_words_and_its_line() {
    let findings = changed("ack_general", "en", "A person will", "We guarantee it.\nA person will");
    let found = findings
        .iter()
        .find(|found| found.rule == "promise" && found.file.ends_with("en.txt.hbs"))
        .unwrap();
    let text = &shipped()["ack_general/en.txt.hbs"];
    let line = text.lines().position(|line| line.contains("A person will")).unwrap() + 1;
    assert_eq!((found.line, found.words.as_str()), (line, "guarantee"));
    assert!(found.to_string().contains("ack_general/en.txt.hbs:"), "{found}");
}

#[test]
fn words_that_only_one_part_says_are_named() {
    let mut sources = shipped();
    sources.retain(|file, _| file.starts_with("ack_general/"));
    let html = sources.get_mut("ack_general/en.html.hbs").unwrap();
    *html = html.replace("<p>Hello,</p>", "<p>Dear borrower,</p>");
    let findings = inspected(&sources);
    let [found] = findings.as_slice() else { panic!("{findings:#?}") };
    assert_eq!((found.rule.as_str(), found.line), ("text", 1));
}

#[test]
fn mistakes_in_the_table_are_named_with_their_line() {
    for (from, to, says) in [
        ("en_grade_at_most = 8.0", "en_grade_at_most = 0.0", "school grade"),
        ("id = \"opt_out\"", "id = \"receipt\"", "used twice"),
        ("audiences = [\"bankrupt\"]", "audiences = [\"banckrupt\"]", "no audience `banckrupt`"),
        ("channels = [\"mail\"]", "channels = [\"fax\"]", "no channel `fax`"),
        ("patterns = ['\\$ ?[0-9]'", "patterns = ['('", "no regular expression"),
        ("en = [\"ask for a supervisor\"]", "", "one language"),
        ("says = \"marketing\"", "sais = \"marketing\"", "sais"),
    ] {
        let broken = TABLE.replacen(from, to, 1);
        assert_ne!(broken, TABLE, "{from}");
        let files = PolicyFiles::from([("letters-wording.toml".to_owned(), broken)]);
        let mut problems = Vec::new();
        WordingBook::load(&files, &mut problems);
        assert!(
            problems
                .iter()
                .any(|problem| problem.to_string().contains(says) && problem.line <= 400),
            "{says}: {problems:?}"
        );
    }
    let mut files = tierline::app::shipped::rules(None).unwrap();
    files.remove("letters-wording.toml");
    let problems = Policy::load(files).unwrap_err();
    assert!(problems[0].message.contains("missing"), "{problems:?}");
}
