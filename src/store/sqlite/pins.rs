//! Pinned host keys and certificates.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Row, params};

use super::SqliteStore;
use super::rows::{broken, instant, micros};
use super::writer::Tx;
use crate::model::HostKeyPin;
use crate::store::{PinStore, Result};

const BY_ENDPOINT: &str =
    "select endpoint, algorithm, fingerprint, pinned_at, pinned_by, offered from pin where endpoint = ?1";

fn pin(row: &Row<'_>) -> Result<HostKeyPin> {
    Ok(HostKeyPin {
        endpoint: row.get(0)?,
        algorithm: row.get(1)?,
        fingerprint: row.get(2)?,
        pinned_at: instant(row.get(3)?)?,
        pinned_by: row.get(4)?,
        offered: row.get(5)?,
    })
}

fn first(tx: &mut Tx, new: &HostKeyPin) -> Result<HostKeyPin> {
    tx.conn.run(
        "insert into pin (endpoint, algorithm, fingerprint, pinned_at, pinned_by, offered) \
         values (?1, ?2, ?3, ?4, ?5, ?6) on conflict do nothing",
        params![new.endpoint, new.algorithm, new.fingerprint, micros(new.pinned_at), new.pinned_by, new.offered],
    )?;
    tx.conn.first(BY_ENDPOINT, [&new.endpoint], pin)?.ok_or_else(|| broken("a pin"))
}

#[async_trait]
impl PinStore for SqliteStore {
    async fn pin(&self, endpoint: &str) -> Result<Option<HostKeyPin>> {
        self.readers.point(|conn| conn.first(BY_ENDPOINT, [endpoint], pin))
    }

    async fn pins(&self) -> Result<Vec<HostKeyPin>> {
        let all = "select endpoint, algorithm, fingerprint, pinned_at, pinned_by, offered from pin order by endpoint";
        self.readers.walk(move |conn| conn.all(all, [], pin)).await
    }

    async fn pin_first(&self, pin: HostKeyPin) -> Result<HostKeyPin> {
        // Pinned already, as nearly always: no write.
        if let Some(there) = self.pin(&pin.endpoint).await? {
            return Ok(there);
        }
        self.writer.run(move |tx| first(tx, &pin)).await
    }

    async fn note_offered(&self, endpoint: &str, fingerprint: &str) -> Result<()> {
        let (endpoint, fingerprint) = (endpoint.to_owned(), fingerprint.to_owned());
        self.writer
            .run(move |tx| {
                tx.conn.run("update pin set offered = ?2 where endpoint = ?1", [endpoint, fingerprint])?;
                Ok(())
            })
            .await
    }

    async fn accept_offered(&self, endpoint: &str, by: &str, now: Timestamp) -> Result<bool> {
        let (endpoint, by) = (endpoint.to_owned(), by.to_owned());
        self.writer
            .run(move |tx| {
                let accept = "update pin set fingerprint = offered, offered = null, pinned_by = ?2, pinned_at = ?3 \
                              where endpoint = ?1 and offered is not null";
                Ok(tx.conn.run(accept, params![endpoint, by, micros(now)])? == 1)
            })
            .await
    }
}
