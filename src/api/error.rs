//! Every refusal of the contract: its status and its `detail`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::envelope;
use crate::report::Chain;
use crate::store::StoreError;

/// Body of every error.
#[derive(Debug, Serialize, ToSchema)]
pub struct Detail {
    /// What is wrong, for a person. Never repeats what was sent.
    #[schema(example = "Missing API key")]
    pub detail: String,
}

/// Why a request was not carried out. Texts of the contract stand here and nowhere else.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// 401.
    #[error("Missing API key")]
    MissingKey,
    /// 503.
    #[error("API keys are not configured for /api/v2 (set NOC_API_KEYS_JSON or NOC_API_KEYS)")]
    NoKeysConfigured,
    /// 403.
    #[error("Invalid API key")]
    InvalidKey,
    /// 403.
    #[error("Insufficient scope; need '{0}'")]
    Scope(&'static str),
    /// 401.
    #[error("Missing signature headers (X-Key-Id, X-Timestamp, X-Nonce, X-Signature)")]
    SignatureMissing,
    /// 401.
    #[error("Invalid X-Timestamp")]
    SignatureTimestamp,
    /// 401.
    #[error("Request timestamp out of allowed window")]
    SignatureWindow,
    /// 401.
    #[error("Invalid request signature")]
    SignatureWrong,
    /// 403.
    #[error("Unknown signing key id")]
    SignatureKey,
    /// 409.
    #[error("Replay detected: nonce already used")]
    NonceUsed,
    /// 503.
    #[error("Request-signing is required but no signing keys are configured")]
    NoSigningKeys,
    /// 400.
    #[error("Missing Idempotency-Key")]
    MissingIdempotencyKey,
    /// 409.
    #[error("Idempotency-Key reused with different payload")]
    KeyReused,
    /// 422.
    #[error("Missing 'action'")]
    MissingAction,
    /// 422.
    #[error("Supported PATCH ops: cancel")]
    PatchOp,
    /// 422.
    #[error("Header '{0}' is given more than once")]
    Repeated(&'static str),
    /// 422, with a sentence of ours that does not repeat the input.
    #[error("{0}")]
    Invalid(String),
    /// 404.
    #[error("Job not found")]
    JobNotFound,
    /// 404.
    #[error("No config of this device is archived")]
    NoConfig,
    /// 404.
    #[error("The archive has no such version of this device's config")]
    NoVersion,
    /// 404.
    #[error("The device is not in the inventory")]
    NoDevice,
    /// 404.
    #[error("Schedule not found")]
    NoSchedule,
    /// 404.
    #[error("There is no such window or black-out")]
    NoWindow,
    /// 409: what was asked for cannot be made, with a sentence that says what to do.
    #[error("{0}")]
    Unavailable(String),
    /// 404.
    #[error("Not Found")]
    NotFound,
    /// 405.
    #[error("Method Not Allowed")]
    MethodNotAllowed,
    /// 408.
    #[error("Request body did not arrive in time")]
    BodyTimeout,
    /// 413.
    #[error("Request body is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// 416 of an image.
    #[error("The image has no such part")]
    NoSuchRange,
    /// 503 of the readiness probe.
    #[error("{0}")]
    NotReady(&'static str),
    /// 500; the cause is in the log under the request's id.
    #[error("Internal Server Error")]
    Internal,
}

impl ApiError {
    /// A 422 with its sentence.
    pub fn invalid(sentence: impl Into<String>) -> Self {
        ApiError::Invalid(sentence.into())
    }

    /// A 500: the cause goes to the log, not to the client.
    pub fn internal(what: &'static str, cause: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = %Chain(cause), "{what} failed: {}", Chain(cause));
        ApiError::Internal
    }

    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            ApiError::MissingIdempotencyKey => StatusCode::BAD_REQUEST,
            ApiError::MissingKey
            | ApiError::SignatureMissing
            | ApiError::SignatureTimestamp
            | ApiError::SignatureWindow
            | ApiError::SignatureWrong => StatusCode::UNAUTHORIZED,
            ApiError::InvalidKey | ApiError::Scope(_) | ApiError::SignatureKey => StatusCode::FORBIDDEN,
            ApiError::JobNotFound
            | ApiError::NotFound
            | ApiError::NoConfig
            | ApiError::NoVersion
            | ApiError::NoDevice
            | ApiError::NoSchedule
            | ApiError::NoWindow => StatusCode::NOT_FOUND,
            ApiError::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            ApiError::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            ApiError::KeyReused | ApiError::NonceUsed | ApiError::Unavailable(_) => StatusCode::CONFLICT,
            ApiError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            ApiError::MissingAction | ApiError::PatchOp | ApiError::Repeated(_) | ApiError::Invalid(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            ApiError::NoSuchRange => StatusCode::RANGE_NOT_SATISFIABLE,
            ApiError::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            ApiError::NoKeysConfigured | ApiError::NoSigningKeys | ApiError::NotReady(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        ApiError::internal("the store", &error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = envelope::json(status, &Detail { detail: self.to_string() });
        if status == StatusCode::UNAUTHORIZED {
            // RFC 9110 asks for a challenge with every 401; a browser shows no dialogue for this one.
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_statuses_are_those_of_the_contract() {
        let catalog = [
            (ApiError::MissingKey, 401, "Missing API key"),
            (ApiError::InvalidKey, 403, "Invalid API key"),
            (ApiError::Scope("job.submit"), 403, "Insufficient scope; need 'job.submit'"),
            (ApiError::MissingIdempotencyKey, 400, "Missing Idempotency-Key"),
            (ApiError::KeyReused, 409, "Idempotency-Key reused with different payload"),
            (ApiError::MissingAction, 422, "Missing 'action'"),
            (ApiError::PatchOp, 422, "Supported PATCH ops: cancel"),
            (ApiError::JobNotFound, 404, "Job not found"),
            (
                ApiError::NoKeysConfigured,
                503,
                "API keys are not configured for /api/v2 (set NOC_API_KEYS_JSON or NOC_API_KEYS)",
            ),
            (ApiError::NoSigningKeys, 503, "Request-signing is required but no signing keys are configured"),
            (ApiError::NonceUsed, 409, "Replay detected: nonce already used"),
        ];
        for (error, status, text) in catalog {
            assert_eq!((error.status().as_u16(), error.to_string().as_str()), (status, text));
        }
    }
}
