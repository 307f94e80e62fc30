//! API keys, and nonces of signed requests.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Row, params};

use super::SqliteStore;
use super::rows::{instant, micros, scopes, scopes_text, unique};
use super::writer::Tx;
use crate::store::{ApiKeyRow, KeyStore, Result};

/// The number stands in the database, so that a daemon sees what a command beside it did.
fn changed(tx: &mut Tx) -> Result<()> {
    tx.conn.run("update meta set value = value + 1 where name = 'keys_version'", [])?;
    Ok(())
}

fn add(tx: &mut Tx, key: &ApiKeyRow) -> Result<()> {
    let add = tx.conn.run(
        "insert into api_key (label, hash, scopes, created_at, revoked_at) values (?1, ?2, ?3, ?4, ?5)",
        params![key.label, key.hash, scopes_text(&key.scopes), micros(key.created_at), key.revoked_at.map(micros)],
    );
    add.map_err(|error| unique(error, &format!("API key '{}'", key.label)))?;
    changed(tx)
}

fn revoke(tx: &mut Tx, label: &str, now: Timestamp) -> Result<bool> {
    let revoke = "update api_key set revoked_at = ?2 where label = ?1 and revoked_at is null";
    if tx.conn.run(revoke, params![label, micros(now)])? == 0 {
        return Ok(false);
    }
    changed(tx)?;
    Ok(true)
}

fn remember(tx: &mut Tx, key_id: &str, nonce: &str, expires_at: Timestamp) -> Result<bool> {
    let remember = "insert into nonce (key_id, nonce, expires_at) values (?1, ?2, ?3) on conflict do nothing";
    Ok(tx.conn.run(remember, params![key_id, nonce, micros(expires_at)])? == 1)
}

#[async_trait]
impl KeyStore for SqliteStore {
    async fn add_key(&self, key: ApiKeyRow) -> Result<()> {
        self.writer.run(move |tx| add(tx, &key)).await
    }

    async fn keys(&self) -> Result<Vec<ApiKeyRow>> {
        let all = "select label, hash, scopes, created_at, revoked_at from api_key order by label";
        let read = |row: &Row<'_>| {
            Ok(ApiKeyRow {
                label: row.get(0)?,
                hash: row.get(1)?,
                scopes: scopes(row, 2)?,
                created_at: instant(row.get(3)?)?,
                revoked_at: row.get::<_, Option<i64>>(4)?.map(instant).transpose()?,
            })
        };
        self.readers.walk(move |conn| conn.all(all, [], read)).await
    }

    async fn revoke_key(&self, label: &str, now: Timestamp) -> Result<bool> {
        let label = label.to_owned();
        self.writer.run(move |tx| revoke(tx, &label, now)).await
    }

    async fn keys_version(&self) -> Result<i64> {
        self.readers.point(|conn| conn.value("select value from meta where name = 'keys_version'", []))
    }

    async fn remember_nonce(&self, key_id: &str, nonce: &str, expires_at: Timestamp) -> Result<bool> {
        let (key_id, nonce) = (key_id.to_owned(), nonce.to_owned());
        self.writer.run(move |tx| remember(tx, &key_id, &nonce, expires_at)).await
    }
}
