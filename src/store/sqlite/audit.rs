//! The audit log.

use async_trait::async_trait;
use sqlx::Row as _;

use super::SqliteStore;
use super::rows::{broken, instant, micros};
use super::writer::Tx;
use crate::model::JobId;
use crate::store::{AuditEntry, AuditStore, Result};

pub(super) async fn insert(tx: &mut Tx, entry: AuditEntry) -> Result<()> {
    let line = sqlx::query("insert into audit (at, who, what, subject, job, detail) values (?1, ?2, ?3, ?4, ?5, ?6)")
        .bind(micros(entry.at))
        .bind(entry.who)
        .bind(entry.what)
        .bind(entry.subject)
        .bind(entry.job.map(|job| job.to_string()))
        .bind(entry.detail);
    line.execute(&mut tx.conn).await?;
    Ok(())
}

#[async_trait]
impl AuditStore for SqliteStore {
    async fn audit(&self, entry: AuditEntry) -> Result<()> {
        self.writer.run(move |tx| Box::pin(insert(tx, entry))).await
    }

    async fn audit_log(&self, limit: u32) -> Result<Vec<AuditEntry>> {
        let newest = sqlx::query("select at, who, what, subject, job, detail from audit order by seq desc limit ?1");
        let rows = newest.bind(limit).fetch_all(&self.readers).await?;
        rows.iter()
            .map(|row| {
                let job = row.try_get::<Option<&str>, _>(4)?.map(JobId::parse).transpose();
                Ok(AuditEntry {
                    at: instant(row.try_get(0)?)?,
                    who: row.try_get(1)?,
                    what: row.try_get(2)?,
                    subject: row.try_get(3)?,
                    job: job.map_err(|_| broken("a job's id"))?,
                    detail: row.try_get(5)?,
                })
            })
            .collect()
    }
}
