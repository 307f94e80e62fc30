//! The audit log.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Row, params};

use super::SqliteStore;
use super::rows::{broken, instant, maybe_text, micros};
use super::sweep::delete_all;
use super::writer::Tx;
use crate::model::JobId;
use crate::store::{AuditEntry, AuditFilter, AuditLine, AuditStore, Result};

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

/// A page, newest first; `?1` number below which, `?2` limit, `?3` subject, `?4` what, `?5` what follows all that begin
/// with it.
macro_rules! page {
    ($conditions:literal) => {
        concat!(
            "select at, who, what, subject, job, detail, seq from audit where seq < ?1",
            $conditions,
            " order by seq desc limit ?2"
        )
    };
}

// Null parameters say nothing: each statement has all five, so that one list of them fits.
const ALL: &str = page!(" and ?3 is null and ?4 is null and ?5 is null");
const OF_SUBJECT: &str = page!(" and subject = ?3 and ?4 is null and ?5 is null");
const OF_WHAT: &str = page!(" and what = ?4 and ?3 is null and ?5 is null");
const OF_KIND: &str = page!(" and what >= ?4 and what < ?5 and ?3 is null");
const OF_BOTH: &str = page!(" and subject = ?3 and what = ?4 and ?5 is null");
const OF_SUBJECT_AND_KIND: &str = page!(" and subject = ?3 and what >= ?4 and what < ?5");

/// `?1` instant, `?2` limit.
pub(super) const SWEEP: &str =
    "delete from audit where seq in (select seq from audit where at < ?1 order by at limit ?2)";

fn entry(row: &Row<'_>) -> Result<AuditEntry> {
    let job = maybe_text(row, 4)?.map(JobId::parse).transpose();
    Ok(AuditEntry {
        at: instant(row.get(0)?)?,
        who: row.get(1)?,
        what: row.get(2)?,
        subject: row.get(3)?,
        job: job.map_err(|_| broken("a job's id"))?,
        detail: row.get(5)?,
    })
}

#[async_trait]
impl AuditStore for SqliteStore {
    async fn audit(&self, entry: AuditEntry) -> Result<()> {
        self.writer.run(move |tx| insert(tx, entry)).await
    }

    async fn audit_log(&self, limit: u32) -> Result<Vec<AuditEntry>> {
        let newest = "select at, who, what, subject, job, detail from audit order by seq desc limit ?1";
        self.readers.walk(move |conn| conn.all(newest, [limit], entry)).await
    }

    async fn audit_page(&self, filter: AuditFilter, before: Option<i64>, limit: u32) -> Result<Vec<AuditLine>> {
        let AuditFilter { subject, what } = filter;
        // All that begin with `job.` stand before `job/`, the next letter after the dot.
        let end = what.as_deref().and_then(|what| Some(format!("{}/", what.strip_suffix('.')?)));
        let page = match (&subject, &what, &end) {
            (None, None, _) => ALL,
            (Some(_), None, _) => OF_SUBJECT,
            (None, Some(_), None) => OF_WHAT,
            (None, Some(_), Some(_)) => OF_KIND,
            (Some(_), Some(_), None) => OF_BOTH,
            (Some(_), Some(_), Some(_)) => OF_SUBJECT_AND_KIND,
        };
        let line = |row: &Row<'_>| Ok(AuditLine { number: row.get(6)?, entry: entry(row)? });
        let before = before.unwrap_or(i64::MAX);
        self.readers.walk(move |conn| conn.all(page, params![before, limit, subject, what, end], line)).await
    }

    async fn sweep_audit(&self, before: Timestamp) -> Result<u64> {
        delete_all(self, SWEEP, before).await
    }
}
