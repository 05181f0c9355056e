//! Mails that made no ticket by themselves: their fate and why, no content.

use jiff::Timestamp;

use crate::domain::decision::{Disposition, Trace};
use crate::domain::id::{MailId, TicketNumber};
use crate::store::apply::TRACE;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, get, get_count, get_instant, get_word, values};

/// One mail that was kept aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsideMail {
    /// Its id.
    pub id: MailId,
    /// Mailbox it came by.
    pub mailbox: String,
    /// Its fate.
    pub disposition: Disposition,
    /// When it was received.
    pub received_at: Timestamp,
    /// Bytes.
    pub size: u64,
    /// Names of the rules that saw where it comes from.
    pub signals: Vec<String>,
    /// The ticket it is on, if it is on one.
    pub ticket: Option<TicketNumber>,
}

impl Store {
    /// Mails of one fate, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn mails_aside(
        &self,
        disposition: Disposition,
        limit: u64,
    ) -> Result<Vec<AsideMail>, StoreError> {
        let text = "SELECT mail.id, mailbox.name, mail.disposition, mail.received_at, mail.size, \
                    trace.sealed, ticket.number FROM mail \
                    JOIN mailbox ON mailbox.id = mail.mailbox_id \
                    LEFT JOIN trace ON trace.mail_id = mail.id \
                    LEFT JOIN ticket ON ticket.id = mail.ticket_id \
                    WHERE mail.disposition = $1 AND mail.disposition <> 'new' \
                    ORDER BY mail.received_at DESC, mail.id LIMIT $2";
        let values = values![disposition.word(), sql::count(limit)];
        let rows = sql::all(self.readers(), text, values).await?;
        rows.iter()
            .map(|row| {
                let id = MailId(get(row, "id")?);
                let number: Option<String> = get(row, "number")?;
                Ok(AsideMail {
                    id,
                    mailbox: get(row, "name")?,
                    disposition: get_word(row, "disposition", Disposition::from_word)?,
                    received_at: get_instant(row, "received_at")?,
                    size: get_count(row, "size")?,
                    signals: self.signals_of(id, get(row, "sealed")?)?,
                    ticket: number.and_then(|number| TicketNumber::parse(&number)),
                })
            })
            .collect()
    }

    /// How many mails have each fate but `new` and `append`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn aside_counts(&self) -> Result<Vec<(Disposition, u64)>, StoreError> {
        let text = "SELECT disposition, COUNT(*) AS n FROM mail WHERE disposition <> 'new' \
                    GROUP BY disposition ORDER BY disposition";
        let rows = sql::all(self.readers(), text, values![]).await?;
        let counts: Result<Vec<_>, StoreError> = rows
            .iter()
            .map(|row| {
                let fate = get_word(row, "disposition", Disposition::from_word)?;
                Ok((fate, get_count(row, "n")?))
            })
            .collect();
        Ok(counts?.into_iter().filter(|(fate, _)| *fate != Disposition::Append).collect())
    }

    fn signals_of(&self, id: MailId, sealed: Option<Vec<u8>>) -> Result<Vec<String>, StoreError> {
        let Some(sealed) = sealed else { return Ok(Vec::new()) };
        let json = self.vault().open(TRACE, id.0.as_bytes(), &sealed)?;
        let trace: Trace =
            serde_json::from_slice(&json).map_err(|_| StoreError::Malformed("trace"))?;
        Ok(trace.understanding.origin.signals)
    }
}
