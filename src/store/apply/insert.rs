//! Rows of a batch, table by table, sealed before the transaction begins.

use std::collections::HashMap;

use jiff::Timestamp;
use sea_orm::{DatabaseTransaction, Value};

use super::{Applied, NewReplyToken};
use crate::domain::clock::Clock;
use crate::domain::decision::{ClockChange, Decision, Matter, TicketChange};
use crate::domain::fact::Mask;
use crate::domain::letter::Task;
use crate::domain::loan::LoanLink;
use crate::domain::mail::InboundMail;
use crate::domain::search::searchable;
use crate::store::error::StoreError;
use crate::store::loan::requester::remember_seen;
use crate::store::sql::{self, Rows, micros, values};
use crate::store::vault::{Place, Vault};
use crate::store::{clock_row, head, letter_row, ticket_row};

/// Where the trace of a decision stands.
pub(in crate::store) const TRACE: Place = Place { table: "trace", column: "sealed" };

/// Columns of `mail` in the order of [`mail_row`].
pub(super) const MAIL_COLUMNS: &[&str] = &[
    "id",
    "mailbox_id",
    "raw_key",
    "canonical_sha",
    "disposition",
    "duplicate_of",
    "bounced_letter",
    "ticket_id",
    "received_at",
    "size",
    "sender_index",
    "message_id_index",
    "sealed_head",
];

const MATTER: &[&str] =
    &["id", "ticket_id", "mail_id", "category", "score", "is_primary", "kinds", "is_to_confirm"];
const TASK: &[&str] = &["id", "ticket_id", "kind", "due_on", "clock_kind", "made_at"];
/// Columns of `ticket_flag`.
pub(in crate::store) const FLAG: &[&str] = &["ticket_id", "flag", "raised_at"];
const TICKET_LOAN: &[&str] = &["ticket_id", "loan_id", "basis"];
/// An address on file is the better reason, whenever it is seen.
const BETTER_BASIS: &str = "ON CONFLICT (ticket_id, loan_id) DO UPDATE SET basis = excluded.basis \
                            WHERE excluded.basis = 'party'";
const MAIL_TEXT: &[&str] = &["mail_id", "words"];
/// Most of a mail that is searched, bytes.
const MOST_SEARCHED: usize = 64 * 1024;
const BAD_TOKEN: &[&str] = &["mail_id", "address_index", "seen_at"];
/// Columns of `reply_token`.
pub(in crate::store) const TOKEN: &[&str] =
    &["handle", "ticket_id", "recipient_index", "expires_at"];

/// All rows of one decision.
pub(super) struct Sealed {
    mail: Vec<Value>,
    rows: DecisionRows,
}

/// All of them but the mail's own.
#[derive(Default)]
pub(super) struct DecisionRows {
    tickets: Vec<Vec<Value>>,
    matters: Vec<Vec<Value>>,
    clocks: Vec<Vec<Value>>,
    tasks: Vec<Vec<Value>>,
    letters: Vec<Vec<Value>>,
    tokens: Vec<Vec<Value>>,
    traces: Vec<Vec<Value>>,
    texts: Vec<Vec<Value>>,
    flags: Vec<Vec<Value>>,
    loans: Vec<Vec<Value>>,
    bad_tokens: Vec<Vec<Value>>,
    languages: HashMap<Vec<u8>, (String, Timestamp)>,
}

impl Sealed {
    pub(super) fn split(self) -> (Vec<Value>, DecisionRows) {
        (self.mail, self.rows)
    }
}

