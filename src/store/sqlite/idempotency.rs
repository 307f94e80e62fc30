//! Answers kept for replay. The unique constraint decides who was first, never a look beforehand: the operation is
//! carried out, its answer inserted, and if the key is already there everything is taken back.

use jiff::Timestamp;
use sqlx::Row as _;

use super::rows::{broken, micros};
use super::writer::Tx;
use crate::store::{IdempotencyKey, Idempotent, Result, StoreError, StoredResponse};

/// An expired row is replaced.
pub(super) const KEEP: &str = "insert into idempotency (owner, method, path, key, body_hash, expires_at, status, \
     body) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) on conflict (owner, method, path, key) do update set \
     body_hash = excluded.body_hash, expires_at = excluded.expires_at, status = excluded.status, \
     body = excluded.body where idempotency.expires_at <= ?9";

/// A live row of the key.
pub(super) const EARLIER: &str = "select body_hash, status, body from idempotency \
     where owner = ?1 and method = ?2 and path = ?3 and key = ?4 and expires_at > ?5";

/// Keeps the answer under the key; if another request was first, takes this operation back and tells its answer.
pub(super) async fn settle(
    tx: &mut Tx,
    key: Option<&IdempotencyKey>,
    response: StoredResponse,
    now: Timestamp,
) -> Result<Idempotent> {
    let Some(key) = key else { return Ok(Idempotent::Fresh(response)) };
    let keep = sqlx::query(KEEP)
        .bind(key.owner.as_str())
        .bind(key.method.as_str())
        .bind(key.path.as_str())
        .bind(key.key.as_str())
        .bind(key.body_hash.as_slice())
        .bind(micros(key.expires_at))
        .bind(response.status)
        .bind(response.body.as_slice())
        .bind(micros(now));
    if keep.execute(&mut tx.conn).await?.rows_affected() == 1 {
        return Ok(Idempotent::Fresh(response));
    }
    tx.undo();
    earlier(tx, Some(key), now).await?.ok_or_else(|| StoreError::Conflict("the idempotency key".to_owned()))
}

/// What an earlier request under the key came to.
pub(super) async fn earlier(tx: &mut Tx, key: Option<&IdempotencyKey>, now: Timestamp) -> Result<Option<Idempotent>> {
    let Some(key) = key else { return Ok(None) };
    let look = sqlx::query(EARLIER)
        .bind(key.owner.as_str())
        .bind(key.method.as_str())
        .bind(key.path.as_str())
        .bind(key.key.as_str())
        .bind(micros(now));
    let Some(row) = look.fetch_optional(&mut tx.conn).await? else { return Ok(None) };
    if row.try_get::<&[u8], _>(0)? != key.body_hash.as_slice() {
        return Ok(Some(Idempotent::Mismatch));
    }
    let status = u16::try_from(row.try_get::<i64, _>(1)?).map_err(|_| broken("an HTTP status"))?;
    Ok(Some(Idempotent::Replay(StoredResponse { status, body: row.try_get(2)? })))
}
