//! Sealed secrets: an operator's, and those of open jobs, which die with them.

use std::collections::BTreeSet;

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::SqliteStore;
use super::rows::{instant, micros, unique};
use super::writer::Tx;
use crate::model::SealedSecret;
use crate::store::{Result, SecretStore, StoreError};

fn sealed(row: &SqliteRow) -> Result<SealedSecret> {
    Ok(SealedSecret {
        name: row.try_get(0)?,
        key_id: row.try_get(1)?,
        nonce: row.try_get(2)?,
        ciphertext: row.try_get(3)?,
        sealed_at: instant(row.try_get(4)?)?,
    })
}

/// A secret of a job that is being submitted.
pub(super) async fn insert(tx: &mut Tx, secret: &SealedSecret, job: i64) -> Result<()> {
    let insert = sqlx::query(
        "insert into secret (name, key_id, nonce, ciphertext, sealed_at, job) values (?1, ?2, ?3, ?4, ?5, ?6)",
    )
    .bind(secret.name.as_str())
    .bind(secret.key_id.as_str())
    .bind(secret.nonce.as_slice())
    .bind(secret.ciphertext.as_slice())
    .bind(micros(secret.sealed_at))
    .bind(job);
    insert.execute(&mut tx.conn).await.map_err(|error| unique(error, &format!("secret '{}'", secret.name)))?;
    Ok(())
}

/// The secrets of a job that has ended.
pub(super) async fn delete_of_job(tx: &mut Tx, job: i64) -> Result<()> {
    sqlx::query("delete from secret where job = ?1").bind(job).execute(&mut tx.conn).await?;
    Ok(())
}

/// Adds or replaces; whose job it is stays.
async fn put(tx: &mut Tx, secret: &SealedSecret) -> Result<()> {
    let put = sqlx::query(
        "insert into secret (name, key_id, nonce, ciphertext, sealed_at) values (?1, ?2, ?3, ?4, ?5) \
         on conflict (name) do update set key_id = excluded.key_id, nonce = excluded.nonce, \
         ciphertext = excluded.ciphertext, sealed_at = excluded.sealed_at",
    )
    .bind(secret.name.as_str())
    .bind(secret.key_id.as_str())
    .bind(secret.nonce.as_slice())
    .bind(secret.ciphertext.as_slice())
    .bind(micros(secret.sealed_at));
    put.execute(&mut tx.conn).await?;
    Ok(())
}

async fn replace(tx: &mut Tx, secrets: Vec<SealedSecret>) -> Result<()> {
    let there: Vec<String> = sqlx::query_scalar("select name from secret").fetch_all(&mut tx.conn).await?;
    let given: BTreeSet<&str> = secrets.iter().map(|secret| secret.name.as_str()).collect();
    if given.len() != secrets.len() || given != there.iter().map(String::as_str).collect() {
        return Err(StoreError::Conflict("the set of secrets".to_owned()));
    }
    for secret in &secrets {
        put(tx, secret).await?;
    }
    Ok(())
}

#[async_trait]
impl SecretStore for SqliteStore {
    async fn put_secret(&self, secret: SealedSecret) -> Result<()> {
        self.writer.run(move |tx| Box::pin(async move { put(tx, &secret).await })).await
    }

    async fn secret(&self, name: &str) -> Result<Option<SealedSecret>> {
        let one = sqlx::query("select name, key_id, nonce, ciphertext, sealed_at from secret where name = ?1");
        one.bind(name.to_owned()).fetch_optional(&self.readers).await?.as_ref().map(sealed).transpose()
    }

    async fn secrets(&self) -> Result<Vec<SealedSecret>> {
        let all = sqlx::query("select name, key_id, nonce, ciphertext, sealed_at from secret order by name");
        all.fetch_all(&self.readers).await?.iter().map(sealed).collect()
    }

    async fn delete_secret(&self, name: &str) -> Result<bool> {
        let name = name.to_owned();
        self.writer
            .run(move |tx| {
                Box::pin(async move {
                    let delete = sqlx::query("delete from secret where name = ?1").bind(name);
                    Ok(delete.execute(&mut tx.conn).await?.rows_affected() == 1)
                })
            })
            .await
    }

    async fn replace_secrets(&self, secrets: Vec<SealedSecret>) -> Result<()> {
        self.writer.run(move |tx| Box::pin(replace(tx, secrets))).await
    }
}
