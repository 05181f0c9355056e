//! A person writes to the borrower in their own signed words, or records what
//! left another way; which clocks that meets, and which clocks it starts.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Deciding, PreparedReply, Refusal, Reply, ShownWording, words_of};
use crate::domain::clock::{Act, Clock};
use crate::domain::decision::ClockChange;
use crate::domain::digest::Digest;
use crate::domain::id::{LetterId, TaskId};
use crate::domain::letter::{LetterIntent, Task};
use crate::domain::reply::ReplyKind;
use crate::domain::send_guard::{Finding, Outcome};
use crate::domain::thread;
use crate::domain::ticket::{Status, Ticket};
use crate::domain::work::{EndedDraft, LastMail, PersonLetter, clock_started};

/// A letter that could not leave for so long says what may be no longer true.
const LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The subject that was typed; without one nothing of the borrower's words, which
/// may hold a secret.
pub(super) fn subject_of(reply: &Reply, ticket: &Ticket) -> String {
    let typed = reply.subject.clone().filter(|subject| !subject.trim().is_empty());
    typed.unwrap_or_else(|| match ticket.language.as_str() {
        "es" => format!("Su solicitud {}", ticket.number),
        _ => format!("Your request {}", ticket.number),
    })
}

/// Rules that asked and were confirmed. What else was typed as one is no rule
/// and may be any word: the record does not keep it.
fn confirmed<'f>(reply: &Reply, findings: &'f [Finding]) -> Vec<&'f str> {
    let asked = findings.iter().filter(|finding| finding.outcome == Outcome::Asks);
    let rules = asked.map(|finding| finding.rule.as_str());
    rules.filter(|rule| reply.confirmed.iter().any(|typed| typed == rule)).collect()
}

