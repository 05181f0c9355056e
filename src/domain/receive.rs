//! A mail comes in: from values to a decision. The order of questions is the
//! order of the file: origin, trust, thread, meaning, route, clocks, letter.

mod acknowledge;
mod fate;
mod heed;
mod open;
mod record;
mod wording;

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::authentication::Authentication;
use super::channel::Channel;
use super::classify::Understanding;
use super::clock::Clock;
use super::decision::{Decision, MailRecord, TicketChange, Trace};
use super::id::{FreshIds, LetterId, MailId, TicketId, TicketNumber};
use super::language;
use super::loan::{self, KnownLoans, LoanParty, NamedLoan};
use super::mail::InboundMail;
use super::policy::Policy;
use super::requester::RequesterLanguage;
use super::route::Routed;
use super::scorecard::Hits;
use super::thread::{ReplyKeys, ThreadEvidence};
use super::trust::{self, Trust};

pub use fate::{Fate, TICKETS_PER_SENDER_AND_HOUR};
pub use wording::{APPROVE_TEMPLATE, ask_for_wording};

/// What the store knew about a mail before the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// First mail with the same canonical hash, received within seven days,
    /// with its ticket.
    pub duplicate: Option<(MailId, Option<TicketId>)>,
    /// What its reply token says.
    pub thread: ThreadEvidence,
    /// Number of the ticket that the token names.
    pub thread_number: Option<TicketNumber>,
    /// Letter whose bounce address or Message-ID the mail names.
    pub bounced_letter: Option<(LetterId, TicketId)>,
    /// Clocks of the law that this letter met.
    pub met_by_letter: Vec<Clock>,
    /// Acknowledgments to this sender in the last 24 hours.
    pub acknowledged_in_day: u32,
    /// The same in the last seven days.
    pub acknowledged_in_week: u32,
    /// Tickets from this sender in the last hour.
    pub tickets_in_hour: u32,
    /// Acknowledgments to anybody in the last hour.
    pub acknowledged_by_all_in_hour: u32,
    /// Whether an earlier letter to the sender bounced for good.
    pub is_suppressed: bool,
    /// Whether E-SIGN consent (15 USC 7001(c)) is on record for the sender.
    pub has_esign_consent: bool,
    /// Who the mail really came from, as checked outside.
    pub authentication: Authentication,
    /// Loans that the sender's address is on file for, by loan id.
    pub parties: Vec<LoanParty>,
    /// Loans whose number the mail names, by loan id.
    pub named_loans: Vec<NamedLoan>,
    /// Language on file for the sender.
    pub language: Option<RequesterLanguage>,
    /// Forged or altered tokens from the sender in the last 24 hours.
    pub bad_tokens_in_day: u32,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            duplicate: None,
            thread: ThreadEvidence::None,
            thread_number: None,
            bounced_letter: None,
            met_by_letter: Vec::new(),
            acknowledged_in_day: 0,
            acknowledged_in_week: 0,
            tickets_in_hour: 0,
            acknowledged_by_all_in_hour: 0,
            is_suppressed: false,
            has_esign_consent: false,
            authentication: Authentication::default(),
            parties: Vec::new(),
            named_loans: Vec::new(),
            language: None,
            bad_tokens_in_day: 0,
        }
    }
}

impl Known {
    /// Whether an e-mail to the sender may stand for writing: consent under 15
    /// USC 7001(c) is on record for the address, or in the loan book for the
    /// loan that the mail is about. Consent for one loan is none for another.
    #[must_use]
    pub fn has_consent(&self) -> bool {
        let is_named =
            |party: &&LoanParty| self.named_loans.iter().any(|one| one.loan.id == party.loan.id);
        let own = || self.parties.iter();
        let consents = if own().any(|party| is_named(&party)) {
            own().filter(is_named).all(|party| party.has_esign_consent)
        } else {
            !self.parties.is_empty()
                && self.named_loans.is_empty()
                && own().all(|party| party.has_esign_consent)
        };
        self.has_esign_consent || consents
    }
}

/// Addresses and marks that are ours, all lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnAddresses {
    /// Every monitored mailbox address and alias.
    pub addresses: BTreeSet<String>,
    /// Domains that only we send from.
    pub domains: BTreeSet<String>,
    /// Host part of our own Message-IDs and reply addresses.
    pub mail_host: String,
}

/// The servicer's public face, as letters name it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Servicer {
    /// Public name.
    pub name: String,
    /// Telephone number borrowers may call.
    pub phone: String,
    /// Opening hours in English.
    pub hours_en: String,
    /// Opening hours in Spanish.
    pub hours_es: String,
    /// Web address.
    pub url: String,
    /// Postal address designated for notices of error and requests for
    /// information (12 CFR 1024.35(c), 1024.36(b)).
    pub address: String,
}

/// What a decision rests on besides the mail and the store.
#[derive(Debug)]
pub struct Desk {
    /// All of `rules/`.
    pub policy: Policy,
    /// What is ours.
    pub own: OwnAddresses,
    /// Who we are in letters.
    pub servicer: Servicer,
    /// Keys of the reply tokens.
    pub reply_keys: ReplyKeys,
}

/// One mail as it was read, before anything is decided about it.
pub(crate) struct Reading<'a> {
    pub(crate) desk: &'a Desk,
    pub(crate) known: &'a Known,
    pub(crate) mail: &'a InboundMail,
    /// Where it arrived.
    pub(crate) via: &'a str,
    pub(crate) understanding: &'a Understanding,
    pub(crate) trust: Trust,
    pub(crate) trust_signals: &'a [String],
    /// What the loan book tells about the mail.
    pub(crate) loans: &'a KnownLoans,
    /// Language that the mail's own words tell.
    pub(crate) language_seen: Option<String>,
    pub(crate) mail_id: MailId,
    pub(crate) now: Timestamp,
}

