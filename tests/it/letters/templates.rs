//! Templates that ship, and templates that are refused.

use tierline::domain::letter_choice::LetterBook;
use tierline::domain::policy::PolicyFiles;
use tierline::postage::render::{Renderer, TemplateProblem};

use super::rendering::shipped;

/// Loads the shipped templates with `text` as the English text of `ack_general`.
fn with(text: &str) -> Vec<TemplateProblem> {
    let mut sources = shipped();
    sources.retain(|file, _| file.starts_with("ack_general/"));
    let all = "{{ticket_number}}{{received_on}}{{answer_by}}{{servicer_phone}}\n";
    sources.insert("ack_general/en.txt.hbs".to_owned(), format!("{all}{text}"));
    Renderer::load(&sources).err().unwrap_or_default()
}

#[test]
fn every_template_that_the_table_can_choose_is_there_in_every_locale() {
    let renderer = Renderer::load(&shipped()).unwrap();
    let table = include_str!("../../../rules/letters.toml").to_owned();
    let files = PolicyFiles::from([("letters.toml".to_owned(), table)]);
    let book = LetterBook::load(&files, &mut Vec::new());
    for template in book.templates() {
        for locale in book.locales() {
            assert!(renderer.version(template, locale).is_some(), "{template}/{locale}");
        }
    }
    // but for those that a person chooses
    let by_the_table = renderer.versions().filter(|version| version.form.is_none());
    let names: std::collections::BTreeSet<_> = by_the_table.map(|v| v.name.as_str()).collect();
    let mut chosen = book.templates();
    // what a step of a ladder sends, and what it tells people of the house
    chosen.extend(["staff_notice", "status_delay"]);
    assert_eq!(names, chosen, "a template that nothing can choose");
}