impl Deciding<'_> {
    pub(super) fn reply(&mut self, prepared: &PreparedReply) -> Result<(), Refusal> {
        let reply = &prepared.reply;
        let kind = self.desk.policy.replies.load_kind(&reply.kind)?.clone();
        let text = words_of(&reply.text, "letter")?;
        self.no_conflict()?;
        let status = self.ticket().status;
        if matches!(status, Status::Held | Status::Closed) {
            return Err(Refusal::NoSuchStep { from: status, to: Status::Open });
        }
        let findings = self.guard(prepared, &text)?;
        let mail = self.view.last_mail.clone();
        let mail = mail.filter(|_| !self.ticket().requester.is_empty());
        let mail = mail.ok_or(Refusal::NoAddress)?;
        let clocks = &self.desk.policy.clocks;
        let meets = kind.meets(clocks, &self.view.clocks, self.view.has_esign_consent);
        self.ask_for_paper(&meets.asks_for_writing);
        let intent = self.intent(&kind, &mail, meets.kinds, prepared.wording.as_ref());
        let release = prepared.release.as_ref();
        let files = prepared.files.iter().map(|file| Digest::of(&file.content));
        let files: Vec<Digest> = files.collect();
        self.record(
            "letter_written",
            json!({
                "letter": intent.id, "reply": kind.id, "meets": intent.meets,
                "answers": mail.id, "hold": intent.hold, "template": intent.template,
                "released": reply.release.is_some() || release.is_some(),
                "released_by": release.map(|release| release.by), "findings": findings,
                "confirmed": confirmed(reply, &findings), "files": files,
            }),
        );
        if status == Status::New {
            self.go_to(Status::Open)?;
        }
        let ended = prepared.draft_version.map(|version| EndedDraft {
            ticket_id: self.ticket().id,
            person: self.by.person,
            version,
        });
        self.wanted.drafts_ended.extend(ended);
        self.wanted.letters.push(PersonLetter {
            subject: subject_of(reply, self.ticket()),
            text: self.signed(&text, prepared.addressee.is_fdcpa_covered),
            author: self.by.person,
            not_before_at: self.now.saturating_add(reply.undo).unwrap_or(self.now),
            wording: prepared.wording.as_ref().map(|wording| wording.version),
            files: prepared.files.clone(),
            intent,
        });
        Ok(())
    }

    fn intent(
        &mut self,
        kind: &ReplyKind,
        mail: &LastMail,
        meets: Vec<String>,
        wording: Option<&ShownWording>,
    ) -> LetterIntent {
        let id = LetterId(self.ids.uuid());
        let ticket = self.ticket();
        let (keys, host) = (&self.desk.reply_keys, &self.desk.own.mail_host);
        let purpose = format!("reply:{id}");
        let token = thread::mint(keys, mail.canonical_sha, &purpose, &ticket.requester);
        // A legal notice that may have been lost goes once more; a letter that
        // only answers does not.
        let is_notice = meets.iter().any(|met| kind.clocks.contains(met));
        LetterIntent {
            id,
            ticket_id: ticket.id,
            template: wording.map_or("reply", |wording| &wording.template).to_owned(),
            locale: wording.map_or(&ticket.language, |wording| &wording.locale).clone(),
            recipient: ticket.requester.clone(),
            dedupe_key: format!("{}:{id}", if is_notice { "notice" } else { "reply" }),
            message_id: thread::message_id(keys, &token, host),
            reply_to: thread::reply_address(&token, host),
            envelope_from: thread::bounce_address(&token, host),
            in_reply_to: mail.message_id.clone(),
            references: mail.message_id.iter().cloned().collect(),
            context: wording.map(|wording| wording.context.clone()).unwrap_or_default(),
            written_at: self.now,
            expires_at: self.now.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX),
            meets,
            hold: kind.is_reviewed.then(|| crate::domain::work::SECOND_REVIEW.to_owned()),
        }
    }

    /// Each letter about a debt says who writes (12 CFR 1006.18(e)(2), (4)).
    fn signed(&self, text: &str, is_fdcpa_covered: bool) -> String {
        let servicer = &self.desk.servicer;
        let (word, collector) = match self.ticket().language.as_str() {
            "es" => ("Solicitud", "Este mensaje proviene de un cobrador de deudas."),
            _ => ("Ticket", "This communication is from a debt collector."),
        };
        let mut lines = vec![
            text.to_owned(),
            String::new(),
            self.by.name.clone(),
            servicer.name.clone(),
            servicer.phone.clone(),
            format!("{word} {}", self.ticket().number),
        ];
        if is_fdcpa_covered {
            lines.extend([String::new(), collector.to_owned()]);
        }
        lines.join("\n")
    }

    /// A clock that asks for writing runs on until a letter on paper leaves.
    fn ask_for_paper(&mut self, clocks: &[&Clock]) {
        for clock in clocks {
            let task = Task {
                id: TaskId(self.ids.uuid()),
                ticket_id: self.ticket().id,
                kind: "send_letter_on_paper".to_owned(),
                due_on: clock.internal_due_on,
                clock_kind: Some(clock.kind.clone()),
            };
            self.record(
                "task_made",
                json!({
                    "task": task.id, "kind": task.kind, "due_on": task.due_on.to_string(),
                    "clock_kind": task.clock_kind,
                }),
            );
            self.wanted.tasks.push(task);
        }
    }

    /// Clocks that `act` starts on the ticket.
    pub(super) fn start_clocks(&mut self, act: &str, at: Timestamp) {
        for clock in self.view.start_by_act(&self.desk.policy, act, at, &mut self.ids, self.now) {
            self.record("clock_started", clock_started(&clock, act));
            self.wanted.clocks.push(ClockChange::Start(Box::new(clock)));
        }
    }

    /// Something that was done outside: a letter on paper, an act. It meets what
    /// accepts it and starts what waits for it.
    pub(super) fn done(&mut self, deed: &str, at: Timestamp) -> Result<(), Refusal> {
        if at > self.now || at < self.ticket().received_at {
            return Err(Refusal::NotThen { at });
        }
        let book = &self.desk.policy.clocks;
        let is_known = book.definitions().iter().any(|row| {
            row.starts_at == deed || row.terms.satisfied_by.iter().any(|word| word == deed)
        });
        if !is_known {
            return Err(Refusal::NoSuchDeed { deed: deed.to_owned() });
        }
        self.no_conflict()?;
        let act = Act { what: deed, at, is_in_writing: true };
        let met = book.met_by(&self.view.clocks, &act).met;
        self.record("deed_recorded", json!({ "deed": deed, "at": at }));
        self.meet(&met, deed, at);
        self.start_clocks(deed, at);
        Ok(())
    }
}
