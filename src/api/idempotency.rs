//! The `Idempotency-Key` of a mutating call. The store does the atomic part; here its row is described.

use std::time::Duration;

use axum::response::Response;

use super::ApiState;
use super::auth::Call;
use super::envelope::replay;
use super::error::ApiError;
use crate::clock;
use crate::store::{IdempotencyKey, Idempotent};

/// Purpose under which bodies are hashed: without the vault's key, a stored hash says nothing about a password in
/// the body.
const PURPOSE: &str = "idempotency-body";

/// A longer key is kept as its hash, so that nobody fills the table with headers. 200: a UUID has 36.
const KEY_MAX: usize = 200;
/// Purpose under which long keys are hashed.
const LONG: &str = "idempotency-key";

/// The key of a call, required unless switched off. `path` is the canonical one, so that both prefixes are one.
pub(super) fn key(api: &ApiState, call: &Call, path: String) -> Result<Option<IdempotencyKey>, ApiError> {
    let Some(key) = sent(api, call) else {
        return if api.config.require_idempotency { Err(ApiError::MissingIdempotencyKey) } else { Ok(None) };
    };
    let ttl = Duration::from_secs(api.config.idempotency_ttl_seconds);
    Ok(Some(IdempotencyKey {
        owner: call.identity.label.clone(),
        method: call.method.as_str().to_owned(),
        path,
        key,
        body_hash: api.vault.keyed_hash(PURPOSE, &call.body),
        expires_at: clock::add(api.clock.now(), ttl),
    }))
}

/// The header without surrounding blanks; without one visible ASCII character it counts as absent. Bytes beyond ASCII
/// are taken one to one, so that two different keys never become one.
fn sent(api: &ApiState, call: &Call) -> Option<String> {
    let bytes = call.headers.get("idempotency-key")?.as_bytes().trim_ascii();
    if !bytes.iter().any(u8::is_ascii_graphic) {
        return None;
    }
    if bytes.len() > KEY_MAX {
        let hash = api.vault.keyed_hash(LONG, bytes);
        return Some(hash.iter().map(|byte| format!("{byte:02x}")).collect());
    }
    Some(bytes.iter().copied().map(char::from).collect())
}

/// Sends what the store kept, or refuses a key used with another body.
pub(super) fn respond(outcome: Idempotent) -> Result<Response, ApiError> {
    match outcome {
        Idempotent::Fresh(stored) | Idempotent::Replay(stored) => Ok(replay(stored)),
        Idempotent::Mismatch => Err(ApiError::KeyReused),
    }
}
