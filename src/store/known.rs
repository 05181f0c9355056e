//! What the store knows about each mail of a batch before it is decided on,
//! in a few queries for the whole batch.

mod loans;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use jiff::Timestamp;
use sea_orm::Value;
use uuid::Uuid;

use super::apply::Handle;
use super::clock_row;
use super::connection::Store;
use super::error::StoreError;
use super::sql::{
    self, MOST_KEYS, get, get_count, get_instant, get_word, micros, placeholders, values,
};
use crate::domain::authentication::Authentication;
use crate::domain::clock::Clock;
use crate::domain::digest::Digest;
use crate::domain::id::{LetterId, MailId, TicketId, TicketNumber};
use crate::domain::receive::Known;
use crate::domain::thread::ThreadEvidence;
use crate::domain::ticket::Status;
use crate::fault;
use loans::{named, of_sender};

/// Two mails with one canonical digest, received within this time, are one
/// (mail servers retry for days; RFC 1047 tells why they send twice).
pub const SAME_MAIL_WITHIN: Duration = Duration::from_secs(7 * 24 * 3600);
/// Acknowledgments of the last hour are counted up to here; any limit is lower.
const MOST_COUNTED: i64 = 20_000;

const HOUR: i64 = 3600 * 1_000_000;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;

/// What is asked about one mail.
#[derive(Clone, Debug)]
pub struct KnownQuery {
    /// Canonical digest.
    pub canonical_sha: Digest,
    /// Address of the one sender; empty when there is none.
    pub sender: String,
    /// Handle of a reply token whose tag was found good.
    pub token: Option<Handle>,
    /// Loan numbers it names, normalised.
    pub loan_numbers: Vec<String>,
    /// Display name of the sender.
    pub sender_name: String,
    /// Bounce addresses of ours the mail was sent to.
    pub bounce_addresses: Vec<String>,
    /// Message-IDs it names (of our letters, if any), without brackets.
    pub message_ids: Vec<String>,
    /// When the mail was received.
    pub received_at: Timestamp,
}

type Tokens = HashMap<Vec<u8>, TokenRow>;

struct TokenRow {
    ticket_id: TicketId,
    recipient_index: Vec<u8>,
    expires_at: Timestamp,
    status: Status,
    number: Option<TicketNumber>,
    version: u64,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    day: u32,
    week: u32,
}

