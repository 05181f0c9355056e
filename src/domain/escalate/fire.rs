//! A step fires: who is told, what changes, and when the next one comes.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::look::Looking;
use super::{
    Audience, Delay, Escalation, EscalationChange, EscalationState, LadderBook, Notice, Step, Via,
    about,
};
use crate::domain::actor::Role;
use crate::domain::assign::{self, Worker};
use crate::domain::catalogue::ClockBook;
use crate::domain::clock::ClockClass;
use crate::domain::id::{LetterId, NoticeId, PersonId, TaskId};
use crate::domain::letter::{AcknowledgmentContext, LetterIntent, Task, date_in_words};
use crate::domain::thread;
use crate::domain::ticket::{Priority, Status};

/// A status letter older than this says the wrong date.
const LIFETIME: SignedDuration = SignedDuration::from_hours(48);
/// How much later an answer is promised when no clock of the law says sooner.
const LATER: SignedDuration = SignedDuration::from_hours(50);
/// Flags under which no letter of a template leaves by itself.
const NO_LETTER: [&str; 4] = ["cease-communication", "attorney", "bankruptcy", "payment-diversion"];

impl LadderBook {
    /// When `step` comes on a ladder that began at `begun_at`: after its delay,
    /// or when the step before it, due at `before`, was not claimed in time.
    pub(super) fn due_of(
        &self,
        step: &Step,
        begun_at: Timestamp,
        before: Option<(Timestamp, Option<SignedDuration>)>,
        clocks: &ClockBook,
    ) -> Timestamp {
        if let Some((due_at, Some(within))) = before {
            return due_at.saturating_add(within).unwrap_or(Timestamp::MAX);
        }
        match step.after {
            Delay::Wall(after) => begun_at.saturating_add(after).unwrap_or(Timestamp::MAX),
            Delay::Open(after) => match clocks.calendars().find_calendar(&self.calendar) {
                Some(hours) => hours.add_business(begun_at, after),
                None => begun_at.saturating_add(after).unwrap_or(Timestamp::MAX),
            },
        }
    }

    /// When a notice of a service step may leave: in the next open time, at the
    /// end of the slot in which notices are gathered. A notice of the law: now.
    fn leaves_at(&self, is_statutory: bool, now: Timestamp, clocks: &ClockBook) -> Timestamp {
        if is_statutory {
            return now;
        }
        let open = match clocks.calendars().find_calendar(&self.calendar) {
            Some(hours) if !hours.is_open_at(now) => {
                // a moment of open time after the next opening
                hours.add_business(now, SignedDuration::from_micros(1))
            }
            _ => now,
        };
        let slot = self.digest.as_secs().max(1);
        let end = (open.as_second().div_euclid(slot) + 1) * slot;
        if self.digest.is_zero() { open } else { Timestamp::from_second(end).unwrap_or(open) }
    }
}

