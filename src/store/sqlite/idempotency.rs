//! Answers kept for replay. The unique constraint decides who was first, never a look beforehand: the operation is
//! carried out, its answer inserted, and if the key is already there everything is taken back.

use jiff::Timestamp;
use rusqlite::{Row, params};

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
pub(super) fn settle(
    tx: &mut Tx,
    key: Option<&IdempotencyKey>,
    response: StoredResponse,
    now: Timestamp,
) -> Result<Idempotent> {
    let Some(key) = key else { return Ok(Idempotent::Fresh(response)) };
    let keep = tx.conn.run(
        KEEP,
        params![
            key.owner,
            key.method,
            key.path,
            key.key,
            key.body_hash,
            micros(key.expires_at),
            response.status,
            response.body,
            micros(now)
        ],
    )?;
    if keep == 1 {
        return Ok(Idempotent::Fresh(response));
    }
    tx.undo();
    earlier(tx, Some(key), now)?.ok_or_else(|| StoreError::Conflict("the idempotency key".to_owned()))
}

/// What an earlier request under the key came to.
pub(super) fn earlier(tx: &mut Tx, key: Option<&IdempotencyKey>, now: Timestamp) -> Result<Option<Idempotent>> {
    let Some(key) = key else { return Ok(None) };
    let read = |row: &Row<'_>| {
        if row.get::<_, Vec<u8>>(0)? != key.body_hash {
            return Ok(Idempotent::Mismatch);
        }
        let status = u16::try_from(row.get::<_, i64>(1)?).map_err(|_| broken("an HTTP status"))?;
        Ok(Idempotent::Replay(StoredResponse { status, body: row.get(2)? }))
    };
    tx.conn.first(EARLIER, params![key.owner, key.method, key.path, key.key, micros(now)], read)
}