/// Makes the rows of every decision.
pub(super) fn seal(
    vault: &Vault,
    batch: &[Applied<'_>],
    keys: &[Vec<u8>],
) -> Result<Vec<Sealed>, StoreError> {
    batch
        .iter()
        .zip(keys)
        .map(|(item, key)| {
            Ok(Sealed { mail: mail_row(vault, item, key)?, rows: decision_rows(vault, item)? })
        })
        .collect()
}

/// Rows of the whole batch, one list a table.
#[derive(Default)]
pub(super) struct Parts(DecisionRows);

impl Parts {
    pub(super) fn take(&mut self, rows: DecisionRows) {
        self.0.tickets.extend(rows.tickets);
        self.0.matters.extend(rows.matters);
        self.0.clocks.extend(rows.clocks);
        self.0.tasks.extend(rows.tasks);
        self.0.letters.extend(rows.letters);
        self.0.tokens.extend(rows.tokens);
        self.0.traces.extend(rows.traces);
        self.0.texts.extend(rows.texts);
        self.0.flags.extend(rows.flags);
        self.0.loans.extend(rows.loans);
        self.0.bad_tokens.extend(rows.bad_tokens);
        self.0.languages.extend(rows.languages);
    }

    pub(super) async fn insert(self, tx: &DatabaseTransaction) -> Result<(), StoreError> {
        let Parts(rows) = self;
        insert(tx, "ticket", ticket_row::COLUMNS, rows.tickets, "").await?;
        insert(tx, "matter", MATTER, rows.matters, "").await?;
        insert(tx, "clock", clock_row::COLUMNS, rows.clocks, "").await?;
        insert(tx, "task", TASK, rows.tasks, "").await?;
        // At most one letter a key, ever: a second acknowledgment is not written.
        insert(tx, "outbox", letter_row::COLUMNS, rows.letters, "ON CONFLICT DO NOTHING").await?;
        insert(tx, "reply_token", TOKEN, rows.tokens, "ON CONFLICT DO NOTHING").await?;
        insert(tx, "ticket_flag", FLAG, rows.flags, "ON CONFLICT DO NOTHING").await?;
        insert(tx, "trace", &["mail_id", "sealed"], rows.traces, "").await?;
        insert(tx, "mail_text", MAIL_TEXT, rows.texts, "").await?;
        insert(tx, "ticket_loan", TICKET_LOAN, rows.loans, BETTER_BASIS).await?;
        insert(tx, "bad_token", BAD_TOKEN, rows.bad_tokens, "").await?;
        remember_seen(tx, rows.languages).await
    }
}

/// Rows of one table.
pub(in crate::store) async fn insert(
    tx: &DatabaseTransaction,
    table: &'static str,
    columns: &'static [&'static str],
    list: Vec<Vec<Value>>,
    tail: &str,
) -> Result<(), StoreError> {
    let mut rows = Rows::new(table, columns);
    list.into_iter().for_each(|row| rows.push(row));
    rows.insert(tx, tail).await.map(|_| ())
}

fn mail_row(vault: &Vault, item: &Applied<'_>, key: &[u8]) -> Result<Vec<Value>, StoreError> {
    let (mail, record) = (item.mail, &item.decision.mail);
    let sender = mail.from.first().map_or("", |from| from.address.as_str());
    let message_id = mail.message_id.as_deref().map(|id| vault.blind_index(id).to_vec());
    Ok(values![
        record.id.0,
        item.mailbox_id,
        key.to_vec(),
        mail.canonical_sha.0.to_vec(),
        record.disposition.word(),
        record.duplicate_of.map(|id| id.0),
        record.bounced_letter.map(|id| id.0),
        record.ticket_id.map(|id| id.0),
        micros(mail.received_at),
        sql::count(mail.size),
        vault.blind_index(sender).to_vec(),
        message_id,
        head::seal(vault, record.id, mail)?,
    ])
}

fn decision_rows(vault: &Vault, item: &Applied<'_>) -> Result<DecisionRows, StoreError> {
    let decision = item.decision;
    let mut rows = DecisionRows::default();
    if let TicketChange::Open(ticket) = &decision.ticket {
        rows.tickets.push(ticket_row::row(vault, ticket)?);
    }
    for matter in &decision.matters {
        rows.matters.extend(matter_row(decision, matter)?);
    }
    for clock in started(decision) {
        rows.clocks.push(clock_row::row(clock)?);
    }
    rows.tasks.extend(decision.tasks.iter().map(|task| task_row(task, micros(item.made_at()))));
    for letter in item.letters {
        rows.letters.push(letter_row::row(vault, letter)?);
    }
    rows.tokens.extend(item.reply_tokens.iter().map(|token| token_row(vault, token)));
    rows.traces.push(trace_row(vault, decision)?);
    rows.flags.extend(flag_rows(item));
    if let Some(ticket_id) = decision.mail.ticket_id {
        rows.texts.push(values![decision.mail.id.0, searched(item.mail)]);
        let link = |link: &LoanLink| values![ticket_id.0, link.loan_id.0, link.basis.word()];
        rows.loans.extend(decision.loans.iter().map(link));
    }
    if let Some(sender) = item.mail.single_sender() {
        let index = vault.blind_index(&sender.address).to_vec();
        let seen_at = item.mail.received_at;
        if decision.trace.thread == "bad_token" {
            let row = values![decision.mail.id.0, index.clone(), micros(seen_at)];
            rows.bad_tokens.push(row);
        }
        let told = decision.language_seen.clone();
        rows.languages.extend(told.map(|language| (index, (language, seen_at))));
    }
    Ok(rows)
}