impl Store {
    /// What is known about each mail, in the order of `queries`; limits are
    /// counted back from `now`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_known(
        &self,
        queries: &[KnownQuery],
        now: Timestamp,
    ) -> Result<Vec<Known>, StoreError> {
        let senders: Vec<Vec<u8>> =
            queries.iter().map(|query| self.vault().blind_index(&query.sender).to_vec()).collect();
        let mails = self.same_mails(queries).await?;
        let tokens = self.tokens(queries).await?;
        let letters = self.named_letters(queries).await?;
        let met = self.met_by_letters(&letters).await?;
        let acknowledged = self.acknowledged(&senders, now).await?;
        let tickets = self.tickets_in_hour(&senders, now).await?;
        let consents = self.consents(&senders).await?;
        let suppressed = self.suppressed(&senders).await?;
        let by_all = self.acknowledged_by_all(now).await?;
        let keys: BTreeSet<Vec<u8>> = senders.iter().cloned().collect();
        let parties = self.parties(keys.clone()).await?;
        let numbers = queries.iter().flat_map(|query| &query.loan_numbers).map(String::as_str);
        let loans = self.numbered_loans(numbers.collect()).await?;
        let languages = self.requester_languages(keys).await?;
        let bad_tokens = self.bad_tokens_in_day(&senders, now).await?;
        let known = |(query, sender): (&KnownQuery, &Vec<u8>)| {
            let has_sender = !query.sender.is_empty();
            let counts = acknowledged.get(sender).copied().unwrap_or_default();
            let bounced_letter = bounced(&letters, query);
            let met_by_letter = bounced_letter.and_then(|(letter, _)| met.get(&letter.0).cloned());
            Known {
                duplicate: first_copy(&mails, query)
                    .filter(|_| !fault::is_broken("forget_identity")),
                thread: thread(&tokens, query, sender),
                thread_number: query
                    .token
                    .and_then(|handle| tokens.get(handle.as_slice()))
                    .and_then(|token| token.number.clone()),
                bounced_letter,
                met_by_letter: met_by_letter.unwrap_or_default(),
                acknowledged_in_day: counts.day,
                acknowledged_in_week: counts.week,
                tickets_in_hour: tickets.get(sender).copied().unwrap_or(0),
                acknowledged_by_all_in_hour: by_all,
                is_suppressed: has_sender && suppressed.contains(sender),
                has_esign_consent: has_sender && consents.contains(sender),
                authentication: Authentication::default(),
                parties: of_sender(&parties, sender, has_sender),
                named_loans: named(&loans, query),
                language: languages.get(sender).filter(|_| has_sender).cloned(),
                bad_tokens_in_day: bad_tokens.get(sender).copied().unwrap_or(0),
            }
        };
        Ok(queries.iter().zip(&senders).map(known).collect())
    }

    /// The sender agreed to receive records electronically (15 USC 7001(c)).
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn record_esign_consent(
        &self,
        address: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let written = sql::run(
            &tx,
            "INSERT INTO esign_consent (address_index, consented_at) VALUES ($1, $2) \
             ON CONFLICT (address_index) DO NOTHING",
            values![self.vault().blind_index(address).to_vec(), micros(at)],
        )
        .await;
        sql::end(tx, written).await.map(|_| ())
    }

    async fn same_mails(&self, queries: &[KnownQuery]) -> Result<Vec<CopyRow>, StoreError> {
        let keys: BTreeSet<Vec<u8>> =
            queries.iter().map(|query| query.canonical_sha.0.to_vec()).collect();
        let text = "SELECT id, ticket_id, canonical_sha, received_at FROM mail \
                    WHERE disposition <> 'duplicate' AND canonical_sha IN";
        let mut copies = Vec::new();
        for row in self.listed(text, "ORDER BY received_at, id", keys).await? {
            copies.push(CopyRow {
                canonical: get(&row, "canonical_sha")?,
                received_at: get_instant(&row, "received_at")?,
                id: MailId(get(&row, "id")?),
                ticket_id: get::<Option<Uuid>>(&row, "ticket_id")?.map(TicketId),
            });
        }
        Ok(copies)
    }

    async fn tokens(&self, queries: &[KnownQuery]) -> Result<Tokens, StoreError> {
        let keys: BTreeSet<Vec<u8>> =
            queries.iter().filter_map(|query| query.token.map(|handle| handle.to_vec())).collect();
        let text = "SELECT handle, ticket_id, recipient_index, expires_at, status, version, \
                    number FROM reply_token JOIN ticket ON ticket.id = reply_token.ticket_id \
                    WHERE handle IN";
        let mut tokens = HashMap::new();
        for row in self.listed(text, "", keys).await? {
            let token = TokenRow {
                ticket_id: TicketId(get(&row, "ticket_id")?),
                recipient_index: get(&row, "recipient_index")?,
                expires_at: get_instant(&row, "expires_at")?,
                status: get_word(&row, "status", Status::from_word)?,
                version: get_count(&row, "version")?,
                number: TicketNumber::parse(&get::<String>(&row, "number")?),
            };
            tokens.insert(get(&row, "handle")?, token);
        }
        Ok(tokens)
    }

    async fn named_letters(
        &self,
        queries: &[KnownQuery],
    ) -> Result<HashMap<String, (LetterId, TicketId)>, StoreError> {
        let mut letters = HashMap::new();
        let addresses: BTreeSet<String> =
            queries.iter().flat_map(|query| query.bounce_addresses.iter().cloned()).collect();
        let ids: BTreeSet<String> =
            queries.iter().flat_map(|query| query.message_ids.iter().cloned()).collect();
        for (column, keys) in [("envelope_from", addresses), ("message_id", ids)] {
            let text = format!("SELECT id, ticket_id, {column} FROM outbox WHERE {column} IN");
            for row in self.listed(&text, "", keys).await? {
                let letter = (LetterId(get(&row, "id")?), TicketId(get(&row, "ticket_id")?));
                letters.insert(get(&row, column)?, letter);
            }
        }
        Ok(letters)
    }

    /// Clocks of the law that each letter met when it was handed over.
    async fn met_by_letters(
        &self,
        letters: &HashMap<String, (LetterId, TicketId)>,
    ) -> Result<HashMap<Uuid, Vec<Clock>>, StoreError> {
        let mut met: HashMap<Uuid, Vec<Clock>> = HashMap::new();
        let tickets: BTreeSet<Uuid> = letters.values().map(|(_, ticket)| ticket.0).collect();
        if tickets.is_empty() {
            return Ok(met);
        }
        let letters: HashMap<String, Uuid> =
            letters.values().map(|(letter, _)| (format!("letter:{letter}"), letter.0)).collect();
        let text = format!(
            "SELECT {} FROM clock WHERE state = 'met' AND class = 'statutory' AND ticket_id IN",
            clock_row::COLUMNS.join(","),
        );
        for row in self.listed(&text, "ORDER BY due_at, id", tickets).await? {
            let clock = clock_row::read(&row)?;
            let letter = clock.life.met_by.as_ref().and_then(|by| letters.get(by));
            if let Some(letter) = letter {
                met.entry(*letter).or_default().push(clock);
            }
        }
        Ok(met)
    }

    async fn acknowledged(
        &self,
        senders: &[Vec<u8>],
        now: Timestamp,
    ) -> Result<HashMap<Vec<u8>, Counts>, StoreError> {
        let keys: BTreeSet<Vec<u8>> = senders.iter().cloned().collect();
        // The instants are numbers we made; as text they keep the list's own numbering.
        let text = format!(
            "SELECT recipient_index, COUNT(*) AS week, \
             COUNT(CASE WHEN written_at > {} THEN 1 END) AS day FROM outbox \
             WHERE is_receipt AND state <> 'discarded' AND written_at > {} AND recipient_index IN",
            micros(now) - DAY,
            micros(now) - WEEK,
        );
        let mut counts = HashMap::new();
        for row in self.listed(&text, "GROUP BY recipient_index", keys).await? {
            let of_sender = Counts {
                day: u32::try_from(get_count(&row, "day")?).unwrap_or(u32::MAX),
                week: u32::try_from(get_count(&row, "week")?).unwrap_or(u32::MAX),
            };
            counts.insert(get(&row, "recipient_index")?, of_sender);
        }
        Ok(counts)
    }

    async fn tickets_in_hour(
        &self,
        senders: &[Vec<u8>],
        now: Timestamp,
    ) -> Result<HashMap<Vec<u8>, u32>, StoreError> {
        let keys: BTreeSet<Vec<u8>> = senders.iter().cloned().collect();
        let text = format!(
            "SELECT requester_index, COUNT(*) AS n FROM ticket \
             WHERE opened_at > {} AND requester_index IN",
            micros(now) - HOUR,
        );
        let mut counts = HashMap::new();
        for row in self.listed(&text, "GROUP BY requester_index", keys).await? {
            let n = u32::try_from(get_count(&row, "n")?).unwrap_or(u32::MAX);
            counts.insert(get(&row, "requester_index")?, n);
        }
        Ok(counts)
    }

    /// Forged or altered tokens under each address in the last 24 hours.
    async fn bad_tokens_in_day(
        &self,
        senders: &[Vec<u8>],
        now: Timestamp,
    ) -> Result<HashMap<Vec<u8>, u32>, StoreError> {
        let keys: BTreeSet<Vec<u8>> = senders.iter().cloned().collect();
        let text = format!(
            "SELECT address_index, COUNT(*) AS n FROM bad_token \
             WHERE seen_at > {} AND address_index IN",
            micros(now) - DAY,
        );
        let mut counts = HashMap::new();
        for row in self.listed(&text, "GROUP BY address_index", keys).await? {
            let n = u32::try_from(get_count(&row, "n")?).unwrap_or(u32::MAX);
            counts.insert(get(&row, "address_index")?, n);
        }
        Ok(counts)
    }

    async fn consents(&self, senders: &[Vec<u8>]) -> Result<BTreeSet<Vec<u8>>, StoreError> {
        let keys: BTreeSet<Vec<u8>> = senders.iter().cloned().collect();
        let text = "SELECT address_index FROM esign_consent WHERE address_index IN";
        self.listed(text, "", keys).await?.iter().map(|row| get(row, "address_index")).collect()
    }

    async fn suppressed(&self, senders: &[Vec<u8>]) -> Result<BTreeSet<Vec<u8>>, StoreError> {
        let keys: BTreeSet<Vec<u8>> = senders.iter().cloned().collect();
        let text = "SELECT address_index FROM suppressed_address WHERE address_index IN";
        self.listed(text, "", keys).await?.iter().map(|row| get(row, "address_index")).collect()
    }

    async fn acknowledged_by_all(&self, now: Timestamp) -> Result<u32, StoreError> {
        let row = sql::one(
            self.readers(),
            "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM outbox \
             WHERE is_receipt AND written_at > $1 LIMIT $2) AS recent",
            values![micros(now) - HOUR, MOST_COUNTED],
        )
        .await?
        .ok_or(StoreError::Absent("count"))?;
        Ok(u32::try_from(get_count(&row, "n")?).unwrap_or(u32::MAX))
    }

    /// Rows of `text`, which ends in `IN`; `keys` are cut into pieces that both databases take.
    pub(super) async fn listed<K: Into<Value>>(
        &self,
        text: &str,
        tail: &str,
        keys: BTreeSet<K>,
    ) -> Result<Vec<sea_orm::QueryResult>, StoreError> {
        let keys: Vec<Value> = keys.into_iter().map(Into::into).collect();
        let mut rows = Vec::new();
        for part in keys.chunks(MOST_KEYS) {
            let part = sql::padded(part);
            let text = format!("{text} ({}) {tail}", placeholders(1, part.len()));
            rows.extend(sql::all(self.readers(), &text, part).await?);
        }
        Ok(rows)
    }
}

