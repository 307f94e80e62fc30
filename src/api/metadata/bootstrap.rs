//! `GET /bootstrap`: where things are. The paths are the un-prefixed ones, as the contract has them.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::ApiState;
use crate::api::envelope::{Envelope, Outcome};
use crate::api::error::ApiError;
use crate::api::extract::Incoming;
use crate::api::openapi::ReadErrors;
use crate::api::scope::Scope;

/// Answer of `GET /bootstrap`.
#[derive(Debug, Serialize, ToSchema)]
pub struct BootstrapData {
    api_version: &'static str,
    service: &'static str,
    base_url_hint: &'static str,
    methods_supported: [&'static str; 4],
    resources: Resources,
    notes: BootstrapNotes,
}

/// A resource of the contract.
#[derive(Debug, Serialize, ToSchema)]
pub struct Resource {
    method: &'static str,
    path: &'static str,
}

/// The nine resources.
#[derive(Debug, Serialize, ToSchema)]
pub struct Resources {
    health: Resource,
    identity: Resource,
    actions: Resource,
    job_submit: Resource,
    job_list: Resource,
    job_get: Resource,
    job_events: Resource,
    job_cancel_patch: Resource,
    job_cancel_put: Resource,
}

/// Remarks, as the contract words them.
#[derive(Debug, Serialize, ToSchema)]
pub struct BootstrapNotes {
    read_method: &'static str,
    auth: &'static str,
    idempotency: &'static str,
}

const fn resource(method: &'static str, path: &'static str) -> Resource {
    Resource { method, path }
}

const BOOTSTRAP: BootstrapData = BootstrapData {
    api_version: "v2",
    service: "noc-configmaker",
    base_url_hint: "/api/v2",
    methods_supported: ["GET", "POST", "PUT", "PATCH"],
    resources: Resources {
        health: resource("GET", "/api/v2/health"),
        identity: resource("GET", "/api/v2/whoami"),
        actions: resource("GET", "/api/v2/actions"),
        job_submit: resource("POST", "/api/v2/jobs"),
        job_list: resource("GET", "/api/v2/jobs"),
        job_get: resource("GET", "/api/v2/jobs/{job_id}"),
        job_events: resource("GET", "/api/v2/jobs/{job_id}/events"),
        job_cancel_patch: resource("PATCH", "/api/v2/jobs/{job_id}"),
        job_cancel_put: resource("PUT", "/api/v2/jobs/{job_id}/cancel"),
    },
    notes: BootstrapNotes {
        read_method: "READ maps to GET in HTTP semantics",
        auth: "X-API-Key",
        idempotency: "Mutating endpoints require Idempotency-Key",
    },
};

/// Metadata of the contract.
#[utoipa::path(
    get, path = "/bootstrap", tag = "service", operation_id = "bootstrap",
    responses((status = 200, description = "Resources and notes.", body = Envelope<BootstrapData>), ReadErrors)
)]
pub(in crate::api) async fn bootstrap(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::ActionsRead).await?;
    Ok(call.answer(&api, Outcome::Ok, "OMNI bootstrap contract", BOOTSTRAP))
}