/// What a mail is searched by: its words, secrets hidden before anything else.
fn searched(mail: &InboundMail) -> String {
    let shown = |text: &str| {
        // Hidden first and cut then: half a number is not known as one.
        let hidden = Mask::of(text).apply(text);
        searchable(hidden.get(..hidden.floor_char_boundary(MOST_SEARCHED)).unwrap_or_default())
    };
    format!("{} {}", shown(&mail.subject), shown(&mail.text))
}

impl Applied<'_> {
    /// When the decision was taken: that of its first event, else receipt.
    fn made_at(&self) -> jiff::Timestamp {
        self.decision.events.first().map_or(self.mail.received_at, |event| event.at)
    }
}

fn started(decision: &Decision) -> impl Iterator<Item = &Clock> {
    decision.clocks.iter().filter_map(|change| match change {
        ClockChange::Start(clock) => Some(clock.as_ref()),
        _ => None,
    })
}

/// Matters of a mail that has no ticket are in its trace only.
fn matter_row(decision: &Decision, matter: &Matter) -> Result<Option<Vec<Value>>, StoreError> {
    let Some(ticket_id) = decision.mail.ticket_id else { return Ok(None) };
    let kinds = serde_json::to_string(&matter.kinds).map_err(|_| StoreError::Malformed("kinds"))?;
    Ok(Some(values![
        matter.id.0,
        ticket_id.0,
        decision.mail.id.0,
        matter.category.as_str(),
        matter.score,
        matter.is_primary,
        kinds,
        matter.is_to_confirm,
    ]))
}

/// The row of a task made at `made_at` (epoch microseconds).
pub(in crate::store) fn task_row(task: &Task, made_at: i64) -> Vec<Value> {
    values![
        task.id.0,
        task.ticket_id.0,
        task.kind.as_str(),
        task.due_on.to_string(),
        task.clock_kind.clone(),
        made_at,
    ]
}

/// Inserts one task.
pub(in crate::store) async fn insert_task(
    tx: &DatabaseTransaction,
    task: &Task,
    made_at: i64,
) -> Result<(), StoreError> {
    insert(tx, "task", TASK, vec![task_row(task, made_at)], "").await
}

/// Flags that the mail raises on the ticket it belongs to.
fn flag_rows(item: &Applied<'_>) -> impl Iterator<Item = Vec<Value>> {
    let ticket_id = item.decision.mail.ticket_id;
    let raised_at = micros(item.mail.received_at);
    ticket_id.into_iter().flat_map(move |ticket_id| {
        let flags = item.decision.trace.understanding.flags.iter();
        flags.map(move |raised| values![ticket_id.0, raised.flag.as_str(), raised_at])
    })
}

pub(in crate::store) fn token_row(vault: &Vault, token: &NewReplyToken) -> Vec<Value> {
    values![
        token.handle.to_vec(),
        token.ticket_id.0,
        vault.blind_index(&token.recipient).to_vec(),
        micros(token.expires_at),
    ]
}

fn trace_row(vault: &Vault, decision: &Decision) -> Result<Vec<Value>, StoreError> {
    let json = serde_json::to_vec(&decision.trace).map_err(|_| StoreError::Malformed("trace"))?;
    let sealed = vault.seal(TRACE, decision.mail.id.0.as_bytes(), &json)?;
    Ok(values![decision.mail.id.0, sealed])
}
