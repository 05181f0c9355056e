//! Files that go with a letter that is being written: sealed beside it, and gone
//! with it. A change of them takes a release back.

use jiff::Timestamp;
use sea_orm::{DatabaseTransaction, QueryResult};
use serde_json::json;
use uuid::Uuid;

use super::{locked, told};
use crate::domain::attached_file::{MOST_FILES, MOST_TOGETHER};
use crate::domain::digest::Digest;
use crate::domain::draft::Draft;
use crate::domain::id::{PersonId, TicketId};
use crate::domain::letter::AttachedFile;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::record;
use crate::store::sql::{self, get, get_count, micros, values};
use crate::store::vault::Place;

const NAME: Place = Place { table: "attached_file", column: "sealed_name" };
const CONTENT: Place = Place { table: "attached_file", column: "sealed_content" };

/// A file of a draft, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLine {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it is by its bytes.
    pub media_type: String,
    /// Its size in bytes.
    pub size: u64,
}

/// What came of attaching a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attached {
    /// It goes with the letter.
    Done,
    /// The draft was saved since, or is no more.
    Moved,
    /// There are too many already.
    TooMany,
}

impl Store {
    /// Puts a file to a draft.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn attach_file(
        &self,
        draft: &Draft,
        (id, file): (Uuid, &AttachedFile),
        at: Timestamp,
    ) -> Result<Attached, StoreError> {
        let name = self.vault().seal(NAME, id.as_bytes(), file.name.as_bytes())?;
        let content = self.vault().seal(CONTENT, id.as_bytes(), &file.content)?;
        let (ticket, person) = (draft.ticket_id, draft.person);
        let size = file.content.len() as u64;
        let tx = self.begin_write().await?;
        let written = async {
            if !locked(&tx, ticket, person, draft.version).await? {
                return Ok(Attached::Moved);
            }
            let (count, together) = counted(&tx, ticket, person).await?;
            if count >= MOST_FILES as u64 || together + size > MOST_TOGETHER {
                return Ok(Attached::TooMany);
            }
            let sha = Digest::of(&file.content);
            let text = "INSERT INTO attached_file (id, ticket_id, person, place, media_type, size, \
                        sha, sealed_name, sealed_content, attached_at) \
                        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
            let values = values![
                id,
                ticket.0,
                person.0,
                sql::count(count),
                file.media_type.as_str(),
                sql::count(size),
                sha.0.to_vec(),
                name,
                content,
                micros(at),
            ];
            sql::run(&tx, text, values).await?;
            takes_release_back(&tx, ticket, person).await?;
            let particulars = json!({ "file": id, "media_type": file.media_type, "sha256": sha });
            record::append_one(&tx, &told(ticket, person, "file_attached", at, particulars))
                .await?;
            Ok(Attached::Done)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Takes a file from a draft. `false`: it is not there.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn detach_file(
        &self,
        draft: &Draft,
        file: Uuid,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let (ticket, person) = (draft.ticket_id, draft.person);
        let tx = self.begin_write().await?;
        let written = async {
            let text = "DELETE FROM attached_file WHERE id = $1 AND ticket_id = $2 AND person = $3";
            if sql::run(&tx, text, values![file, ticket.0, person.0]).await? == 0 {
                return Ok(false);
            }
            takes_release_back(&tx, ticket, person).await?;
            let particulars = json!({ "file": file });
            record::append_one(&tx, &told(ticket, person, "file_detached", at, particulars))
                .await?;
            Ok(true)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Files of a draft, in their order.
    ///
    /// # Errors
    /// When the database does not answer or a seal is broken.
    pub async fn files_of(
        &self,
        ticket: TicketId,
        person: PersonId,
    ) -> Result<Vec<FileLine>, StoreError> {
        let rows = self.file_rows("", ticket, person).await?;
        rows.iter()
            .map(|row| {
                Ok(FileLine {
                    id: get(row, "id")?,
                    name: self.file_name(row)?,
                    media_type: get(row, "media_type")?,
                    size: get_count(row, "size")?,
                })
            })
            .collect()
    }

    /// The same with their bytes.
    ///
    /// # Errors
    /// When the database does not answer or a seal is broken.
    pub async fn load_files(
        &self,
        ticket: TicketId,
        person: PersonId,
    ) -> Result<Vec<AttachedFile>, StoreError> {
        let rows = self.file_rows(", sealed_content", ticket, person).await?;
        rows.iter()
            .map(|row| {
                let (id, sealed): (Uuid, Vec<u8>) = (get(row, "id")?, get(row, "sealed_content")?);
                Ok(AttachedFile {
                    name: self.file_name(row)?,
                    media_type: get(row, "media_type")?,
                    content: self.vault().open(CONTENT, id.as_bytes(), &sealed)?,
                })
            })
            .collect()
    }

    async fn file_rows(
        &self,
        more: &str,
        ticket: TicketId,
        person: PersonId,
    ) -> Result<Vec<QueryResult>, StoreError> {
        let text = format!(
            "SELECT id, media_type, size, sealed_name{more} FROM attached_file \
             WHERE ticket_id = $1 AND person = $2 ORDER BY attached_at, id"
        );
        sql::all(self.readers(), &text, values![ticket.0, person.0]).await
    }

    fn file_name(&self, row: &QueryResult) -> Result<String, StoreError> {
        let (id, sealed): (Uuid, Vec<u8>) = (get(row, "id")?, get(row, "sealed_name")?);
        let name = self.vault().open(NAME, id.as_bytes(), &sealed)?;
        String::from_utf8(name).map_err(|_| StoreError::Malformed("sealed_name"))
    }
}

/// How many files there are, and their bytes together.
async fn counted(
    tx: &DatabaseTransaction,
    ticket: TicketId,
    person: PersonId,
) -> Result<(u64, u64), StoreError> {
    let text = "SELECT COUNT(*) AS files, CAST(COALESCE(SUM(size), 0) AS BIGINT) AS together \
                FROM attached_file WHERE ticket_id = $1 AND person = $2";
    let row = sql::one(tx, text, values![ticket.0, person.0]).await?;
    let row = row.ok_or(StoreError::Absent("count"))?;
    Ok((get_count(&row, "files")?, get_count(&row, "together")?))
}

/// What was released was the letter with the files it had.
async fn takes_release_back(
    tx: &DatabaseTransaction,
    ticket: TicketId,
    person: PersonId,
) -> Result<(), StoreError> {
    let text = "UPDATE letter_draft SET version = version + 1, asked_at = NULL, \
                released_by = NULL, released_at = NULL, released_rules = NULL, \
                released_wording = NULL \
                WHERE ticket_id = $1 AND person = $2";
    sql::run(tx, text, values![ticket.0, person.0]).await.map(|_| ())
}
