//! Invented mails with decisions of the size that intake makes.

use jiff::{SignedDuration, Timestamp, civil::date};
use secrecy::SecretString;
use serde_json::json;
use tierline::domain::actor::Role;
use tierline::domain::classify::Understanding;
use tierline::domain::clock::{Clock, ClockClass, ClockState, WarningPoint};
use tierline::domain::decision::{
    ClockChange, Decision, Disposition, MailRecord, Matter, TicketChange, Trace,
};
use tierline::domain::digest::Digest;
use tierline::domain::event::Event;
use tierline::domain::id::PersonId;
use tierline::domain::id::{ClockId, FreshIds, LetterId, MailId, MatterId, TicketId};
use tierline::domain::letter::{AcknowledgmentContext, FrozenLetter, LetterIntent, LetterState};
use tierline::domain::mail::{Address, InboundMail};
use tierline::domain::origin::{Origin, OriginEvidence};
use tierline::domain::ticket::{Priority, Status, Ticket, Tier};
use tierline::domain::trust::Trust;
use tierline::store::ledger::RawMail;
use tierline::store::template::{NewTemplateVersion, TemplateAbout};
use tierline::store::{Applied, NewReplyToken, Outcome, Store, StoreError};

/// Words that must never stand in clear anywhere.
pub const SECRET_SUBJECT: &str = "Zylophant escrow shortage";
/// The borrower of every fixture.
pub const ROSA: &str = "rosa@example.com";

/// Noon of the day all fixtures happen on.
pub fn noon() -> Timestamp {
    "2026-11-24T17:00:00Z".parse().unwrap()
}

/// `minutes` after noon.
pub fn later(minutes: i64) -> Timestamp {
    noon() + SignedDuration::from_mins(minutes)
}

/// Hash of the template version of every fixture letter.
pub fn template_hash() -> Digest {
    Digest::of(b"template")
}

/// Adds a person whose secret is `correct horse battery`.
pub async fn person(store: &Store, name: &str, role: Role) -> PersonId {
    let secret = SecretString::from("correct horse battery");
    store.add_person(name, role, &secret, "engine", noon()).await.unwrap()
}

/// The wording of every fixture letter, in review, written by `author`.
pub async fn wording(store: &Store, author: PersonId) -> NewTemplateVersion {
    let version = NewTemplateVersion {
        hash: template_hash(),
        name: "ack_general".into(),
        locale: "en".into(),
        subject: "We have your message".into(),
        text: "Thank you.".into(),
        html: "<p>Thank you.</p>".into(),
        about: TemplateAbout::default(),
        author,
    };
    assert!(store.import_template_version(&version, noon()).await.unwrap());
    version
}

/// Wording written by ana and approved by cora; cora's id.
pub async fn approved_wording(store: &Store) -> PersonId {
    let ana = person(store, "ana", Role::Agent).await;
    let cora = person(store, "cora", Role::Compliance).await;
    wording(store, ana).await;
    store.approve(template_hash(), cora, noon()).await.unwrap();
    cora
}

/// A mail, its bytes, and what the core wants for it.
pub struct Sample {
    pub raw: Vec<u8>,
    pub key: String,
    pub mail: InboundMail,
    pub decision: Decision,
    pub letters: Vec<FrozenLetter>,
    pub tokens: Vec<NewReplyToken>,
}

impl Sample {
    /// The ticket it opens.
    pub fn ticket_id(&self) -> TicketId {
        self.decision.mail.ticket_id.unwrap()
    }

    /// Keeps its raw bytes; the id of its source reference.
    pub async fn store_raw(&self, store: &Store, mailbox_id: i64) -> i64 {
        let raw = self.raw_mail(mailbox_id);
        store.store_raw(&[raw]).await.unwrap()[0].source_ref_id
    }

