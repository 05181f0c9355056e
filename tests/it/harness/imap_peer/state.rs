//! What the peer knows: folders, mails, users, and the commands it was given.

use std::collections::{BTreeMap, BTreeSet};

/// One mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerMail {
    pub uid: u32,
    pub raw: Vec<u8>,
    pub flags: BTreeSet<String>,
    pub internal_date: String,
    /// What RFC822.SIZE says, when it is not the truth.
    pub told_size: Option<u32>,
    /// The server answers NO to any fetch of its body.
    pub is_refused: bool,
}

/// One folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerFolder {
    /// `None`: SELECT does not tell it.
    pub uidvalidity: Option<u32>,
    pub uidnext: u32,
    /// What SELECT says instead of `uidnext`.
    pub told_uidnext: Option<u32>,
    pub keeps_keywords: bool,
    pub is_read_only: bool,
    pub mails: Vec<PeerMail>,
}

impl Default for PeerFolder {
    fn default() -> Self {
        Self {
            uidvalidity: Some(1),
            uidnext: 1,
            told_uidnext: None,
            keeps_keywords: true,
            is_read_only: false,
            mails: Vec::new(),
        }
    }
}

impl PeerFolder {
    /// Adds a mail and returns its UID.
    pub fn add(&mut self, raw: &[u8]) -> u32 {
        let uid = self.uidnext;
        self.uidnext += 1;
        self.mails.push(PeerMail {
            uid,
            raw: raw.to_vec(),
            flags: BTreeSet::new(),
            internal_date: "01-Feb-2026 12:00:00 +0000".to_owned(),
            told_size: None,
            is_refused: false,
        });
        uid
    }

    /// Takes a mail out, as another client would.
    pub fn remove(&mut self, uid: u32) {
        self.mails.retain(|mail| mail.uid != uid);
    }

    /// A mail, to be changed.
    pub fn mail(&mut self, uid: u32) -> &mut PeerMail {
        self.mails.iter_mut().find(|mail| mail.uid == uid).unwrap()
    }

    /// Gives the folder a new UIDVALIDITY and its mails new UIDs from 1, as
    /// after a restore or a rebuilt index.
    pub fn renumber(&mut self, uidvalidity: u32) {
        self.uidvalidity = Some(uidvalidity);
        for (uid, mail) in (1..).zip(&mut self.mails) {
            mail.uid = uid;
            self.uidnext = uid + 1;
        }
    }
}

/// Everything the peer knows.
#[derive(Clone, Debug)]
pub struct State {
    pub folders: BTreeMap<String, PeerFolder>,
    pub capabilities: Vec<String>,
    pub password: String,
    /// Access tokens that XOAUTH2 accepts.
    pub tokens: BTreeSet<String>,
    /// Commands in order, without tags.
    pub commands: Vec<String>,
    pub connections: u32,
    /// Clients that idle now.
    pub idling: u32,
}

impl State {
    pub(super) fn new() -> Self {
        let capabilities = ["IDLE", "MOVE", "UIDPLUS", "AUTH=XOAUTH2"];
        Self {
            folders: BTreeMap::from([("INBOX".to_owned(), PeerFolder::default())]),
            capabilities: capabilities.map(str::to_owned).to_vec(),
            password: "secret".to_owned(),
            tokens: BTreeSet::new(),
            commands: Vec::new(),
            connections: 0,
            idling: 0,
        }
    }

    /// A folder; made when it does not exist.
    pub fn folder(&mut self, name: &str) -> &mut PeerFolder {
        self.folders.entry(name.to_owned()).or_default()
    }
}