impl Looking<'_> {
    /// Every step that is due, in order, each with its own instant.
    pub(super) fn fire_due(&mut self, mut escalation: Escalation) {
        let policy = &self.desk.policy;
        let Some(ladder) = policy.ladders.find_ladder(&escalation.ladder) else {
            // The policy no longer has the ladder: nothing more can come of it.
            self.wanted.escalations.push(EscalationChange::End(escalation.id));
            let mut particulars = about(&escalation);
            particulars["because"] = json!("ladder_gone");
            self.record("escalation_ended", self.now, particulars);
            return;
        };
        while let Some(due_at) = escalation.next_at.filter(|due_at| *due_at <= self.now) {
            let place = escalation.step;
            let at = usize::try_from(place).unwrap_or(usize::MAX);
            let Some(step) = ladder.steps.get(at) else { break };
            self.fire(&escalation, step, due_at);
            escalation.step = place + 1;
            escalation.claim_by_at =
                step.claim_within.and_then(|within| due_at.saturating_add(within).ok());
            let before = Some((due_at, step.claim_within));
            escalation.next_at = ladder.steps.get(at + 1).map(|next| {
                policy.ladders.due_of(next, escalation.begun_at, before, &policy.clocks)
            });
            if escalation.next_at.is_none() {
                escalation.state = EscalationState::Ended;
            }
            self.wanted.escalations.push(EscalationChange::Fire {
                after: escalation.clone(),
                step: place,
                due_at,
                fired_at: self.now,
            });
        }
    }

    fn fire(&mut self, escalation: &Escalation, step: &Step, due_at: Timestamp) {
        let mut particulars = about(escalation);
        if let Some(priority) = step.priority {
            let raised = self.update.priority.unwrap_or(self.view.ticket.priority).max(priority);
            self.raise(raised, &mut particulars);
        }
        if let Some(queue) = &step.queue {
            self.move_up(queue, &mut particulars);
        }
        if step.assigns {
            self.assign(&mut particulars);
        }
        if let Some(kind) = &step.task {
            self.task(kind);
        }
        if let Some(template) = &step.letter {
            self.letter(template, escalation, &mut particulars);
        }
        let told = self.tell(escalation, step);
        particulars["told"] = json!(told);
        self.record("escalation_step", due_at, particulars);
    }

    fn raise(&mut self, to: Priority, particulars: &mut serde_json::Value) {
        if to > self.view.ticket.priority {
            self.update.priority = Some(to);
            particulars["priority"] = json!(to);
        }
    }

    /// Up, never down: who had it hands over, with a task to say what was done.
    fn move_up(&mut self, queue: &str, particulars: &mut serde_json::Value) {
        let Some(to) = self.desk.policy.rules.find_queue(queue) else { return };
        let tier = self.update.tier.unwrap_or(self.view.ticket.tier);
        if to.tier <= tier || matches!(self.view.ticket.status, Status::Closed) {
            return;
        }
        self.update.queue = Some(to.id.clone());
        self.update.tier = Some(to.tier);
        if self.view.work.assignee.is_some() {
            self.update.assignee = Some(None);
            self.task("write_handover");
        }
        particulars["queue"] = json!(to.id);
        particulars["tier"] = json!(to.tier);
    }

    fn assign(&mut self, particulars: &mut serde_json::Value) {
        let has = self.update.assignee.unwrap_or(self.view.work.assignee);
        let status = self.update.status.unwrap_or(self.view.ticket.status);
        if has.is_some() || !matches!(status, Status::New | Status::Open) {
            return;
        }
        let id = self.update.queue.as_ref().unwrap_or(&self.view.ticket.queue);
        let Some(queue) = self.desk.policy.rules.find_queue(id) else { return };
        let not = self.view.work.caused_by;
        let language = &self.view.ticket.language;
        let Some(worker) = assign::choose(queue, language, self.workers, not, self.now) else {
            particulars["assigned"] = json!("nobody is free");
            return;
        };
        self.update.assignee = Some(Some(worker.person));
        if status == Status::New {
            self.update.status = Some(Status::Open);
        }
        particulars["assigned"] = json!(worker.person);
    }

    fn task(&mut self, kind: &str) {
        let task = Task {
            id: TaskId(self.ids.uuid()),
            ticket_id: self.view.ticket.id,
            kind: kind.to_owned(),
            due_on: self.desk.policy.clocks.local_date(self.now),
            clock_kind: None,
        };
        let particulars = json!({
            "task": task.id, "kind": task.kind, "due_on": task.due_on.to_string(),
            "clock_kind": task.clock_kind,
        });
        self.record("task_made", self.now, particulars);
        self.wanted.tasks.push(task);
    }

    /// A status letter to the borrower, once for its escalation. Where no letter
    /// may leave by itself, a person is asked.
    fn letter(
        &mut self,
        template: &str,
        escalation: &Escalation,
        particulars: &mut serde_json::Value,
    ) {
        let view = self.view;
        let is_barred = NO_LETTER.iter().any(|flag| view.has_flag(flag));
        let mail = view.last_mail.as_ref().filter(|_| {
            !is_barred
                && !view.ticket.requester.is_empty()
                && view.ticket.status != Status::Held
                && view.ticket.trust != crate::domain::trust::Trust::Suspicious
        });
        let Some(mail) = mail else {
            self.task("write_status_letter");
            return;
        };
        let policy = &self.desk.policy;
        let locale = if view.ticket.language == "es" { "es" } else { "en" };
        let (keys, host) = (&self.desk.reply_keys, &self.desk.own.mail_host);
        let purpose = format!("{template}:{}", escalation.cause);
        let recipient = &view.ticket.requester;
        let token = thread::mint(keys, mail.canonical_sha, &purpose, recipient);
        let intent = LetterIntent {
            id: LetterId(self.ids.uuid()),
            ticket_id: view.ticket.id,
            template: template.to_owned(),
            locale: locale.to_owned(),
            recipient: recipient.clone(),
            dedupe_key: format!("step:{}:{template}", escalation.cause),
            message_id: thread::message_id(keys, &token, host),
            reply_to: thread::reply_address(&token, host),
            envelope_from: thread::bounce_address(&token, host),
            in_reply_to: mail.message_id.clone(),
            references: mail.message_id.iter().cloned().collect(),
            context: self.status_context(locale),
            written_at: self.now,
            expires_at: self.now.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX),
            meets: Vec::new(),
            hold: None,
        };
        particulars["letter"] = json!(intent.id);
        particulars["template"] = json!(template);
        particulars["policy"] = json!(policy.revision);
        self.wanted.notifications.push(intent);
    }

    /// The date by which an answer is promised now: later than the one about to
    /// slip, and never later than the law's.
    fn status_context(&self, locale: &str) -> AcknowledgmentContext {
        let (servicer, clocks) = (&self.desk.servicer, &self.desk.policy.clocks);
        let owed = self.view.clocks.iter().filter(|clock| {
            clock.is_open() && clocks.find_definition(&clock.kind).is_some_and(|row| row.is_answer)
        });
        let (of_law, ours): (Vec<_>, Vec<_>) =
            owed.partition(|clock| clock.class == ClockClass::Statutory);
        let promised = ours.iter().map(|clock| clock.due_at).min().unwrap_or(self.now);
        let later = clocks.servicer().add_business(promised.max(self.now), LATER);
        let later = clocks.servicer().last_staffed_day_on_or_before(clocks.local_date(later));
        let answer_by = of_law.iter().map(|clock| clock.internal_due_on).min();
        let answer_by = answer_by.map_or(later, |legal| legal.min(later));
        let received_on = clocks.local_date(self.view.ticket.received_at);
        AcknowledgmentContext {
            ticket_number: self.view.ticket.number.to_string(),
            received_on: date_in_words(received_on, locale),
            answer_by: date_in_words(answer_by, locale),
            servicer_name: servicer.name.clone(),
            servicer_phone: servicer.phone.clone(),
            servicer_hours: if locale == "es" { &servicer.hours_es } else { &servicer.hours_en }
                .clone(),
            servicer_url: servicer.url.clone(),
            servicer_address: servicer.address.clone(),
            is_fdcpa_covered: false,
            fields: std::collections::BTreeMap::new(),
        }
    }

    /// One notice for each person and endpoint, however often the step names them.
    fn tell(&mut self, escalation: &Escalation, step: &Step) -> usize {
        let mut persons: Vec<PersonId> = Vec::new();
        for audience in &step.notify {
            for person in self.audience(*audience) {
                if !persons.contains(&person) {
                    persons.push(person);
                }
            }
        }
        let policy = &self.desk.policy;
        let is_statutory = escalation.is_statutory;
        let gathered = policy.ladders.leaves_at(is_statutory, self.now, &policy.clocks);
        let mails = persons.into_iter().map(|person| (Via::Mail(person), gathered));
        let hooks = step.webhooks.iter().map(|name| (Via::Webhook(name.clone()), gathered));
        let pages = step.pages.iter().map(|name| (Via::Webhook(name.clone()), self.now));
        let told: Vec<(Via, Timestamp)> = mails.chain(hooks).chain(pages).collect();
        let count = told.len();
        for (place, (via, not_before_at)) in told.into_iter().enumerate() {
            let notice = Notice {
                id: NoticeId(self.ids.uuid()),
                escalation_id: escalation.id,
                ticket_id: self.view.ticket.id,
                step: escalation.step,
                place: u32::try_from(place).unwrap_or(u32::MAX),
                via,
                is_statutory,
                not_before_at,
            };
            self.wanted.notices.push(notice);
        }
        count
    }

    /// Whoever is not away; everybody of the role when all are.
    fn audience(&self, audience: Audience) -> Vec<PersonId> {
        let role = match audience {
            Audience::Assignee => {
                let has = self.update.assignee.unwrap_or(self.view.work.assignee);
                let has = has.or(self.view.work.assignee);
                return has.into_iter().collect();
            }
            Audience::Supervisor => Role::Supervisor,
            Audience::Compliance => Role::Compliance,
            Audience::Operator => Role::Operator,
        };
        let all: Vec<&Worker> = self.workers.iter().filter(|one| one.role == role).collect();
        let here: Vec<PersonId> =
            all.iter().filter(|one| !one.is_away(self.now)).map(|one| one.person).collect();
        if here.is_empty() { all.iter().map(|one| one.person).collect() } else { here }
    }
}