#[test]
fn a_form_whose_fields_are_wrong_is_refused() {
    let form = |from: &str, to: &str| {
        let mut sources = shipped();
        sources.retain(|file, _| file.starts_with("reply_error_resolved/"));
        let about = sources.get_mut("reply_error_resolved/template.toml").unwrap();
        assert!(about.contains(from), "{from}");
        *about = about.replace(from, to);
        let problems = Renderer::load(&sources).err().unwrap_or_default();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    for (from, to, said) in [
        ("sent_as = \"notice_of_error_response\"\n", "", "nobody fills in its fields"),
        ("name = \"correction\"", "name = \"reported\"", "`reported` is there already"),
        ("name = \"reported\"", "name = \"ticket_number\"", "`ticket_number` is there already"),
        ("name = \"reported\"", "name = \"re-ported\"", "small letters"),
        ("sample = \"2026-11-03\"", "sample = \"soon\"", "sample of field effective_on"),
        ("name = \"reported\"", "name = \"other\"", "there is no field `reported`"),
        ("kind = \"date\"", "kind = \"day\"", "unknown variant `day`"),
    ] {
        let problems = form(from, to);
        assert!(problems.contains(said), "{to}: {problems}");
    }
    assert_eq!(form("What was done about it", "What we did"), "");
}

#[test]
fn no_letter_says_what_a_letter_must_not_say() {
    for version in Renderer::load(&shipped()).unwrap().versions() {
        assert_eq!(version.wording, "draft wording: counsel must review");
        for text in [&version.subject, &version.text, &version.html] {
            let text = text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(!text.contains("counsel"), "a note to ourselves in {}", version.name);
            for wrong in [
                "balance",
                "saldo",
                "your loan number",
                "guarantee",
                "garantiz",
                "on hold",
                "href",
                "<img",
                "http:",
                "is complete",
                "está completa",
                "is incomplete",
            ] {
                assert!(!text.contains(wrong), "{wrong:?} in {}/{}", version.name, version.locale);
            }
        }
    }
}

#[test]
fn a_misspelt_field_is_refused_with_file_and_line_even_in_a_condition() {
    for (text, line) in [
        ("one\n{{tiket_number}}", 3),
        ("{{#if is_fdcpa_coverd}}x{{/if}}", 2),
        ("{{#unless nothing}}x{{/unless}}", 2),
        ("{{#if is_fdcpa_covered}}\n\n{{servicer_nam}}\n{{/if}}", 4),
        ("{{#if is_fdcpa_covered}}a{{else}}\n{{servicer_nam}}{{/if}}", 3),
        ("{{#if is_fdcpa_covered}}a{{else if tpyo}}b{{/if}}", 2),
        ("{{#if is_fdcpa_covered}}a{{else if servicer_url}}b{{else if tpyo}}c{{/if}}", 2),
        ("{{#if is_fdcpa_covered}}a{{else if servicer_url}}\n{{servicer_nam}}{{/if}}", 3),
    ] {
        let problems = with(text);
        let [problem] = problems.as_slice() else { panic!("{text}: {problems:?}") };
        assert_eq!(problem.file, "ack_general/en.txt.hbs");
        assert_eq!(problem.line, line, "{text}: {problem}");
        assert!(problem.message.contains("there is no field"), "{problem}");
    }
}

#[test]
fn whatever_could_print_raw_reach_elsewhere_or_recurse_is_refused() {
    for (text, says) in [
        ("{{{servicer_name}}}", "without escaping"),
        ("{{& servicer_name}}", "without escaping"),
        ("{{~{servicer_name}~}}", "without escaping"),
        ("{{{{raw}}}}x{{{{/raw}}}}", "block `raw` is not allowed"),
        ("{{> other}}", "partials are not allowed"),
        ("{{#> other}}x{{/other}}", "partials are not allowed"),
        ("{{#*inline \"a\"}}{{> b}}{{/inline}}{{#*inline \"b\"}}{{> a}}{{/inline}}", "decorators"),
        ("{{lookup this \"servicer_name\"}}", "only {{field}}"),
        ("{{#each servicer_name}}x{{/each}}", "only `if` and `unless`"),
        ("{{#with servicer_name}}x{{/with}}", "only `if` and `unless`"),
        ("{{#if (eq servicer_name \"x\")}}x{{/if}}", "parentheses"),
        ("{{#if is_fdcpa_covered includeZero=true}}x{{/if}}", "one field, nothing else"),
        ("{{#if true}}x{{/if}}", "plain field names"),
        ("{{this}}", "plain field names"),
        ("{{@root.servicer_name}}", "plain field names"),
        ("{{../servicer_name}}", "plain field names"),
        ("{{servicer_name.length}}", "plain field names"),
        ("{{is_fdcpa_covered}}", "yes/no field"),
        ("{{#if is_fdcpa_covered}}x", ""),
        ("{{", ""),
    ] {
        let problems = with(text);
        assert!(!problems.is_empty(), "{text} was accepted");
        assert!(
            problems.iter().any(|problem| problem.message.contains(says)),
            "{text}: {problems:?}"
        );
        assert!(
            problems.iter().all(|problem| problem.file == "ack_general/en.txt.hbs"),
            "{problems:?}"
        );
    }
}

#[test]
fn a_bomb_of_nested_blocks_is_refused_before_it_is_parsed() {
    let deep = "{{#if is_fdcpa_covered}}".repeat(2000);
    assert!(with(&deep)[0].message.contains("deeper than 8"));
    assert!(with(&"x".repeat(70_000))[0].message.contains("64 KiB"));
}

#[test]
fn a_missing_locale_or_file_and_a_stray_one_are_refused() {
    let problems_after = |change: &dyn Fn(&mut std::collections::BTreeMap<String, String>)| {
        let mut sources = shipped();
        sources.retain(|file, _| file.starts_with("ack_payoff/"));
        change(&mut sources);
        let problems = Renderer::load(&sources).unwrap_err();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let got = problems_after(&|sources| {
        sources.remove("ack_payoff/es.html.hbs");
    });
    assert_eq!(got, "ack_payoff/es.html.hbs:0: the file is missing");
    let got = problems_after(&|sources| {
        sources.retain(|file, _| !file.starts_with("ack_payoff/es."));
        let about = sources.get_mut("ack_payoff/template.toml").unwrap();
        *about = about.replace(", \"es\"", "");
    });
    assert!(got.contains("ack_payoff/template.toml:0: locale `es` is missing"), "{got}");
    let got = problems_after(&|sources| {
        sources.insert("ack_payoff/fr.txt.hbs".to_owned(), "x".to_owned());
    });
    assert!(got.contains("ack_payoff/fr.txt.hbs:0: no part of this template"), "{got}");
    let got = problems_after(&|sources| {
        let text = sources.get_mut("ack_payoff/en.html.hbs").unwrap();
        *text = text.replace("{{answer_by}}", "soon");
    });
    assert!(got.contains("ack_payoff/en.html.hbs:0: must mention {{answer_by}}"), "{got}");
    let got = problems_after(&|sources| {
        let about = sources.get_mut("ack_payoff/template.toml").unwrap();
        about.push_str("colour = \"blue\"\n");
    });
    assert!(got.starts_with("ack_payoff/template.toml:10: "), "{got}");
    assert!(Renderer::load(&std::collections::BTreeMap::new()).is_err());
}
