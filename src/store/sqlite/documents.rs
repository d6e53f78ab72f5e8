//! Documents in SQLite.

use super::{SqliteTransaction, digest, int, time_of, time_text, uint};
use crate::store::StoreError;
use crate::store::documents::{DocumentRow, DocumentTable, VersionRow};
use async_trait::async_trait;
use sqlx::{query, query_as, query_scalar};
use time::OffsetDateTime;

/// A document and its newest version as the tables have them.
struct Joined {
    id: String,
    unit: String,
    name: Option<String>,
    created: String,
    version: i64,
    sha256: Vec<u8>,
    size: i64,
    pages: i64,
    signatures: i64,
    log_index: Option<i64>,
    kept: Option<i64>,
    version_created: String,
}

impl TryFrom<Joined> for DocumentRow {
    type Error = StoreError;
    fn try_from(j: Joined) -> Result<Self, StoreError> {
        let created = time_of(&j.created)?;
        let newest = VersionRow {
            version: uint(j.version)?,
            sha256: digest(&j.sha256)?,
            size: uint(j.size)?,
            pages: uint(j.pages)?,
            signatures: uint(j.signatures)?,
            log_index: j.log_index.map(uint).transpose()?,
            kept: j.kept.map(uint).transpose()?,
            created: time_of(&j.version_created)?,
        };
        Ok(Self { id: j.id, unit: j.unit, name: j.name, created, newest })
    }
}

impl SqliteTransaction {
    async fn insert_version(&mut self, document: &str, version: &VersionRow) -> Result<(), StoreError> {
        let (sha256, size) = (version.sha256.as_slice(), int(version.size)?);
        let (log_index, kept) = (version.log_index.map(int).transpose()?, version.kept.map(int).transpose()?);
        let created = time_text(version.created)?;
        query!(
            "INSERT INTO document_version (document, version, sha256, size, pages, signatures, log_index, kept, created)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            document,
            version.version,
            sha256,
            size,
            version.pages,
            version.signatures,
            log_index,
            kept,
            created
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

#[async_trait]
impl DocumentTable for SqliteTransaction {
    async fn put_document(&mut self, document: &DocumentRow) -> Result<(), StoreError> {
        let created = time_text(document.created)?;
        query!(
            "INSERT INTO document (id, unit, name, created) VALUES (?, ?, ?, ?)",
            document.id,
            document.unit,
            document.name,
            created
        )
        .execute(self.connection())
        .await?;
        self.insert_version(&document.id, &document.newest).await
    }

    async fn document(&mut self, id: &str) -> Result<Option<DocumentRow>, StoreError> {
        let found = query_as!(
            Joined,
            r#"SELECT d.id AS "id!", d.unit, d.name, d.created, v.version, v.sha256, v.size, v.pages, v.signatures,
                      v.log_index, v.kept, v.created AS version_created
               FROM document d JOIN document_version v ON v.document = d.id
               WHERE d.id = ? ORDER BY v.version DESC LIMIT 1"#,
            id
        );
        found.fetch_optional(self.connection()).await?.map(DocumentRow::try_from).transpose()
    }

    async fn documents(
        &mut self,
        unit: &str,
        after: Option<(OffsetDateTime, &str)>,
        most: u32,
    ) -> Result<Vec<DocumentRow>, StoreError> {
        // later than any time, to begin with
        let (time, id) = match after {
            Some((time, id)) => (time_text(time)?, id),
            None => ("9999".to_owned(), ""),
        };
        let found = query_as!(
            Joined,
            r#"SELECT d.id AS "id!", d.unit, d.name, d.created, v.version, v.sha256, v.size, v.pages, v.signatures,
                      v.log_index, v.kept, v.created AS version_created
               FROM document d JOIN document_version v ON v.document = d.id
               WHERE d.unit = ? AND (d.created, d.id) < (?, ?)
                 AND v.version = (SELECT max(version) FROM document_version WHERE document = d.id)
               ORDER BY d.created DESC, d.id DESC LIMIT ?"#,
            unit,
            time,
            id,
            most
        );
        found.fetch_all(self.connection()).await?.into_iter().map(DocumentRow::try_from).collect()
    }

    async fn put_version(&mut self, document: &str, version: &VersionRow) -> Result<bool, StoreError> {
        let newest = self.document(document).await?;
        if newest.is_none_or(|d| d.newest.version.checked_add(1) != Some(version.version)) {
            return Ok(false);
        }
        self.insert_version(document, version).await?;
        Ok(true)
    }

    async fn versions(
        &mut self,
        after: Option<(&str, u32)>,
        most: u32,
    ) -> Result<Vec<(String, VersionRow)>, StoreError> {
        let (document, version) = after.unwrap_or_default();
        let rows = query!(
            "SELECT document, version, sha256, size, pages, signatures, log_index, kept, created FROM document_version
             WHERE (document, version) > (?, ?) ORDER BY document, version LIMIT ?",
            document,
            version,
            most
        )
        .fetch_all(self.connection())
        .await?;
        rows.into_iter()
            .map(|r| {
                let version = VersionRow {
                    version: uint(r.version)?,
                    sha256: digest(&r.sha256)?,
                    size: uint(r.size)?,
                    pages: uint(r.pages)?,
                    signatures: uint(r.signatures)?,
                    log_index: r.log_index.map(uint).transpose()?,
                    kept: r.kept.map(uint).transpose()?,
                    created: time_of(&r.created)?,
                };
                Ok((r.document, version))
            })
            .collect()
    }

    async fn kept_versions(&mut self) -> Result<u64, StoreError> {
        let found = query_scalar!("SELECT count(DISTINCT kept) FROM document_version");
        uint(found.fetch_one(self.connection()).await?)
    }
}