struct CopyRow {
    canonical: Vec<u8>,
    received_at: Timestamp,
    id: MailId,
    ticket_id: Option<TicketId>,
}

fn first_copy(copies: &[CopyRow], query: &KnownQuery) -> Option<(MailId, Option<TicketId>)> {
    let is_near = |copy: &&CopyRow| {
        let apart = micros(copy.received_at).abs_diff(micros(query.received_at));
        copy.canonical == query.canonical_sha.0 && u128::from(apart) <= SAME_MAIL_WITHIN.as_micros()
    };
    copies.iter().find(is_near).map(|copy| (copy.id, copy.ticket_id))
}

fn thread(tokens: &Tokens, query: &KnownQuery, sender: &[u8]) -> ThreadEvidence {
    let Some(handle) = query.token else { return ThreadEvidence::None };
    match tokens.get(handle.as_slice()) {
        Some(token) if token.expires_at > query.received_at => {
            let (ticket_id, status, version) = (token.ticket_id, token.status, token.version);
            if token.recipient_index == sender && !query.sender.is_empty() {
                ThreadEvidence::Ours { ticket_id, status, version }
            } else {
                ThreadEvidence::OtherSender { ticket_id, status, version }
            }
        }
        Some(_) => ThreadEvidence::Expired,
        None => ThreadEvidence::BadToken,
    }
}

fn bounced(
    letters: &HashMap<String, (LetterId, TicketId)>,
    query: &KnownQuery,
) -> Option<(LetterId, TicketId)> {
    query
        .bounce_addresses
        .iter()
        .chain(&query.message_ids)
        .find_map(|name| letters.get(name))
        .copied()
}
