//! Admission: the one order in which every contract request is judged.
//!
//! no header twice that decides (422), key present (401), keys configured (503), key known (403), scope (403), body read within its limit (413, 408),
//! signature (401, 403, 409, 503). Only then does a handler look at the query and the body.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::Response;
use futures_util::StreamExt as _;
use serde::Serialize;

use super::ApiState;
use super::envelope::{Envelope, Outcome, json};
use super::error::ApiError;
use super::extract::Incoming;
use super::keys::{Identity, Presented};
use super::scope::Scope;
use super::signing::{self, Signed};
use crate::model::RequestId;

/// How much of a too large body is read and thrown away, so that a client that is still sending gets to read its 413.
const DRAIN_BYTES: usize = 16 * 1024 * 1024;

/// An admitted request.
pub struct Call {
    /// Whose key it was.
    pub identity: Arc<Identity>,
    /// The id of the answer.
    pub request_id: RequestId,
    /// As sent.
    pub method: Method,
    /// Query string as sent, without `?`.
    pub query: Option<String>,
    /// As sent.
    pub headers: HeaderMap,
    /// Raw body; empty for GET.
    pub body: Bytes,
    job_id: Option<String>,
    path: Vec<(String, String)>,
}

impl Incoming {
    /// Admits the request or says why not.
    pub async fn admit(self, api: &ApiState, scope: Scope) -> Result<Call, ApiError> {
        once(&self.headers)?;
        let key = presented(&self.headers).ok_or(ApiError::MissingKey)?;
        let identity = match api.keys.identify(key, api.store.as_ref()).await? {
            Presented::Known(identity) => identity,
            Presented::Unknown => return Err(ApiError::InvalidKey),
            Presented::NoneConfigured => return Err(ApiError::NoKeysConfigured),
        };
        self.context.admitted(&identity.label);
        if !identity.allows(scope.as_str()) {
            return Err(ApiError::Scope(scope.as_str()));
        }
        let request_id = self.request_id().ok_or(ApiError::Internal)?;
        let body = if self.method == Method::GET && !api.config.require_signature {
            Bytes::new()
        } else {
            read(api, &self.headers, self.body).await?
        };
        if api.config.require_signature {
            let signed =
                Signed { method: self.method.as_str(), target: &self.target, headers: &self.headers, body: &body };
            check_signature(api, &signed).await?;
        }
        Ok(Call {
            identity,
            request_id,
            method: self.method,
            query: self.query,
            headers: self.headers,
            body,
            job_id: self.job_id,
            path: self.path,
        })
    }
}

impl Call {
    /// The path's job id, as sent.
    pub fn job_id(&self) -> Result<&str, ApiError> {
        self.job_id.as_deref().ok_or(ApiError::JobNotFound)
    }

    /// A named part of the path; empty where it is not UTF-8.
    pub fn part(&self, name: &str) -> &str {
        self.path.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// A 200 with its envelope.
    pub fn answer<T: Serialize>(&self, api: &ApiState, outcome: Outcome, message: &'static str, data: T) -> Response {
        json(StatusCode::OK, &Envelope::new(self.request_id, outcome, message, data, api.clock.now()))
    }
}

/// Headers that decide who asks and what for. Where one came twice, a proxy in front may have looked at the other one.
const DECIDING: [&str; 7] =
    ["X-API-Key", "Authorization", "Idempotency-Key", "X-Key-Id", "X-Timestamp", "X-Nonce", "X-Signature"];

/// Refuses a deciding header that is given more than once.
fn once(headers: &HeaderMap) -> Result<(), ApiError> {
    match DECIDING.into_iter().find(|name| headers.get_all(*name).iter().nth(1).is_some()) {
        Some(name) => Err(ApiError::Repeated(name)),
        None => Ok(()),
    }
}

/// The presented key: `X-API-Key`, else `Authorization: Bearer`. Blank counts as absent.
fn presented(headers: &HeaderMap) -> Option<&[u8]> {
    let own = headers.get("x-api-key").map(|value| value.as_bytes().trim_ascii()).filter(|key| !key.is_empty());
    own.or_else(|| {
        let value = headers.get(header::AUTHORIZATION)?.as_bytes().trim_ascii();
        let (scheme, key) = value.split_at_checked(6)?;
        if !scheme.eq_ignore_ascii_case(b"bearer") || !key.first().is_some_and(u8::is_ascii_whitespace) {
            return None;
        }
        Some(key.trim_ascii()).filter(|key| !key.is_empty())
    })
}

/// Reads the body within its limits of size, announced or not, and time.
async fn read(api: &ApiState, headers: &HeaderMap, body: Body) -> Result<Bytes, ApiError> {
    let limit = api.config.body_limit_bytes;
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<usize>().ok());
    let wait = Duration::from_secs(api.config.body_timeout_seconds);
    let reading = async {
        let mut stream = body.into_data_stream();
        let mut kept: Vec<u8> = Vec::with_capacity(announced.unwrap_or(0).min(limit));
        let mut seen = 0_usize;
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| {
                // A client that went away or broke its framing; nobody reads the answer.
                tracing::debug!(cause = ?error.source().map(ToString::to_string), "a request body broke off");
                ApiError::invalid("the request body broke off")
            })?;
            seen = seen.saturating_add(chunk.len());
            if seen > DRAIN_BYTES.max(limit) {
                return Err(ApiError::TooLarge { limit });
            }
            if seen <= limit {
                kept.extend_from_slice(&chunk);
            } else {
                // Nothing of it will be used: read on only to be polite.
                kept = Vec::new();
            }
        }
        if seen > limit { Err(ApiError::TooLarge { limit }) } else { Ok(Bytes::from(kept)) }
    };
    if announced.is_some_and(|length| length > DRAIN_BYTES.max(limit)) {
        return Err(ApiError::TooLarge { limit });
    }
    api.clock.timeout(wait, reading).await.map_err(|_| ApiError::BodyTimeout)?
}

async fn check_signature(api: &ApiState, signed: &Signed<'_>) -> Result<(), ApiError> {
    let now = api.clock.now();
    let skew = api.config.signature_skew_seconds;
    let nonce = signing::verify(&api.keys.signing, signed, now, skew)?;
    let expiry = signing::nonce_expiry(now, api.config.nonce_ttl_seconds, skew);
    if api.store.remember_nonce(&nonce.key_id, &nonce.nonce, expiry).await? { Ok(()) } else { Err(ApiError::NonceUsed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header_map(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        headers
    }

    #[test]
    fn a_key_comes_trimmed_from_either_header() {
        assert_eq!(presented(&header_map("x-api-key", "  k1 ")), Some(b"k1".as_slice()));
        assert_eq!(presented(&header_map("x-api-key", "   ")), None);
        assert_eq!(presented(&header_map("authorization", "bEARER   k1")), Some(b"k1".as_slice()));
        assert_eq!(presented(&header_map("authorization", "Bearer")), None);
        assert_eq!(presented(&header_map("authorization", "Bearerk1")), None);
        let mut both = header_map("authorization", "Bearer k2");
        both.insert("x-api-key", "k1".parse().unwrap());
        assert_eq!(presented(&both), Some(b"k1".as_slice()));
    }

    #[test]
    fn c13_basic_credentials_are_no_key() {
        assert_eq!(presented(&header_map("authorization", "Basic azE6eA==")), None);
    }
}
