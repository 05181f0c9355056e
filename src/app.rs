//! One file per thing that can happen, each in four beats: load what is known,
//! let the core decide, apply it in one transaction, wake who has work now.

pub mod approve;
pub mod backtest;
pub mod clock_act;
pub mod clock_story;
pub mod doctor;
pub mod escalation;
pub mod evaluate;
pub mod explain;
pub mod fit;
pub mod forecast;
pub mod gate;
pub mod health;
pub mod intake;
pub mod ladder;
pub mod letter_proof;
pub mod letter_text;
pub mod letters;
pub mod loan_book;
pub mod notify;
pub mod open_ticket;
pub mod original;
pub mod outbox;
pub mod paper;
pub mod people;
pub mod policy;
pub mod policy_review;
pub mod poll;
pub mod read_words;
pub mod reconcile;
pub mod record_export;
pub mod report;
pub mod review;
pub mod rule_diff;
pub mod saved_view;
pub mod search;
pub mod send;
pub mod shipped;
pub mod sign_in;
pub mod sweep;
pub mod test_send;
pub mod wording_diff;
pub mod work;

use std::sync::{Arc, RwLock};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::domain::receive::Desk;
use crate::mailbox::authenticate::SenderChecks;
use crate::postage::render::SenderIdentity;
use crate::store::Store;

/// What the engine runs with. Policy and templates are replaced as a whole.
pub struct App {
    /// The truth.
    pub store: Store,
    /// The only source of the present instant.
    pub clock: Arc<dyn Clock>,
    /// Shortens the wait of workers that have something to do.
    pub wake: Wake,
    /// Name of this program among those that share the database.
    pub owner: String,
    /// Letters that may leave.
    pub letters: letters::LetterShelf,
    /// How persons and endpoints of the house are told.
    pub telling: notify::Telling,
    /// How long what is taken stays taken, and what is uncertain waits.
    pub leases: Leases,
    /// Cancelled when the program is to end: nothing new is begun.
    pub stop: CancellationToken,
    /// What senders are checked by.
    pub checks: SenderChecks,
    /// Strikes of mails that did no harm.
    pub survived: intake::Survived,
    /// What the sweep remembers between two looks.
    pub sweeper: sweep::Sweeper,
    standing: RwLock<Arc<Standing>>,
}

/// Times after which work of a program that died goes on.
#[derive(Clone, Copy, Debug)]
pub struct Leases {
    /// Of a mailbox; renewed when a quarter of it is over.
    pub mailbox: SignedDuration,
    /// Of a letter; longer than `attempt`.
    pub letter: SignedDuration,
    /// Longest time of one letter: it is begun only while so much is left.
    pub attempt: SignedDuration,
    /// The part of it from the payload's first byte: no lease ends within it.
    pub payload: SignedDuration,
    /// How long an uncertain receipt waits for a bounce before it goes once more.
    pub uncertain: SignedDuration,
}

impl Default for Leases {
    /// As `config.toml` has them.
    fn default() -> Self {
        Self {
            mailbox: SignedDuration::from_secs(60),
            letter: SignedDuration::from_mins(30),
            attempt: SignedDuration::from_secs(1530),
            payload: SignedDuration::from_mins(13),
            uncertain: SignedDuration::from_mins(15),
        }
    }
}

/// Policy and identities in force.
pub struct Standing {
    /// What decisions rest on.
    pub desk: Desk,
    /// Who letters come from.
    pub sender: SenderIdentity,
}

/// Wake-ups for workers; losing one only costs a period.
#[derive(Default)]
pub struct Wake {
    /// There are letters to send.
    pub outbox: Arc<Notify>,
    /// A clock was started or changed.
    pub clocks: Arc<Notify>,
}

impl App {
    /// An engine over `store` with what is in force at the start.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>, owner: String, standing: Standing) -> Self {
        Self {
            store,
            clock,
            wake: Wake::default(),
            letters: letters::LetterShelf::default(),
            telling: notify::Telling::default(),
            leases: Leases::default(),
            stop: CancellationToken::new(),
            survived: intake::Survived::default(),
            sweeper: sweep::Sweeper::default(),
            owner,
            checks: SenderChecks::default(),
            standing: RwLock::new(Arc::new(standing)),
        }
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What is in force. One decision, or one batch of them, uses one value.
    #[must_use]
    pub fn standing(&self) -> Arc<Standing> {
        // A poisoned lock still holds a whole value: it is only ever replaced.
        Arc::clone(&self.standing.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Puts another policy and templates in force; running batches finish with
    /// the old.
    pub fn replace_standing(&self, standing: Standing) {
        *self.standing.write().unwrap_or_else(std::sync::PoisonError::into_inner) =
            Arc::new(standing);
    }
}
