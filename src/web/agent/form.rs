//! The forms of a ticket's page: which are shown, and why an act that one would
//! expect is not among them.

mod field;

pub(super) use field::{Field, Form};

use super::acts::Failed;
use super::wish::{BEST, MAIL};
use crate::app::work::{Answer, Offers};
use crate::domain::actor::Actor;
use crate::domain::actor::permission::Permission;
use crate::domain::command::Refusal;
use crate::domain::rule::Queue;
use crate::web::shown::Moment;

/// The forms of what `by` is offered, with what was typed last into the one
/// that failed.
pub(super) fn forms(
    offers: &Offers,
    by: &Actor,
    moment: &Moment,
    failed: Option<&Failed>,
) -> Vec<Form> {
    let mut forms = Forms { offers, by, moment, failed, list: Vec::new() };
    forms.work();
    forms.status();
    forms.moves();
    forms.escalations();
    forms.join_and_part();
    forms.no_longer_offered();
    forms.list
}

/// The forms as far as they are put together.
struct Forms<'a> {
    offers: &'a Offers,
    by: &'a Actor,
    moment: &'a Moment,
    failed: Option<&'a Failed>,
    list: Vec<Form>,
}

impl Forms<'_> {
    fn work(&mut self) {
        let answers = &self.offers.answers;
        if self.offers.view.work.assignee != Some(self.by.person) {
            self.offer(&answers.take, Form::new("take", "Take it"));
        }
        let words = Field::area("text", "Words for the house; the borrower never sees them");
        self.offer(&answers.note, Form::new("note", "Add note").with(words));
    }

    fn status(&mut self) {
        let answers = &self.offers.answers;
        self.with_reason(&answers.resolve, "resolve", "Resolve", "How it was answered");
        self.with_reason(&answers.pend, "pend", "Wait for the borrower", "What for");
        self.with_reason(&answers.release, "release", "Release", "Why it may be worked on");
        self.offer(&answers.close, Form::new("close", "Close"));
        self.with_reason(&answers.reopen, "reopen", "Reopen", "Why");
        self.with_reason(&answers.give_back, "return", "Return to its queue", "Why");
    }

    fn moves(&mut self) {
        let offers = self.offers;
        if !offers.up.is_empty() {
            let form = Form::new("escalate", "Escalate")
                .with(Field::choice("queue", "Queue", queues(&offers.up)))
                .with(Field::area("tried", "What was tried, one step on each line"))
                .with(Field::area(
                    "documents",
                    "Documents that are here or missing, one on each line",
                ))
                .with(Field::area("asked", "What is asked of them"));
            self.put(form);
        }
        if self.by.role.may(Permission::AssignOthers) && !offers.takers.is_empty() {
            let mut choices = vec![(BEST.to_owned(), "Whoever fits best".to_owned())];
            let takers = offers.persons.iter().filter(|one| offers.takers.contains(&one.id));
            choices.extend(takers.map(|one| (one.id.to_string(), one.name.clone())));
            let field = Field::choice("person", "Who gets it", choices);
            self.put(Form::new("assign", "Assign").with(field));
        }
        if !offers.aside.is_empty() {
            let form = Form::new("requeue", "Move to another queue")
                .with(Field::choice("queue", "Queue", queues(&offers.aside)))
                .with(Field::area("reason", "Why"));
            self.put(form);
        }
        if !offers.sooner.is_empty() {
            let sooner = offers.sooner.iter().map(|one| (one.to_string(), one.to_string()));
            let form = Form::new("prioritize", "Raise its priority")
                .with(Field::choice("priority", "Priority", sooner.collect()))
                .with(Field::area("reason", "Why"));
            self.put(form);
        }
        if !offers.categories.is_empty() {
            let stays = Field::choice("queue", "Queue", queues(&offers.aside));
            let form = Form::new("reclassify", "Not right: it is about something else")
                .with(Field::choice("category", "What it is about", offers.categories.clone()))
                .with(stays.or("as it is"))
                .with(Field::area("reason", "Why; the rules are fitted to it"));
            self.put(form);
        }
        if !offers.flags.is_empty() {
            let field = Field::choice("flag", "Flag", offers.flags.clone());
            self.put(Form::new("raise", "Raise a flag").with(field));
        }
        if offers.may_name_cause {
            let persons = offers.persons.iter().map(|one| (one.id.to_string(), one.name.clone()));
            let label = "Who caused the error; they neither answer nor end it";
            let field = Field::choice("person", label, persons.collect());
            self.put(Form::new("cause", "Name who caused the error").with(field));
        }
    }

    fn escalations(&mut self) {
        for (place, one) in self.offers.escalations.iter().enumerate() {
            let since = self.moment.words(one.begun_at);
            let escalation = || Field::hidden("escalation", &one.id.to_string());
            let label = format!("I have the escalation “{}” of {since}", one.ladder);
            self.put(Form::new("claim", &label).number(place).with(escalation()));
            let label = format!("Refuse the escalation “{}” of {since}", one.ladder);
            let why = Field::area("reason", "Why it is not for us; the next step comes at once");
            self.put(Form::new("refuse", &label).number(place).with(escalation()).with(why));
        }
    }

    fn join_and_part(&mut self) {
        let offers = self.offers;
        let is_joined = offers.merged_into.is_some();
        if offers.answers.note.is_ok() && offers.answers.reopen.is_err() {
            let field = Field::line("into", "Number of the ticket that goes on");
            self.put(Form::new("merge", "Join to another ticket").with(field));
        }
        if !is_joined && offers.view.mails.len() > 1 {
            let mails = offers.view.mails.iter().enumerate().map(|(place, (id, at))| {
                let label = format!("Mail {} of {}", place + 1, self.moment.words(*at));
                Field::tick(format!("{MAIL}{id}"), &label)
            });
            let form = Form::new("split", "Make a ticket of some mails");
            let form = mails.fold(form, Form::with).about("mails");
            self.put(form);
        }
        if offers.can_undo {
            self.put(Form::new("undo", "Undo the last join or split"));
        }
    }

    /// A form for what the core accepts; a sentence for what a person would
    /// expect here; nothing for what makes no sense now.
    fn offer(&mut self, answer: &Answer, form: Form) {
        match answer {
            Ok(()) => self.put(form),
            Err(refusal) if is_worth_saying(refusal) => {
                self.put(form.not_now(&refusal.to_string()));
            }
            Err(_) => {}
        }
    }

    fn with_reason(&mut self, answer: &Answer, word: &'static str, label: &str, asked: &str) {
        self.offer(answer, Form::new(word, label).with(Field::area("reason", asked)));
    }

    fn put(&mut self, form: Form) {
        let failed = self.failed.filter(|failed| form.is_of(failed.act, &failed.form));
        self.list.push(match failed {
            Some(failed) => form.typed_in(&failed.form, &failed.problem),
            None => form,
        });
    }

    /// What was typed is kept even when the act makes no sense any more.
    fn no_longer_offered(&mut self) {
        let Some(failed) = self.failed.filter(|_| !self.list.iter().any(Form::is_open)) else {
            return;
        };
        let form = ["text", "reason", "tried", "documents", "asked"]
            .into_iter()
            .filter(|name| !failed.form.text(name).is_empty())
            .fold(Form::new(failed.act, "Not possible any more"), |form, name| {
                form.with(Field::area(name, "What you typed"))
            });
        self.list.push(form.typed_in(&failed.form, &failed.problem));
    }
}

fn queues(queues: &[Queue]) -> Vec<(String, String)> {
    let label = |queue: &Queue| format!("{}, tier {}", queue.name, queue.tier);
    queues.iter().map(|queue| (queue.id.clone(), label(queue))).collect()
}

/// What a person can do something about, or should know of.
const fn is_worth_saying(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::NoSkill { .. }
            | Refusal::NoLanguage { .. }
            | Refusal::Full { .. }
            | Refusal::Away { .. }
            | Refusal::StatutoryClockOwed { .. }
            | Refusal::ConflictOfDuty
    )
}
