//! Every mail that came in by one mailbox, with its fate: the list in which a
//! mail without a ticket can be found.

use sea_orm::QueryResult;

use super::detail::MailLine;
use crate::domain::id::TicketNumber;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, get, values};

/// One mail as its mailbox showed it.
#[derive(Clone, Debug)]
pub struct MailEntry {
    /// IMAP UID in decimal, or file name.
    pub source_key: String,
    /// Number of the ticket it is on.
    pub ticket: Option<TicketNumber>,
    /// Its fate and why.
    pub mail: MailLine,
}

impl Store {
    /// Mails of a mailbox in the order the ledger met them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn mail_list(
        &self,
        mailbox_id: i64,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<MailEntry>, StoreError> {
        let text = "SELECT source_ref.source_key, ticket.number, mail.id, mail.disposition, \
                    mail.received_at, mail.sealed_head, trace.sealed \
                    FROM source_ref JOIN mail ON mail.id = source_ref.mail_id \
                    LEFT JOIN trace ON trace.mail_id = mail.id \
                    LEFT JOIN ticket ON ticket.id = mail.ticket_id \
                    WHERE source_ref.mailbox_id = $1 ORDER BY source_ref.id LIMIT $2 OFFSET $3";
        let values = values![mailbox_id, sql::count(limit), sql::count(offset)];
        let rows = sql::all(self.readers(), text, values).await?;
        rows.iter().map(|row| self.read_entry(row)).collect()
    }

    fn read_entry(&self, row: &QueryResult) -> Result<MailEntry, StoreError> {
        let number: Option<String> = get(row, "number")?;
        let number = number
            .map(|text| TicketNumber::parse(&text).ok_or(StoreError::Malformed("ticket.number")));
        Ok(MailEntry {
            source_key: get(row, "source_key")?,
            ticket: number.transpose()?,
            mail: self.read_mail(row)?,
        })
    }
}
