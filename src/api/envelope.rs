//! The envelope of every success, and how a time is shown.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type};

use crate::model::RequestId;
use crate::store::StoredResponse;

/// The values of the envelope's `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Done.
    Ok,
    /// Health only: something that the service needs does not work.
    Degraded,
    /// Submission only.
    Accepted,
}

/// The six members, in the contract's order.
#[derive(Debug, Serialize, ToSchema)]
pub struct Envelope<T> {
    /// UUID of this request.
    #[schema(value_type = String, format = "uuid")]
    pub request_id: Shown<RequestId>,
    /// How it went.
    pub status: Outcome,
    /// A sentence, or empty.
    pub message: &'static str,
    /// What was asked for.
    pub data: T,
    /// Empty on success.
    #[schema(value_type = Vec<String>, max_items = 0)]
    pub errors: [&'static str; 0],
    /// UTC, whole seconds.
    pub timestamp: Stamp,
}

impl<T: Serialize> Envelope<T> {
    /// An envelope.
    pub fn new(request_id: RequestId, status: Outcome, message: &'static str, data: T, now: Timestamp) -> Self {
        Self { request_id: Shown(request_id), status, message, data, errors: [], timestamp: Stamp(now) }
    }

    /// As bytes, to be kept for replay.
    pub fn stored(&self, status: StatusCode) -> StoredResponse {
        let (status, body) = bytes(status, self);
        StoredResponse { status: status.as_u16(), body }
    }
}

/// Serializes by `Display`.
#[derive(Debug, Clone, Copy)]
pub struct Shown<T>(pub T);

impl<T: std::fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A time as the contract shows it: RFC 3339, UTC, `Z`, whole seconds. The fraction is cut, so order is kept.
#[derive(Debug, Clone, Copy)]
pub struct Stamp(pub Timestamp);

impl std::fmt::Display for Stamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.strftime("%Y-%m-%dT%H:%M:%SZ"))
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl utoipa::PartialSchema for Stamp {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .pattern(Some(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"))
            .examples(["2026-02-18T05:10:00Z"])
            .into()
    }
}

impl ToSchema for Stamp {}

/// JSON bytes; what cannot be serialized becomes a 500, which plain data never does.
fn bytes<T: Serialize + ?Sized>(status: StatusCode, value: &T) -> (StatusCode, Vec<u8>) {
    match serde_json::to_vec(value) {
        Ok(body) => (status, body),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, br#"{"detail":"Internal Server Error"}"#.to_vec()),
    }
}

/// A JSON response.
pub fn json<T: Serialize + ?Sized>(status: StatusCode, value: &T) -> Response {
    let (status, body) = bytes(status, value);
    with_body(status, body)
}

/// A kept response, byte for byte.
pub fn replay(stored: StoredResponse) -> Response {
    let status = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    with_body(status, stored.body)
}

fn with_body(status: StatusCode, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // What an API answers to one key is nobody else's.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_has_six_members_in_order_and_whole_seconds() {
        let id = RequestId::parse("3c28e595-f636-4c2a-ab13-546ac0a5d07a").unwrap();
        let now: Timestamp = "2026-02-18T05:10:00.987654Z".parse().unwrap();
        let text = serde_json::to_string(&Envelope::new(id, Outcome::Ok, "", serde_json::json!({}), now)).unwrap();
        assert_eq!(
            text,
            r#"{"request_id":"3c28e595-f636-4c2a-ab13-546ac0a5d07a","status":"ok","message":"","data":{},"errors":[],"timestamp":"2026-02-18T05:10:00Z"}"#
        );
    }
}