    /// As the source hands it over.
    pub fn raw_mail(&self, mailbox_id: i64) -> RawMail<'_> {
        RawMail {
            mailbox_id,
            epoch: 1,
            uidvalidity: 7,
            source_key: &self.key,
            size: self.raw.len() as u64,
            internal_at: Some(noon()),
            raw: &self.raw,
        }
    }

    /// With the references it is applied to.
    pub fn applied<'a>(&'a self, mailbox_id: i64, refs: &'a [i64]) -> Applied<'a> {
        Applied {
            source_ref_ids: refs,
            mailbox_id,
            mail: &self.mail,
            decision: &self.decision,
            letters: &self.letters,
            reply_tokens: &self.tokens,
        }
    }

    /// Keeps and applies it.
    pub async fn take_in(&self, store: &Store, mailbox_id: i64) -> Result<Outcome, StoreError> {
        let refs = [self.store_raw(store, mailbox_id).await];
        Ok(store.apply(&[self.applied(mailbox_id, &refs)]).await?[0])
    }
}

/// Sample number `n`; a `copy` has other bytes but the same canonical digest.
pub fn sample(n: u64, copy: u64) -> Sample {
    let mut entropy = [0; 32];
    entropy[..8].copy_from_slice(&n.to_be_bytes());
    entropy[8..16].copy_from_slice(&copy.to_be_bytes());
    let mut ids = FreshIds::new(noon(), entropy);
    let raw = format!(
        "Received: copy {copy}\r\nFrom: {ROSA}\r\nSubject: {SECRET_SUBJECT} {n}\r\n\r\n{}",
        "I was told my escrow analysis was wrong.\r\n".repeat(40)
    )
    .into_bytes();
    let mail = InboundMail {
        raw_sha: Digest::of(&raw),
        canonical_sha: Digest::of(&n.to_be_bytes()),
        received_at: noon(),
        size: raw.len() as u64,
        from: vec![Address { name: "Rosa".into(), address: ROSA.into() }],
        subject: format!("{SECRET_SUBJECT} {n}"),
        message_id: Some(format!("m{n}@example.com")),
        text: "I was told my escrow analysis was wrong.\n".repeat(40),
        ..InboundMail::default()
    };
    let ticket = ticket(&mut ids, &mail);
    let matters = vec![matter(&mut ids, "escrow", true), matter(&mut ids, "payment", false)];
    let clocks: Vec<Clock> = ["first_response", "resolution", "NOE_ACK", "NOE_RESPONSE"]
        .map(|kind| clock(&mut ids, &ticket, matters[0].id, kind))
        .into();
    let letter = letter(&mut ids, &ticket, &mail);
    let mut handle = [0; 10];
    handle.copy_from_slice(&Digest::of_fields(&[b"handle", &entropy]).0[..10]);
    let token = NewReplyToken {
        handle,
        ticket_id: ticket.id,
        recipient: ROSA.into(),
        expires_at: later(60 * 24 * 180),
    };
    let decision = Decision {
        mail: MailRecord {
            id: MailId(ids.uuid()),
            disposition: Disposition::New,
            duplicate_of: None,
            bounced_letter: None,
            ticket_id: Some(ticket.id),
        },
        events: events(&ticket, &clocks),
        matters,
        clocks: clocks.into_iter().map(|clock| ClockChange::Start(Box::new(clock))).collect(),
        letters: vec![letter.intent.clone()],
        loans: Vec::new(),
        delayed_letter: None,
        language_seen: None,
        tasks: Vec::new(),
        ticket: TicketChange::Open(Box::new(ticket)),
        trace: trace(),
    };
    let key = format!("{n}.{copy}");
    Sample { raw, key, mail, decision, letters: vec![letter], tokens: vec![token] }
}

fn ticket(ids: &mut FreshIds, mail: &InboundMail) -> Ticket {
    Ticket {
        id: TicketId(ids.uuid()),
        number: ids.ticket_number(),
        status: Status::New,
        held_reason: None,
        queue: "escrow".into(),
        tier: Tier::One,
        priority: Priority::Normal,
        category: "escrow".into(),
        language: "en".into(),
        trust: Trust::Unverified,
        requester: ROSA.into(),
        subject: mail.subject.clone(),
        received_at: mail.received_at,
        opened_at: noon(),
        updated_at: noon(),
        version: 1,
        policy_revision: "r1".into(),
    }
}

fn matter(ids: &mut FreshIds, category: &str, is_primary: bool) -> Matter {
    Matter {
        id: MatterId(ids.uuid()),
        category: category.into(),
        score: 3.5,
        is_primary,
        kinds: vec!["noe".into()],
        is_to_confirm: false,
    }
}

