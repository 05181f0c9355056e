//! What the send guard finds in a person's letter, and whether each finding is
//! dealt with: confirmed by whoever writes, or released by who may.

use jiff::Timestamp;

use super::answer::subject_of;
use super::{Deciding, PreparedReply, Refusal, words_of};
use crate::domain::actor::Actor;
use crate::domain::actor::permission::Permission;
use crate::domain::digest::Digest;
use crate::domain::draft::DraftRelease;
use crate::domain::letter::AttachedFile;
use crate::domain::receive::Desk;
use crate::domain::send_guard::{self, Finding, Outcome, Outgoing, Situation};
use crate::domain::trust::Trust;
use crate::domain::work::TicketView;

/// A letter that was looked at and not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Its words as they would leave: places of the findings point into them.
    pub text: String,
    /// What speaks against it.
    pub findings: Vec<Finding>,
    /// What a second person released of exactly these words.
    pub release: Option<DraftRelease>,
    /// Version of the approved wording it is written from.
    pub wording: Option<Digest>,
    /// Id of its kind in `rules/replies.toml`.
    pub kind: String,
    /// Its subject as it would leave.
    pub subject: String,
    /// Files that go with it.
    pub files: Vec<FileFacts>,
}

/// A file as whoever releases it has to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFacts {
    /// Its name.
    pub name: String,
    /// What it is by its bytes.
    pub media_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// The digest of its bytes, as the record names it.
    pub sha: Digest,
}

impl From<&AttachedFile> for FileFacts {
    fn from(file: &AttachedFile) -> Self {
        Self {
            name: file.name.clone(),
            media_type: file.media_type.clone(),
            size: file.content.len() as u64,
            sha: Digest::of(&file.content),
        }
    }
}

/// What speaks against `reply`; nothing is decided.
///
/// # Errors
/// When the person may not work on tickets, or there is no such kind of letter
/// or no word in it.
pub fn check_reply(
    desk: &Desk,
    view: &TicketView,
    prepared: &PreparedReply,
    by: &Actor,
    now: Timestamp,
) -> Result<Checked, Refusal> {
    by.needs(Permission::WorkTickets)?;
    desk.policy.replies.load_kind(&prepared.reply.kind)?;
    let text = words_of(&prepared.reply.text, "letter")?;
    let findings = findings(desk, view, (prepared, &text), now);
    Ok(Checked {
        text,
        findings,
        release: prepared.release.clone(),
        wording: prepared.wording.as_ref().map(|wording| wording.version),
        kind: prepared.reply.kind.clone(),
        subject: subject_of(&prepared.reply, &view.ticket),
        files: prepared.files.iter().map(FileFacts::from).collect(),
    })
}

fn findings(
    desk: &Desk,
    view: &TicketView,
    (prepared, text): (&PreparedReply, &str),
    now: Timestamp,
) -> Vec<Finding> {
    let PreparedReply { reply, addressee, .. } = prepared;
    let letter = Outgoing {
        kind: &reply.kind,
        subject: reply.subject.as_deref().unwrap_or_default(),
        text,
        attachments: prepared.files.len(),
    };
    let open = view.clocks.iter().filter(|clock| clock.is_open());
    let situation = Situation {
        ticket: view.ticket.number.to_string(),
        language: view.ticket.language.clone(),
        flags: view.flags.iter().map(|raised| raised.flag.clone()).collect(),
        clocks: open.map(|clock| clock.kind.clone()).collect(),
        is_proven: is_proven(view, now),
        own_domains: own_domains(desk),
        addressee: addressee.clone(),
    };
    send_guard::examine(&desk.policy.guard, &desk.policy.wording, &letter, &situation)
}

fn own_domains(desk: &Desk) -> Vec<String> {
    let own = desk.own.addresses.iter().filter_map(|address| address.rsplit_once('@'));
    own.map(|(_, domain)| domain.to_owned()).chain(desk.own.domains.iter().cloned()).collect()
}

/// By authentication of an address on file, or by a person who checked.
fn is_proven(view: &TicketView, now: Timestamp) -> bool {
    view.ticket.trust == Trust::Verified || view.proofs.iter().any(|proof| proof.holds(now))
}

impl Deciding<'_> {
    /// The findings, once each of them is dealt with: what the record keeps.
    pub(super) fn guard(
        &mut self,
        prepared: &PreparedReply,
        text: &str,
    ) -> Result<Vec<Finding>, Refusal> {
        let reply = &prepared.reply;
        let mut findings = findings(self.desk, self.view, (prepared, text), self.now);
        let is_released = |finding: &Finding| {
            prepared.release.as_ref().is_some_and(|one| one.rules.contains(&finding.rule))
        };
        let blocks = findings
            .iter()
            .any(|finding| finding.outcome == Outcome::Blocks && !is_released(finding));
        if let Some(reason) = reply.release.as_ref().filter(|_| blocks) {
            self.by.needs(Permission::WriteGuarded)?;
            self.reason(reason)?;
        }
        let told = findings.clone();
        findings.retain(|finding| match finding.outcome {
            Outcome::Blocks => reply.release.is_none() && !is_released(finding),
            Outcome::Asks => !reply.confirmed.contains(&finding.rule),
        });
        if findings.is_empty() { Ok(told) } else { Err(Refusal::Stopped(findings)) }
    }
}
