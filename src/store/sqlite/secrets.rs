//! Sealed secrets: an operator's, and those of open jobs, which die with them.

use std::collections::BTreeSet;

use async_trait::async_trait;
use rusqlite::{Row, params};

use super::SqliteStore;
use super::rows::{instant, micros, unique};
use super::writer::Tx;
use crate::model::SealedSecret;
use crate::store::{Result, SecretStore, StoreError};

fn sealed(row: &Row<'_>) -> Result<SealedSecret> {
    Ok(SealedSecret {
        name: row.get(0)?,
        key_id: row.get(1)?,
        nonce: row.get(2)?,
        ciphertext: row.get(3)?,
        sealed_at: instant(row.get(4)?)?,
    })
}

/// A secret of a job that is being submitted.
pub(super) fn insert(tx: &mut Tx, secret: &SealedSecret, job: i64) -> Result<()> {
    let insert = tx.conn.run(
        "insert into secret (name, key_id, nonce, ciphertext, sealed_at, job) values (?1, ?2, ?3, ?4, ?5, ?6)",
        params![secret.name, secret.key_id, secret.nonce, secret.ciphertext, micros(secret.sealed_at), job],
    );
    insert.map_err(|error| unique(error, &format!("secret '{}'", secret.name)))?;
    Ok(())
}

/// The secrets of a job that has ended.
pub(super) fn delete_of_job(tx: &mut Tx, job: i64) -> Result<()> {
    tx.conn.run("delete from secret where job = ?1", [job])?;
    Ok(())
}

/// Adds or replaces; whose job it is stays.
fn put(tx: &mut Tx, secret: &SealedSecret) -> Result<()> {
    tx.conn.run(
        "insert into secret (name, key_id, nonce, ciphertext, sealed_at) values (?1, ?2, ?3, ?4, ?5) \
         on conflict (name) do update set key_id = excluded.key_id, nonce = excluded.nonce, \
         ciphertext = excluded.ciphertext, sealed_at = excluded.sealed_at",
        params![secret.name, secret.key_id, secret.nonce, secret.ciphertext, micros(secret.sealed_at)],
    )?;
    Ok(())
}

fn replace(tx: &mut Tx, secrets: &[SealedSecret]) -> Result<()> {
    let there: Vec<String> = tx.conn.all("select name from secret", [], |row| Ok(row.get(0)?))?;
    let given: BTreeSet<&str> = secrets.iter().map(|secret| secret.name.as_str()).collect();
    if given.len() != secrets.len() || given != there.iter().map(String::as_str).collect() {
        return Err(StoreError::Conflict("the set of secrets".to_owned()));
    }
    for secret in secrets {
        put(tx, secret)?;
    }
    Ok(())
}

#[async_trait]
impl SecretStore for SqliteStore {
    async fn put_secret(&self, secret: SealedSecret) -> Result<()> {
        self.writer.run(move |tx| put(tx, &secret)).await
    }

    async fn secret(&self, name: &str) -> Result<Option<SealedSecret>> {
        let one = "select name, key_id, nonce, ciphertext, sealed_at from secret where name = ?1";
        self.readers.point(|conn| conn.first(one, [name], sealed))
    }

    async fn secrets(&self) -> Result<Vec<SealedSecret>> {
        let all = "select name, key_id, nonce, ciphertext, sealed_at from secret order by name";
        self.readers.walk(move |conn| conn.all(all, [], sealed)).await
    }

    async fn delete_secret(&self, name: &str) -> Result<bool> {
        let name = name.to_owned();
        self.writer.run(move |tx| Ok(tx.conn.run("delete from secret where name = ?1", [name])? == 1)).await
    }

    async fn replace_secrets(&self, secrets: Vec<SealedSecret>) -> Result<()> {
        self.writer.run(move |tx| replace(tx, &secrets)).await
    }
}
