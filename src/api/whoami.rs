//! `GET /whoami`: whose key it is and what it may do.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::envelope::{Envelope, Outcome};
use super::error::ApiError;
use super::extract::Incoming;
use super::openapi::ReadErrors;
use super::scope::Scope;

/// Answer of `GET /whoami`.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhoamiData {
    /// Label of the key, never the key.
    #[schema(example = "key-1a2b3c4d")]
    api_key: String,
    /// Sorted.
    scopes: Vec<String>,
}

/// Identity of the presented key.
#[utoipa::path(
    get, path = "/whoami", tag = "service", operation_id = "whoami",
    responses((status = 200, description = "Label and scopes.", body = Envelope<WhoamiData>), ReadErrors)
)]
pub(super) async fn whoami(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::HealthRead).await?;
    let data = WhoamiData { api_key: call.identity.label.clone(), scopes: call.identity.scopes.clone() };
    Ok(call.answer(&api, Outcome::Ok, "", data))
}
