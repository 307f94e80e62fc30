//! The audit log.

use async_trait::async_trait;
use rusqlite::{Row, params};

use super::SqliteStore;
use super::rows::{broken, instant, maybe_text, micros};
use super::writer::Tx;
use crate::model::JobId;
use crate::store::{AuditEntry, AuditStore, Result};

pub(super) fn insert(tx: &mut Tx, entry: AuditEntry) -> Result<()> {
    tx.conn.run(
        "insert into audit (at, who, what, subject, job, detail) values (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            micros(entry.at),
            entry.who,
            entry.what,
            entry.subject,
            entry.job.map(|job| job.to_string()),
            entry.detail
        ],
    )?;
    Ok(())
}

#[async_trait]
impl AuditStore for SqliteStore {
    async fn audit(&self, entry: AuditEntry) -> Result<()> {
        self.writer.run(move |tx| insert(tx, entry)).await
    }

    async fn audit_log(&self, limit: u32) -> Result<Vec<AuditEntry>> {
        let newest = "select at, who, what, subject, job, detail from audit order by seq desc limit ?1";
        let read = |row: &Row<'_>| {
            let job = maybe_text(row, 4)?.map(JobId::parse).transpose();
            Ok(AuditEntry {
                at: instant(row.get(0)?)?,
                who: row.get(1)?,
                what: row.get(2)?,
                subject: row.get(3)?,
                job: job.map_err(|_| broken("a job's id"))?,
                detail: row.get(5)?,
            })
        };
        self.readers.walk(move |conn| conn.all(newest, [limit], read)).await
    }
}
