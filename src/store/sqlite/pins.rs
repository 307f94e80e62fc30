//! Pinned host keys and certificates.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::SqliteStore;
use super::rows::{instant, micros};
use super::writer::Tx;
use crate::model::HostKeyPin;
use crate::store::{PinStore, Result};

const BY_ENDPOINT: &str =
    "select endpoint, algorithm, fingerprint, pinned_at, pinned_by, offered from pin where endpoint = ?1";

fn pin(row: &SqliteRow) -> Result<HostKeyPin> {
    Ok(HostKeyPin {
        endpoint: row.try_get(0)?,
        algorithm: row.try_get(1)?,
        fingerprint: row.try_get(2)?,
        pinned_at: instant(row.try_get(3)?)?,
        pinned_by: row.try_get(4)?,
        offered: row.try_get(5)?,
    })
}

async fn first(tx: &mut Tx, new: HostKeyPin) -> Result<HostKeyPin> {
    let insert = sqlx::query(
        "insert into pin (endpoint, algorithm, fingerprint, pinned_at, pinned_by, offered) \
         values (?1, ?2, ?3, ?4, ?5, ?6) on conflict do nothing",
    )
    .bind(new.endpoint.as_str())
    .bind(new.algorithm.as_str())
    .bind(new.fingerprint.as_str())
    .bind(micros(new.pinned_at))
    .bind(new.pinned_by.as_str())
    .bind(new.offered.as_deref());
    insert.execute(&mut tx.conn).await?;
    pin(&sqlx::query(BY_ENDPOINT).bind(new.endpoint).fetch_one(&mut tx.conn).await?)
}

#[async_trait]
impl PinStore for SqliteStore {
    async fn pin(&self, endpoint: &str) -> Result<Option<HostKeyPin>> {
        let one = sqlx::query(BY_ENDPOINT).bind(endpoint.to_owned());
        one.fetch_optional(&self.readers).await?.as_ref().map(pin).transpose()
    }

    async fn pins(&self) -> Result<Vec<HostKeyPin>> {
        let all = sqlx::query(
            "select endpoint, algorithm, fingerprint, pinned_at, pinned_by, offered from pin order by endpoint",
        );
        all.fetch_all(&self.readers).await?.iter().map(pin).collect()
    }

    async fn pin_first(&self, pin: HostKeyPin) -> Result<HostKeyPin> {
        // Pinned already, as nearly always: no write.
        if let Some(there) = self.pin(&pin.endpoint).await? {
            return Ok(there);
        }
        self.writer.run(move |tx| Box::pin(first(tx, pin))).await
    }

    async fn note_offered(&self, endpoint: &str, fingerprint: &str) -> Result<()> {
        let (endpoint, fingerprint) = (endpoint.to_owned(), fingerprint.to_owned());
        self.writer
            .run(move |tx| {
                Box::pin(async move {
                    let note = sqlx::query("update pin set offered = ?2 where endpoint = ?1");
                    note.bind(endpoint).bind(fingerprint).execute(&mut tx.conn).await?;
                    Ok(())
                })
            })
            .await
    }

    async fn accept_offered(&self, endpoint: &str, by: &str, now: Timestamp) -> Result<bool> {
        let (endpoint, by) = (endpoint.to_owned(), by.to_owned());
        self.writer
            .run(move |tx| {
                Box::pin(async move {
                    let accept = sqlx::query(
                        "update pin set fingerprint = offered, offered = null, pinned_by = ?2, pinned_at = ?3 \
                         where endpoint = ?1 and offered is not null",
                    );
                    let accept = accept.bind(endpoint).bind(by).bind(micros(now));
                    Ok(accept.execute(&mut tx.conn).await?.rows_affected() == 1)
                })
            })
            .await
    }
}
