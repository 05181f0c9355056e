//! Compares what happened with what should have: nothing lost, nothing twice,
//! and copies of a letter only where nobody can know.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::mails::{Kind, Sender, sender};
use super::process::Fate;
use super::stage::{Run, Stage};
use super::state::{Outcome, outcomes};

/// What each kind of mail comes to when nobody is killed.
pub struct Expected(BTreeMap<Kind, Outcome>);

/// What is wrong at the end of a run.
#[derive(Debug, Default)]
pub struct Findings {
    /// Mails that are in no ledger, and borrowers without their ticket.
    pub lost: Vec<String>,
    /// Borrowers with more tickets than they should have.
    pub duplicate_tickets: Vec<String>,
    /// Borrowers for whom anything else came out otherwise.
    pub different: Vec<String>,
    /// Letters that never arrived.
    pub letters_lost: Vec<String>,
    /// Letters that arrived more than twice, or not with the same bytes.
    pub letters_wrong: Vec<String>,
    /// Second copies of a letter.
    pub second_copies: usize,
    /// Letters that wait for a person because nobody can know.
    pub uncertain: usize,
    /// Books, record, folders.
    pub disorder: Vec<String>,
}

impl Findings {
    /// Fails unless all is well and at most `gap` letters were killed in the
    /// one place where a second copy cannot be avoided.
    pub fn assert_good(&self, what: &str, gap: usize) {
        let clean = self.lost.is_empty()
            && self.duplicate_tickets.is_empty()
            && self.different.is_empty()
            && self.letters_lost.is_empty()
            && self.letters_wrong.is_empty()
            && self.disorder.is_empty();
        assert!(clean, "{what}: {self:#?}");
        let doubtful = self.second_copies.max(self.uncertain);
        assert!(doubtful <= gap, "{what}: {doubtful} doubtful letters, {gap} kills: {self:#?}");
    }
}

impl Expected {
    /// One borrower of each kind, and nobody is killed.
    pub async fn observe(stage: &Stage) -> Self {
        let run = stage.run("calm").await;
        let senders: Vec<Sender> = (0..Kind::ALL.len()).map(|n| sender("calm", n)).collect();
        run.receives(&senders);
        let (status, windows) = run.once(&Fate::default()).await;
        assert!(status.success(), "{status} {windows:?}");
        run.settles(None).await;
        let store = run.store().await;
        let mut found = outcomes(&store).await;
        store.close().await.unwrap();
        let mut expected = BTreeMap::new();
        for sender in &senders {
            let outcome = found.remove(&sender.address).expect("the mail is in the ledger");
            let counts = (outcome.mails, outcome.tickets, outcome.letters);
            let kind = sender.kind;
            assert_eq!(counts, (kind.mails(), kind.tickets(), kind.tickets()), "{outcome:#?}");
            expected.insert(kind, outcome);
        }
        let expected = Self(expected);
        expected.check(&run, &senders).await.assert_good("nobody was killed", 0);
        expected
    }

    /// Looks at everything that is left of a run in which `senders` wrote.
    pub async fn check(&self, run: &Run<'_>, senders: &[Sender]) -> Findings {
        let mut findings = Findings::default();
        let store = run.store().await;
        let mut found = outcomes(&store).await;
        let arrived = arrived(run);
        for sender in senders {
            let outcome = found.remove(&sender.address).unwrap_or_default();
            self.compare(sender, &outcome, &mut findings);
            let copies = arrived.get(&sender.address);
            count_copies(sender, &outcome, copies, &mut findings);
        }
        findings.different.extend(found.into_keys().map(|address| format!("{address}: who?")));
        for mailbox in store.mailboxes().await.unwrap() {
            let books = store.conservation(mailbox.id).await.unwrap();
            if !books.are_balanced() || books.pending > 0 {
                findings.disorder.push(format!("{}: {books:?}", mailbox.name));
            }
        }
        if let Some(broken) = store.verify(None).await.unwrap().first_break {
            findings.disorder.push(format!("{broken:?}"));
        }
        store.close().await.unwrap();
        if run.in_folders() > 0 {
            findings.disorder.push(format!("{} mails in the inboxes", run.in_folders()));
        }
        findings
    }

    fn compare(&self, sender: &Sender, outcome: &Outcome, findings: &mut Findings) {
        let expected = &self.0[&sender.kind];
        let address = sender.address.clone();
        if outcome.mails < expected.mails || outcome.tickets < expected.tickets {
            findings.lost.push(address);
        } else if outcome.tickets > expected.tickets {
            findings.duplicate_tickets.push(address);
        } else if outcome.lines != expected.lines {
            findings.different.push(difference(&address, &expected.lines, &outcome.lines));
        } else if outcome.uncertain == 0 && outcome.standing != expected.standing {
            findings.different.push(difference(&address, &expected.standing, &outcome.standing));
        }
        findings.uncertain += outcome.uncertain;
    }
}

/// Letters by recipient, then by Message-ID, each with all its copies.
fn arrived(run: &Run<'_>) -> BTreeMap<String, BTreeMap<String, Vec<Vec<u8>>>> {
    let mut arrived: BTreeMap<String, BTreeMap<String, Vec<Vec<u8>>>> = BTreeMap::new();
    let receiver = &run.stage.receiver;
    for line in receiver.ledger() {
        let to = line["to"][0].as_str().unwrap().to_owned();
        if to.ends_with(&format!(".{}@example.net", run.tag)) {
            let bytes = receiver.mail(&line);
            let head = String::from_utf8_lossy(&bytes).into_owned();
            let id = head.lines().find_map(|line| line.strip_prefix("Message-ID: "));
            let id = id.expect("a letter has a Message-ID").to_owned();
            arrived.entry(to).or_default().entry(id).or_default().push(bytes);
        }
    }
    arrived
}

fn count_copies(
    sender: &Sender,
    outcome: &Outcome,
    copies: Option<&BTreeMap<String, Vec<Vec<u8>>>>,
    findings: &mut Findings,
) {
    let empty = BTreeMap::new();
    let copies = copies.unwrap_or(&empty);
    // A letter that stays uncertain was sent twice, or may never have left.
    if copies.len() + outcome.uncertain < sender.kind.tickets() {
        findings.letters_lost.push(sender.address.clone());
    }
    if copies.len() > outcome.letters {
        findings.letters_wrong.push(format!("{}: another letter", sender.address));
    }
    for (id, copies) in copies {
        let are_same = copies.iter().all(|copy| *copy == copies[0]);
        if copies.len() > 2 || !are_same {
            let count = copies.len();
            findings.letters_wrong.push(format!("{id}: {count} copies, the same: {are_same}"));
        }
        findings.second_copies += copies.len().saturating_sub(1);
    }
}

fn difference(address: &str, expected: &[String], found: &[String]) -> String {
    let mut text = address.to_owned();
    for line in expected.iter().filter(|line| !found.contains(line)) {
        let _ = write!(text, "\n  missing {line}");
    }
    for line in found.iter().filter(|line| !expected.contains(line)) {
        let _ = write!(text, "\n  unexpected {line}");
    }
    text
}
