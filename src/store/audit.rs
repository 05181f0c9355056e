//! Reads the record and computes every hash again: any changed, missing or
//! added event breaks its chain, and the first break is named.

mod policy;

use sea_orm::{QueryResult, Value};

use super::connection::Store;
use super::error::StoreError;
use super::sql::{self, get, get_count, get_instant, one, values};
use crate::domain::digest::Digest;
use crate::domain::event::Event;

/// Events of one read.
const PAGE: i64 = 5_000;

/// What a look at the chains found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Streams looked at.
    pub streams: u64,
    /// Events looked at.
    pub events: u64,
    /// The first break, if any.
    pub first_break: Option<ChainBreak>,
}

/// Where a chain is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainBreak {
    /// Stream.
    pub stream: String,
    /// Number of the first event that does not fit; 0 when it is no event but
    /// a row that the record tells of.
    pub seq: u64,
    /// What does not fit.
    pub what: &'static str,
}

/// The chain of one stream as far as it was read.
#[derive(Default)]
struct Chain {
    stream: String,
    seq: u64,
    hash: Digest,
    head: Option<(u64, Digest)>,
}

impl Store {
    /// Verifies one stream, or all of them; stops at the first break.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn verify(&self, stream: Option<&str>) -> Result<AuditReport, StoreError> {
        let mut report = AuditReport::default();
        let mut chain = Chain::default();
        loop {
            let page = self.page(stream, &chain).await?;
            let is_last = page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
            for row in &page {
                report.events += 1;
                if let Some(found) = check(&mut chain, &mut report, row)? {
                    report.first_break = Some(found);
                    return Ok(report);
                }
            }
            if is_last {
                break;
            }
        }
        report.first_break = match chain.cut_off() {
            Some(found) => Some(found),
            None => self.emptied_stream(stream).await?,
        };
        if report.first_break.is_none() && stream.is_none_or(|stream| stream == "policy") {
            report.first_break = self.changed_policy().await?;
        }
        if report.first_break.is_none() {
            report.first_break = self.unfaithful_wording(stream).await?;
        }
        Ok(report)
    }

    async fn page(
        &self,
        stream: Option<&str>,
        after: &Chain,
    ) -> Result<Vec<QueryResult>, StoreError> {
        let only = if stream.is_some() { "AND event.stream = $4" } else { "" };
        let text = format!(
            "SELECT event.stream, event.seq, at, actor, kind, particulars, previous, event.hash, \
             stream_head.seq AS head_seq, stream_head.hash AS head_hash FROM event \
             LEFT JOIN stream_head ON stream_head.stream = event.stream \
             WHERE (event.stream > $1 OR (event.stream = $1 AND event.seq > $2)) {only} \
             ORDER BY event.stream, event.seq LIMIT $3"
        );
        let mut values = values![after.stream.as_str(), sql::count(after.seq), PAGE];
        values.extend(stream.map(Value::from));
        sql::all(self.readers(), &text, values).await
    }

    /// A stream whose events are all gone leaves its head behind.
    async fn emptied_stream(&self, stream: Option<&str>) -> Result<Option<ChainBreak>, StoreError> {
        let only = if stream.is_some() { "AND stream = $1" } else { "" };
        let text = format!(
            "SELECT stream FROM stream_head WHERE NOT EXISTS \
             (SELECT 1 FROM event WHERE event.stream = stream_head.stream) {only} LIMIT 1"
        );
        let row = one(self.readers(), &text, stream.map(Value::from).into_iter().collect()).await?;
        row.map(|row| {
            Ok(ChainBreak { stream: get(&row, "stream")?, seq: 1, what: "all events are gone" })
        })
        .transpose()
    }
}

impl Chain {
    /// The head knows of later events than there are, or of another last one.
    fn cut_off(&self) -> Option<ChainBreak> {
        let broken = |seq, what| Some(ChainBreak { stream: self.stream.clone(), seq, what });
        match self.head {
            _ if self.seq == 0 => None,
            None => broken(self.seq, "the stream has no head"),
            Some((seq, _)) if seq > self.seq => broken(self.seq + 1, "the last events are gone"),
            Some((seq, _)) if seq < self.seq => broken(seq + 1, "events were added"),
            Some((_, hash)) if hash != self.hash => broken(self.seq, "the head is another"),
            Some(_) => None,
        }
    }
}

fn check(
    chain: &mut Chain,
    report: &mut AuditReport,
    row: &QueryResult,
) -> Result<Option<ChainBreak>, StoreError> {
    let stream: String = get(row, "stream")?;
    if stream != chain.stream {
        if let Some(found) = chain.cut_off() {
            return Ok(Some(found));
        }
        report.streams += 1;
        let head = match get::<Option<i64>>(row, "head_seq")? {
            Some(_) => Some((get_count(row, "head_seq")?, digest(row, "head_hash")?)),
            None => None,
        };
        *chain = Chain { stream, head, ..Chain::default() };
    }
    let seq = get_count(row, "seq")?;
    let broken = |seq, what| Ok(Some(ChainBreak { stream: chain.stream.clone(), seq, what }));
    if seq != chain.seq + 1 {
        return broken(chain.seq + 1, "an event is gone");
    }
    if digest(row, "previous")? != chain.hash {
        return broken(seq, "it does not follow the event before it");
    }
    let event = Event {
        stream: chain.stream.clone(),
        at: get_instant(row, "at")?,
        actor: get(row, "actor")?,
        kind: get(row, "kind")?,
        particulars: serde_json::Value::Null,
    };
    let hash = event.chained_as(seq, chain.hash, &get::<String>(row, "particulars")?);
    if digest(row, "hash")? != hash {
        return broken(seq, "it was changed");
    }
    (chain.seq, chain.hash) = (seq, hash);
    Ok(None)
}

fn digest(row: &QueryResult, column: &'static str) -> Result<Digest, StoreError> {
    // A hash of another length is no hash of ours: it will not match.
    Ok(Digest::from_slice(&get::<Vec<u8>>(row, column)?).unwrap_or(Digest([0xff; 32])))
}
