//! API keys, and nonces of signed requests.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row as _;

use super::SqliteStore;
use super::rows::{instant, micros, scopes, scopes_text, unique};
use super::writer::Tx;
use crate::store::{ApiKeyRow, KeyStore, Result};

/// The number stands in the database, so that a daemon sees what a command beside it did.
async fn changed(tx: &mut Tx) -> Result<()> {
    sqlx::query("update meta set value = value + 1 where name = 'keys_version'").execute(&mut tx.conn).await?;
    Ok(())
}

async fn add(tx: &mut Tx, key: ApiKeyRow) -> Result<()> {
    let add =
        sqlx::query("insert into api_key (label, hash, scopes, created_at, revoked_at) values (?1, ?2, ?3, ?4, ?5)")
            .bind(key.label.as_str())
            .bind(key.hash.as_slice())
            .bind(scopes_text(&key.scopes))
            .bind(micros(key.created_at))
            .bind(key.revoked_at.map(micros));
    add.execute(&mut tx.conn).await.map_err(|error| unique(error, &format!("API key '{}'", key.label)))?;
    changed(tx).await
}

async fn revoke(tx: &mut Tx, label: String, now: Timestamp) -> Result<bool> {
    let revoke = sqlx::query("update api_key set revoked_at = ?2 where label = ?1 and revoked_at is null")
        .bind(label)
        .bind(micros(now));
    if revoke.execute(&mut tx.conn).await?.rows_affected() == 0 {
        return Ok(false);
    }
    changed(tx).await?;
    Ok(true)
}

async fn remember(tx: &mut Tx, key_id: String, nonce: String, expires_at: Timestamp) -> Result<bool> {
    let remember =
        sqlx::query("insert into nonce (key_id, nonce, expires_at) values (?1, ?2, ?3) on conflict do nothing")
            .bind(key_id)
            .bind(nonce)
            .bind(micros(expires_at));
    Ok(remember.execute(&mut tx.conn).await?.rows_affected() == 1)
}

#[async_trait]
impl KeyStore for SqliteStore {
    async fn add_key(&self, key: ApiKeyRow) -> Result<()> {
        self.writer.run(move |tx| Box::pin(add(tx, key))).await
    }

    async fn keys(&self) -> Result<Vec<ApiKeyRow>> {
        let all = sqlx::query("select label, hash, scopes, created_at, revoked_at from api_key order by label");
        let rows = all.fetch_all(&self.readers).await?;
        rows.iter()
            .map(|row| {
                Ok(ApiKeyRow {
                    label: row.try_get(0)?,
                    hash: row.try_get(1)?,
                    scopes: scopes(row.try_get(2)?)?,
                    created_at: instant(row.try_get(3)?)?,
                    revoked_at: row.try_get::<Option<i64>, _>(4)?.map(instant).transpose()?,
                })
            })
            .collect()
    }

    async fn revoke_key(&self, label: &str, now: Timestamp) -> Result<bool> {
        let label = label.to_owned();
        self.writer.run(move |tx| Box::pin(revoke(tx, label, now))).await
    }

    async fn keys_version(&self) -> Result<i64> {
        let version = sqlx::query_scalar("select value from meta where name = 'keys_version'");
        Ok(version.fetch_one(&self.readers).await?)
    }

    async fn remember_nonce(&self, key_id: &str, nonce: &str, expires_at: Timestamp) -> Result<bool> {
        let (key_id, nonce) = (key_id.to_owned(), nonce.to_owned());
        self.writer.run(move |tx| Box::pin(remember(tx, key_id, nonce, expires_at))).await
    }
}