/// What a mail says by itself, whatever else is known: the costly half of a
/// decision, and the half that many mails can go through side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Understood {
    understanding: Understanding,
    /// Which evidence fired.
    hits: Hits,
    /// A person noted it down: there is no sender that could be forged.
    is_noted: bool,
    /// Signs of a forged sender in the mail itself.
    forgery: Vec<&'static str>,
    /// The words themselves tell the language; else it is the default.
    is_language_told: bool,
}

impl Understood {
    /// Reads `mail`, which arrived in mailbox `via`, by the rules of `desk`.
    #[must_use]
    pub fn of(desk: &Desk, mail: &InboundMail, via: &str) -> Self {
        let received_on = desk.policy.clocks.local_date(mail.received_at);
        let (understanding, hits) =
            desk.policy.rules.understand_and_keep(mail, &desk.own, received_on);
        let is_noted = mail.from.is_empty() && Channel::from_word(via).is_some();
        let forgery = trust::signs_of_forgery(mail, &desk.own, &desk.servicer.name);
        let new_words = understanding
            .new_text
            .first()
            .and_then(|&(start, end)| mail.text.get(start as usize..end as usize));
        let is_language_told = language::is_told(&mail.subject, new_words.unwrap_or_default());
        Self { understanding, hits, is_noted, forgery, is_language_told }
    }

    /// Loan numbers that the mail names, normalised: for a look-up only.
    #[must_use]
    pub fn loan_numbers(&self, mail: &InboundMail) -> Vec<String> {
        loan::numbers_in(mail, &self.understanding.facts)
    }
}

/// Decides one mail that arrived in mailbox `via`. Total: every mail gets a
/// disposition, and the same arguments always give the same decision.
#[must_use]
pub fn receive(
    desk: &Desk,
    known: &Known,
    mail: &InboundMail,
    via: &str,
    ids: FreshIds,
    now: Timestamp,
) -> Decision {
    decide(desk, known, (mail, &Understood::of(desk, mail, via)), via, ids, now)
}

/// The same for a mail that was understood before, by the same desk.
#[must_use]
pub fn decide(
    desk: &Desk,
    known: &Known,
    (mail, understood): (&InboundMail, &Understood),
    via: &str,
    mut ids: FreshIds,
    now: Timestamp,
) -> Decision {
    let mut seen = Cow::Borrowed(&understood.understanding);
    let (trust, mut trust_signals) = if understood.is_noted {
        (Trust::Unverified, vec!["noted-by-a-person".to_owned()])
    } else {
        trust::weigh(mail, &seen.origin, &understood.forgery, known)
    };
    let is_believed = trust > Trust::Suspicious;
    if is_believed {
        heed::file_of_sender(known, &mut seen);
    }
    let loans = KnownLoans::of(&known.parties, &known.named_loans, is_believed);
    if let Some(again) = desk.policy.rules.with_loans(&seen, &understood.hits, &loans) {
        seen = Cow::Owned(again);
    }
    let is_told = understood.is_language_told;
    let language_seen = (is_told && is_believed).then(|| seen.language.clone());
    heed::language(known, trust, is_told, &mut seen, &mut trust_signals);
    let (understanding, trust_signals) = (seen.as_ref(), trust_signals.as_slice());
    let mail_id = MailId(ids.uuid());
    let reading = Reading {
        desk,
        known,
        mail,
        via,
        understanding,
        trust,
        trust_signals,
        loans: &loans,
        language_seen,
        mail_id,
        now,
    };
    match fate::decide(&reading) {
        Fate::Aside { disposition, ticket_id } => {
            record::keep_aside(&reading, disposition, ticket_id, &mut ids)
        }
        Fate::Append { ticket_id, status, version } => {
            open::append(&reading, ticket_id, status, version, &mut ids)
        }
        Fate::Open { disposition, hold } => open::open(&reading, disposition, hold, &mut ids),
    }
}

impl Reading<'_> {
    /// As routing looks at it.
    const fn routed(&self, received_on: Date) -> Routed<'_> {
        let (understanding, trust, loans) = (self.understanding, self.trust, self.loans);
        Routed { understanding, trust, loans, received_on }
    }

    fn blank_decision(&self, record: MailRecord) -> Decision {
        Decision {
            mail: record,
            ticket: TicketChange::Nothing,
            matters: Vec::new(),
            clocks: Vec::new(),
            letters: Vec::new(),
            loans: Vec::new(),
            delayed_letter: None,
            language_seen: None,
            tasks: Vec::new(),
            events: Vec::new(),
            trace: self.trace(),
        }
    }

    fn trace(&self) -> Trace {
        let thread = match self.known.thread {
            ThreadEvidence::None => "none",
            ThreadEvidence::BadToken => "bad_token",
            ThreadEvidence::Expired => "expired_token",
            ThreadEvidence::Ours { .. } => "ours",
            ThreadEvidence::OtherSender { .. } => "other_sender",
        };
        Trace {
            policy_revision: self.desk.policy.revision.clone(),
            understanding: self.understanding.clone(),
            trust: self.trust,
            trust_signals: self.trust_signals.to_vec(),
            authentication: self.known.authentication.clone(),
            loans: heed::loans(self),
            has_esign_consent: self.known.has_consent(),
            thread: thread.to_owned(),
            maybe_related: record::ticket_number_in(&self.mail.subject),
            route: None,
            arithmetic: Vec::new(),
            letter: "none: not decided".to_owned(),
        }
    }
}