fn clock(ids: &mut FreshIds, ticket: &Ticket, matter: MatterId, kind: &str) -> Clock {
    let is_statutory = kind.starts_with("NOE");
    Clock {
        id: ClockId(ids.uuid()),
        ticket_id: ticket.id,
        matter_id: Some(matter),
        kind: kind.into(),
        class: if is_statutory { ClockClass::Statutory } else { ClockClass::Service },
        citation: if is_statutory { "12 CFR 1024.35".into() } else { String::new() },
        state: ClockState::Running,
        started_at: noon(),
        due_at: later(60),
        due_on: date(2026, 11, 24),
        internal_due_on: date(2026, 11, 24),
        warnings: vec![WarningPoint { point: "75%".into(), at: later(45) }],
        next_at: Some(later(45)),
        met_at: None,
        breached_at: None,
        is_to_confirm: false,
        policy_revision: "r1".into(),
        life: Default::default(),
    }
}

fn letter(ids: &mut FreshIds, ticket: &Ticket, mail: &InboundMail) -> FrozenLetter {
    let id = ids.uuid();
    let intent = LetterIntent {
        id: LetterId(id),
        ticket_id: ticket.id,
        template: "ack_general".into(),
        locale: "en".into(),
        recipient: ROSA.into(),
        dedupe_key: format!("ack:{}", mail.canonical_sha),
        message_id: format!("{id}@mail.example.com"),
        reply_to: "reply+token@mail.example.com".into(),
        envelope_from: format!("bounce+{id}@mail.example.com"),
        in_reply_to: mail.message_id.clone(),
        references: Vec::new(),
        context: AcknowledgmentContext {
            ticket_number: ticket.number.to_string(),
            received_on: "November 24, 2026".into(),
            answer_by: "December 1, 2026".into(),
            servicer_name: "Example Servicing".into(),
            servicer_phone: "555-0100".into(),
            servicer_hours: "9 to 5".into(),
            servicer_url: "https://example.com".into(),
            servicer_address: "1 Example Street".into(),
            is_fdcpa_covered: false,
            fields: std::collections::BTreeMap::new(),
        },
        written_at: noon(),
        expires_at: later(60 * 48),
        meets: vec!["NOE_ACK".into()],
        hold: None,
    };
    FrozenLetter {
        intent,
        template_version: template_hash(),
        bytes: b"Subject: We have your message\r\n\r\nThank you.\r\n".to_vec(),
        state: LetterState::Available,
        held_reason: None,
    }
}

fn events(ticket: &Ticket, clocks: &[Clock]) -> Vec<Event> {
    let stream = format!("ticket:{}", ticket.id);
    let event =
        |kind: &str, particulars| Event::by_engine(stream.clone(), kind, noon(), particulars);
    let mut events = vec![event("ticket_opened", json!({"queue": ticket.queue, "score": 0.1}))];
    events.extend(
        clocks
            .iter()
            .map(|clock| event("clock_started", json!({"clock": clock.id, "kind": clock.kind}))),
    );
    events.push(event("letter_queued", json!({"template": "ack_general"})));
    events
}

fn trace() -> Trace {
    Trace {
        has_esign_consent: false,
        authentication: Default::default(),
        loans: Vec::new(),
        policy_revision: "r1".into(),
        understanding: Understanding {
            origin: OriginEvidence { origin: Origin::Person, signals: Vec::new() },
            language: "en".into(),
            matters: Vec::new(),
            runner_up: None,
            kinds: Vec::new(),
            flags: Vec::new(),
            facts: Vec::new(),
            new_text: vec![(0, 41)],
        },
        trust: Trust::Unverified,
        trust_signals: Vec::new(),
        thread: "none".into(),
        maybe_related: None,
        route: None,
        arithmetic: Vec::new(),
        letter: "ack_general".into(),
    }
}

/// Number of the ticket a sample opens.
pub fn number_of(sample: &Sample) -> tierline::domain::id::TicketNumber {
    match &sample.decision.ticket {
        TicketChange::Open(ticket) => ticket.number.clone(),
        other => panic!("no new ticket: {other:?}"),
    }
}
