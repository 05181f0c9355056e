//! `rules lint`: what works but should be looked at, with file, line and fix.

use tierline::domain::policy::PolicyFiles;
use tierline::domain::rule::RuleBook;

/// Lints `text` as `file`, together with two queues and a category.
fn found(file: &str, text: &str) -> Vec<String> {
    let queue = |id: &str| {
        format!(
            "[[queue]]\nid = \"{id}\"\nname = \"Q\"\ntier = 1\nlanguages = [\"en\"]\n\
             capacity = 5\ncalendar = \"c\"\n\n"
        )
    };
    let category = "[[category]]\nid = \"known\"\nname = \"K\"\n\n[[category.evidence]]\n\
                    id = \"known.x\"\nany = [\"payoff\"]\n\n[[flag]]\nid = \"raised\"\nname = \"R\"\n\n\
                    [[flag.evidence]]\nid = \"raised.x\"\nany = [\"lawyer\"]\n\n[[test]]\n\
                    name = \"both\"\ntext = \"payoff, says my lawyer\"\n";
    let mut files = PolicyFiles::from([
        ("queues.toml".to_owned(), queue("triage") + &queue("front")),
        ("categories/known.toml".to_owned(), category.to_owned()),
    ]);
    let route = "[[route]]\nid = \"rest\"\nqueue = \"front\"\n";
    if file != "routing.toml" {
        files.insert("routing.toml".to_owned(), route.to_owned());
    }
    files.insert(file.to_owned(), text.to_owned());
    let mut problems = Vec::new();
    let book = RuleBook::load(&files, &mut problems);
    assert_eq!(problems, []);
    book.lint().iter().map(ToString::to_string).collect()
}

fn card(evidence: &str) -> String {
    format!(
        "[[category]]\nid = \"a\"\nname = \"A\"\n{evidence}\n[[test]]\nname = \"t\"\n\
         text = \"late fee payment zq\"\n"
    )
}

/// One finding, which begins with `place` and says `what` and `fix`.
#[track_caller]
fn only(found: &[String], place: &str, what: &str, fix: &str) {
    assert_eq!(found.len(), 1, "{found:#?}");
    let told = &found[0];
    assert!(told.starts_with(place) && told.contains(what) && told.contains(fix), "{told}");
}

#[test]
fn good_rules_give_nothing_to_say() {
    assert_eq!(found("words.toml", "# none\n"), Vec::<String>::new());
}

#[test]
fn evidence_that_no_test_hits_is_named() {
    let text = card("[[category.evidence]]\nid = \"a.x\"\nany = [\"escrow\"]\n");
    only(
        &found("categories/a.toml", &text),
        "categories/a.toml:5: a.x",
        "fires in no test",
        "add a",
    );
}

#[test]
fn a_pattern_without_a_long_literal_is_slow() {
    let text = card("[[category.evidence]]\nid = \"a.x\"\nany = [\"zq[a-z]{0,3}\"]\n");
    only(&found("categories/a.toml", &text), "categories/a.toml:5: a.x", "slow", "lengthen");
}

#[test]
fn a_pattern_that_counts_twice_is_shadowed_and_one_with_both_signs_conflicts() {
    let line = |id: &str, weight: &str| {
        format!("[[category.evidence]]\nid = \"a.{id}\"\nweight = {weight}\nany = [\"late fee\"]\n")
    };
    let twice = card(&(line("x", "1.0") + &line("y", "1.0")));
    only(
        &found("categories/a.toml", &twice),
        "categories/a.toml:9: a.y",
        "shares a pattern",
        "delete",
    );
    let both = card(&(line("x", "1.0") + &line("y", "-1.0")));
    only(
        &found("categories/a.toml", &both),
        "categories/a.toml:9: a.y",
        "conflicts with `a.x`",
        "keep one",
    );
}

#[test]
fn evidence_whose_conditions_exclude_each_other_can_never_fire() {
    let text = card(
        "[[category.evidence]]\nid = \"a.x\"\nany = [\"late fee\"]\n\n[[category.evidence]]\n\
         id = \"a.y\"\nany = [\"payment\"]\nall_of = [\"a.x\"]\nnone_of = [\"a.x\"]\n",
    );
    let told = found("categories/a.toml", &text);
    assert!(
        told.iter().any(|one| one.starts_with("categories/a.toml:9: a.y: can never fire")),
        "{told:#?}"
    );
}

#[test]
fn a_card_without_a_threshold_always_passes() {
    let text = card("threshold = 0.0\n[[category.evidence]]\nid = \"a.x\"\nany = [\"late fee\"]\n");
    only(
        &found("categories/a.toml", &text),
        "categories/a.toml:2: a",
        "always reached",
        "how much",
    );
}

#[test]
fn a_queue_that_no_rule_leads_to_is_unreachable() {
    let route = "[[route]]\nid = \"rest\"\nqueue = \"triage\"\n";
    only(&found("routing.toml", route), "queues.toml:10: front", "unreachable", "add a [[route]]");
}

#[test]
fn a_routing_rule_behind_a_wider_one_is_shadowed_and_behind_its_twin_conflicts() {
    let route = |id: &str, when: &str, queue: &str| {
        format!("[[route]]\nid = \"{id}\"\nwhen = {{ {when} }}\nqueue = \"{queue}\"\n\n")
    };
    let wide = route("wide", "lead = [\"known\"]", "front");
    let narrow = route("narrow", "lead = [\"known\"], flag = [\"raised\"]", "triage");
    only(
        &found("routing.toml", &(wide.clone() + &narrow)),
        "routing.toml:7: narrow",
        "shadowed",
        "move it up",
    );
    let twin = route("twin", "lead = [\"known\"]", "triage");
    only(
        &found("routing.toml", &(wide + &twin)),
        "routing.toml:7: twin",
        "conflicts with `wide`",
        "delete one",
    );
}

#[test]
fn a_routing_rule_that_asks_for_nothing_is_always_true() {
    let routes = "[[route]]\nid = \"all\"\npriority = \"high\"\n\n[[route]]\nid = \"rest\"\nqueue = \"front\"\n";
    only(&found("routing.toml", routes), "routing.toml:2: all", "always true", "say when");
}

#[test]
fn a_routing_rule_that_contradicts_itself_is_never_true() {
    let rest = "\n[[route]]\nid = \"rest\"\nqueue = \"front\"\n";
    let flags = format!(
        "[[route]]\nid = \"r\"\nwhen = {{ flag = [\"raised\"], not_flag = [\"raised\"] }}\nqueue = \"front\"\n{rest}"
    );
    only(&found("routing.toml", &flags), "routing.toml:2: r", "never true", "not_flag");
    let lead = format!(
        "[[route]]\nid = \"r\"\nwhen = {{ lead = [\"known\"], abstained = true }}\nqueue = \"front\"\n{rest}"
    );
    only(&found("routing.toml", &lead), "routing.toml:2: r", "never true", "abstained");
}
