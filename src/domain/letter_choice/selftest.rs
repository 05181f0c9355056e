//! Runs the cases written beside the letter table.

use crate::domain::classify::{Flag, ScoredCategory, StatutoryKind, Understanding};
use crate::domain::origin::{Origin, OriginEvidence};
use crate::domain::policy::PolicyProblem;
use crate::domain::receive::Known;
use crate::domain::ticket::Tier;
use crate::domain::trust::Trust;

use super::book::LetterBook;
use super::check::problem;
use super::file::TestRow;
use super::{ChoiceInput, LetterChoice, TaskWanted};

pub(super) fn run(
    book: &LetterBook,
    case: &TestRow,
    line: usize,
    problems: &mut Vec<PolicyProblem>,
) {
    let understanding = understanding(case);
    let known = Known { has_esign_consent: case.has_esign_consent, ..Known::default() };
    let choice = book.choose(&ChoiceInput {
        understanding: &understanding,
        trust: Trust::Unverified,
        known: &known,
        queue: &case.queue,
        tier: Tier::One,
        has_recipient: true,
        is_follow_up: case.follow_up,
    });
    if !agrees(case, &choice) {
        let message = format!("expected otherwise, got: {}", choice.explain());
        problems.push(problem(line, &format!("test.{}", case.name), &message));
    }
}

fn agrees(case: &TestRow, choice: &LetterChoice) -> bool {
    let tasks_agree = |tasks: &[TaskWanted]| {
        let mut got: Vec<String> = tasks.iter().map(task_line).collect();
        let mut wanted = case.tasks.clone();
        got.sort();
        wanted.sort();
        got == wanted
    };
    match choice {
        LetterChoice::Send { template, locale, meets, tasks, .. } => {
            case.letter.as_ref() == Some(template)
                && case.withheld.is_none()
                && case.locale.as_ref().is_none_or(|wanted| wanted == locale)
                && case.meets.iter().all(|clock| meets.contains(clock))
                && (case.meets.is_empty() || case.meets.len() == meets.len())
                && tasks_agree(tasks)
        }
        LetterChoice::Withhold { reason, tasks, .. } => {
            case.withheld.as_ref() == Some(reason) && case.letter.is_none() && tasks_agree(tasks)
        }
    }
}

fn task_line(task: &TaskWanted) -> String {
    match &task.clock_kind {
        Some(clock) => format!("{}:{clock}", task.kind),
        None => task.kind.clone(),
    }
}

fn understanding(case: &TestRow) -> Understanding {
    Understanding {
        origin: OriginEvidence { origin: Origin::Person, signals: Vec::new() },
        language: case.language.clone().unwrap_or_else(|| "en".to_owned()),
        matters: case.categories.iter().map(|category| matter(category)).collect(),
        runner_up: None,
        kinds: case.kinds.iter().map(|kind| statutory(kind)).collect(),
        flags: case
            .flags
            .iter()
            .map(|flag| Flag { flag: flag.clone(), evidence: Vec::new() })
            .collect(),
        facts: Vec::new(),
        new_text: Vec::new(),
    }
}

fn matter(category: &str) -> ScoredCategory {
    let category = category.to_owned();
    ScoredCategory { category, score: 1.0, threshold: 1.0, evidence: Vec::new() }
}

fn statutory(kind: &str) -> StatutoryKind {
    let (kind, sub_kind) = (kind.to_owned(), String::new());
    StatutoryKind { kind, sub_kind, is_to_confirm: false, evidence: Vec::new() }
}
